/** Checksum offload at one tap only: the sum of the pseudo-header stands where the network card will put the checksum. */
import { describe, expect, it } from "vitest";
import { put16, u16 } from "../../src/wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../src/wire/checksum.js";
import * as B from "./build.js";

const captured = { options: { complete: false } };
const FIELD = { 17: 46, 6: 56 } as const;
type Protocol = keyof typeof FIELD;

/** A packet with a right transport checksum. */
function summed(next: Protocol, seed: number, over: B.SixOptions = {}): Uint8Array {
  const p = B.six({ next, payload: B.bytes(80, seed), ...over });
  if (next === 17) put16(p, 44, p.length - 40);
  put16(p, FIELD[next], 0);
  put16(p, FIELD[next], finish(sum(p, 40, p.length - 40, pseudo6(p, 8, p.length - 40, next))));
  return p;
}
function partial(p: Uint8Array): Uint8Array {
  const c = p.slice();
  put16(c, FIELD[p[6] as Protocol], fold(pseudo6(c, 8, c.length - 40, p[6])));
  return c;
}
const later = (): B.Step[] => [B.accessIn(B.tunnel(summed(17, 90)), { at: 30 }), B.coreOut(B.hop(summed(17, 90)), { at: 30.001 })];
const back = { src: B.HOST, dst: B.ceAddress };

describe.each([17, 6] as const)("a partial checksum of protocol %i at one tap", (next) => {
  it("on what the device sends pairs and accuses nobody", () => {
    const steps = [1, 2, 3, 4].flatMap((k) => {
      const out = summed(next, k);
      const home = summed(next, 20 + k, back);
      return [B.accessIn(B.tunnel(out), { at: k }), B.coreOut(partial(B.hop(out)), { at: k + 0.001 }), B.coreIn(home, { at: k + 0.002 }), B.accessOut(B.toCe(partial(B.hop(home))), { at: k + 0.003 })];
    });
    const r = B.judge([...steps, ...later()], captured);
    expect(r.summary).toMatchObject({ paired: 9, orphanOutputs: 0, unansweredInputs: 0 });
    expect(r.summary.clockSuspect).toBeUndefined();
    expect(r.findings.filter((f) => f.severity === "fail" || f.severity === "warn")).toEqual([]);
    expect(B.tally(r, "RFC4213-3.6-8").exercised).toBeGreaterThan(0);
  });

  it("on what it receives pairs too, the effect first as well", () => {
    const p = summed(next, 5);
    const r = B.judge([B.accessIn(B.tunnel(partial(p)), { at: 1 }), B.coreOut(B.hop(p), { at: 1.001 }), B.coreOut(B.hop(summed(next, 6)), { at: 2 }), B.accessIn(B.tunnel(partial(summed(next, 6))), { at: 2.01 }), ...later()], captured);
    expect(r.summary).toMatchObject({ paired: 3, orphanOutputs: 0 });
    expect(B.tally(r, "RFC4213-3.6-8").violated).toBe(0);
  });

  it("makes no partner of a packet with another payload", () => {
    const p = summed(next, 5);
    const r = B.judge([B.accessIn(B.tunnel(p), { at: 1 }), B.coreOut(partial(B.changed(B.hop(p), 110, p[110] ^ 1)), { at: 1.001 }), ...later()], captured);
    expect(r.summary.orphanOutputs).toBe(1);
    expect(B.tally(r, "RFC4213-3.6-8").violated).toBe(0);
  });

  it("is nothing but that: another wrong checksum pairs too, for all else is equal, and is told", () => {
    const p = summed(next, 5);
    const broken = B.hop(p).slice();
    put16(broken, FIELD[next], u16(broken, FIELD[next]) ^ 0x55);
    const r = B.judge([B.accessIn(B.tunnel(p), { at: 1 }), B.coreOut(broken, { at: 1.001 }), ...later()], captured);
    expect(r.summary.orphanOutputs).toBe(0);
    expect(r.findings.filter((f) => f.clause === "RFC4213-3.6-8").map((f) => [f.rule, f.severity, f.count])).toEqual([["RFC4213-3.6-8.sum", "warn", 1]]);
  });

  it("differs, but of cut packets nobody knows whether the rest is equal", () => {
    const p = summed(next, 5);
    const broken = B.hop(p).slice();
    put16(broken, FIELD[next], u16(broken, FIELD[next]) ^ 0x55);
    const r = B.judge([B.accessIn(B.tunnel(p), { at: 1, cut: 100 }), B.coreOut(broken, { at: 1.001, cut: 80 }), ...later()], captured);
    expect(r.summary.orphanOutputs).toBe(1);
  });
});
