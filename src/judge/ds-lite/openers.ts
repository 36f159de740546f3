/** Which packets make a mapping of their own, and which use one that is older than the capture, or static: that one says nothing of how the device gives out external ends. */
import { u16 } from "../../wire/bits.js";
import type { Records } from "../transcript.js";
import { P_ICMP, P_TCP } from "./facts.js";
import { mix, spot } from "./quota.js";
import { nearPort } from "./tuple.js";
import type { View } from "./view.js";

const KNOCKS = 1 << 12;
const ECHO_REQUEST = 8;

export interface Openers {
  /** A packet came from outside to an external end that is not known to be bound. */
  knocked(slot: number): void;
  /** Does `input` need no mapping that stands already, and did nobody outside know its external end, that of `output`, before? */
  opens(input: number, output: number): boolean;
}

export function createOpeners(b: Uint8Array, r: Records, v: View, seed: number): Openers {
  const keys = new Int32Array(KNOCKS);
  const times = new Float64Array(KNOCKS);
  const keyOf = (ext: number, proto: number, port: number): number => mix(mix(seed ^ 0x6b6e6f63, ext), (proto << 16) | port) | 1;
  return {
    knocked(slot) {
      const key = keyOf(v.dst[slot], v.proto[slot], nearPort(v, slot, false));
      if (keys[spot(key, KNOCKS)] === key) return;
      keys[spot(key, KNOCKS)] = key;
      times[spot(key, KNOCKS)] = r.time[slot];
    },
    opens(input, output) {
      const at = v.l4[input];
      const proto = v.proto[input];
      // A SYN, without ACK; of queries the request.
      if (proto === P_TCP ? (u16(b, at + 12) & 0x12) !== 2 : proto === P_ICMP && b[at] !== ECHO_REQUEST) return false;
      const key = keyOf(v.src[output], proto, nearPort(v, output, true));
      // One tap stamped both, so their order is sure.
      return keys[spot(key, KNOCKS)] !== key || times[spot(key, KNOCKS)] >= r.time[output];
    },
  };
}
