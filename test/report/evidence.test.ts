import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCapture } from "../../src/capture/open.js";
import { writeEvidence } from "../../src/report/evidence.js";
import { buildReport } from "../../src/report/model.js";
import { createMemory } from "../../src/wire/memory.js";
import { clauses, finding, native, sampleRecord, tunnelled } from "./sample.js";

interface Frame { readonly hex: string; readonly sec: number; readonly nsec: number; readonly hint: number; readonly iface: string }
async function framesOf(path: string): Promise<Frame[]> {
  const memory = createMemory(8 << 20);
  const source = await openCapture(path, { memory, fileIndex: 0 });
  const frames: Frame[] = [];
  while (await source.next()) frames.push({ hex: Buffer.from(memory.u8.subarray(source.off, source.off + source.capLen)).toString("hex"), sec: source.sec, nsec: source.nsec, hint: source.hint, iface: source.interfaceName });
  expect(source.faults).toEqual([]);
  source.close();
  return frames;
}
function hasTshark(): boolean {
  try {
    execFileSync("tshark", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("evidence.pcapng", () => {
  let dir = "";
  beforeAll(() => { dir = mkdtempSync(join(tmpdir(), "softproof-evidence-")); });
  afterAll(() => { rmSync(dir, { recursive: true, force: true }); });

  test("every packet once, in time order, with the Ethernet type of its IP version, direction and nanoseconds", async () => {
    const path = join(dir, "a.pcapng");
    writeEvidence(buildReport(sampleRecord()), path);
    const frames = await framesOf(path);
    expect(frames).toHaveLength(16); // 4 findings of 2 exemplars of 2 packets; six profiles share them
    expect(frames[0]).toEqual({ hex: `02000000000102000000000a0800${tunnelled(0, 10, 64)}`, sec: 1_700_000_000, nsec: 123_456_789, hint: 1, iface: "access" });
    expect(frames[1]).toEqual({ hex: `02000000000c02000000000186dd${native(63)}`, sec: 1_700_000_000, nsec: 123_499_001, hint: 2, iface: "core" });
    const times = frames.map((f) => f.sec * 1e9 + f.nsec);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
  test("no findings: a file that is read without fault and without packets", async () => {
    const path = join(dir, "none.pcapng");
    writeEvidence(buildReport([]), path);
    expect(await framesOf(path)).toEqual([]);
  });
  test("a packet behind a hundred findings is there once", async () => {
    const base = sampleRecord().find((l) => l.type === "case")!;
    const findings = Array.from({ length: 100 }, (_, i) => ({ ...finding(clauses[0]!, 0, "f", "t"), fingerprint: `print-${i}` }));
    const path = join(dir, "many.pcapng");
    writeEvidence(buildReport([{ ...base, findings }]), path);
    expect(await framesOf(path)).toHaveLength(4);
  });
  test("a folder that is not there is an error that names the file", () => {
    expect(() => writeEvidence(buildReport([]), join(dir, "absent", "x.pcapng"))).toThrow(/x\.pcapng/);
  });
  test.skipIf(!hasTshark())("tshark shows verdict, clause and message as packet comments (skipped without tshark)", () => {
    const path = join(dir, "t.pcapng");
    writeEvidence(buildReport(sampleRecord({ hostile: true })), path);
    const rows = execFileSync("tshark", ["-r", path, "-T", "fields", "-e", "frame.comment", "-e", "frame.protocols", "-e", "frame.interface_name"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trimEnd().split("\n").map((r) => r.split("\t"));
    expect(rows).toHaveLength(16);
    expect(rows[0]?.[0]).toMatch(/^FAIL RFC3056-3-2: Spoofed source <\/script>.* \[cap .*\.pcap:17, access, received; finding [0-9a-f]{12}\]$/);
    expect(rows[0]?.[1]).toBe("eth:ethertype:ip:ipv6:udp:dns");
    expect(rows[1]?.[2]).toBe("core");
  });
});
