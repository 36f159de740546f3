/** Interface Description Blocks of pcapng (draft-ietf-opsawg-pcapng section 4.2): link type, snaplen, and the options that matter here. */
import { MICROSECONDS, resolutionOf, type Resolution } from "./timestamp.js";

export interface Interface {
  readonly linkType: number;
  /** 0 = no limit. */
  readonly snaplen: number;
  readonly name: string;
  readonly resolution: Resolution;
  /** Seconds to add to every timestamp (if_tsoffset). */
  readonly offsetSeconds: number;
}

/** Integers of the section's byte order. */
export interface Order { u16(at: number): number; u32(at: number): number }

export const IF_NAME = 2;
export const IF_TSRESOL = 9;
export const IF_TSOFFSET = 14;

/** Place of option `code` between `at` and `end`: offset of its value, or 0. Its length is the 16 bits before the value. */
export function findOption(order: Order, at: number, end: number, code: number): number {
  while (at + 4 <= end) {
    const found = order.u16(at);
    const length = order.u16(at + 2);
    if (found === 0 || at + 4 + length > end) return 0;
    if (found === code) return at + 4;
    at += 4 + ((length + 3) & ~3);
  }
  return 0;
}

/** Reads the block whose body lies between `at` and `end` (at least 8 bytes). */
export function readInterface(u8: Uint8Array, order: Order, at: number, end: number, little: boolean): Interface {
  const options = at + 8;
  const length = (value: number): number => (value === 0 ? 0 : order.u16(value - 2));
  const name = findOption(order, options, end, IF_NAME);
  const tsresol = findOption(order, options, end, IF_TSRESOL);
  const tsoffset = findOption(order, options, end, IF_TSOFFSET);
  let offsetSeconds = 0;
  if (length(tsoffset) === 8) {
    const view = new DataView(u8.buffer, u8.byteOffset + tsoffset, 8);
    offsetSeconds = Number(view.getBigInt64(0, little));
  }
  return {
    linkType: order.u16(at),
    snaplen: order.u32(at + 4),
    name: new TextDecoder().decode(u8.subarray(name, name + length(name))).replace(/\0+$/, ""),
    resolution: length(tsresol) === 1 ? resolutionOf(u8[tsresol]) : MICROSECONDS,
    offsetSeconds,
  };
}
