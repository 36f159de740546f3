/**
 * Clauses that ask for other documents as a whole ("must conform to RFC 4787"). Such a clause is judged by the rules on what it names: it is exercised
 * where one of those MUSTs is, and broken where one of them is. It has no findings of its own: the broken clauses tell theirs.
 */
import type { Mechanism } from "../../config/types.js";
import type { RuleInfo } from "../rule.js";
import type { FindingGroup, RuleTally, Severity } from "../types.js";

export interface SumRule extends RuleInfo {
  /** Clauses that it adds up: those of whole documents (their numbers), or single ones. */
  readonly of: readonly (number | string)[];
}

const DS_LITE: readonly Mechanism[] = ["ds-lite"];
const sum = (clause: string, title: string, of: readonly (number | string)[]): SumRule => ({ id: clause, clause, title, mechanisms: DS_LITE, of });

export const SUM_RULES: readonly SumRule[] = [
  sum("RFC5508-7-2", "Destination Unreachable, Time Exceeded and Echo are supported", ["RFC5508-3.1-1", "RFC5508-7.1.1-1", "RFC5508-7.1.2-1", "RFC5508-7.2-1"]),
  sum("RFC6333-7.1-1", "the softwire keeps the MUSTs of RFC 2473 and RFC 4213", [2473, 4213]),
  sum("RFC6333-8.2-1", "the NAT keeps the MUSTs of RFC 4787, RFC 5382 and RFC 5508", [4787, 5382, 5508]),
  // DCCP (RFC 5597) is not translated here.
  sum("RFC6888-3-1", "the CGN keeps the MUSTs of its transports", [4787, 5382, 5508]),
];

const documentOf = (clause: string): number => Number(/^RFC(\d+)-/.exec(clause)?.[1] ?? 0);
/** Does the sum count this clause? Never itself. */
export const sums = (s: SumRule, clause: string): boolean => clause !== s.clause && (s.of.includes(clause) || s.of.includes(documentOf(clause)));

/** The tallies of the sums, over the rules that `counts` names (those of their mechanisms): only what weighs as a MUST counts, and a violation only where a finding weighs as one. */
export function addUp(rules: readonly RuleTally[], findings: readonly FindingGroup[], counts: (rule: string) => boolean, severityOf: (clause: string) => Severity): RuleTally[] {
  return SUM_RULES.flatMap((s): RuleTally[] => {
    const own = rules.filter((t) => t.severity === "fail" && sums(s, t.clause) && counts(t.rule));
    if (own.length === 0) return [];
    let exercised = 0;
    let violated = 0;
    for (const t of own) {
      exercised += t.exercised;
      if (findings.some((f) => f.rule === t.rule && f.severity === "fail")) violated += t.violated;
    }
    return [{ rule: s.id, clause: s.clause, severity: severityOf(s.clause), exercised, violated, observed: 0 }];
  });
}
