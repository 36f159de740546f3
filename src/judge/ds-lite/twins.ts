/**
 * Equal packets from several internal ends (lab generators, pings, polls of one server): when the tap loses one of such twins, another is taken for the
 * cause of its output. What was learned from one pair is then no proof; only what pairs say again and again is (learn.ts).
 */
import { ACCESS } from "../../config/types.js";
import { slots } from "../columns.js";
import type { Records } from "../transcript.js";
import { INTO } from "../types.js";
import type { Bindings } from "./bindings.js";
import * as F from "./facts.js";
import { dataKey } from "./keys.js";
import { nearPort } from "./tuple.js";
import type { View } from "./view.js";
import { u32 } from "../../wire/bits.js";

/** A power of two. */
const KEPT = 1 << 14;

export interface Twins {
  /** A packet that came or left. An equal one of another near end, internal or external, within `windowSeconds` tells that its protocol has twins (`Bindings.twins`). */
  seen(slot: number): void;
}

export function createTwins(b: Uint8Array, r: Records, v: View, nat: Bindings, seed: number, windowSeconds: number): Twins {
  const kept = slots(KEPT, r.capacity);
  const keys = new Int32Array(kept);
  const ends = new Int32Array(kept);
  const times = new Float64Array(kept).fill(Number.NEGATIVE_INFINITY);
  /** The near end of a packet: who it is of, inside; the external end, outside. */
  function nearEnd(slot: number, source: boolean): number {
    const end = Math.imul(source ? v.src[slot] : v.dst[slot], 0x9e3779b1) ^ nearPort(v, slot, source);
    if (r.side[slot] !== ACCESS) return end;
    const o = r.off[slot] + (source ? 8 : 24);
    return Math.imul(end ^ u32(b, o) ^ Math.imul(u32(b, o + 4), 31) ^ Math.imul(u32(b, o + 8), 131) ^ Math.imul(u32(b, o + 12), 1031), 0x85ebca6b);
  }
  return {
    seen(slot) {
      const kind = r.kind[slot];
      if ((kind !== F.D_SOFT && kind !== F.D_CORE) || v.l4[slot] === 0 || nat.twins[v.proto[slot]] === 1 || (r.facts[slot] & (F.F_ERROR | F.F_PROTOCOL | F.F_PIECE4)) !== 0) return;
      const came = r.direction[slot] === INTO;
      // Outward: from a B4, or to the core.
      const outward = came === (r.side[slot] === ACCESS);
      const key = dataKey(b, v, slot, outward, seed ^ (came ? 0 : 0x51ed270b));
      const i = (key ^ (key >>> 14)) & (kept - 1);
      const end = nearEnd(slot, outward);
      const t = r.time[slot];
      if (keys[i] === key && ends[i] !== end && t - times[i] <= windowSeconds) nat.twins[v.proto[slot]] = 1;
      keys[i] = key;
      ends[i] = end;
      times[i] = t;
    },
  };
}
