/** What a rule is: data, one function that judges without allocating, one that explains an exemplar. */
import type { Domain, JudgedTunnel } from "./domain.js";
import type { State } from "./state.js";
import type { Records } from "./transcript.js";
import type { FieldDiff, RuleMeta, Severity } from "./types.js";

/** Result of a check. */
export const NA = 0;
export const PASS = 1;
export const VIOLATED = 2;
export const OBSERVED = 3;
export type Outcome = 0 | 1 | 2 | 3;

/** What a rule is shown. One object, reused: a rule keeps nothing of it. Slots are indices into `r`; -1 = there is none. */
export interface Exchange {
  readonly b: Uint8Array;
  readonly r: Records;
  readonly state: State;
  domain: Domain;
  input: number;
  /** `output` event: the packet; `pair`: the forwarded packet; `answer`: the error or reply; `input`: the forwarded packet if any. */
  output: number;
  /** `input` event: the answer, if any. */
  answer: number;
  /** Offsets in memory of the (outer) packets and their IPv6 packets, read once for all rules of an event. */
  inputAt: number;
  inputInner: number;
  outputAt: number;
  outputInner: number;
  /** `pair`: FLOW_*; `answer`: ANSWER_*. */
  flow: number;
  /** `input` event: nothing more can come, so a missing output is a fact (as certain as the pairing). */
  absence: boolean;
  /** Set by a check: class of deviation (part of the fingerprint), and whether it rests on something missing. */
  code: number;
  inferred: boolean;
}

export interface Explanation {
  readonly message: string;
  readonly fields: readonly FieldDiff[];
  readonly why: string;
  /** Wireshark display filter. */
  readonly filter: string;
}

/** A rule's static side; its severity follows from the clause (`severityOf`), but never beyond `cap`. */
export interface RuleInfo extends Omit<RuleMeta, "severity"> {
  readonly cap?: Severity;
  /** It compares with what the configuration declares, not with the clause: a departure is a finding of its own kind and warns, whatever the clause says. */
  readonly declared?: true;
  /** It judges something that a device must keep: it is also asked of inputs and outputs that only their content pairs (pairing/leftovers.ts); no other rule is. */
  readonly kept?: true;
}

/** With these aspects (aspects.ts) `check` gives this outcome, whatever else holds, and leaves the state as it is. */
export interface Sure { readonly aspects: number; readonly outcome: Exclude<Outcome, typeof VIOLATED> }
/** Each mask alone is enough for the outcome. */
export const passes = (...masks: readonly number[]): readonly Sure[] => masks.map((aspects) => ({ aspects, outcome: PASS }));
export const observes = (...masks: readonly number[]): readonly Sure[] => masks.map((aspects) => ({ aspects, outcome: OBSERVED }));
export const silent = (...masks: readonly number[]): readonly Sure[] => masks.map((aspects) => ({ aspects, outcome: NA }));

export interface Rule extends RuleInfo {
  /** When it runs: for each output, for each output paired with its input, for each answer, when an input's window closes. */
  readonly on: "output" | "pair" | "answer" | "input";
  /** `pair`: mask of FLOW_*; `answer`: mask of ANSWER_*; `output`: mask of 1 << K_*. */
  readonly when?: number;
  /** `input`: the rule runs for inputs that have one of these facts (FACTS mask); for all K_TUNNEL/K_NATIVE inputs when absent. */
  readonly facts?: number;
  /** Can the rule ever apply to this tunnel? Left out, it can. */
  needs?(tunnel: JudgedTunnel): boolean;
  check(x: Exchange): Outcome;
  /** When the outcome for a tunnel packet that is sent, for a pair into or out of the tunnel, or for an input that was forwarded (forwarded.ts), is sure: then it is counted without `check`. */
  sure?(domain: Domain): readonly Sure[];
  /** Short class of the deviation for the fingerprint, from `x.code`. */
  deviation?(code: number): string;
  explain(x: Exchange): Explanation;
}

const RANK: Record<Severity, number> = { observe: 0, info: 1, warn: 2, fail: 3 };
export function severityFor(rule: RuleInfo, severityOf: (clause: string) => Severity): Severity {
  if (rule.declared === true) return "warn";
  const s = severityOf(rule.clause);
  return rule.cap !== undefined && RANK[rule.cap] < RANK[s] ? rule.cap : s;
}
