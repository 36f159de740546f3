/** Captures that nobody made for this judge: Linux as AFTR, and devices that conform. What they really break is named; a MUST-level fail beyond that is a false one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLinkPlace, locate } from "../../../src/capture/link.js";
import { openCapture } from "../../../src/capture/open.js";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import { parseConfig } from "../../../src/config/load.js";
import { createJudge } from "../../../src/judge/index.js";
import type { Direction, JudgeResult } from "../../../src/judge/types.js";
import { createMemory } from "../../../src/wire/memory.js";
import { sharedDir } from "../../shared.js";

const shared = sharedDir();
const linux = shared === undefined ? "" : join(shared, "captures", "linux");
const cases = shared === undefined ? "" : join(shared, "defects", "cases");
const why = existsSync(linux) && existsSync(cases) ? "" : " (skipped: no ../shared/captures and ../shared/defects beside the checkout)";

interface Frame { side: 0 | 1; direction: Direction; sec: number; nsec: number; bytes: Uint8Array; wireLen: number; frame: number }

/** Seconds by which the clock of the tap was wrong for a frame; `of`: its place in the capture, 0 to 1. */
type Clock = (side: 0 | 1, of: number) => number;

async function judged(dir: string, configText: string, clock: Clock = () => 0): Promise<JudgeResult> {
  const config = parseConfig(configText, "captures.test.yaml");
  const memory = createMemory(96 << 20);
  const frames: Frame[] = [];
  for (const [side, name] of [[0, "access.pcap"], [1, "core.pcap"]] as const) {
    const macs = (side === 0 ? config.access : config.core).macs;
    const source = await openCapture(join(dir, name), { memory, fileIndex: side });
    const place = createLinkPlace();
    while (await source.next()) {
      if (!locate(memory.u8, source.off, source.capLen, source.linkType, place)) continue;
      const from = [...memory.u8.slice(source.off + 6, source.off + 12)].map((x) => x.toString(16).padStart(2, "0")).join(":");
      frames.push({
        side, direction: macs.includes(from) ? 1 : 0, sec: source.sec, nsec: source.nsec, bytes: memory.u8.slice(place.l3, place.l3 + place.l3Len),
        wireLen: place.l3Len + source.wireLen - source.capLen, frame: source.frame,
      });
    }
    source.close();
  }
  frames.sort((x, y) => x.sec - y.sec || x.nsec - y.nsec);
  for (const [i, f] of frames.entries()) {
    const ns = f.nsec + Math.round(clock(f.side, i / frames.length) * 1e9);
    f.sec += Math.floor(ns / 1e9);
    f.nsec = ns - Math.floor(ns / 1e9) * 1e9;
  }
  frames.sort((x, y) => x.sec - y.sec || x.nsec - y.nsec);
  const clauses = loadClauses();
  const judge = createJudge({ config, memory, files: ["access.pcap", "core.pcap"], severityOf: (c) => defaultSeverity(clauses.get(c)!) });
  const at = memory.alloc(70000);
  for (const f of frames) {
    memory.u8.set(f.bytes, at);
    judge.packet(f.side, f.direction, at, f.bytes.length, f.wireLen, f.sec, f.nsec, f.side, f.frame, -1);
  }
  judge.end();
  return judge.result();
}

const LINUX = JSON.stringify({
  softproof: 1,
  access: { macs: ["02:0c:da:ae:ec:2f"], ipv6: ["2001:db8:ff::1", "2001:db8:af::1"], mtu: 1500 },
  core: { macs: ["02:ad:5f:9e:b4:3b"], ipv4: ["198.51.100.2"], mtu: 1500 },
  "service-sets": [{
    name: "s",
    "softwire-concentrators": [{ "ds-lite": { "softwire-address": "2001:db8:af::1", nat: {
      pool: { addresses: ["203.0.113.1-203.0.113.4"] },
      "static-mappings": [["a", 8081], ["b", 8082]].map(([b4, port]) => ({ b4: `2001:db8:b4:${b4}::b4`, inner: "192.168.1.10", protocol: "tcp", "inner-port": 8080, outer: "203.0.113.1", "outer-port": port })),
    } } }],
  }],
});

describe.skipIf(why !== "")(`Linux as AFTR${why}`, () => {
  // RFC 6040: inner CE becomes outer ECT(0). RFC 6333 section 6.6: errors about hairpinned packets are routed by connection mark, to the other subscriber. RFC 6333 section 6.5: errors come from a pool address. RFC 6333 section 6.3: the kernel fragments inside. RFC 5382 REQ-4: it answers SYNs to pool ports with RST at once. The rest are SHOULDs of the NAT.
  it.each([
    ["05a-dslite-overlapping", ["RFC6040-4.1-1.ds-lite", "RFC6333-6.6-1.error"], ["RFC4787-4.2.2-1", "RFC5382-4.3-3", "RFC6333-6.5-1"]],
    ["05b-dslite-fragmentation-kernel", ["RFC6333-5.3-3", "RFC6333-6.3-1.inner"], ["RFC4787-4.2.2-1", "RFC6333-6.3-1.refused"]],
    ["05f-dslite-outer-fragments-socat", [], []],
  ])("%s", async (scenario, fails, warns) => {
    const r = await judged(join(linux, scenario), LINUX);
    const by = (severity: string) => [...new Set(r.findings.filter((f) => f.severity === severity).map((f) => f.rule))].sort();
    expect(by("fail")).toEqual(fails);
    expect(by("warn")).toEqual(warns);
    expect(r.summary.paired / r.summary.outputs).toBeGreaterThan(0.7);
    expect(r.rules.filter((t) => t.exercised > 0).length).toBeGreaterThan(25);
  });
});

describe.skipIf(why !== "")(`Linux as AFTR, what a reader is told${why}`, () => {
  it("a finding names protocol and ports, and an ICMP query by its identifier", async () => {
    const r = await judged(join(linux, "05a-dslite-overlapping"), LINUX);
    const first = (rule: string) => r.findings.find((f) => f.rule === rule)?.exemplars[0]?.message;
    expect(first("RFC6040-4.1-1.ds-lite")).toMatch(/carrying ICMP 192\.0\.2\.80 > 192\.168\.1\.10 id 621\)$/);
    expect(first("RFC6333-6.6-1.error")).toMatch(/carrying TCP 192\.168\.1\.10:8080 > 203\.0\.113\.4:60522\)$/);
  });
  it("its display filter names ports or identifier, since subscribers share inner addresses", async () => {
    const r = await judged(join(linux, "05a-dslite-overlapping"), LINUX);
    const first = (rule: string) => r.findings.find((f) => f.rule === rule)?.exemplars[0]?.filter;
    expect(first("RFC6040-4.1-1.ds-lite")).toBe("ip.src == 192.0.2.80 && ip.dst == 192.168.1.10 && icmp.ident == 621");
    expect(first("RFC6333-6.6-1.error")).toBe("ip.src == 192.168.1.10 && ip.dst == 203.0.113.4 && tcp.srcport == 8080 && tcp.dstport == 60522");
  });
  it("fragments and datagrams add up, as counted from the captures by hand", async () => {
    // 330 frames in: 67 outer datagrams of two fragments, and 9 IPv4 datagrams in 23 fragments each way: 330 - 67 - 14 - 14 units.
    const { summary, partnerless } = await judged(join(linux, "05f-dslite-outer-fragments-socat"), LINUX);
    expect([summary.answeredInputs, summary.unansweredInputs, summary.paired]).toEqual([235, 0, 235]);
    expect(partnerless).toEqual({ inputs: [], outputs: [] });
  });
});

/** The same, as somebody writes it who knows nothing of the static mappings. */
const UNTOLD = LINUX.replace(/,"static-mappings":\[.*?\]/, "");
const from = (side: 0 | 1, by: number, at = 0.5): Clock => (s, of) => (s === side && of >= at ? by : 0);
const CLOCKS: readonly (readonly [string, Clock])[] = [
  ["core 49 ms ahead", from(1, 0.049, 0)], ["core 49 ms behind", from(1, -0.049, 0)], ["core steps 2 s ahead", from(1, 2)], ["core steps 2 s back", from(1, -2)],
  ["access steps 2 s ahead", from(0, 2)], ["access steps 2 s back", from(0, -2)], ["core steps 0.5 s ahead", from(1, 0.5)], ["core steps 1 s back", from(1, -1, 0.7)], ["access steps 1 s ahead, early", from(0, 1, 0.2)],
];

describe.skipIf(why !== "")(`Linux as AFTR, clocks that are wrong${why}`, () => {
  const known = ["RFC6040-4.1-1.ds-lite", "RFC6333-5.3-3", "RFC6333-6.3-1.inner", "RFC6333-6.6-1.error"];
  for (const scenario of ["05a-dslite-overlapping", "05b-dslite-fragmentation-kernel", "05f-dslite-outer-fragments-socat"]) {
    it.each(CLOCKS)(`${scenario}: no MUST more than with right clocks: %s`, async (_, clock) => {
      for (const config of [LINUX, UNTOLD]) {
        const r = await judged(join(linux, scenario), config, clock);
        expect(r.findings.filter((f) => f.severity === "fail" && !known.includes(f.rule)).map((f) => `${f.fingerprint} ${f.count}: ${f.exemplars[0].message}`)).toEqual([]);
      }
    });
  }
});

describe.skipIf(why !== "")(`devices that conform${why}`, () => {
  it.each(["c080", "c169", "c223"])("%s has no finding at all", async (id) => {
    const adapter = (await import(new URL("../../defects/device-config.mjs", import.meta.url).href)) as { deviceConfig(kase: unknown): unknown };
    const r = await judged(join(cases, id), JSON.stringify(adapter.deviceConfig(JSON.parse(readFileSync(join(cases, id, "case.json"), "utf8")))));
    expect(r.findings.map((f) => `${f.rule} ${f.count}`)).toEqual([]);
    expect(r.summary.paired).toBeGreaterThan(200);
  });
});
