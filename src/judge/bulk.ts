/**
 * Rules whose outcome is sure are counted together: packets with the same aspects (aspects.ts) are a class, and a class has one counter for all the rules that
 * it settles. They are added to the rules' own tallies when those are read. The other rules of the list are asked one by one.
 */
import type { Domain } from "./domain.js";
import { NA, OBSERVED, type Rule, type Sure } from "./rule.js";

/** One shape for all entries: rules are objects of many shapes, and a call through them would be slow. */
export interface Entry { readonly check: Rule["check"]; readonly index: number; readonly facts: number; readonly rule: Rule }
export interface Class<E> { readonly aspects: number; count: number; readonly rest: readonly E[] }

/** The classes of a list of rules, made as they occur. */
export interface Classes<E> {
  of(aspects: number): Class<E>;
  /** Hands the packets counted so far over to the tallies. */
  settle(exercised: Float64Array, observed: Float64Array): void;
}

/** The rules of one event in one domain. */
export interface RuleList extends Classes<Entry> {
  readonly all: readonly Entry[];
  /** Is it worth working out aspects? */
  readonly bulk: boolean;
}

/** Fewer rules are asked sooner than aspects are worked out. */
const WORTHWHILE = 4;
/** What a device may set at will makes classes; beyond so many, packets have none and every rule is asked. */
const MOST_CLASSES = 512;

export function createRuleList(all: readonly Entry[], domain: Domain, bulk: boolean): RuleList {
  const sure = all.map((e) => (bulk ? (e.rule.sure?.(domain) ?? []) : []));
  const { of, settle } = createClasses(all, sure);
  return { all, bulk: sure.filter((s) => s.length > 0).length >= WORTHWHILE, of, settle };
}

/** `sure`: what is sure of each of the rules, in their order. Without aspects (0) every rule is asked. */
export function createClasses<E extends { readonly index: number }>(all: readonly E[], sure: readonly (readonly Sure[])[]): Classes<E> {
  const none: Class<E> = { aspects: 0, count: 0, rest: all };
  const classes = new Map<number, Class<E>>();
  let latest = none;
  const outcomeOf = (i: number, aspects: number): number | undefined => sure[i].find((s) => (aspects & s.aspects) === s.aspects)?.outcome;

  function find(aspects: number): Class<E> {
    let c = classes.get(aspects);
    if (c === undefined) {
      if (classes.size >= MOST_CLASSES) return none;
      c = { aspects, count: 0, rest: all.filter((_, i) => outcomeOf(i, aspects) === undefined) };
      classes.set(aspects, c);
    }
    latest = c;
    return c;
  }
  return {
    of: (aspects) => (aspects === 0 ? none : aspects === latest.aspects ? latest : find(aspects)),
    settle(exercised, observed) {
      for (const c of classes.values()) {
        all.forEach((e, i) => {
          const outcome = outcomeOf(i, c.aspects);
          if (outcome === undefined || outcome === NA) return;
          exercised[e.index] += c.count;
          if (outcome === OBSERVED) observed[e.index] += c.count;
        });
        c.count = 0;
      }
    },
  };
}
