/**
 * Times at which the two captures of a device do not fit together: most outputs have no input, or the time from input to output has jumped. A clock was
 * set, or a tap lost one side. What was paired there may be paired wrong, and what seems to be missing there may not be.
 */

/** Of the last LAST outputs this many without an input are no accident. */
const LAST = 8, MANY = 6;
/** Consecutive sure pairs whose delay has changed by more than JUMP seconds show a step of a clock. */
const RUN = 4, JUMP = 0.2;
const MOST = 64;

export interface Storms {
  /** An output was paired; `sure`: by a known binding alone. `delay` from input to output, seconds; `outward`: access to core. */
  paired(time: number, delay: number, outward: boolean, sure: boolean): void;
  /** An ordinary output had no input. */
  orphan(time: number): void;
  /** Is `time` within a storm, or closer to one than `margin` seconds? */
  near(time: number, margin: number): boolean;
  readonly any: boolean;
}

export function createStorms(): Storms {
  const from = new Float64Array(MOST);
  const to = new Float64Array(MOST);
  let count = 0;
  /** The last outputs: their times, 1 where there was no input. */
  const times = new Float64Array(LAST).fill(Number.NEGATIVE_INFINITY);
  const lone = new Uint8Array(LAST);
  let next = 0;
  /** Per direction: usual delay (NaN: unknown), and how many pairs in a row have departed from it, since when. */
  const usual = new Float64Array(2).fill(Number.NaN);
  const run = new Int32Array(2);
  const since = new Float64Array(2);

  function mark(a: number, b: number): void {
    if (count > 0 && a <= to[count - 1]) to[count - 1] = Math.max(to[count - 1], b);
    else if (count < MOST) {
      from[count] = a;
      to[count++] = b;
    } else to[count - 1] = Math.max(to[count - 1], b);
  }
  function note(time: number, orphan: number): void {
    times[next] = time;
    lone[next] = orphan;
    next = (next + 1) % LAST;
    if (orphan === 0) return;
    let many = 0;
    let first = time;
    for (let i = 0; i < LAST; i++) {
      many += lone[i];
      if (times[i] > Number.NEGATIVE_INFINITY) first = Math.min(first, times[i]);
    }
    if (many >= MANY) mark(first, time);
  }

  return {
    paired(time, delay, outward, sure) {
      note(time, 0);
      if (!sure) return;
      const d = outward ? 1 : 0;
      if (Number.isNaN(usual[d]) || Math.abs(delay - usual[d]) <= JUMP) {
        usual[d] = delay;
        run[d] = 0;
        return;
      }
      if (run[d]++ === 0) since[d] = time;
      if (run[d] < RUN) return;
      mark(since[d], time);
      usual[d] = delay;
      run[d] = 0;
    },
    orphan: (time) => note(time, 1),
    near(time, margin) {
      for (let i = count - 1; i >= 0; i--) if (time >= from[i] - margin && time <= to[i] + margin) return true;
      return false;
    },
    get any() {
      return count > 0;
    },
  };
}
