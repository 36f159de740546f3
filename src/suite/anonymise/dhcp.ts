/** Addresses in DHCPv4 (RFC 2131, 2132, 6rd option of RFC 5969 section 7.1.1) and DHCPv6 (RFC 8415). Names and hardware addresses stay. */
import { u16, u32 } from "../../wire/bits.js";
import { address4, address6, type Scrub } from "./scrub.js";

const COOKIE = 0x63825363;
/** Options that are lists of IPv4 addresses (masks among them stay): routers, name servers, requested address, server, static routes. */
const ADDRESSES4: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 21, 28, 32, 33, 41, 42, 44, 45, 48, 49, 50, 54, 65, 68, 69, 70, 71, 72, 73, 74, 75, 76, 85, 118, 138, 150]);
const OPTION_6RD = 212;
const RELAY_AGENT = 82;
/** RFC 3442, and Microsoft's of the same form. */
const CLASSLESS_ROUTES: ReadonlySet<number> = new Set([121, 249]);

/** `o`: the start of the message. */
export function rewriteDhcp4(s: Scrub, o: number, end: number): void {
  s.wanting = true; // options may go on
  for (const at of [12, 16, 20, 24]) address4(s, o + at, end);
  if (o + 240 > end || u32(s.now, o + 236) !== COOKIE) return;
  for (let at = o + 240; at + 2 <= end && s.now[at] !== 255; ) {
    const type = s.now[at];
    if (type === 0) {
      at++;
      continue;
    }
    const stop = Math.min(end, at + 2 + s.now[at + 1]);
    if (ADDRESSES4.has(type)) for (let a = at + 2; a + 4 <= stop; a += 4) address4(s, a, stop);
    if (type === OPTION_6RD) {
      prefix6(s, at + 4, stop, s.now[at + 3]);
      for (let a = at + 20; a + 4 <= stop; a += 4) address4(s, a, stop);
    }
    if (type === RELAY_AGENT) relayAgent(s, at + 2, stop);
    if (CLASSLESS_ROUTES.has(type)) routes(s, at + 2, stop);
    at += 2 + s.now[at + 1];
  }
}

/** Link selection (RFC 3527) and server override (RFC 5107). */
function relayAgent(s: Scrub, from: number, end: number): void {
  for (let at = from; at + 2 <= end; at += 2 + s.now[at + 1]) {
    if ((s.now[at] === 5 || s.now[at] === 11) && s.now[at + 1] === 4) address4(s, at + 2, end);
  }
}

/** Width of the destination, as many of its octets as that takes, router. */
function routes(s: Scrub, from: number, end: number): void {
  for (let at = from; at < end && s.now[at] <= 32; ) {
    const width = s.now[at];
    const octets = (width + 7) >>> 3;
    const last = at + octets;
    const below = (width & 7) === 0 ? 0 : 0xff >>> (width & 7);
    const was = s.now[last] & below;
    if (octets > 0) address4(s, at + 1, Math.min(end, last + 1));
    if (octets > 0 && last < end) s.now[last] = (s.now[last] & ~below) | was;
    if (last + 5 <= end) address4(s, last + 1, end);
    at = last + 5;
  }
}

/** A prefix: its bits beyond the length stay what they were (zero, by the RFCs). */
export function prefix6(s: Scrub, o: number, end: number, length: number): void {
  const there = Math.min(16, end - o);
  if (there <= 0) return;
  const before = s.now.slice(o, o + there);
  address6(s, o, end);
  for (let bit = length; bit < 8 * there; bit++) {
    const mask = 0x80 >>> (bit & 7);
    s.now[o + (bit >>> 3)] = (s.now[o + (bit >>> 3)] & ~mask) | (before[bit >>> 3] & mask);
  }
}

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;

export function rewriteDhcp6(s: Scrub, o: number, end: number): void {
  s.wanting = true;
  if (o + 4 > end) return;
  const relayed = s.now[o] === RELAY_FORWARD || s.now[o] === RELAY_REPLY;
  if (relayed) {
    address6(s, o + 2, end);
    address6(s, o + 18, end);
  }
  options6(s, o + (relayed ? 34 : 4), end);
}

function options6(s: Scrub, from: number, end: number): void {
  for (let at = from; at + 4 <= end; ) {
    const type = u16(s.now, at);
    const data = at + 4;
    const stop = Math.min(end, data + u16(s.now, at + 2));
    if (type === 3 || type === 25) options6(s, data + 12, stop); // IA_NA, IA_PD
    else if (type === 4) options6(s, data + 4, stop); // IA_TA
    else if (type === 5) {
      address6(s, data, stop);
      options6(s, data + 24, stop);
    } else if (type === 26) {
      prefix6(s, data + 9, stop, s.now[data + 8]);
      options6(s, data + 25, stop);
    } else if (type === 9) rewriteDhcp6(s, data, stop); // Relay Message
    else if (type === 12 || type === 22 || type === 23 || type === 27 || type === 31 || type === 86) for (let a = data; a + 16 <= stop; a += 16) address6(s, a, stop);
    at = data + u16(s.now, at + 2);
  }
}
