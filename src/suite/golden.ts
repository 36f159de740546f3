/** Goldens: what the reference sent when a person last agreed with it, byte for byte; and what changed since, field by field. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { REASONS } from "../concentrator/reasons.js";
import { type Side, SIDE_NAME } from "../config/types.js";
import { makeFolder } from "../report/files.js";
import { readStored, type Stored } from "./frames.js";
import { comparePackets, describe } from "./notation/index.js";
import { toHex } from "./notation/values.js";
import type { Spec } from "./spec-types.js";

export interface GoldenResult { readonly state: "equal" | "differs" | "absent" | "not-compared"; readonly differences: readonly string[] }

/** Of the spec's own configuration. */
export const goldenDir = (spec: Spec): string => spec.golden;
/** Of a card whose behaviour makes the reference send something else. */
export const cardGoldenDir = (spec: Spec, profile: string): string => join(goldenDir(spec), `as-${profile.replace(/[^\w.@-]/g, "_")}`);

/** The golden for profiles that share one replay: their own if one of them has it, else the spec's. Without profiles the spec's. */
export function goldenFor(spec: Spec, profiles: readonly string[]): string {
  return profiles.map((p) => cardGoldenDir(spec, p)).find((d) => existsSync(d)) ?? goldenDir(spec);
}
const fileNames = SIDE_NAME.map((s) => `${s}-out.pcap`);
/** Differences told per file; the count of the others is told too. */
const MOST = 20;

/** What made the reference send a packet: by side, its frame in the new output (from 1) and its time. */
export type Because = (side: Side, frame: number, at: number) => string;

/** The reason counter that stands behind each packet, with the RFC it cites, and the entry of the spec that was answered. */
export function becauseOf(spec: Spec, reasons: readonly [readonly number[], readonly number[]]): Because {
  return (side, frame, at) => {
    const r = REASONS[reasons[side][frame - 1] ?? -1];
    const entry = spec.frames.find((f) => f.at === at)?.entry;
    const parts = [...(r === undefined ? [] : [`${r.id}: ${r.text}${r.clause === undefined ? "" : `, ${r.clause}`}`]), ...(entry === undefined ? [] : [`entry ${entry}`])];
    return parts.length === 0 ? "" : ` [${parts.join("; ")}]`;
  };
}

/** Compares the outputs in `dir` with the golden in `golden`. */
export function compareGolden(golden: string, dir: string, because?: Because): GoldenResult {
  const differences: string[] = [];
  let present = existsSync(golden);
  let all = 0;
  for (const [side, name] of fileNames.entries()) {
    const want = readStored(join(golden, name));
    const seen = readStored(join(dir, name));
    if (want !== undefined) present = true;
    const a = want?.packets ?? [];
    const b = seen?.packets ?? [];
    if (want !== undefined && seen !== undefined && Buffer.compare(want.bytes, seen.bytes) === 0) continue;
    if (a.length === 0 && b.length === 0) continue;
    const found = semanticDiff(a, b, because === undefined ? undefined : (frame, at) => because(side as Side, frame, at)).map((d) => `${name} ${d}`);
    if (found.length === 0) found.push(`${name}: equal packets, but the files differ in their link-layer headers or file header`);
    all += found.length;
    differences.push(...found.slice(0, MOST));
    if (found.length > MOST) differences.push(`${name}: ${found.length - MOST} more differences`);
  }
  if (!present) return { state: "absent", differences: [] };
  return { state: all === 0 ? "equal" : "differs", differences };
}

/** Frames are matched by time and their order at that time, since an output carries the time of its cause. */
export function semanticDiff(before: readonly Stored[], after: readonly Stored[], why: (frame: number, at: number) => string = () => ""): string[] {
  const key = (list: readonly Stored[]): Map<string, Stored> => {
    const at = new Map<number, number>();
    return new Map(list.map((p) => {
      const n = at.get(p.at) ?? 0;
      at.set(p.at, n + 1);
      return [`${p.at}#${n}`, p] as const;
    }));
  };
  const a = key(before);
  const b = key(after);
  const out: string[] = [];
  for (const [k, p] of a) {
    const q = b.get(k);
    if (q === undefined) out.push(`frame ${p.frame} at ${seconds(p.at)} is gone: ${describe(p.ip)}`);
    else {
      const [was, is] = [p, q].map((x) => toHex(x.labelled.subarray(0, x.labelled.length - x.ip.length)));
      if (was !== is) out.push(`frame ${p.frame} at ${seconds(p.at)}: label stack was ${was || "none"}, is ${is || "none"}${why(q.frame, q.at)}`);
      for (const d of comparePackets(p.ip, q.ip)) out.push(`frame ${p.frame} at ${seconds(p.at)}: ${d.layer}.${d.field} was ${d.expected}, is ${d.seen}${why(q.frame, q.at)}`);
    }
  }
  for (const [k, q] of b) if (!a.has(k)) out.push(`frame ${q.frame} at ${seconds(q.at)} is new: ${describe(q.ip)}${why(q.frame, q.at)}`);
  return out;
}

const seconds = (at: number): string => `${(at / 1e9).toFixed(9).replace(/0+$/, "").replace(/\.$/, ".0")} s`;

/** Replaces the golden by the outputs in `dir`. A side without packets has a file too: a pcap header and nothing else. */
export function acceptGolden(golden: string, dir: string): void {
  makeFolder(golden);
  for (const name of fileNames) copyFileSync(join(dir, name), join(golden, name));
}
