/** A file that appears whole or not at all: written beside its place as `.part-PID` (two runs may share a folder), renamed when finished. "-" is stdout. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { removeStaleParts } from "./stale-parts.js";

export interface OutputFile {
  /** Writes `length` bytes of `u8` from `off`. Throws an Error for people when that fails (disk full, for one). */
  write(u8: Uint8Array, off: number, length: number): void;
  /** Closes the file and renames it into place. */
  finish(): void;
  /** Closes the file and removes it; never throws, so it may follow a failed write. */
  abort(): void;
}

const say = (e: unknown): string => (e instanceof Error ? e.message : String(e));
const isBusy = (e: unknown): boolean => e instanceof Error && (e as NodeJS.ErrnoException).code === "EAGAIN";

/** Opens `path` for writing; throws an Error that names the file and what to do when it cannot be made. */
export function openOutput(path: string): OutputFile {
  const isStdout = path === "-";
  const name = isStdout ? "stdout" : path;
  const part = `${path}.part-${process.pid}`;
  let fd = 1;
  if (!isStdout) {
    removeStaleParts(path);
    try {
      fd = openSync(part, "w");
    } catch (e) {
      throw new Error(`${name}: the file cannot be made (${say(e)}); check that the folder exists and can be written`);
    }
  }
  let open = true;
  const close = (): void => {
    if (open && !isStdout) closeSync(fd);
    open = false;
  };
  return {
    write(u8, off, length) {
      for (let done = 0; done < length; ) {
        try {
          done += writeSync(fd, u8, off + done, length - done);
        } catch (e) {
          // A pipe whose reader is slow: wait a millisecond and go on.
          if (isBusy(e)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
          else throw new Error(`${name}: writing failed (${say(e)}); is the disk full?`);
        }
      }
    },
    finish() {
      if (!open) return;
      close();
      if (isStdout) return;
      try {
        renameSync(part, path);
      } catch (e) {
        throw new Error(`${name}: ${part} cannot be renamed into place (${say(e)})`);
      }
    },
    abort() {
      if (!open) return;
      try {
        close();
        if (!isStdout) rmSync(part, { force: true });
      } catch {
        open = false; // nothing more can be done for a file that is given up
      }
    },
  };
}
