/**
 * Rewrites the addresses of one packet in place: outer, inner and quoted headers, Neighbor Discovery, DHCP, ALG text, and the checksums over them.
 */
import { u16, u32 } from "../../wire/bits.js";
import { sum } from "../../wire/checksum.js";
import { isIcmpError } from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { rewriteAlg } from "./alg.js";
import { mend, mendTransport, type Upper } from "./checksums.js";
import { prefix6, rewriteDhcp4, rewriteDhcp6 } from "./dhcp.js";
import { address4, address6, type Part, type Scrub } from "./scrub.js";

/** The IP packet at `o`; `end`: where the visible bytes end. `version`: what it is by the type before it, should its own nibble be neither 4 nor 6. */
export function rewriteIp(s: Scrub, o: number, end: number, version?: 4 | 6): void {
  const own = s.now[o] >>> 4;
  const is = own === 4 || own === 6 ? own : version;
  if (o >= end) s.wanting = true;
  else if (is === 4) packet4(s, o, end);
  else if (is === 6) packet6(s, o, end);
}

function packet4(s: Scrub, o: number, end: number): void {
  const { now, old } = s;
  address4(s, o + 12, end);
  address4(s, o + 16, end);
  const header = (now[o] & 15) * 4;
  if (o + 20 > end || header < 20) return;
  for (let at = o + 20; at + 3 < Math.min(end, o + header); ) {
    const [type, length] = [now[at], now[at + 1]];
    if (type === 0) break;
    if (type === 1) {
      at++;
      continue;
    }
    // Record Route, Loose and Strict Source Route (RFC 791 section 3.1)
    if (type === 7 || type === 131 || type === 137) for (let a = at + 3; a + 4 <= at + length && a < end; a += 4) address4(s, a, end);
    at += Math.max(2, length);
  }
  const total = u16(now, o + 2);
  const stop = total >= header ? Math.min(end, o + total) : end;
  const at = o + header;
  const protocol = now[o + 9];
  const part = u16(now, o + 6) & 0x3fff;
  const [before, after] = [sum(old, o + 12, 8), sum(now, o + 12, 8)];
  if (at >= stop) s.wanting = true;
  else if (part === 0) payload(s, { protocol, at, end: stop, length: Math.max(0, total - header), whole: o + total <= end, fragmented: false, before, after });
  else {
    fragment(s, {
      key: `4 ${u32(old, o + 12)} ${u32(old, o + 16)} ${u16(old, o + 4)} ${protocol}`, version: 4, protocol, offset: (part & 0x1fff) * 8,
      at, end: stop, stated: total >= header ? total - header : stop - at, last: (part & 0x2000) === 0, before, after,
    });
  }
  mend(s, o + 10, end, o, Math.min(end, at), 0, false);
}

function packet6(s: Scrub, o: number, end: number): void {
  const { now, old } = s;
  address6(s, o + 8, end);
  address6(s, o + 24, end);
  if (o + ipv6.HEADER_BYTES > end) return;
  const at = o + ipv6.HEADER_BYTES;
  const length = u16(now, o + 4);
  chain(s, { protocol: now[o + 6], at, end: Math.min(end, at + length), length, whole: at + length <= end, fragmented: false, before: sum(old, o + 8, 32), after: sum(now, o + 8, 32) }, o);
}

const isExtension = (protocol: number): boolean => protocol === 0 || protocol === 43 || protocol === 60 || protocol === 44 || protocol === 51;

/** Extension headers, and what comes after them. `o`: the IPv6 header, -1 when it is in other memory. */
function chain(s: Scrub, u: Upper, o: number): void {
  const { now, old } = s;
  let { protocol, at, before, after } = u;
  const stated = u.at + u.length;
  /** The checksum counts the 16 bytes at `instead` in place of an address of the header. */
  const counted = (instead: number, place: number): void => {
    if (o < 0 || instead < at || instead + 16 > u.end) return;
    before += sum(old, instead, 16) - sum(old, o + place, 16);
    after += sum(now, instead, 16) - sum(now, o + place, 16);
  };
  while (isExtension(protocol)) {
    if (at + 8 > u.end) {
      s.wanting = true;
      return;
    }
    const next = now[at];
    if (protocol === 43) counted(routing(s, at, u.end), ipv6.DST);
    if (protocol === 60) counted(homeAddress(s, at, u.end), ipv6.SRC);
    if (protocol === 44 && (u16(now, at + 2) & 0xfff9) !== 0) {
      if (at + 8 >= u.end) return;
      const of = o < 0 ? `${u.before}` : Buffer.from(old.buffer, old.byteOffset + o + 8, 32).toString("hex");
      fragment(s, {
        key: `6 ${of} ${u32(old, at + 4)}`, version: 6, protocol: next, offset: u16(now, at + 2) & 0xfff8,
        at: at + 8, end: u.end, stated: Math.max(u.end, stated) - at - 8, last: (now[at + 3] & 1) === 0, before, after,
      });
      return;
    }
    at += protocol === 44 ? 8 : protocol === 51 ? (now[at + 1] + 2) * 4 : (now[at + 1] + 1) * 8;
    protocol = next;
  }
  if (at >= u.end) s.wanting = protocol !== 59 || s.wanting;
  else payload(s, { ...u, protocol, at, length: stated - at, before, after });
}

/** The addresses of a Routing header; gives the place of the final destination while segments are left (RFC 8200 section 8.1, RFC 8754 section 2), else -1. */
function routing(s: Scrub, at: number, end: number): number {
  const size = (s.now[at + 1] + 1) * 8;
  for (let a = at + 8; a + 16 <= at + size && a < end; a += 16) address6(s, a, end);
  if (s.now[at + 3] === 0 || size < 24) return -1;
  return s.now[at + 2] === 4 ? at + 8 : at + size - 16;
}

/** The Home Address option among Destination options (RFC 6275 section 6.3); gives its place, -1 without one. */
function homeAddress(s: Scrub, at: number, end: number): number {
  const stop = Math.min(end, at + (s.now[at + 1] + 1) * 8);
  for (let o = at + 2; o + 2 <= stop; o += s.now[o] === 0 ? 1 : 2 + s.now[o + 1]) {
    if (s.now[o] !== 0xc9 || s.now[o + 1] !== 16) continue;
    address6(s, o + 2, end);
    return o + 2;
  }
  return -1;
}

/** Protocols that may hold addresses, or checksums over them. */
const HOLDING: ReadonlySet<number> = new Set([0, 1, 4, 6, 17, 33, 41, 43, 44, 47, 51, 58, 60, 136]);

function fragment(s: Scrub, p: Part): void {
  if (!HOLDING.has(p.protocol)) return;
  if (s.fragments !== undefined) s.fragments.meet(s, p);
  else if (p.offset === 0) rewriteDatagram(s, p, p.at, p.end, p.stated, false);
}

/** What the fragments of a datagram carry, or the first bytes of it: from `at` to `end`, of `length` bytes. */
export function rewriteDatagram(s: Scrub, of: Pick<Part, "version" | "protocol" | "before" | "after">, at: number, end: number, length: number, whole: boolean): void {
  const u: Upper = { protocol: of.protocol, at, end, length, whole, fragmented: true, before: of.before, after: of.after };
  if (of.version === 6) chain(s, u, -1);
  else payload(s, u);
}

function payload(s: Scrub, u: Upper): void {
  const { now } = s;
  const { at, end } = u;
  if (at + 4 > end) {
    s.wanting = true; // too little of it to hold an address or a port
    return;
  }
  switch (u.protocol) {
    case 4:
    case 41:
      rewriteIp(s, at, end, u.protocol === 4 ? 4 : 6);
      return;
    case 47:
      gre(s, at, end);
      return;
    case 6:
      if (at + 13 <= end) rewriteAlg(s, u16(now, at), u16(now, at + 2), at + (now[at + 12] >>> 4) * 4, end);
      mendTransport(s, u, at + 16, false);
      return;
    case 17:
    case 136: {
      const [from, to] = [u16(now, at), u16(now, at + 2)];
      if (from === 67 || to === 67 || from === 68 || to === 68) rewriteDhcp4(s, at + 8, end);
      if (from === 546 || to === 546 || from === 547 || to === 547) rewriteDhcp6(s, at + 8, end);
      rewriteAlg(s, from, to, at + 8, end);
      mendTransport(s, u, at + 6, u.protocol === 17);
      return;
    }
    case 33:
      mendTransport(s, u, at + 6, false);
      return;
    case 1: {
      const type = now[at];
      if (type === 5) address4(s, at + 4, end);
      if (isIcmpError(type)) quote(s, at + 8, end);
      mend(s, at + 2, end, at, end, 0, false);
      return;
    }
    case 58:
      icmp6(s, at, end);
      mendTransport(s, u, at + 2, false);
  }
}

/** Version 0 with checksum, key and sequence number, without routing (RFC 2784, 2890). */
function gre(s: Scrub, at: number, end: number): void {
  const flags = u16(s.now, at);
  const type = u16(s.now, at + 2);
  if ((flags & 0x4007) !== 0 || (type !== 0x0800 && type !== 0x86dd)) return;
  rewriteIp(s, at + 4 + 4 * ((flags >>> 15) + ((flags >>> 13) & 1) + ((flags >>> 12) & 1)), end, type === 0x0800 ? 4 : 6);
  if (flags >>> 15 === 1) mend(s, at + 4, end, at, end, 0, false);
}

/** The beginning of a packet that something is said of. */
function quote(s: Scrub, at: number, end: number): void {
  s.quoted++;
  rewriteIp(s, at, end);
  s.quoted--;
}

function icmp6(s: Scrub, at: number, end: number): void {
  const { now } = s;
  const type = now[at];
  if (type < 128) quote(s, at + 8, end);
  if (type < 133 || type > 137) return;
  const fixed = type === 133 ? 8 : type === 134 ? 16 : type === 137 ? 40 : 24;
  if (type >= 135) address6(s, at + 8, end);
  if (type === 137) address6(s, at + 24, end);
  // Neighbor Discovery options (RFC 4861 section 4.6): Prefix Information, Redirected Header, Route Information (RFC 4191), Recursive DNS (RFC 8106)
  for (let o = at + fixed; o + 8 <= end && now[o + 1] > 0; o += now[o + 1] * 8) {
    const stop = Math.min(end, o + now[o + 1] * 8);
    if (now[o] === 3) address6(s, o + 16, end);
    if (now[o] === 24) prefix6(s, o + 8, stop, now[o + 2]);
    if (now[o] === 4) quote(s, o + 8, stop);
    if (now[o] === 25) for (let a = o + 8; a + 16 <= stop; a += 16) address6(s, a, end);
  }
}
