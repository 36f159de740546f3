/** Reading addresses and prefixes out of a parsed file: a bad one becomes a problem with its place, and reading goes on so that all faults are told at once. */
import { type Ipv6, type Prefix4, type Prefix6, formatPrefix4, formatPrefix6, mask32, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6 } from "../wire/address.js";
import type { Problem } from "./problems.js";
import { type Parsed, type Path, nameOf } from "./yaml.js";

export interface Cursor {
  readonly problems: Problem[];
  fault(path: Path, message: string, hint?: string): void;
  ipv4(path: Path, text: string): number;
  ipv6(path: Path, text: string): Ipv6;
  prefix4(path: Path, text: string): Prefix4;
  prefix6(path: Path, text: string): Prefix6;
  /** A single address, "a.b.c.d/n", or "a.b.c.d-e.f.g.h", as an inclusive range. */
  range4(path: Path, text: string): { from: number; to: number };
}

const NO_IPV6: Ipv6 = [0, 0, 0, 0];

export function cursorOf(parsed: Parsed<unknown>): Cursor {
  const problems: Problem[] = [];
  const fault = (path: Path, message: string, hint = ""): void => {
    problems.push(parsed.problem(path, `${nameOf(path)}: ${message}`, hint));
  };
  const ipv4 = (path: Path, text: string): number => {
    const v = parseIpv4(text);
    if (v === undefined) fault(path, `"${text}" is not an IPv4 address`, parseIpv6(text) === undefined ? "expected four numbers 0-255 with dots, such as 192.0.2.1" : "expected IPv4, this is IPv6");
    return v ?? 0;
  };
  const ipv6 = (path: Path, text: string): Ipv6 => {
    const v = parseIpv6(text);
    if (v === undefined) fault(path, `"${text}" is not an IPv6 address`, parseIpv4(text) === undefined ? "expected text such as 2001:db8::1" : "expected IPv6, this is IPv4");
    return v ?? NO_IPV6;
  };
  const prefix4 = (path: Path, text: string): Prefix4 => {
    const p = parsePrefix4(text);
    if (p === undefined) fault(path, `"${text}" is not an IPv4 prefix`, adviseOn4(text));
    return p ?? { address: 0, length: 0 };
  };
  const prefix6 = (path: Path, text: string): Prefix6 => {
    const p = parsePrefix6(text);
    if (p === undefined) fault(path, `"${text}" is not an IPv6 prefix`, adviseOn6(text));
    return p ?? { address: NO_IPV6, length: 0 };
  };
  const range4 = (path: Path, text: string): { from: number; to: number } => {
    if (text.includes("-")) {
      const [a, b] = text.split("-", 2);
      const from = ipv4(path, a.trim());
      const to = ipv4(path, b.trim());
      if (from > to) fault(path, `the range "${text}" runs backwards`, "write the lower address first");
      return { from, to };
    }
    if (text.includes("/")) {
      const p = prefix4(path, text);
      return { from: p.address, to: (p.address | ~mask32(p.length)) >>> 0 };
    }
    const only = ipv4(path, text);
    return { from: only, to: only };
  };
  return { problems, fault, ipv4, ipv6, prefix4, prefix6, range4 };
}

/** Why the text is no IPv4 prefix, and what to write instead. */
function adviseOn4(text: string): string {
  const [a, l] = text.split("/");
  const address = parseIpv4(a);
  if (address === undefined) return parseIpv6(a) === undefined ? "expected address/length, such as 10.0.0.0/8" : "expected an IPv4 prefix, this is IPv6";
  if (l === undefined) return `add the length, such as ${a}/32`;
  if (!/^\d+$/.test(l) || Number(l) > 32) return "the length must be 0 to 32";
  return `bits are set beyond /${l}; did you mean ${formatPrefix4({ address: (address & mask32(Number(l))) >>> 0, length: Number(l) })}?`;
}

function adviseOn6(text: string): string {
  const [a, l] = text.split("/");
  const address = parseIpv6(a);
  if (address === undefined) return parseIpv4(a) === undefined ? "expected address/length, such as 2001:db8::/32" : "expected an IPv6 prefix, this is IPv4";
  if (l === undefined) return `add the length, such as ${a}/32`;
  if (!/^\d+$/.test(l) || Number(l) > 128) return "the length must be 0 to 128";
  const length = Number(l);
  const cut: Ipv6 = [0, 1, 2, 3].map((i) => (address[i] & mask32(length - 32 * i)) >>> 0) as unknown as Ipv6;
  return `bits are set beyond /${l}; did you mean ${formatPrefix6({ address: cut, length })}?`;
}

export const isIn4 = (v: number, p: Prefix4): boolean => ((v ^ p.address) & mask32(p.length)) === 0;
export const isIn6 = (a: Ipv6, p: Prefix6): boolean => a.every((w, i) => ((w ^ p.address[i]) & mask32(p.length - 32 * i)) === 0);
