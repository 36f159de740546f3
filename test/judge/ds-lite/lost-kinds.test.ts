/** A device that loses one kind of packet, and nothing else: what passes beside it is no success of that kind. */
import { describe, expect, it } from "vitest";
import { put16 } from "../../../src/wire/bits.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import * as B from "./build.js";

const f: B.Flow = { sport: 10000, eport: 40000 };
const found = (steps: readonly B.Step[], over: B.Over = {}): string[] => B.judge(steps, { over: { nat: { parity: false }, ...over } }).findings.map((g) => `${g.rule} x${g.count}`);
const of = (rule: string, steps: readonly B.Step[], over: B.Over = {}): string[] => found(steps, over).filter((g) => g.startsWith(rule));

/** A datagram from the Internet of `n` bytes of payload, whole or in fragments of `size`. */
const datagram = (k: number, n: number, df = false): B.Four => ({ payload: B.bytes(n, k), id: k, df });
const comes = (k: number, at: number, n = 2000, reversed = false): B.Step[] => {
  const cut = B.fragments(B.outsideIn(f, datagram(k, n)), 1480);
  return (reversed ? cut.reverse() : cut).map((p, i) => B.coreIn(p, { at: at + i * 0.0001 }));
};
const softly = (p: Uint8Array): Uint8Array[] => (p.length > 1460 ? B.outerFragments(B.toB4(p), 1448) : [B.toB4(p)]);
const delivered = (k: number, at: number, n = 2000, renumber = 0): B.Step[] =>
  B.fragments(B.insideIn(f, datagram(k, n)), 1480).flatMap((p, i) => {
    if (i > 0 && renumber > 0) {
      put16(p, 4, renumber);
      ip4.seal(p, 0);
    }
    return softly(p).map((q, j) => B.accessOut(q, { at: at + 0.001 + i * 0.0002 + j * 0.00001 }));
  });
const whole = (k: number, at: number, df: boolean, lost = false): B.Step[] => {
  const g = datagram(k, 1472, df);
  return [B.coreIn(B.outsideIn(f, g), { at }), ...(lost ? [] : softly(B.insideIn(f, g)).map((q, j) => B.accessOut(q, { at: at + 0.001 + j * 0.00001 })))];
};

describe("fragments from the Internet (RFC 4787 REQ-14)", () => {
  it("are lost also where their datagram is larger than the softwire takes in one piece, when whole packets of that size get through", () => {
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false), ...comes(2, 3), ...comes(3, 4), ...comes(4, 5)])).toEqual(["RFC4787-11-1 x2"]);
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false), ...comes(2, 3), ...comes(3, 4), ...comes(4, 5)], { nat: { parity: false }, cfg: { oversize: "honour-df" } })).toEqual(["RFC4787-11-1 x2"]);
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false, true), ...comes(2, 3), ...comes(3, 4), ...comes(4, 5)])).toEqual([]);
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false), ...comes(2, 3), ...delivered(2, 3), ...comes(3, 4), ...comes(4, 5)])).toEqual([]);
  });
  it("are lost though each of them fits the softwire", () => {
    const small = (k: number): B.Step[] => B.fragments(B.outsideIn(f, datagram(k, 2000)), 1024).map((p, i) => B.coreIn(p, { at: k + i * 0.0001 }));
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...[1, 2, 3].flatMap(small)])).toEqual(["RFC4787-11-1 x2"]);
  });
  it("are lost when they come out of order, though others get through", () => {
    const ordered = [2, 3, 4].flatMap((k) => [...comes(k, k), ...delivered(k, k)]);
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false), ...ordered, ...comes(5, 5, 2000, true), ...comes(6, 6, 2000, true)])).toEqual(["RFC4787-11-1 x1"]);
  });
  it("have to keep one identification, or no host puts them together", () => {
    expect(of("RFC4787-11-1", [...B.outward(f, 0), ...whole(1, 1, false), ...[2, 3, 4].flatMap((k) => [...comes(k, k), ...delivered(k, k, 2000, 900 + k)])])).toEqual(["RFC4787-11-1 x2"]);
  });
});

it("packets too big for the softwire are lost without DF, though those with DF get through (RFC 6333 section 6.3)", () => {
  const steps = [...B.outward(f, 0), ...[1, 2, 3].flatMap((k) => whole(k, k, true)), ...[4, 5, 6].flatMap((k) => whole(k, k, false, true))];
  expect(of("RFC6333-6.3-1.refused", steps)).toEqual(["RFC6333-6.3-1.refused x2"]);
  const reverse = [...B.outward(f, 0), ...[1, 2, 3].flatMap((k) => whole(k, k, false)), ...[4, 5, 6].flatMap((k) => whole(k, k, true, true))];
  expect(of("RFC6333-6.3-1.refused", reverse)).toEqual(["RFC6333-6.3-1.refused x2"]);
});

it("a packet with DF that came in outer fragments and is too big for the core link is a matter of RFC 4787 REQ-13, not of reassembly", () => {
  const big = (k: number): B.Step[] => B.outerFragments(B.soft(B.insideOut(f, datagram(k, 1440, true))), 1024).map((p, i) => B.accessIn(p, { at: k + i * 0.0001 }));
  const got = found([...B.outward(f, 0), ...[1, 2, 3].flatMap(big)], { core: { mtu: 1400 } });
  expect(got).toContain("RFC4787-10-1 x2");
  expect(got.filter((g) => g.startsWith("RFC6333") || g.startsWith("RFC2473") || g.startsWith("RFC8200"))).toEqual([]);
});
it("fragments from the Internet that are lost are no packets that were too big", () => {
  expect(of("RFC6333-6.3-1.refused", [...B.outward(f, 0), ...comes(2, 3), ...comes(3, 4), ...comes(4, 5)])).toEqual([]);
});

describe("in a capture, what a lost binding drags along is no loss at the tap", () => {
  const SYN = 2, SYN_ACK = 18, ACK = 16, DATA = 24, FIN_ACK = 17;
  const seg = (flags: number, seq: number, payload = new Uint8Array(0) as Uint8Array): B.Four => ({ flags, seq, payload, id: seq & 0xffff, df: true });
  const flow = (n: number): B.Flow => ({ proto: 6, sport: 30000 + n, eport: 20000 + n });
  const opened = (n: number): B.Step[] => [
    ...B.outward(flow(n), n, seg(SYN, 1)), ...B.inward(flow(n), n + 0.2, seg(SYN_ACK, 9)), ...B.outward(flow(n), n + 0.4, seg(ACK, 2)),
    ...[0, 1, 2, 3].flatMap((k) => [...B.outward(flow(n), n + 0.5 + k / 10, seg(DATA, 10 + k, B.bytes(20, k + n))), ...B.inward(flow(n), n + 0.55 + k / 10, seg(DATA, 30 + k, B.bytes(20, k + 9 * n)))]),
  ];
  const capture = { complete: false };
  const judged = (steps: readonly B.Step[]): string[] => B.judge(steps, { options: capture, over: { nat: { parity: false } } }).findings.map((g) => g.rule);
  /** Other traffic to the end of the capture, by which the taps show that they work. */
  const others = Array.from({ length: 40 }, (_, k) => [...B.outward(f, k * 180, { payload: B.bytes(20, k), id: k }), ...B.inward(f, k * 180 + 1, { payload: B.bytes(20, k + 50), id: k })]).flat();

  it("an established connection that is gone after half an hour: its retransmissions and closing segments are lost too", () => {
    const flows = [0, 1, 2, 3, 4, 5];
    const gone = flows.flatMap((n): B.Step[] => [
      ...[0, 1, 3].map((d) => B.coreIn(B.outsideIn(flow(n), seg(DATA, 60, B.bytes(20, n))), { at: 6000 + n * 20 + d })),
      ...[5, 6, 8].map((d) => B.accessIn(B.soft(B.insideOut(flow(n), seg(DATA, 90, B.bytes(20, n)))), { at: 6000 + n * 20 + d })),
    ]);
    expect(judged([...flows.flatMap(opened), ...others, ...gone])).toContain("RFC5382-5-1");
  });
  it("a tap that loses packets of flows that work says nothing of bindings", () => {
    const flows = [0, 1, 2, 3, 4, 5];
    const gone = flows.flatMap((n): B.Step[] => [0, 1, 3].map((d) => B.coreIn(B.outsideIn(flow(n), seg(DATA, 60, B.bytes(20, n))), { at: 6000 + n * 20 + d })));
    const lossy = others.filter((_, i) => i % 40 !== 3);
    expect(judged([...flows.flatMap(opened), ...lossy, ...gone])).not.toContain("RFC5382-5-1");
  });
  it("a SYN that crosses the inner host's own within a round trip, before the binding is learned (RFC 5382 REQ-2a)", () => {
    const crossing = [0, 1, 2, 3].flatMap((n): B.Step[] => [...B.outward(flow(n), 10 + n * 5, seg(SYN, 1)), B.coreIn(B.outsideIn(flow(n), seg(SYN, 70)), { at: 10.02 + n * 5 })]);
    expect(judged([...others, ...crossing])).toEqual(["RFC5382-4.2-2"]);
  });
  it("FINs of inner hosts, though their data gets through (RFC 5382 REQ-2)", () => {
    const closing = [0, 1, 2, 3].flatMap((n): B.Step[] => [0, 1, 3].map((d) => B.accessIn(B.soft(B.insideOut(flow(n), seg(FIN_ACK, 40))), { at: n + 1.5 + d })));
    expect(judged([...[0, 1, 2, 3].flatMap(opened), ...others, ...closing])).toEqual(["RFC5382-4.2-1"]);
  });
  it("SYN-ACKs of inner hosts, though the SYNs that they answer were let in", () => {
    const called = [0, 1, 2, 3].flatMap((n): B.Step[] => [
      ...opened(n), ...B.inward({ ...flow(n), dport: 5001 }, 20 + n * 5, seg(SYN, 500)), ...[0.01, 1, 3].map((d) => B.accessIn(B.soft(B.insideOut({ ...flow(n), dport: 5001 }, { ...seg(SYN_ACK, 600), ack: 501 })), { at: 20 + n * 5 + d })),
    ]);
    expect(judged([...called, ...others])).toEqual(["RFC5382-4.2-1"]);
    // The rest of such a connection, closed within two seconds.
    const rest = [0, 1, 2, 3].flatMap((n): B.Step[] => {
      const g = { ...flow(n), dport: 5001 };
      return [...B.inward(g, 20.1 + n * 5, seg(FIN_ACK, 501)), ...B.outward(g, 20.2 + n * 5, seg(FIN_ACK, 601))];
    });
    expect(judged([...called.filter((s) => !(s.direction === 0 && s.side === 0 && [1, 3].includes(Math.round((s.at! - 20) * 100) / 100 % 5))), ...rest, ...others])).toEqual(["RFC5382-4.2-1"]);
  });
});

it("a device that refuses packets with DF, and is silent about some for a rate limit, does one thing", () => {
  const refused = (k: number): B.Step[] => [...whole(k, k, true, true), B.coreOut(B.error(3, 4, B.outsideIn(f, datagram(k, 1472, true)), { src: B.CORE, dst: B.HOST, word: 1460, ttl: 64 }), { at: k + 0.001 })];
  const names = B.judge([...B.outward(f, 0), ...refused(1), ...[2, 3, 4, 5].flatMap((k) => whole(k, k, true, true))], { over: { nat: { parity: false } } }).findings.map((g) => `${g.fingerprint} x${g.count}`).filter((g) => g.startsWith("RFC6333-6.3-1.refused"));
  expect(names).toEqual(["RFC6333-6.3-1.refused:df-honoured x1"]);
});
