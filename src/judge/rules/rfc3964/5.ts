/** RFC 3964 section 5: the checks as pseudocode (Informational: at most warnings). */
import { A_FROM_EMBEDDED, A_FROM_NATIVE, A_TO_EMBEDDED, A_TO_HOST } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import * as F from "../../facts.js";
import { type Exchange, NA, passes, type Rule } from "../../rule.js";
import {
  badDestination, badSource, destinationField, embeddedFrom, embeddedTo, emits, forbiddenDestination, forbiddenSource, from6to4, holds, isTunnelled, mayDrop, outerFrom, outerFromField, outerTo, outerToField, own,
  refusedOuter, refuses, six4, sourceField, to6to4, toProvider,
} from "../../six-to-four/checks.js";
import { ROUTER, SIX_TO_FOUR, forwardedOrNot, mustNotForward, told } from "../helpers.js";
import { matchesOuter, sourceMismatch, sureOfOuter, underPolicy } from "./3-4.js";

const INSANE = F.F_SRC_INVALID | F.F_SRC_LOCAL | F.F_DST_LOCAL | F.F_OUTER_SRC | F.F_SRC_MISMATCH | F.F_SRC_6RD | F.F_BAD_CE;
const insane = (x: Exchange): boolean => forbiddenSource(x) || forbiddenDestination(x) || badSource(x) || badDestination(x);
/** Where a declared broadcast address is: 1 outer source, 2 embedded in the source, 3 in the destination; 0 nowhere. */
function broadcastOf(x: Exchange): 0 | 1 | 2 | 3 {
  const list = six4(x).config.broadcasts;
  if (list === undefined) return 0;
  if (isTunnelled(x, x.input) && list.includes(outerFrom(x, x.input))) return 1;
  if (from6to4(x, x.input) && list.includes(embeddedFrom(x, x.input))) return 2;
  return to6to4(x, x.input) && list.includes(embeddedTo(x, x.input)) ? 3 : 0;
}
const insaneFields = (x: Exchange) => [forbiddenSource(x) || badSource(x) ? sourceField(x, x.input, "an address that passes section 5.3.2") : destinationField(x, x.input, "an address that passes section 5.3.2")];

export const section5: readonly Rule[] = [
  refuses({
    id: "RFC3964-5.1-1", clause: "RFC3964-5.1-1", title: "encapsulation: both IPv6 addresses are sane", mechanisms: SIX_TO_FOUR, facts: INSANE, applies: (x) => !isTunnelled(x, x.input) && insane(x),
    message: "a native packet with an address that fails the sanity checks was tunnelled", why: "RFC 3964 section 5.1", fields: insaneFields,
  }),
  emits({
    id: "RFC3964-5.1-2", clause: "RFC3964-5.1-2", title: "encapsulation: a 6to4 source embeds the outer source", mechanisms: SIX_TO_FOUR, deviation: "differs", check: matchesOuter, sure: sureOfOuter,
    message: "a 6to4 source was tunnelled from an address it does not embed", why: "RFC 3964 section 5.1", fields: (x) => [outerFromField(x, x.output, formatIpv4(embeddedFrom(x, x.output)))],
  }),
  emits({
    id: "RFC3964-5.1-3", clause: "RFC3964-5.1-3", title: "encapsulation: not to oneself", mechanisms: SIX_TO_FOUR, deviation: "own-address", check: (x) => (from6to4(x, x.output) || !to6to4(x, x.output) ? NA : holds(!own(x, outerTo(x, x.output)))),
    sure: () => passes(A_FROM_NATIVE | A_TO_EMBEDDED | A_TO_HOST),
    message: "a packet was tunnelled to an address of the device itself", why: "RFC 3964 section 5.1", fields: (x) => [outerToField(x, x.output, "another node")],
  }),
  emits({
    id: "RFC3964-5.1-4", clause: "RFC3964-5.1-4", title: "encapsulation: one of the addresses is 6to4", mechanisms: SIX_TO_FOUR, deviation: "neither", check: (x) => holds(from6to4(x, x.output) || to6to4(x, x.output)),
    sure: () => passes(A_FROM_EMBEDDED, A_TO_EMBEDDED),
    message: "a packet without a 6to4 address was tunnelled", why: "RFC 3964 section 5.1", fields: (x) => [sourceField(x, x.output, "inside 2002::/16, or the destination")],
  }),
  refuses({
    id: "RFC3964-5.2-1", clause: "RFC3964-5.2-1", title: "decapsulation: both IPv4 addresses are sane", mechanisms: SIX_TO_FOUR, facts: F.F_OUTER_SRC, applies: refusedOuter,
    message: "a packet from an IPv4 address that fails the sanity checks was decapsulated", why: "RFC 3964 section 5.2", fields: (x) => [outerFromField(x, x.input, "an address that passes section 5.3.1")],
  }),
  refuses({
    id: "RFC3964-5.2-2", clause: "RFC3964-5.2-2", title: "decapsulation: both IPv6 addresses are sane", mechanisms: SIX_TO_FOUR, facts: INSANE, applies: (x) => isTunnelled(x, x.input) && insane(x),
    message: "a tunnelled packet with an address that fails the sanity checks was forwarded", why: "RFC 3964 section 5.2", fields: insaneFields,
  }),
  underPolicy(refuses({
    id: "RFC3964-5.2-3", clause: "RFC3964-5.2-3", title: "decapsulation: a 6to4 destination embeds the outer destination", mechanisms: SIX_TO_FOUR, facts: F.F_HAIRPIN, applies: (x) => isTunnelled(x, x.input) && to6to4(x, x.input),
    message: "a packet whose 6to4 destination does not embed the outer destination was forwarded", why: "RFC 3964 section 5.2", fields: (x) => [outerToField(x, x.input, formatIpv4(embeddedTo(x, x.input)))],
  })),
  sourceMismatch("RFC3964-5.2-4", SIX_TO_FOUR, "RFC 3964 section 5.2"),
  {
    id: "RFC3964-5.2-5", clause: "RFC3964-5.2-5", title: "decapsulation: the outer destination is an address of the device", mechanisms: SIX_TO_FOUR, on: "input", facts: F.F_NOT_OURS,
    check: (x) => (isTunnelled(x, x.input) ? mustNotForward(x) : NA), deviation: forwardedOrNot,
    explain: (x) => told(x, "a tunnelled packet to an address that is not the device's was decapsulated", "RFC 3964 section 5.2", [outerToField(x, x.input, formatIpv4(x.domain.tunnel.address))]),
  },
  refuses({
    id: "RFC3964-5.2-6", clause: "RFC3964-5.2-6", title: "decapsulation: one of the addresses is 6to4", mechanisms: SIX_TO_FOUR, facts: F.F_SRC_FOREIGN | F.F_HAIRPIN,
    applies: (x) => isTunnelled(x, x.input) && !from6to4(x, x.input) && !to6to4(x, x.input) && !toProvider(x, x.input),
    message: "a tunnelled packet without a 6to4 address was forwarded", why: "RFC 3964 section 5.2", fields: (x) => [sourceField(x, x.input, "inside 2002::/16, or the destination")],
  }),
  refuses({
    id: "RFC3964-5.3.1-1", clause: "RFC3964-5.3.1-1", title: "the IPv4 sanity list", mechanisms: SIX_TO_FOUR, facts: INSANE, applies: (x) => refusedOuter(x) || badSource(x) || badDestination(x),
    message: "a packet with an IPv4 address of the sanity list was forwarded", why: "RFC 3964 section 5.3.1, or the table that is declared (decisions D11)",
    fields: (x) => [refusedOuter(x) ? outerFromField(x, x.input, "an address that is not listed") : insaneFields(x)[0]],
  }),
  refuses({
    id: "RFC3964-5.3.1-2", clause: "RFC3964-5.3.1-2", title: "the device's own broadcast addresses are no tunnel addresses", mechanisms: SIX_TO_FOUR, facts: INSANE, applies: (x) => broadcastOf(x) > 0,
    message: "a packet from or to a directed broadcast address of the device was forwarded", why: "RFC 3964 section 5.3.1, and the broadcast addresses are declared",
    fields: (x) => [broadcastOf(x) === 1 ? outerFromField(x, x.input, "no broadcast address") : broadcastOf(x) === 2 ? sourceField(x, x.input, "no broadcast address in it") : destinationField(x, x.input, "no broadcast address in it")],
  }),
  refuses({
    id: "RFC3964-5.3.2-1", clause: "RFC3964-5.3.2-1", title: "the IPv6 sanity list", mechanisms: SIX_TO_FOUR, facts: F.F_SRC_INVALID | F.F_SRC_LOCAL | F.F_DST_LOCAL, applies: (x) => forbiddenSource(x) || forbiddenDestination(x),
    message: "a packet with an address in ::/16, fe80::/10, fec0::/10 or ff00::/8 was forwarded", why: "RFC 3964 section 5.3.2", fields: insaneFields,
  }),
  refuses({
    id: "RFC3964-5.3.2-2", clause: "RFC3964-5.3.2-2", title: "6to4 addresses of refused IPv4 addresses", mechanisms: SIX_TO_FOUR, facts: INSANE, applies: (x) => badSource(x) || badDestination(x),
    message: "a packet with a 6to4 address of a refused IPv4 address was forwarded", why: "RFC 3964 section 5.3.2", fields: insaneFields,
  }),
  mayDrop({
    id: "RFC3964-5.3.3-1", clause: "RFC3964-5.3.3-1", title: "the site's own sources do not come from outside", mechanisms: ROUTER, facts: F.F_SRC_MISMATCH, applies: (x) => isTunnelled(x, x.input) && own(x, embeddedFrom(x, x.input)),
    why: "RFC 3964 section 5.3.3: ingress filtering is allowed",
  }),
];
