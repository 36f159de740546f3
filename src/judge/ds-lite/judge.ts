/** The judge of DS-Lite: a transcript goes in, facts about clauses come out. Sibling of ../judge.ts. */
import { ACCESS, CORE, type Side } from "../../config/types.js";
import { LOSS } from "../weights.js";
import { createHalves } from "../loose.js";
import { createClock } from "../clock.js";
import type { JudgeOptions } from "../judge.js";
import { copyPacket } from "../../wire/words.js";
import { createRing, S_AMBIGUOUS, enter } from "../transcript.js";
import { type Direction, INTO, type JudgeResult, PARTNERLESS, type Place, type TranscriptSink } from "../types.js";
import { compileAftrs, transitorySeconds } from "./aftr.js";
import { createAftrLikeness } from "./alike.js";
import { createBindings } from "./bindings.js";
import { createEngine } from "./engine.js";
import * as F from "./facts.js";
import { createFastPath } from "./fast-path.js";
import { createHistory } from "./history.js";
import { createJoined } from "./joined.js";
import { createLearner } from "./learn.js";
import { createObserver, echoKey } from "./observe.js";
import { createNatState } from "./nat-state.js";
import { createOrdinary } from "./ordinary.js";
import { createPairing } from "./pairing.js";
import { createPending } from "./pending.js";
import { createRestart } from "./restart.js";
import { createRetire } from "./retire.js";
import { createStorms } from "./storms.js";
import { createParser, NO_AFTR } from "./parse.js";
import type { DsExchange, DsRule } from "./rule.js";
import { createSilence } from "../silence.js";
import { createLeftovers } from "../pairing/leftovers.js";
import { createTwins } from "./twins.js";
import { createTunnelHistory } from "./tunnel-history.js";
import { createView } from "./view.js";

/** Stamps of the capture that are further ahead than this are doubted (clock.ts): a NAT's timers run for hours. */
const WILD_SECONDS = 3600 * 24;
const BINDINGS = 1 << 17;
/** Where more packets than this share a stamp and all of them lie within the window, the capture has no clock: neither order nor time is known. */
const PACKETS_A_STEP = 32;
export function createDsLiteJudge(rules: readonly DsRule[], options: JudgeOptions): TranscriptSink & { result(): JudgeResult } {
  const { config, memory, files, complete = false, bulk = true } = options;
  const b = memory.u8;
  const window = options.windowSeconds ?? 2, skew = options.skewSeconds ?? 0.05;
  const aftrs = compileAftrs(config);
  const ring = createRing(memory, options.ringBytes ?? 24 << 20, options.ringRecords ?? 1 << 16, evictOpen);
  const r = ring.records;
  const v = createView(r.capacity);
  const place = (file: number, frame: number): Place => ({ file: files[file] ?? `file ${file}`, frame });
  const nat = createBindings(options.ringRecords === undefined ? BINDINGS : Math.min(BINDINGS, options.ringRecords), config.seed, transitorySeconds(aftrs));
  const history = createHistory(r.capacity);
  const tunnel = createTunnelHistory(aftrs.length, r.capacity);
  const learner = createLearner(b, r, v, nat, skew, config.seed, aftrs.length === 1);
  const observer = createObserver(b, r, v, aftrs, nat, history, tunnel, config.seed);
  const state = createNatState(b, r, v, nat, learner.learned, config.seed);
  const storms = createStorms();
  const twins = createTwins(b, r, v, nat, config.seed, window + 2 * skew);
  const restart = createRestart();
  const pairing = createPairing(b, ring, v, nat, config.seed, skew, window, bulk);
  const parser = createParser(b, r, v, aftrs, config, bulk);
  const joined = createJoined(b, ring, v, config.seed, add);
  const x: DsExchange = {
    b, r, v, nat, history, tunnel, state, learned: learner.learned, restart, own4: [...config.access.ipv4, ...config.core.ipv4], coreMtu: config.core.mtu, aftr: aftrs[0], input: -1, output: -1, answer: -1,
    flow: 0, exact: false, ambiguous: false, absence: false, code: 0, inferred: false,
  };
  const engine = createEngine(x, ring, aftrs, rules, options.severityOf, place, bulk);

  const { isPacket, isPlain, wasActive, isPlainOutput } = createOrdinary(b, r, v, nat, aftrs, x.own4);
  const retire = createRetire(ring, v, engine);
  const fast = complete && bulk ? createFastPath({ b, ring, v, aftrs, nat, pairing, learner, state, observer, restart, engine, link, skewSeconds: skew, windowSeconds: window }) : undefined;
  const likeness = createAftrLikeness(b, r, v, nat, aftrs, x.own4, (s) => tunnel.replied(echoKey(b, r.off[s] + 8, v.src[s], v.dst[s], v.l4[s])));
  const halves = createHalves();
  const secondChance = createLeftovers(b, ring, likeness, skew, complete, {
    forget: pairing.forget, link,
    answered() {}, // rules that look at the echo request itself are asked when it is closed
    forwarded: (input, output) => engine.alike(input, output, r.kind[input] === F.D_SOFT ? F.FLOW_OUT : F.FLOW_IN),
  });

  const lone = { inputs: [] as Place[], outputs: [] as Place[] };
  let inputs = 0, outputs = 0, paired = 0, answered = 0, unanswered = 0, orphans = 0, ambiguous = 0, evicted = 0, agreed = 0, disagreed = 0, plain = 0, plainLost = 0, plainOrphans = 0;
  const clock = createClock(() => {
    while (ring.open < ring.head) close(ring.open++ & r.mask, false);
  }, WILD_SECONDS);
  let ended = false;
  const sent = new Float64Array(2), silence = createSilence();
  const pending = createPending(ring, skew, (slot) => {
    if (!explain(slot, true) && !complete && isPlainOutput(slot)) storms.orphan(r.time[slot]);
  });

  function evictOpen(slot: number): void {
    evicted++;
    close(slot, false);
  }

  /** Until it is, an input that nothing followed stays open. */
  const certain = (slot: number): boolean => complete || silence.isSure(r.side[slot], r.time[slot]);
  /** Something has to come of it: a packet to forward, or an error from inside the softwire to relay. */
  const awaits = (slot: number): boolean => r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE || (r.kind[slot] === F.D_ICMP6 && (r.facts[slot] & F.F_BOUND) !== 0);
  const isSettled = (slot: number): boolean => r.direction[slot] !== INTO || r.forward[slot] >= 0 || r.answer[slot] >= 0 || !awaits(slot) || certain(slot);

  /** The record's window is over, and so is that of everything that it could be confused with. */
  function finish(slot: number, over: boolean): void {
    if (secondChance.take(slot, silence.reach(window))) paired++;
    close(slot, over);
  }

  function close(slot: number, over: boolean): void {
    pairing.forget(slot);
    if (r.direction[slot] === INTO) {
      if (isPacket(slot) && r.domain[slot] !== NO_AFTR && (r.facts[slot] & F.F_NOT_OURS) === 0 && r.forward[slot] < 0 && r.answer[slot] < 0 && unanswered++ < PARTNERLESS) lone.inputs.push(place(r.file[slot], r.frame[slot]));
      if (awaits(slot)) {
        if (r.kind[slot] !== F.D_ICMP6) learner.recheck(slot);
        const silent = r.forward[slot] < 0 && r.answer[slot] < 0;
        if (silent) halves.input(r.kind[slot] === F.D_SOFT && (r.facts[slot] & F.F_TO_POOL) === 0 ? CORE : ACCESS);
        const ordinary = over && r.domain[slot] !== NO_AFTR && isPlain(slot) && (!silent || wasActive(slot));
        if (ordinary) {
          plain++;
          if (silent) plainLost++;
        }
        const absence = over && (complete || (sent[0] > 0 && sent[1] > 0)) && Math.abs(pairing.crowdedAt - r.time[slot]) > 2 * window && Math.abs(tunnel.blindAt - r.time[slot]) > 2 * window && !storms.near(r.time[slot], 2 * window);
        engine.closed(slot, absence, ordinary);
        observer.closed(slot, absence);
        state.closed(slot, absence);
      }
    } else if (r.cause[slot] < 0 && isPacket(slot)) {
      if (orphans++ < PARTNERLESS) lone.outputs.push(place(r.file[slot], r.frame[slot]));
      if (isPlainOutput(slot)) plainOrphans++;
      halves.output(r.side[slot]);
    }
  }

  function link(input: number, output: number): void {
    r.cause[output] = r.sequence[input];
    if (r.forward[input] < 0 && r.answer[input] < 0) answered++;
    silence.took(r.time[output] - r.time[input]);
    if (r.ordinal[output] < 0) return;
    if (r.ordinal[output] === r.ordinal[input]) agreed++;
    else disagreed++;
  }

  /** Looks for the cause of an output; false when there is none yet. */
  function explain(slot: number, final: boolean): boolean {
    const input = pairing.output(slot, final);
    if (input < 0) return false;
    paired++;
    // The last of several candidates is left over by elimination: as unsure as the others were.
    const unsure = pairing.count > 1 || (r.state[input] & S_AMBIGUOUS) !== 0;
    if (unsure) ambiguous++;
    link(input, slot);
    if (!complete) storms.paired(r.time[slot], r.time[slot] - r.time[input], r.side[slot] !== 0, !unsure);
    const { flow, answer, candidates, count } = pairing;
    if (answer !== 0) {
      r.answer[input] = r.sequence[slot];
      if (!unsure || count > 1) engine.answer(slot, answer, candidates, count);
      observer.answered(input, slot, answer);
      return true;
    }
    r.forward[input] = r.sequence[slot];
    const aftr = aftrs[r.domain[input] === NO_AFTR ? 0 : r.domain[input]];
    learner.consider(input, slot, flow, unsure, aftr);
    const { doubtful } = learner.learned;
    if (!unsure && !doubtful) restart.pair(learner.learned, nat, r.time[slot]);
    const translates = !unsure && !doubtful && (flow & F.FROM_SOFTWIRE) !== 0 && (r.facts[slot] & F.F_FROM_POOL) !== 0 && (r.facts[input] & (F.F_ERROR | F.F_PROTOCOL)) === 0;
    if (translates) state.considered(input, slot, aftr);
    x.exact = pairing.exact;
    if (!doubtful && (!unsure || count > 1)) engine.pair(slot, flow, candidates, count);
    learner.commit(input, slot, flow, unsure, pairing.alone, aftr);
    if (translates) state.committed(input, slot, aftr);
    observer.forwarded(input, slot, flow);
    if (complete && bulk) retire(input, slot);
    return true;
  }

  function take(slot: number): void {
    if (!complete) twins.seen(slot);
    if (r.direction[slot] === INTO) {
      // To another AFTR on the same link: no business of this device, whatever its own outputs look like.
      if ((r.facts[slot] & F.F_NOT_OURS) !== 0) return;
      if (r.domain[slot] !== NO_AFTR) {
        learner.arrival(slot, aftrs[r.domain[slot]]);
        state.arrived(slot, aftrs[r.domain[slot]]);
        observer.arrived(slot);
      }
      pairing.input(slot);
      return;
    }
    if (r.kind[slot] === F.D_OTHER) return;
    state.left(slot);
    engine.output(slot);
    observer.left(slot);
    if (r.kind[slot] === F.D_PIECE6 || (r.facts[slot] & F.F_PIECE4) !== 0) return;
    // A whole transcript is on one clock: no surer cause can come after the effect.
    if (explain(slot, complete)) return;
    pending.add(slot, clock.now);
  }
  function add(slot: number): void {
    parser.parse(slot, r.direction[slot] === INTO);
    ring.push();
    take(slot);
  }

  return {
    packet(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number, cause: number): void {
      const t = clock.tick(sec, nsec);
      history.now = t;
      if (history.started < 0) history.begin(t, complete);
      silence.alive(side, t);
      pending.settle(t, false);
      while (ring.open < ring.head && r.time[ring.open & r.mask] + window < t && isSettled(ring.open & r.mask)) finish(ring.open++ & r.mask, true);
      if (direction !== INTO) {
        outputs++;
        sent[side]++;
        if (fast !== undefined && side !== ACCESS && len === wireLen && fast.output(off, len, t, cause)) {
          paired++;
          return;
        }
      }
      const slot = ring.room(len);
      copyPacket(b, r.off[slot], off, len);
      enter(r, slot, side, direction, wireLen, sec, nsec, t, file, frame);
      v.pieces[slot] = v.largest[slot] = v.span[slot] = v.overlap[slot] = 0;
      r.ordinal[slot] = direction === INTO ? inputs++ : cause;
      add(slot);
      joined(slot);
    },
    ahead(side, next): void {
      if (side === ACCESS) nat.ahead(b, next);
    },
    end(): void {
      if (ended) return;
      ended = true;
      pending.settle(clock.now, true);
      while (ring.open < ring.head) {
        const slot = ring.open++ & r.mask;
        finish(slot, complete || (certain(slot) && r.time[slot] + silence.patience(window) < clock.now));
      }
      if (!complete) engine.conclude(plainOrphans > outputs * LOSS, plain, plainLost, secondChance.explained, halves.count, (t) => storms.near(t, 2 * window), restart.explains, clock.now < window && clock.steps * PACKETS_A_STEP < inputs + outputs, clock.now);
    },
    result: (): JudgeResult => ({
      rules: engine.tallies(),
      findings: engine.findings(),
      summary: {
        inputs, outputs, paired, answeredInputs: answered, unansweredInputs: unanswered, orphanOutputs: orphans, ambiguous, evicted, pairingAgreed: agreed, pairingDisagreed: disagreed, firstSec: clock.firstSec, lastSec: clock.lastSec,
        // A quarter of each without a partner: one direction, of all packets, does not fit.
        ...(!complete && unanswered * 4 > inputs && orphans * 4 > outputs ? { clockSuspect: true } : {}),
      },
      ...(complete ? {} : { partnerless: lone }),
    }),
  };
}

