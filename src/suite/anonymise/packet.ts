/**
 * Rewrites the addresses of one packet in place: outer, inner and quoted headers, Neighbor Discovery, DHCP, ALG text. A checksum takes the same
 * difference as the bytes that it covers (RFC 1624), so a right one stays right and a wrong one stays equally wrong.
 */
import { u16, u32 } from "../../wire/bits.js";
import { fold, pseudo4, pseudo6, sum } from "../../wire/checksum.js";
import * as ipv6 from "../../wire/ipv6.js";
import { rewriteAlg } from "./alg.js";
import { rewriteDhcp4, rewriteDhcp6 } from "./dhcp.js";
import { address4, address6, isPiece, type Scrub } from "./scrub.js";

/** The IP packet at `o`; `end`: where the visible bytes end. */
export function rewriteIp(s: Scrub, o: number, end: number): void {
  if (o >= end) return;
  if (s.now[o] >>> 4 === 4) packet4(s, o, end);
  else if (s.now[o] >>> 4 === 6) packet6(s, o, end);
}

/** Adds to the checksum at `at` what `range` and `pseudo` gained. `none`: a field of 0 means that there is no checksum (UDP). */
function mend(s: Scrub, at: number, end: number, from: number, to: number, gained: number, none: boolean): void {
  if (at + 2 > end) return;
  const was = u16(s.now, at);
  if (none && was === 0) return;
  const gain = (((sum(s.now, from, to - from) - sum(s.old, from, to - from) + gained) % 65535) + 65535) % 65535;
  if (gain === 0) return;
  const is = ~fold((~was & 0xffff) + gain) & 0xffff;
  set16(s, at, none && is === 0 ? 0xffff : is);
}
function set16(s: Scrub, at: number, value: number): void {
  s.now[at] = value >>> 8;
  s.now[at + 1] = value & 255;
}

interface Upper { readonly protocol: number; readonly at: number; readonly end: number; readonly whole: boolean; /** Unfolded sums of the pseudo-header. */ readonly before: number; readonly after: number }

/** A transport checksum. Offloaded ones hold the sum of the pseudo-header alone: they go on doing so. */
function mendTransport(s: Scrub, u: Upper, at: number, none: boolean): void {
  if (at + 2 > u.end) return;
  const was = u16(s.old, at);
  const right = u.whole && fold(sum(s.old, u.at, u.end - u.at) + u.before) === 0xffff;
  if (!right && was !== 0 && was === fold(u.before)) set16(s, at, fold(u.after));
  else mend(s, at, u.end, u.at, u.end, u.after - u.before, none);
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
    if (type === 7 || type === 131 || type === 137) for (let a = at + 3; a + 4 <= Math.min(at + length, end); a += 4) address4(s, a, end);
    at += Math.max(2, length);
  }
  const total = u16(now, o + 2);
  const stop = total >= header ? Math.min(end, o + total) : end;
  const protocol = now[o + 9];
  const part = u16(now, o + 6) & 0x3fff;
  const later = part !== 0 && (protocol === 41 || protocol === 4) && o + header < stop && isPiece(s, `4 ${u32(old, o + 12)} ${u32(old, o + 16)} ${u16(old, o + 4)} ${protocol}`, (part & 0x1fff) * 8, o + header, stop);
  if (!later && (part & 0x1fff) === 0 && o + header < stop) {
    const length = Math.max(0, total - header);
    payload(s, { protocol, at: o + header, end: stop, whole: (u16(now, o + 6) & 0x2000) === 0 && o + total <= end, before: pseudo4(old, o + 12, length, protocol), after: pseudo4(now, o + 12, length, protocol) });
  }
  mend(s, o + 10, end, o, Math.min(end, o + header), 0, false);
}

function packet6(s: Scrub, o: number, end: number): void {
  const { now, old } = s;
  address6(s, o + 8, end);
  address6(s, o + 24, end);
  if (o + ipv6.HEADER_BYTES > end) return;
  const total = ipv6.HEADER_BYTES + u16(now, o + 4);
  const stop = Math.min(end, o + total);
  let protocol = now[o + 6];
  let at = o + ipv6.HEADER_BYTES;
  let fragment = false;
  while (at + 8 <= stop && (protocol === 0 || protocol === 43 || protocol === 60 || protocol === 44 || protocol === 51)) {
    if (protocol === 43) for (let a = at + 8; a + 16 <= Math.min(stop, at + (now[at + 1] + 1) * 8); a += 16) address6(s, a, stop);
    if (protocol === 44) {
      const offset = u16(now, at + 2) & 0xfff8;
      const tunnelled = now[at] === 4 || now[at] === 41;
      if (tunnelled && (offset > 0 || (now[at + 3] & 1) === 1) && isPiece(s, `6 ${Buffer.from(old.subarray(o + 8, o + 40)).toString("hex")} ${u32(old, at + 4)}`, offset, at + 8, stop)) return;
      if (offset !== 0) return; // what follows is no header
      fragment ||= (now[at + 3] & 1) === 1;
    }
    const size = protocol === 44 ? 8 : protocol === 51 ? (now[at + 1] + 2) * 4 : (now[at + 1] + 1) * 8;
    protocol = now[at];
    at += size;
  }
  if (at >= stop) return;
  const length = o + total - at;
  payload(s, { protocol, at, end: stop, whole: !fragment && o + total <= end, before: pseudo6(old, o + 8, length, protocol), after: pseudo6(now, o + 8, length, protocol) });
}

function payload(s: Scrub, u: Upper): void {
  const { now } = s;
  const { at, end } = u;
  if (at + 4 > end) return; // too little of it to hold an address or a port
  switch (u.protocol) {
    case 4:
    case 41:
      rewriteIp(s, at, end);
      return;
    case 47: // GRE without options (RFC 2784)
      if (at + 4 <= end && u16(now, at) === 0 && (u16(now, at + 2) === 0x0800 || u16(now, at + 2) === 0x86dd)) rewriteIp(s, at + 4, end);
      return;
    case 6:
      rewriteAlg(s, u16(now, at), u16(now, at + 2), at + ((now[at + 12] ?? 0x50) >>> 4) * 4, end);
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
      if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12) rewriteIp(s, at + 8, end);
      mend(s, at + 2, end, at, end, 0, false);
      return;
    }
    case 58:
      icmp6(s, at, end);
      mendTransport(s, u, at + 2, false);
  }
}

function icmp6(s: Scrub, at: number, end: number): void {
  const { now } = s;
  const type = now[at];
  if (type < 128) rewriteIp(s, at + 8, end);
  if (type < 133 || type > 137) return;
  const fixed = type === 133 ? 8 : type === 134 ? 16 : type === 137 ? 40 : 24;
  if (type >= 135) address6(s, at + 8, end);
  if (type === 137) address6(s, at + 24, end);
  // Neighbor Discovery options (RFC 4861 section 4.6): Prefix Information, Redirected Header, Recursive DNS (RFC 8106)
  for (let o = at + fixed; o + 8 <= end && now[o + 1] > 0; o += now[o + 1] * 8) {
    if (now[o] === 3) address6(s, o + 16, end);
    if (now[o] === 4) rewriteIp(s, o + 8, Math.min(end, o + now[o + 1] * 8));
    if (now[o] === 25) for (let a = o + 8; a + 16 <= Math.min(end, o + now[o + 1] * 8); a += 16) address6(s, a, end);
  }
}
