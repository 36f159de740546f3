/** IPv4 fragmentation (RFC 791 section 3.2) of a datagram at hand in memory. */
import { put16 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";

/**
 * Writes at `to` the piece of the datagram at `o` (`n` bytes) that begins at payload byte `done` and carries up to `piece` bytes
 * (a multiple of 8). The first piece has all options, later ones those with the copied flag. Returns its length.
 */
export function cutPiece(b: Uint8Array, o: number, n: number, done: number, piece: number, to: number): number {
  const hl = (b[o] & 15) << 2;
  const part = Math.min(piece, n - hl - done);
  let head = hl;
  b.copyWithin(to, o, o + ipv4.HEADER_BYTES);
  if (done === 0) b.copyWithin(to + ipv4.HEADER_BYTES, o + ipv4.HEADER_BYTES, o + hl);
  else head = copyOptions(b, o, hl, to);
  b[to] = 0x40 | (head >>> 2);
  b.copyWithin(to + head, o + hl + done, o + hl + done + part);
  put16(b, to + ipv4.TOTAL_LENGTH, head + part);
  put16(b, to + ipv4.FRAGMENT, (done >>> 3) | (done + part < n - hl ? ipv4.MF : 0));
  ipv4.seal(b, to);
  return head + part;
}

function copyOptions(b: Uint8Array, o: number, hl: number, to: number): number {
  let head = ipv4.HEADER_BYTES;
  for (let at = o + ipv4.HEADER_BYTES; at < o + hl && b[at] !== 0; ) {
    const size = b[at] === 1 ? 1 : b[at + 1];
    if (size === 0 || at + size > o + hl) break;
    if ((b[at] & 0x80) !== 0) {
      b.copyWithin(to + head, at, at + size);
      head += size;
    }
    at += size;
  }
  while ((head & 3) !== 0) b[to + head++] = 0;
  return head;
}
