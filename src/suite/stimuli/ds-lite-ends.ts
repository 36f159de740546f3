/** B4s, inner hosts and Internet hosts for the stimuli of an AFTR. */
import type { DsLite } from "../../config/types.js";
import { formatIpv4, formatIpv6, inPrefix4, type Ipv6, mask32, parseIpv4, parseIpv6, type Prefix6 } from "../../wire/address.js";

export interface DsLiteEnds {
  readonly aftr: string;
  b4(n: number): string;
  /** The kth other address of the same subscriber (RFC 7785): it differs in the last bits only. */
  sibling(n: number, k?: number): string;
  /** How many siblings a B4 has at least, at most 15. */
  readonly siblings: number;
  /** An address outside all B4 prefixes; undefined when every address is served. */
  readonly stranger: string | undefined;
  /** The nth host behind each B4: the same addresses behind all of them. */
  inner(n: number): string;
  /** The nth host on the Internet. */
  host(n: number): string;
  /** The first address of the pool, and one that static mappings and stimuli leave alone. */
  readonly pool: string;
}

const ANYWHERE: Prefix6 = { address: [0x3fff05b4, 0, 0, 0], length: 32 };
const HOSTS = ["192.0.2.0", "198.51.100.0", "203.0.113.0", "198.18.80.0"].map((a) => parseIpv4(a)!);

export function dsLiteEnds(c: DsLite): DsLiteEnds {
  const prefix = c.b4Prefixes.find((p) => p.length > 0) ?? ANYWHERE;
  // The host part of a B4: as far right as the prefix leaves room for, subscribers apart by their own prefix length.
  const b4 = (n: number): string => {
    const words = [...prefix.address] as [number, number, number, number];
    const unit = Math.min(Math.max(c.subscriberPrefixLength, prefix.length + 8), 128);
    const at = unit - 8;
    if (unit === 128) words[3] = (words[3] | (n & ~mask32(prefix.length - 96))) >>> 0;
    else {
      words[at >> 5] = (words[at >> 5] | ((n & 255) << Math.max(0, 24 - (at & 31)))) >>> 0;
      words[3] = (words[3] | 1) >>> 0;
    }
    return formatIpv6(words as Ipv6);
  };
  const spare = 128 - c.subscriberPrefixLength;
  const sibling = (n: number, k = 1): string => {
    const a = [...parseIpv6(b4(n))!] as [number, number, number, number];
    a[3] = (a[3] ^ (spare < 6 ? k : k << 2)) >>> 0;
    return formatIpv6(a);
  };
  const inside = c.innerSources[0]?.address ?? parseIpv4("10.0.0.0")!;
  const pools = c.nat?.pool.ranges ?? [];
  const net = HOSTS.find((h) => !pools.some((r) => r.to >= h && r.from <= h + 255) && !(c.nat?.noTranslate ?? []).some((p) => inPrefix4(h, p))) ?? HOSTS[3];
  return {
    aftr: formatIpv6(c.address), b4, sibling, siblings: spare < 4 ? 2 ** spare - 1 : 15, inner: (n) => formatIpv4(inside + 1 + n), host: (n) => formatIpv4(net + 80 + n), pool: formatIpv4(pools[0]?.from ?? 0),
    stranger: c.b4Prefixes.some((p) => p.length === 0) || c.b4Prefixes.length === 0 ? undefined : "3fff:bad::1",
  };
}
