import { columns } from "../columns.js";

/** Records found by a 32-bit key: buckets of doubly linked records, oldest first, so a multiset of equal keys is a FIFO. */
export interface Chains {
  /** First slot in the bucket of a key, or -1; go on with `next`. Other keys share the bucket. */
  first(key: number): number;
  readonly next: Int32Array;
  /** The same from the youngest to the oldest: `last`, then `prev`. */
  last(key: number): number;
  readonly prev: Int32Array;
  add(slot: number, key: number): void;
  remove(slot: number, key: number): void;
  isEmpty(): boolean;
}

/** `buckets` is a power of two. The seed keeps a sender from choosing packets that share a bucket. */
export function createChains(buckets: number, capacity: number, seed: number): Chains {
  const heads = new Int32Array(buckets).fill(-1);
  const tails = new Int32Array(buckets).fill(-1);
  const { i32 } = columns(capacity);
  const next = i32().fill(-1);
  const prev = i32().fill(-1);
  const mask = buckets - 1;
  const bucket = (key: number): number => {
    const h = Math.imul(key ^ seed, 0x9e3779b1);
    return (h ^ (h >>> 15)) & mask;
  };
  let size = 0;
  return {
    next, prev,
    isEmpty: () => size === 0,
    first: (key) => heads[bucket(key)],
    last: (key) => tails[bucket(key)],
    add(slot, key) {
      const i = bucket(key);
      size++;
      next[slot] = -1;
      prev[slot] = tails[i];
      if (tails[i] < 0) heads[i] = slot;
      else next[tails[i]] = slot;
      tails[i] = slot;
    },
    remove(slot, key) {
      const i = bucket(key);
      size--;
      const n = next[slot];
      const p = prev[slot];
      if (p < 0) heads[i] = n;
      else next[p] = n;
      if (n < 0) tails[i] = p;
      else prev[n] = p;
    },
  };
}
