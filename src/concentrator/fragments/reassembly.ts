/**
 * Reassembly of fragmented datagrams in a bounded number of slots, on capture time. It knows offsets and lengths only, not
 * the header: IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5) both use it, with keys of up to ten words.
 * Slots are eight-way set-associative, so a fragment costs the same however many datagrams are open; when a set is full its
 * oldest datagram is given up. A datagram is given up `seconds` after its first fragment (RFC 1122 section 3.3.2: a fixed value).
 */
import type { Memory } from "../../wire/memory.js";

export const KEY_WORDS = 10;
const WAYS = 8;
/** Room before the data of each slot, for a rebuilt header. */
export const HEADROOM = 128;
const MAX_BYTES = 65535;
const SLOT_BYTES = HEADROOM + 65536;
const BITMAP_WORDS = 65536 / 8 / 32;

/** What became of a fragment. COMPLETE: the datagram lies at `dataOff` with `dataLen` bytes until the next call. */
export const HELD = 0;
export const COMPLETE = 1;
export const DUPLICATE = 2;
/** It overlaps earlier ones: the whole datagram is dropped, and whatever follows of it (RFC 8200 section 4.5, RFC 5722). */
export const OVERLAP = 3;
/** Length no multiple of 8 before the end, an end beyond 65535 bytes, or ends that disagree. */
export const MALFORMED = 4;
/** ECN of the fragments disagrees in a way that forbids joining them (RFC 3168 section 5.3: CE with Not-ECT). */
export const MIXED_ECN = 5;

export interface Reassembly {
  readonly memory: Memory;
  readonly base: number;
  readonly sets: number;
  readonly keys: Int32Array;
  /** 0 free, 1 open, 2 poisoned until its time is over. */
  readonly state: Uint8Array;
  readonly bornSec: Float64Array;
  readonly bornNsec: Int32Array;
  /** Seconds after its birth at which the datagram is given up. */
  readonly limit: Int32Array;
  /** Datagrams that wait (incomplete or poisoned), and a second before which none of them is over. */
  open: number;
  due: number;
  readonly received: Int32Array;
  /** Bytes of the datagram, -1 until its last fragment has come. */
  readonly total: Int32Array;
  /** Bits of the ECN codepoints seen: 1 << codepoint. */
  readonly ecn: Uint8Array;
  /** Traffic class or ToS of the first fragment. */
  readonly tos: Uint8Array;
  readonly blocks: Uint32Array;
  readonly key: Int32Array;
  /** Where the datagram of the last fragment is (to be) joined, even while it is incomplete; the headroom before it is the caller's. */
  slotData: number;
  /** The last fragment was the first one of its datagram to arrive. */
  isFirst: boolean;
  dataOff: number;
  dataLen: number;
  dataTos: number;
  /** Datagrams given up because their time was over, or because a newer one needed the slot. */
  timedOut: number;
  evicted: number;
}

export function createReassembly(memory: Memory, slots = 256): Reassembly {
  const n = Math.max(WAYS, slots - (slots % WAYS));
  return {
    memory, base: memory.alloc(n * SLOT_BYTES), sets: n / WAYS, keys: new Int32Array(n * KEY_WORDS), state: new Uint8Array(n),
    bornSec: new Float64Array(n), bornNsec: new Int32Array(n), limit: new Int32Array(n), open: 0, due: Number.POSITIVE_INFINITY, received: new Int32Array(n), total: new Int32Array(n), ecn: new Uint8Array(n),
    tos: new Uint8Array(n), blocks: new Uint32Array(n * BITMAP_WORDS), key: new Int32Array(KEY_WORDS),
    slotData: 0, isFirst: false, dataOff: 0, dataLen: 0, dataTos: 0, timedOut: 0, evicted: 0,
  };
}

/**
 * Takes the fragment of the datagram in `key`: `len` bytes at `at` that belong at byte `offset`; `more` = more follow.
 * `head` = bytes of header that will stand before the rebuilt datagram and count towards 65535. Returns HELD ... MIXED_ECN.
 */
export function addFragment(
  r: Reassembly, at: number, len: number, offset: number, more: boolean, tosByte: number, head: number, seconds: number, sec: number, nsec: number,
): number {
  if (len === 0 || (more && (len & 7) !== 0) || offset + len + head > MAX_BYTES) return MALFORMED;
  const slot = slotFor(r, seconds, sec, nsec);
  r.slotData = r.base + slot * SLOT_BYTES + HEADROOM;
  r.isFirst = r.received[slot] === 0;
  if (r.state[slot] === 2) return OVERLAP;
  const end = offset + len;
  const known = r.total[slot];
  if ((known >= 0 && (end > known || (!more && end !== known))) || (!more && beyond(r, slot, end))) return poison(r, slot, MALFORMED);
  const data = r.base + slot * SLOT_BYTES + HEADROOM;
  const { u8 } = r.memory;
  const first = offset >>> 3;
  const last = (end + 7) >>> 3;
  let taken = 0;
  for (let i = first; i < last; i++) taken += bit(r, slot, i);
  if (taken !== 0) {
    if (taken !== last - first) return poison(r, slot, OVERLAP);
    for (let i = 0; i < len; i++) if (u8[at + i] !== u8[data + offset + i]) return poison(r, slot, OVERLAP);
    return DUPLICATE;
  }
  for (let i = first; i < last; i++) r.blocks[slot * BITMAP_WORDS + (i >>> 5)] |= 1 << (i & 31);
  u8.copyWithin(data + offset, at, at + len);
  r.received[slot] += len;
  r.ecn[slot] |= 1 << (tosByte & 3);
  if (!more) r.total[slot] = end;
  if (offset === 0) r.tos[slot] = tosByte;
  if (r.received[slot] !== r.total[slot]) return HELD;
  r.state[slot] = 0;
  r.open--;
  const ce = (r.ecn[slot] & 8) !== 0;
  if (ce && (r.ecn[slot] & 1) !== 0) return MIXED_ECN;
  r.dataOff = data;
  r.dataLen = r.total[slot];
  r.dataTos = ce ? r.tos[slot] | 3 : r.tos[slot];
  return COMPLETE;
}

const bit = (r: Reassembly, slot: number, i: number): number => (r.blocks[slot * BITMAP_WORDS + (i >>> 5)] >>> (i & 31)) & 1;

/** Has anything been received at or beyond byte `end`? */
function beyond(r: Reassembly, slot: number, end: number): boolean {
  for (let i = (end + 7) >>> 3; i < BITMAP_WORDS * 32; i++) if (bit(r, slot, i) !== 0) return true;
  return false;
}

function poison(r: Reassembly, slot: number, why: number): number {
  r.state[slot] = 2;
  return why;
}

/** The datagram's slot: its own, else a free or the oldest one of its set, opened anew. */
function slotFor(r: Reassembly, seconds: number, sec: number, nsec: number): number {
  let h = 0x2545f491;
  for (let i = 0; i < KEY_WORDS; i++) h = Math.imul(h ^ r.key[i], 0x9e3779b1) ^ (h >>> 15);
  const start = ((h >>> 0) % r.sets) * WAYS;
  let choice = -1;
  for (let s = start; s < start + WAYS; s++) {
    if (r.state[s] !== 0) {
      const age = sec - r.bornSec[s] + (nsec - r.bornNsec[s]) / 1e9;
      if (age > seconds) {
        if (r.state[s] === 1) r.timedOut++;
        r.state[s] = 0;
        r.open--;
      } else {
        let k = 0;
        while (k < KEY_WORDS && r.keys[s * KEY_WORDS + k] === r.key[k]) k++;
        if (k === KEY_WORDS) return s;
      }
    }
    if (choice < 0) choice = s;
    else if (r.state[choice] !== 0 && (r.state[s] === 0 || r.bornSec[s] < r.bornSec[choice])) choice = s;
  }
  if (r.state[choice] === 1) r.evicted++;
  if (r.state[choice] === 0) r.open++;
  r.state[choice] = 1;
  r.limit[choice] = seconds;
  if (sec + seconds < r.due) r.due = sec + seconds;
  r.bornSec[choice] = sec;
  r.bornNsec[choice] = nsec;
  r.received[choice] = 0;
  r.total[choice] = -1;
  r.ecn[choice] = 0;
  r.tos[choice] = 0;
  r.blocks.fill(0, choice * BITMAP_WORDS, (choice + 1) * BITMAP_WORDS);
  for (let k = 0; k < KEY_WORDS; k++) r.keys[choice * KEY_WORDS + k] = r.key[k];
  return choice;
}

/** Gives up everything that is incomplete, silently. */
export function dropAll(r: Reassembly): void {
  r.state.fill(0);
  r.open = 0;
}

/** Where the datagram of a slot is joined. */
export const slotDataAt = (r: Reassembly, slot: number): number => r.base + slot * SLOT_BYTES + HEADROOM;

/** Bytes that have come from the datagram's beginning on, without a gap; 0 when the first fragment is missing. */
export function contiguous(r: Reassembly, slot: number): number {
  let i = 0;
  while (i < BITMAP_WORDS * 32 && bit(r, slot, i) !== 0) i++;
  return i * 8;
}

/** The incomplete datagram whose time was over first, -1 when there is none. Poisoned ones are freed on the way. */
export function dueSlot(r: Reassembly, sec: number, nsec: number): number {
  if (r.open === 0 || sec < r.due) return -1;
  let next = Number.POSITIVE_INFINITY;
  let oldest = -1;
  for (let s = 0; s < r.state.length; s++) {
    if (r.state[s] === 0) continue;
    const end = r.bornSec[s] + r.limit[s];
    if (end > sec || (end === sec && r.bornNsec[s] >= nsec)) {
      if (end < next) next = end;
    } else if (r.state[s] === 2) {
      r.state[s] = 0;
      r.open--;
    } else if (oldest < 0 || end < r.bornSec[oldest] + r.limit[oldest] || (end === r.bornSec[oldest] + r.limit[oldest] && r.bornNsec[s] < r.bornNsec[oldest])) oldest = s;
  }
  if (oldest < 0) r.due = next;
  return oldest;
}

/** Gives up the datagram of a slot that is due; it stays readable until the next fragment. */
export function giveUp(r: Reassembly, slot: number): void {
  r.state[slot] = 0;
  r.open--;
  r.timedOut++;
}
