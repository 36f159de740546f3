/** Two run records side by side: what fails newly, what passes newly, and what behaves otherwise though its verdict stayed. */
import { compareCases } from "./compare-cases.js";
import { compareOpinions, opinionNote } from "./compare-opinion.js";
import { CHANGE_KINDS, type ChangeKind, type ClauseChange, type ComparedCell, type CompareResult, type Comparison, type OutputDifferences, type VerdictMatrix } from "./compare-types.js";
import { foundText, placeText, type Report, shortNames, times } from "./model.js";
import type { ClauseLine, ProfileLine, Verdict, VerdictLine } from "./record.js";
import { thousands } from "./text.js";

export interface ComparedRun { readonly name: string; readonly report: Report }
export interface ProfilePair { readonly a: string; readonly b: string }

const isBad = (v: Verdict): boolean => v === "fail" || v === "error";
const isGood = (v: Verdict): boolean => v === "pass" || v === "observed" || v === "info";
const isIdle = (v: Verdict): boolean => v === "not-exercised" || v === "not-applicable" || v === "incomplete";

/** Undefined when the verdict stayed. */
export function verdictChange(before: Verdict, after: Verdict): ChangeKind | undefined {
  if (before === after) return undefined;
  if (isBad(after)) return "newly-failing";
  if (after === "warn" && !isBad(before)) return "newly-warning";
  if (isIdle(after)) return isIdle(before) ? "verdict-changed" : "no-longer-exercised";
  if (isBad(before) && isGood(after)) return "newly-passing";
  return isIdle(before) ? "newly-exercised" : "verdict-changed";
}

/** Same names first, then the one that is left on each side, then the same card in another release. */
export function pairProfiles(a: readonly ProfileLine[], b: readonly ProfileLine[]): { readonly pairs: readonly ProfilePair[]; readonly onlyA: readonly string[]; readonly onlyB: readonly string[] } {
  const leftA = a.map((p) => p.id);
  const leftB = b.map((p) => p.id);
  const pairs: ProfilePair[] = [];
  const take = (idA: string | undefined, idB: string | undefined): void => {
    if (idA === undefined || idB === undefined) return;
    pairs.push({ a: idA, b: idB });
    leftA.splice(leftA.indexOf(idA), 1);
    leftB.splice(leftB.indexOf(idB), 1);
  };
  for (const id of [...leftA]) take(id, leftB.find((x) => x === id));
  const card = (id: string): string => id.replace(/@.*$/, "");
  for (const id of [...leftA]) take(id, leftB.find((x) => card(x) === card(id)));
  if (leftA.length === 1 && leftB.length === 1) take(leftA[0], leftB[0]);
  return { pairs, onlyA: leftA, onlyB: leftB };
}

/** `title`: what was found; the rule's title says what should hold, and beside "new finding" it would read as if it did. */
interface Found { readonly title: string; readonly where: string; count: number }

/** Finding groups of each clause under one profile, over all cases. */
function findingsOf(report: Report, profile: string): Map<string, Map<string, Found>> {
  const byClause = new Map<string, Map<string, Found>>();
  const short = shortNames(report);
  for (const c of report.cases) {
    if (c.profile !== profile) continue;
    for (const g of c.findings) {
      const of = byClause.get(g.clause) ?? new Map<string, Found>();
      byClause.set(g.clause, of);
      const key = JSON.stringify([g.rule, g.fingerprint]);
      const had = of.get(key);
      if (had === undefined) of.set(key, { title: foundText(g), where: placeText(g.first, short), count: g.count });
      else had.count += g.count;
    }
  }
  return byClause;
}

const NONE: ReadonlyMap<string, Found> = new Map();

/** `counts`: the same packets went in, so that counts can be compared. */
function findingDetails(a: ReadonlyMap<string, Found>, b: ReadonlyMap<string, Found>, counts: boolean): string[] {
  const out: string[] = [];
  for (const [key, f] of b) {
    const was = a.get(key);
    if (was === undefined) out.push(`new finding: ${f.title} (${times(f.count)}, first ${f.where})`);
    else if (counts && was.count !== f.count) out.push(`${f.title}: was ${times(was.count)}, is ${times(f.count)}`);
  }
  for (const [key, f] of a) if (!b.has(key)) out.push(`finding gone: ${f.title} (was ${times(f.count)}, first ${f.where})`);
  return out;
}

const inputsOf = (report: Report, profile: string): number => report.cases.reduce((n, c) => n + (c.profile === profile ? (c.summary?.inputs ?? 0) : 0), 0);
const cell = (v: VerdictLine): ComparedCell => ({ verdict: v.verdict, exercised: v.exercised, violated: v.violated, ...(v.reason === undefined ? {} : { reason: v.reason }) });
const named = (p: ProfilePair): { profile: string; profileB?: string } => (p.a === p.b ? { profile: p.a } : { profile: p.a, profileB: p.b });

function compareClauses(a: Report, b: Report, pair: ProfilePair): ClauseChange[] {
  const [foundA, foundB] = [findingsOf(a, pair.a), findingsOf(b, pair.b)];
  const counts = inputsOf(a, pair.a) === inputsOf(b, pair.b);
  const clauses = new Map<string, ClauseLine>([...a.clauses, ...b.clauses].map((c) => [c.id, c]));
  const out: ClauseChange[] = [];
  for (const c of clauses.values()) {
    const before = a.verdict(c.id, pair.a);
    const after = b.verdict(c.id, pair.b);
    if (before === undefined && after === undefined) continue;
    const head = { clause: c.id, rfc: c.rfc, section: c.section, level: c.level, statement: c.statement, ...named(pair) };
    if (before === undefined || after === undefined) {
      // A clause that one run does not speak of and the other did not exercise says nothing about the device.
      const one = before ?? after;
      if (one === undefined || isIdle(one.verdict)) continue;
      if (before === undefined) out.push({ ...head, kind: isBad(one.verdict) ? "newly-failing" : one.verdict === "warn" ? "newly-warning" : "only-in-b", after: cell(one), details: [] });
      else out.push({ ...head, kind: "only-in-a", before: cell(one), details: [] });
      continue;
    }
    const details = findingDetails(foundA.get(c.id) ?? NONE, foundB.get(c.id) ?? NONE, counts);
    if (counts && before.verdict === after.verdict && before.exercised !== after.exercised) details.push(`exercised: was ${times(before.exercised)}, is ${times(after.exercised)}`);
    const kind = verdictChange(before.verdict, after.verdict) ?? (details.length > 0 ? "behaviour-changed" : undefined);
    if (kind !== undefined) out.push({ ...head, kind, before: cell(before), after: cell(after), details });
  }
  return out;
}

function notesOf(a: ComparedRun, b: ComparedRun, pairs: readonly ProfilePair[], onlyA: readonly string[], onlyB: readonly string[]): string[] {
  const out: string[] = [];
  for (const r of [a, b]) if (!r.report.complete) out.push(`${r.name} is the record of a run that broke off: what is missing in it says nothing`);
  const [ha, hb] = [a.report.header, b.report.header];
  if (ha !== undefined && hb !== undefined) {
    if (ha.command !== hb.command) out.push(`the commands differ: ${ha.command} and ${hb.command}`);
    if (ha.subject !== hb.subject) out.push(`the subjects differ: ${ha.subject} and ${hb.subject}`);
    if (ha.toolVersion !== hb.toolVersion) out.push(`the versions of softproof differ: ${ha.toolVersion} and ${hb.toolVersion}; a change may be one of the rules`);
  }
  if (pairs.length === 0) out.push("no profile of the two runs could be laid side by side");
  for (const p of pairs) {
    if (p.a !== p.b) out.push(`profile ${p.a} is compared with ${p.b}`);
    const [ia, ib] = [inputsOf(a.report, p.a), inputsOf(b.report, p.b)];
    if (ia !== ib) out.push(`${p.a}: the device received ${thousands(ia)} packets in one run, ${thousands(ib)} in the other, so counts are not compared`);
  }
  const opinion = opinionNote(a, b);
  if (opinion !== undefined) out.push(opinion);
  if (onlyA.length > 0) out.push(`only in ${a.name}: ${onlyA.join(", ")}`);
  if (onlyB.length > 0) out.push(`only in ${b.name}: ${onlyB.join(", ")}`);
  return out;
}

export function compareTwo(a: ComparedRun, b: ComparedRun, outputs: OutputDifferences = () => []): Comparison {
  const { pairs, onlyA, onlyB } = pairProfiles(a.report.profiles, b.report.profiles);
  const order = (kind: ChangeKind): number => CHANGE_KINDS.indexOf(kind);
  const clauses = pairs.flatMap((p) => compareClauses(a.report, b.report, p)).sort((x, y) => order(x.kind) - order(y.kind));
  const cases = pairs.flatMap((p) => compareCases(a.report, b.report, p, outputs)).sort((x, y) => order(x.kind) - order(y.kind));
  const counts = Object.fromEntries(CHANGE_KINDS.map((k) => [k, clauses.filter((c) => c.kind === k).length + cases.filter((c) => c.kind === k).length])) as Record<ChangeKind, number>;
  const both = a.report.opinion !== undefined && b.report.opinion !== undefined;
  const opinion = compareOpinions(a.report, b.report, pairs.every((p) => inputsOf(a.report, p.a) === inputsOf(b.report, p.b)));
  return { a: a.name, b: b.name, profiles: pairs, notes: notesOf(a, b, pairs, onlyA, onlyB), counts, clauses, cases, ...(both ? { opinion } : {}) };
}

function matrixOf(runs: readonly ComparedRun[]): VerdictMatrix {
  const columns = runs.flatMap((r) => r.report.profiles.map((p) => ({ run: r.name, profile: p.id, report: r.report })));
  const clauses = new Map<string, ClauseLine>(runs.flatMap((r) => r.report.clauses).map((c) => [c.id, c]));
  const rows = [...clauses.values()].map((c) => ({
    clause: c.id, rfc: c.rfc, section: c.section, level: c.level, verdicts: columns.map((k) => k.report.verdict(c.id, k.profile)?.verdict ?? ("" as const)),
  })).filter((r) => new Set(r.verdicts).size > 1);
  return { columns: columns.map(({ run, profile }) => ({ run, profile })), rows };
}

/** `runs`: at least two; each later one is compared with the first. `outputs` is asked per later run (its index). */
export function compareRuns(runs: readonly ComparedRun[], outputs: (run: number) => OutputDifferences = () => () => []): CompareResult {
  return {
    runs: runs.map((r) => ({ name: r.name, subject: r.report.header?.subject ?? "", complete: r.report.complete })),
    comparisons: runs.slice(1).map((r, i) => compareTwo(runs[0], r, outputs(i + 1))),
    matrix: matrixOf(runs),
  };
}
