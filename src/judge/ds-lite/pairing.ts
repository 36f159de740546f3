/**
 * Which input caused an output, through a NAT that we do not know: by what survives it (keys.ts), then by the learned bindings. Errors pair by the quoted
 * packet. When candidates differ in what the output depends on and nothing decides, the pairing counts but does not accuse.
 */
import { ACCESS } from "../../config/types.js";
import { u16, u32 } from "../../wire/bits.js";
import { sameAddress } from "../../wire/ipv6.js";
import { createChains } from "../pairing/chains.js";
import { type Ring, S_AMBIGUOUS, S_KEYED } from "../transcript.js";
import type { Bindings } from "./bindings.js";
import * as F from "./facts.js";
import * as K from "./keys.js";
import { SURE, createLatest } from "./latest.js";
import { S_QUOTABLE, createQuotable } from "./quotable.js";
import { type Found, MOST_CANDIDATES, S_RIVAL, createSearch } from "./search.js";
import { createTuples, isUntouched } from "./tuple.js";
import type { View } from "./view.js";

const S_HAIR = 32;
/** In a table that has to forget it. */
export const S_TABLES = S_KEYED | S_HAIR | S_QUOTABLE;
/** Score of `withType` below that rests on a known binding, the type and the quoted identification: another error about the flow may be stamped later. */
const SURE_ERROR = 11;

export interface Pairing extends Found {
  input(slot: number): void;
  /**
   * The input of an output or a negative number; then `flow` or `answer` is set and `candidates`/`count` are all that may be it. `final` = false: only when
   * the bindings confirm the pairing, for another input with the same key may still come, stamped a little later by the other tap.
   */
  output(slot: number, final: boolean): number;
  forget(slot: number): void;
  /** The latest input, if none of those that wait for an output can be taken for the cause of its own; -1: there is none. `took`: its output has been found by other means. */
  sole(): number;
  took(): void;
  flow: number;
  answer: number;
  /** The pair that was found has the same bytes from transport header to end, but for ports, identifier and checksum (`firstDifference` finds none). False: it may have. */
  exact: boolean;
  /** No other input with the same key could have been it. */
  alone: boolean;
}

/** `quick` false: every pair is found through the tables. For tests, which compare. */
export function createPairing(b: Uint8Array, ring: Ring, v: View, nat: Bindings, seed: number, skewSeconds: number, windowSeconds: number, quick = true): Pairing {
  const r = ring.records;
  const main = createChains(r.capacity * 2, r.capacity, seed);
  const quotable = createQuotable(b, ring, v, seed);
  const hair = createChains(4096, r.capacity, seed ^ 0x27d4eb2f);
  const tuples = createTuples(b, r, v, nat);
  const errorKey = (k: number): number => k ^ 0x65727230;
  const relayKey = (k: number): number => k ^ 0x36363636;
  let patient = false;
  const p: Pairing = {
    input, output, forget, sole: () => (main.isEmpty() ? latest.slot : -1), took: () => void latest.take(),
    candidates: new Int32Array(MOST_CANDIDATES), count: 0, flow: 0, answer: 0, exact: false, alone: false, crowdedAt: Number.NEGATIVE_INFINITY,
  };
  const search = createSearch(b, r, v, p, tuples, skewSeconds, windowSeconds);
  const { best } = search;

  const isWhole = (slot: number): boolean => (r.facts[slot] & (F.F_PIECE4 | F.F_PROTOCOL)) === 0 && v.l4[slot] > 0;

  const latest = createLatest(b, r, v, main, tuples, seed, skewSeconds, windowSeconds);
  /** The latest input goes into the table, as it would have done at once. */
  function enlist(): void {
    const slot = latest.take();
    if (slot >= 0) addMain(slot, K.dataKey(b, v, slot, r.side[slot] === ACCESS, seed));
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
      quotable.add(slot);
      if (!quick) quotable.listed();
    }
    if (!isWhole(slot)) return;
    if (quick && (!access || (f & F.F_TO_POOL) === 0)) {
      latest.slot = slot;
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
  const SYN = 2, RST_ACK = 20;
  const tcpFlags = (s: number): number => b[v.l4[s] + 13] & 23;
  /** An RST as a closed port sends it (RFC 793 section 3.4), and the SYN that it is about. */
  const resets = (s: number): boolean => v.proto[s] === F.P_TCP && tcpFlags(s) === RST_ACK && u32(b, v.l4[s] + 4) === 0;
  const refused = (s: number, o: number): boolean => onCore(s) && v.proto[s] === F.P_TCP && tcpFlags(s) === SYN && v.dst[s] === v.src[o] && v.dport[s] === v.sport[o];
  /** The key holds neither the address that was asked nor, of a B4's request, who asked with which identifier. */
  const asked = (s: number, o: number): number => (v.src[s] === v.dst[o] && v.dst[s] === v.src[o] && v.sport[s] === v.dport[o] ? 1 : -1);

  function chosen(at: number): number {
    if (p.count > 1) for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= S_AMBIGUOUS;
    p.alone = !search.rivals && (r.state[at] & S_RIVAL) === 0;
    leave(at);
    return at;
  }
  /** `sure`: score from which the bindings confirm the pairing. `data`: an output whose header and bytes have to fit too, for a packet that does may be stamped later; -1: none. -2: wait. */
  function forwarded(at: number, flow: number, sure = SURE, data = -1): number {
    if (at < 0) return -1;
    if (search.cut && search.reached < sure) return -1;
    if (patient && (search.reached < sure || (data >= 0 && (!tuples.fits(at, data) || K.firstDifference(b, v, at, data) >= 0)))) return -2;
    p.flow = flow;
    return chosen(at);
  }
  function answered(at: number, kind: number): number {
    if (at < 0 || search.cut) return -1;
    // What looks unanswered may have an output that is still waiting for its cause.
    if (patient) return -2;
    p.answer = kind;
    return chosen(at);
  }

  function output(slot: number, final: boolean): number {
    p.count = p.flow = p.answer = 0;
    p.exact = p.alone = false;
    patient = !final;
    const f = r.facts[slot];
    const kind = r.kind[slot];
    if (latest.slot >= 0 && (f & F.F_ERROR) === 0 && (kind === F.D_SOFT || kind === F.D_CORE) && isWhole(slot) && latest.causes(slot, kind === F.D_CORE, final)) {
      p.candidates[0] = latest.take();
      p.count = 1;
      p.flow = kind === F.D_CORE ? F.FLOW_OUT : F.FLOW_IN;
      p.exact = true;
      p.alone = (r.state[p.candidates[0]] & S_RIVAL) === 0;
      return p.candidates[0];
    }
    enlist();
    if (kind === F.D_ICMP6) {
      if ((f & F.F_ERROR) === 0) return -1;
      return answered(best(quotable.listed(), r.altKey, K.ofQuote(b, v, slot, true, seed), slot, (s) => onAccess(s) && sameAddress(b, r.off[s] + 8, r.off[slot] + 24), none), F.ANSWER_ICMP6);
    }
    if ((kind !== F.D_SOFT && kind !== F.D_CORE) || !isWhole(slot)) return -1;
    const outward = kind === F.D_CORE;
    if ((f & F.F_ERROR) !== 0) return outward ? errorToCore(slot) : errorToB4(slot);
    let at = outward ? forwarded(best(main, r.key, K.dataKey(b, v, slot, true, seed), slot, onAccess, tuples.outward, true), F.FLOW_OUT, SURE, slot)
      : forwarded(best(main, r.key, K.dataKey(b, v, slot, false, seed), slot, onCore, tuples.inward, true), F.FLOW_IN, SURE, slot);
    // An echo reply of the device's own, before one that came from another softwire: that one's request was forwarded.
    if (at === -1 && v.proto[slot] === F.P_ICMP && b[v.l4[slot]] === 0) {
      at = answered(best(quotable.listed(), r.altKey, K.ofEchoRequest(b, v, slot, !outward, seed), slot, outward ? onCore : (s) => onAccess(s) && sameAddress(b, r.off[s] + 8, r.off[slot] + 24), asked), F.ANSWER_ECHO);
    }
    if (at === -1 && outward && resets(slot)) at = answered(best(quotable.listed(), r.altKey, K.ofReset(b, v, slot, seed), slot, (s) => refused(s, slot), none), F.ANSWER_RESET);
    return at !== -1 || outward ? at : forwarded(best(hair, v.hairKey, K.hairKey(b, v, slot, seed), slot, onAccess, tuples.hairpin, true), F.FLOW_HAIR, SURE, slot);
  }

  function errorToCore(slot: number): number {
    // The quoted packet came from the core.
    const key = K.ofQuote(b, v, slot, false, seed);
    // A forwarded error of the same type, else one of the device's own, and only then a forwarded one whose type was changed.
    let at = forwarded(best(main, r.key, errorKey(key), slot, (s) => onAccess(s) && sameType(s, slot), errorOut), F.FLOW_OUT, SURE_ERROR);
    if (at !== -1) return at;
    at = answered(best(main, r.key, relayKey(key), slot, relayed, none), F.ANSWER_RELAY);
    if (at === -1) at = answered(best(quotable.listed(), r.altKey, key, slot, onCore, quotedId), F.ANSWER_CORE);
    return at !== -1 || patient ? at : forwarded(best(main, r.key, errorKey(key), slot, onAccess, errorOut), F.FLOW_OUT, SURE_ERROR);
  }

  function errorToB4(slot: number): number {
    const key = K.ofQuote(b, v, slot, true, seed);
    let at = forwarded(best(main, r.key, errorKey(key), slot, (s) => onCore(s) && sameType(s, slot), errorIn), F.FLOW_IN, SURE_ERROR);
    if (at !== -1) return at;
    at = forwarded(best(hair, v.hairKey, K.hairQuote(b, v, slot, seed), slot, (s) => onAccess(s) && sameType(s, slot), none), F.FLOW_HAIR);
    if (at !== -1) return at;
    const sent = (s: number): boolean => onAccess(s) && tuples.backToB4(s, slot);
    // What a router on the way has touched is not the device's own, if there is another choice.
    const touched = !isUntouched(b, r.inner[slot]);
    if (!touched) at = answered(best(quotable.listed(), r.altKey, key, slot, sent, quotedId), F.ANSWER_B4);
    // An error of another type about the same packet: its own may be stamped later.
    if (at === -1 && !patient) at = forwarded(best(main, r.key, errorKey(key), slot, onCore, errorIn), F.FLOW_IN, SURE_ERROR);
    if (at === -1 && touched) at = answered(best(quotable.listed(), r.altKey, key, slot, sent, quotedId), F.ANSWER_B4);
    return at !== -1 ? at : answered(best(quotable.listed(), r.altKey, key, slot, (s) => onAccess(s) && tuples.elsewhere(s, slot), none), F.ANSWER_B4);
  }

  /** Nothing more can pair with it. */
  function leave(slot: number): void {
    if ((r.state[slot] & S_KEYED) !== 0) main.remove(slot, r.key[slot]);
    if ((r.state[slot] & S_HAIR) !== 0) hair.remove(slot, v.hairKey[slot]);
    r.state[slot] &= ~(S_KEYED | S_HAIR);
  }
  function forget(slot: number): void {
    if (slot === latest.slot) latest.take();
    leave(slot);
    quotable.forget(slot);
  }
  return p;
}
