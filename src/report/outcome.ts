/** How a run ended, in words: the exit code with its reason, and verdicts that no finding tells of. */
import { caseProblems, waiverTrouble, type Report } from "./model.js";
import type { ClauseLine, Verdict } from "./record.js";
import { counted, thousands } from "./text.js";

const EXIT_TEXT: Record<number, string> = {
  0: "conforming", 1: "non-conforming", 2: "usage, configuration, profile or waiver invalid",
  3: "input unreadable or truncated; what was readable is judged", 4: "no packet exercised a clause", 70: "internal error of softproof", 130: "interrupted",
};
/** Why a run in which no clause fails is non-conforming all the same. */
function besideClauses(report: Report): string {
  const cases = report.cases.filter((c) => c.verdict === "fail" && caseProblems(c).length > 0).length;
  const waivers = waiverTrouble(report).filter((t) => t.loud).length;
  const reasons = [...(cases === 0 ? [] : [counted(cases, "case is not as its spec or golden says", "cases are not as their spec or golden says")]), ...(waivers === 0 ? [] : [counted(waivers, "waiver passed unexpectedly", "waivers passed unexpectedly")])];
  return reasons.length > 0 ? reasons.join(", ") : report.numbers.warned > 0 ? `${thousands(report.numbers.warned)} warned (--fail-on warn)` : "";
}

/** The exit code in words. */
export function exitText(report: Report): string {
  if (report.footer === undefined) return "no exit code: the run did not end, this report is incomplete";
  const { exitCode, exercised, applicable, failed } = report.footer;
  // Little evidence is no good news: 3 clauses of 129 that hold say nothing of the other 126.
  const few = exitCode === 0 && exercised * 2 < applicable ? ` in what was exercised, ${thousands(exercised)} of the ${thousands(applicable)} applicable clauses${report.profiles.length > 1 ? " x profiles" : ""}` : "";
  const beside = exitCode === 1 && failed === 0 ? besideClauses(report) : "";
  return `exit ${exitCode}: ${EXIT_TEXT[exitCode] ?? "unknown"}${few}${beside === "" ? "" : `: ${beside}`}${report.complete ? "" : " (incomplete run)"}`;
}

/** A verdict that no finding of the report is of, with its reason and its profiles: a clause that sums up others, or one judged on the card's configuration alone. */
export interface Unfound { readonly clause: ClauseLine; readonly profiles: readonly string[]; readonly reason: string }
export function unfound(report: Report, verdict: Verdict): Unfound[] {
  const found = new Set(report.findings.flatMap((f) => f.where.map((w) => JSON.stringify([f.group.clause, w.profile]))));
  return report.clauses.flatMap((clause) => {
    const byReason = new Map<string, string[]>();
    for (const p of report.profiles) {
      const v = report.verdict(clause.id, p.id);
      if (v?.verdict === verdict && v.reason !== undefined && !found.has(JSON.stringify([clause.id, p.id]))) byReason.set(v.reason, [...(byReason.get(v.reason) ?? []), p.id]);
    }
    return [...byReason].map(([reason, profiles]) => ({ clause, profiles, reason }));
  });
}
