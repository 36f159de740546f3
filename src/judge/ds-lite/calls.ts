/**
 * Which rules an event calls. A rule says where its check can only give NA (`facts`, `proto`, `notes`, `outputFacts`): such rules are not called, and
 * an ordinary packet, for which none of those conditions holds, has a list of its own that is ready beforehand.
 */
import { type Bulk, createBulk } from "./bulk.js";
import { P_ICMP, P_TCP, P_UDP } from "./facts.js";
import type { DsRule } from "./rule.js";

/** One shape for all entries: rules are objects of many shapes, and a call through them would be slow. -1: no condition. */
export interface Entry { readonly check: DsRule["check"]; readonly index: number; readonly rule: DsRule; readonly facts: number; readonly notes: number; readonly outputFacts: number }

export const ON_OUTPUT = 0;
export const ON_PAIR = 1;
export const ON_ANSWER = 2;
export const ON_INPUT = 3;
export type Event = 0 | 1 | 2 | 3;
const EVENTS = ["output", "pair", "answer", "input"] as const;
const BITS = 6;
const PROTOCOLS = [P_UDP, P_TCP, P_ICMP, -1] as const;

export interface Called { readonly entries: readonly Entry[]; readonly bulk: Bulk | undefined }

export interface Calls {
  /** All rules of an event (`bit`: the number of the bit in `when`). */
  all(event: Event, bit: number): readonly Entry[];
  /** Those that may say something of a packet of this protocol with these facts and notes; they live until the next call. For an ordinary packet `bulk` is set. */
  of(event: Event, bit: number, proto: number, facts: number, notes: number, outputFacts: number): Called;
  readonly ordinary: readonly Bulk[];
}

export function createCalls(rules: readonly DsRule[]): Calls {
  const entries = rules.map((rule, index): Entry => ({ check: rule.check, index, rule, facts: rule.facts ?? -1, notes: rule.notes ?? -1, outputFacts: rule.outputFacts ?? -1 }));
  const isOrdinary = (e: Entry): boolean => e.facts === -1 && e.notes === -1 && e.outputFacts === -1;
  const sets = EVENTS.flatMap((event) => Array.from({ length: BITS }, (_, bit) => entries.filter((e) => e.rule.on === event && (e.rule.when & (1 << bit)) !== 0)));
  const lists = sets.flatMap((set) => PROTOCOLS.map((proto) => {
    const list = set.filter((e) => e.rule.proto === undefined || e.rule.proto === proto);
    const union = (of: (e: Entry) => number): number => list.reduce((mask, e) => (of(e) === -1 ? mask : mask | of(e)), 0);
    const bulk = createBulk(list.filter(isOrdinary));
    return { list, ordinary: { entries: bulk.entries, bulk }, facts: union((e) => e.facts), notes: union((e) => e.notes), outputFacts: union((e) => e.outputFacts) };
  }));
  const called: Entry[] = [];
  const someOf: Called = { entries: called, bulk: undefined };
  return {
    ordinary: lists.flatMap((l) => l.ordinary.bulk ?? []),
    all: (event, bit) => sets[event * BITS + bit],
    of(event, bit, proto, facts, notes, outputFacts) {
      const p = proto === P_UDP ? 0 : proto === P_TCP ? 1 : proto === P_ICMP ? 2 : 3;
      const l = lists[(event * BITS + bit) * PROTOCOLS.length + p];
      if (((facts & l.facts) | (notes & l.notes) | (outputFacts & l.outputFacts)) === 0) return l.ordinary;
      called.length = 0;
      for (let i = 0; i < l.list.length; i++) {
        const e = l.list[i];
        if ((e.facts === -1 || (facts & e.facts) !== 0) && (e.notes === -1 || (notes & e.notes) !== 0) && (e.outputFacts === -1 || (outputFacts & e.outputFacts) !== 0)) called.push(e);
      }
      return someOf;
    },
  };
}
