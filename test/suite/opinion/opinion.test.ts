/** The second opinion about boxes that are known: the reference with another seed, and the reference with one thing done otherwise. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfigFile } from "../../../src/config/load.js";
import type { Config, SixRdDomain } from "../../../src/config/types.js";
import { markWritten, writtenKeys } from "../../../src/config/written.js";
import { toReference } from "../../../src/suite/opinion/externals.js";
import { keyOf } from "../../../src/suite/opinion/key.js";
import { secondOpinion } from "../../../src/suite/opinion/opinion.js";
import type { Opinion } from "../../../src/suite/opinion/types.js";
import { compileText, dissect } from "../../../src/suite/notation/index.js";
import { recycledMemory } from "../../../src/suite/recycled-memory.js";
import { buildStimuli } from "../../../src/suite/stimuli/build.js";
import { answeredByReference, secondsOf } from "../../../src/suite/stimuli/coverage.js";
import { learnExternals } from "../../../src/suite/stimuli/learned.js";
import { parseIpv4 } from "../../../src/wire/address.js";
import { root } from "../../cli/helper.js";

const memory = recycledMemory();
const folders: string[] = [];
const folder = (): string => folders[folders.push(mkdtempSync(join(tmpdir(), "softproof-opinion-"))) - 1];
afterAll(() => {
  for (const f of folders) rmSync(f, { recursive: true, force: true });
});

/** What `config`'s reference says of the captures that the reference of `box` made. */
async function about(box: Config, config: Config): Promise<Opinion> {
  let frames = buildStimuli(box).flatMap((t) => t.frames);
  let dir = folder();
  let answered = await answeredByReference(box, frames, dir, memory);
  if (box.serviceSets[0].concentrators[0].kind === "ds-lite") {
    const learned = await learnExternals(answered.files.filter((f) => f.side === 1).map((f) => f.path));
    frames = [...frames, ...buildStimuli(box, learned, secondsOf(frames) + 20).filter((t) => t.name !== "hairpin").flatMap((t) => t.frames)];
    dir = folder();
    answered = await answeredByReference(box, frames, dir, memory);
  }
  return secondOpinion(config, answered.files, answered.judge.findings);
}
const fixture = (name: string): Config => loadConfigFile(join(root, "fixtures", "configs", name));
const open = (o: Opinion): string[] => o.differences.filter((d) => d.rules.length === 0).map((d) => `${d.kind} ${d.side} ${d.what} ${d.count} ${d.example[0] ?? ""}`);

describe("the second opinion", () => {
  it.each(["6rd/static-1480.yaml", "6to4-relay.yaml", "6to4-router.yaml", "pmt.yaml"])("has nothing to say about the reference itself (%s)", async (name) => {
    const o = await about(fixture(name), fixture(name));
    expect(open(o)).toEqual([]);
    expect(o.compared).toBeGreaterThan(300);
    expect(o.equal).toBe(o.compared);
  });
  it("follows the external ports that a box chose", async () => {
    const config = fixture("ds-lite.yaml");
    const o = await about({ ...config, seed: 77 }, config);
    expect(o.learned).toBeGreaterThan(20);
    expect(open(o)).toEqual([]);
    expect(o.compared).toBeGreaterThan(300);
  });
  it("tells a difference that no rule explains as a difference, and knows which are explained", async () => {
    const config = fixture("6rd/static-1480.yaml");
    const [set] = config.serviceSets;
    const c = set.concentrators[0] as SixRdDomain;
    const changed = (more: Partial<SixRdDomain>): Config => ({ ...config, serviceSets: [{ ...set, concentrators: [markWritten({ ...c, ...more }, writtenKeys(c))] }] });
    // Without echo replies: allowed, no rule minds, and the reference would have answered.
    const silent = await about(changed({ echo: false }), config);
    expect(silent.differences.filter((d) => d.kind === "reference-only").some((d) => /icmp/.test(d.what))).toBe(true);
    // An outer ToS of 0 is what RFC 5969 section 9 speaks of; captures of a box that does it, with the finding about it.
    const box = changed({ dscp: { mode: "zero" } });
    const dir = folder();
    const { files } = await answeredByReference(box, buildStimuli(box).flatMap((t) => t.frames), dir, memory);
    const o = await secondOpinion(config, files, []);
    expect(open(o)).toEqual([expect.stringMatching(/^differs access ipv4\[0\]\.tos \d+ ipv4\[0\]\.tos: reference 184, box 0/)]);
    const first = o.differences[0].first;
    const finding = { rule: "RFC5969-9-3", clause: "RFC5969-9-3", severity: "fail", fingerprint: "x", title: "t", certainty: "seen", count: 1, first, last: first, exemplars: [] } as const;
    expect((await secondOpinion(config, files, [finding])).differences[0].rules).toEqual(["RFC5969-9-3"]);
  });
});

describe("packets to the box's external ends", () => {
  const map = new Map([["17/3221225985/5000", { address: parseIpv4("198.51.100.7")!, port: 6001 }], ["6/3221225985/5000", { address: parseIpv4("198.51.100.7")!, port: 6002 }], ["1/3221225985/5000", { address: parseIpv4("198.51.100.7")!, port: 6003 }]]);
  it.each([
    ['udp(53 > 5000) / "x"', 'udp(53 > 6001) / "x"'], ['tcp(80 > 5000 seq=9 flags=SA)', 'tcp(80 > 6002 seq=9 flags=SA)'], ['icmp4(reply id=5000 seq=1) / "x"', 'icmp4(reply id=6003 seq=1) / "x"'],
    ['icmp4(unreachable code=3) / ipv4(192.0.2.1 > 203.0.113.9) / udp(5000 > 53) / "x"', 'icmp4(unreachable code=3) / ipv4(198.51.100.7 > 203.0.113.9) / udp(6001 > 53 check=any) / "x"'],
  ])("go to the reference's, with right checksums: %s", (before, after) => {
    const b = compileText(`ipv4(203.0.113.9 > 192.0.2.1) / ${before}`).bytes.slice();
    expect(toReference(b, 0, map)).toBe(true);
    const want = compileText(`ipv4(203.0.113.9 > 198.51.100.7) / ${after}`);
    const masked = (x: Uint8Array): number[] => [...x].map((v, i) => v & want.mask[i]);
    // The quoted UDP checksum is free, and the ICMP checksum covers it: the sum over all is checked instead.
    const icmp = dissect(b).find((l) => l.type?.name === "icmp4");
    if (icmp === undefined || !after.includes("check=any")) expect(masked(b)).toEqual(masked(want.bytes));
    else {
      let sum = 0;
      for (let i = icmp.at; i < b.length; i += 2) sum += (b[i] << 8) | (b[i + 1] ?? 0);
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
      expect(sum).toBe(0xffff);
    }
  });
  it("others stay as they are", () => {
    const b = compileText('ipv4(203.0.113.9 > 192.0.2.1) / udp(53 > 5001) / "x"').bytes.slice();
    expect(toReference(b, 0, map)).toBe(false);
    expect(keyOf(b, 1, true)).toBe(keyOf(compileText('ipv4(203.0.113.200 > 192.0.2.1 id=9 ttl=3) / udp(99 > 5001) / "x"').bytes, 1, true));
  });
});
