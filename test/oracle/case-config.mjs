// Translates the `concentrator` of an oracle case into our configuration (src/config/types.ts).
export const roles = new Set(["6rd-br", "6to4-router", "6to4-relay", "6to4-anycast-relay", "6to4-pmt", "ds-lite-aftr"]);

const side = (mtu, ipv4 = [], ipv6 = []) => ({ macs: [], interfaces: [], ipv4, ipv6, mtu });

/** `address` is dist/wire/address.js. Undefined when we cannot express the case. */
export function caseConfig(c, address) {
  const { parseIpv4, parseIpv6, parsePrefix4, parsePrefix6 } = address;
  const tunnel = (own, more = {}) => ({
    name: c.role, address: own, alsoAccepts: [], anycast: false, tunnelMtu: c.tunnelMtu, tunnelMtuMode: c.tunnelMtuMode ?? "static",
    dscp: { mode: "zero" }, ttl: 64, reassemblySeconds: 60, flowInactivitySeconds: 30, flowLimit: 0, icmpRate: 0, icmpBurst: 10,
    knownRelays: [], echo: true, filterNativeSource: false, ...more,
  });
  const sixToFour = (kind, own, more = {}) => ({
    ...tunnel(own), kind, table: { name: "rfc3964", refuse: [] }, strict3964: true, anycastOnly: false, ...more,
  });
  const one = (concentrator, access, core) => ({
    source: "oracle case", access, core, serviceSets: [{ name: "case", concentrators: [concentrator] }], seed: 1,
  });
  switch (c.role) {
    case "6rd-br": {
      const own = parseIpv4(c.brAddress);
      const relays = [parsePrefix4("192.88.99.0/24")];
      const domain = { kind: "6rd", v6rdPrefix: parsePrefix6(c.prefix), ipv4Prefix: parsePrefix4(c.ipv4Prefix) };
      return one({ ...tunnel(own), ...domain, anycast: c.brAnycast, dscp: { mode: "copy" }, knownRelays: relays }, side(1500, [own]), side(1500));
    }
    case "6to4-router": {
      const own = parseIpv4(c.ipv4Address);
      const more = { sitePrefix: parsePrefix6(c.sitePrefix), defaultRelay: parseIpv4(c.defaultRelay) };
      return one(sixToFour("6to4-router", own, more), side(1500, [own]), side(1500));
    }
    case "6to4-relay": {
      const own = parseIpv4(c.ipv4Address);
      return one(sixToFour("6to4-relay", own), side(1500, [own]), side(1500));
    }
    case "6to4-anycast-relay":
    case "6to4-pmt": {
      const own = parseIpv4(c.ipv4Address);
      const pmt = c.role === "6to4-pmt" ? { providerPrefix: parsePrefix6(c.providerPrefix), subnetId: c.subnetId } : {};
      const kind = c.role === "6to4-pmt" ? "6to4-pmt" : "6to4-relay";
      return one(sixToFour(kind, own, { alsoAccepts: [parseIpv4(c.anycastAddress)], ...pmt }), side(1500, [own]), side(1500));
    }
    case "ds-lite-aftr":
      return one(dsLite(c, address), side(c.tunnelMtu, [], [parseIpv6(c.aftrAddress)]), side(c.coreMtu));
    default:
      return undefined;
  }
}

function dsLite(c, { parseIpv4, parseIpv6, parsePrefix4, parsePrefix6 }) {
  const range = (text) => {
    const [from, to = from] = text.split("-").map((x) => parseIpv4(x.trim()));
    return { from, to };
  };
  const [portFrom, portTo] = c.pool.portRange ?? [1024, 65535];
  const inner = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29", ...(c.additionalAuthorizedSources ?? [])];
  return {
    kind: "ds-lite", name: "aftr", address: parseIpv6(c.aftrAddress), mtuV6: c.tunnelMtu, wellKnownV4: parseIpv4(c.wellKnownAftrV4 ?? "192.0.0.1"),
    oversize: "fragment-outer", copyDscpIn: true, copyDscpOut: true, hopLimit: 64, b4Prefixes: [parsePrefix6("::/0")],
    innerSources: inner.map(parsePrefix4), reassemblySeconds: c.timers?.fragmentReassembly ?? 60, flowLimit: 0, subscriberPrefixLength: 128,
    sessionLimitPerPrefix: 0, icmpRate: 0, icmpBurst: 10,
    nat: {
      pool: { ranges: c.pool.addresses.map(range), portFrom, portTo }, mapping: c.mapping, filtering: c.filtering, hairpinning: c.hairpinning ?? true,
      parity: true, allocation: "sequential", portBlockSize: 0, portsPerSubscriber: c.limits?.portsPerSubscriber ?? 0, holdDownSeconds: 120,
      timers: { udp: c.timers.udp, tcpEstablished: c.timers.tcpEstablished, tcpTransitory: c.timers.tcpTransitory, icmpQuery: c.timers.icmpQuery, other: c.timers.udp },
      inboundRefresh: false, mssClamp: 0, alg: [], staticMappings: [], noTranslate: (c.noTranslate ?? []).map(parsePrefix4),
    },
  };
}
