/**
 * A script of stimuli: packets in the notation of the specs, in topics, in time. Why generators and not the specs' packets with other addresses: what makes a
 * packet exercise a clause is how its addresses relate (the embedded one is the outer one, or one bit beside it; the destination is the BR's own prefix), and that
 * has to be computed from the user's prefixes. The notation fills in lengths and checksums, and a test asks the judge which clauses the packets exercise.
 */
import type { Side } from "../../config/types.js";

export interface Stimulus {
  readonly topic: string;
  /** Phase 1 needs nothing; phase 2 needs the external ports that a capture of phase 1 shows. */
  readonly phase: 1 | 2;
  /** Seconds since the start of the topic. */
  readonly at: number;
  readonly side: Side;
  /** Packet notation. */
  readonly text: string;
}
export interface Topic { readonly name: string; readonly title: string; readonly phase: 1 | 2; /** It waits for timers, so it takes longer than a minute. */ readonly slow: boolean; /** Clauses that it was made for: put down to it, though ordinary packets may exercise them too. */ readonly aims: readonly string[] }

export interface Script {
  readonly topics: Topic[];
  readonly stimuli: Stimulus[];
  /** Begins a topic: what follows goes into its files. */
  topic(name: string, title: string, options?: { readonly phase?: 1 | 2; readonly slow?: boolean; readonly aims?: readonly string[] }): void;
  access(text: string): void;
  core(text: string): void;
  /** Lets time pass: seconds. */
  wait(seconds: number): void;
  /** A number that no other call gives: makes each packet its own. */
  next(): number;
}

/** Between two packets: slow enough for any box's ICMP limits to be seen apart, fast enough to be done soon. */
const STEP = 0.02;

export function createScript(): Script {
  const topics: Topic[] = [];
  const stimuli: Stimulus[] = [];
  let at = 0;
  let n = 0;
  const put = (side: Side, text: string): void => {
    const topic = topics[topics.length - 1];
    stimuli.push({ topic: topic.name, phase: topic.phase, at, side, text });
    at = Math.round((at + STEP) * 1e6) / 1e6;
  };
  return {
    topics, stimuli,
    topic(name, title, options = {}) {
      topics.push({ name, title, phase: options.phase ?? 1, slow: options.slow ?? false, aims: options.aims ?? [] });
      at = 0;
    },
    access: (text) => put(0, text),
    core: (text) => put(1, text),
    wait(seconds) {
      at += seconds;
    },
    next: () => ++n,
  };
}
