/** Files of a report: the schemas beside the program, and atomic writing. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { removeStaleParts } from "../capture/stale-parts.js";

/** Writes beside and renames, so that a reader never meets half a file. Errors are Node's own (they name the path); nothing is left behind. */
export function writeAtomic(path: string, data: string): void {
  const beside = `${path}.part-${process.pid}`;
  removeStaleParts(path);
  try {
    writeFileSync(beside, data);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** The text of a schema of this package; the same relative way from src/report and from dist/report. */
export function schemaText(name: "run-record" | "report" | "compare"): string {
  return readFileSync(new URL(`../../specs/schemas/${name}.schema.json`, import.meta.url), "utf8");
}
