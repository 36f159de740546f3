/**
 * The translation of a PMT relay in words, for the short way: the stateless mapping of RFC 6732 figure 3, 2002:V4ADDR:SUBNET <-> PROVIDER-PREFIX:V4ADDR,
 * with the transport checksum mended (section 4.5, RFC 1624). The definition is six-to-four/pmt.ts.
 */
import { mask32, type Prefix4, type Prefix6 } from "../../wire/address.js";
import { put16, u16 } from "../../wire/bits.js";
import { update16 } from "../../wire/checksum.js";
import { inTable4, prefixTable } from "./addresses.js";

/** The provider's prefix of `length` bits (1 to 32) in the first word of an address, and its mask; the Subnet-ID that is translated; customers who are not. */
export interface ShortProvider { readonly length: number; readonly prefix0: number; readonly mask0: number; readonly subnet: number; readonly optOut: Int32Array }

const SIX_TO_FOUR = 0x20020000;

/** Undefined for a prefix behind which V4ADDR does not end within the high 64 bits, and for one that holds 6to4 addresses or is made of them. */
export function createShortProvider(prefix: Prefix6, subnet: number, optOut: readonly Prefix4[]): ShortProvider | undefined {
  const mask = mask32(prefix.length) | 0;
  if (prefix.length < 1 || prefix.length > 32 || ((prefix.address[0] ^ SIX_TO_FOUR) & mask & 0xffff0000) === 0) return undefined;
  return { length: prefix.length, prefix0: prefix.address[0] & mask, mask0: mask, subnet, optOut: prefixTable(optOut) };
}

const UDP = 17;
const SRC = 8;
const DST = 24;

export const coversWord = (p: ShortProvider, a0: number): boolean => ((a0 ^ p.prefix0) & p.mask0) === 0;
/** IPv4 address (int32) in an address of the provider. */
export const providerV4 = (p: ShortProvider, a0: number, a1: number): number => (p.length === 32 ? a1 : (a0 << p.length) | (a1 >>> (32 - p.length)));
/** Has this IPv4 address in an address of the provider a 6to4 address behind it? What a shorter prefix leaves behind V4ADDR is zero. */
export const isMappable = (p: ShortProvider, a1: number, v4: number): boolean => (p.length === 32 || a1 << p.length === 0) && !inTable4(p.optOut, v4);
/** Is the 6to4 address of `v4` with this second word translated? */
export const isTranslated = (p: ShortProvider, a1: number, v4: number): boolean => (a1 & 0xffff) === p.subnet && !inTable4(p.optOut, v4);

/** First two words of the 6to4 address of `v4`. */
export const siteWord0 = (v4: number): number => SIX_TO_FOUR | (v4 >>> 16);
export const siteWord1 = (p: ShortProvider, v4: number): number => (v4 << 16) | p.subnet;

/** TCP or UDP packets whose checksum is at hand: the ordinary functions know what to do with shorter ones. */
export const checksumField = (protocol: number): number => (protocol === UDP ? 46 : 56);

/** The source of the UDP or TCP packet at `at` becomes its provider address. */
export function sourceToProvider(b: Uint8Array, v: DataView, at: number, p: ShortProvider, v4: number, protocol: number): void {
  rewrite(b, v, at, at + SRC, p.length === 32 ? p.prefix0 : p.prefix0 | (v4 >>> p.length), p.length === 32 ? v4 : v4 << (32 - p.length), protocol);
}

/** The destination of the UDP or TCP packet at `at`, a provider address of `v4`, becomes its 6to4 address. */
export function destinationToSite(b: Uint8Array, v: DataView, at: number, p: ShortProvider, v4: number, protocol: number): void {
  rewrite(b, v, at, at + DST, siteWord0(v4), siteWord1(p, v4), protocol);
}

function rewrite(b: Uint8Array, v: DataView, at: number, address: number, w0: number, w1: number, protocol: number): void {
  const before = fold(half(v.getInt32(address)) + half(v.getInt32(address + 4)));
  v.setInt32(address, w0);
  v.setInt32(address + 4, w1);
  const c = at + checksumField(protocol);
  const old = u16(b, c);
  if (protocol === UDP && old === 0) return;
  const sealed = update16(old, before, fold(half(w0) + half(w1)));
  // RFC 8200 section 8.1: a UDP checksum of zero is written as all ones.
  put16(b, c, protocol === UDP && sealed === 0 ? 0xffff : sealed);
}

const half = (w: number): number => (w >>> 16) + (w & 0xffff);
const fold = (s: number): number => {
  const once = (s >>> 16) + (s & 0xffff);
  return (once >>> 16) + (once & 0xffff);
};
