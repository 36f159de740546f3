/** One parse per packet: kind, place of the inner packet, domain, facts. Inputs get the facts that rules about drops and answers need. */
import { CORE } from "../config/types.js";
import { inPrefix4, inPrefix6At, isIpv6At } from "../wire/address.js";
import { u16, u32 } from "../wire/bits.js";
import { embeddedIpv4 } from "../wire/embedding.js";
import * as ip4 from "../wire/ipv4.js";
import * as ip6 from "../wire/ipv6.js";
import { wordsOf } from "../wire/words.js";
import { type Domain, isGroup, isMartian4, isOwnAddress, isRelay } from "./domain.js";
import { createDomainFinder } from "./domain-of.js";
import * as F from "./facts.js";
import { canGlance, isOrdinary6, isSound4 } from "./glance.js";
import { sixToFourNativeFacts, sixToFourTunnelFacts } from "./six-to-four/facts.js";
import { isAdvertisement } from "./six-to-four/advertisement.js";
import { isRouting } from "./six-to-four/routes.js";
import type { Records } from "./transcript.js";
import type { Ipv6 } from "../wire/address.js";

export const NO_DOMAIN = 255;

export interface Parser {
  /** Fills kind, inner, domain, tos and facts of the record in `slot`; `input` says that the device received it. */
  parse(slot: number, input: boolean): void;
  readonly upper: ip6.Upper;
}

export function createParser(b: Uint8Array, r: Records, domains: readonly Domain[], ownIpv6: readonly Ipv6[], ownIpv4: readonly number[], glance = true): Parser {
  const upper = ip6.createUpper();
  const w = wordsOf(b);
  const glances = glance && canGlance(w);

  const { byOuter, byNative, owner } = createDomainFinder(b, domains, ownIpv4);
  /** Whose announcements the routing messages of the device itself are (RFC 3056 section 5.2.2). */
  const family = domains.find((d) => d.sixToFour !== undefined);
  const isOwn6 = (at: number): boolean => {
    for (let i = 0; i < ownIpv6.length; i++) if (isIpv6At(b, at, ownIpv6[i])) return true;
    return false;
  };

  /** Facts of the IPv6 packet itself. */
  function six(at: number, len: number, input: boolean): number {
    if (glances && isOrdinary6(w, at >> 2)) return input && isOwn6(at + 24) ? F.F_DST_LOCAL : 0;
    let f = 0;
    const s = u32(b, at + 8);
    if (s >>> 24 === 0xff) f |= F.F_SRC_INVALID;
    else if (s === 0 && u32(b, at + 12) === 0) {
      const w2 = u32(b, at + 16);
      const w3 = u32(b, at + 20);
      // ::/96 (IPv4-compatible and loopback) and ::ffff:0:0/96 are invalid, :: alone is the unspecified address.
      if (w2 === 0) f |= w3 === 0 ? F.F_SRC_LOCAL : F.F_SRC_INVALID;
      else if (w2 === 0xffff) f |= F.F_SRC_INVALID;
    } else if (s >>> 22 === 0x3fa) f |= F.F_SRC_LOCAL;
    const d = u32(b, at + 24);
    if (d >>> 24 === 0xff || d >>> 22 === 0x3fa) f |= F.F_DST_LOCAL;
    else if (d === 0 && u32(b, at + 28) === 0 && (u32(b, at + 32) === 0 || u32(b, at + 32) === 0xffff)) f |= F.F_DST_LOCAL;
    if (b[at + 7] <= 1) f |= F.F_HOP;
    let next = b[at + 6];
    let icmp = at + 40;
    if (next === 0 || next === 43 || next === 44 || next === 60 || next === 51) {
      ip6.walk(b, at, len, upper);
      next = upper.whole ? upper.protocol : ip6.NH_NONE;
      icmp = upper.off;
      if (upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0) next = ip6.NH_NONE;
    }
    if (next === ip6.NH_ICMPV6 && icmp + 4 <= at + len) {
      const type = b[icmp];
      if (type < 128) f |= F.F_ICMP6_ERROR;
      else if (type === 128) f |= F.F_ECHO_REQUEST;
      else if ((type >= 130 && type <= 137) || type === 143) f |= F.F_ND;
    }
    if (input && isOwn6(at + 24)) f |= F.F_DST_LOCAL;
    return f;
  }

  function tunnel(slot: number, input: boolean, o: number, len: number): void {
    const hl = ip4.headerLength(b, o);
    const total = u16(b, o + 2);
    let f = r.facts[slot];
    const inner = o + hl;
    const visible = Math.min(len, total) - hl;
    const local = u32(b, input ? o + 16 : o + 12);
    const peer = u32(b, input ? o + 12 : o + 16);
    const readable = visible >= 40 && b[inner] >>> 4 === 6;
    const d = byOuter(local, readable ? (input ? inner + 8 : inner + 24) : 0);
    if (d === undefined) f |= F.F_NOT_OURS;
    r.domain[slot] = d !== undefined ? d.index : input && domains.length > 0 && isGroup(local) ? 0 : NO_DOMAIN;
    const packet = readable ? 40 + ip6.payloadLength(b, inner) : 0;
    if (!readable) {
      if (visible >= 1 && b[inner] >>> 4 !== 6) f |= F.F_INNER_BAD;
      else if ((f & F.F_CUT) === 0) f |= F.F_INNER_BAD;
      r.facts[slot] = f;
      return;
    }
    if (packet > total - hl) f |= F.F_INNER_BAD;
    else if (packet < total - hl) f |= F.F_TRAILING;
    r.inner[slot] = inner;
    r.innerLen[slot] = Math.min(visible, packet);
    f |= six(inner, r.innerLen[slot], input);
    if (d !== undefined && !input) f |= tunnelOutput(d, inner);
    else if (d !== undefined) f |= d.sixToFour === undefined ? tunnelInput(d, slot, inner, peer) : sixToFourTunnelFacts(d, d.sixToFour, b, inner, peer, local, r.tos[slot]);
    r.facts[slot] = f;
  }

  function tunnelInput(d: Domain, slot: number, inner: number, peer: number): number {
    const t = d.tunnel;
    let f = 0;
    if (!inPrefix4(peer, t.ipv4Prefix)) f |= F.F_OUTER_SRC;
    if (isMartian4(peer) || isOwnAddress(d, peer)) f |= F.F_MARTIAN;
    if (isRelay(t, peer)) f |= F.F_RELAY;
    const inDomain = inPrefix6At(b, inner + 8, t.v6rdPrefix);
    if (!inDomain) f |= F.F_SRC_FOREIGN;
    else if (embeddedIpv4(b, inner + 8, t.v6rdPrefix, t.ipv4Prefix) !== peer) f |= F.F_SRC_MISMATCH;
    // RFC 6040 section 4.2: outer CE on an inner packet that is Not-ECT.
    if ((r.tos[slot] & 3) === 3 && (ip6.trafficClass(b, inner) & 3) === 0) f |= F.F_ECN_DROP;
    if (inPrefix6At(b, inner + 24, t.v6rdPrefix)) {
      if (inPrefix6At(b, inner + 24, d.own)) f |= isIpv6At(b, inner + 24, d.own.address) ? F.F_TO_ANYCAST : F.F_TO_OWN_PREFIX;
      else {
        const v4 = embeddedIpv4(b, inner + 24, t.v6rdPrefix, t.ipv4Prefix);
        if (v4 === peer && inDomain) f |= F.F_SELF;
        else f |= F.F_HAIRPIN;
        if (isMartian4(v4) || isOwnAddress(d, v4)) f |= F.F_BAD_CE;
        if (isRelay(t, v4)) f |= F.F_RELAY;
        if (40 + ip6.payloadLength(b, inner) > t.tunnelMtu) f |= F.F_TOO_BIG;
      }
    }
    if (40 + ip6.payloadLength(b, inner) > 1480) f |= F.F_LARGE;
    return f;
  }

  const tunnelOutput = (d: Domain, inner: number): number => (inPrefix6At(b, inner + 24, d.tunnel.v6rdPrefix) ? F.F_TO_CE : 0);

  function native(slot: number, input: boolean, o: number, len: number): void {
    if (len < 40) {
      r.facts[slot] |= F.F_INNER_BAD;
      return;
    }
    let f = r.facts[slot];
    const packet = 40 + ip6.payloadLength(b, o);
    if (packet > len && (f & F.F_CUT) === 0) f |= F.F_INNER_BAD;
    r.inner[slot] = o;
    r.innerLen[slot] = Math.min(len, packet);
    f |= six(o, r.innerLen[slot], input);
    // Discovery of the link itself has hop limit 255 (RFC 4861) or comes from this link (MLD): with less it was forwarded, and is a packet like any other.
    if ((f & (F.F_ND | F.F_SRC_LOCAL | F.F_DST_LOCAL)) === F.F_ND && b[o + 7] !== 255) f &= ~F.F_ND;
    const d = byNative(o, input, r.side[slot] === CORE) ?? (input || family === undefined || !(isRouting(b, o, len) || (family.sixToFour?.router === true && isAdvertisement(b, o, len))) || !(u32(b, o + 8) >>> 22 === 0x3fa || isOwn6(o + 8)) ? undefined : family);
    r.domain[slot] = d === undefined ? NO_DOMAIN : d.index;
    if (input && d?.sixToFour !== undefined) f |= sixToFourNativeFacts(d, d.sixToFour, b, o, packet);
    else if (input && d !== undefined) {
      const t = d.tunnel;
      if (inPrefix6At(b, o + 24, d.own)) f |= isIpv6At(b, o + 24, d.own.address) ? F.F_TO_ANYCAST : F.F_TO_OWN_PREFIX;
      else {
        f |= F.F_TO_CE;
        const v4 = embeddedIpv4(b, o + 24, t.v6rdPrefix, t.ipv4Prefix);
        if (isMartian4(v4) || isOwnAddress(d, v4)) f |= F.F_BAD_CE;
        if (isRelay(t, v4)) f |= F.F_RELAY;
        if (packet > t.tunnelMtu) f |= F.F_TOO_BIG;
      }
      if (inPrefix6At(b, o + 8, t.v6rdPrefix)) f |= F.F_SRC_6RD;
    }
    r.facts[slot] = f;
  }

  /** Is this IPv4 packet, which the device sent from a tunnel address, an IPv6 packet in a tunnel header with another protocol number than 41? */
  const isMislabelled = (o: number, len: number): boolean =>
    len >= 60 && b[o] === 0x45 && b[o + 20] >>> 4 === 6 && u16(b, o + 2) === u16(b, o + 24) + 60 && byOuter(u32(b, o + 12), 0) !== undefined;

  return {
    upper,
    parse(slot, input) {
      const o = r.off[slot];
      const len = r.len[slot];
      r.kind[slot] = F.K_OTHER;
      r.domain[slot] = NO_DOMAIN;
      r.inner[slot] = 0;
      r.innerLen[slot] = 0;
      r.facts[slot] &= F.F_JOINED | F.F_ECN_MIXED;
      r.tos[slot] &= (r.facts[slot] & F.F_JOINED) !== 0 ? 255 : 0;
      if (len < 20) return;
      const version = b[o] >>> 4;
      // What comes in on the other side is no softwire traffic: a tunnel packet on the native side, a native packet among the tunnels.
      if (input && (r.side[slot] === CORE) !== (version === 6)) return;
      if (version === 6) {
        if (r.wireLen[slot] > len && 40 + u16(b, o + 4) > len) r.facts[slot] |= F.F_CUT;
        r.kind[slot] = F.K_NATIVE;
        native(slot, input, o, len);
        return;
      }
      const proto = b[o + 9];
      if (proto !== 41 && proto !== 1 && (input || !isMislabelled(o, len))) return;
      const total = u16(b, o + 2);
      const cut = r.wireLen[slot] > len && total > len;
      if (cut) r.facts[slot] |= F.F_CUT;
      if ((r.facts[slot] & F.F_JOINED) === 0) r.tos[slot] = b[o + 1];
      if (cut && ip4.headerLength(b, o) > len) return;
      const fault = glances && total >= 20 && total <= len && isSound4(w, o >> 2) ? ip4.FAULT_NONE : ip4.ipv4Fault(b, o, cut ? Math.max(len, total) : len);
      if (fault === ip4.FAULT_CHECKSUM && u16(b, o + ip4.CHECKSUM) === 0) {
        // The card fills the checksum in after the capturing host has seen the packet (offload): what was on the wire is not known.
        if (input) r.facts[slot] |= F.F_CUT;
      } else if (fault !== ip4.FAULT_NONE) {
        r.facts[slot] |= F.F_OUTER_BAD;
        // A fault that leaves the lengths in order still lets the rest be read; a checksum is the usual case.
        if (fault !== ip4.FAULT_CHECKSUM && fault !== ip4.FAULT_TOTAL_LENGTH) {
          r.kind[slot] = proto === 1 ? F.K_ICMP4 : F.K_TUNNEL;
          return;
        }
      }
      if (proto === 1) {
        r.kind[slot] = F.K_ICMP4;
        icmp4(slot, input, o, Math.min(len, total));
        return;
      }
      if ((u16(b, o + 6) & 0x3fff) !== 0) {
        r.kind[slot] = F.K_FRAGMENT;
        const d = byOuter(u32(b, input ? o + 16 : o + 12), 0);
        if (d === undefined) r.facts[slot] |= F.F_NOT_OURS;
        r.domain[slot] = d === undefined ? NO_DOMAIN : d.index;
        return;
      }
      r.kind[slot] = F.K_TUNNEL;
      tunnel(slot, input, o, len);
    },
  };

  /** ICMPv4: an error about a tunnel packet of ours (input), or one that the device sends (output). `inner` is the quoted IPv6 packet. */
  function icmp4(slot: number, input: boolean, o: number, len: number): void {
    const icmp = o + ip4.headerLength(b, o);
    // An echo request that arrives whole among the tunnels, and what is sent there: if the address is the device's, it is its own affair.
    if (r.side[slot] !== CORE && (!input || (b[icmp] === 8 && (u16(b, o + 6) & 0x3fff) === 0 && (r.facts[slot] & (F.F_CUT | F.F_OUTER_BAD)) === 0))) r.domain[slot] = owner(u32(b, input ? o + 16 : o + 12))?.index ?? NO_DOMAIN;
    if (icmp + 28 > o + len) return;
    const type = b[icmp];
    if (type !== 3 && type !== 4 && type !== 11 && type !== 12) return;
    const q = icmp + 8;
    if (b[q] >>> 4 !== 4) return;
    const d = byOuter(u32(b, input ? q + 12 : q + 16), 0);
    if (b[q + 9] !== 41) return;
    if (d !== undefined) {
      r.domain[slot] = d.index;
      r.facts[slot] |= F.F_V4_ERROR;
    } else if (!input && ownIpv4.includes(u32(b, o + 12)) && domains.length > 0) r.domain[slot] = domains[0].index;
    const inner = q + ip4.headerLength(b, q);
    if (inner + 40 <= o + len && b[inner] >>> 4 === 6) {
      r.inner[slot] = inner;
      r.innerLen[slot] = Math.min(o + len - inner, 40 + ip6.payloadLength(b, inner));
    }
  }
}

