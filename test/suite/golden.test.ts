import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Decision, type GoldenChange, regenerate } from "../../src/suite/regenerate.js";
import { mechanismsIn, runSpecs } from "../../src/suite/run.js";
import { runProfiles } from "../../src/suite/run-profiles.js";
import { headerLine } from "../../src/suite/record-lines.js";
import { loadSpecs } from "../../src/suite/spec.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-golden-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const file = join(dir, "mine.yaml");
const text = (tc: string, expected: string, counters = "encapsulated: 1"): string => `id: mine
title: A spec of one's own
mechanism: 6rd
clauses: [RFC5969-9-3]
config: 6rd/static-1480.yaml
packets:
  - at: 0
    core: 'ipv6(3fff:2::1 > 2001:db8:6464:100::1 tc=${tc}) / udp(2 > 1)'
    expect: [{access: 'ipv4(10.0.0.1 > 10.100.100.1 id=any tos=${expected}) / ipv6(3fff:2::1 > 2001:db8:6464:100::1 tc=${tc} hop=63) / udp(2 > 1)'}]
counters: {${counters}}
`;
async function make(content: string, check = false) {
  writeFileSync(file, content);
  const specs = loadSpecs([file]);
  return regenerate({ specs, profiles: runProfiles(["reference"], mechanismsIn(specs)), outDir: join(dir, "out"), check });
}
async function verdict() {
  const specs = loadSpecs([file]);
  const header = headerLine({ toolVersion: "0", command: "run", subject: "reference", inputs: [], config: "", seed: 1, asOf: "" });
  return runSpecs({ specs, profiles: runProfiles(["reference"], mechanismsIn(specs)), header, outDir: join(dir, "out"), failOnWarn: false });
}
const golden = join(dir, "golden", "mine", "access-out.pcap");

test("an expectation that is unmet is refused, and nothing is written", async () => {
  const r = await make(text("0xb8", "0"));
  expect(r.refused).toBe(1);
  expect(r.lines.join("\n")).toContain("ipv4[0].tos: expected 0, seen 184");
  expect(existsSync(golden)).toBe(false);
});
test("so is a counter that did not rise", async () => {
  const r = await make(text("0xb8", "0xb8", "encapsulated: 2"));
  expect(r.refused).toBe(1);
  expect(r.lines.join("\n")).toContain("counter encapsulated: expected 2, is 1");
  expect((await verdict()).exitCode).toBe(1);
});
test("so is a broken MUST, though the expectation is met", async () => {
  const off = "{softproof: 1, access: {macs: ['02:00:00:00:00:01']}, core: {macs: ['02:00:00:00:00:03']}, service-sets: [{softwire-concentrators: [{v6rd: {softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: '2001:db8::/32', reassembly-timeout: 0}}]}]}";
  const r = await make(text("0xb8", "0xb8").replace("6rd/static-1480.yaml", off));
  expect(r.refused).toBe(1);
  expect(r.lines.join("\n")).toContain("RFC4213-3.6-6 is broken");
});
test("a met one becomes the golden, beside the spec", async () => {
  expect((await make(text("0xb8", "0xb8"))).changed).toBe(1);
  expect(existsSync(golden)).toBe(true);
  const r = await verdict();
  expect(r.cases[0].golden?.state).toBe("equal");
  expect((await make(text("0xb8", "0xb8"))).equal).toBe(1);
});
test("a change is told by frame and field; --check writes nothing, a run fails", async () => {
  const before = readFileSync(golden);
  const r = await make(text("0x28", "0x28"), true);
  expect(r.changed).toBe(1);
  expect(r.lines.join("\n")).toContain("  access-out.pcap frame 1 at 0.0 s: ipv4[0].tos was 184, is 40 [");
  expect(r.lines.join("\n")).toContain("  access-out.pcap frame 1 at 0.0 s: ipv6[0].tc was 184, is 40 [");
  expect(Buffer.compare(readFileSync(golden), before)).toBe(0);
  const run = await verdict();
  expect(run.cases[0]).toMatchObject({ verdict: "fail", golden: { state: "differs" }, expectation: { met: true } });
  expect(run.exitCode).toBe(1);
});
test("a card that sends what the changed spec sends needs no golden of its own, whatever the old golden holds", async () => {
  const all = async (content: string, check: boolean) => {
    writeFileSync(file, content);
    const specs = loadSpecs([file]);
    return regenerate({ specs, profiles: runProfiles([], mechanismsIn(specs)), outDir: join(dir, "out"), check });
  };
  await all(text("0xb8", "0xb8"), false);
  expect(await all(text("0xb8", "0xb8"), true)).toMatchObject({ changed: 0 });
  const plain = text("0xb8", "0xb8").replace(/udp\(2 > 1\)/g, "udp(2 > 7)");
  const r = await all(plain, true);
  expect(r.lines.filter((l) => !l.startsWith(" "))).toEqual([expect.stringMatching(/^mine: changed/), "1 would change, 0 equal, 0 refused"]);
});
test("a damaged golden is an error that says what to do", async () => {
  writeFileSync(golden, "text");
  await expect(verdict()).rejects.toThrow("make it again with softproof golden");
});
test("a reviewer accepts, skips and quits, change by change; a change names the reason and the entry", async () => {
  const specs = ["one", "two", "three"].map((id, i) => {
    const path = join(dir, "review", `${id}.yaml`);
    mkdirSync(join(dir, "review"), { recursive: true });
    writeFileSync(path, text("0xb8", "0xb8").replace("id: mine", `id: ${id}`).replace("at: 0", `at: ${i}`));
    return path;
  });
  const run = (decide: (c: GoldenChange) => Promise<Decision>) => {
    const loaded = loadSpecs(specs);
    return regenerate({ specs: loaded, profiles: runProfiles(["reference"], mechanismsIn(loaded)), outDir: join(dir, "out"), check: false, decide });
  };
  const at = (id: string): string => join(dir, "review", "golden", id, "access-out.pcap");
  const asked: string[] = [];
  const answers: Decision[] = ["accept", "quit"];
  const r = await run(async (c) => {
    asked.push(`${c.name} ${c.state}`);
    return answers[asked.length - 1];
  });
  expect(asked).toEqual(["one absent", "two absent"]);
  expect([r.changed, r.skipped, existsSync(at("one")), existsSync(at("two")), existsSync(at("three"))]).toEqual([1, 1, true, false, false]);
  writeFileSync(specs[0], readFileSync(specs[0], "utf8").replace(/0xb8/g, "0x28"));
  const seen: GoldenChange[] = [];
  await run(async (c) => {
    seen.push(c);
    return "skip";
  });
  expect(seen.map((c) => [c.name, c.state])).toEqual([["one", "differs"], ["two", "absent"], ["three", "absent"]]);
  expect(seen[0].differences.join("\n")).toMatch(/access-out\.pcap frame 1 at 0\.0 s: ipv4\[0\]\.tos was 184, is 40 \[encapsulated: [^\]]*; entry 1\]/);
});
