/** A comparison on a terminal, as Markdown, as JSON. */
import { CHANGE_KINDS, type ChangeKind, type CompareResult, type Comparison } from "./compare-types.js";
import { code, markdown, visible, wrap } from "./text.js";

export const COMPARE_SCHEMA = "softproof-compare/1";

const TITLE: Readonly<Record<ChangeKind, string>> = {
  "newly-failing": "Newly failing", "newly-passing": "Newly passing", "verdict-changed": "Verdict changed otherwise", "newly-exercised": "Newly exercised",
  "no-longer-exercised": "No longer exercised", "behaviour-changed": "Behaviour changed, verdict did not", "only-in-a": "Only in the first", "only-in-b": "Only in the second",
};
const COLOUR: Partial<Record<ChangeKind, string>> = { "newly-failing": "31", "newly-passing": "32", "behaviour-changed": "33", "no-longer-exercised": "33" };
/** Entries of one kind on a terminal and in Markdown; the JSON has them all. */
const SHOWN = 30;
const DETAILS = 6;

export const compareJson = (r: CompareResult): string => `${JSON.stringify({ schema: COMPARE_SCHEMA, ...r }, null, 1)}\n`;

interface Entry { readonly head: string; readonly change: string; readonly details: readonly string[] }

/** The same change under several profiles is told once. */
function entries(c: Comparison, kind: ChangeKind): Entry[] {
  const merged = new Map<string, { head: string; change: string; profiles: string[]; details: readonly string[] }>();
  const put = (head: string, change: string, profile: string, details: readonly string[]): void => {
    const key = JSON.stringify([head, change, details]);
    const had = merged.get(key);
    if (had === undefined) merged.set(key, { head, change, profiles: [profile], details });
    else had.profiles.push(profile);
  };
  const arrow = (a: string | undefined, b: string | undefined): string => (a === b ? `${a ?? "absent"} as before` : `${a ?? "absent"} -> ${b ?? "absent"}`);
  for (const x of c.clauses) if (x.kind === kind) put(`${x.clause} ${x.level}`, arrow(x.before?.verdict, x.after?.verdict), x.profile, [x.statement, ...x.details]);
  for (const x of c.cases) if (x.kind === kind) put(`case ${x.case}`, arrow(x.before, x.after), x.profile, x.details);
  const all = c.profiles.length;
  return [...merged.values()].map((m) => ({ head: m.head, change: all > 1 ? `${m.change} (${m.profiles.length === all ? `all ${all} profiles` : m.profiles.join(", ")})` : m.change, details: m.details }));
}

const sums = (c: Comparison): string => CHANGE_KINDS.filter((k) => c.counts[k] > 0).map((k) => `${c.counts[k]} ${k.replace(/-/g, " ")}`).join(", ");

function comparisonText(c: Comparison, colour: boolean): string[] {
  const out = [visible(`${c.a} -> ${c.b}`), ...c.notes.map((n) => `  note: ${visible(n)}`)];
  for (const kind of CHANGE_KINDS) {
    const list = entries(c, kind);
    if (list.length === 0) continue;
    const title = `${TITLE[kind]}: ${list.length}`;
    out.push("", colour && COLOUR[kind] !== undefined ? `\u001b[${COLOUR[kind]}m${title}\u001b[0m` : title);
    for (const e of list.slice(0, SHOWN)) {
      out.push(`  ${visible(e.head)}  ${visible(e.change)}`, ...e.details.slice(0, DETAILS).map((d) => `      ${wrap(visible(d), 104, "        ")}`));
      if (e.details.length > DETAILS) out.push(`      and ${e.details.length - DETAILS} more differences`);
    }
    if (list.length > SHOWN) out.push(`  and ${list.length - SHOWN} more: see --json`);
  }
  out.push("", sums(c) === "" ? "no difference" : sums(c));
  return out;
}

const short = (r: CompareResult): string[] => r.matrix.columns.map((k) => (r.runs.length === r.matrix.columns.length ? k.run : `${k.run}:${k.profile}`));

function matrixText(r: CompareResult): string[] {
  const names = short(r);
  const rows = r.matrix.rows.map((row) => [row.clause, row.level, ...row.verdicts.map((v) => (v === "" ? "-" : v))]);
  const table = [["clause", "level", ...names.map((_, i) => String(i + 1))], ...rows];
  const width = table[0].map((_, i) => Math.max(...table.map((t) => t[i].length)));
  return ["Clauses on which the runs disagree", ...names.map((n, i) => `  ${i + 1} ${visible(n)}`), ...table.map((t) => t.map((c, i) => c.padEnd(width[i])).join("  ").trimEnd())];
}

/** Ends with a newline. More than two runs: first the table of verdicts, then each against the first. */
export function compareTerminal(r: CompareResult, colour: boolean): string {
  const out = r.runs.length > 2 ? [...matrixText(r), ""] : [];
  for (const [i, c] of r.comparisons.entries()) out.push(...(i > 0 ? [""] : []), ...comparisonText(c, colour));
  return `${out.join("\n")}\n`;
}

export function compareMarkdown(r: CompareResult): string {
  const out: string[] = [];
  if (r.runs.length > 2) {
    out.push("## Clauses on which the runs disagree", "", `| clause | level | ${short(r).map(markdown).join(" | ")} |`, `|---|---|${r.matrix.columns.map(() => "---|").join("")}`);
    for (const row of r.matrix.rows) out.push(`| ${markdown(row.clause)} | ${row.level} | ${row.verdicts.map((v) => (v === "" ? "-" : v)).join(" | ")} |`);
    out.push("");
  }
  for (const c of r.comparisons) {
    out.push(`## ${markdown(c.a)} → ${markdown(c.b)}`, "", sums(c) === "" ? "No difference." : `**${sums(c)}**`, "");
    for (const n of c.notes) out.push(`- ${markdown(n)}`);
    if (c.notes.length > 0) out.push("");
    for (const kind of CHANGE_KINDS) {
      const list = entries(c, kind);
      if (list.length === 0) continue;
      out.push(`### ${TITLE[kind]} (${list.length})`, "");
      for (const e of list.slice(0, SHOWN)) {
        out.push(`- ${code(e.head)} ${markdown(e.change)}`, ...e.details.slice(0, DETAILS).map((d) => `  - ${markdown(d)}`));
        if (e.details.length > DETAILS) out.push(`  - and ${e.details.length - DETAILS} more differences`);
      }
      if (list.length > SHOWN) out.push(`- and ${list.length - SHOWN} more`);
      out.push("");
    }
  }
  return `${out.join("\n").trimEnd()}\n`;
}
