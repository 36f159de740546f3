import type { Side } from "../config/types.js";
import type { NatUse, SoftwireStatistics } from "./device.js";

/** One softwire concentrator of a service set: a 6rd BR, a 6to4 relay, an AFTR. The device offers each packet to them in order. */
export interface MechanismDevice {
  /** -1: not this concentrator's business. Otherwise the packet is dealt with (outputs went to the sink) and the index of its main reason is returned. */
  receive(side: Side, off: number, len: number, sec: number, nsec: number): number;
  drain(sec: number, nsec: number): void;
  statistics(): SoftwireStatistics;
  /** See `Device.natUse`; absent without a NAT. */
  natUse?(most: number): readonly NatUse[];
}
