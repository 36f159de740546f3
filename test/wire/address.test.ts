import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIpv4, formatIpv6, inPrefix4, inPrefix6At, type Ipv6, mask32, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, readIpv6, writeIpv6 } from "../../src/wire/address.js";

const word = fc.integer({ min: 0, max: 0xffffffff });
const ipv6 = fc.tuple(word, word, word, word) as fc.Arbitrary<Ipv6>;

describe("IPv6 text (RFC 4291 section 2.2, RFC 5952)", () => {
  test.each([
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // RFC 5952 4.2.2: one zero group is not shortened
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"], // 4.2.3: the longest run
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // 4.2.3: the first of equal runs
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (text, canonical) => {
    const a = parseIpv6(text);
    expect(a && formatIpv6(a)).toBe(canonical);
  });

  test.each(["", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "fe80::1%eth0", "::1.2.3", "1:2:3:4:5:6:7::8", "::256.1.1.1"])("%s is refused", (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });

  test("every address survives text and bytes, and Node agrees that it is one", () => {
    fc.assert(
      fc.property(ipv6, (a) => {
        expect(isIP(formatIpv6(a))).toBe(6);
        expect(parseIpv6(formatIpv6(a))).toEqual(a);
        const b = new Uint8Array(20);
        writeIpv6(b, 3, a);
        expect(readIpv6(b, 3)).toEqual(a);
      }),
    );
  });
});

describe("IPv4 text", () => {
  test("round trip", () => fc.assert(fc.property(word, (v) => { expect(parseIpv4(formatIpv4(v))).toBe(v); })));
  test.each(["1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d"])("%s is refused", (t) => expect(parseIpv4(t)).toBeUndefined());
});

describe("prefixes", () => {
  test("masks at the edges", () => {
    expect([0, 1, 8, 31, 32].map(mask32)).toEqual([0, 0x80000000, 0xff000000, 0xfffffffe, 0xffffffff]);
  });
  test("host bits beyond the length are refused", () => {
    expect(parsePrefix4("10.1.0.0/8")).toBeUndefined();
    expect(parsePrefix6("2001:db8::1/32")).toBeUndefined();
    expect(parsePrefix4("10.0.0.0/33")).toBeUndefined();
    expect(parsePrefix6("2001:db8::/129")).toBeUndefined();
    expect(parsePrefix6("2001:db8:4000::/34")).toEqual({ address: [0x20010db8, 0x40000000, 0, 0], length: 34 });
  });
  test("containment agrees with a comparison of bit strings", () => {
    const bin = (a: readonly number[]): string => a.map((w) => w.toString(2).padStart(32, "0")).join("");
    fc.assert(
      fc.property(ipv6, fc.integer({ min: 0, max: 128 }), fc.integer({ min: 0, max: 127 }), (a, length, flip) => {
        const other = [...a] as [number, number, number, number];
        other[flip >> 5] = (other[flip >> 5] ^ (1 << (31 - (flip & 31)))) >>> 0;
        const b = new Uint8Array(16);
        writeIpv6(b, 0, other);
        const expected = bin(a).slice(0, length) === bin(other).slice(0, length);
        expect(inPrefix6At(b, 0, { address: a, length })).toBe(expected);
      }),
    );
  });
  test("0.0.0.0/0 holds everything", () => expect(inPrefix4(0xffffffff, { address: 0, length: 0 })).toBe(true));
});
