/** ICMPv4 echo with the device itself (RFC 1812 section 4.3.3.6): whose request a reply answers. */
import { u16, u32 } from "../../wire/bits.js";
import { headerLength } from "../../wire/ipv4.js";
import { firstDifferentByte } from "../../wire/words.js";
import type { Records } from "../transcript.js";

/** Offset in memory of the ICMPv4 header of a record that is a whole echo request or reply (of a fragment nothing is known); 0 for anything else. */
export function echo4At(b: Uint8Array, r: Records, slot: number): number {
  const o = r.off[slot];
  const at = o + headerLength(b, o);
  return at + 8 <= o + Math.min(r.len[slot], u16(b, o + 2)) && b[o + 9] === 1 && (u16(b, o + 6) & 0x3fff) === 0 && (b[at] === 8 || b[at] === 0) ? at : 0;
}

/** Bytes of the ICMPv4 message in the packet at `o`, by the packet's own header. */
export const echo4Bytes = (b: Uint8Array, o: number): number => u16(b, o + 2) - headerLength(b, o);

/** Key of an echo exchange: identifier and sequence number at `icmp`, the addresses of who asks and who is asked. */
export function echo4Key(b: Uint8Array, icmp: number, asks: number, asked: number, seed: number): number {
  const h = Math.imul(seed ^ 0x70696e67 ^ u32(b, icmp + 4), 0x9e3779b1) ^ u32(b, asks);
  const k = Math.imul(h ^ (h >>> 15), 0x85ebca6b) ^ u32(b, asked);
  return Math.imul(k ^ (k >>> 13), 0xc2b2ae35) | 0;
}

/** Where the messages differ behind type, code and checksum, as far as both are visible: an offset from the ICMPv4 header, or -1. */
export function firstDifference4(b: Uint8Array, r: Records, request: number, reply: number): number {
  const q = echo4At(b, r, request);
  const a = echo4At(b, r, reply);
  const shown = Math.min(r.off[request] + r.len[request] - q, r.off[reply] + r.len[reply] - a, echo4Bytes(b, r.off[request]), echo4Bytes(b, r.off[reply]));
  return firstDifferentByte(b, q, a, 4, shown);
}

/** Is the reply what the request asks for, in addresses, identifier and data? */
export const isReplyTo = (b: Uint8Array, r: Records, request: number, reply: number): boolean =>
  echo4At(b, r, request) > 0 && u32(b, r.off[request] + 12) === u32(b, r.off[reply] + 16) && u32(b, r.off[request] + 16) === u32(b, r.off[reply] + 12) &&
  echo4Bytes(b, r.off[request]) === echo4Bytes(b, r.off[reply]) && firstDifference4(b, r, request, reply) < 0;
