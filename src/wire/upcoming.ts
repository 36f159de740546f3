/**
 * Packets that are likely to be looked at next. A table that is larger than the processor's caches answers a look-up only after the time of some hundred
 * instructions; asked for several packets close together, it answers all of them in that time. So whoever is told of them reads from its tables what
 * they will ask for, and changes nothing: a wrong guess costs that little time.
 */
export const UPCOMING_PACKETS = 32;
/** Bytes that each of them has at hand: the headers of a tunnel and the ports behind them. */
export const UPCOMING_BYTES = 68;

export interface Upcoming {
  /** How many there are, at most UPCOMING_PACKETS. */
  n: number;
  /** Offsets of the IP packets in memory. */
  readonly off: Int32Array;
  /** Room for whoever is told: one word for each. */
  readonly hash: Int32Array;
}

export const createUpcoming = (): Upcoming => ({ n: 0, off: new Int32Array(UPCOMING_PACKETS), hash: new Int32Array(UPCOMING_PACKETS) });
