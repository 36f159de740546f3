/** The room's door. */
export { applyProfile, behaviourKey, type ProfileNote } from "./apply.js";
export { type CardCounter, type CounterSet, deriveCounters, loadCounterSet, seenCounters } from "./counters.js";
export { loadProfileFile, loadProfiles, parseProfile, type ProfileChoice, resolveProfile } from "./load.js";
export { compareReleases, parseRelease, type Release } from "./release.js";
export { knownDeviations, supports, supportsFeature } from "./support.js";
export type { Behaviour, Confidence, Fact, KnownDeviation, Limit, Profile, Settings, Support, SupportVerdict, Variant } from "./types.js";
