/** Each judged clause of the documents on NAT is exercised by a bundled spec, or stands below with the reason why none can. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadClauses } from "../../src/config/clauses.js";
import { RULES } from "../../src/judge/index.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";
import { replaySpec, writeTraces } from "../../src/suite/replay-spec.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";

const DOCUMENTS = [3022, 4787, 5382, 5508, 6864, 6888, 7857];

/** Clauses that a rule judges and no bundled spec exercises. */
const UNEXERCISED: Readonly<Record<string, string>> = {
  "RFC6888-3-13": "the reference has no PCP server, and another protocol would do as well",
  "RFC6888-3-12": "needs a device that loses its state, and the reference does not",
};

const dir = mkdtempSync(join(tmpdir(), "softproof-exercised-nat-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("judged clauses of the NAT documents are exercised by bundled specs that name them", { timeout: 120_000 }, async () => {
  const exercised = new Set<string>();
  const named: string[] = [];
  const memory = recycledMemory();
  for (const spec of loadSpecs(findSpecs([])).filter((s) => s.mechanism === "ds-lite")) {
    const files = writeTraces(spec, join(dir, spec.id, "in"));
    const { result } = await replaySpec(spec, spec.config, files, join(dir, spec.id, "out"), severityOf, memory());
    const here = new Set((result.judge?.rules ?? []).filter((t) => t.exercised > 0).map((t) => t.clause));
    for (const c of here) exercised.add(c);
    // A spec of these documents holds what it promises.
    if (DOCUMENTS.some((d) => spec.id.startsWith(`rfc${d}-`))) named.push(...spec.clauses.filter((c) => !here.has(c)).map((c) => `${spec.id}: ${c}`));
  }
  const judged = new Set(RULES.filter((r) => r.mechanisms.includes("ds-lite")).map((r) => r.clause));
  const missing = [...loadClauses().values()].filter((c) => DOCUMENTS.includes(c.rfc) && judged.has(c.id) && !exercised.has(c.id)).map((c) => c.id);
  expect(missing.sort()).toEqual(Object.keys(UNEXERCISED).sort());
  expect(named).toEqual([]);
});
