/**
 * What survives a softwire of an IPv6 packet: addresses and payload. The key covers both addresses and the first 20 payload bytes
 * without the checksum of TCP and UDP (a card may fill it in behind one of the taps); the rest is compared byte by byte. Left out: hop limit, traffic
 * class (RFC 4213 section 3.6, RFC 6040).
 */
import { u16, u32 } from "../../wire/bits.js";
import { fold, pseudo6 } from "../../wire/checksum.js";
import { NH_FRAGMENT, NH_ICMPV6, createUpper, payloadLength, walk } from "../../wire/ipv6.js";
import { isMssRewritten } from "./mss.js";
import { mayBeSegment } from "./segments.js";

const KEYED_PAYLOAD = 20;
const TCP = 6;

const mix = (h: number, w: number): number => Math.imul((h << 13) | (h >>> 19), 5) + Math.imul(w | 0, 0x2c1b3c6d) | 0;

/** Word of an IPv6 packet that holds the transport checksum, -1 for none; half of it is something else, which begins at byte `besideSum`. */
const sumWord = (next: number): number => (next === 17 ? 11 : next === 6 ? 14 : -1);
/** The same for whatever next header a packet may have had: one that was altered on the way is keyed by what it was. */
export const SUM_WORDS: readonly number[] = [-1, 11, 14];
const besideSum = (word: number): number => (word === 11 ? 45 : 59);

/**
 * Do two packets differ in word `i` by checksum offload alone? One of them then carries the sum of the pseudo-header, for the card to finish
 * (RFC 9293 section 3.1 gives the sum; that cards take it half done is how operating systems hand it over).
 */
function isOffload(b: Uint8Array, x: number, y: number, i: number): boolean {
  const other = i === 11 ? 44 : 58;
  const field = i === 11 ? 46 : 56;
  if (u16(b, x + other) !== u16(b, y + other)) return false;
  return isPartial(b, x, field) || isPartial(b, y, field);
}
/** Is the checksum at offset `field` that of the pseudo-header of the IPv6 packet at `o`, not complemented? */
export const isPartial = (b: Uint8Array, o: number, field: number): boolean => u16(b, o + field) === fold(pseudo6(b, o + 8, payloadLength(b, o), b[o + 6]));

/** Key of the IPv6 packet at `o` (a multiple of 4: packets in the ring begin at multiples of 8) of which `len` bytes (at least 40) are visible. `sum`: the word of the checksum. */
export function innerKey(b: Uint8Array, w: Int32Array, o: number, len: number, seed: number, sum = sumWord(b[o + 6])): number {
  let h = seed | 0;
  const at = o >> 2;
  for (let i = 2; i < 10; i++) h = mix(h, w[at + i]);
  const end = Math.min(len, 40 + KEYED_PAYLOAD);
  const words = end >> 2;
  for (let i = 10; i < words; i++) h = mix(h, i === sum ? b[o + besideSum(i)] : w[at + i]);
  for (let i = words << 2; i < end; i++) h = mix(h, b[o + i]);
  return h ^ (h >>> 16);
}

const isWhole = (b: Uint8Array, o: number, len: number): boolean => len >= 40 + payloadLength(b, o);

const upper = createUpper();

/** Offset of the ICMPv6 header of the packet whose IPv6 header is at `o`, 0 when it has none. */
export function icmp6Offset(b: Uint8Array, o: number, len: number): number {
  const next = b[o + 6];
  if (next === NH_ICMPV6) return len >= 48 ? o + 40 : 0;
  if (next !== 0 && next !== 43 && next !== NH_FRAGMENT && next !== 60) return 0;
  walk(b, o, len, upper);
  return upper.whole && upper.protocol === NH_ICMPV6 && upper.len >= 8 ? upper.off : 0;
}

/** Key of an echo exchange: the two ICMPv6 words that hold identifier and sequence, and the asking address at `client`. */
export function echoKey(b: Uint8Array, icmp: number, client: number, seed: number): number {
  let h = mix(seed ^ 0x65636821, u32(b, icmp + 4));
  for (let i = 0; i < 16; i += 4) h = mix(h, u32(b, client + i));
  return h;
}

/** Key of a neighbour exchange: the target address at `target`. */
export function neighbourKey(b: Uint8Array, target: number, seed: number): number {
  let h = seed ^ 0x6e656967;
  for (let i = 0; i < 16; i += 4) h = mix(h, u32(b, target + i));
  return h;
}

/** Key of an outer IPv4 packet for errors that quote too little of the inner one: source, destination, identification. */
export function outerKey(b: Uint8Array, o: number, seed: number): number {
  return mix(mix(mix(seed ^ 0x6f757472, u32(b, o + 12)), u32(b, o + 16)), u32(b, o + 4) >>> 16);
}

/** How two IPv6 packets agree: 0 different packets, 1 equal in all that survives as far as both are visible, 2 same packet with altered bytes. A SYN may get another MSS on the way (mss.ts). */
export function sameInner(b: Uint8Array, w: Int32Array, x: number, xLen: number, y: number, yLen: number): 0 | 1 | 2 {
  const same = compare(b, w, x, xLen, y, yLen);
  return same !== 1 && b[x + 6] === TCP && isMssRewritten(b, x, xLen, y, yLen) ? 1 : same;
}

function compare(b: Uint8Array, w: Int32Array, x: number, xLen: number, y: number, yLen: number): 0 | 1 | 2 {
  const p = x >> 2;
  const q = y >> 2;
  const n = Math.min(xLen, yLen);
  const keyed = Math.min(n, 40 + KEYED_PAYLOAD);
  let i = 2;
  let offload = false;
  let resummed = false;
  for (; i < keyed >> 2; i++) {
    if (w[p + i] === w[q + i]) continue;
    if (i !== sumWord(b[x + 6])) return 0;
    if (isOffload(b, x, y, i)) offload = true;
    // Two packets that are equal in all else, to the last byte, cannot both be right: they are one.
    else if (u16(b, x + besideSum(i) - 1) === u16(b, y + besideSum(i) - 1) && isWhole(b, x, xLen) && isWhole(b, y, yLen)) resummed = true;
    else return 0;
  }
  for (let k = i << 2; k < keyed; k++) if (b[x + k] !== b[y + k]) return 0;
  // Without a checksum in common, packets that differ in anything else are different packets.
  const altered = offload || resummed ? 0 : 2;
  // Flow label, payload length, next header.
  if (((u32(b, x) ^ u32(b, y)) & 0xfffff) !== 0 || u32(b, x + 4) >>> 8 !== u32(b, y + 4) >>> 8) return mayBeSegment(b, x, xLen, y, yLen) ? 0 : altered;
  for (; i < n >> 2; i++) if (w[p + i] !== w[q + i]) return altered;
  for (let k = i << 2; k < n; k++) if (b[x + k] !== b[y + k]) return altered;
  return resummed ? 2 : 1;
}
