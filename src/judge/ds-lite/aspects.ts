/**
 * What surely holds of an ordinary packet or pair, as bits computed once an event. A rule says beside its check for which of them the check gives PASS
 * or NA whatever else holds (`sure`); bulk.ts then counts such rules together, without calling them. A bit that is not set says nothing.
 */
import type { Aftr } from "./aftr.js";
import { NA, OBSERVED, PASS, type Sure } from "../rule.js";

/** What is sure of a rule for an AFTR: what the configuration decides is decided here. */
export type SureOf = (aftr: Aftr) => readonly Sure[];

export const pass = (aspects: number): Sure => ({ aspects, outcome: PASS });
export const na = (aspects: number): Sure => ({ aspects, outcome: NA });
export const observed = (aspects: number): Sure => ({ aspects, outcome: OBSERVED });
/** No combination of aspects decides it. */
/** No event has it: a rule that must always be called. */
export const NEVER = 1 << 30;
export const never: Sure = { aspects: NEVER, outcome: NA };
export const surely = (...claims: readonly Sure[]): SureOf => () => claims;

// Pair: input and output are single packets of one transport protocol with readable headers, or no bit is set.
/** Neither has a fact of NOT_PLAIN (aspects-of.ts): no error, no joined, doubtful or foreign packet, no TTL that runs out. */
export const P_PLAIN = 1 << 0;
/** The TTL is one less. */
export const P_TTL = 1 << 1;
/** Whole, and both transport checksums right. */
export const P_SUMS = 1 << 2;
/** No byte differs that translation leaves alone. */
export const P_SAME = 1 << 3;
/** UDP or TCP: both show bytes behind the transport header; one of them shows none. */
export const P_PAYLOAD = 1 << 4;
export const P_NO_PAYLOAD = 1 << 5;
/** UDP or TCP: neither port of the input is one that an ALG works on. */
export const P_NO_ALG = 1 << 6;
/** The inner DSCP is the same. The outer DSCP is the inner one of the packet outside. */
export const P_DSCP = 1 << 7;
export const P_UNIFORM = 1 << 8;
/** ECN stayed, and an outer field that was removed is the same or zero. */
export const P_ECN = 1 << 9;
/** The input's inner field is Not-ECT, or it is not. */
export const P_NOT_ECT = 1 << 10;
export const P_ECT = 1 << 11;
/** There is a NAT, and the output has an external source. */
export const P_EXTERNAL = 1 << 12;
/** No policy exempts the input's destination, and its source is outside of 192.0.0.0/29. */
export const P_ORDINARY_ENDS = 1 << 13;
/** The learned binding confirms the pair, and no other binding speaks against it. */
export const P_KNOWN = 1 << 14;
export const P_CLEAN = 1 << 15;
/** The binding: UDP, not towards a well-known port, used within 119 s; or under no floor of UDP. */
export const P_YOUNG = 1 << 16;
export const P_NO_FLOOR = 1 << 17;
/** No ICMP error about the binding has come in. */
export const P_NO_ERROR = 1 << 18;
/** Its remote end was new to the binding, or not. */
export const P_REMOTE_NEW = 1 << 19;
export const P_REMOTE_OLD = 1 << 20;
/** Nothing new in nat-state.ts: no run of ports, no sibling, no lack of ports lately. */
export const P_QUIET = 1 << 21;
/** The output's source port is 1024 or more. */
export const P_HIGH = 1 << 22;
/** The input is sent to port 53 over UDP or TCP; it is not. */
export const P_DNS = 1 << 23;
export const P_NO_DNS = 1 << 24;
/** DF: clear in the input; set in both. */
export const P_DF_CLEAR = 1 << 25;
export const P_DF_KEPT = 1 << 26;
/** Into a softwire: a live binding was met, nothing says that the packet belonged elsewhere, and the destination is no external one any more. */
export const P_DELIVERED = 1 << 27;
/** TCP without SYN. */
export const P_NO_SYN = 1 << 28;
/** No binding of the input's internal end to the output's external one was known. */
export const P_NEW = 1 << 29;

// Output.
/** A single readable packet with a transport header: no fragment, no error, not cut, not joined, not invalid, from the AFTR's own address. */
export const O_PLAIN = 1 << 0;
/** There is a NAT, and the source is external. */
export const O_EXTERNAL = 1 << 1;
/** No address of 192.0.0.0/29, no source of shared address space. */
export const O_PUBLIC = 1 << 2;
/** It meets no unsolicited SYN, and none has been left unanswered for 7 s. */
export const O_NO_SYN = 1 << 3;
/** Atomic (RFC 6864); or not, with an identification that nothing else used. */
export const O_ATOMIC = 1 << 4;
export const O_ID_FRESH = 1 << 5;
/** The IPv4 packet stands right behind the IPv6 header. */
export const O_BARE = 1 << 6;
/** The outer payload length is that of the IPv4 packet. */
export const O_LENGTH = 1 << 7;
/** The outer DSCP is the inner one; the outer ECN is the inner one or zero. */
export const O_DSCP = 1 << 8;
export const O_ECN = 1 << 9;
/** Up to 1280 bytes; from 1281 bytes to the MTU of the softwire; up to 1500 bytes. */
export const O_SMALL = 1 << 10;
export const O_LARGE = 1 << 11;
export const O_LINK = 1 << 12;
/** No Packet Too Big has been believed or found forged yet, of any softwire. */
export const O_UNTOLD = 1 << 13;
/** To a unicast address of a B4. */
export const O_TO_B4 = 1 << 14;
/** The outer hop limit is the configured one. */
export const O_HOP = 1 << 15;
export const O_NO_ICMP = 1 << 16;

// Input, when its window is over.
/** Forwarded, and the inner source is admitted. */
export const I_FORWARDED = 1 << 0;
/** It fits the core link. */
export const I_FITS = 1 << 1;
/** Single, no extension headers, and the IPv4 packet stands right behind the IPv6 header. */
export const I_BARE = 1 << 2;
/** Unicast source, and (from a softwire) a destination outside of 0/8, 127/8 and 240/4. */
export const I_HOSTS = 1 << 3;
/** The source is outside of 192.0.0.0/29. */
export const I_NO_B4_OWN = 1 << 4;
/** It met no binding; it met one that was used less than a second before. */
export const I_UNBOUND = 1 << 5;
export const I_RECENT = 1 << 6;
/** From a remote end that the binding has talked to; the binding was live. */
export const I_KNOWN = 1 << 7;
export const I_BOUND = 1 << 8;
/** It fits the softwire in one piece. */
export const I_ONE_PIECE = 1 << 9;
/** Not TCP; no SYN that crosses the inner host's own. */
export const I_NOT_TCP = 1 << 10;
export const I_NO_CROSSING = 1 << 11;
