/** The input that an output forwards: by the output's own key, by that of another next header, or altered within the keyed bytes. */
import { wordsOf } from "../../wire/words.js";
import * as F from "../facts.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import { type Ring, S_MODIFIED } from "../transcript.js";
import type { Finder, Found } from "./find.js";
import { SUM_WORDS, innerKey, sameInner } from "./key.js";
import { INBOUND, OUTBOUND, type PmtFlow, type PmtKeys, isClose } from "./pmt.js";
import { createWeakFinder } from "./weak.js";

/** The finding ones give its slot or -1, and fill the candidates. `latest`: time of the last input that counts. */
export interface Forwards {
  /** Under its own key. */
  exact(slot: number, pmt: SixToFourDomain | undefined, latest: number, exactOnly: boolean): number;
  /** With another next header. */
  renamed(slot: number, latest: number): number;
  /** Altered within the keyed bytes. */
  altered(slot: number, latest: number): number;
  /** Is the output that was stamped a little before this input its own? Through a PMT relay a packet with another Subnet-ID is known too. */
  agrees(input: number, output: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): boolean;
}

export function createForwards(b: Uint8Array, ring: Ring, p: Found, finder: Finder, pmtKeys: PmtKeys, seed: number): Forwards {
  const r = ring.records;
  const w = wordsOf(b);
  const { find } = finder;
  const findWeak = createWeakFinder(b, ring);
  return {
    exact(slot, pmt, latest, exactOnly) {
      const inner = r.inner[slot];
      const len = r.innerLen[slot];
      const at = find(r.key[slot], inner, len, latest, b[inner + 7], exactOnly, pmt, r.kind[slot] === F.K_TUNNEL ? INBOUND : OUTBOUND);
      // What goes from customer to customer through the relay is not translated.
      return at >= 0 || pmt === undefined ? at : find(innerKey(b, w, inner, len, seed), inner, len, latest, b[inner + 7], exactOnly);
    },
    renamed(slot, latest) {
      const inner = r.inner[slot];
      for (let i = 0; i < SUM_WORDS.length; i++) {
        const key = innerKey(b, w, inner, r.innerLen[slot], seed, SUM_WORDS[i]);
        const at = key === r.key[slot] ? -1 : find(key, inner, r.innerLen[slot], latest, b[inner + 7], false);
        if (at >= 0) return at;
      }
      return -1;
    },
    altered(slot, latest) {
      const at = findWeak(slot, latest);
      p.candidates[0] = at;
      p.count = at < 0 ? 0 : 1;
      return at;
    },
    agrees(input, output, pmt, flow) {
      const i = r.inner[input];
      const o = r.inner[output];
      if (pmt === undefined) return sameInner(b, w, o, r.innerLen[output], i, r.innerLen[input]) === 1;
      const same = pmtKeys.same(pmt, i, r.innerLen[input], o, r.innerLen[output], flow, false);
      if (same !== 2 || !isClose(pmt, b, i, o, flow)) return same === 1;
      r.state[input] |= S_MODIFIED;
      return true;
    },
  };
}
