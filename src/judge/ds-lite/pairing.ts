/**
 * Which input caused an output, through a NAT that we do not know: by what survives it (keys.ts), then by the learned bindings. Errors pair by the quoted
 * packet. When candidates differ in what the output depends on and nothing decides, the pairing counts but does not accuse.
 */
import { ACCESS } from "../../config/types.js";
import { u16 } from "../../wire/bits.js";
import { sameAddress } from "../../wire/ipv6.js";
import { createChains } from "../pairing/chains.js";
import { type Ring, S_ALT, S_AMBIGUOUS, S_KEYED } from "../transcript.js";
import type { Bindings } from "./bindings.js";
import * as F from "./facts.js";
import * as K from "./keys.js";
import { createTuples } from "./tuple.js";
import type { View } from "./view.js";

const S_HAIR = 32;
/** Its key as a quoted packet (S_ALT) is in the table. */
const S_LISTED = 64;
/** In a table that has to forget it. */
export const S_TABLES = S_KEYED | S_HAIR | S_LISTED;
/** An effect comes within this time when it can. */
const PROMPT_SECONDS = 0.1;
const MOST_CANDIDATES = 8;
/** Records of one key that are looked at: beyond it (thousands of equal packets at once) only a known binding pairs, and silence proves nothing. */
const MOST_LOOKED_AT = 512;
/** Candidates whose whole payload is compared. */
const MOST_COMPARED = 8;
/** Scores of tuples.ts and of `withType` below that rest on a known binding. */
const SURE = 2;
const SURE_ERROR = 8;

export interface Pairing {
  input(slot: number): void;
  /**
   * The input of an output or a negative number; then `flow` or `answer` is set and `candidates`/`count` are all that may be it. `final` = false: only when
   * the bindings confirm the pairing, for another input with the same key may still come, stamped a little later by the other tap.
   */
  output(slot: number, final: boolean): number;
  forget(slot: number): void;
  readonly candidates: Int32Array;
  count: number;
  flow: number;
  answer: number;
  /** The pair that was found has the same bytes from transport header to end, but for ports, identifier and checksum (`firstDifference` finds none). False: it may have. */
  exact: boolean;
  /** Time of the last output whose key was too crowded to be looked through; -Infinity when none was. */
  crowdedAt: number;
}

/** `quick` false: every pair is found through the tables. For tests, which compare. */
export function createPairing(b: Uint8Array, ring: Ring, v: View, nat: Bindings, seed: number, skewSeconds: number, windowSeconds: number, quick = true): Pairing {
  const r = ring.records;
  const main = createChains(r.capacity * 2, r.capacity, seed);
  const alt = createChains(r.capacity, r.capacity, seed ^ 0x5bd1e995);
  const hair = createChains(4096, r.capacity, seed ^ 0x27d4eb2f);
  const tuples = createTuples(b, r, v, nat);
  const errorKey = (k: number): number => k ^ 0x65727230;
  const relayKey = (k: number): number => k ^ 0x36363636;
  let patient = false;
  let reached = 0;
  let cut = false;
  const p: Pairing = { input, output, forget, candidates: new Int32Array(MOST_CANDIDATES), count: 0, flow: 0, answer: 0, exact: false, crowdedAt: Number.NEGATIVE_INFINITY };

  const isWhole = (slot: number): boolean => (r.facts[slot] & (F.F_PIECE4 | F.F_PROTOCOL)) === 0 && v.l4[slot] > 0;

  /** The latest input, when it is in no table yet: mostly the next output is its own, and then it need not be. -1: there is none. */
  let last = -1;
  /** Inputs from here on (sequence number) with S_ALT are not in `alt` yet: hardly any output asks for one. What is in it is not taken back (S_TABLES). */
  let unlisted = 0;

  /** The latest input goes into the table, as it would have done at once. */
  function enlist(): void {
    if (last < 0) return;
    const slot = last;
    last = -1;
    addMain(slot, K.dataKey(b, v, slot, r.side[slot] === ACCESS, seed));
  }
  /** What inputs say when errors quote them, in the order in which they came. */
  function enlistQuotable(): void {
    for (let s = Math.max(unlisted, ring.tail); s < ring.head; s++) {
      const slot = s & r.mask;
      if ((r.state[slot] & (S_ALT | S_LISTED)) !== S_ALT) continue;
      r.state[slot] |= S_LISTED;
      r.altKey[slot] = K.asQuoted(b, v, slot, r.side[slot] === ACCESS, seed);
      alt.add(slot, r.altKey[slot]);
    }
    unlisted = ring.head;
  }

  /** Would the tables give the latest input, and no other, as the cause of this output? Then they need not be asked. */
  function isOfLast(slot: number, outward: boolean, final: boolean): boolean {
    if ((r.side[last] === ACCESS) !== outward || v.proto[last] !== v.proto[slot] || v.l4Len[last] !== v.l4Len[slot] || v.l4Visible[last] !== v.l4Visible[slot]) return false;
    if (outward ? v.dst[last] !== v.dst[slot] || v.dport[last] !== v.dport[slot] : v.src[last] !== v.src[slot] || v.sport[last] !== v.sport[slot]) return false;
    if (r.time[last] > r.time[slot] + skewSeconds || r.time[last] < r.time[slot] - windowSeconds || r.answer[last] >= 0) return false;
    if ((v.proto[slot] === F.P_ICMP && u16(b, v.l4[last]) !== u16(b, v.l4[slot])) || K.firstDifference(b, v, last, slot) >= 0) return false;
    if (!final && (outward ? tuples.outward(last, slot) : tuples.inward(last, slot)) < SURE) return false;
    if (main.size === 0) return true;
    const key = K.dataKey(b, v, slot, outward, seed);
    let looked = 1;
    for (let s = main.first(key); s >= 0; s = main.next[s]) if (r.key[s] === key || ++looked > MOST_LOOKED_AT) return false;
    return true;
  }

  function input(slot: number): void {
    enlist();
    const f = r.facts[slot];
    const access = r.side[slot] === ACCESS;
    if (r.kind[slot] === F.D_ICMP6) {
      if ((f & F.F_ERROR) !== 0) addMain(slot, relayKey(K.ofQuote(b, v, slot, false, seed)));
      return;
    }
    if ((r.kind[slot] !== F.D_SOFT && r.kind[slot] !== F.D_CORE) || v.l4[slot] === 0) return;
    if ((f & F.F_ERROR) !== 0) {
      if ((f & F.F_PIECE4) !== 0) return;
      addMain(slot, errorKey(K.ofQuote(b, v, slot, !access, seed)));
      if (access && (f & F.F_TO_POOL) !== 0) addHair(slot, K.hairQuote(b, v, slot, seed));
      return;
    }
    if ((f & F.F_PROTOCOL) === 0) {
      r.state[slot] |= S_ALT;
      if (!quick) enlistQuotable();
    }
    if (!isWhole(slot)) return;
    if (quick && (!access || (f & F.F_TO_POOL) === 0)) {
      last = slot;
      return;
    }
    addMain(slot, K.dataKey(b, v, slot, access, seed));
    if (access && (f & F.F_TO_POOL) !== 0) addHair(slot, K.hairKey(b, v, slot, seed));
  }
  function addMain(slot: number, key: number): void {
    r.key[slot] = key;
    r.state[slot] |= S_KEYED;
    main.add(slot, key);
  }
  function addHair(slot: number, key: number): void {
    v.hairKey[slot] = key;
    r.state[slot] |= S_HAIR;
    hair.add(slot, key);
  }

  /** Do two inputs differ in anything that their output depends on? */
  const differs = (x: number, y: number): boolean =>
    r.side[x] !== r.side[y] || v.src[x] !== v.src[y] || v.dst[x] !== v.dst[y] || v.sport[x] !== v.sport[y] || v.dport[x] !== v.dport[y] || r.tos[x] !== r.tos[y] ||
    r.facts[x] !== r.facts[y] || b[r.inner[x] + 8] !== b[r.inner[y] + 8] || u16(b, r.inner[x] + 6) !== u16(b, r.inner[y] + 6) || b[r.inner[x] + 1] !== b[r.inner[y] + 1] ||
    (v.quote[x] > 0 && (u16(b, v.l4[x]) !== u16(b, v.l4[y]) || v.qSrc[x] !== v.qSrc[y] || v.qDst[x] !== v.qDst[y] || v.qSport[x] !== v.qSport[y] || v.qDport[x] !== v.qDport[y])) ||
    (r.side[x] === ACCESS && !sameAddress(b, r.off[x] + 8, r.off[y] + 8));

  /**
   * Best candidate in a chain: the highest score, of those the first that is fresh. Fills candidates with those that score as high and differ. `data`: of few
   * candidates those with the output's payload come first, whatever the bindings say: keys hold its first bytes only, and a binding may have expired since.
   */
  function best(chains: typeof main, keys: Int32Array, key: number, output: number, accept: (s: number) => boolean, score: (s: number, o: number) => number, data = false): number {
    const same = (s: number): boolean => K.firstDifference(b, v, s, output) < 0;
    let agrees = -1; // unknown until there is a second candidate
    let compared = 0;
    let found = -1;
    let top = -1;
    p.count = 0;
    const latest = r.time[output] + skewSeconds;
    const earliest = r.time[output] - windowSeconds;
    let looked = 0;
    cut = false;
    for (let s = chains.first(key); s >= 0; s = chains.next[s]) {
      if (++looked > MOST_LOOKED_AT) {
        cut = true;
        p.crowdedAt = r.time[output];
        break;
      }
      if (keys[s] !== key || r.time[s] > latest || r.time[s] < earliest || r.forward[s] >= 0 || r.answer[s] >= 0 || !accept(s)) continue;
      const points = score(s, output);
      if (data && found >= 0 && ++compared <= MOST_COMPARED) {
        if (agrees < 0) agrees = same(found) ? 1 : 0;
        const also = same(s) ? 1 : 0;
        if (also > agrees) {
          agrees = 1;
          top = points;
          found = s;
        }
        if (also !== agrees || found === s) continue;
      }
      if (points > top || (points === top && r.time[output] - r.time[found] > PROMPT_SECONDS)) {
        top = points;
        found = s;
      }
    }
    reached = top;
    if (found < 0) return -1;
    p.candidates[p.count++] = found;
    looked = 0;
    for (let s = chains.first(key); s >= 0 && p.count < MOST_CANDIDATES && ++looked <= MOST_LOOKED_AT; s = chains.next[s]) {
      if (s === found || keys[s] !== key || r.time[s] > latest || r.time[s] < earliest || r.forward[s] >= 0 || r.answer[s] >= 0 || !accept(s)) continue;
      if (score(s, output) === top && (agrees < 1 || looked > MOST_COMPARED || same(s)) && differs(found, s)) p.candidates[p.count++] = s;
    }
    return found;
  }

  const onAccess = (s: number): boolean => r.side[s] === ACCESS && r.kind[s] === F.D_SOFT;
  const onCore = (s: number): boolean => r.side[s] !== ACCESS && r.kind[s] === F.D_CORE;
  const relayed = (s: number): boolean => r.kind[s] === F.D_ICMP6;
  /** Errors: type and code, and the quoted identification, speak for a candidate beside the bindings. */
  const withType = (score: (s: number, o: number) => number) => (s: number, o: number): number =>
    score(s, o) * 4 + (u16(b, v.l4[s]) === u16(b, v.l4[o]) ? 2 : 0) + (u16(b, v.quote[s] + 4) === u16(b, v.quote[o] + 4) ? 1 : 0);
  const errorOut = withType(tuples.errorOutward);
  const errorIn = withType(tuples.errorInward);
  const sameType = (s: number, o: number): boolean => u16(b, v.l4[s]) === u16(b, v.l4[o]);
  const quotedId = (s: number, o: number): number => (u16(b, r.inner[s] + 4) === u16(b, v.quote[o] + 4) ? 1 : 0);
  const none = (): number => 1;
  /** The key holds neither the address that was asked nor, of a B4's request, who asked with which identifier. */
  const asked = (s: number, o: number): number => (v.src[s] === v.dst[o] && v.dst[s] === v.src[o] && v.sport[s] === v.dport[o] ? 1 : -1);

  function chosen(at: number): number {
    if (p.count > 1) for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= S_AMBIGUOUS;
    leave(at);
    return at;
  }
  /** `sure`: score from which the bindings confirm the pairing. -2: wait. */
  function forwarded(at: number, flow: number, sure = SURE): number {
    if (at < 0) return -1;
    if (cut && reached < sure) return -1;
    if (patient && reached < sure) return -2;
    p.flow = flow;
    return chosen(at);
  }
  function answered(at: number, kind: number): number {
    if (at < 0 || cut) return -1;
    // What looks unanswered may have an output that is still waiting for its cause.
    if (patient) return -2;
    p.answer = kind;
    return chosen(at);
  }

  function output(slot: number, final: boolean): number {
    p.count = p.flow = p.answer = 0;
    p.exact = false;
    patient = !final;
    const f = r.facts[slot];
    const kind = r.kind[slot];
    if (last >= 0 && (f & F.F_ERROR) === 0 && (kind === F.D_SOFT || kind === F.D_CORE) && isWhole(slot) && isOfLast(slot, kind === F.D_CORE, final)) {
      const at = last;
      last = -1;
      p.candidates[0] = at;
      p.count = 1;
      p.flow = kind === F.D_CORE ? F.FLOW_OUT : F.FLOW_IN;
      p.exact = true;
      return at;
    }
    enlist();
    if ((f & F.F_ERROR) !== 0) enlistQuotable();
    if (kind === F.D_ICMP6) {
      if ((f & F.F_ERROR) === 0) return -1;
      return answered(best(alt, r.altKey, K.ofQuote(b, v, slot, true, seed), slot, (s) => onAccess(s) && sameAddress(b, r.off[s] + 8, r.off[slot] + 24), none), F.ANSWER_ICMP6);
    }
    if ((kind !== F.D_SOFT && kind !== F.D_CORE) || !isWhole(slot)) return -1;
    const outward = kind === F.D_CORE;
    if ((f & F.F_ERROR) !== 0) return outward ? errorToCore(slot) : errorToB4(slot);
    let at = outward ? forwarded(best(main, r.key, K.dataKey(b, v, slot, true, seed), slot, onAccess, tuples.outward, true), F.FLOW_OUT)
      : forwarded(best(main, r.key, K.dataKey(b, v, slot, false, seed), slot, onCore, tuples.inward, true), F.FLOW_IN);
    // An echo reply of the device's own, before one that came from another softwire: that one's request was forwarded.
    if (at === -1 && v.proto[slot] === F.P_ICMP && b[v.l4[slot]] === 0) {
      at = answered(best(alt, r.altKey, K.ofEchoRequest(b, v, slot, !outward, seed), slot, outward ? onCore : (s) => onAccess(s) && sameAddress(b, r.off[s] + 8, r.off[slot] + 24), asked), F.ANSWER_ECHO);
    }
    return at !== -1 || outward ? at : forwarded(best(hair, v.hairKey, K.hairKey(b, v, slot, seed), slot, onAccess, tuples.hairpin, true), F.FLOW_HAIR);
  }

  function errorToCore(slot: number): number {
    // The quoted packet came from the core.
    const key = K.ofQuote(b, v, slot, false, seed);
    // A forwarded error of the same type, else one of the device's own, and only then a forwarded one whose type was changed.
    let at = forwarded(best(main, r.key, errorKey(key), slot, (s) => onAccess(s) && sameType(s, slot), errorOut), F.FLOW_OUT, SURE_ERROR);
    if (at !== -1) return at;
    at = answered(best(main, r.key, relayKey(key), slot, relayed, none), F.ANSWER_RELAY);
    if (at === -1) at = answered(best(alt, r.altKey, key, slot, onCore, quotedId), F.ANSWER_CORE);
    return at !== -1 ? at : forwarded(best(main, r.key, errorKey(key), slot, onAccess, errorOut), F.FLOW_OUT, SURE_ERROR);
  }

  function errorToB4(slot: number): number {
    const key = K.ofQuote(b, v, slot, true, seed);
    let at = forwarded(best(main, r.key, errorKey(key), slot, (s) => onCore(s) && sameType(s, slot), errorIn), F.FLOW_IN, SURE_ERROR);
    if (at !== -1) return at;
    at = forwarded(best(hair, v.hairKey, K.hairQuote(b, v, slot, seed), slot, (s) => onAccess(s) && sameType(s, slot), none), F.FLOW_HAIR);
    if (at !== -1) return at;
    at = answered(best(alt, r.altKey, key, slot, (s) => onAccess(s) && tuples.backToB4(s, slot), quotedId), F.ANSWER_B4);
    if (at === -1) at = forwarded(best(main, r.key, errorKey(key), slot, onCore, errorIn), F.FLOW_IN, SURE_ERROR);
    return at !== -1 ? at : answered(best(alt, r.altKey, key, slot, (s) => onAccess(s) && tuples.elsewhere(s, slot), none), F.ANSWER_B4);
  }

  /** Nothing more can pair with it. */
  function leave(slot: number): void {
    if ((r.state[slot] & S_KEYED) !== 0) main.remove(slot, r.key[slot]);
    if ((r.state[slot] & S_HAIR) !== 0) hair.remove(slot, v.hairKey[slot]);
    r.state[slot] &= ~(S_KEYED | S_HAIR);
  }
  function forget(slot: number): void {
    if (slot === last) last = -1;
    leave(slot);
    if ((r.state[slot] & S_LISTED) !== 0) alt.remove(slot, r.altKey[slot]);
    r.state[slot] &= ~(S_ALT | S_LISTED);
  }
  return p;
}
