/** The shape of a configuration file once specs/schemas/config.schema.json has accepted it; addresses are still text. */

export interface RawSide {
  readonly macs?: readonly string[];
  readonly "peer-mac"?: string;
  readonly interfaces?: readonly string[];
  readonly ipv4?: readonly string[];
  readonly ipv6?: readonly string[];
  readonly mtu?: number;
  readonly "provider-boundary"?: boolean;
  readonly mpls?: "strip" | "preserve" | { readonly push: readonly number[] };
}

export interface RawTunnel {
  readonly name?: string;
  readonly "softwire-address": string;
  readonly "also-accepts"?: readonly string[];
  readonly anycast?: boolean;
  readonly "mtu-v4"?: number;
  readonly "tunnel-mtu"?: number;
  readonly "tunnel-mtu-mode"?: "static" | "dynamic" | "anycast-df";
  readonly dscp?: "copy" | "zero" | { readonly fixed: number };
  readonly "copy-dscp"?: boolean;
  readonly ttl?: number;
  readonly "reassembly-timeout"?: number;
  readonly "flow-inactivity-timeout"?: number;
  readonly "flow-limit"?: number;
  readonly "icmp-rate"?: number;
  readonly "icmp-burst"?: number;
  readonly "known-relays"?: readonly string[];
  readonly echo?: boolean;
  readonly "filter-native-source"?: boolean;
}

export interface RawV6rd extends RawTunnel { readonly "ipv4-prefix": string; readonly "v6rd-prefix": string }

export interface RawSixToFour extends RawTunnel {
  readonly "global-table"?: "rfc3964" | "rfc6890" | { readonly refuse: readonly string[] };
  readonly strict3964?: boolean;
  readonly "anycast-only"?: boolean;
  readonly "default-relay"?: string;
  readonly "site-prefix"?: string;
  readonly "provider-prefix"?: string;
  readonly "subnet-id"?: number;
  readonly "broadcast-addresses"?: readonly string[];
  readonly clients?: readonly string[];
  readonly "opt-out"?: readonly string[];
  readonly mapping?: "stateless" | "stateful";
  readonly checksum?: "adjust" | "neutral";
  readonly "mapping-timeout"?: number;
}

type Behaviour = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";
export interface RawNat {
  readonly pool: { readonly addresses: readonly string[]; readonly partial?: boolean; readonly ports?: string };
  readonly mapping?: Behaviour;
  readonly filtering?: Behaviour;
  readonly hairpinning?: boolean;
  readonly "address-pooling"?: "paired" | "paired-soft" | "arbitrary";
  readonly "port-overlapping"?: "never" | "exhausted" | "always";
  readonly "unsolicited-syn"?: "port-unreachable" | "silent";
  readonly echo?: boolean;
  readonly "preserve-parity"?: boolean;
  readonly allocation?: "sequential" | "random" | "port-block" | "deterministic";
  readonly "port-block-size"?: number;
  readonly "ports-per-subscriber"?: number;
  readonly "mapping-rate"?: number;
  readonly "mapping-burst"?: number;
  readonly "hold-down"?: number;
  readonly timers?: { readonly udp?: number; readonly "tcp-established"?: number; readonly "tcp-transitory"?: number; readonly "icmp-query"?: number; readonly other?: number };
  readonly "inbound-refresh"?: boolean;
  readonly "mss-clamp"?: number;
  readonly alg?: readonly ("ftp" | "tftp" | "pptp")[];
  readonly "static-mappings"?: readonly {
    readonly b4: string; readonly inner: string; readonly protocol: "tcp" | "udp" | "icmp"; readonly "inner-port": number; readonly outer: string; readonly "outer-port": number;
  }[];
  readonly "no-translate"?: readonly string[];
}

export interface RawDsLite {
  readonly name?: string;
  readonly "softwire-address": string;
  readonly "mtu-v6"?: number;
  readonly "well-known-v4"?: string;
  readonly oversize?: "fragment-outer" | "honour-df" | "pre-fragment";
  readonly "copy-dscp"?: "both" | "decapsulation" | "encapsulation" | "none" | boolean;
  readonly "hop-limit"?: number;
  readonly "b4-prefixes"?: readonly string[];
  readonly "inner-sources"?: readonly string[];
  readonly "reassembly-timeout"?: number;
  readonly "flow-limit"?: number;
  readonly "subscriber-prefix-length"?: number;
  readonly "session-limit-per-prefix"?: number;
  readonly "softwires-per-subscriber"?: number;
  readonly "icmp-rate"?: number;
  readonly "icmp-burst"?: number;
  readonly nat?: RawNat;
}

export interface RawConcentrator {
  readonly v6rd?: RawV6rd;
  readonly "6to4-router"?: RawSixToFour;
  readonly "6to4-relay"?: RawSixToFour;
  readonly "6to4-pmt"?: RawSixToFour;
  readonly "ds-lite"?: RawDsLite;
}

export type RawDirection = "input" | "output" | "input-output";
export type RawAction = "accept" | "discard" | "reject";
export interface RawFirewallRule {
  readonly name?: string;
  readonly "match-direction"?: RawDirection;
  readonly from?: {
    readonly source?: readonly string[];
    readonly destination?: readonly string[];
    readonly protocol?: readonly (string | number)[];
    readonly "source-port"?: readonly (string | number)[];
    readonly "destination-port"?: readonly (string | number)[];
  };
  readonly then: RawAction;
}
export interface RawServiceSet {
  readonly name?: string;
  readonly "softwire-concentrators": readonly RawConcentrator[];
  readonly services?: readonly ("softwire" | "stateful-firewall" | "nat" | "alg")[];
  readonly "softwire-rule"?: { readonly name?: string; readonly "match-direction": RawDirection };
  readonly "stateful-firewall"?: { readonly rules?: readonly RawFirewallRule[]; readonly default?: RawAction; readonly timers?: RawNat["timers"] };
}

export interface RawConfig {
  readonly softproof: 1;
  readonly seed?: number;
  readonly access?: RawSide;
  readonly core?: RawSide;
  readonly "service-sets": readonly RawServiceSet[];
}
