/**
 * Checksums over bytes that change: each takes the same difference as the bytes that it covers (RFC 1624), so a right one stays right and a wrong one
 * stays equally wrong.
 */
import { u16 } from "../../wire/bits.js";
import { fold, sum } from "../../wire/checksum.js";
import { type Scrub, set16 } from "./scrub.js";

/** What follows an IP header. */
export interface Upper {
  readonly protocol: number;
  readonly at: number;
  /** Where the visible bytes end, and how many there are by the headers. */
  readonly end: number;
  readonly length: number;
  /** Nothing is cut off, and it is no fragment. */
  readonly whole: boolean;
  /** Of a fragment's datagram: its checksums were made by whoever fragmented it, so they are not left to the hardware. */
  readonly fragmented: boolean;
  /** Sums of source and destination. */
  readonly before: number;
  readonly after: number;
}

/** Adds to the checksum at `at` what the bytes from `from` on and `gained` (addresses) make up. `none`: a field of 0 means that there is no checksum (UDP). */
export function mend(s: Scrub, at: number, end: number, from: number, to: number, gained: number, none: boolean): void {
  if (at + 2 > end) return;
  const was = u16(s.now, at);
  if (none && was === 0) return;
  const length = Math.max(0, Math.min(to, s.changedTo) - from);
  const gain = (((sum(s.now, from, length) - sum(s.old, from, length) + gained) % 65535) + 65535) % 65535;
  if (gain === 0) return;
  const is = ~fold((~was & 0xffff) + gain) & 0xffff;
  set16(s, at, none && is === 0 ? 0xffff : is);
}

/** A transport checksum. Offloaded ones hold the sum of the pseudo-header alone: they go on doing so. */
export function mendTransport(s: Scrub, u: Upper, at: number, none: boolean): void {
  if (at + 2 > u.end) {
    s.wanting = true;
    return;
  }
  const was = u16(s.old, at);
  const more = (u.length >>> 16) + (u.length & 0xffff) + u.protocol;
  const offloaded = !u.fragmented && was !== 0 && was === fold(u.before + more) && !(u.whole && fold(sum(s.old, u.at, u.end - u.at) + u.before + more) === 0xffff);
  if (offloaded) set16(s, at, fold(u.after + more));
  else mend(s, at, u.end, u.at, u.end, u.after - u.before, none);
}
