/** Copies packets within the memory. */
import { wordsOf } from "../wire/words.js";

/** Longer packets are copied by copyWithin. */
const WORD_COPY_BYTES = 512;

/** Packets of ordinary size are copied by words: cheaper than the call of copyWithin. `to` is a multiple of 8, and there is room up to the next. */
export function createCopy(b: Uint8Array): (to: number, from: number, len: number) => void {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const words = wordsOf(b);
  return (to, from, len) => {
    if (len > WORD_COPY_BYTES || from + len + 4 > b.length) {
      b.copyWithin(to, from, from + len);
      return;
    }
    const end = (to + len + 3) >> 2;
    for (let i = to >> 2, k = from; i < end; i++, k += 4) words[i] = view.getInt32(k, true);
  };
}
