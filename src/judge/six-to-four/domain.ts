/**
 * 6to4 as the judge sees it: 2002:V4ADDR::/48 (RFC 3056 section 2), the sanity checks of RFC 3964 section 5.3, and the mapping of
 * RFC 6732 figure 3. Written from the documents; shares nothing with the concentrator.
 */
import type { SixToFour } from "../../config/types.js";
import { type Prefix4, type Prefix6, inPrefix4, inPrefix6At } from "../../wire/address.js";
import { bits, u16, u32 } from "../../wire/bits.js";
import { LITTLE_ENDIAN, swap32 } from "../../wire/words.js";

export const SIX_TO_FOUR_PREFIX: Prefix6 = { address: [0x20020000, 0, 0, 0], length: 16 };
export const SIX_TO_FOUR_IPV4: Prefix4 = { address: 0, length: 0 };
/** 192.88.99.1, RFC 3068 section 2.4. */
export const ANYCAST_RELAY = 0xc0586301;
/** 100.64.0.0/10, RFC 6598: RFC 6732 section 4.2 means PMT for it. */
const SHARED_SPACE: Prefix4 = { address: 0x64400000, length: 10 };

export interface SixToFourDomain {
  readonly config: SixToFour;
  readonly router: boolean;
  /** IPv4 prefixes that no 6to4 node may use (RFC 3964 section 5.3.1, or as declared: decisions D11). */
  readonly refused: readonly Prefix4[];
  /** Per first octet: can it be refused at all? */
  readonly refusedOctets: Uint8Array;
  /** The relay to which a router sends what is native. */
  readonly relay: number;
  /** PMT: the provider's prefix, undefined elsewhere. */
  readonly provider: Prefix6 | undefined;
  readonly subnet: number;
  /** PMT: provider prefixes are given out as they are asked for (RFC 6732 section 3.4), and the identifier takes the checksum's difference (section 4.5). */
  readonly stateful: boolean;
  readonly neutral: boolean;
  /** PMT with the mapping of figure 3 itself and a /32: its prefix and the Subnet-ID as they lie in words of memory (wire/words.ts); undefined elsewhere. */
  readonly figure3: Figure3 | undefined;
}
export interface Figure3 { readonly prefix: number; readonly subnet: number }

export function compileSixToFour(config: SixToFour): SixToFourDomain {
  const pmt = config.kind === "6to4-pmt";
  const listed = pmt && config.table.name !== "custom"
    ? config.table.refuse.filter((p) => p.address !== SHARED_SPACE.address || p.length !== SHARED_SPACE.length)
    : config.table.refuse;
  // RFC 3964 section 5.3.1: nor the system's own broadcast addresses.
  const refused = [...listed, ...(config.broadcasts ?? []).map((address) => ({ address, length: 32 }))];
  const octets = new Uint8Array(256);
  for (const p of refused) {
    const first = p.address >>> 24;
    octets.fill(1, first, p.length >= 8 ? first + 1 : Math.min(256, first + (1 << (8 - p.length))));
  }
  return {
    config, router: config.kind === "6to4-router", refused, refusedOctets: octets, relay: config.defaultRelay ?? ANYCAST_RELAY,
    provider: pmt ? config.providerPrefix : undefined, subnet: config.subnetId ?? 0, stateful: config.pmtMapping === "stateful", neutral: config.pmtChecksum === "neutral",
    figure3: pmt ? figure3Of(config) : undefined,
  };
}

/** Other prefixes, and customers who are left out, are for the functions below. */
function figure3Of(c: SixToFour): Figure3 | undefined {
  if (c.providerPrefix?.length !== 32 || c.pmtMapping === "stateful" || c.pmtChecksum === "neutral" || c.optOut !== undefined || !LITTLE_ENDIAN) return undefined;
  return { prefix: swap32(c.providerPrefix.address[0]), subnet: swap32(c.subnetId ?? 0) >>> 16 };
}

/**
 * Is the 6to4 address at word `x` one that is translated (RFC 6732 section 3.3), and the one at word `y` what figure 3 makes of it? False is no answer where
 * `figure3` is undefined.
 */
export const isFigure3 = (f: Figure3, w: Int32Array, x: number, y: number): boolean =>
  isSixToFourWord(w[x]) && w[x + 1] >>> 16 === f.subnet && w[y] === f.prefix && w[y + 1] === ((w[x] >>> 16) | (w[x + 1] << 16)) && w[y + 2] === w[x + 2] && w[y + 3] === w[x + 3];
/** The same as `isSixToFour` of the address at a word. */
export const isSixToFourWord = (w: number): boolean => (w & 0xffff) === 0x0220;

export const isSixToFour = (b: Uint8Array, o: number): boolean => b[o] === 0x20 && b[o + 1] === 0x02;
/** V4ADDR of the 6to4 address at `o`. */
export const v4addr = (b: Uint8Array, o: number): number => u32(b, o + 2);

export function isRefused(d: SixToFourDomain, v4: number): boolean {
  if (d.refusedOctets[v4 >>> 24] === 0) return false;
  for (let i = 0; i < d.refused.length; i++) if (inPrefix4(v4, d.refused[i])) return true;
  return false;
}
/** A 6to4 address with a V4ADDR that is refused (RFC 3056 section 9). */
export const isBadSixToFour = (d: SixToFourDomain, b: Uint8Array, o: number): boolean => isSixToFour(b, o) && isRefused(d, v4addr(b, o));

/** RFC 3964 section 5.3.2: 0::/16, fe80::/10, fec0::/10, ff00::/8. */
export const isForbidden6 = (b: Uint8Array, o: number): boolean => {
  const w = u16(b, o);
  return w === 0 || w >>> 8 === 0xff || w >>> 7 === 0x1fd;
};

export const isOwnSixToFour = (addresses: readonly number[], b: Uint8Array, o: number): boolean => isSixToFour(b, o) && addresses.includes(v4addr(b, o));

const inList = (list: readonly Prefix4[], v4: number): boolean => {
  for (let i = 0; i < list.length; i++) if (inPrefix4(v4, list[i])) return true;
  return false;
};
/** A list of clients is declared, and this IPv4 address is not on it. */
export const isStranger = (d: SixToFourDomain, v4: number): boolean => d.config.clients !== undefined && !inList(d.config.clients, v4);
/** A customer of a PMT relay who is declared to stay with ordinary 6to4 (RFC 6732 section 4.1). */
export const optedOut = (d: SixToFourDomain, v4: number): boolean => d.config.optOut !== undefined && inList(d.config.optOut, v4);

/** Is the address at `o` in the provider's prefix of a PMT relay? */
export const inProvider = (d: SixToFourDomain, b: Uint8Array, o: number): boolean => d.provider !== undefined && inPrefix6At(b, o, d.provider);
/** V4ADDR behind a provider address: the 32 bits after the prefix (RFC 6732 figure 3). */
export const providerV4 = (d: SixToFourDomain, b: Uint8Array, o: number): number => (d.provider === undefined ? 0 : bits(b, o, d.provider.length, 32));
/** A prefix shorter than /32 leaves bits between V4ADDR and interface identifier: figure 3 has none, so they are zero. */
export const isMapped = (d: SixToFourDomain, b: Uint8Array, o: number): boolean =>
  d.provider !== undefined && inPrefix6At(b, o, d.provider) && (d.stateful || d.provider.length >= 32 || bits(b, o, d.provider.length + 32, 32 - d.provider.length) === 0);

/** RFC 3056 section 5.3: a 6to4 destination is its own next hop; anything else goes to the relay (RFC 3068 section 4.1). PMT: figure 3. */
export function sixToFourNextHop(d: SixToFourDomain, b: Uint8Array, o: number): number {
  if (isSixToFour(b, o)) return v4addr(b, o);
  if (inProvider(d, b, o)) return providerV4(d, b, o);
  return d.relay;
}
