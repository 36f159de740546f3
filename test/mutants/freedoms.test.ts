/** Freedoms of the RFCs and artefacts of taps, laid over every transcript of the bundled specs and judged as captures of a foreign box: no MUST may fail that holds without them. */
import { beforeAll, expect, test } from "vitest";
import { severityOf } from "../../src/suite/catalogue.js";
import { declaredOnly } from "../../src/suite/declared.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { FREEDOMS } from "./freedoms.js";
import { DS_LITE_FREEDOMS } from "./freedoms-ds-lite.js";
import { realTranscripts } from "./real.js";
import { judgeEvents, type Transcript, transcriptOfSpec } from "./transcript.js";

let transcripts: readonly Transcript[] = [];
/** Dense traffic, as specs do not have it; only beside a checkout. */
let real: readonly Transcript[] = [];
const OF_DS_LITE = new Set(DS_LITE_FREEDOMS.map(([id]) => id));
beforeAll(async () => {
  const made: Transcript[] = [];
  for (const spec of loadSpecs(findSpecs([]))) made.push(await transcriptOfSpec(spec));
  transcripts = made;
  real = await realTranscripts();
});

/** False alarms that are known and open. */
const OPEN: ReadonlySet<string> = new Set([]);

test.each(FREEDOMS.map((f) => [f.id, f] as const))("%s", (_, f) => {
  let occasions = 0;
  const fails: string[] = [];
  for (const t of OF_DS_LITE.has(f.id) ? [...transcripts, ...real] : transcripts) {
    if (!t.config.serviceSets.some((s) => s.concentrators.some((c) => f.mechanisms.includes(c.kind)))) continue;
    const events = f.apply(t);
    if (events === undefined) continue;
    occasions++;
    for (const g of judgeEvents(declaredOnly(t.config).config, events, severityOf, false).findings) {
      if (g.severity === "fail") fails.push(`${t.name}: ${g.fingerprint} x${g.count}: ${g.exemplars[0]?.message ?? ""}`);
    }
  }
  expect(occasions).toBeGreaterThan(0);
  if (OPEN.has(f.id)) expect(fails, "mended: take it off OPEN").not.toEqual([]);
  else expect(fails).toEqual([]);
});
