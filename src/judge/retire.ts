/** What need not wait until an input's window is over: rules that only ask whether it was forwarded, and in a replay the two records themselves. */
import type { Engine } from "./engine.js";
import { F_NEW_CE } from "./facts.js";
import { BY_FORWARDING } from "./forwarded.js";
import { type Ring, S_ALT, S_LISTED, S_SETTLED } from "./transcript.js";

export interface Retire {
  /** Asks the rules that wait for an input whether it was forwarded, when they ask for no more. `count`: candidates of the pairing. */
  settle(input: number, output: number, count: number): void;
  /**
   * Nearly every packet of a replay is followed by what came of it. When nothing can ask for the two again they leave the ring: what is in use then stays in the
   * cache. `aged`: sequence number before which nothing can be paired any more. Only for a whole transcript.
   */
  leave(input: number, output: number, aged: number): void;
}

/** `bulk` false: the rules are asked as for any input. For tests, which compare. */
export function createRetire(ring: Ring, engine: Engine, bulk: boolean): Retire {
  const r = ring.records;
  return {
    settle(input, output, count) {
      const waits = r.facts[input] & engine.inputTriggers;
      if (waits === 0 || (waits & ~BY_FORWARDING) !== 0 || count !== 1) return;
      // An answer may still come, or the output leave the ring before its input does.
      if (waits !== F_NEW_CE && (!bulk || (r.state[input] & S_ALT) !== 0 || r.sequence[output] < r.sequence[input])) return;
      if (bulk && r.answer[input] < 0) engine.forwarded(input, output, waits);
      else engine.closed(input, false);
      r.state[input] |= S_SETTLED;
      if (waits === F_NEW_CE) r.facts[input] &= ~F_NEW_CE;
    },
    leave(input, output, aged) {
      const first = ring.head - 2;
      if (r.sequence[input] !== first || ring.open > first || aged > first || r.forward[input] !== first + 1 || r.answer[input] >= 0) return;
      if (((r.state[input] | r.state[output]) & S_LISTED) !== 0 || ((r.facts[input] & engine.inputTriggers) !== 0 && (r.state[input] & S_SETTLED) === 0)) return;
      ring.takeBack(first);
    },
  };
}
