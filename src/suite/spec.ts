/** Loads specs: YAML, schema, configuration, packets; every fault as file:line:column, all of a file at once where that is possible. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { loadClauses } from "../config/clauses.js";
import { configOf, loadConfigFile, readTextFile } from "../config/load.js";
import { InputProblem, nearest, type Problem } from "../config/problems.js";
import type { RawConfig } from "../config/raw.js";
import { fixturesDir, readSpecsJson, specsDir } from "../config/specs-dir.js";
import { ACCESS, type Config, CORE, type Mechanism, type Side, SIDE_NAME } from "../config/types.js";
import { type Parsed, type Path, parseYaml } from "../config/yaml.js";
import { REASONS } from "../concentrator/reasons.js";
import "../concentrator/index.js"; // declares every reason
import { loadProfiles } from "../profiles/index.js";
import { frameOf } from "./frames.js";
import { type Definitions, compileFrames, compileText, type Node, NotationError, parseNotation } from "./notation/index.js";
import { locate } from "./spec-place.js";
import type { Expected, Frame, Spec } from "./spec-types.js";

type RawSent = { readonly access?: string | Record<string, string | number>; readonly core?: string | Record<string, string | number>; readonly times?: number };
interface RawPacket { readonly at: number; readonly access?: string; readonly core?: string; readonly timer?: true; readonly repeat?: number; readonly every?: number; readonly expect?: string | readonly RawSent[] }
interface RawCaused extends RawSent { readonly cause: number | { readonly side: string; readonly frame: number }; readonly none?: true }
interface RawSpec {
  readonly id: string; readonly title: string; readonly mechanism: Mechanism; readonly clauses: readonly string[]; readonly requires?: readonly string[];
  readonly config: string | RawConfig; readonly let?: Readonly<Record<string, string>>; readonly packets?: readonly RawPacket[];
  readonly traces?: { readonly access?: string; readonly core?: string }; readonly expect?: readonly RawCaused[];
  readonly counters?: Readonly<Record<string, number>>; readonly "strict-counters"?: boolean; readonly statistics?: Readonly<Record<string, number>>; readonly golden?: string;
}

/** The spec schema with the configuration's schema inside, so that an inline configuration's faults have their places. */
let schema: object | undefined;
function specSchema(): object {
  if (schema !== undefined) return schema;
  const spec = readSpecsJson("schemas", "spec.schema.json") as { properties: object; $defs: object };
  const { $id: _id, $schema: _schema, $defs, ...config } = readSpecsJson("schemas", "config.schema.json") as { $id: string; $schema: string; $defs: object };
  const properties = { ...spec.properties, config: { type: ["string", "object"], description: "a file of fixtures/configs, or a configuration", allOf: [{ ...config, type: ["string", "object"] }] } };
  schema = { ...spec, properties, $defs: { ...spec.$defs, ...$defs } };
  return schema;
}

/** Every .yaml file below the paths (files or folders), sorted; the bundled specs without paths. Throws InputProblem. */
export function findSpecs(paths: readonly string[]): string[] {
  const found = (paths.length === 0 ? [join(specsDir(), "cases")] : paths).flatMap(walk);
  return [...new Set(found)].sort();
}

function walk(path: string): string[] {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch {
    throw new InputProblem([{ file: path, line: 1, column: 1, message: "no such spec", hint: "name a .yaml file or a folder of them; several profiles each need their own --profile" }]);
  }
  if (!folder) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(path, e.name)) : /\.ya?ml$/.test(e.name) ? [join(path, e.name)] : []));
}

/** Loads every spec; throws one InputProblem with the faults of all files. */
export function loadSpecs(files: readonly string[]): Spec[] {
  const problems: Problem[] = [];
  const specs: Spec[] = [];
  for (const file of files) {
    try {
      const spec = parseSpec(readTextFile(file), file);
      const twin = specs.find((s) => s.id === spec.id);
      if (twin !== undefined) problems.push({ file, line: 1, column: 1, message: `spec id "${spec.id}" is also that of ${twin.file}`, hint: "ids are unique" });
      specs.push(spec);
    } catch (e) {
      if (!(e instanceof InputProblem)) throw e;
      problems.push(...e.problems);
    }
  }
  if (problems.length > 0) throw new InputProblem(problems);
  return specs;
}

/** Throws InputProblem. */
export function parseSpec(text: string, file: string): Spec {
  const parsed = parseYaml<RawSpec>(text, file, specSchema());
  const raw = parsed.value;
  const c: Context = { parsed, text, problems: [], defs: new Map() };
  const config = configFor(parsed, raw, file);
  for (const [i, id] of raw.clauses.entries()) if (!loadClauses().has(id)) unknown(c, ["clauses", i], "clause", id, [...loadClauses().keys()]);
  for (const [i, f] of (raw.requires ?? []).entries()) if (!features().has(f)) unknown(c, ["requires", i], "feature of a hardware profile", f, [...features()]);
  for (const id of Object.keys(raw.counters ?? {})) if (!REASONS.some((r) => r.id === id)) unknown(c, ["counters", id], "counter", id, REASONS.map((r) => r.id));
  for (const [name, body] of Object.entries(raw.let ?? {})) {
    const nodes = notation(c, ["let", name], body, () => parseNotation(body));
    if (nodes !== undefined) (c.defs as Map<string, readonly Node[]>).set(name, nodes);
  }
  if ((raw.packets === undefined) === (raw.traces === undefined)) c.problems.push(parsed.problem([], "a spec has either packets or traces", "write one of the two"));
  const frames = (raw.packets ?? []).flatMap((p, i) => framesOf(c, config, p, i));
  unique(c, frames);
  for (const side of SIDE_NAME) if (raw.traces?.[side] !== undefined && !isFile(besideOr(file, raw.traces[side], "traces"))) c.problems.push(parsed.problem(["traces", side], `no such capture: "${raw.traces[side]}"`, "expected a file beside the spec or in fixtures/traces"));
  const expect = expectations(c, raw);
  if (c.problems.length > 0) throw new InputProblem(c.problems);
  const timers = new Map((raw.packets ?? []).flatMap((p, i) => (p.timer === true ? [[Math.round(p.at * NANO), i + 1] as const] : [])));
  for (const f of frames) if (timers.has(f.at)) throw new InputProblem([parsed.problem(["packets", f.entry - 1, "at"], `entry ${f.entry} has a packet at the time of the timer of entry ${timers.get(f.at)}`, "outputs are told apart by time: move the packet")]);
  const trace = (side: "access" | "core"): object => (raw.traces?.[side] === undefined ? {} : { [side]: besideOr(file, raw.traces[side], "traces") });
  return {
    id: raw.id, title: raw.title, file, mechanism: raw.mechanism, clauses: raw.clauses, requires: raw.requires ?? [], config, frames, timers,
    traces: { ...trace("access"), ...trace("core") }, expect, counters: new Map(Object.entries(raw.counters ?? {})),
    strictCounters: raw["strict-counters"] ?? true, statistics: new Map(Object.entries(raw.statistics ?? {})), golden: goldenOf(file, raw.golden ?? raw.id),
  };
}

let known: ReadonlySet<string> | undefined;
/** Every feature that some bundled profile speaks of. */
const features = (): ReadonlySet<string> => (known ??= new Set(loadProfiles().flatMap((p) => Object.keys(p.features ?? {}))));

interface Context { readonly parsed: Parsed<unknown>; readonly text: string; readonly problems: Problem[]; readonly defs: Definitions }

/** Names that are offered for a part of one. */
const LIKE = 6;
/** Where the names stand. */
const LISTED: Readonly<Record<string, string>> = { clause: "list them with: softproof rules", counter: "report.html lists those of a run under Cases and counters", "feature of a hardware profile": "softproof profiles show NAME lists them" };

function unknown(c: Context, path: Path, what: string, id: string, known: readonly string[]): void {
  const near = nearest(id, known);
  // A part of a name is no slip of the pen, but says what is meant.
  const like = id.length < 3 ? [] : known.filter((k) => k.includes(id)).slice(0, LIKE);
  c.problems.push(c.parsed.problem(path, `no such ${what}: "${id}"`, near !== undefined ? `did you mean ${near}?` : like.length > 0 ? `there is ${like.join(", ")}` : LISTED[what] ?? ""));
}

/** A name that no file can have (too long, with a zero byte) is of none. */
function isFile(p: string): boolean {
  try {
    return statSync(p).isFile();
  } catch {
    return false;
  }
}
/** A file that a spec names: beside the spec (or by its whole path), else in a folder of the package's fixtures. */
function besideOr(spec: string, name: string, folder: string): string {
  const here = resolve(dirname(spec), name);
  return isFile(here) ? here : join(fixturesDir(), folder, name);
}
const isBundled = (file: string): boolean => !relative(specsDir(), resolve(file)).startsWith("..");
/** Goldens of bundled specs lie in the package's fixtures, those of other specs beside them. */
const goldenOf = (file: string, name: string): string => (isBundled(file) ? join(fixturesDir(), "golden", name) : join(dirname(file), "golden", name));

function configFor(parsed: Parsed<unknown>, raw: RawSpec, file: string): Config {
  if (typeof raw.config !== "string") return configOf(parsed, raw.config, ["config"]);
  const path = besideOr(file, raw.config, "configs");
  if (!isFile(path)) throw new InputProblem([parsed.problem(["config"], `no such configuration: "${raw.config}"`, "expected a file beside the spec or in fixtures/configs")]);
  return loadConfigFile(path);
}

/** Runs `make` and turns its NotationError into a problem with the place inside of the notation. */
function notation<T>(c: Context, path: Path, value: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (e) {
    if (!(e instanceof NotationError)) throw e;
    const at = locate(c.text, c.parsed.at(path), value, e.at);
    c.problems.push({ file: c.parsed.file, ...at, message: e.message, hint: "" });
    return undefined;
  }
}

const NANO = 1e9;

function framesOf(c: Context, config: Config, p: RawPacket, i: number): Frame[] {
  const path: Path = ["packets", i];
  const side: Side = p.access !== undefined ? ACCESS : CORE;
  const body = p.access ?? p.core;
  if (p.timer === true && body === undefined) return [];
  if (body === undefined || (p.access !== undefined && p.core !== undefined)) {
    c.problems.push(c.parsed.problem(path, "an entry of packets has either access or core", "name the side on which the device receives the packet, or write timer: true for what it sends without one"));
    return [];
  }
  if (p.timer === true) c.problems.push(c.parsed.problem([...path, "timer"], "a packet that is received is no timer's", "give the timer an entry of its own"));
  const made = notation(c, [...path, SIDE_NAME[side]], body, () => compileFrames(body, c.defs));
  if (made === undefined) return [];
  if (made.first.mask.some((m) => m !== 255)) {
    c.problems.push(c.parsed.problem([...path, SIDE_NAME[side]], "a packet that the device receives has a free field (any or @name)", "write a value"));
    return [];
  }
  const out: Frame[] = [];
  const start = Math.round(p.at * NANO);
  const step = Math.round((p.every ?? 0.001) * NANO);
  for (let k = 0; k < (p.repeat ?? 1); k++) {
    for (const bytes of made.frames) out.push({ at: start + step * out.length, side, bytes: frameOf(bytes, made.first, side === ACCESS ? config.access : config.core, side), entry: i + 1 });
  }
  return out;
}

/** Outputs are told apart by the time of their cause, so two inputs never share one. */
function unique(c: Context, frames: readonly Frame[]): void {
  const seen = new Map<number, number>();
  let last = -1;
  for (const f of frames) {
    const other = seen.get(f.at);
    if (other !== undefined) c.problems.push(c.parsed.problem(["packets", f.entry - 1, "at"], `entry ${f.entry} has a packet at the time of one of entry ${other}`, "give every packet its own time"));
    else if (f.at < last) c.problems.push(c.parsed.problem(["packets", f.entry - 1, "at"], `entry ${f.entry} comes before the entry above it`, "order packets by time; mind repeat and fragments"));
    seen.set(f.at, f.entry);
    last = Math.max(last, f.at);
  }
}

function expectations(c: Context, raw: RawSpec): Map<number | string, Expected[]> {
  const out = new Map<number | string, Expected[]>();
  const add = (key: number | string, more: readonly Expected[]): void => {
    out.set(key, [...(out.get(key) ?? []), ...more]);
  };
  for (const [i, p] of (raw.packets ?? []).entries()) {
    if (p.expect === undefined) continue;
    if (typeof p.expect === "string") {
      if (p.expect !== "none") c.problems.push(c.parsed.problem(["packets", i, "expect"], `expect is "${p.expect}"`, 'expected "none" or a list of packets'));
      add(i + 1, []);
    } else p.expect.forEach((s, k) => {
      add(i + 1, sent(c, s, ["packets", i, "expect", k]));
    });
  }
  for (const [i, e] of (raw.expect ?? []).entries()) {
    const key = typeof e.cause === "number" ? e.cause : `${e.cause.side}:${e.cause.frame}`;
    if (typeof key === "number" && (key < 1 || key > (raw.packets ?? []).length)) c.problems.push(c.parsed.problem(["expect", i, "cause"], `there is no entry ${key} in packets`));
    add(key, e.none === true ? [] : sent(c, e, ["expect", i]));
  }
  (raw.packets ?? []).forEach((_, i) => {
    if (!out.has(i + 1)) c.problems.push(c.parsed.problem(["packets", i], `entry ${i + 1} has no expectation`, 'add "expect: none", or the packets that the device sends'));
  });
  return out;
}

/** Bundled specs are named from the package's root, so that records do not depend on where it is installed. */
function shownPath(file: string): string {
  const inside = relative(join(specsDir(), ".."), resolve(file));
  return inside.startsWith("..") ? relative(".", file) : inside;
}

function sent(c: Context, s: RawSent, path: Path): Expected[] {
  const side: Side = s.access !== undefined ? ACCESS : CORE;
  const body = s.access ?? s.core;
  if (body === undefined || (s.access !== undefined && s.core !== undefined)) {
    c.problems.push(c.parsed.problem(path, "an expected packet has either access or core", "name the side on which the device sends it"));
    return [];
  }
  const where = `${shownPath(c.parsed.file)}:${c.parsed.at(path).line}`;
  const packet = typeof body === "string" ? notation(c, [...path, SIDE_NAME[side]], body, () => compileText(body, c.defs)) : undefined;
  const one: Expected = typeof body === "string" ? { side, where, ...(packet === undefined ? {} : { packet }) } : { side, where, fields: Object.entries(body).map(([k, v]) => [k, String(v)] as const) };
  return Array.from({ length: s.times ?? 1 }, () => one);
}
