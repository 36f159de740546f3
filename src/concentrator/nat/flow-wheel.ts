/** Timer wheel of flows, one slot a second, doubly linked: a flow whose timeout shrinks (TCP closing) moves in O(1). */
import { F_NEXT, F_PREV, F_STRIDE } from "./layout.js";

export interface FlowWheel {
  readonly heads: Int32Array;
  readonly mask: number;
}

export function createFlowWheel(slots: number): FlowWheel {
  return { heads: new Int32Array(slots), mask: slots - 1 };
}

/** Links flow `rec` for second `due`; farther than the wheel turns, it is looked at once a turn. */
export function linkFlow(w: FlowWheel, data: Int32Array, rec: number, now: number, due: number): void {
  const slot = (due - now > w.mask ? now + w.mask : due) & w.mask;
  const o = rec * F_STRIDE;
  const head = w.heads[slot];
  data[o + F_NEXT] = head;
  data[o + F_PREV] = -slot - 1;
  if (head !== 0) data[head * F_STRIDE + F_PREV] = rec;
  w.heads[slot] = rec;
}

export function unlinkFlow(w: FlowWheel, data: Int32Array, rec: number): void {
  const o = rec * F_STRIDE;
  const next = data[o + F_NEXT];
  const prev = data[o + F_PREV];
  if (prev < 0) w.heads[-prev - 1] = next;
  else data[prev * F_STRIDE + F_NEXT] = next;
  if (next !== 0) data[next * F_STRIDE + F_PREV] = prev;
}
