/** The service chain on IPv6 packets behind a 6rd or 6to4 concentrator. */
import { ACCESS, type Side } from "../../config/types.js";
import { u32 } from "../../wire/bits.js";
import * as ipv6 from "../../wire/ipv6.js";
import { UNREACHABLE } from "../icmp/icmpv6.js";
import { answerError } from "../six-in-four/answer.js";
import type { Tunnel } from "../six-in-four/tunnel.js";
import { flowKey6 } from "../softwires/flow-key.js";
import { isKnownFlow } from "../softwires/softwires.js";
import { type Chain, type Firewall, FIREWALL_DISCARDED, FIREWALL_FRAGMENT, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT, SOFTWIRE_RULE, decide } from "./chain.js";
import { ACCEPT, REJECT } from "./rules.js";
import { advanceSessions, openSession, passSession } from "./sessions.js";
import { asDatagram, isLaterFragment, view6 } from "./view.js";

/** RFC 4443 section 3.1: communication with destination administratively prohibited. */
const PROHIBITED = 1;
const ICMP6_ERRORS_BELOW = 128;
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
  if (isLaterFragment(b, upper)) {
    advanceSessions(f.sessions, sec);
    asDatagram(f.view, id);
    return passSession(f.sessions, f.view, true) ? ACCEPT : LATER;
  }
  const action = decide(f, direction, sec);
  if (action !== ACCEPT) return action;
  asDatagram(f.view, id);
  if (!passSession(f.sessions, f.view, true)) openSession(f.sessions, f.view);
  return ACCEPT;
}

/** Does the ICMPv6 error quote a packet of an open session (as RFC 5508 section 4 has it for IPv4)? The quotation lies at `q`, `have` bytes. */
function isRelated(t: Tunnel, f: Firewall, q: number, have: number, sec: number): boolean {
  if (ipv6.version(t.u8, q) !== 6) return false;
  advanceSessions(f.sessions, sec);
  view6(f.view, t.u8, q, have, t.upper);
  const { upper } = t;
  if (upper.fragment !== 0 && upper.whole) asDatagramIfLater(t, f);
  return passSession(f.sessions, f.view, false);
}

function asDatagramIfLater(t: Tunnel, f: Firewall): void {
  if (isLaterFragment(t.u8, t.upper)) asDatagram(f.view, u32(t.u8, t.upper.fragment + 4) | 0);
}
