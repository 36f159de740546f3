import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RULES } from "../../src/judge/index.js";
import { reportHtml } from "../../src/report/html/page.js";
import { checkRecordLine, schemaText } from "../../src/report/index.js";
import { reportJson } from "../../src/report/json.js";
import { buildReport } from "../../src/report/model.js";
import { headerLine } from "../../src/suite/record-lines.js";
import { mechanismsIn, type RunResult, runSpecs } from "../../src/suite/run.js";
import { runProfiles } from "../../src/suite/run-profiles.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";

const specs = loadSpecs(findSpecs([]));
const profiles = runProfiles([], mechanismsIn(specs));
const dirs: string[] = [];
const header = headerLine({ toolVersion: "0", command: "run", subject: "modelled card", inputs: [], config: "", seed: 1, asOf: "" });

async function bundledRun(): Promise<{ result: RunResult; dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), "softproof-run-"));
  dirs.push(dir);
  const result = await runSpecs({ specs, profiles, header, outDir: dir, failOnWarn: false });
  return { result, dir };
}

/** Judged clauses of these RFCs that no spec exercises with the reference, each with its reason. */
const ROUTING = "the rule looks at routes that the device announces; the reference takes part in no routing";
const NOT_EXERCISED: Readonly<Record<string, string>> = {
  "RFC3056-5.2-2": ROUTING, "RFC3056-5.2-3": ROUTING, "RFC3056-5.2-4": ROUTING, "RFC3056-5.2.3-1": ROUTING, "RFC3068-4.2-1": ROUTING, "RFC3068-4.3-1": ROUTING, "RFC3068-4.4-1": ROUTING,
  "RFC5969-7.2-4": ROUTING, "RFC6732-4.7-1": ROUTING, "RFC7526-6-2": ROUTING,
  "RFC4213-3.7-1": "the rule looks at tunnel packets with a link-local source, and RFC 5969 section 9 has none on a 6rd link",
  "RFC3056-5.1-2": "the rule looks at router advertisements that the device sends to its site; the reference is no site router and sends none",
  "RFC3056-5.2.2-1": "the rule looks at RIPng and BGP that the device sends; the reference takes part in no routing",
  "RFC3056-5.11-1": "the rule looks at RIPng and BGP that the device sends through the tunnel; the reference takes part in no routing",
  "RFC7526-6-3": "the rule waits until the device has announced 2002::/16; the reference announces nothing",
  "RFC5969-9.1-6": "the rule looks at packets of an anycast BR that may be fragmented; a BR that sets DF as RFC5969-9.1-2 asks never sends one",
};
let first: Awaited<ReturnType<typeof bundledRun>>;
beforeAll(async () => {
  first = await bundledRun();
}, 240_000);
afterAll(() => {
  for (const d of dirs) rmSync(d, { recursive: true, force: true });
});

describe("the bundled run", () => {
  test.each(specs.map((s) => [s.id] as const))("%s: the reference meets expectation, counters and golden, and breaks no rule", (id) => {
    const line = first.result.cases.find((c) => c.id === id && c.profile === "reference");
    expect(line?.expectation?.problems).toEqual([]);
    expect(line?.golden).toEqual({ state: "equal", differences: [] });
    expect(line?.findings.filter((f) => f.severity === "fail")).toEqual([]);
    expect(line?.verdict).toBe("pass");
  });
  test("no card departs but by its own documents", () => {
    expect(first.result.cases.filter((c) => ["fail", "error", "incomplete"].includes(c.verdict)).map((c) => `${c.id} ${c.profile}: ${c.reason}`)).toEqual([]);
    expect(first.result.exitCode).toBe(0);
  });
  test("its report.html is at most 3 MB, its report.json obeys the published schema", () => {
    const report = buildReport(first.result.lines);
    expect(Buffer.byteLength(reportHtml(report))).toBeLessThanOrEqual(3_000_000);
    const check = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText("report")));
    check(JSON.parse(reportJson(report)));
    expect(check.errors ?? []).toEqual([]);
  });
  test("a card whose behaviour changes the output has a golden of its own", () => {
    expect(first.result.replays.filter((r) => r.golden.state !== "equal").map((r) => `${r.spec.id} ${r.name}: ${r.golden.state}`)).toEqual([]);
  });
  test("a spec whose mechanism the card lacks is not applicable, with the reason", () => {
    const line = first.result.cases.find((c) => c.id === "rfc5969-decapsulation" && c.profile === "mx-ms-mpc");
    expect(line?.verdict).toBe("not-applicable");
    expect(line?.reason).toContain("does not support 6rd");
  });
  test("every line fits the schema of the run record", () => {
    for (const l of first.result.lines) expect(checkRecordLine(l)).toBeUndefined();
  });
});

describe("coverage", () => {
  const judged = [...new Set(RULES.map((r) => r.clause))].filter((c) => /^RFC(3056|3068|3964|4213|5969|6296|6324|6343|6732|7526)-/.test(c)).sort();
  const named = new Set(specs.flatMap((s) => s.clauses));
  const exercised = (): Map<string, Set<string>> => {
    const by = new Map<string, Set<string>>();
    for (const c of first.result.cases) {
      if (c.profile === "reference") by.set(c.id, new Set(c.rules.filter((r) => r.exercised > 0).map((r) => r.clause)));
    }
    return by;
  };
  test("every judged clause of 6rd, the 6to4 family and their tunnels is named by a spec", () => {
    expect(judged.filter((c) => !named.has(c) && NOT_EXERCISED[c] === undefined)).toEqual([]);
  });
  test("every one of them is exercised by the reference's run, but for those with a reason", () => {
    const all = new Set([...exercised().values()].flatMap((s) => [...s]));
    expect(judged.filter((c) => !all.has(c))).toEqual(Object.keys(NOT_EXERCISED).sort());
  });
  test("every spec exercises what it names, where a rule judges it", () => {
    const by = exercised();
    const ruled = new Set(RULES.map((r) => r.clause));
    expect(specs.flatMap((s) => s.clauses.filter((c) => ruled.has(c) && by.get(s.id)?.has(c) !== true).map((c) => `${s.id} ${c}`))).toEqual([]);
  });
});

test("two runs give the same bytes in every file", async () => {
  const second = await bundledRun();
  const files = (d: string): string[] => readdirSync(d, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  const a = files(first.dir).map((f) => relative(first.dir, f)).sort();
  expect(files(second.dir).map((f) => relative(second.dir, f)).sort()).toEqual(a);
  expect(a.length).toBeGreaterThan(specs.length * 3);
  for (const f of a) expect(Buffer.compare(readFileSync(join(first.dir, f)), readFileSync(join(second.dir, f))), f).toBe(0);
  const text = (r: RunResult): string[] => r.lines.map((l) => JSON.stringify(l));
  const [one, two] = [text(first.result), text(second.result)];
  expect(two.length).toBe(one.length);
  expect(two.filter((l, i) => l !== one[i]).map((l) => l.slice(0, 200))).toEqual([]);
  expect(statSync(first.dir).isDirectory()).toBe(true);
}, 240_000);
