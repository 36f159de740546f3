/** ICMP errors as two taps show them: stamped before their cause, or lost beside another one about the same packet. A conforming NAT is not accused for that. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured = { options: { complete: false } };
const udp: B.Flow = {};
/** Traffic long after, so that the windows of what came before are over. */
const later = (): B.Step[] => [20, 21, 22].flatMap((t) => B.outward(udp, t, { payload: B.bytes(20, t), id: t }));
const said = (n: number): B.Four => ({ payload: B.bytes(24, n), id: 500 + n, df: true });
/** An error from outside about what the flow said, and what becomes of it in the softwire. */
const came = (type: number, code: number, at: number): B.Step => B.coreIn(B.error(type, code, B.outsideOut(udp, said(1)), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at });
const went = (type: number, code: number, at: number): B.Step => B.accessOut(B.toB4(B.error(type, code, B.insideOut(udp, said(1)), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at });
const changed = (steps: readonly B.Step[]): number => B.tally(B.judge([...B.outward(udp, 0, said(1)), ...B.outward(udp, 0.5, said(2)), ...steps, ...later()], captured), "RFC5508-4.2.1-3").violated;

describe("errors of two types about one packet", () => {
  it("an error stamped before its input waits for that", () => {
    expect(changed([came(3, 1, 1), went(11, 0, 1.01), came(11, 0, 1.02), went(3, 1, 1.03)])).toBe(0);
    expect(changed([went(11, 0, 1), came(3, 1, 1), came(11, 0, 1.02), went(3, 1, 1.03)])).toBe(0);
  });
  it("a type that was changed is told when no other error explains it", () => {
    expect(changed([came(3, 1, 1), went(11, 0, 1.01)])).toBe(1);
  });
  it("may be two whose halves were lost, where others were lost too", () => {
    const fails = (steps: readonly B.Step[]) => B.judge([...B.outward(udp, 0, said(1)), ...steps, ...later()], captured).findings.filter((f) => f.severity === "fail" && f.rule === "RFC5508-4.2.1-3").length;
    const lost = [B.inward(udp, 3, said(3))[0], B.inward(udp, 4, said(4))[1]];
    expect(fails([came(3, 1, 1), went(11, 0, 1.01)])).toBe(1);
    expect(fails([came(3, 1, 1), went(11, 0, 1.01), ...lost])).toBe(0);
  });
});

it("of two errors about packets of one flow each goes with its own, though the core tap's clock is behind: the quoted identification tells them apart", () => {
  const about = (n: number): B.Four => ({ payload: B.bytes(24, n), id: 700 + n });
  const host = (n: number, tos: number, at: number): B.Step => B.accessIn(B.soft(B.error(3, 1, B.insideIn(udp, about(n)), { src: "192.168.1.1", dst: B.HOST, tos })), { at });
  const sent = (n: number, tos: number, at: number): B.Step => B.coreOut(B.error(3, 1, B.outsideIn(udp, about(n)), { src: B.EXT, dst: B.HOST, ttl: 62, tos }), { at });
  const r = B.judge([...B.outward(udp, 0, said(1)), ...B.inward(udp, 1, about(1)), ...B.inward(udp, 1.01, about(2)), sent(1, 0xc0, 2), host(1, 0xc0, 2.017), sent(2, 0, 2.03), host(2, 0, 2.035), ...later()], captured);
  expect(r.findings.map((f) => f.rule)).toEqual([]);
});

describe("an error within milliseconds of the packet that made the binding", () => {
  const one = (n: number): B.Flow => ({ sport: 20000 + 2 * n, eport: 30000 + 2 * n });
  const probe = (n: number, answered: "delivered" | "external" | "lost"): B.Step[] => {
    const about = B.outsideOut(one(n), said(n));
    const quote = answered === "external" ? about : B.insideOut(one(n), said(n));
    return [...B.outward(one(n), n, said(n)), B.coreIn(B.error(3, 3, about, { src: B.HOST, dst: B.EXT, ttl: 50 }), { at: n + 0.01 }),
      ...(answered === "lost" ? [] : [B.accessOut(B.toB4(B.error(3, 3, quote, { src: B.HOST, dst: "192.168.1.10", ttl: 49 })), { at: n + 0.011 })])];
  };
  const found = (answered: "delivered" | "external" | "lost") => B.judge([...B.outward(udp, 0, said(1)), ...B.inward(udp, 0.1, said(2)), ...[1, 2, 3, 4].flatMap((n) => probe(n, answered)), ...later()], captured).findings.map((f) => f.rule).sort();
  it("is about that binding", () => {
    expect(found("delivered")).toEqual([]);
    expect(found("lost")).toEqual(["RFC4787-9-3"]);
    // One deviation, and no word of mappings that are missing or of wrong recipients.
    expect(found("external")).toEqual(["RFC5508-4.2.1-2"]);
  });
});

describe("an error that a router sent, as its TTL shows", () => {
  const about = B.outsideOut(udp, said(1));
  const error = (type: number, code: number, inside: boolean): Uint8Array => B.error(type, code, inside ? B.insideOut(udp, said(1)) : about, inside ? { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 } : { src: B.ROUTER, dst: B.EXT, ttl: 50 });
  const found = (steps: readonly B.Step[]) => B.judge([...B.outward(udp, 0, said(1)), ...B.inward(udp, 0.1, said(2)), ...steps, ...later()], captured).findings.map((f) => f.rule);
  it("is no error of the AFTR's own with a wrong source, though the core tap's clock is 0.3 s ahead", () => {
    const packet = [B.accessIn(B.soft(B.insideOut(udp, said(1))), { at: 0.5 }), B.coreOut(about, { at: 0.801 })];
    expect(found([...packet, B.accessOut(B.toB4(error(3, 3, true)), { at: 0.511 }), B.coreIn(error(3, 3, false), { at: 0.81 })])).toEqual([]);
  });
  it("whose type was changed is one that was forwarded, though the packet that it quotes still waits for an answer", () => {
    expect(found([B.accessIn(B.soft(B.insideOut(udp, said(1))), { at: 0.4 }), B.coreIn(error(3, 3, false), { at: 0.5 }), B.accessOut(B.toB4(error(3, 1, true)), { at: 0.501 })])).toContain("RFC5508-4.2.1-3");
  });
});
