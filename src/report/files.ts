/** Files of a report: the schemas beside the program, and atomic writing. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes beside and renames, so that a reader never meets half a file. Errors are Node's own (they name the path); nothing is left behind. */
export function writeAtomic(path: string, data: string | Uint8Array): void {
  const beside = `${path}.part-${process.pid}`;
  try {
    writeFileSync(beside, data);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Writes `files` (name -> content) into `dir`, which is made when absent; returns their paths in the given order. */
export function writeAll(dir: string, files: readonly (readonly [string, string | Uint8Array])[]): string[] {
  mkdirSync(dir, { recursive: true });
  return files.map(([name, data]) => {
    const path = join(dir, name);
    writeAtomic(path, data);
    return path;
  });
}

/** The text of a schema of this package; the same relative way from src/report and from dist/report. */
export function schemaText(name: "run-record" | "report"): string {
  return readFileSync(new URL(`../../specs/schemas/${name}.schema.json`, import.meta.url), "utf8");
}
