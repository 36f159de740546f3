/** What killed runs left: `NAME.part-PID` beside NAME, of a process that is no more. A later writer of NAME takes it away. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Another machine or container may share the folder, whose processes are not seen here: what was written to within the hour stays. */
const QUIET_MILLISECONDS = 3_600_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Listings by folder: a run writes many files into one. */
const listed = new Map<string, readonly string[]>();
function partsIn(folder: string): readonly string[] {
  let parts = listed.get(folder);
  if (parts === undefined) {
    try {
      parts = readdirSync(folder).filter((name) => /\.part-\d+$/.test(name));
    } catch {
      parts = []; // whoever writes there will tell
    }
    listed.set(folder, parts);
  }
  return parts;
}

/** Removes what was left of `path`; never throws. */
export function removeStaleParts(path: string): void {
  const own = `${basename(path)}.part-`;
  for (const name of partsIn(dirname(path))) {
    if (!name.startsWith(own) || isAlive(Number(name.slice(own.length)))) continue;
    const part = join(dirname(path), name);
    try {
      if (Date.now() - statSync(part).mtimeMs > QUIET_MILLISECONDS) rmSync(part, { force: true });
    } catch { /* someone else took it away */ }
  }
}
