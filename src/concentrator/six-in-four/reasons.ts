/** Why an IPv6-in-IPv4 concentrator forwarded, answered or dropped a packet. */
import { declareReason } from "../reasons.js";

export const DECAPSULATED = declareReason("decapsulated", "forward", "taken out of the tunnel and forwarded to the native side", "RFC4213 3.6");
export const ENCAPSULATED = declareReason("encapsulated", "forward", "put into the tunnel", "RFC4213 3.1");
export const HAIRPINNED = declareReason("hairpinned", "forward", "from the tunnel back into the tunnel: initiator to initiator, or a keepalive to oneself", "RFC5969 8");
export const ENCAPSULATED_FRAGMENTS = declareReason("encapsulated-in-fragments", "forward", "put into the tunnel; the outer packet was fragmented", "RFC4213 3.2");

export const ECHO_ANSWERED = declareReason("echo-answered", "answer", "echo request to an own address", "RFC4443 4.2");
export const ECHO4_ANSWERED = declareReason("echo4-answered", "answer", "ICMPv4 echo request to the concentrator's own address", "RFC1812 4.3.3.6");
export const HOP_LIMIT_EXCEEDED = declareReason("hop-limit-exceeded", "answer", "hop limit 0 or 1: Time Exceeded returned", "RFC4443 3.3");
export const PACKET_TOO_BIG = declareReason("packet-too-big", "answer", "larger than the tunnel or link MTU: Packet Too Big returned", "RFC4213 3.2");
export const TUNNEL_ERROR_RELAYED = declareReason("tunnel-error-relayed", "answer", "ICMPv4 error from the tunnel, told to the IPv6 source as address unreachable", "RFC4213 3.4");

export const OUTER_FRAGMENT_HELD = declareReason("outer-fragment-held", "consume", "outer fragment held for reassembly", "RFC4213 3.6");
export const OUTER_FRAGMENT_DUPLICATE = declareReason("outer-fragment-duplicate", "consume", "exact duplicate of an outer fragment", "RFC791 3.2");
export const PATH_MTU_LEARNT = declareReason("path-mtu-learnt", "consume", "ICMPv4 fragmentation needed: path MTU recorded", "RFC4213 3.4");
export const TUNNEL_ERROR_NOTED = declareReason("tunnel-error-noted", "consume", "ICMPv4 error from the tunnel that yields no ICMPv6 error", "RFC4213 3.4");

export const OUTER_TIMEOUT = declareReason("outer-reassembly-timeout", "drop", "outer fragments given up: the rest did not come in time; no error, or the first one is missing", "RFC1122 3.3.2");
export const OUTER_TIMEOUT_ANSWERED = declareReason("outer-reassembly-timeout-answered", "answer", "outer fragments given up: ICMPv4 Time Exceeded to their source", "RFC792");
export const OUTER_SOURCE_MARTIAN = declareReason("outer-source-invalid", "drop", "outer source that no initiator can have, or an own address", "RFC1812 5.3.7");
export const OUTER_SOURCE_RELAY = declareReason("outer-source-known-relay", "drop", "outer source is a known relay", "RFC5969 12");
export const OUTER_OVERLAP = declareReason("outer-fragment-overlap", "drop", "outer fragments overlap: the datagram is dropped", "RFC791 3.2");
export const OUTER_FRAGMENT_MALFORMED = declareReason("outer-fragment-malformed", "drop", "outer fragment with an impossible length or offset", "RFC791 3.2");
export const OUTER_FRAGMENT_ECN = declareReason("outer-fragment-ecn", "drop", "outer fragments mix CE and Not-ECT", "RFC3168 5.3");
export const OUTER_FRAGMENT_REFUSED = declareReason("outer-fragment-refused", "drop", "outer fragment while reassembly is off", "RFC4213 3.6");
export const OUTER_PROTOCOL = declareReason("outer-protocol-not-served", "drop", "to the concentrator's own address, but not of protocol 41, ICMP or UDP", "RFC4213 3.6");
export const OUTER_UDP = declareReason("outer-udp-not-served", "drop", "UDP to the concentrator's own address, a traceroute perhaps", "RFC4213 3.6");
export const ICMP4_IGNORED = declareReason("icmp4-ignored", "drop", "ICMPv4 message of no use to the tunnel", "RFC4213 3.4");

export const INNER_INVALID = declareReason("inner-header-invalid", "drop", "the inner packet is no whole IPv6 packet", "RFC4213 3.6");
export const INNER_SOURCE_INVALID = declareReason("inner-source-invalid", "drop", "inner source is multicast, unspecified, loopback, IPv4-compatible or IPv4-mapped", "RFC4213 3.6");
export const INNER_SOURCE_LINK_LOCAL = declareReason("inner-source-link-local", "drop", "inner source is link-local", "RFC5969 9");
export const INNER_DESTINATION_INVALID = declareReason("inner-destination-invalid", "drop", "inner destination is multicast, unspecified, loopback, link-local or IPv4-mapped", "RFC4291 2.5");
export const SOURCE_MISMATCH = declareReason("spoofed-source", "drop", "embedded IPv4 source and outer source differ", "RFC5969 9.2");
export const SOURCE_NATIVE = declareReason("native-source-in-tunnel", "drop", "inner source outside the tunnel's prefix", "RFC5969 9.2");
export const SIX_TO_FOUR_MISMATCH = declareReason("6to4-source-mismatch", "drop", "the 6to4 source does not embed the outer source, or is not the site's own", "RFC3964 5.2");
export const NATIVE_AT_RELAY = declareReason("native-source-at-relay", "drop", "native inner source from the tunnel: another relay's traffic", "RFC3964 4.2.2");
export const DESTINATION_MISMATCH = declareReason("destination-mismatch", "drop", "inner destination is not served by this concentrator", "RFC3964 5.2");
export const ECN_ILLEGAL = declareReason("ecn-illegal-combination", "drop", "outer CE on an inner Not-ECT packet", "RFC6040 4.2");
export const NULL_ROUTED = declareReason("null-routed", "drop", "destination in the concentrator's own delegated prefix", "RFC5969 12");
export const TO_OWN_ADDRESS = declareReason("to-own-address", "drop", "to an own IPv6 address, and no echo request", "RFC4443 4.2");
export const V4_DESTINATION_INVALID = declareReason("embedded-destination-invalid", "drop", "the destination embeds an IPv4 address to which nothing may be sent", "RFC3056 9");
export const V4_DESTINATION_RELAY = declareReason("embedded-destination-known-relay", "drop", "the destination embeds the address of a known relay", "RFC5969 12");
export const NATIVE_SOURCE_TUNNEL = declareReason("tunnel-source-on-native-side", "drop", "native packet whose source lies in the tunnel's own prefix", "RFC5969 12");
export const SIX_TO_FOUR_SOURCE = declareReason("6to4-source-at-relay", "drop", "6to4 source where the relay must only see native ones", "RFC3964 5.1");
export const SIX_TO_FOUR_BOTH = declareReason("6to4-to-6to4-at-relay", "drop", "6to4 to 6to4 through a relay", "RFC3964 5.2");
export const ROUTING_LOOP = declareReason("routing-loop", "drop", "an address outside of the tunnel's prefix embeds one of our own IPv4 addresses: the packet would come back", "RFC6324 3.3");
export const NATIVE_NATIVE = declareReason("native-to-native", "drop", "neither address is a 6to4 address", "RFC3964 5.1");
export const ADDRESS_NOT_GLOBAL = declareReason("v4addr-not-global", "drop", "a 6to4 address embeds, or the outer header has, an IPv4 address that is not global unicast", "RFC3964 5.3.1");
export const ADDRESS6_FORBIDDEN = declareReason("ipv6-sanity", "drop", "IPv6 address in 0::/16, fe80::/10, fec0::/10 or ff00::/8", "RFC3964 5.3.2");
export const NOT_A_CLIENT = declareReason("not-a-client", "drop", "the initiator is not one of the configured clients", "RFC3056 5.2.2.1");
export const NOT_TRANSLATED = declareReason("pmt-no-mapping", "drop", "source that the mapping cannot translate: the provider prefix is used up, or no word of the identifier can be adjusted", "RFC6732 3.3");
export const NOT_MAPPABLE = declareReason("pmt-not-mappable", "drop", "address in the provider prefix that no mapping yields", "RFC6732 3.3");
export const FLOW_LIMIT = declareReason("flow-limit", "drop", "the softwire holds as many flows as it may");
export const HOP_LIMIT_SILENT = declareReason("hop-limit-exceeded-silent", "drop", "hop limit 0 or 1, and no error may be sent about it", "RFC4443 2.4");
export const TOO_BIG_SILENT = declareReason("packet-too-big-silent", "drop", "too big, and no error may be sent about it", "RFC4443 2.4");
export const ICMP_RATE = declareReason("icmp-rate-limited", "drop", "the ICMP error it called for was over the rate limit", "RFC4443 2.4");
