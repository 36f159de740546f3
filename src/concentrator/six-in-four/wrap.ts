/** The outer IPv4 header: size and DF rules (RFC 4213 section 3.2), construction (section 3.5), outer fragmentation. */
import { ACCESS } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { pathMtu } from "./path-mtu.js";
import * as R from "./reasons.js";
import { ID_BITS, type Tunnel } from "./tunnel.js";

const IPV6_MINIMUM_MTU = 1280;
const MAX_INNER = 65535 - ipv4.HEADER_BYTES;
const PROTOCOL_IPV6 = 41;

/**
 * Largest IPv6 packet that may enter the tunnel towards `dst` (int32), times two, plus one when its outer packet has DF set.
 * Static (RFC 4213 section 3.2.1): the configured MTU, DF clear. Always-DF (RFC 5969 section 9.1): what fits the link
 * unfragmented. Dynamic (section 3.2.2): by the recorded path MTU; below 1300 the packet is at most 1280 bytes and DF clear.
 */
export function sizeRule(t: Tunnel, dst: number, sec: number): number {
  const configured = Math.min(t.cfg.tunnelMtu, MAX_INNER);
  if (t.alwaysDf) return 2 * Math.min(configured, t.accessMtu - ipv4.HEADER_BYTES) + 1;
  if (t.cfg.tunnelMtuMode !== "dynamic") return 2 * configured;
  const path = pathMtu(t.pathMtus, dst, sec, t.accessMtu) - ipv4.HEADER_BYTES;
  return path < IPV6_MINIMUM_MTU ? 2 * IPV6_MINIMUM_MTU : 2 * Math.min(path, configured) + 1;
}

/** What Packet Too Big reports for such a rule: never below the IPv6 minimum (RFC 8201 section 4). */
export const reportedMtu = (rule: number): number => Math.max(IPV6_MINIMUM_MTU, rule >> 1);

/** Place for an inner packet of `n` bytes; to be followed by `send` with the same `n` and `df`. */
export function room(t: Tunnel, n: number, df: boolean): number {
  const total = ipv4.HEADER_BYTES + n;
  return total > t.accessMtu && !df ? t.scratch : t.sink.reserve(ACCESS, total) + ipv4.HEADER_BYTES;
}

/** ToS byte by policy; the ECN field is always the inner one (RFC 6040 section 4.1, normal mode). */
function outerTos(t: Tunnel, at: number): number {
  const tc = ipv6.trafficClass(t.u8, at);
  const { dscp } = t.cfg;
  if (dscp.mode === "fixed") return (dscp.dscp << 2) | (tc & 3);
  return dscp.mode === "copy" ? tc : tc & 3;
}

/** Puts the outer header before the inner packet at `at` (from `room`) and sends it, in fragments when it was staged. Returns the reason. */
export function send(t: Tunnel, at: number, n: number, dst: number, df: boolean, sec: number, nsec: number, reason: number): number {
  if (at === t.scratch) return sendFragments(t, n, dst, sec, nsec, reason);
  const start = at - ipv4.HEADER_BYTES;
  const total = n + ipv4.HEADER_BYTES;
  // RFC 6864 section 4.1: the identification of an atomic datagram means nothing; with DF clear it must tell datagrams apart.
  ipv4.write(t.u8, start, outerTos(t, at), total, df ? 0 : takeId(t, dst), df ? ipv4.DF : 0, t.cfg.ttl, PROTOCOL_IPV6, t.address, dst);
  t.sink.commit(ACCESS, start, total, sec, nsec, reason);
  return reason;
}

/** Where the counter of a destination (int32) lies in `ids`. */
export const idSlot = (dst: number): number => Math.imul(dst, 0x9e3779b1) >>> (32 - ID_BITS);

/**
 * The next identification towards `dst` (int32). RFC 6864 section 4.3: it must not come again for the same source, destination and protocol within the
 * maximum datagram lifetime. One counter for the whole tunnel would be through its 65,535 values in a moment, so destinations have counters of their
 * own; those that share one by their hash only use it up together. A single destination that gets more than that in two minutes needs DF (section 4.3).
 */
export function takeId(t: Tunnel, dst: number): number {
  const slot = idSlot(dst);
  const id = t.ids[slot] === 0xffff ? 1 : t.ids[slot] + 1;
  t.ids[slot] = id;
  return id;
}

function sendFragments(t: Tunnel, n: number, dst: number, sec: number, nsec: number, reason: number): number {
  const b = t.u8;
  const id = takeId(t, dst);
  const tos = outerTos(t, t.scratch);
  const piece = (t.accessMtu - ipv4.HEADER_BYTES) & ~7;
  for (let done = 0; done < n; done += piece) {
    const part = Math.min(piece, n - done);
    const start = t.sink.reserve(ACCESS, part + ipv4.HEADER_BYTES);
    b.copyWithin(start + ipv4.HEADER_BYTES, t.scratch + done, t.scratch + done + part);
    const word = (done >>> 3) | (done + part < n ? ipv4.MF : 0);
    ipv4.write(b, start, tos, part + ipv4.HEADER_BYTES, id, word, t.cfg.ttl, PROTOCOL_IPV6, t.address, dst);
    t.sink.commit(ACCESS, start, part + ipv4.HEADER_BYTES, sec, nsec, reason);
  }
  return reason === R.ENCAPSULATED ? R.ENCAPSULATED_FRAGMENTS : reason;
}
