/** An ordinary packet through a PMT relay, as the mapping of RFC 6732 figure 3 has it: for the aspects of a pair (aspects.ts). */
import { u16 } from "../../wire/bits.js";
import { LITTLE_ENDIAN, wordsOf } from "../../wire/words.js";
import { type SixToFourDomain, isFigure3, isMapped, isSixToFour, isSixToFourWord } from "../six-to-four/domain.js";
import { isProviderForm, isSixToFourForm, isTranslatable } from "./pmt.js";

/**
 * Was the customer's address one that RFC 6732 section 3.3 translates, and has it become what figure 3 makes of it? `x` and `y` are the IPv6 headers before and
 * after, `inbound` says that the customer is the receiver. Only for the mapping of figure 3 itself: not stateful, identifier unchanged.
 */
export function isTranslatedPair(d: SixToFourDomain, b: Uint8Array, x: number, y: number, inbound: boolean): boolean {
  if (d.stateful || d.neutral) return false;
  const f = d.figure3;
  const w = wordsOf(b);
  if (f !== undefined && w.length > 0) {
    const p = x >> 2;
    const q = y >> 2;
    if (isSixToFourWord(w[p + 6])) return false;
    return inbound ? isFigure3(f, w, q + 6, p + 6) : !isSixToFourWord(w[q + 2]) && isFigure3(f, w, p + 2, q + 2);
  }
  if (inbound) return !isSixToFour(b, x + 24) && isMapped(d, b, x + 24) && isSixToFourForm(d, b, x + 24, y + 24);
  return isTranslatable(d, b, x + 8) && !isSixToFour(b, x + 24) && !isSixToFour(b, y + 8) && isProviderForm(d, b, x + 8, y + 8);
}

/**
 * UDP or TCP right behind the IPv6 headers at `x` and `y` (multiples of 4) of two whole packets that are equal but for addresses, hop limit, traffic class and
 * checksum: was the checksum right, and is it still? What the addresses add to the sum the checksum must have lost, so the second packet is not summed up again.
 * Sums are made of the halves of words as they lie in memory, which swaps their bytes and tells the same (RFC 1071 section 2 B); false where they cannot be.
 */
export function keepsChecksum(b: Uint8Array, x: number, xLen: number, y: number, yLen: number): boolean {
  const w = wordsOf(b);
  const next = b[x + 6];
  const at = next === 17 ? 46 : next === 6 ? 56 : 0;
  const bytes = u16(b, x + 4);
  if (at === 0 || 40 + bytes < at + 2 || xLen < 40 + bytes || yLen < 40 + bytes || u16(b, y + 4) !== bytes || b[y + 6] !== next || !LITTLE_ENDIAN || w.length === 0) return false;
  const p = x >> 2;
  const q = y >> 2;
  let before = 0;
  let after = 0;
  for (let i = 2; i < 10; i++) {
    before += (w[p + i] & 0xffff) + (w[p + i] >>> 16);
    after += (w[q + i] & 0xffff) + (w[q + i] >>> 16);
  }
  const shift = (at & 2) << 3;
  if ((after + ((w[q + (at >> 2)] >>> shift) & 0xffff) - before - ((w[p + (at >> 2)] >>> shift) & 0xffff)) % 0xffff !== 0) return false;
  let low = before + (next << 8) + ((bytes & 0xff) << 8) + (bytes >>> 8);
  let high = 0;
  const end = p + 10 + (bytes >> 2);
  for (let i = p + 10; i < end; i++) {
    low += w[i] & 0xffff;
    high += w[i] >>> 16;
  }
  const left = bytes & 3;
  if (left > 0) low += w[end] & (left === 1 ? 0xff : 0xffff);
  if (left === 3) high += (w[end] >>> 16) & 0xff;
  return (low + high) % 0xffff === 0;
}
