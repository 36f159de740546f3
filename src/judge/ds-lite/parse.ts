/** One parse per packet: softwire or plain IPv4, AFTR, facts. */
import { ACCESS, type Config } from "../../config/types.js";
import { isIpv6At, parsePrefix4 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import * as ip4 from "../../wire/ipv4.js";
import * as ip6 from "../../wire/ipv6.js";
import { wordsOf } from "../../wire/words.js";
import { canGlance, isSound4 } from "../glance.js";
import type { Records } from "../transcript.js";
import { type Aftr, isAftrAt } from "./aftr.js";
import { createBlocks } from "./blocks.js";
import * as F from "./facts.js";
import { createSoftGlance } from "./soft-glance.js";
import { quoted, transport } from "./transport.js";
import type { View } from "./view.js";

export const NO_AFTR = 255;
const NH_IPV4 = 4;
const NH_IPV6 = 41;
/** RFC 1918, loopback, 0/8, multicast, reserved: no source of the Internet side. */
const noInternet = createBlocks(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "169.254.0.0/16"].map((p) => parsePrefix4(p)!));

export interface Parser {
  /** Fills kind, inner, domain, tos, facts of `Records` and everything of `View`. Joined facts of the record are kept. */
  parse(slot: number, input: boolean): void;
}

/** `quick` false: every header is parsed in full. For tests, which compare. */
export function createParser(b: Uint8Array, r: Records, v: View, aftrs: readonly Aftr[], config: Config, quick = true): Parser {
  const upper = ip6.createUpper();
  const own4 = [...config.access.ipv4, ...config.core.ipv4];
  const own6 = [...config.access.ipv6, ...config.core.ipv6];
  const isOwn6 = (at: number): boolean => {
    for (let i = 0; i < own6.length; i++) if (isIpv6At(b, at, own6[i])) return true;
    return false;
  };
  /** Unspecified or loopback: an address that no node sends from (RFC 4291 sections 2.5.2 and 2.5.3). */
  const isNoNode = (at: number): boolean => u32(b, at) === 0 && u32(b, at + 4) === 0 && u32(b, at + 8) === 0 && u32(b, at + 12) <= 1;
  const isOwn4 = (address: number): boolean => {
    for (let i = 0; i < own4.length; i++) if (own4[i] === address) return true;
    return false;
  };
  const aftrAt = (at: number): number => {
    for (let i = 0; i < aftrs.length; i++) if (isAftrAt(aftrs[i], b, at)) return i;
    return NO_AFTR;
  };
  const poolOf = (address: number): number => {
    for (let i = 0; i < aftrs.length; i++) if (aftrs[i].inPool(address)) return i;
    return NO_AFTR;
  };

  const w = wordsOf(b);
  const glances = quick && canGlance(w);
  const glance = createSoftGlance(b, w, r, v, aftrs, own4);
  /** As `ipv4Fault`; most headers have none, and one look tells. */
  const faultOf = (at: number, len: number): number => (glances && (at & 3) === 0 && isSound4(w, at >> 2) && u16(b, at + 2) >= 20 && u16(b, at + 2) <= len ? ip4.FAULT_NONE : ip4.ipv4Fault(b, at, len));

  /** The IPv4 packet at `at`, of which `visible` bytes are in the capture and `room` bytes fit into what carries it. */
  function four(slot: number, at: number, visible: number, room: number, input: boolean): void {
    let f = r.facts[slot];
    r.inner[slot] = at;
    const cut = (f & F.F_CUT) !== 0;
    const fault = visible < 20 ? ip4.FAULT_SHORT : faultOf(at, cut ? Math.max(room, visible) : Math.min(room, visible));
    // A zero header checksum is left to the network card behind the tap. A length that does not fit still lets the rest be read.
    if (fault !== ip4.FAULT_NONE && !(fault === ip4.FAULT_CHECKSUM && u16(b, at + 10) === 0)) {
      f |= F.F_BAD4;
      if (fault !== ip4.FAULT_CHECKSUM && (fault !== ip4.FAULT_TOTAL_LENGTH || u16(b, at + 2) < ip4.headerLength(b, at))) {
        r.facts[slot] = f;
        r.inner[slot] = 0;
        return;
      }
    }
    const hl = ip4.headerLength(b, at);
    const total = u16(b, at + 2);
    const src = u32(b, at + 12);
    const dst = u32(b, at + 16);
    const aftr = aftrs[r.domain[slot]];
    r.innerLen[slot] = Math.min(visible, total);
    v.src[slot] = src;
    v.dst[slot] = dst;
    v.proto[slot] = b[at + 9];
    if (hl > 20) f |= F.F_OPTIONS;
    if (b[at + 8] <= 1) f |= F.F_TTL;
    if (aftr !== undefined) {
      if (aftr.inPool(dst)) f |= F.F_TO_POOL;
      if (aftr.inPool(src)) f |= F.F_FROM_POOL;
      if (total > aftr.tunnelMtu) f |= F.F_BIG;
    }
    if (isOwn4(dst) && (f & F.F_TO_POOL) === 0) f |= F.F_TO_OWN;
    if (dst >>> 28 >= 14 || dst >>> 24 === 127 || dst >>> 24 === 0) f |= F.F_TO_OWN;
    if (aftr !== undefined && dst === aftr.cfg.wellKnownV4) f |= F.F_TO_OWN;
    if (input && r.side[slot] === ACCESS && aftr !== undefined && !aftr.allowed(src)) f |= F.F_SRC_FOREIGN;
    if (input && r.side[slot] !== ACCESS && (noInternet(src) >= 0 || (f & F.F_FROM_POOL) !== 0)) f |= F.F_MARTIAN;
    if (ip4.isFragment(b, at)) f |= F.F_PIECE4;
    r.facts[slot] = f;
    const l4 = at + hl;
    if (ip4.fragmentOffset(b, at) === 0) {
      v.l4[slot] = l4;
      v.l4Len[slot] = total - hl;
      v.l4Visible[slot] = Math.min(visible, total) - hl;
      r.facts[slot] |= transport(b, v, slot, l4, at, (f & F.F_PIECE4) === 0);
      if ((r.facts[slot] & F.F_CUT) === 0 && v.l4Visible[slot] < v.l4Len[slot]) r.facts[slot] |= F.F_CUT;
    }
  }

  function six(slot: number, o: number, len: number, input: boolean): void {
    const total = 40 + ip6.payloadLength(b, o);
    if (total > len) {
      if (r.wireLen[slot] > len) r.facts[slot] |= F.F_CUT;
      // A frame that is whole by what it carries, but not by its own length field, is the sender's fault; anything else was cut by a tap that does not say so.
      else if (input || b[o + 6] !== NH_IPV4 || len < 60 || 40 + u16(b, o + 42) > len || aftrAt(o + 8) === NO_AFTR) return;
    }
    ip6.walk(b, o, len, upper);
    if (!upper.whole) return;
    const at = aftrAt(input ? o + 24 : o + 8);
    if (upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff9) !== 0) {
      if (at === NO_AFTR && !(b[upper.fragment] === NH_IPV4 && !input)) return;
      r.kind[slot] = F.D_PIECE6;
      r.domain[slot] = at === NO_AFTR ? 0 : at;
      if (at === NO_AFTR) r.facts[slot] |= F.F_NOT_OURS;
      r.tos[slot] = ip6.trafficClass(b, o);
      return;
    }
    if (upper.protocol === ip6.NH_ICMPV6) {
      if (at === NO_AFTR && !(!input && isOwn6(o + 8))) return;
      r.kind[slot] = F.D_ICMP6;
      r.domain[slot] = at === NO_AFTR ? 0 : at;
      if (upper.len >= 8 + 60 && b[upper.off] < 128) icmp6(slot, upper.off, Math.min(o + len, o + total));
      return;
    }
    if (upper.protocol !== NH_IPV4) {
      // What the AFTR announces as IPv6 but is IPv4 (or nothing known) is a softwire packet all the same (RFC 2473 section 5).
      if (input || at === NO_AFTR || upper.protocol !== NH_IPV6 || upper.len < 20 || b[upper.off] >>> 4 !== 4) return;
      r.kind[slot] = F.D_SOFT;
      r.domain[slot] = at;
      r.tos[slot] = ip6.trafficClass(b, o);
      r.facts[slot] |= F.F_BAD4;
      return;
    }
    r.kind[slot] = F.D_SOFT;
    r.domain[slot] = at === NO_AFTR ? 0 : at;
    if (at === NO_AFTR) r.facts[slot] |= F.F_NOT_OURS;
    if ((r.facts[slot] & F.F_JOINED6) === 0) r.tos[slot] = ip6.trafficClass(b, o);
    if (b[o + 6] !== NH_IPV4 && upper.fragment === 0) r.facts[slot] |= F.F_EXTENSION;
    const aftr = aftrs[r.domain[slot]];
    if (input && (!aftr.isB4(b, o + 8) || isAftrAt(aftr, b, o + 8) || b[o + 8] === 0xff || isNoNode(o + 8))) r.facts[slot] |= F.F_B4_FOREIGN;
    const inner = upper.off;
    four(slot, inner, Math.min(len, total) - (inner - o), total - (inner - o), input);
    // RFC 6040 section 4.2: outer CE on an inner packet that is Not-ECT.
    if (r.inner[slot] > 0 && (r.tos[slot] & 3) === 3 && (b[inner + 1] & 3) === 0) r.facts[slot] |= F.F_ECN_DROP;
  }

  /** ICMPv6 error: finds the quoted softwire packet and its IPv4 packet. */
  function icmp6(slot: number, icmp: number, end: number): void {
    const q = icmp + 8;
    if (b[q] >>> 4 !== 6) return;
    ip6.walk(b, q, end - q, upper);
    if (!upper.whole || upper.protocol !== NH_IPV4 || (upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0)) return;
    v.quote6[slot] = q;
    r.facts[slot] |= quoted(b, v, slot, upper.off, end - upper.off);
  }

  return {
    parse(slot, input) {
      const o = r.off[slot];
      const len = r.len[slot];
      r.kind[slot] = F.D_OTHER;
      r.domain[slot] = NO_AFTR;
      r.inner[slot] = 0;
      r.innerLen[slot] = 0;
      r.facts[slot] &= F.F_JOINED4 | F.F_JOINED6 | F.F_DOUBT;
      if ((r.facts[slot] & F.F_JOINED6) === 0) r.tos[slot] = 0;
      v.l4[slot] = v.quote[slot] = v.quote6[slot] = v.l4Len[slot] = v.l4Visible[slot] = 0;
      v.sport[slot] = v.dport[slot] = 0;
      v.binding[slot] = v.noted[slot] = -1;
      v.notes[slot] = 0;
      v.idle[slot] = v.sinceIn[slot] = v.sinceError[slot] = Number.POSITIVE_INFINITY;
      if (len < 20) return;
      const version = b[o] >>> 4;
      if (r.side[slot] === ACCESS) {
        if (version === 6 && len >= 40 && !(glances && input && glance(slot))) six(slot, o, len, input);
        return;
      }
      if (version !== 4) return;
      const total = u16(b, o + 2);
      if (r.wireLen[slot] > len && total > len) r.facts[slot] |= F.F_CUT;
      const d = poolOf(u32(b, input ? o + 16 : o + 12));
      r.domain[slot] = d !== NO_AFTR ? d : 0;
      r.kind[slot] = F.D_CORE;
      r.tos[slot] = b[o + 1];
      four(slot, o, len, Math.max(len, r.wireLen[slot]), input);
      if (r.inner[slot] === 0) return;
      // Other traffic of the device on its core side is none of the AFTR's business.
      if (d === NO_AFTR && (input ? aftrs[0].nat !== undefined : isOwn4(v.src[slot]) && (r.facts[slot] & F.F_ERROR) === 0)) r.kind[slot] = F.D_OTHER;
    },
  };
}
