import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type SixToFour } from "../../src/config/types.js";
import { put16, u16 } from "../../src/wire/bits.js";
import { dst4, dst6, echo6, forwarded, harness, inner, isChecked, net6, packet4, packet6, sixToFour, src6, udp6, udpPayload, upper6, v4 } from "./harness.js";

/** RFC 6732 figure 3: 2002:0c98:2c01:0000:IID <-> 2001:0db8:0c98:2c01:IID; V4ADDR is 12.152.44.1. */
const HOST = "12.152.44.1";
const SITE = "2002:c98:2c01:0:1:2:3:4";
const MAPPED = "2001:db8:c98:2c01:1:2:3:4";
const NATIVE = "2620:fe::fe";
const RELAY = "192.88.99.1";
const pmt = (more: Partial<SixToFour> = {}): ReturnType<typeof harness> =>
  harness(sixToFour("6to4-pmt", { address: v4(RELAY), alsoAccepts: [v4("192.0.2.1")], providerPrefix: net6("2001:db8::/32"), subnetId: 0, ...more }), { core6: ["2620:0:1::1"] });
const up = (packet: Uint8Array, src = HOST): Uint8Array => packet4({ src, dst: RELAY, payload: packet });

describe("the mapping of RFC 6732 figure 3", () => {
  it.each([["UDP", udp6({ src: SITE, dst: NATIVE, size: 33 })], ["ICMPv6", echo6({ src: SITE, dst: NATIVE, size: 17 })],
    ["TCP", upper6({ src: SITE, dst: NATIVE, next: 6, payload: Uint8Array.from({ length: 45 }, (_, i) => i * 5) })]])("outbound %s, checksum adjusted", (_name, packet) => {
    const r = pmt().feed(ACCESS, up(packet));
    const o = r.out[0].bytes;
    expect([r.reason, src6(o), dst6(o), isChecked(o)]).toEqual(["decapsulated", MAPPED, NATIVE, true]);
    expect(o.slice(0, 8)).toEqual(forwarded(packet).slice(0, 8));
  });
  it("inbound, tunnelled to the embedded address", () => {
    const r = pmt().feed(CORE, udp6({ src: NATIVE, dst: MAPPED }));
    const o = inner(r.out[0].bytes);
    expect([r.reason, dst4(r.out[0].bytes), src6(o), dst6(o), isChecked(o)]).toEqual(["encapsulated", HOST, NATIVE, SITE, true]);
  });
  it("out and back in is the identity, whatever the packet holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(6, 17, 58, 59, 50, 132), (payload, next) => {
        const h = pmt();
        const p = packet6({ src: SITE, dst: NATIVE, next, payload });
        const out = h.feed(ACCESS, up(p)).out[0].bytes;
        const mirrored = Uint8Array.from(out);
        mirrored.set(out.slice(24, 40), 8);
        mirrored.set(out.slice(8, 24), 24);
        const back = inner(h.feed(CORE, mirrored).out[0].bytes);
        expect([dst6(back), src6(back)]).toEqual([SITE, NATIVE]);
        // 0x0000 and 0xffff are one number in ones' complement: compare what follows from them.
        const at = next === 6 ? 16 : next === 17 ? 6 : next === 58 ? 2 : -1;
        if (at >= 0 && payload.length >= at + 2) {
          expect(u16(back, 40 + at) % 0xffff).toBe(u16(p, 40 + at) % 0xffff);
          put16(back, 40 + at, 0);
          put16(p, 40 + at, 0);
        }
        expect(back.slice(40)).toEqual(p.slice(40));
      }),
    );
  });
  it("other Subnet-IDs and destinations in 2002::/16 stay 6to4 (RFC 6732 3.3, 3.2)", () => {
    const other = udp6({ src: "2002:c98:2c01:1::5", dst: NATIVE });
    expect(pmt().feed(ACCESS, up(other)).out[0].bytes).toEqual(forwarded(other));
    expect(pmt({ subnetId: 1 }).feed(ACCESS, up(other)).out[0].bytes.slice(8, 24)).toEqual(udp6({ src: "2001:db8:c98:2c01::5", dst: NATIVE }).slice(8, 24));
    const sixToSix = udp6({ src: SITE, dst: "2002:c633:6409::1" });
    expect(inner(pmt({ strict3964: false }).feed(ACCESS, up(sixToSix)).out[0].bytes)).toEqual(forwarded(sixToSix));
    expect(pmt().feed(ACCESS, up(sixToSix)).reason).toBe("6to4-to-6to4-at-relay");
  });
  it("accepts shared address space (RFC 6732 4.2), also under rfc6890", () => {
    const p = udp6({ src: "2002:6440:1::1", dst: NATIVE });
    for (const name of ["rfc3964", "rfc6890"] as const) expect(src6(pmt({ table: { name, refuse: [] } }).feed(ACCESS, up(p, "100.64.0.1")).out[0].bytes)).toBe("2001:db8:6440:1::1");
  });
  it("checks the source before it translates", () => {
    expect(pmt().feed(ACCESS, up(udp6({ src: SITE, dst: NATIVE }), "12.152.44.2"))).toEqual({ reason: "6to4-source-mismatch", out: [] });
    expect(pmt().feed(ACCESS, up(udp6({ src: MAPPED, dst: NATIVE })))).toEqual({ reason: "native-source-at-relay", out: [] });
  });
  it("customer to a translated customer: both addresses are mapped on the way", () => {
    const r = pmt().feed(ACCESS, up(udp6({ src: SITE, dst: "2001:db8:c98:2c09::9" })));
    const o = inner(r.out[0].bytes);
    expect([r.reason, dst4(r.out[0].bytes), src6(o), dst6(o), isChecked(o)]).toEqual(["hairpinned", "12.152.44.9", MAPPED, "2002:c98:2c09::9", true]);
  });
  it("a shorter provider prefix: the spare bits are zero, and must be", () => {
    const h = pmt({ providerPrefix: net6("2001:d00::/24") });
    expect(src6(h.feed(ACCESS, up(udp6({ src: SITE, dst: NATIVE }))).out[0].bytes)).toBe("2001:d0c:982c:100:1:2:3:4");
    expect(dst4(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:d0c:982c:100::1" })).out[0].bytes)).toBe(HOST);
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:d0c:982c:101::1" })).reason).toBe("pmt-not-mappable");
  });
});

describe("fragments and errors", () => {
  it("all fragments get their addresses mapped, only the first its checksum mended", () => {
    const whole = udpPayload(1, 2, 56);
    const fragment = (offset: number, more: number, part: Uint8Array): Uint8Array =>
      packet6({ src: SITE, dst: NATIVE, next: 44, payload: Uint8Array.of(17, 0, (offset | more) >> 8, (offset | more) & 255, 0, 0, 0, 9, ...part) });
    put16(whole, 6, u16(upper6({ src: SITE, dst: NATIVE, next: 17, payload: whole }), 46));
    const h = pmt();
    const [a] = h.feed(ACCESS, up(fragment(0, 1, whole.slice(0, 32)))).out;
    const [b] = h.feed(ACCESS, up(fragment(32, 0, whole.slice(32)))).out;
    expect([src6(a.bytes), src6(b.bytes)]).toEqual([MAPPED, MAPPED]);
    expect(b.bytes.slice(48)).toEqual(whole.slice(32));
    const joined = packet6({ src: MAPPED, dst: NATIVE, next: 17, payload: Uint8Array.of(...a.bytes.slice(48), ...b.bytes.slice(48)) });
    expect(isChecked(joined)).toBe(true);
  });
  it("an ICMPv6 error from the site speaks of the packet as the native host knows it", () => {
    const native = udp6({ src: NATIVE, dst: MAPPED, size: 40 });
    const seen = inner(pmt().feed(CORE, native).out[0].bytes);
    const error = upper6({ src: SITE, dst: NATIVE, next: 58, payload: Uint8Array.of(1, 4, 0, 0, 0, 0, 0, 0, ...seen) });
    const o = pmt().feed(ACCESS, up(error)).out[0].bytes;
    expect([src6(o), isChecked(o)]).toEqual([MAPPED, true]);
    expect(o.slice(48)).toEqual(forwarded(native));
  });
  it("and one to the site speaks of the packet as the site sent it", () => {
    const sent = udp6({ src: SITE, dst: NATIVE, size: 40 });
    const seen = pmt().feed(ACCESS, up(sent)).out[0].bytes;
    const error = upper6({ src: "2620::1", dst: MAPPED, next: 58, payload: Uint8Array.of(2, 0, 0, 0, 0, 0, 5, 0, ...seen) });
    const o = inner(pmt().feed(CORE, error).out[0].bytes);
    expect([dst6(o), isChecked(o)]).toEqual([SITE, true]);
    expect(o.slice(48)).toEqual(forwarded(sent));
  });
  it("Packet Too Big quotes the packet as its native sender sent it", () => {
    const big = udp6({ src: NATIVE, dst: MAPPED, size: 1440 });
    const r = pmt().feed(CORE, big);
    expect([r.reason, dst6(r.out[0].bytes), isChecked(r.out[0].bytes)]).toEqual(["packet-too-big", NATIVE, true]);
    expect(r.out[0].bytes.slice(48)).toEqual(big.slice(0, 1232));
  });
});
