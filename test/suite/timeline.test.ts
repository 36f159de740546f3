import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sparkline, spread, type Timeline } from "../../src/report/timeline.js";
import { BUCKETS, createTimeline, type Reading } from "../../src/suite/timeline.js";

interface Event { readonly ms: number; readonly level: number; readonly drops: number }
/** Feeds events: the tick of a packet comes before its effect, as in the pipeline. */
function record(events: readonly Event[]): Timeline | undefined {
  let [level, drops] = [0, 0];
  const read = (): Reading[] => [
    { id: "flows", group: "state", kind: "level", text: "flows", value: level }, { id: "spoof", group: "drops", kind: "count", text: "spoofed", value: drops },
  ];
  const t = createTimeline(read);
  for (const e of events) {
    t.tick(1000 + Math.floor(e.ms / 1000), (e.ms % 1000) * 1e6);
    level = e.level;
    drops += e.drops;
  }
  return t.finish();
}
const series = (t: Timeline, id: string): number[] => {
  const s = t.series.find((x) => x.id === id);
  return s === undefined ? [] : spread(t, s);
};

describe("a timeline", () => {
  test("without packets there is none", () => {
    expect(record([])).toBeUndefined();
  });
  test("short: buckets of 1 ms, a pause keeps the level and drops nothing", () => {
    const t = record([{ ms: 0, level: 1, drops: 0 }, { ms: 2, level: 3, drops: 2 }, { ms: 5, level: 2, drops: 1 }])!;
    expect([t.widthNs, t.buckets, t.at]).toEqual([1e6, 6, [0, 2, 5]]);
    expect(series(t, "flows")).toEqual([1, 1, 3, 3, 3, 2]);
    expect(series(t, "spoof")).toEqual([0, 0, 2, 0, 0, 1]);
  });
  test("one packet after a year: everything is still there", () => {
    const t = record([{ ms: 0, level: 7, drops: 5 }, { ms: 365 * 86_400_000, level: 1, drops: 1 }])!;
    expect(t.buckets).toBeLessThanOrEqual(BUCKETS);
    expect(t.at).toEqual([0, t.buckets - 1]);
    expect(series(t, "flows").slice(0, -1).every((v) => v === 7)).toBe(true);
  });
  test("whatever comes: bounded, sums kept, and each bucket says what a plain count by time says", () => {
    fc.assert(fc.property(fc.array(fc.record({ gap: fc.oneof(fc.nat(3), fc.nat(50_000)), level: fc.nat(9), drops: fc.nat(3) }), { minLength: 1, maxLength: 300 }), (steps) => {
      let ms = 0;
      const events = steps.map((s, i) => ({ ms: i === 0 ? 0 : (ms += s.gap), level: s.level, drops: s.drops }));
      const t = record(events)!;
      expect(t.buckets).toBeLessThanOrEqual(BUCKETS);
      expect(Math.log2(t.widthNs / 1e6) % 1).toBe(0);
      expect(t.at.every((x, i) => i === 0 || x > t.at[i - 1])).toBe(true);
      const bucket = (e: Event): number => Math.floor((e.ms * 1e6) / t.widthNs);
      const drops = Array.from({ length: t.buckets }, (_, i) => events.filter((e) => bucket(e) === i).reduce((n, e) => n + e.drops, 0));
      const levels = Array.from({ length: t.buckets }, (_, i) => events.filter((e) => bucket(e) <= i).at(-1)!.level);
      if (drops.some((d) => d > 0)) expect(series(t, "spoof")).toEqual(drops);
      if (levels.some((l) => l > 0)) expect(series(t, "flows")).toEqual(levels);
    }), { numRuns: 200 });
  });
  test("many series of one group: the greatest singly, the others added up", () => {
    const t = createTimeline(() => Array.from({ length: 40 }, (_, i): Reading => ({ id: `a${i}`, group: "nat", kind: "level", text: "", value: i + 1 })));
    t.tick(1, 0);
    const done = t.finish()!;
    expect(done.series).toHaveLength(24);
    expect(done.series.at(-1)).toMatchObject({ id: "other", text: "17 others together", values: [(17 * 18) / 2] });
  });
  test("a sparkline shows peaks of levels and sums of counts", () => {
    expect(sparkline([0, 1, 2, 4, 8, 8], "level", 6)).toBe(" ▁▂▄██");
    expect(sparkline([1, 1, 0, 0, 4, 0], "count", 3)).toBe("▄ █");
  });
});
