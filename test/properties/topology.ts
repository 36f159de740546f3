/** Random concentrators: any prefix lengths, policies and sizes that the configuration accepts. */
import { parseConfig } from "../../src/config/load.js";
import { InputProblem } from "../../src/config/problems.js";
import type { Config, Mechanism } from "../../src/config/types.js";
import { formatIpv4, formatIpv6, mask32, type Ipv6 } from "../../src/wire/address.js";
import type { Random } from "./random.js";

const GLOBAL4 = ["192.0.2.1", "198.51.100.77", "203.0.113.9", "8.8.4.4", "193.0.0.1"];

function tunnelPolicies(r: Random): Record<string, unknown> {
  return {
    ...(r.chance(0.5) ? { "tunnel-mtu": 1280 + r.below(221) } : {}),
    ...(r.chance(0.3) ? { "tunnel-mtu-mode": r.pick(["static", "dynamic"]) } : {}),
    ...(r.chance(0.5) ? { dscp: r.pick(["copy", "zero", { fixed: r.below(64) }]) } : {}),
    ...(r.chance(0.3) ? { ttl: 1 + r.below(255) } : {}),
    ...(r.chance(0.2) ? { "reassembly-timeout": r.pick([2, 60]) } : {}),
    ...(r.chance(0.2) ? { "flow-limit": 1 + r.below(4) } : {}),
    ...(r.chance(0.3) ? { "icmp-rate": 1 + r.below(50), "icmp-burst": 1 + r.below(10) } : {}),
    ...(r.chance(0.2) ? { echo: false } : {}),
    ...(r.chance(0.3) ? { "filter-native-source": true } : {}),
  };
}

function sixRd(r: Random): object {
  const mask = r.below(33);
  const length = Math.min(8 + r.below(53), 64 - (32 - mask) > 8 ? 64 - (32 - mask) : 32);
  const v4 = mask === 0 ? 0 : ((0x0a000000 | r.below(0x1000000)) & mask32(mask)) >>> 0;
  const raw: Ipv6 = [0x20010db8, r.word(), 0, 0];
  const v6 = raw.map((w, i) => (w & mask32(length - 32 * i)) >>> 0) as unknown as Ipv6;
  // Below /32 the documentation prefix is cut: still 2000::/3.
  return { v6rd: { "softwire-address": mask < 8 || r.chance(0.5) ? "10.0.0.1" : "192.0.2.1", "ipv4-prefix": `${formatIpv4(v4)}/${mask}`, "v6rd-prefix": `${formatIpv6(v6)}/${length}`, ...(r.chance(0.2) ? { anycast: true } : {}), ...tunnelPolicies(r) } };
}

function nat(r: Random): object {
  return {
    pool: { addresses: ["198.51.100.0/29"], ...(r.chance(0.3) ? { ports: "1024-1087" } : {}) },
    ...(r.chance(0.3) ? { mapping: "endpoint-independent" } : {}),
    ...(r.chance(0.5) ? { filtering: r.pick(["endpoint-independent", "address-dependent", "address-and-port-dependent"]) } : {}),
    ...(r.chance(0.3) ? { "preserve-parity": true } : {}),
    ...(r.chance(0.6) ? { allocation: r.pick(["sequential", "random", "port-block"]), "port-block-size": 16 } : {}),
    ...(r.chance(0.3) ? { "ports-per-subscriber": 1 + r.below(8) } : {}),
    ...(r.chance(0.2) ? { "mss-clamp": 1400 } : {}),
    ...(r.chance(0.2) ? { alg: ["ftp", "tftp", "pptp"] } : {}),
    ...(r.chance(0.2) ? { "no-translate": ["100.64.0.0/10"] } : {}),
  };
}

/** Drawn apart, so that what an older seed draws stays as it was. Overlapping shows where external ends are few. */
function moreNat(r: Random): object {
  const few = r.chance(0.5) ? { pool: { addresses: ["198.51.100.0/31"], ports: "1024-1031" } } : {};
  return {
    ...(r.chance(0.4) ? { "port-overlapping": r.pick(["exhausted", "always"]), allocation: r.pick(["sequential", "random"]), ...few } : {}),
    ...(r.chance(0.3) ? { echo: true } : {}),
  };
}

function concentrator(r: Random, kind: Mechanism, more: Random | undefined): object {
  switch (kind) {
    case "6rd":
      return sixRd(r);
    case "6to4-router":
      return { "6to4-router": { "softwire-address": r.pick(GLOBAL4), ...(r.chance(0.7) ? { "default-relay": "192.88.99.1" } : {}), ...tunnelPolicies(r) } };
    case "6to4-relay":
      return { "6to4-relay": { ...(r.chance(0.5) ? { "softwire-address": "192.88.99.1", "also-accepts": ["192.0.2.1"] } : { "softwire-address": r.pick(GLOBAL4) }), ...(r.chance(0.3) ? { strict3964: false } : {}), ...tunnelPolicies(r) } };
    case "6to4-pmt":
      return { "6to4-pmt": { "softwire-address": "192.88.99.1", "also-accepts": ["192.0.2.1"], "provider-prefix": r.pick(["2001:db8::/32", "2610:1200::/24", "2001:db8::/31"]), "global-table": { refuse: ["10.0.0.0/8", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/4"] }, ...(r.chance(0.3) ? { "subnet-id": r.below(4) } : {}), ...tunnelPolicies(r) } };
    default:
      return {
        "ds-lite": {
          "softwire-address": "2001:db8:a::1",
          ...(r.chance(0.5) ? { "mtu-v6": 1280 + r.below(260) } : {}),
          ...(r.chance(0.4) ? { oversize: r.pick(["fragment-outer", "honour-df", "pre-fragment"]) } : {}),
          ...(r.chance(0.4) ? { "copy-dscp": r.pick(["both", "decapsulation", "encapsulation", "none"]) } : {}),
          ...(r.chance(0.2) ? { "flow-limit": 2 + r.below(4) } : {}),
          ...(r.chance(0.2) ? { "b4-prefixes": ["2001:db8:b::/48"] } : {}),
          ...(r.chance(0.9) ? { nat: { ...nat(r), ...(more === undefined ? {} : moreNat(more)) } } : {}),
        },
      };
  }
}

/** Undefined when the draw is one that the configuration refuses. */
export function topologyOf(r: Random, kind: Mechanism, more?: Random): Config | undefined {
  const raw = {
    softproof: 1, seed: r.below(1000),
    access: { ipv4: ["192.0.2.200"], ipv6: ["2001:db8:ffff::a"], ...(r.chance(0.2) ? { mtu: 1400 + r.below(200) } : {}) },
    core: { ipv6: ["2001:db8:ffff::c"], ipv4: ["203.0.113.200"], ...(r.chance(0.2) ? { mtu: 1300 + r.below(300) } : {}) },
    "service-sets": [{ "softwire-concentrators": [concentrator(r, kind, more)] }],
  };
  try {
    return parseConfig(JSON.stringify(raw), "random.yaml");
  } catch (e) {
    if (e instanceof InputProblem) return undefined;
    throw e;
  }
}
