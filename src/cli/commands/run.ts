/** `softproof run`: the main job, every spec x every hardware profile. */
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { useColour } from "../colour.js";
import { AS_OF, WAIVERS } from "../options.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { createSpecProgress } from "../progress.js";
import { toolVersion } from "../version.js";

interface Args { spec: string[] | undefined; profile: string[]; output: string; json: boolean; failOn: string | undefined; asOf: string | undefined; waivers: string | undefined; quiet: boolean; shard: string | undefined }

/** Of outputs and reports when none is named. */
export const RUN_DIR = "softproof-out";

async function run(args: Args): Promise<number> {
  const [{ findSpecs, loadSpecs }, { mechanismsIn, runSpecs }, { runProfiles }, records, reports, { matrixText }, { dayAndWaivers }, { dealtTo, parseShard }] = await Promise.all([
    import("../../suite/spec.js"), import("../../suite/run.js"), import("../../suite/run-profiles.js"), import("../../suite/record-lines.js"), import("../../report/index.js"),
    import("../matrix.js"), import("../waivers.js"), import("../../suite/shard.js"),
  ]);
  const { asOf, waivers } = await dayAndWaivers(args);
  const shard = args.shard === undefined ? undefined : parseShard(args.shard, process.env);
  if (typeof shard === "string") throw problem(EXIT.usage, shard);
  const all = loadSpecs(findSpecs(args.spec ?? []));
  if (all.length === 0) throw problem(EXIT.usage, `no specs found in ${(args.spec ?? []).join(", ")}: expected files that end in .yaml.`);
  const profiles = runProfiles(args.profile, mechanismsIn(all));
  const specs = shard === undefined ? all : dealtTo(all, shard);
  const dir = args.output;
  const header = records.headerLine({
    toolVersion, command: "run", subject: "modelled card", inputs: (args.spec ?? ["the bundled specs"]).map((name) => ({ name, side: "spec" })),
    config: "of each spec", seed: 1, asOf, ...(shard === undefined ? {} : { shard }),
  });
  const record = ((): ReturnType<typeof records.openRecord> => {
    try {
      return records.openRecord(dir, header);
    } catch (e) {
      throw unwritable(dir, e);
    }
  })();
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once("SIGINT", interrupt); // a second Ctrl-C ends at once
  process.once("SIGTERM", interrupt);
  const progress = createSpecProgress(args.quiet);
  try {
    const result = await runSpecs({
      specs, of: all, profiles, header, outDir: dir, record, failOnWarn: args.failOn === "warn", ...(waivers === undefined ? {} : { waivers }), signal: abort.signal,
      onSpec: (done, of, id) => progress.update(done, of, id),
    });
    progress.end();
    try {
      reports.writeReports(result.lines, dir);
    } catch (e) {
      throw unwritable(dir, e);
    }
    if (args.json) process.stdout.write(await jsonOf(result.lines));
    else {
      process.stdout.write(`${matrixText(result.cases, profiles.map((p) => p.id), useColour)}\n`);
      process.stdout.write(reports.renderTerminal(result.lines, { color: useColour, written: true }));
    }
    if (result.exitCode === EXIT.interrupted) process.stderr.write(`interrupted: the report in ${join(dir)} is marked incomplete\n`);
    else if (!args.quiet) process.stderr.write(`${notesText(result.cases.flatMap((c) => c.notes ?? []))}reports and outputs are in ${join(dir)}\n`);
    return result.exitCode;
  } finally {
    progress.end();
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
}

const NOTES = 5;
function notesText(notes: readonly string[]): string {
  const shown = notes.length > NOTES + 1 ? [...notes.slice(0, NOTES), `and ${notes.length - NOTES} more like these: see report.html`] : notes;
  return shown.map((n) => `note: ${n}\n`).join("");
}

async function jsonOf(lines: Parameters<typeof import("../../report/index.js").writeReports>[0]): Promise<string> {
  const [{ buildReport }, { reportJson }] = await Promise.all([import("../../report/model.js"), import("../../report/json.js")]);
  return reportJson(buildReport(lines));
}

export const runCommand: CommandModule<unknown, Args> = {
  command: "run [spec..]",
  describe: "run specs against every hardware profile: replay, compare with goldens, judge, report",
  builder: (y) =>
    y
      .positional("spec", { type: "string", array: true, describe: "spec files or folders (default: the bundled ones)" })
      .option("profile", { type: "string", array: true, nargs: 1, default: [] as string[], defaultDescription: "all", describe: "hardware profile NAME[@RELEASE]; again for each further one" })
      .option("output", { alias: "o", type: "string", requiresArg: true, default: RUN_DIR, describe: "folder for traces, output pcaps, run record and reports" })
      .option("json", { type: "boolean", default: false, describe: "print the result as JSON on stdout" })
      .option("fail-on", { type: "string", choices: ["warn"], requiresArg: true, describe: "exit 1 for warnings too" })
      .option("waivers", WAIVERS)
      .option("as-of", AS_OF)
      .option("shard", { type: "string", requiresArg: true, describe: "only part k of n: k/n, or auto[/n] to take k from GitLab, Kubernetes or Slurm; `merge` joins the parts" })
      .option("quiet", { alias: "q", type: "boolean", default: false, describe: "no progress on stderr" })
      .example("$0 run --shard 2/4 -o shard-2", "the second of four parts; then `softproof merge shard-* -o out`")
      .example("$0 run", "every bundled spec under every profile")
      .example("$0 run my-specs --profile mx-ms-dpc@17.4R1 -o out", "your own specs under one card") as never,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};
