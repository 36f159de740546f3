/** Values of fields: from and to text, and to and from bits. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6, readIpv6, writeIpv6 } from "../../wire/address.js";
import { put32, u32 } from "../../wire/bits.js";
import type { Field } from "./layers.js";

const TCP_FLAGS = "FSRPAUEC";

/** Unsigned number of a field of at most 48 bits. */
export function readNumber(b: Uint8Array, off: number, f: Field): number {
  let v = 0;
  for (let i = 0; i < f.width; i++) {
    const p = f.at + i;
    v = v * 2 + ((b[off + (p >>> 3)] >>> (7 - (p & 7))) & 1);
  }
  return v;
}

export function writeNumber(b: Uint8Array, off: number, f: Field, value: number): void {
  let v = value;
  for (let i = f.width - 1; i >= 0; i--) {
    const p = f.at + i;
    const bit = 0x80 >>> (p & 7);
    if (v % 2 === 1) b[off + (p >>> 3)] |= bit;
    else b[off + (p >>> 3)] &= ~bit;
    v = Math.floor(v / 2);
  }
}

/** Frees the field's bits in a mask of significant bits. */
export function freeField(mask: Uint8Array, off: number, f: Field): void {
  for (let i = 0; i < f.width; i++) {
    const p = f.at + i;
    mask[off + (p >>> 3)] &= ~(0x80 >>> (p & 7));
  }
}

/** Decimal or 0x number; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  return /^(0x[0-9a-fA-F]{1,12}|\d{1,15})$/.test(text) ? Number(text) : undefined;
}

/** Writes the text's value into the field; returns what is wrong with it, or undefined. */
export function writeText(b: Uint8Array, off: number, f: Field, text: string): string | undefined {
  switch (f.kind) {
    case "ipv4": {
      const v = parseIpv4(text);
      if (v === undefined) return `"${text}" is no IPv4 address`;
      put32(b, off + (f.at >>> 3), v);
      return undefined;
    }
    case "ipv6": {
      const v = parseIpv6(text);
      if (v === undefined) return `"${text}" is no IPv6 address`;
      writeIpv6(b, off + (f.at >>> 3), v);
      return undefined;
    }
    case "mac": {
      if (!/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(text)) return `"${text}" is no MAC address`;
      text.split(":").forEach((h, i) => {
        b[off + (f.at >>> 3) + i] = Number.parseInt(h, 16);
      });
      return undefined;
    }
    case "tcp-flags": {
      if (!/^[FSRPAUEC.]*$/.test(text)) return `"${text}" are no TCP flags; expected letters of ${TCP_FLAGS}, or "." for none`;
      writeNumber(b, off, f, [...text].reduce((v, c) => (c === "." ? v : v | (1 << TCP_FLAGS.indexOf(c))), 0));
      return undefined;
    }
    default: {
      const v = parseNumber(text);
      if (v === undefined) return `${f.name}=${text} is no number`;
      const scale = f.scale ?? 1;
      if (v % scale !== 0) return `${f.name}=${text} is no multiple of ${scale} bytes`;
      if (v / scale >= 2 ** f.width) return `${f.name}=${text} does not fit into ${f.width} bits (at most ${(2 ** f.width - 1) * scale})`;
      writeNumber(b, off, f, v / scale);
      return undefined;
    }
  }
}

/** The field's value as the notation writes it. */
export function readText(b: Uint8Array, off: number, f: Field): string {
  const at = off + (f.at >>> 3);
  switch (f.kind) {
    case "ipv4":
      return formatIpv4(u32(b, at));
    case "ipv6":
      return formatIpv6(readIpv6(b, at));
    case "mac":
      return [...b.subarray(at, at + 6)].map((x) => x.toString(16).padStart(2, "0")).join(":");
    case "tcp-flags": {
      const v = readNumber(b, off, f);
      return [...TCP_FLAGS].filter((_, i) => (v >>> i) & 1).join("") || ".";
    }
    case "hex":
      return `0x${readNumber(b, off, f).toString(16).padStart(f.width >>> 2, "0")}`;
    default:
      return String(readNumber(b, off, f) * (f.scale ?? 1));
  }
}

export const toHex = (b: Uint8Array): string => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
