/** Questions to a profile: does the card have it at this release, which clauses does it break by its own documents? */
import type { Mechanism } from "../config/types.js";
import { type Release, compareReleases, parseRelease, within } from "./release.js";
import type { Confidence, KnownDeviation, Profile, Support, SupportVerdict } from "./types.js";

/** Weakest first. */
const STRENGTH: readonly Confidence[] = ["not-found", "from-memory", "inferred", "documented"];
const weaker = (a: Confidence, b: Confidence): Confidence => (STRENGTH.indexOf(a) < STRENGTH.indexOf(b) ? a : b);

/** Without a release: the newest. */
export const supports = (profile: Profile, release: Release | undefined, mechanism: Mechanism): SupportVerdict =>
  judge(profile, release, mechanism, profile.mechanisms[mechanism]);

/** The same for a finer capability ("ds-lite-mtu-v6"); one that the profile does not name is unknown. */
export const supportsFeature = (profile: Profile, release: Release | undefined, feature: string): SupportVerdict =>
  judge(profile, release, feature, profile.features?.[feature]);

function judge(profile: Profile, release: Release | undefined, what: string, s: Support | undefined): SupportVerdict {
  if (s === undefined) return { support: "unknown", reason: `${profile.title}: nothing is known about ${what}`, source: [], confidence: "not-found" };
  const source = s.source.map((key) => profile.sources[key] ?? key);
  const note = s.note === undefined ? "" : ` (${s.note})`;
  const since = s.since === undefined ? undefined : parseRelease(s.since);
  if ((s.support === "yes" || s.support === "partial") && since !== undefined && release !== undefined && compareReleases(release, since) < 0) {
    const confidence = weaker(s.confidence, s["since-confidence"] ?? s.confidence);
    return { support: "no", reason: `${profile.title} has ${what} since ${since.text}; ${release.text} is older`, source, confidence };
  }
  const from = s.since === undefined ? "" : ` since ${s.since}`;
  const reason = {
    yes: `${profile.title} supports ${what}${from}`,
    partial: `${profile.title} supports ${what} in part${from}${note}`,
    no: `${profile.title} does not support ${what}${note}`,
    unknown: `${profile.title}: support of ${what} is not documented${note}`,
  }[s.support];
  return { support: s.support, reason, source, confidence: s.confidence };
}

/** The documented departures that hold at the release; with `mechanism` only those of it. */
export const knownDeviations = (profile: Profile, release?: Release, mechanism?: Mechanism): readonly KnownDeviation[] =>
  profile["known-deviations"].filter((d) => within(release, d.since, d.until) && (mechanism === undefined || d.mechanisms.includes(mechanism)));
