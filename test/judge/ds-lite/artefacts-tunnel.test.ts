/** What taps do to captures must not turn conforming traffic into a violation of the rules on tunnels: loss, copies, clocks 50 ms apart, cut packets. */
import { describe, expect, it } from "vitest";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import * as B from "./build.js";
import { judge, type Step } from "./build.js";
import type { Case } from "./exhibit.js";
import { declaredExhibits } from "./exhibits-declared.js";
import { tunnelExhibits } from "./exhibits-tunnel.js";

const exhibits = [...tunnelExhibits, ...declaredExhibits];
const clauses = loadClauses();
const options = { complete: false, severityOf: (clause: string) => defaultSeverity(clauses.get(clause)!) };
const timed = (c: Case): Step[] => c.steps.map((s, i) => ({ ...s, at: s.at ?? i * 0.03 }));
/** Rules of the exhibits that find something. */
function found(steps: readonly Step[], c: Case): string[] {
  const mine = new Set(exhibits.map((e) => e.rule));
  const r = judge(steps, { ...c, options: { ...c.options, ...options } });
  return r.findings.filter((f) => mine.has(f.rule) && (f.severity === "fail" || f.severity === "warn")).map((f) => `${f.rule} ${f.severity}`);
}

const artefacts: readonly (readonly [string, (steps: readonly Step[]) => Step[][]])[] = [
  ["one packet is lost at a tap", (steps) => steps.map((_, lost) => steps.filter((__, i) => i !== lost))],
  ["a port mirror shows everything twice", (steps) => [steps.flatMap((s) => [s, { ...s, at: s.at! + 0.00001 }]), steps.flatMap((s) => [s, { ...s, at: s.at! + 0.0009 }])]],
  ["the clocks of the taps differ by 50 ms", (steps) => [0.049, -0.049].map((skew) => steps.map((s) => (s.side === 0 ? s : { ...s, at: Math.max(0, s.at! + skew) })))],
  ["packets are cut at 96 or 128 bytes", (steps) => [96, 128].map((n) => steps.map((s) => (s.packet.length > n ? { ...s, cut: n } : s)))],
];

it("silence proves nothing where an error was cut before its quotation could be read", () => {
  const expired = (i: number) => B.insideOut({ sport: 33300 + i, dport: 33435 }, { ttl: 1, payload: B.bytes(32) });
  const steps = [3, 6, 9].flatMap((at) => [
    B.accessIn(B.soft(expired(at)), { at }),
    // With a destination options header 24 bytes of the quotation are visible: no ports.
    B.accessOut(B.toB4(B.error(11, 0, expired(at), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 }, 60), { ext: B.LIMIT }), { at: at + 0.0001, cut: 100 }),
    ...B.outward({ sport: 50000 + 2 * at, eport: 60000 + 2 * at }, at + 2.5),
  ]);
  const rules = (list: readonly Step[]) => judge([...B.outward({ sport: 50000, eport: 60000 }, 0), ...B.inward({ sport: 50000, eport: 60000 }, 1), ...list, ...B.inward({ sport: 50000, eport: 60000 }, 20)], { options }).findings.map((f) => f.rule);
  expect(rules(steps)).not.toContain("RFC5508-7.2-1");
  expect(rules(steps.filter((s) => s.cut === undefined))).toContain("RFC5508-7.2-1");
});

it("what the device sends of its own puts no silence in doubt", () => {
  const f = { sport: 50000, eport: 60000 };
  const steady = Array.from({ length: 40 }, (_, i) => [...B.outward(f, i * 0.1, { payload: B.bytes(20, i), id: i }), ...B.inward(f, i * 0.1 + 0.05, { payload: B.bytes(20, i), id: i })]).flat();
  const lost = [5, 8, 11, 14].map((at) => B.accessIn(B.soft(B.insideOut(f, { payload: B.bytes(24, at), id: at }), { ext: B.LIMIT }), { at }));
  const word = (seq: number): number => (7 << 16) | seq;
  const echoes = [6, 7, 9, 10].flatMap((at) => [
    B.accessIn(B.soft(B.four({ proto: 1, type: 8, word: word(at), dst: "192.0.0.1" })), { at }), B.accessOut(B.toB4(B.four({ proto: 1, type: 0, word: word(at), src: "192.0.0.1", dst: "192.168.1.10" })), { at: at + 0.001 }),
  ]);
  const rules = (list: readonly Step[]) => judge([...steady, ...lost, ...list, ...B.outward(f, 20), ...B.inward(f, 21)], { options }).findings.map((x) => x.rule);
  expect(rules([])).toContain("RFC2473-3.3-1");
  expect(rules(echoes)).toContain("RFC2473-3.3-1");
});

describe.each(exhibits)("$rule", (e) => {
  it.each(artefacts)("is not broken where %s", (_, change) => {
    for (const [i, c] of e.conforming.entries()) {
      const clean = found(timed(c), c);
      for (const steps of change(timed(c))) expect(found(steps, c).filter((f) => !clean.includes(f)), `conforming ${i}`).toEqual([]);
    }
  });
});
