/** Facts of packets that concern a 6to4 node. The bits are those of facts.ts, with the meaning they have where there is no 6rd domain. */
import { u16, u32 } from "../../wire/bits.js";
import { type Domain, isListedRelay, isMartian4, isOwnAddress } from "../domain.js";
import * as F from "../facts.js";
import { ANYCAST_RELAY, type SixToFourDomain, inProvider, isForbidden6, isMapped, isRefused, isSixToFour, isStranger, optedOut, sixToFourNextHop, v4addr } from "./domain.js";

/** It may be refused although the documents do not ask for it: only 192.88.99.1 is served (decisions D8), or the address may be a directed broadcast. */
export const F_BY_POLICY = F.F_SELF;

/** Masks are not configured: an address that would be the directed broadcast or the number of a subnet with one of the device's own addresses in it. */
function mayBeBroadcast(d: Domain, v4: number): boolean {
  for (let i = 0; i < d.addresses.length; i++) {
    const length = Math.clz32(d.addresses[i] ^ v4);
    if (length > 30 || length < 8) continue;
    const mask = 0xffffffff >>> length;
    if ((v4 & mask) >>> 0 === mask || (v4 & mask) === 0) return true;
  }
  return false;
}

const isZeroBehind48 = (b: Uint8Array, o: number): boolean => {
  for (let i = 6; i < 16; i++) if (b[o + i] !== 0) return false;
  return true;
};
const isOtherRelay = (d: Domain, v4: number): boolean => isListedRelay(d.tunnel, v4) && !isOwnAddress(d, v4);

/** An ISATAP address (interface identifier 0000:5efe or 0200:5efe and an IPv4 address, RFC 5214 section 6.1) of one of the device's own IPv4 addresses. */
export const isOwnIsatap = (d: Domain, b: Uint8Array, o: number): boolean => (u32(b, o + 8) & 0xfdffffff) === 0x5efe && isOwnAddress(d, u32(b, o + 12));
/** Is the outer source or the embedded destination of an input a known relay? */
export const isListed = (d: Domain, b: Uint8Array, outer: number, inner: number, tunnelled: boolean): boolean =>
  (tunnelled && isOtherRelay(d, u32(b, outer + 12))) || (isSixToFour(b, inner + 24) && isOtherRelay(d, v4addr(b, inner + 24)));

/** A tunnelled packet from `source` to `target` with the IPv6 packet at `inner`. */
export function sixToFourTunnelFacts(d: Domain, s: SixToFourDomain, b: Uint8Array, inner: number, source: number, target: number, outerTos: number): number {
  let f = 0;
  const bytes = 40 + u16(b, inner + 4);
  if (isRefused(s, source)) f |= F.F_OUTER_SRC;
  if (isMartian4(source) || isOwnAddress(d, source)) f |= F.F_MARTIAN;
  if (isOtherRelay(d, source)) f |= F.F_RELAY;
  if ((s.config.anycastOnly && target !== ANYCAST_RELAY) || mayBeBroadcast(d, source) || isStranger(s, source)) f |= F_BY_POLICY;
  if ((outerTos & 3) === 3 && (b[inner + 1] & 0x30) === 0) f |= F.F_ECN_DROP;
  if (bytes > 1480) f |= F.F_LARGE;

  const from = inner + 8;
  if (isForbidden6(b, from)) f |= F.F_SRC_LOCAL;
  if (isSixToFour(b, from)) {
    if (v4addr(b, from) !== source) f |= F.F_SRC_MISMATCH;
    // Behind a mismatch the embedded address may be refused as well.
    if (isRefused(s, v4addr(b, from))) f |= F.F_OUTER_SRC;
  } else if (!s.router) f |= F.F_SRC_FOREIGN;

  const to = inner + 24;
  if (isForbidden6(b, to)) f |= F.F_DST_LOCAL;
  if (isSixToFour(b, to)) {
    const v4 = v4addr(b, to);
    if (isOwnAddress(d, v4)) {
      if (!s.router) f |= isZeroBehind48(b, to) ? F.F_TO_ANYCAST : F.F_TO_OWN_PREFIX;
    } else {
      f |= F.F_HAIRPIN;
      if (isRefused(s, v4)) f |= F.F_BAD_CE;
      if (isOtherRelay(d, v4)) f |= F.F_RELAY;
      if (!s.router && !s.config.strict3964 && bytes > d.tunnel.tunnelMtu) f |= F.F_TOO_BIG;
    }
  } else if (s.router || inProvider(s, b, to)) f |= F.F_HAIRPIN;
  if (isOwnIsatap(d, b, to)) f |= F.F_RELAY;
  return f;
}

/** Does a native packet that the device received concern this node? A router tunnels whatever leaves its site. */
export function concernsNative(d: Domain, s: SixToFourDomain, b: Uint8Array, o: number, fromCore: boolean): boolean {
  const to = o + 24;
  if (!s.router) return isSixToFour(b, to) || inProvider(s, b, to);
  return fromCore && !isForbidden6(b, to) && !(isSixToFour(b, to) && isOwnAddress(d, v4addr(b, to)));
}

/** A native packet (IPv6 header at `o`, `bytes` long by its header) that `concernsNative` chose. */
export function sixToFourNativeFacts(d: Domain, s: SixToFourDomain, b: Uint8Array, o: number, bytes: number): number {
  let f = 0;
  const from = o + 8;
  const to = o + 24;
  const v4 = sixToFourNextHop(s, b, to);
  const open = (inProvider(s, b, to) && (!isMapped(s, b, to) || (!s.stateful && optedOut(s, v4)))) || mayBeBroadcast(d, v4) || isStranger(s, v4);
  // Whose a /64 of a stateful mapping is, and whether it is anybody's at all, the packet does not say.
  if (s.stateful && inProvider(s, b, to)) f |= F.F_TO_CE | F_BY_POLICY;
  else if (isOwnAddress(d, v4)) f |= isSixToFour(b, to) && isZeroBehind48(b, to) ? F.F_TO_ANYCAST : F.F_TO_OWN_PREFIX;
  else {
    f |= F.F_TO_CE;
    if (isRefused(s, v4) || isMartian4(v4)) f |= F.F_BAD_CE;
    if (!s.router && isOtherRelay(d, v4)) f |= F.F_RELAY;
    // What nobody need forward may vanish before its size matters.
    if (bytes > d.tunnel.tunnelMtu && !open) f |= F.F_TOO_BIG;
  }
  if (open) f |= F_BY_POLICY;
  if (isForbidden6(b, from)) f |= F.F_SRC_LOCAL;
  if (isOwnIsatap(d, b, from)) f |= F.F_RELAY;
  if (isSixToFour(b, from)) {
    if (!s.router || !isOwnAddress(d, v4addr(b, from))) f |= F.F_SRC_6RD;
  } else if (s.router && !isSixToFour(b, to)) f |= F.F_SRC_FOREIGN;
  if (d.tunnel.filterNativeSource && inProvider(s, b, from)) f |= F.F_SRC_6RD;
  return f;
}

/** Does a native packet that the device sent belong to this node? */
export const ownsNativeOutput = (d: Domain, s: SixToFourDomain, b: Uint8Array, o: number): boolean =>
  s.router ? isSixToFour(b, o + 24) && isOwnAddress(d, v4addr(b, o + 24)) : isSixToFour(b, o + 8) || inProvider(s, b, o + 8);
