/** Rules on the routes that a device announces: RFC 3056 section 5.2, RFC 3068 section 4, RFC 5969 section 7.2, RFC 6732 section 4.7, RFC 7526 section 6. */
import type { Config, Mechanism } from "../../config/types.js";
import { compileDomains, type Domain } from "../domain.js";
import { ANYCAST_RELAY } from "../six-to-four/domain.js";
import type { MessageRule } from "./message.js";

const RELAY: readonly Mechanism[] = ["6to4-relay", "6to4-pmt"];
const ROUTER: readonly Mechanism[] = ["6to4-router"];

const some = (test: (d: Domain) => boolean) => (config: Config): boolean => compileDomains(config).some(test);
const isRelay = (d: Domain): boolean => RELAY.includes(d.mechanism);
const servesAnycast = (d: Domain): boolean => isRelay(d) && d.addresses.includes(ANYCAST_RELAY);
const only = (kind: string) => (): string => kind;

export const ROUTING_RULES: readonly MessageRule[] = [
  {
    // What regular updates of one protocol never hold may be announced by another, over another interface.
    id: "RFC3056-5.2-2", clause: "RFC3056-5.2-2", title: "a relay announces 2002::/16 on the native side", mechanisms: RELAY, cap: "warn", needs: some(isRelay), deviation: only("never-in-regular-updates"),
    why: "RFC 3056 section 5.2: a relay advertises 2002::/16 into the native IPv6 routing domain",
  },
  {
    // A site may run exterior BGP within itself as well.
    id: "RFC3056-5.2-3", clause: "RFC3056-5.2-3", title: "a site with native IPv6 does not announce its 6to4 prefix there", mechanisms: ROUTER, cap: "warn", needs: some((d) => d.mechanism === "6to4-router"), deviation: only("announced"),
    why: "RFC 3056 section 5.2: the 2002:V4ADDR::/48 of a site is not advertised on its native connection",
  },
  {
    id: "RFC3056-5.2-4", clause: "RFC3056-5.2-4", title: "announcements inside 2002::/16 that were heard are not passed on", mechanisms: RELAY, needs: some(isRelay), deviation: only("passed-on"),
    why: "RFC 3056 section 5.2: prefixes inside 2002::/16 longer than /16 are filtered out and discarded",
  },
  {
    id: "RFC3056-5.2.3-1", clause: "RFC3056-5.2.3-1", title: "a router that is no relay announces nothing across", mechanisms: ROUTER, cap: "warn", needs: some((d) => d.mechanism === "6to4-router"),
    deviation: (code) => (code === 1 ? "6to4-to-native" : "native-to-6to4"), why: "RFC 3056 section 5.2.3: no 2002:: prefix into the native domain, no native prefix or default route into the 6to4 domain; the configuration makes the device a router and no relay",
  },
  {
    id: "RFC3068-4.2-1", clause: "RFC3068-4.2-1", title: "an anycast relay announces 192.88.99.0/24 as an external network", mechanisms: RELAY, cap: "info", needs: some(servesAnycast), deviation: only("never-in-regular-updates"),
    why: "RFC 3068 section 4.2: the prefix is injected into the IPv4 interior routing",
  },
  {
    id: "RFC3068-4.3-1", clause: "RFC3068-4.3-1", title: "192.88.99.0/24 is announced with the relay's own autonomous system on the path", mechanisms: RELAY, needs: some(servesAnycast), deviation: only("empty-path"),
    why: "RFC 3068 section 4.3: the initial path has to contain the autonomous system that announces",
  },
  {
    id: "RFC3068-4.4-1", clause: "RFC3068-4.4-1", title: "192.88.99.0/24 is announced while packets are relayed", mechanisms: RELAY, cap: "info", needs: some(servesAnycast), deviation: only("black-hole"),
    why: "RFC 3068 section 4.4: a relay watches its relaying and stops injecting the route at once when it fails",
  },
  {
    id: "RFC5969-7.2-4", clause: "RFC5969-7.2-4", title: "the anycast address of a BR is in the interior routing", mechanisms: ["6rd"], cap: "info", needs: some((d) => d.mechanism === "6rd" && d.tunnel.anycast), deviation: only("never-in-regular-updates"),
    why: "RFC 5969 section 7.2: anycast addresses of BRs are advertised in the provider's IGP",
  },
  {
    id: "RFC6732-4.7-1", clause: "RFC6732-4.7-1", title: "a PMT relay keeps 192.88.99.0/24 inside and announces its provider prefix", mechanisms: ["6to4-pmt"], needs: some((d) => d.mechanism === "6to4-pmt"), deviation: only("leaked"),
    why: "RFC 6732 section 4.7: the anycast prefix is advertised locally and not to other networks",
  },
  {
    // Others may serve what the configuration does not tell of: only a route that begins at this very device counts, and it warns.
    id: "RFC7526-6-2", clause: "RFC7526-6-2", title: "only a device that relays originates a route to 192.88.99.1", mechanisms: ["6rd", "6to4-router", "6to4-relay", "6to4-pmt"], cap: "warn", needs: () => true, deviation: only("no-relay"),
    why: "RFC 7526 section 6: nobody originates a route to 192.88.99.1 who does not operate an anycast relay",
  },
];
