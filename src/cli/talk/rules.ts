/** What `softproof rules` prints. */
import { type Clause, loadClauses, loadDocuments } from "../../config/clauses.js";
import type { Mechanism } from "../../config/types.js";
import { RULES } from "../../judge/index.js";
import { clauseLine, rulesFor } from "../../suite/catalogue.js";
import type { ClauseLine } from "../../report/record.js";
import { dim } from "../colour.js";
import { EXIT, problem } from "../outcome.js";

export interface RulesArgs { rfc: number[]; coverage: boolean; json: boolean }

const ALL: ReadonlySet<Mechanism> = new Set(RULES.flatMap((r) => r.mechanisms));

interface Coverage { readonly rfc: number; readonly clauses: number; readonly visible: number; readonly judged: number; readonly onConfig: number; readonly withReason: number }

function coverageOf(rfc: number): Coverage {
  const all = [...loadClauses().values()].filter((c) => c.rfc === rfc);
  const has = (id: string): boolean => rulesFor(id, ALL).length > 0;
  const visible = all.filter((c) => c.observable !== "config" && c.observable !== "not-observable");
  return {
    rfc, clauses: all.length, visible: visible.length, judged: visible.filter((c) => has(c.id)).length,
    onConfig: all.filter((c) => c.observable === "config" && has(c.id)).length, withReason: all.filter((c) => !has(c.id)).length,
  };
}

function coverageText(rows: readonly Coverage[]): string {
  const head = ["RFC", "clauses", "packet-observable", "judged", "", "on configuration", "no rule, with reason"];
  const body = rows.map((r) => [`${r.rfc}`, `${r.clauses}`, `${r.visible}`, `${r.judged}`, r.visible === 0 ? "-" : `${Math.round((100 * r.judged) / r.visible)} %`, `${r.onConfig}`, `${r.withReason}`]);
  const width = head.map((h, i) => Math.max(h.length, ...body.map((b) => b[i].length)));
  return [head, ...body].map((r) => r.map((c, i) => c.padStart(width[i])).join("  ")).join("\n") + "\n";
}

/** The fate of every clause, in one paragraph: no clause is without one (tested). */
function fateText(): string {
  const all = [...loadClauses().values()];
  const judged = all.filter((c) => rulesFor(c.id, ALL).length > 0);
  const onConfig = judged.filter((c) => c.observable === "config").length;
  const overTime = judged.filter((c) => c.observable === "from-state").length;
  const hidden = all.filter((c) => c.observable === "not-observable" && rulesFor(c.id, ALL).length === 0).length;
  return `\n${all.length} clauses: ${judged.length} judged (${overTime} of them with state over a stretch of the capture, ${onConfig} on the configuration), ${hidden} not observable in packets, ` +
    `${all.length - judged.length - hidden} without a rule, each with its reason (\`softproof rules --rfc N\`).\n`;
}

function listText(lines: readonly ClauseLine[]): string {
  const width = Math.max(...lines.map((l) => l.id.length));
  return lines.map((l) => {
    const rule = l.rule === undefined ? dim(`no rule: ${l.reason ?? ""}`) : `rule ${l.rule}`;
    return `${l.id.padEnd(width)}  ${l.level.padEnd(16)}  ${(l.severity ?? "").padEnd(7)}  ${rule}\n${" ".repeat(width + 2)}${l.statement}\n`;
  }).join("");
}

/** Clauses with their severities and rules; as JSON, one object a line. */
export function clausesText(clauses: readonly Clause[], json: boolean): string {
  const lines = clauses.map((c) => clauseLine(c, rulesFor(c.id, ALL)));
  return json ? lines.map((l) => JSON.stringify(l) + "\n").join("") : listText(lines);
}

export function showRules(args: RulesArgs): void {
  const known = loadDocuments();
  for (const n of args.rfc) if (!known.has(n)) throw problem(EXIT.usage, `--rfc ${n}: the catalogue holds ${[...known.keys()].sort((a, b) => a - b).join(", ")}.`);
  if (args.coverage) {
    const rows = [...known.keys()].sort((a, b) => a - b).filter((n) => args.rfc.length === 0 || args.rfc.includes(n)).map(coverageOf);
    process.stdout.write(args.json ? rows.map((r) => JSON.stringify(r) + "\n").join("") : coverageText(rows) + (args.rfc.length === 0 ? fateText() : ""));
    return;
  }
  const judged = new Set([...loadClauses().values()].filter((c) => rulesFor(c.id, ALL).length > 0).map((c) => c.rfc));
  process.stdout.write(clausesText([...loadClauses().values()].filter((c) => (args.rfc.length === 0 ? judged.has(c.rfc) : args.rfc.includes(c.rfc))), args.json));
}
