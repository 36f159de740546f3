/** The tunnel side: protocol 41 packets that leave the tunnel (RFC 4213 sections 3.6 to 3.8, RFC 5969 section 9.2). */
import { ACCESS, CORE } from "../../config/types.js";
import * as ipv6 from "../../wire/ipv6.js";
import { PASSES, guard6 } from "../firewall/guard6.js";
import { TIME_EXCEEDED, TOO_BIG } from "../icmp/icmpv6.js";
import { BAD, GOOD, destination6, source6 } from "./addresses.js";
import { answerError, deliverLocally } from "./answer.js";
import { ECN_DROP, ecnOut } from "./ecn.js";
import { enterTunnel, recordFlow } from "./encapsulate.js";
import * as R from "./reasons.js";
import { ACCEPTED, ANYCAST, NATIVE, OWN_PREFIX, REFUSED, TUNNEL, type Tunnel, isOwn6 } from "./tunnel.js";

/**
 * The payload of a protocol-41 packet: `len` bytes at `o`, from `outerSource` to our address `outerDestination` (int32),
 * with the outer ToS byte. Returns the reason, or FOREIGN when the inner source is of another domain.
 */
export function decapsulate(t: Tunnel, o: number, len: number, outerTos: number, outerSource: number, outerDestination: number, sec: number, nsec: number): number {
  const b = t.u8;
  const { policy } = t;
  if (ipv6.ipv6Fault(b, o, len) !== ipv6.FAULT_NONE) return R.INNER_INVALID;
  // The length comes from the payload length: what follows is padding (RFC 4213 section 3.6).
  const n = ipv6.HEADER_BYTES + ipv6.payloadLength(b, o);
  const source = source6(b, o + ipv6.SRC);
  if (source !== GOOD) return source === BAD ? R.INNER_SOURCE_INVALID : R.INNER_SOURCE_LINK_LOCAL;
  const fault = policy.checkInner(b, o, outerSource, outerDestination);
  if (fault !== ACCEPTED) return fault;
  if (destination6(b, o + ipv6.DST) !== GOOD) return R.INNER_DESTINATION_INVALID;
  const tc = ipv6.trafficClass(b, o);
  const ecn = ecnOut(tc & 3, outerTos & 3);
  if (ecn === ECN_DROP) return R.ECN_ILLEGAL;
  if (isOwn6(t, o + ipv6.DST)) return deliverLocally(t, ACCESS, o, n, undefined, R.TO_OWN_ADDRESS, sec, nsec);
  let where = policy.route(b, o + ipv6.DST, true);
  let to = t;
  for (let i = 0; where === NATIVE && i < t.peers.length; i++) {
    to = t.peers[i];
    where = to.policy.route(b, o + ipv6.DST, true);
  }
  if (where === TUNNEL) return hairpin(t, to, o, n, (tc & 0xfc) | ecn, outerSource, outerDestination, sec, nsec);
  if (where === REFUSED) return to.policy.refusal;
  if (where === ANYCAST) return deliverLocally(t, ACCESS, o, n, t.source6, R.NULL_ROUTED, sec, nsec);
  if (where === OWN_PREFIX) return R.NULL_ROUTED;
  const hop = b[o + ipv6.HOP_LIMIT];
  if (hop <= 1) return answerError(t, ACCESS, TIME_EXCEEDED, 0, 0, o, n, sec, nsec, R.HOP_LIMIT_EXCEEDED, R.HOP_LIMIT_SILENT);
  if (n > t.coreMtu) return answerError(t, ACCESS, TOO_BIG, 0, t.coreMtu, o, n, sec, nsec, R.PACKET_TOO_BIG, R.TOO_BIG_SILENT);
  if (t.chain !== undefined) {
    const refused = guard6(t, t.chain, ACCESS, o, n, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  if (policy.translate !== undefined && !policy.translate.admit(b, o)) return R.NOT_TRANSLATED;
  if (!recordFlow(t, o, n, outerSource, outerDestination, false, sec)) return R.FLOW_LIMIT;
  const at = t.sink.reserve(CORE, n);
  b.copyWithin(at, o, o + n);
  b[at + ipv6.HOP_LIMIT] = hop - 1;
  if (ecn !== (tc & 3)) ipv6.setTrafficClass(b, at, (tc & 0xfc) | ecn);
  if (policy.translate !== undefined) policy.translate.out(b, at, n);
  t.sink.commit(CORE, at, n, sec, nsec, R.DECAPSULATED);
  t.decapsulatedPackets++;
  t.decapsulatedBytes += n;
  return R.DECAPSULATED;
}

/**
 * Back into the tunnel, or into that of another domain (`to`): from initiator to initiator through us, or a keepalive to the
 * sender itself (RFC 5969 section 8). Between domains no loop can arise: each checks the embedded source (section 9.2).
 */
function hairpin(t: Tunnel, to: Tunnel, o: number, n: number, tc: number, outerSource: number, outerDestination: number, sec: number, nsec: number): number {
  const r = enterTunnel(to, t, ACCESS, o, n, tc, to.policy.nextHop, outerSource, outerDestination, sec, nsec, R.HAIRPINNED);
  if (r === R.HAIRPINNED) {
    t.hairpinnedPackets++;
    t.hairpinnedBytes += n;
  }
  return r;
}
