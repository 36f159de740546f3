/** What `softproof merge` does. */
import { cpSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { renderTerminal, writeReports } from "../../report/index.js";
import { reportJson } from "../../report/json.js";
import { buildReport } from "../../report/model.js";
import type { HeaderLine } from "../../report/record.js";
import { mergeShards } from "../../suite/merge.js";
import { openRecord } from "../../suite/record-lines.js";
import { useColour } from "../colour.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { readRun } from "../run-path.js";
import { realOf } from "../same-file.js";

export interface MergeArgs { run: string[]; output: string; json: boolean; failOn: string | undefined; quiet: boolean }

export function mergeRuns(args: MergeArgs): number {
  const parts = args.run.map((path) => {
    const { read, dir } = readRun(path);
    if (dir === undefined) throw problem(EXIT.usage, "merge: what a shard wrote lies beside its record, so name files or folders, not stdin.");
    return { name: path, lines: read.lines, complete: read.complete, dir };
  });
  if (parts.some((p) => realOf(p.dir) === realOf(args.output))) throw problem(EXIT.usage, `-o ${args.output} is the folder of a shard: name another one.`);
  const merged = mergeShards(parts, args.failOn === "warn");
  if (typeof merged === "string") throw problem(EXIT.usage, `${merged}.`);
  try {
    openRecord(args.output, merged.lines[0] as HeaderLine).finish(merged.lines);
    // Traces and outputs come along where they lie beside the records, so that the merged folder is that of one run.
    for (const { id, part } of merged.cases) {
      const from = join(parts.find((p) => p.name === part.name)?.dir ?? "", id);
      if (basename(id) === id && id !== ".." && id !== "." && existsSync(from)) cpSync(from, join(args.output, id), { recursive: true });
    }
    writeReports(merged.lines, args.output);
  } catch (e) {
    throw unwritable(args.output, e);
  }
  process.stdout.write(args.json ? reportJson(buildReport(merged.lines)) : renderTerminal(merged.lines, { color: useColour, written: true }));
  if (!args.quiet) process.stderr.write(`${parts.length} shards merged into ${args.output}\n`);
  return merged.exitCode === EXIT.interrupted ? EXIT.input : merged.exitCode;
}
