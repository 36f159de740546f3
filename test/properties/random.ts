/** A small seeded generator: the same seed, the same traffic, on every machine (mulberry32). */
export interface Random {
  /** An integer from 0 to n - 1. */
  below(n: number): number;
  chance(p: number): boolean;
  pick<T>(of: readonly T[]): T;
  word(): number;
  bytes(n: number): Uint8Array;
}

export function randomOf(seed: number): Random {
  let a = seed >>> 0;
  const next = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    chance: (p) => next() < p,
    pick: (of) => of[below(of.length)],
    word: () => below(4294967296) >>> 0,
    bytes: (n) => Uint8Array.from({ length: n }, () => below(256)),
  };
}
