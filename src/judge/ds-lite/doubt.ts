/**
 * Where packets have twins (twins.ts), a pair may be wrong: another internal end's equal packet was lost at the tap. So a pair that contradicts what earlier
 * pairs said is a doubt about either, and no proof against the device. A device that mixes up ends does so again and again, and that is.
 */
import { B_GONE, type Bindings } from "./bindings.js";
import type { Learned } from "./learned.js";

/** Contradictions prove something from this many on, if they are not rarer than one in so many pairs that agreed. */
const CONTRADICTIONS = 3, RARE = 4;

export interface Doubt {
  /** Is any of what the pair says against earlier bindings in doubt? Then none of it counts. A binding that fewer pairs confirmed than contradicted is given up. */
  weigh(learned: Learned): boolean;
  /** How often the bindings that the last pair put an end to had been contradicted: what takes their place inherits it. */
  readonly carried: number;
}

export function createDoubt(nat: Bindings): Doubt {
  let carried = 0;
  function giveUp(i: number, contradictions: number): void {
    nat.flags[i] |= B_GONE;
    carried = Math.max(carried, contradictions);
  }
  function doubts(i: number): boolean {
    const n = nat.contested(i) + 1;
    nat.setContested(i, n);
    if (n >= CONTRADICTIONS && n * RARE >= nat.confirmed(i)) return false;
    if (n >= nat.confirmed(i)) giveUp(i, n);
    return true;
  }
  return {
    weigh({ moved, movedLive, shared, sharedLive, pooled, misdelivered }) {
      carried = 0;
      let some = pooled >= 0 && nat.confirmed(pooled) <= CONTRADICTIONS;
      if (moved >= 0 && movedLive && doubts(moved)) some = true;
      if (shared >= 0 && sharedLive && doubts(shared)) some = true;
      if (misdelivered >= 0 && doubts(misdelivered)) some = true;
      // Its time is over, so another may have it; that it was in use until then may be wrong.
      if (shared >= 0 && !sharedLive && nat.confirmed(shared) <= CONTRADICTIONS) {
        giveUp(shared, nat.contested(shared) + 1);
        some = true;
      }
      if (some && moved >= 0 && !movedLive) giveUp(moved, nat.contested(moved));
      return some;
    },
    get carried() {
      return carried;
    },
  };
}
