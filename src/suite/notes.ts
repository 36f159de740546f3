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

/** Reasons of the reference for packets to external ports that it did not give out. */
const UNMAPPED: ReadonlySet<string> = new Set(["aftr-no-mapping", "aftr-icmp-error-no-mapping"]);

/** Assumptions and limits, a sentence each. */
export function assumptions(r: Pick<PipelineResult, "packets" | "notes" | "counters">, command: Command): string[] {
  const { cut, sentByDevice } = r.packets;
  const unmapped = sentByDevice === 0 ? 0 : r.counters.reduce((n, c) => n + (UNMAPPED.has(c.reason.id) ? c.packets : 0), 0);
  return [
    ...(cut === 0 ? [] : [`${counted(cut, "frame is", "frames are")} cut by the capture's snapshot length: ${command === "replay" ? "the reference drops what it cannot see whole" : "only what is visible is judged"}`]),
    ...(unmapped === 0 ? [] : [`${counted(unmapped, "packet")} from the core found no mapping: a NAT chooses its external ports, so answers to those of the captured device fit none of the reference's; \`check\` judges the device itself`]),
    ...r.notes,
  ];
}
