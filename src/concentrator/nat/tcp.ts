/**
 * What a NAT remembers of a TCP connection (RFC 5382 section 5, RFC 7857 section 2, state machine after RFC 6146 section 3.5.2).
 * Flags of one flow; "out" is towards the Internet.
 */
const SYN_OUT = 1;
const SYN_IN = 2;
const FIN_OUT = 4;
const FIN_IN = 8;
const RESET = 16;
/** Segments without SYN seen while no SYN was: a connection older than the capture. */
const SEEN_OUT = 32;
const SEEN_IN = 64;

export const FIN = 1;
export const SYN = 2;
export const RST = 4;

const closed = (s: number): boolean => (s & RESET) !== 0 || (s & (FIN_OUT | FIN_IN)) === (FIN_OUT | FIN_IN);

/** Established (timer of RFC 5382 REQ-5, 2 h 4 min) or transitory: partially open, closing, or reset (4 min). */
export function isEstablished(s: number): boolean {
  if (closed(s)) return false;
  return (s & (SYN_OUT | SYN_IN)) === (SYN_OUT | SYN_IN) || (s & (SYN_OUT | SYN_IN | SEEN_OUT | SEEN_IN)) === (SEEN_OUT | SEEN_IN);
}

/** State after a segment with these TCP flags. Simultaneous open needs no case of its own: both SYNs make it established. */
export function afterSegment(s: number, flags: number, out: boolean): number {
  if ((flags & RST) !== 0) return s | RESET;
  if ((flags & SYN) !== 0) {
    const fresh = closed(s) ? 0 : s;
    return fresh | (out ? SYN_OUT : SYN_IN);
  }
  // RFC 7857 section 2.2 with RFC 6146 section 3.5.2.2 (TRANS): a reset that the endpoints did not honour is forgotten.
  let next = s & ~RESET;
  if ((next & (SYN_OUT | SYN_IN)) === 0) next |= out ? SEEN_OUT : SEEN_IN;
  if ((flags & FIN) !== 0) next |= out ? FIN_OUT : FIN_IN;
  return next;
}
