import type { Side } from "../config/types.js";
import type { Upcoming } from "../wire/upcoming.js";
import type { NatUse, SoftwireStatistics } from "./device.js";

/** Something that happens without a packet. The device looks at it before each packet, as long as it is not idle. */
export interface Timer {
  idle(): boolean;
  /** Is anything due at this capture time? Then `dueSec` and `dueNsec` say when the first of it was. */
  next(sec: number, nsec: number): boolean;
  dueSec: number;
  dueNsec: number;
  /** Does that one thing, at the time at which it was due; `count` takes its reason and bytes. */
  fire(count: (reason: number, bytes: number) => number): void;
}

/** One softwire concentrator of a service set: a 6rd BR, a 6to4 relay, an AFTR. The device offers each packet to them in order. */
export interface MechanismDevice {
  /** -1: not this concentrator's business. Otherwise the packet is dealt with (outputs went to the sink) and the index of its main reason is returned. */
  receive(side: Side, off: number, len: number, sec: number, nsec: number): number;
  /**
   * The same for ordinary packets only, faster: it checks the outermost header (`len` bytes at hand) itself, and -1 says that nothing has happened
   * and `receive` must be asked.
   */
  short?(side: Side, off: number, len: number, sec: number, nsec: number): number;
  /** See `Device.ahead`; for packets that `short` will be asked about. */
  ahead?(side: Side, next: Upcoming): void;
  drain(sec: number, nsec: number): void;
  statistics(): SoftwireStatistics;
  readonly timer?: Timer;
  /** See `Device.natUse`; absent without a NAT. */
  natUse?(most: number): readonly NatUse[];
}

/** Does what is due at this capture time, in the order in which it was due over all timers. */
export function fireTimers(timers: readonly Timer[], sec: number, nsec: number, count: (reason: number, bytes: number) => number): void {
  for (;;) {
    let first: Timer | undefined;
    for (const t of timers) {
      if (t.idle() || !t.next(sec, nsec)) continue;
      if (first === undefined || t.dueSec < first.dueSec || (t.dueSec === first.dueSec && t.dueNsec < first.dueNsec)) first = t;
    }
    if (first === undefined) return;
    first.fire(count);
  }
}
