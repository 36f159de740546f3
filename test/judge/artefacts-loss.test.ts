/** Captures that miss packets: silence is an inference, and a lost packet must not become a failure. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured = { options: { complete: false } };
const plain = (n: number, t: number, lost = false): B.Step[] => {
  const p = B.six({ payload: B.bytes(60, n) });
  const q = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(60, n + 100) });
  const steps = [B.accessIn(B.tunnel(p), { at: t }), B.coreOut(B.hop(p), { at: t + 0.001 }), B.coreIn(q, { at: t + 0.002 }), B.accessOut(B.toCe(B.hop(q)), { at: t + 0.003 })];
  return lost ? steps.slice(0, 3) : steps;
};
/** A packet whose hop limit runs out, answered or not. */
const expiring = (n: number, t: number, answered: boolean): B.Step[] => {
  const p = B.six({ hop: 1, payload: B.bytes(60, 50 + n) });
  const asked = B.accessIn(B.tunnel(p), { at: t });
  return answered ? [asked, B.accessOut(B.toCe(B.error6(3, 0, 0, p)), { at: t + 0.001 })] : [asked];
};
const run = (answered: readonly boolean[], lost = false) => B.judge([
  ...plain(1, 0, lost), ...answered.flatMap((a, i) => expiring(i, 10 * (i + 1), a)), ...plain(2, 100), ...plain(3, 110),
], captured);
const found = (r: ReturnType<typeof run>) => r.findings.filter((f) => f.rule === "RFC4443-3.3-1").map((f) => `${f.severity} ${f.count}`);

describe("answers that are missing in a capture", () => {
  it("fail when three of three are missing", () => expect(found(run([false, false, false]))).toEqual(["fail 3"]));
  it("warn when only one was asked for, and the finding says why", () => {
    expect(found(run([false]))).toEqual(["warn 1"]);
    expect(run([false]).findings.find((f) => f.rule === "RFC4443-3.3-1")?.lowered).toBe("few");
    expect(run([false, false, false]).findings.find((f) => f.rule === "RFC4443-3.3-1")?.lowered).toBeUndefined();
  });
  it("do not count beside answers of the same kind", () => {
    const r = run([true, false, false, false]);
    expect(found(r)).toEqual([]);
    expect(B.tally(r, "RFC4443-3.3-1")).toMatchObject({ exercised: 1, violated: 0 });
  });
  it("do not count when plain packets are missing too", () => {
    const r = run([false, false, false], true);
    expect(found(r)).toEqual([]);
    expect(B.tally(r, "RFC4443-3.3-1")).toMatchObject({ exercised: 0, violated: 0 });
  });
  it("do not count when an error without a known cause went to the sender", () => {
    const other = B.six({ payload: B.bytes(60, 77), hop: 1 });
    const r = B.judge([...plain(1, 0), ...expiring(0, 10, false), B.accessOut(B.toCe(B.error6(3, 0, 0, other)), { at: 10.002 }), ...plain(2, 100), ...plain(3, 110)], captured);
    expect(found(r)).toEqual([]);
  });
  it("fail at once in a replay of the reference", () => {
    expect(B.tally(B.judge(expiring(0, 10, false)), "RFC4443-3.3-1").violated).toBe(1);
  });
});

describe("clocks that disagree", () => {
  it("are noted, and nothing that is missing counts", () => {
    const steps = Array.from({ length: 6 }, (_, n) => plain(n, n * 0.01).map((s) => (s.side === 1 ? { ...s, at: s.at! + 5 } : s))).flat().sort((x, y) => x.at! - y.at!);
    const r = B.judge([...steps, ...plain(9, 100)], captured);
    expect(r.summary.clockSuspect).toBe(true);
    expect(r.findings.filter((f) => f.certainty === "inferred")).toEqual([]);
    expect(run([true]).summary.clockSuspect).toBeUndefined();
  });
});

describe("taps that stop, and the end of a capture", () => {
  const PROBE = "RFC4443-3.3-1";
  const busy = (from: number, to: number): B.Step[] => Array.from({ length: 60 }, (_, i) => plain(i, from + ((to - from) * i) / 60)).flat();
  const probes = (at: number): B.Step[] => expiring(120, at, false);
  const sorted = (...steps: B.Step[]) => B.judge(steps.sort((x, y) => x.at! - y.at!), captured);
  const found = (r: ReturnType<typeof B.judge>) => r.findings.filter((f) => f.rule === PROBE).map((f) => f.count);
  it("the tap of one side that stops makes no silence", () => {
    const self = B.six({ dst: "2001:db8:6464:100::99" });
    const quiet = B.accessIn(B.six({ src: B.HOST, dst: "3fff:9::1" }), { at: 30 });
    // After second 10 the core side shows nothing, the access side does: there the CE's own packet should have come back, but nothing tells of what the core side should show.
    const r = sorted(...busy(0, 10), B.accessIn(B.tunnel(self), { at: 12 }), ...[0, 1, 2].map((n) => B.accessIn(B.tunnel(B.six({ payload: B.bytes(60, 80 + n) })), { at: 13 + n })), quiet);
    expect(r.findings.map((f) => f.rule)).toEqual(["RFC5969-8-3"]);
    // It is alive, however long it was quiet.
    const s = sorted(...busy(0, 10), B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(60, 80) }), { at: 12 }), ...plain(70, 30), ...plain(71, 40));
    expect(s.summary.unansweredInputs).toBe(1);
  });
  it("an input is given several times as long at the end as the device took so far", () => {
    expect(found(sorted(...busy(0, 10), ...probes(9.5)))).toEqual([1]);
    expect(found(sorted(...busy(0, 10), ...probes(9.9)))).toEqual([]);
    // Of a few packets nothing is learned.
    expect(found(sorted(...busy(0, 10).slice(-16), ...probes(9.5)))).toEqual([]);
    // It has taken 300 ms once.
    const slow = B.six({ payload: B.bytes(60, 99) });
    const once = [B.accessIn(B.tunnel(slow), { at: 4 }), B.coreOut(B.hop(slow), { at: 4.3 })];
    expect(found(sorted(...busy(0, 10), ...once, ...probes(9)))).toEqual([]);
    expect(found(sorted(...busy(0, 10), ...once, ...probes(8.4)))).toEqual([1]);
  });
});

describe("packets that come again with another hop limit or traffic class (loops, retransmissions)", () => {
  const p = (hop: number, tc = 0): Uint8Array => B.six({ src: B.HOST, dst: B.ceAddress, hop, tc, payload: B.bytes(60, 9) });
  const into = (hop: number, at: number, tc = 0): B.Step => B.coreIn(p(hop, tc), { at });
  const out = (hop: number, at: number, tc = 0): B.Step => B.accessOut(B.toCe(B.hop(p(hop, tc)), { tos: tc }), { at });
  const later = [...plain(1, 20), ...plain(2, 21)];
  const fails = (steps: readonly B.Step[]): string[] => B.judge([...steps, ...later], captured).findings.filter((f) => f.severity === "fail").map((f) => f.rule);
  it("accuse nobody when a mirror copies one of them going in and the other one coming out", () => {
    expect(fails([into(64, 1), into(64, 1), out(64, 1.001), into(60, 1.2), out(60, 1.201), out(60, 1.201)])).toEqual([]);
    expect(fails([into(64, 1, 0xb8), into(64, 1, 0xb8), out(64, 1.001, 0xb8), into(64, 1.2), out(64, 1.201), out(64, 1.201)])).toEqual([]);
  });
  it("are paired by what fits, whichever waits longer", () => {
    const steps = [into(64, 1, 2), into(64, 1.0001, 2), into(64, 1.0002), out(64, 1.001), out(64, 1.002, 2), out(64, 1.003, 2)];
    expect(fails(steps)).toEqual([]);
    expect(B.judge([...steps, ...later], captured).summary).toMatchObject({ orphanOutputs: 0, unansweredInputs: 0 });
  });
  it("accuse nobody when the last of several is left over by elimination", () => {
    expect(fails([into(64, 1), into(60, 1.0001), out(60, 1.001), out(60, 1.001)])).toEqual([]);
  });
  it("accuse nobody when the tap that would have shown the input had stopped", () => {
    const busy = Array.from({ length: 9 }, (_, i): B.Step[] => plain(i, 2 + i / 10).filter((s) => s.side === 0)).flat();
    const run = (steps: readonly B.Step[]) => B.judge(steps, captured).findings.filter((f) => f.severity === "fail").map((f) => f.rule);
    expect(run([...plain(1, 0), into(64, 1.6), ...busy.slice(0, -2), out(60, 2.7), ...busy.slice(-2)])).toEqual([]);
    expect(run([...plain(1, 0), into(64, 1.6), out(60, 1.7), ...busy])).toEqual(["RFC4213-3.3-1"]);
  });
  it("accuse nobody where the taps lose inputs and outputs, unless there are many more of them", () => {
    const lone = (n: number, at: number): B.Step[] => [plain(10 + n, at)[0], plain(20 + n, at + 0.1)[1], plain(30 + n, at)[2], plain(40 + n, at + 0.1)[3]];
    const torn = (n: number): B.Step[] => Array.from({ length: n }, (_, k): B.Step[] => {
      const q = (hop: number): Uint8Array => B.six({ src: B.HOST, dst: B.ceAddress, hop, payload: B.bytes(60, 60 + k) });
      return [B.coreIn(q(64), { at: 5 + k }), B.accessOut(B.toCe(B.hop(q(60))), { at: 5.01 + k })];
    }).flat();
    expect(fails([...torn(1), ...lone(1, 9)])).toEqual([]);
    expect(fails([...torn(4), ...lone(1, 9), ...lone(2, 10)])).toEqual([]);
    expect(fails([...torn(5), ...lone(1, 9), ...lone(2, 10)])).toEqual(["RFC4213-3.3-1"]);
    // Losses of one tap alone tear no pairs apart.
    expect(fails([...torn(1), ...lone(1, 9).filter((x) => x.side === 0)])).toEqual(["RFC4213-3.3-1"]);
  });
  it("are held against a device that lowers the hop limit by more, or alters the traffic class", () => {
    expect(fails([into(64, 1), out(62, 1.001)])).toEqual(["RFC4213-3.3-1"]);
    expect(fails([into(64, 1, 3), out(64, 1.001)])).toContain("RFC6040-4.1-2");
  });
});

describe("a mirror's second copy of an error that was forwarded", () => {
  const asked = B.six({ payload: B.bytes(60, 9) });
  /** Somebody behind the device complains to the wrong one. */
  const complaint = B.error6(1, 0, 0, asked, { src: B.HOST, dst: "2001:db8:6464:200::1" });
  const sent = (at: number): B.Step => B.accessOut(B.tunnel(B.hop(complaint), { src: B.BR, dst: "10.100.100.2" }), { at });
  const run = (steps: readonly B.Step[]): readonly string[] =>
    B.judge([B.accessIn(B.tunnel(asked), { at: 1 }), B.accessIn(B.tunnel(asked), { at: 1 }), B.coreOut(B.hop(asked), { at: 1.001 }), ...steps, ...plain(1, 20), ...plain(2, 21)], captured)
      .findings.filter((f) => f.severity === "fail").map((f) => f.rule);
  it("is no error of the device", () => expect(run([B.coreIn(complaint, { at: 1.1 }), sent(1.101), sent(1.101)])).toEqual([]));
  it("is one where none came in", () => expect(run([sent(1.101)])).toContain("RFC4443-3-1"));
});

describe("a mirror's copies of a packet that are cut to different lengths", () => {
  const p = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(200) });
  const out = B.toCe(B.hop(p), { df: false, id: 77 });
  const repeated = (cuts: readonly number[], other = out): number =>
    B.tally(B.judge([B.coreIn(p, { at: 1 }), ...cuts.map((cut, i) => B.accessOut(i === 0 ? out : other, { at: 1.001 + i / 1000, cut }))], captured), "RFC6864-4.3-1").violated;
  it("use no identification twice", () => {
    expect(repeated([out.length, 82])).toBe(0);
    expect(repeated([82, 78])).toBe(0);
    expect(repeated([78, 82])).toBe(0);
  });
  it("are told from another packet with the same identification", () => {
    const other = B.toCe(B.hop(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(200, 5) })), { df: false, id: 77 });
    expect(repeated([out.length, out.length], other)).toBe(1);
    expect(repeated([82, 82], other)).toBe(1);
  });
});
