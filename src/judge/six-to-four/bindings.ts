/**
 * Whose a provider prefix of a stateful PMT relay is (RFC 6732 section 3.4), as the packets outwards showed it: provider's high 64 bits to V4ADDR and
 * Subnet-ID. Open-addressed and bounded: a newer one takes the place of an older.
 */
import { u16, u32 } from "../../wire/bits.js";
import { slots } from "../columns.js";
import { v4addr } from "./domain.js";

const SLOTS = 1 << 13;

export const UNKNOWN = 0;
export const AGREES = 1;
export const DIFFERS = 2;

export interface SiteBindings {
  /** A packet of the 6to4 address at `site` left with the provider address at `provider`. */
  learn(b: Uint8Array, provider: number, site: number, time: number): void;
  /** Is a packet to `provider` for `site`? UNKNOWN when nothing was heard of the prefix for `seconds`. */
  compare(b: Uint8Array, provider: number, site: number, time: number, seconds: number): typeof UNKNOWN | typeof AGREES | typeof DIFFERS;
}

/** `records`: how many the judge keeps. */
export function createSiteBindings(records: number): SiteBindings {
  const size = slots(SLOTS, records);
  const keys = new Uint32Array(size * 2);
  const v4 = new Uint32Array(size);
  const subnet = new Uint16Array(size);
  const seen = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const spot = (b: Uint8Array, o: number): number => {
    const h = Math.imul(u32(b, o) ^ Math.imul(u32(b, o + 4), 0x85ebca6b), 0x9e3779b1);
    return (h ^ (h >>> 15)) & (size - 1);
  };
  return {
    learn(b, provider, site, time) {
      const i = spot(b, provider);
      keys[2 * i] = u32(b, provider);
      keys[2 * i + 1] = u32(b, provider + 4);
      v4[i] = v4addr(b, site);
      subnet[i] = u16(b, site + 6);
      seen[i] = time;
    },
    compare(b, provider, site, time, seconds) {
      const i = spot(b, provider);
      if (keys[2 * i] !== u32(b, provider) || keys[2 * i + 1] !== u32(b, provider + 4) || time - seen[i] > seconds) return UNKNOWN;
      return v4[i] === v4addr(b, site) && subnet[i] === u16(b, site + 6) ? AGREES : DIFFERS;
    },
  };
}
