/** Addresses of the initiators and hosts that stimuli come from, made to fit the user's configuration. */
import type { Config, SixRdDomain, SixToFour } from "../../config/types.js";
import { formatIpv4, formatIpv6, inPrefix4, type Ipv6, mask32, parseIpv4, type Prefix6, readIpv6, writeIpv6 } from "../../wire/address.js";
import { put32, putBits } from "../../wire/bits.js";
import { writeDelegated } from "../../wire/embedding.js";

export interface End { readonly v4: string; readonly v6: string; /** Its prefix with all other bits zero. */ readonly prefix: string }
export interface Ends {
  /** The device's tunnel addresses. */
  readonly own: string;
  readonly also: readonly string[];
  /** Its own delegated or 6to4 prefix. */
  readonly ownPrefix: string;
  /** The nth initiator (a CE, another 6to4 site). */
  end(n: number): End;
  /** The end that an IPv4 address makes: also ones that must not be served. */
  of(v4: string): End;
  /** By which address the core side knows an initiator: its own, unless the relay translates (RFC 6732). */
  seen(end: End): string;
  /** The nth host behind the device: native, or of a 6to4 router's site. */
  host(n: number): string;
  /** An address of the device on the core side, if the configuration has one. */
  readonly coreAddress: string | undefined;
}

/** RFC 9637 documentation space: native hosts. */
const NATIVE: Ipv6 = [0x3fff05af, 0x0e000000, 0, 0];
/** Documentation and benchmark networks, tried in this order until the address table accepts one. */
const FOREIGN = ["198.51.100.0", "203.0.113.0", "192.0.2.0", "198.18.51.0", "44.128.7.0"].map((a) => parseIpv4(a)!);

const withHost = (prefix: Ipv6, host: number): Ipv6 => [prefix[0], prefix[1], prefix[2], (prefix[3] | host) >>> 0];

export function sixRdEnds(config: Config, d: SixRdDomain): Ends {
  const bits = 32 - d.ipv4Prefix.length;
  const hosts = bits >= 32 ? 0xffffffff : 2 ** bits - 1;
  const taken = new Set([d.address, ...d.alsoAccepts]);
  const address = (n: number): number => {
    if (d.ipv4Prefix.length === 0) return FOREIGN[0] + 16 + n;
    const offset = hosts > 0xffff ? 0x6440 + n : hosts > 0xff ? 0x40 + n : n + 1;
    let v = (d.ipv4Prefix.address + (offset & hosts)) >>> 0;
    while (taken.has(v)) v = ((v & mask32(d.ipv4Prefix.length)) | ((v + 64) & hosts)) >>> 0;
    return v;
  };
  const of = (v: number): End => {
    const b = new Uint8Array(16);
    writeDelegated(b, 0, d.v6rdPrefix, d.ipv4Prefix, v);
    const prefix = readIpv6(b, 0);
    return { v4: formatIpv4(v), v6: formatIpv6(withHost(prefix, 1)), prefix: formatIpv6(prefix) };
  };
  return {
    own: formatIpv4(d.address), also: d.alsoAccepts.map(formatIpv4), ownPrefix: of(d.address).prefix, end: (n) => of(address(n)), of: (v4) => of(parseIpv4(v4)!),
    seen: (end) => end.v6, host: (n) => formatIpv6(withHost(NATIVE, n)), coreAddress: config.core.ipv6[0] === undefined ? undefined : formatIpv6(config.core.ipv6[0]),
  };
}

/** Provider prefix, V4ADDR, interface identifier (RFC 6732 figure 3). */
export function providerAddress(prefix: Prefix6, v4: number, identifier: readonly [number, number] = [0, 1]): string {
  const b = new Uint8Array(16);
  writeIpv6(b, 0, [prefix.address[0], prefix.address[1], identifier[0], identifier[1]]);
  putBits(b, 0, prefix.length, 32, v4);
  return formatIpv6(readIpv6(b, 0));
}

/** 2002:V4ADDR::/48 (RFC 3056 section 2) as text, with subnet and host. */
export function sixToFourAddress(v4: number, subnet = 0, host = 0): string {
  const b = new Uint8Array(16);
  put32(b, 0, (0x20020000 | (v4 >>> 16)) >>> 0);
  put32(b, 4, (((v4 & 0xffff) << 16) | subnet) >>> 0);
  put32(b, 12, host);
  return formatIpv6(readIpv6(b, 0));
}

export function sixToFourEnds(config: Config, c: SixToFour): Ends {
  const own = new Set([c.address, ...c.alsoAccepts, ...(c.defaultRelay === undefined ? [] : [c.defaultRelay])]);
  const net = FOREIGN.find((a) => !c.table.refuse.some((p) => inPrefix4(a, p)) && ![...own].some((o) => ((o ^ a) & mask32(24)) === 0)) ?? FOREIGN[4];
  const of = (v: number): End => ({ v4: formatIpv4(v), v6: sixToFourAddress(v, c.subnetId ?? 0, 1), prefix: sixToFourAddress(v) });
  const router = c.kind === "6to4-router";
  const site = c.sitePrefix?.address ?? NATIVE;
  return {
    own: formatIpv4(c.address), also: c.alsoAccepts.map(formatIpv4), ownPrefix: sixToFourAddress(c.address), end: (n) => of(net + 16 + n), of: (v4) => of(parseIpv4(v4)!),
    seen: (end) => (c.kind === "6to4-pmt" && c.providerPrefix !== undefined ? providerAddress(c.providerPrefix, parseIpv4(end.v4)!) : end.v6),
    host: (n) => formatIpv6(withHost(router ? [site[0], site[1], 0, 0] : NATIVE, router ? 0x10 + n : n)),
    coreAddress: config.core.ipv6[0] === undefined ? undefined : formatIpv6(config.core.ipv6[0]),
  };
}
