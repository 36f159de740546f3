/** The outer IPv6 packet at the AFTR: extension headers left to right (RFC 8200 section 4), reassembly, then IPv4 or ICMPv6. */
import { u16, u32 } from "../../wire/bits.js";
import { inPrefix6At, isIpv6At } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import { COMPLETE, DUPLICATE, HEADROOM, HELD, MALFORMED, MIXED_ECN, OVERLAP, addFragment } from "../fragments/reassembly.js";
import type { Aftr } from "./aftr.js";
import { parameterProblem, receiveIcmp6 } from "./icmp6.js";
import { fromB4 } from "./outbound.js";
import * as R from "./reasons.js";
import { FIRST_HEADER } from "./timers.js";

const NEXT_IPV4 = 4;
const OPTION_TUNNEL_LIMIT = 4;
const OPTION_ROUTER_ALERT = 5;

/** An IPv6 packet on the access side. -1 when it is not addressed to this AFTR. */
export function receiveOuter(a: Aftr, off: number, len: number, sec: number, nsec: number): number {
  const b = a.u8;
  if (ipv6.ipv6Fault(b, off, len) !== ipv6.FAULT_NONE || !isIpv6At(b, off + ipv6.DST, a.cfg.address)) return -1;
  const src = off + ipv6.SRC;
  if (b[src] === 0xff || isIpv6At(b, src, a.cfg.address) || (u32(b, src) === 0 && u32(b, src + 4) === 0 && u32(b, src + 8) === 0 && u32(b, src + 12) <= 1)) return R.OUTER_SOURCE;
  return upper(a, off, b[off + ipv6.NEXT_HEADER], off + ipv6.NEXT_HEADER, off + ipv6.HEADER_BYTES, off + ipv6.HEADER_BYTES + ipv6.payloadLength(b, off), ipv6.trafficClass(b, off), true, sec, nsec);
}

/**
 * Processes the chain from the header `next` at `at`; `named` = offset of the byte that named it. `original`: the bytes are those of
 * the packet at `off`, so that an ICMPv6 error can point into it; false after reassembly. `tc` = traffic class.
 */
function upper(a: Aftr, off: number, next: number, named: number, at: number, end: number, tc: number, original: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  for (let first = original; ; first = false) {
    if (next === NEXT_IPV4) {
      if (!served(a, off)) return R.B4_NOT_SERVED;
      return fromB4(a, off + ipv6.SRC, at, end - at, tc, sec, nsec);
    }
    if (next === ipv6.NH_ICMPV6) return receiveIcmp6(a, off, at, end - at, original, sec, nsec);
    if (next === ipv6.NH_FRAGMENT) return original ? fragment(a, off, at, end, tc, sec, nsec) : R.OUTER_HEADER;
    const options = next === ipv6.NH_DEST_OPTIONS || next === ipv6.NH_HOP_BY_HOP;
    if (!options && next !== ipv6.NH_ROUTING) return R.OUTER_UPPER;
    if (next === ipv6.NH_HOP_BY_HOP && !first) return original ? parameterProblem(a, off, 1, named - off, sec, nsec) : R.OUTER_HEADER;
    const size = at + 2 > end ? 0 : (b[at + 1] + 1) << 3;
    if (size === 0 || at + size > end) return R.OUTER_HEADER;
    if (options) {
      const bad = badOption(b, at, size);
      if (bad !== 0) {
        const answer = b[bad] >= 0x80 && original;
        return answer ? parameterProblem(a, off, 2, bad - off, sec, nsec) : R.OUTER_HEADER;
      }
    } else if (b[at + 3] !== 0) {
      // RFC 8200 section 4.4: an unrecognised routing type with segments left; type 0 counts as such (RFC 5095).
      return original ? parameterProblem(a, off, 0, at + 2 - off, sec, nsec) : R.OUTER_HEADER;
    }
    named = at;
    next = b[at];
    at += size;
  }
}

function served(a: Aftr, off: number): boolean {
  const { b4Prefixes } = a.cfg;
  for (let i = 0; i < b4Prefixes.length; i++) if (inPrefix6At(a.u8, off + ipv6.SRC, b4Prefixes[i])) return true;
  return b4Prefixes.length === 0;
}

/** Offset of the first option that forbids processing (RFC 8200 section 4.2: action bits not 00 and type unknown, or cut); 0 when none does. */
function badOption(b: Uint8Array, at: number, size: number): number {
  for (let o = at + 2; o < at + size; ) {
    const type = b[o];
    if (type === 0) {
      o++;
      continue;
    }
    if (o + 1 >= at + size || o + 2 + b[o + 1] > at + size) return o;
    if (type !== 1 && type !== OPTION_TUNNEL_LIMIT && type !== OPTION_ROUTER_ALERT && (type & 0xc0) !== 0) return o;
    o += 2 + b[o + 1];
  }
  return 0;
}

/** The packet's Fragment header at `at`: RFC 8200 section 4.5; an atomic fragment is processed alone (RFC 6946). */
function fragment(a: Aftr, off: number, at: number, end: number, tc: number, sec: number, nsec: number): number {
  const b = a.u8;
  if (at + 8 > end) return R.OUTER_HEADER;
  const word = u16(b, at + 2);
  const offset = word & 0xfff8;
  const more = (word & 1) !== 0;
  if (offset === 0 && !more) return upper(a, off, b[at], at, at + 8, end, tc, true, sec, nsec);
  if (a.cfg.reassemblySeconds === 0) return R.OUTER_REFUSED;
  const r = a.reassembly;
  for (let i = 0; i < 8; i++) r.key[i] = u32(b, off + ipv6.SRC + 4 * i);
  r.key[8] = u32(b, at + 4);
  r.key[9] = 0;
  const len = end - at - 8;
  if (more && (len & 7) !== 0) return parameterProblem(a, off, 0, ipv6.PAYLOAD_LENGTH, sec, nsec);
  if (offset + len > 65535) return parameterProblem(a, off, 0, at + 2 - off, sec, nsec);
  const got = addFragment(r, at + 8, len, offset, more, tc, 0, a.cfg.reassemblySeconds, sec, nsec);
  if (got === HELD || got === COMPLETE) {
    // The next header of the first fragment counts (RFC 8200 section 4.5).
    if (offset === 0) {
      b[r.slotData - HEADROOM] = b[at];
      // Kept for the error when the rest does not come; a chain of headers that is longer than the headroom cannot be quoted.
      const head = at + 8 - off;
      b[r.slotData - FIRST_HEADER] = head <= HEADROOM - 2 ? head : 0;
      if (head <= HEADROOM - 2) b.copyWithin(r.slotData - head, off, at + 8);
    }
    if (got === HELD) return R.OUTER_HELD;
    return upper(a, off, b[r.slotData - HEADROOM], 0, r.dataOff, r.dataOff + r.dataLen, r.dataTos, false, sec, nsec);
  }
  if (got === DUPLICATE) return R.OUTER_DUPLICATE;
  if (got === OVERLAP) return R.OUTER_OVERLAPPING;
  if (got === MIXED_ECN) return R.OUTER_ECN;
  return got === MALFORMED ? R.OUTER_MALFORMED : R.OUTER_HEADER;
}
