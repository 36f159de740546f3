import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
const at = (name: string): string => join(dir, name);
const SPECS = ["rfc3056", "rfc5969", "rfc6333"].map((d) => join(root, "specs/cases", d));
const WAIVERS = ["--waivers", at("waivers.yaml"), "--as-of", "2026-11-24"];
const run = (out: string, ...more: string[]): number | null => softproof(["run", ...SPECS, "-o", at(out), "-q", ...WAIVERS, ...more]).code;
let code: number | null = null;
const tree = (of: string): string[] => readdirSync(of, { recursive: true, encoding: "utf8" }).sort();

beforeAll(() => {
  // One that excuses something, one whose case does not arise.
  const waiver = (id: string, clause: string): string => `  - { id: ${id}, reason: known to the lab, owner: k.meier, issue: LAB-1, expires: 2099-12-31, scope: { clause: ${clause} } }\n`;
  writeFileSync(at("waivers.yaml"), `softproof-waivers: 1\nwaivers:\n${waiver("a", "RFC5969-9-5")}${waiver("b", "RFC6732-3.1-1")}`);
  code = run("whole");
  for (const k of [1, 2, 3]) run(`shard-${k}`, "--shard", `${k}/3`);
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("three shards merged are the run, byte for byte: record, reports, traces and outputs", () => {
  const r = softproof(["merge", at("shard-2"), at("shard-3/run.jsonl"), at("shard-1"), "-o", at("merged")]);
  expect(r.code).toBe(code);
  expect(tree(at("merged"))).toEqual(tree(at("whole")));
  for (const file of tree(at("whole")).filter((f) => statSync(at(join("whole", f))).isFile())) expect(readFileSync(at(join("merged", file))).equals(readFileSync(at(join("whole", file)))), file).toBe(true);
});
test("the waivers were at work", () => {
  expect(readFileSync(at("merged/run.jsonl"), "utf8")).toMatch(/"verdict":"waived"[\s\S]*"id":"a"[^\n]*"state":"used"/);
});
test("a shard's record differs from a run's in its header by the shard alone", () => {
  const header = (of: string): unknown => JSON.parse(readFileSync(at(`${of}/run.jsonl`), "utf8").split("\n")[0]);
  expect(header("shard-2")).toEqual({ ...(header("whole") as object), shard: { index: 2, count: 3 } });
});
test("a shard without specs is no failure", () => {
  expect(run("none", "--shard", "999/999")).toBe(0);
});
test.each([
  ["a missing shard", ["merge", at("shard-1"), at("shard-2"), "-o", at("x")], "shard 3 of 3 is missing"],
  ["a whole run", ["merge", at("whole"), "-o", at("x")], "not a shard"],
  ["the folder of a shard as output", ["merge", at("shard-1"), "-o", at("shard-1")], "name another one"],
  ["a wrong --shard", ["run", "--shard", "7/3", "-o", at("x")], "part 7 of 3"],
])("%s is exit 2", (_, args, message) => {
  expect(softproof(args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});

/** Every `softproof ...` command line in a text, as words. */
const commandLines = (text: string): string[][] => [...text.matchAll(/\bsoftproof (?:run|merge|report|check|compare|golden)\b[^|>\n`]*/g)].map((m) => m[0].replace(/\$\{\{[^}]*\}\}/g, "1").trim().split(/\s+/));
/** Long flags of a command, from its own help. */
const flagsOf = (command: string): string[] => [...softproof([command, "--help"]).out.matchAll(/--([a-z][a-z-]+)/g)].map((m) => m[1]);

test.each(readdirSync(join(root, "specs/ci")))("specs/ci/%s is well-formed, and names commands and flags that exist", (name) => {
  const text = readFileSync(join(root, "specs/ci", name), "utf8");
  if (!name.endsWith(".sh")) for (const doc of parseAllDocuments(text)) expect("errors" in doc ? doc.errors : []).toEqual([]);
  const lines = commandLines(text);
  expect(lines.length).toBeGreaterThan(0);
  for (const [, command, ...words] of lines) {
    const known = flagsOf(command);
    for (const flag of words.filter((w) => w.startsWith("--"))) expect(known, `${name}: ${command} ${flag}`).toContain(flag.slice(2).replace(/=.*$/, ""));
  }
});
test("the Kubernetes example is an Indexed Job whose parts and shards agree", () => {
  const [job] = parseAllDocuments(readFileSync(join(root, "specs/ci/kubernetes-indexed-job.yaml"), "utf8")).map((d) => d.toJS() as { kind: string; spec: { completionMode: string; completions: number; template: { spec: { containers: { args: string[] }[] } } } });
  expect(job).toMatchObject({ kind: "Job", spec: { completionMode: "Indexed" } });
  expect(job.spec.template.spec.containers[0].args[0]).toContain(`--shard auto/${job.spec.completions} `);
});
