import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { runPipeline } from "../../src/suite/pipeline.js";
import { packet6 } from "../concentrator/harness.js";
import { udp4 } from "../concentrator/ds-lite/packets.js";
import { pcap } from "../cli/helper.js";

const text = readFileSync(new URL("../../fixtures/configs/ds-lite.yaml", import.meta.url), "utf8");
const label = (value: number, bottom: boolean, ttl = 9): number[] => [value >> 12, (value >> 4) & 255, ((value << 4) & 0xf0) | (bottom ? 1 : 0), ttl];
const MACS = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
/** A B4 that pings its AFTR, and one UDP packet through the softwire, both under this stack. */
function frames(stack: number[]): Uint8Array {
  const type = stack.length === 0 ? [0x86, 0xdd] : [0x88, 0x47];
  const ping = packet6({ src: "2001:db8:100::1", dst: "2001:db8::1", next: 4, payload: udp4({ src: "192.168.1.2", dst: "192.0.2.77", ttl: 1 }) });
  const out = packet6({ src: "2001:db8:100::1", dst: "2001:db8::1", next: 4, payload: udp4({ src: "192.168.1.2", dst: "192.0.2.77" }) });
  return pcap([ping, out].map((p, i) => ({ sec: 1_700_000_000 + i, usec: 0, data: Uint8Array.of(...MACS, ...type, ...stack, ...p) })));
}
/** Frames of an output file, as bytes. */
function written(path: string): Uint8Array[] {
  const b = readFileSync(path);
  const out: Uint8Array[] = [];
  for (let at = 24; at < b.length; at += 16 + b.readUInt32LE(at + 8)) out.push(Uint8Array.from(b.subarray(at + 16, at + 16 + b.readUInt32LE(at + 8))));
  return out;
}
async function replay(policy: string, stack: number[]): Promise<{ access: Uint8Array[]; core: Uint8Array[] }> {
  const out = mkdtempSync(join(tmpdir(), "softproof-mpls-"));
  writeFileSync(join(out, "in.pcap"), frames(stack));
  const config = parseConfig(text.replace('  ipv6: ["2001:db8::1"]\n', `  ipv6: ["2001:db8::1"]\n${policy}`), "c.yaml");
  await runPipeline({ config, files: [{ path: join(out, "in.pcap"), side: 0 }], mode: "replay", judge: false, severityOf, outDir: out });
  return { access: written(join(out, "access-out.pcap")), core: written(join(out, "core-out.pcap")) };
}
const THREE = [...label(16, false), ...label(17, false), ...label(0xabcde, true)];

describe("MPLS labels on outputs", () => {
  it("strip (the default): a softwire under up to three labels is served, its answers are unlabelled", async () => {
    for (const stack of [[], label(16, true), [...label(16, false), ...label(17, true)], THREE]) {
      const { access, core } = await replay("", stack);
      expect([access.length, core.length, access[0][12], access[0][13], core[0][12]]).toEqual([1, 1, 0x86, 0xdd, 0x08]);
    }
  });
  it("preserve: the stack that came in, with the TTL of the packet under it (RFC 3032 section 2.4.3); the other side stays unlabelled", async () => {
    const { access, core } = await replay("  mpls: preserve\n", THREE);
    const [f] = access;
    expect([...f.slice(12, 26)]).toEqual([0x88, 0x47, ...label(16, false, 64), ...label(17, false, 64), ...label(0xabcde, true, 64)]);
    const place = createLinkPlace();
    expect([locate(f, 0, f.length, 1, place), place.l3, place.labels]).toEqual([true, 26, 3]);
    expect([f[26] >> 4, (f[30] << 8) | f[31]]).toEqual([6, f.length - 26 - 40]);
    expect(core[0][12]).toBe(0x08);
  });
  it("preserve keeps no stack with implicit null: it is never sent (RFC 3032 section 2.1)", async () => expect((await replay("  mpls: preserve\n", [...label(16, false), ...label(3, true)])).access[0][12]).toBe(0x86));
  it("preserve without labels coming in writes none", async () => expect((await replay("  mpls: preserve\n", [])).access[0][12]).toBe(0x86));
  it("push: the labels of the configuration, whatever came in", async () => {
    const [f] = (await replay("  mpls: { push: [100, 200] }\n", label(16, true))).access;
    expect([...f.slice(12, 22)]).toEqual([0x88, 0x47, ...label(100, false, 64), ...label(200, true, 64)]);
  });
});
