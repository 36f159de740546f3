/** What an AFTR changed where pairs are found, recognised by the payload; and leftovers of losses, retries and generators, which are let alone. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured: B.Run = { options: { complete: false } };
const data = (n: number): Uint8Array => new TextEncoder().encode(`query number ${String.fromCharCode(65 + (n % 26))}${n}`);
const udp: B.Flow = { sport: 40000, eport: 41000 };
const tcp: B.Flow = { proto: 6, sport: 40000, eport: 41000 };
const inside = (f: B.Flow, n: number, o: B.Four = {}): B.Step => B.accessIn(B.soft(B.insideOut(f, { payload: data(n), ...o }), { src: f.b4 ?? B.B4A }), { at: n });
const outside = (f: B.Flow, n: number, o: B.Four = {}): B.Step => B.coreOut(B.outsideOut(f, { payload: data(n), id: 41000 + n, ...o }), { at: n + 0.001 });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const ordinary = (n: number): B.Step[] => [inside(udp, n), outside(udp, n)];
const OTHER: B.Four = { dst: B.HOST2 };
const findings = (steps: readonly B.Step[], run: B.Run = captured) => B.judge(steps, run).findings.filter((f) => f.certainty === "content").map((f) => [f.fingerprint, f.count, f.severity]);

describe("changed where pairs are found", () => {
  it("the destination: three packets fail in captures, one warns", () => {
    expect(findings([ordinary(0), ...numbers(1, 4).map((n) => [inside(udp, n), outside(udp, n, OTHER)]), ordinary(9)].flat())).toEqual([["RFC6333-B.1.1-1.far-end:address", 3, "fail"]]);
    expect(findings([ordinary(0), [inside(udp, 1), outside(udp, 1, OTHER)], ordinary(9)].flat())).toEqual([["RFC6333-B.1.1-1.far-end:address", 1, "warn"]]);
  });
  it("TCP sequence numbers, also the other way", () => {
    const bound = [inside(tcp, 0), outside(tcp, 0)];
    expect(findings([...bound, inside(tcp, 1, { seq: 5000 }), outside(tcp, 1, { seq: 6000 })], {}).map(([f]) => f)).toEqual(["RFC6333-B.1.1-1.payload:sequence"]);
    const back = [B.coreIn(B.outsideIn(tcp, { payload: data(2), ack: 7 }), { at: 2 }), B.accessOut(B.toB4(B.insideIn(tcp, { payload: data(2), ack: 8 })), { at: 2.001 })];
    const r = B.judge([...bound, ...back], {}).findings.find((f) => f.certainty === "content")!;
    expect([r.fingerprint, r.exemplars[0].fields[0].field]).toEqual(["RFC6333-B.1.1-1.payload:sequence", "acknowledgement number"]);
  });
  it("counts as forwarded, and teaches nothing about the NAT", () => {
    const r = B.judge([inside(udp, 1), outside(udp, 1, OTHER)], {});
    expect(r.summary).toMatchObject({ paired: 1, unansweredInputs: 0, orphanOutputs: 0 });
    expect(r.findings.map((f) => f.rule)).toEqual(["RFC6333-B.1.1-1.far-end"]);
    expect(r.rules.filter((t) => t.exercised > 0 && t.rule.startsWith("RFC4787-4.1"))).toEqual([]);
  });
});

describe("nobody is accused", () => {
  const none = (...steps: B.Step[][]): void => expect(findings([ordinary(0), ...steps, ordinary(30)].flat())).toEqual([]);
  it("of a query that was sent to a second server, whose packets the taps lost in part", () => {
    const second = (at: number): B.Step[] => [{ ...inside(udp, 1, OTHER), at }, { ...outside(udp, 1, OTHER), at: at + 0.001 }];
    none([inside(udp, 1)], second(1.0005));
    none([inside(udp, 1)], second(3).slice(1));
  });
  it("of queries that the operator sends to a resolver of its own, and of the replies that come back for the one that was asked", () => {
    const asks: B.Flow = { ...udp, dport: 53 };
    none(numbers(1, 6).flatMap((n) => [
      inside(asks, n), outside(asks, n, OTHER),
      B.coreIn(B.outsideIn({ ...asks, dst: B.HOST2 }, { payload: data(40 + n) }), { at: n + 0.1 }), B.accessOut(B.toB4(B.insideIn(asks, { payload: data(40 + n) })), { at: n + 0.101 }),
    ]));
  });
  it("of payloads that a generator puts into every packet", () => {
    none(numbers(1, 6).flatMap((n) => [{ ...inside({ ...udp, dst: `198.51.100.${n}` }, 1), at: n }, ...(n === 3 ? [] : [{ ...outside({ ...udp, dst: `198.51.100.${n}` }, 1, n === 5 ? { dst: "198.51.100.99" } : {}), at: n + 0.001 }])]));
  });
  it("of flows whose near end a known binding speaks against", () => none([inside({ ...udp, sport: 40002 }, 1), outside(udp, 1, OTHER)]));
  it("of sequence numbers on a port that an ALG works on", () => none([inside({ ...tcp, dport: 21 }, 1), outside({ ...tcp, dport: 21 }, 1, { seq: 1010 })]));
  it("of packets from an address that is no external one", () => none([inside(udp, 1), outside({ ...udp, ext: "203.0.113.77" }, 1, OTHER)]));
  it("where losses leave far more over than content explains", () => {
    const lossy = numbers(1, 25).map((n) => (n % 6 === 0 ? [inside(udp, n), outside(udp, n, OTHER)] : n % 2 === 0 ? [inside(udp, n)] : [outside(udp, n)]));
    expect(findings([ordinary(0), ...lossy, ordinary(30)].flat())).toEqual([]);
  });
});
