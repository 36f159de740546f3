import { expect, it } from "vitest";
import { measure } from "./measure.js";

it("a command that fails has no rate: the bench stops and shows what it said", () => {
  expect(() => measure([process.execPath, "-e", "console.error('no such file'); process.exit(1)"])).toThrow(/exit 1\s+no such file/);
  expect(measure([process.execPath, "-e", "0"]).seconds).toBeGreaterThan(0);
});
