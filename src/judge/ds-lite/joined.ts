/** What fragments make together is a packet like any other: first those of the tunnel packet, then those of the packet inside. */
import { type Ring, unlink } from "../transcript.js";
import * as F from "./facts.js";
import { createJoiner } from "./joiner.js";
import type { View } from "./view.js";

/** After `slot` was added, `joined` adds what it completes, if anything. */
export function createJoined(b: Uint8Array, ring: Ring, v: View, seed: number, add: (slot: number) => void): (slot: number) => void {
  const r = ring.records;
  const outer = createJoiner(b, ring, v, seed, true, F.F_JOINED6);
  const inner = createJoiner(b, ring, v, seed ^ 0x1234567, false, F.F_JOINED4);
  return (added) => {
    let slot = added;
    if (r.kind[slot] === F.D_PIECE6) {
      slot = outer.take(slot);
      if (slot < 0) return;
      unlink(r, slot);
      add(slot);
    }
    if ((r.facts[slot] & F.F_PIECE4) === 0 || (r.facts[slot] & F.F_BAD4) !== 0) return;
    slot = inner.take(slot);
    if (slot < 0) return;
    unlink(r, slot);
    add(slot);
  };
}
