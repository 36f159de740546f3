import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const at = (name: string): string => join(root, "fixtures", name);
const files = [at("examples/6rd-access.pcap"), at("examples/6rd-core.pcap")];

test("captures and configuration, then the same verdicts", () => {
  const out = join(dir, "shown");
  const r = softproof(["anonymise", ...files, "--config", at("configs/6rd.yaml"), "--key", "a long secret", "-o", out]);
  expect(r).toMatchObject({ code: 0, err: expect.stringContaining("Payloads, names") as string });
  expect(r.err).not.toContain("without --config");
  expect(softproof(["anonymise", ...files, "--key", "a long secret", "-o", join(dir, "unconfigured")]).err).toContain("note: without --config no 6rd or PMT prefix is known");
  expect(readFileSync(join(out, "6rd-core.pcap")).equals(readFileSync(files[1]))).toBe(false);
  const check = (config: string, access: string, core: string) => softproof(["check", "--config", config, "--access", access, "--core", core, "-q"]);
  const before = check(at("configs/6rd.yaml"), files[0], files[1]);
  const after = check(join(out, "6rd.yaml"), join(out, "6rd-access.pcap"), join(out, "6rd-core.pcap"));
  expect(after.code).toBe(before.code);
  expect(/Verdicts per profile\n.*/.exec(after.out)?.[0]).toBe(/Verdicts per profile\n.*/.exec(before.out)?.[0]);
});
test.each([
  [["anonymise", files[0], "--key", "short", "-o", join(dir, "x")], 2, "at least 8 characters"],
  [["anonymise", join(dir, "absent.pcap"), "--key", "a long secret", "-o", join(dir, "x")], 3, "it does not exist"],
  [["anonymise", at("configs/6rd.yaml"), "--key", "a long secret", "-o", join(dir, "x")], 3, "it is no capture"],
  [["anonymise", files[0], "--key", "a long secret", "-o", at("examples")], 2, "would be overwritten"],
])("%j is refused", (args, code, message) => {
  expect(softproof(args)).toMatchObject({ code, err: expect.stringContaining(message) as string });
});

test("stdin is a capture too", () => {
  const out = join(dir, "piped");
  const plain = softproof(["anonymise", files[0], "--key", "a long secret", "-o", out]);
  const piped = softproof(["anonymise", "-", "--key", "a long secret", "-o", out], readFileSync(files[0]));
  expect([plain.code, piped.code, piped.out]).toEqual([0, 0, `${join(out, "stdin.pcap")}: 18 frames\n`]);
  expect(readFileSync(join(out, "stdin.pcap")).equals(readFileSync(join(out, "6rd-access.pcap")))).toBe(true);
});
test("a command that is interrupted leaves neither a half file nor its beginning, and an earlier result as it was", async () => {
  const out = join(dir, "interrupted");
  mkdirSync(out);
  writeFileSync(join(out, "stdin.pcap"), "of yesterday");
  const run = spawn(process.execPath, [join(root, "dist", "cli", "main.js"), "anonymise", "-", "--key", "a long secret", "-o", out], { stdio: ["pipe", "ignore", "pipe"] });
  let err = "";
  run.stderr.on("data", (d: Buffer) => { err += d.toString(); });
  run.stdin.on("error", () => undefined);
  const capture = readFileSync(files[0]);
  run.stdin.write(capture);
  for (let i = 0; i < 2000; i++) run.stdin.write(capture.subarray(24));
  // The rest never comes: it waits.
  while (readdirSync(out).length < 2) await new Promise((r) => setTimeout(r, 20));
  run.kill("SIGINT");
  const code = await new Promise((r) => run.on("exit", r));
  expect([code, readdirSync(out), err]).toEqual([130, ["stdin.pcap"], expect.stringContaining("interrupted") as string]);
  expect(readFileSync(join(out, "stdin.pcap"), "utf8")).toBe("of yesterday");
}, 30_000);
test("a damaged capture is written as far as it can be read; the message names file, offset and frame", () => {
  const path = join(dir, "cut.pcap");
  const whole = readFileSync(files[0]);
  writeFileSync(path, whole.subarray(0, whole.length - 3));
  const r = softproof(["anonymise", path, "--key", "a long secret", "-o", join(dir, "damaged")]);
  expect(r).toMatchObject({ code: 3, out: expect.stringContaining("17 frames") as string, err: expect.stringMatching(/cut\.pcap: byte \d+, after frame 17: the file ends too early/) as string });
  const none = join(dir, "none");
  writeFileSync(join(dir, "short.pcap"), whole.subarray(0, 20));
  expect(softproof(["anonymise", join(dir, "short.pcap"), "--key", "a long secret", "-o", none])).toMatchObject({ code: 3, err: expect.stringContaining("a pcap file header has 24 bytes") as string });
  expect(existsSync(none)).toBe(false);
});
