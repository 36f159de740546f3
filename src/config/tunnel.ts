/** From the file to the configured IPv6-in-IPv4 concentrators, with the checks that a schema cannot make. */
import { type Prefix6, formatIpv4, formatPrefix4, formatPrefix6, mask32 } from "../wire/address.js";
import { delegatedLength } from "../wire/embedding.js";
import { type Cursor, isIn4, isIn6 } from "./cursor.js";
import { ANYCAST_6TO4, FLOW_INACTIVITY_SECONDS, HOP_LIMIT, ICMP_BURST, ICMP_RATE, NO_SOURCE, PMT_MAPPING_SECONDS, REASSEMBLY_SECONDS, TABLES, TUNNEL_MTU, V6_6TO4 } from "./defaults.js";
import type { RawSixToFour, RawTunnel, RawV6rd } from "./raw.js";
import type { AddressTable, DscpEncap, SixRdDomain, SixToFour, TunnelCommon } from "./types.js";
import type { Path } from "./yaml.js";

function readCommon(c: Cursor, raw: RawTunnel, path: Path, name: string, kind: SixToFour["kind"] | "6rd"): TunnelCommon {
  const address = readAddress(c, [...path, "softwire-address"], raw["softwire-address"]);
  const anycast = raw.anycast ?? (kind !== "6rd" && isIn4(address, ANYCAST_6TO4));
  const relays = raw["known-relays"]?.map((t, i) => c.prefix4([...path, "known-relays", i], t));
  return {
    name: raw.name ?? name,
    address,
    alsoAccepts: (raw["also-accepts"] ?? []).map((t, i) => readAddress(c, [...path, "also-accepts", i], t)),
    anycast,
    tunnelMtu: readTunnelMtu(c, raw, path),
    // RFC 5969 section 9.1: a BR that sends from an anycast address must set DF; nothing of the kind is said of 6to4 (decisions.md D1)
    tunnelMtuMode: readMode(c, raw, path, kind === "6rd" && anycast),
    dscp: readDscp(c, raw, path, kind),
    ttl: raw.ttl ?? HOP_LIMIT,
    reassemblySeconds: raw["reassembly-timeout"] ?? REASSEMBLY_SECONDS,
    flowInactivitySeconds: raw["flow-inactivity-timeout"] ?? FLOW_INACTIVITY_SECONDS,
    flowLimit: raw["flow-limit"] ?? 0,
    icmpRate: raw["icmp-rate"] ?? ICMP_RATE,
    icmpBurst: raw["icmp-burst"] ?? ICMP_BURST,
    // a 6to4 router sends to 192.88.99.1 by design, so only concentrators filter the anycast range
    knownRelays: relays ?? (kind === "6to4-router" ? [] : [ANYCAST_6TO4]),
    echo: raw.echo ?? true,
    filterNativeSource: raw["filter-native-source"] ?? false,
  };
}

/** RFC 1812 section 5.3.7: such addresses are never the source of a packet, so no tunnel ends there. */
function readAddress(c: Cursor, path: Path, text: string): number {
  const before = c.problems.length;
  const address = c.ipv4(path, text);
  const bad = c.problems.length > before ? undefined : NO_SOURCE.find((p) => isIn4(address, p));
  if (bad !== undefined) c.fault(path, `${text} lies in ${formatPrefix4(bad)}`, "expected a unicast IPv4 address of the concentrator");
  return address;
}

/** RFC 4213 section 3.2: never below 1280; the outer header takes 20 bytes of mtu-v4. */
function readTunnelMtu(c: Cursor, raw: RawTunnel, path: Path): number {
  const outer = raw["mtu-v4"];
  const inner = raw["tunnel-mtu"];
  if (outer === undefined) return inner ?? TUNNEL_MTU;
  if (inner !== undefined && inner !== outer - 20) {
    c.fault([...path, "tunnel-mtu"], `tunnel-mtu ${inner} and mtu-v4 ${outer} disagree`, `the outer IPv4 header takes 20 bytes: keep one of them, or write tunnel-mtu: ${outer - 20}`);
  }
  if (outer - 20 < TUNNEL_MTU) {
    c.fault([...path, "mtu-v4"], `leaves ${outer - 20} bytes for IPv6`, "IPv6 needs 1280 bytes (RFC 8200 section 5): at least 1300");
    return TUNNEL_MTU;
  }
  return outer - 20;
}

function readMode(c: Cursor, raw: RawTunnel, path: Path, anycast6rd: boolean): TunnelCommon["tunnelMtuMode"] {
  const mode = raw["tunnel-mtu-mode"];
  if (anycast6rd && mode !== undefined && mode !== "anycast-df") {
    c.fault([...path, "tunnel-mtu-mode"], `"${mode}" cannot be used with an anycast softwire address`, "RFC 5969 section 9.1: a BR with an anycast source sets DF; write anycast-df, or anycast: false");
  }
  return mode ?? (anycast6rd ? "anycast-df" : "static");
}

/** Defaults by decisions.md D5: RFC 5969 section 9 copies, RFC 4213 section 3.5 sends 0. */
function readDscp(c: Cursor, raw: RawTunnel, path: Path, kind: string): DscpEncap {
  const asked = raw.dscp;
  const copy = raw["copy-dscp"];
  if (asked !== undefined && copy !== undefined) c.fault([...path, "copy-dscp"], "stands beside dscp", "keep one of the two");
  if (typeof asked === "object") return { mode: "fixed", dscp: asked.fixed };
  if (asked !== undefined) return { mode: asked };
  return { mode: (copy ?? kind === "6rd") ? "copy" : "zero" };
}

export function readSixRd(c: Cursor, raw: RawV6rd, path: Path, name: string): SixRdDomain {
  const common = readCommon(c, raw, path, name, "6rd");
  const before = c.problems.length;
  const ipv4Prefix = c.prefix4([...path, "ipv4-prefix"], raw["ipv4-prefix"]);
  const v6rdPrefix = c.prefix6([...path, "v6rd-prefix"], raw["v6rd-prefix"]);
  if (c.problems.length === before) {
    const total = delegatedLength(v6rdPrefix, ipv4Prefix);
    if (total > 128) {
      c.fault([...path, "v6rd-prefix"], `${formatPrefix6(v6rdPrefix)} and the ${32 - ipv4Prefix.length} bits that remain of ipv4-prefix ${formatPrefix4(ipv4Prefix)} make ${total} bits`,
        `an IPv6 address has 128 (RFC 5969 section 7.1.1): a v6rd-prefix of at most /${96 + ipv4Prefix.length}, or a longer ipv4-prefix`);
    }
    // RFC 5969 section 11: with a mask length of 0 the 6rd prefix must be /32 or shorter
    if (ipv4Prefix.length === 0 && v6rdPrefix.length > 32) {
      c.fault([...path, "v6rd-prefix"], `/${v6rdPrefix.length} is too long beside ipv4-prefix 0.0.0.0/0`, "RFC 5969 section 11: when whole IPv4 addresses are embedded, /32 or shorter");
    }
  }
  return { ...common, kind: "6rd", v6rdPrefix, ipv4Prefix };
}

function readTable(c: Cursor, raw: RawSixToFour, path: Path): AddressTable {
  const asked = raw["global-table"];
  if (typeof asked === "object") {
    return { name: "custom", refuse: asked.refuse.map((t, i) => c.prefix4([...path, "global-table", "refuse", i], t)) };
  }
  return TABLES[asked ?? "rfc3964"];
}

export function readSixToFour(c: Cursor, raw: RawSixToFour, path: Path, name: string, kind: SixToFour["kind"]): SixToFour {
  const common = readCommon(c, raw, path, name, kind);
  const table = readTable(c, raw, path);
  const refused = NO_SOURCE.some((p) => isIn4(common.address, p)) ? undefined : table.refuse.find((p) => isIn4(common.address, p));
  // RFC 3056 section 2 and RFC 3964 section 5.3.1: a 6to4 address is a global unicast one
  if (refused !== undefined) {
    c.fault([...path, "softwire-address"], `${formatIpv4(common.address)} lies in ${formatPrefix4(refused)}, which table ${table.name} refuses`, "use a global unicast address, or a global-table with your own refuse list");
  }
  const anycastOnly = raw["anycast-only"] ?? false;
  if (anycastOnly && !isIn4(common.address, ANYCAST_6TO4) && !common.alsoAccepts.some((a) => isIn4(a, ANYCAST_6TO4))) {
    c.fault([...path, "anycast-only"], "is on, but no address is the 6to4 anycast address", "use 192.88.99.1 as softwire-address or in also-accepts");
  }
  const relay = raw["default-relay"];
  const site = kind === "6to4-router" ? readSite(c, raw, path, common.address) : undefined;
  const provider = raw["provider-prefix"];
  return {
    ...common, kind, table, anycastOnly,
    strict3964: raw.strict3964 ?? true,
    ...(raw["broadcast-addresses"] === undefined ? {} : { broadcasts: raw["broadcast-addresses"].map((t, i) => c.ipv4([...path, "broadcast-addresses", i], t)) }),
    ...(raw.clients === undefined ? {} : { clients: raw.clients.map((t, i) => c.prefix4([...path, "clients", i], t)) }),
    ...(relay === undefined ? {} : { defaultRelay: c.ipv4([...path, "default-relay"], relay) }),
    ...(site === undefined ? {} : { sitePrefix: site }),
    ...(provider === undefined ? {} : readPmt(c, raw, provider, path)),
  };
}

/** 2002:V4ADDR::/48 (RFC 3056 section 2) unless a part of it is named. */
function readSite(c: Cursor, raw: RawSixToFour, path: Path, v4: number): Prefix6 {
  const own: Prefix6 = { address: [(V6_6TO4 * 65536 + (v4 >>> 16)) >>> 0, ((v4 & 0xffff) << 16) >>> 0, 0, 0], length: 48 };
  const text = raw["site-prefix"];
  if (text === undefined) return own;
  const site = c.prefix6([...path, "site-prefix"], text);
  if (site.length < 48 || !isIn6(site.address, own)) {
    c.fault([...path, "site-prefix"], `"${text}" is not inside the prefix of softwire-address`, `expected ${formatPrefix6(own)} or a part of it (RFC 3056 section 2)`);
  }
  return site;
}

function readPmt(c: Cursor, raw: RawSixToFour, provider: string, path: Path): Pick<SixToFour, "providerPrefix" | "subnetId" | "optOut" | "pmtMapping" | "pmtChecksum" | "pmtMappingSeconds"> {
  const mapping = raw.mapping ?? "stateless";
  const stateful = mapping === "stateful";
  if (stateful && raw["subnet-id"] !== undefined) c.fault([...path, "subnet-id"], "stands beside mapping: stateful", "a stateful mapping translates every Subnet-ID: leave it out");
  if (!stateful && raw["mapping-timeout"] !== undefined) c.fault([...path, "mapping-timeout"], "stands beside a stateless mapping", "there is no state to forget: leave it out, or write mapping: stateful");
  return {
    providerPrefix: readProvider(c, provider, [...path, "provider-prefix"], stateful), subnetId: raw["subnet-id"] ?? 0, pmtMapping: mapping,
    // RFC 6732 section 4.5 names the neutral mapping for the stateful mode
    pmtChecksum: raw.checksum ?? (stateful ? "neutral" : "adjust"),
    ...(raw["opt-out"] === undefined ? {} : { optOut: raw["opt-out"].map((t, i) => c.prefix4([...path, "opt-out", i], t)) }),
    ...(stateful ? { pmtMappingSeconds: raw["mapping-timeout"] ?? PMT_MAPPING_SECONDS } : {}),
  };
}

/** RFC 6732 figure 3: provider prefix, then V4ADDR, then the interface identifier: at most 32 bits are left for the prefix. A stateful mapping hands out /64s. */
function readProvider(c: Cursor, text: string, path: Path, stateful: boolean): Prefix6 {
  const p = c.prefix6(path, text);
  if (stateful && p.length > 60) c.fault(path, `/${p.length} leaves hardly a /64 to hand out`, "a provider-prefix of /60 or shorter");
  if (!stateful && p.length > 32) c.fault(path, `/${p.length} leaves no room for V4ADDR before the 64-bit interface identifier`, "a provider-prefix of /32 or shorter (RFC 6732 section 3.3)");
  if (p.length >= 16 && p.address[0] >>> 16 === V6_6TO4) c.fault(path, `"${text}" is a 6to4 prefix`, "a prefix of the provider's own native space (RFC 6732 section 3.3)");
  if (p.length > 0 && (p.address[0] & mask32(3)) >>> 0 !== 0x20000000) c.fault(path, `"${text}" is not global unicast space`, "expected a prefix within 2000::/3");
  return p;
}
