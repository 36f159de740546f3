/** One spec once through the reference: trace, replay with judge, outputs, expectation. */
import { join } from "node:path";
import { CaptureError, parseCapture } from "../capture/pcap-parser.js";
import { ACCESS, type Config, CORE } from "../config/types.js";
import type { Severity } from "../judge/types.js";
import type { Memory } from "../wire/memory.js";
import { makeFolder } from "../report/files.js";
import { checkExpectation, type Outcome, readSent } from "./expectation.js";
import { inputName, writeTrace } from "./frames.js";
import { type JudgeWindow, judgeWindow } from "./judge-window.js";
import { type PipelineFile, type PipelineResult, runPipeline } from "./pipeline.js";
import { type Spec, TRACE_EPOCH } from "./spec-types.js";

export interface SpecReplay {
  readonly result: PipelineResult;
  readonly outcome: Outcome;
  /** What of the spec's expectation is unmet. */
  readonly problems: readonly string[];
  /** Folder of the outputs, and the traces. */
  readonly dir: string;
  readonly inputs: readonly string[];
  /** Why each packet was sent, by side and frame (from 0): index into REASONS. */
  readonly reasons: readonly [readonly number[], readonly number[]];
}

/** Writes the spec's traces into `traceDir` (none for a side without packets, and for specs that name captures). */
export function writeTraces(spec: Spec, traceDir: string): PipelineFile[] {
  const files: PipelineFile[] = [];
  if (spec.traces.access !== undefined) files.push({ path: spec.traces.access, side: ACCESS });
  if (spec.traces.core !== undefined) files.push({ path: spec.traces.core, side: CORE });
  if (files.length > 0) return files;
  makeFolder(traceDir);
  for (const side of [ACCESS, CORE] as const) {
    const frames = spec.frames.filter((f) => f.side === side);
    if (frames.length === 0) continue;
    const path = join(traceDir, inputName(side));
    writeTrace(path, frames);
    files.push({ path, side });
  }
  return files;
}

/** Times of a capture's frames, of whatever format, in nanoseconds since TRACE_EPOCH; what of a damaged file is readable. */
async function frameTimes(path: string): Promise<number[]> {
  const times: number[] = [];
  try {
    for await (const f of parseCapture(path)) times.push((f.sec - TRACE_EPOCH) * 1e9 + f.nsec);
  } catch (e) {
    if (!(e instanceof CaptureError)) throw e; // the replay reports it
  }
  return times;
}

/** Room for what comes of the packets too: every byte may go through the device twice, in fragments of the smallest MTU of IPv4 (68 bytes). */
function windowOf(spec: Spec): JudgeWindow {
  const bytes = spec.frames.reduce((n, f) => n + f.bytes.length, 0);
  return spec.frames.length === 0 ? {} : judgeWindow(3 * spec.frames.length + Math.ceil(bytes / 24), 6 * bytes);
}

export async function replaySpec(spec: Spec, config: Config, files: readonly PipelineFile[], dir: string, severityOf: (clause: string) => Severity, memory: Memory, signal?: AbortSignal): Promise<SpecReplay> {
  makeFolder(dir);
  const reasons: [number[], number[]] = [[], []];
  const result = await runPipeline({ config, files, outDir: dir, mode: "replay", judge: true, judgeWindow: windowOf(spec), memory, severityOf, onSent: (side, reason) => reasons[side].push(reason), ...(signal === undefined ? {} : { signal }) });
  const outcome: Outcome = { sent: readSent([join(dir, "access-out.pcap"), join(dir, "core-out.pcap")]), counters: result.counters, softwires: result.softwires };
  const times: number[][] = [[], []];
  if (spec.frames.length === 0) for (const f of files) if (f.side !== "both") times[f.side] = await frameTimes(f.path);
  return { result, outcome, problems: checkExpectation(spec, outcome, times), dir, inputs: files.map((f) => f.path), reasons };
}
