/** Tables of rows of one cache line (64 bytes), so that a look-up among many costs one access to memory. */
export const ROW = 16;
/** Large blocks of glibc begin 16 bytes into a page: with 48 more the rows lie on cache lines. */
export const BEGIN = 12;

export const rowsOf = (n: number): Int32Array => new Int32Array(BEGIN + n * ROW);

/** Reads a word of the row where the key with hash `h` should be, so that it is on its way from memory while other things are done. */
export const approach = (rows: Int32Array, mask: number, h: number): number => rows[BEGIN + (h & mask) * ROW];

/** The same for `n` hashes: reads this close together wait for memory at the same time. */
export function approachAll(rows: Int32Array, mask: number, hashes: Int32Array, n: number): number {
  let read = 0;
  for (let i = 0; i < n; i++) read ^= approach(rows, mask, hashes[i]);
  return read;
}
