/** Junos NAT rules and pools of a service set as the `nat` of a DS-Lite concentrator. */
import type { JunosModel, NatRule, ServiceSet, Value } from "./model.js";

const at = (v: Value): string => `line ${v.line}`;
const BEHAVIOUR = ["endpoint-independent", "address-dependent", "address-and-port-dependent"];

function behaviour(rule: NatRule, key: "mapping-type" | "filtering-type", name: string): string {
  const v = rule.values.get(key);
  if (v !== undefined && BEHAVIOUR.includes(v.text)) return `            ${name}: ${v.text} # ${at(v)}`;
  return `            ${name}: address-and-port-dependent # no ${key}: by 5-tuple on Junos`;
}

/** Lines from `nat:` on; empty without NAT. Reports what it leaves out in `problems`. */
export function natLines(m: JunosModel, s: ServiceSet | undefined, problems: string[]): string[] {
  if (s === undefined || s.natRules.length === 0) return [];
  const names = s.natRules.flatMap((r) => (m.natRuleSets.get(r.text) ?? [r]).map((x) => ({ text: x.text, line: r.line })));
  const rules = names.flatMap((n) => {
    const rule = m.natRules.get(n.text);
    if (rule === undefined) problems.push(`service set ${s.name}: NAT rule ${n.text} (line ${n.line}) is not in the configuration`);
    return rule === undefined ? [] : [{ name: n.text, rule }];
  });
  const pools = rules.flatMap(({ name, rule }) => rule.pools.map((p) => ({ p, name, rule, pool: m.pools.get(p.text) })));
  const found = pools.find((x) => x.pool !== undefined && x.pool.addresses.length > 0);
  if (found?.pool === undefined) {
    problems.push(`service set ${s.name}: no NAT rule with a source-pool that has addresses; nat is left out`);
    return [];
  }
  for (const other of pools.filter((x) => x.p.text !== found.p.text)) problems.push(`service set ${s.name}: pool ${other.p.text} of NAT rule ${other.name} is left out: one pool a concentrator`);
  const { pool, rule } = found;
  const get = (key: string): Value | undefined => pool.values.get(key);
  const low = get("port-low");
  const out = ["          nat:", `            pool: # ${found.p.text}, ${at(found.p)}`, `              addresses: [${pool.addresses.map((a) => (a.text.includes("/") || a.text.includes("-") ? a.text : `${a.text}/32`)).join(", ")}] # ${pool.addresses.map(at).join(", ")}`];
  if (low !== undefined) out.push(`              ports: ${low.text}-${get("port-high")?.text ?? low.text} # ${at(low)}`);
  out.push(behaviour(rule, "mapping-type", "mapping"), behaviour(rule, "filtering-type", "filtering"));
  const parity = get("preserve-parity");
  out.push(`            preserve-parity: ${parity === undefined ? "false # no preserve-parity" : `true # ${at(parity)}`}`);
  const block = get("secured-port-block-allocation") ?? get("block-allocation");
  const deterministic = get("deterministic-port-block-allocation") ?? get("deterministic");
  const random = get("random-allocation");
  const kind = deterministic !== undefined ? `deterministic # ${at(deterministic)}` : block !== undefined ? `port-block # ${at(block)}` : random !== undefined ? `random # ${at(random)}` : "sequential # no random-allocation";
  out.push(`            allocation: ${kind}`);
  const size = get("block-size");
  if (size !== undefined) out.push(`            port-block-size: ${size.text} # ${at(size)}`);
  const most = get("max-blocks-per-address") ?? get("max-blocks-per-host");
  if (most !== undefined && size !== undefined) out.push(`            ports-per-subscriber: ${Number(size.text) * Number(most.text)} # ${at(most)}: ${most.text} blocks`);
  const mss = s.values.get("tcp-mss");
  if (mss !== undefined) out.push(`            mss-clamp: ${mss.text} # ${at(mss)}, tcp-mss`);
  const timeout = get("mapping-timeout");
  if (timeout !== undefined) problems.push(`pool ${found.p.text}: mapping-timeout ${timeout.text} (${at(timeout)}) is the lifetime of a mapping without flows, which has no statement here`);
  for (const { name, rule: r } of rules) {
    if (r.sources.length > 0) problems.push(`NAT rule ${name}: from source-address ${r.sources.map((v) => v.text).join(", ")} (${r.sources.map(at).join(", ")}) limits whom it translates; write inner-sources if softwire customers have others`);
  }
  return out;
}
