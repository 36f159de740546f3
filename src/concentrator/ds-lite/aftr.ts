/** State of one DS-Lite AFTR. On the packet path IPv4 addresses are int32 (`| 0`), see `nat/layout.ts`. */
import type { Config, DsLite } from "../../config/types.js";
import { type Prefix4, mask32 } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import type { Memory } from "../../wire/memory.js";
import type { Sink } from "../device.js";
import type { Chain } from "../firewall/chain.js";
import { type Reassembly, createReassembly } from "../fragments/reassembly.js";
import { type Bucket, createBucket } from "../icmp/bucket.js";
import type { NatLog } from "../nat/log.js";
import { type Shortcuts, createShortcuts } from "../nat/shortcuts.js";
import { type Nat, createNat } from "../nat/state.js";
import { type Unsolicited, createUnsolicited } from "./unsolicited.js";

/** Junos inactivity-timeout of flows; a mapping lives longer (NatConfig timers). */
const FLOW_INACTIVITY_SECONDS = 30;
const SCRATCH_BYTES = 65536 + 256;
const ID_COUNTERS = 4096;

export interface Aftr {
  readonly serviceSet: string;
  readonly cfg: DsLite;
  readonly u8: Uint8Array;
  readonly view: DataView;
  readonly sink: Sink;
  readonly nat: Nat;
  /** For the short way (short.ts); undefined where something asks more of ordinary packets than the NAT does. */
  readonly shortcuts: Shortcuts | undefined;
  /** Services that may refuse a flow; undefined when none is configured. */
  readonly chain: Chain | undefined;
  readonly reassembly: Reassembly;
  readonly unsolicited: Unsolicited;
  readonly answersSyn: boolean;
  readonly bucket: Bucket;
  readonly upper: ipv6.Upper;
  readonly coreMtu: number;
  /** `core.provider-boundary`. */
  readonly boundary: boolean;
  readonly ftp: boolean;
  readonly tftp: boolean;
  readonly pptp: boolean;
  /** int32: source of ICMPv4 errors to the Internet, and the well-known address towards B4s. */
  readonly coreSource: number;
  readonly wellKnown: number;
  /** int32 addresses of the AFTR itself. */
  readonly own: Int32Array;
  /** Pairs (address, mask). */
  readonly innerSources: Int32Array;
  readonly noTranslate: Int32Array;
  /** External addresses of static mappings outside the pool. */
  readonly extra: Int32Array;
  /** Staging areas: a packet on its way back into a softwire; one that must be cut; a piece of it. */
  readonly hairpin: number;
  readonly staging: number;
  readonly pieceAt: number;
  /** IPv4 identifications by (external source, destination, protocol), RFC 6864 section 5.3.1. */
  readonly ids: Uint16Array;
  outerId: number;
  /** A Packet Too Big has been taken to heart: from then on softwires may have MTUs of their own. */
  lowered: boolean;
  /** Of the packet at work: payload bytes of the largest fragment it came in (0: it came whole), and its transport fields. */
  piece: number;
  protocol: number;
  srcPort: number;
  dstPort: number;
  tcpFlags: number;
  /** Flow of the last `bindingFor`, 0 when the packet went by its mapping alone. */
  flow: number;
  icmp: number;
  /** Call ID of enhanced GRE with the PPTP ALG, else -1. */
  call: number;
  decapsulatedPackets: number;
  decapsulatedBytes: number;
  encapsulatedPackets: number;
  encapsulatedBytes: number;
  hairpinnedPackets: number;
  /** IPv4 fragments received: from B4s; from the Internet the first ones, those in the middle, the last ones. */
  clientFragments: number;
  serverFirstFragments: number;
  serverMoreFragments: number;
  serverLastFragments: number;
}

export function createAftr(cfg: DsLite, serviceSet: string, config: Config, memory: Memory, sink: Sink, log?: NatLog, chain?: Chain): Aftr {
  const nat = createNat(cfg.nat, {
    flowLimit: cfg.flowLimit, sessionLimitPerPrefix: cfg.sessionLimitPerPrefix, softwiresPerSubscriber: cfg.softwiresPerSubscriber ?? 0, subscriberPrefixLength: cfg.subscriberPrefixLength, b4Prefixes: cfg.b4Prefixes,
    flowInactivitySeconds: cfg.flowInactivitySeconds ?? FLOW_INACTIVITY_SECONDS,
  }, config.seed, log, `${serviceSet}.${cfg.name}`);
  const extra = new Set((cfg.nat?.staticMappings ?? []).map((m) => m.outer | 0));
  return {
    serviceSet, cfg, u8: memory.u8, view: new DataView(memory.u8.buffer, memory.u8.byteOffset, memory.u8.length), sink, nat,
    shortcuts: chain === undefined && cfg.nat !== undefined && !nat.overlaps ? createShortcuts(config.seed + 16) : undefined, chain, reassembly: createReassembly(memory, 128), unsolicited: createUnsolicited(memory), answersSyn: cfg.nat?.unsolicitedSyn === "port-unreachable", bucket: createBucket(cfg.icmpRate, cfg.icmpBurst), upper: ipv6.createUpper(),
    coreMtu: config.core.mtu, boundary: config.core.providerBoundary === true, ftp: cfg.nat?.alg.includes("ftp") === true, tftp: cfg.nat?.alg.includes("tftp") === true, pptp: cfg.nat?.alg.includes("pptp") === true, coreSource: (config.core.ipv4[0] ?? cfg.nat?.pool.ranges[0]?.from ?? cfg.wellKnownV4) | 0, wellKnown: cfg.wellKnownV4 | 0,
    own: Int32Array.from([cfg.wellKnownV4, ...config.core.ipv4], (v) => v | 0),
    innerSources: pairs(cfg.innerSources), noTranslate: pairs(cfg.nat?.noTranslate ?? []), extra: Int32Array.from(extra),
    hairpin: memory.alloc(SCRATCH_BYTES), staging: memory.alloc(SCRATCH_BYTES), pieceAt: memory.alloc(SCRATCH_BYTES),
    ids: new Uint16Array(ID_COUNTERS), outerId: 1, lowered: false, piece: 0, protocol: 0, srcPort: 0, dstPort: 0, tcpFlags: 0, flow: 0, icmp: 0, call: -1,
    decapsulatedPackets: 0, decapsulatedBytes: 0, encapsulatedPackets: 0, encapsulatedBytes: 0, hairpinnedPackets: 0, clientFragments: 0, serverFirstFragments: 0, serverMoreFragments: 0, serverLastFragments: 0,
  };
}

function pairs(prefixes: readonly Prefix4[]): Int32Array {
  return Int32Array.from(prefixes.flatMap((p) => [p.address | 0, mask32(p.length) | 0]));
}

/** Is the int32 address in a table of (address, mask) pairs? */
export function inPairs(table: Int32Array, v: number): boolean {
  for (let i = 0; i < table.length; i += 2) if (((v ^ table[i]) & table[i + 1]) === 0) return true;
  return false;
}

export function isIn(list: Int32Array, v: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === v) return true;
  return false;
}

/** Next identification for a datagram from `src` to `dst`: never shared by two inner hosts behind one external address. */
export function takeId(a: Aftr, src: number, dst: number, protocol: number): number {
  let h = Math.imul(src ^ Math.imul(dst, 0x9e3779b1) ^ protocol, 0x85ebca6b);
  h = (h ^ (h >>> 15)) & (ID_COUNTERS - 1);
  return a.ids[h]++;
}
