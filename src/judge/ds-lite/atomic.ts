/** Atomic datagrams (RFC 6864 section 4): whether two that differ came with one identification, which a sender may do. Bounded; what was overwritten is unknown. */
import { u16 } from "../../wire/bits.js";
import type { Records } from "../transcript.js";
import { mix, spot } from "./quota.js";
import type { View } from "./view.js";

const ATOMIC = 1 << 12;
const SAME_ID_SECONDS = 30;
/** Bytes from the transport header on by which packets are told apart: checksum and sequence number are among them. */
const TELLING = 20;

/** DF, no fragment: the IPv4 packet at `at`. */
export const isAtomic = (b: Uint8Array, at: number): boolean => (u16(b, at + 6) & 0x7fff) === 0x4000;

/** Has another datagram between the same ends had the identification of the one in `slot` shortly before `t`? Remembers this one. */
export function createSameId(b: Uint8Array, r: Records, v: View, seed: number): (slot: number, t: number) => boolean {
  const keys = new Int32Array(ATOMIC), digests = new Int32Array(ATOMIC), times = new Float64Array(ATOMIC).fill(Number.NEGATIVE_INFINITY);
  return (slot, t) => {
    const at = r.inner[slot];
    const key = mix(mix(mix(seed, v.src[slot]), v.dst[slot]), (u16(b, at + 4) << 8) | v.proto[slot]);
    const i = spot(key, ATOMIC);
    const end = v.l4[slot] + Math.min(v.l4Len[slot], TELLING);
    // Mirrored copies may be cut to different lengths.
    if (end > v.l4[slot] + v.l4Visible[slot]) return false;
    let digest = r.side[slot];
    for (let k = v.l4[slot]; k < end; k++) digest = (Math.imul(digest, 31) + b[k]) | 0;
    const again = keys[i] === key && t - times[i] < SAME_ID_SECONDS && digests[i] !== digest;
    keys[i] = key;
    times[i] = t;
    digests[i] = digest;
    return again;
  };
}
