/** What `softproof explain` prints. */
import { citation, type Clause, defaultSeverity, loadClauses, loadDocuments } from "../../config/clauses.js";
import { nearest } from "../../config/problems.js";
import { NOT_JUDGED, RULES } from "../../judge/index.js";
import { decisionsOn } from "../../suite/catalogue.js";
import { bold } from "../colour.js";
import { EXIT, problem } from "../outcome.js";

export interface ExplainArgs { id: string; json: boolean }

const SEVERITY_TEXT: Readonly<Record<string, string>> = {
  fail: "a violation fails the run", warn: "a violation warns (fails with --fail-on warn)", info: "a violation is information", observe: "never violated: seen or not seen",
};

/** A clause by its own id, or by that of a rule; the match ignores case. */
function find(id: string): Clause {
  const clauses = loadClauses();
  const wanted = id.toLowerCase();
  for (const c of clauses.values()) if (c.id.toLowerCase() === wanted) return c;
  const rule = RULES.find((r) => r.id.toLowerCase() === wanted);
  const clause = rule === undefined ? undefined : clauses.get(rule.clause);
  if (clause !== undefined) return clause;
  const near = nearest(id, [...clauses.keys(), ...RULES.map((r) => r.id)]);
  throw problem(EXIT.usage, `no clause or rule ${id}${near === undefined ? "" : `; did you mean ${near}?`} \`softproof rules\` lists them.`);
}

async function text(c: Clause): Promise<string> {
  const document = loadDocuments().get(c.rfc);
  const rules = RULES.filter((r) => r.clause === c.id);
  const out = [`${bold(c.id)}  ${citation(c)}`];
  const row = (label: string, value: string): void => {
    out.push(`  ${label.padEnd(11)} ${value}`);
  };
  if (document !== undefined) row("document", `${document.title} (${document.date}; ${document.status}${document.changedBy === undefined ? "" : `; changed by RFC ${document.changedBy.join(", ")}`})`);
  row("level", `${c.level} (${c.levelBasis})`);
  row("severity", `${defaultSeverity(c)}: ${SEVERITY_TEXT[defaultSeverity(c)]}`);
  row("concerns", c.role.join(", "));
  row("says", c.statement);
  row("seen", `${c.observable}${c.observableWhy === undefined ? "" : `: ${c.observableWhy}`}`);
  row("check", c.check);
  row("violation", c.failure);
  if (c.note !== undefined) row("note", c.note);
  for (const d of decisionsOn(c).decisions ?? []) row("where open", d);
  for (const r of rules) row("rule", `${r.id}: ${r.title} (${r.mechanisms.join(", ")}${r.cap === undefined ? "" : `; at most ${r.cap}`})`);
  if (rules.length === 0) row("no rule", NOT_JUDGED.find((n) => n.clause === c.id)?.reason ?? c.observableWhy ?? "not judged yet");
  const shown = await specsOn(c.id);
  if (shown.length > 0) row("exercised", `by ${shown.join(", ")}`);
  return `${out.join("\n")}\n`;
}

/** The bundled specs that name the clause. */
async function specsOn(id: string): Promise<string[]> {
  const { findSpecs, loadSpecs } = await import("../../suite/spec.js");
  return loadSpecs(findSpecs([])).filter((s) => s.clauses.includes(id)).map((s) => s.id);
}

export async function showClause(args: ExplainArgs): Promise<void> {
  const clause = find(args.id);
  process.stdout.write(args.json ? `${JSON.stringify({ ...clause, severity: defaultSeverity(clause), rules: RULES.filter((r) => r.clause === clause.id) }, null, 1)}\n` : await text(clause));
}
