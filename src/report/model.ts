/** The run record, put in order for the report formats: every format reads this and nothing else. */
import { createHash } from "node:crypto";
import type { FindingGroup, Lowered, Place } from "../judge/types.js";
import type { OpinionLine } from "./opinion.js";
import { thousands } from "./text.js";
import type { CaseLine, ClauseLine, FaultLine, FooterLine, HeaderLine, ProfileLine, RecordLine, Verdict, VerdictLine, WaiverLine } from "./record.js";

/** What a finding of kind "declared" departs from. */
export const DECLARED = "from the declared configuration, not from the clause itself";
/** Why a finding that would fail only warns. */
export const LOWERED: Readonly<Record<Lowered, string>> = {
  clocks: "it would fail, but all of it came while the two captures did not fit together (a clock was set, or a tap lost one side)",
  "no-clock": "it would fail, but the stamps of the capture show no time, or less than the rule measures",
  halves: "it would fail, but taps lost inputs and outputs, and what does not fit here may be the input of one packet and the output of another",
  restart: "it would fail, but one restart of the NAT, which no document forbids, explains all of it",
  few: "it would fail, but it is inferred, or rests on packets that only their content pairs, in fewer than three cases",
};
/** What stands beside a finding about its weight, "" when there is nothing to say. */
export const weightText = (g: FindingGroup): string => [...(g.kind === "declared" ? [`departs ${DECLARED}`] : []), ...(g.lowered === undefined ? [] : [`a warning: ${LOWERED[g.lowered]}`])].join("; ");

/** Worst first. */
export const VERDICTS: readonly Verdict[] = [
  "fail", "error", "warn", "incomplete", "known-deviation", "waived", "unspecified", "info", "observed", "pass", "not-exercised", "not-applicable",
];

/** Where one and the same finding turned up; places differ when each profile has output files of its own. */
export interface Occurrence { readonly case: string; readonly profile: string; readonly verdict: Verdict; readonly first: Place; readonly last: Place; /** The waiver that excuses it, with reason, owner and last day. */ readonly waiver?: string }
/** A finding group, once, with every case and profile that has it. */
export interface ReportFinding {
  /** Short hash of the content: the same finding has the same id in every run. */
  readonly id: string;
  readonly group: FindingGroup;
  readonly where: readonly Occurrence[];
  /** The worst verdict that it led to. */
  readonly verdict: Verdict;
}
export interface Numbers { readonly exercised: number; readonly applicable: number; readonly failed: number; readonly warned: number; readonly waivedOrKnown: number; readonly errors: number }

export interface Report {
  readonly header: HeaderLine | undefined;
  readonly profiles: readonly ProfileLine[];
  readonly clauses: readonly ClauseLine[];
  readonly cases: readonly CaseLine[];
  readonly findings: readonly ReportFinding[];
  /** Of `check --second-opinion`. */
  readonly opinion: OpinionLine | undefined;
  readonly waivers: readonly WaiverLine[];
  readonly faults: readonly FaultLine[];
  readonly footer: FooterLine | undefined;
  readonly complete: boolean;
  readonly numbers: Numbers;
  verdict(clause: string, profile: string): VerdictLine | undefined;
}

const natural = new Intl.Collator("en", { numeric: true }).compare;

/** Text of a place as people type it: `file:frame`; the file alone where the configuration as a whole is meant. */
export const placeText = (p: Place, name: (file: string) => string = (file) => file): string => (p.frame === 0 ? name(p.file) : `${name(p.file)}:${p.frame}`);

/** File names for people's eyes: without their folder, unless two files would look the same. In `run` every spec has files of the same names. */
export function shortNames(report: Pick<Report, "header" | "findings" | "faults">): (file: string) => string {
  if (report.header?.command === "run") return (file) => file;
  const files = new Set([...(report.header?.inputs ?? []).map((i) => i.name), ...report.faults.map((f) => f.file)]);
  for (const f of report.findings) for (const e of f.group.exemplars) for (const p of e.packets) files.add(p.place.file);
  for (const f of report.findings) for (const w of f.where) files.add(w.first.file).add(w.last.file);
  const base = (file: string): string => file.slice(file.lastIndexOf("/") + 1);
  const holders = new Map<string, number>();
  for (const f of files) holders.set(base(f), (holders.get(base(f)) ?? 0) + 1);
  return (file) => (holders.get(base(file)) === 1 && base(file) !== "" ? base(file) : file);
}

const bySeverity: Record<FindingGroup["severity"], Verdict> = { fail: "fail", warn: "warn", info: "info", observe: "observed" };

function numbersOf(verdicts: readonly VerdictLine[]): Numbers {
  const count = (...wanted: Verdict[]): number => verdicts.filter((v) => wanted.includes(v.verdict)).length;
  const applicable = verdicts.length - count("not-applicable");
  return {
    applicable,
    exercised: verdicts.filter((v) => v.verdict !== "not-applicable" && v.exercised > 0).length,
    failed: count("fail"), warned: count("warn"), waivedOrKnown: count("waived", "known-deviation"), errors: count("error"),
  };
}

const numbersIn = ({ exercised, applicable, failed, warned, waivedOrKnown, errors }: FooterLine): Numbers => ({ exercised, applicable, failed, warned, waivedOrKnown, errors });

/** Excuses stand on the clause x profile verdict, waivers on the finding; without one the severity of the rule speaks. */
function verdictOf(group: FindingGroup, line: VerdictLine | undefined, waived: boolean): Verdict {
  const excuse = line?.verdict;
  if (waived && excuse !== "known-deviation" && excuse !== "not-applicable") return "waived";
  if (excuse === "known-deviation" || excuse === "waived" || excuse === "unspecified" || excuse === "not-applicable") return excuse;
  return bySeverity[group.severity];
}

/** Same rule, fingerprint, count and packets in the same case: one finding, whatever the profile. File names of outputs may differ. */
function identity(caseId: string, g: FindingGroup): string {
  const exemplars = g.exemplars.map((e) => [e.message, e.fields, e.why, e.packets.map((p) => [p.side, p.direction, p.hex])]);
  return JSON.stringify([caseId, g.rule, g.clause, g.fingerprint, g.severity, g.certainty, g.count, exemplars]);
}

function collectFindings(cases: readonly CaseLine[], verdict: Report["verdict"], order: ReadonlyMap<string, number>): ReportFinding[] {
  const found = new Map<string, { group: FindingGroup; where: Occurrence[] }>();
  for (const c of cases) {
    for (const group of c.findings) {
      const key = identity(c.id, group);
      const entry = found.get(key) ?? { group, where: [] };
      found.set(key, entry);
      const waiver = c.waived?.find((w) => w.rule === group.rule && w.clause === group.clause && w.fingerprint === group.fingerprint)?.text;
      entry.where.push({
        case: c.id, profile: c.profile, verdict: verdictOf(group, verdict(group.clause, c.profile), waiver !== undefined), first: group.first, last: group.last,
        ...(waiver === undefined ? {} : { waiver }),
      });
    }
  }
  const all = [...found].map(([key, { group, where }]) => ({
    id: createHash("sha256").update(key).digest("hex").slice(0, 12), group, where,
    verdict: VERDICTS.find((v) => where.some((w) => w.verdict === v)) ?? "info",
  }));
  const place = (f: ReportFinding): number => order.get(f.group.clause) ?? order.size;
  return all.sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || place(a) - place(b)
    || b.group.count - a.group.count || natural(a.group.fingerprint, b.group.fingerprint) || natural(a.id, b.id));
}

/** Never throws: what the record does not say is absent. */
export function buildReport(lines: readonly RecordLine[]): Report {
  const pick = <T extends RecordLine["type"]>(type: T) => lines.filter((l): l is Extract<RecordLine, { type: T }> => l.type === type);
  const verdicts = pick("verdict");
  const cases = pick("case");
  const footer = pick("footer").at(-1);
  const clauses = [...new Map(pick("clause").map((c) => [c.id, c])).values()]
    .sort((a, b) => a.rfc - b.rfc || natural(a.section, b.section) || natural(a.id, b.id));
  const profiles = [...new Map(pick("profile").map((p) => [p.id, p])).values()];
  for (const id of [...verdicts, ...cases].map((l) => l.profile)) {
    if (!profiles.some((p) => p.id === id)) profiles.push({ type: "profile", id, title: id, capabilities: [] });
  }
  const cell = new Map(verdicts.map((v) => [JSON.stringify([v.clause, v.profile]), v]));
  const verdict = (clause: string, profile: string): VerdictLine | undefined => cell.get(JSON.stringify([clause, profile]));
  return {
    header: pick("header")[0], profiles, clauses, cases, opinion: pick("opinion")[0], waivers: pick("waiver"), faults: pick("fault"), footer, verdict,
    findings: collectFindings(cases, verdict, new Map(clauses.map((c, i) => [c.id, i]))),
    complete: footer?.complete === true,
    numbers: footer === undefined ? numbersOf(verdicts) : numbersIn(footer),
  };
}

/** Verdict counts of one profile, worst first, zeros left out. */
export function tally(report: Report, profile: string): readonly (readonly [Verdict, number])[] {
  const counts = new Map<Verdict, number>();
  for (const c of report.clauses) {
    const v = report.verdict(c.id, profile)?.verdict;
    if (v !== undefined) counts.set(v, (counts.get(v) ?? 0) + 1);
  }
  return VERDICTS.filter((v) => counts.has(v)).map((v) => [v, counts.get(v) ?? 0] as const);
}

/** What the cases of replay and check note, each sentence once; `profiles`: whose it is where it is not everybody's. */
export function reportNotes(report: Report): { readonly text: string; readonly profiles: readonly string[] }[] {
  const noting = report.cases.filter((c) => c.notes !== undefined);
  const everybody = new Set(noting.map((c) => c.profile)).size;
  const whose = new Map<string, Set<string>>();
  for (const c of noting) for (const note of c.notes ?? []) whose.set(note, (whose.get(note) ?? new Set()).add(c.profile));
  return [...whose].map(([text, profiles]) => ({ text, profiles: profiles.size === everybody ? [] : [...profiles] }));
}

/** What a reader has to know about the subject; empty where it speaks for itself. */
export function subjectNote(report: Report): string {
  return report.header?.subject === "modelled card" ? "Verdicts on a modelled card derive from what is documented of it; they are no test of the card." : "";
}

/** 1 -> "once", else "n times". */
export const times = (n: number): string => (n === 1 ? "once" : `${thousands(n)} times`);

/** The waivers that excuse a finding, as text; empty when none does. */
export const waiverTexts = (f: ReportFinding): string[] => [...new Set(f.where.flatMap((w) => (w.waiver === undefined ? [] : [w.waiver])))];

/** What a waiver that did not do its work has to say, loudest first. */
export function waiverTrouble(report: Report): { readonly loud: boolean; readonly text: string }[] {
  const order: readonly WaiverLine["state"][] = ["unexpected-pass", "expired", "needless", "unmatched"];
  return report.waivers.filter((w) => w.state !== "used").sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
    .map((w) => ({ loud: w.state === "unexpected-pass", text: `waiver ${w.id} ${w.state === "unexpected-pass" ? "passed unexpectedly" : `is ${w.state}`}: ${w.note} (${Object.values(w.scope).join(", ")}; owner ${w.owner}, issue ${w.issue})` }));
}

/** A case that fails nothing but departs from the expectation of its spec, as the documents of the card say. */
const departs = (c: CaseLine): boolean => c.verdict === "known-deviation" || c.verdict === "waived";

/** Cases whose problems ask for somebody's work, and how many only depart as documented. */
export function troubledCases(report: Report): { readonly troubled: readonly { readonly c: CaseLine; readonly problems: readonly string[] }[]; readonly documented: number } {
  const all = report.cases.map((c) => ({ c, problems: caseProblems(c) })).filter((t) => t.problems.length > 0);
  return { troubled: all.filter((t) => !departs(t.c)), documented: all.filter((t) => departs(t.c)).length };
}

/** What was found in all examples, in their own words and without their addresses: "…" stands where they differ. The rule's title says what should hold. */
export function foundText(g: FindingGroup): string {
  const texts = g.exemplars.map((e) => e.message.replace(/ \([^()]* > [^()]*\)$/, "").split(" "));
  const first = texts[0];
  if (first === undefined) return g.title;
  const shared = (at: (words: readonly string[], i: number) => string | undefined): number => {
    const n = first.findIndex((_, i) => texts.some((t) => at(t, i) !== at(first, i)));
    return n < 0 ? first.length : n;
  };
  const shortest = Math.min(...texts.map((t) => t.length));
  if (texts.every((t) => t.length === shortest)) {
    const words = first.map((word, i) => (texts.every((t) => t[i] === word) ? word : "…"));
    return words.filter((word, i) => word !== "…" || words[i - 1] !== "…").join(" ");
  }
  const head = Math.min(shared((t, i) => t[i]), shortest);
  const tail = Math.min(shared((t, i) => t[t.length - 1 - i]), shortest - head);
  return [...first.slice(0, head), "…", ...(tail > 0 ? first.slice(-tail) : [])].join(" ");
}

/** Problems of a case beside the clauses: unmet expectation, golden that differs, error with its reason. */
export function caseProblems(c: CaseLine): string[] {
  const problems: string[] = [];
  if (c.expectation?.met === false) problems.push(...c.expectation.problems.map((p) => `expectation: ${p}`));
  if (c.expectation?.met === false && c.expectation.problems.length === 0) problems.push("expectation: not met");
  if (c.golden?.state === "differs") problems.push(...(c.golden.differences.length > 0 ? c.golden.differences : ["differs"]).map((d) => `golden: ${d}`));
  if (c.verdict === "error" && problems.length === 0) problems.push(`error: ${c.reason ?? "no reason given"}`);
  return problems;
}
