/**
 * Counters as a card prints them: `show services softwire statistics`, as XML (`| display xml`) or as text. Elements go by their names, lines of text by
 * the description in the card's own schema (specs/profiles/counters). A counter that stands there several times (several PICs) is added up.
 */
import type { CounterSet } from "../../profiles/counters.js";

export interface ToldCounters {
  readonly file: string;
  readonly set: CounterSet;
  /** By the counter's name. */
  readonly values: ReadonlyMap<string, number>;
  /** Lines with a number that no counter of the set is called like. */
  readonly unknown: readonly string[];
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Label and number of every line or element that has both. */
function pairs(text: string): (readonly [label: string, value: number])[] {
  if (/^\s*</.test(text)) return [...text.matchAll(/<([\w:-]+)(?:\s[^>]*)?>\s*(\d+)\s*<\/\1>/g)].map((m) => [m[1].replace(/^.*:/, ""), Number(m[2])]);
  return text.split("\n").flatMap((line) => {
    const m = /^\s*(.*?\D)\s*[:=]?\s+(\d[\d,]*)\s*$/.exec(line) ?? /^\s*(.*?\D)[:=](\d[\d,]*)\s*$/.exec(line);
    return m === null ? [] : [[m[1].replace(/[\s:=.]+$/, "").trim(), Number(m[2].replace(/,/g, ""))] as const];
  });
}

/** The set of `sets` that the text is of: the one of which most counters are found. Undefined when there is none. */
export function readCounters(text: string, file: string, sets: readonly CounterSet[]): ToldCounters | undefined {
  const found = pairs(text);
  let best: ToldCounters | undefined;
  for (const set of sets) {
    const names = new Map(set.counters.flatMap((c) => [[plain(c.name), c.name], [plain(c.text), c.name]] as const));
    const values = new Map<string, number>();
    const unknown: string[] = [];
    for (const [label, value] of found) {
      const name = names.get(plain(label));
      if (name === undefined) unknown.push(label);
      else values.set(name, (values.get(name) ?? 0) + value);
    }
    if (values.size > (best?.values.size ?? 0)) best = { file, set, values, unknown };
  }
  return best;
}
