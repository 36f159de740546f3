import { describe, expect, test } from "vitest";
import { na, pass, surely } from "../../../src/judge/ds-lite/aspects.js";
import { countInBulk, createBulk, spreadBulk } from "../../../src/judge/ds-lite/bulk.js";
import { createCalls } from "../../../src/judge/ds-lite/calls.js";
import type { Aftr } from "../../../src/judge/ds-lite/aftr.js";
import type { DsRule } from "../../../src/judge/ds-lite/rule.js";
import { DS_LITE_RULES } from "../../../src/judge/rules/dslite/index.js";
import { NA } from "../../../src/judge/rule.js";

const rule = (id: string, sure?: DsRule["sure"]): DsRule => ({
  id, clause: id, title: id, mechanisms: ["ds-lite"], on: "pair", when: 1, check: () => NA, explain: () => ({ message: "", fields: [], why: "", filter: "" }), ...(sure === undefined ? {} : { sure }),
});
const rules = [rule("passes", surely(pass(3))), rule("nothing", surely(na(1))), rule("either", surely(pass(5), na(1))), rule("runs")];
const entries = createCalls(rules).all(1, 0);
const aftr = { index: 0 } as Aftr;
const ids = (list: readonly { rule: DsRule }[]): string[] => list.map((e) => e.rule.id);

describe("rules counted in bulk", () => {
  test("are those whose claim is covered; the others are run", () => {
    const bulk = createBulk(entries);
    expect(ids(countInBulk(bulk, 0, aftr))).toEqual(["passes", "nothing", "either", "runs"]);
    expect(ids(countInBulk(bulk, 1, aftr))).toEqual(["passes", "runs"]);
    expect(ids(countInBulk(bulk, 7, aftr))).toEqual(["runs"]);
  });

  test("a pass is counted once for each event, and nothing for NA", () => {
    const bulk = createBulk(entries);
    for (let i = 0; i < 3; i++) countInBulk(bulk, 3, aftr);
    countInBulk(bulk, 7, aftr);
    countInBulk(bulk, 3, { index: 1 } as Aftr);
    const exercised = new Float64Array(4);
    const observed = new Float64Array(4);
    spreadBulk(bulk, exercised, observed);
    spreadBulk(bulk, exercised, observed);
    expect([...exercised]).toEqual([5, 0, 1, 0]);
  });

  test("beyond the combinations that are remembered all rules are run", () => {
    const bulk = createBulk(entries);
    for (let a = 0; a < 600; a++) countInBulk(bulk, a, aftr);
    expect(countInBulk(bulk, 599, aftr)).toBe(entries);
    expect(ids(countInBulk(bulk, 1, aftr))).toEqual(["passes", "runs"]);
  });

  test("most rules of an ordinary packet have claims", () => {
    const claimed = createCalls(DS_LITE_RULES).of(1, 0, 17, 0, 0, 0).entries.filter((e) => e.rule.sure !== undefined);
    expect(claimed.length).toBeGreaterThan(30);
  });
});
