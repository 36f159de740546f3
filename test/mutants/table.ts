/**
 * `npm run mutants:all`: every mutant on every transcript there is (bundled specs; what lies beside a checkout), as a table mutant x rule.
 * Fails when a mutant that is not on KNOWN_MISSED is missed, or when the reference without a mutant breaks a MUST.
 */
import { expect, test } from "vitest";
import { severityOf } from "../../src/suite/catalogue.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { KNOWN_MISSED, MUTANTS } from "./all.js";
import { realTranscripts } from "./real.js";
import { type Transcript, transcriptOfSpec } from "./transcript.js";
import { dirtyOf, row, stageOf, tryMutant } from "./trial.js";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const share = (n: number, of: number): string => `${n} of ${of} (${((100 * n) / of).toFixed(1)} %)`;

test("every mutant on every transcript", async () => {
  const transcripts: Transcript[] = [];
  for (const spec of loadSpecs(findSpecs([]))) transcripts.push(await transcriptOfSpec(spec));
  transcripts.push(...(await realTranscripts()));
  const stages = transcripts.map((t) => stageOf(t, severityOf));
  const dirty = dirtyOf(stages);
  say(`${MUTANTS.length} mutants, ${stages.length} transcripts of the reference; MUST broken without a mutant: ${dirty.length === 0 ? "none" : dirty.join("; ")}`);
  say(`${"mutant".padEnd(36)} ${"seen".padStart(4)} right capt. frame  noticed by (rule, transcripts)`);
  const trials = MUTANTS.map((m) => tryMutant(m, stages, severityOf));
  for (const t of trials) say(row(t));
  const right = trials.filter((t) => t.right > 0);
  const other = trials.filter((t) => t.right === 0 && t.rules.size > 0);
  say(`caught by the right rule ${share(right.length, trials.length)}; in captures too ${share(trials.filter((t) => t.captured > 0).length, trials.length)}; by another rule only ${other.length}; missed ${trials.length - right.length - other.length}`);
  const groups = [["6rd, 6to4, PMT", trials.filter((t) => !t.mutant.mechanisms.includes("ds-lite"))], ["DS-Lite", trials.filter((t) => t.mutant.mechanisms.includes("ds-lite"))]] as const;
  for (const [name, all] of groups) {
    const seen = all.filter((t) => t.rules.size > 0).length;
    const captured = all.reduce((n, t) => n + t.captured, 0);
    say(`${name}: defects detected ${share(seen, all.length)}, right clause ${share(all.filter((t) => t.right > 0).length, all.length)}, in captures ${share(all.filter((t) => t.captured > 0).length, all.length)}, right frame in ${share(all.reduce((n, t) => n + t.framed, 0), captured)} captured occasions`);
  }
  for (const t of trials) if (t.right === 0) say(`not by its rule: ${t.mutant.id}: ${KNOWN_MISSED.get(t.mutant.id) ?? "unexpected"}`);
  expect(dirty).toEqual([]);
  expect(trials.filter((t) => t.right === 0 && !KNOWN_MISSED.has(t.mutant.id)).map((t) => t.mutant.id)).toEqual([]);
}, 600_000);
