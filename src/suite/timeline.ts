/**
 * Records a timeline while packets go by. A packet costs one comparison; what is counted is read at the end of a bucket only, so a
 * level between two buckets is not seen, and timers that came due in a pause show with the packet after it.
 */
import type { Timeline, TimelineSeries } from "../report/timeline.js";

export type { Timeline } from "../report/timeline.js";

export const BUCKETS = 512;
const FIRST_WIDTH = 1e6;
/** Series of one group that are told singly; the others are added up. */
const MOST_SERIES = 24;

/** One reading: levels as they are, counts as they have added up since the start. */
export interface Reading { readonly id: string; readonly group: TimelineSeries["group"]; readonly kind: TimelineSeries["kind"]; readonly text: string; readonly value: number }

export interface TimelineRecorder {
  /** Before the packet of this time is dealt with. Time never runs backwards. */
  tick(sec: number, nsec: number): void;
  /** Undefined when no packet came. */
  finish(): Timeline | undefined;
}

interface Column { readonly first: Reading; readonly values: Float64Array }

export function createTimeline(read: () => readonly Reading[]): TimelineRecorder {
  const columns = new Map<string, Column>();
  let started = false;
  let [baseSec, baseNsec] = [0, 0];
  let width = FIRST_WIDTH;
  let current = 0;
  let end = FIRST_WIDTH;

  /** Writes what is now into the buckets `current` to `last`. */
  function snapshot(last: number): void {
    for (const r of read()) {
      const key = `${r.group} ${r.id}`;
      let c = columns.get(key);
      if (c === undefined) {
        c = { first: r, values: new Float64Array(BUCKETS) };
        columns.set(key, c);
      }
      c.values.fill(r.value, current, last + 1);
    }
  }
  /** Two buckets become one; the later reading stands for both, since counts are sums so far. */
  function halve(): void {
    for (const { values } of columns.values()) {
      for (let i = 0; i < BUCKETS / 2; i++) values[i] = values[2 * i + 1];
      values.fill(values[BUCKETS / 2 - 1], BUCKETS / 2);
    }
    width *= 2;
  }
  return {
    tick(sec, nsec) {
      if (!started) {
        started = true;
        [baseSec, baseNsec] = [sec, nsec];
      }
      const at = (sec - baseSec) * 1e9 + (nsec - baseNsec);
      if (at < end) return;
      snapshot(Math.min(BUCKETS - 1, Math.max(current, Math.floor(at / width) - 1)));
      while (at >= width * BUCKETS) halve();
      current = Math.floor(at / width);
      // The bucket that the packet falls into may hold packets already when buckets were joined.
      end = (current + 1) * width;
    },
    finish() {
      if (!started) return undefined;
      snapshot(current);
      return build([...columns.values()], { startSec: baseSec, startNsec: baseNsec, widthNs: width, buckets: current + 1 });
    },
  };
}

type Frame = Pick<Timeline, "startSec" | "startNsec" | "widthNs" | "buckets">;

function build(columns: readonly Column[], frame: Frame): Timeline {
  const last = frame.buckets - 1;
  const used = columns.filter((c) => c.values.subarray(0, frame.buckets).some((v) => v !== 0));
  const kept: Column[] = [];
  for (const group of ["state", "nat", "drops", "packets"] as const) {
    const of = used.filter((c) => c.first.group === group);
    // The greatest at the end stand for themselves (address order for equals: the order of reading).
    const ranked = [...of].sort((a, b) => b.values[last] - a.values[last]);
    const single = new Set(ranked.length > MOST_SERIES ? ranked.slice(0, MOST_SERIES - 1) : ranked);
    kept.push(...of.filter((c) => single.has(c)));
    const rest = of.filter((c) => !single.has(c));
    if (rest.length === 0) continue;
    const sum = new Float64Array(BUCKETS);
    for (const c of rest) for (let i = 0; i < frame.buckets; i++) sum[i] += c.values[i];
    kept.push({ first: { ...rest[0].first, id: "other", text: `${rest.length} others together` }, values: sum });
  }
  const value = (c: Column, i: number): number => (c.first.kind === "level" || i === 0 ? c.values[i] : c.values[i] - c.values[i - 1]);
  const at: number[] = [];
  for (let i = 0; i < frame.buckets; i++) if (i === 0 || i === last || kept.some((c) => c.values[i] !== c.values[i - 1])) at.push(i);
  return { ...frame, at, series: kept.map((c) => ({ id: c.first.id, group: c.first.group, kind: c.first.kind, text: c.first.text, values: at.map((i) => value(c, i)) })) };
}
