/**
 * Inputs and outputs to exchanges. Strong keys: the inner IPv6 packet without hop limit and traffic class; errors by the packet they quote;
 * echo replies by identifier and sequence. Equal packets are a multiset, first in first out. Where inputs that differ in something an output
 * depends on share a key, all of them are candidates: such a pairing counts but never accuses by itself.
 */
import type { Domain } from "../domain.js";
import * as F from "../facts.js";
import { type Ring, S_AMBIGUOUS, S_EARLY, S_KEYED, S_WAITS } from "../transcript.js";
import { createAnswers, quoteKey } from "./answers.js";
import { createAsked } from "./asked.js";
import { createChains } from "./chains.js";
import { createDoubt } from "./doubt.js";
import { createEarlyAnswers } from "./early.js";
import { MOST_CANDIDATES, createFinder } from "./find.js";
import { outerKey } from "./key.js";
import { createWaiting } from "./waiting.js";
import { createForwards } from "./forwards.js";
import { createLatest } from "./latest.js";
import { INBOUND, OUTBOUND } from "./pmt.js";
import { createRecordKeys } from "./record-keys.js";

export interface Pairing {
  /** Remembers an input and pairs it with an output that came a little earlier: the output's slot or -1. `answer` as below. */
  input(slot: number): number;
  /** Finds the input of an output: its slot, or -1. Afterwards `candidates`/`count` hold all inputs that may be it, `answer` is 0 or ANSWER_*. */
  output(slot: number): number;
  /** An output that waited long enough for its exact input (all of them when `now` is Infinity) and is now taken as altered: its slot, with `candidates`; else -1. */
  due(now: number): number;
  /** Would an input with the IPv6 packet at `inner` (`len` bytes) be the only one for an output that is its exact copy? Of a single tunnel. */
  isAlone(inner: number, len: number, tunnelled: boolean): boolean;
  /** Takes a record out of all tables: it is closed. */
  forget(slot: number): void;
  readonly candidates: Int32Array;
  count: number;
  answer: number;
  /** See Found. */
  quoted: number;
}

/** Inputs that only a forwarded packet can answer, which is found by the inner packet alone. */
const ASKS_MORE = F.MAY_DROP | F.F_ECHO_REQUEST | F.F_ND;

/** `complete`: no output is stamped before its input. `quick` false: all pairs are found through the tables. For tests, which compare. `shows`: see doubt.ts. */
export function createPairing(
  b: Uint8Array, ring: Ring, domains: readonly Domain[], seed: number, skewSeconds: number, complete = false, quick = true, shows: (side: number, time: number) => boolean = () => true,
): Pairing {
  const r = ring.records;
  // Few inputs wait at a time: small tables stay in the cache, and a full window still has short chains.
  const buckets = Math.max(1024, r.capacity >>> 2);
  const main = createChains(buckets, r.capacity, seed);
  const early = createChains(1024, r.capacity, seed ^ 0x27d4eb2f);
  const answersBefore = createEarlyAnswers(b, r, seed ^ 0x165667b1, skewSeconds);
  const waiting = createWaiting(ring);
  const p: Pairing = { input, output, due, isAlone, forget, candidates: new Int32Array(MOST_CANDIDATES), count: 0, answer: 0, quoted: 0 };

  const keys = createRecordKeys(b, r, domains, seed);
  const { pmt: pmtKeys, anyPmt, pmtFor, of: keyOf } = keys;
  const finder = createFinder(b, r, main, p, pmtKeys, anyPmt);
  /** Parks an answer under the key of its cause: taps may stamp the answer first. */
  const park = complete ? () => {} : answersBefore.add;
  const forwards = createForwards(b, ring, p, finder, keys.pmt, seed);
  const latest = createLatest(b, r, main, keys, finder, complete);
  const asked = createAsked(b, ring, p, finder.differs, seed ^ 0x5bd1e995, skewSeconds);
  const doubt = createDoubt(b, ring, finder, pmtKeys, shows);
  const { add: addAlt, remove: removeAlt } = asked;
  const answers = createAnswers(b, r, p, { finder, asked, pmtKeys, pmt: anyPmt, park, seed, skewSeconds });

  function resolve(slot: number): number {
    if ((r.state[slot] & S_KEYED) !== 0) main.remove(slot, r.key[slot]);
    r.state[slot] &= ~S_KEYED;
    return slot;
  }

  /** The latest input goes into the table, as it would have done at once. */
  function enlist(): void {
    if (latest.slot >= 0) list(latest.slot, latest.key());
  }
  function list(slot: number, key: number): void {
    r.key[slot] = key;
    main.add(slot, key);
    r.state[slot] |= S_KEYED;
  }

  /** The answer to the input in `slot` that was stamped a little before it; sets `answer`. */
  function earlyAnswer(slot: number, key: number): number {
    const s = answersBefore.find(slot, key);
    if (s < 0) return -1;
    unpark(s);
    resolve(slot);
    p.candidates[0] = slot;
    p.count = 1;
    p.answer = answersBefore.kind;
    return s;
  }

  function unpark(s: number): void {
    if ((r.state[s] & S_EARLY) !== 0) early.remove(s, r.key[s]);
    answersBefore.remove(s);
    r.state[s] &= ~(S_EARLY | S_WAITS);
  }

  function input(slot: number): number {
    p.answer = 0;
    enlist();
    const inner = r.inner[slot];
    const f = r.facts[slot];
    const kind = r.kind[slot];
    if (kind === F.K_ICMP4) {
      // Through a PMT relay the packet that is quoted is not the one that the sender knows.
      const quoted = answers.echo4(slot) ?? ((f & F.F_V4_ERROR) === 0 || r.innerLen[slot] < 40 ? undefined : quoteKey(keyOf(slot, pmtFor(slot), INBOUND)));
      if (quoted === undefined) return -1;
      addAlt(slot, quoted);
      return complete ? -1 : earlyAnswer(slot, quoted);
    }
    if (inner > 0 && !(kind === F.K_NATIVE && r.domain[slot] >= domains.length)) {
      const pmt = (f & F.F_HAIRPIN) === 0 ? pmtFor(slot) : undefined;
      const flow = kind === F.K_TUNNEL ? OUTBOUND : INBOUND;
      // An error that waits under the key of its cause waits in `early` too.
      if (quick && (f & ASKS_MORE) === 0 && early.isEmpty()) {
        latest.set(slot, pmt, flow);
        return -1;
      }
      const key = keyOf(slot, pmt, flow);
      r.key[slot] = key;
      for (let s = early.first(key); s >= 0; s = early.next[s]) {
        // A datagram that was joined may be answered too early by a device that does not wait for its last fragment (RFC 4213 section 3.6).
        if (r.key[s] !== key || (r.time[slot] - r.time[s] > skewSeconds && (f & F.F_JOINED) === 0) || !forwards.agrees(slot, s, pmt, flow)) continue;
        // Another hop limit or traffic class than this input gives: `due` looks for a better one first.
        if ((r.state[s] & S_WAITS) !== 0 && !finder.fits(slot, r.inner[s], b[r.inner[s] + 7])) continue;
        unpark(s);
        p.candidates[0] = slot;
        p.count = 1;
        return s;
      }
      list(slot, key);
      const question = answers.question(slot);
      if (question !== undefined) {
        addAlt(slot, question);
        const reply = earlyAnswer(slot, question);
        return reply >= 0 ? reply : earlyAnswer(slot, key);
      }
      const error = earlyAnswer(slot, key);
      if (error >= 0) return error;
    }
    if ((kind === F.K_TUNNEL || kind === F.K_FRAGMENT) && (f & F.MAY_DROP) !== 0 && (f & F.F_JOINED) === 0) {
      const quoted = outerKey(b, r.off[slot], seed);
      addAlt(slot, quoted);
      return earlyAnswer(slot, quoted);
    }
    return -1;
  }

  function answerTo(at: number, kind: number): number {
    p.answer = at < 0 ? 0 : kind;
    if (at < 0) p.count = 0;
    else resolve(at);
    return at;
  }

  function output(slot: number): number {
    p.count = 0;
    p.answer = 0;
    const inner = r.inner[slot];
    if (latest.slot >= 0 && inner > 0 && r.kind[slot] !== F.K_ICMP4 && latest.causes(slot)) {
      const at = latest.slot;
      latest.slot = -1;
      p.candidates[0] = at;
      p.count = 1;
      return at;
    }
    enlist();
    if (r.kind[slot] === F.K_ICMP4) return answerTo(answers.icmp4(slot), answers.kind);
    if (inner === 0) return -1;
    const until = r.time[slot] + skewSeconds;
    const pmt = pmtFor(slot);
    const key = keyOf(slot, pmt, r.kind[slot] === F.K_TUNNEL ? INBOUND : OUTBOUND);
    r.key[slot] = key;
    let at = forwards.exact(slot, pmt, until, !complete);
    if (at < 0 && complete && pmt === undefined) at = forwards.renamed(slot, until);
    // Of packets that are alike but for hop limit and traffic class, one may be stamped before its own input: what does not fit waits for that (`due`).
    if (at >= 0 && !complete && !finder.fits(at, inner, b[inner + 7]) && waiting.add(slot)) {
      early.add(slot, key);
      r.state[slot] |= S_EARLY;
      p.count = 0;
      return -1;
    }
    if (at >= 0) return resolve(at);
    const f = r.facts[slot];
    const cause = answers.icmp6(slot, until);
    // A mirror's second copy of an error or reply that was forwarded answers nothing.
    if (cause >= 0 && (complete || !doubt.isForwarded(slot, -1, pmt, r.kind[slot] === F.K_TUNNEL ? INBOUND : OUTBOUND))) {
      if (complete || !answers.mayBeRelayed(cause) || !waiting.add(slot)) return answerTo(cause, answers.kind);
      // Under the key of the question alone: `due` knows it by that.
      park(slot, quoteKey(answers.quoted));
      p.count = 0;
      return -1;
    }
    p.count = 0;
    if (complete && pmt === undefined && (f & F.F_ND) === 0) {
      const altered = forwards.altered(slot, until);
      if (altered >= 0) return resolve(altered);
    }
    if ((f & F.F_ND) === 0) {
      early.add(slot, key);
      r.state[slot] |= S_EARLY;
      if (!complete) waiting.add(slot);
    }
    return -1;
  }

  function due(now: number): number {
    for (let s = waiting.next(now); s >= 0; s = waiting.next(now)) {
      p.answer = 0;
      enlist();
      const until = r.time[s] + skewSeconds;
      const hop = b[r.inner[s] + 7];
      const pmt = pmtFor(s);
      const isAnswer = (r.state[s] & S_EARLY) === 0;
      if (isAnswer) unpark(s);
      if (isAnswer && answerTo(answers.icmp6(s, until), answers.kind) >= 0) return s;
      if (isAnswer) continue;
      let at = forwards.exact(s, pmt, until, false);
      if (at < 0 && pmt === undefined) at = forwards.renamed(s, until);
      if (at < 0 && pmt === undefined) at = forwards.altered(s, until);
      if (at < 0) continue;
      // No device makes a higher hop limit of an exceeded one (but 255 of 0): it is the copy of a packet that the tap lost.
      if ((r.facts[at] & F.F_HOP) !== 0 && hop > 1 && hop < 255) r.state[at] |= S_AMBIGUOUS;
      if (doubt.isDoubtful(s, at, pmt, r.kind[s] === F.K_TUNNEL ? INBOUND : OUTBOUND)) r.state[at] |= S_AMBIGUOUS;
      unpark(s);
      resolve(at);
      return s;
    }
    return -1;
  }

  function isAlone(inner: number, len: number, tunnelled: boolean): boolean {
    enlist();
    return early.isEmpty() && (main.isEmpty() || latest.isOnly(keys.at(inner, len, anyPmt, tunnelled ? OUTBOUND : INBOUND)));
  }

  function forget(slot: number): void {
    if (slot === latest.slot) latest.slot = -1;
    const s = r.state[slot];
    if ((s & S_KEYED) !== 0) main.remove(slot, r.key[slot]);
    removeAlt(slot);
    unpark(slot);
    r.state[slot] &= ~S_KEYED;
  }
  return p;
}
