/** Out to the Internet: size, identification and fragmentation of translated IPv4 packets. */
import { CORE } from "../../config/types.js";
import { put16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { type Aftr, takeId } from "./aftr.js";
import { cutPiece } from "./cut.js";

/** Place for a packet of `n` bytes; to be followed by `toCore` with the same `n`. */
export const coreRoom = (a: Aftr, n: number): number => (a.piece === 0 && n <= a.coreMtu ? a.sink.reserve(CORE, n) : a.staging);

/**
 * A router's part for the packet at `at`: TTL, ToS, and behind a NAT a new identification when the datagram is not atomic, because two B4s
 * may use the same one towards one destination; without one the AFTR is a router for the inner header (RFC 6864 section 5.3.1). Addresses are final.
 */
export function finishHeader(a: Aftr, at: number, tos: number): void {
  const b = a.u8;
  b[at + ipv4.TTL]--;
  b[at + ipv4.TOS] = tos;
  if (a.nat.cfg !== undefined && (a.piece !== 0 || !ipv4.df(b, at))) put16(b, at + ipv4.ID, takeId(a, u32(b, at + ipv4.SRC) | 0, u32(b, at + ipv4.DST) | 0, b[at + ipv4.PROTOCOL]));
  ipv4.seal(b, at);
}

export function toCore(a: Aftr, at: number, n: number, sec: number, nsec: number, reason: number): number {
  if (at !== a.staging) {
    a.sink.commit(CORE, at, n, sec, nsec, reason);
    return reason;
  }
  const hl = (a.u8[at] & 15) << 2;
  const fits = (a.coreMtu - hl) & ~7;
  const piece = a.piece === 0 || a.piece > fits ? fits : a.piece;
  for (let done = 0; done < n - hl; done += piece) {
    const start = a.sink.reserve(CORE, Math.min(piece, n - hl - done) + hl);
    const len = cutPiece(a.u8, at, n, done, piece, start);
    a.sink.commit(CORE, start, len, sec, nsec, reason);
  }
  return reason;
}
