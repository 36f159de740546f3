/**
 * Keyed permutations of addresses. Bits of an address are flipped by a pseudo-random function of the bits before them (Xu, Fan, Ammar, Moon:
 * Prefix-preserving IP address anonymization, 2002): two addresses that share n leading bits share them afterwards. A bit before which a kept range
 * may still follow is never flipped, so kept ranges stay where they are; whatever the function is, the result is a permutation.
 */
import { createCipheriv, createHash } from "node:crypto";

/** `all`: each address of the range stays. Otherwise the range stays as a whole, its addresses change places within it. */
export interface Kept { readonly value: bigint; readonly length: number; readonly all: boolean }
/** Bits `from` (not less than `length`) up to `to` of the addresses of a range stay, wherever the range goes: its addresses keep their numbers in it. */
export interface Numbered { readonly value: bigint; readonly length: number; readonly from: number; readonly to: number }

const BLOCK = 16;
/** 128 pseudo-random bits for each 16 bytes of a message. */
export type Prf = (message: Buffer) => Buffer;

/** `domain` keeps the uses of one key apart. */
export function createPrf(key: string, domain: string): Prf {
  const aes = createCipheriv("aes-256-ecb", createHash("sha256").update(`softproof anonymise\0${domain}\0${key}`).digest(), null);
  aes.setAutoPadding(false);
  return (message) => aes.update(message);
}

/** The permutation of `width`-bit numbers (at most 64). Nothing is remembered: what calls it often keeps results (cache.ts). */
export function prefixPreserving(prf: Prf, width: number, kept: readonly Kept[], numbered: readonly Numbered[] = []): (value: bigint) => bigint {
  const message = Buffer.alloc(BLOCK * width);
  for (let bits = 0; bits < width; bits++) message.writeUInt32BE(bits, BLOCK * bits + 8);
  /** Leading bits that `a` and `b` share. */
  const shared = (a: bigint, b: bigint): number => {
    const differ = a ^ b;
    const high = Number(differ >> 32n);
    return (high === 0 ? 32 + Math.clz32(Number(differ & 0xffffffffn)) : Math.clz32(high)) - (64 - width);
  };
  /** Leading bits that stay: those before which a kept range may still follow. */
  const held = (value: bigint): number => kept.reduce((most, k) => {
    const common = shared(value, k.value);
    return Math.max(most, common < k.length ? common + 1 : k.all ? width : k.length);
  }, 0);
  return (value) => {
    const from = held(value);
    if (from >= width) return value;
    for (let bits = from; bits < width; bits++) message.writeBigUInt64BE(value >> BigInt(width - bits), BLOCK * bits);
    // One call for all bits: what each depends on is known beforehand.
    const random = prf(message.subarray(BLOCK * from));
    let flips = 0n;
    for (let bits = from; bits < width; bits++) flips = (flips << 1n) | BigInt(random[BLOCK * (bits - from)] >>> 7);
    // Whether a range holds the address is told by bits before those that stay, so addresses go on sharing their prefixes.
    for (const n of numbered) {
      if (shared(value, n.value) >= n.length) flips &= ~(((1n << BigInt(n.to - n.from)) - 1n) << BigInt(width - n.to));
    }
    return value ^ flips;
  };
}

/** A permutation of 64-bit numbers without structure (a Feistel network of 8 rounds) that leaves those with `fixed` alone, and out of its results. */
export function scrambling(prf: Prf, fixed: (value: bigint) => boolean): (value: bigint) => bigint {
  const block = Buffer.alloc(BLOCK);
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
    let made = once(value);
    while (fixed(made)) made = once(made);
    return made;
  };
}
