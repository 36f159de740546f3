/** What `softproof explain` prints. */
import { citation, type Clause, defaultSeverity, loadClauses, loadDecisions, loadDocuments } from "../../config/clauses.js";
import { nearest } from "../../config/problems.js";
import { NOT_JUDGED, RULES } from "../../judge/index.js";
import { decisionsOn } from "../../suite/catalogue.js";
import { bold } from "../colour.js";
import { EXIT, problem } from "../outcome.js";
import { clausesText } from "./rules.js";

export interface ExplainArgs { id: string; json: boolean }

const SEVERITY_TEXT: Readonly<Record<string, string>> = {
  fail: "a violation fails the run", warn: "a violation warns (fails with --fail-on warn)", info: "a violation is information", observe: "never violated: seen or not seen",
};

/** Clauses of an RFC or of a section, as people write them: 6040, RFC6040, RFC5969-9.2. */
/** Where a clause shows; the words of the catalogue are for programs. */
const SEEN: Readonly<Record<string, string>> = {
  "from-output": "in what the device sends", "from-input-output": "in a packet and what comes of it", "from-state": "over a stretch of the capture", config: "in the configuration", "not-observable": "not in packets",
};

function startingWith(wanted: string): Clause[] {
  const start = `rfc${wanted.replace(/^rfc ?/, "")}-`;
  return [...loadClauses().values()].filter((c) => c.id.toLowerCase().startsWith(start));
}

/** "D29", as findings and notes name our stance where the text leaves something open. */
function decisionText(id: string): string | undefined {
  const d = loadDecisions().find((x) => x.id.toLowerCase() === id.toLowerCase());
  if (d === undefined) return undefined;
  const out = [`${bold(d.id)}  ${d.title}`, `  where open  ${d.stance}`];
  if (d.policy !== undefined) out.push(`  policy      ${d.policy}`);
  if (d.clauses.length > 0) out.push(`  clauses     ${d.clauses.join(", ")}`);
  return `${out.join("\n")}\n`;
}

/** A clause by its own id, or by that of a rule, else those of the RFC or section; the match ignores case. */
function find(id: string): Clause | Clause[] {
  const clauses = loadClauses();
  const wanted = id.toLowerCase();
  for (const c of clauses.values()) if (c.id.toLowerCase() === wanted) return c;
  const rule = RULES.find((r) => r.id.toLowerCase() === wanted);
  const clause = rule === undefined ? undefined : clauses.get(rule.clause);
  if (clause !== undefined) return clause;
  const several = startingWith(wanted);
  if (several.length > 0) return several;
  const near = nearest(id, [...clauses.keys(), ...RULES.map((r) => r.id)]);
  throw problem(EXIT.usage, `no clause or rule ${id}${near === undefined ? "" : `; did you mean ${near}?`}. \`softproof rules\` lists the clauses, with --rfc those of one document.`);
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
  row("seen", `${SEEN[c.observable] ?? c.observable}${c.observableWhy === undefined ? "" : `: ${c.observableWhy}`}`);
  row("check", c.check);
  row("violation", c.failure);
  if (c.note !== undefined) row("reading", c.note);
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
  const decision = decisionText(args.id);
  if (decision !== undefined) {
    process.stdout.write(args.json ? `${JSON.stringify(loadDecisions().find((d) => d.id.toLowerCase() === args.id.toLowerCase()), null, 1)}\n` : decision);
    return;
  }
  const clause = find(args.id);
  if (Array.isArray(clause)) {
    process.stdout.write(clausesText(clause, args.json));
    return;
  }
  process.stdout.write(args.json ? `${JSON.stringify({ ...clause, severity: defaultSeverity(clause), rules: RULES.filter((r) => r.clause === clause.id) }, null, 1)}\n` : await text(clause));
}
