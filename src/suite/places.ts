/** Places in findings as seen from the output folder, so that a record does not depend on where it was written. */
import { join, relative } from "node:path";
import type { FindingGroup, JudgeResult, Place } from "../judge/types.js";
import { OUTPUT_NAMES } from "./outputs.js";

/** A file that is not in the output folder (a configuration of the project) by its place from where the command runs: the depth of the folder must not show. */
function outside(outDir: string, file: string): string {
  const seen = relative(outDir, file);
  return seen.startsWith("..") ? relative(process.cwd(), file) : seen;
}

/** `dir`: folder of this replay's outputs; its files stand in places by their bare names. */
export function relativePlaces(judge: JudgeResult, outDir: string, dir: string): JudgeResult {
  const place = (p: Place): Place => ({ ...p, file: OUTPUT_NAMES.includes(p.file) ? join(relative(outDir, dir), p.file) : outside(outDir, p.file) });
  const group = (g: FindingGroup): FindingGroup => ({
    ...g, first: place(g.first), last: place(g.last),
    exemplars: g.exemplars.map((e) => ({ ...e, packets: e.packets.map((p) => ({ ...p, place: place(p.place) })) })),
  });
  return { ...judge, findings: judge.findings.map(group) };
}
