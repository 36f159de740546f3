/**
 * Which way a packet went through the device, by its addresses alone: for captures without MAC addresses (raw IP, cooked, loopback), and for the votes on MAC
 * addresses. The first of these that tells: the device's own addresses; the quotation of an ICMP error, which goes the other way; on the core side customer
 * space (6rd and provider prefixes, 2002::/16, NAT pool, a 6to4 router's site); on the access side the B4s' prefixes and the packet in the tunnel.
 */
import type { FrameDirection } from "../../capture/direction.js";
import { type LinkPlace, TYPE_IPV4 } from "../../capture/link.js";
import { ACCESS, type Config, type Side } from "../../config/types.js";
import { inPrefix4, inPrefix6At, isIpv6At, type Ipv6, type Prefix4, type Prefix6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";

/** Nothing tells. */
export const UNTOLD = 2;
export type Way = FrameDirection | typeof UNTOLD;
const RECEIVED: Way = 0;
const SENT: Way = 1;

const SIX_TO_FOUR: Prefix6 = { address: [0x20020000, 0, 0, 0], length: 16 };
/** RFC 1918, RFC 6598, RFC 6333 section 5.7: inner addresses of customers, where no pool address decides. */
const PRIVATE: readonly Prefix4[] = [{ address: 0x0a000000, length: 8 }, { address: 0xac100000, length: 12 }, { address: 0xc0a80000, length: 16 }, { address: 0x64400000, length: 10 }, { address: 0xc0000000, length: 29 }];
const PROTOCOL_41 = 41;
const IPV4_IN_IPV6 = 4;

interface Space {
  readonly own4: readonly number[];
  readonly own6: readonly Ipv6[];
  /** Customers, who are reached through tunnels. */
  readonly customers6: readonly Prefix6[];
  /** A 6to4 router's own site, which lies on its core side. */
  readonly sites6: readonly Prefix6[];
  readonly pool: readonly { readonly from: number; readonly to: number }[];
  readonly b4s: readonly Prefix6[];
}

function spaceOf(config: Config, side: Side): Space {
  const s = { own4: [...(side === ACCESS ? config.access : config.core).ipv4], own6: [...(side === ACCESS ? config.access : config.core).ipv6], customers6: [] as Prefix6[], sites6: [] as Prefix6[], pool: [] as { from: number; to: number }[], b4s: [] as Prefix6[] };
  for (const c of config.serviceSets.flatMap((x) => x.concentrators)) {
    if (c.kind === "ds-lite") {
      if (side === ACCESS) s.own6.push(c.address);
      s.pool.push(...(c.nat?.pool.ranges ?? []));
      s.b4s.push(...c.b4Prefixes);
      continue;
    }
    if (side === ACCESS) s.own4.push(c.address, ...c.alsoAccepts);
    if (c.kind === "6rd") s.customers6.push(c.v6rdPrefix);
    else if (c.kind === "6to4-router") {
      for (const a of [c.address, ...c.alsoAccepts]) s.sites6.push({ address: [(0x20020000 | (a >>> 16)) >>> 0, (a << 16) >>> 0, 0, 0], length: 48 });
      if (c.sitePrefix !== undefined) s.sites6.push(c.sitePrefix);
    } else s.customers6.push(SIX_TO_FOUR, ...(c.providerPrefix === undefined ? [] : [c.providerPrefix]));
  }
  return s;
}

const way = (from: boolean, to: boolean): Way => (from === to ? UNTOLD : from ? SENT : RECEIVED);
const other = (w: Way): Way => (w === SENT ? RECEIVED : w === RECEIVED ? SENT : w);

export interface ByAddress {
  /** `link` must name an IP packet. Allocates nothing. */
  way(link: LinkPlace): Way;
  /** An IPv6 packet for customers: natively it is nothing that the device should send. */
  isForCustomer(link: LinkPlace): boolean;
}

export function createByAddress(config: Config, side: Side, u8: Uint8Array): ByAddress {
  const { own4, own6, customers6, sites6, pool, b4s } = spaceOf(config, side);
  const isOwn4 = (at: number): boolean => own4.includes(u32(u8, at));
  const isOwn6 = (at: number): boolean => {
    for (let i = 0; i < own6.length; i++) if (isIpv6At(u8, at, own6[i])) return true;
    return false;
  };
  const within = (at: number, prefixes: readonly Prefix6[]): boolean => {
    for (let i = 0; i < prefixes.length; i++) if (inPrefix6At(u8, at, prefixes[i])) return true;
    return false;
  };
  const isPool = (at: number): boolean => {
    const a = u32(u8, at);
    for (let i = 0; i < pool.length; i++) if (a >= pool[i].from && a <= pool[i].to) return true;
    return false;
  };
  const isPrivate = (at: number): boolean => {
    const a = u32(u8, at);
    for (let i = 0; i < PRIVATE.length; i++) if (inPrefix4(a, PRIVATE[i])) return true;
    return false;
  };
  // As the core side sees it: from customers, or to the site, was sent by the device.
  const native6 = (o: number): Way => {
    const from = o + ipv6.SRC;
    const to = o + ipv6.DST;
    const site = way(within(to, sites6), within(from, sites6));
    // Between two 6to4 sites both ends lie in 2002::/16; the router's own site is the narrower knowledge.
    return site === UNTOLD ? way(within(from, customers6), within(to, customers6)) : site;
  };
  const native4 = (o: number): Way => {
    const pooled = way(isPool(o + ipv4.SRC), isPool(o + ipv4.DST));
    return pooled === UNTOLD ? way(isPrivate(o + ipv4.SRC), isPrivate(o + ipv4.DST)) : pooled;
  };

  const four = (o: number, end: number, quoted: boolean): Way => {
    if (o + ipv4.HEADER_BYTES > end) return UNTOLD;
    const from = isOwn4(o + ipv4.SRC);
    const to = isOwn4(o + ipv4.DST);
    if (from !== to) return to ? RECEIVED : SENT;
    const protocol = ipv4.protocol(u8, o);
    const at = o + ipv4.headerLength(u8, o);
    const tunnelled = side === ACCESS && protocol === PROTOCOL_41 && ipv4.fragmentOffset(u8, o) === 0 && at + ipv6.HEADER_BYTES <= end ? other(native6(at)) : UNTOLD;
    // From the device to itself: spoofed, or sent by a device that takes its own address for a customer's. The outer addresses tell nothing.
    if (from) return tunnelled;
    if (protocol === 1 && !quoted && at + 8 < end && ipv4.isIcmpError(u8[at])) {
      const w = other(four(at + 8, end, true));
      if (w !== UNTOLD) return w;
    }
    return side === ACCESS ? tunnelled : native4(o);
  };
  const six = (o: number, end: number, quoted: boolean): Way => {
    if (o + ipv6.HEADER_BYTES > end) return UNTOLD;
    const from = isOwn6(o + ipv6.SRC);
    const to = isOwn6(o + ipv6.DST);
    if (from !== to) return to ? RECEIVED : SENT;
    const next = ipv6.nextHeader(u8, o);
    const at = o + ipv6.HEADER_BYTES;
    const inner = side === ACCESS ? innerIpv4(u8, at, end, next) : 0;
    const tunnelled = inner > 0 && inner + ipv4.HEADER_BYTES <= end ? other(native4(inner)) : UNTOLD;
    if (from) return tunnelled;
    if (next === ipv6.NH_ICMPV6 && !quoted && at + 8 < end && u8[at] < 128) {
      const w = other(six(at + 8, end, true));
      if (w !== UNTOLD) return w;
    }
    if (side !== ACCESS) return native6(o);
    const b4 = way(within(o + ipv6.DST, b4s), within(o + ipv6.SRC, b4s));
    return b4 === UNTOLD ? tunnelled : b4;
  };
  return {
    way: (link) => (link.etherType === TYPE_IPV4 ? four(link.l3, link.l3 + link.l3Len, false) : six(link.l3, link.l3 + link.l3Len, false)),
    isForCustomer: (link) => link.etherType !== TYPE_IPV4 && link.l3Len >= ipv6.HEADER_BYTES && within(link.l3 + ipv6.DST, customers6) && !within(link.l3 + ipv6.DST, sites6),
  };
}

/** Offset of the IPv4 packet in IPv6, directly, behind Destination Options or in a first fragment; 0 = there is none. */
export function innerIpv4(b: Uint8Array, at: number, end: number, next: number): number {
  if (next === IPV4_IN_IPV6) return at;
  if (at + 8 > end || b[at] !== IPV4_IN_IPV6) return 0;
  if (next === ipv6.NH_DEST_OPTIONS) return at + 8 * (b[at + 1] + 1);
  return next === ipv6.NH_FRAGMENT && (u16(b, at + 2) & 0xfff8) === 0 ? at + 8 : 0;
}
