/** Puts mutants before the judge and sees who notices. */
import type { JudgeResult, Severity } from "../../src/judge/types.js";
import type { Mutant } from "./mutant.js";
import { INTO } from "../../src/judge/types.js";
import { type Event, judgeEvents, type Transcript } from "./transcript.js";

export interface Trial {
  readonly mutant: Mutant;
  /** Transcripts that gave the defect an occasion. */
  readonly occasions: number;
  /** Transcripts in which a rule of the mutant's clauses noticed. */
  readonly right: number;
  /** Rules that noticed, with the number of transcripts. */
  readonly rules: ReadonlyMap<string, number>;
  /** Noticed in captures too, where silence may be loss at the tap. */
  readonly captured: number;
  /** Of those: an exemplar of such a finding names a packet that the defect changed, added, or left without its output. */
  readonly framed: number;
}

export interface Stage { readonly transcript: Transcript; readonly baseline: JudgeResult; readonly capturedBaseline: JudgeResult }

export const stageOf = (transcript: Transcript, severityOf: (c: string) => Severity): Stage => ({
  transcript, baseline: judgeEvents(transcript.config, transcript.events, severityOf, true), capturedBaseline: judgeEvents(transcript.config, transcript.events, severityOf, false),
});

/** Rules that are broken more often than in the baseline, with their clauses. */
function risen(before: JudgeResult, after: JudgeResult): Map<string, string> {
  const had = new Map(before.rules.map((r) => [r.rule, r.violated]));
  return new Map(after.rules.filter((r) => r.severity !== "observe" && r.violated > (had.get(r.rule) ?? 0)).map((r) => [r.rule, r.clause]));
}

/** The places (side:frame) of what the defect touched: packets that are not in the transcript without it, and inputs whose outputs are missing. */
function touched(t: Transcript, events: readonly Event[]): Set<string> {
  const kept = new Set(t.events);
  const there = new Set(events);
  const lost = new Set(t.events.filter((e) => !there.has(e)).map((e) => e.ordinal));
  const frames = [0, 0];
  return new Set(events.flatMap((e) => {
    const frame = ++frames[e.side];
    return !kept.has(e) || (e.direction === INTO && lost.has(e.ordinal)) ? [`${e.side}:${frame}`] : [];
  }));
}
/** Do the exemplars of new findings on the mutant's clauses name one of these places? */
const names = (m: Mutant, before: JudgeResult, after: JudgeResult, places: ReadonlySet<string>): boolean => {
  const had = new Map(before.findings.map((f) => [f.fingerprint, f.count]));
  return after.findings.some((f) => (m.clauses.includes(f.rule) || m.clauses.includes(f.clause)) && f.count > (had.get(f.fingerprint) ?? 0) &&
    f.exemplars.some((x) => x.packets.some((p) => places.has(`${p.place.file === "access" ? 0 : 1}:${p.place.frame}`))));
};

export function tryMutant(mutant: Mutant, stages: readonly Stage[], severityOf: (c: string) => Severity): Trial {
  const rules = new Map<string, number>();
  let occasions = 0;
  let right = 0;
  let captured = 0;
  let framed = 0;
  for (const { transcript, baseline, capturedBaseline } of stages) {
    if (!transcript.config.serviceSets.some((s) => s.concentrators.some((c) => mutant.mechanisms.includes(c.kind)))) continue;
    const events = mutant.apply(transcript);
    if (events === undefined) continue;
    occasions++;
    const noticed = risen(baseline, judgeEvents(transcript.config, events, severityOf, true));
    for (const rule of noticed.keys()) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    const named = (seen: ReadonlyMap<string, string>): boolean => [...seen].some(([rule, clause]) => mutant.clauses.includes(rule) || mutant.clauses.includes(clause));
    if (named(noticed)) right++;
    const asCapture = judgeEvents(transcript.config, events, severityOf, false);
    if (!named(risen(capturedBaseline, asCapture))) continue;
    captured++;
    if (names(mutant, capturedBaseline, asCapture, touched(transcript, events))) framed++;
  }
  return { mutant, occasions, right, rules, captured, framed };
}

export const row = (t: Trial): string =>
  `${t.mutant.id.padEnd(36)} ${String(t.occasions).padStart(4)} ${String(t.right).padStart(5)} ${String(t.captured).padStart(5)} ${String(t.framed).padStart(5)}  ${[...t.rules].sort((a, b) => b[1] - a[1]).map(([r, n]) => `${r} ${n}`).join(", ") || "nobody"}`;

/** MUSTs that the judge says the unmutated reference breaks: there must be none. */
export const dirtyOf = (stages: readonly Stage[]): string[] =>
  stages.flatMap((s) => [s.baseline, s.capturedBaseline].flatMap((r) => r.findings.filter((f) => f.severity === "fail").map((f) => `${s.transcript.name}: ${f.fingerprint} ${f.count}`)));
