/** From `--profile NAME[@RELEASE]` to what a run needs of a hardware profile: a view for the verdicts, a line for the record, the reference's configuration. */
import { loadClauses } from "../config/clauses.js";
import type { Config, Mechanism } from "../config/types.js";
import { applyProfile, knownDeviations, loadProfiles, type ProfileChoice as Chosen, resolveProfile, supports, supportsFeature } from "../profiles/index.js";
import type { ProfileLine } from "../report/record.js";
import { counterSetsOf } from "./card-statistics.js";
import { DEVICE_ROLES, mechanismsOf, rulesFor } from "./catalogue.js";
import type { ProfileChoice } from "./traces.js";
import type { ProfileView } from "./verdicts.js";

export const profileId = (c: Chosen): string => (c.release === undefined ? c.profile.name : `${c.profile.name}@${c.release.text}`);

/** Which of the mechanisms at hand does the clause speak of? Those whose device has one of its roles, or that one of its rules judges. */
function concerned(clause: string, mechanisms: ReadonlySet<Mechanism>): Mechanism[] {
  const roles = loadClauses().get(clause)?.role ?? [];
  return [...mechanisms].filter((m) => DEVICE_ROLES[m].some((r) => roles.includes(r)) || rulesFor(clause, new Set([m])).length > 0);
}

/** What the card's documents say of each clause, for the given mechanisms. */
export function viewOf(choice: Chosen, mechanisms: ReadonlySet<Mechanism>): ProfileView {
  const { profile, release } = choice;
  const support = new Map([...mechanisms].map((m) => [m, supports(profile, release, m)]));
  const deviations = knownDeviations(profile, release);
  const speaks = new Map<string, Mechanism[]>();
  const of = (clause: string): Mechanism[] => {
    const known = speaks.get(clause) ?? concerned(clause, mechanisms);
    speaks.set(clause, known);
    return known;
  };
  /** The reason when all mechanisms that the clause speaks of are supported like this. */
  const all = (clause: string, kind: "no" | "unknown"): string | undefined => {
    const ms = of(clause);
    if (ms.length === 0 || !ms.every((m) => support.get(m)?.support === kind)) return undefined;
    const s = support.get(ms[0]);
    return s === undefined ? undefined : `${s.reason}${s.source.length === 0 ? "" : ` [${s.source.join("; ")}]`}`;
  };
  return {
    id: profileId(choice),
    notApplicable: (clause) => all(clause, "no"),
    unspecified: (clause) => all(clause, "unknown"),
    knownDeviation(clause) {
      const d = deviations.find((x) => x.clause === clause && x.mechanisms.some((m) => mechanisms.has(m)));
      return d === undefined ? undefined : `${d.text} [${d.source.map((s) => profile.sources[s] ?? s).join("; ")}; ${d.confidence}]`;
    },
  };
}

/** The profile as it stands in the record: every mechanism and feature with support at the release. */
export function profileLine(choice: Chosen): ProfileLine {
  const { profile, release } = choice;
  const capabilities = [
    ...Object.keys(profile.mechanisms).map((m) => ({ name: m, verdict: supports(profile, release, m as Mechanism), since: profile.mechanisms[m as Mechanism].since })),
    ...Object.keys(profile.features ?? {}).map((f) => ({ name: f, verdict: supportsFeature(profile, release, f), since: profile.features?.[f]?.since })),
  ];
  return {
    type: "profile", id: profileId(choice), title: profile.title, ...(release === undefined ? {} : { release: release.text }),
    ...((profile.counters ?? []).length === 0 ? {} : { counterSets: counterSetsOf(profile.counters ?? []) }),
    capabilities: capabilities.map((c) => ({
      name: c.name, support: c.verdict.support, ...(c.since === undefined ? {} : { since: c.since }), source: c.verdict.source.join("; "), confidence: c.verdict.confidence,
    })),
  };
}

/** `names`: as written after --profile; the same one twice counts once. Throws InputProblem for names and files that are wrong. */
export function chooseProfiles(names: readonly string[], config: Config): ProfileChoice[] {
  if (names.length === 0) return [];
  const bundled = loadProfiles();
  const mechanisms = mechanismsOf(config);
  const choices = new Map<string, ProfileChoice>();
  for (const name of names) {
    const chosen = resolveProfile(name, bundled);
    const support = [...mechanisms].map((m) => supports(chosen.profile, chosen.release, m));
    const lacking = support.every((s) => s.support === "no") ? { lacking: support.map((s) => s.reason).join("; ") } : {};
    choices.set(profileId(chosen), { ...lacking, view: viewOf(chosen, mechanisms), line: profileLine(chosen), config: applyProfile(config, chosen.profile, chosen.release).config });
  }
  return [...choices.values()];
}
