/** The neutral device description of a defect case as our configuration; undefined for a role that is not judged yet. */
export function deviceConfig(kase) {
  const { role, dut, macs } = kase;
  const side = (name, ipv4, ipv6, mtu) => ({ macs: [macs[name].dut], "peer-mac": macs[name].neighbour, ipv4, ipv6, mtu });
  const tunnel = () => ({
    name: "dut",
    "softwire-address": dut.outerSource,
    "also-accepts": dut.ownIpv4.filter((a) => a !== dut.outerSource),
    "tunnel-mtu": dut.tunnelMtu,
    "tunnel-mtu-mode": dut.tunnelMtuMode,
    dscp: dut.dscpEncap,
    "known-relays": (dut.knownRelays ?? []).map((r) => (r.includes("/") ? r : `${r}/32`)),
  });
  const broadcasts = () => ({ "broadcast-addresses": dut.ownBroadcasts ?? [] });
  const config = (kind, more) => ({
    softproof: 1,
    access: side("access", [...new Set([...dut.ownIpv4, dut.interfaceIpv4])], [], dut.accessMtu),
    core: side("core", [], dut.ownIpv6, dut.coreMtu),
    "service-sets": [{ name: "dut", "softwire-concentrators": [{ [kind]: { ...tunnel(), ...more } }] }],
  });
  switch (role) {
    case "6rd-br":
      return config("v6rd", { anycast: dut.brAnycast, "ipv4-prefix": dut.ipv4CommonPrefix, "v6rd-prefix": dut["6rdPrefix"] });
    case "6to4-router":
      return config("6to4-router", { "default-relay": dut.relay, "site-prefix": dut.sitePrefix, strict3964: dut.policies.strict3964, ...broadcasts() });
    case "6to4-relay":
    case "6to4-anycast-relay":
      return config("6to4-relay", { strict3964: dut.policies.strict3964, "anycast-only": dut.policies.anycastOnly ?? false, ...broadcasts() });
    case "6to4-pmt-relay":
      return config("6to4-pmt", { "provider-prefix": dut.providerPrefix, "opt-out": (dut.optOut ?? []).map((a) => `${a}/32`), ...broadcasts() });
    case "ds-lite-aftr":
      return dsLite(kase, side);
    default:
      return undefined;
  }
}

/** An AFTR: only what the neutral description declares; policies that it does not name keep their defaults. */
function dsLite({ dut }, side) {
  const { policies = {}, timers } = dut;
  return {
    softproof: 1,
    access: side("access", [dut.softwireIpv4], [dut.aftrAddress, dut.interfaceIpv6], dut.accessMtu),
    core: side("core", [dut.coreIpv4], [], dut.coreMtu),
    "service-sets": [
      {
        name: "dut",
        "softwire-concentrators": [
          {
            "ds-lite": {
              name: "dut", "softwire-address": dut.aftrAddress, "mtu-v6": dut.accessMtu, "well-known-v4": dut.softwireIpv4,
              oversize: policies.honourInnerDf ? "honour-df" : "fragment-outer",
              "copy-dscp": dut.dscpModel === "uniform" ? (policies.downstreamDscp == null ? "both" : "decapsulation") : "none",
              "b4-prefixes": dut.b4Prefixes, "inner-sources": dut.allowedInnerSources, "subscriber-prefix-length": dut.subscriberMask,
              nat: {
                pool: { addresses: dut.pool, ports: dut.portRange.join("-") }, filtering: policies.filtering, "preserve-parity": policies.portParity,
                "ports-per-subscriber": dut.portsPerSubscriber, "inbound-refresh": policies.inboundRefresh, alg: policies.alg,
                timers: { udp: timers.udp, "tcp-established": timers.tcpEstablished, "tcp-transitory": timers.tcpTransitory, "icmp-query": timers.icmp },
                ...(dut.bypassDestinations === undefined ? {} : { "no-translate": dut.bypassDestinations }),
              },
            },
          },
        ],
      },
    ],
  };
}
