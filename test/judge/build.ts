/** Packets, configurations and transcripts for the judge's tests, built from nothing but the header layouts. */
import { expect } from "vitest";
import type { Config, SixRdDomain } from "../../src/config/types.js";
import { createJudgeWith, type JudgeOptions } from "../../src/judge/judge.js";
import { PACKET_RULES, type Rule } from "../../src/judge/index.js";
import type { JudgeResult } from "../../src/judge/types.js";
import { parseIpv4, parseIpv6, parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import { put16, put32 } from "../../src/wire/bits.js";
import { checksum, finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as ip4 from "../../src/wire/ipv4.js";
import * as ip6 from "../../src/wire/ipv6.js";
import { writeIpv6 } from "../../src/wire/address.js";
import { judgeWindow } from "../../src/suite/judge-window.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";

export const v4 = (s: string): number => parseIpv4(s)!;
/** RFC 5969 section 4's example: 2001:db8::/32, IPv4MaskLen 8; the BR of section 5 is 10.0.0.1. */
export const BR = "10.0.0.1";
export const CE = "10.100.100.1";
export const CE2 = "10.1.2.3";
export const HOST = "3fff::80";
export const ceAddress = "2001:db8:6464:100::10";
export const ce2Address = "2001:db8:102:300::20";
export const brAnycast = "2001:db8:0:100::";

const side = (mac: string, ipv4: string[], ipv6: string[]) => ({
  macs: [mac], interfaces: [], ipv4: ipv4.map(v4), ipv6: ipv6.map((a) => parseIpv6(a)!), mtu: 1500,
});
export function domain(over: Partial<SixRdDomain> = {}): SixRdDomain {
  return {
    kind: "6rd", name: "rd", address: v4(BR), alsoAccepts: [], anycast: false, tunnelMtu: 1480, tunnelMtuMode: "dynamic", dscp: { mode: "copy" }, ttl: 64,
    reassemblySeconds: 30, flowInactivitySeconds: 60, flowLimit: 0, icmpRate: 0, icmpBurst: 0, knownRelays: [], echo: true, filterNativeSource: true,
    v6rdPrefix: parsePrefix6("2001:db8::/32")!, ipv4Prefix: parsePrefix4("10.0.0.0/8")!, ...over,
  };
}
export function config(over: Partial<SixRdDomain> = {}, core6: string[] = ["3fff:0:c::1"]): Config {
  return {
    source: "test.yaml", access: side("02:00:00:00:00:01", [BR], []), core: side("02:00:00:00:00:02", [], core6), seed: 7,
    serviceSets: [{ name: "set", concentrators: [domain(over)] }],
  };
}

export interface SixOptions { src?: string; dst?: string; hop?: number; tc?: number; label?: number; next?: number; payload?: Uint8Array; payloadLength?: number }
export const bytes = (n: number, seed = 1): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed * 17) & 255);
/** An IPv6 packet; the payload is UDP-like bytes unless given. */
export function six(o: SixOptions = {}): Uint8Array {
  const payload = o.payload ?? bytes(40);
  const p = new Uint8Array(40 + payload.length);
  ip6.write(p, 0, o.tc ?? 0, o.label ?? 0, o.payloadLength ?? payload.length, o.next ?? 17, o.hop ?? 64);
  writeIpv6(p, 8, parseIpv6(o.src ?? ceAddress)!);
  writeIpv6(p, 24, parseIpv6(o.dst ?? HOST)!);
  p.set(payload, 40);
  return p;
}
/** Byte-wise changed copies. */
export const changed = (p: Uint8Array, at: number, value: number): Uint8Array => {
  const c = p.slice();
  c[at] = value;
  return c;
};
/** The packet one hop further. */
export const hop = (p: Uint8Array, by = 1): Uint8Array => changed(p, 7, p[7] - by);
export const withTc = (p: Uint8Array, tc: number): Uint8Array => {
  const c = p.slice();
  ip6.setTrafficClass(c, 0, tc);
  return c;
};

export interface TunnelOptions { src?: string; dst?: string; tos?: number; ttl?: number; df?: boolean; id?: number; fragment?: number; trailing?: number; options?: boolean; badChecksum?: boolean; proto?: number }
let nextId = 1;
/** Protocol 41 around a packet. Default: from the CE to the BR, ToS as the traffic class, DF set. */
export function tunnel(inner: Uint8Array, o: TunnelOptions = {}): Uint8Array {
  const hl = o.options === true ? 24 : 20;
  const trailing = o.trailing ?? 0;
  const p = new Uint8Array(hl + inner.length + trailing);
  const tc = inner.length >= 2 ? ((inner[0] & 15) << 4) | (inner[1] >>> 4) : 0;
  ip4.write(p, 0, o.tos ?? tc, p.length, o.id ?? (nextId++ & 0xffff), o.fragment ?? (o.df === false ? 0 : 0x4000), o.ttl ?? 64, o.proto ?? 41, v4(o.src ?? CE), v4(o.dst ?? BR));
  if (o.options === true) {
    p[0] = 0x46;
    p.fill(1, 20, 24);
    ip4.seal(p, 0);
  }
  p.set(inner, hl);
  p.fill(0xa5, hl + inner.length);
  if (o.badChecksum === true) p[10] ^= 0xff;
  return p;
}
/** From the BR to a CE. */
export const toCe = (inner: Uint8Array, o: TunnelOptions = {}): Uint8Array => tunnel(inner, { src: BR, dst: CE, ...o });
/** Outer fragments of `size` payload bytes (a multiple of 8). */
export function fragments(packet: Uint8Array, size: number, fragmentFlags = 0): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < packet.length - 20; at += size) {
    const part = packet.subarray(20 + at, Math.min(packet.length, 20 + at + size));
    const p = new Uint8Array(20 + part.length);
    p.set(packet.subarray(0, 20));
    p.set(part, 20);
    put16(p, 2, p.length);
    put16(p, 6, (at >>> 3) | (20 + at + size < packet.length ? 0x2000 : 0) | fragmentFlags);
    ip4.seal(p, 0);
    out.push(p);
  }
  return out;
}

/** An ICMPv6 message in an IPv6 packet; `word` are bytes 4..7. */
export function icmp6(type: number, code: number, word: number, body: Uint8Array, o: SixOptions = {}): Uint8Array {
  const m = new Uint8Array(8 + body.length);
  m[0] = type;
  m[1] = code;
  put32(m, 4, word);
  m.set(body, 8);
  const p = six({ src: "3fff:0:c::1", dst: ceAddress, ...o, next: 58, payload: m });
  put16(p, 42, finish(sum(p, 40, m.length, pseudo6(p, 8, m.length, 58))));
  return p;
}
/** An ICMPv6 error that quotes as much as fits 1280 bytes. */
export const error6 = (type: number, code: number, word: number, quoted: Uint8Array, o: SixOptions = {}, most = 1232): Uint8Array => icmp6(type, code, word, quoted.subarray(0, most), o);
export const echo = (o: SixOptions = {}, id = 0x12340001): Uint8Array => icmp6(128, 0, id, bytes(16), { src: ceAddress, dst: HOST, ...o });
export const echoReply = (o: SixOptions = {}, id = 0x12340001): Uint8Array => icmp6(129, 0, id, bytes(16), o);
/** An ICMPv4 error quoting an IPv4 packet. */
export function error4(type: number, code: number, word: number, quoted: Uint8Array, o: TunnelOptions = {}, most = 548): Uint8Array {
  const q = quoted.subarray(0, most);
  const m = new Uint8Array(8 + q.length);
  m[0] = type;
  m[1] = code;
  put32(m, 4, word);
  m.set(q, 8);
  put16(m, 2, checksum(m, 0, m.length));
  return tunnel(m, { tos: 0, ...o, proto: 1 });
}

export interface Step { side: 0 | 1; direction: 0 | 1; packet: Uint8Array; at?: number; cut?: number; cause?: number }
export const accessIn = (packet: Uint8Array, more: Partial<Step> = {}): Step => ({ side: 0, direction: 0, packet, ...more });
export const accessOut = (packet: Uint8Array, more: Partial<Step> = {}): Step => ({ side: 0, direction: 1, packet, ...more });
export const coreIn = (packet: Uint8Array, more: Partial<Step> = {}): Step => ({ side: 1, direction: 0, packet, ...more });
export const coreOut = (packet: Uint8Array, more: Partial<Step> = {}): Step => ({ side: 1, direction: 1, packet, ...more });

export interface Run { config?: Config; rules?: readonly Rule[]; options?: Partial<JudgeOptions> }
/**
 * Steps are 1 ms apart unless they say when (seconds). The transcript is complete unless `options` says otherwise. Judged twice: what is counted in bulk must
 * be what every rule says when it is asked.
 */
export function judge(steps: readonly Step[], run: Run = {}): JudgeResult {
  const result = judgeOnce(steps, run);
  expect(result).toEqual(judgeOnce(steps, { ...run, options: { ...run.options, bulk: false } }));
  return result;
}
const freshMemory = recycledMemory(40 << 20);
export function judgeOnce(steps: readonly Step[], run: Run = {}): JudgeResult {
  const memory = freshMemory();
  const j = createJudgeWith(run.rules ?? PACKET_RULES, {
    config: run.config ?? config(), memory, files: ["access.pcap", "core.pcap"], severityOf: () => "fail", complete: true, ringBytes: 1 << 20, ringRecords: 1 << 12, ...judgeWindow(steps.length, steps.reduce((n, s) => n + s.packet.length, 0)), ...run.options,
  });
  const at = memory.alloc(70000);
  steps.forEach((s, i) => {
    const t = s.at ?? i / 1000;
    const len = s.cut ?? s.packet.length;
    memory.u8.set(s.packet, at);
    j.packet(s.side, s.direction, at, len, s.packet.length, 1700000000 + Math.floor(t), Math.round((t % 1) * 1e9), s.side, i + 1, s.cause ?? -1);
  });
  j.end();
  return j.result();
}
export const tally = (r: JudgeResult, rule: string) => r.rules.find((t) => t.rule === rule)!;
