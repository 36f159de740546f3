/** Internet checksum (RFC 1071) and its incremental update (RFC 1624). All sums are over 16-bit big-endian words. */

import { LITTLE_ENDIAN, wordsOf } from "./words.js";

/** From so many bytes on, summing by words pays. */
const WORDWISE_BYTES = 32;

/**
 * Sum of `len` bytes at `off`, added to `seed`; an odd last byte counts as its high half. Below 2^32 for len <= 65535; long ranges come partly
 * folded, which no ones' complement sum can tell (RFC 1071 section 2 B: the order of bytes does not matter either).
 */
export function sum(b: Uint8Array, off: number, len: number, seed = 0): number {
  if (len >= WORDWISE_BYTES && (off & 3) === 0 && LITTLE_ENDIAN) {
    const w = wordsOf(b);
    if (w.length > 0) return sumWords(b, w, off, len) + seed;
  }
  let s = seed;
  const end = off + (len & ~1);
  for (let i = off; i < end; i += 2) s += (b[i] << 8) | b[i + 1];
  if (len & 1) s += b[end] << 8;
  return s;
}

/** The same by words of a little-endian machine: its halves are summed as they lie, the result is swapped. */
function sumWords(b: Uint8Array, w: Int32Array, off: number, len: number): number {
  let low = 0;
  let high = 0;
  const end = (off + len) >> 2;
  for (let i = off >> 2; i < end; i++) {
    const v = w[i];
    low = (low + (v & 0xffff)) | 0;
    high = (high + (v >>> 16)) | 0;
  }
  let s = low + high;
  s = (s & 0xffff) + (s >>> 16);
  s = (s & 0xffff) + (s >>> 16);
  s = ((s & 0xff) << 8) | (s >>> 8);
  const rest = end << 2;
  if (len & 2) s += (b[rest] << 8) | b[rest + 1];
  if (len & 1) s += b[off + len - 1] << 8;
  return s;
}

/** Folds a sum to 16 bits without complementing it. */
export function fold(s: number): number {
  let r = s;
  while (r > 0xffff) r = (r & 0xffff) + Math.floor(r / 0x10000);
  return r;
}

/** The checksum field's value for a sum: complement of the fold. */
export function finish(s: number): number {
  return ~fold(s) & 0xffff;
}

/** Checksum of a byte range, as written to a header (RFC 1071). A range that holds a right checksum gives 0. */
export function checksum(b: Uint8Array, off: number, len: number): number {
  return finish(sum(b, off, len));
}

/** Sum of the IPv6 pseudo-header (RFC 8200 section 8.1); addresses lie at `srcOff` (32 bytes, source then destination). */
export function pseudo6(b: Uint8Array, srcOff: number, upperLen: number, nextHeader: number): number {
  return sum(b, srcOff, 32) + (upperLen >>> 16) + (upperLen & 0xffff) + nextHeader;
}

/** Sum of the IPv4 pseudo-header (RFC 9293 section 3.1, RFC 768); addresses lie at `srcOff` (8 bytes, source then destination). */
export function pseudo4(b: Uint8Array, srcOff: number, upperLen: number, protocol: number): number {
  return sum(b, srcOff, 8) + upperLen + protocol;
}

/** New checksum after one 16-bit word changed from `from` to `to` (RFC 1624 equation 3). */
export function update16(check: number, from: number, to: number): number {
  return ~fold((~check & 0xffff) + (~from & 0xffff) + to) & 0xffff;
}

/** New checksum after a 32-bit value changed. */
export function update32(check: number, from: number, to: number): number {
  return update16(update16(check, from >>> 16, to >>> 16), from & 0xffff, to & 0xffff);
}
