import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureError, parseCapture } from "../../src/capture/pcap-parser.js";
import { createPcapWriter } from "../../src/capture/pcap-writer.js";
import { createPcapngWriter } from "../../src/capture/pcapng-writer.js";
import { createMemory } from "../../src/wire/memory.js";
import { bytes, concat, hex, pcapHeader, pcapRecord, readAll, tempFile, tempPath } from "./helpers.js";

const frame = fc.record({ sec: fc.nat(0xffffffff), nsec: fc.nat(999_999_999), data: fc.uint8Array({ maxLength: 200 }) });

describe("pcap writer", () => {
  it("writes the canonical form, byte for byte", () => {
    const path = tempPath(".pcap");
    const memory = createMemory(2 << 20);
    const out = createPcapWriter({ path, nanoseconds: true, memory, destination: hex("0a0000000001"), source: hex("0a0000000002") });
    for (const [first, sec] of [["45", 1], ["60", 0xffffffff]] as const) {
      const off = out.reserve(1500);
      memory.u8.set(concat(hex(first), bytes(3)), off);
      out.commit(off, 4, sec, 999_999_999);
    }
    expect(out.packets).toBe(2);
    expect(existsSync(path)).toBe(false); // nothing in its place before close
    out.close();
    expect(Uint8Array.from(readFileSync(path))).toEqual(hex(
      "4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000" +
      "01000000 ffc99a3b 12000000 12000000 0a0000000001 0a0000000002 0800 4500070e" +
      "ffffffff ffc99a3b 12000000 12000000 0a0000000001 0a0000000002 86dd 6000070e"));
  });
  it("gives back what was written: nanoseconds (property)", async () => {
    await fc.assert(fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (list) => {
      const path = tempPath(".pcap");
      const out = createPcapWriter({ path, nanoseconds: true, linkType: 101 });
      for (const f of list) out.write({ ...f, wireLen: f.data.length + 5 });
      out.close();
      const { frames, faults } = await readAll(path);
      expect(faults).toEqual([]);
      expect(frames.map(({ sec, nsec, data, wireLen, linkType }) => ({ sec, nsec, data, wireLen, linkType }))).toEqual(list.map((f) => ({ ...f, wireLen: f.data.length + 5, linkType: 101 })));
    }), { numRuns: 40 });
  });
  it("is read by npm's pcap-parser: microseconds (property)", async () => {
    interface Parser { parse(path: string): { on(event: "packet", call: (p: { header: { timestampSeconds: number; timestampMicroseconds: number; capturedLength: number; originalLength: number }; data: Uint8Array }) => void): void; on(event: "end" | "error", call: (e: unknown) => void): void } }
    const theirs = createRequire(import.meta.url)("pcap-parser") as Parser;
    await fc.assert(fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), async (list) => {
      const path = tempPath(".pcap");
      const out = createPcapWriter({ path });
      for (const f of list) out.write(f);
      out.close();
      const seen = await new Promise<unknown[]>((resolve, reject) => {
        const got: unknown[] = [];
        const parser = theirs.parse(path);
        parser.on("packet", ({ header, data }) => got.push({ sec: header.timestampSeconds, usec: header.timestampMicroseconds, data: Uint8Array.from(data), wire: header.originalLength }));
        parser.on("end", () => resolve(got));
        parser.on("error", reject);
      });
      expect(seen).toEqual(list.map((f) => ({ sec: f.sec, usec: Math.floor(f.nsec / 1000), data: f.data, wire: f.data.length })));
    }), { numRuns: 25 });
  });
  it("writes more than its buffer holds", async () => {
    const path = tempPath(".pcap");
    const memory = createMemory(2 << 20);
    const out = createPcapWriter({ path, nanoseconds: false, memory });
    for (let i = 0; i < 5000; i++) {
      const off = out.reserve(1400);
      memory.u8[off] = 0x45;
      memory.u8.fill(i & 255, off + 1, off + 1400);
      out.commit(off, 1000 + (i % 400), i, 0);
    }
    out.close();
    const { frames, faults } = await readAll(path);
    expect(faults).toEqual([]);
    expect(frames.length).toBe(5000);
    for (const [i, f] of frames.entries()) expect([f.sec, f.data.length, f.data[15]]).toEqual([i, 1014 + (i % 400), i & 255]);
  });
  it("leaves the old file and no other when it is aborted", () => {
    const dir = mkdtempSync(join(tmpdir(), "softproof-writer-"));
    const path = join(dir, "out.pcap");
    writeFileSync(path, "old");
    const out = createPcapWriter({ path });
    out.write({ data: bytes(4), sec: 1, nsec: 2 });
    out.abort();
    out.abort();
    expect(readdirSync(dir)).toEqual(["out.pcap"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });
  it("says what is wrong with the path and the frame", () => {
    expect(() => createPcapWriter({ path: "/nonexistent/out.pcap" })).toThrow(/\/nonexistent\/out\.pcap: the file cannot be made .*check that the folder exists/);
    const out = createPcapWriter({ path: tempPath(".pcap") });
    expect(() => out.write({ data: bytes(262145), sec: 0, nsec: 0 })).toThrow(/262145 bytes is longer than the 262144/);
    out.abort();
  });
});

describe("pcapng writer", () => {
  it("gives back frames, interfaces, directions, exact nanoseconds and comments", async () => {
    const path = tempPath(".pcapng");
    const out = createPcapngWriter({ path, comments: ["evidence of a run"], interfaces: [{ name: "access", comment: "customers" }, { name: "core" }] });
    out.write({ data: bytes(60), sec: 1_700_000_000, nsec: 123_456_789, direction: "inbound", comments: ["R1: TTL is 63, 62 was expected", "second"] });
    out.write({ data: bytes(61), sec: 0xffffffff, nsec: 999_999_999, interface: 1, wireLen: 1500, direction: "outbound" });
    expect(out.packets).toBe(2);
    out.close();
    const { frames, faults } = await readAll(path);
    expect(faults).toEqual([]);
    expect(frames).toEqual([
      { sec: 1_700_000_000, nsec: 123_456_789, data: bytes(60), wireLen: 60, linkType: 1, hint: 1, interfaceName: "access", frame: 1 },
      { sec: 0xffffffff, nsec: 999_999_999, data: bytes(61), wireLen: 1500, linkType: 1, hint: 2, interfaceName: "core", frame: 2 },
    ]);
    const text = readFileSync(path, "latin1");
    for (const comment of ["evidence of a run", "customers", "R1: TTL is 63, 62 was expected", "second"]) expect(text).toContain(comment);
  });
  it("gives back any frames (property)", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(frame, fc.string({ unit: "grapheme", maxLength: 20 })), { maxLength: 20 }), async (list) => {
      const path = tempPath(".pcapng");
      const out = createPcapngWriter({ path, interfaces: [{ name: "x" }] });
      for (const [f, comment] of list) out.write({ ...f, comments: [comment] });
      out.close();
      const { frames, faults } = await readAll(path);
      expect(faults).toEqual([]);
      expect(frames.map(({ sec, nsec, data }) => ({ sec, nsec, data }))).toEqual(list.map(([f]) => f));
    }), { numRuns: 30 });
  });
});

describe("parseCapture", () => {
  const whole = concat(pcapHeader(), pcapRecord(true, 1, 1, bytes(5), 99), pcapRecord(true, 2, 2, bytes(6)));
  it("yields copies that stay", async () => {
    const frames = [];
    for await (const f of parseCapture(tempFile(whole))) frames.push(f);
    expect(frames).toEqual([
      { number: 1, sec: 1, nsec: 1000, linkType: 1, data: bytes(5), wireLength: 99, interfaceName: "", direction: "unknown" },
      { number: 2, sec: 2, nsec: 2000, linkType: 1, data: bytes(6), wireLength: 6, interfaceName: "", direction: "unknown" },
    ]);
  });
  it("throws after the last readable frame, or reports to onFault", async () => {
    const path = tempFile(whole.slice(0, -2));
    const numbers: number[] = [];
    const run = async (): Promise<void> => {
      for await (const f of parseCapture(path)) numbers.push(f.number);
    };
    await expect(run()).rejects.toThrow(CaptureError);
    await expect(run()).rejects.toThrow(/offset 45, frame 1: the file ends too early/);
    expect(numbers).toEqual([1, 1]);
    const faults: number[] = [];
    for await (const f of parseCapture(path, { onFault: (fault) => faults.push(fault.offset) })) numbers.push(f.number);
    expect(faults).toEqual([45]);
  });
  it("can be left early", async () => {
    for await (const f of parseCapture(tempFile(whole))) {
      expect(f.number).toBe(1);
      break;
    }
  });
});
