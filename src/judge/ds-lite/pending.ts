/** Outputs whose cause is not sure yet: another input with the same key may come, stamped a little later. */
import type { Ring } from "../transcript.js";

/** Outputs that wait at most. A power of two. */
const PENDING = 1 << 13;

export interface Pending {
  /** The output in `slot` waits; the oldest has to go when too many do. `now`: capture time (s). */
  add(slot: number, now: number): void;
  /** Settles the outputs whose time to wait is over, the oldest first; `all`: every one. */
  settle(now: number, all: boolean): void;
}

/** `over`: what becomes of an output that waited for `skewSeconds`. */
export function createPending(ring: Ring, skewSeconds: number, over: (slot: number) => void): Pending {
  const r = ring.records;
  const waiting = new Float64Array(PENDING);
  let oldest = 0, newest = 0;
  function settle(now: number, all: boolean): void {
    while (oldest < newest) {
      const s = waiting[oldest & (PENDING - 1)];
      if (!all && newest - oldest < PENDING && ring.alive(s) && now - r.time[s & r.mask] <= skewSeconds) return;
      oldest++;
      if (ring.alive(s) && s >= ring.open) over(s & r.mask);
    }
  }
  return {
    settle,
    add(slot, now) {
      if (newest - oldest >= PENDING) settle(now, false);
      waiting[newest++ & (PENDING - 1)] = r.sequence[slot];
    },
  };
}
