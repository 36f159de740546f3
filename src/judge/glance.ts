/** What one look at the words of a header tells (little-endian machines): most packets are ordinary, and the parser need not look closer. */
import { LITTLE_ENDIAN } from "../wire/words.js";

/** Next headers behind which nothing is looked for: neither extension headers nor ICMPv6. */
const PLAIN_NEXT = new Uint8Array(256).fill(1);
for (const next of [0, 43, 44, 51, 58, 60]) PLAIN_NEXT[next] = 0;

/** Can these words be read? Without a view of the memory (`wordsOf`) or on another machine every packet is parsed in full. */
export const canGlance = (w: Int32Array): boolean => LITTLE_ENDIAN && w.length > 0;

/** Both addresses of the IPv6 header at word `p` in 2000::/3, hop limit above 1, no extension header and no ICMPv6. */
export const isOrdinary6 = (w: Int32Array, p: number): boolean => (w[p + 2] & w[p + 6] & 0xe0) === 0x20 && ((w[p + 2] | w[p + 6]) & 0xe0) === 0x20 && w[p + 1] >>> 24 > 1 && PLAIN_NEXT[(w[p + 1] >>> 16) & 255] === 1;

/** An IPv4 header of 20 bytes with a right checksum at word `p`; one fold is enough for ten halves (RFC 1071 section 2 B: the order of bytes does not matter to the sum). */
export function isSound4(w: Int32Array, p: number): boolean {
  if ((w[p] & 0xff) !== 0x45) return false;
  let s = 0;
  for (let i = p; i < p + 5; i++) s += (w[i] & 0xffff) + (w[i] >>> 16);
  s = (s & 0xffff) + (s >>> 16);
  return s === 0xffff;
}
