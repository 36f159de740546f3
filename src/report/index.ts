/** Reports from a run record. Everything here reads record lines and nothing else; a format is one file beside this one and one line below. */
import { join } from "node:path";
import { githubAnnotations as github, gitlabCodeQuality as gitlab } from "./annotations.js";
import { writeEvidence } from "./evidence.js";
import { makeFolder, writeAtomic } from "./files.js";
import { reportHtml } from "./html/page.js";
import { reportJson } from "./json.js";
import { junitXml } from "./junit.js";
import { buildReport, type Report } from "./model.js";
import type { RecordLine } from "./record.js";
import { sarifJson } from "./sarif.js";
import { statisticsText } from "./statistics.js";
import { summaryMarkdown } from "./summary.js";
import { terminalText } from "./terminal.js";

export { schemaText } from "./files.js";
export { checkRecordLine, parseRecord, readRecord, type ReadRecord } from "./read.js";

/** A format that is a file: its name in the output folder and what puts it there (whole or not at all). */
export interface Format { readonly name: string; write(report: Report, path: string): void }
const text = (name: string, make: (report: Report) => string): Format => ({ name, write: (report, path) => writeAtomic(path, make(report)) });

export const FORMATS: readonly Format[] = [
  text("report.html", reportHtml),
  text("report.json", reportJson),
  text("junit.xml", junitXml),
  text("summary.md", summaryMarkdown),
  text("results.sarif", sarifJson),
  text("statistics.txt", statisticsText),
  { name: "evidence.pcapng", write: writeEvidence },
];

/** Writes every format into `dir` (made when absent), each beside and renamed; returns the paths. Throws an Error that names the path when it cannot be written. */
export function writeReports(lines: readonly RecordLine[], dir: string): string[] {
  const report = buildReport(lines);
  makeFolder(dir);
  return FORMATS.map((format) => {
    const path = join(dir, format.name);
    format.write(report, path);
    return path;
  });
}

/** The report as text for a terminal; escape sequences only with `color`. */
export function renderTerminal(lines: readonly RecordLine[], options: { readonly color: boolean; readonly written?: boolean }): string {
  return terminalText(buildReport(lines), options.color, options.written);
}

/** GitHub workflow commands, one a line. */
export const githubAnnotations = (lines: readonly RecordLine[]): string => github(buildReport(lines));
/** GitLab code quality JSON. */
export const gitlabCodeQuality = (lines: readonly RecordLine[]): string => gitlab(buildReport(lines));
