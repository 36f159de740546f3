/** Turning places in memory into what a reader of a report needs: hex, field differences, display filters. Only for exemplars. */
import { textIpv4At, textIpv6At } from "../wire/address.js";
import { trafficClass } from "../wire/ipv6.js";
import { K_FRAGMENT, K_ICMP4, K_TUNNEL } from "./facts.js";
import type { Exchange } from "./rule.js";
import type { Records } from "./transcript.js";
import type { FieldDiff, PacketEvidence, Place } from "./types.js";

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
/** Evidence holds at most so many bytes of a packet. */
const EVIDENCE_BYTES = 2048;

export function packetEvidence(b: Uint8Array, r: Records, slot: number, place: (file: number, frame: number) => Place): PacketEvidence {
  const parts: string[] = [];
  const n = Math.min(r.len[slot], EVIDENCE_BYTES);
  for (let i = 0; i < n; i++) parts.push(HEX[b[r.off[slot] + i]]);
  return {
    side: r.side[slot] === 0 ? "access" : "core", direction: r.direction[slot] === 0 ? "received" : "sent",
    place: place(r.file[slot], r.frame[slot]), sec: r.sec[slot], nsec: r.nsec[slot], hex: parts.join(""),
  };
}

/** Index of the judged packet in the exemplar's packets: they are listed input, output, answer, without the missing ones. */
const indexOf = (x: Exchange, slot: number): number => (slot === x.input || x.input < 0 ? 0 : slot === x.answer && x.output >= 0 ? 2 : 1);

/** A field of the packet in `slot`; `at` is its offset in memory. */
export const field = (x: Exchange, slot: number, layer: string, name: string, expected: string | number, seen: string | number, at: number, length: number): FieldDiff => ({
  packet: indexOf(x, slot), layer, field: name, expected: String(expected), seen: String(seen), offset: at - x.r.off[slot], length,
});

export const isTunnelKind = (kind: number): boolean => kind === K_TUNNEL || kind === K_FRAGMENT;
const ECN = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"] as const;
export const ecnText = (ecn: number): string => `${ECN[ecn & 3]} (${ecn & 3})`;
export const innerEcn = (x: Exchange, slot: number): number => trafficClass(x.b, x.r.inner[slot]) & 3;

/** "2001:db8::1 > 3fff::2" with the outer addresses where there are any. */
export function describe(x: Exchange, slot: number): string {
  const o = x.r.off[slot];
  const inner = x.r.inner[slot];
  const kind = x.r.kind[slot];
  const six = inner > 0 ? `${textIpv6At(x.b, inner + 8)} > ${textIpv6At(x.b, inner + 24)}` : "";
  if (kind !== K_TUNNEL && kind !== K_FRAGMENT && kind !== K_ICMP4) return six;
  const outer = `${textIpv4At(x.b, o + 12)} > ${textIpv4At(x.b, o + 16)}`;
  return six === "" ? outer : `${outer} carrying ${six}`;
}

/** A display filter that shows the packet in `slot` and its partner. */
export function filterFor(x: Exchange, slot: number): string {
  const inner = x.r.inner[slot];
  const kind = x.r.kind[slot];
  const six = inner > 0 ? `ipv6.src == ${textIpv6At(x.b, inner + 8)} && ipv6.dst == ${textIpv6At(x.b, inner + 24)}` : "";
  if (kind === K_TUNNEL && six !== "") return six;
  if (kind === K_FRAGMENT || kind === K_TUNNEL || kind === K_ICMP4) {
    return `ip.src == ${textIpv4At(x.b, x.r.off[slot] + 12)} && ip.dst == ${textIpv4At(x.b, x.r.off[slot] + 16)}`;
  }
  return six;
}
