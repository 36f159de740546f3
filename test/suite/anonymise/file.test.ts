/** A capture is copied as it is read: formats, bounds on what is held, damage. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createMapper } from "../../../src/suite/anonymise/addresses.js";
import { anonymiseFile } from "../../../src/suite/anonymise/file.js";
import { compileText } from "../../../src/suite/notation/index.js";
import { block, concat, epb, type Frame, idb, oldPacket, option, pack, pcapHeader, pcapRecord, readAll, shb, spb, tempFile } from "../../capture/helpers.js";
import { cut4 } from "./cut.js";
import { anonymised } from "./helper.js";

const RAW = 101;
const map = createMapper("the key of the test", undefined);
const text = (t: string): Uint8Array => new TextEncoder().encode(t);
const packet = compileText('ipv4(81.2.69.9 > 81.3.0.2) / udp(5000 > 53) / "a question"').bytes.slice();
const tunnel = compileText('ipv4(81.2.69.9 > 192.88.99.1) / ipv6(2002:5102:4509::1 > 2a02:9::7) / tcp(4000 > 443) / "some text"').bytes.slice();
const pieces = cut4(tunnel, [16, 40]);
const ethernet = (p: Uint8Array): Uint8Array => concat(Uint8Array.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]), p);
const SECRETS = [Buffer.from([81, 2, 69, 9]), Buffer.from([81, 3, 0, 2]), Buffer.from("81.2.69.9")];
/** Everything of frames but their bytes. */
const around = (frames: readonly Frame[]) => frames.map(({ data, ...rest }) => ({ ...rest, length: data.length }));

/** What a file becomes is told by its frames: those of each packet by itself. */
async function same(file: Uint8Array, frames: number): Promise<Buffer> {
  const path = tempFile(file);
  const before = await readAll(path);
  const whole = await anonymised(path, map);
  expect([whole.frames, whole.faults, whole.untouched, whole.notes.filter((n) => !n.includes("pcapng blocks"))]).toEqual([frames, [], 0, []]);
  const after = await readAll(tempFile(whole.bytes));
  expect(around(after.frames)).toEqual(around(before.frames));
  expect(after.faults).toEqual([]);
  for (const secret of SECRETS) expect(whole.bytes.includes(secret)).toBe(false);
  // The same with buffers that hold little more than a record, and compressed.
  for (const chunkBytes of [260, 333, 1024]) expect((await anonymised(path, map, { chunkBytes })).bytes.equals(whole.bytes)).toBe(true);
  expect((await anonymised(tempFile(gzipSync(file)), map)).bytes.equals(whole.bytes)).toBe(true);
  expect((await anonymised("-", map, { stdin: Readable.from([file.subarray(0, 31), file.subarray(31)]) })).bytes.equals(whole.bytes)).toBe(true);
  return whole.bytes;
}

describe("pcap", () => {
  const cases = [true, false].flatMap((little) => [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].map((magic) => [little ? "little" : "big", magic.toString(16), little, magic] as const));
  test.each(cases)("%s endian, magic %s", async (_, __, little, magic) => {
    const extra = magic === 0xa1b2cd34 ? pack(little, [32, 3], [16, 0x800], [8, 4], [8, 0]) : new Uint8Array(0);
    const record = (i: number, data: Uint8Array): Uint8Array => concat(pack(little, [32, 100 + i], [32, 5 * i], [32, data.length], [32, data.length + i]), extra, data);
    const frames = [packet, pieces[1], packet, pieces[0], tunnel, pieces[2], packet].map(ethernet);
    const out = await same(concat(pcapHeader({ little, magic }), ...frames.map((f, i) => record(i, f))), frames.length);
    expect(out.subarray(0, 24).equals(pcapHeader({ little, magic }))).toBe(true);
    expect(out.length).toBe(24 + frames.reduce((n, f) => n + 16 + extra.length + f.length, 0));
  });
});

describe("pcapng", () => {
  const name = (little: boolean, t: string): Uint8Array => option(little, 2, text(t));
  const flags = (little: boolean, v: number): Uint8Array => option(little, 2, pack(little, [32, v]));
  const comment = (little: boolean): Uint8Array => option(little, 1, text("from 81.2.69.9"));
  const section = (little: boolean): Uint8Array => concat(
    shb(little), idb(little, 1, 0, name(little, "ge-0/0/0"), comment(little), option(little, 4, Uint8Array.from([81, 2, 69, 9, 255, 255, 255, 0]))),
    epb(little, 0, 0, 1000, ethernet(packet), packet.length + 20, comment(little), flags(little, 1)),
    epb(little, 0, 0, 2000, ethernet(pieces[2]), pieces[2].length + 14, comment(little)),
    block(little, 4, text("\0\0\0\0 names 81.2.69.9")), block(little, 0x0bad, text("custom 81.2.69.9")),
    idb(little, RAW, 0, name(little, "ge-0/0/1"), option(little, 9, Uint8Array.from([9]))),
    epb(little, 1, 0, 2_200_000, packet), spb(little, packet.length + 14, ethernet(packet)),
    oldPacket(little, 0, 0, 2500, ethernet(pieces[0]), flags(little, 2)), oldPacket(little, 1, 0, 2_600_000, pieces[1], flags(little, 1), option(little, 3, Uint8Array.from([2, 1, 2, 3, 4]))),
    block(little, 5, concat(pack(little, [32, 0], [32, 0], [32, 5000]), comment(little), option(little, 4, new Uint8Array(8)))), epb(little, 0, 0, 3000, ethernet(packet)),
  );
  test.each([["little", true], ["big", false]] as const)("%s endian, then a section of the other: each keeps its interfaces, the blocks with names go", async (_, little) => {
    const out = await same(concat(section(little), section(!little)), 14);
    for (const kept of ["ge-0/0/0", "ge-0/0/1"]) expect(out.includes(kept)).toBe(true);
    for (const gone of ["names", "custom"]) expect(out.includes(gone)).toBe(false);
    const done = await anonymised(tempFile(concat(section(little), section(!little))), map);
    expect(done.notes).toEqual(["2 pcapng blocks of type 4 were left out (names, secrets or unknown)", "2 pcapng blocks of type 2989 were left out (names, secrets or unknown)"]);
  });
});

describe("what is held", () => {
  /** Frames as fast as they are asked for; counts what was given. */
  const endless = (frames: number, of: (i: number) => Uint8Array) => {
    const given = { bytes: 0 };
    function* all(): Generator<Uint8Array> {
      yield pcapHeader({ linkType: RAW });
      for (let i = 0; i < frames; i += 100) {
        const some = concat(...Array.from({ length: 100 }, (_, k) => pcapRecord(true, 1_700_000_000 + ((i + k) >> 10), 0, of(i + k))));
        given.bytes += some.length;
        yield some;
      }
    }
    return { given, stream: Readable.from(all(), { objectMode: true, highWaterMark: 1 }) };
  };
  /** Fragments of which every tenth datagram lacks one, in all orders, between packets from ever new addresses. */
  const mixed = (i: number): Uint8Array => {
    const p = (i % 4 === 3 ? packet : pieces[(i + (i >> 2)) % 4 % 3]).slice();
    const id = i >> 2;
    if (i % 4 !== 3) p.set([id >>> 8, id & 255], 4);
    else p.set([80, i >>> 16, i >>> 8, i & 255], 12);
    return id % 10 === 0 && i % 4 === 1 ? packet : p;
  };
  test.each([[20_000], [80_000]])("of %i frames from stdin: never more than the buffers and the bounds", async (frames) => {
    const { given, stream } = endless(frames, mixed);
    const bounds = { chunkBytes: 64 * 1024, heldBytes: 128 * 1024 };
    let written = 0;
    let most = 0;
    const sink = { write: (_: Uint8Array, __: number, length: number) => {
      written += length;
      most = Math.max(most, given.bytes + 24 - written);
    } };
    const done = await anonymiseFile("-", map, sink, { ...bounds, stdin: stream });
    expect([done.frames, written]).toEqual([frames, given.bytes + 24]);
    // Held frames count twice (as they were, as they become); one frame, and one datagram, may be added before the oldest goes.
    expect(done.held.bytes).toBeLessThanOrEqual(bounds.heldBytes + 256 + 400);
    expect(done.held.fragmentBytes).toBeLessThanOrEqual(bounds.heldBytes + 4 * 1024);
    expect(done.held.bytes).toBeGreaterThan(bounds.heldBytes / 2);
    // Read buffer, write buffer, held frames, and what the stream itself keeps ready.
    expect(most).toBeLessThanOrEqual(bounds.chunkBytes + 256 * 1024 + bounds.heldBytes + 64 * 1024);
  }, 60_000);
});

test("a packet whose version nibble is wrong is what its Ethernet type says", async () => {
  const odd = ethernet(packet);
  odd[14] = 0x55;
  const done = await anonymised(tempFile(concat(pcapHeader(), pcapRecord(true, 1, 0, odd))), map);
  expect(done.untouched).toBe(0);
  for (const secret of SECRETS) expect(done.bytes.includes(secret)).toBe(false);
});

describe("damage", () => {
  const whole = concat(pcapHeader({ linkType: RAW }), ...[packet, pieces[0], pieces[1], pieces[2]].map((p, i) => pcapRecord(true, 100 + i, 0, p)));
  test("a pcap cut anywhere: the frames before the cut are written, the fault names file, offset and frame", async () => {
    const all = await anonymised(tempFile(whole), map);
    const ends = [24, 24 + 16 + packet.length];
    for (const p of pieces) ends.push((ends.at(-1) ?? 0) + 16 + p.length);
    for (let cut = 0; cut < whole.length; cut++) {
      const path = tempFile(whole.subarray(0, cut));
      const done = await anonymised(path, map);
      expect(done.recognised).toBe(cut >= 24);
      const frames = ends.filter((e) => e <= cut).length - 1;
      if (cut < 24) {
        expect([done.bytes.length, done.faults.length]).toEqual([0, 1]);
        continue;
      }
      expect([done.frames, done.bytes.length]).toEqual([frames, ends[frames]]);
      if (cut === ends[frames]) expect(done.faults).toEqual([]);
      else expect(done.faults).toMatchObject([{ file: path, offset: ends[frames], frame: frames, recovered: false }]);
      // What needs nothing of the missing frames is as in the whole.
      const fixed = Math.min(ends[1], done.bytes.length);
      expect(done.bytes.subarray(0, fixed).equals(all.bytes.subarray(0, fixed))).toBe(true);
    }
  });
  test("a pcapng cut or damaged in a block", async () => {
    const blocks = [shb(true), idb(true, RAW), epb(true, 0, 0, 1, packet), epb(true, 0, 0, 2, packet)];
    const file = concat(...blocks);
    for (let cut = 0; cut < file.length; cut++) {
      const done = await anonymised(tempFile(file.subarray(0, cut)), map);
      const { frames, faults } = await readAll(tempFile(file.subarray(0, cut)));
      expect([done.frames, done.faults.map((f) => [f.offset, f.frame])]).toEqual([frames.length, faults.map((f) => [f.offset, f.frame])]);
      if (done.recognised) expect((await readAll(tempFile(done.bytes))).faults).toEqual([]);
    }
    const odd = file.slice();
    odd[file.length - blocks[3].length + 20] = 255; // captured length of the second frame
    const done = await anonymised(tempFile(odd), map);
    expect(done.frames).toBe(1);
    expect(done.faults[0].message).toContain("claims");
  });
  test("a gzip that is cut: what was inside before the cut is written", async () => {
    const many = concat(pcapHeader({ linkType: RAW }), ...Array.from({ length: 3000 }, (_, i) => pcapRecord(true, i, 0, packet.slice().fill(i, 28))));
    const packed = gzipSync(many);
    const done = await anonymised(tempFile(packed.subarray(0, packed.length >> 1)), map);
    expect(done.frames).toBeGreaterThan(100);
    expect(done.faults.at(-1)?.message).toContain("gzip");
  });
  test("a writer's errors are passed on", async () => {
    await expect(anonymiseFile(tempFile(whole), map, { write: () => { throw new Error("disk full"); } })).rejects.toThrow("disk full");
  });
});

test("the same key gives the same addresses in every version", () => {
  const m = createMapper("a key that lasts", undefined);
  const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors.json"), "utf8")) as { v4: [number, number][]; v6: [number[], number[]][] };
  for (const [from, to] of vectors.v4) expect(m.v4(from)).toBe(to);
  for (const [from, to] of vectors.v6) expect(m.v6(from as never)).toEqual(to);
});
