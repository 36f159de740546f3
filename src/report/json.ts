/** report.json: the stable form for programs. Schema: specs/schemas/report.schema.json. Fields are added, never changed, within a version. */
import type { Report } from "./model.js";

export const REPORT_SCHEMA = "softproof-report/1";

const withoutType = <T extends { readonly type: string }>({ type: _, ...rest }: T): Omit<T, "type"> => rest;

export function reportJson(report: Report): string {
  const h = report.header;
  const value = {
    schema: REPORT_SCHEMA,
    run: h === undefined ? null : { tool: h.tool, version: h.toolVersion, command: h.command, subject: h.subject, inputs: h.inputs, config: h.config, ...(h.guess === undefined ? {} : { guess: h.guess }), seed: h.seed, asOf: h.asOf },
    complete: report.complete,
    exitCode: report.footer?.exitCode ?? null,
    numbers: report.numbers,
    profiles: report.profiles.map(({ type: _, ...rest }) => rest),
    clauses: report.clauses.map(({ type: _, ...clause }) => ({
      ...clause,
      verdicts: report.profiles.flatMap((p) => {
        const v = report.verdict(clause.id, p.id);
        return v === undefined ? [] : [{ profile: p.id, verdict: v.verdict, ...(v.reason === undefined ? {} : { reason: v.reason }), exercised: v.exercised, violated: v.violated }];
      }),
    })),
    findings: report.findings.map((f) => ({ id: f.id, verdict: f.verdict, ...f.group, where: f.where })),
    cases: report.cases.map(({ type: _, findings: __, ...rest }) => rest),
    ...(report.opinion === undefined ? {} : { secondOpinion: withoutType(report.opinion) }),
    waivers: report.waivers.map(({ type: _, ...rest }) => rest),
    faults: report.faults.map(({ type: _, ...rest }) => rest),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}
