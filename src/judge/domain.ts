/** The tunnels of the configuration as the judge uses them. Expectations are computed here from RFC 5969 section 4, not from the concentrator. */
import { mayRefuse } from "../config/chain.js";
import type { Config, Mechanism, SixRdDomain, SixToFour } from "../config/types.js";
import { wasWritten } from "../config/written.js";
import { type Prefix4, type Prefix6, inPrefix4, inPrefix6At, isIpv6At, readIpv6 } from "../wire/address.js";
import { u16, u32 } from "../wire/bits.js";
import { delegatedLength, embeddedIpv4, writeDelegated } from "../wire/embedding.js";
import { type SixToFourDomain, SIX_TO_FOUR_IPV4, SIX_TO_FOUR_PREFIX, compileSixToFour, isOwnSixToFour, sixToFourNextHop } from "./six-to-four/domain.js";

/** What the rules need of a tunnel. A 6to4 tunnel is one with prefix 2002::/16 that embeds whole IPv4 addresses (RFC 3056 section 2). */
export type JudgedTunnel = Omit<SixRdDomain, "kind">;

export interface Domain {
  readonly index: number;
  readonly mechanism: Mechanism;
  readonly serviceSet: string;
  readonly tunnel: JudgedTunnel;
  /** IPv4 addresses at which the concentrator takes tunnelled packets. */
  readonly addresses: readonly number[];
  /** The delegated prefix made from the concentrator's own IPv4 address (RFC 5969 sections 5 and 12). */
  readonly own: Prefix6;
  readonly delegatedLength: number;
  /** The service chain may refuse a flow that the tunnel would carry: silence is then no deviation. */
  readonly mayRefuse: boolean;
  /** MTU in bytes of the links of each side. */
  readonly linkMtu: readonly [access: number, core: number];
  /** Does the configuration name known relays? The default list is a choice of ours, no promise of someone's device. */
  readonly declaresRelays: boolean;
  /** Does it name the outer TTL? */
  readonly declaresTtl: boolean;
  /** What is particular to the 6to4 family. */
  readonly sixToFour?: SixToFourDomain;
}

/** RFC 3068 section 2.3: the anycast prefix of 6to4 relays, filtered by RFC 5969 section 12. */
const SIX_TO_FOUR_ANYCAST: Prefix4 = { address: 0xc0586300, length: 24 };

export function compileDomains(config: Config): readonly Domain[] {
  const out: Domain[] = [];
  const linkMtu = [config.access.mtu, config.core.mtu] as const;
  for (const set of config.serviceSets) {
    for (const t of set.concentrators) {
      if (t.kind === "ds-lite") continue;
      if (t.kind !== "6rd") {
        out.push(sixToFourDomain(t, out.length, set.name, mayRefuse(set.chain), linkMtu));
        continue;
      }
      const scratch = new Uint8Array(16);
      // A BR address outside of the domain's IPv4 range (as with anycast) has no delegated prefix: `own` then matches nothing but `::`.
      const inside = inPrefix4(t.address, t.ipv4Prefix);
      if (inside) writeDelegated(scratch, 0, t.v6rdPrefix, t.ipv4Prefix, t.address);
      const length = delegatedLength(t.v6rdPrefix, t.ipv4Prefix);
      out.push({
        index: out.length, mechanism: t.kind, mayRefuse: mayRefuse(set.chain), linkMtu, declaresRelays: wasWritten(t, "known-relays"), declaresTtl: wasWritten(t, "ttl"), serviceSet: set.name, tunnel: t, addresses: [t.address, ...t.alsoAccepts],
        own: { address: readIpv6(scratch, 0), length: inside ? length : 128 }, delegatedLength: length,
      });
    }
  }
  return out;
}

const sixToFourDomain = (t: SixToFour, index: number, serviceSet: string, refuses: boolean, linkMtu: Domain["linkMtu"]): Domain => ({
  index, mayRefuse: refuses, linkMtu, declaresRelays: wasWritten(t, "known-relays"), declaresTtl: wasWritten(t, "ttl"), mechanism: t.kind, serviceSet, tunnel: { ...t, v6rdPrefix: SIX_TO_FOUR_PREFIX, ipv4Prefix: SIX_TO_FOUR_IPV4 }, addresses: [t.address, ...t.alsoAccepts],
  own: { address: [(0x20020000 | (t.address >>> 16)) >>> 0, (t.address << 16) >>> 0, 0, 0], length: 48 }, delegatedLength: 48, sixToFour: compileSixToFour(t),
});

/** 0/8, 127/8, 224/4, 240/4: never the address of a unicast sender or receiver (RFC 1812 section 5.3.7). */
export const isMartian4 = (v: number): boolean => v >>> 24 === 0 || v >>> 24 === 127 || v >>> 28 >= 14;

/** Multicast or limited broadcast: an IPv4 destination that is nobody's own address. */
export const isGroup = (v: number): boolean => v >>> 28 === 14 || v === 0xffffffff;

export function isRelay(t: JudgedTunnel, v: number): boolean {
  if (v >>> 8 === SIX_TO_FOUR_ANYCAST.address >>> 8) return t.address >>> 8 !== v >>> 8;
  return isListedRelay(t, v);
}

/** Is it on the list, be that declared or the default? */
export function isListedRelay(t: JudgedTunnel, v: number): boolean {
  for (let i = 0; i < t.knownRelays.length; i++) if (inPrefix4(v, t.knownRelays[i])) return true;
  return false;
}

/** A loop: `includes` is called, and this is asked of every packet. */
export function isOwnAddress(d: Domain, v: number): boolean {
  const { addresses } = d;
  for (let i = 0; i < addresses.length; i++) if (addresses[i] === v) return true;
  return false;
}
export const inOwnPrefix = (d: Domain, b: Uint8Array, o: number): boolean => inPrefix6At(b, o, d.own);
/** The Subnet-Router anycast address of the concentrator's own prefix; with 6to4 of each of its IPv4 addresses (2002:c058:6301::, RFC 3068 section 2.5). */
export const isOwnAnycast = (d: Domain, b: Uint8Array, o: number): boolean =>
  d.sixToFour === undefined ? isIpv6At(b, o, d.own.address) : isOwnSixToFour(d.addresses, b, o) && isSubnetZero(b, o);
const isSubnetZero = (b: Uint8Array, o: number): boolean => u16(b, o + 6) === 0 && u32(b, o + 8) === 0 && u32(b, o + 12) === 0;

/** IPv4 address of the tunnel end to which a packet to the IPv6 address at `o` goes. */
export const nextHopOf = (d: Domain, b: Uint8Array, o: number): number =>
  d.sixToFour === undefined ? embeddedIpv4(b, o, d.tunnel.v6rdPrefix, d.tunnel.ipv4Prefix) : sixToFourNextHop(d.sixToFour, b, o);
