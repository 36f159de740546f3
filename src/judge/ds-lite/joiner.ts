/**
 * Joins fragments: those of the outer IPv6 packet (RFC 8200 section 4.5) and those of the IPv4 packet (RFC 791 section 3.2), for what the device
 * received and what it sent. The judge's own, so that the reference's reassembly is checked by other code. A train names its records by sequence number.
 */
import { put16, u16, u32 } from "../../wire/bits.js";
import * as ip4 from "../../wire/ipv4.js";
import * as ip6 from "../../wire/ipv6.js";
import type { Records, Ring } from "../transcript.js";
import { INTO } from "../types.js";
import { F_DOUBT, F_JOINED6 } from "./facts.js";
import type { View } from "./view.js";

const TRAINS = 1024;
const PROBES = 8;
/** RFC 1858, RFC 5722: what took long or overlaps may be dropped. A train slower than this proves nothing. */
const SURE_SECONDS = 15;
/** Fragments of one identification that come this close together are of one datagram; after REUSED_SECONDS the identification may be used again (RFC 8200 section 4.5). */
const TOGETHER_SECONDS = 5;
const REUSED_SECONDS = 60;

export interface Joiner {
  /** Takes the fragment in `slot`; when it completes a datagram, that is a record of its own, not pushed yet: its slot. Otherwise -1. */
  take(slot: number): number;
}

/** Where the parts of a fragment lie; filled for one fragment at a time. */
interface Piece { key: number; check: number; data: number; size: number; from: number; more: boolean; named: number }

export function createJoiner(b: Uint8Array, ring: Ring, v: View, seed: number, outer: boolean, joinedFact: number): Joiner {
  const r: Records = ring.records;
  const keys = new Int32Array(TRAINS);
  const checks = new Int32Array(TRAINS);
  const first = new Float64Array(TRAINS).fill(-1);
  const started = new Float64Array(TRAINS);
  const covered = new Int32Array(TRAINS);
  const total = new Int32Array(TRAINS);
  const poisoned = new Uint8Array(TRAINS);
  const p: Piece = { key: 0, check: 0, data: 0, size: 0, from: 0, more: false, named: 0 };
  const word = (w: number): void => {
    p.key = (Math.imul(p.key ^ w, 0x85ebca6b) + 0x27d4eb2f) | 0;
    p.key ^= p.key >>> 15;
    p.check = (Math.imul(p.check, 31) + Math.imul(w, 0x9e3779b1)) | 0;
    p.check ^= p.check >>> 13;
  };

  function read6(slot: number): boolean {
    const o = r.off[slot];
    const end = o + 40 + ip6.payloadLength(b, o);
    if (end > o + r.len[slot]) return false;
    let named = o + 6;
    let at = o + 40;
    while (b[named] !== ip6.NH_FRAGMENT) {
      if (at + 8 > end || (b[named] !== 0 && b[named] !== 43 && b[named] !== 60)) return false;
      named = at;
      at += (b[at + 1] + 1) << 3;
    }
    if (at + 8 > end) return false;
    for (let i = 8; i < 40; i += 4) word(u32(b, o + i));
    word(u32(b, at + 4));
    p.named = named;
    p.data = at + 8;
    p.size = end - p.data;
    p.from = u16(b, at + 2) & 0xfff8;
    p.more = (b[at + 3] & 1) !== 0;
    return true;
  }
  function read4(slot: number): boolean {
    const o = r.off[slot];
    const at = r.inner[slot];
    if (at === 0 || at + u16(b, at + 2) > o + r.len[slot]) return false;
    if (at !== o) for (let i = 8; i < 40; i += 4) word(u32(b, o + i));
    word(u32(b, at + 12));
    word(u32(b, at + 16));
    word((u16(b, at + 4) << 8) | b[at + 9]);
    p.data = at + ip4.headerLength(b, at);
    p.size = u16(b, at + 2) - ip4.headerLength(b, at);
    p.from = ip4.fragmentOffset(b, at);
    p.more = ip4.mf(b, at);
    return true;
  }
  function read(slot: number): boolean {
    p.key = seed | 0;
    p.check = 0;
    word(r.direction[slot] * 2 + r.side[slot]);
    return outer ? read6(slot) : read4(slot);
  }

  function train(slot: number): number {
    const start = p.key & (TRAINS - 1);
    let free = -1;
    for (let k = 0; k < PROBES; k++) {
      const i = (start + k) & (TRAINS - 1);
      if (first[i] < 0 || !ring.alive(first[i])) {
        if (free < 0) free = i;
      } else if (keys[i] === p.key && checks[i] === p.check) return i;
    }
    const i = free < 0 ? start : free;
    keys[i] = p.key;
    checks[i] = p.check;
    first[i] = -1;
    started[i] = r.time[slot];
    covered[i] = 0;
    total[i] = -1;
    poisoned[i] = 0;
    return i;
  }

  function join(i: number, slot: number): number {
    // The first piece brings the headers.
    let head = -1;
    for (let q = first[i]; q >= 0 && ring.alive(q); q = r.fragment[q & r.mask]) {
      read(q & r.mask);
      if (p.from === 0) head = q;
    }
    if (head < 0) return -1;
    read(head & r.mask);
    const headFrom = r.off[head & r.mask];
    const headBytes = (outer ? p.data - 8 : p.data) - headFrom;
    const at = ring.room(headBytes + total[i]);
    if (!ring.alive(head)) return -1;
    const o = r.off[at];
    b.copyWithin(o, headFrom, headFrom + headBytes);
    read(head & r.mask);
    if (outer) {
      b[o + (p.named - headFrom)] = b[p.data - 8];
      put16(b, o + 4, headBytes - 40 + total[i]);
    } else {
      const inner = o + (r.inner[head & r.mask] - headFrom);
      put16(b, inner + 2, Math.min(65535, o + headBytes + total[i] - inner));
      put16(b, inner + 6, u16(b, inner + 6) & 0x4000);
      ip4.seal(b, inner);
      if (inner !== o) put16(b, o + 4, Math.min(65535, headBytes - 40 + total[i]));
    }
    let filled = 0, pieces = 0, largest = 0, later = Number.POSITIVE_INFINITY, shuffled = 0, ce = false, notEct = false;
    for (let q = first[i]; q >= 0; q = r.fragment[q & r.mask]) {
      if (!ring.alive(q)) return -1;
      const s = q & r.mask;
      read(s);
      b.copyWithin(o + headBytes + p.from, p.data, p.data + p.size);
      filled += p.size;
      pieces++;
      // The list runs from the last that came to the first.
      if (p.from > later) shuffled = 1;
      later = p.from;
      largest = Math.max(largest, p.data + p.size - (outer ? r.off[s] : r.inner[s]));
      const ecn = outer ? r.tos[s] & 3 : b[r.inner[s] + 1] & 3;
      ce ||= ecn === 3;
      notEct ||= ecn === 0;
    }
    first[i] = -1;
    const torn = poisoned[i] === 1;
    if (!torn && filled !== total[i]) return -1;
    for (const a of [r.side, r.direction, r.sec, r.nsec, r.time, r.file, r.frame, r.ordinal]) a[at] = a[slot];
    r.wireLen[at] = headBytes + total[i];
    r.tos[at] = r.tos[head & r.mask];
    // RFC 3168 section 5.3: CE in a fragment gives CE; beside a Not-ECT fragment the datagram may be dropped.
    if (ce && outer) r.tos[at] |= 3;
    r.facts[at] = joinedFact | (r.facts[slot] & (outer ? F_DOUBT : F_DOUBT | F_JOINED6)) | (r.time[slot] - started[i] > SURE_SECONDS || (ce && notEct) || torn ? F_DOUBT : 0);
    v.pieces[at] = pieces;
    v.largest[at] = largest;
    v.shuffled[at] = shuffled;
    if (outer) {
      v.span[at] = r.time[slot] - started[i];
      v.overlap[at] = torn ? 1 : 0;
    }
    return at;
  }

  /** Overlapping fragments that leave no hole between 0 and the end. */
  function covers(i: number): boolean {
    let reached = 0;
    for (let grown = true; grown && reached < total[i]; ) {
      grown = false;
      for (let q = first[i]; q >= 0 && ring.alive(q); q = r.fragment[q & r.mask]) {
        read(q & r.mask);
        if (p.from > reached || p.from + p.size <= reached) continue;
        reached = p.from + p.size;
        grown = true;
      }
    }
    return reached === total[i];
  }

  return {
    take(slot) {
      r.fragment[slot] = -1;
      if (!read(slot) || p.size <= 0) return -1;
      const { from, size, more } = p;
      const i = train(slot);
      let overlaps = false;
      for (let q = first[i]; q >= 0 && ring.alive(q); q = r.fragment[q & r.mask]) {
        read(q & r.mask);
        if (p.from === from && p.size === size) return -1;
        if (from < p.from + p.size && p.from < from + size) overlaps = true;
      }
      if (overlaps && r.time[slot] - started[i] > REUSED_SECONDS) {
        // Another datagram under the same identification.
        first[i] = total[i] = -1;
        covered[i] = poisoned[i] = 0;
        started[i] = r.time[slot];
      } else if (overlaps) poisoned[i] = 1;
      r.fragment[slot] = first[i];
      first[i] = r.sequence[slot];
      covered[i] += size;
      if (!more) total[i] = from + size;
      if (total[i] < 0 || total[i] > 65535 || covered[i] < total[i]) return -1;
      if (poisoned[i] === 1) return outer && r.direction[slot] === INTO && r.time[slot] - started[i] < TOGETHER_SECONDS && covers(i) ? join(i, slot) : -1;
      return covered[i] === total[i] ? join(i, slot) : -1;
    },
  };
}
