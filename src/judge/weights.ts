/** How much the cases of a rule count: what is seen counts as it is, what rests on silence or on likeness only where the captures bear it. */
import type { Weight } from "./groups.js";
import type { Certainty, Severity } from "./types.js";

/** So often must an answer be missing before that is a failure. */
export const SURE_CASES = 3;
/** Share of ordinary packets that may be missing in a capture that counts as complete, and how many others tell that a tap works. */
export const LOSS = 0.005;
export const ENOUGH_OTHERS = 20;

export interface Weights {
  /** Violations, per rule, that rest on something missing, and those of pairs that content alone made. */
  readonly silent: Float64Array;
  readonly alike: Float64Array;
  /**
   * How silence and likeness in a capture count (see `weigh`); called once, before the results are read. `suspect`: the captures do not fit together; `plain`
   * inputs had no reason not to be forwarded, and of those `lost` were not; `explained`: likeness explains most of what was left over.
   */
  conclude(suspect: boolean, plain: number, lost: number, explained: boolean): void;
  /**
   * A tap that loses one packet in a hundred makes silence of an answer. In a capture, silence counts when the rule's case was never answered and
   * nothing else is missing (undefined: it does not count), and below SURE_CASES it warns at most. So does likeness, which counts when it explains most of what
   * was left over.
   */
  weigh(rule: number, certainty: Certainty): Weight | undefined;
  /** Cases of a rule that do not count. */
  dropped(rule: number): number;
}

export function createWeights(severities: readonly Severity[], exercised: Float64Array, violated: Float64Array): Weights {
  const silent = new Float64Array(severities.length);
  const alike = new Float64Array(severities.length);
  let captured = false;
  let suspect = false;
  let explained = false;
  let plain = 0;
  let lost = 0;
  /** Are packets missing beyond the rule's own cases? A device that never forwards one kind of packet loses nothing of the others. */
  function isLossy(rule: number): boolean {
    if (suspect) return true;
    if (lost <= plain * LOSS) return false;
    const others = plain - exercised[rule];
    return others < ENOUGH_OTHERS || lost - silent[rule] > others * LOSS;
  }
  const enough = (cases: number, rule: number): Weight => (cases < SURE_CASES && severities[rule] === "fail" ? "few" : "full");
  function weigh(rule: number, certainty: Certainty): Weight | undefined {
    if (!captured || certainty === "seen") return "full";
    if (certainty === "content") return explained ? enough(alike[rule], rule) : undefined;
    return isLossy(rule) || exercised[rule] > violated[rule] ? undefined : enough(silent[rule], rule);
  }
  return {
    silent, alike, weigh,
    conclude(unfit, ordinary, missing, likely) {
      captured = true;
      suspect = unfit;
      plain = ordinary;
      lost = missing;
      explained = likely;
    },
    dropped: (rule) =>
      (silent[rule] > 0 && weigh(rule, "inferred") === undefined ? silent[rule] : 0) + (alike[rule] > 0 && weigh(rule, "content") === undefined ? alike[rule] : 0),
  };
}
