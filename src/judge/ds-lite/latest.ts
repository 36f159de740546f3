/** The input that came last: mostly the next output is its own, and then neither of them needs the tables of pairing.ts. */
import { ACCESS } from "../../config/types.js";
import { u16 } from "../../wire/bits.js";
import type { Chains } from "../pairing/chains.js";
import type { Records } from "../transcript.js";
import { P_ICMP } from "./facts.js";
import * as K from "./keys.js";
import type { Tuples } from "./tuple.js";
import type { View } from "./view.js";

/** Records of one key that are looked at: beyond it (thousands of equal packets at once) only a known binding pairs, and silence proves nothing. */
export const MOST_LOOKED_AT = 512;
/** Score of tuple.ts that rests on a known binding. */
export const SURE = 2;

export interface Latest {
  /** The latest input while it is in no table; -1: there is none. */
  slot: number;
  /** Gives it, and forgets it. */
  take(): number;
  /**
   * Would the tables give it, and no other, as the cause of this output, a whole packet that is no error? `outward`: the output goes to the core; `final` as in pairing.ts.
   * Then all bytes agree that no NAT changes.
   */
  causes(output: number, outward: boolean, final: boolean): boolean;
}

/** `main`: the inputs that wait, by `dataKey`. */
export function createLatest(b: Uint8Array, r: Records, v: View, main: Chains, tuples: Tuples, seed: number, skewSeconds: number, windowSeconds: number): Latest {
  const l: Latest = {
    slot: -1,
    take() {
      const slot = l.slot;
      l.slot = -1;
      return slot;
    },
    causes(output, outward, final) {
      const i = l.slot;
      if ((r.side[i] === ACCESS) !== outward || v.proto[i] !== v.proto[output] || v.l4Len[i] !== v.l4Len[output] || v.l4Visible[i] !== v.l4Visible[output]) return false;
      if (outward ? v.dst[i] !== v.dst[output] || v.dport[i] !== v.dport[output] : v.src[i] !== v.src[output] || v.sport[i] !== v.sport[output]) return false;
      if (r.time[i] > r.time[output] + skewSeconds || r.time[i] < r.time[output] - windowSeconds || r.answer[i] >= 0) return false;
      if ((v.proto[output] === P_ICMP && u16(b, v.l4[i]) !== u16(b, v.l4[output])) || K.firstDifference(b, v, i, output) >= 0) return false;
      if (!final && (!tuples.fits(i, output) || (outward ? tuples.outward(i, output) : tuples.inward(i, output)) < SURE)) return false;
      if (main.isEmpty()) return true;
      const key = K.dataKey(b, v, output, outward, seed);
      let looked = 1;
      for (let s = main.first(key); s >= 0; s = main.next[s]) if (r.key[s] === key || ++looked > MOST_LOOKED_AT) return false;
      return true;
    },
  };
  return l;
}
