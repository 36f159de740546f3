/** The service chain on IPv6 packets behind a 6rd or 6to4 concentrator. */
import { ACCESS, type Side } from "../../config/types.js";
import { u16, u32 } from "../../wire/bits.js";
import * as ipv6 from "../../wire/ipv6.js";
import { UNREACHABLE } from "../icmp/icmpv6.js";
import { answerError } from "../six-in-four/answer.js";
import type { Tunnel } from "../six-in-four/tunnel.js";
import { flowKey6 } from "../softwires/flow-key.js";
import { isKnownFlow } from "../softwires/softwires.js";
import { type Chain, type Firewall, FIREWALL_DISCARDED, FIREWALL_FRAGMENT, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT, SOFTWIRE_RULE, decide } from "./chain.js";
import { ACCEPT, REJECT } from "./rules.js";
import { firstOf, isAccepted, passLater } from "./datagrams.js";
import { advanceSessions, passSession } from "./sessions.js";
import { isLaterFragment, view6 } from "./view.js";

/** RFC 4443 section 3.1: communication with destination administratively prohibited. */
const PROHIBITED = 1;
const ICMP6_ERRORS_BELOW = 128;
const FRAGMENT_BYTES = 8;
export const PASSES = -1;

/** PASSES, or the reason why the IPv6 packet at `o` from `side` goes no further. A hairpinned packet meets the chain once, on its way in. */
export function guard6(t: Tunnel, chain: Chain, side: Side, o: number, n: number, sec: number, nsec: number): number {
  if (!(side === ACCESS ? chain.input : chain.output)) {
    flowKey6(t.u8, o, n, t.upper, t.softwires.flowKey);
    if (!isKnownFlow(t.softwires, sec)) return SOFTWIRE_RULE;
  }
  const f = chain.firewall;
  if (f === undefined) return PASSES;
  let at = o;
  if (side !== ACCESS && t.policy.translate !== undefined) {
    // The firewall knows a PMT flow by its 6to4 addresses, in both directions (RFC 6732 section 3.3).
    at = t.scratch;
    t.u8.copyWithin(at, o, o + n);
    t.policy.translate.in(t.u8, at, n);
  }
  const action = verdict(t, f, at, n, side === ACCESS ? 0 : 1, sec);
  if (action === ACCEPT) return PASSES;
  if (action === LATER) return FIREWALL_FRAGMENT;
  if (action !== REJECT) return FIREWALL_DISCARDED;
  return answerError(t, side, UNREACHABLE, PROHIBITED, 0, o, n, sec, nsec, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT);
}

const LATER = 3;

function verdict(t: Tunnel, f: Firewall, o: number, n: number, direction: number, sec: number): number {
  const b = t.u8;
  const { upper } = t;
  view6(f.view, b, o, n, upper);
  const { fragment } = upper;
  const error = upper.protocol === ipv6.NH_ICMPV6 && !isLaterFragment(b, upper) && upper.len >= 8 + ipv6.HEADER_BYTES && b[upper.off] < ICMP6_ERRORS_BELOW;
  if (error && isRelated(t, f, upper.off + 8, upper.len - 8, sec)) return ACCEPT;
  if (error) view6(f.view, b, o, n, upper);
  if (fragment === 0) return decide(f, direction, sec);
  const id = u32(b, fragment + 4) | 0;
  const place = u16(b, fragment + 2);
  const more = (place & 1) !== 0;
  const bytes = o + n - fragment - FRAGMENT_BYTES;
  if ((place & 0xfff8) !== 0) return passLater(f.datagrams, f.view, id, place & 0xfff8, bytes, !more, sec) ? ACCEPT : LATER;
  // Ports behind the cut: no rule can be asked (RFC 7112).
  const action = more && isCut(upper) ? LATER : decide(f, direction, sec);
  if (more) firstOf(f.datagrams, f.view, id, action === ACCEPT, bytes, sec);
  return action;
}

/** Does the first fragment (a multiple of 8 bytes) end before the headers do, or where the ports would begin? */
const isCut = (upper: ipv6.Upper): boolean => !upper.whole || (upper.len < 8 && upper.protocol !== ipv6.NH_NONE);

/** Does the ICMPv6 error quote a packet of an open session (as RFC 5508 section 4 has it for IPv4)? The quotation lies at `q`, `have` bytes. */
function isRelated(t: Tunnel, f: Firewall, q: number, have: number, sec: number): boolean {
  if (ipv6.version(t.u8, q) !== 6) return false;
  advanceSessions(f.sessions, sec);
  view6(f.view, t.u8, q, have, t.upper);
  if (isLaterFragment(t.u8, t.upper)) return isAccepted(f.datagrams, f.view, u32(t.u8, t.upper.fragment + 4) | 0, sec);
  return passSession(f.sessions, f.view, false);
}
