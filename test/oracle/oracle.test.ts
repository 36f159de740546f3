/** The cases beside the checkout, run through `softproof replay` by their own driver. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { sharedDir } from "../shared.js";

const here = dirname(fileURLToPath(import.meta.url));
const shared = sharedDir();
const driver = shared === undefined ? "" : join(shared, "oracle", "drive.py");
const dist = process.env.SOFTPROOF_DIST ?? join(here, "..", "..", "dist");
const work = mkdtempSync(join(tmpdir(), "softproof-oracle-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function missing(): string | undefined {
  if (shared === undefined || !existsSync(driver)) return "no ../shared/oracle beside the checkout";
  if (spawnSync("python3", ["--version"]).status !== 0) return "no python3";
  return existsSync(join(dist, "cli", "main.js")) ? undefined : "the project is not built (npm run build)";
}
const why = missing();

describe(`oracle${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  it.skipIf(why !== undefined).each(["6rd", "6to4", "pmt", "dslite"])("all %s cases pass", { timeout: 180_000 }, (filter) => {
    const json = join(work, `${filter}.json`);
    const run = spawnSync("python3", [driver, `node ${join(here, "adapter.mjs")}`, "--filter", filter, "--json", json, "--work", join(work, filter)], {
      encoding: "utf8", env: { ...process.env, SOFTPROOF_DIST: dist },
    });
    const failed = run.stdout.split("\n").filter((line) => /^(FAIL|N\/A|n\/a)/.test(line));
    expect(failed, run.stdout + run.stderr).toEqual([]);
    expect(run.stdout).toMatch(/[1-9]\d* pass, 0 fail, 0 not applicable/);
    expect(readFileSync(json, "utf8").length).toBeGreaterThan(2);
  });
});
