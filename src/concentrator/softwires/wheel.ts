/**
 * Timer wheel with one slot a second, for records whose idle time is bounded by one constant. An entry is linked once and
 * only looked at again when its slot comes up: a touch is one store of the time, whatever the number of entries.
 */
export interface Wheel {
  readonly heads: Int32Array;
  readonly mask: number;
  /** The second (relative to the first packet) up to which slots have been visited. */
  now: number;
}

export function createWheel(longestSeconds: number): Wheel {
  let slots = 2;
  while (slots < longestSeconds + 2) slots *= 2;
  return { heads: new Int32Array(slots), mask: slots - 1, now: 0 };
}

/** Links record `rec` (next pointer at `data[nextAt]`) to be visited at second `due`. */
export function schedule(w: Wheel, data: Int32Array, nextAt: number, rec: number, due: number): void {
  const slot = due & w.mask;
  data[nextAt] = w.heads[slot];
  w.heads[slot] = rec;
}
