/** Which clauses stimuli exercise, asked of the judge itself: the reference answers them as if it were the box, and both captures are checked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCESS, type Config, CORE } from "../../config/types.js";
import type { JudgeResult } from "../../judge/types.js";
import type { Memory } from "../../wire/memory.js";
import { severityOf } from "../catalogue.js";
import { writeTrace } from "../frames.js";
import { type PipelineFile, type PipelineResult, runPipeline } from "../pipeline.js";
import type { Frame } from "../spec-types.js";
import { type BuiltTopic, buildStimuli } from "./build.js";
import { learnExternals } from "./learned.js";

export interface Answered {
  /** Captures of the box's two sides, in and out, as a person would have taken them. */
  readonly files: readonly PipelineFile[];
  readonly judge: JudgeResult;
  /** What the reference did with the packets. */
  readonly counters: PipelineResult["counters"];
}

/** Replays the frames, then judges what went in and came out as `check` does, by what `declared` says of the box. Files stay in `dir`. */
export async function answeredByReference(config: Config, frames: readonly Frame[], dir: string, memory: () => Memory, declared: Config = config): Promise<Answered> {
  const inputs: PipelineFile[] = [];
  for (const side of [ACCESS, CORE] as const) {
    const path = join(dir, `${side === ACCESS ? "access" : "core"}-in.pcap`);
    writeTrace(path, frames.filter((f) => f.side === side));
    inputs.push({ path, side });
  }
  const replay = await runPipeline({ config, files: inputs, outDir: dir, mode: "replay", judge: false, severityOf, memory: memory() });
  const outputs = replay.outputs.map((name): PipelineFile => ({ path: join(dir, name), side: name.startsWith("access") ? ACCESS : CORE }));
  const files = [...inputs, ...outputs];
  const checked = await runPipeline({ config: declared, files, mode: "check", judge: true, severityOf, memory: memory() });
  if (checked.judge === undefined) throw new Error("check without a judge");
  return { files, judge: checked.judge, counters: replay.counters };
}

/** The clauses that the frames exercise. */
export async function exercisedBy(config: Config, frames: readonly Frame[], memory: () => Memory): Promise<Set<string>> {
  const dir = mkdtempSync(join(tmpdir(), "softproof-stimuli-"));
  try {
    const { judge } = await answeredByReference(config, frames, dir, memory);
    return new Set(judge.rules.filter((r) => r.exercised > 0).map((r) => r.clause));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** By clause: the stems of the topics whose packets exercise it. What ordinary forwarding exercises is put down to the first topic alone. */
export type Attribution = ReadonlyMap<string, readonly string[]>;

/**
 * Asks for each topic together with ordinary forwarding before and after it: silence says nothing of a device that was never heard, nor at the end of a
 * capture. Phase 2 is asked with the ports that the reference gave in phase 1, so it is known which of its topics will exercise what before there is a capture.
 */
export async function attribute(config: Config, memory: () => Memory): Promise<Attribution> {
  const topics = buildStimuli(config);
  const [first, last] = [topics[0], topics[topics.length - 1]];
  const out = new Map<string, string[]>();
  const note = (clauses: Iterable<string>, stem: string): void => {
    for (const c of clauses) out.set(c, [...(out.get(c) ?? []), stem]);
  };
  const base = await exercisedBy(config, [...first.frames, ...last.frames], memory);
  const aimed = new Set(topics.flatMap((t) => t.aims));
  note([...base].filter((c) => !aimed.has(c)), first.stem);
  for (const topic of topics.slice(1, -1)) {
    const with_ = await exercisedBy(config, [...first.frames, ...topic.frames, ...last.frames], memory);
    note([...with_].filter((c) => (aimed.has(c) ? topic.aims.includes(c) : !base.has(c))), topic.stem);
  }
  const dir = mkdtempSync(join(tmpdir(), "softproof-stimuli-"));
  try {
    const frames = topics.flatMap((t) => t.frames);
    const { files } = await answeredByReference(config, frames, dir, memory);
    const learned = await learnExternals(files.filter((f) => f.side === CORE).map((f) => f.path));
    const before = await exercisedBy(config, frames, memory);
    await together(config, topics, new Set([...before].filter((c) => !out.has(c))), note, memory);
    for (const topic of buildStimuli(config, learned, secondsOf(frames) + 20)) {
      const with_ = await exercisedBy(config, [...frames, ...topic.frames], memory);
      note(new Set([...with_].filter((c) => !before.has(c))), topic.stem);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return out;
}

/** Clauses that no topic exercises alone with ordinary forwarding, for it needs what others did before: put down to the one that completes them. */
async function together(config: Config, topics: readonly BuiltTopic[], left: Set<string>, note: (clauses: Iterable<string>, stem: string) => void, memory: () => Memory): Promise<void> {
  const last = topics[topics.length - 1];
  for (let n = 1; n < topics.length - 1 && left.size > 0; n++) {
    const now = await exercisedBy(config, [...topics.slice(0, n + 1), last].flatMap((t) => t.frames), memory);
    const found = [...left].filter((c) => now.has(c));
    note(found, topics[n].stem);
    for (const c of found) left.delete(c);
  }
}

/** When the last frame is sent, rounded up. */
export const secondsOf = (frames: readonly Frame[]): number => Math.ceil(Math.max(0, ...frames.map((f) => f.at)) / 1e9);
