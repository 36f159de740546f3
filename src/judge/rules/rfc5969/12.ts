/** RFC 5969 section 12: loops. */
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { NA, OBSERVED, PASS, type Rule } from "../../rule.js";
import { SIX_RD, forwardedOrNot, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

export const section12: readonly Rule[] = [
  {
    id: "RFC5969-12-2", clause: "RFC5969-12-2", title: "packets from and to known relays are filtered", mechanisms: SIX_RD, on: "input", facts: F.F_RELAY,
    check: (x) => (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD) ? NA : mustNotForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet from or to a known relay was forwarded", "RFC 5969 section 12: the relays of the configuration and 192.88.99.0/24 are filtered, in and out, so that no loop goes through them"),
  },
  {
    id: "RFC5969-12-3", clause: "RFC5969-12-3", title: "the BR's own delegated prefix is a null route", mechanisms: SIX_RD, on: "input", facts: F.F_TO_OWN_PREFIX,
    check: (x) => (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD | F.F_CUT) ? NA : mustNotForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet to the BR's own delegated prefix was sent out again", "RFC 5969 section 12: a null route, but for the Subnet-Router anycast address; otherwise the BR tunnels to itself",
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
