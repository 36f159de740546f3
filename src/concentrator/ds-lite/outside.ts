/** Which IPv4 destinations are external addresses of the AFTR, and which lead nowhere. */
import { addressIndex } from "../nat/pool.js";
import { type Aftr, isIn } from "./aftr.js";

/** Pool, or a static mapping's address. */
export const isExternal = (a: Aftr, v: number): boolean => addressIndex(a.nat.pool, v) >= 0 || isIn(a.extra, v);

/** Multicast and above, loopback, 0/8, and 192.0.0.0/29 (RFC 7335 section 4: not forwarded beyond the softwire). */
export const isNowhere = (v: number): boolean => v >>> 28 >= 14 || v >>> 24 === 127 || v >>> 24 === 0 || v >>> 3 === 0xc0000000 >>> 3;

/** 100.64.0.0/10 (RFC 6598). */
export const isShared = (v: number): boolean => v >>> 22 === 0x64400000 >>> 22;
