/** Finds the IP packet in a frame, whatever the link layer below it. Allocates nothing; every length is checked against the captured bytes. */
import { u16, u32 } from "../wire/bits.js";

/** LINKTYPE_ values of https://www.tcpdump.org/linktypes.html; BSD's own DLT numbers for raw IP (12, 14) occur in files too. */
export const NULL = 0;
export const ETHERNET = 1;
export const RAW_BSD = 12;
export const RAW_OPENBSD = 14;
export const RAW = 101;
export const LOOP = 108;
export const LINUX_SLL = 113;
export const JUNIPER_ETHERNET = 178;
export const IPV4 = 228;
export const IPV6 = 229;
export const LINUX_SLL2 = 276;

export const TYPE_IPV4 = 0x0800;
export const TYPE_IPV6 = 0x86dd;
const TYPE_VLAN = 0x8100;
const TYPE_QINQ = 0x88a8;
const TYPE_QINQ_OLD = 0x9100;
const TYPE_MPLS = 0x8847;
const TYPE_MPLS_UPSTREAM = 0x8848;
const TYPE_PPPOE_SESSION = 0x8864;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
/** RFC 3032 section 2.1, RFC 4182. */
const LABEL_IPV4_NULL = 0;
const LABEL_IPV6_NULL = 2;

/** What `locate` found. One object is reused for all frames. */
export interface LinkPlace {
  /** Offset in memory of the IP header; 0 = there is no IP packet in this frame. */
  l3: number;
  /** Captured bytes from `l3` on; link-layer padding may be among them. */
  l3Len: number;
  /** TYPE_IPV4 or TYPE_IPV6 when `l3` is not 0; else the type that ended the search, 0 when none was reached. */
  etherType: number;
  /** MAC addresses: high 16 bits, low 32 bits. A cooked frame knows only its sender's (destination 0). */
  srcMacHi: number;
  srcMacLo: number;
  dstMacHi: number;
  dstMacLo: number;
  hasMac: boolean;
  /** VLAN id of the outermost tag, -1 = untagged. */
  vlan: number;
  /** Number of MPLS labels, and the label at the bottom of the stack (-1 = none). */
  labels: number;
  mplsLabel: number;
  /** Offset in memory of the first label stack entry, 0 = none. */
  stack: number;
  /** Linux packet type of a cooked frame (4 = sent by the capturing host), -1 otherwise. */
  cookedType: number;
}

export const createLinkPlace = (): LinkPlace => ({
  l3: 0, l3Len: 0, etherType: 0, srcMacHi: 0, srcMacLo: 0, dstMacHi: 0, dstMacLo: 0, hasMac: false, vlan: -1, labels: 0, mplsLabel: -1, stack: 0, cookedType: -1,
});

/** Fills `out` for the frame of `capLen` bytes at `off`. True when an IP packet was found (at least one byte of it). */
export function locate(u8: Uint8Array, off: number, capLen: number, linkType: number, out: LinkPlace): boolean {
  out.l3 = 0;
  out.l3Len = 0;
  out.etherType = 0;
  out.hasMac = false;
  out.vlan = -1;
  out.labels = 0;
  out.mplsLabel = -1;
  out.stack = 0;
  out.cookedType = -1;
  const end = off + capLen;
  switch (linkType) {
    case ETHERNET:
      return ethernet(u8, off, end, out);
    case RAW:
    case RAW_BSD:
    case RAW_OPENBSD:
      return byVersion(u8, off, end, out);
    case IPV4:
      return ip(u8, off, end, TYPE_IPV4, out);
    case IPV6:
      return ip(u8, off, end, TYPE_IPV6, out);
    case NULL:
    case LOOP:
      return loopback(u8, off, end, out);
    case LINUX_SLL:
      return cooked(u8, off, end, out);
    case LINUX_SLL2:
      return cooked2(u8, off, end, out);
    case JUNIPER_ETHERNET:
      return juniper(u8, off, end, out);
    default:
      return false;
  }
}

/** Does `locate` know this link type? */
export const isKnownLinkType = (linkType: number): boolean =>
  [NULL, ETHERNET, RAW_BSD, RAW_OPENBSD, RAW, LOOP, LINUX_SLL, JUNIPER_ETHERNET, IPV4, IPV6, LINUX_SLL2].includes(linkType);

function ethernet(u8: Uint8Array, off: number, end: number, out: LinkPlace): boolean {
  if (end - off < 14) return false;
  out.dstMacHi = u16(u8, off);
  out.dstMacLo = u32(u8, off + 2);
  out.srcMacHi = u16(u8, off + 6);
  out.srcMacLo = u32(u8, off + 8);
  out.hasMac = true;
  return payload(u8, off + 14, end, u16(u8, off + 12), out);
}

/** Tags, labels and PPPoE that may lie between a type field and the IP packet; `type` is that of the bytes at `at`. */
function payload(u8: Uint8Array, at: number, end: number, type: number, out: LinkPlace): boolean {
  while (type === TYPE_VLAN || type === TYPE_QINQ || type === TYPE_QINQ_OLD) {
    if (end - at < 4) return stop(type, out);
    if (out.vlan < 0) out.vlan = u16(u8, at) & 0xfff;
    type = u16(u8, at + 2);
    at += 4;
  }
  if (type === TYPE_IPV4 || type === TYPE_IPV6) return ip(u8, at, end, type, out);
  if (type === TYPE_MPLS || type === TYPE_MPLS_UPSTREAM) return mpls(u8, at, end, type, out);
  if (type === TYPE_PPPOE_SESSION) {
    // RFC 2516 section 4: version and type 1, code 0 = session data; then the PPP protocol.
    if (end - at < 8 || u8[at] !== 0x11 || u8[at + 1] !== 0) return stop(type, out);
    const protocol = u16(u8, at + 6);
    if (protocol === PPP_IPV4) return ip(u8, at + 8, end, TYPE_IPV4, out);
    return protocol === PPP_IPV6 ? ip(u8, at + 8, end, TYPE_IPV6, out) : stop(type, out);
  }
  // IEEE 802.3 length instead of a type: LLC and SNAP (RFC 1042), organisation 0.
  if (type <= 1500 && end - at >= 8 && u8[at] === 0xaa && u8[at + 1] === 0xaa && u8[at + 2] === 3 && u8[at + 3] === 0 && u16(u8, at + 4) === 0) {
    return payload(u8, at + 8, end, u16(u8, at + 6), out);
  }
  return stop(type, out);
}

/** A label stack (RFC 3032 section 2.1). What lies below is told by an explicit-null label at its bottom, else by the version nibble. */
function mpls(u8: Uint8Array, at: number, end: number, type: number, out: LinkPlace): boolean {
  out.stack = at;
  for (;;) {
    if (end - at < 4) return stop(type, out);
    const entry = u32(u8, at);
    at += 4;
    out.labels++;
    if ((entry & 0x100) === 0) continue;
    out.mplsLabel = entry >>> 12;
    if (out.mplsLabel === LABEL_IPV4_NULL) return ip(u8, at, end, TYPE_IPV4, out);
    if (out.mplsLabel === LABEL_IPV6_NULL) return ip(u8, at, end, TYPE_IPV6, out);
    return byVersion(u8, at, end, out) || stop(type, out);
  }
}

function byVersion(u8: Uint8Array, at: number, end: number, out: LinkPlace): boolean {
  if (at >= end) return false;
  const version = u8[at] >>> 4;
  return version === 4 ? ip(u8, at, end, TYPE_IPV4, out) : version === 6 ? ip(u8, at, end, TYPE_IPV6, out) : false;
}

/** An IP packet by its type. A wrong version nibble is the device's to find, but the other IP version under this type belongs to neither. */
function ip(u8: Uint8Array, at: number, end: number, type: number, out: LinkPlace): boolean {
  out.etherType = type;
  if (at >= end || u8[at] >>> 4 === (type === TYPE_IPV4 ? 6 : 4)) return false;
  out.l3 = at;
  out.l3Len = end - at;
  return true;
}

function stop(type: number, out: LinkPlace): false {
  out.etherType = type;
  return false;
}

/** BSD loopback: an address family in the capturing host's byte order (NULL) or big-endian (LOOP): AF_INET is 2, AF_INET6 differs by system. */
function loopback(u8: Uint8Array, off: number, end: number, out: LinkPlace): boolean {
  if (end - off < 4) return false;
  const big = u32(u8, off);
  const family = big > 0xffff ? ((u8[off + 1] << 8) | u8[off]) : big;
  if (family === 2) return ip(u8, off + 4, end, TYPE_IPV4, out);
  return family === 10 || family === 23 || family === 24 || family === 28 || family === 30 ? ip(u8, off + 4, end, TYPE_IPV6, out) : false;
}

function cookedSender(u8: Uint8Array, at: number, length: number, out: LinkPlace): void {
  if (length !== 6) return;
  out.hasMac = true;
  out.srcMacHi = u16(u8, at);
  out.srcMacLo = u32(u8, at + 2);
  out.dstMacHi = 0;
  out.dstMacLo = 0;
}

/** SLL: packet type, ARPHRD, address length, address (8 bytes), protocol. */
function cooked(u8: Uint8Array, off: number, end: number, out: LinkPlace): boolean {
  if (end - off < 16) return false;
  out.cookedType = u16(u8, off);
  cookedSender(u8, off + 6, u16(u8, off + 4), out);
  return payload(u8, off + 16, end, u16(u8, off + 14), out);
}

/** SLL2: protocol, reserved, interface index, ARPHRD, packet type, address length, address (8 bytes). */
function cooked2(u8: Uint8Array, off: number, end: number, out: LinkPlace): boolean {
  if (end - off < 20) return false;
  out.cookedType = u8[off + 10];
  cookedSender(u8, off + 12, u8[off + 11], out);
  return payload(u8, off + 20, end, u16(u8, off), out);
}

/** Juniper: "MGC", flags (1 inbound, 2 no layer 2, 80 extensions: length and that many bytes), then Ethernet; or 4 bytes and the bare packet. */
function juniper(u8: Uint8Array, off: number, end: number, out: LinkPlace): boolean {
  if (end - off < 6 || u8[off] !== 0x4d || u8[off + 1] !== 0x47 || u8[off + 2] !== 0x43) return false;
  const flags = u8[off + 3];
  const at = (flags & 0x80) !== 0 ? off + 6 + u16(u8, off + 4) : off + 4;
  return (flags & 2) !== 0 ? byVersion(u8, at + 4, end, out) : ethernet(u8, at, end, out);
}
