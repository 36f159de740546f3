/** Runs the rules of DS-Lite; the same events and the same caution as ../engine.ts. */
import { u16 } from "../../wire/bits.js";
import { packetEvidence } from "../evidence.js";
import { createGroups, type Weight } from "../groups.js";
import { fitsIpv4, isForwarded } from "../loose.js";
import { NA, OBSERVED, type Outcome, PASS, VIOLATED, severityFor } from "../rule.js";
import { type Ring, S_AMBIGUOUS } from "../transcript.js";
import type { FindingGroup, Place, RuleTally, Severity } from "../types.js";
import { certaintyOf, createWeights } from "../weights.js";
import type { Aftr } from "./aftr.js";
import { ofInput, ofOutput, ofPair } from "./aspects-of.js";
import { countInBulk, spreadBulk, sureClass } from "./bulk.js";
import { type Called, type Entry, type Event, ON_ANSWER, ON_INPUT, ON_OUTPUT, ON_PAIR, createCalls } from "./calls.js";
import { F_ERROR } from "./facts.js";
import type { DsExchange, DsRule } from "./rule.js";

const SEEN_TIMES = 32;

export interface Engine {
  output(slot: number): void;
  pair(slot: number, flow: number, candidates: Int32Array, count: number): void;
  answer(slot: number, kind: number, candidates: Int32Array, count: number): void;
  /** A pair that its content alone made: only rules with `kept` are asked. */
  alike(input: number, output: number, flow: number): void;
  /** `ordinary`: if nothing came of it, that counts as a loss (see `conclude`). */
  closed(input: number, absence: boolean, ordinary: boolean): void;
  /** Judges an input that was forwarded before its window is over, when the outcome of every rule is sure already: then true, and `closed` is not to be called. */
  settled(input: number, output: number): boolean;
  /** Does in one what `output`, `pair` and `settled` do, when the outcome of every rule is sure and then `last`, asked at the end, agrees: then true. Otherwise nothing is counted. The pair is exact. */
  whole(input: number, output: number, flow: number, last: (output: number) => boolean): boolean;
  /** How silence and likeness in a capture count, as in ../engine.ts; `stopped`: its clock stands still. `lasted`: how many seconds it shows. Called once, before the results are read. Not called for a whole transcript. */
  conclude(suspect: boolean, plain: number, lost: number, explained: boolean, halves: number, stormy: (time: number) => boolean, restarted: boolean, stopped: boolean, lasted: number): void;
  tallies(): readonly RuleTally[];
  findings(): readonly FindingGroup[];
}

export function createEngine(
  x: DsExchange, ring: Ring, aftrs: readonly Aftr[], rules: readonly DsRule[], severityOf: (clause: string) => Severity, place: (file: number, frame: number) => Place, inBulk = true,
): Engine {
  const { r } = x;
  const severities = rules.map((rule) => severityFor(rule, severityOf));
  const exercised = new Float64Array(rules.length);
  const violated = new Float64Array(rules.length);
  const observed = new Float64Array(rules.length);
  /** When the first violations were, SEEN_TIMES of each rule: none of them may have been paired while the clocks disagreed. */
  const times = new Float64Array(rules.length * SEEN_TIMES);
  let stormy = (_time: number): boolean => false;
  /** Violations that rest on a binding that was lost before its time. */
  const unsettled = new Float64Array(rules.length);
  /** Is the input that `closed` looks at an ordinary one? */
  let isOrdinary = false;
  let restarted = false;
  let stopped = false;
  let lasted = Number.POSITIVE_INFINITY;
  const groups = createGroups(rules, severities, place);
  const calls = createCalls(rules);
  // The first loss of a cause is never held against a device (mustForward).
  const weights = createWeights(severities, { times: (rule) => exercised[rule], forgiven: 1, lowered });

  /** What a device keeps of the headers: TTL, DSCP, and of an error its type. */
  const fits = (i: number, o: number): boolean =>
    fitsIpv4(x.b, r.inner[i], r.inner[o]) && ((r.facts[i] & r.facts[o] & F_ERROR) === 0 || u16(x.b, x.v.l4[i]) === u16(x.b, x.v.l4[o]));

  function settle(e: Entry, outcome: Outcome, at: number): void {
    if (outcome === NA) return;
    exercised[e.index]++;
    if (outcome === OBSERVED) observed[e.index]++;
    if (outcome !== VIOLATED) return;
    if (violated[e.index] < SEEN_TIMES) times[e.index * SEEN_TIMES + violated[e.index]] = r.time[at];
    violated[e.index]++;
    const certainty = certaintyOf(x, r);
    weights.violation(e.index, certainty, isForwarded(r, x.input, x.output) && !fits(x.input, x.output), isOrdinary);
    if (certainty !== "content" && e.rule.on === "pair" && x.learned.moved + x.learned.shared + x.learned.pooled > -3) unsettled[e.index]++;
    if (!groups.add(e.index, x.code, certainty, r.file[at], r.frame[at])) return;
    const slots = [x.input, x.output, x.answer].filter((s) => s >= 0);
    groups.explain(e.rule.explain(x), slots.map((s) => packetEvidence(x.b, r, s, place)));
  }
  /** Clocks that disagree and a NAT that began anew explain what would fail. */
  function lowered(rule: number): Weight | undefined {
    if (severities[rule] !== "fail") return undefined;
    if (lasted < (rules[rule].measures ?? 0) || (stopped && rules[rule].on !== "output")) return "no-clock";
    if (rules[rule].on !== "output" && violated[rule] <= SEEN_TIMES && isStormy(rule)) return "clocks";
    return restarted && unsettled[rule] === violated[rule] ? "restart" : undefined;
  }
  /** Every violation came while the captures did not fit together (storms.ts): what was paired there may be paired wrong. */
  function isStormy(rule: number): boolean {
    for (let i = 0; i < violated[rule]; i++) if (!stormy(times[rule * SEEN_TIMES + i])) return false;
    return true;
  }
  function check(e: Entry): Outcome {
    x.code = 0;
    x.inferred = false;
    return e.check(x);
  }
  /** Runs the rules of an event on the exchange at hand, or counts those whose result is known; what they give counts at `at`. */
  function runAll(event: Event, called: Called, at: number): void {
    const { bulk, entries } = called;
    if (bulk === undefined || event === ON_ANSWER || !inBulk) run(entries, at);
    else run(countInBulk(bulk, event === ON_PAIR ? ofPair(x) : event === ON_OUTPUT ? ofOutput(x) : ofInput(x), x.aftr), at);
  }
  /** Adds what was counted in bulk to the tallies, before they are read. */
  function spread(): void {
    for (const bulk of calls.ordinary) spreadBulk(bulk, exercised, observed);
  }
  function run(list: readonly Entry[], at: number): void {
    for (let i = 0; i < list.length; i++) {
      const e = list[i];
      x.code = 0;
      x.inferred = false;
      const outcome = e.check(x);
      if (outcome === PASS) exercised[e.index]++;
      else if (outcome !== NA) settle(e, outcome, at);
    }
  }
  function enter(slot: number, other: number): boolean {
    let d = r.domain[slot];
    if (d >= aftrs.length && other >= 0) d = r.domain[other];
    if (d >= aftrs.length) return false;
    x.aftr = aftrs[d];
    return true;
  }
  /** An output and all inputs that may have caused it: a violation must hold for all of them. */
  function judgeAll(event: Event, slot: number, flow: number, candidates: Int32Array, count: number): void {
    if (!enter(candidates[0], slot)) return;
    x.output = slot;
    x.answer = -1;
    x.flow = flow;
    x.ambiguous = count > 1;
    if (count === 1) {
      const input = candidates[0];
      x.input = input;
      runAll(event, calls.of(event, 31 - Math.clz32(flow), x.v.proto[input], r.facts[input], x.v.notes[input], r.facts[slot]), slot);
      return;
    }
    const list = calls.all(event, 31 - Math.clz32(flow));
    for (let i = 0; i < list.length; i++) {
      let all = true;
      let any: Outcome = NA;
      for (let k = count - 1; k >= 0; k--) {
        x.input = candidates[k];
        const o = check(list[i]);
        if (o === VIOLATED) continue;
        all = false;
        if (o !== NA) any = o;
      }
      settle(list[i], all ? VIOLATED : any, slot);
    }
  }

  /** ICMPv4 unreachable, administratively prohibited: how a firewall rejects. */
  const isProhibited = (slot: number): boolean => x.v.l4[slot] > 0 && x.b[x.v.l4[slot]] === 3 && x.b[x.v.l4[slot] + 1] === 13;

  return {
    output(slot) {
      if (!enter(slot, -1)) return;
      x.input = x.answer = -1;
      x.output = slot;
      runAll(ON_OUTPUT, calls.of(ON_OUTPUT, r.kind[slot], x.v.proto[slot], r.facts[slot], 0, r.facts[slot]), slot);
    },
    pair: (slot, flow, candidates, count) => judgeAll(ON_PAIR, slot, flow, candidates, count),
    answer: (slot, kind, candidates, count) => judgeAll(ON_ANSWER, slot, kind, candidates, count),
    alike(input, output, flow) {
      if (!enter(input, output)) return;
      x.input = input;
      x.output = output;
      x.answer = -1;
      x.flow = flow;
      x.ambiguous = false;
      run(calls.all(ON_PAIR, 31 - Math.clz32(flow)).filter((e) => e.rule.kept === true), output);
    },
    closed(input, absence, ordinary) {
      if ((r.state[input] & S_AMBIGUOUS) !== 0 || !enter(input, -1)) return;
      x.input = input;
      x.output = ring.alive(r.forward[input]) ? r.forward[input] & r.mask : -1;
      x.answer = ring.alive(r.answer[input]) ? r.answer[input] & r.mask : -1;
      // What has left the window cannot be shown any more.
      if ((r.forward[input] >= 0 && x.output < 0) || (r.answer[input] >= 0 && x.answer < 0)) return;
      x.absence = absence;
      x.ambiguous = false;
      isOrdinary = ordinary;
      const called = calls.of(ON_INPUT, r.kind[input], x.v.proto[input], r.facts[input], x.v.notes[input], 0);
      // The declared service chain may be why nothing came of the input: no rule can blame the device for that.
      const refused = x.aftr.mayRefuse && x.output < 0 && (x.answer < 0 || isProhibited(x.answer));
      if (!refused) runAll(ON_INPUT, called, input);
      else {
        for (const e of called.entries) {
          const outcome = check(e);
          if (outcome !== VIOLATED) settle(e, outcome, input);
        }
      }
      isOrdinary = false;
    },
    settled(input, output) {
      if (!inBulk || (r.state[input] & S_AMBIGUOUS) !== 0 || !enter(input, -1)) return false;
      x.input = input;
      x.output = output;
      const c = sureClass(calls.of(ON_INPUT, r.kind[input], x.v.proto[input], r.facts[input], x.v.notes[input], 0).bulk, ofInput(x), x.aftr);
      if (c === undefined) return false;
      c.count++;
      return true;
    },
    whole(input, output, flow, last) {
      if (!inBulk || !enter(input, output)) return false;
      const proto = x.v.proto[input];
      const f = r.facts[input];
      const g = r.facts[output];
      const notes = x.v.notes[input];
      x.input = input;
      x.output = output;
      x.answer = -1;
      x.flow = flow;
      x.ambiguous = false;
      x.exact = true;
      const left = sureClass(calls.of(ON_OUTPUT, r.kind[output], proto, g, 0, g).bulk, ofOutput(x), x.aftr);
      const pair = sureClass(calls.of(ON_PAIR, 31 - Math.clz32(flow), proto, f, notes, g).bulk, ofPair(x), x.aftr);
      const came = sureClass(calls.of(ON_INPUT, r.kind[input], proto, f, notes, 0).bulk, ofInput(x), x.aftr);
      if (left === undefined || pair === undefined || came === undefined || !last(output)) return false;
      left.count++;
      pair.count++;
      came.count++;
      return true;
    },
    tallies() {
      spread();
      return rules.map((rule, i) => ({ rule: rule.id, clause: rule.clause, severity: severities[i], exercised: exercised[i] - weights.dropped(i), violated: violated[i] - weights.dropped(i), observed: observed[i] }));
    },
    conclude(unfit, ordinary, missing, likely, halves, inStorm, afterRestart, still, seconds) {
      stopped = still;
      lasted = seconds;
      restarted = afterRestart;
      stormy = inStorm;
      weights.conclude(unfit, ordinary, missing, likely, halves);
    },
    findings() {
      spread();
      return groups.result(weights.weigh);
    },
  };
}
