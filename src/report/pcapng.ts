/** The few pcapng blocks that evidence needs (draft-ietf-opsawg-pcapng), little-endian. Lengths in bytes, every block and option padded to 4. */

/** An option of a block: its code and its value. */
export type Option = readonly [code: number, value: Uint8Array];
export const OPT_COMMENT = 1;

const utf8 = new TextEncoder();
export const textOption = (code: number, text: string): Option => [code, utf8.encode(text)];

const padded = (n: number): number => (n + 3) & ~3;

function block(type: number, fixed: Uint8Array, data: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.length === 0 ? 0 : options.reduce((n, [, v]) => n + 4 + padded(v.length), 4);
  const total = 12 + fixed.length + padded(data.length) + optionBytes;
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  out.set(fixed, 8);
  out.set(data, 8 + fixed.length);
  let at = 8 + fixed.length + padded(data.length);
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    out.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(total - 4, total, true); // opt_endofopt before it is zero already
  return out;
}

/** Section header: byte order, version 1.0, length unknown (-1). */
export function sectionHeader(options: readonly Option[]): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, 0x1a2b3c4d, true);
  view.setUint16(4, 1, true);
  view.setBigInt64(8, -1n, true);
  return block(0x0a0d0d0a, fixed, new Uint8Array(0), options);
}

/** Ethernet interface, nanoseconds, snaplen 262144. */
export function ethernetInterface(name: string): Uint8Array {
  const fixed = new Uint8Array(8);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, 1, true);
  view.setUint32(4, 262144, true);
  return block(1, fixed, new Uint8Array(0), [textOption(2, name), [9, Uint8Array.of(9)]]);
}

/** One frame. `direction` in epb_flags: 1 inbound, 2 outbound. */
export function enhancedPacket(iface: number, sec: number, nsec: number, frame: Uint8Array, direction: 1 | 2, comments: readonly string[]): Uint8Array {
  const fixed = new Uint8Array(20);
  const view = new DataView(fixed.buffer);
  const time = BigInt(sec) * 1_000_000_000n + BigInt(nsec);
  view.setUint32(0, iface, true);
  view.setUint32(4, Number(time >> 32n), true);
  view.setUint32(8, Number(time & 0xffffffffn), true);
  view.setUint32(12, frame.length, true);
  view.setUint32(16, frame.length, true);
  return block(6, fixed, frame, [...comments.map((c) => textOption(OPT_COMMENT, c)), [2, Uint8Array.of(direction, 0, 0, 0)]]);
}
