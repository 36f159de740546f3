/**
 * Nearly every packet of a replay is followed by what came of it. When nothing can ask for the two again they leave the ring: what is in use then stays in the
 * processor's cache, and the window holds what may still get an answer.
 */
import type { Ring } from "../transcript.js";
import type { Engine } from "./engine.js";
import { F_JOINED4, F_JOINED6 } from "./facts.js";
import { S_TABLES } from "./pairing.js";
import type { View } from "./view.js";

/** Takes an input and its output out of the ring if they are the newest records and all rules on the input are settled. Only for a whole transcript. */
export function createRetire(ring: Ring, v: View, engine: Engine): (input: number, output: number) => void {
  const r = ring.records;
  return (input, output) => {
    const first = ring.head - 2;
    if (r.sequence[input] !== first || r.sequence[output] !== first + 1 || ring.open > first || r.answer[input] >= 0) return;
    if (((r.state[input] | r.state[output]) & S_TABLES) !== 0 || ((r.facts[input] | r.facts[output]) & (F_JOINED4 | F_JOINED6)) !== 0) return;
    // What an inbound packet met may show later only, when it met nothing on arrival; so may what a hairpinned one met (`recheck` in learn.ts).
    if ((r.side[input] === 0) !== v.binding[input] < 0 || !engine.settled(input, output)) return;
    ring.takeBack(first);
  };
}
