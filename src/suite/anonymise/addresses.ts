/**
 * One permutation of IPv4, carried into every IPv6 address that embeds an IPv4 address: 2002::/16 (RFC 3056), the 6rd domains and PMT prefixes of
 * the configuration, IPv4-mapped, NAT64, and identifiers that hold one. Other IPv6 addresses: prefix-preserving on the upper 64 bits, the
 * identifier scrambled unless it is small or well-known (::1, Subnet-Router anycast).
 */
import type { Config } from "../../config/types.js";
import { type Ipv6, mask32, parseIpv4, parseIpv6, type Prefix4, type Prefix6 } from "../../wire/address.js";
import { remembered4, remembered6 } from "./cache.js";
import { numberedIdentifiers, numberedPool, numberedSubscribers, uncounted } from "./numbered.js";
import { createPrf, type Kept, prefixPreserving, scrambling } from "./permutation.js";

export interface Mapper { v4(address: number): number; v6(address: Ipv6): Ipv6; /** Replaces the 16 bytes at `o`. */ v6At(b: Uint8Array, o: number): void }

/** Every address stays: it names no one, or the RFCs give it a meaning. */
const FIXED4 = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];
/** The range keeps its meaning (documentation, benchmarks), not its addresses. */
const RANGES4 = ["192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"];
/** Upper halves. What of these embeds an IPv4 address is dealt with before. */
const FIXED6 = ["::/8", "64:ff9b::/32", "100::/64", "2002::/16", "fe80::/10", "ff00::/8"];
const RANGES6 = ["2000::/3", "2001::/23", "2001:db8::/32", "3fff::/20", "fc00::/7"];

const kept4 = (text: string, all: boolean): Kept => ({ value: BigInt(parseIpv4(text.split("/")[0]) ?? 0), length: Number(text.split("/")[1]), all });
const upper = (a: Ipv6): bigint => (BigInt(a[0]) << 32n) | BigInt(a[1]);
const kept6 = (text: string, all: boolean): Kept => ({ value: upper(parseIpv6(text.split("/")[0]) ?? [0, 0, 0, 0]), length: Number(text.split("/")[1]), all });

/** A prefix behind which `length` bits of an IPv4 address stand, the low ones; the high ones are those of `common`. */
interface Embedding { readonly prefix: Prefix6; readonly common: Prefix4 }

const bigOf = (a: Ipv6): bigint => (upper(a) << 64n) | (BigInt(a[2]) << 32n) | BigInt(a[3]);
const wordsOf = (v: bigint): Ipv6 => [Number(v >> 96n), Number((v >> 64n) & 0xffffffffn), Number((v >> 32n) & 0xffffffffn), Number(v & 0xffffffffn)];

function embeddings(config: Config | undefined): Embedding[] {
  const out: Embedding[] = [{ prefix: { address: [0x20020000, 0, 0, 0], length: 16 }, common: { address: 0, length: 0 } }];
  for (const c of config?.serviceSets.flatMap((s) => s.concentrators) ?? []) {
    if (c.kind === "6rd") out.push({ prefix: c.v6rdPrefix, common: c.ipv4Prefix });
    if (c.kind === "6to4-pmt" && c.providerPrefix !== undefined && c.pmtMapping !== "stateful") out.push({ prefix: c.providerPrefix, common: { address: 0, length: 0 } });
  }
  // The longest prefix that covers an address says what it embeds.
  return out.sort((x, y) => y.prefix.length - x.prefix.length);
}

/** What of a configuration cannot be carried over; for people. */
export const unsupported = (config: Config): string[] => uncounted(config, embeddings(config).map((e) => e.prefix));

const ONES = 0xffffffffffffffffn;
const WORDS = [48n, 32n, 16n, 0n];
const sumOf = (v: bigint): number => WORDS.reduce((s, w) => s + Number((v >> w) & 0xffffn), 0);

/**
 * Identifier of an address that a checksum-neutral relay translates, or has translated (RFC 6296 section 3.5): each word gets a constant in ones' complement,
 * and the first that is not 0xffff also takes what the high 64 bits lost. So a 6to4 address and its provider address keep their sums equal, or
 * as unequal as they were, without knowing one from the other.
 */
function neutralIdentifier(iid: bigint, before: bigint, after: bigint, constants: Buffer): bigint {
  let out = 0n;
  let change = sumOf(before) - sumOf(after);
  for (const [i, at] of WORDS.entries()) {
    const word = Number((iid >> at) & 0xffffn);
    const now = word === 0xffff ? word : (((word + constants.readUInt16BE(2 * i) + change) % 0xffff) + 0xffff) % 0xffff;
    if (word !== 0xffff) change = 0;
    out |= BigInt(now) << at;
  }
  return out;
}

export function createMapper(key: string, config: Config | undefined): Mapper {
  const permute4 = prefixPreserving(createPrf(key, "ipv4"), 32, [...FIXED4.map((t) => kept4(t, true)), ...RANGES4.map((t) => kept4(t, false))], numberedPool(config));
  const permute6 = prefixPreserving(createPrf(key, "ipv6"), 64, [...FIXED6.map((t) => kept6(t, true)), ...RANGES6.map((t) => kept6(t, false))], numberedSubscribers(config));
  const v4 = remembered4((a) => Number(permute4(BigInt(a))));
  /** Small numbers, ISATAP and others that hold an IPv4 address, reserved Subnet Anycast (RFC 2526). */
  const holdsV4 = (iid: bigint): boolean => iid >> 32n === 0n || iid >> 32n === 0x5efen || iid >> 32n === 0x02005efen;
  const scramble = scrambling(createPrf(key, "identifier"), (iid) => holdsV4(iid) || iid >> 7n === 0xfdffffffffffffffn >> 7n);
  const identifier = (iid: bigint): bigint => (holdsV4(iid) ? (iid & ~0xffffffffn) | BigInt(v4(Number(iid & 0xffffffffn))) : scramble(iid));
  const table = embeddings(config);
  const counted = numberedIdentifiers(config);
  const relays = (config?.serviceSets ?? []).flatMap((x) => x.concentrators).flatMap((c) => (c.kind === "6to4-pmt" && c.pmtChecksum === "neutral" && c.providerPrefix !== undefined ? [c.providerPrefix] : []));
  const constants = createPrf(key, "neutral identifier")(Buffer.alloc(16));
  const covers = (p: Prefix6, value: bigint): boolean => value >> BigInt(128 - p.length) === bigOf(p.address) >> BigInt(128 - p.length);

  /** A customer's address on either side of a checksum-neutral relay. A V4ADDR that stays (192.88.99.1, private ones) is no customer's. */
  const isNeutral = (value: bigint): boolean => {
    if (value >> 112n !== 0x2002n) return relays.some((p) => covers(p, value));
    const embedded = Number((value >> 80n) & 0xffffffffn);
    return relays.length > 0 && !FIXED4.some((f) => ((embedded ^ (parseIpv4(f.split("/")[0]) ?? 0)) & mask32(Number(f.split("/")[1]))) === 0);
  };
  function v6(address: Ipv6): Ipv6 {
    const made = plain(address);
    const value = bigOf(address);
    if (relays.length === 0 || !isNeutral(value)) return made;
    const top = upper(made);
    return wordsOf((top << 64n) | neutralIdentifier(value & ONES, value >> 64n, top, constants));
  }
  function plain(address: Ipv6): Ipv6 {
    const value = bigOf(address);
    const top = value >> 64n;
    if (top >> 56n === 0xffn) return address;
    if (top === 0n || value >> 32n === 0x64ff9bn << 64n) {
      const low = value & 0xffffffffn;
      const mapped = value >> 32n === 0xffffn || value >> 32n === 0x64ff9bn << 64n || (value >> 32n === 0n && low > 0xffffn);
      return mapped ? wordsOf(((value >> 32n) << 32n) | BigInt(v4(Number(low)))) : address;
    }
    const e = table.find((x) => covers(x.prefix, value));
    const own = (v: bigint): bigint => (permute6(v >> 64n) << 64n) | (v & 0xffffffffffffffffn);
    if (e === undefined) return wordsOf((permute6(top) << 64n) | (counted.some((p) => covers(p, value)) ? value & ONES : identifier(value & ONES)));
    const bits = 32 - e.common.length;
    const shift = BigInt(128 - e.prefix.length - bits);
    const mask = (1n << BigInt(bits)) - 1n;
    const ce = ((e.common.address & mask32(e.common.length)) >>> 0) + Number((value >> shift) & mask);
    const prefix = (own(bigOf(e.prefix.address)) >> BigInt(128 - e.prefix.length)) << BigInt(128 - e.prefix.length);
    const rest = shift === 0n ? 0n : value & ((1n << shift) - 1n);
    const host = shift > 64n ? ((rest >> 64n) << 64n) | identifier(rest & 0xffffffffffffffffn) : shift === 64n ? identifier(rest) : rest;
    return wordsOf(prefix | ((BigInt(v4(ce)) & mask) << shift) | host);
  }
  return { v4, v6, v6At: remembered6(v6) };
}
