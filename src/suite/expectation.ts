/** What a spec says the device must do, against what it did: packets by cause, reason counters, softwire statistics. */
import type { CounterRow, SoftwireStatistics } from "../concentrator/device.js";
import { type Side, SIDE_NAME } from "../config/types.js";
import { readStored, type Stored } from "./frames.js";
import { bindFields, compareExpected, describe, type FieldDifference, fieldAt, textOf } from "./notation/index.js";
import type { Expected, Nanoseconds, Spec } from "./spec-types.js";

export interface Outcome {
  /** What was sent, per side (access, core). */
  readonly sent: readonly [readonly Stored[], readonly Stored[]];
  readonly counters: readonly CounterRow[];
  readonly softwires: readonly SoftwireStatistics[];
}

/** Every departure, for people; empty when the expectation is met. `inputs`: time of each frame of the traces, for specs with traces. */
export function checkExpectation(spec: Spec, outcome: Outcome, inputs: readonly (readonly Nanoseconds[])[]): string[] {
  return [...checkPackets(spec, outcome, inputs), ...checkCounters(spec, outcome.counters), ...checkStatistics(spec, outcome.softwires)];
}

/** Outputs carry the time of their cause, and no two inputs share one; a timer's output carries the time at which it was due. */
function checkPackets(spec: Spec, outcome: Outcome, inputs: readonly (readonly Nanoseconds[])[]): string[] {
  const problems: string[] = [];
  const keyAt = new Map<Nanoseconds, number | string>();
  for (const [at, entry] of spec.timers) keyAt.set(at, entry);
  for (const f of spec.frames) keyAt.set(f.at, f.entry);
  inputs.forEach((times, side) => {
    times.forEach((t, i) => {
      keyAt.set(t, `${SIDE_NAME[side as Side]}:${i + 1}`);
    });
  });
  const got = new Map<number | string, { side: Side; p: Stored }[]>();
  for (const side of [0, 1] as const) {
    for (const p of outcome.sent[side]) {
      const key = keyAt.get(p.at);
      if (key === undefined) problems.push(`${SIDE_NAME[side]}-out frame ${p.frame} has the time of no input: ${describe(p.ip)}`);
      else got.set(key, [...(got.get(key) ?? []), { side, p }]);
    }
  }
  const bound = new Map<string, string>();
  for (const [key, want] of spec.expect) {
    const seen = got.get(key) ?? [];
    for (const side of [0, 1] as const) comparePerSide(key, side, want.filter((w) => w.side === side), seen.filter((s) => s.side === side).map((s) => s.p), problems, bound);
  }
  return problems;
}

function comparePerSide(key: number | string, side: Side, want: readonly Expected[], seen: readonly Stored[], problems: string[], bound: Map<string, string>): void {
  for (let i = 0; i < Math.max(want.length, seen.length); i++) {
    const [w, s] = [want[i], seen[i]];
    const about = `entry ${key}, ${SIDE_NAME[side]} side, packet ${i + 1} of ${want.length}`;
    if (w === undefined) problems.push(`entry ${key}: nothing more is expected on the ${SIDE_NAME[side]} side, but it sent ${describe(s.ip)}`);
    else if (s === undefined) problems.push(`${about} (${w.where}): nothing was sent, expected ${w.packet === undefined ? "a packet" : describe(w.packet.bytes)}`);
    else for (const d of differences(w, s, bound)) problems.push(`${about} (${w.where}): ${textOf(d)}`);
  }
}

function differences(w: Expected, s: Stored, bound: Map<string, string>): FieldDifference[] {
  if (w.packet !== undefined) {
    // Labels are compared where the expectation names them.
    const seen = w.packet.spans[0]?.type?.name === "mpls" ? s.labelled : s.ip;
    const found = compareExpected(w.packet, seen);
    return found.length > 0 ? found : bindFields(w.packet, seen, bound);
  }
  const out: FieldDifference[] = [];
  for (const [path, value] of w.fields ?? []) {
    const seen = fieldAt(path.startsWith("mpls") ? s.labelled : s.ip, path);
    const same = seen === value || (seen !== undefined && /^(0x)?[0-9a-f]+$/i.test(seen) && Number(seen) === Number(value));
    if (same) continue;
    const dot = path.lastIndexOf(".");
    out.push({ layer: path.slice(0, dot), field: path.slice(dot + 1), expected: value, seen: seen ?? `no such field in ${describe(s.ip)}`, at: 0 });
  }
  return out;
}

function checkCounters(spec: Spec, rows: readonly CounterRow[]): string[] {
  const out: string[] = [];
  for (const row of rows) {
    const want = spec.counters.get(row.reason.id) ?? (spec.strictCounters && spec.counters.size > 0 ? 0 : row.packets);
    if (row.packets !== want) out.push(`counter ${row.reason.id}: expected ${want}, is ${row.packets} (${row.reason.text})`);
  }
  for (const [id, want] of spec.counters) if (want > 0 && !rows.some((r) => r.reason.id === id)) out.push(`counter ${id}: expected ${want}, is 0`);
  return out;
}

function checkStatistics(spec: Spec, softwires: readonly SoftwireStatistics[]): string[] {
  const out: string[] = [];
  for (const [name, want] of spec.statistics) {
    let seen = 0;
    let known = false;
    for (const s of softwires) {
      const v = (s as unknown as Readonly<Record<string, unknown>>)[name];
      if (typeof v !== "number") continue;
      known = true;
      seen += v;
    }
    if (!known) out.push(`statistic ${name}: there is none of that name`);
    else if (seen !== want) out.push(`statistic ${name}: expected ${want}, is ${seen}`);
  }
  return out;
}

/** Reads both output files of a folder; a missing one counts as empty. */
export function readSent(paths: readonly [string, string]): [Stored[], Stored[]] {
  return [readStored(paths[0])?.packets ?? [], readStored(paths[1])?.packets ?? []];
}
