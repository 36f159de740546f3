/** What one parse of a packet establishes. Rules are indexed by kind and facts, so an ordinary packet meets few of them. */

/** Kinds of packet. */
export const K_OTHER = 0;
/** IPv4, protocol 41, a whole datagram. */
export const K_TUNNEL = 1;
/** IPv4, protocol 41, a fragment. */
export const K_FRAGMENT = 2;
/** IPv6 without a tunnel header. */
export const K_NATIVE = 3;
/** IPv4, protocol 1. */
export const K_ICMP4 = 4;

/** The capture cut the packet: only what is visible is judged. */
export const F_CUT = 1 << 0;
/** A datagram joined by the judge from outer fragments. */
export const F_JOINED = 1 << 1;
/** The outer IPv4 header is invalid (RFC 1812 section 5.2.2). */
export const F_OUTER_BAD = 1 << 2;
/** Protocol 41 whose outer destination is no address of a tunnel. */
export const F_NOT_OURS = 1 << 3;
/** Outer source outside the IPv4 prefix of the domain: no CE can have it. */
export const F_OUTER_SRC = 1 << 4;
/** Outer source (input) or embedded destination is a known relay or in 192.88.99.0/24 (RFC 5969 section 12). */
export const F_RELAY = 1 << 5;
/** What protocol 41 carries is no whole IPv6 packet. */
export const F_INNER_BAD = 1 << 6;
/** Bytes follow the IPv6 packet inside the outer packet. */
export const F_TRAILING = 1 << 7;
/** Inner source is multicast, loopback, IPv4-compatible or IPv4-mapped (RFC 4213 section 3.6). */
export const F_SRC_INVALID = 1 << 8;
/** Source is link-local or unspecified: no router forwards it (RFC 4291 sections 2.5.2 and 2.5.6). */
export const F_SRC_LOCAL = 1 << 9;
/** Inner source outside the 6rd prefix. */
export const F_SRC_FOREIGN = 1 << 10;
/** Inner source in the 6rd prefix, its embedded IPv4 address is not the outer source. */
export const F_SRC_MISMATCH = 1 << 11;
/** Outer CE on an inner Not-ECT packet (RFC 6040 section 4.2). */
export const F_ECN_DROP = 1 << 12;
/** Fragments with ECN fields that RFC 3168 section 5.3 lets a node drop. */
export const F_ECN_MIXED = 1 << 13;
/** Hop limit 0 or 1: it cannot be forwarded. */
export const F_HOP = 1 << 14;
/** To the Subnet-Router anycast address of the concentrator's own delegated prefix. */
export const F_TO_ANYCAST = 1 << 15;
/** To another address of the concentrator's own delegated prefix. */
export const F_TO_OWN_PREFIX = 1 << 16;
/** Tunnelled, from and to the sender's own delegated prefix (the keepalive of RFC 5969 section 8). */
export const F_SELF = 1 << 17;
/** Tunnelled, to another CE of the domain. */
export const F_HAIRPIN = 1 << 18;
/** Destination that is not forwarded: link-local, multicast, loopback, unspecified, IPv4-mapped, or one of the device. */
export const F_DST_LOCAL = 1 << 19;
/** Native, to a CE of the domain. */
export const F_TO_CE = 1 << 20;
/** Longer than the tunnel MTU and bound for the tunnel. */
export const F_TOO_BIG = 1 << 21;
export const F_ECHO_REQUEST = 1 << 22;
/** The IPv6 packet is an ICMPv6 error (type below 128). */
export const F_ICMP6_ERROR = 1 << 23;
/** ICMPv4 error that quotes a packet of one of the tunnels. */
export const F_V4_ERROR = 1 << 24;
/** ICMPv6 neighbour discovery, router discovery or MLD. */
export const F_ND = 1 << 25;
/** Native source inside the 6rd prefix. */
export const F_SRC_6RD = 1 << 26;
/** Outer source that no unicast sender has: 0/8, 127/8, 224/4, 240/4, or the device itself. */
export const F_MARTIAN = 1 << 27;
/** Native, to a CE from which nothing was seen so far. Tunnelled, the first of a sender (6to4), or with an outer TTL of 0 or 1 (observe.ts). */
export const F_NEW_CE = 1 << 28;
/** A native packet whose destination embeds an address to which nothing may be tunnelled (multicast, loopback, own). */
export const F_BAD_CE = 1 << 29;

/** It asks for an ICMPv6 error, and none was asked for in the second before: a rate limit (RFC 4443 section 2.4 f) cannot explain silence. */
export const F_ISOLATED = 1 << 30;

/** Tunnelled, an inner packet of more than 1480 bytes. */
export const F_LARGE = 1 << 31;

/** Tunnelled, but not to the core. */
export const STAYS = F_TO_ANYCAST | F_TO_OWN_PREFIX | F_SELF | F_HAIRPIN | F_DST_LOCAL;

/** Any of these gives a device a reason not to forward, so that silence or an error proves nothing about other rules. */
export const MAY_DROP =
  F_CUT | F_OUTER_BAD | F_NOT_OURS | F_OUTER_SRC | F_RELAY | F_INNER_BAD | F_SRC_INVALID | F_SRC_LOCAL | F_SRC_FOREIGN | F_SRC_MISMATCH | F_ECN_DROP |
  F_ECN_MIXED | F_HOP | F_TO_ANYCAST | F_TO_OWN_PREFIX | F_DST_LOCAL | F_TOO_BIG | F_SRC_6RD | F_MARTIAN | F_BAD_CE;

/** Facts of packets that any device forwards. More than LOSS (weights.ts) of them without an output, or of outputs (but for what devices make themselves) without an input, and the capture has losses. */
export const PLAIN = F_TO_CE | F_ECHO_REQUEST | F_ISOLATED | F_CUT;

/** What comes of such an input leaves on the side on which it came: to a CE, or an answer. F_SELF is another thing with 6to4 (six-to-four/facts.ts). */
export const BACK = F_HAIRPIN | F_TO_ANYCAST | F_HOP | F_TOO_BIG;

/** How an output came from its input. */
export const FLOW_DECAP = 1;
export const FLOW_ENCAP = 2;
export const FLOW_HAIRPIN = 4;
/** Native to native, or anything without a tunnel. */
export const FLOW_OTHER = 8;
/** By the kinds of input and output. */
export const flowOf = (input: number, output: number): number => (input === K_TUNNEL ? (output === K_TUNNEL ? FLOW_HAIRPIN : FLOW_DECAP) : output === K_TUNNEL ? FLOW_ENCAP : FLOW_OTHER);

/** An answer that the device itself made. */
export const ANSWER_ERROR6 = 1;
export const ANSWER_ERROR4 = 2;
export const ANSWER_ECHO = 4;
/** Neighbour advertisement for a tunnelled solicitation. */
export const ANSWER_NEIGHBOUR = 8;
/** Echo reply by ICMPv4. */
export const ANSWER_ECHO4 = 16;
