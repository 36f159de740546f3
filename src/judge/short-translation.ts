/** The short way (short.ts) through a PMT relay: the mapping of RFC 6732 figure 3 itself, and the checksum of TCP or UDP right before and after it. */
import { viewOf, wordsOf } from "../wire/words.js";
import { type Figure3, isSixToFourWord } from "./six-to-four/domain.js";

const UDP = 17;

/** Of two packets of `n` bytes whose first two words agree, at `x` (a multiple of 4) and `y`: nothing differs but the customer's address and the checksum, as they must. */
export interface Translation {
  /** The customer is the sender. */
  outwards(x: number, y: number, n: number): boolean;
  /** The customer is the receiver. */
  inwards(x: number, y: number, n: number): boolean;
}

/** For little-endian machines (`canGlance`). */
export function createTranslation(b: Uint8Array, f: Figure3): Translation {
  const w = wordsOf(b);
  const v = viewOf(b);
  const halves = (x: number): number => (x & 0xffff) + (x >>> 16);

  const isSameAddress = (x: number, y: number): boolean =>
    w[x >> 2] === v.getInt32(y, true) && w[(x >> 2) + 1] === v.getInt32(y + 4, true) && w[(x >> 2) + 2] === v.getInt32(y + 8, true) && w[(x >> 2) + 3] === v.getInt32(y + 12, true);
  /** `isFigure3` of words; behind the four of an address come those of the other. */
  const isMapped = (s0: number, s1: number, s2: number, s3: number, p0: number, p1: number, p2: number, p3: number): boolean =>
    isSixToFourWord(s0) && s1 >>> 16 === f.subnet && p0 === f.prefix && p1 === ((s0 >>> 16) | (s1 << 16)) && p2 === s2 && p3 === s3;

  /**
   * Payload equal but for the checksum; the sum right before, and still (see `keepsChecksum` in pairing/translated.ts). Sums are made of halves of words as they
   * lie in memory (RFC 1071 section 2 B).
   */
  function keepsSum(x: number, y: number, n: number): boolean {
    const p = x >> 2;
    const next = b[x + 6];
    const at = next === UDP ? 46 : 56;
    const bytes = n - 40;
    const shift = (at & 2) << 3;
    let before = 0;
    let after = 0;
    for (let i = 2; i < 10; i++) {
      before += halves(w[p + i]);
      after += halves(v.getInt32(y + 4 * i, true));
    }
    let low = before + (next << 8) + ((bytes & 0xff) << 8) + (bytes >>> 8);
    let high = 0;
    const word = at >> 2;
    const end = n >> 2;
    for (let i = 10; i < end; i++) {
      const mine = w[p + i];
      const theirs = v.getInt32(y + 4 * i, true);
      if (mine !== theirs && (i !== word || ((mine ^ theirs) & ~(0xffff << shift)) !== 0)) return false;
      low += mine & 0xffff;
      high += mine >>> 16;
    }
    const left = n & 3;
    for (let k = n - left; k < n; k++) if (b[x + k] !== b[y + k]) return false;
    if (left > 0) low += w[p + end] & (left === 1 ? 0xff : 0xffff);
    if (left === 3) high += (w[p + end] >>> 16) & 0xff;
    const changed = ((v.getInt32(y + 4 * word, true) >>> shift) & 0xffff) - ((w[p + word] >>> shift) & 0xffff);
    return (after + changed - before) % 0xffff === 0 && (low + high) % 0xffff === 0;
  }

  return {
    outwards(x, y, n) {
      const p = x >> 2;
      if (isSixToFourWord(w[p + 6]) || !isSameAddress(x + 24, y + 24)) return false;
      return isMapped(w[p + 2], w[p + 3], w[p + 4], w[p + 5], v.getInt32(y + 8, true), v.getInt32(y + 12, true), v.getInt32(y + 16, true), v.getInt32(y + 20, true)) && keepsSum(x, y, n);
    },
    inwards(x, y, n) {
      const p = x >> 2;
      if (isSixToFourWord(w[p + 6]) || !isSameAddress(x + 8, y + 8)) return false;
      return isMapped(v.getInt32(y + 24, true), v.getInt32(y + 28, true), v.getInt32(y + 32, true), v.getInt32(y + 36, true), w[p + 6], w[p + 7], w[p + 8], w[p + 9]) && keepsSum(x, y, n);
    },
  };
}
