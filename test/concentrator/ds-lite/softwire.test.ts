import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { checksum } from "../../../src/wire/checksum.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import { dst4, dst6, echo6, harness, net6, packet6, src4, src6, upper6 } from "../harness.js";
import { AFTR, B4, HOST, POOL, REMOTE, SYN, aftr, dsLite, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "./packets.js";

const out = udp4({ src: HOST, dst: REMOTE });
/** Sends the first packet out and gives the external port. */
const open = (h: ReturnType<typeof aftr>, p = out, b4 = B4): number => port(h.feed(ACCESS, wrap(p, b4)).out[0].bytes, "src");

describe("decapsulation (RFC 6333 section 6.2, RFC 2473 section 3.3)", () => {
  it("one TTL decrement, external source, right checksums", () => {
    const h = aftr();
    const r = h.feed(ACCESS, wrap(out));
    const b = r.out[0].bytes;
    expect([r.reason, r.out[0].side, src4(b), dst4(b), b[8], isRight(b)]).toEqual(["aftr-translated-out", CORE, POOL, REMOTE, 63, true]);
    expect(b.slice(28)).toEqual(out.slice(28));
  });
  it.each([0, 1])("an outer hop limit of %d is no reason to drop: the AFTR is the destination (RFC 8200 section 3)", (hop) => {
    const p = wrap(out);
    p[7] = hop;
    expect(aftr().feed(ACCESS, p).reason).toBe("aftr-translated-out");
  });
  it("encapsulation answers with hop limit 64 from the AFTR to the B4", () => {
    const h = aftr();
    const p = open(h);
    const r = h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p }));
    const b = r.out[0].bytes;
    expect([r.reason, src6(b), dst6(b), b[6], b[7]]).toEqual(["aftr-translated-in", AFTR, B4, 4, 64]);
    expect([dst4(unwrap(b)), port(unwrap(b), "dst"), unwrap(b)[8], isRight(unwrap(b))]).toEqual([HOST, 6000, 63, true]);
  });
  it.each([
    ["pad options before next header 4", [60, Uint8Array.of(4, 0, 1, 4, 0, 0, 0, 0)]],
    ["tunnel encapsulation limit", [60, Uint8Array.of(4, 0, 4, 1, 5, 1, 1, 0)]],
    ["hop-by-hop router alert", [0, Uint8Array.of(4, 0, 5, 2, 0, 0, 1, 0)]],
    ["unknown option with action 00", [60, Uint8Array.of(4, 0, 0x1e, 4, 0, 0, 0, 0)]],
    ["routing header with nothing left", [43, Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0)]],
    ["atomic fragment", [44, Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 9)]],
  ] as [string, [number, Uint8Array]][])("%s is skipped", (_what, [next, header]) => {
    expect(aftr().feed(ACCESS, wrap(Uint8Array.of(...header, ...out), B4, { next })).reason).toBe("aftr-translated-out");
  });
  it.each([
    ["unknown option with action 10", 60, [4, 0, 0x9e, 4, 0, 0, 0, 0], 2, 42],
    ["routing header with segments left", 43, [4, 0, 0, 1, 0, 0, 0, 0], 0, 42],
    ["hop-by-hop after another header", 60, [0, 0, 1, 4, 0, 0, 0, 0, 4, 0, 1, 4, 0, 0, 0, 0], 1, 40],
  ])("%s: Parameter Problem with its pointer (RFC 8200 section 4)", (_what, next, header, code, pointer) => {
    const r = aftr().feed(ACCESS, wrap(Uint8Array.of(...header, ...out), B4, { next }));
    const b = r.out[0].bytes;
    expect([r.reason, r.out[0].side, b[40], b[41], u16(b, 46), dst6(b)]).toEqual(["aftr-parameter-problem", ACCESS, 4, code, pointer, B4]);
  });
  it.each([
    ["unknown option with action 01", { next: 60, payload: Uint8Array.of(4, 0, 0x5e, 4, 0, 0, 0, 0, ...out) }, "aftr-outer-header-invalid"],
    ["a cut option chain", { next: 60, payload: Uint8Array.of(4, 9, 1, 4, 0, 0, 0, 0, ...out) }, "aftr-outer-header-invalid"],
    ["UDP to the AFTR", { next: 17, payload: new Uint8Array(8) }, "aftr-outer-next-header"],
    ["no next header", { next: 59 }, "aftr-outer-next-header"],
    ["an inner header that is not IPv4", { next: 4, payload: new Uint8Array(30) }, "aftr-inner-header-invalid"],
    ["a multicast outer source", { src: "ff02::1", next: 4, payload: out }, "aftr-outer-source-invalid"],
    ["the AFTR's own address as source", { src: AFTR, next: 4, payload: out }, "aftr-outer-source-invalid"],
  ])("%s is dropped", (_what, p, reason) => {
    expect(aftr().feed(ACCESS, packet6({ src: B4, dst: AFTR, ...p }))).toEqual({ reason, out: [] });
  });
  it("a wrong inner header checksum is dropped (RFC 1812 section 5.2.2)", () => {
    const bad = Uint8Array.from(out);
    bad[10] ^= 1;
    expect(aftr().feed(ACCESS, wrap(bad)).reason).toBe("aftr-inner-header-invalid");
  });
  it.each(["8.8.8.8", "100.64.0.1", "192.0.0.8", "203.0.113.1"])("inner source %s is not authorized (RFC 6333 section 11)", (src) => {
    expect(aftr().feed(ACCESS, wrap(udp4({ src, dst: REMOTE })))).toEqual({ reason: "aftr-inner-source-unauthorized", out: [] });
  });
  it("B4s outside the configured prefixes are not served", () => {
    const h = harness(dsLite({ b4Prefixes: [net6("2001:db8:0:2::/64")] }));
    expect(h.feed(ACCESS, wrap(out)).reason).toBe("aftr-b4-not-served");
    expect(h.feed(ACCESS, wrap(out, "2001:db8:0:2::9")).reason).toBe("aftr-translated-out");
  });
});

describe("traffic class and ECN (decisions.md D5, RFC 6040)", () => {
  it.each([[0xb8, 0, 0xb8], [0xba, 0x02, 0xba], [0xbb, 0x02, 0xbb], [0x03, 0x01, 0x03], [0x01, 0x02, 0x01]])("outer %i over inner %i leaves as %i", (tc, tos, seen) => {
    expect(aftr().feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, tos }), B4, { tc })).out[0].bytes[1]).toBe(seen);
  });
  it("CE on Not-ECT is dropped; pipe mode keeps the inner DSCP", () => {
    expect(aftr().feed(ACCESS, wrap(out, B4, { tc: 3 })).reason).toBe("aftr-ecn-illegal");
    const h = aftr({}, { copyDscpIn: false });
    expect(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, tos: 0x28 }), B4, { tc: 0xb8 })).out[0].bytes[1]).toBe(0x28);
  });
  it.each([[true, 0xb9, 0xb9], [false, 0xb9, 1]])("copy-dscp %s: inner %i becomes outer %i", (copyDscpOut, tos, tc) => {
    const h = aftr({}, { copyDscpOut });
    const b = h.feed(CORE, udp4({ src: REMOTE, dst: POOL, dport: open(h), tos })).out[0].bytes;
    expect(((b[0] & 15) << 4) | (b[1] >> 4)).toBe(tc);
  });
});

describe("ICMP of the AFTR itself", () => {
  it.each([0, 1])("inner TTL %i: Time Exceeded from 192.0.0.1 through the softwire, quoting the untranslated packet", (ttl) => {
    const p = udp4({ src: HOST, dst: REMOTE, ttl });
    const r = aftr().feed(ACCESS, wrap(p));
    const b = unwrap(r.out[0].bytes);
    expect([r.reason, r.out[0].side, dst6(r.out[0].bytes), src4(b), dst4(b), b[20], isRight(b)]).toEqual(["aftr-ttl-exceeded-b4", ACCESS, B4, "192.0.0.1", HOST, 11, true]);
    expect(b.slice(28)).toEqual(p);
  });
  it("TTL 1 from the Internet: Time Exceeded to the sender, never from 192.0.0.0/29 (RFC 7335 section 4)", () => {
    const h = aftr();
    const r = h.feed(CORE, udp4({ src: REMOTE, dst: POOL, dport: open(h), ttl: 1 }));
    expect([r.reason, r.out[0].side, src4(r.out[0].bytes), dst4(r.out[0].bytes)]).toEqual(["aftr-ttl-exceeded-core", CORE, POOL, REMOTE]);
  });
  it("no error about an error or a later fragment (RFC 1812 section 4.3.2.7)", () => {
    expect(aftr().feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE, type: 11, ttl: 1 })))).toEqual({ reason: "aftr-ttl-exceeded-silent", out: [] });
    expect(aftr().feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, ttl: 1, fragment: 5 })))).toEqual({ reason: "aftr-ttl-exceeded-silent", out: [] });
  });
  it("echo to the AFTR's IPv6 address and to 192.0.0.1", () => {
    const h = aftr();
    const six = h.feed(ACCESS, echo6({ src: B4, dst: AFTR }));
    expect([six.reason, six.out[0].bytes[40], src6(six.out[0].bytes)]).toEqual(["aftr-echo6-answered", 129, AFTR]);
    const four = h.feed(ACCESS, wrap(echo4({ src: HOST, dst: "192.0.0.1", ttl: 1 })));
    const b = unwrap(four.out[0].bytes);
    expect([four.reason, src4(b), dst4(b), b[20], isRight(b)]).toEqual(["aftr-echo4-answered", "192.0.0.1", HOST, 0, true]);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 0, initiators: 0 });
  });
  it("the rate limit silences further errors", () => {
    const h = aftr({}, { icmpRate: 1, icmpBurst: 2 });
    const reasons = [1, 2, 3].map(() => h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, ttl: 1 }))).reason);
    expect(reasons).toEqual(["aftr-ttl-exceeded-b4", "aftr-ttl-exceeded-b4", "aftr-ttl-exceeded-silent"]);
  });
  it.each([[1, 1], [3, 1]])("ICMPv6 error type %i about a softwire packet becomes 3/%i in external form (RFC 2473 section 8.3)", (type, code) => {
    const h = aftr();
    const p = open(h);
    const native = udp4({ src: REMOTE, dst: POOL, dport: p, size: 40 });
    const sent = h.feed(CORE, native).out[0].bytes;
    const error = upper6({ src: "2001:db8:5::1", dst: AFTR, next: 58, payload: Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, ...sent) });
    const r = h.feed(ACCESS, error);
    const b = r.out[0].bytes;
    expect([r.reason, r.out[0].side, dst4(b), b[20], b[21], isRight(b)]).toEqual(["aftr-tunnel-error-relayed", CORE, REMOTE, 3, code, true]);
    const quoted = b.slice(28);
    quoted[8]++;
    put16(quoted, 10, 0);
    put16(quoted, 10, checksum(quoted, 0, 20));
    expect(quoted).toEqual(native);
  });
});

describe("limits and life of softwires", () => {
  it("no NAT configured: packets leave as they are, and the reply finds the B4 that used the address", () => {
    const h = harness({ ...dsLite(), nat: undefined });
    expect(h.feed(ACCESS, wrap(out)).out[0].bytes.slice(12)).toEqual(out.slice(12));
    expect(dst6(h.feed(CORE, udp4({ src: REMOTE, dst: HOST })).out[0].bytes)).toBe(B4);
    expect(h.feed(ACCESS, wrap(out, "2001:db8::77")).reason).toBe("aftr-no-binding-possible");
  });
  it("softwire ends with its last flow, the mapping lives on, an inbound hit makes the softwire again", () => {
    const h = aftr();
    const p = open(h);
    h.feed(CORE, echo4({ src: REMOTE, dst: POOL, id: 1, type: 0 }), 1040);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 0, softwiresDeleted: 1, flowsActive: 0 });
    expect(h.feed(CORE, udp4({ src: "198.51.100.9", dst: POOL, dport: p })).reason).toBe("aftr-translated-in");
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 1, softwiresCreated: 2, softwiresCreatedReverse: 1 });
  });
  it("flow limit per softwire, session limit per prefix", () => {
    const h = aftr({}, { flowLimit: 2 });
    expect([1, 2, 3].map((i) => h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, dport: i }))).reason)).toEqual(["aftr-translated-out", "aftr-translated-out", "aftr-flow-limit"]);
    const g = aftr({}, { sessionLimitPerPrefix: 2, subscriberPrefixLength: 56 });
    const b4s = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:1::1"];
    expect(b4s.map((b4) => g.feed(ACCESS, wrap(out, b4)).reason)).toEqual(["aftr-translated-out", "aftr-translated-out", "aftr-session-limit", "aftr-translated-out"]);
  });
  it("everything drains", () => {
    const h = aftr();
    for (let i = 0; i < 50; i++) h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, sport: i + 1, flags: SYN }), `2001:db8::${i}`));
    h.device.drain(1001, 0);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 0, softwiresPeak: 50, flowsCreated: 50, flowsDeleted: 50 });
  });
  it("packets to other addresses are not the AFTR's business", () => {
    const h = aftr();
    expect(h.feed(ACCESS, packet6({ src: B4, dst: "2001:db8:ffff::2", next: 4, payload: out })).reason).toBe("not-softwire");
    expect(h.feed(ACCESS, out).reason).toBe("not-softwire");
    expect(h.feed(CORE, udp4({ src: REMOTE, dst: "203.0.113.9" })).reason).toBe("not-softwire");
  });
});
