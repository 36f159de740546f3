/** A departure from the declared configuration is told apart from a breach of the clause, in every format that shows findings. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { renderTerminal, schemaText } from "../../src/report/index.js";
import { reportHtml } from "../../src/report/html/page.js";
import { reportJson } from "../../src/report/json.js";
import { buildReport } from "../../src/report/model.js";
import type { RecordLine } from "../../src/report/record.js";
import { sarifJson } from "../../src/report/sarif.js";
import { junitXml } from "../../src/report/junit.js";
import { LOWERED } from "../../src/report/model.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { sampleRecord } from "./sample.js";

const plain = sampleRecord();
const declared = plain.map((l): RecordLine => (l.type === "case" ? { ...l, findings: l.findings.map((f) => ({ ...f, kind: "declared" as const })) } : l));
const WORDS = "from the declared configuration";

test("report.json has it, and obeys the schema", () => {
  const check = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText("report")));
  const report = JSON.parse(reportJson(buildReport(declared))) as { readonly findings: readonly { readonly kind?: string }[] };
  check(report);
  expect(check.errors ?? []).toEqual([]);
  expect(report.findings.length).toBeGreaterThan(0);
  expect(report.findings.every((f) => f.kind === "declared")).toBe(true);
});

test.each([
  ["terminal", (lines: readonly RecordLine[]) => renderTerminal(lines, { color: false })],
  ["SARIF", (lines: readonly RecordLine[]) => sarifJson(buildReport(lines))],
  ["junit.xml", (lines: readonly RecordLine[]) => junitXml(buildReport(lines))],
  ["summary.md", (lines: readonly RecordLine[]) => summaryMarkdown(buildReport(lines))],
  ["HTML", (lines: readonly RecordLine[]) => reportHtml(buildReport(lines))],
])("%s says so, and only then", (name, made) => {
  const mark = name === "HTML" ? '"kind":"declared"' : WORDS;
  expect(made(declared).replace(/\s+/g, " ")).toContain(mark);
  expect(made(plain).replace(/\s+/g, " ")).not.toContain(mark);
});

describe("why a finding that would fail only warns", () => {
  const lowered = plain.map((l): RecordLine => (l.type === "case" ? { ...l, findings: l.findings.map((f) => ({ ...f, lowered: "restart" as const })) } : l));
  test("report.json has it, and obeys the schema", () => {
    const check = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText("report")));
    const report = JSON.parse(reportJson(buildReport(lowered))) as { readonly findings: readonly { readonly lowered?: string }[] };
    check(report);
    expect(check.errors ?? []).toEqual([]);
    expect(report.findings.every((f) => f.lowered === "restart")).toBe(true);
  });
  test.each([
    ["terminal", (lines: readonly RecordLine[]) => renderTerminal(lines, { color: false })],
    ["SARIF", (lines: readonly RecordLine[]) => sarifJson(buildReport(lines))],
    ["junit.xml", (lines: readonly RecordLine[]) => junitXml(buildReport(lines))],
    ["summary.md", (lines: readonly RecordLine[]) => summaryMarkdown(buildReport(lines))],
    ["HTML", (lines: readonly RecordLine[]) => reportHtml(buildReport(lines))],
  ])("%s says so, and only then", (name, made) => {
    const mark = name === "HTML" ? '"lowered":"restart"' : LOWERED.restart.slice(0, 60);
    expect(made(lowered).replace(/\s+/g, " ")).toContain(mark);
    expect(made(plain).replace(/\s+/g, " ")).not.toContain(mark);
  });
});
