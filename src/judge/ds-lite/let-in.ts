/** Segments from the Internet that were let into a softwire, by what no NAT changes of them: source and sequence number. Bounded. */
import { mix, spot } from "./quota.js";

const KEPT = 1 << 8;

export interface LetIn {
  add(far: number, farPort: number, sequence: number, t: number): void;
  /** Was it let in at `t` (s) or later? */
  since(far: number, farPort: number, sequence: number, t: number): boolean;
}

export function createLetIn(seed: number): LetIn {
  const keys = new Int32Array(KEPT), times = new Float64Array(KEPT).fill(Number.NEGATIVE_INFINITY);
  const keyOf = (far: number, farPort: number, sequence: number): number => mix(mix(mix(seed ^ 0x6c657469, far), farPort), sequence);
  return {
    add(far, farPort, sequence, t) {
      const key = keyOf(far, farPort, sequence);
      keys[spot(key, KEPT)] = key;
      times[spot(key, KEPT)] = t;
    },
    since(far, farPort, sequence, t) {
      const key = keyOf(far, farPort, sequence);
      return keys[spot(key, KEPT)] === key && times[spot(key, KEPT)] >= t;
    },
  };
}
