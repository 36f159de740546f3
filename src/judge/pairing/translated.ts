/** An ordinary packet through a PMT relay, as the mapping of RFC 6732 figure 3 has it: for the aspects of a pair (aspects.ts). */
import { u16, u32 } from "../../wire/bits.js";
import { fold, pseudo6, sum } from "../../wire/checksum.js";
import { type SixToFourDomain, isMapped, isSixToFour } from "../six-to-four/domain.js";
import { isProviderForm, isSixToFourForm, isTranslatable } from "./pmt.js";

/**
 * Was the customer's address one that RFC 6732 section 3.3 translates, and has it become what figure 3 makes of it? `x` and `y` are the IPv6 headers before and
 * after, `inbound` says that the customer is the receiver. Only for the mapping of figure 3 itself: not stateful, identifier unchanged.
 */
export function isTranslatedPair(d: SixToFourDomain, b: Uint8Array, x: number, y: number, inbound: boolean): boolean {
  if (d.stateful || d.neutral) return false;
  if (inbound) return !isSixToFour(b, x + 24) && isMapped(d, b, x + 24) && isSixToFourForm(d, b, x + 24, y + 24);
  return isTranslatable(d, b, x + 8) && !isSixToFour(b, x + 24) && !isSixToFour(b, y + 8) && isProviderForm(d, b, x + 8, y + 8);
}

/**
 * UDP or TCP right behind the IPv6 headers at `x` and `y` of two whole packets that are equal but for addresses, hop limit, traffic class and checksum: was the
 * checksum right, and is it still? What the addresses add to the sum the checksum must have lost, so the second packet is not summed up again.
 */
export function keepsChecksum(b: Uint8Array, x: number, xLen: number, y: number, yLen: number): boolean {
  const next = b[x + 6];
  const at = next === 17 ? 46 : next === 6 ? 56 : 0;
  const bytes = u16(b, x + 4);
  if (at === 0 || 40 + bytes < at + 2 || xLen < 40 + bytes || yLen < 40 + bytes || u16(b, y + 4) !== bytes || b[y + 6] !== next) return false;
  const before = half(u32(b, x + 8)) + half(u32(b, x + 12)) + half(u32(b, x + 16)) + half(u32(b, x + 20)) + half(u32(b, x + 24)) + half(u32(b, x + 28)) + half(u32(b, x + 32)) + half(u32(b, x + 36));
  const after = half(u32(b, y + 8)) + half(u32(b, y + 12)) + half(u32(b, y + 16)) + half(u32(b, y + 20)) + half(u32(b, y + 24)) + half(u32(b, y + 28)) + half(u32(b, y + 32)) + half(u32(b, y + 36));
  if ((after + u16(b, y + at) - before - u16(b, x + at)) % 0xffff !== 0) return false;
  return fold(sum(b, x + 40, bytes, pseudo6(b, x + 8, bytes, next))) === 0xffff;
}

/** The two halves of a word, added up. */
const half = (w: number): number => (w >>> 16) + (w & 0xffff);
