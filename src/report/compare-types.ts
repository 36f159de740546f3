/** What a comparison of run records says. JSON form: specs/schemas/compare.schema.json. */
import type { Level } from "../judge/types.js";
import type { Verdict } from "./record.js";

/**
 * `newly-warning` where B warns and A neither failed nor warned, also where A did not meet the case. `newly-passing` only where B met the case and found nothing against it: a fail that is no longer exercised is `no-longer-exercised`.
 * `behaviour-changed`: the verdict stayed; the findings, their counts, the counters or the bytes did not.
 */
export const CHANGE_KINDS = [
  "newly-failing", "newly-warning", "newly-passing", "verdict-changed", "newly-exercised", "no-longer-exercised", "behaviour-changed", "only-in-a", "only-in-b",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface ComparedCell { readonly verdict: Verdict; readonly exercised: number; readonly violated: number; readonly reason?: string }

export interface ClauseChange {
  readonly kind: ChangeKind;
  readonly clause: string;
  readonly rfc: number;
  readonly section: string;
  readonly level: Level;
  readonly statement: string;
  /** Profile in A, and in B when it has another name there (another release of the card). */
  readonly profile: string;
  readonly profileB?: string;
  readonly before?: ComparedCell;
  readonly after?: ComparedCell;
  /** What differs, for people: findings new and gone, counts. */
  readonly details: readonly string[];
}

export interface CaseChange {
  readonly kind: ChangeKind;
  readonly case: string;
  readonly profile: string;
  readonly profileB?: string;
  readonly before?: Verdict;
  readonly after?: Verdict;
  readonly details: readonly string[];
}

/** A kind of difference from the reference (`check --second-opinion`) that is new, gone, or as many no more. No violation, and no verdict. */
export interface OpinionChange {
  readonly kind: "new" | "gone" | "count";
  /** Kind, side and fields of the difference. */
  readonly what: string;
  /** Packets in A, and in B. */
  readonly before?: number;
  readonly count?: number;
  readonly detail: string;
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** Profiles that were laid side by side. */
  readonly profiles: readonly { readonly a: string; readonly b: string }[];
  /** What a reader has to know: other inputs, other program versions, incomplete runs. */
  readonly notes: readonly string[];
  readonly counts: Readonly<Record<ChangeKind, number>>;
  readonly clauses: readonly ClauseChange[];
  readonly cases: readonly CaseChange[];
  /** Of runs that both have a second opinion. */
  readonly opinion?: readonly OpinionChange[];
}

/** One row per clause on which the columns disagree. */
export interface VerdictMatrix {
  readonly columns: readonly { readonly run: string; readonly profile: string }[];
  readonly rows: readonly { readonly clause: string; readonly rfc: number; readonly section: string; readonly level: Level; readonly verdicts: readonly (Verdict | "")[] }[];
}

export interface CompareResult {
  readonly runs: readonly { readonly name: string; readonly subject: string; readonly complete: boolean }[];
  /** Each later run against the first. */
  readonly comparisons: readonly Comparison[];
  readonly matrix: VerdictMatrix;
}

/** What of the outputs differs, told by someone who has the files: by case and profile of A. */
export type OutputDifferences = (caseId: string, profileA: string, profileB: string) => readonly string[];
