/** RFC 3056 sections 5.2.2 and 5.11: what a 6to4 node announces, where the capture holds RIPng or BGP over IPv6. */
import { A_FROM_NATIVE, A_NOT_LOCAL, A_NO_ROUTING } from "../../aspects.js";
import { textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { ANNOUNCED } from "../../forwarded.js";
import { type Exchange, NA, type Rule, silent } from "../../rule.js";
import { embeddedFrom, from6to4, hasInner, holds, own } from "../../six-to-four/checks.js";
import { PREFIX_NONE, PREFIX_OWN, isAdvertisement, sitePrefixes } from "../../six-to-four/advertisement.js";
import { ROUTES_LONGER, ROUTES_SIXTEEN, announced, isRouting } from "../../six-to-four/routes.js";
import { RELAY, ROUTER, SIX_TO_FOUR, inner, told } from "../helpers.js";

/** The parser gives a domain only to routing messages that the device itself sends (parse.ts). */
const routes = (x: Exchange): number => (hasInner(x, x.output) && isRouting(x.b, inner(x, x.output), x.r.innerLen[x.output]) ? announced(x.b, inner(x, x.output), x.r.innerLen[x.output]) : -1);
/** A message of the device and not one on its way through: from its own 6to4 prefix, or link-local. */
const isOwnMessage = (x: Exchange): boolean => hasInner(x, x.output) && ((from6to4(x, x.output) && own(x, embeddedFrom(x, x.output))) || u32(x.b, inner(x, x.output) + 8) >>> 22 === 0x3fa);
const explain = (why: string, expected: string, seen: string) => (x: Exchange) =>
  told(x, `${seen} was announced by ${textIpv6At(x.b, inner(x, x.output) + 8)}`, why, [field(x, x.output, "routing", "prefix", expected, seen, inner(x, x.output) + 40, x.r.innerLen[x.output] - 40)]);

export const section5Routes: readonly Rule[] = [
  {
    id: "RFC3056-5.2.2-1", clause: "RFC3056-5.2.2-1", title: "on the native side nothing longer than 2002::/16 is announced", mechanisms: RELAY, on: "output", when: 1 << F.K_NATIVE,
    check(x) {
      const found = routes(x);
      if (found <= 0) return NA;
      // RFC7526-6-3 asks whether what is announced is relayed.
      if ((found & ROUTES_SIXTEEN) !== 0) x.state.ttl[x.domain.index * 4 + ANNOUNCED] = 1;
      return holds((found & ROUTES_LONGER) === 0);
    },
    sure: () => silent(A_NO_ROUTING),
    deviation: () => "longer-prefix", explain: explain("RFC 3056 section 5.2.2: only 2002::/16 itself", "2002::/16", "a prefix inside 2002::/16"),
  },
  {
    id: "RFC3056-5.11-1", clause: "RFC3056-5.11-1", title: "2002::/16 is not announced to 6to4 sites", mechanisms: SIX_TO_FOUR, on: "output", when: 1 << F.K_TUNNEL,
    check: (x) => (!isOwnMessage(x) || routes(x) < 0 ? NA : holds((routes(x) & ROUTES_SIXTEEN) === 0)),
    sure: () => silent(A_FROM_NATIVE | A_NOT_LOCAL),
    deviation: () => "announced", explain: explain("RFC 3056 section 5.11: it would make a forwarding loop", "no 2002::/16", "2002::/16"),
  },
  {
    id: "RFC3056-5.1-2", clause: "RFC3056-5.1-2", title: "the prefix made of V4ADDR is announced to the site", mechanisms: ROUTER, on: "output", when: 1 << F.K_NATIVE,
    check(x) {
      if (!hasInner(x, x.output) || !isAdvertisement(x.b, inner(x, x.output), x.r.innerLen[x.output])) return NA;
      const found = sitePrefixes(x.b, inner(x, x.output), x.r.innerLen[x.output], x.domain.addresses);
      return found === PREFIX_NONE ? NA : holds((found & PREFIX_OWN) !== 0);
    },
    deviation: () => "other-prefix",
    explain: (x) => told(x, "a router advertisement to the site has a 6to4 prefix, and it is not that of the router", "RFC 3056 section 5.1: the prefix derived from V4ADDR",
      [field(x, x.output, "ICMPv6", "prefix", "inside 2002:V4ADDR::/48", "another 2002::/16 prefix", inner(x, x.output) + 56, Math.max(0, x.r.innerLen[x.output] - 56))]),
  },
];
