/** Files of a report: the schemas beside the program, folders, and atomic writing. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { removeStaleParts } from "../capture/stale-parts.js";

/**
 * Makes a folder and those above it. Not by mkdirSync's `recursive`: that never returns where a file system says of every new folder that it
 * does not exist (/proc, an automounter's folder). Errors are Node's own.
 */
export function makeFolder(dir: string): void {
  const at = resolve(dir);
  const above = dirname(at);
  if (above !== at && !existsSync(above)) makeFolder(above);
  try {
    mkdirSync(at);
  } catch (error) {
    if (statSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

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
