/** One look at the words of a softwire packet that came in: most are ordinary in every respect, and parse.ts need not look closer. Little-endian machines only (../glance.ts). */
import type { Ipv6 } from "../../wire/address.js";
import { mask32 } from "../../wire/address.js";
import { finish, sum } from "../../wire/checksum.js";
import { swap32 } from "../../wire/words.js";
import { isSound4 } from "../glance.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import * as F from "./facts.js";
import type { View } from "./view.js";

const NH_IPV4 = 4;
const TCP_RST = 4;
/** The two bytes of an upper half in the order that the numbers of a header have. */
const swap16 = (half: number): number => ((half & 0xff) << 8) | (half >>> 8);
/** Byte 0 to 3 of each of the four words of an address, as words of memory. */
const wordsOfAddress = (a: Ipv6): Int32Array => Int32Array.from(a, (x) => swap32(x));

/** Words of an address prefix and of its mask. */
interface Prefix { readonly address: Int32Array; readonly mask: Int32Array }
const isAt = (w: Int32Array, p: number, a: Int32Array): boolean => w[p + 3] === a[3] && w[p + 2] === a[2] && w[p + 1] === a[1] && w[p] === a[0];
const isIn = (w: Int32Array, p: number, { address, mask }: Prefix): boolean =>
  ((w[p] ^ address[0]) & mask[0]) === 0 && ((w[p + 1] ^ address[1]) & mask[1]) === 0 && ((w[p + 2] ^ address[2]) & mask[2]) === 0 && ((w[p + 3] ^ address[3]) & mask[3]) === 0;

/**
 * Fills what parse.ts fills for the record in `slot` (whose `facts` are what is known before) when it is a whole IPv6 packet with an IPv4 packet of UDP or TCP right behind the
 * header, from a B4 to an AFTR, with right checksums, and its only fact is F_SUM_GOOD. Otherwise false, and nothing is filled. `own4`: the device's own IPv4 addresses.
 */
export function createSoftGlance(b: Uint8Array, w: Int32Array, r: Records, v: View, aftrs: readonly Aftr[], own4: readonly number[]): (slot: number) => boolean {
  const addresses = aftrs.map((a) => wordsOfAddress(a.cfg.address));
  const prefixes = aftrs.map((a) => a.cfg.b4Prefixes.map((p): Prefix => ({ address: wordsOfAddress(p.address), mask: wordsOfAddress([0, 1, 2, 3].map((k) => mask32(p.length - 32 * k)) as unknown as Ipv6) })));

  function isB4(p: number, aftr: number): boolean {
    // Neither multicast, nor unspecified or loopback, nor the AFTR itself.
    if ((w[p] & 0xff) === 0xff || (w[p] | w[p + 1] | w[p + 2]) === 0 || isAt(w, p, addresses[aftr])) return false;
    const list = prefixes[aftr];
    for (let i = 0; i < list.length; i++) if (isIn(w, p, list[i])) return true;
    return false;
  }
  /** A destination that is neither external, nor the device itself, nor outside of 1/8 to 223/8 without 127/8. */
  function isElsewhere(dst: number, aftr: Aftr): boolean {
    if (dst >>> 28 >= 14 || dst >>> 24 === 127 || dst >>> 24 === 0 || dst === aftr.cfg.wellKnownV4 || aftr.inPool(dst)) return false;
    for (let i = 0; i < own4.length; i++) if (own4[i] === dst) return false;
    return true;
  }
  return (slot) => {
    const o = r.off[slot];
    const len = r.len[slot];
    const p = o >> 2;
    if ((o & 3) !== 0 || len < 68 || r.wireLen[slot] !== len || r.facts[slot] !== 0) return false;
    const total = swap16(w[p + 1] & 0xffff);
    if ((w[p] & 0xf0) !== 0x60 || ((w[p + 1] >>> 16) & 0xff) !== NH_IPV4 || total + 40 !== len) return false;
    let at = 0;
    while (at < addresses.length && !isAt(w, p + 6, addresses[at])) at++;
    if (at === addresses.length || !isB4(p + 2, at)) return false;
    const q = p + 10;
    const proto = (w[q + 2] >>> 8) & 0xff;
    if (swap16(w[q] >>> 16) !== total || ((w[q + 1] >>> 16) & 0xff3f) !== 0 || (w[q + 2] & 0xff) <= 1 || !isSound4(w, q)) return false;
    const size = total - 20;
    if (proto === F.P_UDP ? swap16(w[q + 6] & 0xffff) !== size || w[q + 6] >>> 16 === 0 : proto !== F.P_TCP || size < 20 || (b[o + 73] & TCP_RST) !== 0) return false;
    const tos = ((w[p] & 15) << 4) | ((w[p] >>> 12) & 15);
    const aftr = aftrs[at];
    const src = swap32(w[q + 3]) >>> 0;
    const dst = swap32(w[q + 4]) >>> 0;
    if ((tos & 3) === 3 && (w[q] & 0x300) === 0) return false;
    if (total > aftr.tunnelMtu || aftr.inPool(src) || !aftr.allowed(src) || !isElsewhere(dst, aftr)) return false;
    // Addresses and segment: the rest of the pseudo-header is length and protocol.
    if (finish(sum(b, o + 52, size + 8, size + proto)) !== 0) return false;
    r.kind[slot] = F.D_SOFT;
    r.domain[slot] = at;
    r.tos[slot] = tos;
    r.inner[slot] = o + 40;
    r.innerLen[slot] = total;
    r.facts[slot] = F.F_SUM_GOOD;
    v.proto[slot] = proto;
    v.src[slot] = src;
    v.dst[slot] = dst;
    v.sport[slot] = swap16(w[q + 5] & 0xffff);
    v.dport[slot] = swap16(w[q + 5] >>> 16);
    v.l4[slot] = o + 60;
    v.l4Len[slot] = v.l4Visible[slot] = size;
    return true;
  };
}
