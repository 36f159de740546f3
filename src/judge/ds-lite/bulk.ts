/** Counting in bulk (../bulk.ts) of the rules that an ordinary packet or pair calls, for each AFTR: what is sure depends on its configuration. */
import { type Classes, createClasses } from "../bulk.js";
import type { Aftr } from "./aftr.js";
import type { Entry } from "./calls.js";

/** A list of rules, and what is counted of them. */
export interface Bulk { readonly entries: readonly Entry[]; readonly ofAftr: Classes<Entry>[] }
export const createBulk = (entries: readonly Entry[]): Bulk => ({ entries, ofAftr: [] });

/** Counts an event with these aspects. Returns the rules of the list that must be run on it. */
export function countInBulk(bulk: Bulk, aspects: number, aftr: Aftr): readonly Entry[] {
  const classes = (bulk.ofAftr[aftr.index] ??= createClasses(bulk.entries, bulk.entries.map((e) => e.rule.sure?.(aftr) ?? [])));
  const c = classes.of(aspects);
  c.count++;
  return c.rest;
}

/** Adds what was counted to the tallies, by the rules' indexes. */
export function spreadBulk(bulk: Bulk, exercised: Float64Array, observed: Float64Array): void {
  for (const classes of bulk.ofAftr) classes?.settle(exercised, observed);
}
