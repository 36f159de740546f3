import { beforeAll, describe, expect, test } from "vitest";
import { PACKET_RULES } from "../../src/judge/rules/index.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { KNOWN_MISSED, MUTANTS, UNTRIGGERED } from "./all.js";
import { UNTRIGGERED as OF_DS_LITE } from "./untriggered.js";
import { dirtyOf, row, type Stage, type Trial, stageOf, tryMutant } from "./trial.js";
import { transcriptOfSpec } from "./transcript.js";

let stages: readonly Stage[] = [];
beforeAll(async () => {
  const made: Stage[] = [];
  for (const spec of loadSpecs(findSpecs([]))) made.push(stageOf(await transcriptOfSpec(spec), severityOf));
  stages = made;
});

const trials: Trial[] = [];
test("ids are unique", () => expect(new Set(MUTANTS.map((m) => m.id)).size).toBe(MUTANTS.length));

describe("the reference without a defect is clean", () => {
  test("no MUST is broken by the reference in any bundled spec, judged whole or as captures", () => {
    expect(dirtyOf(stages)).toEqual([]);
  });
});

describe("every defect is noticed by a rule of the clause it breaks", () => {
  test.each(MUTANTS.map((m) => [m.id, m] as const))("%s", (_, m) => {
    const t = tryMutant(m, stages, severityOf);
    trials.push(t);
    if (!KNOWN_MISSED.has(m.id)) expect(t.occasions, "no bundled spec gives this defect an occasion").toBeGreaterThan(0);
    if (KNOWN_MISSED.has(m.id)) expect(t.right, "noticed now: take it off KNOWN_MISSED").toBe(0);
    else expect(t.right, `noticed by ${row(t)}`).toBeGreaterThan(0);
  });
});

test("every rule of 6rd, 6to4 and PMT has a mutant that it notices, but for those with a reason", () => {
  if (trials.length < MUTANTS.length) return; // a run of some mutants only
  const seen = new Set(trials.flatMap((t) => [...t.rules.keys()]));
  const idle = PACKET_RULES.filter((r) => severityOf(r.clause) !== "observe" && !seen.has(r.id)).map((r) => r.id);
  expect(idle.filter((id) => !UNTRIGGERED.has(id))).toEqual([]);
  expect([...UNTRIGGERED.keys()].filter((id) => !idle.includes(id)), "noticed now: take them off UNTRIGGERED").toEqual([]);
});

test("every judged rule on DS-Lite has a mutant that it notices, but for those with a reason", () => {
  if (trials.length < MUTANTS.length) return;
  const seen = new Set(trials.filter((t) => t.mutant.mechanisms.includes("ds-lite")).flatMap((t) => [...t.rules.keys()]));
  const judged = new Set(stages.filter((s) => s.transcript.config.serviceSets.some((x) => x.concentrators.some((c) => c.kind === "ds-lite")))
    .flatMap((s) => s.baseline.rules.filter((r) => r.severity !== "observe").map((r) => r.rule)));
  expect(MUTANTS.length).toBeGreaterThanOrEqual(200);
  expect([...judged].filter((r) => !seen.has(r)).sort()).toEqual([...OF_DS_LITE.keys()].sort());
});
