/**
 * Tells which way a packet went through the device: the same inner packet, tunnelled and plain, with its hop limit one lower where it left.
 * NAT changes addresses, ports and checksums, so the key is what survives: protocol, TCP sequence numbers, ICMP sequence, payload.
 */
import { type Ipv6, readIpv6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { createUpper, walk } from "../../wire/ipv6.js";
import type { Crossing } from "./seen.js";

/** Most packets that wait for their other half. */
const WAITING = 1 << 17;
/** Bytes of the payload that are compared: enough to tell packets apart. */
const COMPARED = 96;

interface Half { readonly hop: number; readonly macs: readonly [string, string]; readonly inner: readonly [number | Ipv6, number | Ipv6]; readonly outer?: readonly [number | Ipv6, number | Ipv6]; readonly sec: number; readonly nsec: number }

export interface Crossings {
  /** The (inner) packet at `o`; `outer`: source and destination of its tunnel header when it came in one. */
  see(b: Uint8Array, o: number, len: number, macs: readonly [string, string], outer: readonly [number | Ipv6, number | Ipv6] | undefined, sec: number, nsec: number): readonly Crossing[];
}

function hashOf(b: Uint8Array, o: number, len: number): number {
  let hash = 0;
  for (let i = o; i < o + len; i++) hash = (Math.imul(hash, 31) + b[i]) | 0;
  return hash;
}

/** A later fragment with less payload than this may look like another by chance. */
const FEWEST_BYTES = 16;

/**
 * What survives the way through the device, as text; undefined for packets that are not alone of their kind (no payload, errors) or not there as far as is compared.
 * Lengths are those of the headers: a first fragment of the tunnel holds the start of a longer packet. IPv4 fragments keep their place and their payload, not their ID; IPv6 fragments their ID and, untranslated, their addresses.
 */
function keyOf(b: Uint8Array, o: number, len: number): string | undefined {
  const four = b[o] >>> 4 === 4;
  let protocol: number;
  let at: number;
  let end: number;
  let place = 0;
  if (four) {
    if (len < 20) return undefined;
    place = u16(b, o + 6) & 0x3fff;
    protocol = b[o + 9];
    at = o + ((b[o] & 15) << 2);
    end = o + u16(b, o + 2);
  } else {
    if (len < 40) return undefined;
    const upper = walk(b, o, len, createUpper());
    if (!upper.whole) return undefined;
    if (upper.fragment !== 0) return `44/${u16(b, o + 4)}/${u16(b, upper.fragment + 2)}/${u32(b, upper.fragment + 4)}/${hashOf(b, o + 8, 32)}`;
    protocol = upper.protocol;
    at = upper.off;
    end = o + 40 + u16(b, o + 4);
  }
  let key = `${protocol}/${end - at}/${place}/`;
  const held = o + len - at;
  if ((place & 0x1fff) !== 0) {
    if (end - at < FEWEST_BYTES) return undefined;
  } else if (protocol === 6 && end - at >= 20 && held >= 20) {
    key += `${u32(b, at + 4)},${u32(b, at + 8)},${b[at + 13]}`;
    at += (b[at + 12] >>> 4) << 2;
  } else if (protocol === 17 && end - at >= 12) at += 8;
  else if ((protocol === 1 || protocol === 58) && end - at >= 8 && held >= 8 && (four ? b[at] === 8 || b[at] === 0 : b[at] === 128 || b[at] === 129)) {
    key += `${b[at]},${u16(b, at + 6)}`;
    at += 8;
  } else return undefined;
  const compared = Math.min(end, at + COMPARED);
  if (compared > o + len) return undefined;
  return `${key}/${hashOf(b, at, compared - at)}`;
}

const same = (a: number | Ipv6, b: number | Ipv6): boolean => String(a) === String(b);
/** Hops that a packet loses on its way from one softwire to another: the NAT may count as a router of its own. */
const HAIRPIN_HOPS = 2;

/** From one softwire into another: `a` was received, `z` was sent. NAT translates both ends; without it the tunnel has another source. */
function hairpin(four: boolean, x: Half, y: Half): Crossing[] {
  const [a, z] = x.hop > y.hop ? [x, y] : [y, x];
  if (a.outer === undefined || z.outer === undefined || a.hop === z.hop || a.hop - z.hop > HAIRPIN_HOPS || same(a.outer[0], z.outer[0])) return [];
  if (four && (!same(a.outer[1], z.outer[0]) || same(a.inner[0], z.inner[0]) || same(a.inner[1], z.inner[1]))) return [];
  const both = { kind: four ? "v4" : "v6", accessMac: a.macs[1], accessPeer: a.macs[0], coreMac: "", corePeer: "", hairpin: true } as const;
  return [
    { ...both, toCore: true, own: a.outer[1], initiator: a.outer[0], inner: a.inner[0], outside: z.inner[0] },
    { ...both, toCore: false, own: z.outer[0], initiator: z.outer[1], inner: z.inner[1], outside: a.inner[1] },
  ];
}

const NONE: readonly Crossing[] = [];

export function createCrossings(): Crossings {
  const waiting = new Map<string, Half>();
  return {
    see(b, o, len, macs, outer, sec, nsec) {
      const key = keyOf(b, o, len);
      if (key === undefined) return NONE;
      const four = b[o] >>> 4 === 4;
      const inner: [number | Ipv6, number | Ipv6] = four ? [u32(b, o + 12), u32(b, o + 16)] : [readIpv6(b, o + 8), readIpv6(b, o + 24)];
      const half: Half = { hop: b[o + (four ? 8 : 7)], macs, inner, ...(outer === undefined ? {} : { outer }), sec, nsec };
      const full = `${four ? 4 : 6}${key}`;
      const other = waiting.get(full);
      if (other === undefined || (other.outer === undefined) === (outer === undefined)) {
        if (waiting.size < WAITING) waiting.set(full, half);
        return other === undefined || outer === undefined ? NONE : hairpin(four, other, half);
      }
      const [tunnelled, plain] = outer === undefined ? [other, half] : [half, other];
      const step = tunnelled.hop - plain.hop;
      if (Math.abs(step) !== 1 || tunnelled.outer === undefined) return NONE;
      waiting.delete(full);
      const toCore = step === 1;
      return [{
        kind: four ? "v4" : "v6", toCore, own: tunnelled.outer[toCore ? 1 : 0], initiator: tunnelled.outer[toCore ? 0 : 1],
        inner: tunnelled.inner[toCore ? 0 : 1], outside: plain.inner[toCore ? 0 : 1],
        // Into the device: it is the destination of the frame; out of it: the source.
        accessMac: tunnelled.macs[toCore ? 1 : 0], accessPeer: tunnelled.macs[toCore ? 0 : 1],
        coreMac: plain.macs[toCore ? 0 : 1], corePeer: plain.macs[toCore ? 1 : 0],
      }];
    },
  };
}
