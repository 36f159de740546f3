/** Addresses in DHCPv4 (RFC 2131, 2132, 6rd option of RFC 5969 section 7.1.1) and DHCPv6 (RFC 8415). Names and hardware addresses stay. */
import { u16, u32 } from "../../wire/bits.js";
import { address4, address6, type Scrub } from "./scrub.js";

const COOKIE = 0x63825363;
/** Options that are lists of IPv4 addresses: routers, name servers, requested address, server, relay information excepted. */
const ADDRESSES4: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 28, 32, 41, 42, 44, 45, 48, 49, 50, 54, 65, 68, 69, 70, 71, 72, 73, 74, 75, 76]);
const OPTION_6RD = 212;

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
    at += 2 + s.now[at + 1];
  }
}

/** A prefix: its bits beyond the length stay what they were (zero, by the RFCs). */
function prefix6(s: Scrub, o: number, end: number, length: number): void {
  if (o + 16 > end) return;
  const before = s.now.slice(o, o + 16);
  address6(s, o, end);
  for (let bit = length; bit < 128; bit++) {
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
    else if (type === 12 || type === 22 || type === 23 || type === 27 || type === 31) for (let a = data; a + 16 <= stop; a += 16) address6(s, a, stop);
    at = data + u16(s.now, at + 2);
  }
}
