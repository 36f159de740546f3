/** A spec after loading: its packets are compiled, its places are known. */
import type { Config, Mechanism, Side } from "../config/types.js";
import type { Compiled } from "./notation/index.js";

/** Capture time in nanoseconds since the start of the trace (exact below 2^53). */
export type Nanoseconds = number;
/** Epoch seconds of time 0 of every spec: 2023-11-14 22:13:20 UTC. */
export const TRACE_EPOCH = 1_700_000_000;

export interface Frame { readonly at: Nanoseconds; readonly side: Side; readonly bytes: Uint8Array; /** Entry of the spec, from 1. */ readonly entry: number }

/** One packet that the device must send because of an entry. */
export interface Expected {
  readonly side: Side;
  /** The whole packet, or only some of its fields. */
  readonly packet?: Compiled;
  readonly fields?: readonly (readonly [string, string])[];
  /** Where the spec says so: file:line. */
  readonly where: string;
}

export interface Spec {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly mechanism: Mechanism;
  readonly clauses: readonly string[];
  readonly requires: readonly string[];
  readonly config: Config;
  readonly frames: readonly Frame[];
  /** Times at which the device sends without receiving, and the entries that say what. */
  readonly timers: ReadonlyMap<Nanoseconds, number>;
  /** Captures instead of frames. */
  readonly traces: { readonly access?: string; readonly core?: string };
  /** By entry (or `side:frame` of a trace): what must be sent, in this order per side. An entry that is absent is not looked at. */
  readonly expect: ReadonlyMap<number | string, readonly Expected[]>;
  readonly counters: ReadonlyMap<string, number>;
  readonly strictCounters: boolean;
  readonly statistics: ReadonlyMap<string, number>;
  /** Folder of the golden. */
  readonly golden: string;
}
