import { describe, expect, it } from "vitest";
import { readArguments, USAGE } from "./usage.js";

const plain = { packets: 1_000_000, runs: 3, only: "", long: false, state: [], count: undefined };

describe("npm run bench -- ...", () => {
  it("without arguments measures everything", () => expect(readArguments([])).toEqual(plain));
  it("takes options", () => expect(readArguments(["--packets", "5000", "--runs", "1", "--only", "ds-lite", "--long"])).toEqual({ ...plain, packets: 5000, runs: 1, only: "ds-lite", long: true }));
  it.each([
    [["state"], ["hostile", "bindings", "softwires"], undefined], [["state", "bindings"], ["bindings"], undefined], [["state", "hostile", "20000"], ["hostile"], 20000], [["state", "7"], ["hostile", "bindings", "softwires"], 7],
  ])("%j hands its arguments to the tables", (args, state, count) => expect(readArguments(args)).toEqual({ ...plain, state, count }));
  it("prints its usage", () => expect(readArguments(["--help"])).toBe(USAGE));
  it.each([[["bindings"]], [["state", "nothing"]], [["state", "bindings", "0"]], [["state", "bindings", "5", "6"]], [["state", "--runs", "3"]], [["--packets", "many"]], [["--only", "nothing"]], [["--fast"]]])("refuses %j and says what it takes", (args) => {
    const said = readArguments(args);
    expect(said).toMatch(/^bench: /);
    expect(said).toContain(USAGE);
  });
});
