/** ICMPv4 that the AFTR originates: errors (RFC 792, RFC 1812 section 4.3.2) to a B4 or to the Internet, and echo replies. */
import { CORE } from "../../config/types.js";
import { put16, put32, u32 } from "../../wire/bits.js";
import { checksum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import { takeToken } from "../icmp/bucket.js";
import { ICMP } from "../nat/layout.js";
import { closeB4, openB4 } from "../nat/subscribers.js";
import { type Aftr, takeId } from "./aftr.js";
import * as R from "./reasons.js";
import { b4Room, toB4 } from "./softwire.js";
import { ERROR, NO_KIND, icmpKind } from "./transport.js";

export const UNREACHABLE = 3;
export const HOST_UNREACHABLE = 1;
export const FRAGMENTATION_NEEDED = 4;
export const TIME_EXCEEDED = 11;
/** RFC 1812 section 4.3.2.3: as much as fits into 576 bytes. */
const MAX_QUOTE = 576 - 28;
/** RFC 1812 section 4.3.2.5: precedence 6, internetwork control. */
const ERROR_TOS = 0xc0;
const TTL = 64;

/** No host that could be told: unspecified, loopback, multicast, reserved or broadcast. */
const noHost = (v: number): boolean => v >>> 24 === 0 || v >>> 24 === 127 || v >>> 28 >= 14;

/** RFC 1812 section 4.3.2.7: no error about an error, a later fragment, or a packet that is not from one host to one host. */
export function mayCauseError4(b: Uint8Array, o: number, n: number): boolean {
  if (noHost(u32(b, o + ipv4.SRC)) || noHost(u32(b, o + ipv4.DST)) || ipv4.fragmentOffset(b, o) !== 0) return false;
  if (b[o + ipv4.PROTOCOL] !== ICMP) return true;
  const hl = ipv4.headerLength(b, o);
  if (n <= hl) return false;
  const kind = icmpKind(b[o + hl]);
  return kind !== ERROR && kind !== NO_KIND;
}

/** Writes an error at `at` from `from` to the source of the packet at `o`, of whose `n` bytes it quotes up to 548. Returns its length. */
function writeError(a: Aftr, at: number, type: number, code: number, value: number, from: number, o: number, n: number): number {
  const b = a.u8;
  const quote = Math.min(MAX_QUOTE, n);
  const total = 28 + quote;
  const to = u32(b, o + ipv4.SRC) | 0;
  const icmp = at + ipv4.HEADER_BYTES;
  ipv4.write(b, at, ERROR_TOS, total, takeId(a, from, to, ICMP), 0, TTL, ICMP, from, to);
  b[icmp] = type;
  b[icmp + 1] = code;
  put16(b, icmp + 2, 0);
  put32(b, icmp + 4, value);
  b.copyWithin(icmp + 8, o, o + quote);
  put16(b, icmp + 2, checksum(b, icmp, 8 + quote));
  return total;
}

const errorLength = (n: number): number => 28 + Math.min(MAX_QUOTE, n);

/** Tells the inner host, through the softwire of the B4 whose address lies at `b4At`, from the well-known address (RFC 6333 section 6.5). */
export function errorToB4(
  a: Aftr, b4At: number, type: number, code: number, value: number, o: number, n: number, sec: number, nsec: number, reason: number, silent: number,
): number {
  if (!mayCauseError4(a.u8, o, n)) return silent;
  if (!takeToken(a.bucket, sec, nsec)) return silent;
  a.piece = 0;
  const b4 = openB4(a.nat, a.u8, b4At);
  const len = errorLength(n);
  const at = b4Room(a, len);
  writeError(a, at, type, code, value, a.wellKnown, o, n);
  toB4(a, at, len, b4, sec, nsec, reason);
  closeB4(a.nat, b4);
  return reason;
}

/** Tells the Internet-side source of the packet at `o` (RFC 7335 section 4: never from 192.0.0.0/29). */
export function errorToCore(a: Aftr, type: number, code: number, value: number, o: number, n: number, sec: number, nsec: number, reason: number, silent: number): number {
  if (!mayCauseError4(a.u8, o, n)) return silent;
  if (!takeToken(a.bucket, sec, nsec)) return silent;
  const len = errorLength(n);
  const at = a.sink.reserve(CORE, len);
  writeError(a, at, type, code, value, a.coreSource, o, n);
  a.sink.commit(CORE, at, len, sec, nsec, reason);
  return reason;
}

/** Writes the reply to the echo request at `o` (`n` bytes) at `at`, which may be `o`: a header without options, the same data. Returns its length. */
export function writeEchoReply4(a: Aftr, at: number, o: number, n: number): number {
  const b = a.u8;
  const hl = ipv4.headerLength(b, o);
  const to = u32(b, o + ipv4.SRC) | 0;
  const from = u32(b, o + ipv4.DST) | 0;
  const tos = b[o + ipv4.TOS] & 0xfc;
  const reply = at + ipv4.HEADER_BYTES;
  const len = ipv4.HEADER_BYTES + n - hl;
  b.copyWithin(reply, o + hl, o + n);
  ipv4.write(b, at, tos, len, takeId(a, from, to, ICMP), 0, TTL, ICMP, from, to);
  b[reply] = 0;
  put16(b, reply + 2, 0);
  put16(b, reply + 2, checksum(b, reply, n - hl));
  return len;
}

/** A whole packet from a B4 to an address of the AFTR: echo requests are answered from that address. */
export function deliverFromB4(a: Aftr, b4At: number, o: number, n: number, sec: number, nsec: number): number {
  const b = a.u8;
  const hl = ipv4.headerLength(b, o);
  const icmp = o + hl;
  if (b[o + ipv4.PROTOCOL] !== ICMP || ipv4.isFragment(b, o) || n - hl < 8 || b[icmp] !== 8 || checksum(b, icmp, n - hl) !== 0) return R.TO_AFTR;
  const len = ipv4.HEADER_BYTES + n - hl;
  a.piece = 0;
  const b4 = openB4(a.nat, b, b4At);
  const at = b4Room(a, len);
  writeEchoReply4(a, at, o, n);
  toB4(a, at, len, b4, sec, nsec, R.ECHO4);
  closeB4(a.nat, b4);
  return R.ECHO4;
}

