/** What one parse of a packet establishes for DS-Lite: kinds, facts (bits of `Records.facts`), flows and answers. */

export const D_OTHER = 0;
/** IPv6 that carries IPv4 (next header 4, RFC 2473), whole or joined. */
export const D_SOFT = 1;
/** An IPv6 fragment to or from an AFTR. */
export const D_PIECE6 = 2;
/** Plain IPv4 on the core side. */
export const D_CORE = 3;
/** ICMPv6 to or from an AFTR on the access side. */
export const D_ICMP6 = 4;

export const F_CUT = 1 << 0;
/** Joined by the judge from outer IPv6 fragments. */
export const F_JOINED6 = 1 << 1;
/** Joined by the judge from inner IPv4 fragments. */
export const F_JOINED4 = 1 << 2;
/** The IPv4 packet is a fragment. */
export const F_PIECE4 = 1 << 3;
/** The IPv4 header is invalid (RFC 1812 section 5.2.2), or longer than what carries it. */
export const F_BAD4 = 1 << 4;
/** A softwire packet whose AFTR end is no configured AFTR address. */
export const F_NOT_OURS = 1 << 5;
/** Outer source outside the configured B4 prefixes. */
export const F_B4_FOREIGN = 1 << 6;
/** Inner source that RFC 6333 section 11 does not admit. */
export const F_SRC_FOREIGN = 1 << 7;
/** IPv4 TTL 0 or 1. */
export const F_TTL = 1 << 8;
/** ICMPv4 error with a readable quoted packet. */
export const F_ERROR = 1 << 9;
/** ICMPv4 query or reply. */
export const F_QUERY = 1 << 10;
/** IPv4 destination is an external address of the NAT. */
export const F_TO_POOL = 1 << 11;
/** IPv4 source is an external address of the NAT. */
export const F_FROM_POOL = 1 << 12;
/** Transport or ICMP checksum wrong in a whole packet. */
export const F_SUM_BAD = 1 << 13;
/** Transport checksum is that of the pseudo-header alone: checksum offload at the tap. */
export const F_SUM_PARTIAL = 1 << 14;
/** Transport checksum right in a whole packet. */
export const F_SUM_GOOD = 1 << 15;
/** UDP without checksum. */
export const F_SUM_ZERO = 1 << 16;
/** Outer extension headers other than Fragment. */
export const F_EXTENSION = 1 << 17;
/** Outer CE on inner Not-ECT. */
export const F_ECN_DROP = 1 << 18;
/** Longer than the softwire takes in one piece. */
export const F_BIG = 1 << 19;
/** IPv4 destination is the device itself, or no unicast address. */
export const F_TO_OWN = 1 << 20;
/** IPv4 options. */
export const F_OPTIONS = 1 << 21;
/** Protocol other than TCP, UDP and ICMP. */
export const F_PROTOCOL = 1 << 22;
/** Addresses that no packet of the Internet side has: source private, loopback, multicast, or the pool itself. */
export const F_MARTIAN = 1 << 23;
/** Quoted IPv4 header with a wrong checksum. */
export const F_QUOTE_BAD = 1 << 24;
/** The pieces took long, their ECN fields let a node drop the datagram, or a transport header does not fit into the packet: a device may forward it or not. */
export const F_DOUBT = 1 << 25;
/** It asks for an ICMPv4 error and none was asked for in the second before. */
export const F_ISOLATED = 1 << 26;
/** The remote end has been in contact with the binding: no filter may refuse it. */
export const F_KNOWN = 1 << 27;
/** A binding was live (by the floor of its protocol) when the packet arrived. */
export const F_BOUND = 1 << 28;
/** The binding saw an RST less than 240 s before. */
export const F_AFTER_RST = 1 << 29;
/** TCP with the RST bit. */
export const F_RST = 1 << 30;

/** TCP: the binding had seen SYNs and ACKs from both ends when the packet arrived (RFC 5382 section 5). */
export const F_ESTABLISHED = 1 << 31;

/** A device may drop a packet with any of these. */
export const MAY_DROP =
  F_CUT | F_BAD4 | F_NOT_OURS | F_B4_FOREIGN | F_SRC_FOREIGN | F_TTL | F_SUM_BAD | F_SUM_PARTIAL | F_ECN_DROP | F_TO_OWN | F_OPTIONS | F_PROTOCOL | F_MARTIAN | F_QUOTE_BAD | F_DOUBT | F_PIECE4;

/** access -> core, core -> access, access -> access. */
export const FLOW_OUT = 1;
export const FLOW_IN = 2;
export const FLOW_HAIR = 4;
export const FLOW_OTHER = 8;
export const INTO_SOFTWIRE = FLOW_IN | FLOW_HAIR;
export const FROM_SOFTWIRE = FLOW_OUT | FLOW_HAIR;

/** Errors that the device made itself: to a B4, to the core, from an ICMPv6 error inside the softwire, and ICMPv6 to a B4; an echo reply of its own. */
export const ANSWER_B4 = 1;
export const ANSWER_CORE = 2;
export const ANSWER_RELAY = 4;
export const ANSWER_ICMP6 = 8;
export const ANSWER_ECHO = 16;
/** An RST of its own to a SYN from the Internet (RFC 793: sequence number 0, the SYN acknowledged). */
export const ANSWER_RESET = 32;

export const P_ICMP = 1;
export const P_TCP = 6;
export const P_UDP = 17;
