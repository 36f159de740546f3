import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIpv4, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, type Prefix4, type Prefix6, textIpv6At, writeIpv6 } from "../../src/wire/address.js";
import { bits, put16, putBits, u16, u32 } from "../../src/wire/bits.js";
import { checksum, finish, pseudo4, sum, update16, update32 } from "../../src/wire/checksum.js";
import { delegatedLength, embeddedIpv4, writeDelegated } from "../../src/wire/embedding.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import * as ipv6 from "../../src/wire/ipv6.js";

const hex = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s.replaceAll(" ", ""), "hex"));

describe("Internet checksum", () => {
  test("the worked example of RFC 1071 section 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2", () => {
    const b = hex("0001f203f4f5f6f7");
    expect(checksum(b, 0, 8)).toBe(~0xddf2 & 0xffff);
  });
  test("an odd last byte is the high half of its word", () => expect(checksum(hex("01"), 0, 1)).toBe(~0x0100 & 0xffff));
  test("a UDP datagram with its pseudo-header, made by another tool (the bytes of a DNS query captured with tcpdump order)", () => {
    // 192.0.2.1:1000 > 198.51.100.2:53, 4 bytes "abcd": 0xc000+0x0201+0xc633+0x6402+17+12+1000+53+12+0x6162+0x6364
    const b = hex("c0000201c6336402 03e80035000c0000 61626364");
    const s = sum(b, 8, 12, pseudo4(b, 0, 12, 17));
    expect(finish(s)).toBe(~((0xc000 + 0x0201 + 0xc633 + 0x6402 + 17 + 12 + 0x03e8 + 0x35 + 12 + 0x6162 + 0x6364) % 0xffff) & 0xffff);
  });
  test("an incremental update equals a new sum (RFC 1624)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffffffff }), (body, w, d) => {
        const b = Uint8Array.from(body);
        b[8] |= 1; // keep the sum away from all zeros, which has two writings (RFC 1624 section 3)
        const before = checksum(b, 0, 12);
        const old = u16(b, 2);
        put16(b, 2, w);
        expect(update16(before, old, w)).toBe(checksum(b, 0, 12));
        const mid = checksum(b, 0, 12);
        const old32 = u32(b, 4);
        put16(b, 4, d >>> 16);
        put16(b, 6, d & 0xffff);
        expect(update32(mid, old32, d)).toBe(checksum(b, 0, 12));
      }),
    );
  });
});

describe("bit fields", () => {
  test("what putBits writes, bits reads, and the neighbours stay", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 0xffffffff }), fc.uint8Array({ minLength: 17, maxLength: 17 }), (at, n, v, start) => {
        const b = Uint8Array.from(start);
        const low = n === 0 ? 0 : n === 32 ? v : v & (2 ** n - 1);
        putBits(b, 0, at, n, v);
        expect(bits(b, 0, at, n)).toBe(low >>> 0);
        const text = (x: Uint8Array): string => [...x].map((y) => y.toString(2).padStart(8, "0")).join("");
        expect(text(b).slice(0, at)).toBe(text(start).slice(0, at));
        expect(text(b).slice(at + n)).toBe(text(start).slice(at + n));
      }),
    );
  });
});

describe("embedded IPv4 addresses", () => {
  const p4 = (t: string): Prefix4 => parsePrefix4(t) ?? { address: 0, length: 0 };
  const p6 = (t: string): Prefix6 => parsePrefix6(t) ?? { address: [0, 0, 0, 0], length: 0 };
  test.each([
    ["2001:db8::/32", "10.0.0.0/8", "10.100.100.1", "2001:db8:6464:100::", 56], // RFC 5969 section 4
    ["2001:db8::/32", "10.0.0.0/8", "10.0.0.1", "2001:db8:0:100::", 56], // RFC 5969 section 5
    ["2002::/16", "0.0.0.0/0", "192.0.2.33", "2002:c000:221::", 48], // RFC 3056 section 2
    ["2001:db8::/29", "0.0.0.0/0", "198.51.100.10", "2001:dbe:319b:2050::", 61],
    ["2001:db8:4000::/34", "10.0.0.0/7", "11.255.1.2", "2001:db8:7fe0:2040::", 59],
    ["2001:db8::/32", "192.0.2.7/32", "192.0.2.7", "2001:db8::", 32],
  ])("%s over %s gives %s the prefix %s/%i", (six, four, ce, text, length) => {
    const b = new Uint8Array(20);
    const address = parseIpv4(ce) ?? 0;
    writeDelegated(b, 2, p6(six), p4(four), address);
    expect(textIpv6At(b, 2)).toBe(text);
    expect(delegatedLength(p6(six), p4(four))).toBe(length);
    expect(formatIpv4(embeddedIpv4(b, 2, p6(six), p4(four)))).toBe(ce);
  });
  test("for any mask and prefix length the CE address comes back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 8, max: 64 }), fc.integer({ min: 0, max: 0xffffffff }), (maskLen, prefixLen, ce) => {
        const keep = maskLen === 0 ? 0 : (0xffffffff << (32 - maskLen)) >>> 0;
        const four = { address: (ce & keep) >>> 0, length: maskLen };
        const six = { address: [0x20000000, 0, 0, 0] as const, length: prefixLen };
        const b = new Uint8Array(24);
        writeDelegated(b, 1, six, four, ce);
        expect(embeddedIpv4(b, 1, six, four)).toBe(ce >>> 0);
      }),
    );
  });
});

describe("IPv4 header", () => {
  test("a header that another stack wrote reads as it should (RFC 1071 style checksum b861)", () => {
    const b = hex("45000073000040004011b861c0a80001c0a800c7");
    const long = new Uint8Array(0x73);
    long.set(b);
    expect(ipv4.ipv4Fault(long, 0, long.length)).toBe(ipv4.FAULT_NONE);
    expect([ipv4.totalLength(b, 0), ipv4.df(b, 0), ipv4.mf(b, 0), ipv4.ttl(b, 0), ipv4.protocol(b, 0)]).toEqual([0x73, true, false, 64, 17]);
    expect(formatIpv4(ipv4.dst(b, 0))).toBe("192.168.0.199");
  });
  test.each([
    ["4500", ipv4.FAULT_SHORT],
    ["65000014000000004001000000000000000000000000", ipv4.FAULT_VERSION],
    ["44000014000000004001000000000000000000000000", ipv4.FAULT_HEADER_LENGTH],
    ["4f000014000000004001000000000000000000000000", ipv4.FAULT_HEADER_LENGTH],
    ["45000013000000004001000000000000000000000000", ipv4.FAULT_TOTAL_LENGTH],
    ["45000040000000004001000000000000000000000000", ipv4.FAULT_TOTAL_LENGTH],
    ["45000014000000004001000000000000000000000000", ipv4.FAULT_CHECKSUM],
  ])("%s has fault %i", (text, fault) => {
    const b = hex(text);
    expect(ipv4.ipv4Fault(b, 0, b.length)).toBe(fault);
  });
  test("what write makes has no fault, whatever the values", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffffffff }), (byte, word, addr) => {
        const b = new Uint8Array(64);
        ipv4.write(b, 4, byte, 60, word, ipv4.DF, byte, 41, addr, ~addr >>> 0);
        expect(ipv4.ipv4Fault(b, 4, 60)).toBe(ipv4.FAULT_NONE);
        expect([ipv4.tos(b, 4), ipv4.id(b, 4), ipv4.src(b, 4), ipv4.dst(b, 4)]).toEqual([byte, word, addr, ~addr >>> 0]);
      }),
    );
  });
});

describe("IPv6 header chain (RFC 8200 section 4)", () => {
  const packet = (next: number, rest: string): Uint8Array => {
    const body = hex(rest);
    const b = new Uint8Array(40 + body.length);
    ipv6.write(b, 0, 0xb9, 0x12345, body.length, next, 64);
    writeIpv6(b, ipv6.SRC, parseIpv6("2001:db8::1") ?? [0, 0, 0, 0]);
    b.set(body, 40);
    return b;
  };
  test("fields of the fixed header", () => {
    const b = packet(59, "");
    expect([ipv6.trafficClass(b, 0), ipv6.flowLabel(b, 0), ipv6.hopLimit(b, 0), ipv6.ipv6Fault(b, 0, 40)]).toEqual([0xb9, 0x12345, 64, 0]);
    ipv6.setTrafficClass(b, 0, 0x02);
    expect([ipv6.trafficClass(b, 0), ipv6.flowLabel(b, 0), ipv6.version(b, 0)]).toEqual([2, 0x12345, 6]);
  });
  test("hop-by-hop, destination options and fragment headers are walked to the upper layer", () => {
    const b = packet(0, `3c00010400000000 2c00010400000000 1100000000000001 ${"00".repeat(8)}`);
    const u = ipv6.walk(b, 0, b.length, ipv6.createUpper());
    expect([u.protocol, u.off, u.len, u.fragment, u.whole, u.namedAt]).toEqual([17, 64, 8, 56, true, 56]);
  });
  test("the walk stops behind the header of a later fragment", () => {
    const b = packet(44, `3c00000800000001 ${"ff".repeat(8)}`);
    const u = ipv6.walk(b, 0, b.length, ipv6.createUpper());
    expect([u.protocol, u.off, u.fragment, u.whole]).toEqual([60, 48, 40, true]);
  });
  test("a chain that runs past the packet is not whole", () => {
    const b = packet(60, "0605010400000000");
    expect(ipv6.walk(b, 0, b.length, ipv6.createUpper()).whole).toBe(false);
  });
  test("no bytes, however broken, make the walk fail or leave the packet", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 120 }), (bytes) => {
        const b = Uint8Array.from(bytes);
        b[0] = 0x60;
        const u = ipv6.walk(b, 0, b.length, ipv6.createUpper());
        expect(u.off).toBeLessThanOrEqual(b.length);
        expect(u.off + u.len).toBeLessThanOrEqual(b.length);
      }),
    );
  });
});
