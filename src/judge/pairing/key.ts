/**
 * What survives a softwire of an IPv6 packet: addresses and payload. The key covers both addresses and the first 20 payload bytes
 * (they hold the checksum of TCP, UDP and ICMPv6); the rest is compared byte by byte. Left out: hop limit, traffic class (RFC 4213 section 3.6, RFC 6040).
 */
import { u32 } from "../../wire/bits.js";

const KEYED_PAYLOAD = 20;

const mix = (h: number, w: number): number => Math.imul((h << 13) | (h >>> 19), 5) + Math.imul(w | 0, 0x2c1b3c6d) | 0;

/** Key of the IPv6 packet at `o` of which `len` bytes (at least 40) are visible. */
export function innerKey(b: Uint8Array, o: number, len: number, seed: number): number {
  let h = seed | 0;
  for (let i = 8; i < 40; i += 4) h = mix(h, u32(b, o + i));
  const end = Math.min(len, 40 + KEYED_PAYLOAD);
  let i = 40;
  for (; i + 4 <= end; i += 4) h = mix(h, u32(b, o + i));
  for (; i < end; i++) h = mix(h, b[o + i]);
  return h ^ (h >>> 16);
}

/** Key of an echo exchange: the two ICMPv6 words that hold identifier and sequence, and the asking address at `client`. */
export function echoKey(b: Uint8Array, icmp: number, client: number, seed: number): number {
  let h = mix(seed ^ 0x65636821, u32(b, icmp + 4));
  for (let i = 0; i < 16; i += 4) h = mix(h, u32(b, client + i));
  return h;
}

/** Key of an outer IPv4 packet for errors that quote too little of the inner one: source, destination, identification. */
export function outerKey(b: Uint8Array, o: number, seed: number): number {
  return mix(mix(mix(seed ^ 0x6f757472, u32(b, o + 12)), u32(b, o + 16)), u32(b, o + 4) >>> 16);
}

/** How two IPv6 packets agree: 0 different packets, 1 equal in all that survives as far as both are visible, 2 same packet with altered bytes. */
export function sameInner(b: Uint8Array, x: number, xLen: number, y: number, yLen: number): 0 | 1 | 2 {
  for (let i = 8; i < 40; i += 4) if (u32(b, x + i) !== u32(b, y + i)) return 0;
  const n = Math.min(xLen, yLen);
  const keyed = Math.min(n, 40 + KEYED_PAYLOAD);
  let i = 40;
  for (; i < keyed; i++) if (b[x + i] !== b[y + i]) return 0;
  // Flow label, payload length, next header.
  if (((u32(b, x) ^ u32(b, y)) & 0xfffff) !== 0 || u32(b, x + 4) >>> 8 !== u32(b, y + 4) >>> 8) return 2;
  for (; i + 4 <= n; i += 4) if (u32(b, x + i) !== u32(b, y + i)) return 2;
  for (; i < n; i++) if (b[x + i] !== b[y + i]) return 2;
  return 1;
}
