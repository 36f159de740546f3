import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configOf, loadConfigFile, parseConfig } from "../../src/config/load.js";
import { InputProblem, nearest } from "../../src/config/problems.js";
import { fixturesDir } from "../../src/config/specs-dir.js";
import type { DsLite, SixRdDomain, SixToFour } from "../../src/config/types.js";
import type { RawConfig } from "../../src/config/raw.js";
import { wasWritten } from "../../src/config/written.js";
import { parseYaml } from "../../src/config/yaml.js";
import { parseIpv4, parseIpv6, parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";

const wrap = (concentrator: string): string => `softproof: 1\nservice-sets:\n  - name: ss1\n    softwire-concentrators:\n      - ${concentrator}\n`;
const first = <T>(concentrator: string): T => parseConfig(wrap(concentrator), "c.yaml").serviceSets[0].concentrators[0] as T;
function faults(text: string): string[] {
  try {
    parseConfig(text, "c.yaml");
  } catch (e) {
    if (e instanceof InputProblem) return e.message.split("\n");
    throw e;
  }
  return [];
}
const rd = (rest = "", v4 = "10.0.0.0/8", v6 = "2001:db8::/32"): string => `v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: ${v4}, v6rd-prefix: "${v6}"${rest} }`;

describe("defaults", () => {
  test("6rd: RFC 5969 and RFC 4213", () => {
    expect(first<SixRdDomain>(rd())).toEqual({
      kind: "6rd", name: "v6rd-1", address: parseIpv4("10.0.0.1"), alsoAccepts: [], anycast: false, tunnelMtu: 1280, tunnelMtuMode: "static",
      dscp: { mode: "copy" }, ttl: 64, reassemblySeconds: 60, flowInactivitySeconds: 30, flowLimit: 0, icmpRate: 1000, icmpBurst: 100,
      knownRelays: [parsePrefix4("192.88.99.0/24")], echo: true, filterNativeSource: false,
      ipv4Prefix: parsePrefix4("10.0.0.0/8"), v6rdPrefix: parsePrefix6("2001:db8::/32"),
    });
  });
  test("an anycast 6rd BR sets DF", () => expect(first<SixRdDomain>(rd(", anycast: true")).tunnelMtuMode).toBe("anycast-df"));
  test("mtu-v4 counts the outer header", () => expect(first<SixRdDomain>(rd(", mtu-v4: 1500")).tunnelMtu).toBe(1480));
  test("dscp forms", () => {
    expect(first<SixRdDomain>(rd(", dscp: { fixed: 46 }")).dscp).toEqual({ mode: "fixed", dscp: 46 });
    expect(first<SixRdDomain>(rd(", copy-dscp: false")).dscp).toEqual({ mode: "zero" });
  });
  test("6to4 relay: DSCP zero, RFC 3964 checks, anycast by address", () => {
    const r = first<SixToFour>("6to4-relay: { softwire-address: 192.88.99.1, also-accepts: [192.0.2.1] }");
    expect(r).toMatchObject({ kind: "6to4-relay", anycast: true, tunnelMtuMode: "static", dscp: { mode: "zero" }, strict3964: true, anycastOnly: false });
    expect(r.table.refuse).toHaveLength(8);
  });
  test("6to4 router: its site prefix follows from its address", () => {
    const r = first<SixToFour>("6to4-router: { softwire-address: 192.0.2.4 }");
    expect(r.sitePrefix).toEqual(parsePrefix6("2002:c000:204::/48"));
    expect(r.knownRelays).toEqual([]);
  });
  test("AFTR: RFC 6333 and the NAT documents", () => {
    const d = first<DsLite>('ds-lite: { softwire-address: "2001:db8::1", nat: { pool: { addresses: ["198.51.100.0/30", "198.51.100.8-198.51.100.9"] } } }');
    expect(d).toMatchObject({ mtuV6: 1500, wellKnownV4: parseIpv4("192.0.0.1"), oversize: "fragment-outer", copyDscpIn: true, copyDscpOut: true, subscriberPrefixLength: 128 });
    expect(d.nat?.timers).toEqual({ udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 });
    expect(d.nat?.pool).toEqual({
      ranges: [{ from: parseIpv4("198.51.100.0"), to: parseIpv4("198.51.100.3") }, { from: parseIpv4("198.51.100.8"), to: parseIpv4("198.51.100.9") }], portFrom: 1024, portTo: 65535,
    });
    expect(d.nat).toMatchObject({ mapping: "endpoint-independent", filtering: "endpoint-independent", hairpinning: true, holdDownSeconds: 120 });
  });
  test("the Junos copy-dscp flag acts on decapsulation only", () => {
    expect(first<DsLite>('ds-lite: { softwire-address: "2001:db8::1", copy-dscp: true }')).toMatchObject({ copyDscpIn: true, copyDscpOut: false, nat: undefined });
  });
  test("JSON is YAML; MAC addresses become lower case", () => {
    const c = parseConfig(JSON.stringify({ softproof: 1, seed: 7, access: { macs: ["02:00:00:00:00:AA"] }, "service-sets": [{ "softwire-concentrators": [{ "ds-lite": { "softwire-address": "2001:db8::1" } }] }] }), "c.json");
    expect(c).toMatchObject({ source: "c.json", seed: 7, access: { macs: ["02:00:00:00:00:aa"], mtu: 1500 }, serviceSets: [{ name: "ss1" }] });
    expect((c.serviceSets[0].concentrators[0] as DsLite).address).toEqual(parseIpv6("2001:db8::1"));
  });
});

describe("faults carry their place and say what to do", () => {
  const one = (concentrator: string): string => {
    const all = faults(wrap(concentrator));
    expect(all).toHaveLength(1);
    return all[0];
  };
  test("unknown key, with the nearest one", () => expect(one(rd(", softwire-adress: 1"))).toMatch(/^c\.yaml:5:\d+: unknown key "softwire-adress" in .*did you mean "softwire-address"/));
  test("position is that of the key", () => {
    expect(faults("softproof: 1\nservice-set: []\n").some((l) => l.startsWith('c.yaml:2:1: unknown key "service-set"') && l.includes('did you mean "service-sets"?'))).toBe(true);
  });
  test("host bits", () => expect(one(rd("", "10.0.0.1/8"))).toMatch(/c\.yaml:5:\d+: .*ipv4-prefix: "10\.0\.0\.1\/8" is not an IPv4 prefix .*did you mean 10\.0\.0\.0\/8/));
  test("wrong family", () => expect(one(rd("", "10.0.0.0/8", "10.0.0.0/8"))).toContain("this is IPv4"));
  test("no length", () => expect(one(rd("", "10.0.0.0/8", "2001:db8::"))).toContain("add the length"));
  test("more than 128 bits", () => expect(one(rd("", "10.0.0.0/8", "2001:db8::/112"))).toContain("make 136 bits"));
  test("whole IPv4 addresses need /32 (RFC 5969 section 11)", () => {
    expect(one(rd("", "0.0.0.0/0", "2001:db8:1::/48"))).toContain("RFC 5969 section 11");
    expect(faults(wrap(rd("", "0.0.0.0/0", "2001:db8::/32")))).toEqual([]);
  });
  test("MTU", () => {
    expect(one(rd(", mtu-v4: 1500, tunnel-mtu: 1500"))).toContain("write tunnel-mtu: 1480");
    expect(one(rd(", mtu-v4: 1200"))).toContain("at least 1300");
    expect(one(rd(", tunnel-mtu: 1200"))).toContain(">= 1280");
  });
  test("an anycast BR cannot be static", () => expect(one(rd(", anycast: true, tunnel-mtu-mode: static"))).toContain("RFC 5969 section 9.1"));
  test("private 6to4 address", () => expect(one("6to4-router: { softwire-address: 10.0.0.1 }")).toContain("10.0.0.0/8"));
  test("foreign site prefix", () => expect(one('6to4-router: { softwire-address: 192.0.2.1, site-prefix: "2002:c000:202::/48" }')).toContain("2002:c000:201::/48"));
  test("PMT prefix too long", () => expect(one('6to4-pmt: { softwire-address: 192.88.99.1, provider-prefix: "2001:db8::/48" }')).toContain("/32 or shorter"));
  test("PMT needs a provider prefix", () => expect(one("6to4-pmt: { softwire-address: 192.88.99.1 }")).toContain('lacks "provider-prefix"'));
  test("two kinds in one entry", () => expect(faults(wrap('{ v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32" }, ds-lite: { softwire-address: "2001:db8::1" } }'))[0]).toContain("exactly one of"));
  test("the same address twice", () => expect(faults(`${wrap(rd())}      - ${rd(", name: other", "10.0.0.0/8", "2001:db9::/32")}\n`)[0]).toMatch(/^c\.yaml:6:.*also that of concentrator "v6rd-1"/));
  test("two 6rd domains with overlapping prefixes", () => {
    expect(faults(`${wrap(rd())}      - ${rd(", name: other", "10.0.0.0/8", "2001:db8:1::/48").replace("10.0.0.1", "10.0.0.2")}\n`)).toEqual([expect.stringMatching(/^c\.yaml:6:\d+: .*2001:db8:1::\/48 overlaps 2001:db8::\/32 of concentrator "v6rd-1"/)]);
    expect(faults(`${wrap(rd())}      - ${rd(", name: other", "10.0.0.0/8", "2001:db9::/32").replace("10.0.0.1", "10.0.0.2")}\n`)).toEqual([]);
  });
  test("an address at which no tunnel can end", () => expect(one("6to4-relay: { softwire-address: 192.0.2.1, also-accepts: [224.0.0.5] }")).toContain("lies in 224.0.0.0/4"));
  test("pool", () => {
    const d = (pool: string): string => `ds-lite: { softwire-address: "2001:db8::1", nat: { pool: ${pool} } }`;
    expect(one(d('{ addresses: ["198.51.100.9-198.51.100.1"] }'))).toContain("runs backwards");
    expect(one(d('{ addresses: ["198.51.100.0/24", 198.51.100.7] }'))).toContain("overlaps entry 0");
    expect(one(d('{ addresses: [198.51.100.7], ports: "9000-80" }'))).toContain("not a port range");
  });
  test("declared limits of a subscriber", () => {
    const d = (nat: string, more = ""): string => `ds-lite: { softwire-address: "2001:db8::1"${more}, nat: { pool: { addresses: [198.51.100.7] }${nat} } }`;
    expect(first<DsLite>(d(", mapping-rate: 5, mapping-burst: 9", ", softwires-per-subscriber: 1"))).toMatchObject({ softwiresPerSubscriber: 1, nat: { mappingRate: 5, mappingBurst: 9 } });
    expect(first<DsLite>(d("")).nat).not.toHaveProperty("mappingRate");
    expect(one(d(", mapping-burst: 9"))).toContain("write mapping-rate too");
    expect(one(d(", mapping-rate: 0"))).toContain(">= 1");
  });
  test("a fault inside one of several forms is told where it is", () => {
    expect(one(rd(", dscp: { fixed: 64 }"))).toMatch(/dscp\.fixed is 64 \(expected <= 63\)/);
    expect(one(rd(", dscp: 5"))).toContain("expected copy, zero, or {fixed: 0..63}");
  });
  test("a list of service sets cannot be empty; one document in a file", () => {
    expect(faults("softproof: 1\nservice-sets: []\n")).toEqual(["c.yaml:2:15: service-sets has too few entries (expected 1 or more)"]);
    expect(faults("softproof: 1\n---\nx: 1\n")[0]).toBe("c.yaml:2:1: a second YAML document begins here (one document in a file: remove the ---)");
  });
  test("an alias without its anchor; aliases that multiply", () => {
    expect(faults("softproof: 1\nseed: *seed\n")[0]).toBe('c.yaml:2:7: "*seed" refers to an anchor that is not set (put &seed before it, or quote the text)');
    const level = (n: number): string => `l${n}: &l${n} [${Array(9).fill(`*l${n - 1}`).join(", ")}]\n`;
    expect(faults(`l0: &l0 [a]\n${[1, 2, 3, 4, 5, 6].map(level).join("")}`)[0]).toContain("aliases cannot be expanded");
  });
  test("a stray bracket is placed on its line", () => expect(faults("softproof: 1\nservice-sets:\n  - name: a}\n    x: }\n")[0]).toMatch(/^c\.yaml:4:8: /));
  test("all faults at once, in the order of the file", () => {
    const all = faults(wrap(rd("", "10.0.0.1/8", "2001:db8::1/32")));
    expect(all).toHaveLength(2);
    expect(all[0]).toContain("ipv4-prefix");
  });
  test("broken YAML", () => expect(faults("softproof: 1\n  bad: [\n")[0]).toMatch(/^c\.yaml:\d+:\d+: not valid YAML/));
  test("an unquoted address that ends in :: in a flow list", () => expect(faults("softproof: 1\naccess: { ipv6: [2001:db8::] }\nservice-sets: []\n").length).toBeGreaterThan(0));
  test("an empty file, a text file", () => {
    expect(faults("")[0]).toBe("c.yaml:1:1: the file is empty (expected a YAML mapping)");
    expect(faults("hello world\n")[0]).toContain("expected a mapping");
  });
  test("a file that is not there", () => expect(() => loadConfigFile("no/such.yaml")).toThrow("no/such.yaml:1:1: no such file (check the path)"));
});

test("a configuration inside another file keeps its places", () => {
  const schema = { type: "object", additionalProperties: false, required: ["config"], properties: { config: { $ref: "https://softproof.invalid/config.schema.json" } } };
  const inside = (v4: string): string => `config:\n  softproof: 1\n  service-sets:\n    - softwire-concentrators:\n        - ${rd("", v4)}\n`;
  const parsed = parseYaml<{ config: RawConfig }>(inside("10.0.0.0/8"), "s.yaml", schema);
  expect(configOf(parsed, parsed.value.config, ["config"]).serviceSets[0].name).toBe("ss1");
  const bad = parseYaml<{ config: RawConfig }>(inside("10.0.0.1/8"), "s.yaml", schema);
  expect(() => configOf(bad, bad.value.config, ["config"])).toThrow(/^s\.yaml:5:\d+: config\.service-sets\[0\]/);
});

test("a key that was written is told from a default", () => {
  const d = first<DsLite>('ds-lite: { softwire-address: "2001:db8::1", mtu-v6: 1500 }');
  expect([wasWritten(d, "mtu-v6"), wasWritten(d, "hop-limit")]).toEqual([true, false]);
});

test("nearest: near words only", () => {
  expect(nearest("ttll", ["ttl", "dscp"])).toBe("ttl");
  expect(nearest("colour", ["ttl", "dscp"])).toBeUndefined();
});

test("every configuration in fixtures/configs loads", () => {
  const files = readdirSync(join(fixturesDir(), "configs")).filter((f) => f.endsWith(".yaml"));
  expect(files.length).toBeGreaterThanOrEqual(5);
  for (const f of files) expect(loadConfigFile(join(fixturesDir(), "configs", f)).serviceSets.length, f).toBeGreaterThan(0);
});

describe("MAC addresses", () => {
  const side = (access: string): string => `softproof: 1\naccess: ${access}\nservice-sets:\n  - softwire-concentrators:\n      - ${rd()}\n`;
  test("a group address, zero, and a neighbour that is the device itself are refused with their place", () => {
    expect(faults(side('{ macs: ["01:00:5e:00:00:01"] }'))[0]).toMatch(/^c\.yaml:2:18: .*group \(multicast or broadcast\) address/);
    expect(faults(side('{ macs: ["00:00:00:00:00:00"] }'))[0]).toMatch(/zero address/);
    expect(faults(side('{ peer-mac: "FF:FF:FF:FF:FF:FF" }'))[0]).toMatch(/peer-mac: .*group/);
    expect(faults(side('{ macs: ["02:00:00:00:00:01"], peer-mac: "02:00:00:00:00:01" }'))[0]).toMatch(/one of the device's own macs/);
    expect(faults(side('{ macs: ["02:00:00:00:00:01"], peer-mac: "02:00:00:00:00:02" }'))).toEqual([]);
  });
});

test("a file that is broken throughout tells its first 20 faults and the number of the others", () => {
  const told = faults("[".repeat(500));
  expect(told).toHaveLength(21);
  expect(told[20]).toMatch(/^\.\.\. and \d+ more/);
});

describe("label policies (RFC 3032 section 2.1)", () => {
  const labelled = (mpls: string, side = "access", concentrator = 'ds-lite: { softwire-address: "2001:db8::1", nat: { pool: { addresses: [192.0.2.1] } } }'): string => `softproof: 1\n${side}: { mpls: ${mpls} }\n${wrap(concentrator).slice("softproof: 1\n".length)}`;
  const policy = (mpls: string) => parseConfig(labelled(mpls), "c.yaml").access.mpls;
  test("strip is what no policy means", () => expect([policy("strip"), parseConfig(wrap(rd()), "c.yaml").access.mpls]).toEqual([undefined, undefined]));
  test("preserve, and labels to push", () => expect([policy("preserve"), policy("{ push: [100, 2] }")]).toEqual(["preserve", { push: [100, 2] }]));
  test("another word is told the three", () => expect(faults(labelled("none"))[0]).toMatch(/access\.mpls is "none" \(expected .*strip.*preserve.*push/));
  test.each([
    ["{ push: [3] }", "access", /implicit null/], ["{ push: [3, 100] }", "access", /implicit null/], ["{ push: [100, 1] }", "access", /router alert/],
    ["{ push: [100, 0] }", "access", /IPv4 explicit null/], ["{ push: [2] }", "core", /IPv6 explicit null/],
  ])("%s on the %s side of an AFTR would be sent against the RFC", (mpls, side, why) => {
    const all = faults(labelled(mpls, side));
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(why);
    expect(all[0]).toMatch(/^c\.yaml:2:\d+/);
  });
  test.each([["{ push: [1, 100] }", "access"], ["{ push: [0, 100] }", "access"], ["{ push: [2] }", "access"], ["{ push: [0] }", "core"]])("%s on the %s side is good", (mpls, side) => expect(faults(labelled(mpls, side))).toEqual([]));
  test("a 6rd BR sends IPv4 to its customers", () => expect([faults(labelled("{ push: [0] }", "access", rd())), faults(labelled("{ push: [2] }", "access", rd())).length]).toEqual([[], 1]));
});
