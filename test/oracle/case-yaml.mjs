// Translates the `concentrator` of an oracle case into a configuration file as a user writes it (JSON is YAML).
export function caseYaml(c) {
  const built = build(c);
  if (built === undefined) return undefined;
  const [kind, concentrator, access, core] = built;
  return { softproof: 1, access, core, "service-sets": [{ name: "case", "softwire-concentrators": [{ [kind]: { name: "case", ...concentrator } }] }] };
}

function build(c) {
  const tunnel = { "tunnel-mtu": c.tunnelMtu, "icmp-rate": 0 };
  const mode = { "tunnel-mtu-mode": c.tunnelMtuMode ?? "static" };
  switch (c.role) {
    case "6rd-br": {
      const prefixes = { "v6rd-prefix": c.prefix, "ipv4-prefix": c.ipv4Prefix };
      return ["v6rd", { "softwire-address": c.brAddress, ...prefixes, ...tunnel, ...(c.brAnycast ? { anycast: true } : mode) }, { ipv4: [c.brAddress] }, {}];
    }
    case "6to4-router":
      return ["6to4-router", { "softwire-address": c.ipv4Address, "site-prefix": c.sitePrefix, "default-relay": c.defaultRelay, ...tunnel, ...mode }, { ipv4: [c.ipv4Address] }, {}];
    case "6to4-relay":
      return ["6to4-relay", { "softwire-address": c.ipv4Address, ...tunnel, ...mode }, { ipv4: [c.ipv4Address] }, {}];
    case "6to4-anycast-relay":
    case "6to4-pmt": {
      const pmt = c.role === "6to4-pmt" ? { "provider-prefix": c.providerPrefix, "subnet-id": c.subnetId } : {};
      const addresses = { "softwire-address": c.anycastAddress, "also-accepts": [c.ipv4Address] };
      return [c.role === "6to4-pmt" ? "6to4-pmt" : "6to4-relay", { ...addresses, ...tunnel, ...mode, ...pmt }, { ipv4: [c.anycastAddress, c.ipv4Address] }, {}];
    }
    case "ds-lite-aftr":
      return ["ds-lite", dsLite(c), { ipv6: [c.aftrAddress] }, { mtu: c.coreMtu }];
    default:
      return undefined;
  }
}

function dsLite(c) {
  const ports = (c.pool.portRange ?? [1024, 65535]).join("-");
  const sources = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29", ...(c.additionalAuthorizedSources ?? [])];
  const { udp, tcpEstablished, tcpTransitory, icmpQuery, fragmentReassembly } = c.timers ?? {};
  return {
    "softwire-address": c.aftrAddress, "mtu-v6": c.tunnelMtu, "well-known-v4": c.wellKnownAftrV4, "inner-sources": sources, "icmp-rate": 0,
    ...(fragmentReassembly === undefined ? {} : { "reassembly-timeout": fragmentReassembly }),
    nat: {
      pool: { addresses: c.pool.addresses, ports }, mapping: c.mapping, filtering: c.filtering, hairpinning: c.hairpinning ?? true, allocation: "sequential",
      timers: { udp, "tcp-established": tcpEstablished, "tcp-transitory": tcpTransitory, "icmp-query": icmpQuery },
      ...(c.limits?.portsPerSubscriber === undefined ? {} : { "ports-per-subscriber": c.limits.portsPerSubscriber }),
      ...(c.noTranslate === undefined ? {} : { "no-translate": c.noTranslate }),
    },
  };
}
