/** Whatever is typed wrong in a configuration, spec, profile, counter set or file of waivers: it is taken, or refused with places inside the file. Never another error. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { createDevice } from "../../src/concentrator/index.js";
import { parseConfig } from "../../src/config/load.js";
import { InputProblem } from "../../src/config/problems.js";
import { fixturesDir, specsDir } from "../../src/config/specs-dir.js";
import type { Config } from "../../src/config/types.js";
import { createJudge } from "../../src/judge/index.js";
import { applyProfile } from "../../src/profiles/apply.js";
import { parseProfile } from "../../src/profiles/load.js";
import { findSpecs, parseSpec } from "../../src/suite/spec.js";
import { parseWaivers } from "../../src/suite/waivers/load.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";

const filesIn = (dir: string): string[] => readdirSync(dir).filter((f) => f.endsWith(".yaml")).map((f) => readFileSync(join(dir, f), "utf8"));
const CONFIGS = filesIn(join(fixturesDir(), "configs"));
const SPECS = findSpecs([]).map((f) => readFileSync(f, "utf8")).filter((t) => t.length < 6000);
const PROFILES = filesIn(join(specsDir(), "profiles"));
const WAIVERS = [
  'softproof-waivers: 1\nwaivers:\n  - {id: a1, reason: fixed in the next release, owner: k.meier, issue: LAB-12, expires: 2027-01-31, scope: {clause: RFC5969-9-3, profile: mx-ms-dpc, release: 17.4R1}}\n'
  + '  - {id: a2, reason: r, owner: o, issue: i, expires: 2027-02-28, scope: {rule: RFC5969-9-3, fingerprint: "x:y"}}\n',
];

const put = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", ":", "/", "[", "]", "}", "- ", "{}", "null", "\n", "\r\n", "\t", "&a ", "*a", "<<: ", "!!binary ", "!!set ", "? ", "1e400", "::", "\0", "\ufeff", "---\n", "...\n", "%YAML 9\n", "|\n", '"', "'", "#"));
/** A few characters replaced. */
const typed = (texts: readonly string[]) => fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(12), put).map(([text, at, cut, s]) => text.slice(0, at % text.length) + s + text.slice((at % text.length) + cut));

const ODD = [null, true, "", "x", "a".repeat(300), -1, 0, 1, 2, 1.5, 65_535, 65_536, 2 ** 31, 2 ** 53, -(2 ** 53), 1e300, [], {}, [[]], [null], { x: 1 }, "::", "::/0", "2001:db8::/129", "0.0.0.0/0", "255.255.255.255", "10.0.0.1-10.0.0.0", "constructor", "__proto__", "toString", "02:00:00:00:00:01", "$x", "ipv4(", "fragments(0)", "2027-01-31"] as const;
const KEYS = ODD.filter((v) => typeof v === "string");
type Step = { pick: number; how: number; odd: number };
/** A value somewhere in the tree replaced, taken away, doubled, or a key added: it stays YAML, and is mostly wrong. */
function turned(text: string, steps: readonly Step[], asJson: boolean): string {
  const root = { value: parse(text) as unknown };
  for (const { pick, how, odd } of steps) {
    const places: { holder: Record<string, unknown> | unknown[]; key: string | number }[] = [];
    const walk = (holder: Record<string, unknown> | unknown[]): void => {
      for (const key of Object.keys(holder)) {
        const k = Array.isArray(holder) ? Number(key) : key;
        places.push({ holder, key: k });
        const v = (holder as Record<string | number, unknown>)[k];
        if (v !== null && typeof v === "object") walk(v as Record<string, unknown>);
      }
    };
    walk(root as unknown as Record<string, unknown>);
    if (places.length === 0) break; // nothing is left
    const { holder, key } = places[pick % places.length];
    const at = holder as Record<string | number, unknown>;
    const value = structuredClone(ODD[odd % ODD.length]);
    if (how === 0) at[key] = value;
    else if (how === 1) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete at[key];
    } else if (how === 2 && Array.isArray(holder)) holder.splice(Number(key), 0, ...Array.from({ length: 1 + (odd % 40) }, () => structuredClone(holder[Number(key)])));
    else if (how === 3 && !Array.isArray(holder)) Object.defineProperty(at, KEYS[odd % KEYS.length], { value, enumerable: true, configurable: true, writable: true });
    else at[key] = [at[key]];
  }
  return asJson ? (JSON.stringify(root.value) ?? "") : (stringify(root.value) ?? "");
}
const bent = (texts: readonly string[]) => fc.tuple(fc.constantFrom(...texts), fc.array(fc.record({ pick: fc.nat(), how: fc.nat(4), odd: fc.nat() }), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([text, steps, asJson]) => turned(text, steps, asJson));

/** What `read` gives; undefined when it refused with places. */
function refused<T>(read: (text: string) => T, text: string): T | undefined {
  try {
    return read(text);
  } catch (e) {
    if (!(e instanceof InputProblem)) throw e;
    expect(e.problems.length).toBeGreaterThan(0);
    const lines = text.split("\n");
    for (const p of e.problems.filter((x) => x.file === "f.yaml")) {
      expect(p.line, p.message).toBeGreaterThanOrEqual(1);
      expect(p.line, p.message).toBeLessThanOrEqual(lines.length);
      expect(p.column, p.message).toBeGreaterThanOrEqual(1);
      expect(p.column, p.message).toBeLessThanOrEqual(lines[p.line - 1].length + 2);
      expect(p.message).not.toMatch(/undefined|\[object|NaN|Cannot read/);
    }
    return undefined;
  }
}

test("a key that is a list, a mapping or binary is told with its place, and by nobody else", () => {
  const warned: unknown[] = [];
  const listen = (w: unknown): void => void warned.push(w);
  process.on("warning", listen);
  for (const [text, place] of [["softproof: 1\n? {a: 1}\n: 2\n", "f.yaml:2:3"], ["softproof: 1\n[a, b]: 2\n", "f.yaml:2:1"], ["{[]: 1}\n", "f.yaml:1:2"], ["a: &x [1]\n*x : 2\n", "f.yaml:2:1"], ["!!binary aGFsbG8=: 1\n", "f.yaml:1:10"]]) {
    expect(() => parseConfig(text, "f.yaml")).toThrow(new RegExp(`^${place}: a key that is (a list|a mapping|binary)`));
  }
  process.removeListener("warning", listen);
  expect(warned).toEqual([]);
});

test.each([["x".repeat(5000)], ["\\0x"], ["a/b\\u0001"], ["."], [""]])("a spec that names the configuration or trace %j is refused with its place", (name) => {
  const spec = (config: string, rest: string): string => `id: my-spec\ntitle: a spec of mine\nmechanism: 6rd\nclauses: [RFC5969-9-3]\nconfig: ${config}\n${rest}\n`;
  expect(() => parseSpec(spec(`"${name}"`, 'packets: [{at: 0, core: "ipv6(3fff::1 > 2001:db8::1)", expect: none}]'), "f.yaml")).toThrow(/^f\.yaml:5:9: no such configuration/);
  expect(() => parseSpec(spec("6rd.yaml", `traces: {access: "${name}"}`), "f.yaml")).toThrow(/^f\.yaml:6:\d+: /);
});

const BASE = parseConfig(CONFIGS[0], "base");
const memory = recycledMemory(64 << 20);
/** A configuration that is taken must make a device and a judge. */
function use(config: Config): void {
  const m = memory();
  createDevice(config, m, { reserve: () => 0, commit: () => undefined });
  createJudge({ config, memory: m, files: ["a", "b"], severityOf: () => "fail" });
}
const read = {
  configuration: [CONFIGS, (t: string): unknown => parseConfig(t, "f.yaml"), (v: unknown): void => use(v as Config)],
  spec: [SPECS, (t: string): unknown => parseSpec(t, "f.yaml"), (): void => undefined],
  profile: [PROFILES, (t: string): unknown => parseProfile(t, "f.yaml"), (v: unknown): void => void applyProfile(BASE, v as never, undefined)],
  waivers: [WAIVERS, (t: string): unknown => parseWaivers(t, "f.yaml"), (): void => undefined],
} as const;

describe.each(Object.entries(read))("a %s", (name, [texts, parseText, useIt]) => {
  test.each([["with some characters replaced", typed(texts)], ["whose tree is bent", bent(texts)]] as const)("%s", (_, arbitrary) => {
    let wrong = 0;
    fc.assert(fc.property(arbitrary, (text) => {
      const value = refused(parseText, text);
      if (value === undefined) wrong++;
      else useIt(value);
    }), { numRuns: name === "configuration" ? 300 : 150 });
    expect(wrong).toBeGreaterThan(50);
  }, 120_000);
});
