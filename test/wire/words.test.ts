import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finish, fold, sum } from "../../src/wire/checksum.js";
import { copyPacket, firstDifferentByte } from "../../src/wire/words.js";

/** The definition: big-endian 16-bit words, an odd last byte is a high half. */
function plain(b: Uint8Array, off: number, len: number): number {
  let s = 0;
  for (let i = 0; i < len; i++) s += i % 2 === 0 ? b[off + i] * 256 : b[off + i];
  return s;
}

describe("ones' complement sums by words", () => {
  it("agree with the definition at every offset, length and seed", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), fc.nat(7), fc.nat(0xffff), (bytes, at, seed) => {
      const b = new Uint8Array(at + bytes.length + 3);
      b.set(bytes, at);
      expect(fold(sum(b, at, bytes.length, seed))).toBe(fold(plain(b, at, bytes.length) + seed));
    }));
  });
  it("hold for the longest packet of the largest words, and tell zero from 0xffff", () => {
    expect(finish(sum(new Uint8Array(65536).fill(255), 0, 65535))).toBe(finish(plain(new Uint8Array(65536).fill(255), 0, 65535)));
    expect(fold(sum(new Uint8Array(64), 0, 64))).toBe(0);
    const ones = new Uint8Array(64);
    ones[0] = ones[1] = 255;
    expect(fold(sum(ones, 0, 64))).toBe(0xffff);
  });
  it("work in a view that begins anywhere in its buffer", () => {
    const buffer = new ArrayBuffer(128);
    for (let i = 0, all = new Uint8Array(buffer); i < all.length; i++) all[i] = i * 7;
    for (const begin of [0, 1, 2, 4]) {
      const b = new Uint8Array(buffer, begin, 100);
      expect(fold(sum(b, 4, 90))).toBe(fold(plain(b, 4, 90)));
    }
  });
});

describe("a packet's copy", () => {
  it("has its bytes, from any offset and of any length, also at the end of the memory and in a view that begins anywhere", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(7), fc.constantFrom(0, 1, 4), (len, behind, begin) => {
      const to = 512;
      const from = 2000 - len;
      const b = new Uint8Array(new ArrayBuffer(begin + 2000 + behind), begin);
      for (let i = 0; i < len; i++) b[from + i] = (i * 7 + 1) & 255;
      const before = b.slice();
      copyPacket(b, to, from, len);
      expect(b.subarray(to, to + len)).toEqual(before.subarray(from, from + len));
      expect(b.subarray(0, to)).toEqual(before.subarray(0, to));
      expect(b.subarray(to + len + 3)).toEqual(before.subarray(to + len + 3));
    }));
  });
});

describe("the first byte that differs", () => {
  it("is found wherever it lies, and no byte outside of the range counts", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(3), fc.nat(3), fc.nat(60), fc.nat(60), (bytes, p, q, change, from) => {
      const b = new Uint8Array(200);
      const x = p;
      const y = 100 + q;
      b.set(bytes, x);
      b.set(bytes, y);
      b[x + bytes.length] = 1;
      b[y + bytes.length] = 2;
      const at = change % bytes.length;
      b[y + at] ^= 0x80;
      const first = from % bytes.length;
      expect(firstDifferentByte(b, x, y, first, bytes.length)).toBe(at >= first ? at : -1);
    }));
  });
});
