/**
 * Keys of what survives an AFTR with NAT: the far end's address and port, and the bytes of the packet that no NAT changes (TCP sequence and
 * acknowledgement, lengths, payload). Left out: everything of the near end, checksums, TTL, marking, identification.
 */
import { u16, u32 } from "../../wire/bits.js";
import { firstDifferentByte } from "../../wire/words.js";
import { ACCESS } from "../../config/types.js";
import { sameAddress } from "../../wire/ipv6.js";
import type { Records } from "../transcript.js";
import { P_TCP, P_UDP } from "./facts.js";
import type { View } from "./view.js";

const KEYED_PAYLOAD = 16;
const ECHO_REQUEST = 8;
const TCP_BYTES = 20;
const mix = (h: number, w: number): number => (Math.imul((h << 13) | (h >>> 19), 5) + Math.imul(w | 0, 0x2c1b3c6d)) | 0;

function bytes(b: Uint8Array, h: number, from: number, end: number): number {
  const stop = Math.min(end, from + KEYED_PAYLOAD);
  let i = from;
  for (; i + 4 <= stop; i += 4) h = mix(h, u32(b, i));
  for (; i < stop; i++) h = mix(h, b[i]);
  return h;
}

/** What NAT leaves alone in the transport segment of `slot`. */
function segment(b: Uint8Array, v: View, slot: number, h: number): number {
  const l4 = v.l4[slot];
  const end = l4 + Math.min(v.l4Visible[slot], v.l4Len[slot]);
  const k = mix(mix(h, v.proto[slot]), v.l4Len[slot]);
  switch (v.proto[slot]) {
    // Whatever the data offset says: ports and checksum, which a NAT changes, are in the first 20 bytes.
    case P_TCP: return bytes(b, mix(mix(mix(k, u32(b, l4 + 4)), u32(b, l4 + 8)), u16(b, l4 + 12)), l4 + Math.max(TCP_BYTES, (b[l4 + 12] >>> 4) << 2), end);
    case P_UDP: return bytes(b, k, l4 + 8, end);
    default: return bytes(b, mix(mix(k, u16(b, l4)), u16(b, l4 + 6)), l4 + 8, end);
  }
}

/** What the first eight bytes of a quoted segment say beyond ports: TCP sequence, UDP length, ICMP type and sequence. */
function eight(b: Uint8Array, proto: number, l4: number, h: number): number {
  const k = mix(h, proto);
  return proto === P_TCP ? mix(k, u32(b, l4 + 4)) : proto === P_UDP ? mix(k, u16(b, l4 + 4)) : mix(mix(k, b[l4]), u16(b, l4 + 6));
}

/** Key of a packet that is forwarded; `outward`: from the access side to the core, so that the far end is the destination. */
export const dataKey = (b: Uint8Array, v: View, slot: number, outward: boolean, seed: number): number =>
  segment(b, v, slot, mix(mix(seed ^ (outward ? 1 : 2), outward ? v.dst[slot] : v.src[slot]), outward ? v.dport[slot] : v.sport[slot]));

/** Key of a hairpinned packet: both ends change. */
export const hairKey = (b: Uint8Array, v: View, slot: number, seed: number): number => segment(b, v, slot, seed ^ 3);

/** Key of the packet itself as an error would quote it. */
export function asQuoted(b: Uint8Array, v: View, slot: number, outward: boolean, seed: number): number {
  return eight(b, v.proto[slot], v.l4[slot], mix(mix(seed ^ 4, outward ? v.dst[slot] : v.src[slot]), outward ? v.dport[slot] : v.sport[slot]));
}

/** Key (`asQuoted`) of the echo request that the echo reply in `slot` answers, if the device itself answers; `outward`: the request came from a B4. */
export function ofEchoRequest(b: Uint8Array, v: View, slot: number, outward: boolean, seed: number): number {
  const far = mix(mix(seed ^ 4, outward ? v.src[slot] : v.dst[slot]), outward ? 0 : v.dport[slot]);
  return mix(mix(mix(far, v.proto[slot]), ECHO_REQUEST), u16(b, v.l4[slot] + 6));
}

/** Key (`asQuoted`) of the SYN from the core that the RST in `slot` answers, if the device itself sent it. */
export const ofReset = (b: Uint8Array, v: View, slot: number, seed: number): number => mix(mix(mix(mix(seed ^ 4, v.dst[slot]), v.dport[slot]), P_TCP), u32(b, v.l4[slot] + 8) - 1);

const quotedL4 = (b: Uint8Array, v: View, slot: number): number => v.quote[slot] + ((b[v.quote[slot]] & 15) << 2);

/** Key of the packet that an error quotes; `farIsDestination`: the quoted packet went outward. Equal to `asQuoted` of that packet. */
export function ofQuote(b: Uint8Array, v: View, slot: number, farIsDestination: boolean, seed: number): number {
  const far = farIsDestination ? v.qDst[slot] : v.qSrc[slot];
  const port = farIsDestination ? v.qDport[slot] : v.qSport[slot];
  return eight(b, v.qProto[slot], quotedL4(b, v, slot), mix(mix(seed ^ 4, far), port));
}

/** Key of an error whose quoted packet was hairpinned. */
export const hairQuote = (b: Uint8Array, v: View, slot: number, seed: number): number => eight(b, v.qProto[slot], quotedL4(b, v, slot), seed ^ 5);

/** Do the payloads agree as far as both are visible? -1: yes; otherwise the offset in the segment of the first byte that differs. Checksums, ports and identifier aside. */
export function firstDifference(b: Uint8Array, v: View, x: number, y: number): number {
  const n = Math.min(v.l4Visible[x], v.l4Visible[y]);
  const p = v.l4[x];
  const q = v.l4[y];
  const proto = v.proto[x];
  // Left out: two bytes from here on.
  const free = proto === P_TCP ? 16 : proto === P_UDP ? 6 : 4;
  const before = firstDifferentByte(b, p, q, 4, Math.min(n, free));
  return before >= 0 ? before : firstDifferentByte(b, p, q, free + 2, n);
}

/** Do two inputs differ in anything that their output depends on? */
export const differ = (b: Uint8Array, r: Records, v: View, x: number, y: number): boolean =>
  r.side[x] !== r.side[y] || v.src[x] !== v.src[y] || v.dst[x] !== v.dst[y] || v.sport[x] !== v.sport[y] || v.dport[x] !== v.dport[y] || r.tos[x] !== r.tos[y] ||
  r.facts[x] !== r.facts[y] || b[r.inner[x] + 8] !== b[r.inner[y] + 8] || u16(b, r.inner[x] + 6) !== u16(b, r.inner[y] + 6) || b[r.inner[x] + 1] !== b[r.inner[y] + 1] ||
  (v.quote[x] > 0 && (u16(b, v.l4[x]) !== u16(b, v.l4[y]) || v.qSrc[x] !== v.qSrc[y] || v.qDst[x] !== v.qDst[y] || v.qSport[x] !== v.qSport[y] || v.qDport[x] !== v.qDport[y])) ||
  (r.side[x] === ACCESS && !sameAddress(b, r.off[x] + 8, r.off[y] + 8));
