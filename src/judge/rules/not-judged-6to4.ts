/** Clauses of RFC 3056, 3068, 3964, 6343, 6732, 6324, 6296 and 7526 without a rule, and why. */
import type { NotJudged } from "./not-judged.js";

const BGP = "needs the routing of other devices or a session that runs over IPv4; what the device announces by RIPng or BGP over IPv6 inside 2002::/16 is judged (RFC3056-5.2.2-1, RFC3056-5.11-1)";
const SITE = "the native connection of a 6to4 site is neither of the two captured sides: access is the IPv4 Internet, core the site itself";
const CLIENTS = "the configuration holds no list of clients, so a packet that is not relayed cannot be told from a refused client";
const DEFAULTS = "about a device as it comes from the factory; a configuration is what turned it on";
const NETMASK = "the configuration has no IPv4 subnet masks, so directed broadcasts are unknown (255.255.255.255 and multicast are judged)";
const NPTV6 = "provider prefix and V4ADDR make a /64 (RFC 6732 figure 3), so the case of this section does not arise";

export const NOT_JUDGED_6TO4: readonly NotJudged[] = [
  { clause: "RFC3056-2-3", reason: "the configuration has one V4ADDR for the whole capture; its change at the provider is announced by DHCP or PPP, which is not captured" },
  { clause: "RFC3056-5.1-2", reason: "router advertisements are minutes apart, other routers of the site may send them, and other prefixes may be in them" },
  { clause: "RFC3056-5.2-1", reason: CLIENTS },
  { clause: "RFC3056-5.2-2", reason: BGP },
  { clause: "RFC3056-5.2-3", reason: SITE },
  { clause: "RFC3056-5.2-4", reason: BGP },
  { clause: "RFC3056-5.2.2.1-1", reason: CLIENTS },
  { clause: "RFC3056-5.2.3-1", reason: SITE },
  { clause: "RFC3056-5.8-1", reason: "a NAT44 between the router and the Internet is another device; behind it a wrong source is refused by its receivers (RFC3964-5.2-4)" },
  { clause: "RFC3068-4.2-1", reason: BGP },
  { clause: "RFC3068-4.3-1", reason: BGP },
  { clause: "RFC3068-4.4-1", reason: BGP },
  { clause: "RFC3964-3.1-7", reason: "the routing table of the device is not in the configuration; its effect is judged by RFC3056-5.3-3" },
  { clause: "RFC3964-5.3.1-2", reason: NETMASK },
  { clause: "RFC6343-4.2.3-1", reason: "about an operator without a relay; a device that is configured as a relay is none" },
  { clause: "RFC6343-4.4-4", reason: "about routers on the way; the capture is taken at the tunnel's end" },
  { clause: "RFC6343-4.5-1", reason: "a capture does not say whether a relay is dedicated to return traffic; for anycast relays RFC6343-4.4-2 asks the same" },
  { clause: "RFC6732-4.1-1", reason: "the configuration has no list of customers who opted out; untranslated flows are observed by RFC6732-3.2-2" },
  { clause: "RFC6732-4.4-2", reason: "the upstream router is another device" },
  { clause: "RFC6732-4.7-1", reason: BGP },
  { clause: "RFC6324-3.1.2-1", reason: "a MAY with a list of known addresses, which the configuration has only for relays (RFC6324-3.2.3-1)" },
  { clause: "RFC6296-3.1-1", reason: "the configuration maps by figure 3 of RFC 6732; an adjustment is not configured but observed (RFC6732-4.5-2)" },
  { clause: "RFC6296-3.2-1", reason: NPTV6 },
  { clause: "RFC6296-3.4-1", reason: NPTV6 },
  { clause: "RFC6296-3.7-1", reason: "text and reported erratum 8757 disagree on which identifier is excluded (decisions D35)" },
  { clause: "RFC7526-4-2", reason: "asks of the reader of a report, not of the device, that unicast 6to4 stays valid; it does here" },
  { clause: "RFC7526-5-2", reason: DEFAULTS },
  { clause: "RFC7526-5-3", reason: DEFAULTS },
  { clause: "RFC7526-5-4", reason: DEFAULTS },
  { clause: "RFC7526-6-2", reason: BGP },
  { clause: "RFC7526-6-3", reason: BGP },
];
