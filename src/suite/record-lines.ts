/** Puts a run record together and onto disk. It exists from the first moment, marked incomplete, and is replaced whole at the end. */
import { join } from "node:path";
import { makeFolder, writeAtomic } from "../report/files.js";
import { type CaseLine, type ClauseLine, type FaultLine, type FooterLine, type HeaderLine, type ProfileLine, RECORD_VERSION, type RecordLine, type VerdictLine, type WaiverLine } from "../report/record.js";
import type { OpinionLine } from "../report/opinion.js";
import type { Numbers } from "./verdicts.js";

export const RECORD_FILE = "run.jsonl";

export interface RunRecord {
  readonly header: HeaderLine;
  readonly profiles: readonly ProfileLine[];
  readonly clauses: readonly ClauseLine[];
  readonly cases: readonly CaseLine[];
  /** Of `check --second-opinion`. */
  readonly opinion?: OpinionLine;
  readonly verdicts: readonly VerdictLine[];
  /** What became of the waivers; none without a waiver file. */
  readonly waivers?: readonly WaiverLine[];
  readonly faults: readonly FaultLine[];
  readonly footer: FooterLine;
}

export function headerLine(h: Omit<HeaderLine, "type" | "version" | "tool">): HeaderLine {
  return { type: "header", version: RECORD_VERSION, tool: "softproof", ...h };
}

export function footerLine(numbers: Numbers, complete: boolean, exitCode: number): FooterLine {
  return { type: "footer", complete, exitCode, ...numbers };
}

/** The order of the record: header, profiles, clauses, cases, second opinion, verdicts, waivers, faults, footer. */
export function recordLines(r: RunRecord): RecordLine[] {
  return [r.header, ...r.profiles, ...r.clauses, ...r.cases, ...(r.opinion === undefined ? [] : [r.opinion]), ...r.verdicts, ...(r.waivers ?? []), ...r.faults, r.footer];
}

const text = (lines: readonly RecordLine[]): string => lines.map((l) => JSON.stringify(l) + "\n").join("");
const NOTHING: Numbers = { exercised: 0, applicable: 0, failed: 0, warned: 0, waivedOrKnown: 0, errors: 0 };

/** 130 = ended by Ctrl-C: what the marker says until the run has ended otherwise. */
export const INTERRUPTED = 130;

export interface RecordFile {
  readonly path: string;
  /** Replaces the marker by the whole record, atomically. */
  finish(lines: readonly RecordLine[]): void;
}

/** Creates the folder and the record: header and a footer that says `complete: false`. Throws the system's error when the folder cannot be written. */
export function openRecord(dir: string, header: HeaderLine): RecordFile {
  makeFolder(dir);
  const path = join(dir, RECORD_FILE);
  writeAtomic(path, text([header, footerLine(NOTHING, false, INTERRUPTED)]));
  return { path, finish: (lines) => writeAtomic(path, text(lines)) };
}
