import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { replaySpec, writeTraces } from "../../src/suite/replay-spec.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { createMemory } from "../../src/wire/memory.js";

const specs = loadSpecs(findSpecs([]));
const out = mkdtempSync(join(tmpdir(), "softproof-specs-"));

test.each(specs.map((s) => [s.id, s] as const))("%s: the reference meets the expectation", async (id, spec) => {
  const files = writeTraces(spec, join(out, id, "in"));
  const r = await replaySpec(spec, spec.config, files, join(out, id, "out"), () => "fail", createMemory());
  expect(r.problems).toEqual([]);
});
