/** The main job: every spec x every hardware profile through the reference; expectation, golden, rules; one run record. */
import { join, relative } from "node:path";
import { setImmediate as pause } from "node:timers/promises";
import type { Config } from "../config/types.js";
import type { CaseLine, FaultLine, HeaderLine, ProfileLine, RecordLine, Verdict, VerdictLine } from "../report/record.js";
import { cardStatistics } from "./card-statistics.js";
import { type Catalogue, catalogueFor, CONFIG_RULES, mechanismsOf } from "./catalogue.js";
import { becauseOf, compareGolden, goldenDir, type GoldenResult, goldenFor } from "./golden.js";
import { relativePlaces } from "./places.js";
import { footerLine, INTERRUPTED, recordLines, type RecordFile } from "./record-lines.js";
import { recycledMemory } from "./recycled-memory.js";
import { replaySpec, type SpecReplay, writeTraces } from "./replay-spec.js";
import { applicability, bundledProfiles, modelledConfig, type RunProfile } from "./run-profiles.js";
import type { Spec } from "./spec-types.js";
import { waive, waivedFindings, waiverLines } from "./waivers/apply.js";
import type { Waivers } from "./waivers/types.js";
import { exitCode, type Facts, honestNumbers, type ProfileView, verdictsFor, weighed, worst } from "./verdicts.js";

export interface RunInput {
  readonly specs: readonly Spec[];
  /** The specs of the whole run when `specs` are a shard of them: they say which clauses it speaks of. */
  readonly of?: readonly Spec[];
  readonly profiles: readonly RunProfile[];
  readonly header: HeaderLine;
  /** Traces, outputs and the record go below it. */
  readonly outDir: string;
  readonly record?: RecordFile;
  readonly waivers?: Waivers;
  readonly failOnWarn: boolean;
  readonly onSpec?: (done: number, of: number, id: string) => void;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly lines: readonly RecordLine[];
  readonly cases: readonly CaseLine[];
  readonly exitCode: number;
  readonly replays: readonly SpecVariant[];
}

/** One replay of a spec, shared by the profiles that make the same configuration of it. */
export interface SpecVariant {
  readonly spec: Spec;
  readonly name: string;
  readonly profiles: readonly RunProfile[];
  /** True when the configuration is the spec's own: no card's behaviour is laid over it. */
  readonly plain: boolean;
  /** The documented behaviours that made it differ. */
  readonly why: readonly string[];
  readonly replay: SpecReplay;
  readonly golden: GoldenResult;
}

/** The clauses of all mechanisms that the specs configure. */
export function catalogueOf(specs: readonly Spec[]): Catalogue {
  return catalogueFor(unionConfig(specs));
}

export const unionConfig = (specs: readonly Spec[]): Config => ({ ...specs[0].config, serviceSets: specs.flatMap((s) => s.config.serviceSets) });
export const mechanismsIn = (specs: readonly Spec[]): ReturnType<typeof mechanismsOf> => mechanismsOf(unionConfig(specs));

interface Plan { readonly name: string; readonly config: Config; readonly plain: boolean; readonly profiles: RunProfile[]; readonly why: readonly string[] }

/** Profiles whose behaviour makes the same configuration share one replay; the first of them names it. */
function planVariants(spec: Spec, profiles: readonly RunProfile[]): Plan[] {
  const own = JSON.stringify(spec.config);
  const plans = new Map<string, Plan>();
  for (const p of profiles) {
    if (applicability(spec, p).no !== undefined) continue;
    const { config, notes } = modelledConfig(spec.config, p);
    const key = JSON.stringify(config);
    const had = plans.get(key);
    if (had !== undefined) had.profiles.push(p);
    else plans.set(key, { name: key === own ? "reference" : p.id.replace(/[^\w.@-]/g, "_"), config, plain: key === own, profiles: [p], why: notes.filter((n) => n.applied).map((n) => `${n.text} (${n.source.join("; ")}; ${n.confidence})`) });
  }
  return [...plans.values()];
}

/** Bundled cards that make the same configuration of the spec: the golden is kept under the name of the first, which need not be among the chosen ones. */
function cardsAlike(spec: Spec, config: Config): string[] {
  const key = JSON.stringify(config);
  return bundledProfiles().filter((p) => JSON.stringify(modelledConfig(spec.config, p).config) === key).map((p) => p.id);
}

/** A card that behaves otherwise and has no golden of its own yet is bound by none: the spec's is that of the plain reference. */
function goldenOf(spec: Spec, plan: Plan, replay: SpecReplay): GoldenResult {
  const golden = goldenFor(spec, plan.plain ? [] : [...plan.profiles.map((p) => p.id), ...cardsAlike(spec, plan.config)]);
  const found = compareGolden(golden, replay.dir, becauseOf(spec, replay.reasons));
  return !plan.plain && golden === goldenDir(spec) && found.state === "differs" ? { state: "absent", differences: [] } : found;
}

/** Replays one spec in all its variants; writes traces and outputs below `outDir`/ID. */
export async function runSpec(spec: Spec, profiles: readonly RunProfile[], outDir: string, severityOf: Catalogue["severityOf"], memory: ReturnType<typeof recycledMemory>, signal?: AbortSignal): Promise<SpecVariant[]> {
  const dir = join(outDir, spec.id);
  const files = writeTraces(spec, dir);
  const out: SpecVariant[] = [];
  for (const plan of planVariants(spec, profiles)) {
    const replay = await replaySpec(spec, plan.config, files, join(dir, plan.name), severityOf, memory(), signal);
    const golden = replay.result.aborted ? { state: "not-compared" as const, differences: [] } : goldenOf(spec, plan, replay);
    out.push({ spec, name: plan.name, profiles: plan.profiles, plain: plan.plain, why: plan.why, replay, golden });
    if (replay.result.aborted) break;
  }
  return out;
}

/** Throws only for our own errors; the record on disk then stays marked incomplete. */
export async function runSpecs(input: RunInput): Promise<RunResult> {
  const { specs, profiles, outDir } = input;
  const catalogue = catalogueOf(input.of ?? specs);
  const memory = recycledMemory();
  const replays: SpecVariant[] = [];
  const cases: CaseLine[] = [];
  const faults: FaultLine[] = [];
  const facts = new Map<string, Facts[]>(profiles.map((p) => [p.id, []]));
  let aborted = false;
  for (const [i, spec] of specs.entries()) {
    input.onSpec?.(i, specs.length, spec.id);
    await pause(); // lets signals in: the traces of a spec are too short for the pauses of a long capture
    if (input.signal?.aborted === true) {
      aborted = true;
      break;
    }
    const variants = await runSpec(spec, profiles, outDir, catalogue.severityOf, memory, input.signal);
    replays.push(...variants);
    for (const v of variants) for (const f of v.replay.result.faults) faults.push({ type: "fault", file: relative(outDir, f.file), offset: f.offset, frame: f.frame, message: f.message, case: spec.id });
    for (const p of profiles) {
      const line = caseOf(spec, p, variants.find((v) => v.profiles.includes(p)), catalogue, outDir, facts, input.waivers);
      if (line !== undefined) cases.push(line);
    }
    aborted = variants.some((v) => v.replay.result.aborted);
    if (aborted) break;
  }
  const unreadable = replays.some((v) => v.replay.result.faults.some((f) => !f.recovered));
  const { lines, code } = concludeRun({
    header: input.header, profiles: profiles.map((p) => p.line), views: profiles.map((p) => p.view), catalogue, cases, facts, faults, aborted, unreadable, failOnWarn: input.failOnWarn, waivers: input.waivers,
  });
  input.record?.finish(lines);
  return { lines, cases, exitCode: code, replays };
}

export interface Conclusion {
  readonly header: HeaderLine;
  readonly profiles: readonly ProfileLine[];
  readonly views: readonly ProfileView[];
  readonly catalogue: Pick<Catalogue, "clauses" | "onConfig">;
  readonly cases: readonly CaseLine[];
  /** By profile. */
  readonly facts: ReadonlyMap<string, readonly Facts[]>;
  readonly faults: readonly FaultLine[];
  readonly aborted: boolean;
  readonly unreadable: boolean;
  readonly failOnWarn: boolean;
  readonly waivers: Waivers | undefined;
}

/** From facts to verdicts, numbers and exit code: the end of a run, and of a merge of its shards. */
export function concludeRun(c: Conclusion): { lines: RecordLine[]; code: number } {
  const verdicts: VerdictLine[] = c.views.flatMap((v, i) => {
    const own = c.facts.get(v.id) ?? [];
    return waive(c.waivers, verdictsFor(c.catalogue.clauses, own, v), own.flatMap((f) => f.findings), c.profiles[i]);
  });
  const waivers = c.waivers === undefined ? [] : waiverLines(c.waivers, c.profiles, c.cases, verdicts, !c.aborted);
  const numbers = honestNumbers(verdicts);
  const byPackets = [...c.facts.values()].flat().flatMap((f) => f.rules).filter((r) => r.exercised > 0 && !CONFIG_RULES.has(r.rule)).length;
  // Of a part that exercises nothing, or that meets a waiver's case without its deviation, the whole may tell another story: `merge` judges that.
  const whole = c.header.shard === undefined;
  const mismatch = c.cases.some((x) => x.verdict === "fail") || (whole && waivers.some((w) => w.state === "unexpected-pass"));
  const code = c.aborted ? INTERRUPTED : exitCode(numbers, { internalError: false, unreadable: c.unreadable, mismatch, failOnWarn: c.failOnWarn, judged: whole, byPackets });
  return { code, lines: recordLines({ header: c.header, profiles: c.profiles, clauses: c.catalogue.clauses, cases: c.cases, verdicts, waivers, faults: c.faults, footer: footerLine(numbers, !c.aborted, code) }) };
}

function caseOf(spec: Spec, p: RunProfile, v: SpecVariant | undefined, catalogue: Catalogue, outDir: string, facts: Map<string, Facts[]>, waivers: Waivers | undefined): CaseLine | undefined {
  const head = { type: "case", id: spec.id, title: spec.title, profile: p.id } as const;
  const can = applicability(spec, p);
  if (can.no !== undefined) return { ...head, verdict: "not-applicable", reason: can.no, counters: [], softwires: [], rules: [], findings: [], outputs: [] };
  if (v === undefined) return undefined;
  const { result, problems } = v.replay;
  const statistics = cardStatistics(p.line, spec.config, result);
  const judge = result.judge === undefined ? undefined : relativePlaces(result.judge, outDir, v.replay.dir);
  const own: Facts = { rules: weighed(judge?.rules ?? [], judge?.findings ?? []), findings: judge?.findings ?? [], complete: !result.aborted };
  facts.get(p.id)?.push(own);
  // What is judged on the configuration alone is no matter of these packets, and would be told with every spec again.
  const about = (clause: string): boolean => !catalogue.onConfig.has(clause) || spec.clauses.includes(clause);
  const exercised = new Set(own.rules.filter((r) => r.exercised > 0).map((r) => r.clause));
  const judged = verdictsFor(catalogue.clauses.filter((c) => about(c.id) && exercised.has(c.id)), [own], p.view);
  const byRules = waive(waivers, judged, own.findings, p.line).map((l) => l.verdict);
  const findings = own.findings.filter((f) => about(f.clause));
  const waived = waivedFindings(waivers, findings, p.line);
  const { verdict, reason } = caseVerdict(v, byRules, can.open);
  // Once, not for every profile that shares the replay.
  const idle = v.profiles[0] === p ? idleClauses(spec, v, exercised, catalogue) : [];
  return {
    ...head, verdict, ...(reason === undefined ? {} : { reason }), ...(idle.length === 0 ? {} : { notes: [`${spec.id} names ${idle.join(", ")}, which its packets do not exercise`] }),
    expectation: { met: problems.length === 0, problems }, golden: v.golden,
    ...(statistics.length === 0 ? {} : { statistics }), ...(result.firewalls.length === 0 ? {} : { firewalls: result.firewalls }), ...(result.natLog === undefined ? {} : { natLog: result.natLog }),
    counters: result.counters.map((c) => ({ id: c.reason.id, kind: c.reason.kind, text: c.reason.text, packets: c.packets, bytes: c.bytes })),
    softwires: result.softwires, ...(judge === undefined ? {} : { summary: judge.summary }), ...(result.timeline === undefined ? {} : { timeline: result.timeline }), rules: own.rules, findings, ...(waived.length === 0 ? {} : { waived }),
    outputs: result.outputs.map((name) => join(relative(outDir, v.replay.dir), name)),
  };
}

/** Clauses that the spec is there for by its own words, that rules judge, and that no packet of the plain replay met. */
function idleClauses(spec: Spec, v: SpecVariant, exercised: ReadonlySet<string>, catalogue: Catalogue): string[] {
  if (!v.plain || v.replay.result.aborted) return [];
  const judged = new Set(catalogue.clauses.filter((c) => c.rule !== undefined).map((c) => c.id));
  return spec.clauses.filter((c) => judged.has(c) && !exercised.has(c));
}

/** A spec fails for its expectation, its golden or a broken MUST; a card that departs by its own documents is a known deviation. */
function caseVerdict(v: SpecVariant, byRules: readonly Verdict[], open: string | undefined): { verdict: Verdict; reason?: string } {
  const { problems, result } = v.replay;
  if (result.aborted) return { verdict: "incomplete", reason: "the run was interrupted" };
  const rules = worst(byRules.length === 0 ? ["not-exercised"] : byRules);
  if (v.golden.state === "differs") return { verdict: "fail", reason: `the output differs from the golden: ${v.golden.differences[0]}` };
  if (problems.length > 0 && v.plain) return { verdict: "fail", reason: problems[0] };
  if (rules === "fail" || rules === "error") return { verdict: rules, reason: "a rule was broken, see the findings" };
  if (problems.length > 0) return { verdict: "known-deviation", reason: v.why.length > 1 ? `one of ${v.why.length} documented behaviours, or several: ${v.why.join(" ")}` : v.why.join(" ") };
  // What informs only (the initiator's own conduct, mostly) is in the findings and fails nothing.
  if (rules === "known-deviation" || rules === "waived" || rules === "warn") return { verdict: rules, reason: "see the findings" };
  if (open !== undefined) return { verdict: "unspecified", reason: open };
  return { verdict: "pass" };
}
