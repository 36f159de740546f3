/** What taps do to captures must not turn conforming traffic into a violation of the rules on tunnels: loss, copies, clocks 50 ms apart, cut packets. */
import { describe, expect, it } from "vitest";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import { judge, type Step } from "./build.js";
import type { Case } from "./exhibit.js";
import { tunnelExhibits } from "./exhibits-tunnel.js";

const clauses = loadClauses();
const options = { complete: false, severityOf: (clause: string) => defaultSeverity(clauses.get(clause)!) };
const timed = (c: Case): Step[] => c.steps.map((s, i) => ({ ...s, at: s.at ?? i * 0.03 }));
/** Rules of the exhibits that find something. */
function found(steps: readonly Step[], c: Case): string[] {
  const mine = new Set(tunnelExhibits.map((e) => e.rule));
  const r = judge(steps, { ...c, options: { ...c.options, ...options } });
  return r.findings.filter((f) => mine.has(f.rule) && (f.severity === "fail" || f.severity === "warn")).map((f) => `${f.rule} ${f.severity}`);
}

const artefacts: readonly (readonly [string, (steps: readonly Step[]) => Step[][]])[] = [
  ["one packet is lost at a tap", (steps) => steps.map((_, lost) => steps.filter((__, i) => i !== lost))],
  ["a port mirror shows everything twice", (steps) => [steps.flatMap((s) => [s, { ...s, at: s.at! + 0.00001 }]), steps.flatMap((s) => [s, { ...s, at: s.at! + 0.0009 }])]],
  ["the clocks of the taps differ by 50 ms", (steps) => [0.049, -0.049].map((skew) => steps.map((s) => (s.side === 0 ? s : { ...s, at: Math.max(0, s.at! + skew) })))],
  ["packets are cut at 96 or 128 bytes", (steps) => [96, 128].map((n) => steps.map((s) => (s.packet.length > n ? { ...s, cut: n } : s)))],
];

describe.each(tunnelExhibits)("$rule", (e) => {
  it.each(artefacts)("is not broken where %s", (_, change) => {
    for (const [i, c] of e.conforming.entries()) {
      const clean = found(timed(c), c);
      for (const steps of change(timed(c))) expect(found(steps, c).filter((f) => !clean.includes(f)), `conforming ${i}`).toEqual([]);
    }
  });
});
