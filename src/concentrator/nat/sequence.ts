/**
 * TCP sequence numbers of connections in which an ALG changed the length of what the inner host sent. Per flow: the last edited
 * position (inner numbering) and the bytes added up to it and after it, so retransmissions before the edit still fit.
 */
import { put16, put32, u16, u32 } from "../../wire/bits.js";
import { update16 } from "../../wire/checksum.js";
import { type Records, addRecord, createRecords, findRecord, hashKey, removeRecord } from "../softwires/records.js";

const AT = 1;
const BEFORE = 2;
const AFTER = 3;
const STRIDE = 4;
const SACK = 5;

export interface Shifts { readonly records: Records; readonly key: Int32Array }
export const createShifts = (seed: number): Shifts => ({ records: createRecords(1, STRIDE, seed), key: new Int32Array(1) });

function find(s: Shifts, flow: number): number {
  s.key[0] = flow;
  return s.records.count === 0 ? 0 : findRecord(s.records, s.key, hashKey(s.records, s.key));
}

/** The segment that begins at `seq` (inner numbering) grew by `by` bytes; a retransmission of it changes nothing. True when the flow is new here. */
export function noteEdit(s: Shifts, flow: number, seq: number, by: number): boolean {
  let rec = find(s, flow);
  const fresh = rec === 0;
  if (fresh) {
    if (by === 0) return false;
    rec = addRecord(s.records, s.key, hashKey(s.records, s.key));
  }
  const { data } = s.records;
  const o = rec * STRIDE;
  if (!fresh && ((seq - data[o + AT]) | 0) <= 0) return false;
  data[o + AT] = seq;
  data[o + BEFORE] = data[o + AFTER];
  data[o + AFTER] += by;
  return fresh;
}

export function forgetShift(s: Shifts, flow: number): void {
  const rec = find(s, flow);
  if (rec !== 0) removeRecord(s.records, rec);
}

/** Sequence number of an outbound segment with the TCP header at `l4`: inner to external numbering. */
export function shiftOut(s: Shifts, flow: number, b: Uint8Array, l4: number): void {
  const rec = find(s, flow);
  if (rec === 0) return;
  const { data } = s.records;
  const o = rec * STRIDE;
  const seq = u32(b, l4 + 4) | 0;
  replace32(b, l4, l4 + 4, seq + (((seq - data[o + AT]) | 0) > 0 ? data[o + AFTER] : data[o + BEFORE]));
}

/** Acknowledgement and SACK edges of an inbound segment: external to inner numbering. */
export function shiftIn(s: Shifts, flow: number, b: Uint8Array, l4: number, have: number): void {
  const rec = find(s, flow);
  if (rec === 0) return;
  const { data } = s.records;
  const o = rec * STRIDE;
  unshift(data, o, b, l4, l4 + 8);
  const end = l4 + Math.min(have, (b[l4 + 12] >>> 4) << 2);
  for (let at = l4 + 20; at + 1 < end && b[at] !== 0; ) {
    if (b[at] === 1) {
      at++;
      continue;
    }
    const size = b[at + 1];
    if (size < 2 || at + size > end) return;
    if (b[at] === SACK) for (let edge = at + 2; edge + 4 <= at + size; edge += 4) unshift(data, o, b, l4, edge);
    at += size;
  }
}

function unshift(data: Int32Array, o: number, b: Uint8Array, l4: number, at: number): void {
  const ack = u32(b, at) | 0;
  const inner = (ack - data[o + BEFORE]) | 0;
  replace32(b, l4, at, ((inner - data[o + AT]) | 0) > 0 ? ack - data[o + AFTER] : inner);
}

/** Writes a 32-bit field of the TCP segment at `l4` and keeps its checksum right, at even and odd offsets. */
function replace32(b: Uint8Array, l4: number, at: number, value: number): void {
  const start = at - ((at - l4) & 1);
  const end = at + 4 + ((at - l4) & 1);
  let check = u16(b, l4 + 16);
  for (let i = start; i < end; i += 2) check = update16(check, u16(b, i), 0);
  put32(b, at, value);
  for (let i = start; i < end; i += 2) check = update16(check, 0, u16(b, i));
  put16(b, l4 + 16, check);
}
