/** What the judge made of the packets of a case, so that every sum adds up for the reader: inputs and outputs, each with or without a partner, and what has none to look for. */
import type { Place } from "../judge/types.js";
import { placeText, type Report } from "./model.js";
import type { CaseLine } from "./record.js";
import { counted, percent, thousands } from "./text.js";

/** Packets that are paired with nothing of their own. */
const OTHERS = "others (further fragments of a datagram, or of no softwire)";

export interface PairingRow { readonly text: string; readonly packets: number; /** Where the first of them lie. */ readonly first: readonly Place[]; /** A part of the row above that is none. */ readonly part: boolean }

export function pairingRows(c: CaseLine): PairingRow[] {
  const s = c.summary;
  if (s === undefined) return [];
  const row = (text: string, packets: number | undefined, part: boolean, first: readonly Place[] = []): PairingRow[] => (packets === undefined ? [] : [{ text, packets, first, part }]);
  // Where records left the window, what they would have been is not known.
  const others = (n: number): PairingRow[] => (s.evicted === 0 && n > 0 ? row(OTHERS, n, true) : []);
  return [
    ...row("packets into the device", s.inputs, false),
    ...row("with an output", s.answeredInputs, true), ...row("without an output", s.unansweredInputs, true, c.partnerless?.inputs),
    ...(s.answeredInputs === undefined ? [] : others(s.inputs - s.answeredInputs - s.unansweredInputs)),
    ...row("packets out of the device", s.outputs, false),
    ...row("paired with their input", s.paired, true), ...row("without an input", s.orphanOutputs, true, c.partnerless?.outputs), ...others(s.outputs - s.paired - s.orphanOutputs),
    ...row("ambiguous pairings", s.ambiguous, false), ...row("records evicted from the window", s.evicted, false),
  ];
}

/** The same as sentences. */
export function pairingText(c: CaseLine, short: (file: string) => string): string[] {
  const rows = pairingRows(c);
  const s = c.summary;
  if (s === undefined) return [];
  const out = rows.findIndex((r) => r.text === "packets out of the device");
  const parts = (list: readonly PairingRow[]): string[] => list.filter((r) => r.part).map((r) => `${thousands(r.packets)} ${r.packets === 1 ? r.text.replace(/^others/, "other") : r.text}${r.packets === s.paired && r.text.startsWith("paired") ? ` (${percent(s.paired, s.paired + s.orphanOutputs)})` : ""}`);
  return [
    `${counted(s.inputs, "packet")} into the device: ${parts(rows.slice(0, out)).join(", ")}`,
    `${counted(s.outputs, "packet")} out of it: ${parts(rows.slice(out)).join(", ")}; ${thousands(s.ambiguous)} ambiguous`,
    ...rows.filter((r) => r.first.length > 0).map((r) => `${r.text}: ${r.first.map((p) => placeText(p, short)).join(", ")}${r.packets > r.first.length ? ` and ${thousands(r.packets - r.first.length)} more` : ""}`),
  ];
}

/** The case whose counts speak of the captures that were named; a run has a case for every spec. */
export const judgedCase = (report: Report): CaseLine | undefined => (report.header?.command === "run" ? undefined : report.cases.find((c) => c.summary !== undefined));

/** What lowers the worth of the verdicts, a sentence each. */
export function captureDoubts(report: Report): string[] {
  const s = judgedCase(report)?.summary;
  if (s === undefined) return [];
  const check = report.header?.command === "check";
  const why = s.clockSuspect === true ? `${withoutPartner(report)}: many packets have no partner` : check ? oneSided(report) : undefined;
  return [
    ...(check ? misfit(s) : []),
    ...(s.evicted > 0 ? [`${thousands(s.evicted)} records left the judge's window for lack of memory: verdicts about them are less certain`] : []),
    ...(why === undefined ? [] : [`${why}, so nothing that is missing was judged`]),
  ];
}

/** Why many packets have no partner. A capture that cannot be read has no clock that could be wrong, and one side alone no second clock. */
function withoutPartner(report: Report): string {
  if (report.faults.length > 0) return "a capture could not be read to its end";
  return oneSided(report) ?? "the two captures' clocks seem to disagree";
}

function oneSided(report: Report): string | undefined {
  const sides = new Set(report.header?.inputs.map((i) => i.side));
  const [only] = sides;
  return sides.size === 1 && only !== "both" ? `only captures of the ${only} side were named` : undefined;
}

/** What to look at when nothing of the captures fits the configuration. */
function misfit(s: NonNullable<CaseLine["summary"]>): string[] {
  if (s.inputs + s.outputs === 0) return ["By the configuration no packet came to the device or left it. Do `macs` and `peer-mac` name this device, and are access and core not swapped? `softproof init` drafts a configuration from the captures."];
  if (s.paired + s.unansweredInputs + s.orphanOutputs === 0) return ["None of these packets is of the configured mechanism. Is it the configuration of this device (mechanism, addresses, prefixes)? `softproof init` drafts one from the captures."];
  if (s.outputs === 0 || s.inputs === 0) return [`By the configuration the device ${s.inputs === 0 ? "sent packets and received none" : "received packets and sent none"}. Do the captures hold both directions? Do \`macs\`, or where there are none the addresses, name this device?`];
  return [];
}
