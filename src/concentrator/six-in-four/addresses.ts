/** Address checks that all IPv6-in-IPv4 concentrators share. IPv4 addresses are int32 here (see tunnel.ts). */
import { mask32, type Prefix4 } from "../../wire/address.js";

export const word = (b: Uint8Array, o: number): number => (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];

/** No host has it: 0/8, 127/8, 224/4 and 240/4 with the limited broadcast (RFC 1812 section 5.3.7, RFC 6890). */
export function isMartian4(v: number): boolean {
  const high = v >>> 24;
  return high === 0 || high === 127 || high >= 224;
}

/** Prefixes as flat pairs (address, mask), so that a check allocates nothing. */
export function prefixTable(prefixes: readonly Prefix4[]): Int32Array {
  const t = new Int32Array(prefixes.length * 2);
  prefixes.forEach((p, i) => {
    t[2 * i] = p.address;
    t[2 * i + 1] = mask32(p.length);
  });
  return t;
}

export function inTable4(t: Int32Array, v: number): boolean {
  for (let i = 0; i < t.length; i += 2) if (((v ^ t[i]) & t[i + 1]) === 0) return true;
  return false;
}

export const GOOD = 0;
export const BAD = 1;
export const LINK_LOCAL = 2;

/**
 * May the IPv6 address at `o` be the source of a packet that is forwarded? Not multicast, `::`, `::1`, IPv4-compatible or
 * IPv4-mapped (RFC 4213 section 3.6), nor link-local (RFC 4291 section 2.5.6).
 */
export function source6(b: Uint8Array, o: number): number {
  if (b[o] === 0xff) return BAD;
  if (b[o] === 0xfe && (b[o + 1] & 0xc0) === 0x80) return LINK_LOCAL;
  if (b[o] !== 0) return GOOD;
  if (word(b, o) !== 0 || word(b, o + 4) !== 0) return GOOD;
  const third = word(b, o + 8);
  return third === 0 || third === 0xffff ? BAD : GOOD;
}
/** The same for a destination: the same addresses are never forwarded to. */
export const destination6 = source6;
