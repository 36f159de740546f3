/** What it proves that nothing came of an input: taps stop early, captures end, and a device takes its time. */
import type { Side } from "../config/types.js";

/** At the end of a capture silence counts for an input after this many times the slowest forwarding seen, and these seconds at least. */
const END_FACTOR = 4;
const END_SECONDS = 0.1;
/** From fewer pairs nothing is learned: then the whole window must be over. */
const ENOUGH_PAIRS = 20;

export interface Silence {
  /** The tap of this side showed a packet at capture time `t` (s, never backwards). */
  alive(side: Side, t: number): void;
  /** Did the tap of this side show a packet at `t` (s) or later? */
  shows(side: number, t: number): boolean;
  /** The device took so long (s) to forward or answer a packet. */
  took(seconds: number): void;
  /** Was the tap on which something must come alive when, or after, an input came on `side`? `back`: it comes on the same side. Until it shows a packet, silence says nothing. */
  isSure(side: number, t: number, back?: boolean): boolean;
  /** Seconds in which an input's output comes: twice what this device needed at most, 0.1 s where that is less, never more than `window`. */
  reach(window: number): number;
  /** Seconds that must lie between an input and the end of the capture: what this device needed at most, several times over; never more than `window`. */
  patience(window: number): number;
}

export function createSilence(): Silence {
  const seen = new Float64Array(2).fill(-1);
  let slowest = 0;
  let pairs = 0;
  return {
    alive(side, t) {
      if (t > seen[side]) seen[side] = t;
    },
    shows: (side, t) => seen[side] >= t,
    took(seconds) {
      pairs++;
      if (seconds > slowest) slowest = seconds;
    },
    isSure: (side, t, back = false) => (back ? seen[side] > t : seen[1 - side] >= t),
    reach: (window) => Math.min(window, Math.max(END_SECONDS, 2 * slowest)),
    patience: (window) => pairs < ENOUGH_PAIRS ? window : Math.min(window, Math.max(END_SECONDS, END_FACTOR * slowest)),
  };
}
