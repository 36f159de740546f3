/** A run as people name it: run.jsonl, the folder that holds it, or `-` for stdin. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ReadRecord, readRecord } from "../report/read.js";
import { RECORD_FILE } from "../suite/record-lines.js";
import { EXIT, problem } from "./outcome.js";

export interface NamedRun {
  readonly read: ReadRecord;
  /** The record file; "stdin" for `-`. */
  readonly file: string;
  /** Where it lies, with what was written beside it; undefined for stdin. */
  readonly dir: string | undefined;
}

export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Reads it, and tells on stderr where it breaks off. Throws an input problem when nothing of it can be read. */
export function readRun(path: string): NamedRun {
  const file = isFolder(path) ? join(path, RECORD_FILE) : path;
  const read = readRecord(file);
  const name = file === "-" ? "stdin" : file;
  if (read.lines.length === 0) throw problem(EXIT.input, read.problem ?? `${name}: no run record`);
  if (read.problem !== undefined) process.stderr.write(`softproof: ${read.problem}\n`);
  return { read, file: name, dir: file === "-" ? undefined : dirname(file) };
}
