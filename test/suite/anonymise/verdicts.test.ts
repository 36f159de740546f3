/** Anonymised captures with their anonymised configuration get the same verdicts: own specs as if the reference were a box, README's example, Linux as a 6rd and DS-Lite box. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import { afterAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { createMapper, unsupported } from "../../../src/suite/anonymise/addresses.js";
import { anonymiseConfig } from "../../../src/suite/anonymise/config.js";
import { severityOf } from "../../../src/suite/catalogue.js";
import { judgeWindow } from "../../../src/suite/judge-window.js";
import { type PipelineFile, runPipeline } from "../../../src/suite/pipeline.js";
import { recycledMemory } from "../../../src/suite/recycled-memory.js";
import { replaySpec, writeTraces } from "../../../src/suite/replay-spec.js";
import { findSpecs, loadSpecs } from "../../../src/suite/spec.js";
import { block, concat, epb, type Frame, idb, option, readAll, shb } from "../../capture/helpers.js";
import { sharedDir } from "../../shared.js";
import { anonymised } from "./helper.js";

const root = join(import.meta.dirname, "..", "..", "..");
const dir = mkdtempSync(join(tmpdir(), "softproof-anonymise-"));
const memory = recycledMemory();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function facts(configText: string, files: readonly PipelineFile[]) {
  const bytes = files.reduce((n, f) => n + statSync(f.path).size, 0);
  const { judge } = await runPipeline({ config: parseConfig(configText, "anonymise.test.yaml"), files, mode: "check", judge: true, judgeWindow: judgeWindow(Math.ceil(bytes / 24), bytes), memory: memory(), severityOf });
  return { rules: judge?.rules, findings: judge?.findings.map((f) => [f.rule, f.severity, f.certainty, f.count, f.first.frame, f.last.frame]), inputs: judge?.summary.inputs, paired: judge?.summary.paired };
}
/** The same frames as pcapng: an interface, text that somebody wrote, and a block of names. Resolution of the file's times. */
function asPcapng(file: Uint8Array, frames: readonly Frame[]): Uint8Array {
  const nanoseconds = Buffer.from(file).readUInt32LE(0) === 0xa1b23c4d;
  const secret = option(true, 1, new TextEncoder().encode("seen at 81.2.69.9"));
  const per = nanoseconds ? 1_000_000_000n : 1_000_000n;
  return concat(
    shb(true), idb(true, frames[0]?.linkType ?? 1, 0, option(true, 2, new TextEncoder().encode("ge-0/0/0")), secret, option(true, 9, Uint8Array.of(nanoseconds ? 9 : 6))), block(true, 4, new Uint8Array(8)),
    ...frames.map((f, i) => {
      const time = BigInt(f.sec) * per + BigInt(nanoseconds ? f.nsec : f.nsec / 1000);
      return epb(true, 0, Number(time >> 32n), Number(time & 0xffffffffn), f.data, f.wireLen, ...(i % 3 === 0 ? [secret] : []));
    }),
  );
}
const bare = (frames: readonly Frame[]) => frames.map(({ interfaceName, ...rest }) => ({ ...rest, data: Buffer.from(rest.data).toString("hex") }));

/** The facts of the files and of their anonymised forms, and how many bytes differ. What is judged was pcapng, read with a buffer that holds hardly more than its longest block. */
async function both(configText: string, files: readonly PipelineFile[], name: string) {
  const config = parseConfig(configText, "anonymise.test.yaml");
  const map = createMapper("the key of the test", config);
  const out = join(dir, name);
  mkdirSync(out, { recursive: true });
  let changed = 0;
  const hidden: PipelineFile[] = [];
  for (const [i, f] of files.entries()) {
    const done = await anonymised(f.path, map);
    const before = readFileSync(f.path);
    // Some traces have fragments without a beginning.
    expect([done.faults, done.notes.filter((n) => !n.includes("beginning was not seen")), done.bytes.length]).toEqual([[], [], before.length]);
    for (let k = 0; k < before.length; k++) if (before[k] !== done.bytes[k]) changed++;
    const plain = join(out, `${i}-${basename(f.path)}`);
    writeFileSync(plain, done.bytes);
    const { frames } = await readAll(f.path);
    const open = join(out, `${i}.open.pcapng`);
    writeFileSync(open, asPcapng(before, frames));
    const longest = frames.reduce((n, x) => Math.max(n, x.data.length), 0);
    const ng = await anonymised(open, map, { chunkBytes: longest + 128 });
    expect([ng.faults, ng.frames, ng.bytes.includes("81.2.69.9")]).toEqual([[], frames.length, false]);
    const path = join(out, `${i}.pcapng`);
    writeFileSync(path, ng.bytes);
    expect(bare((await readAll(path)).frames)).toEqual(bare((await readAll(plain)).frames));
    hidden.push({ ...f, path });
  }
  return { before: await facts(configText, files), after: await facts(anonymiseConfig(configText, map), hidden), changed };
}

describe("same verdicts, frames and pairs", () => {
  const specs = loadSpecs(findSpecs([])).filter((s) => s.frames.length > 0 && unsupported(s.config).length === 0);
  test.each(specs.map((s) => [s.id, s] as const))("%s", async (id, spec) => {
    const written = (parse(readFileSync(spec.file, "utf8")) as { config: unknown }).config;
    const text = typeof written === "string" ? readFileSync(join(root, "fixtures", "configs", written), "utf8") : stringify(written);
    const inputs = writeTraces(spec, join(dir, id, "in"));
    await replaySpec(spec, spec.config, inputs, join(dir, id, "out"), severityOf, memory());
    const files: PipelineFile[] = [...inputs, { path: join(dir, id, "out", "access-out.pcap"), side: 0 }, { path: join(dir, id, "out", "core-out.pcap"), side: 1 }];
    const r = await both(text, files, `${id}-hidden`);
    expect(r.after).toEqual(r.before);
  });
  test("the README's example", async () => {
    const at = (name: string): string => join(root, "fixtures", "examples", name);
    const r = await both(readFileSync(join(root, "fixtures/configs/6rd.yaml"), "utf8"), [{ path: at("6rd-access.pcap"), side: 0 }, { path: at("6rd-core.pcap"), side: 1 }], "example");
    expect(r.after).toEqual(r.before);
    expect(r.after.findings?.length).toBeGreaterThan(0);
    expect(r.changed).toBeGreaterThan(0);
  });
});

const shared = sharedDir();
const linux = shared === undefined ? "" : join(shared, "captures", "linux");
const mac = (commands: string, port: string): string => new RegExp(`${port} netns \\w+ address ([0-9a-f:]+)`).exec(commands)?.[1] ?? "";
const SIX_RD = (br: string, v6: string, v4: string): string => `v6rd: { softwire-address: ${br}, ipv4-prefix: ${v4}, v6rd-prefix: "${v6}" }`;
const FULL = SIX_RD("192.0.2.1", "2001:db8::/32", "0.0.0.0/0");
const MASK8 = SIX_RD("10.0.0.1", "2001:db8:a000::/40", "10.0.0.0/8");
const AFTR = "ds-lite: { softwire-address: \"2001:db8:0:1::1\", nat: { pool: { addresses: [198.51.100.1-198.51.100.2], ports: 1024-65535 } } }";
describe.skipIf(!existsSync(linux))("Linux captures (needs ../shared/captures)", () => {
  test.each([
    ["01-6rd-full32", FULL], ["01c-6rd-ecn-marking", FULL], ["01d-6rd-pmtu", FULL], ["04a-6rd-crafted", FULL], ["07a-6rd-load", FULL],
    ["02a-6rd-mask8-direct", MASK8], ["02b-6rd-mask8-hub-spoke-one-br-tunnel", MASK8],
    ["03a-6to4-router-to-router", "6to4-router: { softwire-address: 203.0.113.20, site-prefix: \"2002:cb00:7114::/48\" }", ["02:03:81:04:02:59", "02:31:08:75:f3:2c"]], ["03b-6to4-relay-anycast", "6to4-relay: { softwire-address: 192.88.99.1 }"],
    ["05a-dslite-overlapping", AFTR], ["05b-dslite-fragmentation-kernel", AFTR], ["05f-dslite-outer-fragments-socat", AFTR],
  ] as [string, string, [string, string]?][])("%s", async (name, concentrator, macs) => {
    const commands = readFileSync(join(linux, name, "commands.txt"), "utf8");
    const text = `softproof: 1\naccess: { macs: ["${macs?.[0] ?? mac(commands, "acc0")}"] }\ncore: { macs: ["${macs?.[1] ?? mac(commands, "core0")}"] }\nservice-sets: [{ softwire-concentrators: [{ ${concentrator} }] }]\n`;
    const r = await both(text, [{ path: join(linux, name, "access.pcap"), side: 0 }, { path: join(linux, name, "core.pcap"), side: 1 }], name);
    expect(r.before.inputs).toBeGreaterThan(0);
    expect(r.changed).toBeGreaterThan(0);
    expect(r.after).toEqual(r.before);
  });
});
