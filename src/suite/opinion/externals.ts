/** A packet to an external end of the box's NAT, made into one to the reference's: addresses and ports, with the checksums that follow. */
import { put16, put32, u16, u32 } from "../../wire/bits.js";
import type { Pair } from "./match.js";

export interface End { readonly address: number; readonly port: number }
/** By protocol, address and port of the box. */
export type Externals = ReadonlyMap<string, End>;
const endKey = (protocol: number, address: number, port: number): string => `${protocol}/${address}/${port}`;

/** Port of the near end in an outbound packet at `o`: source port, or the identifier of an ICMP query; -1 when there is none. */
function portAt(b: Uint8Array, o: number, source: boolean): number {
  const at = o + ((b[o] & 15) << 2);
  if ((u16(b, o + 6) & 0x1fff) !== 0 || b.length < at + 8) return -1;
  if (b[o + 9] === 6 || b[o + 9] === 17) return u16(b, at + (source ? 0 : 2));
  return b[o + 9] === 1 && [0, 8, 13, 14].includes(b[at]) ? u16(b, at + 4) : -1;
}

/** From pairs of outbound packets: the box's external end is the reference's. The first pair decides. */
export function externalsOf(pairs: readonly Pair[]): Externals {
  const map = new Map<string, End>();
  for (const { box, reference } of pairs) {
    if (box.side !== 1 || box.bytes[0] >>> 4 !== 4 || reference.bytes[0] >>> 4 !== 4) continue;
    const from = portAt(box.bytes, 0, true);
    const to = portAt(reference.bytes, 0, true);
    const key = endKey(box.bytes[9], u32(box.bytes, 12), from);
    if (from >= 0 && to >= 0 && !map.has(key)) map.set(key, { address: u32(reference.bytes, 12), port: to });
  }
  return map;
}

/** RFC 1624: the checksum at `at` after a word went from `old` to `now`. */
function adjust(b: Uint8Array, at: number, old: number, now: number): void {
  let s = (~u16(b, at) & 0xffff) + (~old & 0xffff) + now;
  s = (s & 0xffff) + (s >>> 16);
  s = (s & 0xffff) + (s >>> 16);
  put16(b, at, ~s & 0xffff);
}
function setAddress(b: Uint8Array, at: number, value: number, sums: readonly number[]): void {
  const old = u32(b, at);
  for (const s of sums) {
    adjust(b, s, old >>> 16, value >>> 16);
    adjust(b, s, old & 0xffff, value & 0xffff);
  }
  put32(b, at, value);
}
function setWord(b: Uint8Array, at: number, value: number, sums: readonly number[]): void {
  for (const s of sums) adjust(b, s, u16(b, at), value);
  put16(b, at, value);
}

/** Rewrites the IPv4 packet at `o` of `b` in place when it is for a known external end, or an error about a packet from one. True when it did. */
export function toReference(b: Uint8Array, o: number, map: Externals): boolean {
  if (b.length < o + 28 || b[o] >>> 4 !== 4) return false;
  const at = o + ((b[o] & 15) << 2);
  const protocol = b[o + 9];
  if (protocol === 1 && [3, 4, 5, 11, 12].includes(b[at])) return quoted(b, o, at, map);
  const end = map.get(endKey(protocol, u32(b, o + 16), portAt(b, o, false)));
  if (end === undefined) return false;
  const sum = at + (protocol === 6 ? 16 : protocol === 17 ? 6 : 2);
  // no UDP checksum stays none; ICMP has no pseudo-header
  const covered = protocol === 17 && u16(b, sum) === 0 ? [] : [sum];
  setAddress(b, o + 16, end.address, [o + 10, ...(protocol === 1 ? [] : covered)]);
  setWord(b, at + (protocol === 1 ? 4 : 2), end.port, covered);
  return true;
}

function quoted(b: Uint8Array, o: number, at: number, map: Externals): boolean {
  const q = at + 8;
  if (b.length < q + 28 || b[q] >>> 4 !== 4) return false;
  const end = map.get(endKey(b[q + 9], u32(b, q + 12), portAt(b, q, true)));
  if (end === undefined) return false;
  const before = u16(b, q + 10);
  setAddress(b, o + 16, end.address, [o + 10]);
  setAddress(b, q + 12, end.address, [q + 10, at + 2]);
  adjust(b, at + 2, before, u16(b, q + 10)); // the quoted header's checksum is covered too
  setWord(b, q + ((b[q] & 15) << 2) + (b[q + 9] === 1 ? 4 : 0), end.port, [at + 2]);
  return true;
}
