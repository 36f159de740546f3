import { readFileSync, rmSync } from "node:fs";
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
