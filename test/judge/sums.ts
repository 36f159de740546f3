import { addUp } from "../../src/judge/rules/sums.js";
import type { FindingGroup, RuleTally } from "../../src/judge/types.js";
import type { ClauseLine, VerdictLine } from "../../src/report/record.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { REFERENCE_PROFILE, verdictsFor } from "../../src/suite/verdicts.js";

const BROKEN = ["RFC4787-4.1-1", "RFC5508-3.1-1"];

/** The verdict on RFC6333-8.2-1 when two of its MUSTs are broken and the profile documents some of that. */
export function excused(known: readonly string[]): VerdictLine | undefined {
  const rules = BROKEN.map((c): RuleTally => ({ rule: c, clause: c, severity: "fail", exercised: 2, violated: 1, observed: 0 }));
  const findings = BROKEN.map((c): FindingGroup => ({
    rule: c, clause: c, severity: "fail", fingerprint: "f", title: "t", certainty: "seen", count: 1, first: { file: "a", frame: 1 }, last: { file: "a", frame: 1 }, exemplars: [],
  }));
  const clauses = [...BROKEN, "RFC6333-8.2-1"].map((id): ClauseLine => ({ type: "clause", id, rfc: 1, section: "1", level: "MUST", statement: "s", check: "c", rule: id }));
  const view = { ...REFERENCE_PROFILE, knownDeviation: (c: string) => (known.includes(c) ? "documented" : undefined) };
  return verdictsFor(clauses, [{ rules: [...rules, ...addUp(rules, findings, () => true, severityOf)], findings, complete: true }], view).find((l) => l.clause === "RFC6333-8.2-1");
}
