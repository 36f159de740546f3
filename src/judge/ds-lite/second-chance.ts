/** Leftovers of an AFTR that belong together by content (../pairing/leftovers.ts), and what becomes of such a pair. */
import { type Leftovers, createLeftovers } from "../pairing/leftovers.js";
import { type Ring, S_ALIKE, S_AMBIGUOUS } from "../transcript.js";
import type { AftrLikeness } from "./alike.js";
import type { Engine } from "./engine.js";
import * as F from "./facts.js";

/** `link` writes a pair down, `alike` asks the rules that may judge one that content made: beyond those it accuses nobody, and nothing is learned of the NAT from it. */
export interface PairTools { forget(slot: number): void; link(input: number, output: number): void; readonly alike: Engine["alike"] }

export function createSecondChance(b: Uint8Array, ring: Ring, like: AftrLikeness, skewSeconds: number, complete: boolean, tools: PairTools): Leftovers {
  const r = ring.records;
  return createLeftovers(b, ring, like, skewSeconds, complete, {
    forget: tools.forget,
    join(input, output) {
      tools.link(input, output);
      r.state[output] |= S_ALIKE;
      // Rules that look at the echo request itself are asked when it is closed.
      if (like.isAsked(input)) {
        r.answer[input] = r.sequence[output];
        return;
      }
      r.forward[input] = r.sequence[output];
      r.state[input] |= S_AMBIGUOUS;
      tools.alike(input, output, r.kind[input] === F.D_SOFT ? F.FLOW_OUT : F.FLOW_IN);
    },
  });
}
