/** The reference under drawn packets: what went in and what came out, on one clock. */
import type { Device } from "../../src/concentrator/device.js";
import { createDevice } from "../../src/concentrator/index.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import type { Config, Side } from "../../src/config/types.js";
import { INTO, OUT_OF } from "../../src/judge/types.js";
import type { Memory } from "../../src/wire/memory.js";
import type { Event } from "../mutants/transcript.js";

export interface Drive {
  readonly device: Device;
  readonly events: readonly Event[];
  /** One packet, `pause` microseconds after the last. */
  send(side: Side, bytes: Uint8Array, pause: number): void;
  /** Timers that are still due. */
  end(): void;
}

const ROOM = 70_000;
/** More than a packet's bytes are overwritten first: stale ones must never leave. */
const STALE = 4000;

export function createDrive(config: Config, memory: Memory): Drive {
  const room = memory.alloc(ROOM);
  const input = memory.alloc(ROOM);
  const events: Event[] = [];
  let ordinal = -1;
  let micros = 0;
  const now = (): { sec: number; nsec: number } => ({ sec: 1_700_000_000 + Math.floor(micros / 1e6), nsec: (micros % 1e6) * 1000 });
  const device = createDevice(config, memory, {
    reserve(_side, len) {
      memory.u8.fill(0xaa, room, room + len);
      return room;
    },
    commit: (side, off, len, sec, nsec, reason) => void events.push({ side, direction: OUT_OF, bytes: memory.u8.slice(off, off + len), wireLen: len, sec, nsec, ordinal, reason: REASONS[reason].id }),
  });
  return {
    device, events,
    send(side, bytes, pause) {
      micros += pause;
      device.wake(now().sec, now().nsec);
      ordinal++;
      memory.u8.fill(0x55, input, input + STALE);
      memory.u8.set(bytes, input);
      const at = events.length;
      const became = device.receive(side, input, bytes.length, now().sec, now().nsec);
      events.splice(at, 0, { side, direction: INTO, bytes, wireLen: bytes.length, ...now(), ordinal, reason: REASONS[became].id });
    },
    end() {
      ordinal = -1;
      device.drain(now().sec, now().nsec);
    },
  };
}
