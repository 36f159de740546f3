/**
 * The second opinion (`check --second-opinion`) as the run record holds it: what the reference sends for the inputs that the device had, beside what the device
 * sent. A difference is told, never held against the device: it has no verdict, changes no number and no exit code.
 */
import type { PacketEvidence, Place } from "../judge/types.js";
import { placeText } from "./model.js";
import { counted, thousands } from "./text.js";

export const OPINION_VERSION = 1;

/** `by`: who sent it. A packet of the reference stands at the place of the input that caused it. `length`: bytes of the whole packet; `hex` holds the first 2048. */
export interface OpinionPacket extends PacketEvidence { readonly by: "input" | "box" | "reference"; readonly length: number }
/** A field in which the box's packet differs from the reference's; offsets and length in bytes within them. */
export interface OpinionField {
  readonly layer: string;
  readonly field: string;
  readonly reference: string;
  readonly box: string;
  readonly referenceOffset: number;
  readonly boxOffset: number;
  readonly length: number;
}
/** Packets in the order input, box, reference, without the missing ones. `reason`: why the reference sent its packet. */
export interface OpinionExample { readonly packets: readonly OpinionPacket[]; readonly fields: readonly OpinionField[]; readonly reason?: string }

/** All differences of one kind on one side in the same fields, or of packets with the same headers. */
export interface Difference {
  /** "differs": both sent the packet; "box-only" and "reference-only": one of them did. */
  readonly kind: "differs" | "box-only" | "reference-only";
  readonly side: "access" | "core";
  /** Fields that differ, or the headers of the packet. */
  readonly what: string;
  readonly count: number;
  readonly first: Place;
  /** Rules with findings about frames of it. */
  readonly rules: readonly string[];
  /** True when these findings are as many as the differences: they explain them. */
  readonly explained: boolean;
  readonly examples: readonly OpinionExample[];
}

export interface OpinionLine {
  readonly type: "opinion";
  readonly version: number;
  /** Packets that the device received and that were given to the reference; packets that the device sent; packets that the reference sent. */
  readonly inputs: number;
  readonly box: number;
  readonly reference: number;
  /** Packets that both sent; those of them that are equal but for what the RFCs leave free. */
  readonly compared: number;
  readonly equal: number;
  /** External ends of the box's NAT that were found in the reference's outputs. */
  readonly learned: number;
  /** More is not compared, for it is held in memory: packets of both directions, bytes. */
  readonly limit: { readonly packets: number; readonly bytes: number };
  /** True when the captures hold more than that. */
  readonly capped: boolean;
  /** Packets of the reference at the end of the captures whose counterpart may have come after it: they are no differences. */
  readonly edge: number;
  /** Packets over all kinds of difference, and of those that findings explain. */
  readonly differing: number;
  readonly explained: number;
  /** Not explained ones first, then by count. */
  readonly differences: readonly Difference[];
  /** Kinds that are counted above and not listed. */
  readonly left: number;
}

export const KIND_TEXT: Readonly<Record<Difference["kind"], string>> = { differs: "differs", "box-only": "only the box sent", "reference-only": "only the reference sends" };
/** What every reader has to know. */
export const NO_VIOLATION = "A difference is no violation: it changes no verdict and no exit code.";

/** One sentence: how much was compared, and how much of it is equal. */
export function comparedText(o: OpinionLine): string {
  return `${thousands(o.equal)} of ${counted(o.compared, "packet")} that both sent are equal but for what is free${o.learned > 0 ? `; ${counted(o.learned, "external end")} of the NAT were found again` : ""}`;
}
/** What was left out, each as a sentence. */
export function limitTexts(o: OpinionLine): string[] {
  const out: string[] = [];
  if (o.capped) out.push(`compared up to ${thousands(o.limit.packets)} packets or ${thousands(o.limit.bytes >>> 20)} MiB; the rest of the captures was left out`);
  if (o.edge > 0) out.push(`${counted(o.edge, "packet")} of the reference in the last tenth of a second ${o.edge === 1 ? "was" : "were"} not compared: the box's may have come after the end of the capture`);
  return out;
}
export const differenceTitle = (d: Difference): string => `${KIND_TEXT[d.kind]}, ${d.side}: ${d.what}`;
export const firstText = (d: Difference, name: (file: string) => string): string => `${d.kind === "reference-only" ? "because of " : ""}${placeText(d.first, name)}`;
