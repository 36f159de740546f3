import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkRecordLine, parseRecord, readRecord } from "../../src/report/index.js";
import { buildReport, shortNames, tally } from "../../src/report/model.js";
import type { HeaderLine } from "../../src/report/record.js";
import { clauses, finding, HOSTILE, PROFILES, sampleRecord } from "./sample.js";

const text = (lines: readonly unknown[]): string => lines.map((l) => `${JSON.stringify(l)}\n`).join("");

describe("the schema of the run record", () => {
  test("takes every line of a record", () => {
    for (const line of sampleRecord({ hostile: true, fault: true })) expect(checkRecordLine(line)).toBeUndefined();
  });
  test.each([
    ["an unknown type", { type: "finale" }], ["a key nobody knows", { ...clauses[0], color: "red" }], ["a verdict that is none", { type: "verdict", clause: "x", profile: "y", verdict: "ok", exercised: 1, violated: 0 }],
    ["a negative count", { type: "verdict", clause: "x", profile: "y", verdict: "pass", exercised: -1, violated: 0 }], ["half a byte of hex", { type: "case", id: "a", title: "a", profile: "p", verdict: "fail", counters: [], softwires: [], rules: [], outputs: [], findings: [{ ...finding(clauses[0]!, 0, "f", "t"), exemplars: [{ message: "", fields: [], why: "", filter: "", packets: [{ side: "core", direction: "sent", place: { file: "f", frame: 1 }, sec: 0, nsec: 0, hex: "4" }] }] }] }],
    ["no object", 7],
  ])("refuses %s", (_, line) => { expect(checkRecordLine(line)).toBeTypeOf("string"); });
});

describe("reading a record", () => {
  let dir = "";
  beforeAll(() => { dir = mkdtempSync(join(tmpdir(), "softproof-record-")); });
  afterAll(() => { rmSync(dir, { recursive: true, force: true }); });
  const lines = sampleRecord({ hostile: true });

  test("gives back what was written", () => {
    const path = join(dir, "run.jsonl");
    writeFileSync(path, text(lines));
    expect(readRecord(path)).toEqual({ lines, complete: true });
  });
  test("uses what is whole of a record cut off anywhere", () => {
    const whole = text(lines.slice(0, 12));
    for (const cut of [whole.length - 1, whole.length - 40, 600]) {
      const r = parseRecord(whole.slice(0, cut), "run.jsonl");
      expect(r.complete).toBe(false);
      expect(r.lines).toEqual(lines.slice(0, r.lines.length));
      expect(r.problem).toMatch(/^run\.jsonl/);
    }
    expect(parseRecord(whole.slice(0, -40), "run.jsonl").problem).toContain("run.jsonl:12: the last line is cut off");
    expect(parseRecord(whole.slice(0, -40), "run.jsonl").lines).toHaveLength(11);
  });
  test("a record without footer, or whose footer says so, is incomplete", () => {
    expect(parseRecord(text(lines.slice(0, -1)), "r").problem).toContain("the run did not end");
    expect(parseRecord(text([...lines.slice(0, -1), { ...lines.at(-1), complete: false }]), "r")).toMatchObject({ complete: false, lines: { length: lines.length } });
  });
  test("says what is wrong with a file that is no record", () => {
    expect(readRecord(join(dir, "absent.jsonl"))).toMatchObject({ lines: [], complete: false, problem: expect.stringContaining("absent.jsonl: no such file or folder") });
    expect(parseRecord("", "r").problem).toContain("no header line");
    expect(parseRecord("hello\nworld\n", "r").problem).toContain("r:1: not JSON");
    expect(parseRecord(text([{ ...lines[0], version: 2 }]), "r").problem).toContain("version 2, this softproof reads version 1");
    expect(parseRecord(text([lines[0], { type: "fault" }, lines[1]]), "r")).toMatchObject({ lines: { length: 1 }, problem: expect.stringMatching(/^r:2: /) });
  });
});

describe("the model", () => {
  test("one finding under six profiles is one finding, excused only where a profile excuses it", () => {
    const f = buildReport(sampleRecord()).findings[0]!;
    expect(f.verdict).toBe("fail");
    expect(f.where.map((w) => w.verdict)).toEqual(["fail", "waived", "fail", "fail", "fail", "fail"]);
  });
  test("findings with different packets, or in different cases, stay apart", () => {
    const c = clauses[5]!;
    const base = sampleRecord().find((l) => l.type === "case")!;
    const at = (id: string, profile: string, n: number) => ({ ...base, id, profile, findings: [{ ...finding(c, n, "f", "t"), fingerprint: "same", count: 1 }] });
    expect(buildReport([at("a", "p", 0), at("a", "q", 0)]).findings).toHaveLength(1);
    expect(buildReport([at("a", "p", 0), at("b", "p", 0)]).findings).toHaveLength(2);
  });
  test("without footer the four numbers come from the verdicts and are the same", () => {
    const broken = buildReport(sampleRecord({ complete: false }));
    expect(broken.complete).toBe(false);
    expect(broken.numbers).toEqual(buildReport(sampleRecord()).numbers);
  });
  test("a profile that only verdicts name is there, and the tally adds up to the clauses", () => {
    const r = buildReport(sampleRecord().filter((l) => l.type !== "profile"));
    expect(r.profiles.map((p) => p.id)).toEqual([...PROFILES]);
    for (const p of PROFILES) expect(tally(r, p).reduce((n, [, k]) => n + k, 0)).toBe(clauses.length);
  });
  test("clauses are ordered by RFC and section as people count", () => {
    const shuffled = [...sampleRecord()].reverse();
    const r = buildReport([...shuffled, { ...clauses[0]!, id: "RFC3056-10-1", section: "10" }]);
    const of3056 = r.clauses.filter((c) => c.rfc === 3056).map((c) => c.section);
    expect(of3056.at(-1)).toBe("10");
    expect(of3056[0]).toBe("2");
    expect(r.header?.inputs[0]?.name).not.toBe(HOSTILE);
  });
  test("file names lose their folder only where that leaves them apart", () => {
    const at = (...names: string[]) => shortNames({ header: { ...(sampleRecord({ command: "check" })[0] as HeaderLine), inputs: names.map((name) => ({ name, side: "access" })) }, findings: [], faults: [] });
    expect(["/a/x.pcap", "/b/y.pcap"].map(at("/a/x.pcap", "/b/y.pcap"))).toEqual(["x.pcap", "y.pcap"]);
    expect(["/a/x.pcap", "/b/x.pcap"].map(at("/a/x.pcap", "/b/x.pcap"))).toEqual(["/a/x.pcap", "/b/x.pcap"]);
    expect(at("/a/x.pcap")("/other/x")).toBe("/other/x");
  });
});
