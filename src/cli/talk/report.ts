/** What `softproof report` does. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildReport } from "../../report/model.js";
import { readRecord, renderTerminal, writeReports } from "../../report/index.js";
import { reportJson } from "../../report/json.js";
import { RECORD_FILE } from "../../suite/record-lines.js";
import { useColour } from "../colour.js";
import { EXIT, problem, unwritable } from "../outcome.js";

export interface ReportArgs { run: string; output: string | undefined; json: boolean }

/** Returns the exit code of the run; 3 when the record is incomplete. */
export function showReport(args: ReportArgs): number {
  const path = existsSync(args.run) && statSync(args.run).isDirectory() ? join(args.run, RECORD_FILE) : args.run;
  const read = readRecord(path);
  if (read.lines.length === 0) throw problem(EXIT.input, read.problem ?? `${path}: no run record`);
  if (read.problem !== undefined) process.stderr.write(`softproof: ${read.problem}\n`);
  const dir = args.output ?? dirname(path);
  try {
    const files = writeReports(read.lines, dir);
    process.stderr.write(`reports in ${dir}: ${files.length} files\n`);
  } catch (e) {
    throw unwritable(dir, e);
  }
  process.stdout.write(args.json ? reportJson(buildReport(read.lines)) : renderTerminal(read.lines, { color: useColour }));
  const footer = read.lines.findLast((l) => l.type === "footer");
  return read.complete && footer !== undefined ? footer.exitCode : EXIT.input;
}
