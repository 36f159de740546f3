/** Packets by hand, a device around them, and what came out: shared by the tests of the concentrator. */
import type { Config, ServiceChain, Side, SixRdDomain, SixToFour, SoftwireConcentrator } from "../../src/config/types.js";
import { createDevice } from "../../src/concentrator/index.js";
import type { CounterRow, Device } from "../../src/concentrator/device.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import { type Ipv6, type Prefix4, type Prefix6, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, textIpv4At, textIpv6At, writeIpv6 } from "../../src/wire/address.js";
import { put16, put32, u16 } from "../../src/wire/bits.js";
import { checksum, finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import * as ipv6 from "../../src/wire/ipv6.js";
import { createMemory } from "../../src/wire/memory.js";

export const v4 = (t: string): number => parseIpv4(t) ?? Number.NaN;
export const v6 = (t: string): Ipv6 => parseIpv6(t) as Ipv6;
export const net4 = (t: string): Prefix4 => parsePrefix4(t) as Prefix4;
export const net6 = (t: string): Prefix6 => parsePrefix6(t) as Prefix6;

const common = {
  name: "conc", alsoAccepts: [], anycast: false, tunnelMtu: 1480, tunnelMtuMode: "static", dscp: { mode: "copy" }, ttl: 64, reassemblySeconds: 60,
  flowInactivitySeconds: 30, flowLimit: 0, icmpRate: 0, icmpBurst: 10, knownRelays: [], echo: true, filterNativeSource: false,
} as const;

/** RFC 5969 section 4: 6rdPrefix /32, IPv4MaskLen 8. */
export const sixRd = (more: Partial<SixRdDomain> = {}): SixRdDomain => ({
  ...common, kind: "6rd", address: v4("10.0.0.1"), v6rdPrefix: net6("2001:db8::/32"), ipv4Prefix: net4("10.0.0.0/8"), ...more,
});
export const sixToFour = (kind: SixToFour["kind"], more: Partial<SixToFour> = {}): SixToFour => ({
  ...common, dscp: { mode: "zero" }, kind, address: v4("192.0.2.1"), table: { name: "rfc3964", refuse: [] }, strict3964: true, anycastOnly: false, ...more,
});

export interface Out { side: Side; bytes: Uint8Array; sec: number; nsec: number; reason: string }
export interface Harness {
  device: Device;
  out: Out[];
  /** Feeds one packet; gives its reason and what it caused. */
  feed(side: Side, bytes: Uint8Array, sec?: number, nsec?: number): { reason: string; out: Out[] };
  counter(id: string): CounterRow | undefined;
}

export function harness(concentrators: SoftwireConcentrator | SoftwireConcentrator[], more: { core6?: string[]; accessMtu?: number; coreMtu?: number; chain?: ServiceChain; short?: boolean } = {}): Harness {
  const memory = createMemory(64 * 1024 * 1024);
  const link = { macs: [], interfaces: [], ipv4: [] };
  const config: Config = {
    source: "test", access: { ...link, ipv6: [], mtu: more.accessMtu ?? 1500 }, core: { ...link, ipv6: (more.core6 ?? []).map(v6), mtu: more.coreMtu ?? 1500 },
    serviceSets: [{ name: "ss", concentrators: [concentrators].flat(), ...(more.chain === undefined ? {} : { chain: more.chain }) }], seed: 7,
  };
  const out: Out[] = [];
  const room = memory.alloc(70000);
  const input = memory.alloc(70000);
  let clock = 1000;
  const device = createDevice(config, memory, {
    reserve(_side, len) {
      memory.u8.fill(0xaa, room, room + len); // stale bytes must never leave
      return room;
    },
    commit(side, off, len, sec, nsec, reason) {
      out.push({ side, bytes: memory.u8.slice(off, off + len), sec, nsec, reason: REASONS[reason].id });
    },
  }, more.short === undefined ? {} : { short: more.short });
  return {
    device, out,
    feed(side, bytes, sec, nsec = 0) {
      clock = sec ?? clock;
      memory.u8.set(bytes, input);
      const before = out.length;
      const reason = REASONS[device.receive(side, input, bytes.length, clock, nsec)].id;
      if (memory.u8.slice(input, input + bytes.length).some((x, i) => x !== bytes[i])) throw new Error("the device changed the input packet");
      return { reason, out: out.slice(before) };
    },
    counter: (id) => device.counters().find((c) => c.reason.id === id),
  };
}

export interface Packet6 { src: string; dst: string; hop?: number; tc?: number; label?: number; next?: number; payload?: Uint8Array }
export function packet6(p: Packet6): Uint8Array {
  const payload = p.payload ?? new Uint8Array(0);
  const b = new Uint8Array(40 + payload.length);
  ipv6.write(b, 0, p.tc ?? 0, p.label ?? 0, payload.length, p.next ?? 59, p.hop ?? 64);
  writeIpv6(b, 8, v6(p.src));
  writeIpv6(b, 24, v6(p.dst));
  b.set(payload, 40);
  return b;
}
const CHECK_AT: Record<number, number> = { 6: 16, 17: 6, 58: 2 };
/** An upper-layer message with a right checksum. */
export function upper6(p: Packet6 & { next: number; payload: Uint8Array }): Uint8Array {
  const b = packet6(p);
  put16(b, 40 + CHECK_AT[p.next], 0);
  put16(b, 40 + CHECK_AT[p.next], finish(sum(b, 40, p.payload.length, pseudo6(b, 8, p.payload.length, p.next))));
  return b;
}
export const udpPayload = (sport: number, dport: number, size: number): Uint8Array => {
  const b = new Uint8Array(8 + size);
  put16(b, 0, sport);
  put16(b, 2, dport);
  put16(b, 4, b.length);
  for (let i = 0; i < size; i++) b[8 + i] = (i * 7 + sport) & 255;
  return b;
};
export const udp6 = (p: Packet6 & { sport?: number; dport?: number; size?: number }): Uint8Array =>
  upper6({ ...p, next: 17, payload: udpPayload(p.sport ?? 1111, p.dport ?? 2222, p.size ?? 32) });
export const echo6 = (p: Packet6 & { type?: number; id?: number; size?: number }): Uint8Array => {
  const payload = new Uint8Array(8 + (p.size ?? 16)).map((_, i) => i);
  payload.set([p.type ?? 128, 0, 0, 0, 0, p.id ?? 1, 0, 1]);
  return upper6({ ...p, next: 58, payload });
};

export interface Packet4 { src: string; dst: string; tos?: number; id?: number; fragment?: number; ttl?: number; protocol?: number; payload: Uint8Array; options?: Uint8Array }
export function packet4(p: Packet4): Uint8Array {
  const options = p.options ?? new Uint8Array(0);
  const hl = 20 + options.length;
  const b = new Uint8Array(hl + p.payload.length);
  ipv4.write(b, 0, p.tos ?? 0, b.length, p.id ?? 1, p.fragment ?? 0, p.ttl ?? 64, p.protocol ?? 41, v4(p.src), v4(p.dst));
  b[0] = 0x40 | (hl >> 2);
  b.set(options, 20);
  b.set(p.payload, hl);
  ipv4.seal(b, 0);
  return b;
}
/** ICMPv4 message with a right checksum. */
export function icmp4(src: string, dst: string, type: number, code: number, word: number, rest: Uint8Array): Uint8Array {
  const m = new Uint8Array(8 + rest.length);
  m[0] = type;
  m[1] = code;
  put32(m, 4, word);
  m.set(rest, 8);
  put16(m, 2, checksum(m, 0, m.length));
  return packet4({ src, dst, protocol: 1, payload: m });
}

export const src6 = (b: Uint8Array, o = 0): string => textIpv6At(b, o + 8);
export const dst6 = (b: Uint8Array, o = 0): string => textIpv6At(b, o + 24);
export const src4 = (b: Uint8Array): string => textIpv4At(b, 12);
export const dst4 = (b: Uint8Array): string => textIpv4At(b, 16);
export const inner = (b: Uint8Array): Uint8Array => b.slice((b[0] & 15) * 4);
/** True when the upper-layer checksum of the whole packet is right. */
export const isChecked = (b: Uint8Array): boolean =>
  finish(sum(b, 40, u16(b, 4), pseudo6(b, 8, u16(b, 4), b[6]))) === 0;
/** What a forwarding router makes of a packet. */
export const forwarded = (b: Uint8Array): Uint8Array => Uint8Array.from(b, (x, i) => (i === 7 ? x - 1 : x));
