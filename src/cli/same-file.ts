/** Files by what they are, not by how they were called: links and folders with two names must not make an output fall onto an input. */
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, problem } from "./outcome.js";

/** The absolute path without links; of a file that is not there yet, that of its folder (or the nearest one that exists) and its name. */
export function realOf(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    const up = dirname(whole);
    return up === whole ? whole : join(realOf(up), basename(whole));
  }
}

/** Throws a usage problem when one of `inputs` is a file that the command would write: the user's capture would be gone. "-" is stdin. */
export function refuseOverwriting(inputs: readonly string[], outputs: readonly string[]): void {
  const written = new Set(outputs.map((o) => join(realOf(dirname(o)), basename(o))));
  for (const path of inputs) {
    if (path !== "-" && (written.has(realOf(path)) || written.has(join(realOf(dirname(path)), basename(path))))) throw problem(EXIT.usage, `${path} would be overwritten by an output of that name: name another folder with -o DIR.`);
  }
}
