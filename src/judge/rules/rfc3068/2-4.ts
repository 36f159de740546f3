/** RFC 3068 sections 2 and 4: the anycast address of 6to4 relays (Historic by RFC 7526: run, judged and labelled, decisions D19). */
import { B_FROM_ANYCAST, B_FROM_UNICAST, B_TO_ANYCAST, B_TO_UNICAST, B_WHOLE } from "../../aspects.js";
import { type Domain, isOwnAddress } from "../../domain.js";
import * as F from "../../facts.js";
import { C_NATIVE, C_ORDINARY, C_TO_RELAY, C_TO_UNICAST, C_TUNNELLED } from "../../forwarded.js";
import { type Exchange, NA, OBSERVED, PASS, observes, passes, type Rule, type Sure, silent } from "../../rule.js";
import { hasInner, holds, isAnycastBlock, isTunnelled, outerFrom, outerFromField, outerTo, outerToField, serves, six4, to6to4 } from "../../six-to-four/checks.js";
import { ANYCAST_RELAY } from "../../six-to-four/domain.js";
import { INTO_TUNNEL, RELAY, ROUTER, SIX_TO_FOUR, told } from "../helpers.js";

/** A relay with the anycast address and an equivalent unicast one; with anycast-only the latter is not served (decisions D8). */
const hasTwo = (d: Domain): boolean => isOwnAddress(d, ANYCAST_RELAY) && d.addresses.some((a) => !isAnycastBlock(a)) && d.sixToFour?.config.anycastOnly !== true;
const hasBoth = (x: Exchange): boolean => hasTwo(x.domain);
const toUnicast = (x: Exchange): boolean => isTunnelled(x, x.input) && hasBoth(x) && !isAnycastBlock(outerTo(x, x.input));

const byUnicast = (d: Domain): readonly Sure[] => (hasTwo(d) ? [...passes(C_ORDINARY | C_TUNNELLED | C_TO_UNICAST), ...silent(C_NATIVE, C_TO_RELAY)] : silent(0));

/** The relay's end of the tunnel. */
const used = (x: Exchange): number => (six4(x).router ? outerTo(x, x.output) : outerFrom(x, x.output));

export const rfc3068: readonly Rule[] = [
  {
    id: "RFC3068-2.4-1", clause: "RFC3068-2.4-1", title: "the anycast address is 192.88.99.1", mechanisms: SIX_TO_FOUR, on: "pair", when: INTO_TUNNEL,
    check: (x) => (isAnycastBlock(used(x)) ? holds(used(x) === ANYCAST_RELAY) : NA),
    sure: (d) => (d.sixToFour?.router === true ? [] : [...passes(B_FROM_ANYCAST), ...silent(B_FROM_UNICAST)]),
    deviation: () => "other-host",
    explain: (x) => told(x, "another address of 192.88.99.0/24 than 192.88.99.1 was used", "RFC 3068 section 2.4", [six4(x).router ? outerToField(x, x.output, "192.88.99.1") : outerFromField(x, x.output, "192.88.99.1")]),
  },
  serves({
    id: "RFC3068-2.6-1", clause: "RFC3068-2.6-1", title: "the equivalent unicast address is served as the anycast address", mechanisms: RELAY, facts: F.F_NEW_CE, applies: toUnicast, sure: byUnicast, why: "RFC 3068 section 2.6",
  }),
  {
    id: "RFC3068-4.1-1", clause: "RFC3068-4.1-1", title: "native destinations are tunnelled to 192.88.99.1", mechanisms: ROUTER, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (six4(x).config.defaultRelay !== ANYCAST_RELAY || !hasInner(x, x.output) || to6to4(x, x.output) ? NA : holds(outerTo(x, x.output) === ANYCAST_RELAY)),
    deviation: () => "destination",
    explain: (x) => told(x, "a packet for a native destination was not tunnelled to the anycast relay", "RFC 3068 section 4.1: the default route of the router leads to 2002:c058:6301::", [outerToField(x, x.output, "192.88.99.1")]),
  },
  serves({
    id: "RFC3068-4.2-2", clause: "RFC3068-4.2-2", title: "packets to the anycast address are relayed", mechanisms: RELAY, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input) && outerTo(x, x.input) === ANYCAST_RELAY,
    sure: () => [...passes(C_ORDINARY | C_TUNNELLED | C_TO_RELAY), ...silent(C_NATIVE, C_TO_UNICAST)],
    why: "RFC 3068 section 4.2",
  }),
  serves({ id: "RFC3068-4.2-3", clause: "RFC3068-4.2-3", title: "packets to the equivalent unicast address are relayed", mechanisms: RELAY, facts: F.F_NEW_CE, applies: toUnicast, sure: byUnicast, why: "RFC 3068 section 4.2" }),
  {
    id: "RFC3068-4.4-2", clause: "RFC3068-4.4-2", title: "a relay is checked through its unicast address", mechanisms: RELAY, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (!hasBoth(x) ? NA : isAnycastBlock(outerTo(x, x.input)) ? PASS : OBSERVED),
    sure: (d) => (hasTwo(d) ? [...passes(B_TO_ANYCAST), ...observes(B_TO_UNICAST)] : silent(B_WHOLE)),
    explain: (x) => told(x, "a packet was relayed through the unicast address of an anycast relay", "RFC 3068 section 4.4 allows it"),
  },
];
