/** What the judge says of a box nobody on the team built: the Linux kernel as a 6rd BR. Needs ../shared; skipped without it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.js";
import type { JudgeResult } from "../../src/judge/types.js";
import { parseIpv6, parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import { sharedDir } from "../shared.js";
import * as B from "./build.js";
import { broken, judgeCaptures } from "./captured.js";

const shared = sharedDir();
const folder = shared === undefined ? "" : join(shared, "captures", "linux");

async function check(name: string, br: string, v6: string, v4: string): Promise<JudgeResult> {
  const commands = readFileSync(join(folder, name, "commands.txt"), "utf8");
  const mac = (port: string) => new RegExp(`${port} netns br address ([0-9a-f:]+)`).exec(commands)![1];
  const side = (port: string, ipv4: number[], ipv6: string) => ({ macs: [mac(port)], interfaces: [], ipv4, ipv6: [parseIpv6(ipv6)!], mtu: 1500 });
  const base = B.config();
  const config: Config = {
    ...base, access: side("acc0", [B.v4(br)], "::"), core: side("core0", [], "3fff:0:c::1"),
    serviceSets: [{ name: "s", concentrators: [B.domain({ address: B.v4(br), v6rdPrefix: parsePrefix6(v6)!, ipv4Prefix: parsePrefix4(v4)! })] }],
  };
  return judgeCaptures(config, ["access.pcap", "core.pcap"].map((f) => join(folder, name, f)));
}
const full = ["192.0.2.1", "2001:db8::/32", "0.0.0.0/0"] as const;
const masked = ["10.0.0.1", "2001:db8:a000::/40", "10.0.0.0/8"] as const;

describe.skipIf(!existsSync(folder))("Linux as a 6rd BR (needs ../shared/captures)", () => {
  it("resets CE to ECT(0) on encapsulation, and nothing else is wrong", async () => {
    const r = await check("01-6rd-full32", ...full);
    expect(broken(r)).toEqual(["RFC6040-4.1-1:inner-CE-outer-ECT(0) 6"]);
    // Neighbor Discovery and three ICMPv4 errors about the tunnel ask for no output.
    expect(r.summary).toMatchObject({ inputs: 960, answeredInputs: 950, orphanOutputs: 0, unansweredInputs: 0, ambiguous: 0 });
    expect(r.partnerless).toEqual({ inputs: [], outputs: [] });
    const marked = await check("01c-6rd-ecn-marking", ...full);
    expect(broken(marked)).toEqual(["RFC6040-4.1-1:inner-CE-outer-ECT(0) 7"]);
    // CE outside and Not-ECT inside are dropped (RFC 6040 section 4.2).
    expect(marked.partnerless).toMatchObject({ inputs: [{ frame: 15 }, { frame: 18 }, { frame: 19 }], outputs: [] });
  });
  it("does not learn every path MTU, which is no MUST", async () => {
    const r = await check("01d-6rd-pmtu", ...full);
    expect(broken(r)).toEqual([]);
    expect(r.findings.map((f) => f.rule)).toContain("RFC4213-3.2.2-1");
  });
  it("forwards ordinary traffic without a finding", async () => {
    for (const r of [await check("02a-6rd-mask8-direct", ...masked), await check("07a-6rd-load", ...full)]) {
      expect(r.findings).toEqual([]);
      expect(r.summary.unansweredInputs + r.summary.orphanOutputs).toBeLessThan(5);
    }
  });
  it("does not forward between CEs, which warns", async () => {
    const r = await check("02b-6rd-mask8-hub-spoke-one-br-tunnel", ...masked);
    expect(broken(r)).toEqual([]);
    expect(r.findings.map((f) => f.fingerprint)).toContain("RFC5969-8-3.ce-to-ce:no-output");
  });
  it("shows its deviations under crafted packets, each of them named in the captures' own account", async () => {
    const r = await check("04a-6rd-crafted", ...full);
    expect(broken(r)).toEqual([
      "RFC5969-12-3:forwarded 1",
      "RFC5969-9.2-1:source-outside-6rd-prefix 5", "RFC5969-9.2-2:source-outside-6rd-prefix 5", "RFC6040-4.1-1:inner-CE-outer-ECT(0) 6",
    ]);
    // That IPv4-compatible and IPv4-mapped sources are invalid is a SHOULD of RFC 4213 section 3.6; multicast and loopback ones it drops.
    expect(broken(r, "warn")).toContain("RFC4213-3.6-10.ipv4:forwarded 2");
    // A single probe without an answer warns: a tap may have lost it.
    expect(r.findings.find((f) => f.fingerprint === "RFC5969-8-3:no-output")).toMatchObject({ severity: "warn", count: 1 });
  });
});
