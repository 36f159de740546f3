/** Counter sets of hardware cards (specs/profiles/counters): their names and texts, and what the reference adds up for each. */
import { join } from "node:path";
import { readTextFile } from "../config/load.js";
import { specsDir } from "../config/specs-dir.js";
import type { Mechanism } from "../config/types.js";
import { parseYaml } from "../config/yaml.js";

export interface CardCounter {
  /** XML element name of the card. */
  readonly name: string;
  readonly text: string;
  /** `name`: no number but the name of the card. */
  readonly group: "name" | "statistics" | "transient" | "errors";
  /** What is added up: a field of the softwire statistics, a reason (its packets), "bytes:REASON"; taken away behind "-". Absent: it cannot be told. */
  readonly of?: readonly string[];
  /** What of a real device's captures is counted for it (`check`). */
  readonly seen?: string;
}

export interface CounterSet {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly mechanisms: readonly Mechanism[];
  readonly counters: readonly CardCounter[];
}

const cache = new Map<string, CounterSet>();

/** The set of that name. Throws InputProblem when the file is wrong. */
export function loadCounterSet(name: string, dir: string = join(specsDir(), "profiles", "counters")): CounterSet {
  const file = join(dir, `${name}.yaml`);
  const had = cache.get(file);
  if (had !== undefined) return had;
  const set = parseYaml<CounterSet>(readTextFile(file), file, COUNTERS).value;
  cache.set(file, set);
  return set;
}

/** The value of each counter, null where it cannot be told. `amount` gives what a term without its sign stands for; 0 for what did not happen. */
export const deriveCounters = (set: CounterSet, amount: (term: string) => number): (number | null)[] =>
  set.counters.map((c) => c.of?.reduce((sum, term) => (term.startsWith("-") ? sum - amount(term.slice(1)) : sum + amount(term)), 0) ?? null);

/** The same from the captures of a real device: null for what they do not show. */
export const seenCounters = (set: CounterSet, seen: (name: string) => number | undefined): (number | null)[] => set.counters.map((c) => (c.seen === undefined ? null : (seen(c.seen) ?? null)));

const strings = { type: "array", items: { type: "string", minLength: 1 } };
const COUNTERS = {
  type: "object", additionalProperties: false, required: ["name", "title", "command", "mechanisms", "counters"],
  properties: {
    name: { type: "string" }, title: { type: "string" }, command: { type: "string" }, mechanisms: { type: "array", items: { enum: ["6rd", "6to4-router", "6to4-relay", "6to4-pmt", "ds-lite"] } },
    counters: {
      type: "array", minItems: 1,
      items: {
        type: "object", additionalProperties: false, required: ["name", "text", "group"],
        properties: { name: { type: "string" }, text: { type: "string" }, group: { enum: ["name", "statistics", "transient", "errors"] }, of: strings, seen: { type: "string" } },
      },
    },
  },
};
