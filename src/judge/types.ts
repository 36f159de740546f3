/** What the judge takes (a transcript) and gives (facts about clauses). Facts do not depend on the hardware profile. */
import type { Mechanism, Side } from "../config/types.js";
import type { Upcoming } from "../wire/upcoming.js";

/** 0 = into the device (it received the packet), 1 = out of it (it sent the packet). */
export type Direction = 0 | 1;
export const INTO: Direction = 0;
export const OUT_OF: Direction = 1;

/** The place of a packet in the user's own files. */
export interface Place { readonly file: string; readonly frame: number }

export interface TranscriptSink {
  /**
   * One packet that crossed a side of the device, in time order. `off`/`len`: the IP packet in memory (link-layer padding may follow);
   * the judge copies what it keeps. `wireLen` >= `len` when the capture cut the packet. `file` indexes the files of the run, `frame` counts from 1.
   * `cause` is the ordinal (from 0, in feeding order) of the input that the reference says caused it, or -1: it only tests the pairing.
   */
  packet(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number, cause: number): void;
  /** The MPLS label stack of a frame, told before its packet (if it holds one): from `at` on `len` bytes are captured, `wireLen` were sent. */
  labels?(side: Side, direction: Direction, at: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number): void;
  /** Inputs that will probably come next on `side`, told before them. Nothing but time depends on it. */
  ahead?(side: Side, next: Upcoming): void;
  end(): void;
}

export type Level = "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY" | "REQUIRED-BY-TEXT";
/** What a broken clause amounts to; `observe` marks a MAY. */
export type Severity = "fail" | "warn" | "info" | "observe";

export interface PacketEvidence {
  readonly side: "access" | "core";
  readonly direction: "received" | "sent";
  readonly place: Place;
  readonly sec: number;
  readonly nsec: number;
  readonly hex: string;
  /** True when `hex` begins with an MPLS label stack instead of the IP packet. */
  readonly labels?: boolean;
}
/** One field that differs. `offset` and `length` in bytes within the packet named by `packet` (index into Exemplar.packets). */
export interface FieldDiff {
  readonly packet: number;
  readonly layer: string;
  readonly field: string;
  readonly expected: string;
  readonly seen: string;
  readonly offset: number;
  readonly length: number;
}
export interface Exemplar {
  readonly message: string;
  readonly packets: readonly PacketEvidence[];
  readonly fields: readonly FieldDiff[];
  readonly why: string;
  readonly filter: string;
}
/**
 * `clocks`: all came while the captures did not fit together; `no-clock`: the capture's stamps show no time, or less than the rule measures; `halves`: all rest on pairs that
 * may be halves of others, which taps lost; `restart`: one loss of the NAT's state explains all of them; `few`: not seen directly, in fewer than three cases.
 */
export type Lowered = "clocks" | "no-clock" | "halves" | "restart" | "few";
/**
 * `seen`: in the packets. `inferred`: from other packets, or from silence. `content`: input and output were paired by equal payload alone, as a field differs
 * that a device must keep (pairing/leftovers.ts).
 */
export type Certainty = "seen" | "inferred" | "content";
/** All violations with one rule and one fingerprint. */
export interface FindingGroup {
  readonly rule: string;
  readonly clause: string;
  readonly severity: Severity;
  readonly fingerprint: string;
  readonly title: string;
  readonly certainty: Certainty;
  /** A departure from what the configuration declares; absent: from the clause itself. */
  readonly kind?: "declared";
  /** Why what would fail only warns; absent: it weighs what its clause does. */
  readonly lowered?: Lowered;
  readonly count: number;
  readonly first: Place;
  readonly last: Place;
  readonly exemplars: readonly Exemplar[];
}
/** How often a rule met its case. `observed` counts a MAY that was made use of. */
export interface RuleTally {
  readonly rule: string;
  readonly clause: string;
  readonly severity: Severity;
  readonly exercised: number;
  readonly violated: number;
  readonly observed: number;
  /** In a run record: the gravest severity among the rule's findings, where it is not the rule's own. */
  readonly weight?: Severity;
}
/** What the judge saw as a whole, for the reader of a report. */
export interface JudgeSummary {
  readonly inputs: number;
  readonly outputs: number;
  readonly paired: number;
  /** Inputs that something came of; with the unanswered ones fewer than all where fragments make up datagrams, and where packets are of no softwire. */
  readonly answeredInputs?: number;
  readonly unansweredInputs: number;
  readonly orphanOutputs: number;
  /** Most packets of both sides have no partner: the clocks of the two captures disagree, so nothing that is missing was judged. */
  readonly clockSuspect?: boolean;
  readonly ambiguous: number;
  readonly evicted: number;
  readonly pairingAgreed: number;
  readonly pairingDisagreed: number;
  readonly firstSec: number;
  readonly lastSec: number;
}
/** Where the first packets of a capture lie that have no partner. */
export interface Partnerless { readonly inputs: readonly Place[]; readonly outputs: readonly Place[] }
/** So many of each are told. */
export const PARTNERLESS = 5;
export interface JudgeResult {
  readonly rules: readonly RuleTally[];
  readonly findings: readonly FindingGroup[];
  readonly summary: JudgeSummary;
  readonly partnerless?: Partnerless;
}
/** The static side of a rule: shown by `softproof rules`, used by reports. */
export interface RuleMeta {
  readonly id: string;
  readonly clause: string;
  readonly severity: Severity;
  readonly title: string;
  readonly mechanisms: readonly Mechanism[];
}
