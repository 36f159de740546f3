/** Packets that are alike, packets that were altered where pairs are found, and packets of others: what is paired, and what is not. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured = { options: { complete: false } };
const ping = (id: number) => B.echo({ src: B.HOST, dst: B.ceAddress }, id);
const flipped = (p: Uint8Array) => B.changed(B.hop(p), 45, p[45] ^ 1);
const altered = (steps: readonly B.Step[], run: B.Run = {}) => B.judge(steps, run).findings.filter((f) => f.rule === "RFC4213-3-1").map((f) => f.count);

describe("an output that was altered in its first bytes", () => {
  it.each([["whole", {}], ["captured", captured]] as const)("is paired with the one input that fits (%s)", (_, run) => {
    const r = B.judge([B.coreIn(ping(7)), B.accessOut(B.toCe(flipped(ping(7)))), B.coreIn(ping(0x77770000), { at: 5 })], run);
    const found = r.findings.find((f) => f.rule === "RFC4213-3-1");
    expect(found?.count).toBe(1);
    expect(found?.exemplars[0].packets.map((p) => p.place.frame)).toEqual([1, 2]);
  });
  it("accuses nobody when two inputs fit", () => expect(altered([B.coreIn(ping(7)), B.coreIn(ping(6)), B.accessOut(B.toCe(flipped(ping(7))))], captured)).toEqual([]));
  it("accuses nobody of a packet of the same flow whose own input the tap lost", () => expect(altered([B.coreIn(ping(7)), B.accessOut(B.toCe(B.hop(ping(6))))], captured)).toEqual([]));
  it("accuses nobody when the input was wrong already", () => {
    const wrong = B.changed(ping(7), 42, 0);
    expect(altered([B.coreIn(wrong), B.accessOut(B.toCe(flipped(wrong)))], captured)).toEqual([]);
  });
});

describe("packets that are alike but for the hop limit", () => {
  const up = (hop: number) => B.six({ hop });
  it("an output that is stamped before its own input is not taken for that of another", () => {
    const r = B.judge([B.accessIn(B.tunnel(up(1)), { at: 0 }), B.coreOut(up(63), { at: 0.002 }), B.accessIn(B.tunnel(up(64)), { at: 0.003 }), B.accessIn(B.tunnel(up(9)), { at: 9 })], captured);
    expect(r.findings.filter((f) => f.rule === "RFC8200-3-1" || f.rule === "RFC4213-3.3-1")).toEqual([]);
    expect(r.summary.paired).toBe(1);
  });
  it("an exceeded hop limit is not accused of a copy whose input the tap lost", () => {
    const r = B.judge([B.accessIn(B.tunnel(up(1)), { at: 0 }), B.coreOut(up(63), { at: 0.002 }), B.accessIn(B.tunnel(B.six({ payload: B.bytes(50, 3) })), { at: 9 })], captured);
    expect(r.findings.filter((f) => f.rule === "RFC8200-3-1")).toEqual([]);
  });
  it("a hop limit that was not lowered is still found", () => {
    const r = B.judge([B.accessIn(B.tunnel(up(64)), { at: 0 }), B.coreOut(up(64), { at: 0.002 }), B.accessIn(B.tunnel(up(9)), { at: 9 })], captured);
    expect(r.findings.filter((f) => f.rule === "RFC4213-3.3-1").map((f) => f.count)).toEqual([1]);
  });
});

it("an ICMPv4 error belongs to the copy whose outer header it quotes", () => {
  const p = B.six();
  const ours = B.tunnel(p, { id: 4 });
  const r = B.judge([B.accessIn(B.tunnel(p, { dst: "224.0.0.1", id: 4 })), B.accessIn(ours), B.accessOut(B.error4(3, 2, 0, ours, { src: B.BR, dst: B.CE }))], captured);
  expect(r.findings.filter((f) => f.rule === "RFC1812-4.3.2.7-1")).toEqual([]);
});
