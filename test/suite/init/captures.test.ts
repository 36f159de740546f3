/** Drafts from captures of boxes that nobody on the team built, against what is known of them. Needs ../shared; skipped without it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { Config, SoftwireConcentrator } from "../../../src/config/types.js";
import { catalogueFor } from "../../../src/suite/catalogue.js";
import { draftConfig } from "../../../src/suite/init/draft.js";
import { survey } from "../../../src/suite/init/survey.js";
import { runPipeline } from "../../../src/suite/pipeline.js";
import { formatIpv4, formatIpv6, formatPrefix4, formatPrefix6 } from "../../../src/wire/address.js";
import { createMemory } from "../../../src/wire/memory.js";
import { sharedDir } from "../../shared.js";

const shared = sharedDir();
const linux = shared === undefined ? "" : join(shared, "captures", "linux");
const cases = shared === undefined ? "" : join(shared, "defects", "cases");
const why = existsSync(linux) && existsSync(cases) ? "" : " (skipped: no ../shared/captures and ../shared/defects beside the checkout)";

const named = (files: readonly string[]): { path: string }[] => files.map((path) => ({ path }));
const paths = (dir: string): string[] => ["access.pcap", "core.pcap"].map((f) => join(dir, f));

async function findings(config: Config, dir: string): Promise<string[]> {
  const [access, core] = paths(dir);
  const { severityOf } = catalogueFor(config);
  const r = await runPipeline({ config, files: [{ path: access, side: 0 }, { path: core, side: 1 }], mode: "check", judge: true, memory: createMemory(128 << 20), severityOf });
  return (r.judge?.findings ?? []).map((f) => `${f.severity} ${f.fingerprint} ${f.count} ${f.first.frame}`);
}

const side = (mac: string, addresses: string): string => `{ macs: ["${mac}"], ${addresses} }`;
const config = (access: string, core: string, concentrator: string): string => `softproof: 1\naccess: ${access}\ncore: ${core}\nservice-sets: [{ softwire-concentrators: [${concentrator}] }]\n`;
const SIT = ["02:d3:87:de:63:90", "02:01:b1:eb:0e:f1"] as const;
const rd = (address: string, v4: string, v6: string): string => config(side(SIT[0], `ipv4: [${address}]`), side(SIT[1], 'ipv6: ["3fff:0:c::1"]'), `{ v6rd: { softwire-address: ${address}, ipv4-prefix: ${v4}, v6rd-prefix: "${v6}" } }`);
const FULL = rd("192.0.2.1", "0.0.0.0/0", "2001:db8::/32");
const MASK8 = rd("10.0.0.1", "10.0.0.0/8", "2001:db8:a000::/40");
const ROUTER = config(side("02:03:81:04:02:59", "ipv4: [203.0.113.20]"), side("02:31:08:75:f3:2c", 'ipv6: ["2002:cb00:7114:1::1"]'), "{ 6to4-router: { softwire-address: 203.0.113.20 } }");
const RELAY = config(side("02:da:4e:b8:18:1f", "ipv4: [192.88.99.1, 192.0.2.1]"), side("02:33:b3:e7:90:7e", 'ipv6: ["3fff:0:c1::1"]'), "{ 6to4-relay: { softwire-address: 192.88.99.1 } }");
const AFTR = config(side("02:0c:da:ae:ec:2f", 'ipv6: ["2001:db8:ff::1", "2001:db8:af::1"]'), side("02:ad:5f:9e:b4:3b", "ipv4: [198.51.100.2]"), '{ ds-lite: { softwire-address: "2001:db8:af::1", nat: { pool: { addresses: [203.0.113.1-203.0.113.4] } } } }');

describe.skipIf(why !== "")(`check with a drafted configuration${why}`, () => {
  it.each([
    ["01-6rd-full32", FULL], ["01c-6rd-ecn-marking", FULL], ["01d-6rd-pmtu", FULL], ["02a-6rd-mask8-direct", MASK8], ["02b-6rd-mask8-hub-spoke-one-br-tunnel", MASK8],
    ["03a-6to4-router-to-router", ROUTER], ["03b-6to4-relay-anycast", RELAY], ["04a-6rd-crafted", FULL],
    ["05a-dslite-overlapping", AFTR], ["05b-dslite-fragmentation-kernel", AFTR], ["05f-dslite-outer-fragments-socat", AFTR], ["07a-6rd-load", FULL],
  ])("%s: the same findings as with a configuration by hand", async (name, byHand) => {
    const dir = join(linux, name);
    const draft = draftConfig(await survey(named(paths(dir))));
    expect(await findings(parseConfig(draft.text, "draft"), dir)).toEqual(await findings(parseConfig(byHand, "by hand"), dir));
  });
});

describe.skipIf(why !== "")(`a drafted configuration${why}`, () => {
  it("proposes the dynamic tunnel MTU where the device named more than one, and a value where it named one", async () => {
    const text = async (name: string) => draftConfig(await survey(named(paths(join(linux, name))))).text;
    expect(await text("01d-6rd-pmtu")).toMatch(/# tunnel-mtu-mode: dynamic # Packet Too Big of the device named 1480 and 1380, /);
    expect(await text("01d-6rd-pmtu")).not.toContain("# tunnel-mtu:");
    expect(await text("01-6rd-full32")).toMatch(/# tunnel-mtu: 1480 # /);
  });
});

interface Kase {
  readonly mechanism: string;
  readonly dut: { readonly role: string; readonly "6rdPrefix"?: string; readonly ipv4CommonPrefix?: string; readonly outerSource?: string; readonly aftrAddress?: string; readonly pool?: readonly string[]; readonly providerPrefix?: string };
  readonly macs: { readonly access: { readonly dut: string }; readonly core: { readonly dut: string } };
}
const KIND: Readonly<Record<string, string>> = { "6rd-br": "6rd", "6to4-router": "6to4-router", "6to4-relay": "6to4-relay", "6to4-anycast-relay": "6to4-relay", "6to4-pmt-relay": "6to4-pmt", "ds-lite-aftr": "ds-lite" };

/** What the draft says of the device, in the words of the case. */
function drafted(c: SoftwireConcentrator | undefined, kase: Kase): string {
  if (c === undefined) return "nothing";
  if (c.kind === "ds-lite") {
    // A pool may be larger than what was used of it: what is drafted must lie in it.
    const stray = (c.nat?.pool.ranges ?? []).flatMap((r) => Array.from({ length: r.to - r.from + 1 }, (_, i) => formatIpv4(r.from + i))).filter((a) => !(kase.dut.pool ?? []).includes(a));
    return `ds-lite ${formatIpv6(c.address)} ${c.nat === undefined ? "no pool" : stray.join(" ")}`;
  }
  return [c.kind, formatIpv4(c.address), ...(c.kind === "6rd" ? [formatPrefix4(c.ipv4Prefix), formatPrefix6(c.v6rdPrefix)] : []), ...(c.kind === "6to4-pmt" ? [formatPrefix6(c.providerPrefix!)] : [])].join(" ");
}
function known({ dut }: Kase): string {
  const kind = KIND[dut.role];
  if (kind === "ds-lite") return `ds-lite ${dut.aftrAddress} `;
  return [kind, dut.outerSource, ...(kind === "6rd" ? [dut.ipv4CommonPrefix, dut["6rdPrefix"]] : []), ...(kind === "6to4-pmt" ? [dut.providerPrefix] : [])].join(" ");
}

describe.skipIf(why !== "")(`drafts of modelled devices${why}`, () => {
  const ids = why !== "" ? [] : readdirSync(cases).filter((c) => existsSync(join(cases, c, "case.json")));
  it("have the mechanism, the address, the prefixes, the pool and the MAC addresses", async () => {
    const off: string[] = [];
    for (const id of ids) {
      const kase = JSON.parse(readFileSync(join(cases, id, "case.json"), "utf8")) as Kase;
      const draft = draftConfig(await survey(named(paths(join(cases, id)))));
      const config = draft.guesses.length === 0 ? undefined : parseConfig(draft.text, id);
      const concentrators = config?.serviceSets[0].concentrators ?? [];
      const got = `${drafted(concentrators[0], kase)} ${config?.access.macs.join()} ${config?.core.macs.join()}${concentrators.length > 1 ? ` and ${concentrators[1].kind}` : ""}`;
      const wanted = `${known(kase)} ${kase.macs.access.dut} ${kase.macs.core.dut}`;
      if (got !== wanted) off.push(`${id}: ${got}, is ${wanted}`);
    }
    expect(ids.length).toBeGreaterThan(50);
    expect(off).toEqual([]);
  }, 60_000);
});

const isc = shared === undefined ? "" : join(shared, "captures", "public", "DS-Lite");
describe.skipIf(!existsSync(isc))(`drafts of an AFTR from the access side alone${why}`, () => {
  // Customers' hosts have private addresses: their end of the softwire is the B4's, however many B4s and packets there are.
  it.each([
    ["evidence_fwd1_tun0", "2001::1"], ["T1_t1_2-AFTR-ISP-recv", "2001:db8:cafe::10"], ["T3_t3_1-victim-softwire", "2001:db8:cafe::10"], ["TS1_tS1_2-B4-softwire-uplink", "2001:db8:cafe::10"],
    ["baseline_baseline_b4-1_eth-isp", "2001:db8:cafe::10"], ["T9_t9_3-victim-tunnels-to-attacker", "2001:db8:cafe:0:2829:47ff:feaa:9c56"],
  ])("%s: %s", async (name, address) => {
    const [guess] = draftConfig(await survey(named([join(isc, `${name}.pcap`)]))).guesses;
    expect(guess.kind === "ds-lite" && formatIpv6(guess.address.value)).toBe(address);
  });
  it.each([["ipv4_over_ipv6", "2001:db8:85a3::8a2e:370:7335"], ["wrong-version-ipv4-ipv6", "2001:db8:85a3::8a2e:370:7335"]])("%s, one packet of which nothing tells the ends: its receiver, so that nobody is accused", async (name, address) => {
    const [guess] = draftConfig(await survey(named([join(isc, "..", "suricata-verify", `${name}.pcap`)]))).guesses;
    expect(guess.kind === "ds-lite" && formatIpv6(guess.address.value)).toBe(address);
  });
});
