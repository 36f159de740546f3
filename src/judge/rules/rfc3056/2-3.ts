/** RFC 3056 sections 2 and 3: the 6to4 prefix and the encapsulation. */
import { A_FROM_EMBEDDED, A_NOT_LOCAL, A_PUBLIC, A_SHAPE, A_TO_EMBEDDED, A_TO_HOST, B_HOP, B_TTL } from "../../aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, passes, type Rule, VIOLATED } from "../../rule.js";
import { embeddedFrom, embeddedTo, emits, from, from6to4, holds, isPrivate, outerFrom, outerFromField, outerTo, outerToField, own, six4, sourceField, to, to6to4 } from "../../six-to-four/checks.js";
import { isRefused } from "../../six-to-four/domain.js";
import { mayBeTwo } from "../rfc4213/3.3.js";
import { ROUTER, SIX_TO_FOUR, TUNNEL_OUT, hasFacts, inner, innerBytes, outer, told } from "../helpers.js";

/** A table of one's own may admit private addresses (decisions D11). */
const privateAddress = (x: Exchange, v4: number): boolean => isPrivate(v4) && isRefused(six4(x), v4);
const ofSitePrivate = (x: Exchange): boolean => six4(x).router && from6to4(x, x.output) && privateAddress(x, embeddedFrom(x, x.output));
/** Traffic of the site: its source is in the prefix of one of the router's addresses. */
const ofSite = (x: Exchange): boolean => from6to4(x, x.input) && own(x, embeddedFrom(x, x.input));
/** No 6to4 address at all: perhaps a configured tunnel of the same device (RFC 3964 section 6.1); RFC3964-5.1-4 asks about it. */
const foreign = (x: Exchange): boolean => !from6to4(x, x.output) && !to6to4(x, x.output);
const isLinkLocal = (b: Uint8Array, o: number): boolean => u32(b, o) >>> 22 === 0x3fa;
/** fe80:: with the IPv4 address as interface identifier (RFC 4213 section 3.7). */
const isFormed = (b: Uint8Array, o: number, v4: number): boolean => !isLinkLocal(b, o) || (u32(b, o + 4) === 0 && u32(b, o + 8) === 0 && u32(b, o + 12) === v4);

const siteSource = (id: string, title: string, why: string): Rule => ({
  id, clause: id, title, mechanisms: ROUTER, on: "pair", when: F.FLOW_ENCAP,
  check: (x) => (ofSite(x) ? holds(outerFrom(x, x.output) === embeddedFrom(x, x.output)) : NA),
  deviation: () => "other-address",
  explain: (x) => told(x, "a packet of the site left from an IPv4 address that its 6to4 prefix does not embed", why, [outerFromField(x, x.output, formatIpv4(embeddedFrom(x, x.output)))]),
});

export const section2: readonly Rule[] = [
  emits({
    // Section 2 binds the site whose prefix it is: the device answers for its own V4ADDR, a router also for its site's. Those of others are section 9's.
    id: "RFC3056-2-1", clause: "RFC3056-2-1", title: "no V4ADDR of the device or its site is a private address", mechanisms: SIX_TO_FOUR, deviation: "private",
    check: (x) => (foreign(x) ? NA : holds(!privateAddress(x, outerFrom(x, x.output)) && !ofSitePrivate(x))),
    sure: () => passes(A_PUBLIC | A_FROM_EMBEDDED, A_PUBLIC | A_TO_EMBEDDED),
    message: "a 6to4 packet was sent from a private IPv4 address", why: "RFC 3056 section 2: RFC 1918 addresses are never V4ADDR",
    fields: (x) => [ofSitePrivate(x) ? sourceField(x, x.output, "a global V4ADDR") : outerFromField(x, x.output, "a global address")],
  }),
  siteSource("RFC3056-2-2", "the site's prefix is 2002: and the router's V4ADDR", "RFC 3056 section 2"),
];

export const section3: readonly Rule[] = [
  siteSource("RFC3056-3-1", "the router sends from the V4ADDR of its site", "RFC 3056 section 3: V4ADDR is an address of the interface that carries the 6to4 traffic"),
  {
    id: "RFC3056-3-2", clause: "RFC3056-3-2", title: "IPv4, protocol 41, then the IPv6 packet and nothing else", mechanisms: SIX_TO_FOUR, on: "output", when: 1 << F.K_TUNNEL,
    check(x) {
      if (hasFacts(x, x.output, F.F_CUT | F.F_JOINED | F.F_OUTER_BAD)) return NA;
      x.code = x.r.inner[x.output] === 0 ? 1 : 2;
      return holds(x.code === 2 && u16(x.b, outer(x, x.output) + 2) === ((x.b[outer(x, x.output)] & 15) << 2) + innerBytes(x, x.output));
    },
    sure: () => passes(A_SHAPE),
    deviation: (code) => (code === 1 ? "no-ipv6-packet" : "length"),
    explain: (x) => told(x, x.code === 1 ? "protocol 41 was sent without an IPv6 packet in it" : "the outer total length does not fit the IPv6 packet", "RFC 3056 section 3",
      [field(x, x.output, "IPv4 outer", "total length", x.code === 1 ? "header and an IPv6 packet" : innerBytes(x, x.output) + 20, u16(x.b, outer(x, x.output) + 2), outer(x, x.output) + 2, 2)]),
  },
  emits({
    id: "RFC3056-3-3", clause: "RFC3056-3-3", title: "the outer source or destination is a V4ADDR of the packet", mechanisms: SIX_TO_FOUR, deviation: "neither",
    check: (x) => (foreign(x) ? NA : holds((from6to4(x, x.output) && embeddedFrom(x, x.output) === outerFrom(x, x.output)) || (to6to4(x, x.output) && embeddedTo(x, x.output) === outerTo(x, x.output)) ||
      (six4(x).router && !to6to4(x, x.output) && outerTo(x, x.output) === six4(x).relay))),
    sure: () => passes(A_FROM_EMBEDDED, A_TO_EMBEDDED),
    message: "neither outer address belongs to the 6to4 prefixes of the packet", why: "RFC 3056 section 3",
    fields: (x) => [outerToField(x, x.output, to6to4(x, x.output) ? formatIpv4(embeddedTo(x, x.output)) : "the relay's address")],
  }),
  {
    id: "RFC3056-3-4", clause: "RFC3056-3-4", title: "TTL as of any IPv4 packet, hop limit as in any forwarding", mechanisms: SIX_TO_FOUR, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP | F.FLOW_HAIRPIN,
    check(x) {
      if (hasFacts(x, x.input, F.F_HOP)) return NA;
      x.code = x.r.kind[x.output] === F.K_TUNNEL && x.b[outer(x, x.output) + 8] === 0 ? 1 : 2;
      const lost = x.b[inner(x, x.input) + 7] - x.b[inner(x, x.output) + 7];
      return x.code === 2 && lost === 2 && mayBeTwo(x) ? NA : holds(x.code === 2 && lost === 1);
    },
    sure: () => passes(B_HOP | B_TTL),
    deviation: (code) => (code === 1 ? "ttl-0" : "hop-limit"),
    explain: (x) => told(x, x.code === 1 ? "the outer TTL is 0" : "the hop limit is not one less than it was", "RFC 3056 section 3: the inner hop limit is decremented as in ordinary forwarding, and the TTL is that of a packet of one's own",
      [x.code === 1 ? field(x, x.output, "IPv4 outer", "TTL", "above 0", 0, outer(x, x.output) + 8, 1)
        : field(x, x.output, "IPv6", "hop limit", x.b[inner(x, x.input) + 7] - 1, x.b[inner(x, x.output) + 7], inner(x, x.output) + 7, 1)]),
  },
  emits({
    id: "RFC3056-3.1-1", clause: "RFC3056-3.1-1", title: "a link-local address is fe80:: and the IPv4 address", mechanisms: SIX_TO_FOUR, deviation: "other-identifier",
    check: (x) => (!isLinkLocal(x.b, from(x, x.output)) && !isLinkLocal(x.b, to(x, x.output)) ? PASS
      : isFormed(x.b, from(x, x.output), outerFrom(x, x.output)) && isFormed(x.b, to(x, x.output), outerTo(x, x.output)) ? PASS : VIOLATED),
    sure: () => passes(A_NOT_LOCAL),
    message: "a link-local address that is not made of the IPv4 address was tunnelled", why: "RFC 3056 section 3.1 and RFC 4213 section 3.7; no use of such addresses is known",
    fields: (x) => [field(x, x.output, "IPv6 inner", "addresses", "none in fe80::/10, or fe80::V4ADDR", `${textIpv6At(x.b, from(x, x.output))} > ${textIpv6At(x.b, to(x, x.output))}`, from(x, x.output), 32)],
  }),
  emits({
    id: "RFC3056-6-1", clause: "RFC3056-6-1", title: "nothing is tunnelled to IPv4 multicast", mechanisms: SIX_TO_FOUR, kinds: TUNNEL_OUT, deviation: "multicast",
    check: (x) => holds(outerTo(x, x.output) >>> 28 !== 14),
    sure: () => passes(A_TO_HOST),
    message: "a packet was tunnelled to an IPv4 multicast address", why: "RFC 3056 section 6: the carrier network is unicast", fields: (x) => [outerToField(x, x.output, "a unicast address")],
  }),
];
