#!/usr/bin/env node
// `node test/oracle/adapter.mjs CASE_DIR OUT_DIR`: runs one oracle case as a user would, through `softproof replay` with a
// configuration file. Exit 77: the configuration can't be expressed. SOFTPROOF_DIST names another build folder.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { caseYaml } from "./case-yaml.mjs";

const [caseDir, outDir] = process.argv.slice(2);
if (caseDir === undefined || outDir === undefined) {
  console.error("usage: adapter.mjs CASE_DIR OUT_DIR");
  process.exit(2);
}
const dist = resolve(process.env.SOFTPROOF_DIST ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist"));
const kase = JSON.parse(readFileSync(join(caseDir, "case.json"), "utf8"));
const config = caseYaml(kase.concentrator);
if (config === undefined) process.exit(77);
mkdirSync(outDir, { recursive: true });
const configFile = join(outDir, "config.yaml");
writeFileSync(configFile, JSON.stringify(config, undefined, 1));
const inputs = Object.entries(kase.inputs).flatMap(([side, file]) => [`--${side}`, join(caseDir, file)]);
// In this process, as the user's shell would: a second node would cost as much as the case.
const main = join(dist, "cli", "main.js");
process.argv = [process.execPath, main, "replay", "--config", configFile, ...inputs, "-o", outDir, "--no-judge"];
process.on("exit", (code) => {
  // 4 = nothing exercised: without judging, and for empty captures, that is no failure here.
  process.exitCode = code === 0 || code === 4 ? 0 : 1;
});
await import(pathToFileURL(main).href);
