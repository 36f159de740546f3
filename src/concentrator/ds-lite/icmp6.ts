/** ICMPv6 at the AFTR address: echo, errors about softwire packets (RFC 2473 section 8), and what the AFTR itself sends. */
import { ACCESS } from "../../config/types.js";
import { isIpv6At } from "../../wire/address.js";
import { u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { takeToken } from "../icmp/bucket.js";
import { errorLength, isEchoRequest, mayCauseError, writeEchoReply, writeError } from "../icmp/icmpv6.js";
import { B_EXTERNAL, B_EXTERNAL_PORT, B_STRIDE, ICMP } from "../nat/layout.js";
import { rewriteEndpoint } from "../nat/rewrite.js";
import { findB4 } from "../nat/subscribers.js";
import type { Aftr } from "./aftr.js";
import { quotedBinding } from "./errors.js";
import { FRAGMENTATION_NEEDED, HOST_UNREACHABLE, UNREACHABLE, errorToCore } from "./icmp4.js";
import { isExternal } from "./outside.js";
import * as R from "./reasons.js";
import { OVERHEAD, learnMtu } from "./softwire.js";

const DESTINATION_UNREACHABLE = 1;
const PACKET_TOO_BIG = 2;
const TIME_EXCEEDED = 3;
const PARAMETER_PROBLEM = 4;
const MAX_QUOTE = 548;

/** Parameter Problem about the outer packet at `off`, pointer relative to it. */
export function parameterProblem(a: Aftr, off: number, code: number, pointer: number, sec: number, nsec: number): number {
  const n = ipv6.HEADER_BYTES + ipv6.payloadLength(a.u8, off);
  if (!mayCauseError(a.u8, off, n, a.upper) || !takeToken(a.bucket, sec, nsec)) return R.OUTER_HEADER;
  const len = errorLength(n);
  const at = a.sink.reserve(ACCESS, len);
  writeError(a.u8, at, PARAMETER_PROBLEM, code, pointer, a.cfg.address, off, n);
  a.sink.commit(ACCESS, at, len, sec, nsec, R.OUTER_PARAMETER);
  return R.OUTER_PARAMETER;
}

/** The ICMPv6 message at `at` (`n` bytes) of the packet at `off`; `original`: it was not reassembled. */
export function receiveIcmp6(a: Aftr, off: number, at: number, n: number, original: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  const total = ipv6.HEADER_BYTES + ipv6.payloadLength(b, off);
  if (original && isEchoRequest(b, off, total) && total <= a.cfg.mtuV6) {
    const reply = a.sink.reserve(ACCESS, total);
    writeEchoReply(b, reply, a.cfg.address, off, total);
    a.sink.commit(ACCESS, reply, total, sec, nsec, R.ECHO6);
    return R.ECHO6;
  }
  if (n < 8 || finish(sum(b, at, n, pseudo6(b, off + ipv6.SRC, n, ipv6.NH_ICMPV6))) !== 0) return R.TUNNEL_ERROR_NOTED;
  const type = b[at];
  if (type < DESTINATION_UNREACHABLE || type > PARAMETER_PROBLEM) return R.TUNNEL_ERROR_NOTED;
  if (type === TIME_EXCEEDED && b[at + 1] !== 0) return R.TUNNEL_ERROR_NOTED;
  return relay(a, type, u32(b, at + 4), at + 8, n - 8, sec, nsec);
}

/**
 * RFC 2473 section 8.3: an error about a softwire packet of ours is told to the IPv4 source of the packet inside, which is shown
 * as that source sent it (external destination, decisions.md D31). Unreachable and hop limit become host unreachable; the end of a reassembly
 * (type 3, code 1) is none of the errors that section 8.1 lists. Packet Too Big
 * becomes Fragmentation Needed only when DF is honoured; in any case the outer packets to this B4 are cut smaller from then on
 * (section 7.1: the tunnel MTU follows the path MTU).
 */
function relay(a: Aftr, type: number, value: number, at: number, have: number, sec: number, nsec: number): number {
  const b = a.u8;
  if (have < ipv6.HEADER_BYTES + ipv4.HEADER_BYTES + 8 || ipv6.version(b, at) !== 6 || !isIpv6At(b, at + ipv6.SRC, a.cfg.address)) return R.TUNNEL_ERROR_NOTED;
  ipv6.walk(b, at, have, a.upper);
  const { upper } = a;
  if (upper.protocol !== 4 || !upper.whole || (upper.fragment !== 0 && (b[upper.fragment + 2] !== 0 || (b[upper.fragment + 3] & 0xf8) !== 0))) return R.TUNNEL_ERROR_NOTED;
  const q = upper.off;
  const left = at + have - q;
  const hl = left < ipv4.HEADER_BYTES ? 0 : ipv4.headerLength(b, q);
  if (hl < ipv4.HEADER_BYTES || ipv4.version(b, q) !== 4 || left < hl + 8) return R.TUNNEL_ERROR_NOTED;
  const tooBig = type === PACKET_TOO_BIG;
  const b4 = tooBig ? findB4(a.nat, b, at + ipv6.DST) : 0;
  // The quotation is that of a packet of ours to a B4 with a live mapping (checked below for what is relayed): nobody off the path can guess it.
  const learnt = b4 !== 0 && quotedBinding(a, at + ipv6.DST, q, left) !== 0 && learnMtu(a, b4, value);
  if (type !== DESTINATION_UNREACHABLE && type !== TIME_EXCEEDED && !(tooBig && a.cfg.oversize === "honour-df" && ipv4.df(b, q))) return learnt ? R.PATH_MTU_LEARNT : R.TUNNEL_ERROR_NOTED;
  if (isExternal(a, u32(b, q + ipv4.SRC) | 0)) return R.TUNNEL_ERROR_NOTED;
  const binding = quotedBinding(a, at + ipv6.DST, q, left);
  if (binding === 0) return R.TUNNEL_ERROR_NOTED;
  const n = Math.min(left, ipv4.totalLength(b, q), MAX_QUOTE);
  const o = a.hairpin;
  b.copyWithin(o, q, q + n);
  if (a.nat.cfg !== undefined) {
    const { data } = a.nat.bindings;
    const at2 = binding * B_STRIDE;
    rewriteEndpoint(b, o, ipv4.DST, data[at2 + B_EXTERNAL_PORT] & 0xffff, b[o + ipv4.PROTOCOL] === ICMP ? 4 : 2, data[at2 + B_EXTERNAL], n - hl);
    ipv4.seal(b, o);
  }
  const code = tooBig ? FRAGMENTATION_NEEDED : HOST_UNREACHABLE;
  const mtu = tooBig ? Math.max(68, Math.min(value, 0xffff) - OVERHEAD) : 0;
  return errorToCore(a, UNREACHABLE, code, mtu, o, n, sec, nsec, R.TUNNEL_ERROR, R.TUNNEL_ERROR_NOTED);
}
