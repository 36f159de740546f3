/** The judge's own history of the transcript (`from-state` clauses). Bounded: open-addressed tables that forget the oldest by overwriting. */
import { u32 } from "../wire/bits.js";
import { slots } from "./columns.js";
import type { Domain } from "./domain.js";
import { type SiteBindings, createSiteBindings } from "./six-to-four/bindings.js";

const ID_SLOTS = 1 << 16;
const PATH_SLOTS = 1 << 12;
const CE_SLOTS = 1 << 17;
const ERROR_SLOTS = 1 << 10;
const CLAIM_SLOTS = 1 << 8;

/** Rate limits are looked at over so many seconds (RFC 4443 section 2.4 f). */
export const OVERLOAD_SECONDS = 0.2;

/** Place in `orphanErrors` of the IPv6 address at `at`. */
export function errorSpot(b: Uint8Array, at: number): number {
  const h = Math.imul(u32(b, at) ^ Math.imul(u32(b, at + 4), 0x85ebca6b) ^ Math.imul(u32(b, at + 8), 0x2c1b3c6d) ^ u32(b, at + 12), 0x9e3779b1);
  return (h ^ (h >>> 15)) & (ERROR_SLOTS - 1);
}

export interface State {
  /** Last time (s, capture time) at which (source, destination, id) left as a non-atomic packet with another `digest` (0: of any packet); records it. -Infinity when unknown. */
  identification(source: number, destination: number, id: number, digest: number, time: number): number;
  /** The same, and nothing is recorded. */
  identified(source: number, destination: number, id: number, digest: number): number;
  /** Path MTU in bytes that ICMPv4 "fragmentation needed" reported for a CE, 0 when none; `pathTime` says when. */
  pathMtu(destination: number): number;
  pathTime(destination: number): number;
  /** Number of reports so far. */
  paths: number;
  learnPath(destination: number, mtu: number, time: number): void;
  /** Four words per domain: last outer TTL and hop limit (rules/rfc4213/3.3.ts), first DF (3.2.ts), outer source of a 6to4 router (rfc3056/4-9.ts) or 2002::/16 announced by a relay (rfc3056/5-routes.ts); -1 = none yet. */
  readonly ttl: Int32Array;
  /** Was this CE's IPv4 address the outer source of a valid tunnel packet? `sawCe` records it. */
  knowsCe(address: number): boolean;
  sawCe(address: number): void;
  /** Per domain: the first CE whose packets vanished unanswered (six-to-four/checks.ts); 0 = none. */
  readonly unheard: Uint32Array;
  /** Age in seconds of the last non-atomic packet with the same source, destination and identification as the output at hand; Infinity when none. */
  idAge: number;
  /** Per domain: when a packet of a protocol that nobody serves was first sent to the device (Infinity: never), and whether it said protocol unreachable. */
  readonly unusedProbed: Float64Array;
  readonly unusedAnswered: Uint8Array;
  /** Per domain, in the present interval of OVERLOAD_SECONDS: when it began, inputs that asked for an ICMPv6 error, errors sent. */
  readonly interval: Float64Array;
  readonly asked: Int32Array;
  readonly errors: Int32Array;
  /** First IPv6 fragments that the device tunnelled, by what they carry (observe.ts): recent ones. */
  readonly innerFragments: Uint32Array;
  /** The same of those that it received: their senders made them. */
  readonly sendersFragments: Uint32Array;
  /** Of inner packets whose first outer fragment was sent: a table of keys as well. */
  readonly outerFirsts: Uint32Array;
  /** When an ICMPv6 error without a known cause was last sent to an address (`errorSpot`): it may be the answer that seems to be missing. */
  readonly orphanErrors: Float64Array;
  /** Number of addresses that neighbour discovery from a tunnel spoke of (observe.ts) as somebody's: `claim` records one, `claimant` gives the tunnel end that spoke of it, 0 when none did. */
  claims: number;
  claim(b: Uint8Array, at: number, sender: number): void;
  claimant(b: Uint8Array, at: number): number;
  /** Mappings of a stateful PMT relay (rfc6732/3-4.ts). */
  readonly sites: SiteBindings;
  /** Number of IPv6 addresses that the configuration gives the device. */
  readonly ownIpv6: number;
  /** The IPv4 addresses that it gives the device, those of its tunnels or not. */
  readonly ownIpv4: readonly number[];
  /** Last time an input asked for an ICMPv6 error, in any domain: the limit is the node's. One place. */
  readonly lastEliciting: Float64Array;
}

/** `records`: how many the judge keeps. */
export function createState(domains: readonly Domain[], seed: number, ownIpv6: number, ownIpv4: readonly number[], records: number): State {
  const idMask = slots(ID_SLOTS, records) - 1;
  const ceMask = slots(CE_SLOTS, records) - 1;
  // One row of 32 bytes a slot, so that a look costs one cache line: source, destination, id + 1 (0 = free), digest; then the time as float64.
  const idRows = new Int32Array((idMask + 1) * 8);
  const idTimes = new Float64Array(idRows.buffer);
  const pathKey = new Uint32Array(PATH_SLOTS);
  const pathValue = new Uint32Array(PATH_SLOTS);
  const pathWhen = new Float64Array(PATH_SLOTS).fill(Number.NEGATIVE_INFINITY);
  const ces = new Uint32Array(ceMask + 1);
  const ceSpot = (address: number): number => {
    const h = Math.imul(address ^ seed, 0x85ebca6b);
    return (h ^ (h >>> 15)) & ceMask;
  };
  const spot = (destination: number): number => {
    const h = Math.imul(destination ^ seed, 0x9e3779b1);
    return (h ^ (h >>> 16)) & (PATH_SLOTS - 1);
  };
  const claimed = new Uint32Array(CLAIM_SLOTS * 4);
  const claimants = new Uint32Array(CLAIM_SLOTS);
  const claimSpot = (b: Uint8Array, at: number): number => errorSpot(b, at) & (CLAIM_SLOTS - 1);
  const idRow = (source: number, destination: number, id: number): number => {
    const h = Math.imul(Math.imul(source ^ seed, 0x85ebca6b) ^ destination ^ (id << 16), 0x9e3779b1);
    return (h ^ (h >>> 15)) & idMask;
  };
  const last = (i: number, source: number, destination: number, id: number, digest: number): number => {
    const o = i * 8;
    const same = idRows[o] === (source | 0) && idRows[o + 1] === (destination | 0) && idRows[o + 2] === id + 1;
    return same && idRows[o + 3] !== digest && idRows[o + 3] !== 0 && digest !== 0 ? idTimes[i * 4 + 2] : Number.NEGATIVE_INFINITY;
  };
  const state: State = {
    paths: 0,
    identified: (source, destination, id, digest) => last(idRow(source, destination, id), source, destination, id, digest),
    identification(source, destination, id, digest, time) {
      const i = idRow(source, destination, id);
      const o = i * 8;
      const before = last(i, source, destination, id, digest);
      idRows[o] = source;
      idRows[o + 1] = destination;
      idRows[o + 2] = id + 1;
      idRows[o + 3] = digest;
      idTimes[i * 4 + 2] = time;
      return before;
    },
    pathMtu: (destination) => (pathKey[spot(destination)] === destination ? pathValue[spot(destination)] : 0),
    pathTime: (destination) => (pathKey[spot(destination)] === destination ? pathWhen[spot(destination)] : Number.NEGATIVE_INFINITY),
    learnPath(destination, mtu, time) {
      const i = spot(destination);
      state.paths++;
      pathKey[i] = destination;
      pathValue[i] = mtu;
      pathWhen[i] = time;
    },
    knowsCe: (address) => ces[ceSpot(address)] === address,
    sawCe(address) {
      ces[ceSpot(address)] = address;
    },
    claims: 0,
    claim(b, at, sender) {
      const i = claimSpot(b, at);
      state.claims++;
      for (let k = 0; k < 4; k++) claimed[i * 4 + k] = u32(b, at + 4 * k);
      claimants[i] = sender;
    },
    claimant(b, at) {
      const i = claimSpot(b, at);
      for (let k = 0; k < 4; k++) if (claimed[i * 4 + k] !== u32(b, at + 4 * k)) return 0;
      return claimants[i];
    },
    ownIpv6,
    ownIpv4,
    sites: createSiteBindings(records),
    orphanErrors: new Float64Array(ERROR_SLOTS).fill(Number.NEGATIVE_INFINITY),
    innerFragments: new Uint32Array(1 << 12),
    sendersFragments: new Uint32Array(1 << 12),
    outerFirsts: new Uint32Array(1 << 12),
    interval: new Float64Array(Math.max(1, domains.length)).fill(Number.NEGATIVE_INFINITY),
    asked: new Int32Array(Math.max(1, domains.length)),
    errors: new Int32Array(Math.max(1, domains.length)),
    unheard: new Uint32Array(Math.max(1, domains.length)),
    unusedProbed: new Float64Array(Math.max(1, domains.length)).fill(Number.POSITIVE_INFINITY),
    unusedAnswered: new Uint8Array(Math.max(1, domains.length)),
    idAge: Number.POSITIVE_INFINITY,
    ttl: new Int32Array(Math.max(1, domains.length) * 4).fill(-1),
    lastEliciting: new Float64Array(1).fill(Number.NEGATIVE_INFINITY),
  };
  return state;
}
