/** Reading and checking a run record. A record that broke off is a normal thing (Ctrl-C, full disk): what is whole is used. */
import type { ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { schemaText } from "./files.js";
import { RECORD_VERSION, type RecordLine } from "./record.js";

export interface ReadRecord { readonly lines: RecordLine[]; readonly complete: boolean; readonly problem?: string }

/** ajv (CommonJS) is loaded when a record is read: commands that only write one start without it. */
const require = createRequire(import.meta.url);

let validator: ValidateFunction<RecordLine> | undefined;
function validate(): ValidateFunction<RecordLine> {
  if (validator !== undefined) return validator;
  const { Ajv2020 } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  validator = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true, discriminator: true }).compile<RecordLine>(JSON.parse(schemaText("run-record")));
  return validator;
}

/** Undefined when `value` is a line of the record, else what is wrong with it, for people. */
export function checkRecordLine(value: unknown): string | undefined {
  const check = validate();
  if (check(value)) return undefined;
  const first = check.errors?.[0];
  return first === undefined ? "not a line of a run record" : `${first.instancePath === "" ? "line" : first.instancePath} ${first.message ?? "is wrong"}${first.keyword === "additionalProperties" ? ` (${String(first.params["additionalProperty"])})` : ""}`;
}

/** Parses record text. `name` stands in messages. A truncated last line is left out; a broken line within ends the reading there. */
export function parseRecord(text: string, name: string): ReadRecord {
  const lines: RecordLine[] = [];
  const broken = (problem: string): ReadRecord => ({ lines, complete: false, problem });
  const rows = text.split("\n");
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? "";
    if (row.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(row);
    } catch {
      const last = i === rows.length - 1; // no newline follows: the writer was cut off within it
      return broken(`${name}:${i + 1}: ${last ? "the last line is cut off, the run broke off here" : "not JSON; expected one object a line"}; the ${lines.length} lines before it are used`);
    }
    const version = (value as { version?: unknown } | null)?.version;
    if (lines.length === 0 && typeof version === "number" && version !== RECORD_VERSION) {
      return broken(`${name}:1: run record of version ${version}, this softproof reads version ${RECORD_VERSION}: use the softproof that wrote it`);
    }
    const wrong = checkRecordLine(value);
    if (wrong !== undefined) return broken(`${name}:${i + 1}: ${wrong}; the ${lines.length} lines before it are used`);
    lines.push(value as RecordLine);
  }
  if (lines[0]?.type !== "header") return broken(`${name}: no header line; expected a run record (run.jsonl) of softproof`);
  const footer = lines.at(-1);
  if (footer?.type !== "footer") return broken(`${name}: no footer line: the run did not end`);
  return footer.complete ? { lines, complete: true } : broken(`${name}: the run was broken off (its footer says so)`);
}

const STDIN_FD = 0;

/** Reads a record file; `-` is stdin. A file that cannot be read at all gives no lines and a problem that names it. */
export function readRecord(path: string): ReadRecord {
  try {
    return path === "-" ? parseRecord(readFileSync(STDIN_FD, "utf8"), "stdin") : parseRecord(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { lines: [], complete: false, problem: `${path}: no such file or folder; name a run.jsonl, or the folder that holds it` };
    return { lines: [], complete: false, problem: `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
