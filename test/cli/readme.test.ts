/** What the README shows is what the commands say; numbers may move with the catalogue, words may not. */
import { readFileSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/```\n\$ softproof ((?:check|replay|profiles)\b[^\n]*)\n([\s\S]*?)```/g)].map((m) => [m[1], m[2]] as const);
const masked = (text: string): string => text.replace(/\u00a0/g, " ").replace(/\d+/g, "#").trim();
const commands = (): string[] => [...softproof(["--help"]).out.matchAll(/^ {2}softproof (\w+)/gm)].map((m) => m[1]);

test("there are examples", () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
});
test.each(examples)("softproof %s", (line, shown) => {
  // The tests run elsewhere: files of the repository by their place in it, as the README writes them.
  const args = line.split(" ").map((w) => (w.startsWith("fixtures/") ? join(root, w) : w === "out" ? join(dir, "out") : w));
  expect(args.some((a) => isAbsolute(a)) || args[0] === "profiles").toBe(true);
  const { out } = softproof(args[0] === "profiles" ? args : [...args, "-q"]);
  expect(masked(out.replaceAll(`${root}/`, ""))).toBe(masked(shown));
});
test("every command that the README names exists, with the flags that it names", () => {
  const known = commands();
  for (const m of readme.matchAll(/`softproof (\w+)[^`]*`/g)) expect(known, m[0]).toContain(m[1]);
  const flags = new Map(known.map((c) => [c, softproof([c, "--help"]).out]));
  for (const m of readme.matchAll(/`softproof (\w+)([^`]*)`/g)) for (const f of m[2].matchAll(/--[a-z][a-z-]+/g)) if (m[1] !== "completion") expect(flags.get(m[1]), m[0]).toContain(f[0]);
  for (const name of known.filter((c) => c !== "completion")) expect(readme, `README names ${name}`).toContain(`softproof ${name}`);
});
test("every file that the README links to is there", () => {
  for (const m of readme.matchAll(/\]\(([^)#]+)\)/g)) if (!m[1].startsWith("http")) expect(() => readFileSync(join(root, m[1])), m[1]).not.toThrow(/ENOENT/);
});
