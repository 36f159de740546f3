/** Which clauses stimuli exercise, asked of the judge itself: the reference answers them as if it were the box, and both captures are checked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCESS, type Config, CORE } from "../../config/types.js";
import type { JudgeResult } from "../../judge/types.js";
import type { Memory } from "../../wire/memory.js";
import { severityOf } from "../catalogue.js";
import { writeTrace } from "../frames.js";
import { type PipelineFile, runPipeline } from "../pipeline.js";
import type { Frame } from "../spec-types.js";

export interface Answered {
  /** Captures of the box's two sides, in and out, as a person would have taken them. */
  readonly files: readonly PipelineFile[];
  readonly judge: JudgeResult;
}

/** Replays the frames, then judges what went in and came out as `check` does. Files stay in `dir`. */
export async function answeredByReference(config: Config, frames: readonly Frame[], dir: string, memory: () => Memory): Promise<Answered> {
  const inputs: PipelineFile[] = [];
  for (const side of [ACCESS, CORE] as const) {
    const path = join(dir, `${side === ACCESS ? "access" : "core"}-in.pcap`);
    writeTrace(path, frames.filter((f) => f.side === side));
    inputs.push({ path, side });
  }
  const replay = await runPipeline({ config, files: inputs, outDir: dir, mode: "replay", judge: false, severityOf, memory: memory() });
  const outputs = replay.outputs.map((name): PipelineFile => ({ path: join(dir, name), side: name.startsWith("access") ? ACCESS : CORE }));
  const files = [...inputs, ...outputs];
  const checked = await runPipeline({ config, files, mode: "check", judge: true, severityOf, memory: memory() });
  if (checked.judge === undefined) throw new Error("check without a judge");
  return { files, judge: checked.judge };
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
