import { expect, test } from "vitest";
import { specProgressText } from "../../src/cli/progress.js";

test("progress of a run by spec: share and time left, none before the first is done", () => {
  expect(specProgressText(0, 60, "rfc3056-router", 0)).toBe("spec 1 of 60, 0 %: rfc3056-router");
  expect(specProgressText(15, 60, "rfc5969-softwires", 5)).toBe("spec 16 of 60, 25 %, 15 s left: rfc5969-softwires");
});
