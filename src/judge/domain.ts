/** The tunnels of the configuration as the judge uses them. Expectations are computed here from RFC 5969 section 4, not from the concentrator. */
import type { Config, Mechanism, SixRdDomain } from "../config/types.js";
import { type Prefix4, type Prefix6, inPrefix4, inPrefix6At, readIpv6 } from "../wire/address.js";
import { delegatedLength, writeDelegated } from "../wire/embedding.js";

export interface Domain {
  readonly index: number;
  readonly mechanism: Mechanism;
  readonly serviceSet: string;
  readonly tunnel: SixRdDomain;
  /** IPv4 addresses at which the concentrator takes tunnelled packets. */
  readonly addresses: readonly number[];
  /** The delegated prefix made from the concentrator's own IPv4 address (RFC 5969 sections 5 and 12). */
  readonly own: Prefix6;
  readonly delegatedLength: number;
}

/** RFC 3068 section 2.3: the anycast prefix of 6to4 relays, filtered by RFC 5969 section 12. */
const SIX_TO_FOUR_ANYCAST: Prefix4 = { address: 0xc0586300, length: 24 };

export function compileDomains(config: Config): readonly Domain[] {
  const out: Domain[] = [];
  for (const set of config.serviceSets) {
    for (const t of set.concentrators) {
      if (t.kind !== "6rd") continue;
      const scratch = new Uint8Array(16);
      // A BR address outside of the domain's IPv4 range (as with anycast) has no delegated prefix: `own` then matches nothing but `::`.
      const inside = inPrefix4(t.address, t.ipv4Prefix);
      if (inside) writeDelegated(scratch, 0, t.v6rdPrefix, t.ipv4Prefix, t.address);
      const length = delegatedLength(t.v6rdPrefix, t.ipv4Prefix);
      out.push({
        index: out.length, mechanism: t.kind, serviceSet: set.name, tunnel: t, addresses: [t.address, ...t.alsoAccepts],
        own: { address: readIpv6(scratch, 0), length: inside ? length : 128 }, delegatedLength: length,
      });
    }
  }
  return out;
}

/** 0/8, 127/8, 224/4, 240/4: never the address of a unicast sender or receiver (RFC 1812 section 5.3.7). */
export const isMartian4 = (v: number): boolean => v >>> 24 === 0 || v >>> 24 === 127 || v >>> 28 >= 14;

export function isRelay(t: SixRdDomain, v: number): boolean {
  if (v >>> 8 === SIX_TO_FOUR_ANYCAST.address >>> 8) return t.address >>> 8 !== v >>> 8;
  for (let i = 0; i < t.knownRelays.length; i++) if (inPrefix4(v, t.knownRelays[i])) return true;
  return false;
}

export const isOwnAddress = (d: Domain, v: number): boolean => d.addresses.includes(v);
export const inOwnPrefix = (d: Domain, b: Uint8Array, o: number): boolean => inPrefix6At(b, o, d.own);
