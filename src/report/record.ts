/**
 * The run record: JSON Lines, one object a line, first `header`, last `footer`; a record without footer is incomplete.
 * It is the one source of every report. Version changes when a reader of the old one would go wrong.
 */
import type { FindingGroup, JudgeSummary, Partnerless, RuleTally, Level, Severity } from "../judge/types.js";
import type { FirewallStatistics, SoftwireStatistics } from "../concentrator/device.js";
import type { NatEvent } from "../concentrator/nat/log.js";
import type { Beside } from "./beside.js";
import type { OpinionLine } from "./opinion.js";
import type { Timeline } from "./timeline.js";

export const RECORD_VERSION = 1;

export type Verdict =
  | "pass" | "fail" | "warn" | "info" | "observed" | "not-exercised" | "not-applicable" | "known-deviation" | "waived" | "unspecified" | "error" | "incomplete";

export interface HeaderLine {
  readonly type: "header";
  readonly version: number;
  readonly tool: string;
  readonly toolVersion: string;
  readonly command: "run" | "replay" | "check";
  /** `modelled card` or `captured device` (or `reference` without a profile). */
  readonly subject: string;
  readonly inputs: readonly { readonly name: string; readonly side: string }[];
  readonly config: string;
  /** The configuration itself where none was named and it was drafted from the captures (YAML). */
  readonly guess?: string;
  readonly seed: number;
  readonly asOf: string;
  /** A part of a run (`--shard k/n`, counted from 1); `merge` makes one run of all parts. */
  readonly shard?: { readonly index: number; readonly count: number };
}
export interface ProfileLine {
  readonly type: "profile";
  readonly id: string;
  readonly title: string;
  readonly release?: string;
  /** The card's own counters, set by set: XML name, text, and the group in which its command shows it (`name`: no number). */
  readonly counterSets?: readonly { readonly name: string; readonly title: string; readonly command: string; readonly counters: readonly { readonly name: string; readonly text: string; readonly group: string }[] }[];
  readonly capabilities: readonly { readonly name: string; readonly support: string; readonly since?: string; readonly source: string; readonly confidence: string }[];
}
/** A clause of the catalogue that the run speaks of. */
export interface ClauseLine {
  readonly type: "clause";
  readonly id: string;
  readonly rfc: number;
  readonly section: string;
  readonly level: Level;
  readonly statement: string;
  readonly check: string;
  /** Why it matters: what goes wrong on the wire when the clause is broken. */
  readonly failure?: string;
  /** Mechanisms that the clause speaks of (`6rd`, `6to4`, `ds-lite`, `common`); without it the report groups by RFC number. */
  readonly mechanisms?: readonly string[];
  /** What its weight rests on: the kind of keyword and of document. */
  readonly basis?: string;
  /** Where we stand on points that the text leaves open. */
  readonly decisions?: readonly string[];
  /** How we read a vague text, errata, and what other documents say. */
  readonly note?: string;
  readonly rule?: string;
  readonly severity?: Severity;
  readonly reason?: string;
}
/** Values in the order of the profile's counter set of this name; null: it cannot be told. */
export interface CardStatistics { readonly set: string; readonly values: readonly (number | null)[] }
/** One spec (or the user's traces) under one profile. */
export interface CaseLine {
  readonly type: "case";
  readonly id: string;
  readonly title: string;
  readonly profile: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly expectation?: { readonly met: boolean; readonly problems: readonly string[] };
  readonly golden?: { readonly state: "equal" | "differs" | "absent" | "not-compared"; readonly differences: readonly string[] };
  readonly counters: readonly { readonly id: string; readonly kind: string; readonly text: string; readonly packets: number; readonly bytes: number }[];
  readonly softwires: readonly SoftwireStatistics[];
  /** The run in the counters of the profile's card. */
  readonly statistics?: readonly CardStatistics[];
  /** Stateful firewalls of the service sets, and what each rule decided. */
  readonly firewalls?: readonly FirewallStatistics[];
  /** NAT log: exact number of events, and the first of them; all are in nat.log. */
  readonly natLog?: { readonly version: number; readonly total: number; readonly events: readonly (NatEvent & { readonly device: string })[] };
  readonly summary?: JudgeSummary;
  /** Of a capture: where the first packets lie that have no partner. */
  readonly partnerless?: Partnerless;
  /** What the device says of itself beside what its packets show (`check --counters`, `--nat-log`). */
  readonly beside?: Beside;
  /** Over capture time; the same replay has the same one. */
  readonly timeline?: Timeline;
  readonly rules: readonly RuleTally[];
  readonly findings: readonly FindingGroup[];
  /** Those of the findings that a waiver excuses. */
  readonly waived?: readonly WaivedFinding[];
  /** What was read and left out, assumed, and not judged because nobody declared it: a sentence each. */
  readonly notes?: readonly string[];
  readonly outputs: readonly string[];
}
/** Names the finding by rule, clause and fingerprint; `text` says what a reader must know of the excuse. */
export interface WaivedFinding { readonly rule: string; readonly clause: string; readonly fingerprint: string; readonly waiver: string; readonly text: string }
/** A waiver of the run and what became of it. `findings`: groups in its scope, over all cases. */
export interface WaiverLine {
  readonly type: "waiver";
  readonly id: string;
  readonly reason: string;
  readonly owner: string;
  readonly issue: string;
  readonly expires: string;
  readonly scope: { readonly clause?: string; readonly rule?: string; readonly profile?: string; readonly release?: string; readonly fingerprint?: string };
  /** `needless`: the profile documents the deviation; `unmatched`: its case did not arise; `unexpected-pass`: it arose, without the deviation. */
  readonly state: "used" | "needless" | "unmatched" | "expired" | "unexpected-pass";
  readonly note: string;
  readonly findings: number;
}
/** The verdict for one clause under one profile over all cases of the run. */
export interface VerdictLine {
  readonly type: "verdict";
  readonly clause: string;
  readonly profile: string;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly exercised: number;
  readonly violated: number;
}
export interface FaultLine { readonly type: "fault"; readonly file: string; readonly offset: number; readonly frame: number; readonly message: string; /** The spec whose input it is (`run`). */ readonly case?: string }
export interface FooterLine {
  readonly type: "footer";
  readonly complete: boolean;
  readonly exitCode: number;
  /** The four honest numbers. */
  readonly exercised: number;
  readonly applicable: number;
  readonly failed: number;
  readonly warned: number;
  readonly waivedOrKnown: number;
  readonly errors: number;
}
export type RecordLine = HeaderLine | ProfileLine | ClauseLine | CaseLine | OpinionLine | VerdictLine | WaiverLine | FaultLine | FooterLine;
