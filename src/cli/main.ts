#!/usr/bin/env node
/** The command line: one file a command in commands/, the options of all in command-line.ts, exit codes in outcome.ts. What argv does not ask for is not loaded. */
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { EXIT, errorText, exitCodeOf, why } from "./outcome.js";
import { toolVersion } from "./version.js";

// `softproof check | head` ends the pipe early: that is no error, and no reason to leave files unwritten or to forget the verdict.
// A full disk is: what was printed is not there, so the exit code says so.
process.stdout.on("error", (e: NodeJS.ErrnoException) => {
  if (e.code === "EPIPE") return;
  try {
    process.stderr.write(`softproof: cannot write to stdout: ${why(e)}.\n`);
  } finally {
    process.on("exit", () => {
      if (process.exitCode !== EXIT.internal) process.exitCode = EXIT.usage;
    });
  }
});
// Talk that nobody can read is no reason to stop the work.
process.stderr.on("error", () => undefined);

// Compiling is most of the start. Node 22 and later keep what they compiled: here, where only those can write who can change the code anyway; if they cannot, nothing is kept.
(nodeModule as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(fileURLToPath(new URL("compiled", import.meta.url)));

const argv = process.argv.slice(2);
async function main(): Promise<void> {
  try {
    if (argv.length === 1 && argv[0] === "--version") process.stdout.write(`${toolVersion}\n`);
    else await (await import("./command-line.js")).runCommandLine(argv);
  } catch (e) {
    process.stderr.write(`${errorText(e)}\n`);
    process.exitCode = exitCodeOf(e);
  }
}
void main();
