/** A comparison on a terminal, as Markdown, as JSON. */
import { CHANGE_KINDS, type ChangeKind, type CompareResult, type Comparison, type OpinionChange } from "./compare-types.js";
import { NO_VIOLATION } from "./opinion.js";
import { code, counted, markdown, thousands, visible, wrap } from "./text.js";

export const COMPARE_SCHEMA = "softproof-compare/1";

const TITLE: Readonly<Record<ChangeKind, string>> = {
  "newly-failing": "Newly failing", "newly-warning": "Newly warning", "newly-passing": "Newly passing", "verdict-changed": "Verdict changed otherwise", "newly-exercised": "Newly exercised",
  "no-longer-exercised": "No longer exercised", "behaviour-changed": "Behaviour changed, verdict did not", "only-in-a": "Only in the first", "only-in-b": "Only in the second",
};
const COLOUR: Partial<Record<ChangeKind, string>> = { "newly-failing": "31", "newly-warning": "33", "newly-passing": "32", "behaviour-changed": "33", "no-longer-exercised": "33" };
/** Entries of one kind on a terminal and in Markdown; the JSON has them all. */
const SHOWN = 30;
const DETAILS = 6;

export const compareJson = (r: CompareResult): string => `${JSON.stringify({ schema: COMPARE_SCHEMA, ...r }, null, 1)}\n`;

interface Entry { readonly isCase: boolean; readonly head: string; readonly change: string; readonly details: readonly string[] }

/** The same change under several profiles is told once. */
function entries(c: Comparison, kind: ChangeKind): Entry[] {
  const merged = new Map<string, { isCase: boolean; head: string; change: string; profiles: string[]; details: readonly string[] }>();
  const put = (isCase: boolean, head: string, change: string, profile: string, details: readonly string[]): void => {
    const key = JSON.stringify([head, change, details]);
    const had = merged.get(key);
    if (had === undefined) merged.set(key, { isCase, head, change, profiles: [profile], details });
    else had.profiles.push(profile);
  };
  const arrow = (a: string | undefined, b: string | undefined): string => (a === b ? `${a ?? "absent"} as before` : `${a ?? "absent"} -> ${b ?? "absent"}`);
  for (const x of c.clauses) if (x.kind === kind) put(false, `${x.clause} ${x.level}`, arrow(x.before?.verdict, x.after?.verdict), x.profile, [x.statement, ...x.details]);
  for (const x of c.cases) if (x.kind === kind) put(true, `case ${x.case}`, arrow(x.before, x.after), x.profile, x.details);
  const all = c.profiles.length;
  return [...merged.values()].map((m) => ({ isCase: m.isCase, head: m.head, change: all > 1 ? `${m.change} (${m.profiles.length === all ? `all ${all} profiles` : m.profiles.join(", ")})` : m.change, details: m.details }));
}

const OPINION: Readonly<Record<OpinionChange["kind"], string>> = { new: "New differences from the reference", gone: "Differences from the reference that are gone", count: "Differences from the reference, in other numbers" };
const OPINION_KINDS = ["new", "gone", "count"] as const;
const opinionOf = (c: Comparison, kind: OpinionChange["kind"]): readonly OpinionChange[] => (c.opinion ?? []).filter((o) => o.kind === kind);

/** What the entries are of: "2 clauses, 1 case". */
function ofWhat(list: readonly Entry[]): string {
  const cases = list.filter((e) => e.isCase).length;
  return [...(list.length > cases ? [counted(list.length - cases, "clause")] : []), ...(cases > 0 ? [counted(cases, "case")] : [])].join(", ");
}

/** The last line: each kind with what it is of. Empty without a difference. */
function sums(c: Comparison): string {
  const kinds = CHANGE_KINDS.flatMap((k) => {
    const list = entries(c, k);
    return list.length === 0 ? [] : [`${k.replace(/-/g, " ")}: ${ofWhat(list)}`];
  });
  const opinion = c.opinion ?? [];
  return [...kinds, ...(opinion.length === 0 ? [] : [`second opinion: ${OPINION_KINDS.filter((k) => opinionOf(c, k).length > 0).map((k) => `${thousands(opinionOf(c, k).length)} ${k === "count" ? "in other numbers" : k}`).join(", ")}`])].join("; ");
}

function comparisonText(c: Comparison, colour: boolean): string[] {
  const out = [visible(`${c.a} -> ${c.b}`), ...c.notes.map((n) => `  note: ${visible(n)}`)];
  for (const kind of CHANGE_KINDS) {
    const list = entries(c, kind);
    if (list.length === 0) continue;
    const title = `${TITLE[kind]}: ${ofWhat(list)}`;
    out.push("", colour && COLOUR[kind] !== undefined ? `\u001b[${COLOUR[kind]}m${title}\u001b[0m` : title);
    for (const e of list.slice(0, SHOWN)) {
      out.push(`  ${visible(e.head)}  ${visible(e.change)}`, ...e.details.slice(0, DETAILS).map((d) => `      ${wrap(visible(d), 104, "        ")}`));
      if (e.details.length > DETAILS) out.push(`      and ${e.details.length - DETAILS} more differences`);
    }
    if (list.length > SHOWN) out.push(`  and ${list.length - SHOWN} more: see --json`);
  }
  for (const kind of OPINION_KINDS) {
    const list = opinionOf(c, kind);
    if (list.length === 0) continue;
    out.push("", `${OPINION[kind]}: ${thousands(list.length)}. ${NO_VIOLATION}`, ...list.slice(0, SHOWN).map((o) => `  ${wrap(visible(`${o.what}: ${o.detail}`), 108, "      ")}`));
    if (list.length > SHOWN) out.push(`  and ${list.length - SHOWN} more: see --json`);
  }
  out.push("", sums(c) === "" ? "no difference" : wrap(sums(c), 110, "  "));
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
      out.push(`### ${TITLE[kind]} (${ofWhat(list)})`, "");
      for (const e of list.slice(0, SHOWN)) {
        out.push(`- ${code(e.head)} ${markdown(e.change)}`, ...e.details.slice(0, DETAILS).map((d) => `  - ${markdown(d)}`));
        if (e.details.length > DETAILS) out.push(`  - and ${e.details.length - DETAILS} more differences`);
      }
      if (list.length > SHOWN) out.push(`- and ${list.length - SHOWN} more`);
      out.push("");
    }
    for (const kind of OPINION_KINDS) {
      const list = opinionOf(c, kind);
      if (list.length === 0) continue;
      out.push(`### ${OPINION[kind]} (${list.length})`, "", NO_VIOLATION, "", ...list.slice(0, SHOWN).map((o) => `- ${markdown(`${o.what}: ${o.detail}`)}`), ...(list.length > SHOWN ? [`- and ${list.length - SHOWN} more`] : []), "");
    }
  }
  return `${out.join("\n").trimEnd()}\n`;
}
