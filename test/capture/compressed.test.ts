import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytes, concat, hex, pcapHeader, pcapRecord, readAll as readFrames, tempFile, tempPath } from "./helpers.js";

const zstdCli = ((): boolean => {
  try {
    execFileSync("zstd", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();
const small = concat(pcapHeader(), pcapRecord(true, 1, 1, bytes(50)), pcapRecord(true, 2, 2, bytes(60, 3)), pcapRecord(true, 3, 3, bytes(50)));
/** `small`, by zstd 1.5 at level 19, with checksum. */
const SMALL_ZSTD = hex("28b52ffd24e87d0400a407d4c3b2a102000400ffff000001003200070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7eef5fc030a11181f262d343b42495057020000003c5e656c737a81888f969da4abb2b9c0c7ced5dce3eaf1f8ff060d141b222930373e454c535a61686f767d848b9299a003000000030700a4889100a81320af010b2033774302c401ea9ec51e");

// A few hundred kB that compress badly, so that the compressed form has many pieces.
let seed = 1;
const noise = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24);
const large = concat(pcapHeader(), ...Array.from({ length: 400 }, (_, i) => pcapRecord(true, i, i, noise(1000 + (i % 300)))));

/** Frames with their bytes as text, which compares much faster. */
async function readAll(...args: Parameters<typeof readFrames>) {
  const { frames, faults } = await readFrames(...args);
  return { frames: frames.map((f) => ({ ...f, data: Buffer.from(f.data).toString("base64") })), faults };
}

const chopped = (data: Uint8Array, size: number): Readable => Readable.from((function* () {
  for (let at = 0; at < data.length; at += size) yield Buffer.from(data.subarray(at, at + size));
})());
const zstd = (data: Uint8Array): Uint8Array => {
  const path = tempFile(data);
  const to = tempPath(".zst");
  execFileSync("zstd", ["-q", "-f", path, "-o", to]);
  return Uint8Array.from(readFileSync(to));
};

describe("compressed captures and stdin", () => {
  it("reads gzip like the plain file, also in several members", async () => {
    for (const data of [small, large]) {
      const plain = (await readAll(tempFile(data))).frames;
      expect(plain.length).toBeGreaterThan(2);
      for (const packed of [gzipSync(data), concat(gzipSync(data.subarray(0, 100)), gzipSync(data.subarray(100)))]) {
        const { frames, faults } = await readAll(tempFile(packed, ".bin"), { chunkBytes: 4096 });
        expect(faults).toEqual([]);
        expect(frames).toEqual(plain);
      }
    }
  });
  it("reads zstd like the plain file (stored fixture)", async () => {
    const { frames, faults } = await readAll(tempFile(SMALL_ZSTD, ".bin"));
    expect(faults).toEqual([]);
    expect(frames).toEqual((await readAll(tempFile(small))).frames);
  });
  it.skipIf(!zstdCli)("reads zstd like the plain file: frames, skippable frames (skipped: no zstd command)", async () => {
    const plain = (await readAll(tempFile(large))).frames;
    const skippable = hex("502a4d18 04000000 01020304");
    for (const packed of [zstd(large), concat(skippable, zstd(large.subarray(0, 70000)), skippable, zstd(large.subarray(70000)))]) {
      const { frames, faults } = await readAll(tempFile(packed, ".bin"), { chunkBytes: 4096 });
      expect(faults).toEqual([]);
      expect(frames).toEqual(plain);
    }
  });
  it("reads stdin like the plain file, whatever the pieces and the compression", async () => {
    for (const [data, sizes] of [[small, [1, 7, 1 << 20]], [large, [1000, 1 << 20]]] as const) {
      const plain = (await readAll(tempFile(data))).frames;
      for (const packed of [data, gzipSync(data), ...(zstdCli ? [zstd(data)] : [])]) {
        for (const size of sizes) {
          const { frames, faults } = await readAll("-", { stdin: chopped(packed, size), chunkBytes: 4096 });
          expect(faults).toEqual([]);
          expect(frames).toEqual(plain);
        }
      }
    }
  });
  it("says that stdin was empty", async () => {
    const { frames, faults } = await readAll("-", { stdin: Readable.from([]) });
    expect(frames).toEqual([]);
    expect(faults).toMatchObject([{ file: "stdin", recovered: false, message: expect.stringContaining("empty") as unknown }]);
  });

  for (const [name, pack, slack] of [["gzip", gzipSync, 0], ["zstd", zstd, 131072]] as const) {
    it.skipIf(name === "zstd" && !zstdCli)(`delivers what a cut ${name} file still holds, and reports the cut`, async () => {
      const packed = pack(large);
      const plain = (await readAll(tempFile(large))).frames;
      for (const share of [0.3, 0.7, 0.999]) {
        const { frames, faults } = await readAll(tempFile(packed.subarray(0, Math.floor(packed.length * share)), ".bin"));
        // The noise hardly compresses: a share of the file is that share of the frames; a decoder may hold back one block (zstd: 128 KiB).
        expect(frames.length).toBeGreaterThanOrEqual(Math.floor(plain.length * share - slack / 1200) - 5);
        expect(frames).toEqual(plain.slice(0, frames.length));
        expect(faults).toMatchObject([{ recovered: false, frame: frames.length }]);
        expect(faults[0].message).toContain(`the ${name} data is damaged or cut short`);
      }
    });
  }
  it("delivers what comes before damage inside a gzip file, and reports it", async () => {
    const packed = Uint8Array.from(gzipSync(large));
    packed.set(new Uint8Array(2000).fill(0xff), Math.floor(packed.length / 2));
    const plain = (await readAll(tempFile(large))).frames;
    const { frames, faults } = await readAll(tempFile(packed, ".bin"));
    expect(frames.length).toBeGreaterThan(plain.length / 2 - 40); // at most one piece of 16 KiB is lost before the damage
    const same = frames.findIndex((f, i) => f.data !== plain[i].data);
    expect(same === -1 || same > plain.length / 2 - 40).toBe(true);
    expect(faults.some((f) => !f.recovered)).toBe(true);
  });
  it("says that what is inside is no capture", async () => {
    const { faults } = await readAll(tempFile(gzipSync(new TextEncoder().encode("hello, world")), ".gz"));
    expect(faults[0].message).toContain("it begins with 68 65 6c 6c");
  });
});
