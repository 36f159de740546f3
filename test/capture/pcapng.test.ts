import { describe, expect, it } from "vitest";
import { block, bytes, concat, epb, idb, oldPacket, option, pack, readAll, shb, spb, tempFile } from "./helpers.js";

const read = async (...blocks: readonly Uint8Array[]) => readAll(tempFile(concat(...blocks), ".pcapng"));
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const tsresol = (little: boolean, octet: number): Uint8Array => option(little, 9, Uint8Array.of(octet));

describe("pcapng", () => {
  for (const little of [true, false]) {
    const order = little ? "little" : "big";
    it(`reads enhanced, simple and obsolete packets, ${order}-endian`, async () => {
      const micros = 1_700_000_000_123_456;
      const hi = Math.floor(micros / 2 ** 32);
      const lo = micros % 2 ** 32;
      const { frames, faults } = await read(
        shb(little), idb(little, 1, 40, option(little, 2, text("eth0"))), block(little, 0x0bad, bytes(20)), idb(little, 101),
        epb(little, 1, hi, lo, bytes(21), 99, option(little, 1, text("a comment")), option(little, 2, pack(little, [32, 2]))),
        spb(little, 60, bytes(40)),
        oldPacket(little, 0, hi, lo + 1, bytes(7), option(little, 2, pack(little, [32, 1]))),
      );
      expect(faults).toEqual([]);
      expect(frames).toEqual([
        { sec: 1_700_000_000, nsec: 123_456_000, data: bytes(21), wireLen: 99, linkType: 101, hint: 2, interfaceName: "", frame: 1 },
        { sec: 1_700_000_000, nsec: 123_456_000, data: bytes(40), wireLen: 60, linkType: 1, hint: 0, interfaceName: "eth0", frame: 2 },
        { sec: 1_700_000_000, nsec: 123_457_000, data: bytes(7), wireLen: 7, linkType: 1, hint: 1, interfaceName: "eth0", frame: 3 },
      ]);
    });
    it(`obeys if_tsresol and if_tsoffset, ${order}-endian`, async () => {
      const at = (units: bigint, ...options: readonly Uint8Array[]) => read(shb(little), idb(little, 1, 0, ...options), epb(little, 0, Number(units >> 32n), Number(units & 0xffffffffn), bytes(4)));
      const time = async (units: bigint, ...options: readonly Uint8Array[]) => (await at(units, ...options)).frames.map((f) => [f.sec, f.nsec])[0];
      const nano = 1_700_000_000_987_654_321n;
      expect(await time(nano, tsresol(little, 9))).toEqual([1_700_000_000, 987_654_321]);
      expect(await time(1_700_000_000n, tsresol(little, 0))).toEqual([1_700_000_000, 0]);
      expect(await time(1_700_000_000_987n, tsresol(little, 3))).toEqual([1_700_000_000, 987_000_000]);
      expect(await time(17_000_000_009_876_543_219n, tsresol(little, 10))).toEqual([1_700_000_000, 987_654_321]); // 10^-10: cut to a nanosecond
      expect(await time((1_700_000_000n << 20n) + 1n, tsresol(little, 0x80 | 20))).toEqual([1_700_000_000, 953]); // 2^-20 s = 953.67 ns
      expect(await time((1_700_000_000n << 32n) + (1n << 31n), tsresol(little, 0x80 | 32))).toEqual([1_700_000_000, 500_000_000]);
      const offset = new Uint8Array(8);
      new DataView(offset.buffer).setBigInt64(0, -5n, little);
      expect(await time(nano, tsresol(little, 9), option(little, 14, offset))).toEqual([1_699_999_995, 987_654_321]);
      expect(await time(2n ** 64n - 1n)).toEqual([18_446_744_073_709, 551_615_000]); // microseconds without the option, at the end of the range
      expect(await time(2n ** 64n - 1n, tsresol(little, 9))).toEqual([18_446_744_073, 709_551_615]);
    });
  }

  it("changes byte order and forgets interfaces at a new section", async () => {
    const { frames, faults } = await read(shb(true), idb(true, 1), epb(true, 0, 0, 1, bytes(5)), shb(false, 1, 2), idb(false, 113), epb(false, 0, 0, 2, bytes(6)), epb(false, 1, 0, 3, bytes(6)));
    expect(frames.map((f) => [f.linkType, f.nsec])).toEqual([[1, 1000], [113, 2000]]);
    expect(faults).toMatchObject([{ recovered: false, frame: 2 }]);
    expect(faults[0].message).toContain("interface 1");
  });

  it("goes through blocks longer than the buffer, and says which packet was lost", async () => {
    const file = tempFile(concat(shb(true), idb(true, 1), block(true, 10, bytes(3000)), epb(true, 0, 0, 1, bytes(10)), epb(true, 0, 0, 2, bytes(3000)), epb(true, 0, 0, 3, bytes(11))), ".pcapng");
    const { frames, faults } = await readAll(file, { chunkBytes: 512 });
    expect(frames.map((f) => [f.frame, f.data.length])).toEqual([[1, 10], [3, 11]]);
    expect(faults).toMatchObject([{ recovered: true, frame: 2 }]);
  });

  it("reads what is whole and reports the cut wherever it is (every length)", async () => {
    const head = concat(shb(true), idb(true, 1));
    const whole = concat(head, epb(true, 0, 0, 1, bytes(9)), epb(true, 0, 0, 2, bytes(10)));
    const ends = [28, head.length, head.length + 44, whole.length];
    for (let n = 1; n <= whole.length; n++) {
      const { frames, faults } = await readAll(tempFile(whole.slice(0, n), ".pcapng"));
      expect(frames.length, `cut at ${n}`).toBe(n >= ends[3] ? 2 : n >= ends[2] ? 1 : 0);
      expect(faults.filter((f) => !f.recovered).length, `cut at ${n}`).toBe(ends.includes(n) ? 0 : 1);
    }
  });

  it("stops at damage: lengths that disagree, no byte-order magic, an unknown version, a frame beyond its block", async () => {
    const good = [shb(true), idb(true, 1), epb(true, 0, 0, 1, bytes(8))] as const;
    const bad = epb(true, 0, 0, 2, bytes(8));
    const trailer = bad.slice();
    trailer[trailer.length - 4]++;
    const length = bad.slice();
    length[4]++;
    const beyond = bad.slice();
    beyond[20] = 200; // captured length
    const magic = shb(true);
    magic[8] = 0;
    for (const damaged of [trailer, length, beyond, magic, shb(true, 1, 1), shb(true, 2, 0), spb(true, 100, bytes(8))]) {
      const { frames, faults } = await read(...good, damaged, ...good);
      expect(frames.length).toBe(1);
      expect(faults).toMatchObject([{ recovered: false, frame: 1 }]);
      expect(faults[0].offset).toBeGreaterThanOrEqual(good[0].length + good[1].length + good[2].length);
    }
  });
});
