import { describe, expect, it } from "vitest";
import { judgeConfig, NOT_JUDGED, RULES } from "../../src/judge/index.js";
import { CONFIG_RULES } from "../../src/judge/rules/config.js";
import { CONFIG_RULES_NAT } from "../../src/judge/rules/config-nat.js";
import { CONFIG_RULES_DS_LITE } from "../../src/judge/rules/config-ds-lite.js";
import { loadClauses } from "../../src/config/clauses.js";
import type { Config, DsLite, SixRdDomain } from "../../src/config/types.js";
import { parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import * as B from "./build.js";
import * as D from "./ds-lite/build.js";
import { config6to4 } from "./exhibits/config-6to4.js";

const p4 = (s: string) => parsePrefix4(s)!;
const p6 = (s: string) => parsePrefix6(s)!;
const two = (over: Partial<SixRdDomain>): Config => {
  const c = B.config();
  return { ...c, serviceSets: [...c.serviceSets, { name: "second", concentrators: [B.domain({ name: "other", ...over })] }] };
};

/** rule: configurations that keep it, break it, make use of a MAY, or do not concern it. */
const exhibits: Record<string, { keep: Config[]; broken?: Config[]; used?: Config[]; apart?: Config[] }> = {
  "RFC5969-4-1": { keep: [B.config()], broken: [B.config({ v6rdPrefix: p6("2001:db8::/48") })] },
  "RFC5969-4-3": { keep: [B.config()], broken: [B.config({ v6rdPrefix: p6("2001:db8::/112") })] },
  "RFC5969-7-1": { keep: [B.config(), two({ v6rdPrefix: p6("2001:db9::/32") })], broken: [two({ ipv4Prefix: p4("10.0.0.0/16") })] },
  "RFC5969-9-4": { keep: [B.config()], used: [B.config({ dscp: { mode: "zero" } })] },
  "RFC5969-9.1-1": { keep: [B.config({ tunnelMtuMode: "static" })], used: [B.config()] },
  "RFC5969-9.1-5": { keep: [B.config({ anycast: true, tunnelMtuMode: "anycast-df" })], broken: [B.config({ anycast: true })], apart: [B.config()] },
  "RFC5969-11-1": { keep: [B.config({ ipv4Prefix: p4("0.0.0.0/0") })], broken: [B.config({ ipv4Prefix: p4("0.0.0.0/0"), v6rdPrefix: p6("2001:db8::/40") })], apart: [B.config()] },
  "RFC4213-3.2.1-4": { keep: [B.config({ tunnelMtuMode: "static" })], broken: [B.config({ tunnelMtuMode: "static", tunnelMtu: 1500 })], apart: [B.config({ tunnelMtu: 1500 })] },
  "RFC4213-3.6-6": { keep: [B.config()], broken: [B.config({ reassemblySeconds: 0 })] },
  ...config6to4,
};

describe("clauses of the configuration", () => {
  it.each(CONFIG_RULES.map((r) => r.id))("%s", (id) => {
    const of = (c: Config) => judgeConfig(c, () => "fail");
    const row = (c: Config) => of(c).rules.find((r) => r.rule === id);
    const e = exhibits[id];
    expect((e.broken ?? e.used)?.length).toBeGreaterThan(0);
    for (const c of e.keep) expect(row(c)).toMatchObject({ violated: 0, observed: 0 });
    for (const c of e.keep) expect(row(c)?.exercised).toBeGreaterThan(0);
    for (const c of e.broken ?? []) {
      expect(row(c)?.violated).toBeGreaterThan(0);
      expect(of(c).findings.find((f) => f.rule === id)?.exemplars[0].message).toMatch(/\w/);
    }
    for (const c of e.used ?? []) expect(row(c)).toMatchObject({ violated: 0, observed: 1 });
    for (const c of e.apart ?? []) expect(row(c)).toMatchObject({ exercised: 0 });
  });
});

describe("clauses of a DS-Lite configuration", () => {
  const second = (from: string, to: string, over: D.Over = {}): Config => {
    const c = D.config(over);
    const [aftr] = c.serviceSets[0].concentrators as DsLite[];
    const other: DsLite = { ...aftr, name: "other", nat: { ...aftr.nat!, pool: { ranges: [{ from: D.v4(from), to: D.v4(to) }], portFrom: 1024, portTo: 65535 } } };
    return { ...c, serviceSets: [...c.serviceSets, { ...c.serviceSets[0], name: "second", concentrators: [other] }] };
  };
  const exhibitsDsLite: Record<string, { keep: Config[]; broken?: Config[]; used?: Config[]; apart?: Config[] }> = {
    "RFC6333-5.3-5": { keep: [D.config({ written: ["mtu-v6"] })], used: [D.config({ cfg: { mtuV6: 1540 }, written: ["mtu-v6"] })], apart: [D.config()] },
    "RFC6333-8.1-1": { keep: [D.config(), second("203.0.113.5", "203.0.113.6")], broken: [second("203.0.113.4", "203.0.113.9")], apart: [D.config({ cfg: { nat: undefined } })] },
    "RFC7785-3-1": { keep: [D.config({ cfg: { subscriberPrefixLength: 56 }, written: ["subscriber-prefix-length"] })], used: [D.config({ cfg: { subscriberPrefixLength: 64 }, written: ["subscriber-prefix-length"] })], apart: [D.config()] },
    "RFC2983-5.1-1": { keep: [D.config({ written: ["copy-dscp"] })], used: [D.config({ cfg: { copyDscpIn: false }, written: ["copy-dscp"] })], apart: [D.config()] },
  };
  // Those of the NAT: ds-lite/config-rules.test.ts.
  it.each(CONFIG_RULES_DS_LITE.filter((r) => !CONFIG_RULES_NAT.includes(r)).map((r) => r.id))("%s", (id) => {
    const row = (c: Config) => judgeConfig(c, () => "fail").rules.find((r) => r.rule === id);
    const e = exhibitsDsLite[id];
    expect((e.broken ?? e.used)?.length).toBeGreaterThan(0);
    for (const c of e.keep) expect(row(c)).toMatchObject({ violated: 0, observed: 0, exercised: expect.toSatisfy((n: number) => n > 0) });
    for (const c of e.broken ?? []) expect(row(c)?.violated).toBeGreaterThan(0);
    for (const c of e.used ?? []) expect(row(c)).toMatchObject({ violated: 0, observed: 1 });
    for (const c of e.apart ?? []) expect(row(c)).toMatchObject({ exercised: 0 });
  });
});

describe("the catalogue", () => {
  it("has a rule or a reason for every clause of the tunnel documents and of those that concern any router, never both", () => {
    const ruled = new Set(RULES.map((r) => r.clause));
    const excused = new Set(NOT_JUDGED.map((n) => n.clause));
    const documents = [791, 792, 1191, 1812, 2473, 2983, 3032, 4443, 4459, 4798, 5571, 6040, 6333, 6334, 6598, 6890, 6908, 7335, 7785, 8200, 8201, 8219, 8504];
    for (const c of loadClauses().values()) if (documents.includes(c.rfc) && c.observable !== "not-observable") expect([c.id, ruled.has(c.id) !== excused.has(c.id)]).toEqual([c.id, true]);
  });
  it("has a rule or a reason for every clause of RFC 5969 and RFC 4213, never both", () => {
    const ruled = new Set(RULES.map((r) => r.clause));
    const excused = new Set(NOT_JUDGED.map((n) => n.clause));
    const clauses = loadClauses();
    for (const c of [...ruled, ...excused]) expect(clauses.has(c), c).toBe(true);
    for (const c of clauses.values()) if (c.rfc === 5969 || c.rfc === 4213) expect([c.id, ruled.has(c.id) !== excused.has(c.id)]).toEqual([c.id, true]);
  });
  it("has a rule or a reason for every clause of the 6to4 documents, never both", () => {
    const ruled = new Set(RULES.map((r) => r.clause));
    const excused = new Set(NOT_JUDGED.map((n) => n.clause));
    for (const c of loadClauses().values()) if ([3056, 3068, 3964, 6343, 6732, 6324, 6296, 7526].includes(c.rfc)) expect([c.id, ruled.has(c.id) !== excused.has(c.id)]).toEqual([c.id, true]);
  });
  it("judges nine in ten of the packet-observable clauses of a 6rd BR", () => {
    const ruled = new Set(RULES.map((r) => r.clause));
    const observable = [...loadClauses().values()].filter((c) => (c.rfc === 5969 || c.rfc === 4213) && /^from-/.test(c.observable) && c.role.some((r) => r === "6rd-br"));
    const judged = observable.filter((c) => ruled.has(c.id));
    expect(judged.length / observable.length).toBeGreaterThanOrEqual(0.9);
  });
});
