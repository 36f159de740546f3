/** A folder that is used again keeps what this run does not write: it is told, since it would be read as this run's. */
import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "./shell-word.js";

/** Undefined where there is no such file, or none that can be looked at: whoever writes there will tell. */
const stamp = (path: string): string | undefined => {
  try {
    const s = statSync(path);
    return s.isFile() ? `${s.ino} ${s.mtimeMs} ${s.size}` : undefined;
  } catch {
    return undefined;
  }
};
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Looks at `names` in `dir` before the run; the function gives the line about those that the run did not write, "" without any. `given` are the run's inputs. */
export function leftovers(dir: string, names: readonly string[], given: readonly string[]): () => string {
  const inputs = new Set(given.map(real));
  const before = names.map((name) => [name, stamp(join(dir, name))] as const).filter(([name, s]) => s !== undefined && !inputs.has(real(join(dir, name))));
  return () => {
    const old = before.filter(([name, s]) => stamp(join(dir, name)) === s).map(([name]) => name);
    return old.length === 0 ? "" : `note: ${old.join(", ")} in ${shellWord(dir)} ${old.length === 1 ? "is" : "are"} of an earlier run: this one does not write ${old.length === 1 ? "it" : "them"}\n`;
  };
}
