/** A packet of a transcript, taken apart far enough to break one thing in it. Offsets in bytes; 0 = there is none. */
import * as C from "../../src/wire/checksum.js";
import * as V4 from "../../src/wire/ipv4.js";
import * as V6 from "../../src/wire/ipv6.js";

export interface Seen {
  readonly b: Uint8Array;
  /** Version of the outermost header, 4 or 6. */
  readonly version: number;
  /** Offset of the packet inside a tunnel header; 0 when there is no tunnel. */
  readonly inner: number;
  /** The packet that users see: the inner one, or the only one. */
  readonly user: number;
  readonly userVersion: number;
  /** Upper-layer header of the user's packet; 0 for fragments without one and for cut packets. */
  readonly upper: number;
  readonly protocol: number;
  /** The user's packet is an ICMP error. */
  readonly error: boolean;
  /** Offset of what an ICMP error quotes. */
  readonly quoted: number;
}

const u16 = (b: Uint8Array, o: number): number => (b[o] << 8) | b[o + 1];

export function look(b: Uint8Array): Seen {
  const version = b[0] >>> 4;
  let inner = 0;
  if (version === 4 && b[9] === 41 && (u16(b, 6) & 0x1fff) === 0) inner = V4.headerLength(b, 0);
  if (version === 6) {
    let next = b[6];
    let o = 40;
    while ((next === 0 || next === 60) && o + 8 <= b.length) {
      next = b[o];
      o += (b[o + 1] + 1) * 8;
    }
    if (next === 4) inner = o;
  }
  if (inner + 20 > b.length) inner = 0;
  const user = inner;
  const userVersion = b[user] >>> 4;
  let protocol = userVersion === 4 ? b[user + 9] : b[user + 6];
  let upper = userVersion === 4 ? user + V4.headerLength(b, user) : user + 40;
  if (userVersion === 4 && (u16(b, user + 6) & 0x1fff) !== 0) upper = 0;
  if (userVersion === 6 && protocol === 44) {
    protocol = b[user + 40];
    upper = (u16(b, user + 42) & 0xfff8) === 0 ? user + 48 : 0;
  }
  if (upper + 8 > b.length) upper = 0;
  const error = upper > 0 && ((userVersion === 6 && protocol === 58 && b[upper] < 128) || (userVersion === 4 && protocol === 1 && [3, 4, 5, 11, 12].includes(b[upper])));
  return { b, version, inner, user, userVersion, upper, protocol, error, quoted: error ? upper + 8 : 0 };
}

/** Makes every checksum right again: outermost and inner IPv4 header, transport header of the user's packet (unfragmented and whole). */
export function seal(b: Uint8Array): void {
  const s = look(b);
  if (s.version === 4) V4.seal(b, 0);
  if (s.inner > 0 && s.userVersion === 4) V4.seal(b, s.user);
  sealUpper(b);
}

/** Where the transport checksum stands in the user's packet, 0 when there is none. */
export function checksumAt(s: Seen): number {
  if (s.upper === 0) return 0;
  if (s.protocol === 6) return s.upper + 16;
  if (s.protocol === 17) return s.upper + 6;
  return (s.protocol === 58 && s.userVersion === 6) || (s.protocol === 1 && s.userVersion === 4) ? s.upper + 2 : 0;
}

export function sealUpper(b: Uint8Array): void {
  const s = look(b);
  const at = checksumAt(s);
  if (at === 0 || at + 2 > b.length) return;
  if (s.userVersion === 4 && (u16(b, s.user + 6) & 0x3fff) !== 0) return;
  if (s.userVersion === 6 && b[s.user + 6] === 44) return;
  if (s.userVersion === 4 && s.protocol === 17 && u16(b, at) === 0) return; // no checksum (RFC 768)
  const end = s.user + (s.userVersion === 4 ? V4.totalLength(b, s.user) : 40 + V6.payloadLength(b, s.user));
  if (end > b.length) return;
  const len = end - s.upper;
  b[at] = 0;
  b[at + 1] = 0;
  const pseudo = s.userVersion === 6 ? C.pseudo6(b, s.user + 8, len, s.protocol) : s.protocol === 1 ? 0 : C.pseudo4(b, s.user + 12, len, s.protocol);
  let check = C.finish(C.sum(b, s.upper, len, pseudo));
  if (check === 0 && s.protocol === 17) check = 0xffff;
  b[at] = check >>> 8;
  b[at + 1] = check & 255;
}
