import { expect, it } from "vitest";
import { loadClauses } from "../../../src/config/clauses.js";
import { parseConfig } from "../../../src/config/load.js";
import { judgeConfig } from "../../../src/judge/rules/config.js";
import { CONFIG_RULES_NAT } from "../../../src/judge/rules/config-nat.js";
import { NOT_JUDGED_NAT } from "../../../src/judge/rules/not-judged-nat.js";
import { RULES } from "../../../src/judge/index.js";

const IDS = new Set(CONFIG_RULES_NAT.map((r) => r.id));
const judged = (nat: string) => {
  const { rules, findings } = judgeConfig(parseConfig(`softproof: 1\nservice-sets:\n  - softwire-concentrators:\n      - ds-lite: { name: aftr, softwire-address: "2001:db8::1", nat: { pool: { addresses: [192.0.2.1] }${nat} } }\n`, "test"), () => "fail");
  return { rules: rules.filter((r) => IDS.has(r.rule)), findings: findings.filter((f) => IDS.has(f.rule)) };
};

it("holds what is written against the floors, and nothing that is not", () => {
  const low = judged(", hold-down: 10, timers: { udp: 60, tcp-established: 3600, tcp-transitory: 30, icmp-query: 10 }, preserve-parity: false");
  expect(low.findings.map((f) => f.clause)).toEqual(["RFC4787-4.3-1", "RFC5382-5-1", "RFC5508-3.2-1", "RFC6888-3-10"]);
  expect(low.findings[0].exemplars[0].message).toBe("aftr: timers.udp is 60 s, less than 120 s");
  expect(low.rules.filter((r) => r.observed > 0).map((r) => r.clause)).toEqual(["RFC7857-2.1-2", "RFC7857-8-1"]);
  const good = judged(", hold-down: 120, timers: { udp: 120, tcp-established: 7440, tcp-transitory: 240, icmp-query: 60 }, preserve-parity: true");
  expect(good.findings).toEqual([]);
  expect(good.rules.every((r) => r.exercised === 1 && r.observed === 0)).toBe(true);
  expect(judged("").rules.every((r) => r.exercised === 0)).toBe(true);
  expect(judged(", hold-down: 10, allocation: port-block, port-block-size: 64").findings).toEqual([]);
});

it("gives every clause of the NAT a rule or a reason, not both", () => {
  const judgedClauses = new Set(RULES.map((r) => r.clause));
  const reasons = new Map(NOT_JUDGED_NAT.map((n) => [n.clause, n.reason]));
  const mine = [...loadClauses().values()].filter((c) => [3022, 4787, 5382, 5508, 6864, 6888, 7857].includes(c.rfc));
  expect(mine.length).toBeGreaterThan(100);
  expect(mine.filter((c) => !judgedClauses.has(c.id) && !reasons.has(c.id) && c.observable !== "not-observable").map((c) => c.id)).toEqual([]);
  expect([...reasons.keys()].filter((c) => judgedClauses.has(c) || !mine.some((m) => m.id === c))).toEqual([]);
  expect(CONFIG_RULES_NAT.every((r) => loadClauses().has(r.clause))).toBe(true);
});
