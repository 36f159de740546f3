/** Hardware profiles as `run` uses them: is a spec applicable, what configuration does the card make of it, what do its documents say about a clause. */
import type { Config, Mechanism } from "../config/types.js";
import { applyProfile, loadProfiles, type Profile, type ProfileChoice, type ProfileNote, type Release, resolveProfile, type SupportVerdict, supports, supportsFeature } from "../profiles/index.js";
import type { ProfileLine } from "../report/record.js";
import { profileId, profileLine, viewOf } from "./profile-choice.js";
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
  const chosen: readonly ProfileChoice[] = names.length === 0 ? all.map((profile) => ({ profile })) : names.map((n) => resolveProfile(n, all));
  // The reference first: its outputs are what goldens hold.
  const sorted = [...chosen].sort((a, b) => Number(b.profile.status === "reference") - Number(a.profile.status === "reference"));
  return sorted.map((c) => {
    const { release } = c;
    return { id: profileId(c), profile: c.profile, release, view: viewOf(c, mechanisms), line: profileLine(c) };
  });
}

let bundled: readonly Pick<RunProfile, "id" | "profile" | "release">[] | undefined;
/** Every bundled profile at its newest release. */
export const bundledProfiles = (): readonly Pick<RunProfile, "id" | "profile" | "release">[] => (bundled ??= loadProfiles().map((profile) => ({ id: profileId({ profile }), profile, release: undefined })));

const cite = (v: SupportVerdict): string => `${v.reason}${v.source.length > 0 ? ` (${v.source.join("; ")}; ${v.confidence})` : ` (${v.confidence})`}`;

/** Why the card cannot run the spec; and what of it is not documented. */
export function applicability(spec: Spec, p: RunProfile): { readonly no?: string; readonly open?: string } {
  const verdicts = [supports(p.profile, p.release, spec.mechanism)];
  if (p.profile.status !== "reference") for (const f of spec.requires) verdicts.push(supportsFeature(p.profile, p.release, f));
  const no = verdicts.find((v) => v.support === "no");
  if (no !== undefined) return { no: cite(no) };
  const open = verdicts.find((v) => v.support === "unknown");
  return open === undefined ? {} : { open: cite(open) };
}

export const modelledConfig = (config: Config, p: Pick<RunProfile, "profile" | "release">): { config: Config; notes: readonly ProfileNote[] } => applyProfile(config, p.profile, p.release);
