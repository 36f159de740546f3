/** From the file to a configured AFTR with its NAPT44, RFC 6333. */
import { formatIpv4 } from "../wire/address.js";
import type { Cursor } from "./cursor.js";
import { DS_LITE, HOP_LIMIT, ICMP_BURST, ICMP_RATE, NAT, NAT_UNSOLICITED_SYN, POOL_PORTS, REASSEMBLY_SECONDS } from "./defaults.js";
import type { RawDsLite, RawNat } from "./raw.js";
import type { DsLite, NatConfig, NatPool } from "./types.js";
import type { Path } from "./yaml.js";

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

export function readDsLite(c: Cursor, raw: RawDsLite, path: Path, name: string): DsLite {
  const list = <T>(key: "b4-prefixes" | "inner-sources", read: (p: Path, t: string) => T, otherwise: readonly T[]): readonly T[] =>
    raw[key]?.map((t, i) => read([...path, key, i], t)) ?? otherwise;
  const address = c.ipv6([...path, "softwire-address"], raw["softwire-address"]);
  if (address[0] >>> 24 === 0xff) c.fault([...path, "softwire-address"], "is a multicast address", "expected the unicast or anycast address of the AFTR");
  const copy = raw["copy-dscp"] ?? "both";
  const well = raw["well-known-v4"];
  return {
    kind: "ds-lite",
    name: raw.name ?? name,
    address,
    mtuV6: raw["mtu-v6"] ?? DS_LITE.mtuV6,
    wellKnownV4: well === undefined ? DS_LITE.wellKnownV4 : c.ipv4([...path, "well-known-v4"], well),
    // RFC 6333 section 6.3 with erratum 6584 (decisions.md D2)
    oversize: raw.oversize ?? "fragment-outer",
    // RFC 6333 section 7.1 carries the marking both ways; the Junos statement copy-dscp (true) acts on decapsulation only
    copyDscpIn: copy === "both" || copy === "decapsulation" || copy === true,
    copyDscpOut: copy === "both" || copy === "encapsulation",
    hopLimit: raw["hop-limit"] ?? HOP_LIMIT,
    b4Prefixes: list("b4-prefixes", c.prefix6, [{ address: [0, 0, 0, 0], length: 0 }]),
    innerSources: list("inner-sources", c.prefix4, DS_LITE.innerSources),
    reassemblySeconds: raw["reassembly-timeout"] ?? REASSEMBLY_SECONDS,
    flowLimit: raw["flow-limit"] ?? 0,
    subscriberPrefixLength: raw["subscriber-prefix-length"] ?? DS_LITE.subscriberPrefixLength,
    sessionLimitPerPrefix: raw["session-limit-per-prefix"] ?? 0,
    ...(raw["softwires-per-subscriber"] === undefined ? {} : { softwiresPerSubscriber: raw["softwires-per-subscriber"] }),
    icmpRate: raw["icmp-rate"] ?? ICMP_RATE,
    icmpBurst: raw["icmp-burst"] ?? ICMP_BURST,
    nat: raw.nat === undefined ? undefined : readNat(c, raw.nat, [...path, "nat"]),
  };
}

function readPool(c: Cursor, raw: RawNat["pool"], path: Path): NatPool {
  const ranges = raw.addresses.map((t, i) => c.range4([...path, "addresses", i], t));
  if (ranges.length === 0) c.fault([...path, "addresses"], "the pool has no address", "name at least one external IPv4 address");
  ranges.forEach((r, i) => {
    const twice = ranges.findIndex((o, j) => j < i && o.from <= r.to && r.from <= o.to);
    if (twice >= 0) c.fault([...path, "addresses", i], `overlaps entry ${twice}`, "each external address once");
  });
  const [from, to] = raw.ports?.split("-").map(Number) ?? [POOL_PORTS.from, POOL_PORTS.to];
  if (from < 1 || to > 65535 || from > to) c.fault([...path, "ports"], `"${raw.ports}" is not a port range`, "two ports from 1 to 65535, the lower one first");
  return { ranges, ...(raw.partial === true ? { partial: true } : {}), portFrom: from, portTo: to };
}

function readNat(c: Cursor, raw: RawNat, path: Path): NatConfig {
  const pool = readPool(c, raw.pool, [...path, "pool"]);
  const ports = pool.portTo - pool.portFrom + 1;
  const blockSize = raw["port-block-size"] ?? NAT.portBlockSize;
  const allocation = raw.allocation ?? NAT.allocation;
  if ((allocation === "port-block" || allocation === "deterministic") && blockSize > ports) {
    c.fault([...path, "port-block-size"], `a block of ${blockSize} ports does not fit into ${ports}`, "a smaller block, or a wider pool.ports");
  }
  const overlapping = raw["port-overlapping"];
  if (overlapping !== undefined && overlapping !== "never" && (allocation === "port-block" || allocation === "deterministic")) {
    c.fault([...path, "port-overlapping"], `${overlapping} does not go with allocation: ${allocation}`, "a block belongs to one subscriber; use sequential or random allocation");
  }
  if (raw["mapping-burst"] !== undefined && raw["mapping-rate"] === undefined) c.fault([...path, "mapping-burst"], "stands alone", "write mapping-rate too: the new mappings a second that it belongs to");
  const t = raw.timers ?? {};
  return {
    pool,
    mapping: raw.mapping ?? NAT.mapping,
    filtering: raw.filtering ?? NAT.filtering,
    hairpinning: raw.hairpinning ?? NAT.hairpinning,
    ...(raw["address-pooling"] === undefined ? {} : { pooling: raw["address-pooling"] }),
    ...(overlapping === undefined || overlapping === "never" ? {} : { overlapping }),
    ...(raw.echo === true ? { echo: true } : {}),
    unsolicitedSyn: raw["unsolicited-syn"] ?? NAT_UNSOLICITED_SYN,
    parity: raw["preserve-parity"] ?? NAT.parity,
    allocation,
    portBlockSize: blockSize,
    portsPerSubscriber: raw["ports-per-subscriber"] ?? NAT.portsPerSubscriber,
    ...(raw["mapping-rate"] === undefined ? {} : { mappingRate: raw["mapping-rate"] }),
    ...(raw["mapping-burst"] === undefined ? {} : { mappingBurst: raw["mapping-burst"] }),
    holdDownSeconds: raw["hold-down"] ?? NAT.holdDownSeconds,
    timers: {
      udp: t.udp ?? NAT.timers.udp,
      tcpEstablished: t["tcp-established"] ?? NAT.timers.tcpEstablished,
      tcpTransitory: t["tcp-transitory"] ?? NAT.timers.tcpTransitory,
      icmpQuery: t["icmp-query"] ?? NAT.timers.icmpQuery,
      other: t.other ?? NAT.timers.other,
    },
    inboundRefresh: raw["inbound-refresh"] ?? NAT.inboundRefresh,
    mssClamp: raw["mss-clamp"] ?? NAT.mssClamp,
    alg: raw.alg ?? NAT.alg,
    staticMappings: readStatic(c, raw, path),
    noTranslate: (raw["no-translate"] ?? []).map((p, i) => c.prefix4([...path, "no-translate", i], p)),
  };
}

function readStatic(c: Cursor, raw: RawNat, path: Path): NatConfig["staticMappings"] {
  const seen = new Map<string, number>();
  return (raw["static-mappings"] ?? []).map((m, i) => {
    const at = [...path, "static-mappings", i];
    const outer = c.ipv4([...at, "outer"], m.outer);
    const key = `${m.protocol} ${formatIpv4(outer)} ${m["outer-port"]}`;
    const first = seen.get(key);
    if (first !== undefined) c.fault([...at, "outer"], `${key} is already mapped by entry ${first}`, "one external address and port for one inner host");
    else seen.set(key, i);
    return {
      b4: c.ipv6([...at, "b4"], m.b4), inner: c.ipv4([...at, "inner"], m.inner), protocol: PROTOCOL[m.protocol],
      innerPort: m["inner-port"], outer, outerPort: m["outer-port"],
    };
  });
}
