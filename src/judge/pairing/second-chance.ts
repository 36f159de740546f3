/** Leftovers of tunnels of IPv4 that belong together by content (leftovers.ts), and what becomes of such a pair. */
import type { Domain } from "../domain.js";
import type { Engine } from "../engine.js";
import * as F from "../facts.js";
import { type Ring, S_ALIKE, S_AMBIGUOUS, S_MODIFIED } from "../transcript.js";
import { createTunnelLikeness } from "./alike.js";
import { type Leftovers, createLeftovers } from "./leftovers.js";

/** `link` writes a pair down, `alike` asks the rules that may judge one that content made: beyond those it accuses nobody. */
export interface PairTools { forget(slot: number): void; link(input: number, output: number): void; readonly alike: Engine["alike"] }

export function createSecondChance(b: Uint8Array, ring: Ring, domains: readonly Domain[], skewSeconds: number, complete: boolean, tools: PairTools): Leftovers {
  const r = ring.records;
  const like = createTunnelLikeness(b, r, domains);
  return createLeftovers(b, ring, like, skewSeconds, complete, {
    forget: tools.forget,
    join(input, output) {
      tools.link(input, output);
      r.state[output] |= S_ALIKE;
      if (like.isAsked(input)) {
        r.answer[input] = r.sequence[output];
        tools.alike(input, output, "answer", F.ANSWER_ECHO);
        return;
      }
      r.forward[input] = r.sequence[output];
      r.state[input] |= S_AMBIGUOUS | S_MODIFIED;
      tools.alike(input, output, "pair", F.flowOf(r.kind[input], r.kind[output]));
    },
  });
}
