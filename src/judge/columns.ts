/**
 * Arrays of which a packet is one element each. A large block begins at the same place of a memory page as any other, so without more the elements of one packet
 * would all fall into one set of the processor's first cache, which holds about a dozen lines: each array therefore begins at a cache line of its own.
 */
const LINE = 64, PAGE = 4096;
/** Odd, so that every line of a page has its turn; not 1, so that neighbours do not run into each other. */
const STEP = 11;
let turn = 0;

/** An ArrayBuffer for `bytes` bytes and where in it they begin. */
function place(bytes: number): [ArrayBuffer, number] {
  if (bytes < PAGE) return [new ArrayBuffer(bytes), 0];
  turn = (turn + STEP) % (PAGE / LINE);
  return [new ArrayBuffer(bytes + PAGE), turn * LINE];
}

export interface Columns {
  i32(): Int32Array;
  u32(): Uint32Array;
  u16(): Uint16Array;
  u8(): Uint8Array;
  f64(): Float64Array;
}

/** Makers of arrays of `length` elements, all zero. */
export const columns = (length: number): Columns => ({
  i32: () => new Int32Array(...place(length * 4), length),
  u32: () => new Uint32Array(...place(length * 4), length),
  u16: () => new Uint16Array(...place(length * 2), length),
  u8: () => new Uint8Array(...place(length), length),
  f64: () => new Float64Array(...place(length * 8), length),
});

/** Slots (a power of two) of a table that remembers: `most`, or fewer where the judge keeps so few records that they would hardly fill it. Small judgements then begin at once. */
export const slots = (most: number, records: number): number => Math.min(most, Math.max(1 << 10, records << 3));
