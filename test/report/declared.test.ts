/** What a finding is beside its clause is told in every format that shows findings: a departure from the declared configuration, and why it was lowered. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { renderTerminal, schemaText } from "../../src/report/index.js";
import { reportHtml } from "../../src/report/html/page.js";
import { reportJson } from "../../src/report/json.js";
import type { RecordLine } from "../../src/report/record.js";
import { sarifJson } from "../../src/report/sarif.js";
import { junitXml } from "../../src/report/junit.js";
import { LOWERED, buildReport } from "../../src/report/model.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { sampleRecord } from "./sample.js";

const plain = sampleRecord();
/** The sample, with every finding marked. */
const marked = (mark: { readonly kind: "declared" } | { readonly lowered: "restart" }): readonly RecordLine[] =>
  plain.map((l): RecordLine => (l.type === "case" ? { ...l, findings: l.findings.map((f) => ({ ...f, ...mark })) } : l));
interface Shown { readonly kind?: string; readonly lowered?: string }

describe.each([
  { what: "a departure from the declared configuration", lines: marked({ kind: "declared" }), has: (f: Shown) => f.kind === "declared", html: '"kind":"declared"', words: "from the declared configuration" },
  { what: "why a finding that would fail only warns", lines: marked({ lowered: "restart" }), has: (f: Shown) => f.lowered === "restart", html: '"lowered":"restart"', words: LOWERED.restart.slice(0, 60) },
])("$what", ({ lines, has, html, words }) => {
  test("report.json has it, and obeys the schema", () => {
    const check = new Ajv2020({ strict: true }).compile(JSON.parse(schemaText("report")));
    const report = JSON.parse(reportJson(buildReport(lines))) as { readonly findings: readonly Shown[] };
    check(report);
    expect(check.errors ?? []).toEqual([]);
    expect(report.findings.length).toBeGreaterThan(0);
    expect(report.findings.every(has)).toBe(true);
  });

  test.each([
    ["terminal", (l: readonly RecordLine[]) => renderTerminal(l, { color: false })],
    ["SARIF", (l: readonly RecordLine[]) => sarifJson(buildReport(l))],
    ["junit.xml", (l: readonly RecordLine[]) => junitXml(buildReport(l))],
    ["summary.md", (l: readonly RecordLine[]) => summaryMarkdown(buildReport(l))],
    ["HTML", (l: readonly RecordLine[]) => reportHtml(buildReport(l))],
  ])("%s says so, and only then", (name, made) => {
    const mark = name === "HTML" ? html : words;
    expect(made(lines).replace(/\s+/g, " ")).toContain(mark);
    expect(made(plain).replace(/\s+/g, " ")).not.toContain(mark);
  });
});
