/** Configurations under which the stimuli of a mechanism are tried: what is declared decides which clauses are judged. */
import { parseConfig } from "../../../src/config/load.js";
import type { Config, Mechanism } from "../../../src/config/types.js";

/** More keys of the two sides: `mpls`, `provider-boundary`. */
interface Keys { readonly access?: string; readonly core?: string }
const SIDES = (access: string, core: string, accessMtu: number, coreMtu: number): string =>
  `softproof: 1\naccess: {macs: ["02:00:00:00:00:01"], peer-mac: "02:00:00:00:00:02", mtu: ${accessMtu}, ${access}}\ncore: {macs: ["02:00:00:00:00:03"], peer-mac: "02:00:00:00:00:04", mtu: ${coreMtu}, ${core}}\n`;

function variant(kind: string, access: string, core: string, base: string, more: string, accessMtu = 1500, coreMtu = 1500, keys: Keys = {}): Config {
  return parseConfig(`${SIDES(access + (keys.access ?? ""), core + (keys.core ?? ""), accessMtu, coreMtu)}service-sets: [{softwire-concentrators: [{${kind}: {name: x, ${base}${more === "" ? "" : `, ${more}`}}}]}]\n`, `${kind} ${more}`);
}
const rd = (more: string, accessMtu?: number, keys?: Keys): Config => variant("v6rd", "ipv4: [10.0.0.1]", 'ipv6: ["3fff:1::1"]', 'softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32"', more, accessMtu, undefined, keys);
const relay = (more: string, accessMtu?: number, keys?: Keys): Config => variant("6to4-relay", "ipv4: [192.88.99.1, 192.0.2.1]", 'ipv6: ["3fff:1::1"]', "softwire-address: 192.88.99.1, also-accepts: [192.0.2.1]", more, accessMtu, undefined, keys);
const router = (more: string, accessMtu?: number, keys?: Keys): Config => variant("6to4-router", "ipv4: [192.0.2.4]", 'ipv6: ["2002:c000:204:1::1"]', "softwire-address: 192.0.2.4", more, accessMtu, undefined, keys);
const pmt = (more: string, accessMtu?: number, keys?: Keys): Config => variant("6to4-pmt", "ipv4: [192.88.99.1, 192.0.2.1]", 'ipv6: ["3fff:1::1"]', 'softwire-address: 192.88.99.1, also-accepts: [192.0.2.1], provider-prefix: "2001:db8::/32"', more, accessMtu, undefined, keys);
const aftr = (more: string, coreMtu?: number, accessMtu?: number, keys?: Keys): Config => variant("ds-lite", 'ipv6: ["2001:db8::1"]', "ipv4: [203.0.113.1]", 'softwire-address: "2001:db8::1", b4-prefixes: ["2001:db8:100::/40"]', more, accessMtu, coreMtu, keys);
const NAT = "nat: {pool: {addresses: [198.51.100.0/28]}";

const MTU = ["tunnel-mtu: 1480, tunnel-mtu-mode: static", "tunnel-mtu: 1480, tunnel-mtu-mode: dynamic", "tunnel-mtu: 1280, tunnel-mtu-mode: static, ttl: 64"];

const LABELS: Keys = { access: ", mpls: preserve", core: ", mpls: {push: [100, 2]}" };
const OTHER_LABELS: Keys = { access: ", mpls: {push: [0]}", core: ", mpls: preserve" };

/** An AFTR with declared limits of a subscriber. */
export const limited = (limits: string, nat: string, keys: Keys): Config => aftr(`${limits === "" ? "" : `${limits}, `}${NAT}, ${nat}, timers: {tcp-transitory: 240}}`, 1500, 1500, keys);

export const VARIANTS: Readonly<Record<Mechanism, readonly Config[]>> = {
  "6rd": [
    ...MTU.map((m) => rd(m)), rd(MTU[0], 1600), rd(MTU[0], 1280), rd("tunnel-mtu: 1480, anycast: true"), rd("dscp: zero", 1500, LABELS), rd("known-relays: [192.88.99.0/24, 10.9.9.9/32]"), rd(""),
  ],
  "6to4-relay": [...MTU.map((m) => relay(m)), relay(MTU[0], 1600), relay(MTU[0], 1280), relay("anycast-only: true"), relay("known-relays: [198.51.100.200/32]"), relay("strict3964: false", 1500, LABELS), relay("broadcast-addresses: [198.51.100.255]"), relay("clients: [203.0.113.17/32]"), relay("")],
  "6to4-router": [...MTU.map((m) => router(m)), router(MTU[0], 1600), router(MTU[0], 1280), router("default-relay: 192.88.99.1"), router("default-relay: 198.18.3.1"), router("also-accepts: [192.0.2.5]", 1500, OTHER_LABELS), router("broadcast-addresses: [192.0.2.255]")],
  "6to4-pmt": [...MTU.map((m) => pmt(m)), pmt(MTU[0], 1600), pmt(MTU[0], 1280), pmt("anycast-only: true"), pmt("known-relays: [198.51.100.200/32]"), pmt("strict3964: false"), pmt("checksum: neutral", 1500, LABELS), pmt("broadcast-addresses: [198.51.100.255]"), pmt("mapping: stateful"), pmt("opt-out: [198.51.100.19/32]"), pmt("clients: [203.0.113.17/32]"), pmt("")],
  "ds-lite": [
    aftr(`${NAT}, timers: {udp: 300, tcp-established: 7440, tcp-transitory: 240, icmp-query: 60, other: 300}, preserve-parity: true, hold-down: 120, mapping: endpoint-independent, filtering: endpoint-independent, inbound-refresh: false}`),
    aftr(`${NAT}}`), aftr(`mtu-v6: 1400, oversize: honour-df, copy-dscp: none, hop-limit: 63, icmp-rate: 50, icmp-burst: 20, ${NAT}, no-translate: [192.0.2.128/25]}`, 1400),
    aftr(`copy-dscp: both, subscriber-prefix-length: 56, ${NAT}, alg: [ftp], static-mappings: [{b4: "2001:db8:100::1", inner: 10.0.0.2, protocol: udp, inner-port: 5000, outer: 198.51.100.5, outer-port: 5000}]}`),
    aftr(`${NAT}, ports-per-subscriber: 8, inbound-refresh: true, timers: {udp: 300, tcp-transitory: 240}, filtering: address-and-port-dependent}`),
    aftr("nat: {pool: {addresses: [198.51.100.9], ports: 1024-1060}}"), aftr("nat: {pool: {addresses: [198.51.100.9-198.51.100.10], ports: 1024-1039}, address-pooling: paired, unsolicited-syn: silent}"),
    aftr(`subscriber-prefix-length: 56, ${NAT}, ports-per-subscriber: 8}`),
    aftr(`${NAT}}`, 1400, 1500), aftr(`mtu-v6: 1500, ${NAT}}`, 1500, 1700),
    limited("subscriber-prefix-length: 56, softwires-per-subscriber: 2, session-limit-per-prefix: 100", "mapping-rate: 4, mapping-burst: 6, echo: true", { core: ", provider-boundary: true", access: ", mpls: {push: [100, 2]}" }),
    limited("flow-limit: 90", "mapping-rate: 20, filtering: endpoint-independent", { core: ", provider-boundary: true, mpls: preserve" }),
  ],
};
