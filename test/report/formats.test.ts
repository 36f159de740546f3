import { readdirSync, readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS, githubAnnotations, gitlabCodeQuality, renderTerminal, schemaText, writeReports } from "../../src/report/index.js";
import { junitXml } from "../../src/report/junit.js";
import { reportJson } from "../../src/report/json.js";
import { buildReport } from "../../src/report/model.js";
import { exitText } from "../../src/report/outcome.js";
import { reportHtml } from "../../src/report/html/page.js";
import type { RecordLine } from "../../src/report/record.js";
import { fileUri, sarifJson } from "../../src/report/sarif.js";
import { summaryMarkdown } from "../../src/report/summary.js";
import { clauses, PROFILES, sampleRecord } from "./sample.js";
import { parseXml, type Node } from "./xml.js";

const plain = sampleRecord();
const hostile = sampleRecord({ hostile: true, complete: false, fault: true, command: "check" });
const empty = buildReport([]);

describe("files", () => {
  let dir = "";
  beforeAll(() => { dir = mkdtempSync(join(tmpdir(), "softproof-files-")); });
  afterAll(() => { rmSync(dir, { recursive: true, force: true }); });
  test("all formats are written into a folder that did not exist, nothing else is left there, twice the same", () => {
    const out = join(dir, "a", "b");
    const paths = writeReports(hostile, out);
    expect(paths).toEqual(FORMATS.map((f) => join(out, f.name)));
    const before = paths.map((p) => readFileSync(p));
    writeReports(hostile, out);
    expect(paths.map((p) => readFileSync(p))).toEqual(before);
    expect(readdirSync(out).sort()).toEqual(["evidence.pcapng", "junit.xml", "report.html", "report.json", "results.sarif", "statistics.txt", "summary.md"]);
  });
  test("a folder that is a file is an error that names it", () => {
    writeFileSync(join(dir, "file"), "");
    expect(() => writeReports(plain, join(dir, "file"))).toThrow(/file/);
  });
  test("an empty record makes every format, and none of them claims anything", () => {
    for (const path of writeReports([], join(dir, "empty"))) expect(readFileSync(path).length, path).toBeGreaterThan(0);
    expect(junitXml(empty)).toContain("the run broke off");
  });
});

describe("report.json", () => {
  const check = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(schemaText("report")));
  test.each([["a run", plain], ["a hostile broken check", hostile], ["nothing", []]])("%s obeys the published schema", (_, lines) => {
    check(JSON.parse(reportJson(buildReport(lines))));
    expect(check.errors ?? []).toEqual([]);
  });
  test("it knows every field that a record's cases, clauses, faults and waivers may have", () => {
    interface Schema { $defs: Record<string, { properties: Record<string, unknown> }>; properties: Record<string, { items: { properties: Record<string, unknown> } }> }
    const [record, report] = [JSON.parse(schemaText("run-record")) as Schema, JSON.parse(schemaText("report")) as Schema];
    for (const [line, list] of [["case", "cases"], ["clause", "clauses"], ["fault", "faults"], ["waiver", "waivers"]] as const) {
      const missing = Object.keys(record.$defs[line]?.properties ?? {}).filter((k) => k !== "type" && k !== "findings" && !(k in (report.properties[list]?.items.properties ?? {})));
      expect(missing, line).toEqual([]);
    }
  });
  test("a capture in which the device sent nothing, or received nothing, is told with what to look at", () => {
    const of = (inputs: number, outputs: number): string => renderTerminal(sampleRecord({ command: "check" }).map((l) => (l.type === "case" && l.summary !== undefined ? { ...l, summary: { ...l.summary, inputs, outputs } } : l)), { color: false });
    expect(of(7, 0)).toMatch(/received packets and sent none\. Do the captures hold both directions\?/);
    expect(of(0, 7)).toMatch(/sent packets and received none/);
    expect(of(7, 7)).not.toMatch(/both directions/);
  });
  test("inputs and outputs add up: with a partner, without one, and the others; and where the first without one lie", () => {
    const of = (outputs: number, paired: number, orphanOutputs: number, answeredInputs?: number): string => renderTerminal(sampleRecord({ command: "check" }).map((l) => (l.type === "case" && l.summary !== undefined
      ? { ...l, summary: { ...l.summary, inputs: 330, outputs, paired, ...(answeredInputs === undefined ? {} : { answeredInputs }), unansweredInputs: 7, orphanOutputs, ambiguous: 0 }, partnerless: { inputs: [{ file: "access.pcap", frame: 9 }, { file: "access.pcap", frame: 12 }], outputs: [] } } : l)), { color: false }).replace(/\n {4}/g, " ");
    expect(of(328, 235, 0, 230)).toContain(`  330 packets into the device: 230 with an output, 7 without an output, 93 others (further fragments of a datagram, or of no softwire)
  328 packets out of it: 235 paired with their input (100.0 %), 0 without an input, 93 others (further fragments of a datagram, or of no softwire); 0 ambiguous
  without an output: access.pcap:9, access.pcap:12 and 5 more
`);
    expect(of(240, 180, 60)).toContain("  330 packets into the device: 7 without an output\n  240 packets out of it: 180 paired with their input (75.0 %), 60 without an input; 0 ambiguous\n"); // an older record
  });
  test("captures of one side are told to be such", () => {
    const one = sampleRecord({ command: "check" }).map((l): RecordLine => (l.type === "header" ? { ...l, inputs: l.inputs.slice(0, 1) } : l));
    expect(renderTerminal(one, { color: false })).toContain("only captures of the access side were named, so nothing that is missing was judged");
    for (const text of [summaryMarkdown(buildReport(one)), reportHtml(buildReport(one))]) expect(text).toContain("only captures of the access side were named, so nothing that is missing was judged");
    expect(summaryMarkdown(buildReport(one))).toContain("- 224\u00a0122 packets into the device: 12\u00a0857 without an output\n");
    expect(renderTerminal(sampleRecord({ command: "check" }), { color: false })).not.toContain("only captures");
  });
  test("exit 0 on little evidence says how little, everywhere; half of the clauses are enough", () => {
    const of = (exercised: number, profiles = 1): RecordLine[] => {
      const lines = sampleRecord({ command: "check" });
      const kept = new Set(lines.flatMap((l) => (l.type === "profile" ? [l.id] : [])).slice(0, profiles));
      return lines.filter((l) => (l.type === "profile" ? kept.has(l.id) : l.type === "case" || l.type === "verdict" ? kept.has(l.profile) : true)).map((l) => (l.type === "footer" ? { ...l, exitCode: 0, exercised, applicable: 1200 } : l));
    };
    const little = "exit 0: conforming in what was exercised, 599 of the 1\u00a0200 applicable clauses";
    expect(renderTerminal(of(599), { color: false })).toContain(`${little}\n`);
    expect(summaryMarkdown(buildReport(of(599)))).toContain(little);
    expect(reportHtml(buildReport(of(599)))).toContain(little);
    expect(renderTerminal(of(599, 2), { color: false })).toContain(`${little} x profiles\n`);
    expect(renderTerminal(of(600), { color: false })).toContain("exit 0: conforming\n");
  });
  test("a capture that cannot be read has no clock that disagrees", () => {
    const of = (fault: boolean): string => renderTerminal(sampleRecord({ command: "check", fault }).map((l) => (l.type === "case" && l.summary !== undefined ? { ...l, summary: { ...l.summary, clockSuspect: true } } : l)), { color: false });
    expect(of(false)).toContain("the two captures' clocks seem to disagree: many packets have no partner");
    expect(of(true)).toContain("a capture could not be read to its end: many packets have no partner");
  });
  test("one captured side has no second clock", () => {
    const of = (side: "access" | "core" | "both"): string => renderTerminal(sampleRecord({ command: "check" }).map((l) => (l.type === "case" && l.summary !== undefined ? { ...l, summary: { ...l.summary, clockSuspect: true } } : l.type === "header" ? { ...l, inputs: [{ name: "a.pcap", side }, { name: "b.pcap", side }] } : l)), { color: false });
    expect(of("access").replace(/\s+/g, " ")).toContain("only captures of the access side were named: many packets have no partner, so nothing that is missing was judged");
    expect(of("core")).toContain("only captures of the core side were named");
    expect(of("both")).toContain("clocks seem to disagree");
  });
  test("the schema refuses a report with a field too much or too little", () => {
    const value = JSON.parse(reportJson(buildReport(plain))) as Record<string, unknown>;
    expect(check({ ...value, more: 1 })).toBe(false);
    expect(check({ ...value, numbers: {} })).toBe(false);
  });
});

describe("junit.xml", () => {
  const of = (node: Node, name: string): Node[] => node.children.filter((c) => c.name === name);
  test("a suite per profile, a test case per clause, with counts that are true", () => {
    const root = parseXml(junitXml(buildReport(plain)));
    const suites = of(root, "testsuite");
    expect(suites.map((s) => s.attributes["name"])).toEqual([...PROFILES, "cases and inputs"]);
    for (const s of suites) {
      const tests = of(s, "testcase");
      const n = (kind: string): string => String(tests.filter((t) => of(t, kind).length === 1).length);
      expect([s.attributes["tests"], s.attributes["failures"], s.attributes["errors"], s.attributes["skipped"]]).toEqual([String(tests.length), n("failure"), n("error"), n("skipped")]);
    }
    expect(of(suites[0]!, "testcase")).toHaveLength(clauses.length);
    expect(of(suites[0]!, "testcase")[0]?.attributes).toMatchObject({ classname: "rfc3056.2", name: "RFC3056-2-1 MUST NOT" });
  });
  test("a failure shows frames and fields; what was not exercised, not applicable, known or waived is skipped with the reason", () => {
    const root = parseXml(junitXml(buildReport(plain)));
    const get = (suite: number, name: string): Node | undefined => of(of(root, "testsuite")[suite]!, "testcase").find((t) => t.attributes["name"]?.startsWith(name) === true);
    const failure = get(0, "RFC3056-3-2 ")?.children[0];
    expect(failure?.name).toBe("failure");
    expect(failure?.text).toContain("frames: access.pcap:17 access received, core.pcap:12 core sent");
    expect(failure?.text).toContain("outer IPv4 source: expected 192.0.2.9 (embedded in 2001:db8:c000:209::1), seen 192.0.2.10");
    expect(get(1, "RFC3056-3-2 ")?.children[0]).toMatchObject({ name: "skipped", attributes: { message: "waived: ticket LAB-12, owner k.meier, until 2027-01-31" } });
    const skipped = of(root, "testsuite").flatMap((s) => of(s, "testcase")).flatMap((t) => of(t, "skipped")).map((k) => k.attributes["message"]?.split(":")[0]);
    expect(new Set(skipped)).toEqual(new Set(["not-exercised", "not-applicable", "known-deviation", "waived", "unspecified"]));
  });
  test("hostile text is XML still, and a broken run and input are errors", () => {
    const root = parseXml(junitXml(buildReport(hostile)));
    const own = of(root, "testsuite").at(-1)!;
    expect(of(own, "testcase").filter((t) => of(t, "error").length === 1).map((t) => t.attributes["classname"])).toEqual(["input", "run"]);
    expect(junitXml(buildReport(hostile))).not.toContain("\u001b");
  });
});

describe("SARIF", () => {
  test("every result names a rule that is there, a file as URI, a frame, and a level that fits the verdict", () => {
    const run = (JSON.parse(sarifJson(buildReport(hostile))) as { runs: [{ tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; properties: { verdict: string }; locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }] }[]; invocations: [{ executionSuccessful: boolean; toolExecutionNotifications: unknown[] }] }] }).runs[0];
    expect(run.results.length).toBe(3);
    for (const r of run.results) {
      expect(run.tool.driver.rules[r.ruleIndex]?.id).toBe(r.ruleId);
      expect(r.level).toBe(r.properties.verdict === "fail" ? "error" : "warning");
      expect(r.locations[0].physicalLocation.artifactLocation.uri).toMatch(/^[A-Za-z0-9%._~!*'()/-]+$/);
      expect(r.locations[0].physicalLocation.region.startLine).toBeGreaterThanOrEqual(17);
    }
    expect(run.invocations[0]).toMatchObject({ executionSuccessful: false, toolExecutionNotifications: { length: 4 } }); // the input, two cases, the end
  });
  test("holds the properties of SARIF 2.1.0 that we use, of their types, and no others", () => {
    const text = { type: "string" };
    const object = (properties: Record<string, object>, required: readonly string[] = Object.keys(properties)): object => ({ type: "object", additionalProperties: false, required, properties });
    const message = object({ text: { type: "string", minLength: 1 } });
    const level = { enum: ["none", "note", "warning", "error"] };
    const bag = { type: "object" };
    const at = { physicalLocation: object({ artifactLocation: object({ uri: { type: "string", pattern: "^[^\\s\\\\]+$" } }), region: object({ startLine: { type: "integer", minimum: 1 } }) }), message };
    const locations = { type: "array", items: object(at) };
    const rule = object({
      id: text, name: text, shortDescription: message, fullDescription: message, help: message, helpUri: { type: "string", pattern: "^https://" },
      defaultConfiguration: object({ level }), properties: bag,
    });
    const result = object({
      ruleId: text, ruleIndex: { type: "integer", minimum: -1 }, level, kind: { enum: ["notApplicable", "pass", "fail", "review", "open", "informational"] }, message, locations,
      relatedLocations: { type: "array", items: object({ id: { type: "integer", minimum: -1 }, ...at }) }, partialFingerprints: { type: "object", additionalProperties: text },
      suppressions: { type: "array", items: object({ kind: { enum: ["inSource", "external"] }, status: { enum: ["accepted", "underReview", "rejected"] }, justification: text }) },
      occurrenceCount: { type: "integer", minimum: 1 }, properties: bag,
    }, ["ruleId", "level", "message", "locations"]);
    const invocation = object({ executionSuccessful: { type: "boolean" }, exitCode: { type: "integer" }, toolExecutionNotifications: { type: "array", items: object({ level, message, locations }, ["message"]) } }, ["executionSuccessful"]);
    const run = object({
      tool: object({ driver: object({ name: text, version: text, rules: { type: "array", uniqueItems: true, items: rule } }) }), invocations: { type: "array", items: invocation }, results: { type: "array", items: result },
      columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] }, properties: bag,
    });
    const check = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(object({ $schema: text, version: { const: "2.1.0" }, runs: { type: "array", minItems: 1, items: run } }));
    for (const lines of [plain, hostile, []]) {
      check(JSON.parse(sarifJson(buildReport(lines))));
      expect(check.errors ?? []).toEqual([]);
    }
  });
  test("file names become relative URI references", () => {
    expect(fileUri("a b/c#d?.pcap")).toBe("a%20b/c%23d%3F.pcap");
    expect(fileUri("x\ud800y")).toBe("x%EF%BF%BDy");
  });
});

describe("Markdown and annotations", () => {
  test("the summary has the four numbers, and hostile text has no meaning in it", () => {
    expect(summaryMarkdown(buildReport(plain))).toContain("| 279 of 354 | 10 | 10 | 0 |");
    const lines = summaryMarkdown(buildReport(hostile)).split("\n");
    expect(lines.join("\n")).toContain("**INCOMPLETE RUN**");
    const outside = lines.map((l) => l.replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, "")).join("\n");
    expect(outside).not.toMatch(/<|\u202e|\p{Cc}(?<!\n)/u);
  });
  test("a table row stays one row when a value has a pipe or a newline", () => {
    const lines = structuredClone(plain) as unknown as { type: string; findings?: { exemplars: { fields: { seen: string }[] }[] }[] }[];
    for (const l of lines) for (const f of l.findings ?? []) f.exemplars[0]!.fields[0]!.seen = "a|b\nc`d";
    expect(summaryMarkdown(buildReport(lines as never))).toContain("| `` a\\|b\\x0ac`d `` |");
  });
  test("GitHub: one line a finding, errors before warnings, nothing ends the line or the property early", () => {
    const lines = githubAnnotations(plain).trimEnd().split("\n");
    expect(lines.map((l) => l.split(" ")[0])).toEqual(["::error", "::error", "::error", "::error", "::warning"]);
    expect(lines[0]).toMatch(/^::error title=6rd\/source-check under ms-dpc@10\.4::expectation: frame 3/);
    expect(lines[2]).toMatch(/^::error file=access\.pcap,line=17,title=RFC3056-3-2 fail::A packet with a spoofed source was forwarded: outer source … \(12\u00a0345 times, access\.pcap:17 to/);
    for (const l of githubAnnotations(hostile).trimEnd().split("\n")) expect(l).toMatch(/^::(error|warning|notice) (file=[^,:]*,line=\d+,)?title=[^,:]*::\P{Cc}*$/u);
    expect(githubAnnotations([])).toBe("");
  });
  test("a finding on the configuration has no frame; one is told once, in the words of what was found", () => {
    const place = { file: "br.yaml", frame: 0 };
    const lines = plain.map((l) => (l.type !== "case" ? l : { ...l, findings: l.findings.map((f) => ({ ...f, title: "the prefix is whole", count: 1, first: place, last: place, exemplars: [{ message: "rd1: half a prefix (192.0.2.1 > 192.0.2.9)", packets: [], fields: [], why: "", filter: "" }] })) }));
    expect(githubAnnotations(lines)).toContain("::rd1: half a prefix (once, br.yaml); ");
    expect(stripVTControlCharacters(renderTerminal(lines, { color: false }))).toMatch(/ {2}rule {5}the prefix is whole.*\n {2}count {4}once\n {2}message {2}rd1: half a prefix.*\n {2}place {4}br\.yaml\n/);
    expect(summaryMarkdown(buildReport(lines))).toContain("at `br.yaml`");
  });
  test("a case that departs as the card's documents say is counted, not listed among those that ask for work", () => {
    const equal = { state: "equal", differences: [] } as const;
    const known = plain.map((l) => (l.type !== "case" ? l : { ...l, golden: equal, ...(l.expectation?.met === false ? { verdict: "known-deviation" as const } : {}) }));
    for (const text of [renderTerminal(known, { color: false }), summaryMarkdown(buildReport(known))]) {
      expect(text).toContain("1 case departs from the expectation of the spec");
      expect(text).not.toContain("expected a drop with reason");
      expect(text).not.toContain("Cases with problems of their own");
    }
    expect(renderTerminal(plain, { color: false })).toContain("Cases with problems of their own");
  });
  test("GitLab: an array with distinct fingerprints", () => {
    const issues = JSON.parse(gitlabCodeQuality(hostile)) as { fingerprint: string; severity: string; location: { lines: { begin: number } } }[];
    expect(issues.map((i) => i.severity)).toEqual(["critical", "critical", "major", "critical", "critical", "critical"]); // then two cases and the broken input
    expect(new Set(issues.map((i) => i.fingerprint)).size).toBe(6);
  });
});

describe("terminal", () => {
  const text = renderTerminal(plain, { color: false });
  test("says what failed, where, and how to find it in Wireshark", () => {
    for (const part of ["FAIL RFC3056-3-2 MUST NOT, RFC 3056 section 3", "access.pcap:17 (access, received), core.pcap:12 (core, sent)", "outer IPv4 source: expected 192.0.2.9", "filter   ip.src == 192.0.2.10", "profiles all 6", "frame 3: expected a drop"]) expect(text).toContain(part);
  });
  test("a modelled card is never called tested", () => {
    expect(text).toContain("they are no test of the card");
    expect(summaryMarkdown(buildReport(plain))).toContain("they are no test of the card");
    expect(renderTerminal(hostile, { color: false })).not.toContain("no test of the card");
  });
  test("ends with the four numbers and the exit code", () => {
    expect(text.trimEnd().split("\n").slice(-2)).toEqual(["exercised 279 of 354 applicable, failed 10, waived or known 10, errors 0 (and 6 warned)", "exit 1: non-conforming"]);
  });
  test("no escape sequence without colour, whatever the record says; with colour only ours", () => {
    expect(renderTerminal(hostile, { color: false })).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(stripVTControlCharacters(renderTerminal(hostile, { color: true }))).toBe(renderTerminal(hostile, { color: false }));
    expect(renderTerminal(hostile, { color: true })).toContain("\u001b[31mFAIL\u001b[0m");
  });
  test("a check says what was read and paired, and where the input broke", () => {
    const check = renderTerminal(hostile, { color: false });
    expect(check).toContain("224\u00a0122 packets into the device");
    expect(check).toContain("after frame 4711, byte 1234567");
    expect(check).toContain("INCOMPLETE RUN");
    expect(check.trimEnd().split("\n").at(-1)).toBe("no exit code: the run did not end, this report is incomplete");
  });
  test.each([[0, "conforming"], [3, "input unreadable"], [4, "no packet exercised"], [70, "internal error"]])("exit code %i in words", (code, words) => {
    expect(exitText(buildReport([{ type: "footer", complete: true, exitCode: code, exercised: 0, applicable: 0, failed: 0, warned: 0, waivedOrKnown: 0, errors: 0 }]))).toContain(words);
  });
});
