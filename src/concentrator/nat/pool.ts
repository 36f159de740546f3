/**
 * The external addresses and ports. TCP and UDP ports come from the configured range, in two domains: below 1024 for inner
 * ports below 1024 when the range has such, above otherwise (RFC 4787 REQ-3a); each by parity when parity is preserved
 * (REQ-4), the other parity or domain only when the wanted one is used up. ICMP identifiers are 16-bit numbers of their own.
 */
import type { NatConfig } from "../../config/types.js";
import { formatIpv4 } from "../../wire/address.js";
import type { NatUse } from "../device.js";
import { ICMP, TCP, UDP } from "./layout.js";

export interface Pool {
  /** Inclusive ranges as uint32, with the index of their first address. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly first: Int32Array;
  readonly count: number;
  readonly step: 1 | 2;
  readonly portFrom: number;
  readonly portTo: number;
  /** Ports in use (live or in hold-down) and next port to try, by `classAt`. */
  readonly used: Int32Array;
  readonly cursor: Int32Array;
  /** Address index at which the search for a subscriber's address begins. */
  next: number;
}

const PER_ADDRESS = 12;

export function createPool(cfg: NatConfig | undefined): Pool {
  const ranges = cfg?.pool.ranges ?? [];
  const first = new Int32Array(ranges.length);
  let count = 0;
  ranges.forEach((r, i) => {
    first[i] = count;
    count += r.to - r.from + 1;
  });
  return {
    from: Float64Array.from(ranges, (r) => r.from), to: Float64Array.from(ranges, (r) => r.to), first, count,
    step: cfg?.parity === true ? 2 : 1, portFrom: cfg?.pool.portFrom ?? 0, portTo: cfg?.pool.portTo ?? 0,
    used: new Int32Array(count * PER_ADDRESS), cursor: new Int32Array(count * PER_ADDRESS), next: 0,
  };
}

/** Index of an external address (int32), or -1. */
export function addressIndex(p: Pool, address: number): number {
  const a = address >>> 0;
  for (let i = 0; i < p.first.length; i++) if (a >= p.from[i] && a <= p.to[i]) return p.first[i] + (a - p.from[i]);
  return -1;
}

/** The address (int32) with this index. */
export function addressAt(p: Pool, index: number): number {
  let i = p.first.length - 1;
  while (p.first[i] > index) i--;
  return (p.from[i] + index - p.first[i]) | 0;
}

export const hasPorts = (protocol: number): boolean => protocol === TCP || protocol === UDP || protocol === ICMP;

/** Lowest and highest port of a domain (0: below 1024, 1: above; ICMP has only the second). Empty when low > high. */
export const lowest = (p: Pool, protocol: number, domain: number): number =>
  protocol === ICMP ? 1 : domain === 0 ? p.portFrom : Math.max(p.portFrom, 1024);
export const highest = (p: Pool, protocol: number, domain: number): number =>
  protocol === ICMP ? (domain === 0 ? 0 : 65535) : domain === 0 ? Math.min(p.portTo, 1023) : p.portTo;

/** Index into `used` and `cursor`. */
export function classAt(p: Pool, address: number, protocol: number, domain: number, port: number): number {
  const kind = protocol === TCP ? 0 : protocol === UDP ? 1 : 2;
  return address * PER_ADDRESS + kind * 4 + domain * 2 + (p.step === 2 ? port & 1 : 0);
}

/** Counts a port of the pool as taken (+1) or free (-1); an address or port outside it (static mappings) is not counted. */
export function countPort(p: Pool, address: number, protocol: number, port: number, by: number): void {
  if (!hasPorts(protocol)) return;
  const index = addressIndex(p, address);
  const domain = protocol === ICMP || port >= 1024 ? 1 : 0;
  if (index < 0 || port < lowest(p, protocol, domain) || port > highest(p, protocol, domain)) return;
  p.used[classAt(p, index, protocol, domain, port)] += by;
}

/** Ports in use (live or in hold-down) of each address; see `Device.natUse`. */
export function poolUse(p: Pool, most: number): NatUse[] {
  const of = (index: number): number => {
    let n = 0;
    for (let i = index * PER_ADDRESS; i < (index + 1) * PER_ADDRESS; i++) n += p.used[i];
    return n;
  };
  const out: NatUse[] = [];
  const single = Math.min(p.count, most);
  for (let i = 0; i < single; i++) out.push({ address: formatIpv4(addressAt(p, i) >>> 0), bindings: of(i) });
  let rest = 0;
  for (let i = single; i < p.count; i++) rest += of(i);
  if (single < p.count) out.push({ address: `${p.count - single} more addresses`, bindings: rest });
  return out;
}
