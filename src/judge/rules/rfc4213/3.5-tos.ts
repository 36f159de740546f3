/** RFC 4213 section 3.5: the outer ToS of 6to4, which no later document changes (decisions D5; ECN by RFC 6040). 6rd copies: RFC5969-9-3. */
import { B_DSCP } from "../../aspects.js";
import { trafficClass } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, passes, type Rule } from "../../rule.js";
import { holds } from "../../six-to-four/checks.js";
import { INTO_TUNNEL, SIX_TO_FOUR, hasFacts, inner, outer, told } from "../helpers.js";

const wanted = (x: Exchange): number => {
  const { dscp } = x.domain.tunnel;
  return dscp.mode === "fixed" ? dscp.dscp : dscp.mode === "copy" ? trafficClass(x.b, inner(x, x.output)) >>> 2 : 0;
};
const seen = (x: Exchange): number => x.b[outer(x, x.output) + 1] >>> 2;

export const section35Tos: readonly Rule[] = [
  {
    id: "RFC4213-3.5-2", clause: "RFC4213-3.5-2", title: "the outer ToS is 0 unless something else is declared", mechanisms: SIX_TO_FOUR, on: "pair", when: INTO_TUNNEL,
    check: (x) => (hasFacts(x, x.output, F.F_JOINED) ? NA : holds(seen(x) === wanted(x))),
    sure: () => passes(B_DSCP),
    deviation: () => "dscp",
    explain: (x) => told(x, `outer DSCP ${seen(x)} where ${wanted(x)} is asked for`, `RFC 4213 section 3.5; \`dscp\` of the configuration: ${x.domain.tunnel.dscp.mode}${x.domain.tunnel.dscp.mode === "zero" ? " (so it is too where nothing is written)" : ""}`, [field(x, x.output, "IPv4 outer", "DSCP", wanted(x), seen(x), outer(x, x.output) + 1, 1)]),
  },
];
