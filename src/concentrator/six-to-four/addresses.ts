/** 6to4 addresses: 2002:V4ADDR::/48 (RFC 3056 section 2) and the sanity checks of RFC 3964 section 5.3. */
import { TABLES } from "../../config/defaults.js";
import type { SixToFour } from "../../config/types.js";
import type { Prefix4 } from "../../wire/address.js";
import { inTable4, prefixTable, word } from "../six-in-four/addresses.js";

/** 100.64.0.0/10, shared address space (RFC 6598). */
const SHARED: Prefix4 = { address: 0x64400000, length: 10 };

/**
 * The IPv4 addresses that no 6to4 node may have, as a table for `inTable4` (decisions.md D11; own broadcast addresses: RFC 3964 section 5.3.1). Not global, yet wanted at a
 * PMT relay: shared address space (RFC 6732 section 4.2); only a `custom` table can refuse it there.
 */
export function refusedV4({ table, broadcasts, kind }: SixToFour): Int32Array {
  const own: readonly Prefix4[] = (broadcasts ?? []).map((address) => ({ address, length: 32 }));
  if (table.name === "custom") return prefixTable([...table.refuse, ...own]);
  const refused = table.refuse.length > 0 ? table.refuse : TABLES[table.name].refuse;
  return prefixTable([...(kind === "6to4-pmt" ? refused.filter((p) => p.address !== SHARED.address || p.length !== SHARED.length) : refused), ...own]);
}

export const is6to4 = (b: Uint8Array, o: number): boolean => b[o] === 0x20 && b[o + 1] === 0x02;
/** V4ADDR of the 6to4 address at `o`, int32. */
export const v4addr = (b: Uint8Array, o: number): number => word(b, o + 2);

export const SANE = 0;
export const FORBIDDEN = 1;
export const NOT_GLOBAL = 2;

/** Link-local or multicast: never routed, so a packet to it is the link's own business. */
export const isLinkScoped = (b: Uint8Array, o: number): boolean => b[o] === 0xff || (b[o] === 0xfe && (b[o + 1] & 0xc0) === 0x80);

/** RFC 3964 section 5.3.2: 0::/16, fe80::/10, fec0::/10, ff00::/8, and 2002:V4ADDR::/48 of a refused V4ADDR. */
export function sanity6(b: Uint8Array, o: number, refused: Int32Array): number {
  if ((b[o] === 0 && b[o + 1] === 0) || b[o] === 0xff || (b[o] === 0xfe && (b[o + 1] & 0x80) !== 0)) return FORBIDDEN;
  return is6to4(b, o) && inTable4(refused, v4addr(b, o)) ? NOT_GLOBAL : SANE;
}

/**
 * RFC 6324 section 3.3: does the IPv6 address at `o` embed one of the node's own IPv4 addresses, as a 6to4 address or by the interface
 * identifier of ISATAP (0000:5efe or 0200:5efe)? A packet from or to such an address would come back, again and again.
 */
export function embedsOwn(b: Uint8Array, o: number, own: Int32Array): boolean {
  if (is6to4(b, o) && own.includes(v4addr(b, o))) return true;
  return (word(b, o + 8) & 0xfdffffff) === 0x5efe && own.includes(word(b, o + 12));
}
