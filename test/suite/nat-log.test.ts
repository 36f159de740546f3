import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfigFile, parseConfig } from "../../src/config/load.js";
import { checkRecordLine } from "../../src/report/read.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { type PipelineResult, runPipeline } from "../../src/suite/pipeline.js";
import { packet6 } from "../concentrator/harness.js";
import { udp4 } from "../concentrator/ds-lite/packets.js";
import { pcap } from "../cli/helper.js";
import { accessPcap, CONFIG as RD } from "../cli/traffic.js";

const root = new URL("../..", import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), "softproof-natlog-"));
const text = readFileSync(join(root, "fixtures/configs/ds-lite.yaml"), "utf8");
const B4 = "2001:db8:100::1";

/** Ethernet to the device's access MAC, a packet of the B4 with one UDP flow per source port. */
function frames(ports: number[]): Uint8Array {
  return pcap(ports.map((sport, i) => {
    const p = packet6({ src: B4, dst: "2001:db8::1", next: 4, payload: udp4({ src: "192.168.1.2", dst: "192.0.2.77", sport }) });
    return { sec: 1_700_000_000 + i, usec: 0, data: Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, ...p) };
  }));
}
async function replay(config: string, ports: number[], judge = false): Promise<{ r: PipelineResult; out: string }> {
  const out = mkdtempSync(join(dir, "out-"));
  const path = join(out, "in.pcap");
  writeFileSync(path, frames(ports));
  return { out, r: await runPipeline({ config: parseConfig(config, "c.yaml"), files: [{ path, side: 0 }], mode: "replay", judge, severityOf, outDir: out }) };
}

describe("the NAT log of a run (RFC 6888 section 4)", () => {
  it("streams every event to nat.log in RFC 5424 text, without destinations, and leaves no half file", async () => {
    const { r, out } = await replay(text, [5000, 5002]);
    expect(r.outputs).toContain("nat.log");
    const lines = readFileSync(join(out, "nat.log"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^<134>1 2023-11-14T22:13:20\.000Z ss1\.aftr softproof - mapping-created \[nat@32473 subscriber="2001:db8:100::1" proto="17" inner="192\.168\.1\.2" innerPort="5000" external="198\.51\.100\.\d+" port="\d+"\]$/);
    expect(lines.join()).not.toContain("192.0.2.77");
    expect(readdirSync(out).filter((f) => f.includes(".part"))).toEqual([]);
  });
  it("counts all events in the record and shows the first hundred", async () => {
    const { r, out } = await replay(text, Array.from({ length: 150 }, (_, i) => 5000 + i));
    expect(r.natLog?.total).toBe(150);
    expect(r.natLog?.events).toHaveLength(100);
    expect(readFileSync(join(out, "nat.log"), "utf8").split("\n")).toHaveLength(151);
    const line = { type: "case", id: "x", title: "x", profile: "p", verdict: "pass", counters: [], softwires: [], natLog: r.natLog, rules: [], findings: [], outputs: [] };
    expect(checkRecordLine(JSON.parse(JSON.stringify(line)))).toBeUndefined();
  });
  it("deterministic NAPT logs its parameters once (RFC 7422)", async () => {
    const { r } = await replay(text.replace("            # what follows", "            allocation: deterministic\n            port-block-size: 512\n            # what follows")
      .replace('2001:db8:100::/40"]', '2001:db8:100::/48"]\n          subscriber-prefix-length: 56'), [5000, 5002]);
    expect(r.natLog?.total).toBe(1);
    expect(r.natLog?.events[0]).toMatchObject({ event: "deterministic-parameters", subscriber: "2001:db8:100::/48", external: "198.51.100.0-198.51.100.15", blockSize: 512, subscriberPrefixLength: 56 });
  });
  it("static mappings stand at the beginning, with the time of the first packet, port blocks or not", async () => {
    const fixed = '            static-mappings: [{ b4: "2001:db8:100::7", inner: 10.0.0.9, protocol: tcp, inner-port: 80, outer: 198.51.100.3, outer-port: 8080 }]\n            # what follows';
    for (const more of ["", "            allocation: port-block\n"]) {
      const { r } = await replay(text.replace("            # what follows", more + fixed), [5000]);
      expect(r.natLog?.events[0]).toMatchObject({ event: "mapping-created", sec: 1_700_000_000, subscriber: "2001:db8:100::7", external: "198.51.100.3", portFrom: 8080, innerPort: 80 });
      expect(r.natLog?.total).toBe(2);
    }
  });
  it("is off without a NAT", async () => {
    const out = mkdtempSync(join(dir, "rd-"));
    const path = join(out, "in.pcap");
    writeFileSync(path, accessPcap());
    const r = await runPipeline({ config: parseConfig(RD, "c.yaml"), files: [{ path, side: 0 }], mode: "replay", judge: false, severityOf, outDir: out });
    expect([r.natLog, existsSync(join(out, "nat.log"))]).toEqual([undefined, false]);
  });
  it("an interrupted run leaves no log", async () => {
    const out = mkdtempSync(join(dir, "cut-"));
    const path = join(out, "in.pcap");
    writeFileSync(path, frames([1]));
    const stop = new AbortController();
    stop.abort();
    await runPipeline({ config: loadConfigFile(join(root, "fixtures/configs/ds-lite.yaml")), files: [{ path, side: 0 }], mode: "replay", judge: false, severityOf, outDir: out, signal: stop.signal });
    expect(readdirSync(out)).toEqual(["in.pcap"]);
  });
});
