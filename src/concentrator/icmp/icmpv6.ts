/** ICMPv6 messages that a concentrator originates, RFC 4443. */
import { type Ipv6, writeIpv6 } from "../../wire/address.js";
import { put16, put32, u16, u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum, update16 } from "../../wire/checksum.js";
import * as ipv6 from "../../wire/ipv6.js";

export const UNREACHABLE = 1;
export const TOO_BIG = 2;
export const TIME_EXCEEDED = 3;
export const ECHO_REQUEST = 128;
export const ECHO_REPLY = 129;
export const REDIRECT = 137;
export const ADDRESS_UNREACHABLE = 3;
/** RFC 4443 section 2.4 (c): an error never exceeds the minimum IPv6 MTU. */
export const MAX_ERROR_BYTES = 1280;
const ERROR_HEADERS = ipv6.HEADER_BYTES + 8;
const HOP_LIMIT = 64;

/** True for `::`, `::1`, multicast, and link-local: no source to which a router could send an error across a link. */
function noReturn(b: Uint8Array, o: number): boolean {
  if (b[o] === 0xff || (b[o] === 0xfe && (b[o + 1] & 0xc0) === 0x80)) return true;
  return u32(b, o) === 0 && u32(b, o + 4) === 0 && u32(b, o + 8) === 0 && u32(b, o + 12) <= 1;
}

/**
 * RFC 4443 section 2.4 (e): no error about an ICMPv6 error or redirect, about a multicast destination, or to a source that
 * is no single node. Later fragments may cause errors, unlike in IPv4: an ICMPv6 error never exceeds 1280 bytes (2.4 (c)), so a
 * later fragment of an ICMPv6 message belongs to no error, and Packet Too Big must reach the senders of fragments. `n` bytes at hand.
 */
export function mayCauseError(b: Uint8Array, o: number, n: number, upper: ipv6.Upper): boolean {
  if (b[o + ipv6.DST] === 0xff || noReturn(b, o + ipv6.SRC)) return false;
  ipv6.walk(b, o, n, upper);
  if (upper.protocol !== ipv6.NH_ICMPV6) return true;
  if (upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0) return true;
  if (upper.len < 1) return false;
  const type = b[upper.off];
  return type >= 128 && type !== REDIRECT;
}

/** Bytes of an error about a packet of `n` bytes. */
export const errorLength = (n: number): number => Math.min(MAX_ERROR_BYTES, ERROR_HEADERS + n);

/**
 * Writes an error at `at`: from `source` to the source of the packet at `o`, quoting as much of its `n` bytes as fits into
 * 1280. `value` is the word after the checksum (MTU of Packet Too Big). Returns the length in bytes.
 */
export function writeError(b: Uint8Array, at: number, type: number, code: number, value: number, source: Ipv6, o: number, n: number): number {
  const total = errorLength(n);
  ipv6.write(b, at, 0, 0, total - ipv6.HEADER_BYTES, ipv6.NH_ICMPV6, HOP_LIMIT);
  writeIpv6(b, at + ipv6.SRC, source);
  b.copyWithin(at + ipv6.DST, o + ipv6.SRC, o + ipv6.SRC + 16);
  const icmp = at + ipv6.HEADER_BYTES;
  b[icmp] = type;
  b[icmp + 1] = code;
  put16(b, icmp + 2, 0);
  put32(b, icmp + 4, value);
  b.copyWithin(icmp + 8, o, o + total - ERROR_HEADERS);
  const len = total - ipv6.HEADER_BYTES;
  put16(b, icmp + 2, finish(sum(b, icmp, len, pseudo6(b, at + ipv6.SRC, len, ipv6.NH_ICMPV6))));
  return total;
}

/** Is the whole, unfragmented packet at `o` an echo request with a right checksum and without extension headers? */
export function isEchoRequest(b: Uint8Array, o: number, n: number): boolean {
  const icmp = o + ipv6.HEADER_BYTES;
  const len = n - ipv6.HEADER_BYTES;
  if (b[o + ipv6.NEXT_HEADER] !== ipv6.NH_ICMPV6 || len < 8 || b[icmp] !== ECHO_REQUEST || b[icmp + 1] !== 0) return false;
  return !noReturn(b, o + ipv6.SRC) && finish(sum(b, icmp, len, pseudo6(b, o + ipv6.SRC, len, ipv6.NH_ICMPV6))) === 0;
}

/** Writes the reply to the echo request at `o` (`n` bytes) at `at`, from `source` (RFC 4443 section 4.2: a unicast address). */
export function writeEchoReply(b: Uint8Array, at: number, source: Ipv6, o: number, n: number): void {
  b.copyWithin(at, o, o + n);
  // The label is the sender's mark of its own flow (RFC 6437); the reply is unlabelled.
  put32(b, at, (u32(b, at) & 0xfff00000) >>> 0);
  b[at + ipv6.HOP_LIMIT] = HOP_LIMIT;
  writeIpv6(b, at + ipv6.SRC, source);
  b.copyWithin(at + ipv6.DST, o + ipv6.SRC, o + ipv6.SRC + 16);
  const icmp = at + ipv6.HEADER_BYTES;
  const len = n - ipv6.HEADER_BYTES;
  b[icmp] = ECHO_REPLY;
  put16(b, icmp + 2, 0);
  put16(b, icmp + 2, finish(sum(b, icmp, len, pseudo6(b, at + ipv6.SRC, len, ipv6.NH_ICMPV6))));
}

/** Applies the difference of two folded sums of covered bytes to the checksum field at `o`. */
export function adjustChecksum(b: Uint8Array, o: number, before: number, after: number): void {
  put16(b, o, update16(u16(b, o), before, after));
}
