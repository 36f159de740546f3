import { describe, expect, it } from "vitest";
import type { Config, ServiceChain } from "../../src/config/types.js";
import * as six from "./build.js";
import * as ds from "./ds-lite/build.js";

const timers = { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 };
const chain: ServiceChain = { order: ["softwire", "stateful-firewall"], softwireRule: "input-output", firewall: { rules: [], otherwise: "discard", timers } };
const under = (c: Config, declared: ServiceChain | undefined): Config => ({ ...c, serviceSets: c.serviceSets.map((s) => ({ ...s, ...(declared === undefined ? {} : { chain: declared }) })) });
const violations = (r: ReturnType<typeof six.judge>): string[] => r.findings.map((f) => f.clause);

describe("a service chain that is declared", () => {
  const lost = [six.accessIn(six.tunnel(six.six({ dst: six.ce2Address })))]; // CE to CE, RFC 5969 section 8
  it("6rd: silence about a flow that the firewall may refuse is no deviation; without the firewall it is", () => {
    expect(violations(six.judge(lost, { config: under(six.config(), undefined) })).length).toBeGreaterThan(0);
    expect(violations(six.judge(lost, { config: under(six.config(), chain) }))).toEqual([]);
  });
  it("a firewall that accepts everything excuses nothing", () => {
    const open: ServiceChain = { ...chain, firewall: { rules: [], otherwise: "accept", timers } };
    expect(violations(six.judge(lost, { config: under(six.config(), open) })).length).toBeGreaterThan(0);
  });
  it("what is sent is judged as ever", () => {
    const sent = six.six();
    const wrong = six.hop(sent, 2);
    expect(violations(six.judge([six.accessIn(six.tunnel(sent), { at: 0 }), six.coreOut(wrong, { at: 0.001, cause: 0 })], { config: under(six.config(), chain) })).length).toBeGreaterThan(0);
  });
  it("DS-Lite: neither discarded nor rejected flows accuse the AFTR", () => {
    // Hairpinning that never comes back (RFC 4787 REQ-9).
    const hair = (at: number, id: number) => ds.accessIn(ds.soft(ds.four({ sport: 40000, dst: ds.EXT, dport: 43000, payload: ds.bytes(30, id) })), { at });
    const bound = [...ds.outward({ sport: 40000, eport: 41000 }, 0), ...ds.outward({ b4: ds.B4B, src: "10.0.0.5", sport: 42000, eport: 43000 }, 0.1)];
    const silent = [...bound, hair(1, 5), hair(2, 6)];
    expect(violations(ds.judge(silent, { options: { config: under(ds.config(), undefined) } })).length).toBeGreaterThan(0);
    expect(violations(ds.judge(silent, { options: { config: under(ds.config(), chain) } }))).toEqual([]);
  });
});
