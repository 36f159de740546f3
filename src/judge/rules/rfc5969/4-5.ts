/** RFC 5969 sections 4 and 5: the delegated prefix, and the Subnet-Router anycast address of the BR. */
import { B_TO_EMBEDDED } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { embeddedIpv4 } from "../../../wire/embedding.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, passes, type Rule, VIOLATED } from "../../rule.js";
import { INTO_TUNNEL, SIX_RD, forwardedOrNot, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

const wanted = (x: Exchange): number => embeddedIpv4(x.b, inner(x, x.output) + 24, x.domain.tunnel.v6rdPrefix, x.domain.tunnel.ipv4Prefix);

export const section4: readonly Rule[] = [
  {
    id: "RFC5969-4-2", clause: "RFC5969-4-2", title: "outer destination is the address embedded in the delegated prefix", mechanisms: SIX_RD, on: "pair", when: INTO_TUNNEL,
    check: (x) => (hasFacts(x, x.output, F.F_TO_CE) ? (u32(x.b, outer(x, x.output) + 16) === wanted(x) ? PASS : VIOLATED) : NA),
    sure: () => passes(B_TO_EMBEDDED),
    deviation: () => "destination",
    explain: (x) => told(x, "a packet was tunnelled to another CE than its destination's", "RFC 5969 section 4: the 6rd prefix is followed by the low-order bits of the CE's IPv4 address",
      [field(x, x.output, "IPv4 outer", "destination", formatIpv4(wanted(x)), formatIpv4(u32(x.b, outer(x, x.output) + 16)), outer(x, x.output) + 16, 4)]),
  },
  {
    id: "RFC5969-4-6", clause: "RFC5969-4-6", title: "a delegated prefix ends with the CE's address", mechanisms: SIX_RD, on: "input", facts: F.F_SRC_MISMATCH,
    // The old prefix of a CE whose address changed: the address it embeds was in use, the packet comes from another.
    check: (x) => (x.state.knowsCe(embeddedIpv4(x.b, inner(x, x.input) + 8, x.domain.tunnel.v6rdPrefix, x.domain.tunnel.ipv4Prefix)) ? mustNotForward(x) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a source in the delegated prefix of one CE was accepted from another IPv4 address", "RFC 5969 section 4: a new IPv4 address means a new delegated prefix",
      [field(x, x.input, "IPv4 outer", "source", formatIpv4(embeddedIpv4(x.b, inner(x, x.input) + 8, x.domain.tunnel.v6rdPrefix, x.domain.tunnel.ipv4Prefix)), formatIpv4(u32(x.b, outer(x, x.input) + 12)), outer(x, x.input) + 12, 4)]),
  },
  {
    id: "RFC5969-5-1", clause: "RFC5969-5-1", title: "the BR answers echo requests to its Subnet-Router anycast address", mechanisms: SIX_RD, on: "input", facts: F.F_TO_ANYCAST,
    check(x) {
      if (!hasFacts(x, x.input, F.F_ECHO_REQUEST) || hasFacts(x, x.input, F.MAY_DROP & ~(F.F_TO_ANYCAST | F.F_HOP))) return NA;
      x.code = 1;
      if (x.output >= 0) return VIOLATED;
      if (x.answer >= 0) return x.b[inner(x, x.answer) + 40] === 129 ? PASS : VIOLATED;
      x.code = 2;
      x.inferred = true;
      return x.absence ? VIOLATED : NA;
    },
    deviation: (code) => (code === 1 ? "not-answered-by-the-br" : "no-answer"),
    explain: (x) => told(x, "an echo request to the BR's Subnet-Router anycast address was not answered", "RFC 5969 section 5: BR and CE should support it for troubleshooting"),
  },
];
