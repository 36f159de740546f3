/** What is told by words of a translated packet (RFC 6732 figure 3) is what bytes tell. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SixToFour } from "../../src/config/types.js";
import { createPmtKeys, INBOUND, isExpected, OUTBOUND } from "../../src/judge/pairing/pmt.js";
import { isTranslatedPair, keepsChecksum } from "../../src/judge/pairing/translated.js";
import { compileSixToFour } from "../../src/judge/six-to-four/domain.js";
import { put16, u16 } from "../../src/wire/bits.js";
import { finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

const compile = (over: Partial<SixToFour> = {}) => compileSixToFour(S.pmt(over).serviceSets[0].concentrators[0] as SixToFour);
const X = 256;
const Y = 1024;
/** Both packets in one memory, at multiples of 4. */
function memoryOf(x: Uint8Array, y: Uint8Array): Uint8Array {
  const b = new Uint8Array(2048).fill(0xa5);
  b.set(x, X);
  b.set(y, Y);
  return b;
}
const change = fc.option(fc.record({ which: fc.constantFrom(X, Y), at: fc.nat(63), bit: fc.nat(7) }), { freq: 5 });

describe("a translated pair in words", () => {
  const inputs = [S.pmtIn(), S.pmtOut()].map(([i, o]) => [i.packet.subarray(i.side === 0 ? 20 : 0), o.packet.subarray(o.side === 0 ? 20 : 0)] as const);

  it.each([0, 0x1234])("is what figure 3 makes of it, whatever bit is another (Subnet-ID %i)", (subnetId) => {
    const d = compile({ subnetId });
    const byBytes = { ...d, figure3: undefined };
    expect(d.figure3).toBeDefined();
    let translated = 0;
    for (const inbound of [false, true]) {
      const [x, y] = inputs[inbound ? 1 : 0];
      for (let bit = -1; bit < 2 * 40 * 8; bit++) {
        const b = memoryOf(x, y);
        put16(b, inbound ? Y + 30 : X + 14, subnetId);
        if (bit >= 0) b[(bit & 1 ? X : Y) + (bit >> 4)] ^= 1 << ((bit >> 1) & 7);
        const told = isTranslatedPair(d, b, X, Y, inbound);
        expect(told, `bit ${bit}`).toBe(isTranslatedPair(byBytes, b, X, Y, inbound));
        if (told) translated++;
        const flow = inbound ? INBOUND : OUTBOUND;
        for (const len of [x.length, 60]) expect(createPmtKeys(b, 1).same(d, X, len, Y, len, flow, false)).toBe(createPmtKeys(b, 1).same(byBytes, X, len, Y, len, flow, false));
        if (told) expect(isExpected(d, b, X, Y, flow)).toBe(true);
      }
    }
    expect(translated).toBeGreaterThan(100);
  });

  it("has no words where the mapping is another one", () => {
    for (const over of [{ pmtMapping: "stateful" }, { pmtChecksum: "neutral" }, { providerPrefix: { address: [0x20010000, 0, 0, 0], length: 28 } }, { optOut: [] }] as Partial<SixToFour>[]) expect(compile(over).figure3).toBeUndefined();
    expect(compileSixToFour(S.relay().serviceSets[0].concentrators[0] as SixToFour).figure3).toBeUndefined();
  });
});

describe("a checksum that was right, and still is", () => {
  const isRight = (b: Uint8Array, o: number, n: number): boolean => finish(sum(b, o + 40, n, pseudo6(b, o + 8, n, b[o + 6]))) === 0;

  it("is told by sums of words as by sums of bytes, for any length", () => {
    let kept = 0;
    fc.assert(fc.property(fc.constantFrom(6, 17), fc.uint8Array({ minLength: 20, maxLength: 90 }), fc.uint8Array({ minLength: 8, maxLength: 8 }), change, (next, payload, prefix, c) => {
      const at = next === 17 ? 6 : 16;
      const seal = (p: Uint8Array): Uint8Array => {
        put16(p, 40 + at, 0);
        put16(p, 40 + at, finish(sum(p, 40, p.length - 40, pseudo6(p, 8, p.length - 40, next))));
        return p;
      };
      const x = seal(B.six({ next, payload }));
      const y = x.slice();
      y.set(prefix, 8);
      const b = memoryOf(x, seal(y));
      if (c !== null && c.at !== 4 && c.at !== 5 && c.at !== 6) b[c.which + c.at] ^= 1 << c.bit;
      const n = payload.length;
      // Only packets that are equal but for addresses, hop limit, traffic class and checksum are asked about.
      for (let i = 40; i < 40 + n; i++) if (i < 40 + at || i > 41 + at) b[Y + i] = b[X + i];
      const told = keepsChecksum(b, X, 40 + n, Y, 40 + n);
      expect(told).toBe(isRight(b, X, n) && isRight(b, Y, n));
      if (told) kept++;
    }), { numRuns: 2000 });
    expect(kept).toBeGreaterThan(500);
  });

  it("is not told of a packet that is cut, or of another protocol", () => {
    const [i, o] = S.pmtOut();
    const b = memoryOf(i.packet, o.packet.subarray(20));
    const n = 40 + u16(i.packet, 4);
    expect(keepsChecksum(b, X, n, Y, n)).toBe(true);
    expect(keepsChecksum(b, X, n - 1, Y, n)).toBe(false);
    expect(keepsChecksum(b, X, n, Y, n - 1)).toBe(false);
    b[X + 6] = b[Y + 6] = 58;
    expect(keepsChecksum(b, X, n, Y, n)).toBe(false);
  });
});
