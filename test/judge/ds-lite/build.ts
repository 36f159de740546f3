/** Packets, configurations and transcripts for the tests of the DS-Lite judge, built from nothing but the header layouts. */
import assert from "node:assert";
import { markWritten } from "../../../src/config/written.js";
import type { Config, DsLite, NatConfig } from "../../../src/config/types.js";
import { createDsLiteJudge } from "../../../src/judge/ds-lite/judge.js";
import type { JudgeOptions } from "../../../src/judge/judge.js";
import type { DsRule } from "../../../src/judge/ds-lite/rule.js";
import { DS_LITE_RULES } from "../../../src/judge/rules/dslite/index.js";
import type { JudgeResult } from "../../../src/judge/types.js";
import { parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, writeIpv6 } from "../../../src/wire/address.js";
import { put16, put32, u16 } from "../../../src/wire/bits.js";
import { finish, pseudo4, sum } from "../../../src/wire/checksum.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import * as ip6 from "../../../src/wire/ipv6.js";
import { judgeWindow } from "../../../src/suite/judge-window.js";
import { recycledMemory } from "../../../src/suite/recycled-memory.js";

export const v4 = (s: string): number => parseIpv4(s)!;
export const AFTR = "2001:db8:af::1";
export const B4A = "2001:db8:b4:a::b4";
export const B4B = "2001:db8:b4:b::b4";
export const HOST = "198.51.100.9";
export const HOST2 = "198.51.100.77";
export const ROUTER = "198.51.100.1";
export const EXT = "203.0.113.1";
export const EXT2 = "203.0.113.2";
export const CORE = "192.0.2.1";

export interface Over { cfg?: Partial<DsLite>; nat?: Partial<NatConfig>; core?: Partial<Config["core"]>; /** Keys that the file names (the others are defaults). */ written?: readonly string[] }
export function config(over: Over = {}): Config {
  const nat: NatConfig = {
    pool: { ranges: [{ from: v4(EXT), to: v4("203.0.113.4") }], portFrom: 1024, portTo: 65535 }, mapping: "endpoint-independent", filtering: "endpoint-independent", hairpinning: true,
    parity: true, allocation: "random", portBlockSize: 128, portsPerSubscriber: 0, holdDownSeconds: 120,
    timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 }, inboundRefresh: false, mssClamp: 0, alg: [], staticMappings: [],
    noTranslate: [parsePrefix4("100.64.9.0/24")!], ...over.nat,
  };
  const aftr: DsLite = {
    kind: "ds-lite", name: "aftr", address: parseIpv6(AFTR)!, mtuV6: 1500, wellKnownV4: v4("192.0.0.1"), oversize: "fragment-outer", copyDscpIn: true, copyDscpOut: true, hopLimit: 64,
    b4Prefixes: [parsePrefix6("2001:db8:b4::/48")!], innerSources: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29"].map((p) => parsePrefix4(p)!), reassemblySeconds: 60,
    flowLimit: 0, subscriberPrefixLength: 128, sessionLimitPerPrefix: 0, icmpRate: 0, icmpBurst: 0, nat, ...over.cfg,
  };
  markWritten(aftr, over.written ?? []);
  const side = (mac: string, four: string[], six: string[]) => ({ macs: [mac], interfaces: [], ipv4: four.map(v4), ipv6: six.map((a) => parseIpv6(a)!), mtu: 1500 });
  return {
    source: "test.yaml", access: side("02:00:00:00:00:01", ["192.0.0.1"], [AFTR]), core: { ...side("02:00:00:00:00:02", [CORE], []), ...over.core }, seed: 7,
    serviceSets: [{ name: "set", concentrators: [aftr] }],
  };
}

export const bytes = (n: number, seed = 1): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed * 17) & 255);

/** An IPv4 packet. ICMP: `type`, `code`, and `word` (identifier and sequence, or what the message has there). */
export interface Four {
  src?: string; dst?: string; proto?: number; sport?: number; dport?: number; payload?: Uint8Array; ttl?: number; tos?: number; df?: boolean; id?: number;
  seq?: number; ack?: number; flags?: number; type?: number; code?: number; word?: number; options?: boolean;
  /** Transport checksum: right (default), none, wrong, or the pseudo-header's alone. */
  sum?: "zero" | "wrong" | "partial" | undefined;
}
export function four(o: Four): Uint8Array {
  const proto = o.proto ?? 17;
  const payload = o.payload ?? bytes(24);
  const head = proto === 6 ? 20 : 8;
  const hl = o.options === true ? 24 : 20;
  const p = new Uint8Array(hl + head + payload.length);
  ip4.write(p, 0, o.tos ?? 0, p.length, o.id ?? 77, o.df === true ? 0x4000 : 0, o.ttl ?? 63, proto, v4(o.src ?? "192.168.1.10"), v4(o.dst ?? HOST));
  if (hl > 20) {
    p[0] = 0x46;
    p.fill(1, 20, 24);
    ip4.seal(p, 0);
  }
  const t = hl;
  p.set(payload, t + head);
  let at = t + 2;
  if (proto === 1) {
    p[t] = o.type ?? 8;
    p[t + 1] = o.code ?? 0;
    put32(p, t + 4, o.word ?? 0);
  } else {
    put16(p, t, o.sport ?? 40000);
    put16(p, t + 2, o.dport ?? 5000);
    if (proto === 17) {
      put16(p, t + 4, p.length - t);
      at = t + 6;
    } else {
      put32(p, t + 4, o.seq ?? 1000);
      put32(p, t + 8, o.ack ?? 0);
      p[t + 12] = 0x50;
      p[t + 13] = o.flags ?? 0x18;
      put16(p, t + 14, 8000);
      at = t + 16;
    }
  }
  const seed = proto === 1 ? 0 : pseudo4(p, 12, p.length - t, proto);
  const right = finish(sum(p, t, p.length - t, seed));
  put16(p, at, o.sum === "zero" ? 0 : o.sum === "wrong" ? right ^ 0x5555 : o.sum === "partial" ? ~finish(seed) & 0xffff : right);
  return p;
}

/** An ICMP error that quotes the first bytes of `about`; the quoted IPv4 header is resealed. */
export const error = (type: number, code: number, about: Uint8Array, o: Four, quoteBytes = 36, badQuote = false): Uint8Array => {
  const q = about.slice(0, quoteBytes);
  ip4.seal(q, 0);
  if (badQuote) q[10] ^= 0x5a;
  return four({ ...o, proto: 1, type, code, payload: q });
};

export interface Soft { src?: string; dst?: string; tc?: number; hop?: number; label?: number; ext?: Uint8Array; next?: number; payloadLength?: number }
/** IPv4 in IPv6, traffic class as the ToS unless given; from B4A to the AFTR. `ext`: a destination options header. */
export function soft(inner: Uint8Array, o: Soft = {}): Uint8Array {
  const ext = o.ext ?? new Uint8Array(0);
  const p = new Uint8Array(40 + ext.length + inner.length);
  ip6.write(p, 0, o.tc ?? inner[1], o.label ?? 0, o.payloadLength ?? ext.length + inner.length, o.next ?? (ext.length > 0 ? 60 : 4), o.hop ?? 64);
  writeIpv6(p, 8, parseIpv6(o.src ?? B4A)!);
  writeIpv6(p, 24, parseIpv6(o.dst ?? AFTR)!);
  p.set(ext, 40);
  p.set(inner, 40 + ext.length);
  return p;
}
/** Destination options with a tunnel encapsulation limit of 4 (RFC 2473 section 4.1.1). */
export const LIMIT = Uint8Array.of(4, 0, 4, 1, 4, 1, 1, 0);
export const toB4 = (inner: Uint8Array, o: Soft = {}): Uint8Array => soft(inner, { src: AFTR, dst: B4A, ...o });

/** Outer fragments with `size` bytes of payload each. */
export function outerFragments(p: Uint8Array, size: number, id = 5): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < p.length - 40; at += size) {
    const part = p.subarray(40 + at, Math.min(p.length, 40 + at + size));
    const f = new Uint8Array(48 + part.length);
    f.set(p.subarray(0, 40));
    put16(f, 4, 8 + part.length);
    f[6] = 44;
    f[40] = p[6];
    put16(f, 42, at | (40 + at + size < p.length ? 1 : 0));
    put32(f, 44, id);
    f.set(part, 48);
    out.push(f);
  }
  return out;
}
/** IPv4 fragments with `size` bytes of payload each. */
export function fragments(p: Uint8Array, size: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < p.length - 20; at += size) {
    const part = p.subarray(20 + at, Math.min(p.length, 20 + at + size));
    const f = new Uint8Array(20 + part.length);
    f.set(p.subarray(0, 20));
    f.set(part, 20);
    put16(f, 2, f.length);
    put16(f, 6, (u16(p, 6) & 0x4000) | (at >>> 3) | (20 + at + size < p.length ? 0x2000 : 0));
    ip4.seal(f, 0);
    out.push(f);
  }
  return out;
}
/** An ICMPv6 error about `about`. */
export function error6(type: number, code: number, word: number, about: Uint8Array, o: { src?: string; dst?: string } = {}): Uint8Array {
  const q = about.subarray(0, 1232);
  const p = new Uint8Array(48 + q.length);
  ip6.write(p, 0, 0, 0, 8 + q.length, 58, 64);
  writeIpv6(p, 8, parseIpv6(o.src ?? "2001:db8:ffff::1")!);
  writeIpv6(p, 24, parseIpv6(o.dst ?? AFTR)!);
  p[40] = type;
  p[41] = code;
  put32(p, 44, word);
  p.set(q, 48);
  put16(p, 42, finish(sum(p, 40, 8 + q.length, sum(p, 8, 32) + 8 + q.length + 58)));
  return p;
}
export const changed = (p: Uint8Array, at: number, value: number): Uint8Array => {
  const c = p.slice();
  c[at] = value;
  return c;
};

export interface Step { side: 0 | 1; direction: 0 | 1; packet: Uint8Array; at?: number; cut?: number; cause?: number }
const step = (side: 0 | 1, direction: 0 | 1) => (packet: Uint8Array, more: Partial<Step> = {}): Step => ({ side, direction, packet, ...more });
export const accessIn = step(0, 0);
export const accessOut = step(0, 1);
export const coreIn = step(1, 0);
export const coreOut = step(1, 1);

/** A flow seen from inside and its external end. */
export interface Flow extends Four { b4?: string; ext?: string; eport?: number }
/** The packets of a flow on each side. `o` alters all of them. */
export const insideOut = (f: Flow, o: Four = {}): Uint8Array => four({ ...f, ...o });
export const outsideOut = (f: Flow, o: Four = {}): Uint8Array =>
  four({ id: f.eport ?? 41000, ...f, ...o, src: f.ext ?? EXT, sport: f.eport ?? 41000, ttl: o.ttl ?? 62 });
export const outsideIn = (f: Flow, o: Four = {}): Uint8Array => four({ ...f, src: f.dst ?? HOST, sport: f.dport ?? 5000, dst: f.ext ?? EXT, dport: f.eport ?? 41000, ttl: 50, ...o });
export const insideIn = (f: Flow, o: Four = {}): Uint8Array =>
  four({ ...f, src: f.dst ?? HOST, sport: f.dport ?? 5000, dst: f.src ?? "192.168.1.10", dport: f.sport ?? 40000, ...o, ttl: (o.ttl ?? 50) - 1 });
/** Both sides of one packet at `at` seconds. */
export const outward = (f: Flow, at: number, o: Four = {}): Step[] => [accessIn(soft(insideOut(f, o), { src: f.b4 ?? B4A }), { at }), coreOut(outsideOut(f, o), { at: at + 0.001 })];
export const inward = (f: Flow, at: number, o: Four = {}): Step[] => [coreIn(outsideIn(f, o), { at }), accessOut(toB4(insideIn(f, o), { dst: f.b4 ?? B4A }), { at: at + 0.001 })];
/** An echo request outward or its reply inward; `eport` is the external identifier. */
export const echo = (f: Flow, id: number, seq: number): { inside: Uint8Array; outside: Uint8Array; reply: Uint8Array; delivered: Uint8Array } => {
  const e = f.eport ?? 41000;
  const o: Four = { proto: 1, payload: bytes(32) };
  return {
    inside: four({ ...f, ...o, type: 8, word: (id << 16) | seq }), outside: four({ ...f, ...o, src: f.ext ?? EXT, type: 8, word: (e << 16) | seq, ttl: 62 }),
    reply: four({ ...o, src: f.dst ?? HOST, dst: f.ext ?? EXT, type: 0, word: (e << 16) | seq, ttl: 50 }),
    delivered: four({ ...o, src: f.dst ?? HOST, dst: f.src ?? "192.168.1.10", type: 0, word: (id << 16) | seq, ttl: 49 }),
  };
};

export interface Run { over?: Over; options?: Partial<JudgeOptions> }
/** Steps are 30 ms apart unless they say when (seconds). The transcript is complete unless `options` says otherwise. */
export function judge(steps: readonly Step[], run: Run = {}, rules: readonly DsRule[] = DS_LITE_RULES): JudgeResult {
  const result = judgeOnce(steps, run, rules, true);
  // Rules that are counted in bulk must give what they give one by one, and short cuts what the long way gives; but pairs that leave the window at once do not crowd it.
  const slow = judgeOnce(steps, run, rules, false);
  assert.deepStrictEqual({ ...slow, summary: { ...slow.summary, evicted: result.summary.evicted } }, result);
  return result;
}

const freshMemory = recycledMemory(40 << 20);
function judgeOnce(steps: readonly Step[], run: Run, rules: readonly DsRule[], bulk: boolean): JudgeResult {
  const memory = freshMemory();
  const j = createDsLiteJudge(rules, {
    config: config(run.over), memory, files: ["access.pcap", "core.pcap"], severityOf: () => "fail", complete: true, ringBytes: 1 << 20, ringRecords: 1 << 12, ...judgeWindow(steps.length, steps.reduce((n, s) => n + s.packet.length, 0)), bulk, ...run.options,
  });
  const at = memory.alloc(70000);
  const timed = steps.map((s, i) => ({ ...s, at: s.at ?? i * 0.03, i })).sort((x, y) => x.at - y.at || x.i - y.i);
  for (const s of timed) {
    const len = s.cut ?? s.packet.length;
    memory.u8.set(s.packet, at);
    j.packet(s.side, s.direction, at, len, s.packet.length, 1700000000 + Math.floor(s.at), Math.round((s.at % 1) * 1e9), s.side, s.i + 1, s.cause ?? -1);
  }
  j.end();
  return j.result();
}
export const tally = (r: JudgeResult, rule: string) => r.rules.find((t) => t.rule === rule)!;
