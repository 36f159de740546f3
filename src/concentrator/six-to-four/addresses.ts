/** 6to4 addresses: 2002:V4ADDR::/48 (RFC 3056 section 2) and the sanity checks of RFC 3964 section 5.3. */
import type { AddressTable } from "../../config/types.js";
import { parsePrefix4, type Prefix4 } from "../../wire/address.js";
import { inTable4, prefixTable, word } from "../six-in-four/addresses.js";

/** RFC 3964 section 5.3.1, all of it. */
const RFC3964 = ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];
/**
 * RFC 6890 section 2.2.2: blocks that are not "global", beyond those above. 192.88.99.0/24 is global there. Shared address
 * space is added by the caller, because a PMT relay must serve it (RFC 6732 section 4.2).
 */
const RFC6890 = [...RFC3964, "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"];
const SHARED = "100.64.0.0/10";

/** The IPv4 addresses that no 6to4 node may have, as a table for `inTable4` (decisions.md D11). */
export function refusedV4(table: AddressTable, pmt: boolean): Int32Array {
  const texts = table.name === "custom" ? [] : table.name === "rfc3964" ? RFC3964 : pmt ? RFC6890 : [...RFC6890, SHARED];
  return prefixTable([...texts.map((x) => parsePrefix4(x) as Prefix4), ...table.refuse]);
}

export const is6to4 = (b: Uint8Array, o: number): boolean => b[o] === 0x20 && b[o + 1] === 0x02;
/** V4ADDR of the 6to4 address at `o`, int32. */
export const v4addr = (b: Uint8Array, o: number): number => word(b, o + 2);

export const SANE = 0;
export const FORBIDDEN = 1;
export const NOT_GLOBAL = 2;

/** RFC 3964 section 5.3.2: 0::/16, fe80::/10, fec0::/10, ff00::/8, and 2002:V4ADDR::/48 of a refused V4ADDR. */
export function sanity6(b: Uint8Array, o: number, refused: Int32Array): number {
  if ((b[o] === 0 && b[o + 1] === 0) || b[o] === 0xff || (b[o] === 0xfe && (b[o + 1] & 0x80) !== 0)) return FORBIDDEN;
  return is6to4(b, o) && inTable4(refused, v4addr(b, o)) ? NOT_GLOBAL : SANE;
}
