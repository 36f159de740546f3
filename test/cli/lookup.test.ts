import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { root, scratch, softproof } from "./helper.js";
import { accessPcap, CONFIG, corePcap } from "./traffic.js";

let dir = "";
const path = (name: string): string => join(dir, name);
beforeAll(() => {
  dir = scratch();
  writeFileSync(path("br.yaml"), CONFIG);
  writeFileSync(path("access.pcap"), accessPcap());
  writeFileSync(path("core.pcap"), corePcap());
});

describe("rules and explain", () => {
  it("lists every clause of an RFC with its rule or the reason for none", () => {
    const r = softproof(["rules", "--rfc", "5969", "--json"]);
    const lines = r.out.trimEnd().split("\n").map((l) => JSON.parse(l) as { id: string; rule?: string; reason?: string });
    expect(lines.length).toBeGreaterThan(40);
    for (const l of lines) expect((l.rule === undefined) !== (l.reason === undefined), l.id).toBe(true);
    expect(lines.find((l) => l.id === "RFC5969-9.2-1")?.rule).toBe("RFC5969-9.2-1");
  });
  it("counts coverage per RFC", () => {
    const r = softproof(["rules", "--coverage", "--rfc", "5969", "--json"]);
    const row = JSON.parse(r.out) as { clauses: number; visible: number; judged: number };
    expect(row).toMatchObject({ rfc: 5969, clauses: 47, visible: 38 });
    expect(row.judged).toBeGreaterThan(0);
    expect(row.judged).toBeLessThanOrEqual(row.visible);
  });
  it("tells the fate of every clause", () => {
    const m = /(\d+) clauses: (\d+) judged \(\d+ of them .*\), (\d+) not observable in packets, (\d+) without a rule/.exec(softproof(["rules", "--coverage"]).out);
    const [all, judged, hidden, reasoned] = (m ?? []).slice(1).map(Number);
    expect(all).toBe(judged + hidden + reasoned);
    const lines = softproof(["rules", "--json", "--rfc", "6333"]).out.trimEnd().split("\n").map((l) => JSON.parse(l) as { rule?: string; reason?: string });
    for (const l of lines) expect(l.rule ?? l.reason ?? "").not.toBe("");
  });
  it("explains a clause, in any case of letters, and suggests for a typing mistake", () => {
    const r = softproof(["explain", "rfc5969-9.2-1"]);
    expect(r.out).toMatch(/^ {2}seen {8}in a packet and what comes of it$/m);
    expect(r.code).toBe(0);
    expect(r.out).toContain("RFC 5969 section 9.2");
    expect(r.out).toContain("rule        RFC5969-9.2-1");
    expect(softproof(["explain", "RFC5969-9.2-9"])).toMatchObject({ code: 2, err: expect.stringContaining("did you mean RFC5969-9.2-") });
  });
  it("tells how a vague text is read, and the point on which that rests", () => {
    const { out } = softproof(["explain", "RFC4213-3.3-2"]);
    expect(out).toMatch(/^ {2}reading +"Implementation-dependent": .*\(D7\)\.$/m);
    expect(out).toMatch(/^ {2}where open +D7 /m);
  });
  it("explains a decision that a finding names, and lists the clauses of a section or an RFC", () => {
    expect(softproof(["explain", "d29"]).out).toMatch(/^D29 .*\n {2}where open {2}192\.0\.0\.1 /);
    expect(JSON.parse(softproof(["explain", "D29", "--json"]).out)).toMatchObject({ id: "D29" });
    const section = softproof(["explain", "RFC5969-9.2"]);
    expect(section).toMatchObject({ code: 0, err: "" });
    expect(section.out.match(/^RFC\S+/gm)).toEqual(["RFC5969-9.2-1", "RFC5969-9.2-2", "RFC5969-9.2-3", "RFC5969-9.2-4"]);
    expect(softproof(["explain", "6040"])).toMatchObject({ code: 0, out: softproof(["rules", "--rfc", "6040"]).out });
    expect(softproof(["explain", "6040", "--json"])).toMatchObject({ code: 0, out: softproof(["rules", "--rfc", "6040", "--json"]).out });
  });
  it("refuses an RFC that is not in the catalogue", () => {
    expect(softproof(["rules", "--rfc", "2616"])).toMatchObject({ code: 2, err: expect.stringContaining("5969") });
  });
});

describe("what is missing", () => {
  it("a configuration: init drafts one", () => {
    expect(softproof(["replay", "--access", path("access.pcap")])).toMatchObject({ code: 2, err: expect.stringMatching(/Missing required argument: config\n`softproof init CAPTURE\.\.\. -o FILE` drafts one/) });
  });
  it("a run record: what to name", () => {
    for (const command of [["report"], ["compare", path("nowhere")]]) expect(softproof([...command, path("nowhere")]).err).toContain(`${path("nowhere")}: no such file or folder; name a run.jsonl, or the folder that holds it`);
  });
  it("letters of a reason: how many are expected", () => {
    writeFileSync(path("short.yaml"), "softproof-waivers: 1\nwaivers:\n  - { id: lab-1, reason: x, owner: me, issue: LAB-1, expires: 2099-01-31, scope: { clause: RFC6040-4.1-1 } }\n");
    expect(softproof(["waivers", "lint", path("short.yaml")]).err).toContain('short.yaml:3:26: waivers[0].reason is "x" (expected 8 characters or more; why the deviation is accepted for now)');
  });
});

describe("profiles", () => {
  it("lists the cards and shows one with its sources", () => {
    expect(softproof(["profiles"]).out).toMatch(/mx-ms-dpc .*10\.4/);
    const shown = softproof(["profiles", "show", "mx-ms-mpc@17.4R1"]).out;
    expect(shown).toContain("mx-ms-mpc@17.4R1");
    expect(shown).toMatch(/ds-lite +yes +since 17\.4R1/);
  });
  it("checks a profile file, with place", () => {
    const good = readFileSync(join(root, "specs", "profiles", "mx-ms-dpc.yaml"), "utf8");
    writeFileSync(path("card.yaml"), good);
    expect(softproof(["profiles", "lint", path("card.yaml")])).toMatchObject({ code: 0, out: expect.stringContaining("valid") });
    writeFileSync(path("card.yaml"), `${good}colour: grey\n`);
    const bad = softproof(["profiles", "lint", path("card.yaml")]);
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/card\.yaml:\d+:\d+: .*colour/);
  });
});

describe("replay under profiles", () => {
  it("gives each card its verdicts, a pass of its own only where it behaves differently, and none to a card without 6rd", () => {
    const r = softproof(["replay", "--config", path("br.yaml"), "--access", path("access.pcap"), "--core", path("core.pcap"), "--profile", "mx-ms-mpc", "reference", "mx-ms-dpc@17.4R1", "-o", path("cards")]);
    expect(r.out).toMatch(/mx-ms-mpc +\d+ not-applicable\n/);
    expect(r.out).toContain("no test of the card");
    expect(readdirSync(path("cards")).filter((f) => !f.includes(".") || f.includes("@")).sort()).toEqual(["mx-ms-dpc@17.4R1", "reference"]);
    expect(existsSync(path("cards/reference/core-out.pcap"))).toBe(true);
    const cases = readFileSync(path("cards/run.jsonl"), "utf8").split("\n").filter((l) => l.startsWith('{"type":"case"')).map((l) => JSON.parse(l) as { profile: string; verdict: string; reason?: string });
    expect(cases.find((c) => c.profile === "mx-ms-mpc")).toMatchObject({ verdict: "not-applicable", reason: expect.stringContaining("does not support 6rd") });
  });
  it("reads stdin only once", () => {
    const r = softproof(["replay", "--config", path("br.yaml"), "--access", "-", "--profile", "reference", "mx-ms-dpc@17.4R1"], accessPcap());
    expect(r).toMatchObject({ code: 2, err: expect.stringContaining("stdin can be read once") });
  });
});

describe("info", () => {
  it("counts outer and inner protocols", () => {
    const r = softproof(["info", path("access.pcap"), "--json"]);
    expect(JSON.parse(r.out)).toMatchObject({ frames: 6, tunnelled: 5, protocols: { "ipv4 41 > ipv6 udp": 5, "not IP": 1 }, first: [1_700_000_000, 0] });
  });
  it("reads what is readable of a damaged file and ends with 3", () => {
    writeFileSync(path("cut.pcap"), accessPcap().subarray(0, 300));
    const r = softproof(["info", path("cut.pcap")]);
    expect(r.code).toBe(3);
    expect(r.out).toContain("DAMAGE");
  });
});

describe("report", () => {
  it("makes the same reports from the record", () => {
    softproof(["replay", "--config", path("br.yaml"), "--access", path("access.pcap"), "-o", path("run")]);
    const r = softproof(["report", path("run/run.jsonl"), "-o", path("again")]);
    expect(r.code).toBe(0);
    for (const f of ["report.html", "report.json", "junit.xml", "summary.md", "evidence.pcapng"]) {
      expect(readFileSync(path(`again/${f}`)).equals(readFileSync(path(`run/${f}`))), f).toBe(true);
    }
  });
  it("says that a record is not whole", () => {
    writeFileSync(path("half.jsonl"), readFileSync(path("run/run.jsonl"), "utf8").split("\n").slice(0, 5).join("\n"));
    const r = softproof(["report", path("half.jsonl"), "-o", path("half")]);
    expect(r.code).toBe(3);
    expect(r.out).toContain("INCOMPLETE");
  });
});

describe("Ctrl-C", () => {
  it("leaves a report that is marked incomplete and no half output files, exit 130", async () => {
    const child = spawn(process.execPath, [join(root, "dist", "cli", "main.js"), "replay", "--config", path("br.yaml"), "--access", "-", "-o", path("broken")], { stdio: ["pipe", "pipe", "pipe"] });
    let err = "";
    child.stderr.on("data", (d: Buffer) => (err += d.toString()));
    child.stdin.on("error", () => undefined); // it closes its end
    child.stdin.write(accessPcap());
    for (let i = 0; i < 200 && !(existsSync(path("broken")) && readdirSync(path("broken")).some((f) => f.startsWith("core-out.pcap.part"))); i++) await new Promise((r) => setTimeout(r, 25));
    await new Promise((r) => setTimeout(r, 200));
    child.kill("SIGINT");
    const code = await new Promise<number | null>((r) => child.on("exit", r));
    expect(code).toBe(130);
    expect(err).toContain("marked incomplete");
    expect(readdirSync(path("broken")).filter((f) => f.includes("-out.pcap"))).toEqual([]);
    const footer = JSON.parse(readFileSync(path("broken/run.jsonl"), "utf8").trimEnd().split("\n").at(-1) ?? "") as object;
    expect(footer).toMatchObject({ type: "footer", complete: false, exitCode: 130 });
    expect(readFileSync(path("broken/summary.md"), "utf8")).toMatch(/incomplete/i);
  });
});

it("a flag without its value is the user's mistake, not ours", () => {
  const ran = softproof(["replay", "--config"]);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain("Not enough arguments following: config");
  expect(ran.err).not.toContain("internal error");
});
