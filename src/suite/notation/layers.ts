/** The layers that the packet notation knows, as one table of bit positions: the compiler, the dissector and the diffs all read it. */
import { isIcmpError } from "../../wire/ipv4.js";

export type FieldKind = "number" | "hex" | "flag" | "ipv4" | "ipv6" | "mac" | "tcp-flags";

export interface Field {
  readonly name: string;
  /** Bits after the start of the header, most significant bit first. */
  readonly at: number;
  /** Width in bits. */
  readonly width: number;
  readonly kind: FieldKind;
  /** The notation's number is the field's times this (fragment offsets are written in bytes). */
  readonly scale?: number;
  readonly default?: number;
  /** Filled by the compiler unless written: a length in bytes, the protocol of what follows, a checksum. */
  readonly auto?: "length" | "next" | "checksum" | "header-length" | "bottom";
  /** Shown by `describe` even when it has the default value. */
  readonly always?: boolean;
}

export interface LayerType {
  readonly name: string;
  /** Length in bytes of the fixed header. */
  readonly bytes: number;
  readonly fields: readonly Field[];
  /** The two fields that are written `from > to`. */
  readonly pair?: readonly [string, string];
  /** Protocol number or next-header value that announces this layer in an IP header. */
  readonly protocol?: number;
  readonly etherType?: number;
  /** What `options=HEX` is: a tail that lengthens the header. */
  readonly options: boolean;
  /** Names for values of the `type` field. */
  readonly types?: Readonly<Record<string, number>>;
}

const f = (name: string, at: number, width: number, more: Partial<Field> = {}): Field => ({ name, at, width, kind: "number", ...more });

const ETH: LayerType = {
  name: "eth", bytes: 14, options: false, pair: ["src", "dst"],
  fields: [f("dst", 0, 48, { kind: "mac" }), f("src", 48, 48, { kind: "mac" }), f("type", 96, 16, { kind: "hex", auto: "next" })],
};
const VLAN: LayerType = {
  name: "vlan", bytes: 4, options: false, etherType: 0x8100,
  fields: [f("pcp", 0, 3), f("dei", 3, 1, { kind: "flag" }), f("vid", 4, 12, { always: true }), f("type", 16, 16, { kind: "hex", auto: "next" })],
};
const MPLS: LayerType = {
  name: "mpls", bytes: 4, options: false, etherType: 0x8847,
  fields: [f("label", 0, 20, { always: true }), f("tc", 20, 3), f("s", 23, 1, { auto: "bottom" }), f("ttl", 24, 8, { default: 64 })],
};
/** RFC 791 section 3.1. */
const IPV4: LayerType = {
  name: "ipv4", bytes: 20, options: true, pair: ["src", "dst"], protocol: 4, etherType: 0x0800,
  fields: [
    f("ver", 0, 4, { default: 4 }), f("ihl", 4, 4, { auto: "header-length" }), f("tos", 8, 8), f("len", 16, 16, { auto: "length" }), f("id", 32, 16),
    f("rf", 48, 1, { kind: "flag" }), f("df", 49, 1, { kind: "flag" }), f("mf", 50, 1, { kind: "flag" }), f("off", 51, 13, { scale: 8 }),
    f("ttl", 64, 8, { default: 64, always: true }), f("proto", 72, 8, { auto: "next" }), f("check", 80, 16, { kind: "hex", auto: "checksum" }),
    f("src", 96, 32, { kind: "ipv4" }), f("dst", 128, 32, { kind: "ipv4" }),
  ],
};
/** RFC 8200 section 3. */
const IPV6: LayerType = {
  name: "ipv6", bytes: 40, options: false, pair: ["src", "dst"], protocol: 41, etherType: 0x86dd,
  fields: [
    f("ver", 0, 4, { default: 6 }), f("tc", 4, 8), f("flow", 12, 20, { kind: "hex" }), f("len", 32, 16, { auto: "length" }), f("next", 48, 8, { auto: "next" }),
    f("hop", 56, 8, { default: 64, always: true }), f("src", 64, 128, { kind: "ipv6" }), f("dst", 192, 128, { kind: "ipv6" }),
  ],
};
const extension = (name: string, protocol: number): LayerType => ({
  name, bytes: 2, options: true, protocol, fields: [f("next", 0, 8, { auto: "next" }), f("hlen", 8, 8, { auto: "header-length" })],
});
const FRAG6: LayerType = {
  name: "frag6", bytes: 8, options: false, protocol: 44,
  fields: [f("next", 0, 8, { auto: "next" }), f("res", 8, 8), f("off", 16, 13, { scale: 8 }), f("res2", 29, 2), f("m", 31, 1, { kind: "flag" }), f("id", 32, 32, { always: true })],
};
const UDP: LayerType = {
  name: "udp", bytes: 8, options: false, pair: ["sport", "dport"], protocol: 17,
  fields: [f("sport", 0, 16), f("dport", 16, 16), f("len", 32, 16, { auto: "length" }), f("check", 48, 16, { kind: "hex", auto: "checksum" })],
};
const TCP: LayerType = {
  name: "tcp", bytes: 20, options: true, pair: ["sport", "dport"], protocol: 6,
  fields: [
    f("sport", 0, 16), f("dport", 16, 16), f("seq", 32, 32), f("ack", 64, 32), f("doff", 96, 4, { auto: "header-length" }), f("res", 100, 4),
    f("flags", 104, 8, { kind: "tcp-flags", always: true }), f("win", 112, 16, { default: 65535 }), f("check", 128, 16, { kind: "hex", auto: "checksum" }), f("urg", 144, 16),
  ],
};
const ICMP4_TYPES = { reply: 0, unreachable: 3, quench: 4, redirect: 5, echo: 8, "time-exceeded": 11, parameter: 12 };
const ICMP6_TYPES = { unreachable: 1, "too-big": 2, "time-exceeded": 3, parameter: 4, echo: 128, reply: 129, rs: 133, ra: 134, ns: 135, na: 136 };
const ICMP_HEAD = [f("type", 0, 8, { always: true }), f("code", 8, 8), f("check", 16, 16, { kind: "hex", auto: "checksum" })];
const ICMP4: LayerType = { name: "icmp4", bytes: 8, options: false, protocol: 1, types: ICMP4_TYPES, fields: ICMP_HEAD };
const ICMP6: LayerType = { name: "icmp6", bytes: 8, options: false, protocol: 58, types: ICMP6_TYPES, fields: ICMP_HEAD };

export const LAYERS: readonly LayerType[] = [
  ETH, VLAN, MPLS, IPV4, IPV6, extension("hopopts", 0), extension("routing", 43), extension("dstopts", 60), FRAG6, UDP, TCP, ICMP4, ICMP6,
];
export const layerNamed = (name: string): LayerType | undefined => LAYERS.find((l) => l.name === name);
export const isExtension = (t: LayerType): boolean => t.name === "hopopts" || t.name === "routing" || t.name === "dstopts";

const ECHO = [f("id", 32, 16), f("seq", 48, 16)];
const REST = [f("rest", 32, 32, { kind: "hex" })];

/** The fields of a layer; those of ICMP depend on its type (RFC 792, RFC 4443). */
export function fieldsOf(t: LayerType, type: number): readonly Field[] {
  if (t === ICMP4) {
    if (type === 0 || type === 8) return [...ICMP_HEAD, ...ECHO];
    if (type === 3) return [...ICMP_HEAD, f("unused", 32, 16), f("mtu", 48, 16)];
    if (type === 12) return [...ICMP_HEAD, f("pointer", 32, 8), f("unused", 40, 24)];
    return [...ICMP_HEAD, ...REST];
  }
  if (t === ICMP6) {
    if (type === 128 || type === 129) return [...ICMP_HEAD, ...ECHO];
    if (type === 2) return [...ICMP_HEAD, f("mtu", 32, 32)];
    if (type === 4) return [...ICMP_HEAD, f("pointer", 32, 32)];
    return [...ICMP_HEAD, ...REST];
  }
  return t.fields;
}

/** Does an ICMP message of this type quote a packet? */
export const quotes = (t: LayerType, type: number): boolean =>
  t === ICMP4 ? isIcmpError(type) : t === ICMP6 && type >= 1 && type <= 4;
