/** What the judge says of 6to4 boxes nobody on the team built: Linux, a Canadian customer of 2008, and modelled devices that conform. Needs ../shared; skipped without it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Config, SideConfig } from "../../src/config/types.js";
import { parseIpv6, parsePrefix6 } from "../../src/wire/address.js";
import { sharedDir } from "../shared.js";
import * as B from "./build.js";
import { broken, judgeCaptures } from "./captured.js";
import * as S from "./six-to-four.js";

const shared = sharedDir() ?? "";
const linux = join(shared, "captures", "linux");
const side = (macs: string[], ipv4: string[], ipv6: string[]): SideConfig => ({ macs, interfaces: [], ipv4: ipv4.map(B.v4), ipv6: ipv6.map((a) => parseIpv6(a)!), mtu: 1500 });
const linuxTunnel = { tunnelMtu: 1480, tunnelMtuMode: "dynamic", dscp: { mode: "copy" } } as const;
const both = (name: string) => ["access.pcap", "core.pcap"].map((f) => join(linux, name, f));

describe.skipIf(!existsSync(linux))("Linux as a 6to4 node (needs ../shared/captures)", () => {
  it("resets CE to ECT(0) as a router, and nothing else is wrong", async () => {
    const c = S.router({ ...linuxTunnel, address: B.v4("203.0.113.20"), sitePrefix: parsePrefix6("2002:cb00:7114::/48")! });
    const config: Config = { ...c, access: side(["02:03:81:04:02:59"], ["203.0.113.20"], []), core: side(["02:31:08:75:f3:2c"], [], ["2002:cb00:7114:1::1"]) };
    const r = await judgeCaptures(config, both("03a-6to4-router-to-router"));
    expect(broken(r)).toEqual(["RFC6040-4.1-1:inner-CE-outer-ECT(0) 2"]);
    expect(broken(r, "warn")).toEqual([]);
    expect(r.summary).toMatchObject({ paired: 318, ambiguous: 0 });
  });
  it("tunnels to private, loopback, multicast and broadcast V4ADDRs as a relay", async () => {
    const c = S.relay({ ...linuxTunnel, alsoAccepts: [] });
    const config: Config = { ...c, access: side(["02:da:4e:b8:18:1f"], [S.ANYCAST, "192.0.2.1"], []), core: side(["02:33:b3:e7:90:7e"], [], ["3fff:0:c1::1"]) };
    const r = await judgeCaptures(config, both("03b-6to4-relay-anycast"));
    // Section 2 binds the site that builds a prefix, section 6 has no capital word: what the relay breaks is section 9.
    expect(broken(r)).toEqual(["RFC3056-9-1:forwarded 4", "RFC6040-4.1-1:inner-CE-outer-ECT(0) 2"]);
    expect(broken(r, "warn")).toContain("RFC3056-6-1:multicast 1");
    expect(r.summary).toMatchObject({ paired: 376, orphanOutputs: 0, ambiguous: 0 });
  });
});

const trace = join(shared, "captures", "public", "xdp2", "6to4.pcap");
describe.skipIf(!existsSync(trace))("the public 6to4 trace (needs ../shared/captures)", () => {
  it("has nothing wrong, seen from either end", async () => {
    const router = { ...S.router({ address: B.v4("70.55.213.211"), sitePrefix: parsePrefix6("2002:4637:d5d3::/48")! }), access: side(["00:16:cf:41:9c:20"], [], []) };
    const relay = { ...S.relay(), access: side(["00:90:1a:41:65:41"], [], []) };
    for (const [config, outputs] of [[router, 2], [relay, 3]] as const) {
      const r = await judgeCaptures(config, [trace]);
      expect([...broken(r), ...broken(r, "warn")].filter((f) => !f.includes("configuration"))).toEqual([]);
      expect(r.summary.outputs).toBe(outputs);
    }
  });
});

const asymmetric = join(shared, "captures", "public", "PcapPlusPlus", "IPv4-encapsulated-IPv6.pcap");
describe.skipIf(!existsSync(asymmetric))("the packet of a relay that is not 192.88.99.1 (needs ../shared/captures)", () => {
  it("has nothing wrong, seen from either end: any relay may return a packet (RFC 7526 section 6)", async () => {
    for (const [config, inputs] of [[{ ...S.router({ address: B.v4("81.131.67.131"), sitePrefix: parsePrefix6("2002:5183:4383::/48")! }), access: side([], ["81.131.67.131"], []) }, 1], [{ ...S.relay({ address: B.v4("139.18.25.33"), alsoAccepts: [] }), access: side([], ["139.18.25.33"], []) }, 0]] as const) {
      const r = await judgeCaptures(config, [asymmetric]);
      expect([...broken(r), ...broken(r, "warn")].filter((f) => !f.includes("configuration"))).toEqual([]);
      expect([r.summary.inputs, r.summary.outputs]).toEqual([inputs, 1 - inputs]);
    }
  });
});

const cases = join(shared, "defects", "cases");
describe.skipIf(!existsSync(cases))("modelled 6to4 devices that conform (needs ../shared/defects)", () => {
  interface Dut { outerSource: string; ownIpv4: string[]; ownIpv6: string[]; tunnelMtu: number; relay: string; sitePrefix: string; providerPrefix: string; policies: { anycastOnly?: boolean } }
  it.each([["c056", "6to4-relay"], ["c225", "6to4-pmt"], ["c267", "6to4-relay"], ["c298", "6to4-router"]] as const)("%s: no finding", async (id, kind) => {
    const { dut, macs } = JSON.parse(readFileSync(join(cases, id, "case.json"), "utf8")) as { dut: Dut; macs: { access: { dut: string }; core: { dut: string } } };
    const common = { address: B.v4(dut.outerSource), alsoAccepts: dut.ownIpv4.filter((a) => a !== dut.outerSource).map(B.v4), tunnelMtu: dut.tunnelMtu, anycastOnly: dut.policies.anycastOnly ?? false };
    const c = kind === "6to4-router" ? S.router({ ...common, sitePrefix: parsePrefix6(dut.sitePrefix)! }) : kind === "6to4-pmt" ? S.pmt({ ...common, providerPrefix: parsePrefix6(dut.providerPrefix)! }) : S.relay(common);
    const r = await judgeCaptures({ ...c, access: side([macs.access.dut], dut.ownIpv4, []), core: side([macs.core.dut], [], dut.ownIpv6) }, ["access.pcap", "core.pcap"].map((f) => join(cases, id, f)));
    expect([...broken(r), ...broken(r, "warn")]).toEqual([]);
    expect(r.summary.paired).toBeGreaterThan(60);
    // Echo replies of the device itself, on the core side and by ICMPv4, have no tunnel to be paired by.
    expect(r.summary.orphanOutputs).toBeLessThanOrEqual(3);
  });
});
