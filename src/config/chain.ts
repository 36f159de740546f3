/** The service chain of a service set: order, softwire rule, stateful firewall (the Junos notion, in RFC terms where there are any). */
import { type Prefix4, type Prefix6, parsePrefix6 } from "../wire/address.js";
import type { Cursor } from "./cursor.js";
import { NAT } from "./defaults.js";
import type { RawFirewallRule, RawServiceSet } from "./raw.js";
import type { FirewallRule, ServiceChain, ServiceName, SoftwireConcentrator, StatefulFirewall } from "./types.js";
import type { Path } from "./yaml.js";

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, icmp6: 58, sctp: 132, "udp-lite": 136 };
/** Protocols that have ports. */
const PORTED = [6, 17, 33, 132, 136];

/** Undefined when the set says nothing of a chain: its packets then meet the softwire and, where there is one, the NAT. */
export function readChain(c: Cursor, raw: RawServiceSet, concentrators: readonly SoftwireConcentrator[], path: Path): ServiceChain | undefined {
  if (raw.services === undefined && raw["softwire-rule"] === undefined && raw["stateful-firewall"] === undefined) return undefined;
  const firewall = raw["stateful-firewall"] === undefined ? undefined : readFirewall(c, raw["stateful-firewall"], concentrators, [...path, "stateful-firewall"]);
  const nats = concentrators.flatMap((s) => (s.kind === "ds-lite" && s.nat !== undefined ? [s.nat] : []));
  const has = { nat: nats.length > 0, alg: nats.some((n) => n.alg.length > 0), "stateful-firewall": firewall !== undefined, softwire: true };
  const usual: readonly ServiceName[] = ["softwire", "stateful-firewall", "nat", "alg"];
  const order = raw.services ?? usual.filter((s) => has[s]);
  if (raw.services !== undefined) checkOrder(c, raw.services, has, [...path, "services"]);
  return { order, softwireRule: raw["softwire-rule"]?.["match-direction"] ?? "input-output", ...(firewall === undefined ? {} : { firewall }) };
}

function checkOrder(c: Cursor, order: readonly ServiceName[], has: Readonly<Record<ServiceName, boolean>>, path: Path): void {
  const where: Readonly<Record<ServiceName, string>> = {
    softwire: "softwire-concentrators", "stateful-firewall": "a stateful-firewall of this service set", nat: "the nat of a ds-lite concentrator", alg: "the alg list of a nat",
  };
  order.forEach((s, i) => {
    if (!has[s]) c.fault([...path, i], `"${s}" is in the chain, but not configured`, `expected ${where[s]}, or leave it out of the chain`);
  });
  for (const s of Object.keys(has) as ServiceName[]) {
    if (has[s] && !order.includes(s)) c.fault(path, `"${s}" is configured, but not in the chain`, `add "${s}", or take ${where[s]} away`);
  }
  if (order.includes("softwire") && order[0] !== "softwire") c.fault([...path, order.indexOf("softwire")], '"softwire" is not first', "inside the softwire there is nothing that another service could look at");
  if (order.includes("alg") && order.indexOf("alg") < order.indexOf("nat")) c.fault([...path, order.indexOf("alg")], '"alg" stands before "nat"', "an ALG mends what the NAT has changed: put it after");
}

function readFirewall(c: Cursor, raw: NonNullable<RawServiceSet["stateful-firewall"]>, concentrators: readonly SoftwireConcentrator[], path: Path): StatefulFirewall {
  const names = new Set<string>();
  const families = { v4: concentrators.some((s) => s.kind === "ds-lite"), v6: concentrators.some((s) => s.kind !== "ds-lite") };
  const t = raw.timers ?? {};
  return {
    rules: (raw.rules ?? []).map((r, i) => {
      const at = [...path, "rules", i];
      const name = r.name ?? `rule-${i + 1}`;
      if (names.has(name)) c.fault(r.name === undefined ? at : [...at, "name"], `a second rule "${name}"`, "give each rule its own name: counters go by it");
      names.add(name);
      return readRule(c, r, name, families, at);
    }),
    otherwise: raw.default ?? "discard",
    timers: {
      udp: t.udp ?? NAT.timers.udp, tcpEstablished: t["tcp-established"] ?? NAT.timers.tcpEstablished, tcpTransitory: t["tcp-transitory"] ?? NAT.timers.tcpTransitory,
      icmpQuery: t["icmp-query"] ?? NAT.timers.icmpQuery, other: t.other ?? NAT.timers.other,
    },
  };
}

interface Families { readonly v4: boolean; readonly v6: boolean }

function readRule(c: Cursor, raw: RawFirewallRule, name: string, families: Families, path: Path): FirewallRule {
  const from = raw.from ?? {};
  const protocols = (from.protocol ?? []).map((p) => (typeof p === "number" ? p : PROTOCOLS[p]));
  const ports = (key: "source-port" | "destination-port"): { from: number; to: number }[] => {
    const list = (from[key] ?? []).map((p, i) => readPorts(c, p, [...path, "from", key, i]));
    if (list.length > 0 && !(protocols.length > 0 && protocols.every((p) => PORTED.includes(p)))) {
      c.fault([...path, "from", key], "ports without a protocol that has them", "name it: protocol: [tcp] or [udp], and no protocol without ports beside it");
    }
    return list;
  };
  return {
    name, direction: raw["match-direction"] ?? "input-output",
    source: readPrefixes(c, from.source, families, [...path, "from", "source"]), destination: readPrefixes(c, from.destination, families, [...path, "from", "destination"]),
    protocols, sourcePorts: ports("source-port"), destinationPorts: ports("destination-port"), action: raw.then,
  };
}

function readPorts(c: Cursor, p: string | number, path: Path): { from: number; to: number } {
  if (typeof p === "number") return { from: p, to: p };
  const [from, to] = p.split("-").map(Number);
  if (from > to || to > 65535) c.fault(path, `"${p}" is not a port range`, "two ports from 0 to 65535, the lower one first");
  return { from, to };
}

/** The firewall stands behind the softwire: it sees IPv4 behind DS-Lite, IPv6 behind 6rd and 6to4. */
function readPrefixes(c: Cursor, texts: readonly string[] | undefined, families: Families, path: Path): FirewallRule["source"] {
  const v4: Prefix4[] = [];
  const v6: Prefix6[] = [];
  (texts ?? []).forEach((t, i) => {
    const six = t.includes(":") || parsePrefix6(t) !== undefined;
    if (six) v6.push(c.prefix6([...path, i], t));
    else v4.push(c.prefix4([...path, i], t));
    if (six ? !families.v6 : !families.v4) c.fault([...path, i], `no packet behind these softwires has an ${six ? "IPv6" : "IPv4"} address`, six ? "DS-Lite carries IPv4" : "6rd and 6to4 carry IPv6");
  });
  return { v4, v6 };
}

/** Could the chain drop a flow that the mechanism itself would forward? Then silence of the device proves nothing. */
export function mayRefuse(chain: ServiceChain | undefined): boolean {
  if (chain === undefined) return false;
  if (chain.softwireRule !== "input-output") return true;
  const { firewall } = chain;
  return firewall !== undefined && (firewall.otherwise !== "accept" || firewall.rules.some((r) => r.action !== "accept"));
}
