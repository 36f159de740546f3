/**
 * Finds bindings by a 32-bit key of one of their ends. A table with open addressing holds the latest binding of each key, and each binding the one before it: mostly a
 * look costs one cache line, however many came and went under one key, and the table is no larger than what is known needs.
 */

const NUMBER_BITS = 17;
const NUMBER = (1 << NUMBER_BITS) - 1;
const FREE = -1;
/** Entries at first; doubled whenever more than half are taken. */
const FEWEST = 1 << 10;
/** Bits of a key that an entry keeps beside the number: one fewer than fit, so that no entry looks free. They keep a look from most records of other keys. */
const tagOf = (key: number): number => (key >>> (NUMBER_BITS + 1)) << NUMBER_BITS;

export interface BindingIndex {
  /** Number of the latest binding that may have this key, and of the one before it: among those with one key the latest first. Other keys come between. -1: there is none. */
  first(key: number): number;
  next(n: number): number;
  /** Puts in the place of each of `n` keys a binding number that `first` may give for it: what is looked for ahead of time, all at once. */
  approach(keys: Int32Array, n: number): void;
  /** Bindings take their turns: `n` comes after the one added last, and one that has that number is removed before. */
  add(n: number, key: number): void;
  /** The oldest one. */
  remove(n: number, key: number): void;
}

/** For binding numbers below `capacity` (at most 2^17). `keyOf`: the key under which binding `n` was added. */
export function createBindingIndex(capacity: number, keyOf: (n: number) => number): BindingIndex {
  if (capacity > NUMBER + 1) throw new RangeError(`${capacity} bindings: at most ${NUMBER + 1} can be told apart`);
  let largest = FEWEST;
  while (largest < capacity * 2) largest *= 2;
  const entries = new Int32Array(largest).fill(FREE);
  /** The binding before it with the same key, if that is not older than all that are kept: then another has its number. */
  const before = new Int32Array(capacity).fill(-1);
  let mask = FEWEST - 1;
  /** Taken entries, and bindings. */
  let taken = 0, count = 0;
  let newest = -1;
  // Of the look at hand.
  let tag = 0, place = 0;

  const age = (n: number): number => (n <= newest ? newest - n : newest - n + capacity);
  function seek(from: number): number {
    for (let s = from; ; s = (s + 1) & mask) {
      const e = entries[s];
      if (e === FREE) return -1;
      if ((e & ~NUMBER) !== tag) continue;
      place = s;
      return e & NUMBER;
    }
  }
  function put(n: number, key: number): void {
    const t = tagOf(key);
    let s = key & mask;
    for (; entries[s] !== FREE; s = (s + 1) & mask) if ((entries[s] & ~NUMBER) === t && keyOf(entries[s] & NUMBER) === key) break;
    if (entries[s] === FREE) taken++;
    before[n] = entries[s] === FREE ? -1 : entries[s] & NUMBER;
    entries[s] = t | n;
  }
  function grow(): void {
    entries.fill(FREE, 0, mask + 1);
    mask = mask * 2 + 1;
    taken = 0;
    for (let k = count - 1; k >= 0; k--) {
      const n = newest - k < 0 ? newest - k + capacity : newest - k;
      put(n, keyOf(n));
    }
  }
  return {
    first(key) {
      tag = tagOf(key);
      return seek(key & mask);
    },
    approach(keys, n) {
      for (let i = 0; i < n; i++) {
        const e = entries[keys[i] & mask];
        keys[i] = e === FREE ? 0 : e & NUMBER;
      }
    },
    next(n) {
      const m = before[n];
      return m >= 0 && age(m) > age(n) ? m : seek((place + 1) & mask);
    },
    add(n, key) {
      if (taken * 2 > mask && mask + 1 < largest) grow();
      put(n, key);
      newest = n;
      count++;
    },
    remove(n, key) {
      count--;
      const e = tagOf(key) | n;
      let s = key & mask;
      while (entries[s] !== e) {
        // The entry names a later binding.
        if (entries[s] === FREE) return;
        s = (s + 1) & mask;
      }
      taken--;
      // What stands behind it moves up where it may, so that no look stops too early.
      for (let k = (s + 1) & mask; entries[k] !== FREE; k = (k + 1) & mask) {
        const home = keyOf(entries[k] & NUMBER) & mask;
        if (((k - home) & mask) < ((k - s) & mask)) continue;
        entries[s] = entries[k];
        s = k;
      }
      entries[s] = FREE;
    },
  };
}
