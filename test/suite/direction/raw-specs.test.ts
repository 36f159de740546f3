/**
 * Bundled specs as a box would have been captured without link layer: raw IP, a file a side with both directions, or one file with both sides. Direction and side are
 * then told by addresses alone, and everything is judged as with MAC addresses. Every third spec: a minute less.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseCapture } from "../../../src/capture/pcap-parser.js";
import { ACCESS, type Config, CORE, type SideConfig } from "../../../src/config/types.js";
import type { JudgeResult } from "../../../src/judge/types.js";
import { catalogueOf } from "../../../src/suite/run.js";
import { type PipelineFile, runPipeline } from "../../../src/suite/pipeline.js";
import { recycledMemory } from "../../../src/suite/recycled-memory.js";
import { replaySpec, writeTraces } from "../../../src/suite/replay-spec.js";
import { findSpecs, loadSpecs } from "../../../src/suite/spec.js";

const DEVICE = ["02:00:00:00:00:d1", "02:00:00:00:00:d2"] as const;
const PEER = "02:00:00:00:00:ee";
const ETHERNET = 1;
const RAW = 101;

interface Packet { readonly sec: number; readonly nsec: number; readonly ip: Uint8Array; readonly sent: boolean; readonly order: number }
const mac = (text: string): Buffer => Buffer.from(text.replaceAll(":", ""), "hex");

async function packetsOf(path: string, sent: boolean, order: number): Promise<Packet[]> {
  const out: Packet[] = [];
  for await (const f of parseCapture(path)) {
    const type = (f.data[12] << 8) | f.data[13];
    if (f.linkType === ETHERNET && (type === 0x0800 || type === 0x86dd) && (f.data[14] >>> 4 === 4 || f.data[14] >>> 4 === 6)) out.push({ sec: f.sec, nsec: f.nsec, ip: f.data.slice(14), sent, order: order + out.length });
  }
  return out;
}
function write(path: string, packets: readonly Packet[], link: number, device: string): void {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b23c4d, 0); // nanoseconds
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(link, 20);
  const records = packets.map((p) => {
    const l2 = link === RAW ? Buffer.alloc(0) : Buffer.concat([p.sent ? mac(PEER) : mac(device), p.sent ? mac(device) : mac(PEER), Buffer.from(p.ip[0] >>> 4 === 6 ? "86dd" : "0800", "hex")]);
    const h = Buffer.alloc(16);
    h.writeUInt32LE(p.sec, 0);
    h.writeUInt32LE(p.nsec, 4);
    h.writeUInt32LE(l2.length + p.ip.length, 8);
    h.writeUInt32LE(l2.length + p.ip.length, 12);
    return Buffer.concat([h, l2, p.ip]);
  });
  writeFileSync(path, Buffer.concat([head, ...records]));
}

const memory = recycledMemory();
const dir = mkdtempSync(join(tmpdir(), "softproof-raw-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const specs = loadSpecs(findSpecs([]));
const { severityOf } = catalogueOf(specs);

/** `macs`: undefined takes them out of the configuration. */
function withMacs(config: Config, macs: readonly string[] | undefined): Config {
  const side = (s: SideConfig, k: number): SideConfig => ({ ...s, macs: macs === undefined ? [] : [macs[k]], interfaces: [] });
  return { ...config, access: side(config.access, 0), core: side(config.core, 1) };
}
async function judged(config: Config, files: readonly PipelineFile[]): Promise<JudgeResult> {
  const r = await runPipeline({ config, files, mode: "check", judge: true, memory: memory(), severityOf });
  if (r.judge === undefined) throw new Error("not judged");
  return r.judge;
}
const loud = (r: JudgeResult): string[] => r.findings.filter((f) => f.severity === "fail" || f.severity === "warn").map((f) => `${f.severity} ${f.fingerprint}`).sort();

/** Everything that was judged: rules, how often they met their case, findings. */
const verdicts = (r: JudgeResult): object => ({ inputs: r.summary.inputs, outputs: r.summary.outputs, loud: loud(r), rules: r.rules.filter((x) => x.exercised > 0).map((x) => `${x.rule} ${x.exercised} ${x.violated}`).sort() });
describe("specs as raw IP", () => {
  it.each(specs.filter((_, i) => i % 3 === 0).map((s) => [s.id, s] as const))("%s: judged as with MAC addresses", async (id, spec) => {
    const at = join(dir, id.replaceAll("/", "_"));
    const inputs = writeTraces(spec, at);
    await replaySpec(spec, spec.config, inputs, join(at, "out"), severityOf, memory());
    const eth: PipelineFile[] = [];
    const raw: PipelineFile[] = [];
    let all: Packet[] = [];
    for (const side of [ACCESS, CORE] as const) {
      const packets = [
        ...(await Promise.all(inputs.filter((f) => f.side === side).map((f) => packetsOf(f.path, false, 0)))).flat(),
        ...(await packetsOf(join(at, "out", side === ACCESS ? "access-out.pcap" : "core-out.pcap"), true, 1_000_000)),
      ].sort((a, b) => a.sec - b.sec || a.nsec - b.nsec || a.order - b.order);
      const name = side === ACCESS ? "access" : "core";
      write(join(at, `${name}-eth.pcap`), packets, ETHERNET, DEVICE[side]);
      write(join(at, `${name}-raw.pcap`), packets, RAW, DEVICE[side]);
      eth.push({ path: join(at, `${name}-eth.pcap`), side });
      raw.push({ path: join(at, `${name}-raw.pcap`), side });
      all = [...all, ...packets];
    }
    write(join(at, "both-raw.pcap"), all.sort((a, b) => a.sec - b.sec || a.nsec - b.nsec || a.order - b.order), RAW, PEER);
    const want = await judged(withMacs(spec.config, DEVICE), eth);
    const bare = withMacs(spec.config, undefined);
    expect(verdicts(await judged(bare, raw))).toEqual(verdicts(want));
    expect(verdicts(await judged(bare, [{ path: join(at, "both-raw.pcap"), side: "both" }]))).toEqual(verdicts(want));
  });
});
