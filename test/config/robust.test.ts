import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { InputProblem } from "../../src/config/problems.js";
import { fixturesDir } from "../../src/config/specs-dir.js";

const dir = join(fixturesDir(), "configs");
const texts = readdirSync(dir).filter((f) => f.endsWith(".yaml")).map((f) => readFileSync(join(dir, f), "utf8"));

test("whatever is typed wrong: a configuration or problems with a place inside the file, never another error", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(12), fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", ":", "/", "[", "- ", "{}", "null", "\n", "\t", "&a ", "*a", "<<: ", "!!binary ", "1e400", "::")), (text, at, cut, put) => {
      const i = at % text.length;
      const broken = text.slice(0, i) + put + text.slice(i + cut);
      try {
        parseConfig(broken, "c.yaml");
      } catch (e) {
        refused++;
        if (!(e instanceof InputProblem)) throw e;
        expect(e.problems.length).toBeGreaterThan(0);
        const lines = broken.split("\n");
        for (const p of e.problems) {
          expect(p.line).toBeGreaterThanOrEqual(1);
          expect(p.line).toBeLessThanOrEqual(lines.length);
          expect(p.column).toBeGreaterThanOrEqual(1);
          expect(p.column).toBeLessThanOrEqual(lines[p.line - 1].length + 2);
        }
      }
    }),
    { numRuns: 1500 },
  );
  expect(refused).toBeGreaterThan(100);
});

test("an alias inside its own anchor is a problem of the file, not a crash", () => {
  const text = "softproof: 1\nservice-sets: &a\n  - softwire-concentrators: *a\n";
  expect(() => parseConfig(text, "loop.yaml")).toThrow(InputProblem);
});
