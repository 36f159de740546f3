/**
 * What a routing message announces inside 2002::/16: RIPng responses (RFC 2080 section 2.1) and BGP UPDATEs with MP_REACH_NLRI for IPv6 unicast
 * (RFC 4271 section 4.3, RFC 4760 section 3), as far as one packet shows them: a BGP message that does not begin a segment is not read.
 */
import { u16, u32 } from "../../wire/bits.js";

const RIPNG_PORT = 521;
const BGP_PORT = 179;
const RESPONSE = 2;
const RTE_BYTES = 20;
const INFINITY = 16;
const NEXT_HOP_RTE = 255;
const BGP_HEADER = 19;
const UPDATE = 2;
const MP_REACH = 14;
const EXTENDED_LENGTH = 0x10;

export const ROUTES_NONE = 0;
/** 2002::/16 itself, and something longer inside it. */
export const ROUTES_SIXTEEN = 1;
export const ROUTES_LONGER = 2;

/** Is the IPv6 packet at `o` (`len` bytes) a RIPng or BGP one without extension headers? */
export const isRouting = (b: Uint8Array, o: number, len: number): boolean =>
  (b[o + 6] === 17 && len >= 52 && u16(b, o + 42) === RIPNG_PORT) || (b[o + 6] === 6 && len >= 60 && (u16(b, o + 40) === BGP_PORT || u16(b, o + 42) === BGP_PORT));

/** `first` is the prefix's first 16 bits (as far as it has them), `length` its length in bits. */
const classify = (first: number, length: number): number => (length < 16 || first !== 0x2002 ? ROUTES_NONE : length === 16 ? ROUTES_SIXTEEN : ROUTES_LONGER);

/** ROUTES_* flags of what the packet announces. */
export function announced(b: Uint8Array, o: number, len: number): number {
  const end = o + Math.min(len, 40 + u16(b, o + 4));
  if (b[o + 6] === 17) return ripng(b, o + 48, end);
  return bgp(b, o + 40 + ((b[o + 52] >>> 4) << 2), end);
}

function ripng(b: Uint8Array, o: number, end: number): number {
  if (b[o] !== RESPONSE) return ROUTES_NONE;
  let found = ROUTES_NONE;
  for (let at = o + 4; at + RTE_BYTES <= end; at += RTE_BYTES) {
    const metric = b[at + 19];
    if (metric !== NEXT_HOP_RTE && metric < INFINITY) found |= classify(u16(b, at), b[at + 18]);
  }
  return found;
}

function bgp(b: Uint8Array, o: number, end: number): number {
  let found = ROUTES_NONE;
  for (let at = o; at + BGP_HEADER <= end; ) {
    const size = u16(b, at + 16);
    // Sixteen bytes of ones mark the beginning of a message (RFC 4271 section 4.1).
    if (u32(b, at) !== 0xffffffff || u32(b, at + 4) !== 0xffffffff || u32(b, at + 8) !== 0xffffffff || u32(b, at + 12) !== 0xffffffff || size < BGP_HEADER) break;
    if (b[at + 18] === UPDATE && at + size <= end) found |= update(b, at + BGP_HEADER, at + size);
    at += size;
  }
  return found;
}

function update(b: Uint8Array, o: number, end: number): number {
  if (o + 2 > end) return ROUTES_NONE;
  let at = o + 2 + u16(b, o);
  if (at + 2 > end) return ROUTES_NONE;
  const last = Math.min(end, at + 2 + u16(b, at));
  at += 2;
  let found = ROUTES_NONE;
  while (at + 3 <= last) {
    const wide = (b[at] & EXTENDED_LENGTH) !== 0;
    const body = at + (wide ? 4 : 3);
    const size = wide ? u16(b, at + 2) : b[at + 2];
    if (body + size > last) break;
    // AFI 2, SAFI 1.
    if (b[at + 1] === MP_REACH && size > 5 && u16(b, body) === 2 && b[body + 2] === 1) found |= nlri(b, body + 4 + b[body + 3] + 1, body + size);
    at = body + size;
  }
  return found;
}

function nlri(b: Uint8Array, o: number, end: number): number {
  let found = ROUTES_NONE;
  for (let at = o; at < end; at += 1 + ((b[at] + 7) >>> 3)) if (b[at] >= 16 && at + 3 <= end) found |= classify(u16(b, at + 1), b[at]);
  return found;
}
