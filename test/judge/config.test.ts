import { describe, expect, it } from "vitest";
import { judgeConfig, NOT_JUDGED, RULES } from "../../src/judge/index.js";
import { CONFIG_RULES } from "../../src/judge/rules/config.js";
import { loadClauses } from "../../src/config/clauses.js";
import type { Config, SixRdDomain } from "../../src/config/types.js";
import { parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import * as B from "./build.js";
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

describe("the catalogue", () => {
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
