/**
 * Pairing through a PMT relay (RFC 6732): the address of the customer and the transport checksum change, so the key covers the other address and the
 * first payload bytes without the checksum. What the mapping makes of the customer's address (figure 3) decides between exact and altered.
 */
import { bits, u16, u32 } from "../../wire/bits.js";
import { sum } from "../../wire/checksum.js";
import { NH_ICMPV6, createUpper, walk } from "../../wire/ipv6.js";
import { mayBeSegment } from "./segments.js";
import { wordsOf } from "../../wire/words.js";
import { type SixToFourDomain, isFigure3, isMapped, isSixToFour, isSixToFourWord, optedOut, providerV4, v4addr } from "../six-to-four/domain.js";

/** Customer to Internet: source mapped; Internet to customer: destination mapped. */
export const OUTBOUND = 1;
export const INBOUND = 2;
export type PmtFlow = typeof OUTBOUND | typeof INBOUND;

const KEYED_PAYLOAD = 20;
/** An ICMPv6 error: its own header and the first eight bytes of the quoted one, in which no address lies. */
const KEYED_ERROR = 16;

/** Offset of the transport checksum within its header, -1 where there is none. */
export const checksumOffset = (protocol: number): number => (protocol === 6 ? 16 : protocol === 17 || protocol === 136 || protocol === 33 ? 6 : protocol === NH_ICMPV6 ? 2 : -1);

/** Does RFC 6732 section 3.3 translate a source of this form? Only the configured Subnet-ID, unless a stateful mapping is declared. */
export const isTranslatable = (d: SixToFourDomain, b: Uint8Array, o: number): boolean => isSixToFour(b, o) && (d.stateful || u16(b, o + 6) === d.subnet) && !optedOut(d, v4addr(b, o));

/** The word of the identifier that RFC 6296 section 3.5 adjusts, as an offset from the address at `o`: the first that is not 0xffff; 16 when there is none. */
export function adjustedWord(b: Uint8Array, o: number): number {
  for (let i = 8; i < 16; i += 2) if (u16(b, o + i) !== 0xffff) return i;
  return 16;
}
/** Have the addresses at `x` and `y` one sum in ones' complement? */
export const haveOneSum = (b: Uint8Array, x: number, y: number): boolean => (sum(b, x, 16) - sum(b, y, 16)) % 0xffff === 0;
function isNeutralIdentifier(b: Uint8Array, x: number, y: number): boolean {
  const at = adjustedWord(b, x);
  for (let i = 8; i < 16; i += 2) if (i !== at && u16(b, x + i) !== u16(b, y + i)) return false;
  return at < 16 && u16(b, y + at) !== 0xffff && haveOneSum(b, x, y);
}

/** Is the address at `y` what figure 3, or the mapping that is declared instead, makes of the 6to4 address at `x`? */
export function isProviderForm(d: SixToFourDomain, b: Uint8Array, x: number, y: number): boolean {
  if (!isMapped(d, b, y) || (!d.stateful && providerV4(d, b, y) !== v4addr(b, x))) return false;
  return d.neutral ? isNeutralIdentifier(b, x, y) : u32(b, x + 8) === u32(b, y + 8) && u32(b, x + 12) === u32(b, y + 12);
}
/** The same for the way back: `x` is the provider address, `y` the 6to4 one. */
export const isSixToFourForm = (d: SixToFourDomain, b: Uint8Array, x: number, y: number): boolean => isTranslatable(d, b, y) && isProviderForm(d, b, y, x);
export const isSameAddress = (b: Uint8Array, x: number, y: number): boolean =>
  u32(b, x) === u32(b, y) && u32(b, x + 4) === u32(b, y + 4) && u32(b, x + 8) === u32(b, y + 8) && u32(b, x + 12) === u32(b, y + 12);

/** Is the customer's address in the output (IPv6 header at `y`) the one expected for the input (header at `x`)? */
export function isExpected(d: SixToFourDomain, b: Uint8Array, x: number, y: number, flow: PmtFlow): boolean {
  if (flow === OUTBOUND) return isTranslatable(d, b, x + 8) && !isSixToFour(b, x + 24) ? isProviderForm(d, b, x + 8, y + 8) : isSameAddress(b, x + 8, y + 8);
  return isMapped(d, b, x + 24) ? isSixToFourForm(d, b, x + 24, y + 24) : isSameAddress(b, x + 24, y + 24);
}

/** Does the output carry the input's V4ADDR and identifier by figure 3, whatever the Subnet-ID? */
export const isClose = (d: SixToFourDomain, b: Uint8Array, x: number, y: number, flow: PmtFlow): boolean =>
  flow === OUTBOUND ? isSixToFour(b, x + 8) && isProviderForm(d, b, x + 8, y + 8) : isSixToFour(b, y + 24) && isProviderForm(d, b, y + 24, x + 24);

export interface PmtKeys {
  key(o: number, len: number, flow: PmtFlow): number;
  /** As `sameInner`: 0 other packets, 1 equal but for what the translation changes, 2 altered. `quoted`: the copy may also be the untranslated packet. */
  same(d: SixToFourDomain, x: number, xLen: number, y: number, yLen: number, flow: PmtFlow, quoted: boolean): 0 | 1 | 2;
}

export function createPmtKeys(b: Uint8Array, seed: number): PmtKeys {
  const upper = createUpper();
  const w = wordsOf(b);
  const mix = (h: number, w: number): number => (Math.imul((h << 13) | (h >>> 19), 5) + Math.imul(w | 0, 0x2c1b3c6d)) | 0;
  let checksumAt = 0;
  let keyed = 0;
  let isError = false;
  let isLater = false;

  /**
   * Sets `checksumAt` (offset from the IPv6 header, 0 = none), `keyed` (end of the keyed bytes), `isError` and `isLater`: a fragment without a checksum, where a relay
   * that corrects one all the same changes the payload (`checksumAt` is there).
   */
  function measure(o: number, len: number): void {
    checksumAt = 0;
    isError = false;
    isLater = false;
    keyed = Math.min(len, 40 + KEYED_PAYLOAD);
    // UDP and TCP right behind the header: most packets.
    if (b[o + 6] === 17 || b[o + 6] === 6) {
      const at = b[o + 6] === 17 ? 46 : 56;
      if (Math.min(len, 40 + u16(b, o + 4)) >= at + 2) checksumAt = at;
      return;
    }
    walk(b, o, len, upper);
    if (!upper.whole) return;
    isLater = upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0;
    const field = checksumOffset(upper.protocol);
    if (field >= 0 && upper.len >= field + 2) checksumAt = upper.off - o + field;
    if (!isLater && upper.protocol === NH_ICMPV6 && upper.len > 8 && b[upper.off] < 128) {
      isError = true;
      keyed = Math.min(len, upper.off - o + KEYED_ERROR);
    }
  }

  /** Do the packets differ between offsets `from` and `to`, the checksum aside? They begin at multiples of 4, and so do their checksums at even offsets. */
  function differs(x: number, y: number, from: number, to: number): boolean {
    const half = checksumAt >= from && checksumAt < to ? checksumAt & ~3 : -1;
    let i = from;
    for (; (i & 3) !== 0 && i < to; i++) if (differsAt(x, y, i)) return true;
    for (; i + 4 <= to; i += 4) {
      if (w[(x + i) >> 2] === w[(y + i) >> 2]) continue;
      if (i !== half) return true;
      for (let k = i; k < i + 4; k++) if (differsAt(x, y, k)) return true;
    }
    for (; i < to; i++) if (differsAt(x, y, i)) return true;
    return false;
  }
  const differsAt = (x: number, y: number, i: number): boolean => b[x + i] !== b[y + i] && (checksumAt === 0 || i - checksumAt >>> 0 > 1);

  /** `isExpected`; the mapping of figure 3 itself is told by its words. */
  function isAsExpected(d: SixToFourDomain, x: number, y: number, flow: PmtFlow): boolean {
    const f = d.figure3;
    const p = x >> 2;
    const q = y >> 2;
    if (f !== undefined && (flow === OUTBOUND ? !isSixToFourWord(w[p + 6]) && isFigure3(f, w, p + 2, q + 2) : isFigure3(f, w, q + 6, p + 6))) return true;
    return isExpected(d, b, x, y, flow);
  }

  return {
    key(o, len, flow) {
      measure(o, len);
      let h = mix(seed ^ (flow === OUTBOUND ? 0x706d7431 : 0x706d7432), b[o + 6]);
      // Packets begin at multiples of 4, as for innerKey.
      const at = o >> 2;
      const fixed = at + (flow === OUTBOUND ? 6 : 2);
      for (let i = fixed; i < fixed + 4; i++) h = mix(h, w[i]);
      const words = keyed & ~3;
      // The checksum begins at an even offset, so it is half a word.
      const half = checksumAt & ~3;
      for (let i = 40; i < words; i += 4) h = mix(h, i !== half ? w[at + (i >> 2)] : u16(b, o + (checksumAt === half ? i + 2 : i)));
      for (let i = words; i < keyed; i++) if (i !== checksumAt && i !== checksumAt + 1) h = mix(h, b[o + i]);
      return h ^ (h >>> 16);
    },
    same(d, x, xLen, y, yLen, flow, quoted) {
      const p = (x >> 2) + (flow === OUTBOUND ? 6 : 2);
      const q = (y >> 2) + (flow === OUTBOUND ? 6 : 2);
      if (w[p] !== w[q] || w[p + 1] !== w[q + 1] || w[p + 2] !== w[q + 2] || w[p + 3] !== w[q + 3] || b[x + 6] !== b[y + 6]) return 0;
      const n = Math.min(xLen, yLen);
      measure(x, n);
      if (differs(x, y, 40, keyed)) return 0;
      const mapped = flow === OUTBOUND ? 8 : 24;
      if (!isAsExpected(d, x, y, flow) && !(quoted && isSameAddress(b, x + mapped, y + mapped))) return 2;
      if (((u32(b, x) ^ u32(b, y)) & 0xfffff) !== 0 || bits(b, x, 32, 16) !== bits(b, y, 32, 16)) return mayBeSegment(b, x, xLen, y, yLen) ? 0 : 2;
      // The packet that an error quotes may be translated or not (RFC 6732 is silent), so its bytes are free.
      if (isError) return 1;
      return differs(x, y, keyed, n) || (isLater && checksumAt > 0 && u16(b, x + checksumAt) !== u16(b, y + checksumAt)) ? 2 : 1;
    },
  };
}
