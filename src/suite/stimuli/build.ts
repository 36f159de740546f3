/** From a script to frames: compiled, addressed to the device, in the order of time. */
import { InputProblem } from "../../config/problems.js";
import { ACCESS, type Config, CORE, type Side } from "../../config/types.js";
import { frameOf } from "../frames.js";
import { compileFrames, NotationError } from "../notation/index.js";
import type { Frame } from "../spec-types.js";
import { dsLite } from "./ds-lite.js";
import type { Learned } from "./learned.js";
import { createScript, type Script, type Topic } from "./script.js";
import { sixRd } from "./six-rd.js";
import { sixToFour } from "./six-to-four.js";

export interface BuiltTopic extends Topic {
  /** "01-forwarding": the stem of its files. */
  readonly stem: string;
  readonly frames: readonly Frame[];
}

const NANO = 1e9;
/** Seconds between topics, so that what one leaves open does not meet the next. */
const PAUSE = 3;

/** Frames need MAC addresses: what is sent with tcpreplay arrives only where it is addressed. Throws InputProblem. */
export function checkAddressed(config: Config): void {
  const problems = ([["access", config.access], ["core", config.core]] as const).flatMap(([name, side]) => [
    ...(side.macs.length === 0 ? [{ file: config.source, line: 0, column: 0, message: `${name}.macs is missing: stimuli are addressed to the device's MAC address`, hint: `write it, or let softproof init find it in a capture` }] : []),
    ...(side.peerMac === undefined ? [{ file: config.source, line: 0, column: 0, message: `${name}.peer-mac is missing: stimuli come from the neighbour's MAC address`, hint: "write the one of the host that sends, or of the router that stands there" }] : []),
  ]);
  if (problems.length > 0) throw new InputProblem(problems);
}

function scriptOf(config: Config, learned: Learned | undefined): Script {
  const s = createScript();
  for (const c of config.serviceSets.flatMap((set) => set.concentrators)) {
    if (c.kind === "6rd") sixRd(s, c, config);
    else if (c.kind === "ds-lite") dsLite(s, c, config, learned);
    else sixToFour(s, c, config);
  }
  return s;
}

/** `learned`: what a capture of phase 1 showed; without it, phase 1. `start`: seconds after the epoch of traces when it begins. */
export function buildStimuli(config: Config, learned?: Learned, begin = 0): BuiltTopic[] {
  const s = scriptOf(config, learned);
  const phase = learned === undefined ? 1 : 2;
  const sides = [config.access, config.core];
  let start = begin;
  return s.topics.filter((t) => t.phase === phase).map((topic, i): BuiltTopic => {
    const frames: Frame[] = [];
    let last = -1;
    for (const [entry, st] of s.stimuli.filter((x) => x.topic === topic.name && x.phase === phase).entries()) {
      const made = compiled(st.text);
      for (const bytes of made.frames) {
        // No two at one time: pcaps of both sides are merged by it.
        const at = Math.max(last + 1000, Math.round((start + st.at) * NANO));
        frames.push({ at, side: st.side, bytes: frameOf(bytes, made.first, sides[st.side], st.side), entry: entry + 1 });
        last = at;
      }
    }
    start = Math.ceil(last / NANO) + PAUSE;
    return { ...topic, stem: stemOf(topic, i), frames };
  });
}

/** All topics of both phases with their stems, without building their packets. */
export function topicsOf(config: Config): (Topic & { readonly stem: string })[] {
  return [undefined, new Map()].flatMap((learned) => scriptOf(config, learned).topics.filter((t) => t.phase === (learned === undefined ? 1 : 2)).map((t, i) => ({ ...t, stem: stemOf(t, i) })));
}

const stemOf = (t: Topic, i: number): string => `${t.phase === 2 ? "2" : ""}${String(i + 1).padStart(2, "0")}-${t.name}`;

function compiled(text: string): ReturnType<typeof compileFrames> {
  try {
    return compileFrames(text);
  } catch (e) {
    if (e instanceof NotationError) throw new Error(`stimulus "${text}": ${e.message} (at ${e.at})`);
    throw e;
  }
}

export const SIDES: readonly Side[] = [ACCESS, CORE];
