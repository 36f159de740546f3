/** Clauses that ask for other documents as a whole. */
import { expect, it } from "vitest";
import { loadClauses } from "../../src/config/clauses.js";
import { SUM_RULES, sums } from "../../src/judge/index.js";
import { addUp } from "../../src/judge/rules/sums.js";
import type { FindingGroup, RuleTally, Severity } from "../../src/judge/types.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { excused } from "./sums.js";

const tally = (clause: string, severity: Severity, exercised: number, violated = 0): RuleTally => ({ rule: clause, clause, severity, exercised, violated, observed: 0 });
const finding = (clause: string, severity: Severity): FindingGroup => ({
  rule: clause, clause, severity, fingerprint: "f", title: "t", certainty: "seen", count: 1, first: { file: "a", frame: 1 }, last: { file: "a", frame: 1 }, exemplars: [],
});
const of = (clause: string, rules: RuleTally[], findings: FindingGroup[] = []) => addUp(rules, findings, () => true, severityOf).find((t) => t.clause === clause);

it("names clauses that the catalogue holds, and adds up MUSTs that have rules", () => {
  for (const s of SUM_RULES) {
    expect(loadClauses().has(s.clause), s.clause).toBe(true);
    for (const o of s.of) if (typeof o === "string") expect(loadClauses().has(o), o).toBe(true);
    expect([...loadClauses().keys()].filter((c) => sums(s, c) && severityOf(c) === "fail").length, s.clause).toBeGreaterThan(0);
    expect(sums(s, s.clause)).toBe(false);
  }
});

it("is exercised by the MUSTs it names and by nothing else", () => {
  expect(of("RFC6333-8.2-1", [tally("RFC4787-4.1-1", "fail", 5), tally("RFC5382-4.1-1", "fail", 2), tally("RFC4787-4.1-2", "warn", 9), tally("RFC2473-5-2", "fail", 7)])).toMatchObject({ exercised: 7, violated: 0, severity: "fail" });
  expect(of("RFC6888-3-1", [tally("RFC2473-5-2", "fail", 7)])).toBeUndefined();
});

it("counts the rules of its mechanism alone", () => {
  expect(addUp([tally("RFC4213-3.5-1", "fail", 5)], [], () => false, severityOf)).toEqual([]);
});

it("is broken where one of them is, and not where silence only warns", () => {
  const rules = [tally("RFC4787-4.1-1", "fail", 5, 2), tally("RFC5508-3.1-1", "fail", 3, 3)];
  expect(of("RFC6888-3-1", rules, [finding("RFC4787-4.1-1", "fail"), finding("RFC5508-3.1-1", "warn")])).toMatchObject({ exercised: 8, violated: 2 });
  expect(of("RFC5508-7-2", rules, [finding("RFC4787-4.1-1", "fail"), finding("RFC5508-3.1-1", "warn")])).toMatchObject({ exercised: 3, violated: 0 });
});

it("fails with the clauses that broke it, and is excused where profile or waivers excuse all of them", () => {
  expect(excused([])).toMatchObject({ verdict: "fail", reason: "broken by RFC4787-4.1-1, RFC5508-3.1-1" });
  expect(excused(["RFC4787-4.1-1"])).toMatchObject({ verdict: "fail", reason: "broken by RFC5508-3.1-1" });
  expect(excused(["RFC4787-4.1-1", "RFC5508-3.1-1"])).toMatchObject({ verdict: "known-deviation", reason: "broken by RFC4787-4.1-1, RFC5508-3.1-1 alone" });
});
