/**
 * JSON Schema validators. Those of the bundled schemas are compiled by the build (precompile.ts): compiling one takes longer than the rest of the start,
 * and loading ajv nearly as long. Where there is no build (tests run from src), or a schema was changed after it, ajv compiles here.
 */
import type { Ajv2020, ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { specsDir } from "./specs-dir.js";

/** `ajv` and the compiled validators are CommonJS: they are loaded at once, and only when they are wanted. */
const require = createRequire(import.meta.url);

export const CONFIG_SCHEMA = "config.schema.json";
/** Schemas that the build compiles; each stands for itself, without reference to another. */
export const PRECOMPILED = [CONFIG_SCHEMA, "profile.schema.json", "waivers.schema.json"] as const;
/** Where the validator of a schema lies: in dist/config, seen from there and from the bundled command line in dist/cli. */
export const compiledName = (schema: string): string => `../config/${schema.replace(".schema.json", "")}.validator.cjs`;
export const schemaText = (schema: string): string => readFileSync(join(specsDir(), "schemas", schema), "utf8");

/** Our own schemas are checked by the tests, not again in every run; unoptimised code is made in a third of the time. */
export const AJV_OPTIONS = { strict: true, allErrors: true, verbose: true, allowUnionTypes: true, validateSchema: false, meta: false, code: { optimize: false } } as const;

/** `text`: the schema that it was made from. */
interface Compiled { readonly default: ValidateFunction; readonly text: string }

let ajv: Ajv2020 | undefined;
const known = new Map<string, ValidateFunction>();

function compiler(): Ajv2020 {
  if (ajv === undefined) {
    const { Ajv2020: Compiler } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
    ajv = new Compiler(AJV_OPTIONS);
    // Other schemas can refer to the configuration's by its $id, as specs do.
    ajv.addSchema(JSON.parse(schemaText(CONFIG_SCHEMA)) as object);
  }
  return ajv;
}

/** The validator of `specs/schemas/<schema>`, or of a JSON Schema (2020-12) object. */
export function validatorOf(schema: string | object): ValidateFunction {
  if (typeof schema !== "string") return compiler().compile(schema);
  let v = known.get(schema);
  if (v === undefined) {
    v = precompiled(schema) ?? compile(schema);
    known.set(schema, v);
  }
  return v;
}

function compile(schema: string): ValidateFunction {
  const body = JSON.parse(schemaText(schema)) as { $id: string };
  return compiler().getSchema(body.$id) ?? compiler().compile(body);
}

/** The build's validator, when it was made from just the schema that is there now. */
function precompiled(schema: string): ValidateFunction | undefined {
  let made: Compiled;
  try {
    made = require(compiledName(schema)) as Compiled;
  } catch {
    return undefined;
  }
  return made.text === schemaText(schema) ? made.default : undefined;
}
