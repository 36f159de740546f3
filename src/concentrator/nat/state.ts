/**
 * State of one NAT44 behind a DS-Lite concentrator. Three lifetimes are kept apart: a flow (session of one remote endpoint),
 * a binding (mapping, which may outlive its flows), and a softwire (exists while its B4 has flows). Times in the tables are
 * whole seconds since the first packet; an entry idle for `t` seconds is ended between t and t + 2 seconds, never before t.
 */
import type { NatConfig } from "../../config/types.js";
import { type Prefix6, mask32 } from "../../wire/address.js";
import { type Records, createRecords } from "../softwires/records.js";
import { type Wheel, createWheel } from "../softwires/wheel.js";
import { type Blocks, createBlocks } from "./blocks.js";
import { type External, createExternal } from "./external.js";
import { type FlowWheel, createFlowWheel } from "./flow-wheel.js";
import type { NatLog } from "./log.js";
import { B_EXTERNAL, B_KEY_WORDS, B_STRIDE, F_KEY_WORDS, F_STRIDE, S_STRIDE, U_STRIDE } from "./layout.js";
import { type Shifts, createShifts } from "./sequence.js";
import { type Pool, createPool } from "./pool.js";

const DEFAULT_TIMERS = { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 };

export interface NatLimits {
  /** Most flows per softwire, 0 = no limit. */
  readonly flowLimit: number;
  readonly sessionLimitPerPrefix: number;
  /** Most softwires of one subscriber that have flows, 0 = no limit. */
  readonly softwiresPerSubscriber?: number;
  readonly subscriberPrefixLength: number;
  /** Deterministic NAPT counts subscribers through these prefixes in order. */
  readonly b4Prefixes: readonly Prefix6[];
  /** Seconds after which an idle UDP, ICMP or other flow ends (the mapping may live on). */
  readonly flowInactivitySeconds: number;
}

export interface Nat {
  /** "SERVICE-SET.CONCENTRATOR", for the log. */
  readonly name: string;
  readonly log: NatLog | undefined;
  readonly cfg: NatConfig | undefined;
  readonly limits: NatLimits;
  readonly bindings: Records;
  readonly external: External;
  readonly flows: Records;
  readonly b4s: Records;
  readonly subscribers: Records;
  readonly pool: Pool;
  readonly blocks: Blocks | undefined;
  readonly shifts: Shifts;
  readonly wheel: Wheel;
  readonly flowWheel: FlowWheel;
  readonly bindingKey: Int32Array;
  readonly flowKey: Int32Array;
  readonly addressKey: Int32Array;
  /** Second of the first packet. */
  base: number;
  started: boolean;
  now: number;
  /** External address (int32) that the last allocation chose. */
  chosen: number;
  /** Deterministic NAPT: the only block of a subscriber record, -1 when the pool does not reach so far. */
  readonly deterministicBlock: (sub: number) => number;
  /** Seconds until an idle flow or mapping ends, by class (see layout.ts). */
  readonly flowTimeouts: Int32Array;
  readonly mappingTimeouts: Int32Array;
  readonly holdDown: number;
  readonly addressFilter: boolean;
  /** External ports may have several inner ends behind them (overlap.ts). */
  readonly overlaps: boolean;
  /** Bindings linked into the wheel. */
  waiting: number;
  blocksAllocated: number;
  /** xorshift32 state, from the configuration's seed. */
  random: number;
  live: number;
  bindingsCreated: number;
  softwires: number;
  softwiresPeak: number;
  softwiresCreated: number;
  softwiresCreatedReverse: number;
  softwiresDeleted: number;
  flowCount: number;
  flowsPeak: number;
  flowsCreated: number;
  flowsCreatedReverse: number;
  flowsDeleted: number;
}

export function createNat(cfg: NatConfig | undefined, limits: NatLimits, seed: number, log?: NatLog, name = ""): Nat {
  const pool = createPool(cfg);
  const blocks = createBlocks(cfg, pool.count);
  const subscribers = createRecords(4, U_STRIDE, seed + 14);
  const t = cfg?.timers ?? DEFAULT_TIMERS;
  // An address-dependent filter is as long-lived as the mapping; without one an idle flow is only a statistic.
  const idle = cfg === undefined || cfg.filtering === "endpoint-independent" ? limits.flowInactivitySeconds : Number.POSITIVE_INFINITY;
  return {
    name, log, cfg, limits,
    bindings: createRecords(B_KEY_WORDS, B_STRIDE, seed + 10), external: createExternal(B_EXTERNAL, seed + 11),
    flows: createRecords(F_KEY_WORDS, F_STRIDE, seed + 12), b4s: createRecords(4, S_STRIDE, seed + 13), subscribers,
    pool, blocks,
    deterministicBlock: (sub) => deterministicBlock(blocks?.count ?? 0, limits, subscribers.data, sub * U_STRIDE),
    flowTimeouts: Int32Array.of(t.tcpTransitory, t.tcpEstablished, Math.min(idle, t.udp), Math.min(idle, t.icmpQuery), Math.min(idle, t.other)),
    mappingTimeouts: Int32Array.of(t.tcpTransitory, t.tcpEstablished, t.udp, t.icmpQuery, t.other),
    holdDown: cfg?.holdDownSeconds ?? 0, addressFilter: cfg?.filtering === "address-dependent", overlaps: cfg?.overlapping !== undefined, chosen: 0, waiting: 0, blocksAllocated: 0,
    shifts: createShifts(seed + 15), wheel: createWheel(4094), flowWheel: createFlowWheel(8192),
    bindingKey: new Int32Array(B_KEY_WORDS), flowKey: new Int32Array(F_KEY_WORDS), addressKey: new Int32Array(4),
    base: 0, started: false, now: 0, random: (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) | 1, live: 0, bindingsCreated: 0,
    softwires: 0, softwiresPeak: 0, softwiresCreated: 0, softwiresCreatedReverse: 0, softwiresDeleted: 0,
    flowCount: 0, flowsPeak: 0, flowsCreated: 0, flowsCreatedReverse: 0, flowsDeleted: 0,
  };
}

/** Next pseudo-random int32; the sequence depends on the configured seed alone. */
export function nextRandom(n: Nat): number {
  let x = n.random;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  n.random = x;
  return x;
}

/**
 * Deterministic NAPT (RFC 7422): the subscriber's number is what its prefix says between the length of the configured B4
 * prefix and the subscriber prefix length (the low 30 bits of it); B4 prefixes follow each other.
 */
function deterministicBlock(count: number, limits: NatLimits, data: Int32Array, at: number): number {
  let before = 0;
  for (const p of limits.b4Prefixes) {
    const width = Math.min(30, limits.subscriberPrefixLength - p.length);
    let inside = width >= 0;
    for (let i = 0; i < 4 && inside; i++) inside = ((data[at + i] ^ p.address[i]) & mask32(p.length - 32 * i)) === 0;
    if (inside) {
      let number = 0;
      for (let i = limits.subscriberPrefixLength - width; i < limits.subscriberPrefixLength; i++) {
        number = number * 2 + ((data[at + (i >>> 5)] >>> (31 - (i & 31))) & 1);
      }
      return before + number < count ? before + number : -1;
    }
    before += 2 ** Math.max(0, width);
  }
  return -1;
}
