/** The configuration that concentrator and judge share, as it is after loading: addresses are words, defaults are filled in. */
import type { Ipv6, Prefix4, Prefix6 } from "../wire/address.js";

/** 0 = access: the tunnelled side (customers); 1 = core: the native side (Internet). For a 6to4 router: access is the IPv4 Internet, core its site. */
export type Side = 0 | 1;
export const ACCESS: Side = 0;
export const CORE: Side = 1;
export const SIDE_NAME = ["access", "core"] as const;

export type Mechanism = "6rd" | "6to4-router" | "6to4-relay" | "6to4-pmt" | "ds-lite";

/** What is attached to one side of the device. */
export interface SideConfig {
  /** MAC addresses of the device on this side, lower case with colons: a frame from one of them was sent by the device. */
  readonly macs: readonly string[];
  /** MAC of the neighbour, used in output frames. */
  readonly peerMac?: string;
  readonly interfaces: readonly string[];
  readonly ipv4: readonly number[];
  readonly ipv6: readonly Ipv6[];
  /** Largest IP packet in bytes on the link. */
  readonly mtu: number;
  /** The other end of the core link belongs to another provider (RFC 6598 section 4). */
  readonly providerBoundary?: true;
  /** MPLS labels on frames that are written for this side; absent: none. Received frames may always be labelled. */
  readonly mpls?: "preserve" | { readonly push: readonly number[] };
}

/** decisions.md D1: how DF and the tunnel MTU go together. */
/** `undeclared`: a captured device whose configuration does not say; never what the reference does. */
export type TunnelMtuMode = "static" | "dynamic" | "anycast-df" | "undeclared";
/** decisions.md D5: DSCP from inner to outer on encapsulation (`copy`, `zero`, or `fixed`) . */
export type DscpEncap = { readonly mode: "copy" | "zero" } | { readonly mode: "fixed"; readonly dscp: number };
/** decisions.md D11: which table says that a V4ADDR is global unicast. `custom` refuses only what `refuse` lists. */
export interface AddressTable { readonly name: "rfc3964" | "rfc6890" | "custom"; readonly refuse: readonly Prefix4[] }

/** What all IPv6-in-IPv4 mechanisms share (RFC 4213 section 3). */
export interface TunnelCommon {
  readonly name: string;
  /** The concentrator's IPv4 address: outer source of what it sends. */
  readonly address: number;
  /** Further IPv4 addresses at which it accepts tunnelled packets (192.88.99.1 and the equivalent unicast address). */
  readonly alsoAccepts: readonly number[];
  readonly anycast: boolean;
  /** Largest IPv6 packet in bytes that enters the tunnel. */
  readonly tunnelMtu: number;
  readonly tunnelMtuMode: TunnelMtuMode;
  readonly dscp: DscpEncap;
  /** Outer TTL (RFC 4213 section 3.3). */
  readonly ttl: number;
  /** Outer reassembly: seconds until an incomplete datagram is given up; 0 turns reassembly off. */
  readonly reassemblySeconds: number;
  /** Flows without traffic end after so many seconds. */
  readonly flowInactivitySeconds: number;
  /** Most flows per softwire; 0 = no limit. */
  readonly flowLimit: number;
  /** ICMP errors per second, 0 = no limit; and the burst that is always allowed. */
  readonly icmpRate: number;
  readonly icmpBurst: number;
  /** Other relays' addresses, with 192.88.99.0/24: filtered in and out (RFC 5969 section 12, RFC 6324). */
  readonly knownRelays: readonly Prefix4[];
  /** Answers echo requests to own addresses and the Subnet-Router anycast address. */
  readonly echo: boolean;
  /** Drops native packets whose source lies in the tunnel's own prefix. */
  readonly filterNativeSource: boolean;
}

/** 6rd border relay, RFC 5969. IPv4MaskLen is the length of `ipv4Prefix`. */
export interface SixRdDomain extends TunnelCommon {
  readonly kind: "6rd";
  readonly v6rdPrefix: Prefix6;
  readonly ipv4Prefix: Prefix4;
}

/** 6to4 border router (site on the core side), relay, or PMT relay: RFC 3056, 3068, 3964, 6732. */
export interface SixToFour extends TunnelCommon {
  readonly kind: "6to4-router" | "6to4-relay" | "6to4-pmt";
  readonly table: AddressTable;
  /** decisions.md D9 and D18: source check and no 6to4-to-6to4 at a relay (RFC 3964). */
  readonly strict3964: boolean;
  /** decisions.md D8: only 192.88.99.1 is served. */
  readonly anycastOnly: boolean;
  /** 6to4-router: the relay for native destinations. */
  readonly defaultRelay?: number;
  readonly sitePrefix?: Prefix6;
  /** 6to4-pmt: 2002:V4ADDR:subnetId::/64 <-> providerPrefix + V4ADDR (RFC 6732 figure 3). */
  readonly providerPrefix?: Prefix6;
  readonly subnetId?: number;
  /** 6to4-pmt, RFC 6732 section 3.4: figure 3 (stateless when absent), or a /64 of the provider prefix for each V4ADDR and Subnet-ID as they come. */
  readonly pmtMapping?: "stateless" | "stateful";
  /** RFC 6732 section 4.5: the transport checksum is mended (when absent), or the identifier is adjusted as in RFC 6296. */
  readonly pmtChecksum?: "adjust" | "neutral";
  /** Directed broadcast addresses of the device's own IPv4 subnets: no tunnel addresses (RFC 3964 section 5.3.1). */
  readonly broadcasts?: readonly number[];
  /** 6to4-pmt: customers (V4ADDR) whose packets stay ordinary 6to4 (RFC 6732 section 4.1). */
  readonly optOut?: readonly Prefix4[];
  /** Relays: the only V4ADDRs that are served (RFC 3056 section 5.2.2.1, RFC 6324 section 3.1.2); absent = all. */
  readonly clients?: readonly Prefix4[];
  /** Seconds until a stateful mapping without packets is forgotten. */
  readonly pmtMappingSeconds?: number;
}

export interface NatPool {
  /** Inclusive ranges of external addresses. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  /** There may be further addresses that nobody listed. */
  readonly partial?: true;
  readonly portFrom: number;
  readonly portTo: number;
}

/** `mtuV6` of a captured device whose configuration does not say: any IPv4 packet fits, and nothing is derived from it. */
export const UNDECLARED_MTU_V6 = 65575;

/** AFTR, RFC 6333, with NAPT44. Times in seconds. */
export interface DsLite {
  readonly kind: "ds-lite";
  readonly name: string;
  readonly address: Ipv6;
  /** Largest outer IPv6 packet in bytes (mtu-v6). */
  readonly mtuV6: number;
  readonly wellKnownV4: number;
  /** decisions.md D2. */
  readonly oversize: "fragment-outer" | "honour-df" | "pre-fragment";
  /** decisions.md D5: outer DSCP to inner on decapsulation, inner to outer on encapsulation. */
  readonly copyDscpIn: boolean;
  readonly copyDscpOut: boolean;
  readonly hopLimit: number;
  readonly b4Prefixes: readonly Prefix6[];
  readonly innerSources: readonly Prefix4[];
  readonly reassemblySeconds: number;
  /** Seconds until an idle UDP, ICMP or other flow ends (the mapping may outlive it); 30 when absent. */
  readonly flowInactivitySeconds?: number;
  readonly flowLimit: number;
  readonly subscriberPrefixLength: number;
  readonly sessionLimitPerPrefix: number;
  /** RFC 7785 section 4: most active softwires of one subscriber. Absent: no limit. */
  readonly softwiresPerSubscriber?: number;
  readonly icmpRate: number;
  readonly icmpBurst: number;
  readonly nat: NatConfig | undefined;
  /** Keys (of the file's vocabulary; of `nat` and `nat.timers` too) that nobody wrote for a captured device: what they stand at is no promise of it. Absent = everything is as it stands. */
  readonly undeclared?: readonly string[];
}

export interface NatConfig {
  readonly pool: NatPool;
  readonly mapping: "endpoint-independent" | "address-dependent" | "address-and-port-dependent";
  readonly filtering: "endpoint-independent" | "address-dependent" | "address-and-port-dependent";
  readonly hairpinning: boolean;
  /** RFC 4787 REQ-2: one external address for a subscriber; `paired-soft`: others when it is used up. Absent: paired. */
  readonly pooling?: "paired" | "paired-soft" | "arbitrary";
  /** RFC 7857 section 3: several inner ends behind one external port, told apart by their remote ends; when no port is left, or for every mapping. Absent: never (RFC 4787 REQ-3). */
  readonly overlapping?: "exhausted" | "always";
  /** RFC 5382 REQ-4: after 6 s of silence an unsolicited SYN is answered, or never. Absent: silent. */
  readonly unsolicitedSyn?: "port-unreachable" | "silent";
  /** RFC 1812 section 4.3.3.6: echo requests to external addresses that no mapping takes are answered. Absent: dropped. */
  readonly echo?: boolean;
  readonly parity: boolean;
  readonly allocation: "sequential" | "random" | "port-block" | "deterministic";
  readonly portBlockSize: number;
  readonly portsPerSubscriber: number;
  /** RFC 6888 REQ-4c: new mappings a second of one subscriber, and how many may be made at once (absent: as many as in a second). Absent: no limit. */
  readonly mappingRate?: number;
  readonly mappingBurst?: number;
  readonly holdDownSeconds: number;
  readonly timers: { readonly udp: number; readonly tcpEstablished: number; readonly tcpTransitory: number; readonly icmpQuery: number; readonly other: number };
  readonly inboundRefresh: boolean;
  readonly mssClamp: number;
  readonly alg: readonly ("ftp" | "tftp" | "pptp")[];
  readonly staticMappings: readonly { readonly b4: Ipv6; readonly inner: number; readonly protocol: number; readonly innerPort: number; readonly outer: number; readonly outerPort: number }[];
  readonly noTranslate: readonly Prefix4[];
}

export type SoftwireConcentrator = SixRdDomain | SixToFour | DsLite;

/** input: packets from the access side; output: packets from the core side. */
export type MatchDirection = "input" | "output" | "input-output";
export type ServiceName = "softwire" | "stateful-firewall" | "nat" | "alg";
export type FirewallAction = "accept" | "discard" | "reject";

/** Empty lists match everything; prefixes of both families may stand in one rule. */
export interface FirewallRule {
  readonly name: string;
  readonly direction: MatchDirection;
  readonly source: { readonly v4: readonly Prefix4[]; readonly v6: readonly Prefix6[] };
  readonly destination: { readonly v4: readonly Prefix4[]; readonly v6: readonly Prefix6[] };
  readonly protocols: readonly number[];
  readonly sourcePorts: readonly { readonly from: number; readonly to: number }[];
  readonly destinationPorts: readonly { readonly from: number; readonly to: number }[];
  readonly action: FirewallAction;
}

/** The first rule that matches the first packet of a flow decides about the flow; packets of an accepted flow pass both ways. */
export interface StatefulFirewall {
  readonly rules: readonly FirewallRule[];
  /** For flows that no rule matches. */
  readonly otherwise: FirewallAction;
  /** Seconds until an idle session ends. */
  readonly timers: NatConfig["timers"];
}

/** The services between a softwire and the native side, in the order in which a packet that leaves the softwire meets them. */
export interface ServiceChain {
  readonly order: readonly ServiceName[];
  /** Which side's packets may create a softwire. */
  readonly softwireRule: MatchDirection;
  readonly firewall?: StatefulFirewall;
}

/** An ordered chain of services; packets meet the sets in the order of the file (RFC-neutral; the Junos notion of a service set). */
export interface ServiceSet {
  readonly name: string;
  readonly concentrators: readonly SoftwireConcentrator[];
  /** Absent: softwire, then NAT and ALG where a concentrator has them, and nothing that refuses a flow. */
  readonly chain?: ServiceChain;
}

export interface Config {
  /** Where it came from, for messages. */
  readonly source: string;
  /** `modelled` = the reference; `captured` = someone's box. */
  readonly access: SideConfig;
  readonly core: SideConfig;
  readonly serviceSets: readonly ServiceSet[];
  /** Seed of every pseudo-random choice. */
  readonly seed: number;
}
