/**
 * Counts together the rules of which an event's aspects (aspects.ts) already say what they give: one number for each combination of aspects that
 * occurs, spread over the rules when tallies are read. The others are run.
 */
import { PASS } from "../rule.js";
import type { Aftr } from "./aftr.js";
import type { Entry } from "./calls.js";

/** Combinations remembered of one list of rules: beyond them its rules are all run. */
const MOST_PLANS = 512;

interface Plan { count: number; readonly passed: readonly number[]; readonly rest: readonly Entry[] }
interface Plans { readonly byAspects: Map<number, Plan>; latest: number; plan: Plan | undefined }

/** A list of rules, and what is counted of them. */
export interface Bulk { readonly entries: readonly Entry[]; readonly ofAftr: Plans[] }
export const createBulk = (entries: readonly Entry[]): Bulk => ({ entries, ofAftr: [] });

function planFor(entries: readonly Entry[], aspects: number, aftr: Aftr): Plan {
  const passed: number[] = [];
  const rest: Entry[] = [];
  for (const e of entries) {
    const claim = e.rule.sure?.(aftr).find((c) => (aspects & c.when) === c.when);
    if (claim === undefined) rest.push(e);
    else if (claim.outcome === PASS) passed.push(e.index);
  }
  return { count: 0, passed, rest };
}

/** Counts an event with these aspects. Returns the rules of the list that must be run on it. */
export function countInBulk(bulk: Bulk, aspects: number, aftr: Aftr): readonly Entry[] {
  const plans = (bulk.ofAftr[aftr.index] ??= { byAspects: new Map(), latest: -1, plan: undefined });
  let plan = plans.latest === aspects ? plans.plan : plans.byAspects.get(aspects);
  if (plan === undefined) {
    if (plans.byAspects.size >= MOST_PLANS) return bulk.entries;
    plan = planFor(bulk.entries, aspects, aftr);
    plans.byAspects.set(aspects, plan);
  }
  plans.latest = aspects;
  plans.plan = plan;
  plan.count++;
  return plan.rest;
}

/** Adds what was counted to `exercised`, by the rules' indexes. */
export function spreadBulk(bulk: Bulk, exercised: Float64Array): void {
  for (const plans of bulk.ofAftr) {
    for (const plan of plans?.byAspects.values() ?? []) {
      for (const i of plan.passed) exercised[i] += plan.count;
      plan.count = 0;
    }
  }
}
