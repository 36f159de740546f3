/**
 * Flows, found with every packet: open addressing straight over rows of one cache line (64 bytes), so that a hit among many flows costs one access
 * to memory, where an index beside the records would cost two. A row moves when others go or the table grows; whoever holds on to a flow keeps its
 * id. The hash is seeded against flooding; deletion shifts back and leaves no tombstones.
 */
import { BEGIN, ROW, rowsOf } from "../lines.js";

export const FLOW_KEY_WORDS = 10;
/** Words of a row behind the key: the softwire (0 = the row is free), second of the last packet, id, hash. */
const SOFTWIRE = 10;
const LAST = 11;
const ID = 12;
const HASH = 13;
const FIRST_ROWS = 512;

export interface FlowTable {
  readonly seed: number;
  rows: Int32Array;
  mask: number;
  /** Row of an id, and what the caller links to it (free ids are chained there too). Ids start at 1. */
  rowOf: Int32Array;
  next: Int32Array;
  top: number;
  free: number;
  count: number;
  peak: number;
}

export const createFlowTable = (seed: number): FlowTable => ({
  seed: Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995, rows: rowsOf(FIRST_ROWS), mask: FIRST_ROWS - 1,
  rowOf: new Int32Array(256), next: new Int32Array(256), top: 1, free: 0, count: 0, peak: 0,
});

/** Removes all flows; `peak` stays. */
export function clearFlows(t: FlowTable): void {
  t.rows = rowsOf(FIRST_ROWS);
  t.mask = FIRST_ROWS - 1;
  t.rowOf = new Int32Array(256);
  t.next = new Int32Array(256);
  t.top = 1;
  t.free = t.count = 0;
}

/** Two chains of five words each, which the processor works on side by side. */
export function hashFlow(t: FlowTable, k: Int32Array): number {
  let g = t.seed;
  let h = ~g;
  g = Math.imul(g ^ k[0], 0x9e3779b1);
  h = Math.imul(h ^ k[1], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[2], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[3], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[4], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[5], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[6], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[7], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[8], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[9], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ h ^ (h >>> 13), 0xc2b2ae35);
  return g ^ (g >>> 16);
}

/** Place of the flow's row in `rows`, -1 when it is not there. `h` comes from `hashFlow`. */
export function findFlow(t: FlowTable, k: Int32Array, h: number): number {
  const { rows, mask } = t;
  for (let i = h & mask; ; i = (i + 1) & mask) {
    const at = BEGIN + i * ROW;
    if (rows[at + SOFTWIRE] === 0) return -1;
    if (
      rows[at] === k[0] && rows[at + 1] === k[1] && rows[at + 2] === k[2] && rows[at + 3] === k[3] && rows[at + 4] === k[4] &&
      rows[at + 5] === k[5] && rows[at + 6] === k[6] && rows[at + 7] === k[7] && rows[at + 8] === k[8] && rows[at + 9] === k[9]
    ) return at;
  }
}

export const softwireAt = (t: FlowTable, at: number): number => t.rows[at + SOFTWIRE];
export const lastAt = (t: FlowTable, at: number): number => t.rows[at + LAST];
/** Most packets find the second as it is, and a cache line that is not written need not be written back. */
export function noteLast(t: FlowTable, at: number, last: number): void {
  if (t.rows[at + LAST] !== last) t.rows[at + LAST] = last;
}

/** Adds a flow that is not in the table, on `softwire` (not 0); gives its id. */
export function addFlow(t: FlowTable, k: Int32Array, h: number, softwire: number, last: number): number {
  // At most three quarters full.
  if (4 * (t.count + 1) > 3 * (t.mask + 1)) grow(t);
  let id = t.free;
  if (id !== 0) t.free = t.next[id];
  else {
    id = t.top++;
    if (id >= t.rowOf.length) {
      t.rowOf = doubled(t.rowOf);
      t.next = doubled(t.next);
    }
  }
  const row = freeRow(t, h);
  const { rows } = t;
  const at = BEGIN + row * ROW;
  for (let i = 0; i < FLOW_KEY_WORDS; i++) rows[at + i] = k[i];
  rows[at + SOFTWIRE] = softwire;
  rows[at + LAST] = last;
  rows[at + ID] = id;
  rows[at + HASH] = h;
  t.rowOf[id] = row;
  if (++t.count > t.peak) t.peak = t.count;
  return id;
}

export const placeOfFlow = (t: FlowTable, id: number): number => BEGIN + t.rowOf[id] * ROW;

export function removeFlow(t: FlowTable, id: number): void {
  const { rows, mask } = t;
  let i = t.rowOf[id];
  // Backward shift: pull up every later row of the run that may stand here.
  for (let j = (i + 1) & mask; rows[BEGIN + j * ROW + SOFTWIRE] !== 0; j = (j + 1) & mask) {
    const from = BEGIN + j * ROW;
    const home = rows[from + HASH] & mask;
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    rows.copyWithin(BEGIN + i * ROW, from, from + ROW);
    t.rowOf[rows[from + ID]] = i;
    i = j;
  }
  rows[BEGIN + i * ROW + SOFTWIRE] = 0;
  t.next[id] = t.free;
  t.free = id;
  t.count--;
}

function freeRow(t: FlowTable, h: number): number {
  let i = h & t.mask;
  while (t.rows[BEGIN + i * ROW + SOFTWIRE] !== 0) i = (i + 1) & t.mask;
  return i;
}

function doubled(a: Int32Array): Int32Array {
  const bigger = new Int32Array(a.length * 2);
  bigger.set(a);
  return bigger;
}

function grow(t: FlowTable): void {
  const old = t.rows;
  const n = (t.mask + 1) * 2;
  t.rows = rowsOf(n);
  t.mask = n - 1;
  for (let at = BEGIN; at < old.length; at += ROW) {
    if (old[at + SOFTWIRE] === 0) continue;
    const row = freeRow(t, old[at + HASH]);
    const to = BEGIN + row * ROW;
    for (let i = 0; i <= HASH; i++) t.rows[to + i] = old[at + i];
    t.rowOf[old[at + ID]] = row;
  }
}
