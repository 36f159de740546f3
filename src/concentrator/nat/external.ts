/**
 * Second index of the binding records: by external address and (protocol << 16 | external port). Live bindings and those in
 * hold-down stand in it, so one lookup tells whether a port is free (RFC 4787 REQ-3: no overloading; RFC 6888 REQ-8: hold-down).
 * Where overlapping is declared several bindings have the same key (overlap.ts); otherwise one.
 * Pairs (record, hash) at a load of at most 1/2, seeded, backward-shift deletion: as `softwires/records.ts`.
 */
import type { Records } from "../softwires/records.js";

export interface External {
  readonly seed: number;
  /** Word offsets of the two key words in a record. */
  readonly at: number;
  index: Int32Array;
  mask: number;
  count: number;
}

export function createExternal(at: number, seed: number): External {
  return { seed: Math.imul(seed, 0x9e3779b1) ^ 0x27d4eb2f, at, index: new Int32Array(1024), mask: 511, count: 0 };
}

export function hashExternal(x: External, address: number, port: number): number {
  let h = Math.imul(x.seed ^ address, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ port, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The binding at this external endpoint, or 0. `port` is protocol << 16 | port. */
export function findExternal(x: External, r: Records, address: number, port: number): number {
  const h = hashExternal(x, address, port);
  const { index, mask } = x;
  const { data, stride } = r;
  for (let i = h & mask; ; i = (i + 1) & mask) {
    const rec = index[2 * i];
    if (rec === 0) return 0;
    if (index[2 * i + 1] !== h) continue;
    const o = rec * stride + x.at;
    if (data[o] === address && data[o + 1] === port) return rec;
  }
}

/** Adds the binding `rec`, whose key words are set and not in the index. */
export function addExternal(x: External, r: Records, rec: number): void {
  if (2 * (x.count + 1) > x.mask + 1) grow(x);
  const o = rec * r.stride + x.at;
  place(x, rec, hashExternal(x, r.data[o], r.data[o + 1]));
  x.count++;
}

export function removeExternal(x: External, r: Records, rec: number): void {
  const { index, mask } = x;
  const o = rec * r.stride + x.at;
  let i = hashExternal(x, r.data[o], r.data[o + 1]) & mask;
  while (index[2 * i] !== rec) i = (i + 1) & mask;
  for (let j = (i + 1) & mask; index[2 * j] !== 0; j = (j + 1) & mask) {
    const home = index[2 * j + 1] & mask;
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    index[2 * i] = index[2 * j];
    index[2 * i + 1] = index[2 * j + 1];
    i = j;
  }
  index[2 * i] = 0;
  x.count--;
}

function place(x: External, rec: number, h: number): void {
  let i = h & x.mask;
  while (x.index[2 * i] !== 0) i = (i + 1) & x.mask;
  x.index[2 * i] = rec;
  x.index[2 * i + 1] = h;
}

function grow(x: External): void {
  const old = x.index;
  const slots = (x.mask + 1) * 2;
  x.index = new Int32Array(2 * slots);
  x.mask = slots - 1;
  for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) place(x, old[i], old[i + 1]);
}
