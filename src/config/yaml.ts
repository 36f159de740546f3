/** YAML (and so JSON) with places: syntax, schema and later semantic faults are all reported as file:line:column. */
import type { ErrorObject } from "ajv/dist/2020.js";
import { type Document, type ParsedNode, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from "yaml";
import { InputProblem, type Problem, nearest } from "./problems.js";
import { validatorOf } from "./validators.js";

export type Path = readonly (string | number)[];
export interface Position { readonly line: number; readonly column: number }
export interface Parsed<T> {
  readonly file: string;
  readonly value: T;
  /** Where the value at `path` stands; for a path that is not there, its nearest ancestor. */
  at(path: Path): Position;
  /** Where the key (not the value) at `path` stands. */
  keyAt(path: Path): Position;
  /** A problem at `path`, to be collected and thrown in an InputProblem. */
  problem(path: Path, message: string, hint?: string): Problem;
}

/**
 * Parses and validates. `schema`: the name of a file in specs/schemas, or a JSON Schema (2020-12) object.
 * Throws InputProblem with every syntax fault, or else every schema fault.
 */
export function parseYaml<T>(text: string, file: string, schema: string | object): Parsed<T> {
  const place = placer(text);
  const doc = parseDocument(text, { version: "1.2", uniqueKeys: true, prettyErrors: false });
  if (doc.errors.length > 0) {
    throw new InputProblem(doc.errors.map((e) => {
      const several = e.code === "MULTIPLE_DOCS";
      const message = several ? "a second YAML document begins here" : `not valid YAML: ${e.message}`;
      return { file, ...place(e.pos[0]), message, hint: several ? "one document in a file: remove the ---" : "check indentation, colons and quotes here" };
    }));
  }
  if (doc.contents === null) {
    throw new InputProblem([{ file, line: 1, column: 1, message: "the file is empty", hint: "expected a YAML mapping" }]);
  }
  const at = (path: Path): Position => place(offsetOf(doc, path, false));
  const keyAt = (path: Path): Position => place(offsetOf(doc, path, true));
  const value = plain(doc, file, place);
  const validate = validatorOf(schema);
  if (!validate(value)) throw new InputProblem(describeAll(validate.errors ?? [], file, at, keyAt));
  const problem = (path: Path, message: string, hint = ""): Problem => ({ file, ...at(path), message, hint });
  return { file, value: value as T, at, keyAt, problem };
}

/** Offset to line and column. Not yaml's LineCounter: it misses line ends around a stray closing bracket. */
function placer(text: string): (offset: number) => Position {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    let line = starts.findIndex((s) => s > offset);
    if (line < 0) line = starts.length;
    return { line, column: offset - starts[line - 1] + 1 };
  };
}

/** The document as plain data. Aliases without an anchor, and aliases that multiply, are faults of the text like any other. */
function plain(doc: Document.Parsed<ParsedNode>, file: string, place: (offset: number) => Position): unknown {
  const problems: Problem[] = [];
  visit(doc, {
    Pair(_, pair) {
      // The library would make text of such a key, and print a warning of its own.
      const key = isAlias(pair.key) ? pair.key.resolve(doc) : pair.key;
      const kind = isMap(key) ? "a mapping" : isSeq(key) ? "a list" : isScalar(key) && typeof key.value === "object" && key.value !== null ? "binary" : undefined;
      if (isNode(pair.key) && kind !== undefined) problems.push({ file, ...place(pair.key.range?.[0] ?? 0), message: `a key that is ${kind}`, hint: "expected a word before the colon" });
    },
    Alias(_, node) {
      if (node.resolve(doc) === undefined) {
        problems.push({ file, ...place(node.range?.[0] ?? 0), message: `"*${node.source}" refers to an anchor that is not set`, hint: `put &${node.source} before it, or quote the text` });
      }
    },
  });
  if (problems.length > 0) throw new InputProblem(problems);
  try {
    return doc.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (e) {
    throw new InputProblem([{ file, line: 1, column: 1, message: `the YAML aliases cannot be expanded: ${e instanceof Error ? e.message : String(e)}`, hint: "write the repeated parts out" }]);
  }
}

/** Offset of the node at `path`, or of the deepest ancestor that exists. */
function offsetOf(doc: Document.Parsed<ParsedNode>, path: Path, key: boolean): number {
  let node: unknown = doc.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (let i = 0; i < path.length; i++) {
    const step = path[i];
    if (isMap(node)) {
      const pair = node.items.find((p) => isScalar(p.key) && String(p.key.value) === String(step));
      if (pair === undefined || !isPair(pair)) break;
      if (isNode(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
      if (key && i === path.length - 1) return offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
    } else break;
    if (!isNode(node)) break;
    if (node.range) offset = node.range[0];
  }
  return offset;
}

/**
 * One problem a place: what ajv says about the branches of an `anyOf` is folded into the line of the `anyOf`, unless a fault deeper in the value
 * shows which branch was meant.
 */
function describeAll(errors: readonly ErrorObject[], file: string, at: (p: Path) => Position, keyAt: (p: Path) => Position): Problem[] {
  const unions = errors.filter((e) => e.keyword === "anyOf" || e.keyword === "oneOf");
  const inUnion = (e: ErrorObject): boolean => unions.some((u) => u !== e && u.instancePath === e.instancePath && e.schemaPath.startsWith(`${u.schemaPath}/`));
  const told = (u: ErrorObject): boolean => unions.includes(u) && errors.some((e) => e.instancePath.startsWith(`${u.instancePath}/`));
  const out: Problem[] = [];
  for (const e of errors) {
    if (e.keyword === "if" || inUnion(e) || told(e)) continue;
    const path = pathOf(e.instancePath);
    const name = path.length === 0 ? "the file" : nameOf(path);
    const [message, hint] = describe(e, name);
    const extra = extraKey(e);
    const position = extra === undefined ? at(path) : keyAt([...path, extra]);
    if (!out.some((p) => p.line === position.line && p.column === position.column && p.message === message)) out.push({ file, ...position, message, hint });
  }
  return out;
}

const extraKey = (e: ErrorObject): string | undefined =>
  e.keyword === "additionalProperties" ? String(e.params["additionalProperty"]) : e.keyword === "unevaluatedProperties" ? String(e.params["unevaluatedProperty"]) : undefined;

/** JSON pointer to path; array positions become numbers where they look like one (a map with such a key is still found: keys compare as text). */
const pathOf = (pointer: string): Path => pointer.split("/").slice(1).map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
/** "service-sets[0].name" */
export const nameOf = (path: Path): string =>
  path.map((s, i) => (/^\d+$/.test(String(s)) ? `[${s}]` : i === 0 ? String(s) : `.${s}`)).join("");

/** What is wrong, and what was expected. */
function describe(e: ErrorObject, name: string): [string, string] {
  const p = e.params as Record<string, unknown>;
  const seen = show(e.data);
  const described = (e.parentSchema as { description?: string } | undefined)?.description;
  const about = described === undefined ? "" : `; ${described}`;
  switch (e.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const key = extraKey(e) ?? "";
      const allowed = Object.keys((e.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const near = nearest(key, allowed);
      return [`unknown key "${key}" in ${name}`, near === undefined ? `expected one of: ${allowed.join(", ")}` : `did you mean "${near}"? allowed: ${allowed.join(", ")}`];
    }
    case "required":
      return [`${name} lacks "${String(p["missingProperty"])}"`, `add the key "${String(p["missingProperty"])}"`];
    case "enum": {
      const allowed = (p["allowedValues"] as unknown[]).map(String);
      const near = nearest(String(e.data), allowed);
      return [`${name} is ${seen}`, `expected one of: ${allowed.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`];
    }
    case "const":
      return [`${name} is ${seen}`, `expected ${show(p["allowedValue"])}`];
    case "type": {
      const quote = p["type"] === "string" ? "; put the value in quotes" : "";
      return [`${name} is ${kindOf(e.data)}`, `expected ${[p["type"]].flat().map((t) => KINDS[String(t)] ?? String(t)).join(" or ")}${quote}${about}`];
    }
    case "minimum": case "maximum": case "exclusiveMinimum": case "exclusiveMaximum":
      return [`${name} is ${seen}`, `expected ${String(p["comparison"])} ${String(p["limit"])}${about}`];
    case "pattern":
      return [`${name} is ${seen}`, described === undefined ? `expected text like /${String(p["pattern"])}/` : `expected ${described}`];
    case "minProperties": case "maxProperties":
      return [`${name} has ${e.keyword === "minProperties" ? "no key" : "too many keys"}`, `expected exactly one of: ${Object.keys((e.parentSchema as { properties?: object } | undefined)?.properties ?? {}).join(", ")}`];
    case "minLength":
      return [`${name} is ${seen}`, `expected ${String(p["limit"])} ${p["limit"] === 1 ? "character" : "characters"} or more${about}`];
    case "minItems":
      return [`${name} has too few entries`, `expected ${String(p["limit"])} or more${about}`];
    case "anyOf": case "oneOf":
      return [`${name} is ${seen}`, described === undefined ? "none of the allowed forms fits; see the schema" : `expected ${described}`];
    default:
      return [`${name} ${e.message ?? e.keyword}`, described ?? "see the schema"];
  }
}

const KINDS: Readonly<Record<string, string>> = { object: "a mapping", array: "a list", string: "text", integer: "a whole number", number: "a number", boolean: "true or false", null: "nothing" };
const kindOf = (v: unknown): string => (v === null ? "empty" : Array.isArray(v) ? "a list" : typeof v === "object" ? "a mapping" : `${show(v)}`);
function show(v: unknown): string {
  let s: string;
  try {
    s = JSON.stringify(v) ?? "nothing";
  } catch {
    return "a value that contains itself"; // an alias inside its own anchor
  }
  return s.length > 60 ? `${s.slice(0, 57)}...` : s;
}
