#!/usr/bin/env node
// `node test/defects/adapter.mjs CASES_DIR RESULTS.json [--only TEXT]`: runs `softproof check` on the captures of devices with one known defect each
// (only role, addresses and MACs are handed over, never the label) and writes the findings in the neutral form that score.py reads.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deviceConfig } from "./device-config.mjs";

const [casesDir, resultsFile] = process.argv.slice(2);
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const cli = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const levels = new Map();
const specs = join(dirname(cli), "..", "..", "specs", "clauses");
for (const file of readdirSync(specs).filter((f) => /^rfc\d+\.json$/.test(f))) {
  const data = JSON.parse(readFileSync(join(specs, file), "utf8"));
  for (const clause of Array.isArray(data) ? data : data.clauses) levels.set(clause.id, clause.level);
}

const results = {};
const work = mkdtempSync(join(tmpdir(), "softproof-defects-"));
for (const id of readdirSync(casesDir).sort()) {
  const kase = JSON.parse(readFileSync(join(casesDir, id, "case.json"), "utf8"));
  if (!kase.role.includes(only)) continue;
  const config = deviceConfig(kase);
  if (config === undefined) continue;
  const file = join(work, "config.yaml");
  const out = join(work, id);
  writeFileSync(file, JSON.stringify(config));
  const run = spawnSync(process.execPath, [cli, "check", "--config", file, "--access", join(casesDir, id, "access.pcap"), "--core", join(casesDir, id, "core.pcap"), "-o", out], { encoding: "utf8" });
  if (run.status !== 0 && run.status !== 1) {
    console.error(`${id}: exit ${run.status}: ${run.stderr.slice(-400)}`);
    if (run.status !== 4) continue;
  }
  const lines = readFileSync(join(out, "run.jsonl"), "utf8").trim().split("\n").map((l) => JSON.parse(l));
  results[id] = lines
    .filter((l) => l.type === "case")
    .flatMap((l) => l.findings)
    .filter((f) => f.severity === "fail" || f.severity === "warn")
    .map((f) => {
      const places = [f.first, f.last, ...f.exemplars.flatMap((e) => e.packets.map((p) => p.place))];
      const seen = new Map(places.map((p) => [`${p.file}:${p.frame}`, { file: basename(p.file, ".pcap"), frame: p.frame }]));
      return { clause: f.clause, level: levels.get(f.clause), verdict: f.severity, frames: [...seen.values()] };
    });
}
rmSync(work, { recursive: true });
writeFileSync(resultsFile, JSON.stringify(results, null, 1));
