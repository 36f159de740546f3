/** Second opinions of two runs side by side: which differences from the reference came, went, or became more or fewer. */
import type { OpinionChange } from "./compare-types.js";
import { placeText, type Report, times } from "./model.js";
import { type Difference, differenceTitle } from "./opinion.js";

/** Two differences are one when kind, side and fields are; what findings explain stands with the findings. */
const open = (r: Report): Map<string, Difference> => new Map((r.opinion?.differences ?? []).filter((d) => !d.explained).map((d) => [differenceTitle(d), d]));

/** `counts`: the same packets went in, so that counts can be compared. Empty unless both runs have a second opinion. */
export function compareOpinions(a: Report, b: Report, counts: boolean): OpinionChange[] {
  if (a.opinion === undefined || b.opinion === undefined) return [];
  const [before, after] = [open(a), open(b)];
  // What a run counted and did not list may be any of the other's.
  const [leftA, leftB] = [a.opinion.left > 0, b.opinion.left > 0];
  const out: OpinionChange[] = [];
  for (const [what, d] of after) {
    const was = before.get(what);
    if (was === undefined && !leftA) out.push({ kind: "new", what, count: d.count, detail: `${times(d.count)}, first ${placeText(d.first)}` });
    else if (was !== undefined && counts && was.count !== d.count) out.push({ kind: "count", what, before: was.count, count: d.count, detail: `was ${times(was.count)}, is ${times(d.count)}` });
  }
  for (const [what, d] of before) if (!after.has(what) && !leftB) out.push({ kind: "gone", what, before: d.count, detail: `was ${times(d.count)}, first ${placeText(d.first)}` });
  const order: readonly OpinionChange["kind"][] = ["new", "gone", "count"];
  return out.sort((x, y) => order.indexOf(x.kind) - order.indexOf(y.kind));
}

/** A note where only one run has one; undefined otherwise. */
export function opinionNote(a: { readonly name: string; readonly report: Report }, b: { readonly name: string; readonly report: Report }): string | undefined {
  const having = [a, b].filter((r) => r.report.opinion !== undefined);
  return having.length === 1 ? `only ${having[0].name} has a second opinion, so differences from the reference are not compared` : undefined;
}
