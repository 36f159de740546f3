import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { specsDir } from "../../src/config/specs-dir.js";

// The loader does not check our schemas against JSON Schema again in every run; here they are.
describe("specs/schemas", () => {
  const dir = join(specsDir(), "schemas");
  it.each(readdirSync(dir).filter((f) => f.endsWith(".json")))("%s is a JSON Schema (2020-12)", (file) => {
    const ajv = new Ajv2020({ strict: false });
    expect(ajv.validateSchema(JSON.parse(readFileSync(join(dir, file), "utf8")) as object), JSON.stringify(ajv.errors)).toBe(true);
  });
});
