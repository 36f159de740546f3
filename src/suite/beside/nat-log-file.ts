/**
 * A NAT log in syslog form, whoever wrote it: an entry is a line that names an address of the pool with a port or a range of ports, as ADDRESS:PORT,
 * ADDRESS:FROM-TO, or as the fields external and port of our own structured data. Words such as release and ended mark the end of a mapping.
 */
import type { NatPool } from "../../config/types.js";
import { parseIpv4 } from "../../wire/address.js";

/** What the lines about one external end or block of ports say together; protocol 0: not told. `line`: of the first that tells its begin, else of the first. */
export interface LogEntry { readonly external: number; readonly from: number; readonly to: number; readonly protocol: number; line: number; begun: boolean; ended: boolean }
export interface ToldMappings {
  readonly file: string;
  readonly entries: readonly LogEntry[];
  /** Lines that are not empty. */
  readonly lines: number;
  /** Those of them in which no address of the pool stands with a port that there is, and the first of them (0: none). */
  readonly unread: number;
  readonly firstUnread: number;
  readonly deterministic: boolean;
  /** True when there were more entries than are kept. */
  readonly full: boolean;
}
export interface NatLogReader { line(text: string, number: number): void; result(): ToldMappings }

/** Behind a slash stands a port only where it cannot be the length of a prefix. */
const ENDPOINT = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?:[: ]|, ?|\/(?!(?:[12]?\d|3[0-2])(?!\d)))\[?(\d{1,5})(?:\s{0,8}-\s{0,8}(\d{1,5}))?(?![\d.]*\d|\s{0,8}-\s{0,8}\d)/g;
const OWN = /external="([\d.]+)" port="(\d+)(?:-(\d+))?"/;
const ENDED = /(?:^|[^a-z])(?:releas|delet|end(?:ed)?(?![a-z])|free|expir|remov|timeout|clos)/i;
const PROTOCOL: readonly (readonly [RegExp, number])[] = [[/\b(?:proto(?:col)?[="\s(]{0,8}6\b|tcp)\b/i, 6], [/\b(?:proto(?:col)?[="\s(]{0,8}17\b|udp)\b/i, 17], [/\b(?:proto(?:col)?[="\s(]{0,8}1\b|icmp)\b/i, 1]];
/** As many as there are external ends that the captures' side keeps. */
const MOST_ENTRIES = 1 << 21;
const isPort = (n: number): boolean => n <= 65_535;

export function createNatLogReader(file: string, pools: readonly NatPool[], most = MOST_ENTRIES): NatLogReader {
  const inPool = (a: number): boolean => pools.some((p) => p.ranges.some((r) => a >= r.from && a <= r.to));
  const entries = new Map<string, LogEntry>();
  let lines = 0;
  let unread = 0;
  let firstUnread = 0;
  let deterministic = false;
  let full = false;
  return {
    line(text, number) {
      if (text.trim() === "") return;
      lines++;
      deterministic ||= text.includes("deterministic-parameters");
      const own = OWN.exec(text);
      const found = own === null ? [...text.matchAll(ENDPOINT)] : [own];
      const m = found.find((x) => inPool(parseIpv4(x[1]) ?? -1) && isPort(Number(x[2])) && (x[3] === undefined || (isPort(Number(x[3])) && Number(x[3]) >= Number(x[2]))));
      if (m === undefined) {
        unread++;
        if (firstUnread === 0) firstUnread = number;
        return;
      }
      const external = parseIpv4(m[1]) ?? 0;
      const from = Number(m[2]);
      const to = m[3] === undefined ? from : Number(m[3]);
      const protocol = PROTOCOL.find(([words]) => words.test(text))?.[1] ?? 0;
      const ended = ENDED.test(own === null ? text.replace(m[0], "") : text.slice(0, own.index));
      const key = `${external} ${from} ${to} ${protocol}`;
      const had = entries.get(key);
      if (had === undefined) {
        if (entries.size < most) entries.set(key, { external, from, to, protocol, line: number, begun: !ended, ended });
        else full = true;
        return;
      }
      if (!ended && !had.begun) had.line = number;
      if (ended) had.ended = true;
      else had.begun = true;
    },
    result: () => ({ file, entries: [...entries.values()], lines, unread, firstUnread, deterministic, full }),
  };
}

/** The same of a text in memory. */
export function readNatLog(text: string, file: string, pools: readonly NatPool[]): ToldMappings {
  const reader = createNatLogReader(file, pools);
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) reader.line(line, i + 1);
  return reader.result();
}
