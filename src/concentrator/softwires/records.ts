/**
 * Open-addressed table of fixed-size records in typed arrays: the store of softwires, initiators and flows.
 * A record is `stride` int32 words, the first `keyWords` of them its key; record numbers start at 1, 0 means "none".
 * The index holds (record, hash) pairs at a load of at most 1/2, so a miss rarely touches a record. The hash is seeded
 * against flooding. Growth doubles, so an insertion costs O(1) amortised; deletion shifts back and leaves no tombstones.
 */
export interface Records {
  readonly keyWords: number;
  readonly stride: number;
  readonly seed: number;
  data: Int32Array;
  /** Pairs: record number, hash. */
  index: Int32Array;
  mask: number;
  /** Records ever handed out (high-water mark); free ones are chained through their first word. */
  top: number;
  free: number;
  count: number;
  peak: number;
}

export function createRecords(keyWords: number, stride: number, seed: number): Records {
  return {
    keyWords, stride, seed: Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995,
    data: new Int32Array(stride * 256), index: new Int32Array(2 * 512), mask: 511, top: 1, free: 0, count: 0, peak: 0,
  };
}

/** Removes all records; `peak` stays. */
export function clearRecords(r: Records): void {
  r.data = new Int32Array(r.stride * 256);
  r.index = new Int32Array(2 * 512);
  r.mask = 511;
  r.top = 1;
  r.free = r.count = 0;
}

export const hashKey = (r: Records, key: Int32Array): number => hashAt(r, key, 0);

function hashAt(r: Records, words: Int32Array, at: number): number {
  let h = r.seed;
  for (let i = at; i < at + r.keyWords; i++) {
    h = Math.imul(h ^ words[i], 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x85ebca6b);
  return h ^ (h >>> 13);
}

/** The record with this key, or 0. `h` comes from `hashKey`. */
export function findRecord(r: Records, key: Int32Array, h: number): number {
  const { index, mask, data, stride, keyWords } = r;
  for (let i = h & mask; ; i = (i + 1) & mask) {
    const rec = index[2 * i];
    if (rec === 0) return 0;
    if (index[2 * i + 1] !== h) continue;
    const at = rec * stride;
    let k = 0;
    while (k < keyWords && data[at + k] === key[k]) k++;
    if (k === keyWords) return rec;
  }
}

/** Adds a record whose key is not in the table; the words behind the key are 0. Returns its number. */
export function addRecord(r: Records, key: Int32Array, h: number): number {
  if (2 * (r.count + 1) > r.mask + 1) growIndex(r);
  let rec = r.free;
  if (rec !== 0) r.free = r.data[rec * r.stride];
  else {
    rec = r.top++;
    if ((rec + 1) * r.stride > r.data.length) {
      const bigger = new Int32Array(r.data.length * 2);
      bigger.set(r.data);
      r.data = bigger;
    }
  }
  const at = rec * r.stride;
  for (let k = 0; k < r.keyWords; k++) r.data[at + k] = key[k];
  r.data.fill(0, at + r.keyWords, at + r.stride);
  place(r, rec, h);
  r.count++;
  if (r.count > r.peak) r.peak = r.count;
  return rec;
}

export function removeRecord(r: Records, rec: number): void {
  const { index, mask, data, stride } = r;
  const at = rec * stride;
  let i = hashAt(r, data, at) & mask;
  while (index[2 * i] !== rec) i = (i + 1) & mask;
  // Backward shift: pull up every later entry of the run that may stand here.
  for (let j = (i + 1) & mask; index[2 * j] !== 0; j = (j + 1) & mask) {
    const home = index[2 * j + 1] & mask;
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    index[2 * i] = index[2 * j];
    index[2 * i + 1] = index[2 * j + 1];
    i = j;
  }
  index[2 * i] = 0;
  data[at] = r.free;
  r.free = rec;
  r.count--;
}

function place(r: Records, rec: number, h: number): void {
  let i = h & r.mask;
  while (r.index[2 * i] !== 0) i = (i + 1) & r.mask;
  r.index[2 * i] = rec;
  r.index[2 * i + 1] = h;
}

function growIndex(r: Records): void {
  const old = r.index;
  const slots = (r.mask + 1) * 2;
  r.index = new Int32Array(2 * slots);
  r.mask = slots - 1;
  for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) place(r, old[i], old[i + 1]);
}
