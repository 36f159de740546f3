import { B_ESTABLISHED, B_FIN_IN, B_FIN_OUT, B_WELL_KNOWN, type Bindings } from "./bindings.js";
import { P_ICMP, P_TCP } from "./facts.js";

/** Seconds without outbound traffic for which every conforming NAT keeps the binding (RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2). */
export function floorSeconds(t: Bindings, i: number): number {
  if (t.proto[i] === P_ICMP) return 60;
  if (t.proto[i] === P_TCP) {
    const f = t.flags[i];
    // RFC 7857 section 2.2 lets RST end it, TIME_WAIT is free (decisions D25).
    if (t.rst[i] >= 0 || (f & (B_FIN_IN | B_FIN_OUT)) !== 0) return 0;
    return (f & B_ESTABLISHED) === B_ESTABLISHED ? 7440 : t.transitory;
  }
  return (t.flags[i] & B_WELL_KNOWN) !== 0 ? 0 : 120;
}

/** Does every conforming NAT keep it at `time`? Of one with no floor none does, whatever the clocks of two taps make of its age. */
export function isKept(t: Bindings, i: number, time: number): boolean {
  const floor = floorSeconds(t, i);
  return floor > 0 && time - t.lastOut(i) < floor;
}
