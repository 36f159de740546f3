/** What a rule on DS-Lite is shown. As in ../rule.ts, with the AFTR, the parsed tuples and what was learned of the NAT. */
import type { Explanation, Outcome, RuleInfo } from "../rule.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import type { SureOf } from "./aspects.js";
import type { Bindings } from "./bindings.js";
import type { History } from "./history.js";
import type { Learned } from "./learned.js";
import type { Restart } from "./restart.js";
import type { TunnelHistory } from "./tunnel-history.js";
import type { NatState } from "./nat-state.js";
import type { View } from "./view.js";

/** One object, reused: a rule keeps nothing of it. Slots are indices into `r` and `v`; -1 = there is none. */
export interface DsExchange {
  readonly b: Uint8Array;
  readonly r: Records;
  readonly v: View;
  readonly nat: Bindings;
  readonly history: History;
  readonly tunnel: TunnelHistory;
  readonly state: NatState;
  /** What the outbound pair at hand says about bindings. */
  readonly learned: Learned;
  readonly restart: Restart;
  /** IPv4 addresses of the device itself; largest IPv4 packet of the core link in bytes. */
  readonly own4: readonly number[];
  readonly coreMtu: number;
  aftr: Aftr;
  input: number;
  output: number;
  answer: number;
  /** `pair`: FLOW_*; `answer`: ANSWER_*. */
  flow: number;
  /** `pair`: the two are known to have the same bytes from transport header to end, but for ports, identifier and checksum. False: they may have. */
  exact: boolean;
  /** More than one input may have caused the output. */
  ambiguous: boolean;
  absence: boolean;
  code: number;
  inferred: boolean;
}

export interface DsRule extends RuleInfo {
  readonly on: "output" | "pair" | "answer" | "input";
  /** `pair`: mask of FLOW_*; `answer`: mask of ANSWER_*; `output`: mask of 1 << D_*; `input`: mask of 1 << D_*. */
  readonly when: number;
  /**
   * When `check` gives NA whatever else holds, and then it is not called: unless the packet (`output`: the output; else the input) has one of these facts,
   * is of this IPv4 protocol, has one of these notes (N_*), or the output has one of these facts. Left out: it is always called.
   */
  readonly facts?: number;
  readonly proto?: number;
  readonly notes?: number;
  readonly outputFacts?: number;
  /** Aspects for which `check` gives PASS or NA for any packet that the conditions above let through (aspects.ts); it is then counted without being called. */
  readonly sure?: SureOf;
  /** Seconds that it measures: a capture that is over sooner may have no clock at all, and what it finds there only warns. */
  readonly measures?: number;
  check(x: DsExchange): Outcome;
  deviation?(code: number): string;
  explain(x: DsExchange): Explanation;
}
