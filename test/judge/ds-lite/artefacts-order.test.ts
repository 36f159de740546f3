/** Two taps stamp what is sent late or early. Retransmissions, and connections that came in through a static mapping, accuse no conforming NAT for that. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured: B.Run = { options: { complete: false } };
const SYN = 2, SYN_ACK = 18, ACK = 16;
/** A flow of another subscriber: no restart of the NAT explains anything while it is there. */
const witness = Array.from({ length: 90 }, (_, k) => B.outward({ sport: 1000, eport: 50_000, dst: B.HOST2, b4: B.B4B }, 0.05 + k * 0.25, { payload: B.bytes(20, k), id: k })).flat();
const rules = (steps: readonly B.Step[]): string[] => B.judge([...steps, ...witness], captured).findings.filter((f) => f.severity === "fail").map((f) => f.fingerprint);

describe("a segment and its retransmission, of which RFC 3168 asks that it is Not-ECT", () => {
  const flow: B.Flow = { proto: 6, sport: 40000, eport: 41000 };
  /** As a TCP time stamp does, one byte tells them apart. */
  const said = (again: boolean): B.Four => ({ seq: 500, ack: 9, flags: 24, tos: again ? 0 : 2, payload: B.changed(B.bytes(60, 3), 50, again ? 1 : 2), df: true });
  const into = (again: boolean, at: number): B.Step => B.accessIn(B.soft(B.insideOut(flow, said(again))), { at });
  const out = (again: boolean, at: number, o: B.Four = {}): B.Step => B.coreOut(B.outsideOut(flow, { ...said(again), ...o }), { at });
  const opened = [...B.outward(flow, 0, { flags: SYN, seq: 499, payload: B.bytes(0) }), ...B.inward(flow, 0.1, { flags: SYN_ACK, seq: 8, payload: B.bytes(0) }), ...B.outward(flow, 0.2, { flags: ACK, seq: 500, payload: B.bytes(0) })];
  it("are not taken for each other when each leaves before it comes", () => {
    expect(rules([...opened, out(false, 1.0248), into(false, 1.0319), out(true, 1.0431), into(true, 1.0463)])).toEqual([]);
  });
  it("are told when the device changes ECN", () => {
    expect(rules([...opened, into(false, 1), out(false, 1.001, { tos: 0 }), into(true, 1.3), out(true, 1.301)])).toContain("RFC6040-4.2-1.ds-lite:inner-ECT(0)-outer-ECT(0)-gave-Not-ECT");
  });
});

describe("a connection from outside to a static mapping, on another address than that of the subscriber's own flows", () => {
  const own: B.Flow = { sport: 40000, eport: 41000 };
  const server: B.Flow = { proto: 6, sport: 8080, eport: 8082, ext: B.EXT2 };
  const flags = (f: number, seq: number): B.Four => ({ flags: f, seq, payload: B.bytes(0), df: true });
  const [syn, let_in] = B.inward(server, 4, flags(SYN, 70));
  const [answer, sent] = B.outward(server, 4.002, flags(SYN_ACK, 300));
  const pooling = (steps: readonly B.Step[]): string[] => rules(steps).filter((f) => f.startsWith("RFC6888-3-2"));
  it("is older than its answer, also when the SYN is seen to come out later than the answer, or not at all", () => {
    expect(pooling([...B.outward(own, 3), syn, answer, sent, { ...let_in, at: 4.02 }])).toEqual([]);
    expect(pooling([...B.outward(own, 3), syn, answer, sent])).toEqual([]);
    expect(pooling([...B.outward(own, 3), answer, sent])).toEqual([]);
  });
  it("bears no witness of the address that the subscriber's flows have to share", () => {
    expect(pooling([syn, answer, sent, { ...let_in, at: 4.02 }, ...B.outward(own, 5)])).toEqual([]);
  });
  it("a new flow on another address is told", () => {
    expect(pooling([...B.outward(own, 3), ...B.outward({ ...server, sport: 9090, eport: 9092 }, 4, flags(SYN, 1))])).toHaveLength(1);
    expect(pooling([...B.outward(own, 3), ...B.outward({ sport: 9090, eport: 9092, ext: B.EXT2 }, 4, { payload: B.bytes(30, 9) })])).toHaveLength(1);
  });
  it("nor is a UDP server's answer to somebody outside a new mapping", () => {
    const dns: B.Flow = { sport: 53, eport: 53, ext: B.EXT2 };
    expect(pooling([...B.outward(own, 3), B.inward(dns, 4)[0], ...B.outward(dns, 4.002, { payload: B.bytes(31, 4) })])).toEqual([]);
  });
});
