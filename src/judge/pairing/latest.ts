/** The input that came last: mostly the next output is its own, and then neither of them needs the tables of pairing.ts. */
import { wordsOf } from "../../wire/words.js";
import * as F from "../facts.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import type { Records } from "../transcript.js";
import type { Chains } from "./chains.js";
import type { Finder } from "./find.js";
import { sameInner } from "./key.js";
import { INBOUND, OUTBOUND, type PmtFlow } from "./pmt.js";
import type { RecordKeys } from "./record-keys.js";

export interface Latest {
  /** The latest input while it is in no table; -1: there is none. */
  slot: number;
  /** Remembers it, and the PMT relay that translates it. */
  set(slot: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): void;
  /** Its key; it is forgotten here. */
  key(): number;
  /** Would the tables give it, and no other, as the one that an output exactly forwards? */
  causes(output: number): boolean;
  /** Does no input wait that has this key? */
  isOnly(key: number): boolean;
}

/** `main`: the inputs that wait. `complete` as in pairing.ts. */
export function createLatest(b: Uint8Array, r: Records, main: Chains, keys: RecordKeys, finder: Finder, complete: boolean): Latest {
  const w = wordsOf(b);
  let latestPmt: SixToFourDomain | undefined;
  let latestFlow: PmtFlow = OUTBOUND;
  const l: Latest = {
    slot: -1,
    set(slot, pmt, flow) {
      l.slot = slot;
      latestPmt = pmt;
      latestFlow = flow;
    },
    key() {
      const { slot } = l;
      l.slot = -1;
      return keys.of(slot, latestPmt, latestFlow);
    },
    causes(output) {
      const i = r.inner[l.slot];
      const o = r.inner[output];
      const len = r.innerLen[output];
      const pmt = keys.pmtFor(output);
      if (len !== r.innerLen[l.slot] || pmt !== latestPmt) return false;
      const flow = r.kind[output] === F.K_TUNNEL ? INBOUND : OUTBOUND;
      if (pmt === undefined) {
        if (sameInner(b, w, i, len, o, len) !== 1) return false;
      } else if (flow !== latestFlow || (b[i + 6] !== 6 && b[i + 6] !== 17) || keys.pmt.same(pmt, i, len, o, len, flow, !complete) !== 1) return false;
      if (!complete && !finder.fits(l.slot, o, b[o + 7])) return false;
      return main.isEmpty() || l.isOnly(keys.of(output, pmt, flow));
    },
    isOnly(key) {
      for (let s = main.first(key); s >= 0; s = main.next[s]) if (r.key[s] === key) return false;
      return true;
    },
  };
  return l;
}
