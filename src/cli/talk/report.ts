/** What `softproof report` does. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildReport } from "../../report/model.js";
import { readRecord, renderTerminal, schemaText, writeReports } from "../../report/index.js";
import { reportJson } from "../../report/json.js";
import { RECORD_FILE } from "../../suite/record-lines.js";
import { useColour } from "../colour.js";
import { PRINTED, SCHEMAS } from "../formats.js";
import { EXIT, problem, unwritable } from "../outcome.js";

export interface ReportArgs { run: string | undefined; output: string | undefined; json: boolean; format: string | undefined; schema: string | undefined }

/** Returns the exit code of the run; 3 when the record is incomplete. */
export async function showReport(args: ReportArgs): Promise<number> {
  if (args.schema !== undefined) {
    process.stdout.write(schemaText(SCHEMAS.find((s) => s === args.schema) ?? "report"));
    return EXIT.conforming;
  }
  if (args.run === undefined) throw problem(EXIT.usage, "report: name a run.jsonl or the folder that holds it (or --schema).");
  const path = existsSync(args.run) && statSync(args.run).isDirectory() ? join(args.run, RECORD_FILE) : args.run;
  const read = readRecord(path);
  if (read.lines.length === 0) throw problem(EXIT.input, read.problem ?? `${path}: no run record`);
  if (read.problem !== undefined) process.stderr.write(`softproof: ${read.problem}\n`);
  const print = PRINTED[args.format ?? ""];
  if (print !== undefined) {
    process.stdout.write(await print(buildReport(read.lines)));
    return exitOf(read);
  }
  const dir = args.output ?? dirname(path);
  try {
    const files = writeReports(read.lines, dir);
    process.stderr.write(`reports in ${dir}: ${files.length} files\n`);
  } catch (e) {
    throw unwritable(dir, e);
  }
  process.stdout.write(args.json ? reportJson(buildReport(read.lines)) : renderTerminal(read.lines, { color: useColour, written: true }));
  return exitOf(read);
}

function exitOf(read: ReturnType<typeof readRecord>): number {
  const footer = read.lines.findLast((l) => l.type === "footer");
  return read.complete && footer !== undefined ? footer.exitCode : EXIT.input;
}
