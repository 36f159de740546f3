/**
 * Inputs that ask for an answer of the device, or are quoted by one: by a key of their own beside that of what is forwarded (`altKey`: echo requests,
 * neighbour solicitations, outer headers, packets that ICMPv4 errors quote), and by looking through the latest when a quote is too short for any key.
 */
import { wordsOf } from "../../wire/words.js";
import { type Ring, S_ALT, S_AMBIGUOUS, S_KEYED } from "../transcript.js";
import { createChains } from "./chains.js";
import { type Found, MOST_CANDIDATES } from "./find.js";
import { sameInner } from "./key.js";

/** An answer comes within this time when it can; older questions are less likely. */
const PROMPT_SECONDS = 0.1;
/** Records looked through for a short quote. */
const RECENT = 4096;

export interface Asked {
  add(slot: number, key: number): void;
  remove(slot: number): void;
  /** Number of inputs that ask under that key, answered or not. */
  holds(key: number): number;
  /** Both fill `candidates` and `count` of `p`, and return the likeliest input or -1. */
  find(key: number, at: number, accept: (slot: number) => boolean): number;
  recent(o: number, len: number, before: number, wanted: number): number;
}

export function createAsked(b: Uint8Array, ring: Ring, p: Found, differs: (x: number, y: number) => boolean, seed: number, skewSeconds: number): Asked {
  const r = ring.records;
  const w = wordsOf(b);
  const alt = createChains(1024, r.capacity, seed);

  function add(slot: number, key: number): void {
    r.altKey[slot] = key;
    r.state[slot] |= S_ALT;
    alt.add(slot, key);
  }

  function remove(slot: number): void {
    if ((r.state[slot] & S_ALT) === 0) return;
    alt.remove(slot, r.altKey[slot]);
    r.state[slot] &= ~S_ALT;
  }

  function holds(key: number): number {
    let n = 0;
    for (let s = alt.first(key); s >= 0; s = alt.next[s]) if (r.altKey[s] === key) n++;
    return n;
  }

  /** Inputs that wait and agree with a short quote (a cut one shows no more than the source) and have one of the facts `wanted` (-1: any): the latest; all that differ from it are candidates. */
  function recent(o: number, len: number, before: number, wanted: number): number {
    p.count = 0;
    for (let q = ring.head - 1; q >= ring.tail; q--) {
      const s = q & r.mask;
      if (ring.pushed - r.number[s] > RECENT) break;
      if ((r.state[s] & S_KEYED) === 0 || r.time[s] > before || (wanted !== -1 && (r.facts[s] & wanted) === 0) || sameInner(b, w, r.inner[s], r.innerLen[s], o, len) !== 1) continue;
      if (p.count === 0 || (p.count < MOST_CANDIDATES && differs(p.candidates[0], s))) p.candidates[p.count++] = s;
    }
    if (p.count > 1) for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= S_AMBIGUOUS;
    return p.count === 0 ? -1 : p.candidates[0];
  }

  /** Asked things of one key: the oldest of those that were asked just now, else the latest. Those that differ from it are candidates too. */
  function find(key: number, at: number, accept: (slot: number) => boolean): number {
    let best = -1;
    for (let s = alt.first(key); s >= 0; s = alt.next[s]) {
      if (r.altKey[s] !== key || r.time[s] > at + skewSeconds || r.answer[s] >= 0 || !accept(s)) continue;
      if (best < 0 || at - r.time[best] > PROMPT_SECONDS) best = s;
    }
    if (best < 0) return -1;
    p.candidates[0] = best;
    p.count = 1;
    for (let s = alt.first(key); s >= 0 && p.count < MOST_CANDIDATES; s = alt.next[s]) {
      if (s === best || r.altKey[s] !== key || r.time[s] > at + skewSeconds || r.answer[s] >= 0 || !accept(s) || !differs(best, s)) continue;
      p.candidates[p.count++] = s;
    }
    if (p.count > 1) for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= S_AMBIGUOUS;
    return best;
  }

  return { add, remove, holds, find, recent };
}
