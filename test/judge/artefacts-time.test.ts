/** Captures by two taps: stamps jitter, lengths are cut. A conforming device must not be accused for that. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured = { options: { complete: false } };
/** Traffic long after, so that the windows of what came before are over. */
const later = (): B.Step[] => [0, 1].flatMap((k) => {
  const p = B.six({ payload: B.bytes(60, 90 + k) });
  const q = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(60, 95 + k) });
  const at = 20 + k;
  return [B.accessIn(B.tunnel(p), { at }), B.coreOut(B.hop(p), { at: at + 0.001 }), B.coreIn(q, { at: at + 0.002 }), B.accessOut(B.toCe(B.hop(q)), { at: at + 0.003 })];
});
/** Two packets of one flow whose first 60 bytes are equal. */
const twins = (): [Uint8Array, Uint8Array] => {
  const head = B.bytes(80, 3);
  return [B.six({ payload: head }), B.six({ payload: B.changed(head, 70, head[70] ^ 0xff) })];
};

describe("an output stamped before its input", () => {
  it("is not taken as an altered copy of another packet that waits", () => {
    const [a, b] = twins();
    const r = B.judge([
      B.accessIn(B.tunnel(a), { at: 1 }), B.coreOut(B.hop(b), { at: 1.001 }), B.accessIn(B.tunnel(b), { at: 1.011 }), B.coreOut(B.hop(a), { at: 1.012 }), ...later(),
    ], captured);
    expect(B.tally(r, "RFC4213-3.6-8")).toMatchObject({ violated: 0, exercised: 4 });
    expect(r.summary).toMatchObject({ orphanOutputs: 0, unansweredInputs: 0 });
  });

  it("runs all rules on the late pair", () => {
    const p = B.six();
    const r = B.judge([B.coreOut(B.changed(p, 7, 20), { at: 1 }), B.accessIn(B.tunnel(p), { at: 1.03 }), ...later()], captured);
    expect(B.tally(r, "RFC4213-3.3-1").violated).toBe(1);
  });

  it("is still altered when its exact input never comes, at the end of the capture too", () => {
    const [a, b] = twins();
    const steps = [B.accessIn(B.tunnel(a), { at: 1 }), B.coreOut(B.hop(b), { at: 1.001 })];
    expect(B.tally(B.judge([...steps, ...later()], captured), "RFC4213-3.6-8").violated).toBe(1);
    expect(B.tally(B.judge(steps, captured), "RFC4213-3.6-8").violated).toBe(1);
  });
});

describe("an answer stamped before its cause", () => {
  it("is known for Time Exceeded", () => {
    const p = B.six({ hop: 1 });
    const r = B.judge([B.accessOut(B.toCe(B.error6(3, 0, 0, p)), { at: 1 }), B.accessIn(B.tunnel(p), { at: 1.01 }), ...later()], captured);
    expect(B.tally(r, "RFC4443-3.3-1")).toMatchObject({ exercised: 1, violated: 0 });
    expect(r.summary.orphanOutputs).toBe(0);
  });

  it("is known for Packet Too Big, and its MTU is judged", () => {
    const big = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1460) });
    const run = (mtu: number) => B.judge([B.coreOut(B.error6(2, 0, mtu, big, { dst: B.HOST }), { at: 1 }), B.coreIn(big, { at: 1.01 }), ...later()], captured);
    expect(B.tally(run(1480), "RFC4443-3.2-1")).toMatchObject({ exercised: 1, violated: 0 });
    expect(B.tally(run(9000), "RFC4443-3.2-1")).toMatchObject({ exercised: 1, violated: 1 });
  });

  it("is known for an echo reply", () => {
    const ask = B.echo({ dst: B.brAnycast });
    const r = B.judge([B.accessOut(B.toCe(B.echoReply({ src: "3fff:0:c::1", dst: B.ceAddress })), { at: 1 }), B.accessIn(B.tunnel(ask), { at: 1.01 }), ...later()], captured);
    expect(B.tally(r, "RFC5969-5-1")).toMatchObject({ exercised: 1, violated: 0 });
  });
});

describe("an error that is handed on, stamped before the ICMPv4 error that it came from", () => {
  const probe = B.six({ dst: "2001:db8:6464:100::99" });
  const back = B.toCe(B.hop(probe));
  const relayed = (p: Uint8Array) => B.accessOut(B.toCe(B.error6(1, 3, 0, B.hop(p), { src: "3fff:0:c::1", dst: B.ceAddress })), { at: 1.001 });
  const came = B.accessIn(B.error4(3, 1, 0, back, { src: "10.9.9.9", dst: B.BR }), { at: 1.01 });

  it("answers that one, and the probe comes back, also later", () => {
    const r = B.judge([B.accessIn(B.tunnel(probe), { at: 1 }), relayed(probe), came, B.accessOut(back, { at: 1.015 }), ...later()], captured);
    expect(B.tally(r, "RFC5969-8-3")).toMatchObject({ exercised: 1, violated: 0 });
    expect(r.summary).toMatchObject({ orphanOutputs: 0, unansweredInputs: 0 });
  });
  it("answers the packet where no ICMPv4 error came, and one of them is no proof that the probe did not come back", () => {
    const run = (n: number) => B.judge([...Array.from({ length: n }, (_, k) => [B.accessIn(B.tunnel(B.six({ dst: "2001:db8:6464:100::99", payload: B.bytes(50, k) })), { at: 2 + k }), B.accessOut(B.toCe(B.error6(1, 3, 0, B.six({ dst: "2001:db8:6464:100::99", payload: B.bytes(50, k) }), { src: "3fff:0:c::1", dst: B.ceAddress })), { at: 2.001 + k })]).flat(), ...later()], captured);
    expect(run(1).findings.filter((f) => f.rule === "RFC5969-8-3").map((f) => f.severity)).toEqual(["warn"]);
    expect(run(3).findings.filter((f) => f.rule === "RFC5969-8-3").map((f) => f.severity)).toEqual(["fail"]);
  });
});

describe("a short snap length", () => {
  it("still pairs a Time Exceeded of which the quoted source is visible", () => {
    const p = B.six({ hop: 1 });
    const r = B.judge([B.accessIn(B.tunnel(p), { at: 1, cut: 82 }), B.accessOut(B.toCe(B.error6(3, 0, 0, p)), { at: 1.001, cut: 20 + 40 + 8 + 24 }), ...later()], captured);
    expect(r.findings.filter((f) => f.rule === "RFC4443-3.3-1")).toEqual([]);
    expect(r.summary.orphanOutputs).toBe(0);
  });
});
