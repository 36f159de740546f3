import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16 } from "../../../src/wire/bits.js";
import { type Harness, dst6, harness, isChecked, packet4, packet6, sixRd, src4, dst4, udp6, v4 } from "../harness.js";
import { ACK, AFTR, B4, HOST, OTHER_B4, POOL, REMOTE, SYN, aftr, cut4, dsLite, nat, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "./packets.js";

const tick = (h: Harness, sec: number, nsec = 0) => h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, sport: 9 }), OTHER_B4), sec, nsec).out;

describe("unsolicited inbound SYN (RFC 5382 REQ-4)", () => {
  const syn = (sport = 80, dport = 5000): Uint8Array => tcp4({ src: REMOTE, dst: POOL, sport, dport, flags: SYN });
  it("is answered with port unreachable after 6 s, and not a nanosecond before", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable" });
    expect(h.feed(CORE, syn(), 1000, 500)).toEqual({ reason: "aftr-unsolicited-syn-held", out: [] });
    expect(tick(h, 1006, 499)).toHaveLength(1);
    const [e, other] = tick(h, 1006, 500);
    expect([e.side, e.sec, e.nsec, e.reason, e.bytes[20], e.bytes[21], isRight(e.bytes)]).toEqual([CORE, 1006, 500, "aftr-unsolicited-syn-answered", 3, 3, true]);
    expect([...e.bytes.slice(28)]).toEqual([...syn()]);
    expect(other.reason).toBe("aftr-translated-out");
    expect(h.counter("aftr-unsolicited-syn-answered")?.packets).toBe(1);
    expect(tick(h, 1020)).toHaveLength(1);
  });
  it("an output keeps the time at which it was due, however late the next packet is", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable" });
    h.feed(CORE, syn(), 1000, 7);
    expect(tick(h, 1050)[0]).toMatchObject({ sec: 1006, nsec: 7 });
  });
  it("simultaneous open: an outbound SYN of the connection within 6 s, and the SYN is forgotten", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable", filtering: "address-and-port-dependent" });
    const p = port(h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: "198.51.100.9", sport: 6000, flags: SYN })), 1000).out[0].bytes, "src");
    expect(h.feed(CORE, syn(80, p), 1001).reason).toBe("aftr-unsolicited-syn-held"); // the mapping exists, the filter refuses
    expect(h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, sport: 6000, dport: 80, flags: SYN })), 1003).reason).toBe("aftr-translated-out");
    expect(h.feed(CORE, syn(80, p), 1004).reason).toBe("aftr-translated-in"); // and the retransmission comes in
    expect(tick(h, 1020)).toHaveLength(1);
  });
  it("only SYNs, once a connection; silence when declared", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable" });
    expect(h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, flags: SYN | ACK }), 1000).reason).toBe("aftr-no-mapping");
    expect(h.feed(CORE, udp4({ src: REMOTE, dst: POOL }), 1000).reason).toBe("aftr-no-mapping");
    expect([syn(), syn(), syn(81)].map((p) => h.feed(CORE, p, 1000).reason)).toEqual(["aftr-unsolicited-syn-held", "aftr-no-mapping", "aftr-unsolicited-syn-held"]);
    expect(tick(h, 1010).map((o) => o.reason)).toEqual(["aftr-unsolicited-syn-answered", "aftr-unsolicited-syn-answered", "aftr-translated-out"]);
    expect(aftr({ unsolicitedSyn: "silent" }).feed(CORE, syn(), 1000).reason).toBe("aftr-no-mapping");
  });
  it("the queue is bounded: a flood is dropped silently beyond it (REQ-4a)", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable" });
    const reasons = Array.from({ length: 300 }, (_, i) => h.feed(CORE, syn(1000 + i), 1000).reason);
    expect(reasons.filter((r) => r === "aftr-unsolicited-syn-held")).toHaveLength(256);
    expect(tick(h, 1010)).toHaveLength(257);
  });
  it("what was not due at the end of the input is never sent", () => {
    const h = aftr({ unsolicitedSyn: "port-unreachable" });
    h.feed(CORE, syn(), 1000);
    h.device.drain(1005, 0);
    expect(h.out).toEqual([]);
    h.device.drain(1006, 0);
    expect(h.out).toHaveLength(1);
  });
});

describe("reassembly time", () => {
  const pieces = (b: Uint8Array, id = 7): Uint8Array[] => {
    const half = ((b.length - 40) >> 4) << 3;
    return [[0, half], [half, b.length - 40]].map(([from, to], i) =>
      packet6({ src: B4, dst: AFTR, next: 44, payload: Uint8Array.of(4, 0, from >> 8, from | (i === 0 ? 1 : 0), 0, 0, 0, id, ...b.slice(40 + from, 40 + to)) }));
  };
  const whole = wrap(udp4({ src: HOST, dst: REMOTE, size: 200 }));
  it("outer fragments: 60 s after the first one the B4 is told Time Exceeded code 1 (RFC 8200 section 4.5, RFC 4443 section 3.3)", () => {
    const h = aftr();
    const [first] = pieces(whole);
    h.feed(ACCESS, first, 1000, 3);
    expect(tick(h, 1060, 3)).toHaveLength(1);
    const [e] = tick(h, 1060, 4);
    expect([e.side, e.sec, e.nsec, e.bytes[40], e.bytes[41], dst6(e.bytes), isChecked(e.bytes)]).toEqual([ACCESS, 1060, 3, 3, 1, B4, true]);
    expect([...e.bytes.slice(48)]).toEqual([...first]);
    expect(h.counter("aftr-outer-reassembly-timeout-answered")).toMatchObject({ packets: 1 });
  });
  it("without the first fragment nobody is told; a datagram that became whole is over", () => {
    const h = aftr();
    h.feed(ACCESS, pieces(whole)[1], 1000);
    expect(tick(h, 1100)).toHaveLength(1);
    expect(h.counter("aftr-outer-reassembly-timeout")?.packets).toBe(1);
    const g = aftr();
    for (const p of pieces(whole)) g.feed(ACCESS, p, 1000);
    expect(tick(g, 1100)).toHaveLength(1);
    expect(g.counter("aftr-outer-reassembly-timeout")).toBeUndefined();
  });
  it("IPv4 fragments in transit are given up silently, from both sides", () => {
    const h = aftr();
    const [first] = cut4(udp4({ src: HOST, dst: REMOTE, size: 200 }), 104);
    h.feed(ACCESS, wrap(first), 1000);
    h.feed(CORE, cut4(udp4({ src: REMOTE, dst: POOL, size: 200 }), 104)[0], 1000);
    expect(tick(h, 1100)).toHaveLength(1);
    expect(h.counter("aftr-inner-reassembly-timeout")?.packets).toBe(2);
  });
  it("6rd: ICMPv4 Time Exceeded code 1 to the CE, quoting the first fragment (RFC 792)", () => {
    const h = harness(sixRd());
    const tunnelled = packet4({ src: "10.1.2.3", dst: "10.0.0.1", id: 9, payload: udp6({ src: "2001:db8:102:300::1", dst: "3fff::1", size: 200 }) });
    const [first] = cut4(tunnelled, 104);
    h.feed(ACCESS, first, 1000);
    const { out } = h.feed(CORE, udp6({ src: "3fff::9", dst: "3fff::a" }), 1061);
    expect(out).toHaveLength(1);
    const e = out[0].bytes;
    expect([out[0].side, out[0].sec, e[20], e[21], src4(e), dst4(e), isRight(e)]).toEqual([ACCESS, 1060, 11, 1, "10.0.0.1", "10.1.2.3", true]);
    expect([...e.slice(28)]).toEqual([...first]);
    expect(h.counter("outer-reassembly-timeout-answered")?.packets).toBe(1);
  });
});

it("what is due comes in the order in which it was due, whichever concentrator it is of", () => {
  const h = harness([dsLite({ nat: nat({ unsolicitedSyn: "port-unreachable" }), reassemblySeconds: 20 }), sixRd({ reassemblySeconds: 10 })]);
  const outer = (sec: number, id: number) => h.feed(ACCESS, packet6({ src: B4, dst: AFTR, next: 44, payload: Uint8Array.of(4, 0, 0, 1, 0, 0, 0, id, ...udp4({ src: HOST, dst: REMOTE, size: 20 })) }), sec);
  outer(1000, 1); // over at 1020
  h.feed(ACCESS, cut4(packet4({ src: "10.1.2.3", dst: "10.0.0.1", payload: udp6({ src: "2001:db8:102:300::1", dst: "3fff::1", size: 200 }) }), 104)[0], 1001); // over at 1011
  outer(1002, 2); // over at 1022
  h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, flags: SYN }), 1015); // answered at 1021
  expect(tick(h, 1100).map((o) => o.sec)).toEqual([1020, 1021, 1022, 1100]);
  expect(h.out.map((o) => o.sec)).toEqual([1011, 1020, 1021, 1022, 1100]);
});

describe("pooling and the pool's own addresses", () => {
  const two = { pool: { ranges: [{ from: v4(POOL), to: v4("203.0.113.2") }], portFrom: 1024, portTo: 1026 }, parity: false, holdDownSeconds: 0 };
  const sources = (h: Harness, n: number): string[] => Array.from({ length: n }, (_, i) => h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, sport: 5000 + i })))).map((r) => (r.out[0]?.side === CORE ? src4(r.out[0].bytes) : r.reason));
  it("paired: refused rather than moved (RFC 6888 REQ-2, REQ-11: host unreachable)", () => {
    const h = aftr(two);
    expect(sources(h, 4)).toEqual([POOL, POOL, POOL, "aftr-no-binding-possible"]);
    const e = unwrap(h.out[3].bytes);
    expect([e[20], e[21]]).toEqual([3, 1]); // decisions.md D21
  });
  it("paired-soft: another address when its own is used up, refused when all are", () => expect(sources(aftr({ ...two, pooling: "paired-soft" }), 7)).toEqual([POOL, POOL, POOL, "203.0.113.2", "203.0.113.2", "203.0.113.2", "aftr-no-binding-possible"]));
  it("paired-soft with port blocks", () => {
    const h = aftr({ ...two, pooling: "paired-soft", allocation: "port-block", portBlockSize: 3 });
    expect(sources(h, 7)).toEqual([POOL, POOL, POOL, "203.0.113.2", "203.0.113.2", "203.0.113.2", "aftr-no-binding-possible"]);
  });
  it("arbitrary: address after address", () => expect(sources(aftr({ ...two, pooling: "arbitrary" }), 4)).toEqual([POOL, "203.0.113.2", POOL, "203.0.113.2"]));
  it("ports are never overloaded: as many bindings as external endpoints, all different", () => {
    const h = aftr({ ...two, pooling: "paired-soft" });
    sources(h, 6);
    const ends = h.out.filter((o) => o.side === CORE).map((o) => `${src4(o.bytes)}:${port(o.bytes, "src")}`);
    expect(new Set(ends).size).toBe(6);
  });
  it("an echo request from outside to a pool address is nobody's: dropped, as is a stranger's query to an inner host's own mapping", () => {
    const h = aftr();
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, id: 5 }))).toEqual({ reason: "aftr-echo4-pool-ignored", out: [] });
    const [q] = h.feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE, id: 5 }))).out;
    expect(h.feed(CORE, echo4({ src: "198.51.100.99", dst: POOL, id: u16(q.bytes, 24) })).reason).toBe("aftr-filtered");
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 0, id: u16(q.bytes, 24) })).reason).toBe("aftr-translated-in");
  });
});
