/** The box's packets against the reference's: which are the same packet, and what only one of the two sent. */
import type { BoxSent, ReferenceSent } from "./gather.js";
import { keyOf } from "./key.js";

export interface Pair { readonly box: BoxSent; readonly reference: ReferenceSent }
export interface Matched { readonly pairs: readonly Pair[]; readonly boxOnly: readonly BoxSent[]; readonly referenceOnly: readonly ReferenceSent[] }

/** Same key: the same packet, first with first. */
export function match(box: readonly BoxSent[], reference: readonly ReferenceSent[], nat: boolean): Matched {
  const waiting = new Map<string, ReferenceSent[]>();
  for (const r of reference) {
    const key = keyOf(r.bytes, r.side, nat);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [r]);
    else list.push(r);
  }
  const used = new Map<string, number>();
  const pairs: Pair[] = [];
  const boxOnly: BoxSent[] = [];
  for (const b of box) {
    const key = keyOf(b.bytes, b.side, nat);
    const n = used.get(key) ?? 0;
    const r = waiting.get(key)?.[n];
    if (r === undefined) boxOnly.push(b);
    else {
      used.set(key, n + 1);
      pairs.push({ box: b, reference: r });
    }
  }
  return { pairs, boxOnly, referenceOnly: [...waiting].flatMap(([key, list]) => list.slice(used.get(key) ?? 0)) };
}
