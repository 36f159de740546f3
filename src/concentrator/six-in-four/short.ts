/**
 * The short way for what nearly every packet is: a whole TCP or UDP packet without options, from a global unicast address to another, through a tunnel
 * without services. Each header word is read once, all questions are asked of words, and what is unusual in any way gets LONG_WAY: then nothing
 * has happened yet, and the ordinary functions (decapsulate.ts, encapsulate.ts) find and name it. They are the definition; this only repeats what
 * they do with a packet that they forward.
 */
import { ACCESS, CORE } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { approach } from "../lines.js";
import { hashFlow } from "../softwires/flow-table.js";
import { touchHashed } from "../softwires/softwires.js";
import { inTable4, isMartian4 } from "./addresses.js";
import * as R from "./reasons.js";
import { checksumField, coversWord, destinationToSite, isMappable, isTranslated, providerV4, siteWord0, siteWord1, sourceToProvider } from "./short-provider.js";
import { type ShortRules, type Tunnel, isAccepted } from "./tunnel.js";
import { idSlot, sizeRule, takeId } from "./wrap.js";

export const LONG_WAY = -1;

const TCP = 6;
const UDP = 17;
const PROTOCOL_IPV6 = 41;
const HEADERS = ipv4.HEADER_BYTES + ipv6.HEADER_BYTES;
/** Version 4, five words of header. */
const PLAIN_IPV4 = 0x45;
/** 2000::/3 */
const GLOBAL_UNICAST = 1;
/** Bytes of the upper layer that a flow's ports are read from (flow-key.ts asks for eight). */
const PORT_BYTES = 8;

/** Rules for the short way, when the tunnel has nothing that asks for more. */
export function shortRules(t: Tunnel): ShortRules | undefined {
  const { short, translate, onlyAddress } = t.policy;
  if (t.chain !== undefined || (translate !== undefined && short?.provider === undefined) || (onlyAddress !== 0 && onlyAddress !== t.address)) return undefined;
  return short !== undefined && short.length > 0 && short.length + short.bits <= 64 ? short : undefined;
}

const fold = (w: number): number => (w >>> 16) + (w & 0xffff);

/** IPv4 packet from the access side, `len` bytes at hand, its header not yet checked. LONG_WAY or the reason. */
export function shortDecapsulate(t: Tunnel, rules: ShortRules, off: number, len: number, sec: number, nsec: number): number {
  const v = t.view;
  if (len < HEADERS + PORT_BYTES) return LONG_WAY;
  const w0 = v.getInt32(off);
  const w1 = v.getInt32(off + 4);
  const w2 = v.getInt32(off + 8);
  const total = w0 & 0xffff;
  // Outer ECN 0 leaves the inner codepoint as it is (RFC 6040 figure 4).
  if (w0 >>> 24 !== PLAIN_IPV4 || ((w0 >>> 16) & 3) !== 0 || total > len || total < HEADERS + PORT_BYTES) return LONG_WAY;
  if ((w1 & 0x3fff) !== 0 || ((w2 >>> 16) & 0xff) !== PROTOCOL_IPV6) return LONG_WAY;
  const from = v.getInt32(off + 12);
  const to = v.getInt32(off + 16);
  const sum = fold(w0) + fold(w1) + fold(w2) + fold(from) + fold(to);
  if (fold(sum) !== 0xffff) return LONG_WAY;
  if (to !== t.address || isAccepted(t, from) || isMartian4(from) || t.peers.length !== 0) return LONG_WAY;
  const o = off + ipv4.HEADER_BYTES;
  const i0 = v.getInt32(o);
  const i1 = v.getInt32(o + 4);
  const n = ipv6.HEADER_BYTES + (i1 >>> 16);
  const hop = i1 & 0xff;
  if (i0 >>> 28 !== 6 || n > total - ipv4.HEADER_BYTES || n > t.coreMtu || hop <= 1) return LONG_WAY;
  const s0 = v.getInt32(o + 8);
  const s1 = v.getInt32(o + 12);
  const d0 = v.getInt32(o + 24);
  const d1 = v.getInt32(o + 28);
  const d3 = v.getInt32(o + 36);
  if (s0 >>> 29 !== GLOBAL_UNICAST || !isDelegated(rules, s0, s1) || embedded(rules, s0, s1) !== from) return LONG_WAY;
  if (d0 >>> 29 !== GLOBAL_UNICAST || isDelegated(rules, d0, d1) || isSpecial(t, rules, d1, v.getInt32(o + 32), d3)) return LONG_WAY;
  if (rules.refused.length !== 0 && inTable4(rules.refused, from)) return LONG_WAY;
  if (t.relays.length !== 0 && inTable4(t.relays, from)) return LONG_WAY;
  const protocol = (i1 >>> 8) & 0xff;
  if (!hasPorts(protocol, n)) return LONG_WAY;
  const { provider } = rules;
  if (provider !== undefined && (coversWord(provider, d0) || !isTranslated(provider, s1, from) || n < checksumField(protocol) + 2)) return LONG_WAY;
  const h = keyOf(t, o, protocol, d0, d1);
  t.approached = approach(t.softwires.flows.rows, t.softwires.flows.mask, h);
  const at = t.sink.reserve(CORE, n);
  t.u8.copyWithin(at, o, o + n);
  t.u8[at + ipv6.HOP_LIMIT] = hop - 1;
  if (!noteFlow(t, h, from, to, false, sec)) return LONG_WAY;
  if (provider !== undefined) sourceToProvider(t.u8, v, at, provider, from, protocol);
  t.sink.commit(CORE, at, n, sec, nsec, R.DECAPSULATED);
  t.decapsulatedPackets++;
  t.decapsulatedBytes += n;
  return R.DECAPSULATED;
}

/** IPv6 packet from the core side, `len` bytes at hand, its header not yet checked. LONG_WAY or the reason. */
export function shortEncapsulate(t: Tunnel, rules: ShortRules, o: number, len: number, sec: number, nsec: number): number {
  const v = t.view;
  if (len < ipv6.HEADER_BYTES + PORT_BYTES) return LONG_WAY;
  const i0 = v.getInt32(o);
  const i1 = v.getInt32(o + 4);
  const n = ipv6.HEADER_BYTES + (i1 >>> 16);
  const hop = i1 & 0xff;
  if (i0 >>> 28 !== 6 || n > len || hop <= 1) return LONG_WAY;
  const s0 = v.getInt32(o + 8);
  const s1 = v.getInt32(o + 12);
  let d0 = v.getInt32(o + 24);
  let d1 = v.getInt32(o + 28);
  const { provider } = rules;
  const mapped = provider !== undefined && coversWord(provider, d0);
  if (!mapped && !isDelegated(rules, d0, d1)) return LONG_WAY;
  if (s0 >>> 29 !== GLOBAL_UNICAST || isDelegated(rules, s0, s1) || isSpecial(t, rules, s1, v.getInt32(o + 16), v.getInt32(o + 20))) return LONG_WAY;
  if (maybeOwn(t, d1, v.getInt32(o + 36))) return LONG_WAY;
  const dst = mapped ? providerV4(provider, d0, d1) : embedded(rules, d0, d1);
  if (provider !== undefined && (coversWord(provider, s0) || (mapped && !isMappable(provider, d1, dst)))) return LONG_WAY;
  if (isMartian4(dst) || isAccepted(t, dst)) return LONG_WAY;
  if (rules.refused.length !== 0 && inTable4(rules.refused, dst)) return LONG_WAY;
  if (t.relays.length !== 0 && inTable4(t.relays, dst)) return LONG_WAY;
  const rule = sizeRule(t, dst, sec);
  const total = ipv4.HEADER_BYTES + n;
  const df = (rule & 1) === 1;
  if (n > rule >> 1 || total > t.accessMtu) return LONG_WAY;
  const protocol = (i1 >>> 8) & 0xff;
  if (!hasPorts(protocol, n) || (mapped && n < checksumField(protocol) + 2)) return LONG_WAY;
  if (mapped) {
    d0 = siteWord0(dst);
    d1 = siteWord1(provider, dst);
  }
  const h = keyOf(t, o, protocol, d0, d1);
  // Two reads far apart in memory, at the same time.
  t.approached = approach(t.softwires.flows.rows, t.softwires.flows.mask, h) ^ (df ? 0 : t.ids[idSlot(dst)]);
  const at = t.sink.reserve(ACCESS, total);
  t.u8.copyWithin(at + ipv4.HEADER_BYTES, o, o + n);
  t.u8[at + ipv4.HEADER_BYTES + ipv6.HOP_LIMIT] = hop - 1;
  if (!noteFlow(t, h, dst, t.address, true, sec)) return LONG_WAY;
  if (mapped) destinationToSite(t.u8, v, at + ipv4.HEADER_BYTES, provider, dst, protocol);
  const tc = (i0 >>> 20) & 0xff;
  const { dscp } = t.cfg;
  const w0 = (PLAIN_IPV4 << 24) | ((dscp.mode === "fixed" ? (dscp.dscp << 2) | (tc & 3) : dscp.mode === "copy" ? tc : tc & 3) << 16) | total;
  const w1 = df ? ipv4.DF : takeId(t, dst) << 16;
  const w2 = (t.cfg.ttl << 24) | (PROTOCOL_IPV6 << 16);
  const sum = fold(fold(w0) + fold(w1) + fold(w2) + fold(t.address) + fold(dst));
  v.setInt32(at, w0);
  v.setInt32(at + 4, w1);
  v.setInt32(at + 8, w2 | (~fold(sum) & 0xffff));
  v.setInt32(at + 12, t.address);
  v.setInt32(at + 16, dst);
  t.sink.commit(ACCESS, at, total, sec, nsec, R.ENCAPSULATED);
  t.encapsulatedPackets++;
  t.encapsulatedBytes += n;
  return R.ENCAPSULATED;
}

/** Is it an address with the delegated prefix of some IPv4 address? */
const isDelegated = (r: ShortRules, a0: number, a1: number): boolean => ((a0 ^ r.prefix0) & r.mask0) === 0 && ((a1 ^ r.prefix1) & r.mask1) === 0;

/** IPv4 address (int32) in such an address. */
function embedded(r: ShortRules, a0: number, a1: number): number {
  const x = r.length >= 32 ? a1 << (r.length - 32) : (a0 << r.length) | (a1 >>> (32 - r.length));
  return r.bits === 0 ? r.common4 : r.common4 | (x >>> (32 - r.bits));
}

/** Perhaps an own address, or one that embeds an IPv4 address as ISATAP does (RFC 6324): the ordinary functions look closer. */
const isSpecial = (t: Tunnel, r: ShortRules, a1: number, a2: number, a3: number): boolean => maybeOwn(t, a1, a3) || (r.isatap && (a2 & 0xfdffffff) === 0x5efe);

function maybeOwn(t: Tunnel, a1: number, a3: number): boolean {
  for (let i = 0; i < t.own6Words.length; i += 2) if (t.own6Words[i + 1] === a3 && t.own6Words[i] === a1) return true;
  return false;
}

const hasPorts = (protocol: number, n: number): boolean => (protocol === UDP || protocol === TCP) && n >= ipv6.HEADER_BYTES + PORT_BYTES;

/**
 * Writes the flow's key as flow-key.ts does, of TCP and UDP right behind the IPv6 header at `o`, and gives its hash. The destination's first words are
 * `d0` and `d1`: both directions of a flow through a PMT relay have the key of the 6to4 address.
 */
export function keyOf(t: Tunnel, o: number, protocol: number, d0: number, d1: number): number {
  const v = t.view;
  const k = t.softwires.flowKey;
  const s0 = v.getInt32(o + 8);
  const s1 = v.getInt32(o + 12);
  const s2 = v.getInt32(o + 16);
  const s3 = v.getInt32(o + 20);
  const d2 = v.getInt32(o + 32);
  const d3 = v.getInt32(o + 36);
  const ports = v.getInt32(o + ipv6.HEADER_BYTES);
  const from = ports >>> 16;
  const to = ports & 0xffff;
  const isLow = s0 !== d0 ? s0 < d0 : s1 !== d1 ? s1 < d1 : s2 !== d2 ? s2 < d2 : s3 !== d3 ? s3 < d3 : from <= to;
  const low = isLow ? 0 : 4;
  k[low] = s0;
  k[low + 1] = s1;
  k[low + 2] = s2;
  k[low + 3] = s3;
  k[4 - low] = d0;
  k[5 - low] = d1;
  k[6 - low] = d2;
  k[7 - low] = d3;
  k[8] = isLow ? ports : (to << 16) | from;
  k[9] = protocol;
  return hashFlow(t.softwires.flows, k);
}

/** `recordFlow` of the key that was written. Nothing is sent yet, so that a refusal can go the long way. */
function noteFlow(t: Tunnel, h: number, initiator: number, concentrator: number, reverse: boolean, sec: number): boolean {
  const s = t.softwires;
  s.softwireKey[0] = initiator;
  s.softwireKey[1] = concentrator;
  return touchHashed(s, h, sec, reverse) !== 0;
}
