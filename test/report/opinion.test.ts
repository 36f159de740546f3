/** The second opinion in every format: told as differences, never as violations; its text comes from captures and file names, so it may be hostile. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkRecordLine, renderTerminal, schemaText, writeReports } from "../../src/report/index.js";
import { compareRuns, compareTwo } from "../../src/report/compare.js";
import { compareJson, compareMarkdown, compareTerminal } from "../../src/report/compare-text.js";
import { reportJson } from "../../src/report/json.js";
import { junitXml } from "../../src/report/junit.js";
import { buildReport } from "../../src/report/model.js";
import type { Difference, OpinionLine, OpinionPacket } from "../../src/report/opinion.js";
import type { RecordLine } from "../../src/report/record.js";
import { sarifJson } from "../../src/report/sarif.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { findChromium, openPage, type Page } from "./browser.js";
import { HOSTILE, native, sampleRecord, tunnelled } from "./sample.js";

const file = `cap ${HOSTILE}.pcap`;
const rule = sampleRecord().flatMap((l) => (l.type === "case" ? l.findings.map((f) => f.rule) : []))[0];
const packet = (by: OpinionPacket["by"], hex: string): OpinionPacket => ({ by, side: by === "input" ? "core" : "access", direction: by === "input" ? "received" : "sent", place: { file, frame: by === "box" ? 8 : 7 }, sec: 1_700_000_000, nsec: 5, length: hex.length / 2, hex });
const tos: Difference = {
  kind: "differs", side: "access", what: "ipv4[0].tos", count: 1234, first: { file, frame: 8 }, rules: [], explained: false,
  examples: [{ packets: [packet("input", native(64)), packet("box", tunnelled(0, 10, 63)), packet("reference", tunnelled(184, 10, 63))], fields: [{ layer: "ipv4[0]", field: "tos", reference: "184", box: "0", referenceOffset: 1, boxOffset: 1, length: 1 }], reason: `tunnelled ${HOSTILE}` }],
};
const more = Array.from({ length: 14 }, (_, i): Difference => ({ ...tos, kind: "reference-only", what: `ipv4 / ipv6 / kind ${i} ${HOSTILE}`, count: 1, examples: [{ packets: [packet("input", native(64)), packet("reference", tunnelled(184, 10, 63))], fields: [], reason: "an error" }] }));
const explained: Difference = { ...tos, kind: "box-only", what: "ipv6 / udp", count: 5, rules: [rule], explained: true, examples: [{ packets: [packet("box", native(63))], fields: [] }] };
const line: OpinionLine = {
  type: "opinion", version: 1, inputs: 5000, box: 4900, reference: 4800, compared: 4700, equal: 3466, learned: 3, limit: { packets: 200_000, bytes: 256 << 20 }, capped: true, edge: 2,
  differing: 1253, explained: 5, differences: [tos, ...more, explained], left: 4,
};
const withOpinion = (o: OpinionLine = line): RecordLine[] => {
  const lines = sampleRecord({ hostile: true, command: "check" });
  const at = lines.findIndex((l) => l.type === "verdict");
  return [...lines.slice(0, at), o, ...lines.slice(at)];
};
const lines = withOpinion();

test("the record and report.json obey their schemas, which bound it", () => {
  expect(lines.map(checkRecordLine).filter((x) => x !== undefined)).toEqual([]);
  const check = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(schemaText("report")));
  expect(check(JSON.parse(reportJson(buildReport(lines)))), JSON.stringify(check.errors)).toBe(true);
  expect(checkRecordLine({ ...line, differences: Array.from({ length: 101 }, () => tos) })).toMatch(/differences/);
  expect(checkRecordLine({ ...line, version: 2 })).toMatch(/version/);
  expect(checkRecordLine({ ...line, more: 1 })).toMatch(/more/);
});

test("it changes no number, verdict or exit code", () => {
  const plain = sampleRecord({ hostile: true, command: "check" });
  const of = (x: RecordLine[]): object => ({ numbers: buildReport(x).numbers, findings: buildReport(x).findings.length, footer: buildReport(x).footer });
  expect(of(lines)).toEqual(of(plain));
});

test("the terminal tells counts, the limit, what is explained, and a dozen kinds", () => {
  const text = renderTerminal(lines, { color: true });
  expect(text).toMatch(/Second opinion: 3\u00a0466 of 4\u00a0700 packets that both sent are equal but for what is free; 3 external ends/);
  expect(text).toMatch(/compared up to 200\u00a0000 packets or 256 MiB; the rest of the captures was left out/);
  expect(text).toMatch(/2 packets of the reference in the last tenth of a second were not compared/);
  expect(text).toContain(`5 differences are explained by findings: ${rule}`);
  expect(text).toMatch(/1\u00a0248 differences that no rule explains. A difference is no violation/);
  expect(text).toMatch(/differs, access: ipv4\[0\]\.tos, 1\u00a0234 times, first/);
  expect(text).toMatch(/ipv4\[0\] tos: reference 184, box 0/);
  expect(text).toMatch(/and 7 more kinds/); // 15 that are not explained, 12 shown, 4 not in the record
  expect(text.split("Second opinion")[1].split("exercised")[0]).not.toMatch(/\p{Cc}\[|FAIL|WARN/u);
});

test("summary.md has them in a table, escaped", () => {
  const text = summaryMarkdown(buildReport(lines));
  expect(text).toMatch(/### Second opinion\n\n3\u00a0466 of 4\u00a0700 packets/);
  expect(text).toMatch(/\| differs, access: ipv4&#91;0&#93;\.tos \| 1\u00a0234 \|/);
  expect(text.replace(/`[^`\n]*`/g, "")).not.toContain("<img"); // a code span shows it as it is
});

test("junit.xml tells them in the output of a test that passes", () => {
  const [plain, text] = [junitXml(buildReport(sampleRecord({ hostile: true, command: "check" }))), junitXml(buildReport(lines))];
  const numbers = (x: string): string[] => [...x.matchAll(/<testsuites [^>]*failures="(\d+)" errors="(\d+)"/g)].flatMap((m) => m.slice(1));
  expect(numbers(text)).toEqual(numbers(plain));
  expect(text).toMatch(/<testcase classname="second-opinion" name="differences from the reference" time="0">\s*<system-out>3\u00a0466 of 4\u00a0700 packets[^<]*differs, access: ipv4\[0\]\.tos, 1\u00a0234 times[^<]*ipv4\[0\] tos: reference 184, box 0[^<]*4 more kinds/);
});

test("results.sarif has what no rule explains as informational results of level none, each of a rule that says what it is", () => {
  const [run] = (JSON.parse(sarifJson(buildReport(lines))) as { runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; kind: string; message: { text: string }; locations: { physicalLocation: { region: { startLine: number } } }[] }[] }[] }).runs;
  const told = run.results.filter((r) => r.ruleId.startsWith("second-opinion/"));
  expect(told).toHaveLength(15);
  expect(told.every((r) => r.level === "none" && r.kind === "informational" && run.tool.driver.rules[r.ruleIndex].id === r.ruleId)).toBe(true);
  expect(told[0].message.text).toContain("differs, access: ipv4[0].tos, 1\u00a0234 times (line = frame number). ipv4[0] tos: reference 184, box 0. A difference is no violation");
  expect(told[0].locations[0].physicalLocation.region.startLine).toBe(8);
});

describe("compare", () => {
  const run = (name: string, o?: OpinionLine) => ({ name, report: buildReport(o === undefined ? sampleRecord({ command: "check" }) : withOpinion(o)) });
  const [one, other] = [{ ...tos, what: "ipv6.hop" }, { ...tos, what: "ipv4[0].id" }];
  const before = run("before", { ...line, differences: [tos, one, explained], left: 0 });
  const after = run("after", { ...line, differences: [{ ...tos, count: 7 }, other, explained], left: 0 });
  test("tells new, gone, and in other numbers; explained ones stand with their findings", () => {
    const c = compareTwo(before, after);
    expect(c.opinion?.map((o) => [o.kind, o.what])).toEqual([["new", "differs, access: ipv4[0].id"], ["gone", "differs, access: ipv6.hop"], ["count", "differs, access: ipv4[0].tos"]]);
    expect(compareTwo(before, before).opinion).toEqual([]);
    const result = compareRuns([before, after]);
    expect(compareTerminal(result, false)).toMatch(/New differences from the reference: 1\. A difference is no violation.*\n {2}differs, access: ipv4\[0\]\.id: 1\u00a0234 times, first[\s\S]*second opinion: 1 new, 1 gone, 1 in other numbers\n$/);
    expect(compareMarkdown(result)).toMatch(/### Differences from the reference that are gone \(1\)\n\nA difference is no violation.*\n\n- differs, access: ipv6\.hop: was/);
    const check = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(schemaText("compare")));
    expect(check(JSON.parse(compareJson(result))), JSON.stringify(check.errors)).toBe(true);
  });
  test("of a list that was cut nothing is called new or gone", () => {
    expect(compareTwo(run("before", { ...line, differences: [tos], left: 2 }), after).opinion?.map((o) => o.kind)).toEqual(["count"]);
    expect(compareTwo(before, run("after", { ...line, differences: [tos], left: 2 })).opinion).toEqual([]);
  });
  test("a run without one is no run without differences", () => {
    const c = compareTwo(before, run("plain"));
    expect(c.opinion).toBeUndefined();
    expect(c.notes.join()).toContain("only before has a second opinion");
  });
});

test("without one no format speaks of it", () => {
  const report = buildReport(sampleRecord({ command: "check" }));
  expect(summaryMarkdown(report) + reportJson(report) + sarifJson(report) + junitXml(report)).not.toMatch(/[Ss]econd.?[oO]pinion/);
});

const chromium = findChromium();
describe.skipIf(chromium === undefined)(`in headless Chromium${chromium === undefined ? " (skipped: no chromium on PATH)" : ""}`, () => {
  let dir = "";
  let page: Page;
  const go = async (hash: string): Promise<void> => {
    await page.eval(`new Promise((done) => { addEventListener("hashchange", () => done(null), { once: true }); if (location.hash === ${JSON.stringify(hash)}) done(null); location.hash = ${JSON.stringify(hash)}; })`);
  };
  const text = (selector: string): Promise<string> => page.eval(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "softproof-opinion-page-"));
    writeReports(lines, dir);
    page = await openPage(chromium ?? "", pathToFileURL(join(dir, "report.html")).href);
  });
  afterAll(async () => {
    await page?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("has a view of its own, with what findings explain apart", async () => {
    await go("#view=opinion");
    expect(await text("nav a[aria-current]")).toBe("Second opinion");
    expect(await page.eval("[...document.querySelectorAll('main table')].map((t) => [t.caption.textContent, t.tBodies[0].rows.length])")).toEqual([["Differences that no rule explains", 15], ["Differences that findings explain", 1]]);
    expect(await text("main")).toMatch(/A difference is no violation: it changes no verdict and no exit code/);
    expect(await text("main")).toMatch(/compared up to 200\u00a0000 packets or 256 MiB/);
    expect(await text("main")).toContain("4 more kinds");
    // No colour of a verdict stands on it.
    expect(await page.eval("document.querySelectorAll('main [class*=v-fail], main [class*=v-warn]').length")).toBe(0);
  });
  test("drills down to fields and marked bytes of both packets", async () => {
    await go("#view=opinion&id=0");
    expect(await text("main h2")).toBe("≠ difference differs, access: ipv4[0].tos");
    expect(await page.eval("[...document.querySelectorAll('main .diff td')].map((c) => c.textContent)")).toEqual(["tos", "184", "0", "1"]);
    expect(await page.eval("[...document.querySelectorAll('main pre.hex')].map((p) => [...p.querySelectorAll('mark[title]')].map((m) => m.textContent.trim()))")).toEqual([[], ["00"], ["b8"]]);
    expect(await text("main")).toContain("the box's packet");
  });
  test("links what findings explain with the finding, and knows a number that is none", async () => {
    await go("#view=opinion&id=15");
    expect(await text("main dl a")).toBe(rule);
    const link = await page.eval<string>("document.querySelector('main dl a').getAttribute('href')");
    await go(link);
    expect(await text("main h2")).toMatch(/./);
    expect(await page.eval("document.querySelectorAll('main .exemplar').length")).toBeGreaterThan(0);
    await go("#view=opinion&id=99");
    expect(await text("main")).toContain("No such difference");
  });
  test("does not scroll sideways on a narrow window, light or dark", async () => {
    await page.send("Emulation.setDeviceMetricsOverride", { width: 380, height: 800, deviceScaleFactor: 1, mobile: false });
    for (const scheme of ["light", "dark"]) {
      await page.send("Emulation.setEmulatedMedia", { media: "", features: [{ name: "prefers-color-scheme", value: scheme }] });
      for (const hash of ["#view=opinion", "#view=opinion&id=0", "#view=opinion&id=1"]) {
        await go(hash);
        expect(await page.eval("document.documentElement.scrollWidth"), hash).toBeLessThanOrEqual(380);
      }
    }
    await page.send("Emulation.clearDeviceMetricsOverride");
  });
  test("hostile text made no element, no request and no complaint", async () => {
    await go("#view=opinion&id=1");
    expect(await page.eval("document.querySelectorAll('main img').length")).toBe(0);
    expect(await page.eval("document.title")).not.toBe("owned");
    expect(page.complaints).toEqual([]);
    expect(readFileSync(join(dir, "report.html"), "utf8")).not.toContain("<img");
  });
});
