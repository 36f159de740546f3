/** What `softproof report` does. */
import { buildReport } from "../../report/model.js";
import { type readRecord, renderTerminal, schemaText, writeReports } from "../../report/index.js";
import { reportJson } from "../../report/json.js";
import { useColour } from "../colour.js";
import { PRINTED, SCHEMAS } from "../formats.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { readRun } from "../run-path.js";

export interface ReportArgs { run: string | undefined; output: string | undefined; json: boolean; format: string | undefined; schema: string | undefined }

/** Returns the exit code of the run; 3 when the record is incomplete. */
export async function showReport(args: ReportArgs): Promise<number> {
  if (args.schema !== undefined) {
    process.stdout.write(schemaText(SCHEMAS.find((s) => s === args.schema) ?? "report"));
    return EXIT.conforming;
  }
  if (args.run === undefined) throw problem(EXIT.usage, "report: name a run.jsonl the folder that holds it, or - for stdin (or --schema).");
  const { read, dir: beside } = readRun(args.run);
  const print = PRINTED[args.format ?? ""];
  if (print !== undefined) {
    process.stdout.write(await print(buildReport(read.lines)));
    return exitOf(read);
  }
  const dir = args.output ?? beside;
  if (dir === undefined) process.stderr.write("no reports are written: a record from stdin lies in no folder; -o DIR names one\n");
  else {
    try {
      const files = writeReports(read.lines, dir);
      process.stderr.write(`reports in ${dir}: ${files.length} files\n`);
    } catch (e) {
      throw unwritable(dir, e);
    }
  }
  process.stdout.write(args.json ? reportJson(buildReport(read.lines)) : renderTerminal(read.lines, { color: useColour, written: dir !== undefined }));
  return exitOf(read);
}

function exitOf(read: ReturnType<typeof readRecord>): number {
  const footer = read.lines.findLast((l) => l.type === "footer");
  return read.complete && footer !== undefined ? footer.exitCode : EXIT.input;
}
