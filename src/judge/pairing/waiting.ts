/** Outputs without an exact input wait a while for one that is stamped later, before they count as altered copies. */
import { type Ring, S_WAITS } from "../transcript.js";

/** So much time (s) or so many packets: stamps of two taps jitter (NTP, batching). */
const ALTERED_SECONDS = 0.25;
const ALTERED_PACKETS = 8192;
/** Outputs that wait at a time; a power of two. */
const WAITING = 4096;

export interface Waiting {
  /** False when too many wait already. */
  add(slot: number): boolean;
  /** The next output that waited long enough (all of them when `now` is Infinity) and still waits, or -1; it waits no more. */
  next(now: number): number;
}

export function createWaiting(ring: Ring): Waiting {
  const r = ring.records;
  const queue = new Float64Array(WAITING);
  let first = 0;
  let end = 0;
  return {
    add(slot) {
      if (end - first >= WAITING) return false;
      r.state[slot] |= S_WAITS;
      queue[end++ & (WAITING - 1)] = r.sequence[slot];
      return true;
    },
    next(now) {
      while (first < end) {
        const q = queue[first & (WAITING - 1)];
        const s = q & r.mask;
        const waits = ring.alive(q) && (r.state[s] & S_WAITS) !== 0;
        if (waits && r.time[s] + ALTERED_SECONDS >= now && ring.pushed - r.number[s] < ALTERED_PACKETS) return -1;
        first++;
        if (!waits) continue;
        r.state[s] &= ~S_WAITS;
        return s;
      }
      return -1;
    },
  };
}
