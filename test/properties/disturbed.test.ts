/**
 * The reference's packets as taps, mirrors and capture hosts show them: no MUST is broken, and rules counted in bulk say what each packet alone says.
 * `SEED=n RUNS=n npx vitest run test/properties/disturbed.test.ts` repeats or deepens.
 */
import { describe, expect, test } from "vitest";
import type { Config, Mechanism } from "../../src/config/types.js";
import type { FindingGroup } from "../../src/judge/types.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";
import { findSpecs, loadSpecs } from "../../src/suite/spec.js";
import { type Event, judgeEvents, type Transcript, transcriptOfSpec } from "../mutants/transcript.js";
import { captured, DISTURBANCES, type Frame, framesOf } from "./disturbances.js";
import { randomOf } from "./random.js";
import { steady } from "./steady.js";
import { topologyOf } from "./topology.js";

const FIRST = Number(process.env["SEED"] ?? 1);
const RUNS = Number(process.env["RUNS"] ?? 4);
const MECHANISMS: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay", "6to4-pmt", "ds-lite"];
const NAMES = Object.keys(DISTURBANCES);
const freshMemory = recycledMemory(128 << 20);

/** One draw of one to three disturbances of `events`, and what the judge then says that it must not. */
function disturb(config: Config, events: readonly Event[], seed: number): { names: readonly string[]; events: readonly Event[]; fails: readonly FindingGroup[] } {
  const r = randomOf(seed * 40503 + 17);
  const sec = events[0].sec;
  let frames: readonly Frame[] = framesOf(events, sec, r);
  const names: string[] = [];
  for (let n = 1 + r.below(3); n > 0; n--) names.push(r.pick(NAMES));
  for (const name of names) frames = DISTURBANCES[name](frames, r);
  const oneFile = r.chance(0.3);
  if (oneFile) names.push("one-file");
  const seen = captured(frames, oneFile, sec);
  if (seen.length === 0) return { names, events: seen, fails: [] };
  return { names, events: seen, fails: judgeEvents(config, seen, severityOf, false).findings.filter((f) => f.severity === "fail") };
}

function told(events: readonly Event[], f: FindingGroup): string {
  return (f.exemplars[0]?.packets ?? []).map((p) => {
    const e = events.filter((x) => (x.side === 0 ? "access" : "core") === p.place.file)[p.place.frame - 1];
    return `\n    [${p.direction} ${p.place.file}:${p.place.frame} ${e?.sec % 1000}.${String(e?.nsec).padStart(9, "0")} #${e?.ordinal} ${e?.reason} ${Buffer.from(e?.bytes ?? []).toString("hex").slice(0, 200)}]`;
  }).join("");
}

describe.each(MECHANISMS)("%s, disturbed", (kind) => {
  test("no MUST is broken by what taps do", () => {
    const fails: string[] = [];
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const r = randomOf(seed * 2654435761);
      const config = topologyOf(r, kind, randomOf(seed ^ 0x6f766572));
      if (config === undefined) continue;
      const events = steady(config, freshMemory(), r, 150, seed % 3 === 0);
      if (events.length === 0) continue;
      const plain = judgeEvents(config, events, severityOf, false).findings.filter((f) => f.severity === "fail");
      for (const f of plain) fails.push(`seed ${seed} plain: ${f.fingerprint} x${f.count}: ${f.exemplars[0]?.message ?? ""} ${told(events, f)}`);
      for (let n = 0; n < 4; n++) {
        const x = disturb(config, events, seed * 4 + n);
        for (const f of x.fails) fails.push(`seed ${seed}.${n} ${x.names.join("+")}: ${f.fingerprint} x${f.count}: ${f.exemplars[0]?.message ?? ""} ${told(x.events, f)}`);
      }
    }
    expect(fails).toEqual([]);
  });
});

describe("bundled specs, disturbed", async () => {
  const specs: Transcript[] = [];
  for (const s of loadSpecs(findSpecs([]))) specs.push(await transcriptOfSpec(s));
  test("no MUST is broken by what taps do", () => {
    const fails: string[] = [];
    for (const [i, t] of specs.entries()) {
      if (t.events.length === 0) continue;
      for (let n = 0; n < Math.max(1, RUNS / 5); n++) {
        const x = disturb(t.config, t.events, (FIRST + n) * 1000 + i);
        for (const f of x.fails) fails.push(`${t.name} seed ${FIRST + n} ${x.names.join("+")}: ${f.fingerprint} x${f.count}: ${f.exemplars[0]?.message ?? ""} ${told(x.events, f)}`);
      }
    }
    expect(fails).toEqual([]);
  });
});
