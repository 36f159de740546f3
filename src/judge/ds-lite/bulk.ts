/** Counting in bulk (../bulk.ts) of the rules that an ordinary packet or pair calls, for each AFTR: what is sure depends on its configuration. */
import { type Class, type Classes, createClasses } from "../bulk.js";
import type { Aftr } from "./aftr.js";
import type { Entry } from "./calls.js";

/** A list of rules, and what is counted of them. */
export interface Bulk { readonly entries: readonly Entry[]; readonly ofAftr: Classes<Entry>[] }
export const createBulk = (entries: readonly Entry[]): Bulk => ({ entries, ofAftr: [] });

const classesOf = (bulk: Bulk, aftr: Aftr): Classes<Entry> => (bulk.ofAftr[aftr.index] ??= createClasses(bulk.entries, bulk.entries.map((e) => e.rule.sure?.(aftr) ?? [])));

/** Counts an event with these aspects. Returns the rules of the list that must be run on it. */
export function countInBulk(bulk: Bulk, aspects: number, aftr: Aftr): readonly Entry[] {
  const c = classesOf(bulk, aftr).of(aspects);
  c.count++;
  return c.rest;
}

/** The class of events with these aspects when no rule of the list must be run on one. */
export function sureClass(bulk: Bulk | undefined, aspects: number, aftr: Aftr): Class<Entry> | undefined {
  if (bulk === undefined) return undefined;
  const c = classesOf(bulk, aftr).of(aspects);
  return c.rest.length > 0 ? undefined : c;
}

/** Adds what was counted to the tallies, by the rules' indexes. */
export function spreadBulk(bulk: Bulk, exercised: Float64Array, observed: Float64Array): void {
  for (const classes of bulk.ofAftr) classes?.settle(exercised, observed);
}
