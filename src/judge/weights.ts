/** How much the cases of a rule count: what is seen counts as it is, what rests on silence or on likeness only where the captures bear it. */
import type { Weight } from "./groups.js";
import { type Records, S_ALIKE } from "./transcript.js";
import type { Certainty, Severity } from "./types.js";

/** So often must an answer be missing before that is a failure. */
export const SURE_CASES = 3;
/** Share of ordinary packets that may be missing in a capture that counts as complete, and how many others tell that a tap works. */
export const LOSS = 0.005;
export const ENOUGH_OTHERS = 20;

export interface Weights {
  /** Counts a violation of a rule. `loose`: of a pair that may be two halves of others (loose.ts). `ordinary`: what was lost is among the `lost` of `conclude`. */
  violation(rule: number, certainty: Certainty, loose: boolean, ordinary: boolean): void;
  /**
   * `suspect`: the captures do not fit together; `plain` inputs had no reason not to be forwarded, and of those `lost` were not; `explained`: likeness explains most of what was left over;
   * `halves`: ordinary inputs without an output or ordinary outputs without an input, whichever are fewer. Called once, before the results are read; not for a whole transcript.
   */
  conclude(suspect: boolean, plain: number, lost: number, explained: boolean, halves: number): void;
  /**
   * A tap that loses one packet in a hundred makes silence of an answer. In a capture, silence counts when nothing else is missing (undefined: it does not count),
   * and below SURE_CASES it warns at most. So does likeness, which counts when it explains most of what was left over.
   */
  weigh(rule: number, certainty: Certainty): Weight | undefined;
  /** Cases of a rule that do not count. */
  dropped(rule: number): number;
}

/** So many times as many loose pairs as halves prove something. */
const OUTNUMBERED = 2;

/** How a judge counts. */
export interface Counting {
  /** How often a rule was exercised. */
  times(rule: number): number;
  /** Losses that are never held against a device, and so are no violations of the rule either. */
  readonly forgiven: number;
  /** Judged in a capture before silence and likeness are: why a rule's cases are lowered. */
  lowered?(rule: number): Weight | undefined;
  /** Silence that a rule met does not count where others of its cases were answered. */
  answered?(rule: number): boolean;
}

export function createWeights(severities: readonly Severity[], counting: Counting): Weights {
  /** Violations that rest on something missing, and those of pairs that content alone made. */
  const silent = new Float64Array(severities.length);
  /** Of the first, those whose input counts as a loss of an ordinary packet. */
  const missed = new Float64Array(severities.length);
  const alike = new Float64Array(severities.length);
  /** Violations that are seen in the packets, and those among them of loose pairs. */
  const seen = new Float64Array(severities.length);
  const apart = new Float64Array(severities.length);
  let captured = false;
  let halves = 0;
  let suspect = false;
  let explained = false;
  let plain = 0;
  let lost = 0;
  /** Are packets missing beyond the rule's own cases? A device that never forwards one kind of packet loses nothing of the others. */
  function isLossy(rule: number): boolean {
    if (suspect) return true;
    if (lost <= plain * LOSS) return false;
    const others = plain - counting.times(rule);
    return others < ENOUGH_OTHERS || lost - missed[rule] - counting.forgiven > others * LOSS;
  }
  const enough = (cases: number, rule: number): Weight => (cases < SURE_CASES && severities[rule] === "fail" ? "few" : "full");
  /**
   * Where taps lose inputs and outputs, the input of one packet and the output of another that is the same but for its hop limit look like a pair, now and then. A device
   * that does not keep hop limits makes many more such pairs than there are halves without a partner.
   */
  const mayBeHalves = (rule: number): boolean => halves > 0 && apart[rule] > 0 && apart[rule] === seen[rule] && (apart[rule] < SURE_CASES || apart[rule] <= OUTNUMBERED * halves);
  function weigh(rule: number, certainty: Certainty): Weight | undefined {
    if (!captured) return "full";
    if (certainty === "seen" && severities[rule] === "fail" && mayBeHalves(rule)) return "halves";
    if (certainty === "content" && !explained) return undefined;
    const why = counting.lowered?.(rule);
    if (why !== undefined || certainty === "seen") return why ?? "full";
    if (certainty === "content") return enough(alike[rule], rule);
    return isLossy(rule) || counting.answered?.(rule) === true ? undefined : enough(silent[rule], rule);
  }
  return {
    violation(rule, certainty, loose, ordinary) {
      if (certainty === "seen") {
        seen[rule]++;
        if (loose) apart[rule]++;
      }
      if (certainty === "content") alike[rule]++;
      else if (certainty === "inferred") {
        silent[rule]++;
        if (ordinary) missed[rule]++;
      }
    },
    weigh,
    conclude(unfit, ordinary, missing, likely, lone) {
      halves = lone;
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

/** What is known of the exchange that a rule judged; the slots are -1 for none. */
interface Judged { readonly output: number; readonly answer: number; readonly inferred: boolean }

/** How sure a violation of it is. */
export const certaintyOf = (x: Judged, r: Records): Certainty =>
  (x.output >= 0 && (r.state[x.output] & S_ALIKE) !== 0) || (x.answer >= 0 && (r.state[x.answer] & S_ALIKE) !== 0) ? "content" : x.inferred ? "inferred" : "seen";
