/** Which of the waiting inputs of a key an output comes from. */
import type { Chains } from "../pairing/chains.js";
import type { Records } from "../transcript.js";
import * as K from "./keys.js";
import { MOST_LOOKED_AT } from "./latest.js";
import type { Tuples } from "./tuple.js";
import type { View } from "./view.js";

/** Another input with the same key waited when an output was paired: which of them it was rests on what is known of the bindings. */
export const S_RIVAL = 16;
/** Candidates kept of one output. */
export const MOST_CANDIDATES = 8;
/** Candidates whose whole payload is compared. */
const MOST_COMPARED = 8;

/** The inputs that an output may come from, and the time of the last output whose key was too crowded to be looked through (-Infinity when none was). */
export interface Found { readonly candidates: Int32Array; count: number; crowdedAt: number }

export interface Search {
  /**
   * Best candidate in a chain: the highest score, of those the one whose header fits, of those the first that is fresh. Fills candidates with those that score as high and differ. `data`: of few
   * candidates those with the output's payload come first, whatever the bindings say: keys hold its first bytes only, and a binding may have expired since.
   */
  best(chains: Chains, keys: Int32Array, key: number, output: number, accept: (s: number) => boolean, score: (s: number, o: number) => number, data?: boolean): number;
  /** Of the last search: the best score; more records than are looked at had the key; other inputs that differ had it too. */
  reached: number;
  cut: boolean;
  rivals: boolean;
}

/** Fills `p`. */
export function createSearch(b: Uint8Array, r: Records, v: View, p: Found, tuples: Tuples, skewSeconds: number, windowSeconds: number): Search {
  const q: Search = { best, reached: 0, cut: false, rivals: false };
  function best(chains: Chains, keys: Int32Array, key: number, output: number, accept: (s: number) => boolean, score: (s: number, o: number) => number, data = false): number {
    const same = (s: number): boolean => K.firstDifference(b, v, s, output) < 0;
    const latest = r.time[output] + skewSeconds;
    const earliest = r.time[output] - windowSeconds;
    const waits = (s: number): boolean => keys[s] === key && r.time[s] <= latest && r.time[s] >= earliest && r.forward[s] < 0 && r.answer[s] < 0 && accept(s);
    let agrees = -1; // unknown until there is a second candidate
    let compared = 0;
    let found = -1;
    let top = -1;
    p.count = 0;
    let looked = 0;
    let fit = 0;
    q.cut = false;
    for (let s = chains.first(key); s >= 0; s = chains.next[s]) {
      if (++looked > MOST_LOOKED_AT) {
        q.cut = true;
        p.crowdedAt = r.time[output];
        break;
      }
      if (!waits(s)) continue;
      const points = score(s, output);
      fit++;
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
      if (points > top || (points === top && tuples.likelier(s, found, output))) {
        top = points;
        found = s;
      }
    }
    q.reached = top;
    if (found < 0) return -1;
    p.candidates[p.count++] = found;
    q.rivals = false;
    looked = 0;
    for (let s = chains.first(key); fit > 1 && s >= 0 && p.count < MOST_CANDIDATES && ++looked <= MOST_LOOKED_AT; s = chains.next[s]) {
      if (s === found || !waits(s) || !K.differ(b, r, v, found, s)) continue;
      q.rivals = true;
      r.state[s] |= S_RIVAL;
      if (score(s, output) === top && (agrees < 1 || looked > MOST_COMPARED || same(s))) p.candidates[p.count++] = s;
    }
    return found;
  }
  return q;
}
