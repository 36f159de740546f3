/**
 * An IPv6-in-IPv4 tunnel endpoint: what 6rd and 6to4 share, and the questions that each answers by its own address rules.
 * On the packet path IPv4 addresses are int32 (`| 0`): V8 keeps those as small integers, where a uint32 above 2^31 that
 * crosses a call would be boxed, one allocation per packet.
 */
import type { Config, TunnelCommon } from "../../config/types.js";
import { type Ipv6, type Prefix4, type Prefix6, mask32 } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import type { Memory } from "../../wire/memory.js";
import type { Sink } from "../device.js";
import type { Chain } from "../firewall/chain.js";
import type { Reassembly } from "../fragments/reassembly.js";
import { type Bucket, createBucket } from "../icmp/bucket.js";
import { type Softwires, createSoftwires } from "../softwires/softwires.js";
import { prefixTable } from "./addresses.js";
import type { ShortProvider } from "./short-provider.js";
import { type PathMtus, createPathMtus } from "./path-mtu.js";

/** Where an IPv6 destination leads. */
export const NATIVE = 0;
/** Into the tunnel, to the IPv4 address `policy.nextHop`. */
export const TUNNEL = 1;
/** The concentrator's own delegated prefix: null route. */
export const OWN_PREFIX = 2;
/** The Subnet-Router anycast address of that prefix. */
export const ANYCAST = 3;
/** Dropped for `policy.refusal`. */
export const REFUSED = 4;

/** Counters of identifications: 2^ID_BITS. */
export const ID_BITS = 17;

/** `check*` found nothing wrong. */
export const ACCEPTED = -1;
/** The packet is not of this domain; another one at the same address may know it. */
export const FOREIGN = -2;

/** The address rules of one mechanism. Offsets are of IPv6 headers (`checkInner`, `checkNative`) or addresses (`route`). */
export interface TunnelPolicy {
  readonly kind: "6rd" | "6to4-router" | "6to4-relay" | "6to4-pmt";
  /** The address accepted as destination when several are configured (decisions.md D8), 0 = all of them. */
  readonly onlyAddress: number;
  /** Written by `route`: IPv4 address behind the destination (int32), and why it was refused. */
  nextHop: number;
  refusal: number;
  /** Outer source before anything of the inner packet is looked at: ACCEPTED or a reason. */
  checkOuter(outerSource: number): number;
  /** Inner addresses against outer ones on decapsulation: ACCEPTED, FOREIGN or a reason. */
  checkInner(b: Uint8Array, inner: number, outerSource: number, outerDestination: number): number;
  /** A packet from the native side that `route` sends into the tunnel: ACCEPTED or a reason. */
  checkNative(b: Uint8Array, inner: number): number;
  /** Where the destination address at `o` leads; `fromTunnel` tells from which side. */
  route(b: Uint8Array, o: number, fromTunnel: boolean): number;
  /** PMT only. */
  readonly translate: Translation | undefined;
  /** What short.ts asks instead of the functions; absent where it would not be the same. */
  readonly short?: ShortRules;
}

/** Address rules in words (int32), for the short way. */
export interface ShortRules {
  /** The prefix of all delegated prefixes (`length` bits, in its first two words, and their masks); `bits` bits of an IPv4 address follow, the others are in `common4`. */
  readonly length: number;
  readonly prefix0: number;
  readonly prefix1: number;
  readonly mask0: number;
  readonly mask1: number;
  readonly bits: number;
  readonly common4: number;
  /** IPv4 addresses that are refused (table for `inTable4`). */
  readonly refused: Int32Array;
  /** Must addresses that embed an IPv4 address as ISATAP does be looked at (RFC 6324)? */
  readonly isatap: boolean;
  /** PMT: how addresses are translated; without it a tunnel that translates has no short way. */
  readonly provider: ShortProvider | undefined;
}

export const createShortRules = (v6: Prefix6, common: Prefix4, refused: Int32Array, isatap: boolean, provider?: ShortProvider): ShortRules => ({
  length: v6.length, prefix0: v6.address[0] | 0, prefix1: v6.address[1] | 0, mask0: mask32(v6.length) | 0, mask1: mask32(v6.length - 32) | 0,
  bits: 32 - common.length, common4: common.address & mask32(common.length), refused, isatap, provider,
});

/** What a PMT relay does to packets (RFC 6732). `at` is the IPv6 header, `n` the packet's bytes. */
export interface Translation {
  /** Capture time in seconds, before each packet. */
  at(sec: number): void;
  /** Can the packet from the tunnel be translated? A stateful mapping is made here. */
  admit(b: Uint8Array, at: number): boolean;
  /** Rewrites the copied packet before it leaves on the native side (`out`) or into the tunnel (`in`). */
  out(b: Uint8Array, at: number, n: number): void;
  in(b: Uint8Array, at: number, n: number): void;
  /** Rewrites a copy of a packet that was sent into the tunnel to what was received. */
  undo(b: Uint8Array, at: number, n: number): void;
  /** Rewrites a flow's key so that both directions, one with the provider's address, have the same (flow-key.ts). */
  flowKey(key: Int32Array): void;
}

export interface Tunnel {
  readonly serviceSet: string;
  readonly cfg: TunnelCommon;
  readonly memory: Memory;
  readonly u8: Uint8Array;
  /** The same bytes, for whole words. */
  readonly view: DataView;
  readonly sink: Sink;
  readonly policy: TunnelPolicy;
  /** Services that may refuse a flow; undefined when none is configured. */
  readonly chain: Chain | undefined;
  readonly reassembly: Reassembly;
  readonly softwires: Softwires;
  readonly bucket: Bucket;
  readonly pathMtus: PathMtus;
  readonly upper: ipv6.Upper;
  /** int32. */
  readonly address: number;
  readonly accepts: Int32Array;
  readonly relays: Int32Array;
  readonly own6: readonly Ipv6[];
  /** Their second and last words. */
  readonly own6Words: Int32Array;
  /** Source of the ICMPv6 messages that the concentrator originates. */
  readonly source6: Ipv6;
  readonly accessMtu: number;
  readonly coreMtu: number;
  /** DF always set: a 6rd BR with an anycast address (RFC 5969 section 9.1), or the policy anycast-df. */
  readonly alwaysDf: boolean;
  /** Staging area for an inner packet whose outer packet must be fragmented. */
  readonly scratch: number;
  /** Other domains at the same concentrator address, asked in turn for packets that are FOREIGN here. */
  readonly siblings: Tunnel[];
  /** Other 6rd domains of the device: what is addressed to their CEs goes from tunnel to tunnel. */
  readonly peers: Tunnel[];
  /** Last identification of an outer packet with DF clear, by a hash of its destination (see wrap.ts). */
  readonly ids: Uint16Array;
  /** Written only so that a read before its time (lines.ts, `approach`) is not left out. */
  approached: number;
  decapsulatedPackets: number;
  decapsulatedBytes: number;
  encapsulatedPackets: number;
  encapsulatedBytes: number;
  hairpinnedPackets: number;
  hairpinnedBytes: number;
}

/** What the device gives to each of its tunnels. */
export interface TunnelParts {
  readonly serviceSet: string;
  readonly chain: Chain | undefined;
  readonly config: Config;
  readonly memory: Memory;
  readonly sink: Sink;
  readonly reassembly: Reassembly;
  readonly scratch: number;
}

/**
 * `fallback6` is the source of ICMPv6 errors when the core side has no IPv6 address configured; it must be unicast.
 * `answers6`: the concentrator may also be addressed by it, because it lies in its own delegated prefix.
 */
export function createTunnel(cfg: TunnelCommon, policy: TunnelPolicy, fallback6: Ipv6, answers6: boolean, parts: TunnelParts): Tunnel {
  const { config, memory } = parts;
  const own6 = [...config.core.ipv6, ...config.access.ipv6, ...(config.core.ipv6.length === 0 && answers6 ? [fallback6] : [])];
  return {
    serviceSet: parts.serviceSet, cfg, memory, u8: memory.u8, view: new DataView(memory.u8.buffer, memory.u8.byteOffset, memory.u8.length), sink: parts.sink, policy, chain: parts.chain, reassembly: parts.reassembly,
    softwires: createSoftwires(cfg.flowInactivitySeconds, cfg.flowLimit, config.seed),
    bucket: createBucket(cfg.icmpRate, cfg.icmpBurst), pathMtus: createPathMtus(config.seed), upper: ipv6.createUpper(),
    address: cfg.address | 0, accepts: Int32Array.from([cfg.address, ...cfg.alsoAccepts], (v) => v | 0), relays: prefixTable(cfg.knownRelays),
    own6, own6Words: Int32Array.from(own6.flatMap((a) => [a[1], a[3]]), (w) => w | 0),
    source6: config.core.ipv6[0] ?? fallback6,
    accessMtu: config.access.mtu, coreMtu: config.core.mtu,
    alwaysDf: cfg.tunnelMtuMode === "anycast-df" || (policy.kind === "6rd" && cfg.anycast),
    scratch: parts.scratch, siblings: [], peers: [], ids: new Uint16Array(1 << ID_BITS),
    approached: 0, decapsulatedPackets: 0, decapsulatedBytes: 0, encapsulatedPackets: 0, encapsulatedBytes: 0, hairpinnedPackets: 0, hairpinnedBytes: 0,
  };
}

export function isAccepted(t: Tunnel, v: number): boolean {
  for (let i = 0; i < t.accepts.length; i++) if (t.accepts[i] === v) return true;
  return false;
}

/** Is the IPv6 address at `o` one of the device's own? */
export function isOwn6(t: Tunnel, o: number): boolean {
  const b = t.u8;
  for (let i = 0; i < t.own6.length; i++) {
    const a = t.own6[i];
    if (((b[o + 14] << 8) | b[o + 15]) !== (a[3] & 0xffff)) continue;
    let k = 0;
    while (k < 4 && (((b[o + 4 * k] << 24) | (b[o + 4 * k + 1] << 16) | (b[o + 4 * k + 2] << 8) | b[o + 4 * k + 3]) === (a[k] | 0))) k++;
    if (k === 4) return true;
  }
  return false;
}
