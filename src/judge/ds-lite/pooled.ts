/** A witness of each subscriber's external address (RFC 4787 REQ-2, "paired" pooling): of his live bindings the one that will stand the longest. Bounded; what was overwritten is unknown. */
import { slots } from "../columns.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import { B_WELL_KNOWN, RECORD, type Bindings } from "./bindings.js";
import { floorSeconds, isKept } from "./floor.js";
import { P_UDP } from "./facts.js";
import { isOfSubscriber, subscriberHash } from "./subscriber.js";

/** The longest time for which a binding may stand unused (`floorSeconds`), whatever is learned of it yet: unknown, 0 s, 120 s. */
const NO_BOUND = 0, BOUND_0 = 1, BOUND_120 = 2;
/** A power of two. */
const SUBSCRIBERS = 1 << 16;

export interface Pooled {
  /** Live binding of the subscriber who sent the softwire packet in `slot`, at `t` (s); -1: none is known. */
  of(slot: number, aftr: Aftr, t: number): number;
  /** Binding `i` of that subscriber was used at `t`. */
  used(i: number, slot: number, aftr: Aftr, t: number): void;
  /** The same when no packet has been seen that is later than `t`. */
  usedLast(i: number, slot: number, aftr: Aftr, t: number): void;
}

/** `single`: there is one AFTR only, so that a binding is of one subscriber whoever asks. */
export function createPooled(b: Uint8Array, r: Records, nat: Bindings, single: boolean): Pooled {
  const subscribers = slots(SUBSCRIBERS, r.capacity);
  /** By hash of the subscriber: the number of a row, given out one by one so that those in use lie together. 0: none yet. */
  const rowOf = new Uint32Array(subscribers);
  let given = 0;
  /** Two words each: binding, with one of the bounds above in the bits that a record's place leaves free (-1: none), and its external address. */
  const rows = new Int32Array((subscribers + 1) * 2).fill(-1);
  function rowAt(slot: number, aftr: Aftr): number {
    const spot = subscriberHash(b, r.off[slot] + 8, aftr.cfg.subscriberPrefixLength) & (subscribers - 1);
    if (rowOf[spot] === 0) rowOf[spot] = ++given;
    return rowOf[spot] * 2;
  }
  /** The same; binding `i` is of that subscriber, and remembers it. */
  function rowOfBinding(i: number, slot: number, aftr: Aftr): number {
    if (!single) return rowAt(slot, aftr);
    if (nat.place[i] === 0) nat.place[i] = rowAt(slot, aftr);
    return nat.place[i];
  }
  const isLiveOf = (i: number, slot: number, aftr: Aftr, t: number): boolean =>
    i >= 0 && isKept(nat, i, t) && isOfSubscriber(nat, i, b, r.off[slot] + 8, aftr.cfg.subscriberPrefixLength);
  const placeOf = (at: number): number => (rows[at] < 0 ? -1 : rows[at] & -RECORD);
  function keep(at: number, i: number): void {
    const bound = nat.proto[i] !== P_UDP ? NO_BOUND : (nat.flags[i] & B_WELL_KNOWN) !== 0 ? BOUND_0 : BOUND_120;
    rows[at] = i | bound;
    rows[at + 1] = nat.ext[i];
  }
  function used(i: number, slot: number, aftr: Aftr, t: number): void {
    const at = rowOfBinding(i, slot, aftr);
    const j = placeOf(at);
    if (j === i || !isLiveOf(j, slot, aftr, t) || (nat.ext[j] === nat.ext[i] && nat.lastOut(j) + floorSeconds(nat, j) <= t + floorSeconds(nat, i))) keep(at, i);
  }
  return {
    used,
    of(slot, aftr, t) {
      const i = placeOf(rowAt(slot, aftr));
      return isLiveOf(i, slot, aftr, t) ? i : -1;
    },
    usedLast(i, slot, aftr, t) {
      const at = rowOfBinding(i, slot, aftr);
      const bound = rows[at] & (RECORD - 1);
      // The witness, which was used at `t` at the latest, cannot stand longer: there is no need to look at it. Its record is still its own as long as none has been given twice.
      const isShorter = rows[at] >= 0 && nat.count <= nat.capacity && (bound === BOUND_0 || (bound === BOUND_120 && floorSeconds(nat, i) >= 120));
      if (isShorter && rows[at + 1] === (nat.ext[i] | 0)) keep(at, i);
      else used(i, slot, aftr, t);
    },
  };
}
