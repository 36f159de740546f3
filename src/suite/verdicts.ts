/** Facts (what the judge saw) x hardware profile = verdicts, the four honest numbers, and the exit code. */
import { SUM_RULES, sums } from "../judge/rules/sums.js"; // not through the index: a replay that is not judged loads no rules
import type { FindingGroup, RuleTally, Severity } from "../judge/types.js";
import type { ClauseLine, FooterLine, Verdict, VerdictLine } from "../report/record.js";

/** What a profile says about one clause. `reference` has nothing to say: everything is judged as it is. */
export interface ProfileView {
  readonly id: string;
  /** The capability that is false, with its source; undefined when the clause applies to the card. */
  notApplicable(clause: string): string | undefined;
  /** Why the card's documents leave the clause open; the reference then ran the RFC default. */
  unspecified(clause: string): string | undefined;
  /** Documented behaviour, with source, that breaks the clause. */
  knownDeviation(clause: string): string | undefined;
}

export const REFERENCE_PROFILE: ProfileView = {
  id: "reference", notApplicable: () => undefined, unspecified: () => undefined, knownDeviation: () => undefined,
};

/** The judge's facts of one case. `complete` is false when its packets were not read to the end for an outer reason (interrupted). */
export interface Facts {
  readonly rules: readonly RuleTally[];
  readonly findings: readonly FindingGroup[];
  readonly complete: boolean;
  /** Our own fault: the message of what broke. */
  readonly error?: string;
}

const RANK: Readonly<Record<Severity, number>> = { fail: 3, warn: 2, info: 1, observe: 0 };

interface Sum { exercised: number; violated: number; observed: number; severity: Severity; may: boolean }

/** The tallies with the gravest finding of each rule written beside them, so that a record says all that verdicts need. */
export function weighed(rules: readonly RuleTally[], findings: readonly FindingGroup[]): RuleTally[] {
  const gravest = gravestOf(findings);
  return rules.map((t) => {
    const weight = t.violated > 0 ? gravest.get(t.rule) : undefined;
    return weight === undefined || weight === t.severity ? t : { ...t, weight };
  });
}

function gravestOf(findings: readonly FindingGroup[]): Map<string, Severity> {
  const gravest = new Map<string, Severity>();
  for (const g of findings) {
    const had = gravest.get(g.rule);
    if (had === undefined || RANK[g.severity] > RANK[had]) gravest.set(g.rule, g.severity);
  }
  return gravest;
}

/** Adds up rules and cases by clause. A violation weighs as much as its gravest finding; a rule that only tallies weighs its own severity. */
function sumByClause(facts: readonly Facts[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const f of facts) {
    const gravest = gravestOf(f.findings);
    for (const t of f.rules) {
      const s = sums.get(t.clause) ?? { exercised: 0, violated: 0, observed: 0, severity: "observe", may: true };
      s.exercised += t.exercised;
      s.violated += t.violated;
      s.observed += t.observed;
      s.may &&= t.severity === "observe";
      if (t.violated > 0) {
        const weight = t.weight ?? gravest.get(t.rule) ?? t.severity;
        if (RANK[weight] > RANK[s.severity]) s.severity = weight;
      }
      sums.set(t.clause, s);
    }
  }
  return sums;
}

function judgeClause(clause: ClauseLine, s: Sum | undefined, complete: boolean): { verdict: Verdict; reason?: string } {
  if (clause.rule === undefined) return { verdict: "not-exercised", reason: `no rule: ${clause.reason ?? "not judged yet"}` };
  if (s !== undefined && s.violated > 0) {
    if (s.severity === "observe") return { verdict: "observed" };
    return { verdict: s.severity };
  }
  if (!complete) return { verdict: "incomplete", reason: "the run was interrupted" };
  if (s === undefined || s.exercised === 0) return { verdict: "not-exercised", reason: "no packet triggered it" };
  if (s.may) return s.observed > 0 ? { verdict: "observed" } : { verdict: "observed", reason: "the case arose, the permission was not used" };
  return { verdict: "pass" };
}

/** One verdict per clause for one profile. Clauses in catalogue order. */
export function verdictsFor(clauses: readonly ClauseLine[], facts: readonly Facts[], profile: ProfileView): VerdictLine[] {
  const byClause = sumByClause(facts);
  const complete = facts.every((f) => f.complete);
  const broken = facts.find((f) => f.error !== undefined)?.error;
  const lines = clauses.map((clause): VerdictLine => {
    const s = byClause.get(clause.id);
    const line = (verdict: Verdict, reason?: string): VerdictLine => ({
      type: "verdict", clause: clause.id, profile: profile.id, verdict,
      ...(reason === undefined ? {} : { reason }), exercised: s?.exercised ?? 0, violated: s?.violated ?? 0,
    });
    const lacks = profile.notApplicable(clause.id);
    if (lacks !== undefined) return line("not-applicable", lacks);
    if (broken !== undefined) return line("error", broken);
    const { verdict, reason } = judgeClause(clause, s, complete);
    if (verdict === "fail" || verdict === "warn" || verdict === "info") {
      const known = profile.knownDeviation(clause.id);
      if (known !== undefined) return line("known-deviation", known);
    }
    if (verdict === "pass" || verdict === "observed") {
      const open = profile.unspecified(clause.id);
      if (open !== undefined) return line("unspecified", open);
    }
    return line(verdict, reason);
  });
  return settleSums(lines);
}

/** What a clause that sums up others may become when none of those fails any more, the gravest first. */
const EXCUSED: readonly Verdict[] = ["known-deviation", "waived"];

/**
 * A clause that asks for other documents as a whole names those of their clauses that fail; where profile or waivers explain all of them, it is explained as
 * they are. To be called again when verdicts change (waivers).
 */
export function settleSums(lines: readonly VerdictLine[]): VerdictLine[] {
  return lines.map((l) => {
    const rule = l.verdict === "fail" ? SUM_RULES.find((s) => s.clause === l.clause) : undefined;
    if (rule === undefined) return l;
    const own = lines.filter((m) => sums(rule, m.clause));
    const named = (v: Verdict): string => own.filter((m) => m.verdict === v).map((m) => m.clause).join(", ");
    if (named("fail") !== "") return { ...l, reason: `broken by ${named("fail")}` };
    const verdict = EXCUSED.find((v) => named(v) !== "");
    return verdict === undefined ? l : { ...l, verdict, reason: `broken by ${named(verdict)} alone` };
  });
}

/** From worst to best; a case is as bad as its worst clause. */
const WORST_FIRST: readonly Verdict[] = [
  "error", "incomplete", "fail", "warn", "info", "known-deviation", "waived", "unspecified", "pass", "observed", "not-exercised", "not-applicable",
];

export function worst(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((v) => verdicts.includes(v)) ?? "not-exercised";
}

export type Numbers = Pick<FooterLine, "exercised" | "applicable" | "failed" | "warned" | "waivedOrKnown" | "errors">;

/** The four honest numbers: exercised of applicable, failed, waived or known, errors. Not-exercised is never counted as exercised. */
export function honestNumbers(lines: readonly VerdictLine[]): Numbers {
  const count = (...v: Verdict[]): number => lines.reduce((n, l) => n + (v.includes(l.verdict) ? 1 : 0), 0);
  return {
    exercised: lines.length - count("not-applicable", "not-exercised", "error", "incomplete"),
    applicable: lines.length - count("not-applicable"),
    failed: count("fail"),
    warned: count("warn"),
    waivedOrKnown: count("waived", "known-deviation"),
    errors: count("error"),
  };
}

export interface ExitInput {
  readonly internalError: boolean;
  /** An input could not be read to its end. */
  readonly unreadable: boolean;
  /** Golden mismatch or unmet expectation of a spec. */
  readonly mismatch: boolean;
  readonly failOnWarn: boolean;
  /** False with `--no-judge`: there is nothing that could be exercised. */
  readonly judged: boolean;
  /** Verdicts that packets brought about: those on the configuration alone do not make a run. */
  readonly byPackets: number;
}

/** 70 > 2 > 3 > 1 > 4 > 0 (2 is decided before a packet is read, so it cannot meet the others here). */
export function exitCode(n: Numbers, x: ExitInput): number {
  if (x.internalError || n.errors > 0) return 70;
  if (x.unreadable) return 3;
  if (n.failed > 0 || x.mismatch || (x.failOnWarn && n.warned > 0)) return 1;
  if (x.judged && (n.exercised === 0 || x.byPackets === 0)) return 4;
  return 0;
}
