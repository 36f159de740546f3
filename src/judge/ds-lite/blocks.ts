/** Blocks of IPv4 addresses that every packet is asked about: their masks are made beforehand. */
import { type Prefix4, mask32 } from "../../wire/address.js";

/** The first of the blocks that an address is in, by its place in the list; -1: it is in none. */
export type Blocks = (address: number) => number;

export function createBlocks(list: readonly Prefix4[]): Blocks {
  const addresses = Int32Array.from(list, (p) => p.address);
  const masks = Int32Array.from(list, (p) => mask32(p.length));
  return (address) => {
    for (let i = 0; i < masks.length; i++) if (((address ^ addresses[i]) & masks[i]) === 0) return i;
    return -1;
  };
}
