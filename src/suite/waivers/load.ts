/** Reads a waiver file: schema, then meaning (clauses and rules exist, days are days, nothing is excused twice); every fault with its place. */
import { loadClauses } from "../../config/clauses.js";
import { readTextFile } from "../../config/load.js";
import { InputProblem, nearest, type Problem } from "../../config/problems.js";
import { type Path, parseYaml } from "../../config/yaml.js";
import { RULES } from "../../judge/index.js";
import { scopeText, type Waiver, type WaiverFile } from "./types.js";

/** Throws InputProblem, also when the file cannot be read. */
export const loadWaivers = (path: string): WaiverFile => parseWaivers(readTextFile(path), path);

export function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export function parseWaivers(text: string, path: string): WaiverFile {
  const parsed = parseYaml<{ waivers: Omit<Waiver, "place">[] }>(text, path, "waivers.schema.json");
  const problems: Problem[] = [];
  const waivers = parsed.value.waivers.map((w, i): Waiver => ({ ...w, place: parsed.at(["waivers", i]) }));
  const fault = (i: number, key: Path, message: string, hint: string): void => {
    problems.push(parsed.problem(["waivers", i, ...key], message, hint));
  };
  const ids = new Map<string, Waiver>();
  const scopes = new Map<string, Waiver>();
  waivers.forEach((w, i) => {
    const s = w.scope;
    const known = (key: "clause" | "rule", id: string | undefined, all: readonly string[]): void => {
      if (id === undefined || all.includes(id)) return;
      const near = nearest(id, all);
      fault(i, ["scope", key], `no ${key} "${id}"`, near === undefined ? "list them with: softproof rules" : `did you mean "${near}"?`);
    };
    known("clause", s.clause, [...loadClauses().keys()]);
    known("rule", s.rule, RULES.map((r) => r.id));
    if ((s.clause === undefined) === (s.rule === undefined)) {
      fault(i, ["scope"], s.clause === undefined ? "the scope names neither clause nor rule" : "the scope names both clause and rule", "exactly one of the two: a waiver excuses one deviation, not a whole run");
    }
    if (s.release !== undefined && s.profile === undefined) fault(i, ["scope", "release"], "a release without a profile", "add profile: NAME, the card that the release runs on");
    if (!isDay(w.expires)) fault(i, ["expires"], `"${w.expires}" is no day of the calendar`, "expected the last day of the waiver, like 2027-01-31");
    const twin = ids.get(w.id);
    if (twin !== undefined) fault(i, ["id"], `a second waiver "${w.id}"`, `the first is on line ${twin.place.line}: give each its own id`);
    else ids.set(w.id, w);
    const key = JSON.stringify([s.clause, s.rule, s.profile, s.release, s.fingerprint]);
    const same = scopes.get(key);
    if (same !== undefined) fault(i, ["scope"], `duplicate of waiver "${same.id}" on line ${same.place.line}: the same scope (${scopeText(s)})`, "keep one of the two");
    else scopes.set(key, w);
  });
  if (problems.length > 0) throw new InputProblem(problems);
  return { path, waivers };
}
