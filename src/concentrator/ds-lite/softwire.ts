/** Into the softwire: the outer IPv6 header (RFC 2473 section 3.1, RFC 6333 section 7.1) and fragmentation (decisions.md D2). */
import { ACCESS } from "../../config/types.js";
import { writeIpv6 } from "../../wire/address.js";
import { put16, put32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { S_MTU, S_MTU_SINCE, S_STRIDE } from "../nat/layout.js";
import type { Aftr } from "./aftr.js";
import { cutPiece } from "./cut.js";
import * as R from "./reasons.js";

const NEXT_IPV4 = 4;
const FRAGMENT_BYTES = 8;
const IPV6_MINIMUM_MTU = 1280;
export const OVERHEAD = ipv6.HEADER_BYTES;

/** RFC 8201 section 4: a larger path is looked for again after ten minutes at the earliest. */
const DECAY_SECONDS = 600;

/** Largest outer packet in bytes to the B4 of this record: the configured one, or the path MTU that it told (RFC 2473 section 6.7). */
export function softwireMtu(a: Aftr, b4: number): number {
  if (!a.lowered) return a.cfg.mtuV6;
  const { data } = a.nat.b4s;
  const o = b4 * S_STRIDE;
  return data[o + S_MTU] === 0 || a.nat.now - data[o + S_MTU_SINCE] > DECAY_SECONDS ? a.cfg.mtuV6 : Math.min(a.cfg.mtuV6, data[o + S_MTU]);
}

/** Records the MTU of a Packet Too Big, nothing above what is known; one below the IPv6 minimum is discarded (RFC 8201 section 4). False when nothing changes. */
export function learnMtu(a: Aftr, b4: number, told: number): boolean {
  if (told < IPV6_MINIMUM_MTU || told >= softwireMtu(a, b4)) return false;
  a.lowered = true;
  a.nat.b4s.data[b4 * S_STRIDE + S_MTU] = told;
  a.nat.b4s.data[b4 * S_STRIDE + S_MTU_SINCE] = a.nat.now;
  return true;
}

/** Place for an inner packet of `n` bytes; to be followed by `toB4` with the same `n`. */
export function b4Room(a: Aftr, n: number): number {
  return a.piece === 0 && n + OVERHEAD <= a.cfg.mtuV6 ? a.sink.reserve(ACCESS, n + OVERHEAD) + OVERHEAD : a.staging;
}

/** Sends the finished IPv4 packet at `at` (from `b4Room`) to the B4 of record `b4`. Returns the reason. */
export function toB4(a: Aftr, at: number, n: number, b4: number, sec: number, nsec: number, reason: number): number {
  a.encapsulatedPackets++;
  a.encapsulatedBytes += n;
  const mtu = softwireMtu(a, b4);
  if (at !== a.staging && n + OVERHEAD > mtu) {
    // The place was chosen by the configured MTU: this softwire's path is narrower.
    a.u8.copyWithin(a.staging, at, at + n);
    return cut(a, n, b4, mtu, sec, nsec, reason);
  }
  if (at !== a.staging) {
    header(a, at - OVERHEAD, at, n, NEXT_IPV4, b4);
    a.sink.commit(ACCESS, at - OVERHEAD, n + OVERHEAD, sec, nsec, reason);
    return reason;
  }
  return cut(a, n, b4, mtu, sec, nsec, reason);
}

/** Sends the inner packet in the staging area, in pieces that fit `mtu`. */
function cut(a: Aftr, n: number, b4: number, mtu: number, sec: number, nsec: number, reason: number): number {
  const at = a.staging;
  const hl = (a.u8[at] & 15) << 2;
  const fits = (mtu - OVERHEAD - hl) & ~7;
  const inner = a.cfg.oversize === "pre-fragment" && !ipv4.df(a.u8, at);
  // A datagram that came in fragments leaves in fragments of that size; otherwise only the outer packet is cut, unless declared.
  const piece = inner && (a.piece === 0 || a.piece > fits) ? fits : a.piece;
  if (piece === 0) return whole(a, at, n, b4, mtu, sec, nsec, reason);
  let last = reason;
  for (let done = 0; done < n - hl; done += piece) {
    const len = cutPiece(a.u8, at, n, done, piece, a.pieceAt);
    last = whole(a, a.pieceAt, len, b4, mtu, sec, nsec, reason);
  }
  return last;
}

/** Sends one inner packet, its outer packet in fragments when it must be (RFC 6333 section 6.3, whatever the inner DF says: errata 5847, 6584). */
function whole(a: Aftr, from: number, n: number, b4: number, mtu: number, sec: number, nsec: number, reason: number): number {
  const b = a.u8;
  if (n + OVERHEAD <= mtu) {
    const start = a.sink.reserve(ACCESS, n + OVERHEAD);
    b.copyWithin(start + OVERHEAD, from, from + n);
    header(a, start, from, n, NEXT_IPV4, b4);
    a.sink.commit(ACCESS, start, n + OVERHEAD, sec, nsec, reason);
    return reason;
  }
  const piece = (mtu - OVERHEAD - FRAGMENT_BYTES) & ~7;
  const id = a.outerId;
  a.outerId = (id + 1) | 0;
  const last = reason === R.TRANSLATED_IN ? R.FRAGMENTED_IN : reason;
  for (let done = 0; done < n; done += piece) {
    const part = Math.min(piece, n - done);
    const start = a.sink.reserve(ACCESS, OVERHEAD + FRAGMENT_BYTES + part);
    const f = start + OVERHEAD;
    header(a, start, from, part + FRAGMENT_BYTES, ipv6.NH_FRAGMENT, b4);
    b[f] = NEXT_IPV4;
    b[f + 1] = 0;
    put16(b, f + 2, done | (done + part < n ? 1 : 0));
    put32(b, f + 4, id);
    b.copyWithin(f + FRAGMENT_BYTES, from + done, from + done + part);
    a.sink.commit(ACCESS, start, OVERHEAD + FRAGMENT_BYTES + part, sec, nsec, last);
  }
  return last;
}

/** Outer header at `at` for the inner packet at `inner`; ECN is always the inner one (RFC 6040 section 4.1, normal mode). */
function header(a: Aftr, at: number, inner: number, payload: number, next: number, b4: number): void {
  const tos = a.u8[inner + ipv4.TOS];
  ipv6.write(a.u8, at, a.cfg.copyDscpOut ? tos : tos & 3, 0, payload, next, a.cfg.hopLimit);
  writeIpv6(a.u8, at + ipv6.SRC, a.cfg.address);
  const { data } = a.nat.b4s;
  const o = b4 * S_STRIDE;
  for (let i = 0; i < 4; i++) put32(a.u8, at + ipv6.DST + 4 * i, data[o + i]);
}
