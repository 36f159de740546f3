/** Routing and provisioning messages, built from nothing but the formats of their documents. */
import { parseIpv4, parseIpv6, writeIpv6 } from "../../src/wire/address.js";
import { put16, put32 } from "../../src/wire/bits.js";
import * as ip4 from "../../src/wire/ipv4.js";
import * as ip6 from "../../src/wire/ipv6.js";

export const v4 = (s: string): number => parseIpv4(s)!;
const words = (s: string): readonly number[] => parseIpv6(s)!;
const bytesOf = (w: readonly number[]): number[] => w.flatMap((x) => [x >>> 24, (x >>> 16) & 255, (x >>> 8) & 255, x & 255]);

export function over4(src: string, dst: string, protocol: number, payload: readonly number[] | Uint8Array): Uint8Array {
  const p = new Uint8Array(20 + payload.length);
  ip4.write(p, 0, 0, p.length, 1, 0, 2, protocol, v4(src), v4(dst));
  p.set(payload, 20);
  return p;
}
export function over6(src: string, dst: string, next: number, payload: readonly number[] | Uint8Array): Uint8Array {
  const p = new Uint8Array(40 + payload.length);
  ip6.write(p, 0, 0, 0, payload.length, next, 255);
  writeIpv6(p, 8, parseIpv6(src)!);
  writeIpv6(p, 24, parseIpv6(dst)!);
  p.set(payload, 40);
  return p;
}
export function udp(sport: number, dport: number, payload: readonly number[]): Uint8Array {
  const p = new Uint8Array(8 + payload.length);
  put16(p, 0, sport);
  put16(p, 2, dport);
  put16(p, 4, p.length);
  p.set(payload, 8);
  return p;
}
function tcp(payload: readonly number[]): Uint8Array {
  const p = new Uint8Array(20 + payload.length);
  put16(p, 0, 40000);
  put16(p, 2, 179);
  p[12] = 0x50;
  p.set(payload, 20);
  return p;
}

const split = (prefix: string): [string, number] => [prefix.split("/")[0], Number(prefix.split("/")[1])];
/** RIP version 2, RFC 2453 section 4; `command` 2 is a response. */
export const rip = (src: string, routes: readonly (readonly [prefix: string, metric: number])[], command = 2): Uint8Array =>
  over4(src, "224.0.0.9", 17, udp(520, 520, [command, 2, 0, 0, ...routes.flatMap(([prefix, metric]) => {
    const [address, length] = split(prefix);
    return [0, 2, 0, 0, ...bytesOf([v4(address), length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0, 0, metric])];
  })]));
/** RIPng, RFC 2080 section 2.1. */
export const ripng = (routes: readonly (readonly [prefix: string, metric: number])[], src = "fe80::1", dst = "ff02::9"): Uint8Array =>
  over6(src, dst, 17, udp(521, 521, [2, 1, 0, 0, ...routes.flatMap(([prefix, metric]) => [...bytesOf(words(split(prefix)[0])), 0, 0, split(prefix)[1], metric])]));
const nlri = (prefix: string, v6: boolean): number[] => {
  const [address, length] = split(prefix);
  return [length, ...bytesOf(v6 ? words(address) : [v4(address)]).slice(0, (length + 7) >> 3)];
};
export interface Bgp { path?: readonly number[]; internal?: boolean; six?: readonly string[]; four?: readonly string[]; reflected?: boolean }
/** One UPDATE, RFC 4271 section 4.3, with MP_REACH_NLRI (RFC 4760 section 3) for IPv6; 4-octet autonomous systems. */
function update(o: Bgp): number[] {
  const path = o.path ?? [];
  const attribute = (type: number, value: readonly number[]): number[] => [0x40, type, value.length, ...value];
  const six = (o.six ?? []).flatMap((p) => nlri(p, true));
  const attributes = [
    ...attribute(1, [0]), ...attribute(2, path.length === 0 ? [] : [2, path.length, ...path.flatMap((a) => bytesOf([a]))]),
    ...(o.internal === true ? attribute(5, [0, 0, 0, 100]) : []), ...(o.reflected === true ? attribute(9, [10, 0, 0, 1]) : []),
    ...(six.length > 0 ? attribute(14, [0, 2, 1, 16, ...bytesOf(words("3fff::1")), 0, ...six]) : []),
  ];
  const body = [0, 0, attributes.length >> 8, attributes.length & 255, ...attributes, ...(o.four ?? []).flatMap((p) => nlri(p, false))];
  const size = 19 + body.length;
  return [...Array<number>(16).fill(255), size >> 8, size & 255, 2, ...body];
}
export const bgp6 = (o: Bgp, src = "3fff:0:c::1", dst = "3fff:0:c::2"): Uint8Array => over6(src, dst, 6, tcp(update(o)));
export const bgp4 = (src: string, o: Bgp): Uint8Array => over4(src, "198.51.100.2", 6, tcp(update(o)));
/** OSPFv2 link state update with one AS-external LSA (RFC 2328 section A.4.5). */
export function ospf(src: string, prefix: string, router = src, type = 5): Uint8Array {
  const [address, length] = split(prefix);
  const lsa = [0, 1, 2, type, ...bytesOf([v4(address), v4(router), 0x80000001]), 0, 0, 0, 36, ...bytesOf([(0xffffffff << (32 - length)) >>> 0, 0x80000014, 0, 0])];
  return over4(src, "224.0.0.5", 89, [2, 4, 0, 28 + lsa.length, ...bytesOf([v4(router), 0]), 0, 0, 0, 0, ...Array<number>(8).fill(0), 0, 0, 0, 1, ...lsa]);
}

export interface Lease { type: number; transaction?: number; list?: readonly number[]; address?: string; option?: readonly number[] }
/** DHCPv4, RFC 2131 section 2. Requests (type 1, 3) come from a client. */
export function dhcp4(o: Lease): Uint8Array {
  const request = o.type === 1 || o.type === 3;
  const m = new Uint8Array(240);
  m.set([request ? 1 : 2, 1, 6, 0]);
  put32(m, 4, o.transaction ?? 7);
  if (o.address !== undefined) put32(m, 16, v4(o.address));
  put32(m, 236, 0x63825363);
  const options = [53, 1, o.type, ...(o.list === undefined ? [] : [55, o.list.length, ...o.list]), ...(o.option === undefined ? [] : [212, o.option.length, ...o.option]), 255];
  return over4(request ? "0.0.0.0" : "10.0.0.1", "255.255.255.255", 17, udp(request ? 68 : 67, request ? 67 : 68, [...m, ...options]));
}
/** The value of the 6rd option, RFC 5969 section 7.1.1. */
export const sixRd = (mask = 8, length = 32, prefix = "2001:db8::", brs: readonly string[] = ["10.0.0.1"]): number[] => [mask, length, ...bytesOf(words(prefix)), ...brs.flatMap((a) => bytesOf([v4(a)]))];

const option6 = (code: number, value: readonly number[]): number[] => [code >> 8, code & 255, value.length >> 8, value.length & 255, ...value];
/** DHCPv6, RFC 8415 section 8: type, and options. `relayed`: in a Relay-forward or Relay-reply. */
export function dhcp6(type: number, o: { transaction?: number; requested?: readonly number[]; name?: readonly number[]; prefix?: string; address?: string; relayed?: boolean } = {}): Uint8Array {
  const message = [
    type, ...bytesOf([o.transaction ?? 9]).slice(1), ...(o.requested === undefined ? [] : option6(6, o.requested.flatMap((c) => [c >> 8, c & 255]))), ...(o.name === undefined ? [] : option6(64, o.name)),
    ...(o.prefix === undefined ? [] : option6(25, [...Array<number>(12).fill(0), ...option6(26, [...Array<number>(8).fill(1), split(o.prefix)[1], ...bytesOf(words(split(o.prefix)[0]))])])),
    ...(o.address === undefined ? [] : option6(3, [...Array<number>(12).fill(0), ...option6(5, [...bytesOf(words(o.address)), ...Array<number>(8).fill(1)])])),
  ];
  const client = type === 1 || type === 3 || type === 11;
  const whole = o.relayed === true ? [client ? 12 : 13, 0, ...Array<number>(32).fill(0), ...option6(9, message)] : message;
  const port = o.relayed === true ? 547 : client ? 546 : 547;
  return over6("fe80::2", client ? "ff02::1:2" : "fe80::1", 17, udp(port, client || o.relayed === true ? 547 : 546, whole));
}
export const NAME = [4, 97, 102, 116, 114, 3, 105, 115, 112, 0];
/** PCP, RFC 6887 section 7. */
export const pcp = (answer: boolean): Uint8Array => udp(answer ? 5351 : 40000, answer ? 40000 : 5351, [2, answer ? 0x81 : 1, ...Array<number>(22).fill(0)]);
