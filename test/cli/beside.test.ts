import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, scratch, softproof } from "./helper.js";

/** The reference as a box: its traces and outputs, its NAT log, and counters that say what it did. */
const dir = scratch();
const at = (...names: string[]): string => join(dir, ...names);
const aftr = (...names: string[]): string => at("run", "rfc6333-aftr", ...names);
const config = join(root, "fixtures", "configs", "ds-lite.yaml");
beforeAll(() => {
  expect(softproof(["run", join(root, "specs/cases/rfc6333/aftr.yaml"), "--profile", "reference", "-o", at("run"), "-q"]).code).toBe(0);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const check = (...more: string[]) => softproof(["check", "--config", config, "--access", aftr("access-in.pcap"), aftr("reference", "access-out.pcap"), "--core", aftr("core-in.pcap"), aftr("reference", "core-out.pcap"), "-q", ...more]);

test("the reference's own NAT log and right counters agree with its packets; the verdicts do not depend on them", () => {
  const counters = at("counters.xml");
  const plain = check();
  writeFileSync(counters, "<x><sw-decap-pkts>5</sw-decap-pkts><sw-encap-pkts>4</sw-encap-pkts></x>");
  const r = check("--counters", counters, "--nat-log", aftr("reference", "nat.log"), "-o", at("out"));
  expect(r.code).toBe(plain.code);
  const told = /Beside the packets: (\d+) of (\d+) values/.exec(r.out);
  expect(Number(told?.[2])).toBeGreaterThan(4);
  expect(told?.[1]).toBe(told?.[2]);
  expect(readFileSync(at("out", "summary.md"), "utf8")).toContain("### Beside the packets");
  expect(softproof(["report", at("out")]).code).toBe(plain.code); // the record obeys its schema
});
test("wrong counters and a log with a hole are told, and change neither verdicts nor exit code", () => {
  const counters = at("wrong.txt");
  writeFileSync(counters, "Total Packets decapsulated : 500\n");
  const log = readFileSync(aftr("reference", "nat.log"), "utf8").split("\n").filter((l) => l !== "");
  const hole = /external="(198\.51\.100\.0)" port="(\d+)"/.exec(log.join("\n"));
  writeFileSync(at("hole.log"), `${log.filter((l) => !l.includes(hole?.[0] ?? "?")).join("\n")}\n`);
  const r = check("--counters", counters, "--nat-log", at("hole.log"));
  expect(r.code).toBe(check().code);
  expect(r.out).toMatch(/counter sw-decap-pkts \(Total Packets decapsulated\): .*wrong\.txt says 500, 5 in the captures/);
  expect(r.out).toContain(`NAT log ${hole?.[1]}:${hole?.[2]} `);
});
test.each([
  ["counters of no card", ["--counters", config], "no counter of a known card is in it"],
  ["a log of something else", ["--nat-log", config], "names an address of the pool with a port"],
  ["a file that is not there", ["--nat-log", "/no/such.log"], "/no/such.log: cannot be read"],
  ["three files of counters", ["--counters", "a", "b", "c"], "name one file, or two"],
])("%s: exit 2 before a packet is read", (_, args, message) => {
  expect(check(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) as string });
});
test("the files of the run that the test stands on", () => {
  expect(readdirSync(aftr("reference"))).toContain("nat.log");
});
