/** The transport fields that a NAT looks at, read into the AFTR's registers. */
import { u16 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { ICMP, TCP, UDP } from "../nat/layout.js";
import { GRE, callId } from "../nat/pptp.js";
import type { Aftr } from "./aftr.js";

/** Well-known port of TFTP servers (RFC 1350 section 4). */
export const TFTP = 69;

/** ICMP kinds in `a.icmp`. */
export const NOT_ICMP = 0;
export const QUERY = 1;
export const REPLY = 2;
export const ERROR = 3;
export const NO_KIND = 4;

/** Query types 8, 13, 15, 17 and their replies 0, 14, 16, 18 (RFC 5508 section 3); errors 3, 11, 12 (section 4). */
export function icmpKind(type: number): number {
  if (type === 8 || type === 13 || type === 15 || type === 17) return QUERY;
  if (type === 0 || type === 14 || type === 16 || type === 18) return REPLY;
  return type === 3 || type === 11 || type === 12 ? ERROR : NO_KIND;
}

/** Reads the whole IPv4 packet at `o` (`n` bytes). False when it ends inside its transport header. Ports of other protocols are 0. */
export function readTransport(a: Aftr, o: number, n: number): boolean {
  const b = a.u8;
  const hl = (b[o] & 15) << 2;
  const l4 = o + hl;
  const have = n - hl;
  const protocol = b[o + ipv4.PROTOCOL];
  a.protocol = protocol;
  a.icmp = NOT_ICMP;
  a.srcPort = 0;
  a.dstPort = 0;
  a.tcpFlags = 0;
  a.call = -1;
  if (protocol === UDP || protocol === TCP) {
    if (have < (protocol === TCP ? 20 : 8)) return false;
    a.srcPort = u16(b, l4);
    a.dstPort = u16(b, l4 + 2);
    if (protocol === TCP) a.tcpFlags = b[l4 + 13];
    return true;
  }
  if (protocol === GRE && a.pptp) {
    const id = callId(b, l4, have);
    if (id >= 0) a.dstPort = id;
    a.call = id;
    return true;
  }
  if (protocol !== ICMP) return true;
  if (have < 8) return false;
  // RFC 5508 REQ-10c: information requests and replies are not supported.
  a.icmp = b[l4] === 15 || b[l4] === 16 ? NO_KIND : icmpKind(b[l4]);
  a.srcPort = a.dstPort = u16(b, l4 + 4);
  return true;
}
