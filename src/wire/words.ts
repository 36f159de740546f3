/** The bytes of a memory as 32-bit words in the machine's order: good for equality, hashing and ones' complement sums, four bytes a step. */

let bytes: Uint8Array = new Uint8Array(0);
let words: Int32Array = new Int32Array(0);

/** Little-endian machine: `swap16` turns sums of words into sums of network order. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A value in network order as it lies in a word of a little-endian machine, and back (int32). */
export const swap32 = (v: number): number => (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);

/** Words of `b`: word i holds the bytes 4i to 4i + 3. Empty when `b` does not begin at a multiple of four in its buffer. The view of the last memory is kept. */
export function wordsOf(b: Uint8Array): Int32Array {
  if (b !== bytes) {
    bytes = b;
    words = (b.byteOffset & 3) === 0 ? new Int32Array(b.buffer, b.byteOffset, b.byteLength >> 2) : new Int32Array(0);
  }
  return words;
}

let viewed: Uint8Array = new Uint8Array(0);
let view = new DataView(viewed.buffer);

/** A view of all of `b`, for words at any offset. The view of the last memory is kept. */
export function viewOf(b: Uint8Array): DataView {
  if (viewed !== b) {
    viewed = b;
    view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  }
  return view;
}

/** Four bytes of `b` in the order of a little-endian machine, wherever they lie: good for equality and hashing. */
export const littleWord = (b: Uint8Array, o: number): number => viewOf(b).getInt32(o, true);

/** Longer packets are copied by copyWithin. */
const WORD_COPY_BYTES = 512;

/**
 * Copies a packet of `len` bytes within a memory. Packets of ordinary size go by words, which is cheaper than the call of copyWithin: `to` is a multiple of 4, and
 * up to three bytes behind the copy are overwritten. The two must not overlap.
 */
export function copyPacket(b: Uint8Array, to: number, from: number, len: number): void {
  const w = wordsOf(b);
  if (len > WORD_COPY_BYTES || from + len + 4 > b.length || w.length === 0) {
    b.copyWithin(to, from, from + len);
    return;
  }
  const end = (to + len + 3) >> 2;
  if ((from & 3) === 0) {
    for (let i = to >> 2, k = from >> 2; i < end; i++, k++) w[i] = w[k];
    return;
  }
  const v = viewOf(b);
  for (let i = to >> 2, k = from; i < end; i++, k += 4) w[i] = v.getInt32(k, LITTLE_ENDIAN);
}

/** Offset, relative to `x` and `y`, of the first byte in [from, to) that differs; -1 when none does. */
export function firstDifferentByte(b: Uint8Array, x: number, y: number, from: number, to: number): number {
  let i = from;
  if (((x ^ y) & 3) === 0) {
    const w = wordsOf(b);
    for (; i < to && ((x + i) & 3) !== 0; i++) if (b[x + i] !== b[y + i]) return i;
    if (w.length > 0) for (let p = (x + i) >> 2, q = (y + i) >> 2; i + 4 <= to && w[p] === w[q]; i += 4, p++, q++);
  }
  for (; i < to; i++) if (b[x + i] !== b[y + i]) return i;
  return -1;
}
