/** Inputs by what an error quotes of them. Hardly any output asks, so the keys are made when one does: of all inputs that came since, in their order. */
import { ACCESS } from "../../config/types.js";
import { type Chains, createChains } from "../pairing/chains.js";
import { type Ring, S_ALT } from "../transcript.js";
import { asQuoted } from "./keys.js";
import type { View } from "./view.js";

/** Its key (`Records.altKey`) is in the table. S_ALT: it is, or is to be. */
export const S_QUOTABLE = 64;

export interface Quotable {
  add(slot: number): void;
  /** All that was added. */
  listed(): Chains;
  forget(slot: number): void;
}

export function createQuotable(b: Uint8Array, ring: Ring, v: View, seed: number): Quotable {
  const r = ring.records;
  const chains = createChains(r.capacity, r.capacity, seed ^ 0x5bd1e995);
  /** Inputs from here on (sequence number) are not in the table yet. What is in it is not taken back (retire.ts). */
  let unlisted = 0;
  return {
    add(slot) {
      r.state[slot] |= S_ALT;
    },
    listed() {
      for (let s = Math.max(unlisted, ring.tail); s < ring.head; s++) {
        const slot = s & r.mask;
        if ((r.state[slot] & (S_ALT | S_QUOTABLE)) !== S_ALT) continue;
        r.state[slot] |= S_QUOTABLE;
        r.altKey[slot] = asQuoted(b, v, slot, r.side[slot] === ACCESS, seed);
        chains.add(slot, r.altKey[slot]);
      }
      unlisted = ring.head;
      return chains;
    },
    forget(slot) {
      if ((r.state[slot] & S_QUOTABLE) !== 0) chains.remove(slot, r.altKey[slot]);
      r.state[slot] &= ~(S_ALT | S_QUOTABLE);
    },
  };
}
