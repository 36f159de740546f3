import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeShards, type Part } from "../../src/suite/merge.js";
import { dealtTo, gathered, parseShard } from "../../src/suite/shard.js";
import { clauses, sampleRecord } from "../report/sample.js";

test("what is dealt out comes back in its order, whatever the number of parts", () => {
  fc.assert(fc.property(fc.array(fc.integer(), { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (items, count) => {
    expect(gathered(Array.from({ length: count }, (_, i) => dealtTo(items, { index: i + 1, count })))).toEqual(items);
  }));
});
describe("--shard", () => {
  test.each([
    ["2/4", {}, { index: 2, count: 4 }],
    ["auto", { CI_NODE_INDEX: "3", CI_NODE_TOTAL: "5" }, { index: 3, count: 5 }],
    ["auto/4", { JOB_COMPLETION_INDEX: "0" }, { index: 1, count: 4 }],
    ["auto", { SLURM_ARRAY_TASK_ID: "14", SLURM_ARRAY_TASK_MIN: "10", SLURM_ARRAY_TASK_STEP: "2", SLURM_ARRAY_TASK_COUNT: "4" }, { index: 3, count: 4 }],
    ["auto", { SLURM_ARRAY_TASK_ID: "0", SLURM_ARRAY_TASK_COUNT: "4" }, { index: 1, count: 4 }],
  ])("%s with %j", (text, env, shard) => {
    expect(parseShard(text, env)).toEqual(shard);
  });
  test.each([
    ["0/4", {}, "counted from 1"], ["5/4", {}, "part 5 of 4"], ["x", {}, "expected k/n"], ["3", {}, "how many parts"], ["-1/4", {}, "expected k/n"], ["1/0", {}, "part 1 of 0"],
    ["auto", {}, "none of CI_NODE_INDEX"], ["auto", { JOB_COMPLETION_INDEX: "0" }, "auto/n"], ["auto/2", { JOB_COMPLETION_INDEX: "2" }, "part 3 of 2"],
  ])("%s with %j is refused", (text, env, message) => {
    expect(parseShard(text, env)).toContain(message);
  });
});
describe("merge refuses", () => {
  const part = (name: string, index: number, count: number): Part => ({ name, complete: true, lines: sampleRecord().map((l) => (l.type === "header" ? { ...l, shard: { index, count } } : l)) });
  test("a record that is no shard", () => {
    expect(mergeShards([{ name: "a", complete: true, lines: sampleRecord() }], false)).toContain("a: not a shard");
  });
  test("missing, doubled and foreign shards", () => {
    expect(mergeShards([part("a", 1, 3), part("c", 3, 3)], false)).toContain("shard 2 of 3 is missing");
    expect(mergeShards([part("a", 1, 2), part("b", 1, 2)], false)).toBe("b: shard 1 of 2 again, as a");
    const other = part("b", 2, 2);
    expect(mergeShards([part("a", 1, 2), { ...other, lines: other.lines.map((l) => (l.type === "header" ? { ...l, toolVersion: "9" } : l)) }], false)).toContain("their headers differ");
    expect(mergeShards([part("a", 1, 2), { ...other, lines: other.lines.filter((l) => l.type !== "clause" || l.id !== clauses[0]?.id) }], false)).toContain("their clauses differ");
  });
  test("a shard that broke off makes the whole incomplete", () => {
    const merged = mergeShards([part("a", 1, 2), { ...part("b", 2, 2), complete: false }], false);
    expect(typeof merged === "string" ? merged : [merged.exitCode, merged.lines.at(-1)]).toMatchObject([130, { type: "footer", complete: false }]);
  });
});
