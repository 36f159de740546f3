/** Places in findings as seen from the output folder, so that a record does not depend on where it was written. */
import { join, relative } from "node:path";
import type { FindingGroup, JudgeResult, Place } from "../judge/types.js";
import { OUTPUT_NAMES } from "./outputs.js";

/** `dir`: folder of this replay's outputs; its files stand in places by their bare names. */
export function relativePlaces(judge: JudgeResult, outDir: string, dir: string): JudgeResult {
  const place = (p: Place): Place => ({ ...p, file: OUTPUT_NAMES.includes(p.file) ? join(relative(outDir, dir), p.file) : relative(outDir, p.file) });
  const group = (g: FindingGroup): FindingGroup => ({
    ...g, first: place(g.first), last: place(g.last),
    exemplars: g.exemplars.map((e) => ({ ...e, packets: e.packets.map((p) => ({ ...p, place: place(p.place) })) })),
  });
  return { ...judge, findings: judge.findings.map(group) };
}
