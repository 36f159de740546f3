import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  [["initt", "--help"], 'no command "initt"; did you mean init?'],
  [["replayy"], 'no command "replayy"; did you mean replay?'],
  [["check", "--acess", "x.pcap"], "Unknown argument: acess; did you mean --access?"],
  [["check", "--acess", "x.pcap", "--confg", "y"], "did you mean --access, --config?"],
  [["check", "--config", "a", "--config", "b", "--access", "x.pcap"], "--config stands there 2 times and takes one value."],
  [["--help", "chekc"], 'no command "chekc"'],
  [["xyzzy", "-h"], 'no command "xyzzy"'],
])("%j is no success, even beside --help", (args, message) => {
  expect(softproof(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
});
test.each([
  [["info", "-"], /frames +18/],
  [["info", "-", "--json"], /"frames":18/],
  [["init", "-", join(root, "fixtures/examples/6rd-core.pcap")], /from stdin, 6rd-core\.pcap [\s\S]*v6rd:[\s\S]*first stdin frame/],
  [["check", "--config", join(root, "fixtures/configs/6rd.yaml"), "--core", join(root, "fixtures/examples/6rd-core.pcap"), "--access", "-"], /18 packets into the device/],
])("%j takes - for stdin, wherever it stands", (args, seen) => {
  expect(softproof(args, readFileSync(join(root, "fixtures/examples/6rd-access.pcap"))).out).toMatch(seen);
});
test.each([["info"], ["init"], ["anonymise", "--key", "SECRET99", "-o", join(dir, "no")], ["check", "--access"], ["stimuli", "-c", join(root, "fixtures/configs/ds-lite.yaml"), "--learned"]])("%j: a capture that is missing, or a folder, is told with what was expected", (...args) => {
  const missing = softproof([...args, "nofile.pcap"]);
  expect(missing).toMatchObject({ code: 3, out: "", err: "softproof: cannot read nofile.pcap: it does not exist. Expected a capture: pcap or pcapng, plain, gzip or zstd, or - for stdin.\n" });
  expect(softproof([...args, root])).toMatchObject({ code: 3, out: "", err: `softproof: ${root}: it is a folder; name the captures in it.\n` });
});
test("report and compare take a record from stdin; reports of it need a folder", () => {
  const out = join(dir, "run");
  softproof(["check", "-q", "--config", join(root, "fixtures/configs/6rd.yaml"), "--access", join(root, "fixtures/examples/6rd-access.pcap"), "--core", join(root, "fixtures/examples/6rd-core.pcap"), "-o", out]);
  const record = readFileSync(join(out, "run.jsonl"));
  expect(softproof(["report", "-", "--format", "github"], record)).toMatchObject({ code: 1, out: softproof(["report", out, "--format", "github"]).out });
  expect(softproof(["report", "-"], record)).toMatchObject({ code: 1, out: expect.stringContaining("FAIL RFC5969-9-3"), err: expect.stringContaining("no reports are written") });
  expect(softproof(["report", "-", "-o", join(dir, "again")], record).err).toContain("reports in ");
  expect(readFileSync(join(dir, "again", "report.json"), "utf8")).toBe(readFileSync(join(out, "report.json"), "utf8"));
  expect(softproof(["compare", out, "-"], record)).toMatchObject({ code: 0, out: expect.stringContaining("stdin") });
  expect(softproof(["report", "-"], Buffer.from("nonsense"))).toMatchObject({ code: 3, err: expect.stringContaining("stdin:1") });
});
test("a - that a command has no use for is named as it was written", () => {
  expect(softproof(["rules", "-"])).toMatchObject({ code: 2, err: expect.stringContaining("Unknown argument: -\n") });
});
test("every command's help has examples", () => {
  const names = [...softproof(["--help"]).out.matchAll(/^ {2}softproof (\w+)/gm)].map((m) => m[1]).filter((n) => n !== "completion");
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(softproof([name, "--help"]), name).toMatchObject({ code: 0, out: expect.stringContaining(`softproof ${name}`) as string, err: "" });
  for (const name of names) expect(softproof([name, "--help"]).out, name).toContain("Examples:");
}, 60_000);
test.each([
  [["softproof", "run", "--profile", "mx-ms-d"], ["mx-ms-dpc"]],
  [["softproof", "explain", "rfc5969-9.2"], ["RFC5969-9.2-1", "RFC5969-9.2-2"]],
  [["softproof", "compare", "--fail-on", ""], ["warn", "change"]],
])("completion of %j", (words, offered) => {
  const r = softproof(["--get-yargs-completions", ...words]);
  expect(r.out.trim().split("\n").map((l) => l.split(":")[0])).toEqual(expect.arrayContaining(offered));
  expect([r.code, r.err]).toEqual([0, ""]);
});
test("completion of commands, and the script for the shell", () => {
  expect(softproof(["--get-yargs-completions", "softproof", ""]).out).toMatch(/^compare/m);
  expect(softproof(["completion"]).out).toContain("--get-yargs-completions");
});
test.each(readdirSync(join(root, "specs/profiles/examples")))("the example profile %s is valid, and a run under it tells its behaviour as known, not as a failure", (name) => {
  const file = join(root, "specs/profiles/examples", name);
  expect(softproof(["profiles", "lint", file])).toMatchObject({ code: 0, out: expect.stringContaining("valid") as string });
  const r = softproof(["run", join(root, "specs/cases/rfc6333/aftr.yaml"), "--profile", file, "-o", join(dir, "out"), "-q"]);
  expect(r.code).toBe(0);
  expect(r.out).toMatch(/rfc6333-aftr +K/);
});

test("the help of a command begins with how it is called, and a sentence", () => {
  expect(softproof(["check", "--help"]).out).toMatch(/^softproof check \[--config FILE\] \[--access PCAP\.\.\.\] .*\n\nJudge the captures of a real device: .*\.\n\nOptions:/);
  expect(softproof(["compare", "--help"]).out).toMatch(/^softproof compare BEFORE AFTER .*\n\nTwo runs side by side/);
});
