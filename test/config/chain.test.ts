import { describe, expect, test } from "vitest";
import { mayRefuse } from "../../src/config/chain.js";
import { parseConfig } from "../../src/config/load.js";
import { InputProblem } from "../../src/config/problems.js";
import type { ServiceSet } from "../../src/config/types.js";

const RD = '      - v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32" }';
const DS = '      - ds-lite: { softwire-address: "2001:db8::1", nat: { pool: { addresses: [198.51.100.1] }, alg: [ftp] } }';
const text = (rest: string, concentrator = DS): string => `softproof: 1\nservice-sets:\n  - name: ss1\n    softwire-concentrators:\n${concentrator}\n${rest}`;
const set = (rest: string, concentrator = DS): ServiceSet => parseConfig(text(rest, concentrator), "c.yaml").serviceSets[0];
function faults(rest: string, concentrator = DS): string[] {
  try {
    parseConfig(text(rest, concentrator), "c.yaml");
  } catch (e) {
    if (e instanceof InputProblem) return e.message.split("\n");
    throw e;
  }
  return [];
}
const FIREWALL = "    stateful-firewall:\n      rules:\n        - name: out\n          match-direction: input\n          then: accept\n";

describe("the service chain", () => {
  test("without a word about it there is none", () => expect(set("").chain).toBeUndefined());
  test("a firewall stands between softwire and NAT, and discards what no rule matches", () => {
    const { chain } = set(FIREWALL);
    expect(chain?.order).toEqual(["softwire", "stateful-firewall", "nat", "alg"]);
    expect([chain?.softwireRule, chain?.firewall?.otherwise, chain?.firewall?.timers.tcpEstablished]).toEqual(["input-output", "discard", 7440]);
  });
  test("the order is the file's", () => expect(set(`    services: [softwire, nat, stateful-firewall, alg]\n${FIREWALL}`).chain?.order).toEqual(["softwire", "nat", "stateful-firewall", "alg"]));
  test("what may refuse a flow", () => {
    expect(mayRefuse(undefined)).toBe(false);
    expect(mayRefuse(set(FIREWALL).chain)).toBe(true);
    expect(mayRefuse(set(`${FIREWALL}      default: accept\n`).chain)).toBe(false);
    expect(mayRefuse(set("    softwire-rule: { match-direction: input }\n").chain)).toBe(true);
  });
  test("an order that cannot be is told with its place", () => {
    expect(faults("    services: [nat, softwire, alg]\n")).toEqual([expect.stringMatching(/^c\.yaml:6:21: .*"softwire" is not first/)]);
    expect(faults("    services: [softwire, alg, nat]\n")).toEqual([expect.stringMatching(/^c\.yaml:6:26: .*"alg" stands before "nat"/)]);
    expect(faults("    services: [softwire, nat]\n")).toEqual([expect.stringMatching(/"alg" is configured, but not in the chain/)]);
    expect(faults("    services: [softwire, nat]\n", RD)).toEqual([expect.stringMatching(/^c\.yaml:6:26: .*"nat" is in the chain, but not configured/)]);
  });
  test("rules: ports need a protocol, prefixes the family of the softwire, names are unique", () => {
    const one = (from: string, name = "a"): string => `        - { name: ${name}, from: ${from}, then: accept }\n`;
    const rules = (...r: string[]): string => `    stateful-firewall:\n      rules:\n${r.join("")}`;
    expect(faults(rules(one("{ destination-port: [80] }")))).toEqual([expect.stringMatching(/ports without a protocol/)]);
    expect(faults(rules(one('{ source: ["2001:db8::/32"] }')))).toEqual([expect.stringMatching(/no packet behind these softwires has an IPv6 address/)]);
    expect(faults(rules(one("{ source: [10.0.0.0/8] }")), RD)).toEqual([expect.stringMatching(/has an IPv4 address \(6rd and 6to4 carry IPv6\)/)]);
    expect(faults(rules(one("{ source: [10.0.0.1/8] }")))).toEqual([expect.stringMatching(/did you mean 10\.0\.0\.0\/8/)]);
    expect(faults(rules(one("{ protocol: [tcp], destination-port: [90-80] }")))).toEqual([expect.stringMatching(/"90-80" is not a port range/)]);
    expect(faults(rules(one("{}"), one("{}")))).toEqual([expect.stringMatching(/a second rule "a"/)]);
    expect(faults(rules(one("{ protocol: [tpc] }")))[0]).toMatch(/^c\.yaml:8:/);
  });
});
