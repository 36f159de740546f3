import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { InputProblem } from "../../src/config/problems.js";
import type { DsLite, Mechanism, SixRdDomain } from "../../src/config/types.js";
import {
  type Profile, applyProfile, behaviourKey, compareReleases, knownDeviations, loadCounterSet, loadProfiles, parseProfile, parseRelease, resolveProfile, supports, supportsFeature,
} from "../../src/profiles/index.js";

const all = loadProfiles();
const named = (name: string): Profile => resolveProfile(name, all).profile;
const at = (name: string, release: string, mechanism: Mechanism): string => supports(named(name), parseRelease(release), mechanism).support;

describe("releases", () => {
  test("order", () => {
    const line = ["9.5", "10.4", "15.1R3", "17.4R1", "17.4R1-S2", "17.4R2", "18.1R1", "18.2R1", "18.2R3-S2", "20.3R1-EVO", "24.4R1"].map((t) => parseRelease(t)!);
    for (let i = 1; i < line.length; i++) expect(compareReleases(line[i - 1], line[i]), line[i].text).toBeLessThan(0);
  });
  test("a bare number is its first release; build numbers do not count", () => {
    expect(compareReleases(parseRelease("18.2")!, parseRelease("18.2R1")!)).toBe(0);
    expect(compareReleases(parseRelease("18.2R1.9")!, parseRelease("18.2R1")!)).toBe(0);
    expect(compareReleases(parseRelease("15.1X49-D40")!, parseRelease("15.1R3")!)).toBeLessThan(0);
  });
  test("nonsense", () => expect(["", "latest", "17", "17.4Q1"].map(parseRelease)).toEqual([undefined, undefined, undefined, undefined]));
});

describe("the headline facts", () => {
  const supporting = (mechanism: Mechanism): string[] => all.filter((p) => supports(p, undefined, mechanism).support === "yes").map((p) => p.name);
  test("6rd and 6to4: MS PICs and MS-DPC, inline on MPC; not MS-MPC, MS-MIC, AMS", () => {
    const yes = ["m-ms-100", "m-ms-400", "m-ms-500", "mx-mpc-inline", "mx-ms-dpc", "reference"];
    expect(supporting("6rd")).toEqual(yes);
    expect(supporting("6to4-relay")).toEqual(yes);
    for (const name of ["mx-ms-mpc", "mx-ms-mic", "mx-ams"]) for (const m of ["6rd", "6to4-relay", "6to4-router", "6to4-pmt"] as const) expect(at(name, "24.4R1", m)).toBe("no");
  });
  test("DS-Lite: MS PICs and MS-DPC since 10.4, MS-MPC and MS-MIC since 17.4R1, AMS since 18.2R1, not inline", () => {
    expect(at("mx-ms-dpc", "10.4R1", "ds-lite")).toBe("yes");
    expect(at("mx-ms-mpc", "17.3R3", "ds-lite")).toBe("no");
    expect(at("mx-ms-mpc", "17.4R1", "ds-lite")).toBe("yes");
    expect(at("mx-ms-mic", "17.4R1", "ds-lite")).toBe("yes");
    expect(at("mx-ams", "18.1R1", "ds-lite")).toBe("no");
    expect(at("mx-ams", "18.2R1", "ds-lite")).toBe("yes");
    expect(at("mx-mpc-inline", "24.4R1", "ds-lite")).toBe("no");
  });
  test("the reason names release and source", () => {
    const v = supports(named("mx-ms-mpc"), parseRelease("17.3R1"), "ds-lite");
    expect(v).toMatchObject({ support: "no", reason: "MX Series with MS-MPC has ds-lite since 17.4R1; 17.3R1 is older", confidence: "documented" });
    expect(v.source.join()).toContain("ds-lite-softwires.html");
  });
  test("features", () => {
    expect(supportsFeature(named("mx-ms-mpc"), parseRelease("17.4R1"), "ds-lite-mtu-v6").support).toBe("no");
    expect(supportsFeature(named("mx-ms-mpc"), parseRelease("18.1R1"), "ds-lite-mtu-v6").support).toBe("yes");
    expect(supportsFeature(named("mx-ms-mpc"), undefined, "teleport").support).toBe("unknown");
  });
  test("the reference supports everything and changes nothing", () => {
    expect(Object.values(named("reference").mechanisms).every((s) => s.support === "yes")).toBe(true);
    expect(behaviourKey(named("reference"))).toBe("");
  });
});

const rd = (rest = ""): ReturnType<typeof parseConfig> =>
  parseConfig(`softproof: 1\nservice-sets: [{ softwire-concentrators: [{ v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32"${rest} } }] }]\n`, "c.yaml");
const ds = (rest = "", nat = ""): ReturnType<typeof parseConfig> =>
  parseConfig(`softproof: 1\nservice-sets: [{ softwire-concentrators: [{ ds-lite: { softwire-address: "2001:db8::1"${rest}, nat: { pool: { addresses: [198.51.100.1] }${nat} } } }] }]\n`, "c.yaml");
const only = <T>(c: ReturnType<typeof parseConfig>): T => c.serviceSets[0].concentrators[0] as T;

describe("applyProfile", () => {
  test("a card that does not reassemble, whatever is written", () => {
    const before = rd(", reassembly-timeout: 30");
    const { config, notes } = applyProfile(before, named("mx-ms-dpc"));
    expect(only<SixRdDomain>(config)).toEqual({ ...only<SixRdDomain>(before), reassemblySeconds: 0 });
    expect(only<SixRdDomain>(before).reassemblySeconds).toBe(30);
    expect(notes.find((n) => n.behaviour === "6rd-no-reassembly")).toMatchObject({ applied: true, confidence: "documented", concentrator: "v6rd-1" });
    expect(notes.find((n) => n.behaviour === "6rd-no-fragmentation")?.applied).toBe(false);
    expect(notes.every((n) => !n.behaviour.startsWith("ds-lite"))).toBe(true);
  });
  test("a card's default gives way to what is written", () => {
    expect(only<DsLite>(applyProfile(ds(), named("mx-ms-dpc")).config)).toMatchObject({ copyDscpIn: false, copyDscpOut: true, nat: { allocation: "sequential", inboundRefresh: true } });
    expect(only<DsLite>(applyProfile(ds(", copy-dscp: both", ", allocation: random"), named("mx-ms-dpc")).config)).toMatchObject({ copyDscpIn: true, nat: { allocation: "random", inboundRefresh: true } });
    expect(only<DsLite>(applyProfile(ds(", copy-dscp: both"), named("mx-ms-mpc")).config).copyDscpIn).toBe(false);
  });
  test("a behaviour that came with a release", () => {
    expect(only<DsLite>(applyProfile(ds(), named("mx-spc3"), parseRelease("24.2R1")).config).oversize).toBe("fragment-outer");
    expect(only<DsLite>(applyProfile(ds(), named("mx-spc3"), parseRelease("24.4R1")).config).oversize).toBe("pre-fragment");
    expect(knownDeviations(named("mx-spc3"), parseRelease("24.4R1"), "ds-lite").map((d) => d.clause)).toContain("RFC6333-6.3-1");
    expect(knownDeviations(named("mx-spc3"), parseRelease("24.2R1")).map((d) => d.clause)).not.toContain("RFC6333-6.3-1");
    expect(only<DsLite>(applyProfile(ds(", session-limit-per-prefix: 9"), named("mx-ms-mpc"), parseRelease("17.4R1")).config).sessionLimitPerPrefix).toBe(0);
    expect(only<DsLite>(applyProfile(ds(", session-limit-per-prefix: 9"), named("mx-ms-mpc"), parseRelease("18.2R1")).config).sessionLimitPerPrefix).toBe(9);
  });
  test("cards of equal behaviour share a key, and so an outcome", () => {
    const keys = (names: string[], m?: Mechanism[]): number => new Set(names.map((n) => behaviourKey(named(n), undefined, m))).size;
    expect(keys(["m-ms-100", "m-ms-400", "m-ms-500", "mx-ms-dpc"])).toBe(1);
    expect(keys(["mx-ms-mpc", "mx-ms-mic", "mx-ams"])).toBe(1);
    expect(keys(["mx-ms-dpc", "mx-mpc-inline", "reference"])).toBe(3);
    for (const a of all) for (const b of all) {
      if (behaviourKey(a, undefined, ["6rd"]) === behaviourKey(b, undefined, ["6rd"])) expect(applyProfile(rd(), a).config).toEqual(applyProfile(rd(), b).config);
    }
  });
});

describe("profile files", () => {
  test("the eleven of the product", () => {
    expect(all.map((p) => p.name)).toEqual(["m-ms-100", "m-ms-400", "m-ms-500", "mx-ams", "mx-mpc-inline", "mx-ms-dpc", "mx-ms-mic", "mx-ms-mpc", "mx-spc3", "reference", "srx"]);
    for (const p of all) for (const set of p.counters ?? []) expect(loadCounterSet(set).counters.length, set).toBeGreaterThan(3);
    expect(loadCounterSet("ms-dpc-6rd").counters).toHaveLength(23);
  });
  test("a documented fact has a source", () => {
    for (const p of all) {
      const facts = [...Object.values(p.mechanisms), ...Object.values(p.features ?? {}), ...(p.limits ?? []), ...p.behaviours, ...p["known-deviations"]];
      for (const f of facts) if (f.confidence === "documented") expect(f.source.length, `${p.name} ${JSON.stringify(f)}`).toBeGreaterThan(0);
    }
  });
  const minimal = (rest: string): string => `softproof-profile: 1
name: x
title: X
vendor: V
card: C
status: current
mechanisms:
${["6rd", "6to4-router", "6to4-relay", "6to4-pmt", "ds-lite"].map((m) => `  ${m}: { support: no, source: [S], confidence: documented }`).join("\n")}
behaviours: []
known-deviations: [${rest}]
sources: { S: a document }
`;
  const faults = (text: string): string => {
    try {
      parseProfile(text, "x.yaml");
    } catch (e) {
      if (e instanceof InputProblem) return e.message;
      throw e;
    }
    return "";
  };
  test("another vendor's profile", () => expect(faults(minimal(""))).toBe(""));
  test("a clause that does not exist, a source that is not declared", () => {
    const text = faults(minimal("{ clause: RFC5969-9.2-99, mechanisms: [6rd], text: t, source: [T], confidence: documented }"));
    expect(text).toMatch(/x\.yaml:14:\d+: no clause "RFC5969-9\.2-99" in the catalogue \(did you mean/);
    expect(text).toContain('source "T" is not declared');
  });
  test("a source that every object of the language has is not declared either", () => {
    expect(faults(minimal("{ clause: RFC5969-9-3, mechanisms: [6rd], text: t, source: [constructor], confidence: documented }"))).toContain('source "constructor" is not declared');
  });
  test("an unknown setting", () => expect(faults(minimal("").replace("behaviours: []", "behaviours: [{ id: b, mechanisms: [6rd], force: { reasembly-timeout: 0 }, text: t, source: [S], confidence: inferred }]"))).toContain('did you mean "reassembly-timeout"'));
  test("an unknown name lists the names", () => {
    expect(() => resolveProfile("mx-ms-mcp", all)).toThrow(/^--profile mx-ms-mcp: no hardware profile "mx-ms-mcp" \(did you mean mx-ms-mpc\? known: m-ms-100, /);
    expect(() => resolveProfile("mx-ms-mpc@newest", all)).toThrow(/"newest" is not a Junos release/);
    expect(resolveProfile("MX-MS-MPC@17.4R1", all).release?.text).toBe("17.4R1");
  });
});
