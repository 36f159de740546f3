/**
 * Inputs for the short way (short.ts): is a packet an ordinary one, of which parse.ts would state nothing but that it is for the tunnel, or from it to the core? Header words
 * are read once. False is no statement: then parse.ts looks.
 */
import { ACCESS, type Side } from "../config/types.js";
import { type Ipv6, inPrefix4, isIpv6At, mask32 } from "../wire/address.js";
import { viewOf } from "../wire/words.js";
import { type Domain, inOwnPrefix, isMartian4, isOwnAddress, isRelay } from "./domain.js";
import { F_TO_CE } from "./facts.js";
import { concernsNative, sixToFourNativeFacts, sixToFourTunnelFacts } from "./six-to-four/facts.js";
import { sixToFourNextHop } from "./six-to-four/domain.js";

const TCP = 6, UDP = 17, BGP = 179, RIPNG = 521;
const IPV4_BYTES = 20, IPV6_BYTES = 40;
/** RFC 4213 section 3.6: longer ones are watched (F_LARGE). */
const LARGE = 1480;

/** What `looks` found in the last packet, if that is ordinary. Offsets in memory. */
export interface ShortInput {
  /** From the access side, in a tunnel header; else native from the core, to a CE. */
  tunnelled: boolean;
  at: number;
  inner: number;
  /** Bytes of the IPv6 packet. */
  bytes: number;
  /** Tunnelled: outer ToS, source and destination. */
  tos: number;
  source: number;
  target: number;
  /** Native: IPv4 address of the CE. */
  nextHop: number;
  /** Is the packet at `o` (a multiple of 4) ordinary? TCP or UDP with its checksum in place, and no routing message. */
  looks(o: number, len: number, side: Side): boolean;
}

/** Undefined where the embedded address lies behind the first 64 bits. */
export function createShortInput(b: Uint8Array, d: Domain, ownIpv6: readonly Ipv6[]): ShortInput | undefined {
  const v = viewOf(b);
  const s = d.sixToFour;
  const { v6rdPrefix: six, ipv4Prefix: four } = d.tunnel;
  const bits = 32 - four.length;
  if (six.length < 1 || six.length + bits > 64) return undefined;
  const prefix0 = six.address[0] | 0, prefix1 = six.address[1] | 0;
  const mask0 = mask32(six.length) | 0, mask1 = mask32(six.length - 32) | 0;
  const common = (four.address & mask32(four.length)) >>> 0;

  const inPrefix = (a0: number, a1: number): boolean => ((a0 ^ prefix0) & mask0) === 0 && ((a1 ^ prefix1) & mask1) === 0;
  /** The CE's address, as `embeddedIpv4` gives it. */
  function embedded(a0: number, a1: number): number {
    if (bits === 0) return common;
    const x = six.length >= 32 ? a1 << (six.length - 32) : (a0 << six.length) | (a1 >>> (32 - six.length));
    return (common | (x >>> (32 - bits))) >>> 0;
  }
  function isOwn6(o: number): boolean {
    for (let i = 0; i < ownIpv6.length; i++) if (isIpv6At(b, o, ownIpv6[i])) return true;
    return false;
  }
  /** No routing message, and long enough for the checksum. */
  function isPlain(next: number, ports: number, bytes: number): boolean {
    if (next === UDP) return bytes >= IPV6_BYTES + 8 && (ports & 0xffff) !== RIPNG;
    return next === TCP && bytes >= IPV6_BYTES + 20 && ports >>> 16 !== BGP && (ports & 0xffff) !== BGP;
  }
  /** Sets `inner` and `bytes`. Both addresses in 2000::/3, a hop limit that leaves another behind. */
  function isOrdinary6(o: number): boolean {
    const i1 = v.getInt32(o + 4);
    input.inner = o;
    input.bytes = IPV6_BYTES + (i1 >>> 16);
    return v.getInt32(o) >>> 28 === 6 && (i1 & 0xff) > 2 && v.getInt32(o + 8) >>> 29 === 1 && v.getInt32(o + 24) >>> 29 === 1 && isPlain((i1 >>> 8) & 0xff, v.getInt32(o + 40), input.bytes) && !isOwn6(o + 24);
  }

  function tunnelled(o: number, len: number): boolean {
    const w0 = v.getInt32(o);
    const w1 = v.getInt32(o + 4);
    const w2 = v.getInt32(o + 8);
    const total = w0 & 0xffff;
    if (w0 >>> 24 !== 0x45 || total > len || (w1 & 0x3fff) !== 0 || ((w2 >>> 16) & 0xff) !== 41 || w2 >>> 24 <= 1) return false;
    const source = v.getUint32(o + 12);
    const target = v.getUint32(o + 16);
    const sum = fold(w0) + fold(w1) + fold(w2) + fold(source) + fold(target);
    const inner = o + IPV4_BYTES;
    if (fold(sum) !== 0xffff || !isOwnAddress(d, target) || !isOrdinary6(inner) || input.bytes !== total - IPV4_BYTES || input.bytes > LARGE) return false;
    const tos = (w0 >>> 16) & 0xff;
    input.tos = tos;
    input.source = source;
    input.target = target;
    if (s !== undefined) return sixToFourTunnelFacts(d, s, b, inner, source, target, tos) === 0;
    // Outer CE is looked at closer (RFC 6040 section 4.2).
    if (!inPrefix4(source, four) || isMartian4(source) || isOwnAddress(d, source) || isRelay(d.tunnel, source) || (tos & 3) === 3) return false;
    const s0 = v.getInt32(inner + 8);
    const s1 = v.getInt32(inner + 12);
    return inPrefix(s0, s1) && embedded(s0, s1) === source && !inPrefix(v.getInt32(inner + 24), v.getInt32(inner + 28));
  }

  function native(o: number, len: number): boolean {
    if (!isOrdinary6(o) || input.bytes > len) return false;
    if (s !== undefined) {
      input.nextHop = sixToFourNextHop(s, b, o + 24);
      return concernsNative(d, s, b, o, true) && sixToFourNativeFacts(d, s, b, o, input.bytes) === F_TO_CE;
    }
    const d0 = v.getInt32(o + 24);
    const d1 = v.getInt32(o + 28);
    const nextHop = embedded(d0, d1);
    input.nextHop = nextHop;
    if (!inPrefix(d0, d1) || input.bytes > d.tunnel.tunnelMtu || inPrefix(v.getInt32(o + 8), v.getInt32(o + 12))) return false;
    return !isMartian4(nextHop) && !isOwnAddress(d, nextHop) && !isRelay(d.tunnel, nextHop) && !inOwnPrefix(d, b, o + 24);
  }

  const input: ShortInput = {
    tunnelled: false, at: 0, inner: 0, bytes: 0, tos: 0, source: 0, target: 0, nextHop: 0,
    looks(o, len, side) {
      input.tunnelled = side === ACCESS;
      input.at = o;
      return input.tunnelled ? len >= IPV4_BYTES + IPV6_BYTES + 8 && tunnelled(o, len) : len >= IPV6_BYTES + 8 && native(o, len);
    },
  };
  return input;
}

const fold = (w: number): number => (w >>> 16) + (w & 0xffff);
