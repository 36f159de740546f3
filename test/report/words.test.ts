/** Sentences that readers stumbled over: headlines of groups, exit codes without a failing clause, verdicts without a finding, red runs without an annotation. */
import { describe, expect, test } from "vitest";
import type { FindingGroup } from "../../src/judge/types.js";
import { githubAnnotations, gitlabCodeQuality, renderTerminal } from "../../src/report/index.js";
import { buildReport, foundText, shortNames } from "../../src/report/model.js";
import { exitText, unfound } from "../../src/report/outcome.js";
import type { RecordLine } from "../../src/report/record.js";
import { sarifJson } from "../../src/report/sarif.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { clauses, finding, PROFILES, sampleRecord } from "./sample.js";

const group = (...messages: string[]): FindingGroup => {
  const g = finding(clauses[0], 1, "a.pcap", "the rule");
  return { ...g, exemplars: messages.map((message) => ({ ...g.exemplars[0], message })) };
};

describe("the headline of a group is true of all its examples", () => {
  test.each([
    [["DSCP 46 was sent (a > b)", "DSCP 46 was sent (c > d)"], "DSCP 46 was sent"],
    [["the inner source ::ffff:192.0.2.1 was forwarded (a > b)", "the inner source ::1 was forwarded (c > d)"], "the inner source … was forwarded"],
    [["a packet of 1500 bytes in 2 pieces", "a packet of 1400 bytes in 3 pieces"], "a packet of … bytes in … pieces"],
    [["sent to 192.0.2.1 port 4", "sent to 192.0.2.9 port 5"], "sent to … port …"],
    [["seen 5 bytes more here", "seen no byte here"], "seen … here"],
    [["a b c", "a b c a b c"], "a b c …"],
  ])("%j", (messages, headline) => expect(foundText(group(...messages))).toBe(headline));
  test("without an example it is the rule's title", () => expect(foundText(group())).toBe("the rule"));
  test("a terminal shows what all have in common, and the first example in full", () => {
    const text = renderTerminal(sampleRecord({ command: "check" }), { color: false });
    expect(text).toMatch(/message {2}.*: outer source …\n {2}example {2}.*: outer source 192\.0\.2\.10\n/);
  });
});

/** A run in which every clause holds and one case is not what its spec expects. */
const unmet = sampleRecord().flatMap((l): RecordLine[] => {
  if (l.type === "verdict") return [{ ...l, verdict: "pass" }];
  if (l.type === "footer") return [{ ...l, exitCode: 1, failed: 0, warned: 0, waivedOrKnown: 0 }];
  if (l.type === "waiver" || l.type === "fault") return [];
  return [l.type === "case" ? { ...l, findings: [], verdict: l.id === "6rd/source-check" && l.profile === PROFILES[0] ? "fail" : "pass", golden: { state: "equal", differences: [] }, expectation: l.id === "6rd/source-check" && l.profile === PROFILES[0] ? { met: false, problems: ["entry 1: hop: expected 62, seen 63"] } : { met: true, problems: [] } } : l];
});

test("a run that fails without a failing clause says why, on the terminal and in CI", () => {
  expect(exitText(buildReport(unmet))).toMatch(/^exit 1: non-conforming: 1 case is not as its spec or golden says/);
  expect(githubAnnotations(unmet)).toContain("::error title=6rd/source-check under ms-dpc@10.4::expectation: entry 1: hop: expected 62, seen 63\n");
  expect(JSON.parse(gitlabCodeQuality(unmet))).toMatchObject([{ severity: "critical", description: expect.stringContaining("expected 62, seen 63") as string }]);
  expect(sarifJson(buildReport(unmet))).toContain("entry 1: hop: expected 62, seen 63");
});

test("a clause that fails through the rules of others is told, though no finding is of it", () => {
  const target = clauses.find((c) => c.rule !== undefined)?.id ?? "";
  const lines = sampleRecord().map((l): RecordLine => (l.type === "verdict" && l.clause === target ? { ...l, verdict: "fail", reason: "broken by RFC0-1-1" } : l.type === "case" ? { ...l, findings: l.findings.filter((f) => f.clause !== target) } : l));
  const report = buildReport(lines);
  expect(unfound(report, "fail")).toMatchObject([{ clause: { id: target }, reason: "broken by RFC0-1-1", profiles: [...PROFILES] }]);
  expect(renderTerminal(lines, { color: false })).toMatch(new RegExp(`FAIL ${target} .*\\n  clause [^]*?\\n  why      broken by RFC0-1-1\\n  profiles all 6\\n`));
  expect(summaryMarkdown(report)).toContain("**broken by RFC0-1-1**");
});

test("in a run every spec has files of the same names, so folders stay", () => {
  expect(shortNames(buildReport(sampleRecord()))("x/core-out.pcap")).toBe("x/core-out.pcap");
  expect(shortNames(buildReport(sampleRecord({ command: "check" })))("x/core-out.pcap")).toBe("x/core-out.pcap");
});
