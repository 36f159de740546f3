import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { createMapper, unsupported } from "../../../src/suite/anonymise/addresses.js";
import { rewriteIp } from "../../../src/suite/anonymise/packet.js";
import { createScrub } from "../../../src/suite/anonymise/scrub.js";
import { formatIpv4, formatIpv6, type Ipv6, parseIpv4, parseIpv6 } from "../../../src/wire/address.js";
import { u16 } from "../../../src/wire/bits.js";
import { fold, pseudo4, sum } from "../../../src/wire/checksum.js";
import { compileText } from "../../../src/suite/notation/index.js";
import { CONFIG } from "./helper.js";

const config = parseConfig(CONFIG, "t.yaml");
const map = createMapper("a key of the test", config);
const v4 = (text: string): string => formatIpv4(map.v4(parseIpv4(text)!));
const v6 = (text: string): string => formatIpv6(map.v6(parseIpv6(text)!));
const address = fc.integer({ min: 0, max: 0xffffffff });
const shared = (a: number, b: number): number => Math.clz32((a ^ b) >>> 0);

describe("IPv4", () => {
  test("shares as many leading bits after as before, so it is a permutation", () => {
    fc.assert(fc.property(address, address, fc.integer({ min: 0, max: 32 }), (a, b, n) => {
      const near = n === 0 ? b : n === 32 ? a : ((a & ~(0xffffffff >>> n)) | (b & (0xffffffff >>> n))) >>> 0;
      expect(shared(map.v4(a), map.v4(near))).toBe(shared(a, near));
    }));
  });
  test.each(["0.0.0.0", "10.1.2.3", "100.64.1.2", "127.0.0.1", "169.254.1.1", "172.31.0.9", "192.0.0.1", "192.0.0.2", "192.88.99.1", "192.168.7.7", "224.0.0.5", "255.255.255.255"])("%s stays", (text) => {
    expect(v4(text)).toBe(text);
  });
  test("public addresses change, ranges for documents keep their range, another key gives others", () => {
    const many = Array.from({ length: 64 }, (_, i) => `81.2.69.${i}`);
    expect(many.filter((t) => v4(t) === t).length).toBeLessThan(8);
    for (let i = 0; i < 256; i += 17) expect(v4(`198.51.100.${i}`)).toMatch(/^198\.51\.100\./);
    const other = createMapper("another key of it", config);
    expect(many.map(v4)).not.toEqual(many.map((t) => formatIpv4(other.v4(parseIpv4(t)!))));
  });
});

describe("IPv6", () => {
  const words = (v: number): string => `${(v >>> 16).toString(16)}:${(v & 0xffff).toString(16)}`;
  test("2002:V4ADDR embeds the new address", () => {
    fc.assert(fc.property(address, (a) => {
      expect(map.v6(parseIpv6(`2002:${words(a)}:5::1`)!)).toEqual(parseIpv6(`2002:${words(map.v4(a))}:5::1`));
    }));
  });
  test("a 6rd address embeds the low bits of the new CE address behind the domain's new prefix", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffff }), (low) => {
      const ce = (0x51020000 + low) >>> 0;
      const a = parseIpv6(`2a02:123${(low >>> 12).toString(16)}:${((low & 0xfff) << 4).toString(16)}::1`)!;
      const b = map.v6(a);
      const embedded = (((b[0] & 15) << 12) | (b[1] >>> 20)) & 0xffff;
      expect(embedded).toBe(map.v4(ce) & 0xffff);
      expect((b[0] & ~15) >>> 0).toBe((map.v6(parseIpv6("2a02:1230::")!)[0] & ~15) >>> 0);
    }));
  });
  test("prefixes that were equal stay equal, and others stay others", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(fc.property(word, word, word, word, (a, b, c, d) => {
      const p: Ipv6 = [(0x24000000 | (a & 0xffffff)) >>> 0, b, c, d];
      const q: Ipv6 = [p[0], b, d, c];
      expect(map.v6(p).slice(0, 2)).toEqual(map.v6(q).slice(0, 2));
      if (c !== d) expect(map.v6(p)).not.toEqual(map.v6(q));
    }));
  });
  test.each(["::", "::1", "ff02::1", "fe80::1", "2002:c058:6301::", "100::1", "2002:a01:203::1"])("%s stays", (text) => {
    expect(v6(text)).toBe(text);
  });
  test("identifiers: small ones stay, EUI-64 ones go, IPv4-mapped and ISATAP follow IPv4", () => {
    expect(v6("2400:1::53")).toMatch(/::53$/);
    expect(v6("2400:1::21b:21ff:fe3c:9ab0")).not.toMatch(/21b:21ff/);
    expect(v6("::ffff:81.2.69.9")).toBe(`::ffff:${v4("81.2.69.9")}`);
    expect(v6("fe80::5efe:5102:4509")).toBe(formatIpv6(parseIpv6(`fe80::5efe:${v4("81.2.69.9")}`)!));
  });
});

test.each(["stateless", "stateful"])("checksum-neutral PMT, %s: sums of an address and of its translation stay equal", (mapping) => {
  const relay = parseConfig(`softproof: 1
service-sets: [{ softwire-concentrators: [{ 6to4-pmt: { softwire-address: 192.88.99.1, provider-prefix: "2a03:77::/32", mapping: ${mapping}, checksum: neutral } }] }]
`, "pmt.yaml");
  expect(unsupported(relay)).toEqual([]);
  const m = createMapper("a key of the test", relay);
  const words = (a: Ipv6): number[] => a.flatMap((w) => [w >>> 16, w & 0xffff]);
  const total = (a: Ipv6): number => words(a).reduce((s, w) => s + w, 0) % 0xffff;
  const half = fc.integer({ min: 0, max: 0xffff });
  fc.assert(fc.property(fc.integer({ min: 0x51000000, max: 0x51ffffff }), fc.tuple(half, half, half), fc.boolean(), fc.boolean(), (v4addr, [x, y, z], ones, wrong) => {
    const first = ones ? 0xffff : x % 0xffff;
    const six: Ipv6 = [(0x20020000 | (v4addr >>> 16)) >>> 0, (v4addr & 0xffff) * 0x10000, first * 0x10000 + (y % 0xffff), (z * 0x10000) >>> 0];
    const high: [number, number] = [0x2a030077, v4addr];
    const change = total([six[0], six[1], 0, 0]) - total([high[0], high[1], 0, 0]) + (wrong ? 1 : 0) + 2 * 0xffff;
    const provider: Ipv6 = ones ? [...high, (0xffff0000 + ((six[2] & 0xffff) + change) % 0xffff) >>> 0, six[3]] : [...high, ((first + change) % 0xffff) * 0x10000 + (six[2] & 0xffff), six[3]];
    const [a, b] = [m.v6(six), m.v6(provider)];
    expect((total(b) - total(a) + 0xffff) % 0xffff).toBe(wrong ? 1 : 0);
    const differing = words(a).slice(4).map((w, i) => w !== words(b)[4 + i]);
    expect(differing.slice(ones ? 2 : 1)).toEqual(ones ? [false, false] : [false, false, false]);
    expect(m.v6([0x2002c058, 0x63010000, 0, 0])).toEqual([0x2002c058, 0x63010000, 0, 0]);
  }));
});

describe("packets", () => {
  const hidden = (text: string, edit: (b: Uint8Array) => void = () => undefined): { before: Uint8Array; after: Uint8Array; blanked: number } => {
    const before = compileText(text).bytes.slice();
    edit(before);
    const s = createScrub(map, before.slice());
    rewriteIp(s, 0, s.now.length);
    return { before, after: s.now, blanked: s.blanked };
  };
  /** 0xffff when the transport checksum at `at` is right; else how wrong it is. */
  const state = (b: Uint8Array, header: number, protocol: number): number => fold(sum(b, header, b.length - header) + pseudo4(b, 12, b.length - header, protocol));
  test("header and transport checksums: right ones stay right, wrong ones equally wrong, absent and offloaded ones what they are", () => {
    const text = "ipv4(81.2.69.9 > 81.3.0.2) / udp(5000 > 53) / \"x\"";
    const good = hidden(text);
    expect([fold(sum(good.after, 0, 20)), state(good.after, 20, 17)]).toEqual([0xffff, 0xffff]);
    expect(formatIpv4(((good.after[12] << 24) | (good.after[13] << 16) | (good.after[14] << 8) | good.after[15]) >>> 0)).toBe(v4("81.2.69.9"));
    const bad = hidden(text, (b) => { b[10] ^= 0x12; b[27] ^= 0x34; });
    expect([fold(sum(bad.after, 0, 20)), state(bad.after, 20, 17)]).toEqual([fold(sum(bad.before, 0, 20)), state(bad.before, 20, 17)]);
    expect(state(bad.after, 20, 17)).not.toBe(0xffff);
    const none = hidden(text, (b) => b.fill(0, 26, 28));
    expect(u16(none.after, 26)).toBe(0);
    const offloaded = hidden(text, (b) => {
      const partial = fold(pseudo4(b, 12, b.length - 20, 17));
      b[26] = partial >>> 8;
      b[27] = partial & 255;
    });
    expect(u16(offloaded.after, 26)).toBe(fold(pseudo4(offloaded.after, 12, offloaded.after.length - 20, 17)));
  });
  test("FTP: the address in the text is the new one, padded to its length; one that is longer becomes zeros and is counted", () => {
    const r = hidden("ipv4(81.2.69.9 > 81.3.0.2) / tcp(5000 > 21) / \"PORT 81,2,69,119,4,1;\"");
    const said = /PORT ([\d,]+);/.exec(Buffer.from(r.after).toString("latin1"))?.[1].split(",").map(Number) ?? [];
    expect(said.slice(4)).toEqual([4, 1]);
    expect([v4("81.2.69.119"), "0.0.0.0"]).toContain(said.slice(0, 4).join("."));
    expect(r.blanked).toBe(said[0] === 0 ? 1 : 0);
    expect(state(r.after, 20, 6)).toBe(0xffff);
    const texts = Array.from({ length: 40 }, (_, i) => hidden(`ipv4(81.2.69.9 > 81.3.0.2) / tcp(5000 > 21) / "PORT 81,2,${70 + i},${60 + i},4,1"`));
    expect(texts.some((t) => t.blanked === 1) && texts.some((t) => t.blanked === 0)).toBe(true);
    for (const t of texts) expect(state(t.after, 20, 6)).toBe(0xffff);
  });
  test("GRE with checksum, key and sequence number: what it carries is replaced, its checksum goes along", () => {
    const inner = compileText('ipv4(81.2.69.9 > 81.3.0.2) / udp(5000 > 53) / "x"').bytes;
    const text = 'ipv4(81.9.0.1 > 81.9.0.2) / ipv4(1.2.3.4 > 1.2.3.4) / icmp4(echo)';
    for (const [flags, words] of [[0, 0], [0x8000, 1], [0x2000, 1], [0xb000, 3]] as const) {
      const before = Uint8Array.from([...compileText(text).bytes.subarray(0, 20), flags >>> 8, 0, 8, 0, ...new Array<number>(4 * words).fill(flags === 0x8000 ? 0 : 7), ...inner]);
      before[3] = before.length;
      before[9] = 47;
      const s = createScrub(map, before.slice());
      rewriteIp(s, 0, before.length);
      const at = 24 + 4 * words;
      const alone = createScrub(map, inner.slice());
      rewriteIp(alone, 0, inner.length);
      expect(s.now.subarray(at)).toEqual(alone.now);
      if (flags >>> 15 === 1) expect(fold(sum(s.now, 20, before.length - 20))).toBe(fold(sum(before, 20, before.length - 20)));
      else expect(s.now.subarray(24, at)).toEqual(before.subarray(24, at));
    }
  });
  test.each([
    ["a Routing header with a segment left: the last address is counted", 43, [2, 0, 1, 0, 0, 0, 0], 0, 24],
    ["a Segment Routing header: the first one is", 43, [4, 4, 1, 1, 0, 0, 0], 0, 24],
    ["a Routing header without segments left: that of the header is", 43, [2, 0, 0, 0, 0, 0, 0], 24, 24],
    ["a Home Address option: counted as the source", 60, [2, 1, 2, 0, 0, 0xc9, 16], 0, 8],
  ] as const)("%s", (_, next, options, dst, place) => {
    const address = [0x20, 2, 81, 2, 69, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const b = compileText('ipv6(2a02:9::1 > 2a02:9:7::9) / udp(5000 > 53) / "x"').bytes;
    const lists = options[0] === 4 ? [...address, ...address.map((x, i) => (i === 3 ? 99 : x))] : address;
    const before = Uint8Array.from([...b.subarray(0, 40), 17, ...options, ...lists, ...b.subarray(40)]);
    const at = before.length - 9;
    before[5] = before.length - 40;
    before[6] = next;
    const total = (p: Uint8Array): number => {
      const pseudo = Uint8Array.from([...p.subarray(8, 40)]);
      if (dst === 0) pseudo.set(p.subarray(48, 64), place - 8);
      return fold(sum(pseudo, 0, 32) + sum(p, at, 9) + 9 + 17);
    };
    const s = createScrub(map, before.slice());
    rewriteIp(s, 0, before.length);
    expect(total(s.now)).toBe(total(before));
    expect(s.now.subarray(48, 52)).not.toEqual(before.subarray(48, 52));
    const fixed = before.slice();
    fixed.fill(0, at + 6, at + 8);
    const right = 0xffff - total(fixed);
    fixed.set([right >>> 8, right & 255], at + 6);
    const t = createScrub(map, fixed.slice());
    rewriteIp(t, 0, fixed.length);
    expect([total(fixed), total(t.now)]).toEqual([0xffff, 0xffff]);
  });
  test("DHCP: static and classless routes, what a relay agent adds; masks and bits below a width stay", () => {
    const b = compileText('ipv4(81.2.69.9 > 81.3.0.2) / udp(67 > 67) / "x"').bytes;
    const [net, router] = [[81, 5, 0x86, 7], [81, 6, 1, 1]];
    const options = [33, 8, ...net, ...router, 121, 13, 17, ...net.slice(0, 3), ...router, 0, ...router, 82, 10, 1, 2, 7, 7, 5, 4, ...net, 21, 8, ...net, 255, 255, 255, 0, 255];
    const message = [1, 1, 6, 0, ...new Array<number>(232).fill(0), 0x63, 0x82, 0x53, 0x63, ...options];
    const before = Uint8Array.from([...b.subarray(0, 28), ...message]);
    before[3] = before.length & 255;
    before[2] = before.length >>> 8;
    before[24] = (before.length - 20) >>> 8;
    before[25] = before.length - 20;
    before.fill(0, 26, 28);
    const s = createScrub(map, before.slice());
    rewriteIp(s, 0, before.length);
    const four = (a: number[]): number[] => v4(a.join(".")).split(".").map(Number);
    const [n, r] = [four(net), four(router)];
    const expected = [33, 8, ...n, ...r, 121, 13, 17, n[0], n[1], (n[2] & 0x80) | 6, ...r, 0, ...r, 82, 10, 1, 2, 7, 7, 5, 4, ...n, 21, 8, ...n, 255, 255, 255, 0, 255];
    expect([...s.now.subarray(28 + 240)]).toEqual(expected);
  });
  test("Neighbor Discovery: a route's prefix is what its addresses begin with", () => {
    const b = compileText('ipv6(fe80::1 > ff02::1) / icmp6(echo) / "x"').bytes;
    const option = [24, 2, 48, 0, 0, 0, 2, 0, 0x20, 2, 81, 2, 69, 9, 0, 0];
    const before = Uint8Array.from([...b.subarray(0, 40), 134, 0, 0, 0, ...new Array<number>(12).fill(0), ...option]);
    before[5] = before.length - 40;
    const s = createScrub(map, before.slice());
    rewriteIp(s, 0, before.length);
    const a = parseIpv4(v4("81.2.69.9"))!;
    expect([...s.now.subarray(56)]).toEqual([...option.slice(0, 10), a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255, 0, 0]);
  });
  test("any bytes, cut anywhere: no error, no change of length", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.constantFrom(0x45, 0x60, 0x4f), fc.constantFrom(1, 4, 6, 17, 41, 44, 58, 0), (bytes, first, protocol) => {
      bytes[0] = first;
      if (bytes.length > 9) bytes[first === 0x60 ? 6 : 9] = protocol;
      const s = createScrub(map, bytes.slice());
      rewriteIp(s, 0, bytes.length);
      expect(s.now.length).toBe(bytes.length);
    }), { numRuns: 2000 });
  });
});
