/** The native side: IPv6 packets that enter the tunnel (RFC 4213 sections 3.1 to 3.5). */
import { ACCESS, CORE, type Side } from "../../config/types.js";
import * as ipv6 from "../../wire/ipv6.js";
import { PASSES, guard6 } from "../firewall/guard6.js";
import { TIME_EXCEEDED, TOO_BIG } from "../icmp/icmpv6.js";
import { flowKey6 } from "../softwires/flow-key.js";
import { touchFlow } from "../softwires/softwires.js";
import { BAD, GOOD, inTable4, isMartian4, source6 } from "./addresses.js";
import { answerError, deliverLocally } from "./answer.js";
import * as R from "./reasons.js";
import { ACCEPTED, ANYCAST, NATIVE, OWN_PREFIX, REFUSED, type Tunnel, isAccepted, isOwn6 } from "./tunnel.js";
import { reportedMtu, room, send, sizeRule } from "./wrap.js";

/** The IPv6 packet at `o` came from the core side; its header has been checked. -1 when it is no business of this tunnel. */
export function receiveFromCore(t: Tunnel, o: number, sec: number, nsec: number): number {
  const b = t.u8;
  const { policy } = t;
  const n = ipv6.HEADER_BYTES + ipv6.payloadLength(b, o);
  if (isOwn6(t, o + ipv6.DST)) return deliverLocally(t, CORE, o, n, undefined, R.TO_OWN_ADDRESS, sec, nsec);
  const where = policy.route(b, o + ipv6.DST, false);
  if (where === NATIVE) return -1;
  if (where === REFUSED) return policy.refusal;
  const source = source6(b, o + ipv6.SRC);
  if (source !== GOOD) return source === BAD ? R.INNER_SOURCE_INVALID : R.INNER_SOURCE_LINK_LOCAL;
  // RFC 5969 section 12: the own delegated prefix is null-routed, but for its Subnet-Router anycast address.
  if (where === ANYCAST) return deliverLocally(t, CORE, o, n, t.source6, R.NULL_ROUTED, sec, nsec);
  if (where === OWN_PREFIX) return R.NULL_ROUTED;
  const dst = policy.nextHop;
  const fault = policy.checkNative(b, o);
  if (fault !== ACCEPTED) return fault;
  const r = enterTunnel(t, t, CORE, o, n, ipv6.trafficClass(b, o), dst, dst, t.address, sec, nsec, R.ENCAPSULATED);
  if (r === R.ENCAPSULATED || r === R.ENCAPSULATED_FRAGMENTS) {
    t.encapsulatedPackets++;
    t.encapsulatedBytes += n;
  }
  return r;
}

/**
 * Forwards the IPv6 packet at `o` into the tunnel towards `dst`: from the native side, or (hairpin) from the tunnel itself.
 * `via` is the tunnel that the packet came from (hairpin; `t` itself otherwise): ICMPv6 errors go back there, and the flow
 * belongs to its softwire (`initiator`, `concentrator`). `tc` is the traffic class to send, which after a tunnel may differ
 * from the packet's. The packet in memory is left as it is. All IPv4 addresses int32.
 */
export function enterTunnel(
  t: Tunnel, via: Tunnel, from: Side, o: number, n: number, tc: number, dst: number, initiator: number, concentrator: number, sec: number, nsec: number, reason: number,
): number {
  const b = t.u8;
  // RFC 3056 section 9, RFC 1812 section 5.3.7: nothing is sent to an address that no node can have, nor to ourselves.
  if (isMartian4(dst) || isAccepted(t, dst)) return R.V4_DESTINATION_INVALID;
  if (t.policy.kind !== "6to4-router" && inTable4(t.relays, dst)) return R.V4_DESTINATION_RELAY;
  const hop = ipv6.hopLimit(b, o);
  if (hop <= 1) return answerError(via, from, TIME_EXCEEDED, 0, 0, o, n, sec, nsec, R.HOP_LIMIT_EXCEEDED, R.HOP_LIMIT_SILENT);
  const rule = sizeRule(t, dst, sec);
  if (n > rule >> 1) return answerError(via, from, TOO_BIG, 0, reportedMtu(rule), o, n, sec, nsec, R.PACKET_TOO_BIG, R.TOO_BIG_SILENT);
  if (via.chain !== undefined) {
    const refused = guard6(via, via.chain, from, o, n, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  if (from === ACCESS && t.policy.translate !== undefined && !t.policy.translate.admit(b, o)) return R.NOT_TRANSLATED;
  if (!recordFlow(via, o, n, initiator, concentrator, from === CORE, sec)) return R.FLOW_LIMIT;
  const df = (rule & 1) === 1;
  const at = room(t, n, df);
  b.copyWithin(at, o, o + n);
  b[at + ipv6.HOP_LIMIT] = hop - 1;
  if (from === ACCESS) ipv6.setTrafficClass(b, at, tc);
  if (t.policy.translate !== undefined) {
    if (from === ACCESS) t.policy.translate.out(b, at, n);
    t.policy.translate.in(b, at, n);
  }
  return send(t, at, n, dst, df, sec, nsec, reason);
}

/** Notes the packet's flow; false when the softwire's flow limit refuses it. */
export function recordFlow(t: Tunnel, o: number, n: number, initiator: number, concentrator: number, reverse: boolean, sec: number): boolean {
  const s = t.softwires;
  flowKey6(t.u8, o, n, t.upper, s.flowKey);
  if (t.policy.translate !== undefined) t.policy.translate.flowKey(s.flowKey);
  s.softwireKey[0] = initiator;
  s.softwireKey[1] = concentrator;
  return touchFlow(s, sec, reverse) !== 0;
}
