/** The prefixes of a router advertisement (RFC 4861 sections 4.2 and 4.6.2) that lie in 2002::/16. */
import { u16, u32 } from "../../wire/bits.js";

const ROUTER_ADVERTISEMENT = 134;
const OPTIONS = 16;
const PREFIX_INFORMATION = 3;
const PREFIX_BYTES = 32;

export const PREFIX_NONE = 0;
/** Of one of the router's own addresses, and of somebody else's. */
export const PREFIX_OWN = 1;
export const PREFIX_OTHER = 2;

/** Is the IPv6 packet at `o` (`len` bytes) a router advertisement? */
export const isAdvertisement = (b: Uint8Array, o: number, len: number): boolean => b[o + 6] === 58 && len >= 40 + OPTIONS && b[o + 40] === ROUTER_ADVERTISEMENT;

/** PREFIX_* flags. A prefix whose valid lifetime is 0 is being withdrawn and does not count. */
export function sitePrefixes(b: Uint8Array, o: number, len: number, own: readonly number[]): number {
  const end = o + Math.min(len, 40 + u16(b, o + 4));
  let found = PREFIX_NONE;
  for (let at = o + 40 + OPTIONS; at + 8 <= end && b[at + 1] > 0; at += b[at + 1] << 3) {
    if (b[at] !== PREFIX_INFORMATION || at + PREFIX_BYTES > end || b[at + 2] < 48 || u32(b, at + 4) === 0 || u16(b, at + 16) !== 0x2002) continue;
    found |= own.includes(u32(b, at + 18)) ? PREFIX_OWN : PREFIX_OTHER;
  }
  return found;
}
