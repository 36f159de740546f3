import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
const at = (name: string): string => join(dir, name);
const check = (out: string, ...more: string[]): number | null => softproof(["check", "--config", join(root, "fixtures/configs/6rd.yaml"), "--access", join(root, "fixtures/examples/6rd-access.pcap"), "--core", join(root, "fixtures/examples/6rd-core.pcap"), "-o", out, "-q", ...more]).code;
beforeAll(() => {
  expect(check(at("bad"))).toBe(1);
  const config = readFileSync(join(root, "fixtures/configs/6rd.yaml"), "utf8");
  writeFileSync(at("6rd.yaml"), config);
  for (const [name, ttl] of [["ref", ""], ["other", "\n          ttl: 77"]] as const) {
    writeFileSync(at(`${name}.yaml`), config.replace("v6rd-prefix: 2001:db8::/32", `v6rd-prefix: 2001:db8::/32${ttl}`));
    expect(softproof(["replay", "--config", at(`${name}.yaml`), "--access", join(root, "fixtures/examples/6rd-access.pcap"), "--core", join(root, "fixtures/examples/6rd-core.pcap"), "-o", at(name), "-q"]).code).toBe(0);
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("from a box that breaks a MUST to the reference: newly passing, exit 0; the other way round exit 1", () => {
  const better = softproof(["compare", at("bad"), at("ref/run.jsonl")]);
  expect(better.out).toMatch(/Newly passing: 1 clause\n {2}RFC5969-9-3 MUST {2}fail -> pass/);
  expect(better.out).toContain("finding gone: DSCP … was sent with outer DSCP 0 (was 4 times");
  expect(better.code).toBe(0);
  expect(better.out).toContain("profile device is compared with reference");
  const worse = softproof(["compare", at("ref"), at("bad"), "--json", "-o", at("cmp")]);
  expect(worse.code).toBe(1);
  const ajv = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(join(root, "specs/schemas/compare.schema.json"), "utf8")));
  expect(ajv(JSON.parse(worse.out))).toBe(true);
  expect(readFileSync(at("cmp/compare.json"), "utf8")).toBe(worse.out);
  expect(readFileSync(at("cmp/compare.md"), "utf8")).toContain("RFC5969-9-3");
});
test("same verdicts, other bytes: the field that changed in which frame; only --fail-on change makes it exit 1", () => {
  const r = softproof(["compare", at("ref"), at("other")]);
  expect(r.out).toMatch(/access-out\.pcap frame 1 at .*: ipv4\[0\]\.ttl was 64, is 77/);
  expect(r.code).toBe(0);
  expect(softproof(["compare", at("ref"), at("other"), "--fail-on", "change"]).code).toBe(1);
  expect(softproof(["compare", at("ref"), at("ref"), "--fail-on", "change"])).toMatchObject({ code: 0, out: expect.stringContaining("no difference") });
});
test("three runs: a table first", () => {
  expect(softproof(["compare", at("ref"), at("other"), at("bad")]).out).toMatch(/^Clauses on which the runs disagree\n {2}1 ref\n {2}2 other\n {2}3 bad\nclause +level +1 +2 +3\n/);
});
test("a record that is not there or broke off is exit 3", () => {
  expect(softproof(["compare", at("ref"), at("nowhere")])).toMatchObject({ code: 3, err: expect.stringContaining("nowhere") });
  const text = readFileSync(at("ref/run.jsonl"), "utf8").trimEnd().split("\n");
  writeFileSync(at("cut.jsonl"), text.slice(0, -1).join("\n"));
  expect(softproof(["compare", at("ref"), at("cut.jsonl")]).code).toBe(3);
});
