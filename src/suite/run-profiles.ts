/** Hardware profiles as `run` uses them: is a spec applicable, what configuration does the card make of it, what do its documents say about a clause. */
import { loadClauses } from "../config/clauses.js";
import type { Config, Mechanism } from "../config/types.js";
import { RULES } from "../judge/index.js";
import { applyProfile, knownDeviations, loadProfiles, type Profile, type ProfileNote, type Release, resolveProfile, type SupportVerdict, supports, supportsFeature } from "../profiles/index.js";
import type { ProfileLine } from "../report/record.js";
import { DEVICE_ROLES } from "./catalogue.js";
import type { Spec } from "./spec-types.js";
import type { ProfileView } from "./verdicts.js";

export interface RunProfile {
  /** "mx-ms-dpc" or "mx-ms-dpc@17.4R1". */
  readonly id: string;
  readonly profile: Profile;
  readonly release: Release | undefined;
  readonly view: ProfileView;
  readonly line: ProfileLine;
}

/** The profiles by name, all of them when none is named. `mechanisms`: those that the run speaks of. Throws InputProblem. */
export function runProfiles(names: readonly string[], mechanisms: ReadonlySet<Mechanism>): RunProfile[] {
  const all = loadProfiles();
  const chosen = names.length === 0 ? all.map((profile) => ({ profile })) : names.map((n) => resolveProfile(n, all));
  // The reference first: its outputs are what goldens hold.
  const sorted = [...chosen].sort((a, b) => Number(b.profile.status === "reference") - Number(a.profile.status === "reference"));
  return sorted.map((c) => {
    const release = "release" in c ? (c as { release?: Release }).release : undefined;
    const id = release === undefined ? c.profile.name : `${c.profile.name}@${release.text}`;
    return { id, profile: c.profile, release, view: viewOf(id, c.profile, release, mechanisms), line: lineOf(id, c.profile, release) };
  });
}

const cite = (v: SupportVerdict): string => `${v.reason}${v.source.length > 0 ? ` (${v.source.join("; ")}; ${v.confidence})` : ` (${v.confidence})`}`;

function lineOf(id: string, profile: Profile, release: Release | undefined): ProfileLine {
  const row = (name: string, v: SupportVerdict, since: string | undefined) => ({ name, support: v.support, ...(since === undefined ? {} : { since }), source: v.source.join("; "), confidence: v.confidence });
  return {
    type: "profile", id, title: profile.title, ...(release === undefined ? {} : { release: release.text }),
    capabilities: [
      ...(Object.keys(profile.mechanisms) as Mechanism[]).map((m) => row(m, supports(profile, release, m), profile.mechanisms[m].since)),
      ...Object.keys(profile.features ?? {}).map((f) => row(f, supportsFeature(profile, release, f), profile.features?.[f].since)),
    ],
  };
}

/** The mechanisms of the run that a clause speaks of: by its rules, else by its roles. */
function mechanismsOfClause(id: string, mechanisms: ReadonlySet<Mechanism>): Mechanism[] {
  const clause = loadClauses().get(id);
  return [...mechanisms].filter((m) => RULES.some((r) => r.clause === id && r.mechanisms.includes(m)) || clause?.role.some((r) => DEVICE_ROLES[m].includes(r)) === true);
}

function viewOf(id: string, profile: Profile, release: Release | undefined, mechanisms: ReadonlySet<Mechanism>): ProfileView {
  return {
    id,
    notApplicable(clause) {
      const verdicts = mechanismsOfClause(clause, mechanisms).map((m) => supports(profile, release, m));
      return verdicts.length > 0 && verdicts.every((v) => v.support === "no") ? cite(verdicts[0]) : undefined;
    },
    unspecified(clause) {
      const verdicts = mechanismsOfClause(clause, mechanisms).map((m) => supports(profile, release, m)).filter((v) => v.support !== "no");
      return verdicts.length > 0 && verdicts.every((v) => v.support === "unknown") ? cite(verdicts[0]) : undefined;
    },
    knownDeviation(clause) {
      const d = knownDeviations(profile, release).find((k) => k.clause === clause);
      return d === undefined ? undefined : `${d.text} (${d.source.map((key) => profile.sources[key] ?? key).join("; ")}; ${d.confidence})`;
    },
  };
}

/** Why the card cannot run the spec; and what of it is not documented. */
export function applicability(spec: Spec, p: RunProfile): { readonly no?: string; readonly open?: string } {
  const verdicts = [supports(p.profile, p.release, spec.mechanism)];
  if (p.profile.status !== "reference") for (const f of spec.requires) verdicts.push(supportsFeature(p.profile, p.release, f));
  const no = verdicts.find((v) => v.support === "no");
  if (no !== undefined) return { no: cite(no) };
  const open = verdicts.find((v) => v.support === "unknown");
  return open === undefined ? {} : { open: cite(open) };
}

export const modelledConfig = (config: Config, p: RunProfile): { config: Config; notes: readonly ProfileNote[] } => applyProfile(config, p.profile, p.release);
