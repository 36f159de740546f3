/** What a command loads before it works: start-up is most of the time of a short run. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { root, scratch } from "./helper.js";
import { accessPcap, CONFIG } from "./traffic.js";

let dir = "";
beforeAll(() => {
  dir = scratch();
  writeFileSync(join(dir, "br.yaml"), CONFIG);
  writeFileSync(join(dir, "access.pcap"), accessPcap());
});

interface Coverage { readonly result: readonly { readonly url: string }[] }

/** The files of the package and of node_modules that a command runs: node's coverage lists them. */
function loaded(name: string, args: readonly string[]): string[] {
  const to = join(dir, name);
  mkdirSync(to);
  const r = spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], { encoding: "utf8", env: { ...process.env, NODE_V8_COVERAGE: to } });
  expect(r.status, r.stderr).toBe(0);
  return readdirSync(to).flatMap((f) => (JSON.parse(readFileSync(join(to, f), "utf8")) as Coverage).result.map((s) => s.url)).filter((u) => u.startsWith("file:")).map((u) => fileURLToPath(u));
}

/** The modules that a part of the bundle is made of stand in its comments. */
const roomsOf = (files: readonly string[]): Set<string> =>
  new Set(files.filter((f) => /dist\/cli\/[^/]*\.js$/.test(f)).flatMap((f) => [...readFileSync(f, "utf8").matchAll(/^(?:\/\/|\/\/#region) src\/(\w+)\/(?!types)/gm)].map((m) => m[1])));

const replay = (...more: string[]): string[] => ["replay", "--config", join(dir, "br.yaml"), "--access", join(dir, "access.pcap"), "-o", join(dir, "out"), ...more];

describe("start", () => {
  it("a replay that is not judged loads the reference, and neither rules nor profiles nor reports", () => {
    const files = loaded("plain", replay("--no-judge"));
    const rooms = roomsOf(files);
    expect(rooms).toContain("concentrator");
    expect(rooms).not.toContain("profiles");
    for (const f of files.filter((x) => x.endsWith(".js"))) expect(readFileSync(f, "utf8")).not.toMatch(/src\/judge\/(judge|engine|rules\/index)\.ts|src\/report\/index\.ts/);
  });

  it("a judged one loads the judge; both load few files, and none of node_modules but for validators", () => {
    const judged = loaded("judged", replay());
    expect(roomsOf(judged)).toContain("judge");
    expect(judged.length).toBeLessThan(30);
    expect(judged.filter((f) => f.includes("node_modules") && !/node_modules\/(ajv|fast-deep-equal)\//.test(f))).toEqual([]);
  });

  // Node 20 cannot.
  it.runIf("enableCompileCache" in nodeModule)("compiled code is kept beside the program", () => {
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env.NODE_V8_COVERAGE;
    delete env.NODE_DISABLE_COMPILE_CACHE;
    expect(spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...replay()], { encoding: "utf8", env }).status).toBe(0);
    expect(readdirSync(join(root, "dist", "cli", "compiled")).length).toBeGreaterThan(0);
  });

  it("--version reads no configuration and no packets", () => {
    expect(loaded("version", ["--version"]).length).toBeLessThan(4);
  });
});
