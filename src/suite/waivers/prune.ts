/** What a run no longer needs of a waiver file: expired waivers, those of deviations that are gone, and those that the profile documents. */
import { isSeq, parseDocument } from "yaml";
import type { CaseLine, ProfileLine, RecordLine, VerdictLine, WaiverLine } from "../../report/record.js";
import { waiverLines } from "./apply.js";
import type { Waivers } from "./types.js";

/** What the run says of each waiver now, from its findings: the run need not have been made with this file. */
export function reviewOf(waivers: Waivers, lines: readonly RecordLine[], complete: boolean): WaiverLine[] {
  const pick = <T extends RecordLine["type"]>(type: T): Extract<RecordLine, { type: T }>[] => lines.filter((l): l is Extract<RecordLine, { type: T }> => l.type === type);
  const profiles: ProfileLine[] = pick("profile");
  const cases: CaseLine[] = pick("case");
  const verdicts: VerdictLine[] = pick("verdict");
  return waiverLines(waivers, profiles, cases, verdicts, complete);
}

/** A case that did not arise says nothing about its waiver, so `unmatched` stays. */
export const isPrunable = (w: WaiverLine): boolean => w.state === "expired" || w.state === "unexpected-pass" || w.state === "needless";

/** The file's text without the waivers of these ids; order and comments stay, but for the comments inside and above a waiver that goes. */
export function pruned(text: string, ids: ReadonlySet<string>): string {
  const doc = parseDocument(text, { version: "1.2" });
  const list = doc.get("waivers");
  if (isSeq(list)) {
    list.items = list.items.filter((item) => !ids.has(String((item as { get(key: string): unknown }).get("id"))));
  }
  return doc.toString({ lineWidth: 0 });
}
