/** Results that are remembered, in tables of fixed size: a new one takes the place of the one that shares its slot, so memory does not grow with the capture. */
import { put32, u32 } from "../../wire/bits.js";
import type { Ipv6 } from "../../wire/address.js";

const SLOTS4 = 1 << 20;
const SLOTS6 = 1 << 19;
const WORDS = 8;
const MIX = 0x9e3779b1;

/** `f` with its results remembered. `f(0)` must be 0: so an empty slot is a right one. */
export function remembered4(f: (address: number) => number): (address: number) => number {
  const keys = new Uint32Array(SLOTS4);
  const values = new Uint32Array(SLOTS4);
  return (given) => {
    const address = given >>> 0;
    const slot = Math.imul(address, MIX) >>> 12;
    if (keys[slot] === address) return values[slot];
    const made = f(address);
    keys[slot] = address;
    values[slot] = made;
    return made;
  };
}

/** Each step lets high bits reach low ones: prefixes differ in the middle of a word. */
const mix = (hash: number, word: number): number => {
  const h = Math.imul(hash ^ word, MIX);
  return h ^ (h >>> 15);
};

/** Replaces the 16 bytes at `o` by `f` of them. `f` of :: must be ::. Two slots for each hash: the older result gives way. */
export function remembered6(f: (address: Ipv6) => Ipv6): (b: Uint8Array, o: number) => void {
  const table = new Uint32Array(SLOTS6 * WORDS);
  return (b, o) => {
    const [w0, w1, w2, w3] = [u32(b, o), u32(b, o + 4), u32(b, o + 8), u32(b, o + 12)];
    const first = (mix(mix(mix(mix(0, w0), w1), w2), w3) & (SLOTS6 - 2)) * WORDS;
    const holds = (at: number): boolean => table[at] === w0 && table[at + 1] === w1 && table[at + 2] === w2 && table[at + 3] === w3;
    let at = first;
    if (!holds(first)) {
      at = first + WORDS;
      if (!holds(at)) {
        const made = f([w0, w1, w2, w3]);
        table.copyWithin(at, first, at);
        at = first;
        table[at] = w0;
        table[at + 1] = w1;
        table[at + 2] = w2;
        table[at + 3] = w3;
        for (let i = 0; i < 4; i++) table[at + 4 + i] = made[i];
      }
    }
    for (let i = 0; i < 4; i++) put32(b, o + 4 * i, table[at + 4 + i]);
  };
}
