/**
 * Which provider address a 6to4 address has at a PMT relay (RFC 6732 section 3.3), and back. Only the high 64 bits are mapped here.
 * Stateless: figure 3, 2002:V4ADDR:SUBNET <-> PROVIDER-PREFIX:V4ADDR; a prefix shorter than /32 leaves zero bits behind V4ADDR.
 * Stateful: each V4ADDR and Subnet-ID gets the next free /64 of the prefix with its first packet outwards, and keeps it until no packet came for so long.
 */
import type { SixToFour } from "../../config/types.js";
import { inPrefix6At, mask32, type Prefix6 } from "../../wire/address.js";
import { bits, put16, put32, putBits, u16 } from "../../wire/bits.js";
import { addRecord, createRecords, findRecord, hashKey, removeRecord } from "../softwires/records.js";
import { inTable4, prefixTable } from "../six-in-four/addresses.js";
import { is6to4, v4addr } from "./addresses.js";

export interface AddressMapping {
  /** Is the address at `o` in the provider prefix? */
  covers(b: Uint8Array, o: number): boolean;
  /** Is the 6to4 address at `o` one that is translated? */
  translatable(b: Uint8Array, o: number): boolean;
  /** Is there a 6to4 prefix behind the provider address at `o`? */
  known(b: Uint8Array, o: number): boolean;
  /** V4ADDR (int32) behind a known provider address. */
  v4(b: Uint8Array, o: number): number;
  /** Sees to it that a translatable address has a provider prefix; false when none is free. */
  ensure(b: Uint8Array, o: number): boolean;
  /** Rewrites the high 64 bits; false (and nothing is written) when the address has no counterpart. */
  toProvider(b: Uint8Array, o: number): boolean;
  to6to4(b: Uint8Array, o: number): boolean;
  /** Capture time in seconds. */
  at(sec: number): void;
}

const NOWHERE: Prefix6 = { address: [0, 0, 0, 0], length: 128 };

function writePrefix(b: Uint8Array, o: number, p: Prefix6): void {
  put32(b, o, (p.address[0] & mask32(p.length)) >>> 0);
  put32(b, o + 4, (p.address[1] & mask32(p.length - 32)) >>> 0);
}

function write6to4(b: Uint8Array, o: number, v4: number, subnet: number): void {
  put16(b, o, 0x2002);
  put32(b, o + 2, v4);
  put16(b, o + 6, subnet);
}

export function statelessMapping(cfg: SixToFour): AddressMapping {
  const prefix = cfg.providerPrefix ?? NOWHERE;
  const subnet = cfg.subnetId ?? 0;
  const spare = Math.max(0, 32 - prefix.length);
  const covers = (b: Uint8Array, o: number): boolean => inPrefix6At(b, o, prefix);
  const v4 = (b: Uint8Array, o: number): number => bits(b, o, prefix.length, 32) | 0;
  const optOut = prefixTable(cfg.optOut ?? []);
  const known = (b: Uint8Array, o: number): boolean => covers(b, o) && bits(b, o, prefix.length + 32, spare) === 0 && !inTable4(optOut, v4(b, o));
  const translatable = (b: Uint8Array, o: number): boolean => is6to4(b, o) && u16(b, o + 6) === subnet && !inTable4(optOut, v4addr(b, o));
  return {
    covers, translatable, known, v4, ensure: () => true, at: () => undefined,
    toProvider(b, o) {
      if (!translatable(b, o)) return false;
      const address = v4addr(b, o);
      writePrefix(b, o, prefix);
      putBits(b, o, prefix.length, 32, address);
      return true;
    },
    to6to4(b, o) {
      if (!known(b, o)) return false;
      write6to4(b, o, v4(b, o), subnet);
      return true;
    },
  };
}

const STRIDE = 4;
const SUBNET = 1;
/** Second of the last packet, relative to the first one seen, plus one; 0 = the record is free. */
const LAST = 2;
/** So many mappings are looked at with each new one, and when the prefix is used up, whether they have ended: spoofed sources must not fill the memory for good. */
const SWEEP = 2;
const SEARCH = 64;

export function statefulMapping(cfg: SixToFour, seed: number): AddressMapping {
  const prefix = cfg.providerPrefix ?? NOWHERE;
  const timeout = cfg.pmtMappingSeconds ?? 0;
  /** Bits of a /64 that tell mappings apart, and how many there can be: number 0 is the prefix itself. */
  const width = Math.max(0, Math.min(31, 64 - prefix.length));
  const most = 2 ** width - 1;
  const spare = Math.max(0, Math.min(32, 64 - width - prefix.length));
  const table = createRecords(2, STRIDE, seed + 4);
  const key = new Int32Array(2);
  const optOut = prefixTable(cfg.optOut ?? []);
  let base = -1;
  let now = 0;
  let cursor = 0;

  const covers = (b: Uint8Array, o: number): boolean => inPrefix6At(b, o, prefix);
  const live = (rec: number): boolean => table.data[rec * STRIDE + LAST] !== 0 && now - table.data[rec * STRIDE + LAST] <= timeout;
  function end(rec: number): void {
    removeRecord(table, rec);
    table.data[rec * STRIDE + LAST] = 0;
  }
  /** Record of the provider address at `o`, 0 when it has none. */
  function behind(b: Uint8Array, o: number): number {
    if (!covers(b, o) || bits(b, o, prefix.length, spare) !== 0) return 0;
    const rec = bits(b, o, 64 - width, width);
    return rec !== 0 && rec < table.top && live(rec) ? rec : 0;
  }
  /** Record of the 6to4 address at `o`, 0 when it has none. */
  function of(b: Uint8Array, o: number): number {
    key[0] = v4addr(b, o);
    key[SUBNET] = u16(b, o + 6);
    const rec = findRecord(table, key, hashKey(table, key));
    if (rec === 0 || live(rec)) return rec;
    end(rec);
    return 0;
  }
  function sweep(): boolean {
    for (let i = 0; i < SWEEP || (i < SEARCH && table.count >= most); i++) {
      cursor = cursor + 1 < table.top ? cursor + 1 : 1;
      if (table.data[cursor * STRIDE + LAST] !== 0 && !live(cursor)) end(cursor);
    }
    return table.count < most;
  }

  return {
    covers,
    translatable: (b, o) => is6to4(b, o) && !inTable4(optOut, v4addr(b, o)),
    known: (b, o) => behind(b, o) !== 0,
    v4: (b, o) => table.data[behind(b, o) * STRIDE],
    ensure(b, o) {
      let rec = of(b, o);
      if (rec === 0) {
        if (!sweep()) return false;
        rec = addRecord(table, key, hashKey(table, key));
      }
      table.data[rec * STRIDE + LAST] = now;
      return true;
    },
    toProvider(b, o) {
      const rec = is6to4(b, o) ? of(b, o) : 0;
      if (rec === 0) return false;
      writePrefix(b, o, prefix);
      putBits(b, o, 64 - width, width, rec);
      return true;
    },
    to6to4(b, o) {
      const rec = behind(b, o);
      if (rec === 0) return false;
      table.data[rec * STRIDE + LAST] = now;
      write6to4(b, o, table.data[rec * STRIDE], table.data[rec * STRIDE + SUBNET]);
      return true;
    },
    at(sec) {
      if (base < 0) base = sec;
      now = sec - base + 1;
    },
  };
}
