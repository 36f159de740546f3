/** Reports from a run record. Everything here reads record lines and nothing else; a format is one file beside this one and one line below. */
import { githubAnnotations as github, gitlabCodeQuality as gitlab } from "./annotations.js";
import { evidencePcapng } from "./evidence.js";
import { writeAll } from "./files.js";
import { reportHtml } from "./html/page.js";
import { reportJson } from "./json.js";
import { junitXml } from "./junit.js";
import { buildReport, type Report } from "./model.js";
import type { RecordLine } from "./record.js";
import { sarifJson } from "./sarif.js";
import { summaryMarkdown } from "./summary.js";
import { terminalText } from "./terminal.js";

export { schemaText } from "./files.js";
export { checkRecordLine, parseRecord, readRecord, type ReadRecord } from "./read.js";

/** Every format that is a file: its name in the output folder and how it is made. */
export const FORMATS: readonly { readonly name: string; readonly make: (report: Report) => string | Uint8Array }[] = [
  { name: "report.html", make: reportHtml },
  { name: "report.json", make: reportJson },
  { name: "junit.xml", make: junitXml },
  { name: "summary.md", make: summaryMarkdown },
  { name: "results.sarif", make: sarifJson },
  { name: "evidence.pcapng", make: evidencePcapng },
];

/** Writes every format into `dir` (made when absent), each beside and renamed; returns the paths. Throws Node's error when the folder cannot be written. */
export function writeReports(lines: readonly RecordLine[], dir: string): string[] {
  const report = buildReport(lines);
  return writeAll(dir, FORMATS.map((f) => [f.name, f.make(report)] as const));
}

/** The report as text for a terminal; escape sequences only with `color`. */
export function renderTerminal(lines: readonly RecordLine[], options: { readonly color: boolean }): string {
  return terminalText(buildReport(lines), options.color);
}

/** GitHub workflow commands, one a line. */
export const githubAnnotations = (lines: readonly RecordLine[]): string => github(buildReport(lines));
/** GitLab code quality JSON. */
export const gitlabCodeQuality = (lines: readonly RecordLine[]): string => gitlab(buildReport(lines));
