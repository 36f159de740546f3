/** What a device says of itself, laid beside what its packets show. */
import { readFileSync } from "node:fs";
import { InputProblem } from "../../config/problems.js";
import type { Config, Mechanism, NatPool } from "../../config/types.js";
import { loadCounterSet } from "../../profiles/counters.js";
import type { Beside, BesideDifference } from "../../report/beside.js";
import { formatIpv4 } from "../../wire/address.js";
import { mechanismsOf } from "../catalogue.js";
import { readCounters, type ToldCounters } from "./counters-file.js";
import type { Endpoint } from "./endpoints.js";
import { readNatLog, type ToldMappings } from "./nat-log-file.js";

export interface Statements {
  /** Counters after the capture, and before it where they were read then too. */
  readonly after?: ToldCounters;
  readonly before?: ToldCounters;
  readonly logs: readonly ToldMappings[];
}

const SETS = ["ms-dpc-ds-lite", "ms-dpc-6rd", "ms-mpc-ds-lite", "mpc-inline-6rd"] as const;

export const poolsOf = (config: Config): NatPool[] => config.serviceSets.flatMap((s) => s.concentrators).flatMap((c) => (c.kind === "ds-lite" && c.nat !== undefined ? [c.nat.pool] : []));

function fault(file: string, message: string, hint: string): never {
  throw new InputProblem([{ file, line: 0, column: 0, message, hint }]);
}
function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (e) {
    return fault(file, `cannot be read: ${e instanceof Error ? e.message : String(e)}`, "name a text file");
  }
}

/** Reads the files before a packet is read. `counters`: one file (counters that were cleared before the capture) or two (before, after). Throws InputProblem. */
export function readStatements(config: Config, counters: readonly string[], natLogs: readonly string[]): Statements {
  const mechanisms = mechanismsOf(config);
  const sets = SETS.map((n) => loadCounterSet(n)).filter((s) => s.mechanisms.some((m: Mechanism) => mechanisms.has(m)));
  const read = (file: string): ToldCounters => readCounters(text(file), file, sets)
    ?? fault(file, "no counter of a known card is in it", "expected the output of `show services softwire statistics` (or inline softwire statistics), as text or XML, of a card with the mechanism of the configuration");
  if (counters.length > 2) fault(counters[2], "a third file of counters", "name one file, or two: before and after the capture");
  const told = counters.map(read);
  if (told.length === 2 && told[0].set !== told[1].set) fault(counters[1], `counters of another kind (${told[1].set.name}) than ${counters[0]} (${told[0].set.name})`, "name the same output twice");
  const pools = poolsOf(config);
  if (natLogs.length > 0 && pools.length === 0) fault(natLogs[0], "the configuration has no NAT pool", "a NAT log can be compared where a DS-Lite concentrator has `nat`");
  const logs = natLogs.map((f) => readNatLog(text(f), f, pools));
  for (const l of logs) if (l.entries.length === 0 && !l.deterministic) fault(l.file, `none of its ${l.lines} lines names an address of the pool with a port`, "expected ADDRESS:PORT or ADDRESS:FROM-TO, one mapping or port block a line");
  const after = told.at(-1);
  return { logs, ...(after === undefined ? {} : { after }), ...(told.length === 2 ? { before: told[0] } : {}) };
}

/** Differences that are told singly. */
const MOST = 20;

export interface SeenPackets { readonly amounts: ReadonlyMap<string, number>; readonly endpoints: readonly Endpoint[]; readonly endpointsFull: boolean; readonly files: readonly string[] }

export function compareStatements(s: Statements, seen: SeenPackets): Beside {
  const differences: BesideDifference[] = [];
  const notes: string[] = [];
  let compared = 0;
  let equal = 0;
  if (s.after !== undefined) {
    for (const c of s.after.set.counters) {
      const told = s.after.values.get(c.name);
      const packets = c.seen === undefined ? undefined : seen.amounts.get(c.seen);
      if (told === undefined || packets === undefined) continue;
      const grown = told - (s.before?.values.get(c.name) ?? 0);
      compared++;
      if (grown === packets) equal++;
      else differences.push({ kind: "counter", source: s.after.file, subject: `${c.name} (${c.text})`, told: s.before === undefined ? String(told) : `${grown} more than in ${s.before.file}`, seen: `${packets} in the captures` });
    }
    if (compared === 0) notes.push(`${s.after.file}: packets show nothing of the counters that stand in it`);
    if (s.before === undefined) notes.push(`${s.after.file}: counted since the last clear; name a file from before the capture too to compare the growth`);
    if (s.after.unknown.length > 0) notes.push(`${s.after.file}: ${s.after.unknown.length} numbers are of no counter of ${s.after.set.name}: ${s.after.unknown.slice(0, 5).join(", ")}${s.after.unknown.length > 5 ? ", ..." : ""}`);
  }
  if (s.logs.length > 0) {
    const r = compareLog(s.logs, seen);
    compared += r.compared;
    equal += r.equal;
    differences.push(...r.differences);
    notes.push(...r.notes);
  }
  return { compared, equal, differences, notes };
}

const NAME: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };

function compareLog(logs: readonly ToldMappings[], seen: SeenPackets): Beside {
  if (logs.some((l) => l.deterministic)) return { compared: 0, equal: 0, differences: [], notes: [`${logs[0].file}: deterministic NAPT logs its parameters only, so there is no mapping to compare`] };
  const byAddress = new Map<number, { from: number; to: number; protocol: number; used: boolean; where: string }[]>();
  for (const l of logs) {
    for (const e of l.entries) {
      if (e.ended) continue;
      const list = byAddress.get(e.external) ?? [];
      byAddress.set(e.external, list);
      list.push({ from: e.from, to: e.to, protocol: e.protocol, used: false, where: `${l.file}:${e.line}` });
    }
  }
  const ended = new Set(logs.flatMap((l) => l.entries.filter((e) => e.ended).map((e) => `${e.external} ${e.from} ${e.to}`)));
  const differences: BesideDifference[] = [];
  const notes: string[] = [];
  let missing = 0;
  for (const p of seen.endpoints) {
    const match = (byAddress.get(p.external) ?? []).filter((e) => p.port >= e.from && p.port <= e.to && (e.protocol === 0 || e.protocol === p.protocol));
    for (const e of match) e.used = true;
    // A mapping from before the log may show its end alone.
    if (match.length > 0 || logs.some((l) => l.entries.some((e) => e.ended && e.external === p.external && p.port >= e.from && p.port <= e.to))) continue;
    missing++;
    if (missing <= MOST) differences.push({ kind: "nat-log", source: logs.map((l) => l.file).join(", "), subject: `${formatIpv4(p.external)}:${p.port} ${NAME[p.protocol] ?? p.protocol}`, told: "no entry", seen: `first used in ${seen.files[p.file] ?? "?"}:${p.frame}` });
  }
  if (missing > MOST) notes.push(`${missing - MOST} more external endpoints have no entry in the NAT log`);
  const unused = [...byAddress.values()].flat().filter((e) => !e.used);
  if (unused.length > 0) notes.push(`${unused.length === 1 ? "1 entry of the NAT log is of an endpoint" : `${unused.length} entries of the NAT log are of endpoints`} that the captures do not show, the first in ${unused[0].where}`);
  if (seen.endpointsFull) notes.push("more external endpoints were used than can be kept: the later ones were not compared");
  if (ended.size > 0) notes.push("when mappings ended is not compared");
  return { compared: seen.endpoints.length, equal: seen.endpoints.length - missing, differences, notes };
}
