/** A run in the words of the card: the counters of `show services softwire statistics`, derived from the reference's reasons and statistics, or from captures. */
import type { Config } from "../config/types.js";
import { deriveCounters, loadCounterSet, seenCounters } from "../profiles/index.js";
import type { CardStatistics, ProfileLine } from "../report/record.js";
import { mechanismsOf } from "./catalogue.js";
import type { PipelineResult } from "./pipeline.js";

/** One entry for each counter set of the profile that concerns a mechanism of the configuration and of which something can be told. */
export function cardStatistics(line: ProfileLine, config: Config, r: PipelineResult): CardStatistics[] {
  const mechanisms = mechanismsOf(config);
  const concerned = (line.counterSets ?? []).map((s) => loadCounterSet(s.name)).filter((s) => s.mechanisms.some((m) => mechanisms.has(m)));
  const amounts = r.seen === undefined ? amountsOf(r) : undefined;
  return concerned.flatMap((set) => {
    const values = amounts === undefined ? seenCounters(set, (name) => r.seen?.get(name)) : deriveCounters(set, (term) => amounts.get(term) ?? 0);
    return values.every((v) => v === null) ? [] : [{ set: set.name, values }];
  });
}

/** What the terms of a counter's sum stand for. */
function amountsOf(r: PipelineResult): Map<string, number> {
  const out = new Map<string, number>();
  for (const c of r.counters) {
    out.set(c.reason.id, c.packets);
    out.set(`bytes:${c.reason.id}`, c.bytes);
  }
  for (const s of r.softwires) for (const [key, value] of Object.entries(s)) if (typeof value === "number") out.set(key, (out.get(key) ?? 0) + value);
  return out;
}

/** The sets of a profile as they stand in its line of the record. */
export const counterSetsOf = (names: readonly string[]): NonNullable<ProfileLine["counterSets"]> =>
  names.map((name) => {
    const { title, command, counters } = loadCounterSet(name);
    return { name, title, command, counters: counters.map((c) => ({ name: c.name, text: c.text, group: c.group })) };
  });
