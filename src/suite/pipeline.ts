/**
 * The way of a packet, once through: captures -> IP packet, direction -> the reference (replay) or the box's own answers (check) -> judge.
 * Nothing is allocated and nothing awaited per packet: the loop runs until a reader must wait, and pauses now and then for signals.
 */
import { setImmediate as pause } from "node:timers/promises";
import { createLinkPlace, locate } from "../capture/link.js";
import { type MergedSource, mergeSources } from "../capture/merge.js";
import { openCapture } from "../capture/open.js";
import type { CaptureSource } from "../capture/source.js";
import type { CaptureFault } from "../capture/types.js";
import type { CounterRow, Device, FirewallStatistics, SoftwireStatistics } from "../concentrator/device.js";
import { createDevice } from "../concentrator/index.js";
import { type Config, CORE, type Side } from "../config/types.js";
import { INTO, type JudgeResult, OUT_OF, type Severity, type TranscriptSink } from "../judge/types.js";
import { createMemory, type Memory } from "../wire/memory.js";
import { declaredOnly } from "./declared.js";
import { createDoor, type InputSide } from "./door.js";
import { learnMacs } from "./learn-macs.js";
import { createNatLog, type NatLogSummary } from "./nat-log.js";
import { createOutputs, type OnSent, OUTPUT_NAMES, type Outputs, unwritable } from "./outputs.js";
import { createTraffic, deviceReadings, type Traffic } from "./readings.js";
import type { Endpoints } from "./beside/endpoints.js";
import { createSeen, type Seen } from "./seen.js";
import { createTimeline, type Timeline, type TimelineRecorder } from "./timeline.js";
import { isLinkHousekeeping } from "./transit.js";

export interface PipelineFile { readonly path: string; readonly side: InputSide }

export interface PipelineInput {
  readonly config: Config;
  readonly files: readonly PipelineFile[];
  /** Folder of the output pcaps; without it they are judged and forgotten. */
  readonly outDir?: string;
  readonly mode: "replay" | "check";
  readonly judge: boolean;
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

/** Frames between two looks at progress and signals. */
const PAUSE_EVERY = 1 << 16;

/** Names of the run's files as they stand in places and findings: the inputs, then the outputs of the reference. */
export const fileNames = (files: readonly PipelineFile[]): string[] => [...files.map((f) => (f.path === "-" ? "stdin" : f.path)), ...OUTPUT_NAMES];

interface Way {
  readonly merged: MergedSource;
  readonly device: Device | undefined;
  readonly judge: TranscriptSink | undefined;
  readonly outputs: Outputs | undefined;
  readonly timeline: TimelineRecorder;
  /** Where the device's own state is not known (check). */
  readonly traffic: Traffic | undefined;
  readonly seen: Seen | undefined;
}

/** Runs the captures through. Damage of files is in `faults`; throws only for our own errors and for output files that cannot be written. */
export async function runPipeline(input: PipelineInput): Promise<PipelineResult> {
  const memory = input.memory ?? createMemory();
  const { config, files } = input;
  const learned = await learnMacs(config, files);
  const declared = input.mode === "check" ? declaredOnly(config) : { config, notes: [] };
  const sources: CaptureSource[] = [];
  for (let i = 0; i < files.length; i++) sources.push(await openCapture(files[i].path, { memory, fileIndex: i }));
  // The judge is loaded where it is wanted: `replay --no-judge` starts faster without.
  const judge = input.judge ? (await import("../judge/index.js")).createJudge({ config: declared.config, memory, files: fileNames(files), severityOf: input.severityOf, complete: input.mode === "replay" }) : undefined;
  const outputs = input.mode === "replay" ? createOutputs(memory, config, input.outDir, judge, files.length, input.onSent) : undefined;
  const natLog = outputs === undefined ? undefined : openNatLog(config, input.outDir, outputs);
  const device = outputs === undefined ? undefined : createDevice(config, memory, outputs, natLog === undefined ? {} : { natLog: natLog.log });
  const seen = input.mode === "check" ? createSeen(config, memory.u8) : undefined;
  const merged = mergeSources(sources, { memory });
  const traffic = device === undefined ? createTraffic() : undefined;
  const timeline = createTimeline(() => (device === undefined ? (traffic?.read() ?? []) : deviceReadings(device, outputs?.packets ?? [0, 0])));
  // A pipe that is silent would keep us waiting: an interrupt ends it. Files are left at the next pause.
  const hangUp = (): void => sources.forEach((s, i) => {
    if (files[i].path === "-") s.close();
  });
  input.signal?.addEventListener("abort", hangUp, { once: true });
  try {
    const { packets, aborted, sec, nsec } = await feed(input, memory, { merged, device, judge, outputs, seen, timeline, traffic }, learned.macs);
    const over = timeline.finish();
    if (!aborted) device?.drain(sec, nsec);
    const names = aborted ? [] : [...(outputs?.close() ?? []), ...(natLog?.close() ?? [])];
    if (aborted) {
      outputs?.abort();
      natLog?.abort();
    }
    judge?.end();
    return {
      counters: device?.counters() ?? [], softwires: device?.statistics() ?? [], firewalls: device?.firewalls() ?? [], ...(seen === undefined ? {} : { seen: seen.amounts() }), ...(judge === undefined ? {} : { judge: judge.result() }), ...(natLog === undefined ? {} : { natLog: natLog.summary() }),
      faults: aborted ? [] : [...merged.faults], outputs: names, packets, ...(over === undefined ? {} : { timeline: over }), sent: { packets: outputs?.packets ?? [0, 0], bytes: outputs?.bytes ?? [0, 0] }, notes: [...learned.notes, ...declared.notes], aborted,
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

async function feed(input: PipelineInput, memory: Memory, way: Way, learned: readonly [readonly string[], readonly string[]]): Promise<Fed> {
  const { merged, device, judge, outputs, seen, timeline, traffic } = way;
  const u8 = memory.u8;
  const link = createLinkPlace();
  const door = createDoor(input.config, input.files.map((f) => f.side), u8, input.mode, learned);
  const replay = device !== undefined;
  let read = 0;
  let fed = 0;
  let notIp = 0;
  let housekeeping = 0;
  let elsewhere = 0;
  let sentByDevice = 0;
  let cut = 0;
  let sec = 0;
  let nsec = 0;
  let aborted = false;
  for (;;) {
    const got = merged.next();
    if (!(typeof got === "boolean" ? got : await got)) break;
    read++;
    if ((read & (PAUSE_EVERY - 1)) === 0) {
      input.onProgress?.({ packets: read, bytes: merged.position, size: merged.size });
      await pause(); // lets signals in: plain files never make us wait
      if (input.signal?.aborted === true) {
        aborted = true;
        break;
      }
    }
    const off = merged.off;
    const isIp = locate(u8, off, merged.capLen, merged.linkType, link);
    if (link.stack > 0 && judge?.labels !== undefined) {
      const way = door.enter(merged, link);
      const skipped = link.stack - off;
      if (way >= 0 && !(replay && way === OUT_OF)) judge.labels(door.side, way === INTO ? INTO : OUT_OF, link.stack, merged.capLen - skipped, merged.wireLen - skipped, merged.sec, merged.nsec, merged.file, merged.frame);
    }
    if (!isIp) {
      notIp++;
      continue;
    }
    if (u8[link.l3] >>> 4 === 6 && isLinkHousekeeping(u8, link.l3, link.l3Len)) {
      housekeeping++;
      continue;
    }
    const direction = door.enter(merged, link);
    if (direction < 0) {
      elsewhere++;
      continue;
    }
    if (replay && direction === OUT_OF) {
      sentByDevice++;
      continue;
    }
    // The merge's clock never runs backwards; capture time is the device's time.
    sec = merged.sec;
    nsec = merged.nsec;
    const side: Side = door.side;
    const wireLen = merged.wireLen - (link.l3 - off);
    if (wireLen > link.l3Len) cut++;
    timeline.tick(sec, nsec);
    traffic?.packet(side, direction === INTO ? INTO : OUT_OF, u8, link.l3, link.l3Len);
    judge?.packet(side, direction === INTO ? INTO : OUT_OF, link.l3, link.l3Len, wireLen, sec, nsec, merged.file, merged.frame, -1);
    if (device !== undefined && outputs !== undefined && direction === INTO) {
      if (link.labels > 0) outputs.labelled(side, link.stack, link.labels);
      outputs.cause(fed, sec, nsec);
      device.receive(side, link.l3, link.l3Len, sec, nsec);
    }
    if (seen !== undefined && direction === OUT_OF) {
      seen.sent(side, link.l3, link.l3Len);
      if (side === CORE) input.endpoints?.packet(u8, link.l3, link.l3Len, merged.file, merged.frame);
    }
    fed++;
  }
  aborted ||= input.signal?.aborted === true;
  input.onProgress?.({ packets: read, bytes: merged.position, size: merged.size });
  const ignored = notIp + housekeeping + elsewhere + sentByDevice;
  return { packets: { read, fed, ignored, notIp, housekeeping, elsewhere, sentByDevice, cut }, aborted, sec, nsec };
}
