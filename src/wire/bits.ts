/** Big-endian (network order) integers in a byte array, and bit fields that need not lie on a byte. */

export function u16(b: Uint8Array, o: number): number {
  return (b[o] << 8) | b[o + 1];
}

export function u32(b: Uint8Array, o: number): number {
  return ((b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3]) >>> 0;
}

export function put16(b: Uint8Array, o: number, v: number): void {
  b[o] = v >>> 8;
  b[o + 1] = v;
}

export function put32(b: Uint8Array, o: number, v: number): void {
  b[o] = v >>> 24;
  b[o + 1] = v >>> 16;
  b[o + 2] = v >>> 8;
  b[o + 3] = v;
}

/** The `n` (0..32) bits that begin `at` bits after byte `o`, as an unsigned number, most significant bit first. */
export function bits(b: Uint8Array, o: number, at: number, n: number): number {
  if (n === 0) return 0;
  const first = o + (at >>> 3);
  const shift = at & 7;
  const head = u32(b, first);
  const word = shift === 0 ? head : ((head << shift) | (b[first + 4] >>> (8 - shift))) >>> 0;
  return word >>> (32 - n);
}

/** Writes the `n` (0..32) low bits of `v` at bit `at` after byte `o`; the bits around them stay. */
export function putBits(b: Uint8Array, o: number, at: number, n: number, v: number): void {
  for (let i = 0; i < n; i++) {
    const p = at + i;
    const mask = 0x80 >>> (p & 7);
    if ((v >>> (n - 1 - i)) & 1) b[o + (p >>> 3)] |= mask;
    else b[o + (p >>> 3)] &= ~mask;
  }
}
