/** The judge of DS-Lite: a transcript goes in, facts about clauses come out. Sibling of ../judge.ts. */
import type { Side } from "../../config/types.js";
import type { JudgeOptions } from "../judge.js";
import { createRing } from "../transcript.js";
import { type Direction, INTO, type JudgeResult, type Place, type TranscriptSink } from "../types.js";
import { compileAftrs } from "./aftr.js";
import { createBindings } from "./bindings.js";
import { createEngine } from "./engine.js";
import * as F from "./facts.js";
import { createHistory } from "./history.js";
import { createJoiner } from "./joiner.js";
import { createLearner } from "./learn.js";
import { createObserver } from "./observe.js";
import { createPairing } from "./pairing.js";
import { createParser, NO_AFTR } from "./parse.js";
import type { DsExchange, DsRule } from "./rule.js";
import { createView } from "./view.js";

/** A stamp further ahead than this is a fault of the capture unless the next packets confirm it. */
const WILD_SECONDS = 3600 * 24;
const BINDINGS = 1 << 17;
/** Outputs without a cause that wait for one that is stamped a little later. */
const PENDING = 64;

export function createDsLiteJudge(rules: readonly DsRule[], options: JudgeOptions): TranscriptSink & { result(): JudgeResult } {
  const { config, memory, files, complete = false } = options;
  const b = memory.u8;
  const window = options.windowSeconds ?? 2;
  const skew = options.skewSeconds ?? 0.02;
  const aftrs = compileAftrs(config);
  const ring = createRing(memory, options.ringBytes ?? 24 << 20, options.ringRecords ?? 1 << 16, evictOpen);
  const r = ring.records;
  const v = createView(r.capacity);
  const place = (file: number, frame: number): Place => ({ file: files[file] ?? `file ${file}`, frame });
  const nat = createBindings(options.ringRecords === undefined ? BINDINGS : Math.min(BINDINGS, options.ringRecords), config.seed);
  const history = createHistory(aftrs.length);
  const learner = createLearner(b, r, v, nat, history);
  const observer = createObserver(b, r, v, aftrs, history, config.seed);
  const pairing = createPairing(b, ring, v, nat, config.seed, skew);
  const parser = createParser(b, r, v, aftrs, config);
  const outer = createJoiner(b, ring, v, config.seed, true, F.F_JOINED6);
  const inner = createJoiner(b, ring, v, config.seed ^ 0x1234567, false, F.F_JOINED4);
  const x: DsExchange = {
    b, r, v, nat, history, learned: learner.learned, own4: [...config.access.ipv4, ...config.core.ipv4], coreMtu: config.core.mtu, aftr: aftrs[0], input: -1, output: -1, answer: -1,
    flow: 0, ambiguous: false, absence: false, code: 0, inferred: false,
  };
  const engine = createEngine(x, ring, aftrs, rules, options.severityOf, place);

  let inputs = 0, outputs = 0, paired = 0, unanswered = 0, orphans = 0, ambiguous = 0, evicted = 0, agreed = 0, disagreed = 0;
  let firstSec = 0, lastSec = 0, base = -1, clock = 0, aheadBefore = 0;
  let ended = false;
  const sent = new Float64Array(2);
  const pending = new Float64Array(PENDING);
  let waiting = 0;

  function evictOpen(slot: number): void {
    evicted++;
    close(slot, false);
  }

  const isPacket = (slot: number): boolean => (r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE) && (r.facts[slot] & (F.F_PIECE4 | F.F_PROTOCOL)) === 0;

  function close(slot: number, over: boolean): void {
    pairing.forget(slot);
    if (r.direction[slot] === INTO) {
      if (isPacket(slot) && r.domain[slot] !== NO_AFTR && r.forward[slot] < 0 && r.answer[slot] < 0) unanswered++;
      if (r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE) {
        const absence = over && (complete || (sent[0] > 0 && sent[1] > 0));
        engine.closed(slot, absence);
        observer.closed(slot, absence);
      }
    } else if (r.cause[slot] < 0 && isPacket(slot)) orphans++;
  }

  function time(sec: number, nsec: number): number {
    if (base < 0) base = firstSec = sec;
    const t = sec - base + nsec * 1e-9;
    const ahead = t - clock;
    if (ahead > WILD_SECONDS && Math.abs(t - aheadBefore) > WILD_SECONDS) {
      aheadBefore = t;
      return clock;
    }
    if (ahead > WILD_SECONDS) while (ring.open < ring.head) close(ring.open++ & r.mask, false);
    if (ahead > 0) clock = t;
    lastSec = base + Math.floor(clock);
    history.now = clock;
    return clock;
  }

  function link(input: number, output: number): void {
    r.cause[output] = r.sequence[input];
    if (r.ordinal[output] < 0) return;
    if (r.ordinal[output] === r.ordinal[input]) agreed++;
    else disagreed++;
  }

  /** Looks for the cause of an output; false when there is none yet. */
  function explain(slot: number): boolean {
    const input = pairing.output(slot);
    if (input < 0) return false;
    paired++;
    const unsure = pairing.count > 1;
    if (unsure) ambiguous++;
    link(input, slot);
    const { flow, answer, candidates, count } = pairing;
    if (answer !== 0) {
      r.answer[input] = r.sequence[slot];
      engine.answer(slot, answer, candidates, count);
      observer.answered(input, slot, answer);
      return true;
    }
    r.forward[input] = r.sequence[slot];
    const aftr = aftrs[r.domain[input] === NO_AFTR ? 0 : r.domain[input]];
    learner.consider(input, slot, flow, unsure, aftr);
    engine.pair(slot, flow, candidates, count);
    learner.commit(input, slot, flow, unsure, aftr);
    observer.forwarded(input, slot, flow);
    return true;
  }

  /** Tries outputs that came before their cause again, and gives up those whose time is over. */
  function retry(): void {
    let kept = 0;
    for (let i = 0; i < waiting; i++) {
      const s = pending[i];
      if (!ring.alive(s) || r.cause[s & r.mask] >= 0) continue;
      if (explain(s & r.mask)) continue;
      if (clock - r.time[s & r.mask] <= skew) pending[kept++] = s;
    }
    waiting = kept;
  }

  function take(slot: number): void {
    if (r.direction[slot] === INTO) {
      if (r.domain[slot] !== NO_AFTR) {
        learner.arrival(slot);
        observer.arrived(slot);
      }
      pairing.input(slot);
      if (waiting > 0) retry();
      return;
    }
    if (r.kind[slot] === F.D_OTHER) return;
    engine.output(slot);
    observer.left(slot);
    if (r.kind[slot] === F.D_PIECE6 || (r.facts[slot] & F.F_PIECE4) !== 0) return;
    if (!explain(slot) && waiting < PENDING) pending[waiting++] = r.sequence[slot];
  }

  function reset(slot: number): void {
    r.forward[slot] = r.answer[slot] = r.cause[slot] = r.fragment[slot] = -1;
    r.state[slot] = 0;
  }
  function add(slot: number): void {
    parser.parse(slot, r.direction[slot] === INTO);
    ring.push();
    take(slot);
  }

  return {
    packet(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number, cause: number): void {
      const t = time(sec, nsec);
      if (history.started < 0) history.started = t;
      while (ring.open < ring.head && r.time[ring.open & r.mask] + window < t) close(ring.open++ & r.mask, true);
      let slot = ring.room(len);
      b.copyWithin(r.off[slot], off, off + len);
      r.wireLen[slot] = wireLen;
      r.side[slot] = side;
      r.direction[slot] = direction;
      r.sec[slot] = sec;
      r.nsec[slot] = nsec;
      r.time[slot] = t;
      r.file[slot] = file;
      r.frame[slot] = frame;
      reset(slot);
      r.facts[slot] = 0;
      v.pieces[slot] = v.largest[slot] = 0;
      if (direction === INTO) r.ordinal[slot] = inputs++;
      else {
        r.ordinal[slot] = cause;
        outputs++;
        sent[side]++;
      }
      add(slot);
      if (r.kind[slot] === F.D_PIECE6) {
        slot = outer.take(slot);
        if (slot < 0) return;
        reset(slot);
        add(slot);
      }
      if ((r.facts[slot] & F.F_PIECE4) === 0 || (r.facts[slot] & F.F_BAD4) !== 0) return;
      slot = inner.take(slot);
      if (slot < 0) return;
      reset(slot);
      add(slot);
    },
    end(): void {
      if (ended) return;
      ended = true;
      while (ring.open < ring.head) {
        const slot = ring.open++ & r.mask;
        close(slot, complete || r.time[slot] + window < clock);
      }
    },
    result: (): JudgeResult => ({
      rules: engine.tallies(),
      findings: engine.findings(),
      summary: {
        inputs, outputs, paired, unansweredInputs: unanswered, orphanOutputs: orphans, ambiguous, evicted, pairingAgreed: agreed, pairingDisagreed: disagreed, firstSec, lastSec,
      },
    }),
  };
}

