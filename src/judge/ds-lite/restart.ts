/**
 * A NAT that restarts, or whose table the operator clears, gives every inner end a new external one; no document forbids that. As long as one such
 * moment explains every binding that was lost, none of them is held against the device as a MUST.
 */
import type { Bindings } from "./bindings.js";
import type { Learned } from "./learned.js";

const KEPT = 64;

export interface Restart {
  /** What a sure pair at `time` says of bindings that were kept, and of those that were lost before their time. */
  pair(learned: Learned, nat: Bindings, time: number): void;
  /** A binding that was used at `from` was gone at `to`, though it should have lived. */
  moved(from: number, to: number): void;
  /** A binding that was used at `from` still stood at `to`: no restart between. */
  kept(from: number, to: number): void;
  /** Bindings were lost, and one restart explains all of them. */
  readonly explains: boolean;
  /** As `moved`, of an internal end that came back with another external end. */
  rebound(from: number, to: number): void;
  /** How many internal ends came back with another external end, and the time after which the state was lost, if it was lost once. */
  readonly rebounds: number;
  readonly after: number;
}

export function createRestart(): Restart {
  const from = new Float64Array(KEPT).fill(Number.NaN);
  const to = new Float64Array(KEPT).fill(Number.NaN);
  let next = 0;
  /** The restart came after `a` and before `b`. */
  let a = Number.NEGATIVE_INFINITY;
  let b = Number.POSITIVE_INFINITY;
  let any = false;
  let rebounds = 0;
  function trim(u: number, t: number): void {
    if (u <= a && t >= b) b = a;
    else if (u <= a && t > a) a = t;
    else if (u < b && t >= b) b = u;
  }
  function moved(u: number, t: number): void {
    any = true;
    a = Math.max(a, u);
    b = Math.min(b, t);
    for (let i = 0; i < KEPT; i++) trim(from[i], to[i]);
  }
  const t: Restart = {
    moved,
    pair(l, nat, time) {
      if (l.binding >= 0) t.kept(nat.lastOut(l.binding), time);
      if (l.moved >= 0 && l.movedLive) t.rebound(nat.lastOut(l.moved), time);
      if (l.shared >= 0 && l.sharedLive) moved(nat.lastOut(l.shared), time);
      if (l.pooled >= 0) moved(nat.lastOut(l.pooled), time);
    },
    rebound(u, t) {
      rebounds++;
      moved(u, t);
    },
    kept(u, t) {
      from[next] = u;
      to[next] = t;
      next = (next + 1) % KEPT;
      if (any) trim(u, t);
    },
    get explains() {
      return any && a < b;
    },
    get rebounds() {
      return rebounds;
    },
    get after() {
      return a;
    },
  };
  return t;
}
