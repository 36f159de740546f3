import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBindingIndex } from "../../../src/judge/ds-lite/binding-index.js";

/** Few keys, among them some that share their place or their tag, and both. */
const key = fc.record({ place: fc.constantFrom(0, 1, 2, 1023, 2047), tag: fc.constantFrom(0, 1, 0x3fff) }).map(({ place, tag }) => (tag << 18) | place);

/** Finds all that may have the key, in the order of the index. */
function found(index: ReturnType<typeof createBindingIndex>, k: number): number[] {
  const list: number[] = [];
  for (let n = index.first(k); n >= 0; n = index.next(n)) list.push(n);
  return list;
}

describe("the index of bindings", () => {
  test("finds the bindings of a key, the latest first, while the oldest give way", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.array(key, { maxLength: 60, size: "max" }), (capacity, keys) => {
      const keyOf: number[] = [];
      const index = createBindingIndex(capacity, (n) => keyOf[n]);
      let kept: number[] = [];
      keys.forEach((k, turn) => {
        const n = turn % capacity;
        if (turn >= capacity) {
          index.remove(n, keyOf[n]);
          kept = kept.filter((m) => m !== n);
        }
        keyOf[n] = k;
        index.add(n, k);
        kept.push(n);
        for (const q of new Set(keys)) expect(found(index, q).filter((m) => keyOf[m] === q)).toEqual(kept.filter((m) => keyOf[m] === q).reverse());
      });
    }), { numRuns: 300 });
  });

  test("grows, and still finds every one", () => {
    const capacity = 4000;
    const keyOf = Array.from({ length: capacity }, (_, n) => Math.imul(n % 3000, 0x9e3779b1));
    const index = createBindingIndex(capacity, (n) => keyOf[n]);
    for (let n = 0; n < capacity; n++) index.add(n, keyOf[n]);
    for (let n = 0; n < capacity; n++) expect(found(index, keyOf[n]).filter((m) => keyOf[m] === keyOf[n])).toEqual(n < 1000 ? [n + 3000, n] : n < 3000 ? [n] : [n, n - 3000]);
  });

  test("looks at one record, however many bindings one key had", () => {
    const capacity = 1 << 17;
    let asked = 0;
    const index = createBindingIndex(capacity, () => {
      asked++;
      return 7;
    });
    for (let turn = 0; turn < capacity + 10; turn++) {
      if (turn >= capacity) index.remove(turn % capacity, 7);
      index.add(turn % capacity, 7);
      expect(index.first(7)).toBe(turn % capacity);
    }
    expect(asked).toBeLessThan(capacity + 20);
  });

  test("takes no more bindings than it can tell apart", () => {
    expect(() => createBindingIndex((1 << 17) + 1, () => 0)).toThrow(RangeError);
  });
});
