/** Each judged clause of the documents on tunnels and routers is exercised by a bundled spec, or stands below with the reason why none can. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadClauses } from "../../src/config/clauses.js";
import { judgeConfig, RULES } from "../../src/judge/index.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";
import { replaySpec, writeTraces } from "../../src/suite/replay-spec.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";

const DOCUMENTS = [791, 792, 1191, 1812, 2473, 2983, 3032, 4443, 4459, 4798, 5571, 6040, 6333, 6334, 6598, 6890, 6908, 7335, 7785, 8200, 8201, 8219, 8504];

/** Clauses that a rule judges and no bundled spec exercises. */
const UNEXERCISED: Readonly<Record<string, string>> = {
  "RFC7785-4-4": "the reference keys its bindings on the B4's whole address (decisions D28), so none follows a change",
  "RFC7785-4-5": "the same: the reference keeps bindings per B4 address",
};

const dir = mkdtempSync(join(tmpdir(), "softproof-exercised-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("judged clauses of the tunnel documents are exercised by bundled specs", { timeout: 120_000 }, async () => {
  const exercised = new Set<string>();
  const memory = recycledMemory();
  for (const spec of loadSpecs(findSpecs([]))) {
    const files = writeTraces(spec, join(dir, spec.id, "in"));
    const { result } = await replaySpec(spec, spec.config, files, join(dir, spec.id, "out"), severityOf, memory());
    for (const t of [...(result.judge?.rules ?? []), ...judgeConfig(spec.config, severityOf).rules]) if (t.exercised > 0) exercised.add(t.clause);
  }
  const judged = new Set(RULES.map((r) => r.clause));
  const missing = [...loadClauses().values()].filter((c) => DOCUMENTS.includes(c.rfc) && judged.has(c.id) && !exercised.has(c.id)).map((c) => c.id);
  expect(missing.sort()).toEqual(Object.keys(UNEXERCISED).sort());
});
