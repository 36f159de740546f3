/**
 * junit.xml: a suite per profile, a test case per clause (classname rfcNNNN.section). A clause that was not exercised is skipped, never passed.
 * Case problems and broken inputs are suites of their own. No times: a run has no wall clock.
 */
import { caseProblems, foundText, placeText, times, waiverTexts, waiverTrouble, weightText, type Report, type ReportFinding } from "./model.js";
import { exitText } from "./outcome.js";
import { comparedText, differenceTitle, firstText, limitTexts, NO_VIOLATION, type OpinionLine } from "./opinion.js";
import type { Verdict } from "./record.js";
import { counted, thousands, visible, xml } from "./text.js";

interface TestCase { readonly classname: string; readonly name: string; readonly kind: "" | "failure" | "error" | "skipped"; readonly message: string; readonly body: string; readonly note: string }

const attr = (name: string, value: string | number): string => ` ${name}="${xml(String(value))}"`;

function caseXml(t: TestCase): string {
  const head = `    <testcase${attr("classname", t.classname)}${attr("name", t.name)} time="0"`;
  const note = t.note === "" ? "" : `\n      <system-out>${xml(t.note)}</system-out>`;
  if (t.kind === "") return t.note === "" ? `${head}/>` : `${head}>${note}\n    </testcase>`;
  if (t.kind === "skipped") return `${head}>\n      <skipped${attr("message", t.message)}/>${note}\n    </testcase>`;
  return `${head}>\n      <${t.kind}${attr("message", t.message)}${attr("type", t.kind)}>${xml(t.body)}</${t.kind}>${note}\n    </testcase>`;
}

function suiteXml(name: string, tests: readonly TestCase[]): string {
  const n = (kind: TestCase["kind"]): number => tests.filter((t) => t.kind === kind).length;
  return `  <testsuite${attr("name", name)} tests="${tests.length}" failures="${n("failure")}" errors="${n("error")}" skipped="${n("skipped")}" time="0">\n${tests.map(caseXml).join("\n")}\n  </testsuite>`;
}

/** What a finding says, for a CI log: frames, fields, why, filter. */
export function findingText(f: ReportFinding): string {
  const lines = [`${foundText(f.group)} (${times(f.group.count)}, ${placeText(f.group.first)}${f.group.count === 1 ? "" : ` to ${placeText(f.group.last)}`})`];
  if (foundText(f.group) !== f.group.title) lines.push(`  rule: ${f.group.title}`);
  if (weightText(f.group) !== "") lines.push(`  ${weightText(f.group)}`);
  for (const w of waiverTexts(f)) lines.push(`  ${w}`);
  for (const e of f.group.exemplars.slice(0, 3)) {
    lines.push(`  ${e.message}`, `    frames: ${e.packets.map((p) => `${placeText(p.place)} ${p.side} ${p.direction}`).join(", ")}`);
    for (const d of e.fields) lines.push(`    ${d.layer} ${d.field}: expected ${d.expected}, seen ${d.seen}`);
    if (e.why !== "") lines.push(`    why: ${e.why}`);
    if (e.filter !== "") lines.push(`    filter: ${e.filter}`);
  }
  return visible(lines.join("\n"), true);
}

/** A difference fails nothing, so it stands in the output of a test that passes. */
function opinionText(o: OpinionLine): string {
  const open = o.differences.filter((d) => !d.explained);
  const lines = [`${comparedText(o)}. ${counted(o.differing, "difference")}, ${thousands(o.explained)} explained by findings. ${NO_VIOLATION}`, ...limitTexts(o)];
  for (const d of open) lines.push(`${differenceTitle(d)}, ${times(d.count)}, first ${firstText(d, (f) => f)}`, ...(d.examples[0]?.fields ?? []).map((f) => `  ${f.layer} ${f.field}: reference ${f.reference}, box ${f.box}`));
  if (o.left > 0) lines.push(`${counted(o.left, "more kind")} of difference: not in the record`);
  return visible(lines.join("\n"), true);
}

const SKIPPED: ReadonlySet<Verdict> = new Set(["not-exercised", "not-applicable", "known-deviation", "waived", "unspecified", "incomplete"]);

function clauseCases(report: Report, profile: string, findings: ReadonlyMap<string, readonly ReportFinding[]>): TestCase[] {
  return report.clauses.flatMap((c): TestCase[] => {
    const v = report.verdict(c.id, profile);
    if (v === undefined) return [];
    const text = (findings.get(c.id) ?? []).filter((f) => f.where.some((w) => w.profile === profile)).map(findingText).join("\n");
    const kind = v.verdict === "fail" ? "failure" : v.verdict === "error" ? "error" : SKIPPED.has(v.verdict) ? "skipped" : "";
    const plain = v.verdict === "fail" ? `${c.level} broken: ${c.statement}` : v.verdict === "error" ? "error of softproof" : v.verdict;
    const message = v.reason === undefined ? plain : `${plain}: ${v.reason}`;
    const body = `${c.statement}\nviolated ${v.violated} of ${v.exercised} times\n${text}`;
    const note = kind === "failure" || kind === "error" || v.verdict === "pass" ? "" : kind === "skipped" ? text : `${v.verdict}: ${c.statement}\n${text}`;
    return [{ classname: `rfc${c.rfc}.${c.section}`, name: `${c.id} ${c.level}`, kind, message: visible(message), body, note }];
  });
}

function ownProblems(report: Report): TestCase[] {
  const tests: TestCase[] = report.cases.flatMap((c): TestCase[] => {
    if (c.expectation === undefined && c.golden === undefined && c.verdict !== "error") return [];
    const problems = caseProblems(c);
    const kind = problems.length === 0 ? "" : c.verdict === "error" ? "error" : "failure";
    return [{ classname: `case.${c.profile}`, name: c.id, kind, message: visible(problems[0] ?? ""), body: visible(problems.join("\n"), true), note: "" }];
  });
  for (const f of report.faults) {
    const message = `${f.file}: after frame ${f.frame}, byte ${f.offset}: ${f.message}`;
    tests.push({ classname: "input", name: f.file, kind: "error", message: visible(message), body: visible(message), note: "" });
  }
  for (const t of waiverTrouble(report)) {
    tests.push({ classname: "waivers", name: visible(t.text.split(":")[0]), kind: t.loud ? "failure" : "skipped", message: visible(t.text), body: visible(t.text), note: "" });
  }
  if (report.opinion !== undefined) tests.push({ classname: "second-opinion", name: "differences from the reference", kind: "", message: "", body: "", note: opinionText(report.opinion) });
  if (!report.complete) tests.push({ classname: "run", name: "complete", kind: "error", message: "the run broke off", body: exitText(report), note: "" });
  return tests;
}

export function junitXml(report: Report): string {
  const findings = new Map<string, ReportFinding[]>();
  for (const f of report.findings) findings.set(f.group.clause, [...(findings.get(f.group.clause) ?? []), f]);
  const suites = report.profiles.map((p) => ({ name: p.id, tests: clauseCases(report, p.id, findings) }));
  const own = ownProblems(report);
  if (own.length > 0) suites.push({ name: "cases and inputs", tests: own });
  const all = suites.flatMap((s) => s.tests);
  const n = (kind: string): number => all.filter((t) => t.kind === kind).length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attr("name", "softproof")} tests="${all.length}" failures="${n("failure")}" errors="${n("error")}" time="0">\n`
    + `${suites.map((s) => suiteXml(s.name, s.tests)).join("\n")}\n</testsuites>\n`;
}
