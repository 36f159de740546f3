/** The capture's clock: seconds since its first packet that never run backwards, whatever a stamp says (design.md, time). */

/** A stamp further ahead than this is a fault of the capture unless the next packets confirm it. */
const WILD_SECONDS = 3600;

const MADE_UP_SECONDS = 1.5e-6;

export interface Clock {
  /** Seconds since the first packet, up to the latest one that is believed. */
  now: number;
  /** Capture time of the first and of the latest packet, whole seconds. */
  firstSec: number;
  lastSec: number;
  /** How often it went on, by more than text2pcap and its like put between packets that have no stamps (1 us). */
  steps: number;
  /** Takes the stamp of the next packet; gives `now`. */
  tick(sec: number, nsec: number): number;
}

/** `leap` is called when the clock is about to go on by more than `wildSeconds`: nothing that waits has anything in common with what comes. */
export function createClock(leap: () => void, wildSeconds = WILD_SECONDS): Clock {
  let base = -1;
  let aheadBefore = 0;
  // The latest stamp that was believed: outputs of a replay have that of their input.
  let latestSec = -1, latestNsec = -1;
  const clock: Clock = {
    now: 0, firstSec: 0, lastSec: 0, steps: 0,
    tick(sec, nsec) {
      if (sec === latestSec && nsec === latestNsec) return clock.now;
      if (base < 0) base = clock.firstSec = sec;
      const t = sec - base + nsec * 1e-9;
      const ahead = t - clock.now;
      if (ahead > wildSeconds) {
        if (Math.abs(t - aheadBefore) > wildSeconds) {
          aheadBefore = t;
          return clock.now;
        }
        leap();
      }
      if (ahead > MADE_UP_SECONDS) clock.steps++;
      if (ahead > 0) clock.now = t;
      clock.lastSec = base + Math.floor(clock.now);
      latestSec = sec;
      latestNsec = nsec;
      return clock.now;
    },
  };
  return clock;
}
