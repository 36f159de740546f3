/** The table of specs and profiles on a terminal. */
import { expect, test } from "vitest";
import { matrixText } from "../../src/cli/matrix.js";
import type { CaseLine } from "../../src/report/record.js";

const line = (id: string, reason: string): CaseLine => ({ type: "case", id, title: id, profile: "card", verdict: "known-deviation", reason, counters: [], softwires: [], rules: [], findings: [], outputs: [] });

test("what departs is one behaviour in its own words; of several none is picked out", () => {
  const text = matrixText([line("a", "MTUs are of another kind"), line("b", "one of 4 documented behaviours, or several: The DSCP is not copied. Ports are sequential.")], ["card"], false);
  expect(text).toContain("a      K  MTUs are of another kind\n");
  expect(text).toContain("b      K  one of 4 documented behaviours, or several: see report.html\n");
});
