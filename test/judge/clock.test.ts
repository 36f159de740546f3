import { describe, expect, it } from "vitest";
import { createClock } from "../../src/judge/clock.js";

describe("the clock of a capture", () => {
  it("goes on, never back, and stands still between equal stamps", () => {
    const clock = createClock(() => undefined, 3600);
    expect([[100, 0], [100, 5e8], [100, 5e8], [99, 0], [100, 5e8], [102, 0]].map(([sec, nsec]) => clock.tick(sec, nsec))).toEqual([0, 0.5, 0.5, 0.5, 0.5, 2]);
    expect([clock.firstSec, clock.lastSec]).toEqual([100, 102]);
  });

  it("believes a stamp far ahead when the next one confirms it, be that equal or not", () => {
    for (const next of [9000, 9001]) {
      let leaps = 0;
      const clock = createClock(() => leaps++, 3600);
      expect([100, 9000, 101].map((sec) => clock.tick(sec, 0))).toEqual([0, 0, 1]);
      expect(clock.tick(20000, 0)).toBe(1);
      expect([9000, next].map((sec) => clock.tick(sec, 0))).toEqual([1, next - 100]);
      expect(leaps).toBe(1);
    }
  });
});
