/** The report on a terminal: what was read, what broke and where, the four honest numbers, the exit code. */
import { DECLARED, LOWERED, foundText, placeText, shortNames, subjectNote, tally, times, troubledCases, waiverTexts, waiverTrouble, type Report, type ReportFinding } from "./model.js";
import { exitText, unfound, type Unfound } from "./outcome.js";
import type { CaseLine, Verdict } from "./record.js";
import { comparedText, differenceTitle, firstText, limitTexts, NO_VIOLATION } from "./opinion.js";
import { captureDoubts, judgedCase, pairingText } from "./pairing.js";
import { sparkline, spread } from "./timeline.js";
import { counted, thousands, visible, wrap } from "./text.js";
import { FEW, profileStatistics } from "./statistics.js";

const COLOR: Partial<Record<Verdict, string>> = {
  fail: "31", error: "35", warn: "33", incomplete: "35", pass: "32", info: "36", observed: "36", "known-deviation": "34", waived: "34", unspecified: "2", "not-exercised": "2", "not-applicable": "2",
};
const WIDTH = 110;
/** Findings of one verdict shown in full; the others are counted. */
const SHOWN = 20;

type Paint = (text: string, verdict: Verdict) => string;

function inputLines(report: Report, short: (file: string) => string): string[] {
  const out: string[] = [];
  const h = report.header;
  if (h !== undefined) {
    out.push(visible(`${h.tool} ${h.toolVersion} ${h.command}: ${h.subject}`));
    if (subjectNote(report) !== "") out.push(`  ${subjectNote(report)}`);
    for (const i of h.inputs) out.push(visible(`  read ${i.side.padEnd(6)} ${i.name}`));
    out.push(visible(`  with config ${h.config}, seed ${h.seed}`));
  }
  // The same captures for every profile.
  const c = judgedCase(report);
  if (c !== undefined) out.push(...pairingText(c, short).map((t) => `  ${wrap(visible(t), WIDTH - 2, "    ")}`), ...captureDoubts(report).map((t) => `  ${wrap(t, WIDTH - 2, "  ")}`), ...timelineLines(c));
  return out;
}

/** State and drops over capture time in one line each, where there is a course to show. */
function timelineLines(c: CaseLine): string[] {
  const t = c.timeline;
  if (t === undefined || t.buckets < 8) return [];
  const out: string[] = [];
  for (const s of t.series.filter((x) => x.group === "state" && x.id !== "initiators")) {
    const values = spread(t, s);
    out.push(`  ${visible(s.text).padEnd(30)} ${sparkline(values, s.kind, 64)}  peak ${thousands(Math.max(...values))}`);
  }
  const drops = t.series.filter((x) => x.group === "drops").map((s) => spread(t, s));
  if (drops.length > 0) {
    const sum = drops[0].map((_, i) => drops.reduce((n, d) => n + d[i], 0));
    out.push(`  ${"packets dropped".padEnd(30)} ${sparkline(sum, "count", 64)}  in all ${thousands(sum.reduce((a, b) => a + b, 0))}`);
  }
  return out;
}

/** The same for every profile: the device said it once. */
function besideLines(report: Report): string[] {
  const b = report.cases.find((c) => c.beside !== undefined)?.beside;
  if (b === undefined) return [];
  const out = ["", `Beside the packets: ${thousands(b.equal)} of ${thousands(b.compared)} values that the device tells are as its packets show; differences inform, they fail nothing`];
  for (const d of b.differences) out.push(`  ${d.kind === "counter" ? "counter" : "NAT log"} ${visible(d.subject)}: ${visible(d.source)} says ${visible(d.told)}, ${visible(d.seen)}`);
  for (const n of b.notes) out.push(`  note: ${wrap(visible(n), WIDTH - 8, "        ")}`);
  return out;
}

/** Kinds of difference that are shown. */
const KINDS = 12;
function opinionLines(report: Report, short: (file: string) => string): string[] {
  const o = report.opinion;
  if (o === undefined) return [];
  const out = ["", wrap(`Second opinion: ${comparedText(o)}.`, WIDTH, "  "), ...limitTexts(o).map((t) => `  ${wrap(t, WIDTH - 2, "  ")}`)];
  const open = o.differences.filter((d) => !d.explained);
  if (o.explained > 0) out.push(`  ${wrap(`${counted(o.explained, "difference")} ${o.explained === 1 ? "is" : "are"} explained by findings: ${[...new Set(o.differences.filter((d) => d.explained).flatMap((d) => d.rules))].join(", ")}`, WIDTH - 2, "  ")}`);
  out.push(open.length === 0 ? "  no other difference" : `  ${counted(o.differing - o.explained, "difference")} that no rule explains. ${NO_VIOLATION}`);
  for (const d of open.slice(0, KINDS)) {
    out.push(`    ${wrap(visible(`${differenceTitle(d)}, ${times(d.count)}, first ${firstText(d, short)}${d.rules.length > 0 ? `; in part explained by ${d.rules.join(", ")}` : ""}`), WIDTH - 4, "      ")}`);
    for (const f of d.examples[0].fields.slice(0, 3)) out.push(`      ${wrap(visible(`${f.layer} ${f.field}: reference ${f.reference}, box ${f.box}`), WIDTH - 6, "        ")}`);
  }
  const more = open.length - KINDS + o.left;
  if (more > 0) out.push(`    and ${counted(more, "more kind")}: see report.html or run.jsonl`);
  return out;
}

function findingLines(f: ReportFinding, report: Report, paint: Paint, short: (file: string) => string): string[] {
  const clause = report.clauses.find((c) => c.id === f.group.clause);
  const out = [`${paint(f.verdict.toUpperCase(), f.verdict)} ${visible(f.group.clause)}${clause === undefined ? "" : ` ${clause.level}, RFC ${clause.rfc} section ${visible(clause.section)}`}`];
  const put = (label: string, text: string): void => { out.push(`  ${label.padEnd(9)}${wrap(visible(text), WIDTH - 11, " ".repeat(11))}`); };
  if (clause !== undefined) put("clause", clause.statement);
  put("rule", f.group.title + (f.group.certainty === "inferred" ? " (inferred, not seen directly)" : f.group.certainty === "content" ? " (in packets that only their content pairs)" : ""));
  if (f.group.kind === "declared") put("departs", DECLARED);
  if (f.group.lowered !== undefined) put("lowered", LOWERED[f.group.lowered]);
  const span = f.group.count > 1 ? `, from ${placeText(f.group.first, short)} to ${placeText(f.group.last, short)}` : "";
  put("count", `${times(f.group.count)}${span}`);
  const e = f.group.exemplars[0];
  if (e !== undefined) {
    // Examples that differ have only a part of their message in common.
    if (!e.message.startsWith(foundText(f.group))) put("message", foundText(f.group));
    if (e.message !== f.group.title) put(e.message.startsWith(foundText(f.group)) ? "message" : "example", e.message);
    if (e.packets.length > 0) put("frames", e.packets.map((p) => `${placeText(p.place, short)} (${p.side}, ${p.direction})`).join(", "));
    else put("place", placeText(f.group.first, short));
    for (const d of e.fields) put("field", `${d.layer} ${d.field}: expected ${d.expected}, seen ${d.seen}`);
    if (e.why !== "") put("why", e.why);
    if (e.filter !== "") put("filter", e.filter);
  } else put("place", placeText(f.group.first, short));
  for (const w of waiverTexts(f)) put("waived", w);
  const cases = [...new Set(f.where.map((w) => w.case))];
  if (report.header?.command === "run") put("in", cases.join(", "));
  if (report.profiles.length > 1) put("profiles", profilesText([...new Set(f.where.map((w) => w.profile))], report));
  return out;
}

const profilesText = (profiles: readonly string[], report: Report): string => (profiles.length === report.profiles.length ? `all ${profiles.length}` : profiles.join(", "));

function unfoundLines(u: Unfound, verdict: Verdict, report: Report, paint: Paint): string[] {
  const put = (label: string, text: string): string => `  ${label.padEnd(9)}${wrap(visible(text), WIDTH - 11, " ".repeat(11))}`;
  return [
    `${paint(verdict.toUpperCase(), verdict)} ${visible(u.clause.id)} ${u.clause.level}, RFC ${u.clause.rfc} section ${visible(u.clause.section)}`,
    put("clause", u.clause.statement), put("why", u.reason), ...(report.profiles.length > 1 ? [put("profiles", profilesText(u.profiles, report))] : []),
  ];
}

function profileLines(report: Report, paint: Paint): string[] {
  const width = Math.max(0, ...report.profiles.map((p) => visible(p.id).length));
  return report.profiles.map((p) => {
    const counts = tally(report, p.id).map(([v, n]) => paint(`${thousands(n)} ${v}`, v)).join(", ");
    return `  ${visible(p.id).padEnd(width)}  ${counts === "" ? "no verdicts" : counts}`;
  });
}

/** The whole report as text that ends with a newline; no escape sequences unless `color`. Without `written` it says how to have report.html. */
export function terminalText(report: Report, color: boolean, written = false): string {
  const paint: Paint = (text, verdict) => (color && COLOR[verdict] !== undefined ? `\u001b[${COLOR[verdict]}m${text}\u001b[0m` : text);
  const short = shortNames(report);
  const out = inputLines(report, short);
  if (!report.complete) out.push(paint("INCOMPLETE RUN: it broke off; the counts below are of what was done until then", "incomplete"));
  for (const f of report.faults) out.push(paint(`BROKEN INPUT ${visible(f.file)}: after frame ${f.frame}, byte ${f.offset}: ${visible(f.message)}`, "error"));
  if (report.profiles.length > 0) out.push("", "Verdicts per profile", ...profileLines(report, paint));
  for (const verdict of ["fail", "error", "warn", "known-deviation", "waived", "unspecified"] as const) {
    const these = report.findings.filter((f) => f.verdict === verdict);
    for (const f of these.slice(0, SHOWN)) out.push("", ...findingLines(f, report, paint, short));
    if (these.length > SHOWN) out.push("", `${these.length - SHOWN} more ${verdict} findings: see report.html or run.jsonl`);
    // What the documents of a card leave open is counted above; there is nothing to tell of each.
    if (verdict !== "unspecified") for (const u of unfound(report, verdict).slice(0, SHOWN)) out.push("", ...unfoundLines(u, verdict, report, paint));
  }
  out.push(...besideLines(report), ...opinionLines(report, short));
  const infos = report.findings.filter((f) => f.verdict === "info" || f.verdict === "observed").length;
  if (infos > 0) out.push("", `${counted(infos, "informational finding or observation", "informational findings and observations")}: see report.html${written ? "" : " (-o DIR writes it)"}`);
  const { troubled, documented } = troubledCases(report);
  if (troubled.length > 0) out.push("", "Cases with problems of their own");
  for (const { c, problems } of troubled.slice(0, SHOWN)) {
    out.push(`  ${visible(c.id)} under ${visible(c.profile)}`, ...problems.slice(0, 5).map((p) => `    ${wrap(visible(p), WIDTH - 4, "      ")}`));
    if (problems.length > 5) out.push(`    and ${problems.length - 5} more`);
  }
  if (troubled.length > SHOWN) out.push(`  and ${troubled.length - SHOWN} more cases`);
  if (documented > 0) out.push("", wrap(`${counted(documented, "case departs", "cases depart")} from the expectation of the spec as the card's documents say (known-deviation): report.html has each difference, in Cases and counters`, WIDTH, ""));
  const trouble = waiverTrouble(report);
  if (trouble.length > 0) out.push("", ...trouble.map((t) => paint(wrap(visible(t.text), WIDTH, "  "), t.loud ? "fail" : "warn")));
  const shown = report.profiles.length > FEW ? [] : report.profiles.flatMap((p) => profileStatistics(report, p));
  out.push(...shown);
  const n = report.numbers;
  out.push("", `exercised ${thousands(n.exercised)} of ${thousands(n.applicable)} applicable, failed ${thousands(n.failed)}, waived or known ${thousands(n.waivedOrKnown)}, errors ${thousands(n.errors)}${n.warned > 0 ? ` (and ${thousands(n.warned)} warned)` : ""}`, exitText(report));
  return `${out.join("\n")}\n`;
}
