/** What a device says of itself (its counters, its NAT log) beside what the captures show. Differences inform; they never fail: a counter may be older than the capture. */

export interface BesideDifference {
  readonly kind: "counter" | "nat-log";
  /** The file that tells it, with its line where there is one. */
  readonly source: string;
  readonly subject: string;
  readonly told: string;
  readonly seen: string;
}

export interface Beside {
  /** Values that both sides know. */
  readonly compared: number;
  readonly equal: number;
  readonly differences: readonly BesideDifference[];
  /** What was not understood or could not be compared; for people. */
  readonly notes: readonly string[];
}
