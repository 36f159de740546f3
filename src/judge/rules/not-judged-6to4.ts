/** Clauses of RFC 3056, 3068, 3964, 6343, 6732, 6324, 6296 and 7526 without a rule, and why. */
import type { NotJudged } from "./not-judged.js";

const DEFAULTS = "about a device as it comes from the factory; that its owner configured 6to4 is the premise of every check";
const NPTV6 = "each V4ADDR with the one Subnet-ID is a /64 (RFC 6732 figure 3), so section 3.5 applies instead (RFC6296-3.5-1)";

export const NOT_JUDGED_6TO4: readonly NotJudged[] = [
  { clause: "RFC3056-2-3", reason: "a change of V4ADDR is announced by DHCP or PPP outside of these captures, and a router that sends from two addresses in turn looks like one with two border connections (section 5.6); a prefix that does not fit the outer source is RFC3056-3-1" },
  { clause: "RFC3964-3.1-7", reason: "the routing table of the device is not in the configuration; its effect is judged by RFC3056-5.3-3" },
  { clause: "RFC6343-4.2.3-1", reason: "about an operator who runs no relay; a device that is configured as a relay is none, and whether the addresses of other operators break 6to4 does not show in their packets" },
  { clause: "RFC6343-4.5-1", reason: "that a relay is dedicated to return traffic is its operator's intent, and silence on the other way does not show it; for relays with the anycast source configured RFC6343-4.4-2 asks the same" },
  { clause: "RFC6732-4.4-2", reason: "the upstream router is another device, and Packet Too Big from it does not pass through the relay" },
  { clause: "RFC6296-3.2-1", reason: "RFC 6732 section 3.3 asks for the opposite of a relay: a Subnet-ID without a mapping stays ordinary 6to4 (RFC6732-3.3-2)" },
  { clause: "RFC6296-3.4-1", reason: NPTV6 },
  { clause: "RFC6296-3.7-1", reason: "text and reported erratum 8757 disagree on which identifier is excluded (decisions D35); where all ones are translated, no word could take the adjustment, and the sums show it (RFC6296-3.2-2)" },
  { clause: "RFC7526-5-2", reason: DEFAULTS },
  { clause: "RFC7526-5-3", reason: DEFAULTS },
  { clause: "RFC7526-5-4", reason: DEFAULTS },
];
