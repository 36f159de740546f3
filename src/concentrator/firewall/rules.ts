/** Firewall rules, compiled: prefixes and ports as typed arrays; nothing is allocated per packet. */
import type { FirewallRule, MatchDirection } from "../../config/types.js";
import { type Prefix4, type Prefix6, mask32 } from "../../wire/address.js";
import type { View } from "./view.js";

export interface CompiledRule {
  readonly name: string;
  readonly action: number;
  /** Bit 0: from the access side (input); bit 1: from the core side (output). */
  readonly directions: number;
  /** Eight words a prefix: four of address, four of mask; IPv4 in mapped form. */
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly protocols: Uint8Array;
  /** Pairs, inclusive. */
  readonly sourcePorts: Int32Array;
  readonly destinationPorts: Int32Array;
}

export const ACCEPT = 0;
export const DISCARD = 1;
export const REJECT = 2;
export const ACTION = { accept: ACCEPT, discard: DISCARD, reject: REJECT } as const;

export const directionBits = (d: MatchDirection): number => (d === "input" ? 1 : d === "output" ? 2 : 3);

export function compileRule(r: FirewallRule): CompiledRule {
  return {
    name: r.name, action: ACTION[r.action], directions: directionBits(r.direction), source: words(r.source), destination: words(r.destination),
    protocols: Uint8Array.from(r.protocols), sourcePorts: pairs(r.sourcePorts), destinationPorts: pairs(r.destinationPorts),
  };
}

const pairs = (list: readonly { readonly from: number; readonly to: number }[]): Int32Array => Int32Array.from(list.flatMap((p) => [p.from, p.to]));

function words(p: { readonly v4: readonly Prefix4[]; readonly v6: readonly Prefix6[] }): Int32Array {
  const four = p.v4.flatMap((x) => [0, 0, 0xffff, x.address, -1, -1, -1, mask32(x.length)]);
  const six = p.v6.flatMap((x) => [...x.address, ...[0, 1, 2, 3].map((i) => mask32(x.length - 32 * i))]);
  return Int32Array.from([...four, ...six], (v) => v | 0);
}

/** `direction`: 0 = input, 1 = output. */
export function matches(r: CompiledRule, v: View, direction: number): boolean {
  if (((r.directions >>> direction) & 1) === 0 || !hasProtocol(r.protocols, v.protocol)) return false;
  return inPrefixes(r.source, v.source) && inPrefixes(r.destination, v.destination) && inPorts(r.sourcePorts, v.sourcePort) && inPorts(r.destinationPorts, v.destinationPort);
}

function hasProtocol(list: Uint8Array, protocol: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === protocol) return true;
  return list.length === 0;
}

function inPorts(list: Int32Array, port: number): boolean {
  for (let i = 0; i < list.length; i += 2) if (port >= list[i] && port <= list[i + 1]) return true;
  return list.length === 0;
}

function inPrefixes(list: Int32Array, a: Int32Array): boolean {
  for (let i = 0; i < list.length; i += 8) {
    let k = 0;
    while (k < 4 && ((a[k] ^ list[i + k]) & list[i + 4 + k]) === 0) k++;
    if (k === 4) return true;
  }
  return list.length === 0;
}
