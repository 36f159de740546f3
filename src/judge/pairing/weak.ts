/**
 * The input of an output that has no other: the packet was altered within the bytes by which pairs are found. It must be the only one that fits, and the
 * checksums must bear witness: right in the input, wrong in the output. A packet of the same flow has a right checksum of its own.
 */
import { u16, u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum } from "../../wire/checksum.js";
import { NH_ICMPV6, payloadLength } from "../../wire/ipv6.js";
import { F_CUT, F_INNER_BAD, F_JOINED } from "../facts.js";
import { type Ring, S_KEYED, S_MODIFIED } from "../transcript.js";
import { isPartial } from "./key.js";

/** Inputs looked through for one output, outputs for which that is done in a run, bytes that may differ. */
const LOOKED_AT = 256;
const TRIES = 4096;
const ALTERED_BYTES = 4;
const SPOILT = F_CUT | F_INNER_BAD | F_JOINED;

const checksumAt = (next: number): number => (next === 17 ? 46 : next === 6 ? 56 : next === NH_ICMPV6 ? 42 : 0);

/** Returns a function that gives the slot of the input, or -1. `latest`: time of the last input that counts. */
export function createWeakFinder(b: Uint8Array, ring: Ring): (slot: number, latest: number) => number {
  const r = ring.records;
  let tries = TRIES;

  const isRight = (o: number, next: number): boolean => finish(sum(b, o + 40, payloadLength(b, o), pseudo6(b, o + 8, payloadLength(b, o), next))) === 0;

  /** A difference of the checksum alone (at offset `sumAt`) is no alteration: what cards leave there for a tap to see is anybody's guess. */
  function fits(i: number, o: number, end: number, sumAt: number): boolean {
    for (let k = 8; k < 40; k += 4) if (u32(b, i + k) !== u32(b, o + k)) return false;
    if (u32(b, i + 4) >>> 8 !== u32(b, o + 4) >>> 8 || b[i + 7] !== b[o + 7] + 1) return false;
    let altered = 0;
    for (let k = 40; k < end; k++) if (b[i + k] !== b[o + k] && k !== sumAt && k !== sumAt + 1 && ++altered > ALTERED_BYTES) return false;
    return altered > 0;
  }

  return (slot, latest) => {
    const o = r.inner[slot];
    const next = b[o + 6];
    const at = checksumAt(next);
    const end = 40 + payloadLength(b, o);
    if (tries === 0 || at === 0 || (r.facts[slot] & SPOILT) !== 0 || r.innerLen[slot] < end || end < at + 2 || u16(b, o + at) === 0 || isPartial(b, o, at) || isRight(o, next)) return -1;
    tries--;
    let found = -1;
    for (let q = ring.head - 1; q >= ring.tail; q--) {
      const s = q & r.mask;
      if (ring.pushed - r.number[s] > LOOKED_AT) break;
      if ((r.state[s] & S_KEYED) === 0 || (r.facts[s] & SPOILT) !== 0 || r.time[s] > latest || r.innerLen[s] < end || !fits(r.inner[s], o, end, at) || !isRight(r.inner[s], next)) continue;
      if (found >= 0) return -1;
      found = s;
    }
    if (found >= 0) r.state[found] |= S_MODIFIED;
    return found;
  };
}
