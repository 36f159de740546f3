/** Runs the rules: an index per event, so that an ordinary packet meets only the rules that can apply to it. */
import type { Memory } from "../wire/memory.js";
import { decapAspects, encapAspects, outputAspects } from "./aspects.js";
import { type Entry, createRuleList, type RuleList } from "./bulk.js";
import type { Domain } from "./domain.js";
import { packetEvidence } from "./evidence.js";
import { FLOW_DECAP, FLOW_ENCAP, FLOW_HAIRPIN, F_TO_CE, K_NATIVE, K_TUNNEL } from "./facts.js";
import { SETS, forwardedAspects, setOf } from "./forwarded.js";
import { createGroups } from "./groups.js";
import { fitsIpv6, isAltered, isForwarded } from "./loose.js";
import { type Exchange, NA, OBSERVED, type Outcome, PASS, type Rule, VIOLATED, severityFor } from "./rule.js";
import { type State, errorSpot } from "./state.js";
import { type Ring, S_AMBIGUOUS } from "./transcript.js";
import type { FindingGroup, Place, RuleTally, Severity } from "./types.js";
import { type Weights, certaintyOf, createWeights } from "./weights.js";

/** An answer may be stamped so much (s) before its cause. */
const JITTER_SECONDS = 0.05;
export interface Engine {
  /** Facts of inputs that some rule waits for. */
  readonly inputTriggers: number;
  output(slot: number): void;
  /** `candidates` (the first `count`) are inputs that may have caused the output; a violation must hold for all of them. */
  pair(slot: number, flow: number, candidates: Int32Array, count: number): void;
  answer(slot: number, kind: number, candidates: Int32Array, count: number): void;
  /** A pair or an answer that its content alone made: only rules with `kept` are asked. */
  alike(input: number, output: number, event: "pair" | "answer", flow: number): void;
  closed(input: number, absence: boolean): void;
  /** The same for an input that became `output` and was not answered, when all that is waited for are `waits`, a set of BY_FORWARDING. */
  forwarded(input: number, output: number, waits: number): void;
  /**
   * An exchange of the first domain: an output of kind `kind` with A_* `output`, a pair with B_* `pair`, an input for which rules with the facts `waits` (a set of
   * BY_FORWARDING) wait, with C_* `input`. When that settles all rules it is counted; false: nothing was done.
   */
  counts(kind: number, output: number, flow: number, pair: number, waits: number, input: number): boolean;
  conclude: Weights["conclude"];
  tallies(): readonly RuleTally[];
  findings(): readonly FindingGroup[];
}

export function createEngine(
  memory: Memory, ring: Ring, state: State, domains: readonly Domain[], rules: readonly Rule[],
  severityOf: (clause: string) => Severity, place: (file: number, frame: number) => Place, bulk = true,
): Engine {
  const r = ring.records;
  const severities = rules.map((rule) => severityFor(rule, severityOf));
  const exercised = new Float64Array(rules.length);
  const violated = new Float64Array(rules.length);
  const observed = new Float64Array(rules.length);
  const weights = createWeights(severities, { times: (rule) => exercised[rule], forgiven: 0, answered: (rule) => exercised[rule] > violated[rule] });
  const groups = createGroups(rules, severities, place);
  const numbered = rules.map((rule, index): Entry => ({ check: rule.check, index, facts: rule.facts ?? -1, rule }));
  const mechanisms = new Set(domains.map((d) => d.mechanism));
  const active = numbered.filter((e) => e.rule.mechanisms.some((m) => mechanisms.has(m)));
  // Per domain: the rules of its mechanism that its configuration leaves possible.
  const lists = domains.map((d) => {
    const useful = active.filter((e) => e.rule.mechanisms.includes(d.mechanism) && e.rule.needs?.(d.tunnel) !== false);
    const on = (event: Rule["on"], bit: number, sure = false): RuleList => createRuleList(useful.filter((e) => e.rule.on === event && ((e.rule.when ?? -1) & bit) !== 0), d, sure && bulk);
    const inputs = useful.filter((e) => e.rule.on === "input");
    return {
      output: [0, 1, 2, 3, 4].map((kind) => on("output", 1 << kind, kind === K_TUNNEL || kind === K_NATIVE)),
      pair: [1, 2, 4, 8].map((flow) => on("pair", flow, flow === FLOW_DECAP || flow === FLOW_ENCAP)),
      answer: [1, 2, 4, 8, 16].map((kind) => on("answer", kind)),
      inputs,
      forwarded: SETS.map((waits) => createRuleList(inputs.filter((e) => (e.facts & waits) !== 0), d, bulk)),
      inputByBit: Array.from({ length: 32 }, (_, bit) => inputs.filter((e) => (e.facts & (1 << bit)) !== 0)),
    };
  });
  const count = (): void => {
    for (const l of lists) for (const list of [...l.output, ...l.pair, ...l.forwarded]) list.settle(exercised, observed);
  };
  let triggers = 0;
  for (const list of lists) for (const e of list.inputs) triggers |= e.facts;

  const x: Exchange = {
    b: memory.u8, r, state, domain: domains[0], input: -1, output: -1, answer: -1, flow: 0, absence: false, code: 0, inferred: false,
    inputAt: 0, inputInner: 0, outputAt: 0, outputInner: 0,
  };

  function settle(e: Entry, outcome: Outcome, at: number): void {
    if (outcome === NA) return;
    exercised[e.index]++;
    if (outcome === PASS) return;
    if (outcome === OBSERVED) observed[e.index]++;
    if (outcome !== VIOLATED) return;
    violated[e.index]++;
    const certainty = certaintyOf(x, r);
    weights.violation(e.index, certainty, isForwarded(r, x.input, x.output) && (isAltered(r, x.input) || !fitsIpv6(x.b, x.inputInner, x.outputInner, x.b[x.outputInner + 7])), true);
    if (!groups.add(e.index, x.code, certainty, r.file[at], r.frame[at])) return;
    const slots = [x.input, x.output, x.answer].filter((s) => s >= 0);
    groups.explain(e.rule.explain(x), slots.map((s) => packetEvidence(memory.u8, r, s, place)));
  }

  /** ICMPv6 unreachable, administratively prohibited: how a firewall rejects. */
  function isProhibited(slot: number): boolean {
    const at = r.inner[slot];
    return r.innerLen[slot] >= 48 && x.b[at + 6] === 58 && x.b[at + 40] === 1 && x.b[at + 41] === 1;
  }

  /** `refused`: the declared service chain may be why nothing came of the input, so no rule can blame the device for that. */
  function run(e: Entry, at: number, refused: boolean): void {
    x.code = 0;
    x.inferred = false;
    const outcome = e.check(x);
    if (outcome === PASS) exercised[e.index]++;
    else if (outcome !== NA) deviates(e, outcome, at, refused);
  }
  /** The rules of an event; those that `aspects` settle are only counted. */
  function runAll(list: RuleList, aspects: number, at: number): void {
    const c = list.of(aspects);
    c.count++;
    for (let i = 0; i < c.rest.length; i++) run(c.rest[i], at, false);
  }
  function deviates(e: Entry, outcome: Outcome, at: number, refused: boolean): void {
    if (refused && outcome === VIOLATED) return;
    settle(e, outcome === VIOLATED && x.inferred && x.inputInner > 0 && state.orphanErrors[errorSpot(x.b, x.inputInner + 8)] >= r.time[x.input] - JITTER_SECONDS ? NA : outcome, at);
  }

  function setInput(slot: number): void {
    x.input = slot;
    x.inputAt = slot < 0 ? 0 : r.off[slot];
    x.inputInner = slot < 0 ? 0 : r.inner[slot];
  }
  function setOutput(slot: number): void {
    x.output = slot;
    x.outputAt = slot < 0 ? 0 : r.off[slot];
    x.outputInner = slot < 0 ? 0 : r.inner[slot];
  }

  /** Sets the domain; false when the packet belongs to none. */
  function enter(slot: number, other: number): boolean {
    let d = r.domain[slot];
    if (d === 255 && other >= 0) d = r.domain[other];
    if (d >= domains.length) return false;
    x.domain = domains[d];
    return true;
  }

  /** What entered by one domain and leaves by another is encapsulated under the rules of the latter. */
  const ownerOf = (input: number, output: number, flow: number): number => ((flow & (FLOW_HAIRPIN | FLOW_ENCAP)) !== 0 && r.domain[output] < domains.length && (r.facts[output] & F_TO_CE) !== 0 ? output : input);

  /** Runs rules on an output and all inputs that may have caused it. */
  function judgeAll(event: "pair" | "answer", owner: number, slot: number, flow: number, candidates: Int32Array, count: number): void {
    if (!enter(owner, slot)) return;
    const list = lists[x.domain.index][event][31 - Math.clz32(flow)];
    setOutput(slot);
    x.answer = -1;
    x.flow = flow;
    if (count === 1) {
      setInput(candidates[0]);
      runAll(list, list.bulk ? (flow === FLOW_DECAP ? decapAspects(x) : encapAspects(x)) : 0, slot);
      return;
    }
    for (let i = 0; i < list.all.length; i++) {
      let all = true;
      let any: Outcome = NA;
      for (let k = count - 1; k >= 0; k--) {
        setInput(candidates[k]);
        x.code = 0;
        x.inferred = false;
        const o = list.all[i].check(x);
        if (o === VIOLATED) continue;
        all = false;
        if (o !== NA) any = o;
      }
      settle(list.all[i], all ? VIOLATED : any, slot);
    }
  }

  return {
    inputTriggers: triggers,
    output(slot) {
      if (!enter(slot, -1)) return;
      setInput(-1);
      setOutput(slot);
      x.answer = -1;
      const list = lists[x.domain.index].output[r.kind[slot]];
      runAll(list, list.bulk ? outputAspects(x) : 0, slot);
    },
    pair: (slot, flow, candidates, count) => judgeAll("pair", ownerOf(candidates[0], slot, flow), slot, flow, candidates, count),
    answer: (slot, kind, candidates, count) => judgeAll("answer", candidates[0], slot, kind, candidates, count),
    alike(input, output, event, flow) {
      if (!enter(event === "pair" ? ownerOf(input, output, flow) : input, output)) return;
      setInput(input);
      setOutput(output);
      x.answer = -1;
      x.flow = flow;
      for (const e of lists[x.domain.index][event][31 - Math.clz32(flow)].all) if (e.rule.kept === true) run(e, output, false);
    },
    closed(input, absence) {
      const facts = r.facts[input];
      if ((facts & triggers) === 0 || (r.state[input] & S_AMBIGUOUS) !== 0 || !enter(input, -1)) return;
      setInput(input);
      setOutput(ring.alive(r.forward[input]) ? r.forward[input] & r.mask : -1);
      x.answer = ring.alive(r.answer[input]) ? r.answer[input] & r.mask : -1;
      // An answer or forwarded packet that has left the window cannot be shown any more.
      if ((r.forward[input] >= 0 && x.output < 0) || (r.answer[input] >= 0 && x.answer < 0)) return;
      x.absence = absence;
      const byBit = lists[x.domain.index].inputByBit;
      for (let left = facts & triggers; left !== 0; left &= left - 1) {
        const bit = left & -left;
        const list = byBit[31 - Math.clz32(bit)];
        for (let i = 0; i < list.length; i++) {
          // A rule that waits for several facts runs at the lowest of those that hold.
          const met = list[i].facts & facts;
          if ((met & -met) === bit) run(list[i], input, x.domain.mayRefuse && x.output < 0 && (x.answer < 0 || isProhibited(x.answer)));
        }
      }
    },
    forwarded(input, output, waits) {
      if ((r.state[input] & S_AMBIGUOUS) !== 0 || !enter(input, -1)) return;
      setInput(input);
      setOutput(output);
      x.answer = -1;
      x.absence = false;
      const list = lists[x.domain.index].forwarded[setOf(waits)];
      runAll(list, list.bulk ? forwardedAspects(x) : 0, input);
    },
    counts(kind, output, flow, pair, waits, input) {
      const l = lists[0];
      const o = l.output[kind].of(output);
      const p = l.pair[31 - Math.clz32(flow)].of(pair);
      if (o.rest.length !== 0 || p.rest.length !== 0) return false;
      if (waits !== 0) {
        const f = l.forwarded[setOf(waits)].of(input);
        if (f.rest.length !== 0) return false;
        f.count++;
      }
      o.count++;
      p.count++;
      return true;
    },
    conclude: weights.conclude,
    tallies() {
      count();
      return active.map((e) => ({
        rule: e.rule.id, clause: e.rule.clause, severity: severities[e.index],
        exercised: exercised[e.index] - weights.dropped(e.index), violated: violated[e.index] - weights.dropped(e.index), observed: observed[e.index],
      }));
    },
    findings() {
      count();
      return groups.result(weights.weigh);
    },
  };
}
