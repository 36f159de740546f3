/** Hop limit, tunnel MTU, DF, fragmentation, ICMP errors: RFC 4213 sections 3.2 to 3.4, RFC 4443. */
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../src/config/types.js";
import { u16, u32 } from "../../src/wire/bits.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import { dst4, dst6, echo6, forwarded, harness, icmp4, inner, isChecked, net4, packet4, sixRd, src6, udp6, upper6 } from "./harness.js";

const BR = "10.0.0.1";
const CE = "10.100.100.1";
const HOST = "2001:db8:6464:100::10";
const NATIVE = "2620:fe::fe";
const down = (size: number, more = {}): Uint8Array => udp6({ src: NATIVE, dst: HOST, size: size - 48, ...more });
const up = (size: number, more = {}): Uint8Array => packet4({ src: CE, dst: BR, payload: udp6({ src: HOST, dst: NATIVE, size: size - 48, ...more }) });

describe("hop limit", () => {
  it.each([0, 1])("%i: Time Exceeded to the native source, quoting all that fits (RFC 4443 3.3)", (hop) => {
    const p = down(1400, { hop });
    const r = harness(sixRd(), { core6: ["2620:0:1::1"] }).feed(CORE, p);
    expect(r.reason).toBe("hop-limit-exceeded");
    const e = r.out[0].bytes;
    expect([r.out[0].side, e.length, src6(e), dst6(e), e[40], e[41], u32(e, 44), isChecked(e)]).toEqual([CORE, 1280, "2620:0:1::1", NATIVE, 3, 0, 0, true]);
    expect(e.slice(48)).toEqual(p.slice(0, 1232));
  });
  it("from the tunnel the error goes back through the tunnel, from the BR's own prefix when the core has no address", () => {
    const r = harness(sixRd()).feed(ACCESS, up(100, { hop: 1 }));
    const e = inner(r.out[0].bytes);
    expect([r.out[0].side, dst4(r.out[0].bytes), src6(e), dst6(e), e[40], isChecked(e)]).toEqual([ACCESS, CE, "2001:db8:0:100::1", HOST, 3, true]);
  });
  it("says nothing about ICMPv6 errors (RFC 4443 2.4 e)", () => {
    const error = upper6({ src: NATIVE, dst: HOST, hop: 1, next: 58, payload: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) });
    expect(harness(sixRd()).feed(CORE, error)).toEqual({ reason: "hop-limit-exceeded-silent", out: [] });
    expect(harness(sixRd()).feed(CORE, echo6({ src: NATIVE, dst: HOST, hop: 1 })).reason).toBe("hop-limit-exceeded");
  });
});

describe("static tunnel MTU (RFC 4213 3.2.1)", () => {
  it.each([[1280, 1280, "encapsulated"], [1280, 1281, "packet-too-big"], [1480, 1480, "encapsulated"], [1480, 1481, "packet-too-big"]])("MTU %i, packet %i: %s", (tunnelMtu, size, reason) => {
    const r = harness(sixRd({ tunnelMtu })).feed(CORE, down(size));
    expect(r.reason).toBe(reason);
    if (reason === "packet-too-big") expect([r.out[0].side, r.out[0].bytes[40], u32(r.out[0].bytes, 44)]).toEqual([CORE, 2, tunnelMtu]);
  });
  it("fragments the outer packet when the access link is smaller", () => {
    const p = down(1480);
    const r = harness(sixRd(), { accessMtu: 1000 }).feed(CORE, p);
    expect(r.reason).toBe("encapsulated-in-fragments");
    expect(r.out.map((o) => [o.bytes.length, ipv4.mf(o.bytes, 0), ipv4.fragmentOffset(o.bytes, 0), ipv4.df(o.bytes, 0), ipv4.ipv4Fault(o.bytes, 0, o.bytes.length)])).toEqual([
      [996, true, 0, false, 0], [524, false, 976, false, 0],
    ]);
    expect(new Set(r.out.map((o) => ipv4.id(o.bytes, 0))).size).toBe(1);
    expect(Uint8Array.of(...inner(r.out[0].bytes), ...inner(r.out[1].bytes))).toEqual(forwarded(p));
  });
  it("reports the core link's MTU for what leaves the tunnel", () => {
    const r = harness(sixRd(), { coreMtu: 1400 }).feed(ACCESS, up(1401));
    expect([r.reason, r.out[0].side, u32(inner(r.out[0].bytes), 44)]).toEqual(["packet-too-big", ACCESS, 1400]);
  });
});

describe("DF", () => {
  it("an anycast BR sets it, with identification 0 (RFC 5969 9.1)", () => {
    const [o] = harness(sixRd({ anycast: true, tunnelMtuMode: "anycast-df" })).feed(CORE, down(1480)).out;
    expect([ipv4.df(o.bytes, 0), ipv4.id(o.bytes, 0)]).toEqual([true, 0]);
    const r = harness(sixRd({ anycast: true }), { accessMtu: 1400 }).feed(CORE, down(1400));
    expect([r.reason, u32(r.out[0].bytes, 44)]).toEqual(["packet-too-big", 1380]);
  });
  it("dynamic: the path MTU is learnt from ICMPv4 and forgotten after ten minutes (RFC 4213 3.2.2, RFC 1191 6.3)", () => {
    const h = harness(sixRd({ tunnelMtuMode: "dynamic" }));
    const [sent] = h.feed(CORE, down(1480), 1000).out;
    expect(ipv4.df(sent.bytes, 0)).toBe(true);
    expect(h.feed(ACCESS, icmp4("10.9.9.9", BR, 3, 4, 1400, sent.bytes.slice(0, 28)), 1001).reason).toBe("path-mtu-learnt");
    const r = h.feed(CORE, down(1480), 1002);
    expect([r.reason, u32(r.out[0].bytes, 44)]).toEqual(["packet-too-big", 1380]);
    expect(h.feed(CORE, down(1380), 1003).reason).toBe("encapsulated");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:6464:200::1", size: 1432 }), 1004).reason).toBe("encapsulated");
    expect(h.feed(CORE, down(1480), 1602).reason).toBe("encapsulated");
  });
  it("dynamic below 1300: at most 1280 bytes, DF clear", () => {
    const h = harness(sixRd({ tunnelMtuMode: "dynamic" }));
    const [sent] = h.feed(CORE, down(1480)).out;
    h.feed(ACCESS, icmp4("10.9.9.9", BR, 3, 4, 600, sent.bytes.slice(0, 28)));
    expect(u32(h.feed(CORE, down(1281)).out[0].bytes, 44)).toBe(1280);
    expect(ipv4.df(h.feed(CORE, down(1280)).out[0].bytes, 0)).toBe(false);
  });
  it("an error that quotes no packet of ours teaches nothing", () => {
    const h = harness(sixRd({ tunnelMtuMode: "dynamic" }));
    const foreign = packet4({ src: "10.4.4.4", dst: CE, payload: down(1280) });
    expect(h.feed(ACCESS, icmp4("10.9.9.9", BR, 3, 4, 1300, foreign.slice(0, 28))).reason).toBe("icmp4-ignored");
    expect(h.feed(CORE, down(1480)).reason).toBe("encapsulated");
  });
});

describe("ICMPv4 errors from the tunnel (RFC 4213 3.4)", () => {
  it("become address unreachable when the inner header is quoted", () => {
    const h = harness(sixRd());
    const p = down(200);
    const [sent] = h.feed(CORE, p).out;
    const r = h.feed(ACCESS, icmp4("10.9.9.9", BR, 3, 1, 0, sent.bytes.slice(0, 160)));
    const e = r.out[0].bytes;
    expect([r.reason, r.out[0].side, dst6(e), e[40], e[41], isChecked(e)]).toEqual(["tunnel-error-relayed", CORE, NATIVE, 1, 3, true]);
    expect(e.slice(48)).toEqual(forwarded(p).slice(0, 140));
  });
  it("are only noted when too little is quoted", () => {
    const h = harness(sixRd());
    const [sent] = h.feed(CORE, down(200)).out;
    expect(h.feed(ACCESS, icmp4("10.9.9.9", BR, 3, 1, 0, sent.bytes.slice(0, 28)))).toEqual({ reason: "tunnel-error-noted", out: [] });
  });
});

it("ICMP errors are limited on capture time, the first burst passes (RFC 4443 2.4 f)", () => {
  const h = harness(sixRd({ icmpRate: 2, icmpBurst: 3, ipv4Prefix: net4("10.0.0.0/8") }));
  const reasons = [0, 0, 0, 0, 0.5, 0.5, 10, 10, 10, 10].map((t) => h.feed(CORE, down(100, { hop: 1 }), 1000 + Math.floor(t), (t % 1) * 1e9).reason);
  const limited = reasons.map((r) => r === "icmp-rate-limited");
  expect(limited).toEqual([false, false, false, true, false, true, false, false, false, true]);
});

it("the outer total length counts, not the link padding", () => {
  const p = up(60);
  const h = harness(sixRd());
  const r = h.feed(ACCESS, Uint8Array.of(...p, 0, 0, 0, 0));
  expect(r.out[0].bytes.length).toBe(60);
  expect(u16(r.out[0].bytes, 4)).toBe(20);
  expect(h.counter("decapsulated")?.bytes).toBe(80);
});
