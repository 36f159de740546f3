/** Reads the hardware profiles, and finds the one that a person names. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadClauses } from "../config/clauses.js";
import { readTextFile } from "../config/load.js";
import { InputProblem, type Problem, nearest } from "../config/problems.js";
import { specsDir } from "../config/specs-dir.js";
import { type Path, parseYaml } from "../config/yaml.js";
import { type Release, parseRelease } from "./release.js";
import type { Profile } from "./types.js";

export interface ProfileChoice { readonly profile: Profile; readonly release?: Release }

/** Every profile of `dir` (the bundled ones by default), by name. Throws InputProblem with every fault of the first bad file. */
export function loadProfiles(dir: string = join(specsDir(), "profiles")): Profile[] {
  const files = readdirSync(dir).filter((f) => f.endsWith(".yaml")).sort();
  return files.map((f) => loadProfileFile(join(dir, f)));
}

/** One profile, the user's own or a bundled one. */
export const loadProfileFile = (path: string): Profile => parseProfile(readTextFile(path), path);

/** Checks text and meaning: clauses exist, sources are declared, the name of a bundled file is that of its profile. */
export function parseProfile(text: string, file: string): Profile {
  const parsed = parseYaml<Profile>(text, file, "profile.schema.json");
  const p = parsed.value;
  const problems: Problem[] = [];
  const sourced = (path: Path, source: readonly string[]): void => {
    source.forEach((key, i) => {
      if (Object.hasOwn(p.sources, key)) return;
      const near = nearest(key, Object.keys(p.sources));
      problems.push(parsed.problem([...path, "source", i], `source "${key}" is not declared`, `add it to sources${near === undefined ? "" : `, or did you mean "${near}"?`}`));
    });
  };
  for (const [name, s] of Object.entries(p.mechanisms)) sourced(["mechanisms", name], s.source);
  for (const [name, s] of Object.entries(p.features ?? {})) sourced(["features", name], s.source);
  for (const key of ["limits", "behaviours", "known-deviations", "variants"] as const) {
    for (const [i, fact] of (p[key] ?? []).entries()) sourced([key, i], fact.source);
  }
  p["known-deviations"].forEach((d, i) => {
    if (loadClauses().has(d.clause)) return;
    const near = nearest(d.clause, [...loadClauses().keys()]);
    problems.push(parsed.problem(["known-deviations", i, "clause"], `no clause "${d.clause}" in the catalogue`, near === undefined ? "list them with: softproof rules" : `did you mean "${near}"?`));
  });
  if (problems.length > 0) throw new InputProblem(problems);
  return p;
}

/**
 * "mx-ms-mpc" or "mx-ms-mpc@17.4R1"; without a release the newest is meant. A name that ends in .yaml is a file.
 * Throws InputProblem that lists the names.
 */
export function resolveProfile(spec: string, profiles: readonly Profile[] = loadProfiles()): ProfileChoice {
  const at = spec.lastIndexOf("@");
  const name = at < 0 ? spec : spec.slice(0, at);
  const fail = (message: string, hint: string): never => {
    throw new InputProblem([{ file: `--profile ${spec}`, line: 0, column: 0, message, hint }]);
  };
  const profile = /\.ya?ml$/.test(name) ? loadProfileFile(name) : profiles.find((p) => p.name === name.toLowerCase());
  if (profile === undefined) {
    const names = profiles.map((p) => p.name);
    const near = nearest(name, names);
    return fail(`no hardware profile "${name}"`, `${near === undefined ? "" : `did you mean ${near}? `}known: ${names.join(", ")}`);
  }
  if (at < 0) return { profile };
  const release = parseRelease(spec.slice(at + 1));
  return release === undefined ? fail(`"${spec.slice(at + 1)}" is not a Junos release`, "expected text such as 17.4R1 or 18.2R3-S2") : { profile, release };
}
