/**
 * The way of a packet, once through: captures -> IP packet, direction -> the reference (replay) or the box's own answers (check) -> judge.
 * Nothing is allocated and nothing awaited per packet: the loop runs until a reader must wait, and pauses now and then for signals.
 */
import { setImmediate as pause } from "node:timers/promises";
import { createLinkPlace } from "../capture/link.js";
import { mergeSources } from "../capture/merge.js";
import { openCapture } from "../capture/open.js";
import type { CaptureSource } from "../capture/source.js";
import type { CaptureFault } from "../capture/types.js";
import type { CounterRow, FirewallStatistics, SoftwireStatistics } from "../concentrator/device.js";
import type { Config } from "../config/types.js";
import type { JudgeResult, Severity } from "../judge/types.js";
import { createAhead } from "./ahead.js";
import { createMemory, type Memory } from "../wire/memory.js";
import { declaredOnly, tooBigNotes } from "./declared.js";
import { createDoor, type InputSide } from "./direction/door.js";
import { createTally, feedSome, type Way } from "./feed.js";
import { learnMacs } from "./direction/learn-macs.js";
import { createNatLog, type NatLogSummary } from "./nat-log.js";
import { createOutputs, type OnSent, OUTPUT_NAMES, type Outputs, unwritable } from "./outputs.js";
import { createTraffic, deviceReadings } from "./readings.js";
import type { JudgeWindow } from "./judge-window.js";
import type { Endpoints } from "./beside/endpoints.js";
import { createSeen } from "./seen.js";
import { createTimeline, type Timeline } from "./timeline.js";

export interface PipelineFile { readonly path: string; readonly side: InputSide }

export interface PipelineInput {
  readonly config: Config;
  readonly files: readonly PipelineFile[];
  /** Folder of the output pcaps; without it they are judged and forgotten. */
  readonly outDir?: string;
  readonly mode: "replay" | "check";
  readonly judge: boolean;
  /** The judge's own when left out. */
  readonly judgeWindow?: JudgeWindow;
  readonly memory?: Memory;
  /** Severity of a clause, by its id. */
  readonly severityOf: (clause: string) => Severity;
  readonly onProgress?: (p: { packets: number; bytes: number; size: number }) => void;
  readonly signal?: AbortSignal;
  /** For the few who want to know why each packet was sent (specs). */
  readonly onSent?: OnSent;
  /** Told of the packets that the device sent to the core (check): they show which external endpoints were used. */
  readonly endpoints?: Endpoints;
}

export interface PacketCounts {
  /** Frames read from all files. */
  readonly read: number;
  /** Packets given to the reference (replay), or to the judge (check). */
  readonly fed: number;
  /** The others: the sum of the four below. */
  readonly ignored: number;
  /** ARP and whatever else holds no IP packet. */
  readonly notIp: number;
  /** Neighbor Discovery and listener discovery of the link itself. */
  readonly housekeeping: number;
  /** Neither to nor from the device. */
  readonly elsewhere: number;
  /** Replay: what the device itself sent; the reference gives its own answer. */
  readonly sentByDevice: number;
  /** Among the fed ones: cut by the capture's snapshot length. */
  readonly cut: number;
}

export interface PipelineResult {
  readonly counters: readonly CounterRow[];
  readonly softwires: readonly SoftwireStatistics[];
  readonly firewalls: readonly FirewallStatistics[];
  /** Check: what the captures show of the device's counters. */
  readonly seen?: ReadonlyMap<string, number>;
  readonly judge?: JudgeResult;
  /** Of a replay through a NAT. */
  readonly natLog?: NatLogSummary;
  readonly faults: readonly CaptureFault[];
  /** Names of the output files in `outDir`. */
  readonly outputs: readonly string[];
  readonly packets: PacketCounts;
  /** Absent when no packet was fed. */
  readonly timeline?: Timeline;
  /** What the reference sent, per side (access, core). */
  readonly sent: { readonly packets: readonly [number, number]; readonly bytes: readonly [number, number] };
  /** What was guessed about the device, for people. */
  readonly notes: readonly string[];
  /** True when `signal` ended it: the counts are of what was done until then, and there are no output files. */
  readonly aborted: boolean;
}

/** Reasons of the reference for what exceeds an MTU, answered or not. */
const TOO_BIG: ReadonlySet<string> = new Set(["packet-too-big", "packet-too-big-silent"]);
/** Frames between two looks at progress and signals. */
const PAUSE_EVERY = 1 << 16;

/** Names of the run's files as they stand in places and findings: the inputs, then the outputs of the reference. */
export const fileNames = (files: readonly PipelineFile[]): string[] => [...files.map((f) => (f.path === "-" ? "stdin" : f.path)), ...OUTPUT_NAMES];

/** Runs the captures through. Damage of files is in `faults`; throws only for our own errors and for output files that cannot be written. */
export async function runPipeline(input: PipelineInput): Promise<PipelineResult> {
  const memory = input.memory ?? createMemory();
  const { config, files } = input;
  const learned = await learnMacs(config, files);
  const declared = input.mode === "check" ? declaredOnly(config) : { config, notes: [] };
  const sources: CaptureSource[] = [];
  for (let i = 0; i < files.length; i++) sources.push(await openCapture(files[i].path, { memory, fileIndex: i }));
  // The judge is loaded where it is wanted: `replay --no-judge` starts faster without.
  const judge = input.judge ? (await import("../judge/index.js")).createJudge({ config: declared.config, memory, files: fileNames(files), severityOf: input.severityOf, complete: input.mode === "replay", ...input.judgeWindow }) : undefined;
  const outputs = input.mode === "replay" ? createOutputs(memory, config, input.outDir, judge, files.length, input.onSent) : undefined;
  const natLog = outputs === undefined ? undefined : openNatLog(config, input.outDir, outputs);
  // Like the judge: `check` asks no reference.
  const device = outputs === undefined ? undefined : (await import("../concentrator/index.js")).createDevice(config, memory, outputs, natLog === undefined ? {} : { natLog: natLog.log });
  const seen = input.mode === "check" ? createSeen(config, memory.u8) : undefined;
  const merged = mergeSources(sources, { memory });
  const door = createDoor(config, files.map((f) => f.side), memory.u8, input.mode, learned.macs);
  const traffic = device === undefined ? createTraffic() : undefined;
  const timeline = createTimeline(() => (device === undefined ? (traffic?.read() ?? []) : deviceReadings(device, outputs?.packets ?? [0, 0])));
  // A pipe that is silent would keep us waiting: an interrupt ends it. Files are left at the next pause.
  const hangUp = (): void => sources.forEach((s, i) => {
    if (files[i].path === "-") s.close();
  });
  input.signal?.addEventListener("abort", hangUp, { once: true });
  try {
    const { packets, aborted, sec, nsec } = await feed(input, memory, { merged, door, device, judge, outputs, seen, endpoints: input.endpoints, timeline, traffic, ahead: device === undefined ? undefined : createAhead(device, judge) });
    const over = timeline.finish();
    if (!aborted) device?.drain(sec, nsec);
    const names = aborted ? [] : [...(outputs?.close() ?? []), ...(natLog?.close() ?? [])];
    if (aborted) {
      outputs?.abort();
      natLog?.abort();
    }
    judge?.end();
    const counters = device?.counters() ?? [];
    const tooBig = counters.filter((c) => TOO_BIG.has(c.reason.id)).reduce((n, c) => n + c.packets, 0);
    return {
      counters, softwires: device?.statistics() ?? [], firewalls: device?.firewalls() ?? [], ...(seen === undefined ? {} : { seen: seen.amounts() }), ...(judge === undefined ? {} : { judge: judge.result() }), ...(natLog === undefined ? {} : { natLog: natLog.summary() }),
      faults: aborted ? [] : [...merged.faults], outputs: names, packets, ...(over === undefined ? {} : { timeline: over }), sent: { packets: outputs?.packets ?? [0, 0], bytes: outputs?.bytes ?? [0, 0] }, notes: [...learned.notes, ...door.notes(), ...declared.notes, ...tooBigNotes(config, tooBig)], aborted,
    };
  } catch (e) {
    outputs?.abort();
    natLog?.abort();
    throw e;
  } finally {
    input.signal?.removeEventListener("abort", hangUp);
    merged.close();
  }
}

function openNatLog(config: Config, dir: string | undefined, outputs: Outputs): ReturnType<typeof createNatLog> {
  try {
    return createNatLog(config, dir);
  } catch (e) {
    outputs.abort();
    throw unwritable(e);
  }
}

interface Fed { readonly packets: PacketCounts; readonly aborted: boolean; readonly sec: number; readonly nsec: number }

async function feed(input: PipelineInput, memory: Memory, way: Way): Promise<Fed> {
  const { merged } = way;
  const link = createLinkPlace();
  const tally = createTally();
  let aborted = false;
  for (let ready = false; ; ) {
    const got = feedSome(way, memory.u8, link, tally, PAUSE_EVERY - (tally.read % PAUSE_EVERY), ready);
    ready = typeof got !== "boolean";
    if (!(await got)) break;
    if (ready) continue;
    input.onProgress?.({ packets: tally.read, bytes: merged.position, size: merged.size });
    await pause(); // lets signals in: plain files never make us wait
    if (input.signal?.aborted === true) {
      aborted = true;
      break;
    }
  }
  aborted ||= input.signal?.aborted === true;
  input.onProgress?.({ packets: tally.read, bytes: merged.position, size: merged.size });
  const { read, fed, notIp, housekeeping, elsewhere, sentByDevice, cut, sec, nsec } = tally;
  const ignored = notIp + housekeeping + elsewhere + sentByDevice;
  return { packets: { read, fed, ignored, notIp, housekeeping, elsewhere, sentByDevice, cut }, aborted, sec, nsec };
}
