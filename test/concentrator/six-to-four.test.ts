import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../src/config/types.js";
import { checksum } from "../../src/wire/checksum.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import { dst4, dst6, echo6, forwarded, harness, inner, isChecked, net4, net6, packet4, sixToFour, src4, src6, udp6, v4 } from "./harness.js";

/** The device is 192.0.2.1 = 2002:c000:201::/48; another site 198.51.100.9 = 2002:c633:6409::/48. */
const OWN = "192.0.2.1";
const SITE = "2002:c000:201:1::5";
const PEER = "198.51.100.9";
const PEER6 = "2002:c633:6409:1::7";
const NATIVE = "2620:fe::fe";
const RELAY = "203.0.113.50";
const from = (src: string, dst: string, packet: Uint8Array): Uint8Array => packet4({ src, dst, payload: packet });

describe("border router (RFC 3056)", () => {
  const router = (more = {}): ReturnType<typeof harness> => harness(sixToFour("6to4-router", { sitePrefix: net6("2002:c000:201::/48"), ...more }));
  it("sends to another site directly, ToS 0, DF clear (RFC 3056 5.3, RFC 4213 3.5)", () => {
    const p = udp6({ src: SITE, dst: PEER6, tc: 0xb8 });
    const [o] = router().feed(CORE, p).out;
    expect([o.side, src4(o.bytes), dst4(o.bytes), o.bytes[1], ipv4.df(o.bytes, 0)]).toEqual([ACCESS, OWN, PEER, 0, false]);
    expect(inner(o.bytes)).toEqual(forwarded(p));
  });
  it("sends native destinations to its relay, to 192.88.99.1 when none is configured (RFC 3068 2.4)", () => {
    expect(dst4(router().feed(CORE, udp6({ src: SITE, dst: NATIVE })).out[0].bytes)).toBe("192.88.99.1");
    expect(dst4(router({ defaultRelay: v4(RELAY) }).feed(CORE, udp6({ src: SITE, dst: NATIVE })).out[0].bytes)).toBe(RELAY);
  });
  it.each([
    ["from another site", from(PEER, OWN, udp6({ src: PEER6, dst: SITE })), "decapsulated"],
    ["native source from any relay (RFC 3056 9)", from(RELAY, OWN, udp6({ src: NATIVE, dst: SITE })), "decapsulated"],
    ["native source from the anycast relay", from("192.88.99.1", OWN, udp6({ src: NATIVE, dst: SITE })), "decapsulated"],
    ["a 6to4 source that is not the outer one (RFC 3964 5.2)", from(RELAY, OWN, udp6({ src: PEER6, dst: SITE })), "6to4-source-mismatch"],
    ["a destination outside the site (RFC 3964 5.2)", from(RELAY, OWN, udp6({ src: NATIVE, dst: PEER6 })), "destination-mismatch"],
    ["a native destination", from(PEER, OWN, udp6({ src: PEER6, dst: NATIVE })), "destination-mismatch"],
    ["a private outer source (RFC 3964 5.3.1)", from("10.1.2.3", OWN, udp6({ src: NATIVE, dst: SITE })), "v4addr-not-global"],
    ["an inner source that embeds a private address", from("10.1.2.3", OWN, udp6({ src: "2002:a01:203::1", dst: SITE })), "v4addr-not-global"],
    ["a site-local inner source (RFC 3964 5.3.2)", from(RELAY, OWN, udp6({ src: "fec0::1", dst: SITE })), "ipv6-sanity"],
    ["the own prefix as source, from outside", from(OWN, OWN, udp6({ src: SITE, dst: SITE })), "outer-source-invalid"],
  ])("from the Internet: %s", (_what, packet, reason) => {
    expect(router().feed(ACCESS, packet).reason).toBe(reason);
  });
  it.each([
    ["a foreign 6to4 source (RFC 3964 5.1)", udp6({ src: "2002:c633:6401::1", dst: NATIVE }), "6to4-source-mismatch"],
    ["native to native (RFC 3964 5.1)", udp6({ src: "2001:db8::1", dst: NATIVE }), "native-to-native"],
    ["a destination that embeds a private address (RFC 3056 9)", udp6({ src: SITE, dst: "2002:a01:203::1" }), "v4addr-not-global"],
    ["a destination that embeds the broadcast address", udp6({ src: SITE, dst: "2002:ffff:ffff::1" }), "v4addr-not-global"],
    ["its own site", udp6({ src: SITE, dst: "2002:c000:201:9::1" }), "not-softwire"],
    ["link-local multicast", udp6({ src: "fe80::1", dst: "ff02::1" }), "not-softwire"],
  ])("from the site: %s", (_what, packet, reason) => {
    expect(router().feed(CORE, packet)).toEqual({ reason, out: [] });
  });
  it("Time Exceeded about a packet from a relay goes back over the relay", () => {
    const r = router({ defaultRelay: v4(RELAY) }).feed(ACCESS, from("203.0.113.77", OWN, udp6({ src: NATIVE, dst: SITE, hop: 1 })));
    expect([r.reason, dst4(r.out[0].bytes), dst6(inner(r.out[0].bytes)), inner(r.out[0].bytes)[40]]).toEqual(["hop-limit-exceeded", RELAY, NATIVE, 3]);
  });
});

describe("relay (RFC 3056 5.2, RFC 3964)", () => {
  const relay = (more = {}, core6?: string[]): ReturnType<typeof harness> => harness(sixToFour("6to4-relay", more), core6 === undefined ? {} : { core6 });
  it("carries both directions", () => {
    const h = relay();
    const up = udp6({ src: PEER6, dst: NATIVE });
    expect(h.feed(ACCESS, from(PEER, OWN, up)).out).toMatchObject([{ side: CORE, bytes: forwarded(up) }]);
    expect(dst4(h.feed(CORE, udp6({ src: NATIVE, dst: PEER6 })).out[0].bytes)).toBe(PEER);
  });
  it.each([
    ["native source: another relay's traffic (decisions.md D10)", from(RELAY, OWN, udp6({ src: NATIVE, dst: "2620::9" })), "native-source-at-relay"],
    ["spoofed 6to4 source", from(RELAY, OWN, udp6({ src: PEER6, dst: NATIVE })), "6to4-source-mismatch"],
    ["destination that embeds a loopback address", from(PEER, OWN, udp6({ src: PEER6, dst: "2002:7f00:1::1" })), "v4addr-not-global"],
    ["multicast destination (RFC 3964 5.3.2)", from(PEER, OWN, udp6({ src: PEER6, dst: "ff0e::1" })), "ipv6-sanity"],
  ])("drops from the tunnel: %s", (_what, packet, reason) => {
    expect(relay().feed(ACCESS, packet)).toEqual({ reason, out: [] });
  });
  it("6to4 to 6to4 follows strict3964 (D9: RFC 3964 5.2 drops, RFC 3056 5.3 forwards)", () => {
    const p = from(PEER, OWN, udp6({ src: PEER6, dst: "2002:cb00:7101::1" }));
    expect(relay().feed(ACCESS, p)).toEqual({ reason: "6to4-to-6to4-at-relay", out: [] });
    const r = relay({ strict3964: false }).feed(ACCESS, p);
    expect([r.reason, dst4(r.out[0].bytes)]).toEqual(["hairpinned", "203.0.113.1"]);
  });
  it("a 6to4 source on the native side follows strict3964 (RFC 3964 5.1)", () => {
    const p = udp6({ src: "2002:cb00:7101::1", dst: PEER6 });
    expect(relay().feed(CORE, p)).toEqual({ reason: "6to4-source-at-relay", out: [] });
    expect(relay({ strict3964: false }).feed(CORE, p).reason).toBe("encapsulated");
  });
  it("only 2002::/16 leads into the tunnel", () => {
    expect(relay().feed(CORE, udp6({ src: NATIVE, dst: "2003:c633:6409::1" })).reason).toBe("not-softwire");
  });
  it("never tunnels to itself or to known relays (RFC 6324)", () => {
    expect(relay().feed(CORE, udp6({ src: NATIVE, dst: "2002:c000:201::9" })).reason).toBe("null-routed");
    expect(relay({ knownRelays: [net4("203.0.113.0/24")] }).feed(CORE, udp6({ src: NATIVE, dst: "2002:cb00:7132::1" })).reason).toBe("embedded-destination-known-relay");
  });
  it("address tables (D11): documentation and shared space pass rfc3964, not rfc6890; custom decides alone", () => {
    const shared = from("100.64.0.1", OWN, udp6({ src: "2002:6440:1::1", dst: NATIVE }));
    const table = (name: "rfc3964" | "rfc6890" | "custom", refuse = [] as ReturnType<typeof net4>[]): { table: { name: typeof name; refuse: typeof refuse } } => ({ table: { name, refuse } });
    expect(relay().feed(ACCESS, shared).reason).toBe("decapsulated");
    expect(relay(table("rfc6890")).feed(ACCESS, shared).reason).toBe("v4addr-not-global");
    expect(relay(table("custom")).feed(ACCESS, from("10.1.2.3", OWN, udp6({ src: "2002:a01:203::1", dst: NATIVE }))).reason).toBe("decapsulated");
    expect(relay(table("custom", [net4("198.51.100.0/24")])).feed(ACCESS, from(PEER, OWN, udp6({ src: PEER6, dst: NATIVE }))).reason).toBe("v4addr-not-global");
  });
});

describe("anycast relay (RFC 3068)", () => {
  const anycast = (more = {}): ReturnType<typeof harness> =>
    harness(sixToFour("6to4-relay", { address: v4("192.88.99.1"), alsoAccepts: [v4(OWN)], anycast: true, ...more }), { core6: ["2620:0:1::1"] });
  it("serves the anycast and the equivalent unicast address alike (RFC 3068 4.2)", () => {
    for (const to of ["192.88.99.1", OWN]) expect(anycast().feed(ACCESS, from(PEER, to, udp6({ src: PEER6, dst: NATIVE }))).reason).toBe("decapsulated");
  });
  it("anycastOnly refuses the unicast address (D8: RFC 3964 4.2.5)", () => {
    const h = anycast({ anycastOnly: true });
    expect(h.feed(ACCESS, from(PEER, OWN, udp6({ src: PEER6, dst: NATIVE }))).reason).toBe("destination-mismatch");
    expect(h.feed(ACCESS, from(PEER, "192.88.99.1", udp6({ src: PEER6, dst: NATIVE }))).reason).toBe("decapsulated");
  });
  it("answers echo to 2002:c058:6301:: from a unicast address, from both sides (RFC 3068 2.5)", () => {
    const tunnel = anycast().feed(ACCESS, from(PEER, "192.88.99.1", echo6({ src: PEER6, dst: "2002:c058:6301::" })));
    const reply = inner(tunnel.out[0].bytes);
    expect([tunnel.reason, dst4(tunnel.out[0].bytes), src6(reply), dst6(reply), isChecked(reply)]).toEqual(["echo-answered", PEER, "2620:0:1::1", PEER6, true]);
    expect(anycast().feed(CORE, echo6({ src: NATIVE, dst: "2002:c058:6301::" })).reason).toBe("echo-answered");
  });
  it("sends from 192.88.99.1 with DF clear: RFC 5969's rule for anycast is 6rd's alone (D1)", () => {
    const [o] = anycast().feed(CORE, udp6({ src: NATIVE, dst: PEER6 })).out;
    expect([src4(o.bytes), ipv4.df(o.bytes, 0)]).toEqual(["192.88.99.1", false]);
  });
});

describe("routing loops with other tunnels of the same node (RFC 6324 section 3.3)", () => {
  const relay = (): ReturnType<typeof harness> => harness(sixToFour("6to4-relay", { address: v4("192.0.2.1"), strict3964: false }));
  it("a destination outside 2002::/16 with our address in its ISATAP identifier is not forwarded", () => {
    for (const dst of ["2620:fe::200:5efe:c000:201", "2620:fe::5efe:c000:201"]) {
      expect(relay().feed(ACCESS, packet4({ src: "198.51.100.2", dst: "192.0.2.1", payload: udp6({ src: "2002:c633:6402::5", dst }) })).reason).toBe("routing-loop");
    }
    expect(relay().feed(ACCESS, packet4({ src: "198.51.100.2", dst: "192.0.2.1", payload: udp6({ src: "2002:c633:6402::5", dst: "2620:fe::200:5efe:c000:202" }) })).reason).toBe("decapsulated");
  });
  it("a native packet with such a source, or with the source 2002:OWN::, is not tunnelled", () => {
    for (const src of ["2620:fe::200:5efe:c000:201", "2002:c000:201::9"]) expect(relay().feed(CORE, udp6({ src, dst: "2002:c633:6402::5" })).reason).toBe("routing-loop");
    expect(relay().feed(CORE, udp6({ src: "2002:c000:202::9", dst: "2002:c633:6402::5" })).reason).toBe("encapsulated");
  });
});

it("an ICMPv4 error about a packet that the relay would not have sent is not passed on", () => {
  const relay = harness(sixToFour("6to4-relay", { address: v4("192.0.2.1") }), { core6: ["2620:0:1::1"] });
  const error = (dst: string, to: string): Uint8Array => {
    const m = Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0, ...packet4({ src: "192.0.2.1", dst: to, payload: udp6({ src: NATIVE, dst, hop: 63 }) }));
    const c = checksum(m, 0, m.length);
    m[2] = c >>> 8;
    m[3] = c & 255;
    return packet4({ src: "203.0.113.9", dst: "192.0.2.1", protocol: 1, payload: m });
  };
  expect(relay.feed(ACCESS, error("2002:c633:6402::5", "198.51.100.2")).reason).toBe("tunnel-error-relayed");
  expect(relay.feed(ACCESS, error("2002:c633:6402::5", "198.51.100.3")).reason).toBe("icmp4-ignored");
  expect(relay.feed(ACCESS, error("2002:a01:203::1", "10.1.2.3")).reason).toBe("icmp4-ignored");
  expect(relay.feed(ACCESS, error("2620:fe::9", "198.51.100.2")).reason).toBe("icmp4-ignored");
});
