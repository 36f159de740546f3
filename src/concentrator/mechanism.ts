import type { Side } from "../config/types.js";
import type { NatUse, SoftwireStatistics } from "./device.js";

/** Something that happens without a packet. The device looks at it before each packet, as long as it is not idle. */
export interface Timer {
  idle(): boolean;
  /** Does what is due at this capture time, at the times at which it was due; `count` takes the reason and the bytes of each. */
  fire(sec: number, nsec: number, count: (reason: number, bytes: number) => number): void;
}

/** One softwire concentrator of a service set: a 6rd BR, a 6to4 relay, an AFTR. The device offers each packet to them in order. */
export interface MechanismDevice {
  /** -1: not this concentrator's business. Otherwise the packet is dealt with (outputs went to the sink) and the index of its main reason is returned. */
  receive(side: Side, off: number, len: number, sec: number, nsec: number): number;
  drain(sec: number, nsec: number): void;
  statistics(): SoftwireStatistics;
  readonly timer?: Timer;
  /** See `Device.natUse`; absent without a NAT. */
  natUse?(most: number): readonly NatUse[];
}
