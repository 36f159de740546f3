import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type SixToFour } from "../../src/config/types.js";
import { formatIpv6 } from "../../src/wire/address.js";
import { sum } from "../../src/wire/checksum.js";
import { dst4, dst6, echo6, forwarded, harness, inner, isChecked, net6, packet4, packet6, sixToFour, src6, udp6, upper6, v4, v6 } from "./harness.js";

const HOST = "12.152.44.1";
const SITE = "2002:c98:2c01:0:1:2:3:4";
const NATIVE = "2620:fe::fe";
const RELAY = "192.88.99.1";
const pmt = (more: Partial<SixToFour>): ReturnType<typeof harness> =>
  harness(sixToFour("6to4-pmt", { address: v4(RELAY), alsoAccepts: [v4("192.0.2.1")], providerPrefix: net6("2001:db8::/32"), subnetId: 0, ...more }), { core6: ["2620:0:1::1"] });
const up = (packet: Uint8Array, src = HOST): Uint8Array => packet4({ src, dst: RELAY, payload: packet });
/** The answer to `p`: addresses exchanged. */
const mirrored = (p: Uint8Array): Uint8Array => Uint8Array.of(...p.slice(0, 8), ...p.slice(24, 40), ...p.slice(8, 24), ...p.slice(40));
const site = fc.record({ v4: fc.integer({ min: 0x0b000000, max: 0x63ffffff }), subnet: fc.integer({ min: 0, max: 0xffff }), words: fc.array(fc.constantFrom(0, 1, 0x1234, 0xfffe, 0xffff), { minLength: 4, maxLength: 4 }) });
const six = (s: { v4: number; subnet: number; words: number[] }): string => formatIpv6([(0x20020000 | (s.v4 >>> 16)) >>> 0, ((s.v4 << 16) | s.subnet) >>> 0, (s.words[0] * 65536 + s.words[1]) >>> 0, (s.words[2] * 65536 + s.words[3]) >>> 0]);
const dotted = (n: number): string => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

describe("checksum-neutral mapping (RFC 6732 4.5, RFC 6296 3)", () => {
  const neutral = (more: Partial<SixToFour> = {}): ReturnType<typeof harness> => pmt({ pmtChecksum: "neutral", ...more });
  it("adjusts the first word of the identifier by the difference of the prefixes", () => {
    // 2002 + 0 in place of 2001 + 0db8: 0x2002 - (0x2001 + 0x0db8) = ~0x0db7 = 0xf248; 1 + 0xf248 = 0xf249.
    const p = udp6({ src: SITE, dst: NATIVE, size: 33 });
    const o = neutral().feed(ACCESS, up(p)).out[0].bytes;
    expect([src6(o), isChecked(o)]).toEqual(["2001:db8:c98:2c01:f249:2:3:4", true]);
    expect(o.slice(40)).toEqual(p.slice(40));
  });
  it("skips words of 0xffff, writes zero for 0xffff, and refuses what has no word left", () => {
    const out = (src: string): string => src6(neutral().feed(ACCESS, up(udp6({ src, dst: NATIVE }))).out[0].bytes);
    expect(out("2002:c98:2c01:0:ffff:2:3:4")).toBe("2001:db8:c98:2c01:ffff:f24a:3:4");
    expect(out("2002:c98:2c01:0:db7:2:3:4")).toBe("2001:db8:c98:2c01:0:2:3:4");
    expect(neutral().feed(ACCESS, up(udp6({ src: "2002:c98:2c01:0:ffff:ffff:ffff:ffff", dst: NATIVE })))).toEqual({ reason: "pmt-no-mapping", out: [] });
    expect(neutral().feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:c98:2c01:ffff:ffff:ffff:ffff" })).reason).toBe("pmt-not-mappable");
  });
  it("keeps every checksum and comes back to the same address, for any prefix length", () => {
    fc.assert(fc.property(site, fc.constantFrom("2001:db8::/32", "2400::/16", "2001:d00::/24", "2001:d80::/27"), fc.uint8Array({ maxLength: 40 }), (s, prefix, payload) => {
      fc.pre(s.words.some((w) => w !== 0xffff));
      const h = neutral({ providerPrefix: net6(prefix), subnetId: s.subnet });
      const p = packet6({ src: six(s), dst: NATIVE, next: 50, payload });
      const o = h.feed(ACCESS, up(p, dotted(s.v4))).out[0].bytes;
      expect(Math.abs(sum(o, 8, 16) - sum(p, 8, 16)) % 0xffff).toBe(0);
      expect(o.slice(40)).toEqual(p.slice(40));
      const back = h.feed(CORE, mirrored(o)).out[0].bytes;
      expect([dst6(inner(back)), dst4(back)]).toEqual([six(s), dotted(s.v4)]);
    }));
  });
  it("maps the packet that an error quotes, and its checksum stays", () => {
    const h = neutral();
    const sent = udp6({ src: SITE, dst: NATIVE, size: 40 });
    const seen = h.feed(ACCESS, up(sent)).out[0].bytes;
    const error = upper6({ src: "2620::1", dst: src6(seen), next: 58, payload: Uint8Array.of(2, 0, 0, 0, 0, 0, 5, 0, ...seen) });
    const o = inner(h.feed(CORE, error).out[0].bytes);
    expect([dst6(o), isChecked(o)]).toEqual([SITE, true]);
    expect(o.slice(40, 44)).toEqual(error.slice(40, 44));
    expect(o.slice(48)).toEqual(forwarded(sent));
  });
});

describe("stateful mapping (RFC 6732 3.3, 3.4)", () => {
  const stateful = (more: Partial<SixToFour> = {}): ReturnType<typeof harness> => pmt({ pmtMapping: "stateful", pmtChecksum: "adjust", pmtMappingSeconds: 60, providerPrefix: net6("2001:db8:77::/48"), ...more });
  it("gives each V4ADDR and Subnet-ID a /64 of its own, for as long as packets come", () => {
    const h = stateful();
    const out = (src: string, from: string, sec: number): string => src6(h.feed(ACCESS, up(udp6({ src, dst: NATIVE }), from), sec).out[0].bytes);
    expect(out(SITE, HOST, 1000)).toBe("2001:db8:77:1:1:2:3:4");
    expect(out("2002:c98:2c01:7::9", HOST, 1001)).toBe("2001:db8:77:2::9");
    expect(out("2002:c98:2c02::9", "12.152.44.2", 1002)).toBe("2001:db8:77:3::9");
    expect(out("2002:c98:2c01::1", HOST, 1003)).toBe("2001:db8:77:1::1");
  });
  it("brings answers back to the very prefix, with right checksums", () => {
    const h = stateful({ pmtChecksum: "neutral" });
    const o = h.feed(ACCESS, up(echo6({ src: "2002:c98:2c01:7::9", dst: NATIVE })), 1000).out[0].bytes;
    const r = h.feed(CORE, udp6({ src: NATIVE, dst: src6(o) }), 1000);
    expect([r.reason, dst4(r.out[0].bytes), dst6(inner(r.out[0].bytes)), isChecked(inner(r.out[0].bytes)), isChecked(o)]).toEqual(["encapsulated", HOST, "2002:c98:2c01:7::9", true, true]);
  });
  it("knows nobody behind an address that it did not give out, or whose time is over", () => {
    const h = stateful();
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:77:1::9" }), 1000).reason).toBe("pmt-not-mappable");
    h.feed(ACCESS, up(udp6({ src: SITE, dst: NATIVE })), 1000);
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:77:1::9" }), 1060).reason).toBe("encapsulated");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:77:1::9" }), 1121).reason).toBe("pmt-not-mappable");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:77:0::9" }), 1121).reason).toBe("pmt-not-mappable");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:77:ffff::9" }), 1121).reason).toBe("pmt-not-mappable");
  });
  it("refuses customers when the prefix is used up, and takes them again when a mapping has ended", () => {
    const h = stateful({ providerPrefix: net6("2001:db8:77::/60") });
    const from = (i: number, sec: number): string => h.feed(ACCESS, up(udp6({ src: `2002:c98:2c${i.toString(16).padStart(2, "0")}::1`, dst: NATIVE }), `12.152.44.${i}`), sec).reason;
    for (let i = 1; i <= 15; i++) expect(from(i, 1000)).toBe("decapsulated");
    expect(from(16, 1001)).toBe("pmt-no-mapping");
    expect(from(15, 1050)).toBe("decapsulated");
    expect(from(16, 1061)).toBe("decapsulated");
    expect(from(15, 1061)).toBe("decapsulated");
  });
  it("keeps apart whoever comes, and is the same for the same seed", () => {
    fc.assert(fc.property(fc.array(site, { minLength: 1, maxLength: 30 }), (list) => {
      const a = stateful();
      const b = stateful();
      const owner = new Map<string, string>();
      for (const s of list) {
        const p = up(udp6({ src: six(s), dst: NATIVE }), dotted(s.v4));
        const o = src6(a.feed(ACCESS, p).out[0].bytes);
        expect(src6(b.feed(ACCESS, p).out[0].bytes)).toBe(o);
        const prefix = formatIpv6([v6(o)[0], v6(o)[1], 0, 0]);
        const whose = `${s.v4} ${s.subnet}`;
        expect(owner.get(prefix) ?? whose).toBe(whose);
        owner.set(prefix, whose);
      }
    }), { numRuns: 30 });
  });
});

describe("what the translation must not lose", () => {
  it("an ICMPv4 error from the tunnel is told to the native sender about the packet that it sent (RFC 4213 3.4)", () => {
    for (const more of [{}, { pmtChecksum: "neutral" }, { pmtMapping: "stateful", pmtMappingSeconds: 60 }] as const) {
      const h = pmt(more);
      const asked = src6(h.feed(ACCESS, up(udp6({ src: SITE, dst: NATIVE }))).out[0].bytes);
      const native = udp6({ src: NATIVE, dst: asked, size: 40 });
      const tunnelled = h.feed(CORE, native).out[0].bytes;
      const r = h.feed(ACCESS, packet4({ src: "12.0.0.9", dst: RELAY, protocol: 1, payload: icmp4(3, 1, tunnelled) }));
      const o = r.out[0].bytes;
      expect([r.reason, dst6(o), o[40], o[41], isChecked(o)]).toEqual(["tunnel-error-relayed", NATIVE, 1, 3, true]);
      expect(o.slice(48)).toEqual(forwarded(native));
    }
  });
  it("a router of the site that is not translated speaks about a packet that is", () => {
    const h = pmt({});
    const native = udp6({ src: NATIVE, dst: "2001:db8:c98:2c01:1:2:3:4", size: 40 });
    const seen = inner(h.feed(CORE, native).out[0].bytes);
    const error = upper6({ src: "2002:c98:2c01:1::1", dst: NATIVE, next: 58, payload: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, ...seen) });
    const o = h.feed(ACCESS, up(error)).out[0].bytes;
    expect([src6(o), isChecked(o)]).toEqual(["2002:c98:2c01:1::1", true]);
    expect(o.slice(48)).toEqual(forwarded(native));
  });
  it("both directions of a conversation are one flow", () => {
    for (const more of [{}, { pmtChecksum: "neutral" }, { pmtMapping: "stateful", pmtMappingSeconds: 60 }] as const) {
      const h = pmt(more);
      const o = h.feed(ACCESS, up(udp6({ src: SITE, dst: NATIVE }))).out[0].bytes;
      const there = mirrored(o);
      [there[40], there[41], there[42], there[43]] = [o[42], o[43], o[40], o[41]];
      expect(h.feed(CORE, there).reason).toBe("encapsulated");
      expect(h.device.statistics()[0]).toMatchObject({ flowsCreated: 1, softwiresCreated: 1, softwiresCreatedReverse: 0 });
    }
  });
});

function icmp4(type: number, code: number, quoted: Uint8Array): Uint8Array {
  const m = Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0, ...quoted);
  const s = sum(m, 0, m.length);
  const c = ~((s & 0xffff) + (s >>> 16)) & 0xffff;
  m[2] = c >>> 8;
  m[3] = c & 255;
  return m;
}
