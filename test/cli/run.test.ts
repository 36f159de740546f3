import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { root, softproof } from "./helper.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-cli-run-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const spec = (tos: string): string => `id: mine
title: A spec of one's own
mechanism: 6rd
clauses: [RFC5969-9-3]
config: 6rd/static-1480.yaml
packets:
  - at: 0
    core: 'ipv6(3fff:2::1 > 2001:db8:6464:100::1 tc=0xb8) / udp(2 > 1)'
    expect: [{access: 'ipv4(10.0.0.1 > 10.100.100.1 id=any tos=${tos}) / ipv6(3fff:2::1 > 2001:db8:6464:100::1 tc=0xb8 hop=63) / udp(2 > 1)'}]
`;
const write = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const golden = (args: readonly string[], ci: string): { code: number | null; out: string; err: string } => {
  const { CI: _, ...env } = process.env;
  const r = spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), "golden", ...args], { encoding: "utf8", env: ci === "" ? env : { ...env, CI: ci } });
  return { code: r.status, out: r.stdout, err: r.stderr };
};

test("run writes traces, outputs, record and reports, and prints the table", () => {
  const out = join(dir, "out");
  const r = softproof(["run", write("good.yaml", spec("0xb8")), "--profile", "reference", "--profile", "mx-ms-mpc@17.4R1", "-o", out]);
  expect(r.code).toBe(0);
  expect(r.out).toMatch(/mine +P +-/);
  expect(r.err).not.toContain("note:");
  expect(r.out).toContain("1 reference, 2 mx-ms-mpc@17.4R1");
  for (const f of ["run.jsonl", "report.html", "report.json", "junit.xml", "summary.md", "mine/core-in.pcap", "mine/reference/access-out.pcap"]) expect(existsSync(join(out, f)), f).toBe(true);
  const lines = readFileSync(join(out, "run.jsonl"), "utf8").trim().split("\n").map((l) => JSON.parse(l) as { type: string; complete?: boolean });
  expect(lines[0].type).toBe("header");
  expect(lines.at(-1)).toMatchObject({ type: "footer", complete: true });
});
test("an unmet expectation is exit 1 and names field and place", () => {
  const r = softproof(["run", "--profile", "reference", write("unmet.yaml", spec("0")), "-o", join(dir, "out1")]);
  expect(r.code).toBe(1);
  expect(r.out.replace(/\s+/g, " ")).toContain("ipv4[0].tos: expected 0, seen 184");
});
test("a spec with an unknown key is exit 2 before a packet is read", () => {
  const r = softproof(["run", write("bad.yaml", spec("0").replace("title:", "titel:")), "-o", join(dir, "out2")]);
  expect(r.code).toBe(2);
  expect(r.err).toContain('bad.yaml:2:1: unknown key "titel" in the file (did you mean "title"?');
  expect(existsSync(join(dir, "out2"))).toBe(false);
});
test.each([
  ["a spec that is not there", ["run", "/no/such.yaml"], "no such spec"],
  ["an unknown profile", ["run", "--profile", "mx-ms-dcp"], "did you mean mx-ms-dpc?"],
])("%s is exit 2", (_, args, message) => {
  const r = softproof([...args, "-o", join(dir, "out3")]);
  expect(r.code).toBe(2);
  expect(r.err).toContain(message);
});
test("an output folder that cannot be made is exit 2", () => {
  const file = write("file", "");
  const r = softproof(["run", join(dir, "good.yaml"), "-o", join(file, "below")]);
  expect(r.code).toBe(2);
  expect(r.err).toContain("cannot write to the output folder");
});
test("golden refuses in CI, and checks there", () => {
  const good = join(dir, "good.yaml");
  expect(golden([good], "true")).toMatchObject({ code: 2, err: expect.stringContaining("not regenerated in CI") });
  expect(golden([good, "--check"], "true").code).toBe(1);
  expect(golden([good], "")).toMatchObject({ code: 0, out: expect.stringContaining("mine: new golden") });
  expect(golden([good, "--check"], "true").code).toBe(0);
});

test("a spec whose packets exercise nothing is exit 4, though timers that it declares are judged on the configuration", () => {
  const file = join(dir, "idle.yaml");
  writeFileSync(file, `id: idle
title: Not of the mechanism
mechanism: ds-lite
clauses: [RFC6333-5.7-1]
config: ${join(root, "fixtures/configs/ds-lite.yaml")}
packets:
  - {at: 0, access: 'ipv6(3fff::1 > 3fff::2) / udp(1 > 2) / "x"', expect: none}
`);
  expect(softproof(["run", file, "--profile", "reference", "-o", join(dir, "idle")])).toMatchObject({
    code: 4, out: expect.stringContaining("exit 4: no packet exercised a clause"), err: expect.stringContaining("note: idle names RFC6333-5.7-1, which its packets do not exercise\n"),
  });
  expect(readFileSync(join(dir, "idle", "summary.md"), "utf8")).toContain("- idle names RFC6333-5.7-1");
});
