/** The user's own traces as one run: `replay` (the reference answers) and `check` (a real box answered), under any number of hardware profiles. */
import { join } from "node:path";
import type { Config } from "../config/types.js";
import type { Severity } from "../judge/types.js";
import type { CaseLine, ClauseLine, FaultLine, HeaderLine, ProfileLine, RecordLine, VerdictLine } from "../report/record.js";
import type { OpinionLine } from "../report/opinion.js";
import type { Statements } from "./beside/compare.js";
import { createEndpoints } from "./beside/endpoints.js";
import { opinionNotes } from "./declared.js";
import { assumptions, countsText } from "./notes.js";
import { fileNames, type PipelineFile, type PipelineResult, runPipeline } from "./pipeline.js";
import { type RecordFile, footerLine, INTERRUPTED, recordLines } from "./record-lines.js";
import { waive, waivedFindings, waiverLines } from "./waivers/apply.js";
import type { Waivers } from "./waivers/types.js";
import { exitCode, type Facts, honestNumbers, type ProfileView, REFERENCE_PROFILE, verdictsFor, worst } from "./verdicts.js";

/** A hardware profile as this run uses it. `config` is what the reference runs with: the profile's documented behaviour over the user's configuration. */
export interface ProfileChoice {
  readonly view: ProfileView;
  readonly line: ProfileLine;
  readonly config: Config;
  /** Why the card has none of the mechanisms at hand; undefined when it has one. There is then nothing to replay for it. */
  readonly lacking?: string;
}

export interface TracesInput {
  readonly header: HeaderLine;
  readonly command: "replay" | "check";
  readonly config: Config;
  readonly files: readonly PipelineFile[];
  readonly outDir: string | undefined;
  readonly judge: boolean;
  /** Empty: the reference alone. */
  readonly profiles: readonly ProfileChoice[];
  /** Clauses of the mechanisms at hand. */
  readonly clauses: readonly ClauseLine[];
  /** Those of them that are judged on the configuration alone. */
  readonly configRules: ReadonlySet<string>;
  readonly severityOf: (clause: string) => Severity;
  readonly failOnWarn: boolean;
  readonly record: RecordFile | undefined;
  readonly waivers?: Waivers;
  /** `check`: what the device says of itself. */
  readonly statements?: Statements;
  /** `check`: also what the reference would have sent. */
  readonly secondOpinion?: boolean;
  readonly onProgress?: (p: { packets: number; bytes: number; size: number }) => void;
  readonly signal?: AbortSignal;
}

export interface TracesResult {
  readonly lines: readonly RecordLine[];
  readonly exitCode: number;
  /** The passes over the traces; one, unless profiles behave differently. */
  readonly passes: readonly { readonly profiles: readonly string[]; readonly result: PipelineResult }[];
}

export const CASE_ID = "traces";

/** `dir`: where this pass puts its output pcaps. */
interface Pass { readonly config: Config; readonly choices: readonly ProfileChoice[]; readonly dir: string | undefined }

/** Facts do not depend on the profile, and a captured box gives them once. A modelled card needs a pass of its own where it behaves differently. */
export function planPasses(command: "replay" | "check", config: Config, profiles: readonly ProfileChoice[], outDir: string | undefined): Pass[] {
  // Without a profile there is one column: what ran, named as what it is.
  const [id, title] = command === "check" ? ["device", "The captured device"] : ["reference", "The reference, as configured"];
  const choices = profiles.length > 0 ? profiles : [{ view: { ...REFERENCE_PROFILE, id }, line: { type: "profile", id, title, capabilities: [] } as const, config }];
  if (command === "check") return [{ config, choices: [...choices], dir: undefined }];
  const groups = new Map<string, ProfileChoice[]>();
  for (const c of choices) {
    if (c.lacking !== undefined) continue;
    const key = JSON.stringify(c.config);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [c]);
    else group.push(c);
  }
  const lacking = choices.filter((c) => c.lacking !== undefined);
  if (groups.size === 0) return [{ config, choices: lacking, dir: undefined }];
  const several = groups.size > 1;
  return [...groups.values()].map((group, i) => ({
    config: group[0].config, choices: i === 0 ? [...group, ...lacking] : group,
    dir: outDir === undefined ? undefined : several ? join(outDir, group[0].view.id.replace(/[^\w.@-]/g, "_")) : outDir,
  }));
}

async function caseLine(command: "replay" | "check", choice: ProfileChoice, config: Config, r: PipelineResult, verdicts: readonly VerdictLine[], waivers: Waivers | undefined, more: readonly string[]): Promise<CaseLine> {
  const base = { type: "case", id: CASE_ID, title: "the traces named on the command line", profile: choice.view.id } as const;
  if (choice.lacking !== undefined) return { ...base, verdict: "not-applicable", reason: choice.lacking, counters: [], softwires: [], rules: [], findings: [], outputs: [] };
  const verdict = r.aborted ? "incomplete" : worst(verdicts.map((v) => v.verdict));
  // A profile with counter sets has loaded that code already; without one, replay starts without it.
  const statistics = (choice.line.counterSets ?? []).length === 0 ? [] : (await import("./card-statistics.js")).cardStatistics(choice.line, config, r);
  const waived = waivedFindings(waivers, r.judge?.findings ?? [], choice.line);
  return {
    ...base, verdict,
    ...(statistics.length === 0 ? {} : { statistics }), ...(r.firewalls.length === 0 ? {} : { firewalls: r.firewalls }), ...(r.natLog === undefined ? {} : { natLog: r.natLog }),
    counters: r.counters.map((c) => ({ id: c.reason.id, kind: c.reason.kind, text: c.reason.text, packets: c.packets, bytes: c.bytes })),
    softwires: r.softwires, ...(r.judge === undefined ? {} : { summary: r.judge.summary, ...(r.judge.partnerless === undefined ? {} : { partnerless: r.judge.partnerless }) }), ...(r.timeline === undefined ? {} : { timeline: r.timeline }),
    rules: r.judge?.rules ?? [], findings: r.judge?.findings ?? [], ...(waived.length === 0 ? {} : { waived }), notes: [`${countsText(r, command)}.`, ...assumptions(r, command), ...more], outputs: r.outputs,
  };
}

/** Runs everything and finishes the record. Throws only for our own errors; the record on disk then stays marked incomplete. */
export async function runTraces(input: TracesInput): Promise<TracesResult> {
  const { config, files, judge } = input;
  const passes: { profiles: string[]; result: PipelineResult }[] = [];
  const cases: CaseLine[] = [];
  const verdicts: VerdictLine[] = [];
  const profiles: ProfileLine[] = [];
  let faults: readonly FaultLine[] = [];
  let opinion: OpinionLine | undefined;
  let aborted = false;
  let broken = false;
  for (const pass of planPasses(input.command, config, input.profiles, input.outDir)) {
    // Only where the box's own statements are given: it brings the judge and the profiles along, and a plain replay starts without them.
    const statements = input.statements === undefined ? undefined : { given: input.statements, ...(await import("./beside/compare.js")) };
    const endpoints = statements !== undefined && statements.given.logs.length > 0 ? createEndpoints(statements.poolsOf(config)) : undefined;
    const result = await runPipeline({
      ...(endpoints === undefined ? {} : { endpoints }),
      config: pass.config, files, mode: input.command, judge, severityOf: input.severityOf,
      ...(pass.dir === undefined ? {} : { outDir: pass.dir }),
      ...(input.onProgress === undefined ? {} : { onProgress: input.onProgress }), ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    passes.push({ profiles: pass.choices.filter((c) => c.lacking === undefined).map((c) => c.view.id), result });
    faults = result.faults.map((f) => ({ type: "fault", file: f.file, offset: f.offset, frame: f.frame, message: f.message }));
    broken ||= result.faults.some((f) => !f.recovered);
    aborted ||= result.aborted;
    const facts: Facts[] = result.judge === undefined ? [] : [{ rules: result.judge.rules, findings: result.judge.findings, complete: !result.aborted }];
    const beside = statements === undefined || result.aborted ? undefined : statements.compareStatements(statements.given, { amounts: result.seen ?? new Map(), endpoints: endpoints?.list() ?? [], endpointsFull: endpoints?.full ?? false, files: fileNames(files) });
    for (const choice of pass.choices) {
      const lines = judge ? waive(input.waivers, verdictsFor(input.clauses, facts, choice.view), result.judge?.findings ?? [], choice.line) : [];
      profiles.push(choice.line);
      verdicts.push(...lines);
      cases.push({ ...(await caseLine(input.command, choice, config, result, lines, input.waivers, input.secondOpinion === true ? opinionNotes(config) : [])), ...(beside === undefined ? {} : { beside }) });
    }
    if (aborted) break;
    if (input.secondOpinion === true) {
      opinion = await (await import("./opinion/opinion.js")).secondOpinion(config, files, result.judge?.findings ?? [], input.signal);
      aborted = opinion === undefined;
    }
  }
  const numbers = honestNumbers(verdicts);
  const waivers = input.waivers === undefined || !judge ? [] : waiverLines(input.waivers, profiles, cases, verdicts, !aborted);
  const byPackets = passes.flatMap((p) => p.result.judge?.rules ?? []).filter((r) => r.exercised > 0 && !input.configRules.has(r.rule)).length;
  const code = aborted ? INTERRUPTED : exitCode(numbers, { internalError: false, unreadable: broken, mismatch: waivers.some((w) => w.state === "unexpected-pass"), failOnWarn: input.failOnWarn, judged: judge, byPackets });
  const lines = recordLines({ header: input.header, profiles, clauses: input.clauses, cases, ...(opinion === undefined ? {} : { opinion }), verdicts, waivers, faults, footer: footerLine(numbers, !aborted, code) });
  input.record?.finish(lines);
  return { lines, exitCode: code, passes };
}
