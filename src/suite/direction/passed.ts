/**
 * Inner packets that the device lately received in tunnels, by a hash: the same packet with its hop limit one lower was sent by the device, whatever its addresses
 * say (a spoofed source that was forwarded, say). Fixed size; two hashes that happen to be equal decide about a packet that nothing else tells.
 */
import { u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";

const SLOTS = 1 << 16;
/** Bytes behind the IP header that tell packets apart. */
const COMPARED = 64;

export interface Passed {
  /** The IP packet at `o`, captured up to `end`, came in a tunnel. */
  add(o: number, end: number): void;
  /** Is it one of them, forwarded: with its hop limit one lower? A retransmission is not. */
  hasForwarded(o: number, end: number): boolean;
  /** Is it one of them as it came: what a tunnel interface sees? */
  hasUnchanged(o: number, end: number): boolean;
}

export function createPassed(u8: Uint8Array): Passed {
  const slots = new Int32Array(SLOTS);
  // Without traffic class, flow label and checksum, which change on the way.
  const hash = (o: number, end: number, step: number): number => {
    const four = u8[o] >>> 4 === 4;
    const hop = u8[o + (four ? ipv4.TTL : ipv6.HOP_LIMIT)] - step;
    let h = Math.imul(u16(u8, o + (four ? ipv4.TOTAL_LENGTH : ipv6.PAYLOAD_LENGTH)) ^ (u8[o + (four ? ipv4.PROTOCOL : ipv6.NEXT_HEADER)] << 16) ^ (hop << 24), 0x9e3779b1);
    if (four) h = Math.imul(h ^ u32(u8, o + ipv4.ID), 0x85ebca6b);
    const from = o + (four ? ipv4.SRC : ipv6.SRC);
    const last = Math.min(end, o + (four ? ipv4.HEADER_BYTES : ipv6.HEADER_BYTES) + COMPARED);
    for (let at = from; at < last; at++) h = Math.imul((h ^ (h >>> 13)) + u8[at], 0x01000193);
    return h ^ (h >>> 16) | 1; // never 0, which is an empty slot
  };
  const whole = (o: number, end: number): boolean => (u8[o] >>> 4 === 6 ? o + ipv6.HEADER_BYTES <= end : u8[o] >>> 4 === 4 && o + ipv4.HEADER_BYTES <= end);
  const has = (o: number, end: number, step: number): boolean => {
    if (!whole(o, end)) return false;
    const h = hash(o, end, step);
    return slots[(h >>> 1) % SLOTS] === h;
  };
  return {
    add(o, end) {
      if (!whole(o, end)) return;
      const h = hash(o, end, 1);
      slots[(h >>> 1) % SLOTS] = h;
    },
    hasForwarded: (o, end) => has(o, end, 0),
    hasUnchanged: (o, end) => has(o, end, 1),
  };
}
