import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
mkdirSync(dir, { recursive: true });
const file = join(dir, "waivers.yaml");
const write = (scope: string, expires = "2099-12-31"): void => writeFileSync(file, `softproof-waivers: 1\nwaivers:\n  - id: lab-12\n    reason: DSCP copy comes with the next release\n    owner: k.meier\n    issue: LAB-12\n    expires: ${expires}\n    scope: ${scope}\n`);
const example = (side: string): string => join(root, "fixtures", "examples", `6rd-${side}.pcap`);
const check = (...more: string[]) => softproof(["check", "-q", "--config", join(root, "fixtures", "configs", "6rd.yaml"), "--access", example("access"), "--core", example("core"), "--waivers", file, ...more]);

describe("softproof check --waivers", () => {
  it("turns the fail into a waived one in every report, and exits 0", () => {
    write("{ clause: RFC5969-9-3 }");
    const out = join(dir, "out");
    const r = check("-o", out, "--as-of", "2026-11-24");
    expect(r.code).toBe(0);
    expect(r.out).toMatch(/WAIVED RFC5969-9-3[\s\S]*owner k\.meier, issue LAB-12, expires\s+2099-12-31[\s\S]*failed 0, waived or known 1,/);
    const read = (name: string): string => readFileSync(join(out, name), "utf8");
    expect(read("run.jsonl")).toContain('"asOf":"2026-11-24"');
    expect(read("junit.xml")).toMatch(/<skipped message="waived: waiver lab-12: DSCP copy[^"]*owner k\.meier/);
    const sarif = JSON.parse(read("results.sarif")) as { runs: { results: { suppressions?: { justification: string }[] }[] }[] };
    expect(sarif.runs[0].results.flatMap((x) => x.suppressions ?? [])).toEqual([expect.objectContaining({ justification: expect.stringContaining("waiver lab-12: DSCP copy comes with the next release (owner k.meier") })]);
    expect(JSON.parse(read("report.json"))).toMatchObject({ numbers: { waivedOrKnown: 1, failed: 0 }, waivers: [{ id: "lab-12", state: "used" }] });
    expect(read("report.html")).toContain("DSCP copy comes with the next release");
    expect(softproof(["report", out]).code).toBe(0);
  });
  it("judges expiry as of today unless told, and writes the day down", () => {
    write("{ clause: RFC5969-9-3 }", "2026-01-31");
    const r = check("--json");
    expect(r.code).toBe(1);
    expect((JSON.parse(r.out) as { run: { asOf: string } }).run.asOf).toBe(new Date().toISOString().slice(0, 10));
    expect(check("--as-of", "2026-01-31").code).toBe(0);
    expect(check("--as-of", "2026-02-01").out).toMatch(/waiver lab-12 is expired/);
  });
  it("exits 1 on an unexpected pass, 2 on an invalid file before a packet is read", () => {
    write("{ clause: RFC5969-9.2-1 }");
    expect(check().out).toMatch(/waiver lab-12 passed unexpectedly/);
    expect(check().code).toBe(1);
    write("{ clause: RFC5969-99 }");
    const r = check("-o", join(dir, "never"));
    expect(r.code).toBe(2);
    expect(r.err).toMatch(/waivers\.yaml:8:\d+: no clause "RFC5969-99"/);
    expect(existsSync(join(dir, "never"))).toBe(false);
  });
});

describe("softproof waivers", () => {
  it("lints with places, and prunes by a run", () => {
    write("{ clause: RFC5969-9.2-1 }", "2027-01-31");
    expect(softproof(["waivers", "lint", file, "--as-of", "2026-11-24"])).toMatchObject({ code: 0 });
    expect(softproof(["waivers", "lint", file, "--as-of", "2027-02-01"])).toMatchObject({ code: 1, out: expect.stringContaining("waivers.yaml:3:5: lab-12: expired on 2027-01-31") });
    const out = join(dir, "pass");
    check("-o", out, "--as-of", "2026-11-24");
    expect(softproof(["waivers", "prune", file, "--run", out, "--as-of", "2026-11-24"]).out).toMatch(/remove {3}lab-12 {2}unexpected-pass/);
    expect(readFileSync(file, "utf8")).toContain("lab-12");
    expect(softproof(["waivers", "prune", file, "--run", out, "--as-of", "2026-11-24", "--write"]).code).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain("lab-12");
  });
});

it("the form that the help shows is valid", () => {
  const shown = /A file of waivers:\n\n([\s\S]*?)\n\nscope:/.exec(softproof(["waivers", "--help"]).out)?.[1] ?? "";
  const file = join(dir, "shown.yaml");
  writeFileSync(file, shown);
  expect(softproof(["waivers", "lint", file, "--as-of", "2026-11-24"])).toMatchObject({ code: 0, out: expect.stringContaining("1 waiver, 0 expired") as string });
});
