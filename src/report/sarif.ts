/**
 * results.sarif: SARIF 2.1.0 for code scanning. A capture has no lines, so `startLine` carries the frame number (consumers demand a line);
 * the message says so. Waived and known deviations are suppressed results.
 */
import { foundText, placeText, times, troubledCases, waiverTexts, waiverTrouble, weightText, type Report, type ReportFinding } from "./model.js";
import { type Difference, differenceTitle, KIND_TEXT, NO_VIOLATION } from "./opinion.js";
import type { ClauseLine, Verdict } from "./record.js";
import { visible, wellFormed } from "./text.js";

const LEVEL: Partial<Record<Verdict, "error" | "warning" | "note">> = { fail: "error", error: "error", warn: "warning", "known-deviation": "note", waived: "note", unspecified: "note", info: "note" };

/** A file name as a relative URI reference. */
export const fileUri = (name: string): string => wellFormed(name).replace(/\\/g, "/").split("/").map((s) => encodeURIComponent(s)).join("/");

const level = (v: Verdict): "error" | "warning" | "note" => LEVEL[v] ?? "note";

function location(file: string, frame: number, text: string): object {
  return { physicalLocation: { artifactLocation: { uri: fileUri(file) }, region: { startLine: Math.max(1, frame) } }, message: { text: visible(text) } };
}

function rule(c: ClauseLine): object {
  return {
    id: c.id, name: c.rule ?? c.id, shortDescription: { text: visible(c.statement) }, fullDescription: { text: visible(c.statement) },
    help: { text: visible(`RFC ${c.rfc} section ${c.section}, ${c.level}. Check: ${c.check}`) },
    helpUri: `https://www.rfc-editor.org/rfc/rfc${c.rfc}${/^[0-9.]+$/.test(c.section) ? `#section-${c.section}` : ""}`,
    defaultConfiguration: { level: c.severity === "fail" ? "error" : c.severity === "warn" ? "warning" : "note" },
    properties: { level: c.level, tags: [`rfc${c.rfc}`] },
  };
}

/** Why a result is suppressed: the waivers' own words, or the profile's. */
function justification(f: ReportFinding, report: Report): string {
  const own = waiverTexts(f);
  const reasons = own.length > 0 ? own : f.where.flatMap((w) => report.verdict(f.group.clause, w.profile)?.reason ?? []);
  return visible([f.verdict, ...new Set(reasons)].join(": "));
}

function result(f: ReportFinding, indexOf: (clause: string) => number, report: Report): object {
  const e = f.group.exemplars[0];
  const fields = (e?.fields ?? []).map((d) => `${d.layer} ${d.field}: expected ${d.expected}, seen ${d.seen}`).join("; ");
  const profiles = [...new Set(f.where.map((w) => w.profile))];
  const text = `${foundText(f.group)}. ${foundText(f.group) === f.group.title ? "" : `Rule: ${f.group.title}. `}${weightText(f.group) === "" ? "" : `${weightText(f.group).replace(/^./, (c) => c.toUpperCase())}. `}${times(f.group.count).replace(/^o/, "O")}, ${placeText(f.group.first)} to ${placeText(f.group.last)} (line = frame number).${fields === "" ? "" : ` ${fields}.`}${e === undefined || e.why === "" ? "" : ` ${e.why}`}`;
  const index = indexOf(f.group.clause);
  return {
    ruleId: f.group.clause, ...(index < 0 ? {} : { ruleIndex: index }), level: level(f.verdict), kind: "fail", message: { text: visible(text) },
    locations: [location(f.group.first.file, f.group.first.frame, `frame ${f.group.first.frame}`)],
    ...(e === undefined || e.packets.length === 0 ? {} : { relatedLocations: e.packets.map((p, id) => ({ id, ...location(p.place.file, p.place.frame, `${p.side}, ${p.direction}`) })) }),
    partialFingerprints: { "softproof/v1": wellFormed(`${f.group.rule}/${f.group.fingerprint}`), "softproof/content": f.id },
    ...(f.verdict === "waived" || f.verdict === "known-deviation" ? { suppressions: [{ kind: "external", status: "accepted", justification: justification(f, report) }] } : {}),
    occurrenceCount: Math.max(1, f.group.count),
    properties: { verdict: f.verdict, ...(f.group.kind === undefined ? {} : { departsFrom: "declared configuration" }), profiles, cases: [...new Set(f.where.map((w) => w.case))], filter: e?.filter ?? "" },
  };
}

/** One rule for each kind of difference; they are no clauses of an RFC. */
const OPINION_KINDS = ["differs", "box-only", "reference-only"] as const;
const opinionRule = (kind: Difference["kind"]): object => ({
  id: `second-opinion/${kind}`, name: `second-opinion/${kind}`, shortDescription: { text: `Second opinion: ${KIND_TEXT[kind]}` },
  fullDescription: { text: `The same inputs were given to the reference (check --second-opinion), and no rule explains this difference. ${NO_VIOLATION}` }, defaultConfiguration: { level: "none" },
});

/** SARIF 2.1.0 section 3.27.9: "informational" is no problem, and goes with level "none". */
function difference(d: Difference, firstRule: number): object {
  const e = d.examples[0];
  const fields = (e?.fields ?? []).map((f) => `${f.layer} ${f.field}: reference ${f.reference}, box ${f.box}`).join("; ");
  return {
    ruleId: `second-opinion/${d.kind}`, ruleIndex: firstRule + OPINION_KINDS.indexOf(d.kind), level: "none", kind: "informational",
    message: { text: visible(`${differenceTitle(d)}, ${times(d.count)} (line = frame number).${fields === "" ? "" : ` ${fields}.`} ${NO_VIOLATION}`) },
    locations: [location(d.first.file, d.first.frame, `frame ${d.first.frame}`)],
    ...(e === undefined ? {} : { relatedLocations: e.packets.map((p, id) => ({ id, ...location(p.place.file, p.place.frame, p.by === "input" ? `input, ${p.side}` : `${p.by}'s packet, ${p.side}`) })) }),
    partialFingerprints: { "softproof/v1": wellFormed(differenceTitle(d)) }, occurrenceCount: Math.max(1, d.count),
  };
}

export function sarifJson(report: Report): string {
  const used = report.clauses.filter((c) => c.rule !== undefined || report.findings.some((f) => f.group.clause === c.id));
  const indexOf = (clause: string): number => used.findIndex((c) => c.id === clause);
  const value = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0",
    runs: [{
      tool: { driver: { name: "softproof", version: report.header?.toolVersion ?? "unknown", rules: [...used.map(rule), ...(report.opinion === undefined ? [] : OPINION_KINDS.map(opinionRule))] } },
      invocations: [{
        executionSuccessful: report.complete && report.footer?.exitCode !== 70,
        ...(report.footer === undefined ? {} : { exitCode: report.footer.exitCode }),
        toolExecutionNotifications: [
          ...report.faults.map((f) => ({ level: "error", message: { text: visible(f.message) }, locations: [location(f.file, f.frame, `byte ${f.offset}`)] })),
          ...troubledCases(report).troubled.map(({ c, problems }) => ({ level: "error", message: { text: visible(`${c.id} under ${c.profile}: ${problems.join("; ")}`) } })),
          ...waiverTrouble(report).filter((t) => t.loud).map((t) => ({ level: "error", message: { text: visible(t.text) } })),
          ...(report.complete ? [] : [{ level: "error", message: { text: "The run broke off: the results are incomplete." } }]),
        ],
      }],
      results: [
        ...report.findings.filter((f) => f.verdict !== "observed" && f.verdict !== "not-applicable").map((f) => result(f, indexOf, report)),
        ...(report.opinion?.differences ?? []).filter((d) => !d.explained).map((d) => difference(d, used.length)),
      ],
      columnKind: "utf16CodeUnits",
      properties: { subject: report.header?.subject ?? "", numbers: report.numbers },
    }],
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}
