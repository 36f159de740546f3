import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import type { Config } from "../../src/config/types.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { type PipelineFile, type PipelineInput, runPipeline } from "../../src/suite/pipeline.js";
import { isLinkHousekeeping } from "../../src/suite/transit.js";
import { neighbourSolicitation, pcap, udp6 } from "../cli/helper.js";
import { accessFrames, CONFIG, coreFrames } from "../cli/traffic.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-pipeline-"));
const file = (name: string, data: Uint8Array): string => {
  writeFileSync(join(dir, name), data);
  return join(dir, name);
};
const config = (text: string = CONFIG): Config => parseConfig(text, "br.yaml");
const run = (files: PipelineFile[], more: Partial<PipelineInput> = {}) => runPipeline({ config: config(), files, mode: "replay", judge: true, severityOf, ...more });
const access = file("access.pcap", pcap(accessFrames()));
const core = file("core.pcap", pcap(coreFrames()));

describe("replay", () => {
  it("counts what it read, fed and ignored, and why", async () => {
    const r = await run([{ path: access, side: 0 }, { path: core, side: 1 }]);
    expect(r.packets).toEqual({ read: 8, fed: 6, ignored: 2, notIp: 1, housekeeping: 1, elsewhere: 0, sentByDevice: 0, cut: 0 });
    expect(r.sent.packets).toEqual([2, 3]);
    expect(Object.fromEntries(r.counters.map((c) => [c.reason.id, c.packets]))).toMatchObject({ decapsulated: 3, encapsulated: 1, hairpinned: 1, "spoofed-source": 1 });
    expect(r.outputs).toEqual([]); // no folder was named
  });
  it("knows causes: the judge pairs every output with the input that the reference says caused it", async () => {
    const r = await run([{ path: access, side: 0 }, { path: core, side: 1 }]);
    expect(r.judge?.summary).toMatchObject({ inputs: 6, outputs: 5, paired: 5, pairingAgreed: 5, pairingDisagreed: 0, orphanOutputs: 0 });
  });
  it("does not judge when not asked to", async () => {
    expect((await run([{ path: access, side: 0 }], { judge: false })).judge).toBeUndefined();
  });
  it("tells the sides of one file apart: by MAC address, and by content without them", async () => {
    const both = file("both.pcap", pcap([...accessFrames(), ...coreFrames()].sort((a, b) => a.usec - b.usec)));
    const byMac = await run([{ path: both, side: "both" }]);
    expect(byMac.sent.packets).toEqual([2, 3]);
    const withoutMacs = config(CONFIG.replace(/^(access|core):.*\n/gm, ""));
    expect((await run([{ path: both, side: "both" }], { config: withoutMacs })).sent.packets).toEqual([2, 3]);
  });
  it("gives an output the time of its cause, whole to the nanosecond", async () => {
    const out = mkdtempSync(join(dir, "out-"));
    const r = await run([{ path: access, side: 0 }], { outDir: out });
    expect(r.outputs).toEqual(["access-out.pcap", "core-out.pcap"]);
    const b = readFileSync(join(out, "core-out.pcap"));
    expect([b.readUInt32LE(0), b.readUInt32LE(24), b.readUInt32LE(28)]).toEqual([0xa1b23c4d, 1_700_000_000, 1_000_000]);
  });
  it("puts frames of several files in order of time, whatever the order of the names", async () => {
    const out = [0, 1].map(() => mkdtempSync(join(dir, "out-")));
    await run([{ path: access, side: 0 }, { path: core, side: 1 }], { outDir: out[0] ?? "" });
    await run([{ path: core, side: 1 }, { path: access, side: 0 }], { outDir: out[1] ?? "" });
    expect(readFileSync(join(out[1] ?? "", "access-out.pcap")).equals(readFileSync(join(out[0] ?? "", "access-out.pcap")))).toBe(true);
  });
  it("uses what is readable of a damaged file and says where it broke", async () => {
    const whole = pcap(accessFrames());
    const r = await run([{ path: file("cut.pcap", whole.subarray(0, whole.length - 20)), side: 0 }, { path: core, side: 1 }]);
    expect(r.packets.fed).toBe(5);
    expect(r.faults).toMatchObject([{ frame: 5, recovered: false }]);
  });
  it("leaves no output when it is interrupted", async () => {
    const many = file("many.pcap", pcap(Array.from({ length: 70_000 }, (_, i) => ({ ...accessFrames(1)[1]!, sec: 1_700_000_000 + i }))));
    const abort = new AbortController();
    const out = mkdtempSync(join(dir, "out-"));
    const r = await run([{ path: many, side: 0 }], { outDir: out, signal: abort.signal, onProgress: () => abort.abort() });
    expect(r).toMatchObject({ aborted: true, outputs: [], faults: [] });
    expect(r.packets.read).toBe(65_536);
    expect(readdirSync(out)).toEqual([]);
  });
  it("marks an output folder that cannot be made as the user's to mend", async () => {
    await expect(run([{ path: access, side: 0 }], { outDir: join(access, "under-a-file") })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe("check", () => {
  it("gives both directions to the judge and asks no reference", async () => {
    const sent = mkdtempSync(join(dir, "out-"));
    await run([{ path: access, side: 0 }, { path: core, side: 1 }], { outDir: sent });
    const r = await run([{ path: access, side: 0 }, { path: join(sent, "access-out.pcap"), side: 0 }, { path: core, side: 1 }, { path: join(sent, "core-out.pcap"), side: 1 }], { mode: "check" });
    expect(r.judge?.summary).toMatchObject({ inputs: 6, outputs: 5, paired: 5, orphanOutputs: 0 });
    expect(r.counters).toEqual([]);
    expect(r.packets.sentByDevice).toBe(0);
  });
});

describe("the link's own housekeeping", () => {
  const is = (p: Uint8Array): boolean => isLinkHousekeeping(p, 0, p.length);
  it("is Neighbor Discovery with hop limit 255", () => {
    const ns = neighbourSolicitation("fe80::1", "ff02::1:ff00:2", "fe80::2");
    expect(is(ns)).toBe(true);
    ns[7] = 254; // it was forwarded, so it is not of this link (RFC 4861 section 7.1.1)
    expect(is(ns)).toBe(false);
  });
  it("is listener discovery behind a hop-by-hop header, from a link-local address with hop limit 1", () => {
    const report = new Uint8Array(40 + 8 + 20);
    report.set([0x60, 0, 0, 0, 0, 28, 0, 1, 0xfe, 0x80], 0);
    report.set([58, 0, 5, 2, 0, 0, 1, 0, 143], 40);
    expect(is(report)).toBe(true);
    report[8] = 0x20; // a global source
    expect(is(report)).toBe(false);
  });
  it("is no traffic, and no packet cut within its headers", () => {
    const udp = udp6("2001:db8::1", "2001:db8::2", 255);
    expect(is(udp)).toBe(false);
    for (let n = 0; n < 50; n++) expect(isLinkHousekeeping(udp, 0, n)).toBe(false);
  });
});
