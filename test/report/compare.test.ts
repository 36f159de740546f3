import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { compareRuns, compareTwo, pairProfiles, verdictChange } from "../../src/report/compare.js";
import { compareJson, compareMarkdown, compareTerminal } from "../../src/report/compare-text.js";
import { schemaText } from "../../src/report/index.js";
import { buildReport } from "../../src/report/model.js";
import type { CaseLine, RecordLine, Verdict, VerdictLine } from "../../src/report/record.js";
import { clauses, finding, HOSTILE, PROFILES, sampleRecord } from "./sample.js";

const base = sampleRecord();
const run = (name: string, lines: readonly RecordLine[]) => ({ name, report: buildReport(lines) });
const mapVerdict = (lines: readonly RecordLine[], at: (v: VerdictLine) => boolean, to: Partial<VerdictLine>): RecordLine[] => lines.map((l) => (l.type === "verdict" && at(l) ? { ...l, ...to } : l));
const mapCase = (lines: readonly RecordLine[], at: (c: CaseLine) => boolean, to: (c: CaseLine) => Partial<CaseLine>): RecordLine[] => lines.map((l) => (l.type === "case" && at(l) ? { ...l, ...to(l) } : l));
const passing = base.find((l): l is VerdictLine => l.type === "verdict" && l.verdict === "pass")!;
const failing = base.find((l): l is VerdictLine => l.type === "verdict" && l.verdict === "fail")!;
const only = (v: VerdictLine) => (x: VerdictLine): boolean => x.clause === v.clause && x.profile === v.profile;

test("a run against itself: no difference", () => {
  const c = compareTwo(run("a", base), run("b", base));
  expect([c.clauses, c.cases, c.notes]).toEqual([[], [], []]);
});
test.each<[Verdict, Verdict, string | undefined]>([
  ["pass", "fail", "newly-failing"], ["not-exercised", "fail", "newly-failing"], ["warn", "error", "newly-failing"], ["fail", "pass", "newly-passing"], ["fail", "observed", "newly-passing"],
  ["fail", "not-exercised", "no-longer-exercised"], ["fail", "warn", "verdict-changed"], ["fail", "waived", "verdict-changed"], ["pass", "warn", "newly-warning"], ["not-exercised", "warn", "newly-warning"],
  ["not-exercised", "pass", "newly-exercised"], ["pass", "incomplete", "no-longer-exercised"], ["not-applicable", "not-exercised", "verdict-changed"], ["pass", "pass", undefined],
])("%s -> %s is %s", (a, b, kind) => {
  expect(verdictChange(a, b)).toBe(kind);
});
test("newly failing and newly passing name clause and profile, worst first", () => {
  const after = mapVerdict(mapVerdict(base, only(passing), { verdict: "fail", violated: 3 }), only(failing), { verdict: "pass", violated: 0 });
  const c = compareTwo(run("a", base), run("b", after));
  expect(c.clauses.map((x) => [x.kind, x.clause, x.profile])).toEqual([["newly-failing", passing.clause, passing.profile], ["newly-passing", failing.clause, failing.profile]]);
});
test("the verdict stays, the findings do not: new, gone, and another count", () => {
  const at = clauses.find((c) => c.id === failing.clause)!;
  const isCase = (c: CaseLine): boolean => c.profile === failing.profile && c.id === "6rd/source-check";
  const after = mapCase(base, isCase, (c) => ({ findings: c.findings.flatMap((f) => (f.clause === at.id ? [{ ...f, count: f.count + 1 }, { ...finding(at, 77, "x.pcap", "Another thing"), clause: at.id }] : [f])) }));
  const forth = compareTwo(run("a", base), run("b", after)).clauses;
  expect(forth).toHaveLength(1);
  expect(forth[0]).toMatchObject({ kind: "behaviour-changed", clause: at.id });
  expect(forth[0]?.details.join("\n")).toMatch(/new finding: Another thing.*first x\.pcap:94/s);
  expect(forth[0]?.details.join("\n")).toMatch(/was 12.345 times, is 12.346 times/);
  const back = compareTwo(run("b", after), run("a", base)).clauses;
  expect(back[0]?.details.join("\n")).toMatch(/finding gone: Another thing/);
});
test("other packets went in: counts are not compared, and the note says so", () => {
  const after = mapCase(base, () => true, (c) => ({ summary: { ...c.summary!, inputs: 5 }, counters: [], findings: c.findings.map((f) => ({ ...f, count: f.count + 9 })) }));
  const c = compareTwo(run("a", base), run("b", after));
  expect([c.clauses, c.cases]).toEqual([[], []]);
  expect(c.notes.join("\n")).toContain("counts are not compared");
});
test("same verdict of a case, but counters, golden or sent bytes differ", () => {
  const after = mapCase(base, (c) => c.id === "ds-lite/hairpin" && c.profile === PROFILES[0], (c) => ({ counters: c.counters.map((r, i) => (i === 2 ? { ...r, packets: r.packets - 45 } : r)), golden: { state: "differs", differences: ["core-out.pcap frame 3: ipv6.hop was 63, is 62"] } }));
  const c = compareTwo(run("a", base), run("b", after), (id, p) => (id === "ds-lite/hairpin" && p === PROFILES[0] ? ["core-out.pcap frame 3: ipv6.hop was 63, is 62"] : []));
  expect(c.cases).toHaveLength(1);
  expect(c.cases[0]).toMatchObject({ kind: "behaviour-changed", before: "pass", after: "pass" });
  expect(c.cases[0]?.details).toHaveLength(4);
});
test("a captured device has no counters of reasons: none are laid beside those of the reference", () => {
  const device = mapCase(base.map((l) => (l.type === "header" ? { ...l, command: "check" as const } : l)), () => true, () => ({ counters: [] }));
  for (const [a, b] of [[base, device], [device, base]]) expect(compareTwo(run("a", a!), run("b", b!)).cases).toEqual([]);
});
test("profiles pair by name, then by card in another release, then as the ones that are left", () => {
  const p = (...ids: string[]) => ids.map((id) => ({ type: "profile" as const, id, title: id, capabilities: [] }));
  expect(pairProfiles(p("x@1", "y", "z"), p("y", "x@2")).pairs).toEqual([{ a: "y", b: "y" }, { a: "x@1", b: "x@2" }]);
  expect(pairProfiles(p("device"), p("mx-spc3"))).toEqual({ pairs: [{ a: "device", b: "mx-spc3" }], onlyA: [], onlyB: [] });
  expect(pairProfiles(p("a", "b"), p("c"))).toEqual({ pairs: [], onlyA: ["a", "b"], onlyB: ["c"] });
});
test("a run that broke off is noted", () => {
  expect(compareTwo(run("a", base), run("b", sampleRecord({ complete: false }))).notes.join()).toContain("b is the record of a run that broke off");
});
describe("formats", () => {
  const worse = mapVerdict(base, only(passing), { verdict: "fail", violated: 3, reason: HOSTILE });
  const result = compareRuns([run("a", base), run("b", worse), run(`c ${HOSTILE}`, sampleRecord({ hostile: true }))]);
  test("JSON obeys the schema", () => {
    const check = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(schemaText("compare")));
    check(JSON.parse(compareJson(result)));
    expect(check.errors ?? []).toEqual([]);
    expect(check({ ...result, schema: "softproof-compare/1", more: 1 })).toBe(false);
  });
  test("several runs: the table holds the clauses on which they disagree, one column per run and profile", () => {
    expect(result.matrix.columns).toHaveLength(18);
    const row = result.matrix.rows.find((r) => r.clause === passing.clause)!;
    const column = result.matrix.columns.findIndex((c) => c.run === "b" && c.profile === passing.profile);
    expect(row.verdicts[column]).toBe("fail");
  });
  test("text and Markdown name the clause; hostile names stay text", () => {
    const text = compareTerminal(result, false);
    expect(text).toContain(`Newly failing: 1 clause\n  ${passing.clause}`);
    expect(text).not.toContain("\u001b");
    const md = compareMarkdown(result);
    expect(md).toContain(`### Newly failing (1 clause)\n\n- \`${passing.clause}`);
    expect(md).not.toContain("<img");
  });
});
