import { describe, expect, it } from "vitest";
import { NOT_JUDGED, PACKET_RULES } from "../../src/judge/index.js";
import { judge, tally } from "./build.js";
import { common } from "./exhibits/common.js";
import { icmp4 } from "./exhibits/icmp4.js";
import { rfc3056 } from "./exhibits/rfc3056.js";
import { rfc3068to7526 } from "./exhibits/rfc3068-7526.js";
import { rfc3964, withoutPolicy } from "./exhibits/rfc3964.js";
import { rfc4213 } from "./exhibits/rfc4213.js";
import { rfc5969 } from "./exhibits/rfc5969.js";
import { rfc6732 } from "./exhibits/rfc6732.js";

const exhibits = [...rfc5969, ...rfc4213, ...common, ...icmp4, ...rfc3056, ...rfc3068to7526, ...rfc3964, ...rfc6732];

it("has exhibits of both kinds for every rule", () => {
  for (const rule of PACKET_RULES) {
    const e = exhibits.filter((x) => x.rule === rule.id);
    expect(e.map((x) => x.rule), rule.id).toEqual([rule.id]);
    expect(e[0].conforming.length, `${rule.id} conforming`).toBeGreaterThan(0);
    expect((e[0].violating?.length ?? 0) + (e[0].observed?.length ?? 0), `${rule.id} violating or observed`).toBeGreaterThan(0);
  }
  expect(new Set(PACKET_RULES.map((r) => r.id)).size).toBe(PACKET_RULES.length);
  for (const n of NOT_JUDGED) expect(PACKET_RULES.some((r) => r.clause === n.clause), n.clause).toBe(false);
});

describe.each(exhibits)("$rule", (e) => {
  it("counts conforming traffic and finds nothing", () => {
    for (const [i, c] of e.conforming.entries()) {
      const t = tally(judge(c.steps, c), e.rule);
      expect(t.exercised, `conforming ${i}`).toBeGreaterThan(0);
      expect(t.violated, `conforming ${i}`).toBe(0);
    }
  });
  it("finds the violation, with its packets and fields, or sees the use of a MAY", () => {
    for (const [i, c] of (e.violating ?? []).entries()) {
      const r = judge(c.steps, c);
      expect(tally(r, e.rule).violated, `violating ${i}`).toBeGreaterThan(0);
      const group = r.findings.find((f) => f.rule === e.rule)!;
      expect(group.count).toBe(tally(r, e.rule).violated);
      const x = group.exemplars[0];
      expect(x.message.length * x.why.length * x.packets.length * x.filter.length).toBeGreaterThan(0);
      for (const f of x.fields) {
        expect(f.expected).not.toBe(f.seen);
        expect(f.packet).toBeLessThan(x.packets.length);
        expect(f.offset).toBeGreaterThanOrEqual(0);
        expect((f.offset + f.length) * 2, `${e.rule} ${f.field}`).toBeLessThanOrEqual(x.packets[f.packet].hex.length);
      }
    }
    for (const c of e.observed ?? []) expect(tally(judge(c.steps, c), e.rule).observed).toBeGreaterThan(0);
  });
  it("leaves traffic alone that only comes near", () => {
    for (const [i, c] of (e.near ?? []).entries()) expect(tally(judge(c.steps, c), e.rule), `near ${i}`).toMatchObject({ violated: 0, observed: 0 });
  });
});

it("asks nothing by RFC 3964 section 5.2 where that policy is off", () => {
  for (const c of withoutPolicy) {
    const r = judge(c.steps, c);
    expect(r.findings.filter((f) => ["RFC3964-3.2-1", "RFC3964-4.1.2-1", "RFC3964-4.2-2", "RFC3964-5.2-3"].includes(f.rule))).toEqual([]);
    expect(r.rules.some((t) => t.rule === "RFC3964-4.2-2" && t.observed === 1)).toBe(true);
  }
});
