import { beforeAll, describe, expect, test } from "vitest";
import { severityOf } from "../../src/suite/catalogue.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { KNOWN_MISSED, MUTANTS } from "./all.js";
import { dirtyOf, row, type Stage, stageOf, tryMutant } from "./trial.js";
import { transcriptOfSpec } from "./transcript.js";

let stages: readonly Stage[] = [];
beforeAll(async () => {
  const made: Stage[] = [];
  for (const spec of loadSpecs(findSpecs([]))) made.push(stageOf(await transcriptOfSpec(spec), severityOf));
  stages = made;
});

test("ids are unique", () => expect(new Set(MUTANTS.map((m) => m.id)).size).toBe(MUTANTS.length));

describe("the reference without a defect is clean", () => {
  test("no MUST is broken by the reference in any bundled spec, judged whole or as captures", () => {
    expect(dirtyOf(stages)).toEqual([]);
  });
});

describe("every defect is noticed by a rule of the clause it breaks", () => {
  test.each(MUTANTS.map((m) => [m.id, m] as const))("%s", (_, m) => {
    const t = tryMutant(m, stages, severityOf);
    if (!KNOWN_MISSED.has(m.id)) expect(t.occasions, "no bundled spec gives this defect an occasion").toBeGreaterThan(0);
    if (KNOWN_MISSED.has(m.id)) expect(t.right, "noticed now: take it off KNOWN_MISSED").toBe(0);
    else expect(t.right, `noticed by ${row(t)}`).toBeGreaterThan(0);
  });
});
