/** What on a link is IP and yet no traffic through the device: the link's own housekeeping. */
import { u16, u32 } from "../wire/bits.js";
import * as ipv6 from "../wire/ipv6.js";

const ICMPV6_TYPE_MLD_FIRST = 130;
const ICMPV6_TYPE_MLD_LAST = 132;
const ICMPV6_TYPE_ND_FIRST = 133;
const ICMPV6_TYPE_ND_LAST = 137;
const ICMPV6_TYPE_MLDV2_REPORT = 143;

/**
 * Is the IP packet at `o` with `len` bytes Neighbor Discovery (RFC 4861: ICMPv6 133-137, hop limit 255, so never forwarded) or
 * multicast listener discovery (RFC 3810 section 5: sent from a link-local address or ::, with hop limit 1)? It then never crosses the device.
 */
export function isLinkHousekeeping(b: Uint8Array, o: number, len: number): boolean {
  if (len < ipv6.HEADER_BYTES + 1 || b[o] >>> 4 !== 6) return false;
  let next = b[o + ipv6.NEXT_HEADER];
  let at = o + ipv6.HEADER_BYTES;
  if (next === ipv6.NH_HOP_BY_HOP) {
    if (len < ipv6.HEADER_BYTES + 2) return false;
    next = b[at];
    at += (b[at + 1] + 1) << 3;
  }
  if (next !== ipv6.NH_ICMPV6 || at >= o + len) return false;
  const type = b[at];
  const hops = b[o + ipv6.HOP_LIMIT];
  if (type >= ICMPV6_TYPE_ND_FIRST && type <= ICMPV6_TYPE_ND_LAST) return hops === 255;
  if ((type < ICMPV6_TYPE_MLD_FIRST || type > ICMPV6_TYPE_MLD_LAST) && type !== ICMPV6_TYPE_MLDV2_REPORT) return false;
  const linkLocal = (u16(b, o + ipv6.SRC) & 0xffc0) === 0xfe80;
  const unspecified = u32(b, o + 8) === 0 && u32(b, o + 12) === 0 && u32(b, o + 16) === 0 && u32(b, o + 20) === 0;
  return hops === 1 && (linkLocal || unspecified);
}
