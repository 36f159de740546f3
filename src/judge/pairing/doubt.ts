/** Whether an output that no input fits exactly is the device's doing at all: mirror ports copy packets, and taps stop. */
import { wordsOf } from "../../wire/words.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import { INTO } from "../types.js";
import type { Ring } from "../transcript.js";
import type { Finder } from "./find.js";
import { sameInner } from "./key.js";
import type { PmtFlow, PmtKeys } from "./pmt.js";

/** Outputs for which the window is looked through in a run: a device that is really wrong is known long before. */
const TRIES = 4096;
/** A tap that showed nothing from so long (s) before the output on may have stopped. */
const QUIET_SECONDS = 0.25;

export interface Doubt {
  /** Came an input (another than `at`) of which this output is an exact copy, forwarded? Then something else that it may be taken for is not what it is. */
  isForwarded(output: number, at: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): boolean;
  /** May the output be a second copy of what came of another input that fits, or its input have been missed? `at`: the input that fits best. */
  isDoubtful(output: number, at: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): boolean;
}

/** `shows`: did the tap of this side show a packet at this capture time (s) or later? */
export function createDoubt(b: Uint8Array, ring: Ring, finder: Finder, pmtKeys: PmtKeys, shows: (side: number, time: number) => boolean): Doubt {
  const r = ring.records;
  const w = wordsOf(b);
  let tries = TRIES;
  const d: Doubt = {
    isForwarded(output, at, pmt, flow) {
      if (tries === 0) return false;
      tries--;
      const o = r.inner[output];
      const len = r.innerLen[output];
      for (let q = ring.head - 1; q >= ring.tail; q--) {
        const s = q & r.mask;
        if (r.direction[s] !== INTO || s === at || r.inner[s] === 0 || r.innerLen[s] < 40 || !finder.fits(s, o, b[o + 7])) continue;
        if ((pmt === undefined ? sameInner(b, w, r.inner[s], r.innerLen[s], o, len) : pmtKeys.same(pmt, r.inner[s], r.innerLen[s], o, len, flow, true)) === 1) return true;
      }
      return false;
    },
    isDoubtful: (output, at, pmt, flow) => !shows(r.side[at], r.time[output] - QUIET_SECONDS) || d.isForwarded(output, at, pmt, flow),
  };
  return d;
}
