/** What ran over capture time, bounded: at most 512 buckets whose width doubles as the capture goes on. Part of a run record's case. */

export interface TimelineSeries {
  readonly id: string;
  /** Which chart it belongs to. */
  readonly group: "state" | "nat" | "drops" | "packets";
  /** `level`: how many there are at the end of the bucket; it holds until the next point. `count`: how many there were in the bucket (and since the point before). */
  readonly kind: "level" | "count";
  readonly text: string;
  /** One per entry of `at`. */
  readonly values: readonly number[];
}

export interface Timeline {
  /** Capture time of the first packet. */
  readonly startSec: number;
  readonly startNsec: number;
  /** Width of a bucket in nanoseconds: 1 ms times a power of two. */
  readonly widthNs: number;
  readonly buckets: number;
  /** Buckets at whose end something had changed, ascending; nothing changed in those left out. */
  readonly at: readonly number[];
  readonly series: readonly TimelineSeries[];
}

/** The values of all buckets: a level holds until it changes, a count is 0 where nothing happened. */
export function spread(t: Timeline, s: TimelineSeries): number[] {
  const out: number[] = [];
  let k = 0;
  for (let i = 0; i < t.buckets; i++) {
    if (t.at[k] === i) out.push(s.values[k++]);
    else out.push(s.kind === "level" && k > 0 ? s.values[k - 1] : 0);
  }
  return out;
}

const BARS = "▁▂▃▄▅▆▇█";

/** One line of at most `width` characters: the greatest level, or the sum, of the buckets behind each. */
export function sparkline(values: readonly number[], kind: TimelineSeries["kind"], width: number): string {
  const per = Math.max(1, Math.ceil(values.length / width));
  const cells: number[] = [];
  for (let i = 0; i < values.length; i += per) {
    const part = values.slice(i, i + per);
    cells.push(kind === "level" ? Math.max(...part) : part.reduce((a, b) => a + b, 0));
  }
  const most = Math.max(1, ...cells);
  return cells.map((v) => (v === 0 ? " " : BARS[Math.min(7, Math.floor((v / most) * 7.999))])).join("");
}
