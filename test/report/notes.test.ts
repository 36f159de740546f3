/** What was read, assumed and not judged stands in every report for readers, not on the terminal alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportHtml } from "../../src/report/html/page.js";
import { schemaText, writeReports } from "../../src/report/index.js";
import { reportJson } from "../../src/report/json.js";
import { buildReport, reportNotes } from "../../src/report/model.js";
import { checkRecordLine } from "../../src/report/read.js";
import type { RecordLine } from "../../src/report/record.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { findChromium, openPage, type Page } from "./browser.js";
import { PROFILES, sampleRecord } from "./sample.js";

const UNDECLARED = "rd1: tunnel-mtu is not declared, so Packet Too Big is not judged";
const OWN = "rd1: tunnel-mtu is not declared, so the reference takes 1480 bytes";
const lines = sampleRecord().map((l): RecordLine => (l.type === "case" ? { ...l, notes: l.profile === PROFILES[1] ? [UNDECLARED, OWN] : [UNDECLARED] } : l.type === "header" ? { ...l, guess: `softproof: 1\n# \`x\` | <b>\n# ${"a long comment ".repeat(20)}\n` } : l));
const report = buildReport(lines);

test("each note once, with the profiles whose it is where it is not everybody's", () => {
  expect(reportNotes(report)).toEqual([{ text: UNDECLARED, profiles: [] }, { text: OWN, profiles: [PROFILES[1]] }]);
});
test("the record and report.json hold them, by their schemas", () => {
  expect(lines.map(checkRecordLine).filter((x) => x !== undefined)).toEqual([]);
  const made = JSON.parse(reportJson(report)) as { run: { guess: string }; cases: { notes: string[] }[] };
  const check = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText("report")));
  check(made);
  expect(check.errors ?? []).toEqual([]);
  expect([made.run.guess, made.cases[0].notes]).toEqual([expect.stringContaining("softproof: 1\n# `x` | <b>\n"), [UNDECLARED]]);
});
test("summary.md lists them, and the guessed configuration as a block", () => {
  const text = summaryMarkdown(report);
  expect(text).toContain(`### Read, assumed, not judged\n\n- ${UNDECLARED}\n- ${OWN} (\`${PROFILES[1]}\`)\n`);
  expect(text).toContain("guessed from the captures:\n\n    softproof: 1\n    # `x` | <b>\n");
});
test("the page has them, and neither without notes", () => {
  expect(reportHtml(report)).toContain(JSON.stringify({ text: UNDECLARED, profiles: [] }));
  expect(reportHtml(report)).toContain('"guess":"softproof: 1');
  const none = buildReport(sampleRecord());
  expect(reportNotes(none)).toEqual([]);
  expect(summaryMarkdown(none)).not.toContain("assumed");
});

const chromium = findChromium();
describe.skipIf(chromium === undefined)(`in headless Chromium${chromium === undefined ? " (skipped: no chromium on PATH)" : ""}`, () => {
  let dir = "";
  let page: Page;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "softproof-notes-"));
    // Sections of RFC 792 have names.
    writeReports(lines.map((l): RecordLine => (l.type === "clause" && l.rfc === 3056 ? { ...l, section: "destination-unreachable" } : l)), dir);
    page = await openPage(chromium ?? "", pathToFileURL(join(dir, "report.html")).href);
  });
  afterAll(async () => {
    await page?.close();
    rmSync(dir, { recursive: true, force: true });
  });
  test("the notes and the guessed configuration stand at the top, as text", async () => {
    expect(await page.eval("document.querySelector('#top details.notes summary').textContent")).toBe("Read, assumed, not judged: 2 notes and the guessed configuration");
    expect(await page.eval("[...document.querySelectorAll('#top details.notes li')].map((l) => l.textContent)")).toEqual([UNDECLARED, `${OWN} (${PROFILES[1]})`]);
    expect(await page.eval("document.querySelector('#top details.notes pre').textContent")).toContain("softproof: 1\n# `x` | <b>\n");
  });
  test.each([1280, 400])("a section with a name is not cut in the matrix, %i pixels wide, nor does the page scroll sideways", async (width) => {
    await page.send("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 1, mobile: false });
    await page.eval("document.querySelector('#top details.notes').open = true");
    expect(await page.eval("document.querySelector('.matrix .section').textContent")).toBe("§ destination unreachable");
    expect(await page.eval("[...document.querySelectorAll('.matrix .section')].filter((s) => s.scrollWidth > s.clientWidth).map((s) => s.textContent)")).toEqual([]);
    expect(await page.eval("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(page.complaints).toEqual([]);
  });
});
