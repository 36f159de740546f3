import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeSources, type MergeOptions } from "../../src/capture/merge.js";
import { openCapture } from "../../src/capture/open.js";
import { createMemory } from "../../src/wire/memory.js";
import { bytes, concat, epb, idb, option, pack, pcapHeader, pcapRecord, shb, step, tempFile } from "./helpers.js";

interface Seen { current: number; frame: number; time: number; data: Uint8Array; linkType: number; hint: number; interfaceName: string; file: number }

/** Merges files of frames given as microseconds; the data of a frame tells its file and number. */
async function merge(files: readonly Uint8Array[], options: Partial<MergeOptions> & { chunkBytes?: number } = {}) {
  const memory = createMemory(16 << 20);
  const sources = await Promise.all(files.map((file, i) => openCapture(tempFile(file), { memory, fileIndex: 10 + i, chunkBytes: options.chunkBytes ?? 1 << 16 })));
  const merged = mergeSources(sources, { memory, ...options });
  const seen: Seen[] = [];
  while (await step(merged)) {
    seen.push({
      current: merged.current, frame: merged.frame, time: merged.sec * 1e6 + merged.nsec / 1000, data: memory.u8.slice(merged.off, merged.off + merged.capLen),
      linkType: merged.linkType, hint: merged.hint, interfaceName: merged.interfaceName, file: merged.file,
    });
  }
  expect(await step(merged)).toBe(false); // and stays at the end
  merged.close();
  return { seen, merged };
}
const payload = (file: number, frame: number): Uint8Array => bytes(20 + ((file * 31 + frame) % 50), file * 100 + frame);
const pcap = (times: readonly number[], file = 0): Uint8Array =>
  concat(pcapHeader(), ...times.map((t, i) => pcapRecord(true, Math.floor(t / 1e6), t % 1e6, payload(file, i + 1))));

describe("merging by time", () => {
  it("interleaves files, and keeps the order of the inputs at equal times", async () => {
    const { seen } = await merge([pcap([1, 3, 5, 5], 0), pcap([2, 3, 5, 9], 1), pcap([], 2)]);
    expect(seen.map((s) => [s.time, s.current, s.frame])).toEqual([[1, 0, 1], [2, 1, 1], [3, 0, 2], [3, 1, 2], [5, 0, 3], [5, 0, 4], [5, 1, 3], [9, 1, 4]]);
    for (const s of seen) expect(s.data).toEqual(payload(s.current, s.frame));
    expect(seen.map((s) => s.file)).toEqual(seen.map((s) => 10 + s.current));
  });
  it("gives nothing for no files and for empty ones", async () => {
    expect((await merge([])).seen).toEqual([]);
    expect((await merge([pcap([])])).seen).toEqual([]);
  });
  it("brings small disorder into order, and the frames' bytes along (property, tiny read buffers)", async () => {
    // Times are in order but for a jitter smaller than the look-ahead of 8 frames.
    const file = fc.array(fc.nat(7), { maxLength: 120 }).map((jitter) => jitter.map((j, i) => 1_000_000 + i + j));
    await fc.assert(fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), fc.integer({ min: 160, max: 700 }), async (files, chunkBytes) => {
      const { seen, merged } = await merge(files.map((times, i) => pcap(times, i)), { chunkBytes, frames: 8, spareBytes: 1024 });
      const expected = files.flatMap((times, current) => times.map((time, i) => ({ time, current, frame: i + 1 }))).sort((a, b) => a.time - b.time || a.current - b.current || a.frame - b.frame);
      expect(seen.map(({ time, current, frame }) => ({ time, current, frame }))).toEqual(expected);
      for (const s of seen) expect(s.data).toEqual(payload(s.current, s.frame));
      expect(merged.clamped).toBe(0);
      expect(merged.faults).toEqual([]);
      const disordered = files.reduce((n, times) => n + times.filter((t, i) => times.slice(0, i).some((earlier) => earlier > t)).length, 0);
      expect(merged.reordered).toBe(disordered);
    }), { numRuns: 80 });
  });
  it("gives the same whether ordered frames pass straight (pcap) or wait in the look-ahead (pcapng), late and wild ones among them (property)", async () => {
    const pcapng = (times: readonly number[], file: number): Uint8Array =>
      concat(shb(true), idb(true, 1), ...times.map((t, i) => epb(true, 0, Math.floor(t / 2 ** 32), t % 2 ** 32, payload(file, i + 1))));
    const odd = fc.oneof({ weight: 60, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: -40, max: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: -900, max: 100_000 }) });
    const file = fc.array(odd, { maxLength: 400 }).map((jitter) => jitter.map((j, i) => 1_000_000 + 10 * i + j));
    await fc.assert(fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 160, max: 9000 }), async (files, frames, chunkBytes) => {
      const options = { frames, chunkBytes };
      const a = await merge(files.map((times, i) => pcap(times, i)), options);
      const b = await merge(files.map((times, i) => pcapng(times, i)), options);
      expect(a.seen).toEqual(b.seen);
      expect([a.merged.reordered, a.merged.clamped, a.merged.faults.length]).toEqual([b.merged.reordered, b.merged.clamped, b.merged.faults.length]);
    }), { numRuns: 60 });
  });
  it("loses no frame and never runs backwards, whatever the times (property)", async () => {
    const file = fc.array(fc.nat(1_000_000_000), { maxLength: 150 });
    await fc.assert(fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 64, max: 400 }), async (files, frames, spareBytes) => {
      const { seen } = await merge(files.map((times, i) => pcap(times, i)), { chunkBytes: 256, frames, spareBytes });
      for (const [i, times] of files.entries()) expect(seen.filter((s) => s.current === i).map((s) => s.frame).sort((a, b) => a - b)).toEqual(times.map((_, k) => k + 1));
      for (const s of seen) expect(s.data).toEqual(payload(s.current, s.frame));
      for (let i = 1; i < seen.length; i++) expect(seen[i].time).toBeGreaterThanOrEqual(seen[i - 1].time);
    }), { numRuns: 80 });
  });
  it("keeps one frame of a wild future time from throwing the clock forwards, and says so", async () => {
    const times = Array.from({ length: 100 }, (_, i) => 1_000_000 + 10 * i);
    times[20] = 4_000_000_000_000_000;
    const { seen, merged } = await merge([pcap(times)], { frames: 8 });
    expect(seen.map((s) => s.frame).sort((a, b) => a - b)).toEqual(times.map((_, i) => i + 1));
    expect(Math.max(...seen.map((s) => s.time))).toBe(1_000_990);
    expect(seen.findIndex((s) => s.frame === 21)).toBeLessThan(21 + 2 * 8 + 1);
    expect(merged.clamped).toBe(1);
    expect(merged.faults).toMatchObject([{ frame: 21, recovered: true }]);
  });
  it("keeps the order of the file after the clock was set back beyond the look-ahead, and says so once", async () => {
    const times = [...Array.from({ length: 50 }, (_, i) => 9_000_000 + i), ...Array.from({ length: 50 }, (_, i) => 1_000_000 + i)];
    const { seen, merged } = await merge([pcap(times)], { frames: 8 });
    // The few of the second run that meet the look-ahead's first frames still waiting may pass them; none is lost, the clock stands still.
    expect(seen.slice(0, 42).map((s) => s.frame)).toEqual(times.slice(0, 42).map((_, i) => i + 1));
    expect(seen.slice(-40).map((s) => s.frame)).toEqual(Array.from({ length: 40 }, (_, i) => 61 + i));
    expect(new Set(seen.slice(-40).map((s) => s.time))).toEqual(new Set([9_000_049]));
    expect(merged.faults.length).toBe(1);
    expect(merged.faults[0]).toMatchObject({ recovered: true, frame: 51 });
  });
  it("merges sources that must wait with those that need not", async () => {
    const odd = pcap(Array.from({ length: 300 }, (_, i) => 2 * i + 1), 1);
    const even = pcap(Array.from({ length: 300 }, (_, i) => 2 * i), 0);
    const { seen } = await merge([even, Uint8Array.from(gzipSync(odd))]);
    expect(seen.map((s) => s.time)).toEqual(Array.from({ length: 600 }, (_, i) => i));
    for (const s of seen) expect(s.data).toEqual(payload(s.current, s.frame));
  });
  it("keeps what changes from frame to frame: link type, interface, hint", async () => {
    const flags = (n: number): Uint8Array => option(true, 2, pack(true, [32, n]));
    const named = (name: string): Uint8Array => option(true, 2, new TextEncoder().encode(name));
    const ng = concat(shb(true), idb(true, 1, 0, named("a")), idb(true, 101, 0, named("b")), epb(true, 0, 0, 10, bytes(3), 3, flags(1)), epb(true, 1, 0, 30, bytes(3), 3, flags(2)), epb(true, 0, 0, 20, bytes(3)), epb(true, 1, 0, 40, bytes(3)));
    const { seen } = await merge([ng, pcap([15, 25, 35])]);
    expect(seen.map((s) => [s.time, s.linkType, s.interfaceName, s.hint])).toEqual([
      [10, 1, "a", 1], [15, 1, "", 0], [20, 1, "a", 0], [25, 1, "", 0], [30, 101, "b", 2], [35, 1, "", 0], [40, 101, "b", 0],
    ]);
  });
});
