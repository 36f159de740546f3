/** Two internal ends behind one external port: declared (RFC 7857 section 3) and not (RFC 4787 REQ-3, RFC 5382 REQ-7). */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";
import { judge, tally } from "./build.js";

const vary = (n: number): B.Four => ({ payload: B.bytes(30, n), id: n });
const first: B.Flow = { sport: 40000, eport: 41000, dst: B.HOST };
/** Behind the same external port, towards another remote end; and the same inner end of another B4. */
const second: B.Flow = { src: "192.168.1.11", sport: 40002, eport: 41000, dst: B.HOST2 };
const neighbour: B.Flow = { sport: 40000, eport: 41000, dst: B.HOST2, b4: B.B4B };
const rival: B.Flow = { ...second, dst: B.HOST };
/** Both talk in turns. */
const inTurns = (a: B.Flow, b: B.Flow): B.Step[] =>
  Array.from({ length: 6 }, (_, i) => [B.outward(a, 4 * i, vary(8 * i)), B.outward(b, 4 * i + 1, vary(8 * i + 1)), B.inward(a, 4 * i + 2, vary(8 * i + 2)), B.inward(b, 4 * i + 3, vary(8 * i + 3))].flat()).flat();
const declared: B.Run = { over: { nat: { overlapping: "exhausted" }, written: [] } };
const broken = (steps: B.Step[], run: B.Run = {}): string[] => judge(steps, run).rules.filter((t) => t.violated > 0).map((t) => t.rule);

describe("port overlapping", () => {
  it.each([["hosts", second], ["B4s", neighbour]])("declared, %s with different remote ends: nothing is wrong, and the overlap is told", (_, b) => {
    const r = judge(inTurns(first, b), declared);
    expect(r.findings).toEqual([]);
    expect(tally(r, "RFC7857-3-1").observed).toBe(1);
    expect([r.summary.unansweredInputs, r.summary.orphanOutputs]).toEqual([0, 0]);
  });

  it.each([["hosts", second], ["B4s", neighbour]])("declared, %s towards ports below 1024, whose mappings may end at any time (RFC 4787 REQ-5b)", (_, b) => {
    const r = judge(inTurns({ ...first, dport: 443 }, b), declared);
    expect(r.findings).toEqual([]);
    expect([r.summary.unansweredInputs, r.summary.orphanOutputs]).toEqual([0, 0]);
  });

  it("declared: one internal end behind as many external ports as it has remote ends, of which another shares some", () => {
    const web: B.Flow = { ...first, dport: 443 };
    const dns: B.Flow = { ...first, dport: 53, eport: 41002 };
    expect(broken([...inTurns(web, { ...second, dport: 443 }), ...B.outward(dns, 30, vary(91)), ...B.inward(dns, 31, vary(92)), ...B.outward({ ...second, dport: 53 }, 32, vary(93)), ...B.inward(web, 33, vary(94))], declared)).toEqual([]);
  });

  it("declared: who got the first packet of an older binding cannot be the wrong one, though another end was seen before", () => {
    const older = B.inward({ ...first, dport: 443 }, 2, vary(2));
    expect(broken([...B.outward(second, 0, vary(1)), ...older, ...B.outward(second, 3, vary(3)), ...B.inward({ ...first, dport: 443 }, 4, vary(4)), ...B.inward(second, 5, vary(5))], declared)).toEqual([]);
    expect(broken([...B.outward(second, 0, vary(1)), ...older])).toContain("RFC6333-6.6-2");
    // One that is known to have spoken with this remote end is the right one.
    expect(broken([...B.outward(second, 0, vary(1)), B.coreIn(B.outsideIn(second, vary(6)), { at: 6 }), B.accessOut(B.toB4(B.insideIn({ ...second, src: "192.168.1.99" }, vary(6))), { at: 6.001 })], declared)).toContain("RFC6333-6.6-2");
  });

  it("declared: the kind of mapping is not judged, counted in bulk or one by one (RFC 4787 REQ-11)", () => {
    expect(tally(judge([...B.outward(first, 0, vary(1)), ...B.outward({ ...first, dst: B.HOST2 }, 1, vary(2))], declared), "RFC4787-8-1").exercised).toBe(0);
  });

  it("declared, but towards the same remote end: nobody can tell whose the answers are", () => {
    expect(broken([...B.outward(first, 0), ...B.outward(rival, 1, vary(1))], declared)).toContain("RFC4787-4.2.1-1");
  });

  it("declared: one internal end gets another port towards a remote end for whom its own is taken", () => {
    const elsewhere: B.Flow = { ...first, dst: B.HOST2, eport: 41002 };
    expect(broken([...inTurns(first, second), ...B.outward(elsewhere, 40, vary(90)), ...B.inward(elsewhere, 41, vary(91)), ...B.outward(first, 42, vary(92)), ...B.inward(first, 43, vary(93))], declared)).toEqual([]);
  });

  it("declared: packets from strangers prove nothing of a filter", () => {
    const stranger = (at: number): B.Step => B.coreIn(B.outsideIn({ ...first, dst: "198.51.100.200" }, vary(99 + at)), { at });
    expect(broken([...inTurns(first, second), stranger(30), stranger(31), stranger(32), ...B.inward(first, 36, vary(95))], declared)).toEqual([]);
  });

  it("not declared: that, once, and no verdict that takes one internal end for the other", () => {
    const r = judge(inTurns(first, second));
    expect(r.findings.map((f) => [f.rule, f.severity, f.count])).toEqual([["RFC4787-4.2.1-1.apart", "warn", 1]]);
    expect(tally(r, "RFC7857-3-1").observed).toBe(1);
    expect(judge(inTurns(first, neighbour)).findings.map((f) => f.rule)).toEqual(["RFC4787-4.2.1-1.apart"]);
  });
});
