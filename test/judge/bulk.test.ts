import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.js";
import { PACKET_RULES, type Rule } from "../../src/judge/index.js";
import { silent } from "../../src/judge/rule.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** The rules, and how often each was asked. */
function asked(): { rules: Rule[]; calls: Map<string, number> } {
  const calls = new Map<string, number>();
  return {
    calls,
    rules: PACKET_RULES.map((r) => ({ ...r, check(x) {
      calls.set(r.id, (calls.get(r.id) ?? 0) + 1);
      return r.check(x);
    } })),
  };
}

const back = B.six({ src: B.HOST, dst: B.ceAddress });
const encap = (n: number, more: B.TunnelOptions = {}): B.Step[] => Array.from({ length: n }, (_, i) => B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(40, i) })).flatMap((p) => [B.coreIn(p), B.accessOut(B.toCe(B.hop(p), more))]);
const decap = (): B.Step[] => [B.accessIn(B.tunnel(B.six())), B.coreOut(B.hop(B.six()))];

describe("rules that are counted in bulk", () => {
  it.each([["encapsulation", B.config({ tunnelMtuMode: "static" }), encap(5, { df: false })], ["decapsulation", B.config(), decap()]] as const)("asks nobody about ordinary packets whose outcome is sure: %s", (_name, config, steps) => {
    const { rules, calls } = asked();
    const r = B.judgeOnce(steps, { rules, config });
    const once = new Map(calls);
    const single = asked();
    const all = B.judgeOnce(steps, { rules: single.rules, config, options: { bulk: false } });
    expect(r).toEqual(all);
    const spared = [...single.calls].filter(([id, n]) => n > (once.get(id) ?? 0)).map(([id]) => id);
    expect(spared).toContain("RFC4213-3.3-1");
    expect(spared.length).toBeGreaterThan(steps.length > 2 ? 15 : 5);
    expect(r.rules.find((t) => t.rule === "RFC4213-3.3-1")?.exercised).toBe(steps.length / 2);
  });

  it("asks about what is not ordinary", () => {
    const { rules, calls } = asked();
    const r = B.judgeOnce([B.coreIn(back), B.accessOut(B.toCe(B.hop(back, 2)))], { rules });
    expect(calls.get("RFC4213-3.3-1")).toBe(1);
    expect(r.findings.map((f) => f.rule)).toContain("RFC4213-3.3-1");
  });

  it("notices a rule that declares what it does not keep (so the comparison of both ways can fail)", () => {
    const wrong = PACKET_RULES.map((r) => (r.id === "RFC6040-4.1-2" ? { ...r, sure: () => silent(0) } : r));
    expect(() => B.judge(encap(3), { rules: wrong })).toThrow();
  });

  it("leaves a PMT relay's translation to the aspects", () => {
    for (const steps of [S.pmtIn(), S.pmtOut()]) {
      const { rules, calls } = asked();
      const r = B.judgeOnce(steps, { rules, config: S.pmt() });
      for (const id of ["RFC6732-3.3-1", "RFC6732-4.5-1", "RFC8200-8.1-1"]) {
        expect(calls.get(id) ?? 0, id).toBe(0);
        expect(B.tally(r, id)).toMatchObject({ exercised: 1, violated: 0 });
      }
    }
  });

  const ways: readonly (readonly [string, Config, readonly B.Step[]])[] = [
    ["6rd in", B.config(), decap()], ["6rd out", B.config({ tunnelMtuMode: "static" }), encap(1, { df: false })],
    ["relay in", S.relay(), S.relayIn()], ["relay out", S.relay(), S.relayOut()], ["router in", S.router(), S.routerIn()], ["router out", S.router(), S.routerOut()],
    ["pmt in", S.pmt(), S.pmtIn()], ["pmt out", S.pmt(), S.pmtOut()],
  ];
  // `judge` compares both ways.
  it.each(ways)("says the same with every byte altered, of the input and of the output: %s", (_name, config, steps) => {
    for (const which of [0, 1]) {
      for (let at = 0; at < Math.min(72, steps[which].packet.length); at++) {
        for (const bit of [1, 0x10, 0x80]) B.judge(steps.map((s, i) => (i === which ? { ...s, packet: B.changed(s.packet, at, s.packet[at] ^ bit) } : s)), { config });
      }
    }
  });
});
