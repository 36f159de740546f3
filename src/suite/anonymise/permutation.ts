/**
 * Keyed permutations of addresses. Bits of an address are flipped by a pseudo-random function of the bits before them (Xu, Fan, Ammar, Moon:
 * Prefix-preserving IP address anonymization, 2002): two addresses that share n leading bits share them afterwards. A bit before which a kept range
 * may still follow is never flipped, so kept ranges stay where they are; whatever the function is, the result is a permutation.
 */
import { createCipheriv, createHash } from "node:crypto";

/** `all`: each address of the range stays. Otherwise the range stays as a whole, its addresses change places within it. */
export interface Kept { readonly value: bigint; readonly length: number; readonly all: boolean }

/** 128 pseudo-random bits for a message of at most 16 bytes. */
export type Prf = (message: Buffer) => Buffer;

/** `domain` keeps the uses of one key apart. */
export function createPrf(key: string, domain: string): Prf {
  const aes = createCipheriv("aes-256-ecb", createHash("sha256").update(`softproof anonymise\0${domain}\0${key}`).digest(), null);
  aes.setAutoPadding(false);
  return (message) => aes.update(message);
}

/** Addresses that are remembered; beyond it they are worked out again. */
const CACHE = 1 << 20;

/** The permutation of `width`-bit numbers (at most 64). */
export function prefixPreserving(prf: Prf, width: number, kept: readonly Kept[]): (value: bigint) => bigint {
  const cache = new Map<bigint, bigint>();
  const block = Buffer.alloc(16);
  const holds = (prefix: bigint, bits: number): boolean => kept.some((k) => {
    if (bits < k.length) return prefix === k.value >> BigInt(width - bits);
    return k.all && prefix >> BigInt(bits - k.length) === k.value >> BigInt(width - k.length);
  });
  function permute(value: bigint): bigint {
    let out = 0n;
    for (let bits = 0; bits < width; bits++) {
      const prefix = value >> BigInt(width - bits);
      let bit = (value >> BigInt(width - 1 - bits)) & 1n;
      if (!holds(prefix, bits)) {
        block.writeBigUInt64BE(prefix, 0);
        block.writeUInt32BE(bits, 8);
        bit ^= BigInt(prf(block)[0] >>> 7);
      }
      out = (out << 1n) | bit;
    }
    return out;
  }
  return (value) => {
    const known = cache.get(value);
    if (known !== undefined) return known;
    const made = permute(value);
    if (cache.size < CACHE) cache.set(value, made);
    return made;
  };
}

/** A permutation of 64-bit numbers without structure (a Feistel network of 8 rounds) that leaves those with `fixed` alone, and out of its results. */
export function scrambling(prf: Prf, fixed: (value: bigint) => boolean): (value: bigint) => bigint {
  const block = Buffer.alloc(16);
  const cache = new Map<bigint, bigint>();
  const LOW = 0xffffffffn;
  function once(value: bigint): bigint {
    let [left, right] = [value >> 32n, value & LOW];
    for (let round = 0; round < 8; round++) {
      block.writeBigUInt64BE(right, 0);
      block.writeUInt32BE(round, 8);
      [left, right] = [right, left ^ BigInt(prf(block).readUInt32BE(0))];
    }
    return (left << 32n) | right;
  }
  return (value) => {
    if (fixed(value)) return value;
    const known = cache.get(value);
    if (known !== undefined) return known;
    let made = once(value);
    while (fixed(made)) made = once(made);
    if (cache.size < CACHE) cache.set(value, made);
    return made;
  };
}
