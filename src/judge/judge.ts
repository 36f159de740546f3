/** The judge: a transcript goes in, facts about clauses come out. See index.ts for how to add a rule. */
import type { Side } from "../config/types.js";
import { NH_ICMPV6 } from "../wire/ipv6.js";
import { copyPacket } from "../wire/words.js";
import { createClock } from "./clock.js";
import { compileDomains } from "./domain.js";
import { createEngine } from "./engine.js";
import * as F from "./facts.js";
import { createHalves } from "./loose.js";
import { createTunnelLikeness } from "./pairing/alike.js";
import { createLeftovers } from "./pairing/leftovers.js";
import { createPairing } from "./pairing/pairing.js";
import { createReassembly } from "./pairing/reassembly.js";
import type { JudgeOptions } from "./options.js";
import { createParser, NO_DOMAIN } from "./parse.js";
import { createRetire } from "./retire.js";
import { createShort, type Short } from "./short.js";
import type { Rule } from "./rule.js";
import { judgeConfig } from "./rules/config.js";
import { isAdvertisement } from "./six-to-four/advertisement.js";
import { createSilence } from "./silence.js";
import { createState, errorSpot } from "./state.js";
import { observeOutput, observeState, observeUnused } from "./observe.js";
import { createRing, enter, S_AMBIGUOUS, S_EARLY, S_MODIFIED, S_SETTLED, unlink } from "./transcript.js";
import { type Direction, INTO, type JudgeResult, PARTNERLESS, type Place, type TranscriptSink } from "./types.js";
import { LOSS } from "./weights.js";

/** Two taps, and batches of packets with one stamp, put an effect so much before its cause. */
const SKEW_SECONDS = 0.05;

export type { JudgeOptions } from "./options.js";
/** An input of the reference is settled when so many packets came after it. */
const SETTLED_PACKETS = 1024;

export function createJudgeWith(rules: readonly Rule[], options: JudgeOptions): TranscriptSink & { result(): JudgeResult } {
  const { config, memory, files, complete = false, bulk = true } = options;
  const b = memory.u8;
  const window = options.windowSeconds ?? 2;
  const domains = compileDomains(config);
  const ring = createRing(memory, options.ringBytes ?? 16 << 20, options.ringRecords ?? 1 << 16, evictOpen);
  const r = ring.records;
  const place = (file: number, frame: number): Place => ({ file: files[file] ?? `file ${file}`, frame });
  const silence = createSilence();
  const ownIpv4 = [...config.access.ipv4, ...config.core.ipv4];
  const state = createState(domains, config.seed, config.access.ipv6.length + config.core.ipv6.length, ownIpv4, r.capacity);
  const pairing = createPairing(b, ring, domains, config.seed, options.skewSeconds ?? SKEW_SECONDS, complete, bulk, (side, time) => silence.shows(side, time));
  const reassembly = createReassembly(b, ring, config.seed);
  const parser = createParser(b, r, domains, [...config.access.ipv6, ...config.core.ipv6], ownIpv4, bulk);
  const engine = createEngine(memory, ring, state, domains, rules, options.severityOf, place, bulk);
  const retire = createRetire(ring, engine, bulk);
  const halves = createHalves();
  const secondChance = createLeftovers(b, ring, createTunnelLikeness(b, r, domains), options.skewSeconds ?? SKEW_SECONDS, complete, {
    forget: pairing.forget, link,
    answered: (input, output) => engine.alike(input, output, "answer", r.kind[input] === F.K_ICMP4 ? F.ANSWER_ECHO4 : F.ANSWER_ECHO),
    forwarded(input, output) {
      r.state[input] |= S_MODIFIED;
      engine.alike(input, output, "pair", F.flowOf(r.kind[input], r.kind[output]));
    },
  });
  const short = complete && bulk ? createShort(memory, [...config.access.ipv6, ...config.core.ipv6], ring, state, domains, engine, pairing) : undefined;
  const fromConfig = judgeConfig(config, options.severityOf);

  let inputs = 0, outputs = 0, paired = 0, answered = 0, unanswered = 0, orphans = 0, ambiguous = 0, evicted = 0, agreed = 0, disagreed = 0, ended = false, clockSuspect = false;
  let plain = 0, plainLost = 0, plainOrphans = 0, wholeOrphans = 0;
  const clock = createClock(() => {
    while (ring.open < ring.head) close(ring.open++ & r.mask, false);
  });
  const sent = new Float64Array(2), lone = { inputs: [] as Place[], outputs: [] as Place[] };
  const back = domains.map((d) => (d.sixToFour === undefined ? F.BACK | F.F_SELF : F.BACK));
  /** Sequence number before which no input can be paired any more. */
  let aged = 0;

  function evictOpen(slot: number): void {
    evicted++;
    // The reference answers at once: when thousands of packets came after, what is missing never comes.
    close(slot, complete && ring.pushed - r.number[slot] > SETTLED_PACKETS);
  }

  const certain = (slot: number): boolean => complete || silence.isSure(r.side[slot], r.time[slot], (r.facts[slot] & back[r.domain[slot]]) !== 0);
  /** Until the tap of the other side shows that it is alive, an input that nothing followed stays open: its verdict waits, its pairing does not. */
  const isSettled = (slot: number): boolean => r.direction[slot] !== INTO || r.forward[slot] >= 0 || r.answer[slot] >= 0 || r.domain[slot] === NO_DOMAIN || certain(slot);

  /** The record's window is over. */
  function close(slot: number, over: boolean): void {
    pairing.forget(slot);
    if (r.direction[slot] === INTO) {
      const judged = r.domain[slot] !== NO_DOMAIN && (r.kind[slot] === F.K_TUNNEL || r.kind[slot] === F.K_NATIVE) && (r.facts[slot] & F.F_ND) === 0;
      const silent = judged && r.forward[slot] < 0 && r.answer[slot] < 0;
      if (silent && unanswered++ < PARTNERLESS) lone.inputs.push(place(r.file[slot], r.frame[slot]));
      if (silent) halves.input((r.facts[slot] & back[r.domain[slot]]) !== 0 ? r.side[slot] : 1 - r.side[slot]);
      if (judged && over && (r.facts[slot] & ~F.PLAIN) === 0 && r.domain[slot] < domains.length) {
        plain++;
        if (silent) plainLost++;
      }
      if ((r.facts[slot] & engine.inputTriggers) !== 0 && (r.state[slot] & S_SETTLED) === 0) engine.closed(slot, over && (complete || (sent[0] > 0 && sent[1] > 0)));
    } else if (r.cause[slot] < 0 && r.kind[slot] !== F.K_OTHER && r.kind[slot] !== F.K_FRAGMENT && (r.facts[slot] & F.F_ND) === 0) {
      if (orphans++ < PARTNERLESS) lone.outputs.push(place(r.file[slot], r.frame[slot]));
      if (r.kind[slot] !== F.K_ICMP4 && (r.facts[slot] & F.F_ICMP6_ERROR) === 0) halves.output(r.side[slot]);
      if (r.wireLen[slot] <= r.len[slot]) wholeOrphans++;
      if (r.kind[slot] !== F.K_ICMP4 && (r.facts[slot] & F.F_ICMP6_ERROR) === 0 && b[r.inner[slot] + 6] !== NH_ICMPV6) plainOrphans++;
      if (r.ordinal[slot] >= 0 && r.inner[slot] > 0) disagreed++;
    }
  }

  /** The record's window is over, and so is that of everything that it could be confused with. */
  function finish(slot: number, over: boolean): void {
    if (secondChance.take(slot, silence.reach(window))) paired++;
    close(slot, over);
  }

  /** Input and output belong together. */
  function link(input: number, output: number): void {
    r.cause[output] = r.sequence[input];
    if (r.forward[input] < 0 && r.answer[input] < 0) answered++;
    silence.took(r.time[output] - r.time[input]);
    if (r.ordinal[output] >= 0) {
      if (r.ordinal[output] === r.ordinal[input]) agreed++;
      else disagreed++;
    }
  }

  function pair(input: number, output: number): void {
    paired++;
    if (pairing.count > 1) ambiguous++;
    link(input, output);
    r.forward[input] = r.sequence[output];
    // In a capture the last of several candidates is left over by elimination, and as unsure as the others were.
    if (complete || pairing.count > 1 || (r.state[input] & S_AMBIGUOUS) === 0) engine.pair(output, F.flowOf(r.kind[input], r.kind[output]), pairing.candidates, pairing.count);
    retire.settle(input, output, pairing.count);
  }

  function take(slot: number): void {
    const input = r.direction[slot] === INTO;
    if (r.kind[slot] === (input ? F.K_OTHER : F.K_ICMP4)) observeUnused(state, b, r, slot, domains, input);
    if (input) {
      observeState(state, b, r, slot, domains);
      if (r.kind[slot] === F.K_NATIVE && (r.facts[slot] & F.F_ND) !== 0) return;
      const output = pairing.input(slot);
      if (output >= 0) connect(slot, output);
      return;
    }
    if (r.kind[slot] === F.K_NATIVE && (r.facts[slot] & F.F_ND) !== 0) {
      if (r.domain[slot] !== NO_DOMAIN && isAdvertisement(b, r.inner[slot], r.innerLen[slot])) engine.output(slot);
      return;
    }
    observeOutput(state, b, r, slot);
    engine.output(slot);
    const cause = pairing.output(slot);
    if (cause >= 0) {
      connect(cause, slot);
      if (complete && bulk) retire.leave(cause, slot, aged);
    } else if ((r.state[slot] & S_EARLY) !== 0 && !complete && (r.facts[slot] & F.F_ICMP6_ERROR) !== 0) state.orphanErrors[errorSpot(b, r.inner[slot] + 24)] = r.time[slot];
  }

  /** What `pairing` found: a forwarded packet or an answer. */
  function connect(input: number, output: number): void {
    if (pairing.answer === 0) {
      pair(input, output);
      return;
    }
    paired++;
    link(input, output);
    r.answer[input] = r.sequence[output];
    if (pairing.count > 1) ambiguous++;
    engine.answer(output, pairing.answer, pairing.candidates, pairing.count);
  }

  /** Outputs that waited for an exact input in vain are altered copies; errors that may have been handed on are the device's own. */
  function settle(now: number): void {
    for (let output = pairing.due(now); output >= 0; output = pairing.due(now)) connect(pairing.candidates[0], output);
  }

  /** Takes a packet into the ring, and its exchange if it completes one. `ordinal` as in Records. */
  function admit(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, t: number, file: number, frame: number, ordinal: number): void {
    const slot = ring.room(len);
    copyPacket(b, r.off[slot], off, len);
    enter(r, slot, side, direction, wireLen, sec, nsec, t, file, frame);
    r.ordinal[slot] = ordinal;
    parser.parse(slot, direction === INTO);
    ring.push();
    take(slot);
    if (r.kind[slot] !== F.K_FRAGMENT) return;
    const joined = reassembly.take(slot);
    if (joined < 0) return;
    unlink(r, joined);
    parser.parse(joined, direction === INTO);
    ring.push();
    take(joined);
  }

  /** The input that is held goes the ordinary way after all. */
  function release(s: Short): void {
    s.held = false;
    admit(s.side, INTO, s.at, s.len, s.wireLen, s.sec, s.nsec, s.time, s.file, s.frame, s.ordinal);
  }

  return {
    packet(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number, cause: number): void {
      if (short?.held === true) {
        if (direction !== INTO && clock.lastSec >= sec && short.completes(side, off, len, wireLen, sec, nsec, cause)) {
          outputs++;
          sent[side]++;
          paired++;
          answered++;
          agreed++;
          return;
        }
        release(short);
      }
      const t = clock.tick(sec, nsec);
      settle(t);
      silence.alive(side, t);
      if (aged < ring.open) aged = ring.open;
      while (aged < ring.head && r.time[aged & r.mask] + window < t) pairing.forget(aged++ & r.mask);
      while (ring.open < aged && isSettled(ring.open & r.mask)) finish(ring.open++ & r.mask, true);
      if (direction === INTO) {
        const ordinal = inputs++;
        if (short?.holds(side, off, len, wireLen, sec, nsec, t, file, frame, ordinal) !== true) admit(side, INTO, off, len, wireLen, sec, nsec, t, file, frame, ordinal);
        return;
      }
      sent[side]++;
      outputs++;
      admit(side, direction, off, len, wireLen, sec, nsec, t, file, frame, cause);
    },
    end(): void {
      if (ended) return;
      ended = true;
      if (short?.held === true) release(short);
      settle(Number.POSITIVE_INFINITY);
      while (ring.open < ring.head) {
        const slot = ring.open++ & r.mask;
        finish(slot, complete || (certain(slot) && r.time[slot] + silence.patience(window) < clock.now));
      }
      if (complete) return;
      // Half of all packets, and not cut ones, without a partner on both sides: the stamps of the two captures lie further apart than the window.
      clockSuspect = unanswered * 2 > inputs && wholeOrphans * 2 > outputs;
      engine.conclude(clockSuspect || plainOrphans > outputs * LOSS, plain, plainLost, !clockSuspect && secondChance.explained, halves.count);
    },
    result(): JudgeResult {
      return {
        rules: [...engine.tallies(), ...fromConfig.rules],
        findings: [...engine.findings(), ...fromConfig.findings],
        summary: {
          inputs, outputs, paired, answeredInputs: answered, unansweredInputs: unanswered, orphanOutputs: orphans, ambiguous, evicted,
          pairingAgreed: agreed, pairingDisagreed: disagreed, firstSec: clock.firstSec, lastSec: clock.lastSec, ...(clockSuspect ? { clockSuspect } : {}),
        }, ...(complete ? {} : { partnerless: lone }),
      };
    },
  };
}
