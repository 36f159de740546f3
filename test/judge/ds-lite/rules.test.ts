import { describe, expect, it } from "vitest";
import { loadClauses } from "../../../src/config/clauses.js";
import { RULES } from "../../../src/judge/index.js";
import { DS_LITE_RULES } from "../../../src/judge/rules/dslite/index.js";
import { judge, tally } from "./build.js";
import { exhibits as others } from "./exhibits.js";
import { choiceExhibits } from "./exhibits-choices.js";
import { declaredExhibits } from "./exhibits-declared.js";
import { natExhibits } from "./exhibits-nat.js";
import { relayExhibits } from "./exhibits-relay.js";

const exhibits = [...others, ...natExhibits, ...choiceExhibits, ...declaredExhibits, ...relayExhibits];

it("has exhibits for every rule, and every rule names a clause of the catalogue", () => {
  expect(exhibits.map((e) => e.rule).sort()).toEqual(DS_LITE_RULES.map((r) => r.id).sort());
  expect(new Set(RULES.map((r) => r.id)).size).toBe(RULES.length);
  const clauses = loadClauses();
  for (const r of DS_LITE_RULES) expect(clauses.has(r.clause), r.clause).toBe(true);
});

describe.each(exhibits)("$rule", (e) => {
  it("counts conforming traffic and finds nothing", () => {
    expect(e.conforming.length).toBeGreaterThan(0);
    for (const [i, c] of e.conforming.entries()) {
      const t = tally(judge(c.steps, c), e.rule);
      expect(t.exercised, `conforming ${i}`).toBeGreaterThan(0);
      expect(t.violated, `conforming ${i}`).toBe(0);
    }
  });
  it("finds the violation, with its packets and fields", () => {
    expect((e.violating ?? e.used ?? []).length).toBeGreaterThan(0);
    for (const [i, c] of (e.violating ?? []).entries()) {
      const r = judge(c.steps, c);
      expect(tally(r, e.rule).violated, `violating ${i}`).toBeGreaterThan(0);
      const group = r.findings.find((f) => f.rule === e.rule)!;
      const x = group.exemplars[0];
      expect(x.message.length * x.why.length * x.packets.length * x.filter.length).toBeGreaterThan(0);
      for (const f of x.fields) {
        expect(f.expected, `${e.rule} ${f.field}`).not.toBe(f.seen);
        expect(f.packet).toBeLessThan(x.packets.length);
        expect(f.offset).toBeGreaterThanOrEqual(0);
        expect((f.offset + f.length) * 2, `${e.rule} ${f.field}`).toBeLessThanOrEqual(x.packets[f.packet].hex.length);
      }
    }
  });
  it("observes a freedom that is made use of", () => {
    for (const [i, c] of (e.used ?? []).entries()) expect(tally(judge(c.steps, c), e.rule), `used ${i}`).toMatchObject({ violated: 0, observed: expect.toSatisfy((n: number) => n > 0) });
  });
  it("leaves traffic alone that only comes near", () => {
    for (const [i, c] of (e.near ?? []).entries()) expect(tally(judge(c.steps, c), e.rule).violated, `near ${i}`).toBe(0);
  });
});

it("is told the truth by rules about where their checks say nothing", () => {
  // Claims (`sure`) hold for what these conditions let through; every judgement of this helper tests them.
  const always = DS_LITE_RULES.map(({ facts: _facts, proto: _proto, notes: _notes, outputFacts: _outputFacts, sure: _sure, ...rule }) => rule);
  expect(DS_LITE_RULES.filter((r) => r.facts !== undefined || r.proto !== undefined || r.notes !== undefined || r.outputFacts !== undefined).length).toBeGreaterThan(50);
  // One exhibit of each kind: all of them take a minute.
  for (const e of exhibits) for (const c of [...e.conforming.slice(0, 1), ...(e.violating ?? e.used ?? []).slice(0, 1)]) expect(judge(c.steps, c, always), e.rule).toEqual(judge(c.steps, c));
});
