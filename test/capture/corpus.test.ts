/** Every public capture that lies beside the checkout: packet count and times against the index that other readers made. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCapture } from "../../src/capture/open.js";
import { createMemory } from "../../src/wire/memory.js";
import { sharedDir } from "../shared.js";
import { step } from "./helpers.js";

interface Entry {
  readonly file: string;
  readonly format: { readonly gzip: boolean };
  readonly link_types: readonly number[];
  readonly expected: {
    readonly packets: number; readonly error: boolean; readonly first_ts: string | null; readonly last_ts: string | null; readonly min_ts: string | null; readonly max_ts: string | null;
    readonly frames_without_ts: number; readonly bytes_captured: number; readonly bytes_on_wire: number; readonly own_last_ts: string | null; readonly ts_agree: boolean; readonly note: string;
  };
}

const shared = sharedDir();
const dir = shared === undefined ? undefined : join(shared, "captures", "public");
const index = dir !== undefined && existsSync(join(dir, "INDEX.json")) ? (JSON.parse(readFileSync(join(dir, "INDEX.json"), "utf8")) as Entry[]) : [];
const memory = createMemory(4 << 20);
const region = memory.alloc(1 << 20);

/** A version 2.3 file with swapped lengths: libpcap reads its one packet, and so do we; tshark takes it for another variant and for cut. */
const READERS_DISAGREE = "5766899836387328";

const clock = (sec: number, nsec: number): string => `${sec}.${String(nsec).padStart(9, "0")}`;
/** Order of two clock texts as numbers, exactly. */
const earlier = (a: string, b: string): boolean => BigInt(a.replace(".", "")) < BigInt(b.replace(".", ""));

async function walk(path: string, skipZero: boolean) {
  const source = await openCapture(path, { memory, fileIndex: 0, region, chunkBytes: 1 << 20 });
  const times: string[] = [];
  let packets = 0;
  let captured = 0;
  let wire = 0;
  while (await step(source)) {
    if (source.sec > 0 || !skipZero) times.push(clock(source.sec, source.nsec));
    packets++;
    captured += source.capLen;
    wire += source.wireLen;
  }
  source.close();
  const sorted = [...times].sort((a, b) => (earlier(a, b) ? -1 : earlier(b, a) ? 1 : 0));
  return { packets, first: times[0] ?? null, last: times.at(-1) ?? null, min: sorted[0] ?? null, max: sorted.at(-1) ?? null, captured, wire, faults: source.faults };
}

describe.skipIf(dir === undefined || index.length === 0)("public captures (skipped: ../shared/captures/public is not beside this checkout)", () => {
  for (const entry of index.filter((e) => !e.expected.error)) {
    it(entry.file, async () => {
      const x = entry.expected;
      // Frames without a time are not in the index's times; ours repeat the time before them, and are 0 when there was none.
      const got = await walk(join(dir ?? "", entry.file), x.frames_without_ts > 0);
      expect(got.packets).toBe(x.packets);
      expect(got.captured).toBe(x.bytes_captured);
      expect(got.wire).toBe(x.bytes_on_wire);
      expect(got.first).toBe(x.first_ts);
      expect(got.last).toBe(x.ts_agree ? x.last_ts : x.own_last_ts);
      // In one entry the index's maximum is below its own last time (rounded at 2^64 microseconds): no oracle there.
      const isSound = x.last_ts === null || x.max_ts === null || !earlier(x.max_ts, x.last_ts);
      if (x.ts_agree && isSound) expect([got.min, got.max]).toEqual([x.min_ts, x.max_ts]);
      expect(got.faults.filter((f) => !f.recovered)).toEqual([]);
      if (x.ts_agree) expect(got.faults).toEqual([]);
    });
  }
  for (const entry of index.filter((e) => e.expected.error)) {
    it(`${entry.file} (damaged)`, async () => {
      const got = await walk(join(dir ?? "", entry.file), false);
      if (entry.file.includes(READERS_DISAGREE)) {
        expect(got.packets).toBe(1);
        expect(got.faults).toMatchObject([{ recovered: true, frame: 1 }]); // a fraction of 538976288 microseconds
        return;
      }
      expect(got.packets).toBe(entry.expected.packets);
      expect(got.faults.filter((f) => !f.recovered).length).toBe(1);
      expect(got.faults.at(-1)).toMatchObject({ recovered: false, frame: entry.expected.packets });
    });
  }
});
