/** summary.md: the job summary of a CI run (GitHub shows at most 1 MiB; this stays far below). */
import { foundText, placeText, reportNotes, shortNames, subjectNote, tally, times, troubledCases, VERDICTS, waiverTrouble, weightText, type Report, type ReportFinding } from "./model.js";
import { exitText, unfound } from "./outcome.js";
import { comparedText, differenceTitle, firstText, limitTexts, NO_VIOLATION } from "./opinion.js";
import { captureDoubts, judgedCase, pairingText } from "./pairing.js";
import { code, counted, markdown, thousands, visible } from "./text.js";

const SHOWN = 30;

function finding(f: ReportFinding, report: Report, short: (file: string) => string): string[] {
  const clause = report.clauses.find((c) => c.id === f.group.clause);
  const e = f.group.exemplars[0];
  const where = [...new Set(f.where.map((w) => w.profile))];
  const out = [`### ${f.verdict}: ${markdown(f.group.clause)}${clause === undefined ? "" : ` (${clause.level}, RFC ${clause.rfc} section ${markdown(clause.section)})`}`, ""];
  if (clause !== undefined) out.push(`> ${markdown(clause.statement)}`, "");
  out.push(`**${markdown(foundText(f.group))}**: ${times(f.group.count)}, ${f.group.count === 1 ? `at ${code(placeText(f.group.first, short))}` : `first ${code(placeText(f.group.first, short))}, last ${code(placeText(f.group.last, short))}`}${where.length > 0 ? `; under ${where.map(code).join(", ")}` : ""}.`, "");
  if (weightText(f.group) !== "") out.push(`Weight: ${markdown(weightText(f.group))}.`, "");
  if (e === undefined) return out;
  if (foundText(f.group) !== f.group.title) out.push(`Rule: ${markdown(f.group.title)}  `);
  if (e.message !== foundText(f.group)) out.push(`Example: ${markdown(e.message)}  `);
  if (e.packets.length > 0) out.push(`Frames ${e.packets.map((p) => `${code(placeText(p.place, short))} (${p.side} ${p.direction})`).join(", ")}.`, "");
  if (e.fields.length > 0) out.push("| layer | field | expected | seen |", "|---|---|---|---|", ...e.fields.map((d) => `| ${markdown(d.layer)} | ${markdown(d.field)} | ${code(d.expected)} | ${code(d.seen)} |`), "");
  if (e.why !== "") out.push(`Why: ${markdown(e.why)}`, "");
  if (e.filter !== "") out.push(`Wireshark: ${code(e.filter)}`, "");
  return out;
}

function opinion(report: Report, short: (file: string) => string): string[] {
  const o = report.opinion;
  if (o === undefined) return [];
  const out = ["### Second opinion", "", `${comparedText(o)}. ${counted(o.differing, "difference")}, ${thousands(o.explained)} explained by findings. ${NO_VIOLATION}`, "", ...limitTexts(o).map((t) => `- ${markdown(t)}`)];
  if (limitTexts(o).length > 0) out.push("");
  const open = o.differences.filter((d) => !d.explained);
  if (open.length > 0) out.push("| difference that no rule explains | packets | first | example |", "|---|---:|---|---|");
  for (const d of open.slice(0, SHOWN)) {
    const f = d.examples[0].fields[0];
    out.push(`| ${markdown(differenceTitle(d))}${d.rules.length > 0 ? markdown(` (in part explained by ${d.rules.join(", ")})`) : ""} | ${thousands(d.count)} | ${code(firstText(d, short))} | ${f === undefined ? "" : `${markdown(`${f.layer} ${f.field}: reference`)} ${code(f.reference)}, box ${code(f.box)}`} |`);
  }
  if (open.length > 0) out.push("");
  const more = open.length - SHOWN + o.left;
  if (more > 0) out.push(`${counted(more, "more kind")} of difference: report.html or run.jsonl.`, "");
  return out;
}

function notes(report: Report, short: (file: string) => string): string[] {
  const all = reportNotes(report);
  const c = judgedCase(report);
  const counts = [...(c === undefined ? [] : pairingText(c, short)), ...captureDoubts(report)].map((t) => `- ${markdown(t)}`);
  const out = all.length + counts.length === 0 ? [] : ["### Read, assumed, not judged", "", ...counts, ...all.map((n) => `- ${markdown(n.text)}${n.profiles.length > 0 ? ` (${n.profiles.map(code).join(", ")})` : ""}`), ""];
  const guess = report.header?.guess;
  // Indented: what stands in it can end no fence.
  if (guess !== undefined) out.push("No configuration was named; this one was guessed from the captures:", "", ...guess.trimEnd().split("\n").map((l) => `    ${visible(l)}`), "");
  return out;
}

export function summaryMarkdown(report: Report): string {
  const h = report.header;
  const n = report.numbers;
  const short = shortNames(report);
  const out = ["## Softproof conformance", ""];
  if (!report.complete) out.push("> **INCOMPLETE RUN**: it broke off; the counts are of what was done until then.", "");
  if (h !== undefined) out.push(`Subject: **${markdown(h.subject)}**, ${h.command}, config ${code(h.config)}${h.inputs.length > 0 ? `, inputs ${h.inputs.map((i) => `${code(i.name)} (${markdown(i.side)})`).join(", ")}` : ""}.`, "");
  out.push(...(subjectNote(report) === "" ? [] : [subjectNote(report), ""]), "| exercised of applicable | failed | waived or known | errors |", "|---|---|---|---|", `| ${thousands(n.exercised)} of ${thousands(n.applicable)} | ${thousands(n.failed)} | ${thousands(n.waivedOrKnown)} | ${thousands(n.errors)} |`, "", `**${markdown(exitText(report))}**`, "");
  for (const f of report.faults) out.push(`- broken input ${code(f.file)}: after frame ${f.frame}, byte ${f.offset}: ${markdown(f.message)}`);
  if (report.faults.length > 0) out.push("");
  const tallies = report.profiles.map((p) => ({ p, counts: new Map(tally(report, p.id)) }));
  const columns = VERDICTS.filter((v) => tallies.some((t) => t.counts.has(v)));
  if (columns.length > 0) {
    out.push(`| profile | ${columns.join(" | ")} |`, `|---|${columns.map(() => "---:|").join("")}`);
    for (const t of tallies) out.push(`| ${markdown(t.p.id)} | ${columns.map((v) => thousands(t.counts.get(v) ?? 0)).join(" | ")} |`);
    out.push("");
  }
  const loud = report.findings.filter((f) => f.verdict === "fail" || f.verdict === "error" || f.verdict === "warn");
  for (const f of loud.slice(0, SHOWN)) out.push(...finding(f, report, short));
  if (loud.length > SHOWN) out.push(`${loud.length - SHOWN} more findings are in report.html.`, "");
  for (const verdict of ["fail", "error", "warn"] as const) {
    for (const u of unfound(report, verdict).slice(0, SHOWN)) out.push(`### ${verdict}: ${markdown(u.clause.id)} (${u.clause.level}, RFC ${u.clause.rfc} section ${markdown(u.clause.section)})`, "", `> ${markdown(u.clause.statement)}`, "", `**${markdown(u.reason)}**; under ${u.profiles.map(code).join(", ")}.`, "");
  }
  const trouble = waiverTrouble(report);
  if (trouble.length > 0) out.push("### Waivers to look at", "", ...trouble.map((t) => `- ${markdown(t.text)}`), "");
  const beside = report.cases.find((c) => c.beside !== undefined)?.beside;
  if (beside !== undefined) {
    out.push("### Beside the packets", "", `${beside.equal} of ${beside.compared} values that the device tells of itself are as its packets show. Differences inform, they fail nothing.`, "");
    if (beside.differences.length > 0) out.push("| what | the device says | the packets show |", "|---|---|---|", ...beside.differences.map((d) => `| ${code(d.subject)} | ${markdown(d.told)} (${markdown(d.source)}) | ${markdown(d.seen)} |`), "");
    out.push(...beside.notes.map((n) => `- ${markdown(n)}`), ...(beside.notes.length > 0 ? [""] : []));
  }
  out.push(...opinion(report, short), ...notes(report, short));
  const cases = troubledCases(report);
  const troubled = cases.troubled.flatMap(({ c, problems }) => problems.map((p) => `- ${code(c.id)} under ${code(c.profile)}: ${markdown(p)}`));
  if (troubled.length > 0) out.push("### Cases with problems of their own", "", ...troubled.slice(0, SHOWN), ...(troubled.length > SHOWN ? [`- and ${troubled.length - SHOWN} more`] : []), "");
  if (cases.documented > 0) out.push(`${counted(cases.documented, "case departs", "cases depart")} from the expectation of the spec as the card's documents say: report.html has each difference.`, "");
  return out.join("\n");
}
