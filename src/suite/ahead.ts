/** Tells device and judge of the frames that are next on a list (wire/upcoming.ts). */
import { AT_CAP_LEN, AT_OFF, LISTED } from "../capture/source.js";
import type { Straight } from "../capture/straight.js";
import type { Device } from "../concentrator/device.js";
import type { Side } from "../config/types.js";
import type { TranscriptSink } from "../judge/types.js";
import { UPCOMING_BYTES, UPCOMING_PACKETS, createUpcoming } from "../wire/upcoming.js";

export interface Ahead {
  /** Bytes before the IP packet in the last frame: guessed to be those of the next ones. */
  skip: number;
  /** Tells of the next frames that come in on `side`; gives the place in the list up to which it told. */
  tell(s: Straight, side: Side): number;
}

export function createAhead(device: Device, judge: TranscriptSink | undefined): Ahead {
  const next = createUpcoming();
  const ahead: Ahead = {
    skip: 0,
    tell({ list, given, end }, side) {
      const { skip } = ahead;
      const to = Math.min(end, given + UPCOMING_PACKETS * LISTED);
      next.n = 0;
      for (let i = given; i < to; i += LISTED) if (list[i + AT_CAP_LEN] >= skip + UPCOMING_BYTES) next.off[next.n++] = list[i + AT_OFF] + skip;
      device.ahead(side, next);
      judge?.ahead?.(side, next);
      return to;
    },
  };
  return ahead;
}
