/** RFC 3056 sections 4, 5, 7 and 9: DF and MTU, the sending and decapsulation rules, errors, what is discarded. */
import { A_FROM_EMBEDDED, A_FROM_NATIVE, A_NO_DF, A_PUBLIC, B_TO_EMBEDDED, B_UNALTERED } from "../../aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { NH_FRAGMENT, sameAddress } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { C_NATIVE, C_ONE_PIECE, C_ORDINARY, C_TO_OTHER, C_TO_SITE, C_TUNNELLED } from "../../forwarded.js";
import { fragmentKey } from "../../observe.js";
import { type Exchange, NA, OBSERVED, type Outcome, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import {
  UNREADABLE, badDestination, badSource, destinationField, embeddedFrom, embeddedTo, emits, forbiddenSource, from6to4, hasInner, holds, isNamed, isPrivate, isSecondSite, isTunnelled, outerFrom,
  outerFromField, outerTo, outerToField, own, refuses, serves, six4, sourceField, to6to4,
} from "../../six-to-four/checks.js";
import { ANYCAST_RELAY, isRefused } from "../../six-to-four/domain.js";
import { INTO_TUNNEL, RELAY, ROUTER, SIX_TO_FOUR, TUNNEL_OUT, forwardedOrNot, hasFacts, icmp6At, inner, innerBytes, isOfAnother, outer, outerDf, told, untouched } from "../helpers.js";
import { boundary } from "../rfc5969/9.1.js";

/** The tunnel end to which the sending rule leads: V4ADDR of a 6to4 destination, else the router's relay where one is declared (any relay may be the next hop); 0 when no rule says. */
const wanted = (x: Exchange): number => (to6to4(x, x.output) ? embeddedTo(x, x.output) : six4(x).router ? (six4(x).config.defaultRelay ?? 0) : 0);

const holdsKey = (table: Uint32Array, key: number): boolean => table[key & (table.length - 1)] === key;

export const section4: readonly Rule[] = [
  emits({
    id: "RFC3056-4-1", clause: "RFC3056-4-1", title: "DF is clear", mechanisms: SIX_TO_FOUR, kinds: TUNNEL_OUT, needs: (t) => t.tunnelMtuMode !== "dynamic", deviation: "df-set",
    check: (x) => (hasFacts(x, x.output, F.F_JOINED) ? NA : holds(!outerDf(x, x.output))),
    sure: () => passes(A_NO_DF),
    message: "DF is set on a 6to4 packet", why: "RFC 3056 section 4; only a dynamic tunnel MTU (RFC 4213 section 3.2.2) sets it, and none is declared",
    fields: (x) => [field(x, x.output, "IPv4 outer", "DF", 0, 1, outer(x, x.output) + 6, 1)],
  }),
  {
    id: "RFC3056-4-2", clause: "RFC3056-4-2", title: "the tunnel MTU is that of RFC 4213 section 3.2", mechanisms: SIX_TO_FOUR, on: "input", facts: F.F_TOO_BIG,
    check: (x) => boundary(x, x.domain.tunnel.tunnelMtu),
    deviation: (code) => (code === 1 ? "forwarded" : "other-mtu"),
    explain: (x) => told(x, x.code === 1 ? `a packet of ${innerBytes(x, x.input)} bytes was tunnelled` : "Packet Too Big names another MTU", `RFC 3056 section 4; the tunnel MTU is ${x.domain.tunnel.tunnelMtu}`,
      [x.code === 1 ? field(x, x.input, "IPv6", "packet length", `at most ${x.domain.tunnel.tunnelMtu}`, innerBytes(x, x.input), x.r.inner[x.input] + 4, 2)
        : field(x, x.answer, "ICMPv6", "MTU", x.domain.tunnel.tunnelMtu, u32(x.b, icmp6At(x, x.answer) + 4), icmp6At(x, x.answer) + 4, 4)]),
  },
  {
    id: "RFC3056-4-3", clause: "RFC3056-4-3", title: "the outer packet is fragmented, not the inner one", mechanisms: ["6to4-router", "6to4-relay"], on: "input", facts: F.F_TO_CE, sure: () => silent(C_ONE_PIECE),
    check(x) {
      if (!hasInner(x, x.input) || x.r.innerLen[x.input] < 48 || x.b[x.inputInner + 6] === NH_FRAGMENT) return NA;
      if (x.output >= 0) return hasFacts(x, x.output, F.F_JOINED) ? PASS : NA;
      if (x.answer >= 0 || !x.absence) return NA;
      const key = fragmentKey(x.b, x.inputInner, x.b[x.inputInner + 6], x.inputInner + 40);
      // The sender may have sent it once more, in fragments of its own.
      return holdsKey(x.state.innerFragments, key) && !holdsKey(x.state.sendersFragments, key) ? VIOLATED : NA;
    },
    deviation: () => "inner-fragments",
    explain: (x) => told(x, `a packet of ${innerBytes(x, x.input)} bytes was tunnelled in IPv6 fragments`, "RFC 3056 section 4: the outer IPv4 packet is fragmented; a router never fragments an IPv6 packet (RFC 8200 section 5)",
      [field(x, x.input, "IPv6", "next header", "as it is, in outer fragments or answered with Packet Too Big", x.b[x.inputInner + 6], x.inputInner + 6, 1)]),
  },
];

export const section5: readonly Rule[] = [
  {
    id: "RFC3056-5.1-1", clause: "RFC3056-5.1-1", title: "one IPv4 address per router", mechanisms: ROUTER, on: "pair", when: F.FLOW_ENCAP,
    check(x) {
      if (x.domain.addresses.length > 1) return NA;
      const at = x.domain.index * 4 + 3;
      const source = outerFrom(x, x.output);
      if (x.state.ttl[at] === -1) x.state.ttl[at] = source;
      return holds(x.state.ttl[at] >>> 0 === source);
    },
    deviation: () => "several",
    explain: (x) => told(x, "the router uses several outer sources", "RFC 3056 section 5.1, and one address is configured", [outerFromField(x, x.output, formatIpv4(x.domain.tunnel.address))]),
  },
  serves({
    id: "RFC3056-5.2.2-2", clause: "RFC3056-5.2.2-2", title: "native packets for 2002::/16 go to the tunnel", mechanisms: RELAY, facts: F.F_TO_CE, applies: (x) => to6to4(x, x.input), why: "RFC 3056 section 5.2.2",
    sure: () => [...passes(C_ORDINARY | C_TO_SITE), ...silent(C_TO_OTHER)],
  }),
  // A case of its own: all of them may vanish while whoever was heard before is served.
  serves({
    id: "RFC3056-5.2.2-2.unheard", clause: "RFC3056-5.2.2-2", title: "native packets for sites that were never heard go to the tunnel too", mechanisms: RELAY, facts: F.F_NEW_CE,
    applies: (x) => !isTunnelled(x, x.input) && to6to4(x, x.input) && isSecondSite(x), sure: () => [...passes(C_ORDINARY | C_NATIVE | C_TO_SITE), ...silent(C_TUNNELLED, C_TO_OTHER)],
    why: "RFC 3056 section 5.2.2: every packet whose next hop is in 2002::/16, whatever came before it; packets to several such sites vanished, and none was tunnelled",
  }),
  {
    id: "RFC3056-5.3-1", clause: "RFC3056-5.3-1", title: "sending rule: to the V4ADDR of the next hop", mechanisms: SIX_TO_FOUR, on: "pair", when: INTO_TUNNEL,
    check: (x) => (wanted(x) === 0 || !hasInner(x, x.output) ? NA : outerTo(x, x.output) === wanted(x) ? PASS : isOfAnother(x) ? NA : VIOLATED),
    sure: () => passes(B_TO_EMBEDDED),
    deviation: () => "destination",
    explain: (x) => told(x, "a packet was tunnelled to another address than that of its next hop", "RFC 3056 section 5.3", [outerToField(x, x.output, formatIpv4(wanted(x)))]),
  },
  {
    id: "RFC3056-5.3-2", clause: "RFC3056-5.3-2", title: "decapsulation rule: the inner packet goes to IPv6 forwarding", mechanisms: ["6to4-router", "6to4-relay"], on: "pair", when: F.FLOW_DECAP,
    check: untouched,
    sure: () => passes(B_UNALTERED),
    deviation: () => "altered",
    explain: (x) => told(x, "the inner packet was altered on decapsulation", "RFC 3056 section 5.3: the IPv4 header is removed and the packet is handed to IPv6 routing; RFC4213-3.6-8 shows the bytes"),
  },
  {
    id: "RFC3056-5.3-3", clause: "RFC3056-5.3-3", title: "6to4 sites are reached directly, not through a relay", mechanisms: ROUTER, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (!to6to4(x, x.output) ? NA : holds(outerTo(x, x.output) === embeddedTo(x, x.output) || (outerTo(x, x.output) !== six4(x).relay && outerTo(x, x.output) !== ANYCAST_RELAY))),
    deviation: () => "through-relay",
    explain: (x) => told(x, "a packet for another 6to4 site was sent to the relay", "RFC 3056 section 5.3: a 6to4 destination is its own next hop", [outerToField(x, x.output, formatIpv4(embeddedTo(x, x.output)))]),
  },
  {
    id: "RFC3056-5.6-1", clause: "RFC3056-5.6-1", title: "one 6to4 prefix per IPv4 address", mechanisms: ROUTER, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (x.domain.addresses.length < 2 || !from6to4(x, x.output) || !own(x, embeddedFrom(x, x.output)) ? NA : embeddedFrom(x, x.output) === x.domain.tunnel.address ? PASS : OBSERVED),
    explain: (x) => told(x, "the site uses a second 6to4 prefix", "RFC 3056 section 5.6 allows it"),
  },
  emits({
    id: "RFC3056-5.8-1", clause: "RFC3056-5.8-1", title: "6to4 sits outside of any NAT: V4ADDR is the address that the packets come from", mechanisms: ROUTER, deviation: "behind-a-nat",
    check(x) {
      if (!from6to4(x, x.output)) return NA;
      const v4 = embeddedFrom(x, x.output);
      if (v4 === outerFrom(x, x.output)) return PASS;
      // Another global address is RFC3056-3-1's matter.
      return isPrivate(v4) && isRefused(six4(x), v4) ? VIOLATED : NA;
    },
    sure: () => [...silent(A_FROM_NATIVE), ...passes(A_FROM_EMBEDDED)],
    message: "a packet left from a global address with a 6to4 prefix made from a private one, as behind a NAT", why: "RFC 3056 section 5.8: where there is a NAT, 6to4 is in the outermost one and V4ADDR is a global address of it",
    fields: (x) => [sourceField(x, x.output, "the 6to4 prefix of the outer source")],
  }),
  emits({
    id: "RFC3056-5.9-1", clause: "RFC3056-5.9-1", title: "the router's V4ADDR is a global address", mechanisms: ROUTER, kinds: TUNNEL_OUT, deviation: "private",
    check: (x) => holds(!isPrivate(outerFrom(x, x.output)) || !isRefused(six4(x), outerFrom(x, x.output))),
    sure: () => passes(A_PUBLIC),
    message: "the router tunnels from a private address", why: "RFC 3056 section 5.9: global and unique even inside a private network", fields: (x) => [outerFromField(x, x.output, "a global address")],
  }),
];

const HAS_BAD = F.F_OUTER_SRC | F.F_SRC_MISMATCH | F.F_SRC_6RD | F.F_BAD_CE;

export const section79: readonly Rule[] = [
  {
    id: "RFC3056-7-1", clause: "RFC3056-7-1", title: "errors from the IPv4 cloud go to the inner source, where the quotation allows it", mechanisms: SIX_TO_FOUR, on: "answer", when: F.ANSWER_ERROR6,
    check: (x) => (x.r.kind[x.input] !== F.K_ICMP4 ? NA : holds(sameAddress(x.b, inner(x, x.output) + 24, inner(x, x.input) + 8))),
    deviation: () => "destination",
    explain: (x) => told(x, "an ICMPv6 error made from an ICMPv4 error went to another node than the inner source", "RFC 3056 section 7 and RFC 4213 section 3.4", [destinationField(x, x.output, textIpv6At(x.b, inner(x, x.input) + 8))]),
  },
  {
    id: "RFC3056-9-1", clause: "RFC3056-9-1", title: "a V4ADDR that is not global unicast: silently discarded", mechanisms: SIX_TO_FOUR, on: "input", facts: HAS_BAD,
    check(x): Outcome {
      if (hasFacts(x, x.input, UNREADABLE) || !hasInner(x, x.input) || (!badSource(x) && !badDestination(x))) return NA;
      x.code = 1;
      if (x.output >= 0) return VIOLATED;
      x.code = 3;
      return x.answer >= 0 ? VIOLATED : x.absence ? PASS : NA;
    },
    deviation: forwardedOrNot,
    explain: (x) => told(x, `a packet with a V4ADDR that is not global unicast was ${x.code === 1 ? "forwarded" : "answered"}`, "RFC 3056 section 9: silently discarded by encapsulators and decapsulators",
      [badSource(x) ? sourceField(x, x.input, "a global V4ADDR") : destinationField(x, x.input, "a global V4ADDR")]),
  },
  refuses({
    id: "RFC3056-9-2", clause: "RFC3056-9-2", title: "private, broadcast, multicast and loopback V4ADDR are refused", mechanisms: SIX_TO_FOUR, facts: HAS_BAD,
    applies: (x) => (badSource(x) && isNamed(embeddedFrom(x, x.input))) || (badDestination(x) && isNamed(embeddedTo(x, x.input))),
    message: "a packet with an unacceptable V4ADDR was forwarded", why: "RFC 3056 section 9",
    fields: (x) => [badSource(x) ? sourceField(x, x.input, "an acceptable V4ADDR") : destinationField(x, x.input, "an acceptable V4ADDR")],
  }),
  serves({
    id: "RFC3056-9-3", clause: "RFC3056-9-3", title: "protocol 41 is taken from any source", mechanisms: SIX_TO_FOUR, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input), sure: () => [...passes(C_ORDINARY | C_TUNNELLED), ...silent(C_NATIVE)],
    why: "RFC 3056 section 9: from any source from which IPv4 is accepted (with the checks of RFC 3964, decisions D10)",
  }),
  serves({
    id: "RFC3056-9-4", clause: "RFC3056-9-4", title: "native sources are accepted from a relay", mechanisms: ROUTER, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input) && !from6to4(x, x.input) && !forbiddenSource(x),
    why: "RFC 3056 section 9: relays are an exception of the source check",
  }),
];
