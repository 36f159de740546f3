/**
 * What the judge says of FD.io VPP as 6rd border relay and as AFTR, scenario after scenario. Needs ../shared; skipped without it. The text of the runs and
 * peers/vpp.md tell what VPP does; the captures have VPP's own clock, so inputs and outputs are laid side by side within their scenario.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { openCapture } from "../../src/capture/open.js";
import { defaultSeverity, loadClauses } from "../../src/config/clauses.js";
import { parseConfig } from "../../src/config/load.js";
import { ACCESS, CORE, type Side } from "../../src/config/types.js";
import { createJudge } from "../../src/judge/index.js";
import type { JudgeResult } from "../../src/judge/types.js";
import { createMemory } from "../../src/wire/memory.js";
import { sharedDir } from "../shared.js";
import { broken } from "./captured.js";

const shared = sharedDir();
const folder = shared === undefined ? "" : join(shared, "captures", "vpp");
const GAP_SECONDS = 3;

/** Neighbour and multicast listener discovery of the box itself. */
const isChatter = (p: Uint8Array): boolean => p[0] >>> 4 === 6 && (p[6] === 0 || (p[6] === 58 && ((p[40] >= 130 && p[40] <= 137) || p[40] === 143)));

async function check(scenarios: string, six: Side, text: string): Promise<JudgeResult> {
  const dir = join(folder, scenarios);
  const memory = createMemory(64 << 20);
  const config = parseConfig(text, "vpp.test.ts");
  const clauses = loadClauses();
  const judge = createJudge({ config, memory, files: ["access", "core"], severityOf: (id) => defaultSeverity(clauses.get(id)!) });
  const at = memory.alloc(70000);
  const frames = [0, 0];
  const names = readdirSync(dir).filter((f) => f.endsWith(".pcap")).sort();
  for (const scenario of [...new Set(names.map((f) => f.slice(0, 3)))]) {
    const read = async (way: string): Promise<Uint8Array[]> =>
      (await Promise.all(names.filter((f) => f.startsWith(`${scenario}-${way}`)).map((f) => packetsOf(join(dir, f))))).flat().filter((p) => !isChatter(p));
    const [inputs, outputs] = [await read("in"), await read("out")];
    const order = inputs.length === outputs.length ? inputs.flatMap((p, i) => [[p, 0], [outputs[i], 1]] as const) : [...inputs.map((p) => [p, 0] as const), ...outputs.map((p) => [p, 1] as const)];
    for (const [i, [p, direction]] of order.entries()) {
      const side = p[0] >>> 4 === 6 ? six : ((1 - six) as Side);
      memory.u8.set(p, at);
      judge.packet(side, direction, at, p.length, p.length, 1_700_000_000 + GAP_SECONDS * Number(scenario), i * 1_000_000, side, ++frames[side], -1);
    }
  }
  judge.end();
  return judge.result();
}
async function packetsOf(path: string): Promise<Uint8Array[]> {
  const memory = createMemory(4 << 20);
  const source = await openCapture(path, { memory, fileIndex: 0 });
  const place = createLinkPlace();
  const all: Uint8Array[] = [];
  while (await source.next()) if (locate(memory.u8, source.off, source.capLen, source.linkType, place)) all.push(memory.u8.slice(place.l3, place.l3 + place.l3Len));
  source.close();
  return all;
}

describe.skipIf(!existsSync(folder))("VPP (needs ../shared/captures)", () => {
  it("as 6rd border relay: no check of the prefix, no traffic class, no ECN, identification 0", async () => {
    const r = await check("out6rd", CORE, JSON.stringify({
      softproof: 1, access: { ipv4: ["172.16.1.1", "172.16.2.1"], mtu: 9000 }, core: { ipv6: ["fd01:2::1"], mtu: 9000 },
      "service-sets": [{ name: "s", "softwire-concentrators": [{ v6rd: { name: "d", "softwire-address": "172.16.1.1", "ipv4-prefix": "0.0.0.0/0", "v6rd-prefix": "2002::/16", "tunnel-mtu": 1480 } }] }],
    }));
    expect(broken(r)).toEqual([
      "RFC4213-3.6-9:payload-missing 1", "RFC5969-9-3:outer-dscp-0 2", "RFC5969-9.2-1:source-outside-6rd-prefix 1", "RFC5969-9.2-2:source-outside-6rd-prefix 1",
      "RFC6040-4.2-1:inner-ECT(0)-outer-CE-gave-ECT(0) 1", "RFC6040-4.2-2:forwarded 1", "RFC6864-4.3-1:repeated 1",
    ]);
    expect(broken(r, "warn")).toEqual(["RFC4213-3.5-4:repeated 1", "RFC4213-3.6-11:forwarded 1"]);
    // Time exceeded of an expired outer TTL has no tunnel to be paired by.
    expect(r.summary).toMatchObject({ orphanOutputs: 1, ambiguous: 0 });
  });
  it("as AFTR: TTL kept on the way in, lengths believed, UDP checksums removed", async () => {
    const r = await check("outds4", ACCESS, JSON.stringify({
      softproof: 1, access: { ipv6: ["2001:db8:85a3::8a2e:370:1", "fd01:2::1"], mtu: 9000 }, core: { ipv4: ["172.16.1.1", "172.16.3.1"], mtu: 9000 },
      "service-sets": [{ name: "s", "softwire-concentrators": [{ "ds-lite": { name: "a", "softwire-address": "2001:db8:85a3::8a2e:370:1", nat: { pool: { addresses: ["10.0.0.3"] } } } }] }],
    }));
    expect(broken(r)).toEqual(["RFC1812-5.2.2-1.ds-lite:forwarded 1", "RFC2473-3.1-1:not-decremented 1", "RFC791-3.1-1:not-lowered 1"]);
    expect(broken(r, "warn")).toEqual(["RFC3022-4.1-1.zero:became-zero 3", "RFC4787-4.2.2-1:parity 2", "RFC6333-11-6:forwarded 1", "RFC6864-5.3.1-1:collision 1", "RFC7857-10-1:collision 1"]);
  });
});
