/** What a judge is told before the first packet. */
import type { Config } from "../config/types.js";
import type { Memory } from "../wire/memory.js";
import type { Severity } from "./types.js";

export interface JudgeOptions {
  readonly config: Config;
  readonly memory: Memory;
  /** Names of the run's files: `file` of a packet is an index into them. */
  readonly files: readonly string[];
  readonly severityOf: (clauseId: string) => Severity;
  /** Capture time in seconds for which an input waits for its outputs. */
  readonly windowSeconds?: number;
  /** Bytes of packets kept. */
  readonly ringBytes?: number;
  /** Packets kept, a power of two. */
  readonly ringRecords?: number;
  /** How much earlier than its cause an effect may be stamped, in seconds (two taps). */
  readonly skewSeconds?: number;
  /** The transcript is whole: what did not come until `end` never comes (a replay of the reference). */
  readonly complete?: boolean;
  /** False: every rule is asked about every packet, even where its outcome is sure, every header is parsed in full, and every pair goes the long way. For tests, which compare. */
  readonly bulk?: boolean;
}
