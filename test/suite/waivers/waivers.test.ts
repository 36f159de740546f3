import { describe, expect, it } from "vitest";
import { InputProblem } from "../../../src/config/problems.js";
import type { FindingGroup, Severity } from "../../../src/judge/types.js";
import type { CaseLine, VerdictLine } from "../../../src/report/record.js";
import { waive, waivedFindings, waiverLines } from "../../../src/suite/waivers/apply.js";
import { parseWaivers } from "../../../src/suite/waivers/load.js";
import { isPrunable, pruned } from "../../../src/suite/waivers/prune.js";
import type { Waivers } from "../../../src/suite/waivers/types.js";

const entry = (id: string, scope: string, expires = "2027-01-31"): string => `  - {id: ${id}, reason: fixed in the next release, owner: k.meier, issue: LAB-12, expires: ${expires}, scope: ${scope}}\n`;
const file = (...entries: string[]): string => `softproof-waivers: 1\nwaivers:\n${entries.join("")}`;
const waivers = (asOf: string, ...entries: string[]): Waivers => ({ ...parseWaivers(file(...entries), "w.yaml"), asOf });
const faults = (text: string): string => {
  try {
    parseWaivers(text, "w.yaml");
  } catch (e) {
    if (e instanceof InputProblem) return e.message;
    throw e;
  }
  return "";
};
const C = "RFC5969-9-3";
const group = (deviation: string, severity: Severity = "fail", clause = C): FindingGroup => ({
  rule: clause, clause, severity, fingerprint: `${clause}:${deviation}`, title: "t", certainty: "seen", count: 2, first: { file: "a", frame: 1 }, last: { file: "a", frame: 2 }, exemplars: [],
});
const verdict = (v: VerdictLine["verdict"], clause = C, profile = "device"): VerdictLine => ({ type: "verdict", clause, profile, verdict: v, exercised: 3, violated: 2 });
const device = { id: "device" };

describe("a waiver file", () => {
  it("is read whole", () => {
    expect(parseWaivers(file(entry("lab-1", `{clause: ${C}, profile: mx-ms-dpc, release: 17.4R1, fingerprint: "${C}:x"}`)), "w.yaml").waivers[0]).toMatchObject({ id: "lab-1", expires: "2027-01-31", place: { line: 3, column: 5 } });
  });
  it.each([
    ["an unknown clause", entry("a1", "{clause: RFC5969-9-33}"), /^w\.yaml:3:\d+: no clause "RFC5969-9-33" \(did you mean "RFC5969-9-3"/],
    ["neither clause nor rule", entry("a1", "{profile: device}"), /neither clause nor rule/],
    ["clause and rule", entry("a1", `{clause: ${C}, rule: ${C}}`), /both clause and rule/],
    ["a release without profile", entry("a1", `{clause: ${C}, release: 17.4R1}`), /release without a profile/],
    ["a day that is none", entry("a1", `{clause: ${C}}`, "2027-02-30"), /"2027-02-30" is no day/],
    ["an id twice", entry("a1", `{clause: ${C}}`) + entry("a1", "{clause: RFC5969-9-2}"), /^w\.yaml:4:\d+: a second waiver "a1" \(the first is on line 3/],
    ["a scope twice", entry("a1", `{clause: ${C}}`) + entry("a2", `{clause: ${C}}`), /duplicate of waiver "a1" on line 3/],
    ["a missing owner", "  - {id: a1, reason: because of that, issue: L, expires: 2027-01-01, scope: {clause: RFC5969-9-3}}\n", /^w\.yaml:3:5: waivers\[0\] lacks "owner"/],
  ])("with %s is refused, with its place", (_, entries, message) => expect(faults(file(entries))).toMatch(message));
});

describe("waivers over verdicts", () => {
  it("excuse a clause when every finding is excused, and say why, who and until when", () => {
    const w = waivers("2026-11-24", entry("lab-1", `{clause: ${C}}`));
    expect(waive(w, [verdict("fail")], [group("x"), group("y")], device)[0]).toMatchObject({ verdict: "waived", reason: "waiver lab-1: fixed in the next release (owner k.meier, issue LAB-12, expires 2027-01-31)" });
    expect(waivedFindings(w, [group("x"), group("x", "observe")], device)).toHaveLength(1);
  });
  it("leave what they do not name: the gravest finding left decides", () => {
    const w = waivers("2026-11-24", entry("lab-1", `{clause: ${C}, fingerprint: "${C}:x"}`));
    expect(waive(w, [verdict("fail")], [group("x"), group("y", "warn")], device)[0].verdict).toBe("warn");
    expect(waive(w, [verdict("fail")], [group("x"), group("y")], device)[0].verdict).toBe("fail");
    expect(waive(w, [verdict("fail")], [group("y")], device)[0]).toEqual(verdict("fail"));
  });
  it("hold through their last day and not a day longer", () => {
    const last = waivers("2027-01-31", entry("lab-1", `{clause: ${C}}`));
    expect(waive(last, [verdict("fail")], [group("x")], device)[0].verdict).toBe("waived");
    const after = waivers("2027-02-01", entry("lab-1", `{clause: ${C}}`));
    expect(waive(after, [verdict("fail")], [group("x")], device)[0].verdict).toBe("fail");
  });
  it("keep to their profile and release", () => {
    const w = waivers("2026-11-24", entry("lab-1", `{clause: ${C}, profile: mx-ms-dpc, release: 17.4R1}`));
    const under = (id: string, release?: string) => waive(w, [verdict("fail", C, id)], [group("x")], { id, ...(release === undefined ? {} : { release }) })[0].verdict;
    expect([under("mx-ms-dpc@17.4R1", "17.4R1"), under("mx-ms-dpc@18.2R1", "18.2R1"), under("mx-ms-dpc"), under("mx-ms-mpc@17.4R1", "17.4R1")]).toEqual(["waived", "fail", "fail", "fail"]);
  });
  it("never touch what is no violation", () => {
    const w = waivers("2026-11-24", entry("lab-1", `{clause: ${C}}`));
    for (const v of ["pass", "observed", "not-exercised", "known-deviation", "error", "incomplete"] as const) expect(waive(w, [verdict(v)], [group("x")], device)[0].verdict).toBe(v);
  });
});

describe("what became of a waiver", () => {
  const tally = (exercised: number, violated: number) => ({ rule: C, clause: C, severity: "fail" as const, exercised, violated, observed: 0 });
  const run = (findings: FindingGroup[], exercised: number, violated: number): CaseLine => ({
    type: "case", id: "traces", title: "t", profile: "device", verdict: "pass", counters: [], softwires: [], rules: [tally(exercised, violated)], findings, outputs: [],
  });
  const state = (w: Waivers, c: CaseLine, v: VerdictLine["verdict"], complete = true) => waiverLines(w, [device], [c], [verdict(v)], complete)[0].state;
  const w = waivers("2026-11-24", entry("lab-1", `{clause: ${C}}`));
  it("is told: used, unexpected pass, unmatched, needless, expired", () => {
    expect(state(w, run([group("x")], 3, 2), "waived")).toBe("used");
    expect(state(w, run([], 3, 0), "pass")).toBe("unexpected-pass");
    expect(state(w, run([], 0, 0), "not-exercised")).toBe("unmatched");
    expect(state(w, run([group("x")], 3, 2), "known-deviation")).toBe("needless");
    expect(state(waivers("2028-01-01", entry("lab-1", `{clause: ${C}}`)), run([group("x")], 3, 2), "fail")).toBe("expired");
  });
  it("is never an unexpected pass of a run that broke off, nor when the clause broke in another way", () => {
    expect(state(w, run([], 3, 0), "incomplete", false)).toBe("unmatched");
    expect(state(waivers("2026-11-24", entry("lab-1", `{clause: ${C}, fingerprint: "${C}:x"}`)), run([group("y")], 3, 2), "fail")).toBe("unmatched");
  });
  it("decides what prune takes out, and comments of the others stay", () => {
    const text = `softproof-waivers: 1\nwaivers:\n  # why\n${entry("lab-1", `{clause: ${C}}`)}  # second\n${entry("lab-2", "{clause: RFC5969-9-2}")}`;
    expect(pruned(text, new Set(["lab-2"]))).toMatch(/# why\n {2}- /);
    expect(parseWaivers(pruned(text, new Set(["lab-1"])), "w").waivers.map((x) => x.id)).toEqual(["lab-2"]);
    expect(parseWaivers(pruned(text, new Set(["lab-1", "lab-2"])), "w").waivers).toEqual([]);
    expect(waiverLines(w, [device], [run([], 0, 0)], [verdict("not-exercised")], true).some(isPrunable)).toBe(false);
  });
});
