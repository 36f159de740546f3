/** What holds when the configuration is silent, each with its reason. */
import { type Prefix4, parseIpv4, parsePrefix4 } from "../wire/address.js";
import type { AddressTable, NatConfig } from "./types.js";

const prefixes = (...texts: string[]): Prefix4[] => texts.map((t) => parsePrefix4(t)!);

/** RFC 4213 section 3.2.1 and RFC 5969 section 9.1: the IPv6 minimum unless more is known to fit. */
export const TUNNEL_MTU = 1280;
/** RFC 4213 section 3.3: the assigned default TTL. Also RFC 2473 section 6.3. */
export const HOP_LIMIT = 64;
/** RFC 1122 section 3.3.2 allows 60 to 120 s for IPv4; RFC 8200 section 4.5 says 60 s. */
export const REASSEMBLY_SECONDS = 60;
/** No RFC gives a flow a lifetime in a stateless tunnel; 30 s is the inactivity default of the MS cards. */
export const FLOW_INACTIVITY_SECONDS = 30;
/** RFC 6732 section 3.4 leaves the state of a stateful mapping to the operator: an hour without packets. */
export const PMT_MAPPING_SECONDS = 3600;
/** RFC 6343 section 4.4: 1000/s or more for a busy relay; RFC 4443 section 2.4(f) asks for some limit. */
export const ICMP_RATE = 1000;
export const ICMP_BURST = 100;
export const LINK_MTU = 1500;
/** 192.88.99.0/24, RFC 3068 section 2.3. */
export const ANYCAST_6TO4 = prefixes("192.88.99.0/24")[0];
/** This network, loopback, multicast, reserved. */
export const NO_SOURCE = prefixes("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4");
/** 2002::/16. */
export const V6_6TO4 = 0x2002;

/** The address tables of decisions.md D11 by name. */
export const TABLES: { readonly rfc3964: AddressTable; readonly rfc6890: AddressTable } = {
  // RFC 3964 section 5.3.1
  rfc3964: { name: "rfc3964", refuse: prefixes("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4") },
  // RFC 6890 section 2.2.2, the rows with Global = False, and multicast
  rfc6890: {
    name: "rfc6890",
    refuse: prefixes(
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
      "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ),
  },
};

export const DS_LITE = {
  mtuV6: 1500,
  /** RFC 6333 section 6.5. */
  wellKnownV4: parseIpv4("192.0.0.1")!,
  /** RFC 6333 section 11: RFC 1918 and the reserved range of section 5.7 (decisions.md D14). */
  innerSources: prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29"),
  /** decisions.md D28: the B4 address itself, unless RFC 7785 is claimed. */
  subscriberPrefixLength: 128,
} as const;

/** NAPT44 by RFC 4787, 5382, 5508, 6888, 7857; the pool has no default. */
export const NAT: Omit<NatConfig, "pool" | "staticMappings" | "noTranslate"> = {
  // RFC 4787 REQ-1 and RFC 6888 REQ-7
  mapping: "endpoint-independent",
  filtering: "endpoint-independent",
  // RFC 4787 REQ-9
  hairpinning: true,
  // RFC 4787 REQ-4
  parity: true,
  // RFC 6888 REQ-15: hard to guess (seeded, so that runs repeat)
  allocation: "random",
  portBlockSize: 128,
  portsPerSubscriber: 0,
  // RFC 6888 REQ-8
  holdDownSeconds: 120,
  // RFC 4787 REQ-5c, RFC 5382 REQ-5, RFC 5508 REQ-2; `other` follows UDP
  timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 },
  // RFC 4787 REQ-6: outbound must, inbound may
  inboundRefresh: false,
  mssClamp: 0,
  alg: [],
};
/** RFC 5382 REQ-4 (SHOULD). */
export const NAT_UNSOLICITED_SYN = "port-unreachable" as const;
/** RFC 6888 section 3 and RFC 4787 REQ-3: the well-known ports stay out of an ordinary pool. */
export const POOL_PORTS = { from: 1024, to: 65535 } as const;
