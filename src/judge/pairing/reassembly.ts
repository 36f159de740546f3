/**
 * Joins outer IPv4 fragments (RFC 791 section 3.2) to datagrams, for inputs and for outputs. It is the judge's own, so that what the reference
 * joins is checked by other code. Fragments stay in the ring; a train names its records by sequence number.
 */
import { put16, u16, u32 } from "../../wire/bits.js";
import * as ip4 from "../../wire/ipv4.js";
import { F_ECN_MIXED, F_JOINED, F_OUTER_BAD } from "../facts.js";
import type { Ring } from "../transcript.js";

const TRAINS = 512;
const PROBES = 8;
/** RFC 791 proposes 15 s as the shortest reassembly timer: a datagram that took longer may have been given up. */
const SURE_SECONDS = 15;

export interface Reassembly {
  /** Takes the fragment in `slot`. When it completes a datagram, that is put into the ring as a record of its own: its slot; otherwise -1. */
  take(slot: number): number;
}

export function createReassembly(b: Uint8Array, ring: Ring, seed: number): Reassembly {
  const r = ring.records;
  const src = new Uint32Array(TRAINS);
  const dst = new Uint32Array(TRAINS);
  const id = new Uint32Array(TRAINS);
  const first = new Float64Array(TRAINS).fill(-1);
  const started = new Float64Array(TRAINS);
  const covered = new Int32Array(TRAINS);
  const total = new Int32Array(TRAINS);
  const poisoned = new Uint8Array(TRAINS);

  function train(slot: number): number {
    const o = r.off[slot];
    const s = u32(b, o + 12);
    const d = u32(b, o + 16);
    const word = u16(b, o + 4) | (r.direction[slot] << 16);
    const h = Math.imul(Math.imul(s ^ seed, 0x85ebca6b) ^ d ^ (word << 8), 0x9e3779b1);
    const start = (h ^ (h >>> 15)) & (TRAINS - 1);
    let free = -1;
    for (let k = 0; k < PROBES; k++) {
      const i = (start + k) & (TRAINS - 1);
      if (first[i] < 0 || !ring.alive(first[i])) {
        if (free < 0) free = i;
      } else if (src[i] === s && dst[i] === d && id[i] === word) return i;
    }
    const i = free < 0 ? start : free;
    src[i] = s;
    dst[i] = d;
    id[i] = word;
    first[i] = -1;
    started[i] = r.time[slot];
    covered[i] = 0;
    total[i] = -1;
    poisoned[i] = 0;
    return i;
  }

  /** Bytes of payload the fragment carries. */
  const payload = (slot: number): number => u16(b, r.off[slot] + 2) - ip4.headerLength(b, r.off[slot]);

  function sameBytes(x: number, y: number): boolean {
    const n = payload(x);
    const i = r.off[x] + ip4.headerLength(b, r.off[x]);
    const j = r.off[y] + ip4.headerLength(b, r.off[y]);
    for (let k = 0; k < n; k++) if (b[i + k] !== b[j + k]) return false;
    return true;
  }

  /** 0 new bytes, 1 exact duplicate, 2 overlap (the same place with other bytes among them). */
  function relation(i: number, slot: number): 0 | 1 | 2 {
    const from = ip4.fragmentOffset(b, r.off[slot]);
    const to = from + payload(slot);
    for (let q = first[i]; q >= 0 && ring.alive(q); q = r.fragment[q & r.mask]) {
      const other = q & r.mask;
      const f = ip4.fragmentOffset(b, r.off[other]);
      const t = f + payload(other);
      if (f === from && t === to) return sameBytes(slot, other) ? 1 : 2;
      if (from < t && f < to) return 2;
    }
    return 0;
  }

  function join(i: number, slot: number): number {
    const last = ring.head - 1;
    const bytes = total[i] + 20;
    const at = ring.room(bytes);
    // Making room may have evicted a fragment: then there is nothing to judge.
    let ce = false;
    let notEct = false;
    let filled = 0;
    const o = r.off[at];
    for (let q = first[i]; q >= 0; q = r.fragment[q & r.mask]) {
      if (!ring.alive(q)) break;
      const p = q & r.mask;
      const from = r.off[p];
      const hl = ip4.headerLength(b, from);
      const size = payload(p);
      b.copyWithin(o + 20 + ip4.fragmentOffset(b, from), from + hl, from + hl + size);
      filled += size;
      ce ||= (b[from + 1] & 3) === 3;
      notEct ||= (b[from + 1] & 3) === 0;
      if (ip4.fragmentOffset(b, from) === 0) b.copyWithin(o, from, from + 20);
    }
    first[i] = -1;
    if (filled !== total[i]) return -1;
    b[o] = 0x45;
    put16(b, o + 2, bytes);
    put16(b, o + 6, 0);
    ip4.seal(b, o);
    const from = last & r.mask;
    for (const a of [r.side, r.direction, r.sec, r.nsec, r.time, r.file, r.frame, r.ordinal]) a[at] = a[from];
    r.wireLen[at] = bytes;
    r.state[at] = 0;
    // RFC 3168 section 5.3: CE in any fragment gives CE; with a Not-ECT fragment beside it the datagram may be dropped.
    r.tos[at] = ce ? b[o + 1] | 3 : b[o + 1];
    r.facts[at] = F_JOINED | ((ce && notEct) || r.time[slot] - started[i] > SURE_SECONDS ? F_ECN_MIXED : 0);
    return at;
  }

  return {
    take(slot) {
      const o = r.off[slot];
      r.fragment[slot] = -1;
      if ((r.facts[slot] & F_OUTER_BAD) !== 0 || u16(b, o + 2) > r.len[slot]) return -1;
      const i = train(slot);
      const how = relation(i, slot);
      if (how === 1) return -1;
      // RFC 5722 is about IPv6; for IPv4 an overlap has no single right result (RFC 1858), so nothing is judged.
      if (how === 2) poisoned[i] = 1;
      r.fragment[slot] = first[i];
      first[i] = r.sequence[slot];
      covered[i] += payload(slot);
      if (!ip4.mf(b, o)) total[i] = ip4.fragmentOffset(b, o) + payload(slot);
      return total[i] >= 0 && covered[i] === total[i] && poisoned[i] === 0 && total[i] <= 65515 ? join(i, slot) : -1;
    },
  };
}
