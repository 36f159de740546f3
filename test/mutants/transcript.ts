/** What the reference received and sent, packet by packet, with its own knowledge of cause and reason: the raw material of mutants. */
import assert from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { mergeSources } from "../../src/capture/merge.js";
import { openCapture } from "../../src/capture/open.js";
import { createDevice } from "../../src/concentrator/index.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import type { Config, Side } from "../../src/config/types.js";
import { createJudge } from "../../src/judge/index.js";
import { type Direction, INTO, type JudgeResult, OUT_OF, type Severity } from "../../src/judge/types.js";
import { createDoor } from "../../src/suite/direction/door.js";
import { judgeWindow } from "../../src/suite/judge-window.js";
import type { PipelineFile } from "../../src/suite/pipeline.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";
import { writeTraces } from "../../src/suite/replay-spec.js";
import type { Spec } from "../../src/suite/spec-types.js";
import { isLinkHousekeeping } from "../../src/suite/transit.js";

/** An IP packet that crossed the device's edge. */
export interface Event {
  readonly side: Side;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  /** Bytes on the wire, at least `bytes.length`. */
  readonly wireLen: number;
  readonly sec: number;
  readonly nsec: number;
  /** Of an input: its own ordinal from 0; of an output: that of its cause. */
  readonly ordinal: number;
  /** Id in REASONS. Of an input: what became of it; of an output: why it was sent. */
  readonly reason: string;
}

export interface Transcript {
  readonly name: string;
  readonly config: Config;
  readonly events: readonly Event[];
}

const freshMemory = recycledMemory(128 << 20);
const ROOM = 65_575;

/** Runs captures through the reference and keeps everything. */
export async function transcriptOf(name: string, config: Config, files: readonly PipelineFile[]): Promise<Transcript> {
  const memory = freshMemory();
  const u8 = memory.u8;
  const merged = mergeSources(await Promise.all(files.map((f, fileIndex) => openCapture(f.path, { memory, fileIndex }))), { memory });
  const events: Event[] = [];
  const scratch = memory.alloc(ROOM);
  let ordinal = -1;
  const device = createDevice(config, memory, {
    reserve: () => scratch,
    commit: (side, off, len, sec, nsec, reason) => events.push({ side, direction: OUT_OF, bytes: u8.slice(off, off + len), wireLen: len, sec, nsec, ordinal, reason: REASONS[reason].id }),
  });
  const door = createDoor(config, files.map((f) => f.side), u8, "replay");
  const link = createLinkPlace();
  let end = { sec: 0, nsec: 0 };
  for (;;) {
    const more = merged.next();
    if (!(typeof more === "boolean" ? more : await more)) break;
    if (!locate(u8, merged.off, merged.capLen, merged.linkType, link)) continue;
    if (u8[link.l3] >>> 4 === 6 && isLinkHousekeeping(u8, link.l3, link.l3Len)) continue;
    if (door.enter(merged, link) !== INTO) continue;
    end = { sec: merged.sec, nsec: merged.nsec };
    const bytes = u8.slice(link.l3, link.l3 + link.l3Len);
    const side = door.side;
    const wireLen = merged.wireLen - (link.l3 - merged.off);
    device.wake(end.sec, end.nsec);
    ordinal++;
    const at = events.length;
    const became = device.receive(side, link.l3, link.l3Len, end.sec, end.nsec);
    events.splice(at, 0, { side, direction: INTO, bytes, wireLen, ...end, ordinal, reason: REASONS[became].id });
  }
  device.drain(end.sec, end.nsec);
  merged.close();
  return { name, config, events };
}

export async function transcriptOfSpec(spec: Spec): Promise<Transcript> {
  const dir = mkdtempSync(join(tmpdir(), "softproof-mutants-"));
  try {
    return await transcriptOf(spec.id, spec.config, writeTraces(spec, dir));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/**
 * Judges events in their order. `complete`: as a replay of the reference (silence is a fact); otherwise as the captures of a foreign box. `bulk`: see JudgeOptions;
 * left out, both ways are gone, and they must agree.
 */
export function judgeEvents(config: Config, events: readonly Event[], severityOf: (clause: string) => Severity, complete: boolean, bulk?: boolean): JudgeResult {
  if (bulk === undefined) {
    const result = judgeEvents(config, events, severityOf, complete, true);
    assert.deepStrictEqual(judgeEvents(config, events, severityOf, complete, false), result);
    return result;
  }
  const memory = freshMemory();
  const judge = createJudge({ config, memory, files: ["access", "core"], severityOf, complete, bulk, ...judgeWindow(events.length, events.reduce((n, e) => n + e.bytes.length, 0)) });
  const at = memory.alloc(ROOM);
  const frames = [0, 0];
  for (const e of events) {
    memory.u8.set(e.bytes, at);
    judge.packet(e.side, e.direction, at, e.bytes.length, e.wireLen, e.sec, e.nsec, e.side, ++frames[e.side], -1);
  }
  judge.end();
  return judge.result();
}
