/**
 * ICMP errors through the NAT, translated inside out (RFC 5508 section 4): outer addresses, quoted addresses, ports and every
 * checksum that covers them. They neither refresh nor end a session (REQ-6). A quotation's transport checksum is kept right
 * relative to what it was, never validated (REQ-3).
 */
import { put16, put32, u16, u32 } from "../../wire/bits.js";
import { checksum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import { isHeld } from "../nat/bindings.js";
import { findExternal } from "../nat/external.js";
import { B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_INNER, B_PORT, B_STRIDE, ICMP, TCP, UDP } from "../nat/layout.js";
import { findForRemote, findOverlapped } from "../nat/overlap.js";
import { rewriteEndpoint } from "../nat/rewrite.js";
import { findB4 } from "../nat/subscribers.js";
import type { Aftr } from "./aftr.js";
import { coreRoom, finishHeader, toCore } from "./core-side.js";
import * as R from "./reasons.js";
import { b4Room, toB4 } from "./softwire.js";
import { QUERY, REPLY, icmpKind } from "./transport.js";

/** Result of `errorOut`: to be sent inbound. */
export const STAGED = -1;

/** Protocol << 16 | port of the endpoint of the quoted packet at `q` (`have` bytes); -1 when the quotation does not tell. */
export function quotedPort(b: Uint8Array, q: number, have: number, source: boolean): number {
  const protocol = b[q + ipv4.PROTOCOL];
  const l4 = q + ipv4.headerLength(b, q);
  const left = have - ipv4.headerLength(b, q);
  if (ipv4.fragmentOffset(b, q) !== 0) return -1;
  if (protocol === ICMP) {
    if (left < 8) return -1;
    const kind = icmpKind(b[l4]);
    return kind === QUERY || kind === REPLY ? (protocol << 16) | u16(b, l4 + 4) : -1;
  }
  if (protocol !== TCP && protocol !== UDP) return protocol << 16;
  return left < 8 ? -1 : (protocol << 16) | u16(b, l4 + (source ? 0 : 2));
}

/** Checks error and quotation; returns bytes of the quotation at hand, 0 when they are broken (RFC 5508 REQ-3). */
function quotation(b: Uint8Array, o: number, n: number): number {
  const icmp = o + ipv4.headerLength(b, o);
  const have = n - ipv4.headerLength(b, o) - 8;
  const q = icmp + 8;
  if (have < ipv4.HEADER_BYTES || checksum(b, icmp, have + 8) !== 0) return 0;
  const hl = ipv4.headerLength(b, q);
  if (ipv4.version(b, q) !== 4 || hl < ipv4.HEADER_BYTES || hl > have || checksum(b, q, hl) !== 0) return 0;
  return have;
}

/** Rewrites one endpoint of the quoted packet at `q`, and both checksums above it. `source`: its source, else its destination. */
function rewriteQuoted(b: Uint8Array, at: number, n: number, source: boolean, address: number, port: number): void {
  const icmp = at + ipv4.headerLength(b, at);
  const q = icmp + 8;
  const have = n - (q - at) - ipv4.headerLength(b, q);
  const portOff = b[q + ipv4.PROTOCOL] === ICMP ? 4 : source ? 0 : 2;
  rewriteEndpoint(b, q, source ? ipv4.SRC : ipv4.DST, port, portOff, address, have);
  ipv4.seal(b, q);
  put16(b, icmp + 2, 0);
  put16(b, icmp + 2, checksum(b, icmp, n - (icmp - at)));
}

/** No NAT and no firewall that looks into packets: a router, which forwards errors as any packet and fragments one by one. */
export const isTransit = (a: Aftr): boolean => a.nat.cfg === undefined && a.chain?.firewall === undefined;

/** An error from the Internet (or hairpinned) about a packet that an inner host sent (RFC 5508 REQ-4). */
export function errorIn(a: Aftr, o: number, n: number, hairpin: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  const { nat } = a;
  const transit = isTransit(a);
  const have = transit ? 0 : quotation(b, o, n);
  if (have === 0 && !transit) return R.ICMP_BROKEN;
  const q = o + ipv4.headerLength(b, o) + 8;
  const key = nat.cfg === undefined ? 0 : quotedPort(b, q, have, true);
  if (key < 0 || (!transit && u32(b, q + ipv4.SRC) !== u32(b, o + ipv4.DST))) return R.ICMP_NO_MAPPING;
  const end = u32(b, o + ipv4.DST) | 0;
  const binding = nat.overlaps ? findForRemote(nat.external, nat.bindings, end, key, u32(b, q + ipv4.DST) | 0, quotedPort(b, q, have, false) & 0xffff) : findExternal(nat.external, nat.bindings, end, key);
  if (binding === 0 || isHeld(nat, binding)) return R.ICMP_NO_MAPPING;
  if (!hairpin && b[o + ipv4.TTL] <= 1) return R.TTL_SILENT;
  const { data } = nat.bindings;
  const at2 = binding * B_STRIDE;
  const at = b4Room(a, n);
  b.copyWithin(at, o, o + n);
  if (nat.cfg !== undefined) {
    put32(b, at + ipv4.DST, data[at2 + B_INNER]);
    rewriteQuoted(b, at, n, true, data[at2 + B_INNER], data[at2 + B_PORT] & 0xffff);
  }
  if (!hairpin) b[at + ipv4.TTL]--;
  ipv4.seal(b, at);
  if (hairpin) a.hairpinnedPackets++;
  return toB4(a, at, n, data[at2 + B_B4], sec, nsec, hairpin ? R.HAIRPIN : R.ERROR_IN);
}

/** An error of an inner host or router about a packet that came in (RFC 5508 REQ-5): its source becomes the binding's external address. STAGED: the translated error lies at `a.hairpin` and goes back inside. */
export function errorOut(a: Aftr, b4At: number, o: number, n: number, tos: number, hairpin: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  const { nat } = a;
  const transit = isTransit(a);
  const have = transit ? 0 : quotation(b, o, n);
  if (have === 0 && !transit) return R.ICMP_BROKEN;
  const q = o + ipv4.headerLength(b, o) + 8;
  if (!transit && u32(b, q + ipv4.SRC) !== u32(b, o + ipv4.DST)) return R.ICMP_NO_MAPPING;
  const binding = transit ? 0 : quotedBinding(a, b4At, q, have);
  if (binding === 0 && !transit) return R.ICMP_NO_MAPPING;
  const { data } = nat.bindings;
  const at2 = binding * B_STRIDE;
  const at = hairpin ? a.hairpin : coreRoom(a, n);
  b.copyWithin(at, o, o + n);
  if (nat.cfg !== undefined) {
    put32(b, at + ipv4.SRC, data[at2 + B_EXTERNAL]);
    rewriteQuoted(b, at, n, false, data[at2 + B_EXTERNAL], data[at2 + B_EXTERNAL_PORT] & 0xffff);
  }
  finishHeader(a, at, tos);
  a.decapsulatedPackets++;
  a.decapsulatedBytes += n;
  return hairpin ? STAGED : toCore(a, at, n, sec, nsec, R.ERROR_OUT);
}

/** The live binding of the inner destination of a quoted packet that went into the softwire of the B4 at `b4At`; 0 when there is none. */
export function quotedBinding(a: Aftr, b4At: number, q: number, have: number): number {
  const b = a.u8;
  const { nat } = a;
  const key = quotedPort(b, q, have, false);
  const b4 = key < 0 ? 0 : findB4(nat, b, b4At);
  if (b4 === 0) return 0;
  const protocol = key >>> 16;
  const ported = protocol === TCP || protocol === UDP;
  const remotePort = ported ? u16(b, q + ipv4.headerLength(b, q)) : 0;
  const binding = findOverlapped(nat, b4, u32(b, q + ipv4.DST) | 0, nat.cfg === undefined ? 0 : key, u32(b, q + ipv4.SRC) | 0, remotePort);
  return binding === 0 || isHeld(nat, binding) ? 0 : binding;
}
