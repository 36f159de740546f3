import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, concat, pcapHeader, pcapRecord, pack, readAll, tempFile } from "./helpers.js";

describe("classic pcap", () => {
  for (const little of [true, false]) {
    for (const [unit, magic, nsec] of [["micro", 0xa1b2c3d4, 123456000], ["nano", 0xa1b23c4d, 123456]] as const) {
      it(`reads ${unit}seconds, ${little ? "little" : "big"}-endian`, async () => {
        const file = tempFile(concat(pcapHeader({ little, magic, linkType: 101 }), pcapRecord(little, 0xfffffffe, 123456, bytes(33), 1500), pcapRecord(little, 1, 0, bytes(0))));
        const { frames, faults } = await readAll(file);
        expect(faults).toEqual([]);
        expect(frames).toEqual([
          { sec: 0xfffffffe, nsec, data: bytes(33), wireLen: 1500, linkType: 101, hint: 0, interfaceName: "", frame: 1 },
          { sec: 1, nsec: 0, data: bytes(0), wireLen: 0, linkType: 101, hint: 0, interfaceName: "", frame: 2 },
        ]);
      });
    }
    it(`reads the modified format with its packet type, ${little ? "little" : "big"}-endian`, async () => {
      const record = (type: number): Uint8Array => pack(little, [32, 5], [32, 6], [32, 3], [32, 3], [32, 2], [16, 0x0800], [8, type], [8, 0], bytes(3));
      const { frames, faults } = await readAll(tempFile(concat(pcapHeader({ little, magic: 0xa1b2cd34 }), record(0), record(4), record(3))));
      expect(faults).toEqual([]);
      expect(frames.map((f) => [f.hint, f.nsec, f.data.length])).toEqual([[1, 6000, 3], [2, 6000, 3], [0, 6000, 3]]);
    });
  }

  it("swaps the lengths that old versions wrote swapped", async () => {
    const swapped = pack(true, [32, 1], [32, 0], [32, 100], [32, 10], bytes(10)); // wire length first
    for (const minor of [2, 3]) {
      const { frames, faults } = await readAll(tempFile(concat(pcapHeader({ minor }), swapped)));
      expect(faults).toEqual([]);
      expect(frames.map((f) => [f.data.length, f.wireLen])).toEqual([[10, 100]]);
    }
  });

  it("takes the direction from Linux cooked headers", async () => {
    const sll = (type: number): Uint8Array => pack(false, [16, type], [16, 1], [16, 6], bytes(8), [16, 0x0800]);
    const { frames } = await readAll(tempFile(concat(pcapHeader({ linkType: 113 }), pcapRecord(true, 1, 1, sll(0)), pcapRecord(true, 1, 2, sll(4)))));
    expect(frames.map((f) => f.hint)).toEqual([1, 2]);
  });

  it("carries whole seconds out of a fraction beyond its range, and says so once", async () => {
    const { frames, faults } = await readAll(tempFile(concat(pcapHeader(), pcapRecord(true, 10, 2_500_000, bytes(1)), pcapRecord(true, 10, 3_000_001, bytes(1)))));
    expect(frames.map((f) => [f.sec, f.nsec])).toEqual([[12, 500_000_000], [13, 1000]]);
    expect(faults).toMatchObject([{ frame: 1, offset: 28, recovered: true }]);
  });

  it("gives the same frames whatever the size of the read buffer (property)", async () => {
    const frame = fc.record({ sec: fc.nat(0x7fffffff), usec: fc.nat(999_999), data: fc.uint8Array({ maxLength: 90 }) });
    await fc.assert(fc.asyncProperty(fc.array(frame, { maxLength: 40 }), fc.boolean(), fc.integer({ min: 128, max: 400 }), async (list, little, chunkBytes) => {
      const file = tempFile(concat(pcapHeader({ little }), ...list.map((f) => pcapRecord(little, f.sec, f.usec, f.data))));
      const { frames, faults } = await readAll(file, { chunkBytes });
      expect(faults).toEqual([]);
      expect(frames.map((f) => ({ sec: f.sec, usec: f.nsec / 1000, data: f.data }))).toEqual(list);
    }), { numRuns: 60 });
  });
});

describe("classic pcap, damaged", () => {
  const whole = concat(pcapHeader(), pcapRecord(true, 1, 1, bytes(50)), pcapRecord(true, 2, 2, bytes(60)));
  it("reads what is whole and reports the cut wherever it is (every length)", async () => {
    for (let n = 0; n <= whole.length; n++) {
      const { frames, faults } = await readAll(tempFile(whole.slice(0, n)));
      const expected = n < 90 ? 0 : n < 166 ? 1 : 2;
      expect(frames.length, `cut at ${n}`).toBe(expected);
      const atBoundary = n === 24 || n === 90 || n === 166;
      expect(faults.length, `cut at ${n}`).toBe(atBoundary ? 0 : 1);
      if (n > 24 && !atBoundary) expect(faults[0]).toMatchObject({ recovered: false, frame: expected, offset: n < 90 ? 24 : 90 });
    }
  });
  it("says what was expected and what was there", async () => {
    const { faults } = await readAll(tempFile(whole.slice(0, 130)));
    expect(faults[0].message).toBe("the file ends too early: frame 2 needs 60 bytes, 24 are left; 1 frames before it were read. Copy or capture the file again if the rest matters");
  });
  it("stops at a length that no frame has", async () => {
    const { frames, faults } = await readAll(tempFile(concat(whole, pack(true, [32, 1], [32, 1], [32, 411435009], [32, 5], bytes(3000)))));
    expect(frames.length).toBe(2);
    expect(faults).toMatchObject([{ recovered: false, frame: 2, offset: 166 }]);
    expect(faults[0].message).toContain("411435009");
  });
  it("stops at such a length even when the buffer would hold it", async () => {
    const { frames, faults } = await readAll(tempFile(concat(whole, pack(true, [32, 1], [32, 1], [32, 300000], [32, 300000], bytes(300000)))));
    expect(frames.length).toBe(2);
    expect(faults).toMatchObject([{ recovered: false }]);
  });
  it("passes over a frame that the buffer cannot hold and goes on", async () => {
    const file = tempFile(concat(pcapHeader(), pcapRecord(true, 1, 1, bytes(9)), pcapRecord(true, 2, 2, bytes(5000)), pcapRecord(true, 3, 3, bytes(8))));
    const { frames, faults } = await readAll(file, { chunkBytes: 1024 });
    expect(frames.map((f) => [f.sec, f.frame, f.data])).toEqual([[1, 1, bytes(9)], [3, 3, bytes(8)]]);
    expect(faults).toMatchObject([{ recovered: true, frame: 2, offset: 49 }]);
  });
  it("refuses reserved link type bits and other major versions", async () => {
    for (const header of [pcapHeader({ linkType: 0x00300000 }), pack(true, [32, 0xa1b2c3d4], [16, 1], [16, 4], [32, 0], [32, 0], [32, 1], [32, 1])]) {
      const { frames, faults } = await readAll(tempFile(concat(header, pcapRecord(true, 1, 1, bytes(4)))));
      expect(frames).toEqual([]);
      expect(faults).toMatchObject([{ recovered: false, frame: 0 }]);
    }
  });
  it("says what an empty, a foreign, a missing file and a folder are", async () => {
    const message = async (path: string): Promise<string> => (await readAll(path)).faults.map((f) => f.message).join();
    expect(await message(tempFile(new Uint8Array(0)))).toContain("the file is empty");
    expect(await message(tempFile(new TextEncoder().encode("hello, world")))).toContain("it begins with 68 65 6c 6c");
    expect(await message("/nonexistent/x.pcap")).toContain("cannot be opened");
    expect(await message(".")).toContain("folder");
  });
});
