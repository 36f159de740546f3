/** The second opinion about boxes that are known: the reference with another seed, and the reference with one thing done otherwise. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfigFile } from "../../../src/config/load.js";
import type { Config, SixRdDomain } from "../../../src/config/types.js";
import { markWritten, writtenKeys } from "../../../src/config/written.js";
import { differences } from "../../../src/suite/opinion/differences.js";
import { toReference } from "../../../src/suite/opinion/externals.js";
import { keyOf } from "../../../src/suite/opinion/key.js";
import { secondOpinion } from "../../../src/suite/opinion/opinion.js";
import { checkRecordLine } from "../../../src/report/index.js";
import type { OpinionLine } from "../../../src/report/opinion.js";
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
async function about(box: Config, config: Config): Promise<OpinionLine> {
  let frames = buildStimuli(box).flatMap((t) => t.frames);
  let dir = folder();
  let answered = await answeredByReference(box, frames, dir, memory);
  if (box.serviceSets[0].concentrators[0].kind === "ds-lite") {
    const learned = await learnExternals(answered.files.filter((f) => f.side === 1).map((f) => f.path));
    frames = [...frames, ...buildStimuli(box, learned, secondsOf(frames) + 20).filter((t) => t.name !== "hairpin").flatMap((t) => t.frames)];
    dir = folder();
    answered = await answeredByReference(box, frames, dir, memory);
  }
  return opinion(config, answered.files, answered.judge.findings);
}
/** It is undefined only when it was interrupted. */
async function opinion(...args: Parameters<typeof secondOpinion>): Promise<OpinionLine> {
  const o = await secondOpinion(...args);
  if (o === undefined) throw new Error("interrupted");
  return o;
}
const fixture = (name: string): Config => loadConfigFile(join(root, "fixtures", "configs", name));
const open = (o: OpinionLine): string[] => o.differences.filter((d) => !d.explained).map((d) => `${d.kind} ${d.side} ${d.what} ${d.count} ${d.examples[0].fields.map((f) => `${f.field}: reference ${f.reference}, box ${f.box}`)[0] ?? ""}`);

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
    const o = await opinion(config, files, []);
    expect(open(o)).toEqual([expect.stringMatching(/^differs access ipv4\[0\]\.tos \d+ tos: reference 184, box 0/)]);
    const first = o.differences[0].first;
    const all = o.differences[0].count;
    const finding = { rule: "RFC5969-9-3", clause: "RFC5969-9-3", severity: "fail", fingerprint: "x", title: "t", certainty: "seen", count: all, first, last: first, exemplars: [] } as const;
    expect(await opinion(config, files, [finding])).toMatchObject({ differing: all, explained: all, differences: [{ rules: ["RFC5969-9-3"], explained: true }] });
    // Fewer findings than differences explain them in part.
    expect(await opinion(config, files, [{ ...finding, count: all - 1 }])).toMatchObject({ explained: 0, differences: [{ rules: ["RFC5969-9-3"], explained: false }] });
  });
});

describe("what the record holds of it", () => {
  const config = fixture("6rd/static-1480.yaml");
  const [set] = config.serviceSets;
  const c = set.concentrators[0] as SixRdDomain;
  const box: Config = { ...config, serviceSets: [{ ...set, concentrators: [markWritten({ ...c, dscp: { mode: "zero" } }, writtenKeys(c))] }] };
  const captures = async (): Promise<Awaited<ReturnType<typeof answeredByReference>>["files"]> => (await answeredByReference(box, buildStimuli(box).flatMap((t) => t.frames), folder(), memory)).files;

  it("is a line of the schema; its examples hold input, box and reference with the bytes that differ", async () => {
    const o = await opinion(config, await captures(), []);
    expect(checkRecordLine(JSON.parse(JSON.stringify(o)))).toBeUndefined();
    const [d] = o.differences;
    expect(d.examples).toHaveLength(3);
    const [e] = d.examples;
    expect(e.packets.map((p) => [p.by, p.direction])).toEqual([["input", "received"], ["box", "sent"], ["reference", "sent"]]);
    const [field] = e.fields;
    const byteAt = (k: number, at: number): string => e.packets[k].hex.slice(2 * at, 2 * at + 2);
    expect([field.boxOffset, field.referenceOffset, field.length]).toEqual([1, 1, 1]);
    expect([byteAt(1, field.boxOffset), byteAt(2, field.referenceOffset)]).toEqual([Number(field.box).toString(16).padStart(2, "0"), Number(field.reference).toString(16).padStart(2, "0")]);
    expect(e.packets[2].place).toEqual(e.packets[0].place);
    expect(e.reason).toMatch(/./);
  });
  it("is the same every time", async () => {
    const files = await captures();
    expect(JSON.stringify(await opinion(config, files, []))).toBe(JSON.stringify(await opinion(config, files, [])));
  });
  it("is bounded by packets and bytes, and the cut makes no difference that is none", async () => {
    const files = await captures();
    const whole = await opinion(box, files, []);
    expect(whole).toMatchObject({ capped: false, differing: 0 });
    // Cuts at many places: between an input and its output, too.
    for (const packets of [1, 2, 7, 50, 51, 52, 53, 200]) {
      const o = await opinion(box, files, [], undefined, { packets, bytes: 1 << 30 });
      expect(o, String(packets)).toMatchObject({ capped: true, differing: 0, limit: { packets } });
      expect(o.inputs + o.box).toBe(packets);
    }
    const o = await opinion(box, files, [], undefined, { packets: 1000, bytes: 5000 });
    expect(o).toMatchObject({ capped: true, differing: 0 });
    expect(o.inputs).toBeLessThan(whole.inputs);
  });
  it("does not tell what the box may have sent after the end of the capture", () => {
    const bytes = compileText('ipv6(2001:db8::1 > 3fff::1) / udp(1 > 2) / "x"').bytes;
    const at = (sec: number, nsec: number, frame: number) => ({ side: 1 as const, bytes, place: { file: "a", frame }, sec, nsec });
    const inputs = [at(10, 0, 1), at(19, 0, 2), at(19, 990_000_000, 3)];
    const of = (box: { sec: number; nsec: number }[], capped = false) => differences(
      { pairs: [], boxOnly: [], referenceOnly: inputs.map((i, cause) => ({ ...i, cause, reason: 0 })) },
      { inputs, findings: [], freedoms: { nat: false, df: false }, box: box.map((b) => ({ ...at(b.sec, b.nsec, 9), late: false })), last: [20, 0], capped },
    );
    expect(of([{ sec: 19, nsec: 500_000_000 }])).toMatchObject({ edge: 1, differing: 2 });
    expect(of([{ sec: 19, nsec: 995_000_000 }])).toMatchObject({ edge: 0, differing: 3 }); // its tap was still alive
    expect(of([{ sec: 19, nsec: 500_000_000 }], true)).toMatchObject({ edge: 0, differing: 3 }); // it was read on
  });
  it("lists a hundred kinds and counts the others", () => {
    const inputs = Array.from({ length: 130 }, (_, i) => ({ side: 1 as const, bytes: compileText(`ipv6(2001:db8::1 > 3fff::1) / icmp6(type=200 code=${i})`).bytes, place: { file: "a", frame: i + 1 }, sec: i, nsec: 0 }));
    const o = differences({ pairs: [], boxOnly: inputs.map((b) => ({ ...b, late: false })), referenceOnly: [] }, { inputs, findings: [], freedoms: { nat: false, df: false }, box: [], last: [200, 0], capped: false });
    expect(o).toMatchObject({ differing: 130, left: 30 });
    expect(o.differences).toHaveLength(100);
  });
  it("can be interrupted", async () => {
    expect(await secondOpinion(config, await captures(), [], AbortSignal.abort())).toBeUndefined();
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
