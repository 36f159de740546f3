/** Regenerating goldens: only when the spec's own expectation is met and no MUST is broken, so that the reference never confirms itself. */
import { existsSync } from "node:fs";
import { acceptGolden, becauseOf, cardGoldenDir, compareGolden, goldenDir } from "./golden.js";
import { recycledMemory } from "./recycled-memory.js";
import { catalogueOf, runSpec, type SpecVariant } from "./run.js";
import type { RunProfile } from "./run-profiles.js";
import type { Spec } from "./spec-types.js";

export interface Regenerated {
  /** What happened, for people, one spec or difference a line. */
  readonly lines: readonly string[];
  readonly changed: number;
  readonly refused: number;
  readonly equal: number;
  /** Left as they were by the reviewer. */
  readonly skipped: number;
}

export type Decision = "accept" | "skip" | "quit";
export interface GoldenChange { readonly name: string; readonly file: string; readonly state: "absent" | "differs"; readonly differences: readonly string[]; /** Documented behaviours of the card that make it differ from the reference. */ readonly why: readonly string[] }

export interface RegenerateInput { readonly specs: readonly Spec[]; readonly profiles: readonly RunProfile[]; readonly outDir: string; readonly check: boolean; /** Asked for each change in turn; without it all are accepted. */ readonly decide?: (change: GoldenChange) => Promise<Decision> }

/** Why the outputs of a replay may not become a golden. Of a card's own behaviour the expectation says nothing, so only the plain replay is asked. */
function refusal(v: SpecVariant): string[] {
  if (!v.plain) return [];
  const broken = (v.replay.result.judge?.findings ?? []).filter((f) => f.severity === "fail").map((f) => `${f.clause} is broken (${f.count} times): ${f.title}`);
  return [...v.replay.problems, ...broken];
}

export async function regenerate(input: RegenerateInput): Promise<Regenerated> {
  const { severityOf } = catalogueOf(input.specs);
  const memory = recycledMemory();
  const lines: string[] = [];
  let [changed, refused, equal, skipped] = [0, 0, 0, 0];
  let quit = false;
  for (const spec of input.specs) {
    if (quit) break;
    const variants = await runSpec(spec, input.profiles, input.outDir, severityOf, memory);
    const problems = variants.flatMap(refusal);
    if (problems.length > 0) {
      refused++;
      lines.push(`${spec.id}: refused, ${spec.file} is not met:`, ...problems.map((p) => `  ${p}`));
      continue;
    }
    const plain = variants.find((v) => v.plain)?.replay.dir;
    for (const v of [...variants].sort((a, b) => Number(b.plain) - Number(a.plain))) {
      const own = goldenDir(spec);
      // A card's replay that sends what the spec's own configuration sends now (not what its golden holds) needs no golden of its own.
      const same = !v.plain && compareGolden(plain ?? own, v.replay.dir).state === "equal";
      const target = v.plain ? own : cardGoldenDir(spec, v.profiles[0].id);
      if (same && !existsSync(target)) continue;
      const c = compareGolden(target, v.replay.dir, becauseOf(spec, v.replay.reasons));
      if (c.state === "equal") {
        equal++;
        continue;
      }
      const name = v.plain ? spec.id : `${spec.id} as ${v.profiles[0].id}`;
      const decision: Decision = input.decide === undefined ? "accept" : quit ? "skip" : await input.decide({ name, file: spec.file, state: c.state === "absent" ? "absent" : "differs", differences: c.differences, why: v.why });
      quit ||= decision === "quit";
      if (decision !== "accept") {
        skipped++;
        continue;
      }
      changed++;
      lines.push(`${name}: ${c.state === "absent" ? "new golden" : "changed"}${input.check ? " (not written: --check)" : ""}`, ...v.why.map((w) => `  by the card's documents: ${w}`), ...c.differences.map((d) => `  ${d}`));
      if (!input.check) acceptGolden(target, v.replay.dir);
    }
  }
  lines.push(`${changed} ${input.check ? "would change" : "written"}, ${equal} equal, ${refused} refused${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return { lines, changed, refused, equal, skipped };
}
