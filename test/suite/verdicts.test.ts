import { describe, expect, it } from "vitest";
import type { FindingGroup, RuleTally, Severity } from "../../src/judge/types.js";
import type { ClauseLine } from "../../src/report/record.js";
import { exitCode, type Facts, honestNumbers, type ProfileView, REFERENCE_PROFILE, verdictsFor, worst } from "../../src/suite/verdicts.js";

const clause = (id: string, rule?: string): ClauseLine => ({
  type: "clause", id, rfc: 5969, section: "9.2", level: "MUST", statement: "s", check: "c", ...(rule === undefined ? { reason: "not visible" } : { rule }),
});
const tally = (id: string, severity: Severity, exercised: number, violated = 0, observed = 0): RuleTally => ({ rule: `rule-${id}`, clause: id, severity, exercised, violated, observed });
const finding = (id: string, severity: Severity): FindingGroup => ({
  rule: `rule-${id}`, clause: id, severity, fingerprint: "f", title: "t", certainty: "seen", count: 1, first: { file: "a", frame: 1 }, last: { file: "a", frame: 1 }, exemplars: [],
});
const facts = (rules: RuleTally[], findings: FindingGroup[] = [], complete = true): Facts => ({ rules, findings, complete });
const one = (f: Facts[], c = clause("A", "rule-A"), p: ProfileView = REFERENCE_PROFILE) => verdictsFor([c], f, p)[0];

describe("verdict of a clause", () => {
  it.each([
    ["fail", 1], ["warn", 1], ["info", 1],
  ] as const)("is %s when a rule of that severity is violated", (severity, violated) => {
    expect(one([facts([tally("A", severity, 5, violated)])])?.verdict).toBe(severity);
  });
  it("is pass only when a packet exercised it", () => {
    expect(one([facts([tally("A", "fail", 3)])])?.verdict).toBe("pass");
    expect(one([facts([tally("A", "fail", 0)])])).toMatchObject({ verdict: "not-exercised", exercised: 0 });
    expect(one([facts([])])?.verdict).toBe("not-exercised");
  });
  it("says why when nobody can judge the clause", () => {
    expect(one([facts([])], clause("A"))).toMatchObject({ verdict: "not-exercised", reason: "no rule: not visible" });
  });
  it("is an observation for a MAY, never a pass or a fail", () => {
    expect(one([facts([tally("A", "observe", 4, 0, 2)])])?.verdict).toBe("observed");
    expect(one([facts([tally("A", "observe", 4, 0, 0)])])).toMatchObject({ verdict: "observed", reason: expect.stringContaining("not used") });
  });
  it("weighs a violation by its gravest finding, which may be lighter than the rule", () => {
    expect(one([facts([tally("A", "fail", 2, 2)], [finding("A", "info")])])?.verdict).toBe("info");
    expect(one([facts([tally("A", "warn", 2, 2)], [finding("A", "warn"), finding("A", "fail")])])?.verdict).toBe("fail");
  });
  it("adds up over cases", () => {
    expect(one([facts([tally("A", "fail", 2)]), facts([tally("A", "fail", 3, 1)])])).toMatchObject({ verdict: "fail", exercised: 5, violated: 1 });
  });
  it("stays incomplete after an interruption unless it already failed", () => {
    expect(one([facts([tally("A", "fail", 2)], [], false)])?.verdict).toBe("incomplete");
    expect(one([facts([tally("A", "fail", 2, 1)], [], false)])?.verdict).toBe("fail");
  });
  it("is error when we broke, never a pass", () => {
    expect(one([{ ...facts([tally("A", "fail", 2)]), error: "boom" }])).toMatchObject({ verdict: "error", reason: "boom" });
  });
});

describe("a profile", () => {
  const view = (over: Partial<ProfileView>): ProfileView => ({ ...REFERENCE_PROFILE, id: "card", ...over });
  it("makes a clause not applicable with the capability that is false", () => {
    expect(one([facts([tally("A", "fail", 2, 1)])], undefined, view({ notApplicable: () => "6rd: no" }))).toMatchObject({ verdict: "not-applicable", reason: "6rd: no", profile: "card" });
  });
  it("turns a failure into a known deviation, and leaves a pass alone", () => {
    const p = view({ knownDeviation: () => "reassembly: no [J-6RD]" });
    expect(one([facts([tally("A", "fail", 2, 1)])], undefined, p)).toMatchObject({ verdict: "known-deviation", reason: "reassembly: no [J-6RD]" });
    expect(one([facts([tally("A", "fail", 2)])], undefined, p)?.verdict).toBe("pass");
  });
  it("never credits a card with what is not documented", () => {
    const p = view({ unspecified: () => "no source" });
    expect(one([facts([tally("A", "fail", 2)])], undefined, p)).toMatchObject({ verdict: "unspecified", reason: "no source" });
    expect(one([facts([tally("A", "fail", 0)])], undefined, p)?.verdict).toBe("not-exercised");
    expect(one([facts([tally("A", "fail", 2, 1)])], undefined, p)?.verdict).toBe("fail");
  });
});

describe("the four numbers and the exit code", () => {
  const clauses = ["A", "B", "C", "D", "E"].map((id) => clause(id, `rule-${id}`));
  const lines = verdictsFor(clauses, [facts([tally("A", "fail", 1), tally("B", "fail", 1, 1), tally("C", "warn", 1, 1), tally("D", "fail", 0)])], {
    ...REFERENCE_PROFILE, notApplicable: (c) => (c === "E" ? "no" : undefined),
  });
  const x = { internalError: false, unreadable: false, mismatch: false, failOnWarn: false, judged: true, byPackets: 1 };
  const zero = { exercised: 0, applicable: 3, failed: 0, warned: 0, waivedOrKnown: 0, errors: 0 };

  it("counts exercised of applicable without the not-exercised", () => {
    expect(honestNumbers(lines)).toEqual({ exercised: 3, applicable: 4, failed: 1, warned: 1, waivedOrKnown: 0, errors: 0 });
  });
  it("takes the worst verdict of a case", () => {
    expect(worst(lines.map((l) => l.verdict))).toBe("fail");
    expect(worst([])).toBe("not-exercised");
  });
  it("keeps the precedence 70 > 3 > 1 > 4 > 0", () => {
    const failed = { ...zero, exercised: 2, failed: 1 };
    expect(exitCode(failed, { ...x, internalError: true, unreadable: true })).toBe(70);
    expect(exitCode({ ...failed, errors: 1 }, { ...x, unreadable: true })).toBe(70);
    expect(exitCode(failed, { ...x, unreadable: true })).toBe(3);
    expect(exitCode(failed, x)).toBe(1);
    expect(exitCode({ ...zero, exercised: 2 }, { ...x, mismatch: true })).toBe(1);
    expect(exitCode(zero, x)).toBe(4);
    expect(exitCode(zero, { ...x, judged: false })).toBe(0);
    expect(exitCode({ ...zero, exercised: 2 }, { ...x, byPackets: 0 })).toBe(4);
    expect(exitCode({ ...zero, exercised: 2 }, x)).toBe(0);
  });
  it("fails for warnings only when asked", () => {
    const warned = { ...zero, exercised: 2, warned: 1 };
    expect(exitCode(warned, x)).toBe(0);
    expect(exitCode(warned, { ...x, failOnWarn: true })).toBe(1);
  });
});
