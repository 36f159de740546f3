/** RFC 4213 section 3.3: hop limit and outer TTL. */
import { B_HOP, B_TTL_CONFIGURED, B_TTL_KEPT, B_TTL_STEADY } from "../../aspects.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { INTO_TUNNEL, IN_IPV4, hasFacts, inner, outer, told } from "../helpers.js";

/** RFC 6732 figure 1: the 6to4 relay and the translator behind it are "unified or separate functions/platforms"; two routers are two hops. */
export const mayBeTwo = (x: Exchange): boolean => x.domain.mechanism === "6to4-pmt" && x.flow !== F.FLOW_HAIRPIN;

export const section33: readonly Rule[] = [
  {
    id: "RFC4213-3.3-1", clause: "RFC4213-3.3-1", title: "the tunnel is one hop: hop limit minus one", mechanisms: IN_IPV4, on: "pair",
    when: F.FLOW_DECAP | F.FLOW_ENCAP | F.FLOW_HAIRPIN,
    check(x) {
      // Hop limit 0 and 1 must not be forwarded at all: RFC8200-3-1.
      if (hasFacts(x, x.input, F.F_HOP)) return NA;
      const lost = x.b[inner(x, x.input) + 7] - x.b[inner(x, x.output) + 7];
      x.code = lost + 256;
      return lost === 1 ? PASS : lost === 2 && mayBeTwo(x) ? NA : VIOLATED;
    },
    sure: () => passes(B_HOP),
    deviation: (code) => (code === 256 ? "not-decremented" : code > 257 ? "decremented-by-more" : "raised"),
    explain: (x) => told(x, "the hop limit is not one less than it was", "RFC 4213 section 3.3: decremented by one when the packet is forwarded, and the IPv4 hops do not count",
      [field(x, x.output, "IPv6", "hop limit", x.b[inner(x, x.input) + 7] - 1, x.b[inner(x, x.output) + 7], inner(x, x.output) + 7, 1)]),
  },
  {
    id: "RFC4213-3.3-2", clause: "RFC4213-3.3-2", title: "outer TTL does not follow the inner hop limit", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL,
    check(x) {
      const at = x.domain.index * 4;
      const ttl = x.b[outer(x, x.output) + 8];
      const hop = x.b[inner(x, x.output) + 7];
      const oldTtl = x.state.ttl[at];
      const oldHop = x.state.ttl[at + 1];
      x.state.ttl[at] = ttl;
      x.state.ttl[at + 1] = hop;
      if (oldTtl < 0 || oldHop === hop) return NA;
      return ttl !== oldTtl && ttl - oldTtl === hop - oldHop ? VIOLATED : ttl === oldTtl ? PASS : NA;
    },
    sure: () => [...silent(B_TTL_KEPT), ...passes(B_TTL_STEADY)],
    deviation: () => "follows-hop-limit",
    explain: (x) => told(x, "the outer TTL changes with the inner hop limit", "RFC 4213 section 3.3: the tunnel is one hop of IPv6; with a TTL that follows the hop limit the IPv4 hops count too (decisions D7)",
      [field(x, x.output, "IPv4 outer", "TTL", `constant (configured ${x.domain.tunnel.ttl})`, x.b[outer(x, x.output) + 8], outer(x, x.output) + 8, 1)]),
  },
  {
    id: "RFC4213-3.3-2.declared", clause: "RFC4213-3.3-2", title: "the outer TTL is the one that is declared", mechanisms: IN_IPV4, declared: true, on: "pair", when: INTO_TUNNEL,
    // From one domain of the device into another the packet leaves with the other one's.
    check: (x) => (!x.domain.declaresTtl ? NA : x.b[outer(x, x.output) + 8] === x.domain.tunnel.ttl ? PASS : x.r.domain[x.output] !== x.domain.index ? NA : VIOLATED),
    sure: (d) => (d.declaresTtl ? passes(B_TTL_CONFIGURED) : silent(0)),
    deviation: () => "other-ttl",
    explain: (x) => told(x, "the outer TTL is another than the one that is declared", "RFC 4213 section 3.3 leaves the TTL to the implementation; the configuration names it",
      [field(x, x.output, "IPv4 outer", "TTL", x.domain.tunnel.ttl, x.b[outer(x, x.output) + 8], outer(x, x.output) + 8, 1)]),
  },
];
