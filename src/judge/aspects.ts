/**
 * Aspects: what holds of an ordinary packet (A_*) or of an ordinary pair (B_*). They are worked out once for all rules of an event. A rule says beside its
 * check which aspects make its outcome sure (`Rule.sure`); where they hold, it is counted without being asked (bulk.ts). Aspects state facts and judge nothing:
 * what cannot be told at a glance has no aspects, and then every rule is asked.
 */
import { u16, u32 } from "../wire/bits.js";
import { embeddedIpv4 } from "../wire/embedding.js";
import { type Domain, isOwnAddress } from "./domain.js";
import * as F from "./facts.js";
import { isTranslatedPair, keepsChecksum } from "./pairing/translated.js";
import type { Exchange } from "./rule.js";
import { ANYCAST_RELAY, isSixToFour, v4addr } from "./six-to-four/domain.js";
import { S_MODIFIED } from "./transcript.js";

/** Header of 20 bytes, protocol 41, TTL above 0, right checksum, total length 20 more than that of the inner packet. All other A_* hold only with it. */
export const A_SHAPE = 1 << 0;
export const A_DF = 1 << 1;
export const A_NO_DF = 1 << 2;
/** DF as in the first packet of the domain. */
export const A_DF_KEPT = 1 << 3;
/** No equal identification within 120 s (RFC 6864 section 4.3). */
export const A_FRESH = 1 << 4;
/** Neither inner address is link-local. */
export const A_NOT_LOCAL = 1 << 5;
/** No neighbour or router discovery. */
export const A_NO_DISCOVERY = 1 << 6;
/** No ICMPv4 error has reported a path MTU so far. */
export const A_NO_PATHS = 1 << 7;
/** The inner destination is a 6to4 address of the outer destination. */
export const A_TO_EMBEDDED = 1 << 8;
/** The inner source is no 6to4 address; or it is one of the outer source. */
export const A_FROM_NATIVE = 1 << 9;
export const A_FROM_EMBEDDED = 1 << 10;
/** Neither outer address is private (RFC 1918), nor one that a 6to4 address embeds. */
export const A_PUBLIC = 1 << 11;
/** The outer destination is neither multicast nor broadcast nor an address of the device. */
export const A_TO_HOST = 1 << 12;
/** Of a native packet, without A_SHAPE: TCP or UDP right behind the IPv6 header, and neither RIPng nor BGP. */
export const A_NO_ROUTING = 1 << 13;

/** Both packets are whole, readable and not joined from fragments. All other B_* hold only with it. */
export const B_WHOLE = 1 << 0;
/** The pairing found no altered byte. */
export const B_UNALTERED = 1 << 23;
/** Hop limit one less. */
export const B_HOP = 1 << 1;
/** The same traffic class inside. */
export const B_CLASS = 1 << 2;
/** Inner ECN field of the input. */
export const B_ECT = 1 << 3;
export const B_NOT_ECT = 1 << 4;
/** Decapsulated: the outer ECN field was Not-ECT. */
export const B_OUTER_NOT_ECT = 1 << 5;
/** Decapsulated: it was sent to 192.88.99.0/24. */
export const B_TO_ANYCAST = 1 << 6;
/** Decapsulated: from an address of 100.64.0.0/10, or not. */
export const B_SHARED = 1 << 7;
export const B_NOT_SHARED = 1 << 8;
/** Through a PMT relay: the customer's address was one that is translated, and became what figure 3 of RFC 6732 makes of it. */
export const B_TRANSLATED = 1 << 9;
/** The same, and the UDP or TCP checksum was right before and after. */
export const B_SUM = 1 << 10;
export const B_NOT_ICMP = 1 << 11;
/** Encapsulated: outer TTL above 0 (decapsulated: it has none). */
export const B_TTL = 1 << 12;
/** Encapsulated: outer TTL and inner hop limit as in the packet before. */
export const B_TTL_KEPT = 1 << 13;
export const B_NO_PATHS = 1 << 14;
/** Encapsulated: outer DSCP as the configuration declares it; outer ECN field that of the inner packet or 0. */
export const B_DSCP = 1 << 15;
export const B_ECN = 1 << 16;
/** Encapsulated: bytes of the inner packet. */
export const B_BELOW_1280 = 1 << 17;
export const B_1280_TO_1480 = 1 << 18;
/** Encapsulated: outer source. */
export const B_FROM_OWN = 1 << 19;
export const B_FROM_ANYCAST = 1 << 20;
export const B_FROM_UNICAST = 1 << 21;
/** Encapsulated: the outer destination, and not 0, is the one that the inner destination embeds (RFC 5969 section 4, RFC 3056 section 2). */
export const B_TO_EMBEDDED = 1 << 22;

/** No neighbour discovery has spoken of an address so far (RFC 4213 section 5). */
export const B_NO_CLAIMS = 1 << 24;
/** Encapsulated: outer TTL as in the packet before, inner hop limit another. Whoever states it (short.ts) writes the hop limit down. */
export const B_TTL_STEADY = 1 << 25;
/** Encapsulated: the outer TTL that is configured. */
export const B_TTL_CONFIGURED = 1 << 27;
/** Decapsulated: it was sent to an address outside of 192.88.99.0/24. */
export const B_TO_UNICAST = 1 << 26;

/** The packets of which no aspect is worked out. */
const UNCLEAR = F.F_CUT | F.F_JOINED | F.F_OUTER_BAD | F.F_INNER_BAD | F.F_TRAILING | F.F_ECN_MIXED | F.F_ECN_DROP | F.F_HOP;
/** Outputs forward packets whose hop limit has reached 1 or 0. */
const UNCLEAR_OUTPUT = UNCLEAR & ~F.F_HOP;

/** RFC 6864 section 4.3. */
export const LIFETIME_SECONDS = 120;

export const isPrivate = (v: number): boolean => v >>> 24 === 10 || v >>> 20 === 0xac1 || v >>> 16 === 0xc0a8;
const isLinkLocal = (first: number): boolean => first >>> 22 === 0x3fa;
export const isAnycastBlock = (v: number): boolean => v >>> 8 === ANYCAST_RELAY >>> 8;

/** A_* of the tunnel packet in `x.output`; `x.state.idAge` is that of this packet. */
export function outputAspects(x: Exchange): number {
  const { b, r, domain: d } = x;
  const o = x.outputAt;
  const i = x.outputInner;
  const facts = r.facts[x.output];
  if (i === 0 || (facts & UNCLEAR_OUTPUT) !== 0 || b[o] !== 0x45 || b[o + 9] !== 41 || b[o + 8] === 0 || u16(b, o + 10) === 0 || u16(b, o + 2) !== u16(b, i + 4) + 60) return 0;
  const df = (b[o + 6] & 0x40) !== 0;
  let a = A_SHAPE | (df ? A_DF : A_NO_DF);
  if (x.state.ttl[d.index * 4 + 2] === (df ? 1 : 0)) a |= A_DF_KEPT;
  if (x.state.idAge > LIFETIME_SECONDS) a |= A_FRESH;
  if (x.state.paths === 0) a |= A_NO_PATHS;
  if ((facts & F.F_ND) === 0) a |= A_NO_DISCOVERY;
  const source = u32(b, i + 8);
  const destination = u32(b, i + 24);
  if (!isLinkLocal(source) && !isLinkLocal(destination)) a |= A_NOT_LOCAL;
  return d.sixToFour === undefined ? a : a | sixToFourAspects(d, b, o, i, source >>> 16, destination >>> 16);
}

/** The A_* that rules of the 6to4 documents ask for; `source` and `destination` are the first 16 bits of the inner addresses. */
function sixToFourAspects(d: Domain, b: Uint8Array, o: number, i: number, source: number, destination: number): number {
  const from = u32(b, o + 12);
  const to = u32(b, o + 16);
  let a = 0;
  let open = !isPrivate(from) && !isPrivate(to);
  if (source !== 0x2002) a |= A_FROM_NATIVE;
  else {
    const v4 = v4addr(b, i + 8);
    if (v4 === from) a |= A_FROM_EMBEDDED;
    else if (isPrivate(v4)) open = false;
  }
  if (destination === 0x2002) {
    const v4 = v4addr(b, i + 24);
    if (v4 === to) a |= A_TO_EMBEDDED;
    else if (isPrivate(v4)) open = false;
  }
  if (open) a |= A_PUBLIC;
  if (to >>> 28 !== 14 && to !== 0xffffffff && !isOwnAddress(d, to)) a |= A_TO_HOST;
  return a;
}

/** B_* of `x.input` and `x.output` in general; 0: no aspect at all. */
function pairAspects(x: Exchange): number {
  const { b, r } = x;
  const i = x.inputInner;
  const o = x.outputInner;
  if (i === 0 || o === 0 || (r.facts[x.input] & UNCLEAR) !== 0 || (r.facts[x.output] & UNCLEAR_OUTPUT) !== 0) return 0;
  const first = u16(b, i);
  let a = B_WHOLE | ((first & 0x30) === 0 ? B_NOT_ECT : B_ECT);
  if ((r.state[x.input] & S_MODIFIED) === 0) a |= B_UNALTERED;
  if (b[i + 7] - b[o + 7] === 1) a |= B_HOP;
  if (((first ^ u16(b, o)) & 0x0ff0) === 0) a |= B_CLASS;
  if (b[i + 6] !== 58) a |= B_NOT_ICMP;
  if (x.state.claims === 0) a |= B_NO_CLAIMS;
  return a;
}

function translation(x: Exchange, inbound: boolean, a: number): number {
  const d = x.domain.sixToFour;
  if (d?.provider === undefined || !isTranslatedPair(d, x.b, x.inputInner, x.outputInner, inbound)) return 0;
  return (a & B_UNALTERED) !== 0 && keepsChecksum(x.b, x.inputInner, x.r.innerLen[x.input], x.outputInner, x.r.innerLen[x.output]) ? B_TRANSLATED | B_SUM : B_TRANSLATED;
}

export function decapAspects(x: Exchange): number {
  let a = pairAspects(x);
  if (a === 0) return 0;
  a |= B_TTL;
  if ((x.r.tos[x.input] & 3) === 0) a |= B_OUTER_NOT_ECT;
  if (x.domain.sixToFour === undefined) return a;
  a |= isAnycastBlock(u32(x.b, x.inputAt + 16)) ? B_TO_ANYCAST : B_TO_UNICAST;
  a |= u32(x.b, x.inputAt + 12) >>> 22 === 0x64400000 >>> 22 ? B_SHARED : B_NOT_SHARED;
  return a | translation(x, false, a);
}

export function encapAspects(x: Exchange): number {
  const { b, r, domain: d } = x;
  let a = pairAspects(x);
  if (a === 0) return 0;
  const o = x.outputAt;
  const i = x.outputInner;
  const first = u16(b, i);
  const { dscp } = d.tunnel;
  if (b[o + 1] >>> 2 === (dscp.mode === "copy" ? (first >>> 6) & 63 : dscp.mode === "fixed" ? dscp.dscp : 0)) a |= B_DSCP;
  const ecn = r.tos[x.output] & 3;
  if (ecn === 0 || ecn === ((first >>> 4) & 3)) a |= B_ECN;
  const bytes = 40 + u16(b, i + 4);
  if (bytes < 1280) a |= B_BELOW_1280;
  else if (bytes <= 1480) a |= B_1280_TO_1480;
  if (x.state.paths === 0) a |= B_NO_PATHS;
  if (b[o + 8] !== 0) a |= B_TTL;
  if (b[o + 8] === d.tunnel.ttl) a |= B_TTL_CONFIGURED;
  if (x.state.ttl[d.index * 4] === b[o + 8] && x.state.ttl[d.index * 4 + 1] === b[i + 7]) a |= B_TTL_KEPT;
  const from = u32(b, o + 12);
  const to = u32(b, o + 16);
  if (isOwnAddress(d, from)) a |= B_FROM_OWN;
  if (d.sixToFour === undefined) {
    if ((r.facts[x.output] & F.F_TO_CE) !== 0 && to !== 0 && to === embeddedIpv4(b, i + 24, d.tunnel.v6rdPrefix, d.tunnel.ipv4Prefix)) a |= B_TO_EMBEDDED;
    return a;
  }
  if (from === ANYCAST_RELAY) a |= B_FROM_ANYCAST;
  else if (!isAnycastBlock(from)) a |= B_FROM_UNICAST;
  if (isSixToFour(b, i + 24) && to !== 0 && to === v4addr(b, i + 24)) a |= B_TO_EMBEDDED;
  return a | translation(x, true, a);
}
