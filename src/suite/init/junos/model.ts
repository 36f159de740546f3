/** What the set lines say of softwires, NAT and service sets. Vocabulary: MS cards and MPC inline (`services softwire`, `services nat`), MX-SPC3 (`softwires softwire-types`, `nat source`). */
import type { JunosText, SetLine } from "./lines.js";

export interface Value { readonly text: string; readonly line: number }
export type Values = Map<string, Value>;

export interface Concentrator { readonly kind: "ds-lite" | "v6rd"; readonly name: string; readonly line: number; readonly values: Values }
export interface Pool { readonly addresses: Value[]; readonly values: Values }
export interface NatRule { readonly pools: Value[]; readonly sources: Value[]; readonly values: Values }
export interface ServiceSet { readonly name: string; readonly line: number; readonly softwireRules: Value[]; readonly natRules: Value[]; readonly values: Values }

export interface JunosModel {
  readonly concentrators: Map<string, Concentrator>;
  /** Softwire rule to the concentrators of its terms; rule set to rules. */
  readonly softwireRules: Map<string, Value[]>;
  readonly softwireRuleSets: Map<string, Value[]>;
  readonly pools: Map<string, Pool>;
  readonly natRules: Map<string, NatRule>;
  readonly natRuleSets: Map<string, Value[]>;
  readonly serviceSets: Map<string, ServiceSet>;
  readonly interfaces: Map<string, { readonly addresses: Value[]; readonly values: Values }>;
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const had = map.get(key);
  if (had !== undefined) return had;
  const made = make();
  map.set(key, made);
  return made;
}

const CONCENTRATOR = new Set(["softwire-address", "ipv4-prefix", "v6rd-prefix", "mtu-v4", "mtu-v6", "copy-dscp", "flow-limit", "session-limit-per-prefix"]);

/** Marks each line that it understood. */
export function modelOf(text: JunosText): JunosModel {
  const m: JunosModel = {
    concentrators: new Map(), softwireRules: new Map(), softwireRuleSets: new Map(), pools: new Map(), natRules: new Map(), natRuleSets: new Map(), serviceSets: new Map(), interfaces: new Map(),
  };
  for (const l of text.lines) {
    const w = l.words;
    const v = (t: string): Value => ({ text: t, line: l.number });
    if (w[0] === "services" && w[1] === "softwire" && w[2] === "softwire-concentrator") l.read = concentrator(m, l, w.slice(3));
    else if (w[0] === "services" && w[1] === "softwires" && w[2] === "softwire-types") l.read = concentrator(m, l, w.slice(3));
    else if (w[0] === "services" && (w[1] === "softwire" || w[1] === "softwires") && w[2] === "rule") l.read = softwireRule(m, w.slice(3), v);
    else if (w[0] === "services" && (w[1] === "softwire" || w[1] === "softwires") && w[2] === "rule-set" && w.includes("rule")) l.read = softwireRuleSet(m, w.slice(3), v);
    else if (w[0] === "services" && w[1] === "nat" && w[2] === "source") l.read = spc3Nat(m, w.slice(3), v);
    else if (w[0] === "services" && w[1] === "nat" && w[2] === "pool") l.read = pool(m, w[3], w.slice(4), v);
    else if (w[0] === "services" && w[1] === "nat" && w[2] === "rule") l.read = natRule(m, w[3], w.slice(4), v);
    else if (w[0] === "services" && w[1] === "nat" && w[2] === "rule-set" && w[4] === "rule") {
      entry(m.natRuleSets, w[3], () => []).push(v(w[5]));
      l.read = true;
    } else if (w[0] === "services" && w[1] === "service-set") l.read = serviceSet(m, l, w.slice(2), v);
    else if (w[0] === "interfaces") l.read = interfaceLine(m, w.slice(1), v);
  }
  return m;
}

function concentrator(m: JunosModel, l: SetLine, w: readonly string[]): boolean {
  const [kind, name, key, value] = w;
  if ((kind !== "ds-lite" && kind !== "v6rd") || name === undefined) return false;
  const c = entry(m.concentrators, `${kind} ${name}`, () => ({ kind, name, line: l.number, values: new Map() }));
  if (key === undefined) return true;
  if (!CONCENTRATOR.has(key)) return false;
  c.values.set(key, { text: value ?? "true", line: l.number });
  return true;
}

function softwireRule(m: JunosModel, w: readonly string[], v: (t: string) => Value): boolean {
  const rule = entry(m.softwireRules, w[0], () => []);
  if (w[1] === "match-direction") return true;
  const then = w.indexOf("then");
  if (then < 0) return w.length === 1;
  if (w[then + 1] !== "ds-lite" && w[then + 1] !== "v6rd") return false;
  rule.push(v(`${w[then + 1]} ${w[then + 2]}`));
  return true;
}

/** `rule-set RS rule R` (MS cards), `rule-set RS rule R then ds-lite X` (MX-SPC3). */
function softwireRuleSet(m: JunosModel, w: readonly string[], v: (t: string) => Value): boolean {
  const rule = w[w.indexOf("rule") + 1];
  const set = entry(m.softwireRuleSets, w[0], () => []);
  if (!set.some((r) => r.text === rule)) set.push(v(rule));
  const then = w.indexOf("then");
  return then < 0 ? true : softwireRule(m, [rule, ...w.slice(then)], v);
}

const POOL_PORT = new Set(["automatic", "range", "preserve-parity", "preserve-range", "random-allocation", "sequential", "secured-port-block-allocation", "deterministic-port-block-allocation", "block-allocation", "deterministic"]);

function pool(m: JunosModel, name: string, w: readonly string[], v: (t: string) => Value): boolean {
  const p = entry(m.pools, name, () => ({ addresses: [], values: new Map() }));
  if (w[0] === "address" && w[1] !== undefined) {
    p.addresses.push(v(w[2] === "to" && w[3] !== undefined ? `${w[1].split("/")[0]}-${w[3].split("/")[0]}` : w[1]));
    return true;
  }
  if (w[0] === "address-range" && w[1] === "low" && w[3] === "high") {
    p.addresses.push(v(`${w[2].split("/")[0]}-${w[4].split("/")[0]}`));
    return true;
  }
  if (w[0] === "mapping-timeout") {
    p.values.set("mapping-timeout", v(w[1]));
    return true;
  }
  if (w[0] !== "port" || !POOL_PORT.has(w[1])) return false;
  const rest = w.slice(2);
  const words = (key: string): string | undefined => (rest.includes(key) ? rest[rest.indexOf(key) + 1] : undefined);
  if (w[1] === "range") {
    const [low, high] = rest.includes("low") ? [words("low"), words("high")] : [rest[0], words("to") ?? rest[1]];
    for (const [key, value] of [["port-low", low], ["port-high", high]] as const) if (value !== undefined && /^\d+$/.test(value)) p.values.set(key, v(value));
  }
  p.values.set(w[1], v("true"));
  if (rest.includes("random-allocation")) p.values.set("random-allocation", v("true"));
  for (const key of ["block-size", "max-blocks-per-address", "max-blocks-per-host"]) {
    const value = words(key);
    if (value !== undefined) p.values.set(key, v(value));
  }
  return true;
}

function natRule(m: JunosModel, name: string, w: readonly string[], v: (t: string) => Value): boolean {
  const r = entry(m.natRules, name, () => ({ pools: [], sources: [], values: new Map() }));
  if (w[0] === "match-direction") return true;
  const from = w.indexOf("from");
  const then = w.indexOf("then");
  if (from >= 0 && (then < 0 || from < then)) {
    if (w[from + 1] !== "source-address") return false;
    r.sources.push(v(w[from + 2]));
    return true;
  }
  if (then < 0) return w.length <= 2;
  const t = w.slice(then + 1);
  if (t[0] === "no-translation") {
    r.values.set("no-translation", v("true"));
    return true;
  }
  if (t[0] === "syslog") return true;
  if (t[0] !== "translated") return false;
  if (t[1] === "source-pool") r.pools.push(v(t[2]));
  else if (t[1] === "translation-type" && (t[2] === "napt-44" || (t[2] === "source" && t[3] === "dynamic"))) r.values.set("translation-type", v("napt-44"));
  else if (t[1] === "mapping-type" || t[1] === "filtering-type") r.values.set(t[1], v(t[2]));
  else return t[1] === "address-pooling";
  return true;
}

/** MX-SPC3: `services nat source pool NAME ...`, `rule-set RS rule R match source-address P`, `... then source-nat pool NAME | mapping-type T | filtering-type T`. */
function spc3Nat(m: JunosModel, w: readonly string[], v: (t: string) => Value): boolean {
  if (w[0] === "pool") return pool(m, w[1], w.slice(2), v);
  if (w[0] !== "rule-set") return false;
  const at = w.indexOf("rule");
  if (at < 0) return w[2] === "match-direction";
  const name = `${w[1]}/${w[at + 1]}`;
  const r = entry(m.natRules, name, () => ({ pools: [], sources: [], values: new Map() }));
  const set = entry(m.natRuleSets, w[1], () => []);
  if (!set.some((x) => x.text === name)) set.push(v(name));
  const rest = w.slice(at + 2);
  if (rest[0] === "match" && rest[1] === "source-address") r.sources.push(v(rest[2]));
  else if (rest[0] === "then" && rest[1] === "source-nat" && rest[2] === "pool") r.pools.push(v(rest[3]));
  else if (rest[0] === "then" && rest[1] === "source-nat" && (rest[2] === "mapping-type" || rest[2] === "filtering-type")) r.values.set(rest[2], v(rest[3]));
  else return rest.length === 0 || (rest[0] === "then" && rest[1] === "source-nat" && rest[2] === "off");
  return true;
}

const SET_VALUES = new Set(["tcp-mss", "max-sessions-per-subscriber"]);

function serviceSet(m: JunosModel, l: SetLine, w: readonly string[], v: (t: string) => Value): boolean {
  const s = entry(m.serviceSets, w[0], () => ({ name: w[0], line: l.number, softwireRules: [], natRules: [], values: new Map() }));
  const [, key, a, b] = w;
  if (key === "softwire-rules" || key === "softwire-rule-sets" || key === "softwires-rule-set") s.softwireRules.push(v(a));
  else if (key === "nat-rules" || key === "nat-rule-sets") s.natRules.push(v(a));
  else if (key === "softwire-options" && a === "dslite-ipv6-prefix-length") s.values.set("dslite-ipv6-prefix-length", v(b));
  else if (key === "interface-service" && a === "service-interface") s.values.set("interface", v(b));
  else if (key === "next-hop-service" && (a === "inside-service-interface" || a === "outside-service-interface")) s.values.set(a === "inside-service-interface" ? "interface" : "outside", v(b));
  else if (SET_VALUES.has(key)) s.values.set(key, v(a));
  // a stateful firewall that lets softwires pass is part of every such set; what else it filters is not modelled, and said so
  else if (key === "stateful-firewall-rules" || key === "stateful-firewall-rule-sets") s.values.set("stateful-firewall", v(a));
  else return false;
  return true;
}

function interfaceLine(m: JunosModel, w: readonly string[], v: (t: string) => Value): boolean {
  const unit = w[1] === "unit" ? `${w[0]}.${w[2]}` : w[0];
  const i = entry(m.interfaces, unit, () => ({ addresses: [], values: new Map() }));
  const rest = w[1] === "unit" ? w.slice(3) : w.slice(1);
  if (rest[0] === "family" && (rest[1] === "inet" || rest[1] === "inet6")) {
    if (rest[2] === undefined) return true;
    if (rest[2] === "address" && rest[3] !== undefined) i.addresses.push(v(rest[3]));
    else if (rest[2] === "mtu") i.values.set("mtu", v(rest[3]));
    else if (rest[2] === "service" && rest[4] === "service-set") i.values.set(`service ${rest[3]}`, v(rest[5]));
    else return false;
    return true;
  }
  if (rest[0] === "mtu") i.values.set("link-mtu", v(rest[1]));
  else return rest[0] === "description" || rest[0] === "service-domain" || rest[0] === "vlan-id" || rest[0] === "vlan-tagging";
  return true;
}
