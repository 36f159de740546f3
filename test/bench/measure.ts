import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Measure { readonly seconds: number; readonly peakMiB: number | undefined }

export const have = (tool: string): boolean => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
const pinned = have("taskset");

/** Runs a command on one core (where `taskset` is there) and takes wall seconds; a node command, with `memory`, says its peak resident memory. Throws when it fails. */
export function measure(command: readonly string[], memory = false): Measure {
  const dir = mkdtempSync(join(tmpdir(), "softproof-measure-"));
  const file = join(dir, "usage");
  const preload = join(dir, "usage.mjs");
  writeFileSync(preload, `import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`);
  const args = memory ? [command[0], "--import", preload, ...command.slice(1)] : [...command];
  const full = pinned ? ["taskset", "-c", "0", ...args] : args;
  const before = process.hrtime.bigint();
  const r = spawnSync(full[0], full.slice(1), { stdio: ["ignore", "ignore", "pipe"], maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  const peakMiB = memory && existsSync(file) ? Number(readFileSync(file, "utf8")) / 1024 : undefined;
  rmSync(dir, { recursive: true });
  // A command that failed was fast for nothing: there is no rate to print.
  if (r.status !== 0) throw new Error(`${full.join(" ")}: exit ${r.status ?? r.signal}\n${String(r.stderr).slice(-600)}`);
  return { seconds, peakMiB };
}

/** The middle of `n` runs by time: one slow run on a shared machine does not decide. */
export function median(n: number, run: () => Measure): Measure {
  const all = Array.from({ length: n }, run).sort((a, b) => a.seconds - b.seconds);
  return all[n >> 1];
}

/** The middle of `n` runs of a node command, and the peak memory of one more: asking for it takes time, which is none of the command's. */
export const medianAndMemory = (n: number, command: readonly string[]): Measure => ({ ...median(n, () => measure(command)), peakMiB: measure(command, true).peakMiB });
