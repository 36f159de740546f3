/** Transport headers of the IPv4 packet: ports or query identifier, checksum, quoted packet of an ICMP error. */
import { u16, u32 } from "../../wire/bits.js";
import { finish, fold, pseudo4, sum } from "../../wire/checksum.js";
import { isIcmpError } from "../../wire/ipv4.js";
import * as F from "./facts.js";
import type { View } from "./view.js";

/** ICMPv4 types that carry an identifier: request types on the left of RFC 792 and RFC 950, their replies. */
export const isRequest = (type: number): boolean => type === 8 || type === 13 || type === 15 || type === 17;
export const isReply = (type: number): boolean => type === 0 || type === 14 || type === 16 || type === 18;

/** Checksum facts of a whole transport segment of `len` bytes at `l4`; `at` is its IPv4 header. */
function checksumFacts(b: Uint8Array, proto: number, l4: number, len: number, at: number): number {
  if (proto === F.P_ICMP) return finish(sum(b, l4, len)) === 0 ? F.F_SUM_GOOD : F.F_SUM_BAD;
  const field = l4 + (proto === F.P_TCP ? 16 : 6);
  const seen = u16(b, field);
  if (proto === F.P_UDP && seen === 0) return F.F_SUM_ZERO;
  // Without IPv4 options the addresses stand right before the segment.
  if (finish(l4 === at + 20 ? sum(b, at + 12, len + 8, len + proto) : sum(b, l4, len, pseudo4(b, at + 12, len, proto))) === 0) return F.F_SUM_GOOD;
  // A sender that leaves the sum to its network card writes the pseudo-header's sum without complement.
  return seen === fold(pseudo4(b, at + 12, len, proto)) ? F.F_SUM_PARTIAL : F.F_SUM_BAD;
}

/** Fills the ports (and the quoted packet) of `slot`; `whole` says that it is no fragment. Returns facts. */
export function transport(b: Uint8Array, v: View, slot: number, l4: number, at: number, whole: boolean): number {
  const proto = v.proto[slot];
  const len = v.l4Len[slot];
  const visible = v.l4Visible[slot];
  if (proto !== F.P_TCP && proto !== F.P_UDP && proto !== F.P_ICMP) {
    v.l4[slot] = 0;
    return F.F_PROTOCOL;
  }
  const least = proto === F.P_TCP ? 20 : 8;
  if (len < least || visible < least) {
    v.l4[slot] = 0;
    return len < least ? F.F_DOUBT : F.F_CUT;
  }
  let f = 0;
  const udp = proto === F.P_UDP ? u16(b, l4 + 4) : 0;
  if (whole && proto === F.P_UDP && (udp < 8 || udp > len)) f |= F.F_DOUBT;
  else if (whole && visible >= len) f |= checksumFacts(b, proto, l4, proto === F.P_UDP ? udp : len, at);
  if (proto !== F.P_ICMP) {
    v.sport[slot] = u16(b, l4);
    v.dport[slot] = u16(b, l4 + 2);
    if (proto === F.P_TCP && (b[l4 + 13] & 4) !== 0) f |= F.F_RST;
    return f;
  }
  const type = b[l4];
  if (isRequest(type)) {
    v.sport[slot] = u16(b, l4 + 4);
    return f | F.F_QUERY;
  }
  if (isReply(type)) {
    v.dport[slot] = u16(b, l4 + 4);
    return f | F.F_QUERY;
  }
  return isIcmpError(type) ? f | quoted(b, v, slot, l4 + 8, visible - 8) : f | F.F_PROTOCOL;
}

/** Reads the quoted IPv4 packet at `q` with `len` bytes at hand. Returns F_ERROR when its tuple is readable. */
export function quoted(b: Uint8Array, v: View, slot: number, q: number, len: number): number {
  if (len < 28 || b[q] >>> 4 !== 4) return 0;
  const hl = (b[q] & 15) << 2;
  if (hl < 20 || hl + 8 > len || (u16(b, q + 6) & 0x1fff) !== 0) return 0;
  const proto = b[q + 9];
  const l4 = q + hl;
  v.quote[slot] = q;
  v.quoteLen[slot] = Math.min(len, Math.max(u16(b, q + 2), hl + 8));
  v.qProto[slot] = proto;
  v.qSrc[slot] = u32(b, q + 12);
  v.qDst[slot] = u32(b, q + 16);
  v.qSport[slot] = v.qDport[slot] = 0;
  if (proto === F.P_TCP || proto === F.P_UDP) {
    v.qSport[slot] = u16(b, l4);
    v.qDport[slot] = u16(b, l4 + 2);
  } else if (proto === F.P_ICMP) {
    if (isRequest(b[l4])) v.qSport[slot] = u16(b, l4 + 4);
    else if (isReply(b[l4])) v.qDport[slot] = u16(b, l4 + 4);
  } else return 0;
  return F.F_ERROR | (finish(sum(b, q, hl)) === 0 ? 0 : F.F_QUOTE_BAD);
}
