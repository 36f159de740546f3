/**
 * Deterministic NAPT (RFC 7422) counts: subscribers by the bits between the length of their B4 prefix and the subscriber prefix length (the low 30 of them),
 * external addresses by their place in the pool. Those bits stay, the prefixes before them are permuted; so anonymised packets show the same mapping.
 */
import type { Config, DsLite } from "../../config/types.js";
import { formatPrefix6, type Prefix4, type Prefix6 } from "../../wire/address.js";
import type { Numbered } from "./permutation.js";

/** Shorter B4 prefixes would leave hardly a bit of any IPv6 address to be permuted. */
const SHORTEST = 20;

const counting = (config: Config | undefined): DsLite[] =>
  (config?.serviceSets ?? []).flatMap((s) => s.concentrators).flatMap((c) => (c.kind === "ds-lite" && c.nat?.allocation === "deterministic" ? [c] : []));
const upper = (p: Prefix6): bigint => (BigInt(p.address[0]) << 32n) | BigInt(p.address[1]);

/** The prefixes that make up a range of addresses, in order. */
export function blocks(from: number, to: number): Prefix4[] {
  const out: Prefix4[] = [];
  for (let at = from; at <= to; ) {
    let length = 32;
    while (length > 0) {
      const size = 2 ** (32 - (length - 1));
      if (at % size !== 0 || at + size - 1 > to) break;
      length--;
    }
    out.push({ address: at, length });
    at += 2 ** (32 - length);
  }
  return out;
}

export const numberedPool = (config: Config | undefined): Numbered[] =>
  counting(config).flatMap((c) => c.nat?.pool.ranges ?? []).flatMap((r) => blocks(r.from, r.to)).map((b) => ({ value: BigInt(b.address), length: b.length, from: b.length, to: 32 }));

/** In the upper halves of addresses. */
export const numberedSubscribers = (config: Config | undefined): Numbered[] =>
  counting(config).flatMap((c) => c.b4Prefixes.flatMap((p) => {
    const to = Math.min(64, c.subscriberPrefixLength);
    const from = Math.max(p.length, c.subscriberPrefixLength - 30);
    return from < to ? [{ value: upper(p), length: p.length, from, to }] : [];
  }));

/** B4s whose interface identifier is counted, and so stays. */
export const numberedIdentifiers = (config: Config | undefined): Prefix6[] => counting(config).flatMap((c) => (c.subscriberPrefixLength > 64 ? c.b4Prefixes : []));

/** `embedding`: prefixes behind which an IPv4 address stands, which is permuted. */
export function uncounted(config: Config, embedding: readonly Prefix6[]): string[] {
  const overlap = (a: Prefix6, b: Prefix6): boolean => upper(a) >> BigInt(64 - Math.min(a.length, b.length, 64)) === upper(b) >> BigInt(64 - Math.min(a.length, b.length, 64));
  return counting(config).flatMap((c) => c.b4Prefixes.flatMap((p) => {
    const why = p.length < SHORTEST ? "hardly a bit of any IPv6 address would change" : embedding.some((e) => overlap(e, p)) ? "the prefix holds addresses that embed IPv4 addresses" : undefined;
    return why === undefined ? [] : [`${c.name}: deterministic NAPT numbers subscribers by the bits behind b4-prefixes, so those have to stay, and with ${formatPrefix6(p)} ${why}; name the B4s' own, longer prefixes`];
  }));
}
