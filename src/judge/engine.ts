/** Runs the rules: an index per event, so that an ordinary packet meets only the rules that can apply to it. */
import type { Memory } from "../wire/memory.js";
import type { Domain } from "./domain.js";
import { packetEvidence } from "./evidence.js";
import { createGroups } from "./groups.js";
import { type Exchange, NA, OBSERVED, type Outcome, PASS, type Rule, VIOLATED, severityFor } from "./rule.js";
import type { State } from "./state.js";
import { type Ring, S_AMBIGUOUS } from "./transcript.js";
import type { FindingGroup, Place, RuleTally, Severity } from "./types.js";

export interface Engine {
  /** Facts of inputs that some rule waits for. */
  readonly inputTriggers: number;
  output(slot: number): void;
  /** `candidates` (the first `count`) are inputs that may have caused the output; a violation must hold for all of them. */
  pair(slot: number, flow: number, candidates: Int32Array, count: number): void;
  answer(slot: number, kind: number, candidates: Int32Array, count: number): void;
  closed(input: number, absence: boolean): void;
  tallies(): readonly RuleTally[];
  findings(): readonly FindingGroup[];
}

export function createEngine(
  memory: Memory, ring: Ring, state: State, domains: readonly Domain[], rules: readonly Rule[],
  severityOf: (clause: string) => Severity, place: (file: number, frame: number) => Place,
): Engine {
  const r = ring.records;
  const severities = rules.map((rule) => severityFor(rule, severityOf));
  const exercised = new Float64Array(rules.length);
  const violated = new Float64Array(rules.length);
  const observed = new Float64Array(rules.length);
  const groups = createGroups(rules, severities, place);
  // One shape for all entries: rules are objects of many shapes, and a call through them would be slow.
  const numbered = rules.map((rule, index) => ({ check: rule.check, index, facts: rule.facts ?? -1, rule }));
  type Entry = (typeof numbered)[number];
  const mechanisms = new Set(domains.map((d) => d.mechanism));
  const active = numbered.filter((e) => e.rule.mechanisms.some((m) => mechanisms.has(m)));
  const useful = active.filter((e) => e.rule.needs === undefined || domains.some((d) => e.rule.needs?.(d.tunnel)));
  const on = (event: Rule["on"], bit: number): Entry[] => useful.filter((e) => e.rule.on === event && ((e.rule.when ?? -1) & bit) !== 0);
  const outputRules = [0, 1, 2, 3, 4].map((kind) => on("output", 1 << kind));
  const pairRules = [1, 2, 4, 8].map((flow) => on("pair", flow));
  const answerRules = [1, 2, 4].map((kind) => on("answer", kind));
  const inputRules = useful.filter((e) => e.rule.on === "input");
  let triggers = 0;
  for (const e of inputRules) triggers |= e.facts;

  const x: Exchange = {
    b: memory.u8, r, state, domain: domains[0], input: -1, output: -1, answer: -1, flow: 0, absence: false, code: 0, inferred: false,
  };

  function settle(e: Entry, outcome: Outcome, at: number): void {
    if (outcome === NA) return;
    exercised[e.index]++;
    if (outcome === PASS) return;
    if (outcome === OBSERVED) observed[e.index]++;
    if (outcome !== VIOLATED) return;
    violated[e.index]++;
    if (!groups.add(e.index, x.code, x.inferred, r.file[at], r.frame[at])) return;
    const slots = [x.input, x.output, x.answer].filter((s) => s >= 0);
    groups.explain(e.rule.explain(x), slots.map((s) => packetEvidence(memory.u8, r, s, place)));
  }

  function run(e: Entry, at: number): void {
    x.code = 0;
    x.inferred = false;
    settle(e, e.check(x), at);
  }

  /** Sets the domain; false when the packet belongs to none. */
  function enter(slot: number, other: number): boolean {
    let d = r.domain[slot];
    if (d === 255 && other >= 0) d = r.domain[other];
    if (d >= domains.length) return false;
    x.domain = domains[d];
    return true;
  }

  /** Runs rules on an output and all inputs that may have caused it. */
  function judgeAll(list: readonly Entry[], slot: number, flow: number, candidates: Int32Array, count: number): void {
    if (!enter(candidates[0], slot)) return;
    x.output = slot;
    x.answer = -1;
    x.flow = flow;
    if (count === 1) {
      x.input = candidates[0];
      for (let i = 0; i < list.length; i++) run(list[i], slot);
      return;
    }
    for (let i = 0; i < list.length; i++) {
      let all = true;
      let any: Outcome = NA;
      for (let k = count - 1; k >= 0; k--) {
        x.input = candidates[k];
        x.code = 0;
        x.inferred = false;
        const o = list[i].check(x);
        if (o === VIOLATED) continue;
        all = false;
        if (o !== NA) any = o;
      }
      settle(list[i], all ? VIOLATED : any, slot);
    }
  }

  return {
    inputTriggers: triggers,
    output(slot) {
      if (!enter(slot, -1)) return;
      x.input = -1;
      x.output = slot;
      x.answer = -1;
      const list = outputRules[r.kind[slot]];
      for (let i = 0; i < list.length; i++) run(list[i], slot);
    },
    pair: (slot, flow, candidates, count) => judgeAll(pairRules[31 - Math.clz32(flow)], slot, flow, candidates, count),
    answer: (slot, kind, candidates, count) => judgeAll(answerRules[31 - Math.clz32(kind)], slot, kind, candidates, count),
    closed(input, absence) {
      const facts = r.facts[input];
      if ((facts & triggers) === 0 || (r.state[input] & S_AMBIGUOUS) !== 0 || !enter(input, -1)) return;
      x.input = input;
      x.output = ring.alive(r.forward[input]) ? r.forward[input] & r.mask : -1;
      x.answer = ring.alive(r.answer[input]) ? r.answer[input] & r.mask : -1;
      // An answer or forwarded packet that has left the window cannot be shown any more.
      if ((r.forward[input] >= 0 && x.output < 0) || (r.answer[input] >= 0 && x.answer < 0)) return;
      x.absence = absence;
      for (let i = 0; i < inputRules.length; i++) if ((inputRules[i].facts & facts) !== 0) run(inputRules[i], input);
    },
    tallies: () =>
      active.map((e) => ({
        rule: e.rule.id, clause: e.rule.clause, severity: severities[e.index],
        exercised: exercised[e.index], violated: violated[e.index], observed: observed[e.index],
      })),
    findings: () => groups.result(),
  };
}
