/** What was read, assumed and not judged stands in every report for readers, not on the terminal alone. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { reportHtml } from "../../src/report/html/page.js";
import { schemaText } from "../../src/report/index.js";
import { reportJson } from "../../src/report/json.js";
import { buildReport, reportNotes } from "../../src/report/model.js";
import { checkRecordLine } from "../../src/report/read.js";
import type { RecordLine } from "../../src/report/record.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { PROFILES, sampleRecord } from "./sample.js";

const UNDECLARED = "rd1: tunnel-mtu is not declared, so Packet Too Big is not judged";
const OWN = "rd1: tunnel-mtu is not declared, so the reference takes 1480 bytes";
const lines = sampleRecord().map((l): RecordLine => (l.type === "case" ? { ...l, notes: l.profile === PROFILES[1] ? [UNDECLARED, OWN] : [UNDECLARED] } : l.type === "header" ? { ...l, guess: "softproof: 1\n# `x` | <b>\n" } : l));
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
  expect([made.run.guess, made.cases[0].notes]).toEqual(["softproof: 1\n# `x` | <b>\n", [UNDECLARED]]);
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
