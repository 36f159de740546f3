/** ICMPv4 to the concentrator's own address: echo, and errors about tunnel packets (RFC 4213 section 3.4). */
import { ACCESS, CORE } from "../../config/types.js";
import { put16, u16 } from "../../wire/bits.js";
import { checksum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { ADDRESS_UNREACHABLE, UNREACHABLE } from "../icmp/icmpv6.js";
import { word } from "./addresses.js";
import { answerError } from "./answer.js";
import { learnPathMtu } from "./path-mtu.js";
import * as R from "./reasons.js";
import { TUNNEL, type Tunnel, isAccepted } from "./tunnel.js";
import { takeId } from "./wrap.js";

const ECHO_REQUEST = 8;
const DESTINATION_UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;

/** The ICMP message of `len` bytes at `o`, sent by `from` to our address `to`. */
export function receiveIcmp4(t: Tunnel, o: number, len: number, tosByte: number, from: number, to: number, sec: number, nsec: number): number {
  const b = t.u8;
  if (len < 8 || checksum(b, o, len) !== 0) return R.ICMP4_IGNORED;
  const type = b[o];
  if (type === ECHO_REQUEST && b[o + 1] === 0) return t.cfg.echo ? reply(t, o, len, tosByte, from, to, sec, nsec) : R.ICMP4_IGNORED;
  if (type !== DESTINATION_UNREACHABLE && type !== TIME_EXCEEDED && type !== PARAMETER_PROBLEM) return R.ICMP4_IGNORED;
  return tunnelError(t, type, o, len, sec, nsec);
}

function reply(t: Tunnel, o: number, len: number, tosByte: number, from: number, to: number, sec: number, nsec: number): number {
  const b = t.u8;
  const total = len + ipv4.HEADER_BYTES;
  if (total > t.accessMtu) return R.TOO_BIG_SILENT;
  const at = t.sink.reserve(ACCESS, total);
  const icmp = at + ipv4.HEADER_BYTES;
  ipv4.write(b, at, tosByte, total, takeId(t, from), 0, t.cfg.ttl, 1, to, from);
  b.copyWithin(icmp, o, o + len);
  b[icmp] = 0;
  put16(b, icmp + 2, 0);
  put16(b, icmp + 2, checksum(b, icmp, len));
  t.sink.commit(ACCESS, at, total, sec, nsec, R.ECHO4_ANSWERED);
  return R.ECHO4_ANSWERED;
}

/** An error that quotes a packet of ours. Errors that quote anything else are forged or stray (RFC 4213 section 4). */
function tunnelError(t: Tunnel, type: number, o: number, len: number, sec: number, nsec: number): number {
  const b = t.u8;
  const q = o + 8;
  const left = len - 8;
  if (left < ipv4.HEADER_BYTES || ipv4.version(b, q) !== 4) return R.ICMP4_IGNORED;
  const hl = ipv4.headerLength(b, q);
  if (hl < ipv4.HEADER_BYTES || hl > left || b[q + ipv4.PROTOCOL] !== 41 || !isAccepted(t, word(b, q + ipv4.SRC))) return R.ICMP4_IGNORED;
  if (type === DESTINATION_UNREACHABLE && b[o + 1] === FRAGMENTATION_NEEDED) {
    // With a static tunnel MTU the packets are fragmentable and the MTU is not to be learnt (section 3.2.1).
    if (t.cfg.tunnelMtuMode !== "dynamic") return R.TUNNEL_ERROR_NOTED;
    learnPathMtu(t.pathMtus, word(b, q + ipv4.DST), u16(b, o + 6), ipv4.totalLength(b, q), sec, t.accessMtu);
    return R.PATH_MTU_LEARNT;
  }
  const inner = q + hl;
  const quoted = left - hl;
  if (quoted < ipv6.HEADER_BYTES || ipv6.version(b, inner) !== 6 || ipv4.fragmentOffset(b, q) !== 0) return R.TUNNEL_ERROR_NOTED;
  // A packet that we would not have sent there is none of ours, whatever its outer source says.
  if (t.policy.route(b, inner + ipv6.DST, false) !== TUNNEL || t.policy.nextHop !== word(b, q + ipv4.DST)) return R.ICMP4_IGNORED;
  // RFC 1812 style quotations may end in the middle; what is quoted never exceeds the packet itself.
  const n = Math.min(quoted, ipv6.HEADER_BYTES + ipv6.payloadLength(b, inner));
  let at = inner;
  if (t.policy.translate !== undefined) {
    at = t.scratch;
    b.copyWithin(at, inner, inner + n);
    t.policy.translate.undo(b, at, n);
  }
  const side = t.policy.route(b, at + ipv6.SRC, false) === TUNNEL ? ACCESS : CORE;
  return answerError(t, side, UNREACHABLE, ADDRESS_UNREACHABLE, 0, at, n, sec, nsec, R.TUNNEL_ERROR_RELAYED, R.TUNNEL_ERROR_NOTED);
}

