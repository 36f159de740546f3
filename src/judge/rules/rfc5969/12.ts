/** RFC 5969 section 12: loops. */
import { formatIpv4, inPrefix6At, textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { isListedRelay, nextHopOf } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, OBSERVED, PASS, type Rule } from "../../rule.js";
import { SIX_RD, forwardedOrNot, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

/** The relay that the packet comes from, or that it would be tunnelled to, stands on a list that the configuration declares. */
function isDeclared(x: Exchange): boolean {
  const d = x.domain;
  if (!d.declaresRelays) return false;
  if (x.r.kind[x.input] === F.K_TUNNEL && isListedRelay(d.tunnel, u32(x.b, x.inputAt + 12))) return true;
  return inPrefix6At(x.b, x.inputInner + 24, d.tunnel.v6rdPrefix) && isListedRelay(d.tunnel, nextHopOf(d, x.b, x.inputInner + 24));
}
const relayRule = (id: string, title: string, declared: boolean, why: string): Rule => ({
  id, clause: "RFC5969-12-2", title, mechanisms: SIX_RD, on: "input", facts: F.F_RELAY, ...(declared ? { declared } : {}),
  check: (x) => (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD) || isDeclared(x) !== declared ? NA : mustNotForward(x)),
  deviation: forwardedOrNot,
  explain: (x) => told(x, "a packet from or to a known relay was forwarded", why),
});

export const section12: readonly Rule[] = [
  relayRule("RFC5969-12-2", "packets from and to the anycast relays of 6to4 are filtered", false, "RFC 5969 section 12: 192.88.99.0/24 is filtered, in and out, so that no loop goes through it"),
  relayRule("RFC5969-12-2.declared", "packets from and to the declared relays are filtered", true, "RFC 5969 section 12: known relays are filtered, in and out, so that no loop goes through them; the configuration declares these"),
  {
    id: "RFC5969-12-3", clause: "RFC5969-12-3", title: "the BR's own delegated prefix is a null route", mechanisms: SIX_RD, on: "input", facts: F.F_TO_OWN_PREFIX,
    // Without the null route the 6rd prefix leads into the tunnel. What leaves natively has a longer prefix than the null route (RFC 4632 section 5.1).
    check: (x) => (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD | F.F_CUT) || (x.output >= 0 && x.r.kind[x.output] !== F.K_TUNNEL) ? NA : mustNotForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet to the BR's own delegated prefix was tunnelled again", "RFC 5969 section 12: a null route, but for the Subnet-Router anycast address; otherwise the BR tunnels to itself",
      [field(x, x.input, "IPv6", "destination", "dropped", textIpv6At(x.b, inner(x, x.input) + 24), inner(x, x.input) + 24, 16)]),
  },
  {
    id: "RFC5969-12-4", clause: "RFC5969-12-4", title: "tunnels do not leave the domain", mechanisms: SIX_RD, on: "input", facts: F.F_OUTER_SRC,
    check(x) {
      if (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD)) return NA;
      return x.output >= 0 ? PASS : x.absence || x.answer >= 0 ? OBSERVED : NA;
    },
    deviation: () => "none",
    explain: (x) => told(x, "protocol 41 from outside the domain", "RFC 5969 section 12: such packets may be filtered", [field(x, x.input, "IPv4 outer", "source", "", formatIpv4(u32(x.b, outer(x, x.input) + 12)), outer(x, x.input) + 12, 4)]),
  },
];
