/** An AFTR with defaults, and IPv4 packets with right checksums for it. */
import type { DsLite, NatConfig } from "../../../src/config/types.js";
import { put16, put32, u16 } from "../../../src/wire/bits.js";
import { checksum, finish, pseudo4, sum } from "../../../src/wire/checksum.js";
import { type Harness, type Packet4, harness, icmp4, net4, packet4, packet6, udpPayload, upper6, v4, v6 } from "../harness.js";

export const AFTR = "2001:db8:ffff::1";
export const B4 = "2001:db8:0:1::1";
export const OTHER_B4 = "2001:db8:0:2::1";
export const HOST = "192.168.1.2";
export const POOL = "203.0.113.1";
export const REMOTE = "198.51.100.7";

export const nat = (more: Partial<NatConfig> = {}): NatConfig => ({
  pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 1024, portTo: 65535 }, mapping: "endpoint-independent", filtering: "endpoint-independent", hairpinning: true,
  parity: true, allocation: "sequential", portBlockSize: 64, portsPerSubscriber: 0, holdDownSeconds: 120,
  timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 }, inboundRefresh: false, mssClamp: 0, alg: [], staticMappings: [], noTranslate: [], ...more,
});
export const dsLite = (more: Partial<DsLite> = {}): DsLite => ({
  kind: "ds-lite", name: "aftr", address: v6(AFTR), mtuV6: 1540, wellKnownV4: v4("192.0.0.1"), oversize: "fragment-outer", copyDscpIn: true, copyDscpOut: true, hopLimit: 64,
  b4Prefixes: [], innerSources: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29"].map(net4), reassemblySeconds: 60, flowLimit: 0, subscriberPrefixLength: 128,
  sessionLimitPerPrefix: 0, icmpRate: 0, icmpBurst: 10, nat: nat(), ...more,
});
export const aftr = (more: Partial<NatConfig> = {}, box: Partial<DsLite> = {}): Harness => harness(dsLite({ nat: nat(more), ...box }));

type Ends = Omit<Partial<Packet4>, "payload" | "protocol"> & { src: string; dst: string };
const CHECK_AT: Record<number, number> = { 6: 16, 17: 6 };
/** A packet whose transport checksum is right. */
export function upper4(p: Ends & { protocol: number; payload: Uint8Array }): Uint8Array {
  const b = packet4(p);
  const o = (b[0] & 15) * 4;
  const at = o + CHECK_AT[p.protocol];
  put16(b, at, 0);
  put16(b, at, finish(sum(b, o, b.length - o, pseudo4(b, 12, b.length - o, p.protocol))) || 0xffff);
  return b;
}
export const udp4 = (p: Ends & { sport?: number; dport?: number; size?: number }): Uint8Array =>
  upper4({ ...p, protocol: 17, payload: udpPayload(p.sport ?? 6000, p.dport ?? 5353, p.size ?? 32) });
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;
export function tcp4(p: Ends & { sport?: number; dport?: number; flags?: number; size?: number; options?: Uint8Array; tcpOptions?: number[]; data?: string; bytes?: Uint8Array; seq?: number; ack?: number }): Uint8Array {
  const { tcpOptions = [], data } = p;
  const body = p.bytes ?? (data === undefined ? new Uint8Array(p.size ?? 0).fill(0x41) : new TextEncoder().encode(data));
  const m = new Uint8Array(20 + tcpOptions.length + body.length);
  put16(m, 0, p.sport ?? 6000);
  put16(m, 2, p.dport ?? 80);
  put32(m, 4, p.seq ?? 1000);
  put32(m, 8, p.ack ?? 0);
  m[12] = (5 + tcpOptions.length / 4) << 4;
  m[13] = p.flags ?? ACK;
  put16(m, 14, 8192);
  m.set(tcpOptions, 20);
  m.set(body, 20 + tcpOptions.length);
  return upper4({ ...p, protocol: 6, payload: m });
}
export const echo4 = (p: Ends & { type?: number; id?: number; size?: number }): Uint8Array => {
  const b = icmp4(p.src, p.dst, p.type ?? 8, 0, ((p.id ?? 77) << 16) | 1, new Uint8Array(p.size ?? 16).map((_, i) => i));
  b[8] = p.ttl ?? 64;
  put16(b, 10, 0);
  put16(b, 10, checksum(b, 0, 20));
  return b;
};
/** IPv4 in IPv6 from a B4 to the AFTR. */
export const wrap = (inner: Uint8Array, b4 = B4, more: { tc?: number; next?: number } = {}): Uint8Array =>
  packet6({ src: b4, dst: AFTR, next: more.next ?? 4, tc: more.tc ?? 0, payload: inner });
export const unwrap = (b: Uint8Array): Uint8Array => b.slice(40);

export const port = (b: Uint8Array, which: "src" | "dst"): number => u16(b, (b[0] & 15) * 4 + (which === "src" ? 0 : 2));

/** Packet Too Big of a router on the softwire's path about `packet`. */
export function tooBig(packet: Uint8Array, mtu: number): Uint8Array {
  const quoted = packet.slice(0, 1232);
  const m = new Uint8Array(8 + quoted.length);
  m[0] = 2;
  put32(m, 4, mtu);
  m.set(quoted, 8);
  put16(m, 2, 0);
  return upper6({ src: "2001:db8:aaaa::1", dst: AFTR, next: 58, payload: m });
}

/** Header, transport and quoted header checksums of a whole IPv4 packet are right (a UDP checksum of zero counts as right). */
export function isRight(b: Uint8Array): boolean {
  const o = (b[0] & 15) * 4;
  if (checksum(b, 0, o) !== 0 || u16(b, 2) !== b.length) return false;
  if (b[9] === 1) return checksum(b, o, b.length - o) === 0 && (![3, 11, 12].includes(b[o]) || checksum(b, o + 8, (b[o + 8] & 15) * 4) === 0);
  if (b[9] === 17 && u16(b, o + 6) === 0) return true;
  return b[9] !== 17 && b[9] !== 6 ? true : finish(sum(b, o, b.length - o, pseudo4(b, 12, b.length - o, b[9]))) === 0;
}
/** RFC 791 fragments of a packet, cut at payload offsets. */
export function cut4(b: Uint8Array, ...at: number[]): Uint8Array[] {
  const o = (b[0] & 15) * 4;
  const edges = [0, ...at, b.length - o];
  return edges.slice(1).map((end, i) => {
    const f = Uint8Array.of(...b.slice(0, o), ...b.slice(o + edges[i], o + end));
    put16(f, 2, f.length);
    put16(f, 6, (edges[i] >> 3) | (end < b.length - o ? 0x2000 : 0));
    put16(f, 10, 0);
    put16(f, 10, checksum(f, 0, o));
    return f;
  });
}
/** Joins IPv4 fragments (in order) to the datagram. */
export function join4(parts: Uint8Array[]): Uint8Array {
  const b = Uint8Array.of(...parts[0], ...parts.slice(1).flatMap((p) => [...p.slice((p[0] & 15) * 4)]));
  put16(b, 2, b.length);
  put16(b, 6, 0);
  put16(b, 10, 0);
  put16(b, 10, checksum(b, 0, (b[0] & 15) * 4));
  return b;
}
