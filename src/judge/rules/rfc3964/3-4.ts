/** RFC 3964 sections 3 and 4: what routers and relays check (Informational: at most warnings). */
import { A_FROM_EMBEDDED, A_FROM_NATIVE, A_TO_HOST, B_FROM_ANYCAST } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { type Domain, isOwnAddress } from "../../domain.js";
import * as F from "../../facts.js";
import { type Exchange, NA, OBSERVED, observes, type Outcome, PASS, passes, type Rule, silent, type Sure } from "../../rule.js";
import {
  badDestination, badSource, destinationField, embeddedFrom, emits, forbiddenDestination, from6to4, hasInner, holds, isAnycastBlock, isTunnelled, mayDrop, outerFrom, outerFromField, outerTo, outerToField,
  own, refusedOuter, refuses, servesAnycast, six4, sourceField, strict, to6to4,
} from "../../six-to-four/checks.js";
import { F_BY_POLICY } from "../../six-to-four/facts.js";
import { ANYCAST_RELAY } from "../../six-to-four/domain.js";
import { RELAY, ROUTER, SIX_TO_FOUR, TUNNEL_OUT, hasFacts } from "../helpers.js";

/** Is this IPv4 address known to be a relay's? */
const isRelayAddress = (x: Exchange, v4: number): boolean => v4 === six4(x).relay || isAnycastBlock(v4) || hasFacts(x, x.input, F.F_RELAY);
/**
 * Outer source of what has a 6to4 source; several addresses of the device's own are one node (RFC 3068 section 2.6). A relay between 6to4 sites, where that
 * policy is declared (RFC 3056 section 5.3, decisions D9), cannot but send from its own address.
 */
export const matchesOuter = (x: Exchange): Outcome =>
  !from6to4(x, x.output) || (!six4(x).router && !strict(x) && to6to4(x, x.output)) ? NA : holds(embeddedFrom(x, x.output) === outerFrom(x, x.output) || (own(x, embeddedFrom(x, x.output)) && own(x, outerFrom(x, x.output))));
/** Between 6to4 sites, where that is allowed, the rule asks nothing. */
export const sureOfOuter = (d: Domain): readonly Sure[] => [...silent(A_FROM_NATIVE), ...(d.sixToFour?.router === true || d.sixToFour?.config.strict3964 === true ? passes(A_FROM_EMBEDDED) : [])];
/** RFC 3964 section 5.2 as a policy that can be off (decisions D9): then nothing is asked. */
export const underPolicy = (rule: Rule): Rule => ({ ...rule, check: (x) => (strict(x) ? rule.check(x) : x.output >= 0 && rule.check(x) !== NA ? OBSERVED : NA) });

const mismatchFields = (x: Exchange) => [outerFromField(x, x.input, formatIpv4(embeddedFrom(x, x.input)))];
const mismatch = (id: string, mechanisms: typeof ROUTER, why: string): Rule => refuses({
  id, clause: id, title: "a 6to4 source comes from the IPv4 address it embeds", mechanisms, facts: F.F_SRC_MISMATCH, applies: (x) => isTunnelled(x, x.input),
  message: "a packet whose 6to4 source does not embed the outer source was forwarded", why, fields: mismatchFields,
});
export const sourceMismatch = mismatch;

export const section3: readonly Rule[] = [
  refuses({
    id: "RFC3964-3.1-1", clause: "RFC3964-3.1-1", title: "a router drops reserved IPv4 addresses, outside and inside", mechanisms: ROUTER, facts: F.F_OUTER_SRC | F.F_SRC_MISMATCH | F.F_BAD_CE | F.F_SRC_6RD,
    applies: (x) => refusedOuter(x) || badSource(x) || badDestination(x), message: "a packet with a reserved IPv4 address was forwarded", why: "RFC 3964 section 3.1",
    fields: (x) => [refusedOuter(x) ? outerFromField(x, x.input, "a global address") : badSource(x) ? sourceField(x, x.input, "a global V4ADDR") : destinationField(x, x.input, "a global V4ADDR")],
  }),
  mismatch("RFC3964-3.1-2", ROUTER, "RFC 3964 section 3.1"),
  emits({
    id: "RFC3964-3.1-3", clause: "RFC3964-3.1-3", title: "the outer source is that of the inner 6to4 source", mechanisms: SIX_TO_FOUR, deviation: "differs", check: matchesOuter, sure: sureOfOuter,
    message: "a 6to4 source was tunnelled from an address it does not embed", why: "RFC 3964 section 3.1", fields: (x) => [outerFromField(x, x.output, formatIpv4(embeddedFrom(x, x.output)))],
  }),
  refuses({
    id: "RFC3964-3.1-4", clause: "RFC3964-3.1-4", title: "destinations that are not global are not carried", mechanisms: SIX_TO_FOUR, facts: F.F_DST_LOCAL, applies: forbiddenDestination,
    message: "a packet to a destination that is not global was forwarded", why: "RFC 3964 section 3.1", fields: (x) => [destinationField(x, x.input, "a global address")],
  }),
  refuses({
    id: "RFC3964-3.1-5", clause: "RFC3964-3.1-5", title: "6to4 sites are not heard through a relay", mechanisms: ROUTER, facts: F.F_SRC_MISMATCH, applies: (x) => isTunnelled(x, x.input) && isRelayAddress(x, outerFrom(x, x.input)),
    message: "a packet of another 6to4 site that came through a relay was forwarded", why: "RFC 3964 section 3.1", fields: mismatchFields,
  }),
  refuses({
    id: "RFC3964-3.1-6", clause: "RFC3964-3.1-6", title: "a router takes packets for its own prefix only", mechanisms: ROUTER, facts: F.F_HAIRPIN, applies: (x) => isTunnelled(x, x.input),
    message: "a tunnelled packet that is not for the site was forwarded", why: "RFC 3964 section 3.1", fields: (x) => [destinationField(x, x.input, "inside the site's 6to4 prefix")],
  }),
  underPolicy(refuses({
    id: "RFC3964-3.2-1", clause: "RFC3964-3.2-1", title: "a relay is no way between 6to4 routers", mechanisms: RELAY, facts: F.F_HAIRPIN, applies: (x) => isTunnelled(x, x.input) && to6to4(x, x.input),
    message: "a tunnelled packet to a 6to4 destination was relayed", why: "RFC 3964 section 3.2", fields: (x) => [destinationField(x, x.input, "a native address")],
  })),
  mismatch("RFC3964-3.2-2", RELAY, "RFC 3964 section 3.2"),
];

export const section4: readonly Rule[] = [
  mayDrop({
    id: "RFC3964-4.1.1-1", clause: "RFC3964-4.1.1-1", title: "neighbour discovery on the pseudo-interface is refused", mechanisms: SIX_TO_FOUR, facts: F.F_SRC_LOCAL | F.F_DST_LOCAL,
    applies: (x) => isTunnelled(x, x.input) && (x.b[x.inputInner + 8] === 0xfe || x.b[x.inputInner + 24] === 0xfe), why: "RFC 3964 section 4.1.1 allows it",
  }),
  underPolicy(refuses({
    id: "RFC3964-4.1.2-1", clause: "RFC3964-4.1.2-1", title: "6to4 sources do not come from the native side", mechanisms: RELAY, facts: F.F_SRC_6RD, applies: (x) => from6to4(x, x.input) && to6to4(x, x.input),
    message: "a native packet with a 6to4 source was tunnelled", why: "RFC 3964 section 4.1.2 (declared: strict3964)", fields: (x) => [sourceField(x, x.input, "a native address")],
  })),
  emits({
    id: "RFC3964-4.1.4-1", clause: "RFC3964-4.1.4-1", title: "nothing is sent to IPv4 broadcast or multicast", mechanisms: SIX_TO_FOUR, kinds: TUNNEL_OUT, deviation: "group-address",
    check: (x) => holds(outerTo(x, x.output) >>> 28 !== 14 && outerTo(x, x.output) !== 0xffffffff),
    sure: () => passes(A_TO_HOST),
    message: "a packet was tunnelled to a broadcast or multicast address", why: "RFC 3964 section 4.1.4", fields: (x) => [outerToField(x, x.output, "a unicast address")],
  }),
  mismatch("RFC3964-4.2-1", RELAY, "RFC 3964 section 4.2: the one check that no relay can do without"),
  underPolicy(refuses({
    id: "RFC3964-4.2-2", clause: "RFC3964-4.2-2", title: "nothing between two 6to4 addresses goes through a relay", mechanisms: RELAY, facts: F.F_HAIRPIN | F.F_SRC_6RD, applies: (x) => from6to4(x, x.input) && to6to4(x, x.input),
    message: "a packet between two 6to4 addresses was relayed", why: "RFC 3964 section 4.2 (declared: strict3964)", fields: (x) => [destinationField(x, x.input, "not beside a 6to4 source")],
  })),
  refuses({
    id: "RFC3964-4.2.2-1", clause: "RFC3964-4.2.2-1", title: "a relay takes 6to4 sources only", mechanisms: RELAY, facts: F.F_SRC_FOREIGN, applies: (x) => isTunnelled(x, x.input) && !hasFacts(x, x.input, F.F_SRC_INVALID | F.F_SRC_LOCAL),
    message: "a tunnelled packet with a source outside 2002::/16 was relayed", why: "RFC 3964 section 4.2.2", fields: (x) => [sourceField(x, x.input, "inside 2002::/16")],
  }),
  {
    ...refuses({
      id: "RFC3964-4.2.5-1", clause: "RFC3964-4.2.5-1", title: "only 192.88.99.1 is served where that is declared", mechanisms: RELAY, facts: F_BY_POLICY, applies: (x) => isTunnelled(x, x.input) && six4(x).config.anycastOnly && outerTo(x, x.input) !== ANYCAST_RELAY,
      message: "a packet to another address than 192.88.99.1 was relayed", why: "RFC 3964 section 4.2.5, and anycast-only is declared (decisions D8)", fields: (x) => [outerToField(x, x.input, "192.88.99.1")],
    }),
    declared: true,
  },
  {
    id: "RFC3964-4.2.6-1", clause: "RFC3964-4.2.6-1", title: "a relay sends from the anycast address", mechanisms: RELAY, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (!servesAnycast(x) || !hasInner(x, x.output) ? NA : outerFrom(x, x.output) === ANYCAST_RELAY ? OBSERVED : PASS),
    sure: (d) => (isOwnAddress(d, ANYCAST_RELAY) ? observes(B_FROM_ANYCAST) : []),
    explain: () => ({ message: "the anycast address is the outer source", fields: [], why: "RFC 3964 section 4.2.6 allows it", filter: "ip.src == 192.88.99.1" }),
  },
];
