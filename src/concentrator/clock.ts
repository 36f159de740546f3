/**
 * The device's clock: capture time, but it never runs backwards (two taps, reordered frames), and one damaged timestamp far
 * in the future does not carry it away: that would end every flow and freeze all timers behind it.
 */
export interface Clock {
  /** Seconds since the epoch and nanoseconds; -1 before the first packet. */
  sec: number;
  nsec: number;
  /** A leap ahead that waits for a second packet to confirm it. */
  leap: number;
}

/** No capture pauses for a year; a damaged timestamp is usually decades off. */
const LEAP_SECONDS = 366 * 86400;

export const createClock = (): Clock => ({ sec: -1, nsec: 0, leap: -1 });

export function advanceClock(c: Clock, sec: number, nsec: number): void {
  if (sec < c.sec || (sec === c.sec && nsec < c.nsec)) return;
  if (sec - c.sec > LEAP_SECONDS && c.sec >= 0 && (c.leap < 0 || Math.abs(sec - c.leap) > LEAP_SECONDS)) {
    c.leap = sec;
    return;
  }
  c.leap = -1;
  c.sec = sec;
  c.nsec = nsec;
}
