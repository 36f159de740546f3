/**
 * IPv4 header, RFC 791 section 3.1. Every function takes the bytes and the offset of the header; the caller has checked
 * with `ipv4Fault` that it is whole, so accessors cannot fail.
 *
 *  0                   1                   2                   3
 * |Version|  IHL  |    DSCP   |ECN|          Total Length         |
 * |         Identification        |Flags|      Fragment Offset    |
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * |                       Source Address                          |
 * |                    Destination Address                        |
 */
import { put16, put32, u16, u32 } from "./bits.js";
import { checksum } from "./checksum.js";

export const HEADER_BYTES = 20;
export const TOS = 1;
export const TOTAL_LENGTH = 2;
export const ID = 4;
export const FRAGMENT = 6;
export const TTL = 8;
export const PROTOCOL = 9;
export const CHECKSUM = 10;
export const SRC = 12;
export const DST = 16;
export const DF = 0x4000;
export const MF = 0x2000;

export const version = (b: Uint8Array, o: number): number => b[o] >>> 4;
/** Header length in bytes. */
export const headerLength = (b: Uint8Array, o: number): number => (b[o] & 15) << 2;
export const tos = (b: Uint8Array, o: number): number => b[o + TOS];
export const totalLength = (b: Uint8Array, o: number): number => u16(b, o + TOTAL_LENGTH);
export const id = (b: Uint8Array, o: number): number => u16(b, o + ID);
export const df = (b: Uint8Array, o: number): boolean => (b[o + FRAGMENT] & 0x40) !== 0;
export const mf = (b: Uint8Array, o: number): boolean => (b[o + FRAGMENT] & 0x20) !== 0;
/** Fragment offset in bytes. */
export const fragmentOffset = (b: Uint8Array, o: number): number => (u16(b, o + FRAGMENT) & 0x1fff) << 3;
export const isFragment = (b: Uint8Array, o: number): boolean => (u16(b, o + FRAGMENT) & 0x3fff) !== 0;
export const ttl = (b: Uint8Array, o: number): number => b[o + TTL];
export const protocol = (b: Uint8Array, o: number): number => b[o + PROTOCOL];
export const headerChecksum = (b: Uint8Array, o: number): number => u16(b, o + CHECKSUM);
export const src = (b: Uint8Array, o: number): number => u32(b, o + SRC);
export const dst = (b: Uint8Array, o: number): number => u32(b, o + DST);
/** ICMPv4 errors, which quote the packet that they are about (RFC 1812 section 4.3.2: source quench and redirect are among them). */
export const isIcmpError = (type: number): boolean => type === 3 || type === 4 || type === 5 || type === 11 || type === 12;

/** Faults of a header, in the order in which a router finds them (RFC 1812 section 5.2.2). */
export const FAULT_NONE = 0;
export const FAULT_SHORT = 1;
export const FAULT_VERSION = 2;
export const FAULT_HEADER_LENGTH = 3;
export const FAULT_TOTAL_LENGTH = 4;
export const FAULT_CHECKSUM = 5;
export const FAULT_TEXT = [
  "no fault",
  "fewer than 20 bytes are left for the header",
  "the version field is not 4",
  "the header length field is below 5 or beyond the packet",
  "the total length field is below the header length or beyond the bytes at hand",
  "the header checksum is wrong",
] as const;

/** Checks the header at `o` with `len` bytes at hand (capture or enclosing packet); returns one of FAULT_*. */
export function ipv4Fault(b: Uint8Array, o: number, len: number): number {
  if (len < HEADER_BYTES) return FAULT_SHORT;
  if (b[o] >>> 4 !== 4) return FAULT_VERSION;
  const hl = (b[o] & 15) << 2;
  if (hl < HEADER_BYTES || hl > len) return FAULT_HEADER_LENGTH;
  const tl = u16(b, o + TOTAL_LENGTH);
  if (tl < hl || tl > len) return FAULT_TOTAL_LENGTH;
  return checksum(b, o, hl) === 0 ? FAULT_NONE : FAULT_CHECKSUM;
}

/** Writes the header checksum over the header at `o`. */
export function seal(b: Uint8Array, o: number): void {
  put16(b, o + CHECKSUM, 0);
  put16(b, o + CHECKSUM, checksum(b, o, (b[o] & 15) << 2));
}

/** Writes a 20-byte header without options, checksum included. `fragment` is the whole flags and offset word. Lengths in bytes. */
export function write(
  b: Uint8Array, o: number, tosByte: number, total: number, ident: number, fragment: number, ttlByte: number, proto: number, from: number, to: number,
): void {
  b[o] = 0x45;
  b[o + TOS] = tosByte;
  put16(b, o + TOTAL_LENGTH, total);
  put16(b, o + ID, ident);
  put16(b, o + FRAGMENT, fragment);
  b[o + TTL] = ttlByte;
  b[o + PROTOCOL] = proto;
  put16(b, o + CHECKSUM, 0);
  put32(b, o + SRC, from);
  put32(b, o + DST, to);
  put16(b, o + CHECKSUM, checksum(b, o, HEADER_BYTES));
}
