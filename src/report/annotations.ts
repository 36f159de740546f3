/** Annotations for the CI's own user interface: GitHub workflow commands, GitLab code quality. The frame number stands for the line. */
import { createHash } from "node:crypto";
import { foundText, placeText, times, troubledCases, waiverTrouble, type Report, type ReportFinding } from "./model.js";
import { visible } from "./text.js";

const data = (text: string): string => text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
const property = (text: string): string => data(visible(text)).replace(/:/g, "%3A").replace(/,/g, "%2C");

function message(f: ReportFinding, report: Report): string {
  const clause = report.clauses.find((c) => c.id === f.group.clause);
  const field = f.group.exemplars[0]?.fields[0];
  return visible(`${foundText(f.group)} (${times(f.group.count)}, ${f.group.count === 1 ? placeText(f.group.first) : `${placeText(f.group.first)} to ${placeText(f.group.last)}`})`
    + `${field === undefined ? "" : `; ${field.layer} ${field.field}: expected ${field.expected}, seen ${field.seen}`}${clause === undefined ? "" : `; ${clause.level}: ${clause.statement}`}`);
}

/** One `::error`, `::warning` or `::notice` line per finding, broken input, and case or waiver that makes the run fail. GitHub shows ten of a kind and step: `limit` is per kind. */
export function githubAnnotations(report: Report, limit = 10): string {
  const lines: string[] = [];
  const put = (kind: "error" | "warning" | "notice", file: string | undefined, frame: number, title: string, text: string): void => {
    lines.push(`::${kind} ${file === undefined ? "" : `file=${property(file)},line=${Math.max(1, frame)},`}title=${property(title)}::${data(visible(text))}`);
  };
  for (const f of report.faults) put("error", f.file, f.frame, "broken input", `byte ${f.offset}: ${f.message}`);
  for (const { c, problems } of troubledCases(report).troubled.slice(0, limit)) put("error", undefined, 1, `${c.id} under ${c.profile}`, problems.join("; "));
  for (const t of waiverTrouble(report).filter((x) => x.loud)) put("error", undefined, 1, "waiver", t.text);
  for (const [verdict, kind] of [["fail", "error"], ["error", "error"], ["warn", "warning"], ["known-deviation", "notice"], ["waived", "notice"]] as const) {
    for (const f of report.findings.filter((x) => x.verdict === verdict).slice(0, limit)) put(kind, f.group.first.file, f.group.first.frame, `${f.group.clause} ${verdict}`, message(f, report));
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** A GitLab code quality report (JSON array), for `artifacts: reports: codequality`. */
export function gitlabCodeQuality(report: Report): string {
  const severity = { fail: "critical", error: "blocker", warn: "major" } as const;
  const issues = report.findings.flatMap((f): object[] => {
    if (f.verdict !== "fail" && f.verdict !== "error" && f.verdict !== "warn") return [];
    return [{
      description: message(f, report), check_name: f.group.clause, severity: severity[f.verdict],
      fingerprint: createHash("sha256").update(f.id).digest("hex"),
      location: { path: f.group.first.file, lines: { begin: Math.max(1, f.group.first.frame) } },
    }];
  });
  const own = [...troubledCases(report).troubled.map(({ c, problems }) => ({ name: c.id, text: `${c.id} under ${c.profile}: ${problems.join("; ")}` })), ...waiverTrouble(report).filter((t) => t.loud).map((t) => ({ name: "waivers", text: t.text })),
    ...report.faults.map((f) => ({ name: f.file, text: `broken input: after frame ${f.frame}, byte ${f.offset}: ${f.message}` }))];
  for (const o of own) {
    issues.push({ description: visible(o.text), check_name: o.name, severity: "critical", fingerprint: createHash("sha256").update(o.text).digest("hex"), location: { path: o.name, lines: { begin: 1 } } });
  }
  return `${JSON.stringify(issues, null, 1)}\n`;
}
