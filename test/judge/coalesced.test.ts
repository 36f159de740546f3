/** Several TCP segments as one frame (LRO, GRO, GSO) at one tap or both: no wire carried that, and no device is accused for it. What a device itself cuts off or adds is still told. */
import { describe, expect, it } from "vitest";
import { put16, put32, u16 } from "../../src/wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../src/wire/checksum.js";
import * as B from "./build.js";

const captured: B.Run = { options: { complete: false } };
const DATA = B.bytes(6000, 7).map((v, i) => (v * 131 + i * i) & 255);
/** `stale`: that of the first 1000 bytes. */
type Sum = "right" | "stale" | "partial";
/** Bytes `from` to `to` of a stream from the CE to the host. */
function segment(from: number, to: number, kind: Sum = "right", o: B.SixOptions = {}): Uint8Array {
  const t = new Uint8Array(20 + to - from);
  put16(t, 0, 40000);
  put16(t, 2, 80);
  put32(t, 4, 1000 + from);
  put32(t, 8, 1);
  t[12] = 0x50;
  t[13] = 0x10;
  put16(t, 14, 8000);
  t.set(DATA.subarray(from, to), 20);
  const p = B.six({ next: 6, payload: t, ...o });
  const pseudo = pseudo6(p, 8, t.length, 6);
  put16(p, 56, kind === "partial" ? fold(pseudo) : kind === "stale" ? u16(segment(from, from + 1000, "right", o), 56) : finish(sum(p, 40, t.length, pseudo)));
  return p;
}
const parts = [0, 1, 2, 3].map((k) => segment(k * 1000, k * 1000 + 1000));
const back = { src: B.HOST, dst: B.ceAddress };
const later = [0, 1].flatMap((k) => [B.accessIn(B.tunnel(B.six({ payload: B.bytes(60, k) })), { at: 20 + k }), B.coreOut(B.hop(B.six({ payload: B.bytes(60, k) })), { at: 20.001 + k })]);
const fails = (steps: readonly B.Step[], run: B.Run = captured): string[] => B.judge([...steps, ...later], run).findings.filter((f) => f.severity === "fail").map((f) => f.fingerprint);

describe("one frame for four segments", () => {
  it.each(["right", "partial", "stale"] as const)("where the device sent them, %s checksum", (kind) => {
    expect(fails([...parts.map((p, i) => B.accessIn(B.tunnel(p), { at: 1 + i / 1e4 })), B.coreOut(B.hop(segment(0, 4000, kind)), { at: 1.001 })])).toEqual([]);
  });
  it.each(["right", "partial", "stale"] as const)("where it received them, %s checksum", (kind) => {
    expect(fails([B.accessIn(B.tunnel(segment(0, 4000, kind)), { at: 1 }), ...parts.map((p, i) => B.coreOut(B.hop(p), { at: 1.001 + i / 1e4 }))])).toEqual([]);
  });
  it("at both taps: longer than the link takes, so the tunnel MTU was none of its concern", () => {
    const statically: B.Run = { ...captured, config: B.config({ tunnelMtuMode: "static" }) };
    const run = (p: Uint8Array) => B.judge([B.coreIn(p, { at: 1 }), B.accessOut(B.toCe(B.hop(p), { df: false }), { at: 1.001 }), ...later], statically).findings.map((f) => f.fingerprint);
    expect(run(segment(0, 4000, "right", back))).toEqual([]);
    expect(run(segment(0, 1425, "right", back))).toContain("RFC4213-3.2.1-1:larger");
  });
});

it("datagrams in another order within a frame that no wire carried are no alteration", () => {
  const both = (from: number, to: number): Uint8Array => Uint8Array.from([...B.bytes(8, 1), ...DATA.subarray(from, from + 1200), ...DATA.subarray(to, to + 1200)]);
  const into = B.six({ payload: both(0, 1200) });
  const out = B.changed(B.six({ payload: both(0, 2400) }), 47, into[47]);
  expect(fails([B.accessIn(B.tunnel(into), { at: 1 }), B.coreOut(B.hop(out), { at: 1.001 })])).toEqual([]);
});

describe("what the device itself does to a segment", () => {
  const altered = (into: Uint8Array, out: Uint8Array) => fails([B.accessIn(B.tunnel(into), { at: 1 }), B.coreOut(B.hop(out), { at: 1.001 })]);
  it("cut off: the checksum of what is left is wrong", () => expect(altered(segment(0, 1000), segment(0, 990, "stale"))).toEqual(["RFC4213-3.6-8:altered"]));
  it("added: too little for another segment, and the checksum is wrong", () => expect(altered(segment(0, 1000), segment(0, 1010, "stale"))).toEqual(["RFC4213-3.6-8:altered"]));
});
