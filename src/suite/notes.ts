/** What a reader has to know of a run over captures beside its verdicts: what was read and left out, assumed, and not judged because nobody declared it. */
import { counted, thousands } from "../report/text.js";
import type { PipelineResult } from "./pipeline.js";

type Command = "replay" | "check";

/** One sentence: how many frames were read, and what became of them. */
export function countsText({ packets: p }: Pick<PipelineResult, "packets">, command: Command): string {
  const n = thousands;
  const parts = [`${counted(p.read, "frame")} read`, `${n(p.fed)} ${command === "replay" ? "fed to the reference" : "judged"}`];
  if (p.notIp > 0) parts.push(`${n(p.notIp)} not IP`);
  if (p.housekeeping > 0) parts.push(`${n(p.housekeeping)} Neighbor or listener discovery`);
  if (p.elsewhere > 0) parts.push(`${n(p.elsewhere)} neither to nor from the device`);
  if (p.sentByDevice > 0) parts.push(`${n(p.sentByDevice)} sent by the device itself`);
  return parts.join(", ");
}

/** Assumptions and limits, a sentence each. */
export function assumptions(r: Pick<PipelineResult, "packets" | "notes">, command: Command): string[] {
  const { cut } = r.packets;
  return [
    ...(cut === 0 ? [] : [`${counted(cut, "frame is", "frames are")} cut by the capture's snapshot length: ${command === "replay" ? "the reference drops what it cannot see whole" : "only what is visible is judged"}`]),
    ...r.notes,
  ];
}
