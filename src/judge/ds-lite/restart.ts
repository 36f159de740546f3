/**
 * A NAT that restarts, or whose table the operator clears, gives every inner end a new external one; no document forbids that. As long as one such
 * moment explains every binding that was lost, none of them is held against the device as a MUST.
 */
const KEPT = 64;

export interface Restart {
  /** A binding that was used at `from` was gone at `to`, though it should have lived. */
  moved(from: number, to: number): void;
  /** A binding that was used at `from` still stood at `to`: no restart between. */
  kept(from: number, to: number): void;
  /** Bindings were lost, and one restart explains all of them. */
  readonly explains: boolean;
}

export function createRestart(): Restart {
  const from = new Float64Array(KEPT).fill(Number.NaN);
  const to = new Float64Array(KEPT).fill(Number.NaN);
  let next = 0;
  /** The restart came after `a` and before `b`. */
  let a = Number.NEGATIVE_INFINITY;
  let b = Number.POSITIVE_INFINITY;
  let any = false;
  function trim(u: number, t: number): void {
    if (u <= a && t >= b) b = a;
    else if (u <= a && t > a) a = t;
    else if (u < b && t >= b) b = u;
  }
  return {
    moved(u, t) {
      any = true;
      a = Math.max(a, u);
      b = Math.min(b, t);
      for (let i = 0; i < KEPT; i++) trim(from[i], to[i]);
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
  };
}
