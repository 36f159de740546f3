/** Specs x profiles on a terminal: one letter a cell. */
import type { CaseLine, Verdict } from "../report/record.js";

const LETTER: Readonly<Record<Verdict, string>> = {
  pass: "P", observed: "P", fail: "F", error: "E", incomplete: "I", warn: "W", info: "i", "known-deviation": "K", waived: "w", unspecified: "u", "not-exercised": "n", "not-applicable": "-",
};
const COLOUR: Partial<Record<Verdict, string>> = { pass: "32", observed: "32", fail: "31", error: "35", incomplete: "35", warn: "33", "known-deviation": "34" };

/** Ends with a newline. Columns are numbered; the legend under the table names them. */
export function matrixText(cases: readonly CaseLine[], profiles: readonly string[], colour: boolean): string {
  const ids = [...new Set(cases.map((c) => c.id))];
  const width = Math.max(4, ...ids.map((i) => i.length));
  const cell = (v: Verdict | undefined): string => {
    const text = (v === undefined ? " " : LETTER[v]).padStart(3);
    return colour && v !== undefined && COLOUR[v] !== undefined ? `\u001b[${COLOUR[v]}m${text}\u001b[0m` : text;
  };
  const at = new Map(cases.map((c) => [`${c.id} ${c.profile}`, c] as const));
  const out = [`${"spec".padEnd(width)} ${profiles.map((_, i) => String(i + 1).padStart(3)).join("")}  what departs`];
  for (const id of ids) {
    const row = profiles.map((p) => at.get(`${id} ${p}`));
    const told = row.find((c) => c?.verdict === "fail" || c?.verdict === "error") ?? row.find((c) => c?.verdict === "known-deviation" || c?.verdict === "warn");
    // Of several behaviours the first is not the one that explains it: they are left to the report.
    const reason = (told?.reason ?? "").replace(/^(one of \d+ documented behaviours, or several): .*$/su, "$1: see report.html");
    out.push(`${id.padEnd(width)} ${row.map((c) => cell(c?.verdict)).join("")}  ${reason.length > 100 ? `${reason.slice(0, 97)}...` : reason}`.trimEnd());
  }
  const used = [...new Set(cases.map((c) => c.verdict))].sort();
  out.push("", profiles.map((p, i) => `${i + 1} ${p}`).join(", "), used.map((v) => `${LETTER[v]} ${v}`).join(", "));
  return `${out.join("\n")}\n`;
}
