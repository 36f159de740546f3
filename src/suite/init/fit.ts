/**
 * Finds how IPv4 addresses are embedded in IPv6 addresses, from examples: at which bit they stand, how many of their high bits are left out
 * (IPv4MaskLen), and which bits come before (the 6rd prefix). RFC 5969 section 4; 2002::/16 and provider prefixes (RFC 6732) are the case with none left out.
 */
import { inPrefix4, type Ipv6, mask32, type Prefix4, type Prefix6 } from "../../wire/address.js";
import { type Pair4, type Seen, total } from "./seen.js";

export interface Fit {
  readonly v6: Prefix6;
  readonly v4: Prefix4;
  /** Mask lengths that explain the packets as well: from, to. They differ where all IPv4 addresses seen share high bits. */
  readonly masks: readonly [number, number];
  /** Distinct IPv4 addresses that fit; and packets that fit, of all. */
  readonly addresses: number;
  readonly fitting: number;
  readonly of: number;
  readonly example: Seen<Pair4>;
}

/** 32 bits of an address from bit `at` (-31..127) on; bits outside are 0. */
function window(a: Ipv6, at: number): number {
  let v = 0;
  for (let i = 0; i < 32; i++) {
    const p = at + i;
    const bit = p < 0 || p > 127 ? 0 : (a[p >> 5] >>> (31 - (p & 31))) & 1;
    v = ((v << 1) | bit) >>> 0;
  }
  return v;
}

/** Low bits that agree. */
const agreeing = (x: number, y: number): number => {
  const d = (x ^ y) >>> 0;
  return d === 0 ? 32 : 31 - Math.clz32(d & -d);
};

/** Fewer agreeing bits than this are chance: 8 random bits agree once in 256. */
const FEWEST_BITS = 8;
/** An embedding ends at bit 64 at the latest: subnets are 64 bits long (RFC 5969 section 4). */
const LAST_BIT = 64;

function commonBits4(values: readonly number[]): number {
  let same = 32;
  for (const v of values) same = Math.min(same, Math.clz32((v ^ values[0]) >>> 0));
  return same;
}

/** Fewer shared bits than this (a provider's allocation has 20 to 32) are no prefix of one provider. */
const FEWEST_SHARED = 20;
/** What the addresses share, in whole hexadecimal digits and at most 64 bits; undefined where that is too little for a provider's prefix, or nothing was seen. */
export function sharedPrefix6(addresses: readonly Ipv6[]): Prefix6 | undefined {
  const [first] = addresses;
  if (first === undefined) return undefined;
  let same = LAST_BIT;
  for (const a of addresses) {
    const high = Math.clz32((a[0] ^ first[0]) >>> 0);
    same = Math.min(same, high < 32 ? high : 32 + Math.clz32((a[1] ^ first[1]) >>> 0));
  }
  const length = same & ~3;
  if (length < FEWEST_SHARED) return undefined;
  return { address: [(first[0] & mask32(length)) >>> 0, (first[1] & mask32(length - 32)) >>> 0, 0, 0], length };
}

/** RFC 1918 and RFC 6598: a domain of such addresses is planned as the whole range. */
const PRIVATE: readonly Prefix4[] = [{ address: 0x0a000000, length: 8 }, { address: 0xac100000, length: 12 }, { address: 0xc0a80000, length: 16 }, { address: 0x64400000, length: 10 }];

/** Prefers whole domains and the lengths that people plan with: all 32 bits embedded, the private ranges, then multiples of 4. `v4`: one of the addresses. */
function plannedMask(from: number, to: number, v4: number): number {
  if (from === 0) return 0;
  const range = PRIVATE.find((p) => inPrefix4(v4, p))?.length;
  for (const m of [...(range === undefined ? [] : [range]), 8, 12, 16, 24, 20, 28]) if (m >= from && m <= to) return m;
  return from;
}

/** Do the two addresses of a tunnel's end belong together by this embedding? */
export function explains(fit: Fit, { v4, v6 }: Pair4): boolean {
  const low = 32 - fit.v4.length;
  return inPrefix4(v4, fit.v4) && v6.every((w, i) => ((w ^ fit.v6.address[i]) & mask32(fit.v6.length - 32 * i)) === 0)
    && agreeing(window(v6, fit.v6.length - fit.v4.length), v4) >= low;
}

/** The embedding that most packets fit; undefined when there is none. `narrow`: as many bits left out as the packets allow, else as people plan. */
export function fitEmbedding(pairs: readonly Seen<Pair4>[], narrow = false): Fit | undefined {
  const of = total(pairs);
  let best: { at: number; fitting: Seen<Pair4>[]; weight: number; bits: number } | undefined;
  for (let at = -24; at + 32 <= LAST_BIT; at++) {
    const groups = pairs.map((p) => ({ p, n: Math.min(agreeing(window(p.value.v6, at), p.value.v4), at + 32) }));
    // How many bits the bulk agrees in: spoofed and foreign packets must not shorten the embedded part.
    const longest = Math.max(0, ...groups.map((g) => g.n));
    if (longest < FEWEST_BITS) continue;
    const weigh = (bits: number): number => groups.reduce((n, g) => n + (g.n >= bits ? g.p.count : 0), 0);
    const loose = weigh(FEWEST_BITS);
    let bits = longest;
    while (bits > FEWEST_BITS && weigh(bits) < 0.9 * loose) bits--;
    const candidates = groups.filter((g) => g.n >= bits).map((g) => g.p);
    const fitting = sameHigh(samePrefix(candidates, at + 32 - bits), 32 - bits);
    const weight = total(fitting);
    if (best === undefined || weight * bits > best.weight * best.bits) best = { at, fitting, weight, bits };
  }
  if (best === undefined || best.fitting.length === 0) return undefined;
  const values = [...new Set(best.fitting.map((p) => p.value.v4))];
  // One address that agrees in few bits proves nothing.
  if (values.length === 1 && best.bits < 16) return undefined;
  const masks: [number, number] = [32 - best.bits, Math.min(commonBits4(values), 24)];
  const mask = masks[1] < masks[0] ? masks[0] : narrow ? masks[1] : plannedMask(masks[0], masks[1], values[0]);
  const length = best.at + mask;
  if (length < 0) return undefined;
  const example = best.fitting[0];
  return {
    v6: { address: example.value.v6.map((w, i) => (w & mask32(length - 32 * i)) >>> 0) as unknown as Ipv6, length }, v4: { address: (example.value.v4 & mask32(mask)) >>> 0, length: mask },
    masks, addresses: values.length, fitting: best.weight, of, example,
  };
}

/** Without the few whose first `length` bits, which are left out of the embedding, are not those of the bulk: a spoofed source whose low bits are right. */
function sameHigh(pairs: Seen<Pair4>[], length: number): Seen<Pair4>[] {
  const weights = new Map<number, number>();
  for (const p of pairs) weights.set((p.value.v4 & mask32(length)) >>> 0, (weights.get((p.value.v4 & mask32(length)) >>> 0) ?? 0) + p.count);
  const [high, most] = [...weights].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return most * 10 < 9 * total(pairs) ? pairs : pairs.filter((p) => (p.value.v4 & mask32(length)) >>> 0 === high);
}

/** Those that share the most frequent first `length` bits. */
function samePrefix(pairs: readonly Seen<Pair4>[], length: number): Seen<Pair4>[] {
  const groups = new Map<string, Seen<Pair4>[]>();
  for (const p of pairs) {
    const key = p.value.v6.map((w, i) => (w & mask32(length - 32 * i)) >>> 0).join(",");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [p]);
    else group.push(p);
  }
  return [...groups.values()].sort((a, b) => total(b) - total(a))[0] ?? [];
}
