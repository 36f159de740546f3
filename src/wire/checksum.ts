/** Internet checksum (RFC 1071) and its incremental update (RFC 1624). All sums are over 16-bit big-endian words. */

/** Unfolded sum of `len` bytes at `off`, added to `seed`; an odd last byte counts as its high half. Safe to 2^31 for len <= 65535. */
export function sum(b: Uint8Array, off: number, len: number, seed = 0): number {
  let s = seed;
  const end = off + (len & ~1);
  for (let i = off; i < end; i += 2) s += (b[i] << 8) | b[i + 1];
  if (len & 1) s += b[end] << 8;
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
