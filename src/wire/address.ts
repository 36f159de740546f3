/** IPv4 and IPv6 addresses and prefixes: text, words, containment. IPv4 is a uint32, IPv6 four uint32, most significant first. */
import { put32, u32 } from "./bits.js";

export type Ipv6 = readonly [number, number, number, number];
export interface Prefix4 { readonly address: number; readonly length: number }
export interface Prefix6 { readonly address: Ipv6; readonly length: number }

/** Dotted quad to uint32; undefined when it is not one. */
export function parseIpv4(text: string): number | undefined {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (m === null) return undefined;
  let v = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(m[i]);
    if (part > 255 || (m[i].length > 1 && m[i].startsWith("0"))) return undefined;
    v = v * 256 + part;
  }
  return v;
}

export function formatIpv4(v: number): string {
  return `${v >>> 24}.${(v >>> 16) & 255}.${(v >>> 8) & 255}.${v & 255}`;
}

/** RFC 4291 section 2.2 text to words; undefined when it is not an address. Zone identifiers are refused. */
export function parseIpv6(text: string): Ipv6 | undefined {
  let s = text;
  const v4 = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(s);
  if (v4 !== null) {
    const v = parseIpv4(v4[2]);
    if (v === undefined) return undefined;
    s = `${v4[1]}${(v >>> 16).toString(16)}:${(v & 0xffff).toString(16)}`;
  }
  const halves = s.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string): string[] => (half === "" ? [] : half.split(":"));
  const head = groups(halves[0]);
  const tail = halves.length === 2 ? groups(halves[1]) : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill("0"), ...tail];
  if (!all.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return undefined;
  const w = all.map((g) => Number.parseInt(g, 16));
  const word = (i: number): number => w[2 * i] * 65536 + w[2 * i + 1];
  return [word(0), word(1), word(2), word(3)];
}

/** Hexadecimal text of a byte, and the same with two digits. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16));
const HEX2: readonly string[] = HEX.map((h) => h.padStart(2, "0"));
const hexOf = (group: number): string => (group < 256 ? HEX[group] : HEX[group >>> 8] + HEX2[group & 255]);
const groupOf = (a: Ipv6, i: number): number => ((i & 1) === 0 ? a[i >> 1] >>> 16 : a[i >> 1] & 0xffff);

/** Canonical text, RFC 5952. */
export function formatIpv6(a: Ipv6): string {
  if (a[0] === 0 && a[1] === 0 && a[2] === 0xffff) return `::ffff:${formatIpv4(a[3])}`;
  let best = -1;
  let bestLen = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groupOf(a, i + n) === 0) n++;
    if (n > bestLen) {
      best = i;
      bestLen = n;
    }
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      text += "::";
      i += bestLen - 1;
    } else text += i === 0 || i === best + bestLen ? hexOf(groupOf(a, i)) : `:${hexOf(groupOf(a, i))}`;
  }
  return text;
}

export const readIpv6 = (b: Uint8Array, o: number): Ipv6 => [u32(b, o), u32(b, o + 4), u32(b, o + 8), u32(b, o + 12)];
export function writeIpv6(b: Uint8Array, o: number, a: Ipv6): void {
  put32(b, o, a[0]);
  put32(b, o + 4, a[1]);
  put32(b, o + 8, a[2]);
  put32(b, o + 12, a[3]);
}
export const isIpv6At = (b: Uint8Array, o: number, a: Ipv6): boolean =>
  u32(b, o) === a[0] && u32(b, o + 4) === a[1] && u32(b, o + 8) === a[2] && u32(b, o + 12) === a[3];
export const textIpv6At = (b: Uint8Array, o: number): string => formatIpv6(readIpv6(b, o));
export const textIpv4At = (b: Uint8Array, o: number): string => formatIpv4(u32(b, o));

/** High `n` bits (0..32) set. */
export const mask32 = (n: number): number => (n <= 0 ? 0 : n >= 32 ? 0xffffffff : ~(0xffffffff >>> n) >>> 0);
export const inPrefix4 = (v: number, p: Prefix4): boolean => ((v ^ p.address) & mask32(p.length)) === 0;

/** Is the address at `o` inside the prefix? */
export function inPrefix6At(b: Uint8Array, o: number, p: Prefix6): boolean {
  for (let i = 0, left = p.length; left > 0; i++, left -= 32) {
    if (((u32(b, o + 4 * i) ^ p.address[i]) & mask32(left)) !== 0) return false;
  }
  return true;
}

/** "10.0.0.0/8" to a prefix; undefined when malformed, longer than /32, or with bits set beyond its length. */
export function parsePrefix4(text: string): Prefix4 | undefined {
  const [a, l, rest] = text.split("/");
  const address = parseIpv4(a ?? "");
  if (address === undefined || l === undefined || rest !== undefined || !/^\d{1,2}$/.test(l) || Number(l) > 32) return undefined;
  return (address & ~mask32(Number(l))) === 0 ? { address, length: Number(l) } : undefined;
}

export function parsePrefix6(text: string): Prefix6 | undefined {
  const [a, l, rest] = text.split("/");
  const address = parseIpv6(a ?? "");
  if (address === undefined || l === undefined || rest !== undefined || !/^\d{1,3}$/.test(l) || Number(l) > 128) return undefined;
  const length = Number(l);
  return address.every((w, i) => (w & ~mask32(length - 32 * i)) === 0) ? { address, length } : undefined;
}

export const formatPrefix4 = (p: Prefix4): string => `${formatIpv4(p.address)}/${p.length}`;
export const formatPrefix6 = (p: Prefix6): string => `${formatIpv6(p.address)}/${p.length}`;
