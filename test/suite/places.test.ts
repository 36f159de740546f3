/** Places in a record of specs: the same wherever the output folder lies. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FindingGroup, JudgeResult } from "../../src/judge/types.js";
import { relativePlaces } from "../../src/suite/places.js";

const group = (file: string): FindingGroup => {
  const place = { file, frame: 1 };
  return { rule: "r", clause: "c", severity: "warn", fingerprint: "f", title: "t", certainty: "seen", count: 1, first: place, last: place, exemplars: [] };
};
const placed = (outDir: string, file: string): string => relativePlaces({ rules: [], findings: [group(file)] } as unknown as JudgeResult, outDir, join(outDir, "spec", "reference")).findings[0].first.file;

test.each(["out", "a/deeper/out", "../elsewhere/out"])("from %s", (dir) => {
  const outDir = join(process.cwd(), dir);
  expect(placed(outDir, join(outDir, "spec", "access-in.pcap"))).toBe(join("spec", "access-in.pcap"));
  expect(placed(outDir, "core-out.pcap")).toBe(join("spec", "reference", "core-out.pcap"));
  expect(placed(outDir, join(process.cwd(), "fixtures", "configs", "6rd.yaml"))).toBe(join("fixtures", "configs", "6rd.yaml"));
});
