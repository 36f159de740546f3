/** How many external ports a subscriber surely holds, and whether a small pool has any left. What is not in the table of bindings is not counted: the counts are lower bounds. */
import { type Chains, createChains } from "../pairing/chains.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import { B_CREATED, B_GONE, B_SYN_IN, B_SYN_OUT, RECORD, type Bindings } from "./bindings.js";
import { floorSeconds } from "./floor.js";
import * as F from "./facts.js";
import { N_ADDRESS_FULL, N_AT_LIMIT, N_AT_SESSIONS, N_BY_OTHER_B4, N_POOL_FULL } from "./notes.js";
import { isOfSubscriber, subscriberHash } from "./subscriber.js";
import type { View } from "./view.js";

/** A pool of more pairs is not looked through. */
const SMALL_POOL = 1024;
/** Seconds for which a count stands; bindings count only while they live longer than that. */
const COUNT_SECONDS = 1;
const COUNTS = 1 << 10;

export interface Quota {
  /** Bindings by subscriber (`subscriberHash`); check that they are his. */
  readonly chain: Chains;
  add(binding: number, subscriber: number): void;
  lives(binding: number, t: number): boolean;
  /** N_AT_LIMIT, N_AT_SESSIONS, N_BY_OTHER_B4, N_POOL_FULL, N_ADDRESS_FULL for a packet from a B4. */
  room(slot: number, aftr: Aftr, t: number): number;
}

export const mix = (a: number, c: number): number => {
  const h = Math.imul(a ^ c, 0x85ebca6b);
  return Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ (h >>> 16);
};
/** A place in a table of `size` (a power of two) for a key of `mix`. */
export const spot = (key: number, size: number): number => (key ^ (key >>> 16)) & (size - 1);

export function createQuota(b: Uint8Array, r: Records, v: View, nat: Bindings, seed: number): Quota {
  const chain = createChains(nat.capacity, nat.capacity, seed ^ 0x1b873593);
  const chained = new Uint8Array(nat.capacity), chainKey = new Int32Array(nat.capacity);
  const countKey = new Int32Array(COUNTS), countTime = new Float64Array(COUNTS).fill(Number.NEGATIVE_INFINITY), countNotes = new Uint16Array(COUNTS);
  const lives = (i: number, t: number): boolean => t - nat.lastOut(i) < floorSeconds(nat, i) - 2 * COUNT_SECONDS;

  /** Looks through the subscriber's bindings and a small pool: N_AT_LIMIT, N_BY_OTHER_B4, N_POOL_FULL, N_ADDRESS_FULL. */
  function room(slot: number, aftr: Aftr, t: number): number {
    const cfg = aftr.nat;
    if (cfg === undefined) return 0;
    const proto = v.proto[slot];
    const limit = aftr.undeclared("ports-per-subscriber") ? 0 : cfg.portsPerSubscriber;
    const small = proto !== F.P_ICMP && aftr.poolSize <= SMALL_POOL && !aftr.undeclared("pool.ports") && aftr.nat?.pool.partial !== true;
    const { flowLimit, sessionLimitPerPrefix } = aftr.cfg;
    // Sessions of UDP and queries end when a device thinks so; a TCP connection lives.
    const counts = proto === F.P_TCP && (flowLimit > 0 || sessionLimitPerPrefix > 0);
    if (limit === 0 && !small && !counts) return 0;
    // RFC 7857 section 2.1: how long a connection is kept that nobody has answered is a matter of configuration.
    const unanswered = aftr.undeclared("timers.tcp-transitory") ? 0 : cfg.timers.tcpTransitory - 2 * COUNT_SECONDS;
    const b4 = r.off[slot] + 8;
    const bits = aftr.cfg.subscriberPrefixLength;
    const who = subscriberHash(b, b4, bits);
    // With whole addresses the two hashes are the same, and must not cancel each other out.
    const key = mix(mix(mix(who, seed), subscriberHash(b, b4, 128)), proto);
    const at = spot(key, COUNTS);
    if (countKey[at] === key && t - countTime[at] < COUNT_SECONDS) return countNotes[at];
    let notes = 0, held = 0, own = 0, address = -1;
    for (let n = chain.first(who); n >= 0; n = chain.next[n]) {
      const i = n * RECORD;
      if (chainKey[n] !== who || nat.proto[i] !== proto || (nat.flags[i] & (B_GONE | B_CREATED)) !== B_CREATED || !lives(i, t) || !isOfSubscriber(nat, i, b, b4, bits) || aftr.isStatic(nat.ext[i], proto, nat.extPort[i])) continue;
      if (proto === F.P_TCP && (nat.flags[i] & (B_SYN_OUT | B_SYN_IN)) !== (B_SYN_OUT | B_SYN_IN) && t - nat.lastOut(i) >= unanswered) continue;
      held++;
      address = nat.ext[i];
      if (isOfSubscriber(nat, i, b, b4, 128)) own++;
    }
    if (limit > 0 && held >= limit) notes |= N_AT_LIMIT | (own < limit ? N_BY_OTHER_B4 : 0);
    if (counts && ((sessionLimitPerPrefix > 0 && held >= sessionLimitPerPrefix) || (flowLimit > 0 && own >= flowLimit))) notes |= N_AT_SESSIONS;
    if (small) {
      let full = true, addressFull = address >= 0;
      for (const range of cfg.pool.ranges) {
        for (let a = range.from; a <= range.to && (full || addressFull); a++) {
          for (let p = cfg.pool.portFrom; p <= cfg.pool.portTo; p++) {
            const i = nat.byExternal(a, proto, p);
            if (aftr.isStatic(a, proto, p) || (i >= 0 && lives(i, t))) continue;
            full = false;
            if (a === address) addressFull = false;
          }
        }
      }
      notes |= (full ? N_POOL_FULL : 0) | (addressFull ? N_ADDRESS_FULL : 0);
    }
    // While there is room the next mapping changes the count.
    if (notes !== 0) {
      countKey[at] = key;
      countTime[at] = t;
      countNotes[at] = notes;
    }
    return notes;
  }

  return {
    chain, lives, room,
    add(binding, subscriber) {
      const n = binding / RECORD;
      if (chained[n] === 1) chain.remove(n, chainKey[n]);
      chained[n] = 1;
      chainKey[n] = subscriber;
      chain.add(n, subscriber);
    },
  };
}
