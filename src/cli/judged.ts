/** What replay and check have in common, from arguments to exit code. */
import { join } from "node:path";
import type { PipelineFile } from "../suite/pipeline.js";
import { loadConfigFile } from "../config/load.js";
import { NAT_LOG_FILE } from "../suite/nat-log.js";
import { opinionNotes } from "../suite/declared.js";
import { assumptions, countsText } from "../suite/notes.js";
import { OUTPUT_NAMES } from "../suite/outputs.js";
import { headerLine, openRecord, RECORD_FILE, type RecordFile } from "../suite/record-lines.js";
import { planPasses, runTraces, type TracesResult } from "../suite/traces.js";
import type { Catalogue } from "../suite/catalogue.js";
import { ACCESS, type Config, CORE } from "../config/types.js";
import { useColour } from "./colour.js";
import type { TraceArgs } from "./options.js";
import { checkCaptures } from "./captures.js";
import { EXIT, problem, unwritable } from "./outcome.js";
import { counted, thousands, wrap } from "../report/text.js";
import { leftovers } from "./leftover.js";
import { refuseOverwriting } from "./same-file.js";
import { dayAndWaivers } from "./waivers.js";
import { createProgress } from "./progress.js";
import { toolVersion } from "./version.js";

/** Input files in the order access, core, both; the order breaks ties of time. Throws a usage problem (2) or an input problem (3). */
function inputFiles(args: TraceArgs): PipelineFile[] {
  const files: PipelineFile[] = [
    ...args.access.map((path) => ({ path, side: ACCESS }) as const),
    ...args.core.map((path) => ({ path, side: CORE }) as const),
    ...args.both.map((path) => ({ path, side: "both" }) as const),
  ];
  if (files.length === 0) throw problem(EXIT.usage, "no captures named: give --access PCAP, --core PCAP or --both PCAP.");
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path)) throw problem(EXIT.usage, `${path} is named twice; a capture that holds both sides goes with --both.`);
    seen.add(path);
  }
  checkCaptures(files.map((f) => f.path));
  return files;
}

/** What the commands write into the output folder, beside the outputs of each pass. */
const OUTPUTS = [RECORD_FILE, "evidence.pcapng", "junit.xml", "report.html", "report.json", "results.sarif", "statistics.txt", "summary.md"];
const OF_A_PASS = [...OUTPUT_NAMES, NAT_LOG_FILE];

function packetTalk(result: TracesResult, command: "replay" | "check", more: readonly string[]): string {
  const out: string[] = [];
  const [{ result: first }] = result.passes;
  const { sent, faults, outputs } = first;
  out.push(countsText(first, command));
  if (command === "replay") out.push(`the reference sent ${counted(sent.packets[0], "packet")} to the access side, ${thousands(sent.packets[1])} to the core${outputs.length > 0 ? ` (${outputs.join(", ")})` : ""}`);
  for (const note of [...assumptions(first, command), ...more]) out.push(`note: ${wrap(note, 104, "      ")}`);
  for (const f of faults.filter((x) => x.recovered)) out.push(`note: ${f.file}: ${f.message}`);
  return out.map((l) => `${l}\n`).join("");
}

const NO_CATALOGUE: Catalogue = { clauses: [], severityOf: () => "info", onConfig: new Set(), configRules: new Set() };

async function report(result: TracesResult, dir: string | undefined, json: boolean): Promise<void> {
  if (dir !== undefined) {
    const { writeReports } = await import("../report/index.js");
    try {
      writeReports(result.lines, dir);
    } catch (e) {
      throw unwritable(dir, e);
    }
  }
  const { buildReport } = await import("../report/model.js");
  if (!json) process.stdout.write((await import("../report/terminal.js")).terminalText(buildReport(result.lines), useColour, dir !== undefined));
  else process.stdout.write((await import("../report/json.js")).reportJson(buildReport(result.lines)));
}

/** Runs the command and returns the exit code. Everything that is the user's to mend is thrown as a problem before a packet is read. */
export async function judged(command: "replay" | "check", args: TraceArgs & { readonly secondOpinion?: boolean }, judge: boolean): Promise<number> {
  const { asOf, waivers } = await dayAndWaivers(args);
  if (waivers !== undefined && !judge) throw problem(EXIT.usage, "--waivers with --no-judge: there are no verdicts to excuse.");
  // The configuration comes first: what is wrong with it is told before a capture is looked for.
  const named = args.config === undefined ? undefined : loadConfigFile(args.config);
  const files = inputFiles(args);
  if (args.secondOpinion === true && files.some((f) => f.path === "-")) throw problem(EXIT.usage, "--second-opinion reads the captures once more, and stdin can be read once: name files.");
  const { config, text: guess }: { readonly config: Config; readonly text?: string } = named === undefined ? await (await import("./guess.js")).guessedConfig(files.map((f) => ({ path: f.path, side: f.side === "both" ? "both" : f.side === ACCESS ? "access" : "core" })), args.quiet) : { config: named };
  const statements = (args.counters?.length ?? 0) + (args.natLog?.length ?? 0) === 0 ? undefined : await (await import("../suite/beside/compare.js")).readStatements(config, args.counters ?? [], args.natLog ?? []);
  // Rooms are loaded when they are wanted: a plain `replay --no-judge` starts in half the time.
  const catalogue = judge ? (await import("../suite/catalogue.js")).catalogueFor(config) : NO_CATALOGUE;
  const profiles = args.profile.length === 0 ? [] : (await import("../suite/profile-choice.js")).chooseProfiles(args.profile, config);
  if (files.some((f) => f.path === "-") && planPasses(command, config, profiles, undefined).length > 1) {
    throw problem(EXIT.usage, "stdin can be read once, and these profiles need several passes: name a file instead of -, or one profile.");
  }
  const header = headerLine({
    toolVersion, command, subject: command === "check" ? "captured device" : profiles.length > 0 ? "modelled card" : "reference",
    inputs: files.map((f) => ({ name: f.path === "-" ? "stdin" : f.path, side: f.side === "both" ? "both" : f.side === ACCESS ? "access" : "core" })),
    config: config.source, ...(guess === undefined ? {} : { guess }), seed: config.seed, asOf,
  });
  const dir = args.output;
  let left = (): string => "";
  if (dir !== undefined) {
    const passes = command === "check" ? [] : planPasses(command, config, profiles, dir).flatMap((p) => OF_A_PASS.map((name) => join(p.dir ?? dir, name)));
    const given = [...files.map((f) => f.path), ...[args.config, args.waivers].filter((p) => p !== undefined), ...(args.counters ?? []), ...(args.natLog ?? [])];
    refuseOverwriting(given, [...OUTPUTS.map((name) => join(dir, name)), ...passes]);
    left = leftovers(dir, [...OUTPUTS, ...OF_A_PASS], given);
  }
  let record: RecordFile | undefined;
  if (dir !== undefined) {
    try {
      record = openRecord(dir, header);
    } catch (e) {
      throw unwritable(dir, e);
    }
  }
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once("SIGINT", interrupt); // a second Ctrl-C ends at once
  process.once("SIGTERM", interrupt);
  const progress = createProgress(command, args.quiet);
  let result: TracesResult;
  try {
    result = await runTraces({
      header, command, config, files, outDir: dir, judge, profiles, clauses: catalogue.clauses, configRules: catalogue.configRules, severityOf: catalogue.severityOf,
      failOnWarn: args.failOn === "warn", record, ...(waivers === undefined ? {} : { waivers }), ...(statements === undefined ? {} : { statements }), secondOpinion: args.secondOpinion === true, onProgress: (p) => progress.update(p), signal: abort.signal,
    });
  } finally {
    progress.end();
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
  if (!args.quiet) process.stderr.write(packetTalk(result, command, args.secondOpinion === true ? opinionNotes(config) : []));
  if (judge || args.json) await report(result, judge ? dir : undefined, args.json);
  if (command === "check" && !args.json && !args.quiet && result.exitCode !== EXIT.interrupted) {
    process.stdout.write((await import("./talk/stimuli.js")).notExercisedText(config, catalogue, result.lines, args.config ?? "FILE", dir !== undefined, result.exitCode === EXIT.nothingExercised));
  }
  if (!args.quiet && result.exitCode !== EXIT.interrupted) {
    if (dir !== undefined) process.stderr.write(`${command === "check" ? "reports" : judge ? "reports and outputs" : "outputs"} are in ${dir}\n`);
    process.stderr.write(left());
  }
  if (!judge && !args.json) for (const f of result.passes[0].result.faults) process.stderr.write(`softproof: ${f.file}: byte ${f.offset}, after frame ${f.frame}: ${f.message}\n`);
  if (result.exitCode === EXIT.interrupted) process.stderr.write(`interrupted${dir === undefined ? "" : `: the report in ${dir} is marked incomplete`}\n`);
  return result.exitCode;
}
