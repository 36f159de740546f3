/**
 * A NAT log in syslog form, whoever wrote it: an entry is a line that names an address of the pool with a port or a range of ports, as ADDRESS:PORT,
 * ADDRESS:FROM-TO, or as the fields external and port of our own structured data. Words such as release and ended mark the end of a mapping.
 */
import type { NatPool } from "../../config/types.js";
import { parseIpv4 } from "../../wire/address.js";

export interface LogEntry { readonly line: number; readonly external: number; readonly from: number; readonly to: number; /** 0: not told. */ readonly protocol: number; readonly ended: boolean }
export interface ToldMappings { readonly file: string; readonly entries: readonly LogEntry[]; readonly lines: number; readonly deterministic: boolean }

/** Behind a slash stands a port only where it cannot be the length of a prefix. */
const ENDPOINT = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?:[: ]|, ?|\/(?!(?:[12]?\d|3[0-2])(?!\d)))\[?(\d{1,5})(?:\s*-\s*(\d{1,5}))?(?!\.\d)/g;
const OWN = /external="([\d.]+)" port="(\d+)(?:-(\d+))?"/;
const ENDED = /(?:^|[^a-z])(?:releas|delet|end(?:ed)?(?![a-z])|free|expir|remov|timeout|clos)/i;
const PROTOCOL: readonly (readonly [RegExp, number])[] = [[/\b(?:proto(?:col)?[="\s(]*6\b|tcp)\b/i, 6], [/\b(?:proto(?:col)?[="\s(]*17\b|udp)\b/i, 17], [/\b(?:proto(?:col)?[="\s(]*1\b|icmp)\b/i, 1]];

export function readNatLog(text: string, file: string, pools: readonly NatPool[]): ToldMappings {
  const inPool = (a: number): boolean => pools.some((p) => p.ranges.some((r) => a >= r.from && a <= r.to));
  const entries: LogEntry[] = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    const own = OWN.exec(line);
    const found = own === null ? [...line.matchAll(ENDPOINT)] : [own];
    const m = found.find((x) => inPool(parseIpv4(x[1]) ?? -1));
    if (m === undefined) continue;
    const from = Number(m[2]);
    const protocol = PROTOCOL.find(([words]) => words.test(line))?.[1] ?? 0;
    entries.push({ line: i + 1, external: parseIpv4(m[1]) ?? 0, from, to: m[3] === undefined ? from : Number(m[3]), protocol, ended: ENDED.test(own === null ? line.replace(m[0], "") : line.slice(0, own.index)) });
  }
  return { file, entries, lines: lines.filter((l) => l.trim() !== "").length, deterministic: text.includes("deterministic-parameters") };
}
