import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../src/config/types.js";
import { formatIpv4, formatIpv6, readIpv6 } from "../../src/wire/address.js";
import { writeDelegated } from "../../src/wire/embedding.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import { dst4, dst6, echo6, forwarded, harness, inner, isChecked, net4, net6, packet4, packet6, sixRd, src4, src6, udp6, v4 } from "./harness.js";

const BR = "10.0.0.1";
const CE = "10.100.100.1";
const HOST = "2001:db8:6464:100::10"; // RFC 5969 section 4: 10.100.100.1 has 2001:db8:6464:100::/56
const NATIVE = "2620:fe::fe";
const tunnelled = (packet: Uint8Array, more: { tos?: number; src?: string; options?: Uint8Array } = {}): Uint8Array =>
  packet4({ src: CE, dst: BR, payload: packet, ...more });

describe("decapsulation", () => {
  it("takes the example CE of RFC 5969 section 4 out of the tunnel, one hop later", () => {
    const h = harness(sixRd());
    const p = udp6({ src: HOST, dst: NATIVE });
    const r = h.feed(ACCESS, tunnelled(p));
    expect(r.reason).toBe("decapsulated");
    expect(r.out).toEqual([{ side: CORE, bytes: forwarded(p), sec: 1000, nsec: 0, reason: "decapsulated" }]);
  });
  it.each([
    ["the embedded address differs from the outer source (RFC 5969 9.2)", tunnelled(udp6({ src: "2001:db8:6464:200::1", dst: NATIVE })), "spoofed-source"],
    ["the common high bits differ (decisions.md D12 a)", tunnelled(udp6({ src: HOST, dst: NATIVE }), { src: "11.100.100.1" }), "spoofed-source"],
    ["the inner source is native (D12 b)", tunnelled(udp6({ src: NATIVE, dst: "2620:fe::9" })), "native-source-in-tunnel"],
    ["the inner source is link-local (RFC 5969 9)", tunnelled(udp6({ src: "fe80::1", dst: NATIVE })), "inner-source-link-local"],
    ["the inner source is multicast (RFC 4213 3.6)", tunnelled(udp6({ src: "ff0e::1", dst: NATIVE })), "inner-source-invalid"],
    ["the inner source is ::1 (RFC 4213 3.6)", tunnelled(udp6({ src: "::1", dst: NATIVE })), "inner-source-invalid"],
    ["the inner source is IPv4-compatible (RFC 4213 3.6)", tunnelled(udp6({ src: "::10.100.100.1", dst: NATIVE })), "inner-source-invalid"],
    ["the inner source is IPv4-mapped (RFC 4213 3.6)", tunnelled(udp6({ src: "::ffff:10.100.100.1", dst: NATIVE })), "inner-source-invalid"],
    ["the inner destination is multicast", tunnelled(udp6({ src: HOST, dst: "ff0e::1" })), "inner-destination-invalid"],
    ["the inner version is 4", tunnelled(Uint8Array.from(udp6({ src: HOST, dst: NATIVE }), (x, i) => (i === 0 ? 0x45 : x))), "inner-header-invalid"],
    ["the inner packet is cut", tunnelled(udp6({ src: HOST, dst: NATIVE }).slice(0, -1)), "inner-header-invalid"],
    ["the outer source is the BR itself", tunnelled(udp6({ src: "2001:db8:0:100::1", dst: NATIVE }), { src: BR }), "outer-source-invalid"],
    ["the outer protocol is another", packet4({ src: CE, dst: BR, protocol: 47, payload: udp6({ src: HOST, dst: NATIVE }) }), "outer-protocol-not-served"],
    ["it is UDP to the BR", packet4({ src: CE, dst: BR, protocol: 17, payload: new Uint8Array(8) }), "outer-udp-not-served"],
    ["it is not addressed to the BR", packet4({ src: CE, dst: "10.0.0.2", payload: udp6({ src: HOST, dst: NATIVE }) }), "not-softwire"],
    ["the outer checksum is wrong", Uint8Array.from(tunnelled(udp6({ src: HOST, dst: NATIVE })), (x, i) => (i === 10 ? x ^ 1 : x)), "ip-header-invalid"],
  ])("drops silently when %s", (_what, packet, reason) => {
    const h = harness(sixRd());
    expect(h.feed(ACCESS, packet)).toEqual({ reason, out: [] });
    expect(h.counter(reason)?.packets).toBe(1);
  });
  it.each(["0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1", "255.255.255.255"])("drops the martian outer source %s though its embedding is right", (source) => {
    const domain = sixRd({ address: v4("192.0.2.1"), ipv4Prefix: net4("0.0.0.0/0") });
    const b = new Uint8Array(24);
    writeDelegated(b, 0, domain.v6rdPrefix, domain.ipv4Prefix, v4(source));
    const p = udp6({ src: formatIpv6(readIpv6(b, 0)), dst: NATIVE });
    expect(harness(domain).feed(ACCESS, packet4({ src: source, dst: "192.0.2.1", payload: p }))).toEqual({ reason: "outer-source-invalid", out: [] });
  });
  it("honours outer options and cuts trailing bytes (RFC 4213 3.6)", () => {
    const p = udp6({ src: HOST, dst: NATIVE });
    const r = harness(sixRd()).feed(ACCESS, tunnelled(Uint8Array.of(...p, 9, 9, 9), { options: Uint8Array.of(1, 1, 1, 1, 0x94, 4, 0, 0) }));
    expect(r.out.map((o) => o.bytes)).toEqual([forwarded(p)]);
  });
  it("filters known relays in both directions (RFC 5969 12)", () => {
    const h = harness(sixRd({ ipv4Prefix: net4("0.0.0.0/0"), knownRelays: [net4("192.88.99.0/24")] }));
    expect(h.feed(ACCESS, packet4({ src: "192.88.99.1", dst: BR, payload: udp6({ src: "2001:db8:c058:6301::1", dst: NATIVE }) })).reason).toBe("outer-source-known-relay");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:c058:6301::1" })).reason).toBe("embedded-destination-known-relay");
  });
  // RFC 6040 figure 4: rows inner Not-ECT, ECT(1), ECT(0), CE; columns outer the same; -1 = drop
  it.each([
    [0, [0, 0, 0, -1]], [1, [1, 1, 1, 3]], [2, [2, 1, 2, 3]], [3, [3, 3, 3, 3]],
  ])("inner ECN %i leaves by RFC 6040 section 4.2", (innerEcn, row) => {
    row.forEach((expected, outerEcn) => {
      const p = udp6({ src: HOST, dst: NATIVE, tc: 0xb8 | innerEcn });
      const r = harness(sixRd()).feed(ACCESS, tunnelled(p, { tos: 0x48 | outerEcn }));
      if (expected < 0) expect(r).toEqual({ reason: "ecn-illegal-combination", out: [] });
      else expect(((r.out[0].bytes[0] & 15) << 4) | (r.out[0].bytes[1] >> 4)).toBe(0xb8 | expected);
    });
  });
});

describe("encapsulation", () => {
  it("sends to the embedded address with the traffic class copied, DF clear, own TTL", () => {
    const h = harness(sixRd({ ttl: 77 }));
    const p = udp6({ src: NATIVE, dst: HOST, tc: 0xbb });
    const [first] = h.feed(CORE, p).out;
    const [second] = h.feed(CORE, p).out;
    expect([first.side, src4(first.bytes), dst4(first.bytes), first.bytes[1], first.bytes[8], first.bytes[9]]).toEqual([ACCESS, BR, CE, 0xbb, 77, 41]);
    expect(ipv4.df(first.bytes, 0)).toBe(false);
    expect(ipv4.id(first.bytes, 0)).not.toBe(ipv4.id(second.bytes, 0));
    expect(ipv4.ipv4Fault(first.bytes, 0, first.bytes.length)).toBe(ipv4.FAULT_NONE);
    expect(inner(first.bytes)).toEqual(forwarded(p));
  });
  it.each([["zero", { mode: "zero" as const }, 3], ["fixed", { mode: "fixed" as const, dscp: 10 }, 43]])("DSCP policy %s keeps the ECN field (RFC 6040 4.1)", (_n, dscp, tos) => {
    expect(harness(sixRd({ dscp })).feed(CORE, udp6({ src: NATIVE, dst: HOST, tc: 0xbb })).out[0].bytes[1]).toBe(tos);
  });
  it("leaves other destinations alone", () => {
    expect(harness(sixRd()).feed(CORE, udp6({ src: NATIVE, dst: "2620:fe::9" }))).toEqual({ reason: "not-softwire", out: [] });
  });
  it.each(["127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0"])("never sends to the embedded address %s", (bad) => {
    const domain = sixRd({ address: v4("192.0.2.1"), ipv4Prefix: net4("0.0.0.0/0") });
    const b = new Uint8Array(24);
    writeDelegated(b, 0, domain.v6rdPrefix, domain.ipv4Prefix, v4(bad));
    b[15] = 1;
    expect(harness(domain).feed(CORE, udp6({ src: NATIVE, dst: formatIpv6(readIpv6(b, 0)) }))).toEqual({ reason: "embedded-destination-invalid", out: [] });
  });
  it("filters native packets with a tunnel source when told to", () => {
    const p = udp6({ src: "2001:db8:6464:200::1", dst: HOST });
    expect(harness(sixRd()).feed(CORE, p).reason).toBe("encapsulated");
    expect(harness(sixRd({ filterNativeSource: true })).feed(CORE, p)).toEqual({ reason: "tunnel-source-on-native-side", out: [] });
  });
});

describe("hairpin, own prefix, echo", () => {
  it("relays CE to CE through the BR, and a keepalive back to its sender (RFC 5969 8)", () => {
    const h = harness(sixRd());
    for (const to of ["10.7.8.9", CE]) {
      const o = v4(to);
      const p = udp6({ src: HOST, dst: `2001:db8:${((o >>> 8) & 0xffff).toString(16)}:${((o & 255) << 8).toString(16)}::5`, tc: 2 });
      const r = h.feed(ACCESS, tunnelled(p, { tos: 3 }));
      expect(r.reason).toBe("hairpinned");
      expect(dst4(r.out[0].bytes)).toBe(to);
      // RFC 6040: CE from the first tunnel goes into the packet and into the second tunnel.
      expect([r.out[0].bytes[1], inner(r.out[0].bytes)[1] >> 4, inner(r.out[0].bytes)[7]]).toEqual([3, 3, 63]);
    }
    expect(h.device.statistics()[0].hairpinnedPackets).toBe(2);
  });
  it("null-routes its own delegated prefix but answers its Subnet-Router anycast address from a unicast one (RFC 5969 12)", () => {
    const h = harness(sixRd(), { core6: ["2620:0:1::1"] });
    expect(h.feed(ACCESS, tunnelled(echo6({ src: HOST, dst: "2001:db8:0:100::5" })))).toEqual({ reason: "null-routed", out: [] });
    const r = h.feed(ACCESS, tunnelled(echo6({ src: HOST, dst: "2001:db8:0:100::" })));
    expect(r.reason).toBe("echo-answered");
    const reply = inner(r.out[0].bytes);
    expect([r.out[0].side, dst4(r.out[0].bytes), src6(reply), dst6(reply), reply[40], isChecked(reply)]).toEqual([ACCESS, CE, "2620:0:1::1", HOST, 129, true]);
    expect(h.feed(CORE, echo6({ src: NATIVE, dst: "2001:db8:0:100::" })).out[0]).toMatchObject({ side: CORE, reason: "echo-answered" });
  });
  it("answers echo to its own IPv6 and IPv4 addresses only when told to", () => {
    const on = harness(sixRd(), { core6: ["2620:0:1::1"] });
    expect(on.feed(CORE, echo6({ src: NATIVE, dst: "2620:0:1::1" })).reason).toBe("echo-answered");
    const ping = packet4({ src: CE, dst: BR, protocol: 1, payload: Uint8Array.of(8, 0, 0xf7, 0xfd, 0, 1, 0, 1) });
    const [pong] = on.feed(ACCESS, ping).out;
    expect([src4(pong.bytes), dst4(pong.bytes), ...inner(pong.bytes)]).toEqual([BR, CE, 0, 0, 0xff, 0xfd, 0, 1, 0, 1]);
    const off = harness(sixRd({ echo: false }), { core6: ["2620:0:1::1"] });
    expect(off.feed(CORE, echo6({ src: NATIVE, dst: "2620:0:1::1" }))).toEqual({ reason: "to-own-address", out: [] });
    expect(off.feed(ACCESS, ping)).toEqual({ reason: "icmp4-ignored", out: [] });
  });
});

describe("several domains", () => {
  it("CE to CE between two domains goes from tunnel to tunnel, with the second domain's BR address", () => {
    const other = { v6rdPrefix: net6("2001:db9::/32"), ipv4Prefix: net4("172.16.0.0/12"), address: v4("172.16.0.1") };
    const h = harness([sixRd({ name: "a" }), sixRd({ name: "b", ...other, tunnelMtu: 1280 })]);
    const p = udp6({ src: HOST, dst: "2001:db9:1020:3000::1" }); // 172.16 + 20 bits 0x10203 (RFC 5969 section 4)
    const r = h.feed(ACCESS, tunnelled(p));
    expect([r.reason, src4(r.out[0].bytes), dst4(r.out[0].bytes)]).toEqual(["hairpinned", "172.16.0.1", "172.17.2.3"]);
    expect(inner(r.out[0].bytes)).toEqual(forwarded(p));
    // Errors go back through the tunnel that the packet came from.
    const big = h.feed(ACCESS, tunnelled(udp6({ src: HOST, dst: "2001:db9:1020:3000::1", size: 1300 })));
    expect([big.reason, src4(big.out[0].bytes), dst4(big.out[0].bytes)]).toEqual(["packet-too-big", BR, CE]);
    expect(h.device.statistics().map((s) => [s.hairpinnedPackets, s.softwiresActive])).toEqual([[1, 1], [0, 0]]);
    expect(h.feed(ACCESS, tunnelled(udp6({ src: HOST, dst: "2001:db9:0:1000::1" }))).reason).toBe("null-routed");
  });
  it("two domains at one BR address each know their own sources", () => {
    const h = harness([sixRd({ name: "a" }), sixRd({ name: "b", v6rdPrefix: net6("2001:db9::/32") })]);
    expect(h.feed(ACCESS, tunnelled(udp6({ src: "2001:db9:6464:100::1", dst: NATIVE }))).reason).toBe("decapsulated");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db9:6464:100::1" })).reason).toBe("encapsulated");
    expect(h.feed(ACCESS, tunnelled(udp6({ src: "2001:dba:6464:100::1", dst: NATIVE }))).reason).toBe("native-source-in-tunnel");
    expect(h.device.statistics().map((s) => [s.concentrator, s.decapsulatedPackets, s.encapsulatedPackets])).toEqual([["a", 0, 0], ["b", 1, 1]]);
  });
});

it("decapsulate(encapsulate(x)) = x but for the hop limit, for any prefix and mask length", () => {
  const word = fc.nat(0xffffffff);
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 32 }), fc.integer({ min: 0, max: 32 }), word, word, fc.uint8Array({ maxLength: 200 }), fc.nat(255), (prefixLength, maskLength, a, ce, payload, tc) => {
      const high = maskLength === 0 ? 0 : (0x0a000000 & (0xffffffff << (32 - maskLength))) >>> 0;
      const address = ((0x0a000000 | (maskLength === 32 ? 0 : ce & 0x00ffffff & (0xffffffff >>> maskLength))) >>> 0);
      const own = v4("192.0.2.1");
      const v6rdPrefix = { address: [((0x20000000 | (a & 0x0fffffff)) & (prefixLength === 32 ? -1 : ~(0xffffffff >>> prefixLength))) >>> 0, 0, 0, 0] as const, length: prefixLength };
      const domain = sixRd({ address: own, v6rdPrefix, ipv4Prefix: { address: high, length: maskLength } });
      const b = new Uint8Array(24);
      writeDelegated(b, 0, v6rdPrefix, domain.ipv4Prefix, address);
      b[15] |= 1;
      const site = formatIpv6(readIpv6(b, 0));
      const h = harness(domain);
      const down = packet6({ src: "3fff::1", dst: site, tc, payload });
      const [wrapped] = h.feed(CORE, down).out;
      expect(dst4(wrapped.bytes)).toBe(formatIpv4(address));
      expect(inner(wrapped.bytes)).toEqual(forwarded(down));
      const up = packet6({ src: site, dst: "3fff::1", tc, payload });
      const outer = packet4({ src: formatIpv4(address), dst: "192.0.2.1", tos: tc & 3, payload: up });
      expect(h.feed(ACCESS, outer).out.map((o) => o.bytes)).toEqual([forwarded(up)]);
    }),
    { numRuns: 40 },
  );
});
