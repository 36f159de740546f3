/** Clauses of the 6to4 documents that the configuration itself keeps or breaks. */
import { formatIpv4 } from "../../wire/address.js";
import { compileDomains, type Domain } from "../domain.js";
import { ANYCAST_RELAY } from "../six-to-four/domain.js";
import { isAnycastBlock, isPrivate } from "../six-to-four/checks.js";
import type { ConfigRule } from "./config.js";
import { RELAY, ROUTER, SIX_TO_FOUR } from "./helpers.js";

const anycastOf = (d: Domain): readonly number[] => d.addresses.filter(isAnycastBlock);
const isAnycastRelay = (d: Domain): boolean => d.sixToFour?.router === false && (d.tunnel.anycast || anycastOf(d).length > 0);
const usesAnycast = (d: Domain): boolean => isAnycastRelay(d) || (d.sixToFour?.router === true && d.sixToFour.relay === ANYCAST_RELAY);

export const CONFIG_RULES_6TO4: readonly ConfigRule[] = [
  {
    id: "RFC3068-2.3-1", clause: "RFC3068-2.3-1", title: "the anycast prefix is 192.88.99.0/24", mechanisms: RELAY, why: "RFC 3068 section 2.3",
    judge: (d) => (!d.tunnel.anycast ? undefined : anycastOf(d).length > 0 ? "" : "declared anycast, but no address is in 192.88.99.0/24"),
  },
  {
    id: "RFC3068-2.5-1", clause: "RFC3068-2.5-1", title: "the anycast address embeds as 2002:c058:6301::", mechanisms: RELAY, why: "RFC 3068 sections 2.4 and 2.5",
    judge: (d) => (anycastOf(d).length === 0 ? undefined : anycastOf(d).every((a) => a === ANYCAST_RELAY) ? "" : `${anycastOf(d).map(formatIpv4).join(", ")}: only 192.88.99.1 gives 2002:c058:6301::`),
  },
  {
    id: "RFC3068-4.2-3.config", clause: "RFC3068-4.2-3", title: "an anycast relay has an equivalent unicast address", mechanisms: RELAY, why: "RFC 3068 section 4.2 (unless anycast-only is declared, decisions D8)",
    // Another address on the access side may well be the one: whether it relays, the packets say.
    judge: (d, config) => (!isAnycastRelay(d) || d.sixToFour?.config.anycastOnly === true ? undefined : d.addresses.some((a) => !isAnycastBlock(a)) ? ""
      : config.access.ipv4.some((a) => !isAnycastBlock(a)) ? undefined : "192.88.99.1 is its only address"),
  },
  {
    id: "RFC3964-6.1-1", clause: "RFC3964-6.1-1", title: "automatic tunnels of different kinds have addresses of their own", mechanisms: SIX_TO_FOUR, why: "RFC 3964 section 6.1: protocol 41 does not say which mechanism it belongs to",
    judge(d, config) {
      const other = compileDomains(config).find((o) => o.index !== d.index && o.mechanism !== d.mechanism && o.addresses.some((a) => d.addresses.includes(a)));
      return other === undefined ? "" : `${d.tunnel.name} and ${other.tunnel.name} share an IPv4 address`;
    },
  },
  {
    id: "RFC6324-4-1", clause: "RFC6324-4-1", title: "beside 6rd the address checks are not alone", mechanisms: RELAY, why: "RFC 6324 section 4: they do not stop loops with 6rd routers; a list of relays does",
    judge: (d, config) => (!compileDomains(config).some((o) => o.mechanism === "6rd") ? undefined : d.tunnel.knownRelays.length > 0 ? "" : "a 6rd domain is configured, and no known relays are"),
  },
  {
    id: "RFC6343-4.1-1", clause: "RFC6343-4.1-1", title: "no 6to4 on a private address", mechanisms: ROUTER, why: "RFC 6343 section 4.1 and RFC 3056 section 2",
    judge: (d) => (d.addresses.some(isPrivate) ? `${d.addresses.filter(isPrivate).map(formatIpv4).join(", ")} is private` : ""),
  },
  {
    id: "RFC6598-5.2-1", clause: "RFC6598-5.2-1", title: "no 6to4 from shared address space", mechanisms: ROUTER, why: "RFC 6598 section 5.2: a 6to4 router may treat 100.64.0.0/10 like private space; only a provider-managed tunnel makes it work",
    judge: (d) => (d.addresses.some((a) => a >>> 22 === 0x64400000 >>> 22) ? `${d.addresses.map(formatIpv4).join(", ")} is shared address space` : ""),
  },
  {
    id: "RFC6890-2.2.2-1", clause: "RFC6890-2.2.2-1", title: "the registry says which addresses are global", mechanisms: SIX_TO_FOUR, why: "RFC 6890 section 2.2.2; the table in use is told (decisions D11)",
    judge: (d) => (d.sixToFour === undefined ? undefined : d.sixToFour.config.table.name === "rfc6890" ? "" : { observed: `table ${d.sixToFour.config.table.name}` }),
  },
  {
    id: "RFC6343-4.4-5", clause: "RFC6343-4.4-5", title: "the ICMPv6 error rate is high enough for a relay", mechanisms: RELAY, why: "RFC 6343 section 4.4: 100 a second is too low, 1000 or more may be needed",
    judge: (d) => (d.tunnel.icmpRate === 0 || d.tunnel.icmpRate > 100 ? "" : `${d.tunnel.icmpRate} errors a second`),
  },
  {
    id: "RFC7526-4-1", clause: "RFC7526-4-1", title: "192.88.99.0/24 has no other use", mechanisms: SIX_TO_FOUR, why: "RFC 7526 section 4: the block stays reserved",
    judge(d, config) {
      const stray = [...config.access.ipv4, ...config.core.ipv4].filter((a) => isAnycastBlock(a) && a !== ANYCAST_RELAY);
      const pool = config.serviceSets.flatMap((s) => s.concentrators).some((c) => c.kind === "ds-lite" && c.nat?.pool.ranges.some((r) => r.from >>> 8 <= ANYCAST_RELAY >>> 8 && r.to >>> 8 >= ANYCAST_RELAY >>> 8) === true);
      if (stray.length > 0 && !isAnycastRelay(d)) return `${stray.map(formatIpv4).join(", ")} is an address of the device`;
      return pool ? "a NAT pool reaches into 192.88.99.0/24" : "";
    },
  },
  {
    id: "RFC7526-5-1", clause: "RFC7526-5-1", title: "anycast 6to4 is deprecated", mechanisms: SIX_TO_FOUR, cap: "info", why: "RFC 7526 section 5: run and judged here, and labelled as deprecated (decisions D19)",
    judge: (d) => (usesAnycast(d) ? "uses 192.88.99.1, which RFC 7526 deprecates" : ""),
  },
];
