/** Stimuli sent through the reference, as if it were the box: which clauses do they exercise? */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { specsDir } from "../../../src/config/specs-dir.js";
import { CORE, type Config, type Mechanism } from "../../../src/config/types.js";
import { RULES } from "../../../src/judge/index.js";
import type { FindingGroup } from "../../../src/judge/types.js";
import { catalogueFor } from "../../../src/suite/catalogue.js";
import { frameOf, writeTrace } from "../../../src/suite/frames.js";
import { compileFrames } from "../../../src/suite/notation/index.js";
import { recycledMemory } from "../../../src/suite/recycled-memory.js";
import { buildStimuli } from "../../../src/suite/stimuli/build.js";
import { answeredByReference, attribute, secondsOf } from "../../../src/suite/stimuli/coverage.js";
import { learnExternals, markText } from "../../../src/suite/stimuli/learned.js";
import { NEEDS } from "../../../src/suite/stimuli/needs.js";
import { stimulusTable } from "../../../src/suite/stimuli/table.js";
import { NOT_EXERCISED, OWN_DEVIATIONS } from "./reasons.js";
import { limited, VARIANTS } from "./variants.js";

const memory = recycledMemory();

/** Both phases through the reference, then its captures through the judge. `box`: the reference is configured so, though `config` is declared. */
async function sent(config: Config, box = config): Promise<{ rules: Set<string>; findings: readonly FindingGroup[] }> {
  const dir = mkdtempSync(join(tmpdir(), "softproof-stimuli-"));
  try {
    const first = buildStimuli(config).flatMap((t) => t.frames);
    let { files, judge } = await answeredByReference(box, first, dir, memory, config);
    if (config.serviceSets[0].concentrators[0].kind === "ds-lite") {
      const learned = await learnExternals(files.filter((f) => f.side === CORE).map((f) => f.path));
      expect(learned.size).toBe(18);
      const second = buildStimuli(config, learned, secondsOf(first) + 20).flatMap((t) => t.frames);
      ({ files, judge } = await answeredByReference(box, [...first, ...second], dir, memory, config));
    }
    return { rules: new Set(judge.rules.filter((r) => r.exercised > 0).map((r) => r.rule)), findings: judge.findings };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Rules that no stimulus of a mechanism exercised, of all mechanisms that were tried. */
const idle = new Set<string>();
let tried = 0;

/** Of the configuration or of the initiators, whom the stimuli play: no fault of the box. */
const byTheBox = (f: FindingGroup): boolean => f.severity === "fail" || f.severity === "warn";

describe.each(Object.keys(VARIANTS) as Mechanism[])("stimuli of %s through the reference", (mechanism) => {
  it("exercise every judged clause but those with a reason, and find nothing wrong", async () => {
    const exercised = new Set<string>();
    const wrong: string[] = [];
    for (const config of VARIANTS[mechanism]) {
      const { rules, findings } = await sent(config);
      for (const r of rules) exercised.add(r);
      const undeclared = new Set(NEEDS.filter((n) => !n.isDeclared(config)).flatMap((n) => n.clauses));
      expect([...rules].filter((r) => undeclared.has(r)), config.source).toEqual([]);
      for (const f of findings.filter((x) => byTheBox(x) && !OWN_DEVIATIONS.includes(x.fingerprint))) wrong.push(`${config.source}: ${f.severity} ${f.fingerprint} ${f.count}: ${f.exemplars[0]?.message}`);
    }
    expect(wrong).toEqual([]);
    const onConfig = catalogueFor(VARIANTS[mechanism][0]).onConfig;
    const missing = RULES.filter((r) => r.mechanisms.includes(mechanism) && !exercised.has(r.id) && !onConfig.has(r.clause)).map((r) => r.id);
    for (const id of missing) idle.add(id);
    tried++;
    // A new rule: add a stimulus to src/suite/stimuli, or the reason why there can be none to reasons.ts.
    expect(missing.filter((id) => NOT_EXERCISED[id] === undefined)).toEqual([]);
  }, 120_000);
});

it("find a device that keeps none of the limits that are declared", async () => {
  const declared = limited("subscriber-prefix-length: 56, softwires-per-subscriber: 1, session-limit-per-prefix: 100", "mapping-rate: 3", { core: ", provider-boundary: true" });
  const { findings } = await sent(declared, limited("subscriber-prefix-length: 56", "filtering: address-dependent", {}));
  expect(findings.filter(byTheBox).map((f) => f.clause).sort()).toEqual(["RFC6598-4-2", "RFC6888-3-6", "RFC6888-3-7", "RFC7785-4-1"]);
}, 60_000);

it("learn the port that a binding has at the end, where it ended and was opened again", async () => {
  const dir = mkdtempSync(join(tmpdir(), "softproof-stimuli-"));
  try {
    const frames = [[7, 40000], [8, 40001], [7, 40002]].map(([n, port], i) => {
      const made = compileFrames(`ipv4(198.51.100.5 > 192.0.2.80) / udp(${port} > 20053) / "${markText(n)}"`);
      return { at: i * 1e9, side: CORE, bytes: frameOf(made.frames[0], made.first, limited("flow-limit: 9", "echo: true", {}).core, CORE), entry: 1 };
    });
    writeTrace(join(dir, "core.pcap"), frames);
    expect([...(await learnExternals([join(dir, "core.pcap")]))]).toEqual([[7, { address: "198.51.100.5", port: 40002 }], [8, { address: "198.51.100.5", port: 40001 }]]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it("keep within a declared rate, so that it keeps out nothing that another clause needs", async () => {
  const slow = limited("flow-limit: 200", "mapping-rate: 1", {});
  const dir = mkdtempSync(join(tmpdir(), "softproof-stimuli-"));
  try {
    // Of the topic that is made for it, and of no other, the reference refuses mappings.
    const topics = buildStimuli(slow).filter((t) => t.name !== "mapping-rate" && t.name !== "sessions");
    const result = await answeredByReference(slow, topics.flatMap((t) => t.frames), dir, memory);
    expect((await learnExternals(result.files.filter((f) => f.side === CORE).map((f) => f.path))).size).toBe(18);
    const refused = result.counters.filter((c) => c.reason.id.startsWith("aftr-mapping-rate")).reduce((n, c) => n + c.packets, 0);
    expect(refused).toBe(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);

it("ask for more than a flow limit and a burst allow", async () => {
  const { findings } = await sent(limited("flow-limit: 90", "mapping-rate: 20, mapping-burst: 200", {}), limited("", "filtering: address-dependent", {}));
  expect(findings.filter(byTheBox).map((f) => f.clause).sort()).toEqual(["RFC6888-3-6", "RFC6888-3-7"]);
}, 60_000);

it("has no reason for a rule that stimuli exercise", () => {
  if (tried === Object.keys(VARIANTS).length) expect(Object.keys(NOT_EXERCISED).filter((id) => !idle.has(id)), "exercised now: take it off reasons.ts").toEqual([]);
});

describe("specs/stimuli.json", () => {
  const path = join(specsDir(), "stimuli.json");
  it.runIf(process.env["UPDATE_STIMULI"] === "1")("is measured again", async () => {
    const table: Record<string, Record<string, string[]>> = {};
    for (const [mechanism, configs] of Object.entries(VARIANTS)) {
      const own = (table[mechanism] = {} as Record<string, string[]>);
      for (const config of configs) {
        for (const [clause, stems] of await attribute(config, memory)) own[clause] = [...new Set([...(own[clause] ?? []), ...stems.map((s) => s.replace(/^\d+-/, ""))])];
      }
      table[mechanism] = Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    const rows = Object.entries(table).map(([m, own]) => ` ${JSON.stringify(m)}: {\n${Object.entries(own).map(([c, t]) => `  ${JSON.stringify(c)}: ${JSON.stringify(t)}`).join(",\n")}\n }`);
    writeFileSync(path, `{\n${rows.join(",\n")}\n}\n`);
  }, 600_000);
  it("names topics that exist, and a topic for each mechanism's every clause", () => {
    for (const [mechanism, own] of Object.entries(stimulusTable())) {
      // Some topics are for some configurations only.
      const names = new Set(VARIANTS[mechanism as Mechanism].flatMap((config) => [buildStimuli(config), buildStimuli(config, new Map())].flat().map((t) => t.name)));
      expect(Object.values(own).flat().filter((n) => !names.has(n))).toEqual([]);
      expect(Object.keys(own).length).toBeGreaterThan(40);
      // Every judged clause but those with a reason has a topic; rules share clauses, so a reason of one may not hold for another.
      const onConfig = catalogueFor(VARIANTS[mechanism as Mechanism][0]).onConfig;
      const clauses = new Set(RULES.filter((r) => r.mechanisms.includes(mechanism as Mechanism) && !onConfig.has(r.clause) && NOT_EXERCISED[r.id] === undefined).map((r) => r.clause));
      expect([...clauses].filter((c) => own[c] === undefined)).toEqual([]);
    }
    expect(readFileSync(path, "utf8").endsWith("}\n")).toBe(true);
  });
});
