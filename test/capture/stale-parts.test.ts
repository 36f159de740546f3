/** What killed runs leave is taken away by the next writer of the same file: only that, only of dead processes, only after an hour of quiet. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openOutput } from "../../src/capture/output-file.js";
import { writeAtomic } from "../../src/report/files.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-stale-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
/** A process that has ended: its number is free for a while. */
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const alive = process.ppid;
function put(folder: string, name: string, hours: number): void {
  writeFileSync(join(folder, name), "x");
  const at = Date.now() / 1000 - 3600 * hours;
  utimesSync(join(folder, name), at, at);
}

test.each([["a pcap", (path: string): void => openOutput(path).finish()], ["a report", (path: string): void => writeAtomic(path, "text")]])("%s", (_, write) => {
  const folder = mkdtempSync(join(dir, "x-"));
  put(folder, `out.file.part-${dead}`, 2);
  put(folder, `other.file.part-${dead}`, 2); // not ours to judge: another writes it
  put(folder, `out.file.part-${alive}`, 2);
  put(folder, "out.file.part-x", 2);
  put(folder, `my-out.file.part-${dead}`, 2);
  write(join(folder, "out.file"));
  expect(readdirSync(folder).sort()).toEqual([`my-out.file.part-${dead}`, `other.file.part-${dead}`, "out.file", `out.file.part-${alive}`, "out.file.part-x"].sort());
});

test("what was written to within the hour stays: another machine may share the folder", () => {
  const folder = mkdtempSync(join(dir, "y-"));
  put(folder, `out.file.part-${dead}`, 0.9);
  writeAtomic(join(folder, "out.file"), "text");
  expect(readdirSync(folder).sort()).toEqual(["out.file", `out.file.part-${dead}`]);
});
