/** What a device says of itself, laid beside what its packets show. */
import type { Config, Mechanism, NatPool } from "../../config/types.js";
import { loadCounterSet } from "../../profiles/counters.js";
import type { Beside, BesideDifference } from "../../report/beside.js";
import { counted, visible } from "../../report/text.js";
import { mechanismsOf } from "../catalogue.js";
import { compareLog } from "./compare-log.js";
import { countersText, readCounters, type ToldCounters } from "./counters-file.js";
import type { Endpoint } from "./endpoints.js";
import { eachLine, fault } from "./lines.js";
import { createNatLogReader, type ToldMappings } from "./nat-log-file.js";

export interface Statements {
  /** Counters after the capture, and before it where they were read then too. */
  readonly after?: ToldCounters;
  readonly before?: ToldCounters;
  readonly logs: readonly ToldMappings[];
}

const SETS = ["ms-dpc-ds-lite", "ms-dpc-6rd", "ms-mpc-ds-lite", "mpc-inline-6rd"] as const;

export const poolsOf = (config: Config): NatPool[] => config.serviceSets.flatMap((s) => s.concentrators).flatMap((c) => (c.kind === "ds-lite" && c.nat !== undefined ? [c.nat.pool] : []));

/** Reads the files before a packet is read. `counters`: one file (counters that were cleared before the capture) or two (before, after). Throws InputProblem. */
export async function readStatements(config: Config, counters: readonly string[], natLogs: readonly string[]): Promise<Statements> {
  const mechanisms = mechanismsOf(config);
  const sets = SETS.map((n) => loadCounterSet(n)).filter((s) => s.mechanisms.some((m: Mechanism) => mechanisms.has(m)));
  const read = async (file: string): Promise<ToldCounters> => readCounters(await countersText(file), file, sets)
    ?? fault(file, 0, "no counter of a known card is in it", "expected the output of `show services softwire statistics` (or inline softwire statistics), as text or XML, of a card with the mechanism of the configuration");
  if (counters.length > 2) fault(counters[2], 0, "a third file of counters", "name one file, or two: before and after the capture");
  const told: ToldCounters[] = [];
  for (const file of counters) told.push(await read(file));
  if (told.length === 2 && told[0].set !== told[1].set) fault(counters[1], 0, `counters of another kind (${told[1].set.name}) than ${counters[0]} (${told[0].set.name})`, "name the same output twice");
  const pools = poolsOf(config);
  if (natLogs.length > 0 && pools.length === 0) fault(natLogs[0], 0, "the configuration has no NAT pool", "a NAT log can be compared where a DS-Lite concentrator has `nat`");
  const logs: ToldMappings[] = [];
  for (const file of natLogs) {
    const reader = createNatLogReader(file, pools);
    await eachLine(file, (line, number) => reader.line(line, number));
    logs.push(reader.result());
  }
  for (const l of logs) if (l.entries.length === 0 && !l.deterministic) fault(l.file, Math.min(1, l.lines), l.lines === 0 ? "it is empty" : `none of its ${l.lines} lines names an address of the pool with a port`, "expected ADDRESS:PORT or ADDRESS:FROM-TO, one mapping or port block a line");
  const after = told.at(-1);
  return { logs, ...(after === undefined ? {} : { after }), ...(told.length === 2 ? { before: told[0] } : {}) };
}

export interface SeenPackets { readonly amounts: ReadonlyMap<string, number>; readonly endpoints: readonly Endpoint[]; readonly endpointsFull: boolean; readonly files: readonly string[] }

/** The first of many names. */
const some = (names: readonly string[]): string => `${names.slice(0, 5).map((n) => visible(n.slice(0, 80))).join(", ")}${names.length > 5 ? ", ..." : ""}`;

export function compareStatements(s: Statements, seen: SeenPackets): Beside {
  const differences: BesideDifference[] = [];
  const notes: string[] = [];
  let compared = 0;
  let equal = 0;
  if (s.after !== undefined) {
    const fallen: string[] = [];
    for (const c of s.after.set.counters) {
      const told = s.after.values.get(c.name);
      const packets = c.seen === undefined ? undefined : seen.amounts.get(c.seen);
      if (told === undefined || packets === undefined) continue;
      const grown = told - (s.before?.values.get(c.name) ?? 0n);
      if (grown < 0n) {
        fallen.push(c.name);
        continue;
      }
      compared++;
      if (grown === BigInt(packets)) equal++;
      else differences.push({ kind: "counter", source: s.after.file, subject: `${c.name} (${c.text})`, told: s.before === undefined ? String(told) : `${grown} more than in ${s.before.file}`, seen: `${packets} in the captures` });
    }
    if (fallen.length > 0) notes.push(`${s.after.file}: ${some(fallen)} ${fallen.length === 1 ? "is" : "are"} less than in ${s.before?.file}: cleared or restarted between the two, so not compared`);
    if (compared === 0 && fallen.length === 0) notes.push(`${s.after.file}: packets show nothing of the counters that stand in it`);
    if (s.before === undefined) notes.push(`${s.after.file}: counted since the last clear; name a file from before the capture too to compare the growth`);
    if (s.after.unknown.length > 0) notes.push(`${s.after.file}: ${counted(s.after.unknown.length, "number is", "numbers are")} of no counter of ${s.after.set.name}: ${some(s.after.unknown)}`);
    for (const told of [s.before, s.after]) if (told !== undefined && told.unread.length > 0) notes.push(`${counted(told.unread.length, "line")} of ${told.file} ${told.unread.length === 1 ? "was" : "were"} not understood, the first in ${told.file}:${told.unread[0].line}: ${told.unread[0].text}`);
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
