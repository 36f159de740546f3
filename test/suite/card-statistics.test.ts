import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import "../../src/concentrator/index.js";
import { loadCounterSet, loadProfiles } from "../../src/profiles/index.js";
import { checkRecordLine } from "../../src/report/read.js";
import { writeReports } from "../../src/report/index.js";
import type { CaseLine, RecordLine } from "../../src/report/record.js";
import { cardStatistics } from "../../src/suite/card-statistics.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { runPipeline } from "../../src/suite/pipeline.js";
import { headerLine } from "../../src/suite/record-lines.js";
import { mechanismsIn, runSpecs } from "../../src/suite/run.js";
import { runProfiles } from "../../src/suite/run-profiles.js";
import { loadSpecs } from "../../src/suite/spec.js";
import { accessPcap, CONFIG, corePcap } from "../cli/traffic.js";

const root = new URL("../..", import.meta.url).pathname;
async function run(files: string[], profile: string): Promise<{ lines: readonly RecordLine[]; cases: readonly CaseLine[]; dir: string }> {
  const specs = loadSpecs(files.map((f) => join(root, "specs/cases", f)));
  const dir = mkdtempSync(join(tmpdir(), "softproof-stat-"));
  const header = headerLine({ toolVersion: "0", command: "run", subject: "modelled card", inputs: [], config: "", seed: 1, asOf: "" });
  const r = await runSpecs({ specs, profiles: runProfiles([profile], mechanismsIn(specs)), header, outDir: dir, failOnWarn: false });
  return { lines: r.lines, cases: r.cases, dir };
}
const named = (c: CaseLine, set: string): Record<string, number | null> => {
  const values = c.statistics?.find((s) => s.set === set)?.values ?? [];
  return Object.fromEntries(loadCounterSet(set).counters.map((k, i) => [k.name, values[i] ?? null]));
};

describe("a run in the words of the card", () => {
  it("MS-DPC 6rd: softwires, flows, slow and fast path, packets from the Internet side", async () => {
    const { cases, lines, dir } = await run(["rfc5969/softwires.yaml"], "mx-ms-dpc");
    const s = named(cases[0], "ms-dpc-6rd");
    // The spec: 6 flows in 4 softwires, one of them by a packet from the Internet, 9 packets carried, one flow too many.
    expect(s).toMatchObject({ "softwire-created": 4, "softwire-deleted": 4, "flows-created": 6, "flows-deleted": 6, "slow-path-gratuitous-packet": 1, "slow-path": 6, "fast-path": 3, "flow-creation-failed": 1, "rule-match-failed": 0 });
    expect(s["srv-pic-name"]).toBeNull();
    for (const l of lines) expect(checkRecordLine(JSON.parse(JSON.stringify(l)))).toBeUndefined();
    writeReports(lines, dir);
    const text = readFileSync(join(dir, "statistics.txt"), "utf8");
    expect(text).toMatch(/mx-ms-dpc> show services softwire statistics\n6rd Statistics:\n {2}Services PIC Name: mx-ms-dpc\n\n {2}Statistics\n {4}Number of Softwires Created: +4\n/);
    expect(text).toMatch(/\n {2}Transient Errors\n {4}Flow Creation Failed - Retry: +0\n/);
    expect(readFileSync(join(dir, "report.html"), "utf8")).toContain("Slow Path for Gratuitous Packet");
  });
  it("MS-DPC DS-Lite and the plug-in of MS-MPC count the same day in their own words", async () => {
    expect(named((await run(["rfc6333/aftr.yaml"], "mx-ms-dpc")).cases[0], "ms-dpc-ds-lite")).toMatchObject({ "softwire-created": 2, "ipv6-packets-fragmented": 1, "softwire-icmpv6-sent": 1, "softwire-icmpv4-err-sent": 1, "softwire-eif-rule-accepts": 1 });
    expect(named((await run(["rfc6333/aftr.yaml"], "mx-ms-mpc")).cases[0], "ms-mpc-ds-lite")).toMatchObject({ "sw-session-created": 2, "sw-dslite-icmpv6-echo-reply-sent": 1, "sw-dslite-icmpv4-ttl-exceed-msg-sent": 1, "sw-total-public-events": null });
  });
  it("inline 6rd counts packets and bytes, and spoofed ones apart", async () => {
    const s = named((await run(["rfc5969/spoofed-source.yaml"], "mx-mpc-inline")).cases[0], "mpc-inline-6rd");
    expect(s["v6rd-decap-spoof-errors"]).toBeGreaterThan(0);
    expect(s["v6rd-decap-spoof-errors-bytes"]).toBeGreaterThan(40 * Number(s["v6rd-decap-spoof-errors"]));
  });
  it("a service chain's refusals are the softwire rule's", async () => {
    const { cases, dir, lines } = await run(["rfc6333/service-chain.yaml"], "mx-ms-dpc");
    expect(cases[0].firewalls).toMatchObject([{ rules: [{ name: "no-smtp", matched: 1 }, { name: "customers", matched: 1 }, { name: "default", matched: 2 }] }]);
    writeReports(lines, dir);
    expect(readFileSync(join(dir, "statistics.txt"), "utf8")).toContain("rule no-smtp (reject): matched by 1 first packets");
  });
  it("every term of every set is a reason or a statistic of the reference", () => {
    const fields = ["softwiresCreated", "softwiresCreatedReverse", "softwiresDeleted", "flowsCreated", "flowsCreatedReverse", "flowsDeleted", "decapsulatedPackets", "decapsulatedBytes", "encapsulatedPackets", "encapsulatedBytes",
      "hairpinnedPackets", "hairpinnedBytes", "clientFragments", "serverFirstFragments", "serverMoreFragments", "serverLastFragments"];
    const known = new Set([...fields, ...REASONS.flatMap((r) => [r.id, `bytes:${r.id}`])]);
    for (const set of new Set(loadProfiles().flatMap((p) => p.counters ?? []))) for (const c of loadCounterSet(set).counters) for (const t of c.of ?? []) expect(known, `${set} ${c.name}: ${t}`).toContain(t.replace(/^-/, ""));
  });
});

it("one card alone finds the golden that is kept under another card's name", async () => {
  expect((await run(["rfc6333/aftr.yaml"], "mx-ms-dpc")).cases[0].golden?.state).toBe("equal");
});

it("check: only what packets show; the rest cannot be told", async () => {
  const dir = mkdtempSync(join(tmpdir(), "softproof-seen-"));
  const config = parseConfig(CONFIG, "br.yaml");
  writeFileSync(join(dir, "access.pcap"), accessPcap());
  writeFileSync(join(dir, "core.pcap"), corePcap());
  const files = [{ path: join(dir, "access.pcap"), side: 0 }, { path: join(dir, "core.pcap"), side: 1 }] as const;
  const made = await runPipeline({ config, files, mode: "replay", judge: false, severityOf, outDir: dir });
  const r = await runPipeline({ config, files: [...files, { path: join(dir, "access-out.pcap"), side: 0 }, { path: join(dir, "core-out.pcap"), side: 1 }], mode: "check", judge: false, severityOf });
  const [line] = runProfiles(["mx-mpc-inline"], new Set(["6rd"] as const)).map((p) => p.line);
  const [reference] = cardStatistics(line, config, made);
  const [seen] = cardStatistics(line, config, r);
  const at = (name: string): number => loadCounterSet("mpc-inline-6rd").counters.findIndex((c) => c.name === name);
  for (const name of ["v6rd-encap-pkts", "v6rd-encap-bytes"]) expect(seen.values[at(name)], name).toBe(reference.values[at(name)]);
  expect(seen.values[at("v6rd-decap-pkts")]).toBe(3); // those that left for the core; hairpinned ones are not seen as decapsulated
  expect(seen.values[at("v6rd-decap-spoof-errors")]).toBeNull();
});
