/** Why a DS-Lite concentrator forwarded, answered or dropped a packet. */
import { PREFIX_FULL, TOO_MANY_SOFTWIRES } from "../nat/flows.js";
import { declareReason } from "../reasons.js";

export const TRANSLATED_OUT = declareReason("aftr-translated-out", "forward", "decapsulated, source translated, sent to the Internet", "RFC6333 6.2");
export const TRANSLATED_IN = declareReason("aftr-translated-in", "forward", "destination translated, sent into the softwire", "RFC6333 6.2");
export const HAIRPIN = declareReason("aftr-hairpinned", "forward", "from one softwire into another with the external source", "RFC4787 REQ-9");
export const UNTRANSLATED_OUT = declareReason("aftr-not-translated", "forward", "decapsulated and sent without translation, as configured", "RFC6888 REQ-6");
export const FRAGMENTED_IN = declareReason("aftr-translated-in-outer-fragments", "forward", "sent into the softwire; the outer packet was fragmented", "RFC6333 6.3");
export const ERROR_OUT = declareReason("aftr-icmp-error-out", "forward", "ICMP error of an inner host, translated inside out", "RFC5508 REQ-5");
export const ERROR_IN = declareReason("aftr-icmp-error-in", "forward", "ICMP error from the Internet, translated inside out", "RFC5508 REQ-4");

export const ECHO6 = declareReason("aftr-echo6-answered", "answer", "ICMPv6 echo request to the AFTR address", "RFC4443 4.2");
export const ECHO4 = declareReason("aftr-echo4-answered", "answer", "ICMPv4 echo request to the AFTR's well-known address", "RFC6333 6.5");
export const ECHO_POOL = declareReason("aftr-echo4-pool-answered", "answer", "ICMPv4 echo request to an external address that no mapping takes", "RFC1812 4.3.3.6");
export const TTL_B4 = declareReason("aftr-ttl-exceeded-b4", "answer", "inner TTL 0 or 1: Time Exceeded to the B4 from the well-known address", "RFC6333 6.5");
export const TTL_CORE = declareReason("aftr-ttl-exceeded-core", "answer", "TTL 0 or 1: Time Exceeded to the Internet", "RFC1812 5.3.1");
export const UNREACHABLE_B4 = declareReason("aftr-no-binding-possible", "answer", "no external port for the new mapping: host unreachable to the B4", "RFC6888 REQ-11");
export const PORT_LIMIT_B4 = declareReason("aftr-port-limit", "answer", "the subscriber has as many external ports as it may: host unreachable to the B4", "RFC6888 REQ-4");
export const TOO_BIG_CORE = declareReason("aftr-fragmentation-needed-core", "answer", "DF set and too big for the softwire: Fragmentation Needed", "RFC2473 7.2");
export const TOO_BIG_B4 = declareReason("aftr-fragmentation-needed-b4", "answer", "DF set and too big for the core link: Fragmentation Needed to the B4", "RFC1812 5.2.7");
export const TUNNEL_ERROR = declareReason("aftr-tunnel-error-relayed", "answer", "ICMPv6 error from the softwire, told to the IPv4 source as host unreachable", "RFC2473 8");
export const OUTER_PARAMETER = declareReason("aftr-parameter-problem", "answer", "outer header that the AFTR cannot process: Parameter Problem", "RFC8200 4");

export const OUTER_HELD = declareReason("aftr-outer-fragment-held", "consume", "outer fragment held for reassembly", "RFC6333 6.3");
export const OUTER_DUPLICATE = declareReason("aftr-outer-fragment-duplicate", "consume", "exact duplicate of an outer fragment", "RFC8200 4.5");
export const INNER_HELD = declareReason("aftr-inner-fragment-held", "consume", "IPv4 fragment held until its datagram is whole", "RFC4787 REQ-14");
export const INNER_DUPLICATE = declareReason("aftr-inner-fragment-duplicate", "consume", "exact duplicate of an IPv4 fragment", "RFC791 3.2");
export const PATH_MTU_LEARNT = declareReason("aftr-path-mtu-learnt", "consume", "Packet Too Big from the softwire's path: outer fragments to this B4 become smaller", "RFC2473 7.1");
export const TUNNEL_ERROR_NOTED = declareReason("aftr-tunnel-error-noted", "consume", "ICMPv6 message to the AFTR that yields no ICMPv4 error", "RFC2473 8");

export const SYN_HELD = declareReason("aftr-unsolicited-syn-held", "consume", "SYN that nobody waits for: held for 6 s, in case the inner host opens the connection itself", "RFC5382 REQ-4");
export const SYN_ANSWERED = declareReason("aftr-unsolicited-syn-answered", "answer", "6 s after an unsolicited SYN: port unreachable", "RFC5382 REQ-4");
export const SYN_SILENT = declareReason("aftr-unsolicited-syn-silent", "drop", "6 s after an unsolicited SYN: no error may be sent about it, or the rate limit is reached", "RFC5382 REQ-4");
export const OUTER_TIMEOUT = declareReason("aftr-outer-reassembly-timeout", "drop", "outer fragments given up: the rest did not come in time; no error, or the first one is missing", "RFC8200 4.5");
export const OUTER_TIMEOUT_ANSWERED = declareReason("aftr-outer-reassembly-timeout-answered", "answer", "outer fragments given up: Time Exceeded to the B4", "RFC8200 4.5");
export const INNER_TIMEOUT = declareReason("aftr-inner-reassembly-timeout", "drop", "IPv4 fragments given up: the rest did not come in time", "RFC4787 REQ-14");
export const OUTER_SOURCE = declareReason("aftr-outer-source-invalid", "drop", "outer source that no B4 can have", "RFC8200 3");
export const B4_NOT_SERVED = declareReason("aftr-b4-not-served", "drop", "outer source outside the configured B4 prefixes", "RFC6333 11");
export const OUTER_HEADER = declareReason("aftr-outer-header-invalid", "drop", "outer extension header or option chain that must be discarded", "RFC8200 4");
export const OUTER_UPPER = declareReason("aftr-outer-next-header", "drop", "to the AFTR address, but neither IPv4 nor ICMPv6", "RFC2473 3.3");
export const OUTER_OVERLAPPING = declareReason("aftr-outer-fragment-overlap", "drop", "outer fragments overlap: the datagram is dropped", "RFC8200 4.5");
export const OUTER_MALFORMED = declareReason("aftr-outer-fragment-malformed", "drop", "outer fragment with an impossible length or offset", "RFC8200 4.5");
export const OUTER_ECN = declareReason("aftr-outer-fragment-ecn", "drop", "outer fragments mix CE and Not-ECT", "RFC3168 5.3");
export const OUTER_REFUSED = declareReason("aftr-outer-fragment-refused", "drop", "outer fragment while reassembly is off", "RFC6333 6.3");
export const INNER_INVALID = declareReason("aftr-inner-header-invalid", "drop", "the inner packet is no whole IPv4 packet with a right header checksum", "RFC1812 5.2.2");
export const INNER_SOURCE = declareReason("aftr-inner-source-unauthorized", "drop", "inner source outside RFC 1918, 192.0.0.0/29 and the configured prefixes", "RFC6333 11");
export const INNER_DESTINATION = declareReason("aftr-inner-destination-invalid", "drop", "inner destination is multicast, broadcast, loopback, unspecified or in 192.0.0.0/29", "RFC1812 5.3.7");
export const CORE_SOURCE = declareReason("aftr-core-source-invalid", "drop", "source from the Internet side is multicast, broadcast, loopback, unspecified or in 192.0.0.0/29", "RFC1812 5.3.7");
export const INNER_MALFORMED = declareReason("aftr-inner-fragment-malformed", "drop", "IPv4 fragments that overlap or have impossible lengths", "RFC791 3.2");
export const ECN_ILLEGAL = declareReason("aftr-ecn-illegal", "drop", "outer CE on an inner Not-ECT packet", "RFC6040 4.2");
export const TO_AFTR = declareReason("aftr-to-own-address", "drop", "to the AFTR's own IPv4 address, and no echo request", "RFC1812 4.3.3.6");
export const TRANSPORT_SHORT = declareReason("aftr-transport-header-cut", "drop", "the packet ends inside its transport header", "RFC3022 4.1");
export const NO_MAPPING = declareReason("aftr-no-mapping", "drop", "no mapping for the external endpoint", "RFC4787 5");
export const ECHO_POOL_SILENT = declareReason("aftr-echo4-pool-ignored", "drop", "ICMPv4 echo request to an external address that no mapping takes: not answered, as configured, or damaged", "RFC1812 4.3.3.6");
export const FILTERED = declareReason("aftr-filtered", "drop", "the mapping exists, the filter does not let this remote endpoint in", "RFC4787 REQ-8");
export const NO_CONNECTION = declareReason("aftr-tcp-no-connection", "drop", "TCP segment without SYN for a connection that does not exist", "RFC5382 4.3");
export const ICMP_TYPE = declareReason("aftr-icmp-type", "drop", "ICMP type that a NAT does not translate", "RFC5508 REQ-11");
export const ICMP_SOURCE_ROUTE = declareReason("aftr-icmp-source-route", "drop", "outbound ICMP message with a source route, which may hold private addresses", "RFC5508 7.3");
export const ICMP_BROKEN = declareReason("aftr-icmp-error-invalid", "drop", "ICMP error with a wrong checksum or a quotation that is no IPv4 header", "RFC5508 REQ-3");
export const ICMP_NO_MAPPING = declareReason("aftr-icmp-error-no-mapping", "drop", "ICMP error about a packet that no mapping explains", "RFC5508 REQ-4");
export const HAIRPIN_OFF = declareReason("aftr-hairpinning-off", "drop", "to a pool address from inside, and hairpinning is off", "RFC4787 REQ-9");
export const FLOW_LIMITED = declareReason("aftr-flow-limit", "drop", "the softwire has as many flows as it may", "RFC6888 REQ-4");
export const SESSION_LIMITED = declareReason("aftr-session-limit", "drop", "the B4's prefix has as many sessions as it may", "RFC7785 3");
export const NO_BINDING_SILENT = declareReason("aftr-no-binding-silent", "drop", "no external port for the new mapping; no error may be sent about it, or the rate limit is reached", "RFC6888 REQ-11");
export const SOFTWIRE_LIMITED = declareReason("aftr-softwire-limit", "drop", "the subscriber has as many softwires as it may", "RFC7785 4");
export const MAPPING_RATE_B4 = declareReason("aftr-mapping-rate", "answer", "the subscriber has made as many mappings in this second as it may: host unreachable to the B4", "RFC6888 REQ-4");
export const MAPPING_RATE_SILENT = declareReason("aftr-mapping-rate-silent", "drop", "the rate of new mappings; no error may be sent about it, or the rate limit is reached", "RFC6888 REQ-4");
export const SHARED_SOURCE = declareReason("aftr-shared-source", "drop", "source in 100.64.0.0/10 from another provider", "RFC6598 4");
export const PORT_LIMIT_SILENT = declareReason("aftr-port-limit-silent", "drop", "the subscriber's port limit; no error may be sent about it, or the rate limit is reached", "RFC6888 REQ-4");
export const TTL_SILENT = declareReason("aftr-ttl-exceeded-silent", "drop", "TTL 0 or 1; no error may be sent about it, or the rate limit is reached", "RFC1812 4.3.2.7");
export const TOO_BIG_SILENT = declareReason("aftr-too-big-silent", "drop", "too big with DF set; no error may be sent about it, or the rate limit is reached", "RFC1812 4.3.2.7");

/** Why a limit on flows (nat/flows.ts) refuses one. */
export const limitReason = (room: number): number => (room === TOO_MANY_SOFTWIRES ? SOFTWIRE_LIMITED : room === PREFIX_FULL ? SESSION_LIMITED : FLOW_LIMITED);
