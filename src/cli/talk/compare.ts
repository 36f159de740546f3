/** What `softproof compare` does. */
import { basename, dirname, join, resolve } from "node:path";
import { compareRuns } from "../../report/compare.js";
import { compareJson, compareMarkdown, compareTerminal } from "../../report/compare-text.js";
import type { CompareResult } from "../../report/compare-types.js";
import { makeFolder, writeAtomic } from "../../report/files.js";
import { buildReport, type Report } from "../../report/model.js";
import { outputDifferences } from "../../suite/compare-outputs.js";
import { RECORD_FILE } from "../../suite/record-lines.js";
import { useColour } from "../colour.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { isFolder, readRun } from "../run-path.js";

export interface CompareArgs { a: string; b: string; more: string[] | undefined; json: boolean; markdown: boolean; output: string | undefined; failOn: string | undefined }

interface Loaded { readonly name: string; readonly report: Report; readonly dir: string | undefined }

function load(path: string, names: readonly string[]): Loaded {
  const isDir = isFolder(path);
  const { read, dir } = readRun(path);
  if (dir === undefined) return { name: "stdin", report: buildReport(read.lines), dir: undefined };
  // The folder's name is what people know the run by; the whole path where two would look the same.
  const plain = basename(isDir ? resolve(path) : basename(path) === RECORD_FILE ? dirname(resolve(path)) : path);
  const twins = names.filter((n) => basename(resolve(n)) === basename(resolve(path))).length;
  return { name: twins > 1 ? path : plain, report: buildReport(read.lines), dir };
}

/** 1 when something fails that did not; with `--fail-on change` when anything differs; 3 when a record is that of a broken-off run. */
function exitOf(result: CompareResult, failOn: string | undefined): number {
  if (result.runs.some((r) => !r.complete)) return EXIT.input;
  const counts = result.comparisons.flatMap((c) => Object.entries(c.counts));
  const other = failOn === "change" && result.comparisons.some((c) => (c.opinion ?? []).length > 0);
  const loud = other || counts.some(([kind, n]) => n > 0 && (kind === "newly-failing" || failOn === "change"));
  const warned = failOn === "warn" && result.comparisons.some((c) => c.counts["newly-warning"] > 0);
  return loud || warned ? EXIT.nonConforming : EXIT.conforming;
}

export function showComparison(args: CompareArgs): number {
  const paths = [args.a, args.b, ...(args.more ?? [])];
  if (args.json && args.markdown) throw problem(EXIT.usage, "--json and --markdown: stdout can hold one of them; -o DIR writes both.");
  const runs = paths.map((p) => load(p, paths));
  const result = compareRuns(runs, (i) => {
    const [before, after] = [runs[0].dir, runs[i].dir];
    return before === undefined || after === undefined ? () => [] : outputDifferences(runs[0].report, before, runs[i].report, after);
  });
  if (args.output !== undefined) {
    try {
      makeFolder(args.output);
      writeAtomic(join(args.output, "compare.json"), compareJson(result));
      writeAtomic(join(args.output, "compare.md"), compareMarkdown(result));
    } catch (e) {
      throw unwritable(args.output, e);
    }
  }
  process.stdout.write(args.json ? compareJson(result) : args.markdown ? compareMarkdown(result) : compareTerminal(result, useColour));
  return exitOf(result, args.failOn);
}
