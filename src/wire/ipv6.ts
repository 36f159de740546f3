/**
 * IPv6 header and extension headers, RFC 8200 sections 3 and 4. Functions take the bytes and the offset of the header.
 *
 * |Version| Traffic Class |           Flow Label                  |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                  Source Address (16 bytes)                    |
 * |                Destination Address (16 bytes)                 |
 */
import { put16, put32, u16, u32 } from "./bits.js";

export const HEADER_BYTES = 40;
export const PAYLOAD_LENGTH = 4;
export const NEXT_HEADER = 6;
export const HOP_LIMIT = 7;
export const SRC = 8;
export const DST = 24;

export const version = (b: Uint8Array, o: number): number => b[o] >>> 4;
export const trafficClass = (b: Uint8Array, o: number): number => ((b[o] & 15) << 4) | (b[o + 1] >>> 4);
export const flowLabel = (b: Uint8Array, o: number): number => ((b[o + 1] & 15) << 16) | u16(b, o + 2);
export const payloadLength = (b: Uint8Array, o: number): number => u16(b, o + PAYLOAD_LENGTH);
export const nextHeader = (b: Uint8Array, o: number): number => b[o + NEXT_HEADER];
export const hopLimit = (b: Uint8Array, o: number): number => b[o + HOP_LIMIT];

export function setTrafficClass(b: Uint8Array, o: number, tc: number): void {
  b[o] = 0x60 | (tc >>> 4);
  b[o + 1] = ((tc & 15) << 4) | (b[o + 1] & 15);
}

export const FAULT_NONE = 0;
export const FAULT_SHORT = 1;
export const FAULT_VERSION = 2;
export const FAULT_PAYLOAD_LENGTH = 3;
export const FAULT_TEXT = [
  "no fault",
  "fewer than 40 bytes are left for the header",
  "the version field is not 6",
  "the payload length field is beyond the bytes at hand",
] as const;

/** Checks the header at `o` with `len` bytes at hand; returns one of FAULT_*. */
export function ipv6Fault(b: Uint8Array, o: number, len: number): number {
  if (len < HEADER_BYTES) return FAULT_SHORT;
  if (b[o] >>> 4 !== 6) return FAULT_VERSION;
  return HEADER_BYTES + u16(b, o + PAYLOAD_LENGTH) > len ? FAULT_PAYLOAD_LENGTH : FAULT_NONE;
}

/** Writes version, traffic class, flow label, payload length (bytes), next header and hop limit; the caller writes the addresses. */
export function write(b: Uint8Array, o: number, tc: number, label: number, payload: number, next: number, hop: number): void {
  put32(b, o, (0x60000000 | (tc << 20) | label) >>> 0);
  put16(b, o + PAYLOAD_LENGTH, payload);
  b[o + NEXT_HEADER] = next;
  b[o + HOP_LIMIT] = hop;
}

export const NH_HOP_BY_HOP = 0;
export const NH_ROUTING = 43;
export const NH_FRAGMENT = 44;
export const NH_AUTH = 51;
export const NH_ICMPV6 = 58;
/** Bytes that the ICMPv6 error at `o` says it quotes, padding among them: an extension structure follows them (RFC 4884 section 4). 0 = it says nothing. */
export const quotedLength = (b: Uint8Array, o: number): number => (b[o] === 1 || b[o] === 3 ? b[o + 4] << 3 : 0);
export const NH_NONE = 59;
export const NH_DEST_OPTIONS = 60;

/** Where a chain of extension headers ends. One object, written again by each `walk`: copy what must outlive the next call. */
export interface Upper {
  /** Upper-layer protocol, or the last next-header value seen when `whole` is false. */
  protocol: number;
  /** Offset of the upper-layer header. */
  off: number;
  /** Bytes from `off` to the end of the packet. */
  len: number;
  /** Offset of the Fragment header, 0 when there is none. */
  fragment: number;
  /** Offset of the byte that names the upper-layer protocol (for Parameter Problem pointers). */
  namedAt: number;
  /** False when the chain runs past the bytes at hand. */
  whole: boolean;
}

export function createUpper(): Upper {
  return { protocol: 0, off: 0, len: 0, fragment: 0, namedAt: 0, whole: true };
}

/** Walks the extension headers of the packet at `o` that has `len` bytes; stops at a non-first fragment's payload. */
export function walk(b: Uint8Array, o: number, len: number, into: Upper): Upper {
  const end = o + Math.min(len, HEADER_BYTES + payloadLength(b, o));
  let next = b[o + NEXT_HEADER];
  let at = o + HEADER_BYTES;
  into.fragment = 0;
  into.namedAt = o + NEXT_HEADER;
  into.whole = true;
  for (;;) {
    let size = 0;
    if (next === NH_FRAGMENT) size = 8;
    else if (next === NH_AUTH) size = at + 2 > end ? -1 : (b[at + 1] + 2) << 2;
    else if (next === NH_HOP_BY_HOP || next === NH_ROUTING || next === NH_DEST_OPTIONS) size = at + 2 > end ? -1 : (b[at + 1] + 1) << 3;
    if (size === 0) break;
    if (size < 0 || at + size > end) {
      into.whole = false;
      break;
    }
    into.namedAt = at;
    if (next === NH_FRAGMENT) {
      into.fragment = at;
      const later = (u16(b, at + 2) & 0xfff8) !== 0;
      next = b[at];
      at += size;
      if (later) break;
      continue;
    }
    next = b[at];
    at += size;
  }
  into.protocol = next;
  into.off = at;
  into.len = Math.max(0, end - at);
  return into;
}

export const sameAddress = (b: Uint8Array, x: number, y: number): boolean =>
  u32(b, x) === u32(b, y) && u32(b, x + 4) === u32(b, y + 4) && u32(b, x + 8) === u32(b, y + 8) && u32(b, x + 12) === u32(b, y + 12);
