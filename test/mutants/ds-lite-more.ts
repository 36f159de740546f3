/** More defects of AFTRs and their NAT: headers and fragments that it makes, its own ICMP errors, refusals, filters. */
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { adds, because, both, icmpError, loses, type Mutant, type Pick, sends, sendsRaw } from "./mutant.js";
import { aftr, bare, IN, joinedOutput, OUT } from "./nat-common.js";
import { checksumAt, look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

const into: Pick = because(...IN);
const out: Pick = because(...OUT);
const softwire: Pick = (s) => s.version === 6 && s.inner > 0;
const OWN = ["aftr-ttl-exceeded-b4", "aftr-ttl-exceeded-core", "aftr-fragmentation-needed-b4", "aftr-fragmentation-needed-core", "aftr-no-binding-possible", "aftr-port-limit"];
const own: Pick = both(because(...OWN), (s) => s.error && s.userVersion === 4);
const fragmentsNeeded: Pick = (s) => s.error && s.b[s.upper] === 3 && s.b[s.upper + 1] === 4;

/** The IPv4 packet in a softwire packet from the AFTR to the B4 that sent `model`. */
function softwireTo(model: Uint8Array, packet: Uint8Array): Uint8Array {
  const b = new Uint8Array(40 + packet.length);
  b[0] = 0x60;
  put16(b, 4, packet.length);
  b[6] = 4;
  b[7] = 64;
  b.set(model.subarray(24, 40), 8);
  b.set(model.subarray(8, 24), 24);
  b.set(packet, 40);
  return b;
}
/** `header` between the outer header and what it carries. */
function inserted(b: Uint8Array, next: number, header: readonly number[]): Uint8Array {
  const made = new Uint8Array(b.length + header.length);
  made.set(b.subarray(0, 40));
  made.set(header, 40);
  made.set(b.subarray(40), 40 + header.length);
  made[6] = next;
  put16(made, 4, u16(b, 4) + header.length);
  return made;
}
/** Unsolicited SYNs are answered `after` seconds, from an address of the device. */
export const answered = (after: number): Mutant["apply"] => (t) => {
  const from = t.config.core.ipv4[0];
  if (from === undefined) return undefined;
  const address = new Uint8Array(4);
  put32(address, 0, from);
  const unsolicited: Pick = both(because("aftr-no-mapping", "aftr-filtered", "aftr-unsolicited-syn-held"), (s) => s.version === 4 && s.protocol === 6 && s.upper > 0 && (s.b[s.upper + 13] & 0x17) === 2);
  const made = adds(0, unsolicited, (_, e) => ({ side: 1, bytes: icmpError(e.bytes, 3, 3, address, 576) }))(t);
  return made?.map((e) => (e.reason === "mutant" ? { ...e, sec: e.sec + after } : e)).sort((x, y) => x.sec - y.sec || x.nsec - y.nsec);
};
/** Whole packets too big for the softwire are cut inside: the outer fragments become IPv4 fragments in softwire packets of their own. */
function cutInside(t: Transcript): readonly Event[] | undefined {
  const done = new Set<number>();
  const events = t.events.flatMap((e) => {
    if (e.reason !== "aftr-translated-in-outer-fragments" || e.direction !== 1 || e.bytes[6] !== 44) return [e];
    if (done.has(e.ordinal)) return [];
    done.add(e.ordinal);
    const whole = joinedOutput(t, e.ordinal);
    const half = (((whole.length - 20) >> 1) + 7) & ~7;
    return [0, half].map((from): Event => {
      const data = whole.subarray(20 + from, from === 0 ? 20 + half : whole.length);
      const packet = new Uint8Array(20 + data.length);
      packet.set(whole.subarray(0, 20));
      packet.set(data, 20);
      put16(packet, 2, packet.length);
      put16(packet, 6, (from >> 3) | (from === 0 ? 0x2000 : 0));
      const b = new Uint8Array(40 + packet.length);
      b.set(e.bytes.subarray(0, 40));
      b.set(packet, 40);
      b[6] = 4;
      put16(b, 4, packet.length);
      seal(b);
      return { ...e, bytes: b, wireLen: b.length };
    });
  });
  return done.size > 0 ? events : undefined;
}
/** Only a remote end that the inside has talked to gets in, port and all. */
function filtersByPort(t: Transcript): readonly Event[] | undefined {
  const met = new Set<string>();
  const end = (s: ReturnType<typeof look>, near: number, far: number): string => `${s.protocol} ${u32(s.b, near)} ${u16(s.b, s.upper + (near === 12 ? 0 : 2))} ${u32(s.b, far)} ${u16(s.b, s.upper + (far === 12 ? 0 : 2))}`;
  const events = t.events.filter((e) => {
    const s = look(e.bytes);
    if (e.direction !== 1 || (s.protocol !== 6 && s.protocol !== 17) || s.upper === 0) return true;
    if (e.side === 1 && s.version === 4) met.add(end(s, 12, 16));
    if (!into(s, e, t)) return true;
    const cause = t.events.find((i) => i.direction === 0 && i.ordinal === e.ordinal);
    if (cause === undefined || cause.side !== 1 || look(cause.bytes).upper === 0) return true;
    return met.has(end(look(cause.bytes), 16, 12));
  });
  return events.length < t.events.length ? events : undefined;
}
let label = 0;

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["aftr-next-header-41", "softwire packets say that they carry IPv6", ["RFC2473-5-2", "RFC6333-5.2-1"], sends(both(into, softwire), (b) => { if (b[6] === 4) b[6] = 41; })],
  ["aftr-atomic-fragment", "every softwire packet has a Fragment header", ["RFC8504-5.1-1"], sends(both(into, softwire), (b) => (b[6] === 4 ? inserted(b, 44, [4, 0, 0, 0, 0, 0, 0, 9]) : b))],
  ["aftr-limit-option-length", "the encapsulation limit option has length 2", ["RFC2473-4.1.1-1"], sends(both(into, softwire), (b) => (b[6] === 4 ? inserted(b, 60, [4, 0, 4, 2, 4, 0, 1, 0]) : b))],
  ["aftr-flow-label-counts", "the flow label counts packets", ["RFC2473-6.5-1"], sends(both(into, softwire), (b) => { b[3] = ++label & 255; b[2] = 7; })],
  ["aftr-fragment-odd-length", "an outer fragment that is not the last is a byte short", ["RFC8200-4.5-1"], sendsRaw((s, e) => e.side === 0 && s.version === 6 && s.b[6] === 44 && (s.b[43] & 1) === 1, (b) => { put16(b, 4, u16(b, 4) - 1); return b.slice(0, -1); })],
  ["aftr-fragment-one-id", "all outer fragments have one identification", ["RFC8200-4.5-2"], sends((s, e) => e.side === 0 && s.version === 6 && s.b[6] === 44, (b) => put32(b, 44, 0x77))],
  ["aftr-fragment-splits-header", "the first outer fragment holds 16 bytes", ["RFC8200-4.5-3"], sendsRaw((s, e) => e.side === 0 && s.version === 6 && s.b[6] === 44 && (u16(s.b, 42) & 0xfff8) === 0, (b) => { put16(b, 4, 24); return b.slice(0, 64); })],
  ["aftr-cut-inside", "packets too big for the softwire are fragmented inside", ["RFC6333-6.3-1", "RFC6333-5.3-3"], cutInside],
  ["aftr-dscp-changed-out", "decapsulation changes the DSCP", ["RFC6333-7.1-2", "RFC2983-3.1-1", "RFC2983-3.1-2", "RFC6908-2.10-1"], sends(both(out, (s) => !s.error), (b, s) => { b[s.user + 1] ^= 0x20; })],
  ["aftr-df-cleared-in", "DF is cleared on encapsulation", ["RFC4459-3.4-1", "RFC6864-4.3-2"], sends(both(into, softwire, (s) => (s.b[s.user + 6] & 0x40) !== 0), (b, s) => { b[s.user + 6] &= 0xbf; })],
  ["aftr-shared-space-out", "packets leave with a source of 100.64/10", ["RFC6598-4-1", "RFC6333-B.1.1-1"], sends(both(because("aftr-translated-out"), (s) => s.upper > 0), (b) => put32(b, 12, 0x64400001))],
  ["aftr-error-from-192.0.0.3", "errors towards the B4 come from 192.0.0.3", ["RFC6333-5.7-1", "RFC6333-6.5-1", "RFC6333-10-1"], sends(both(own, softwire), (b, s) => { b[s.user + 15] = 3; })],
  ["aftr-error-without-mtu", "fragmentation needed names no MTU", ["RFC1191-4-1"], sends(both(own, fragmentsNeeded), (b, s) => put16(b, s.upper + 6, 0))],
  ["aftr-error-checksum", "the device's own errors have a wrong checksum", ["RFC792-destination-unreachable-1"], sendsRaw(own, (b, s) => put16(b, s.upper + 2, u16(b, s.upper + 2) ^ 0x0303))],
  ["aftr-error-to-elsewhere", "own errors go to another inner address", ["RFC792-destination-unreachable-1"], sends(both(own, softwire), (b, s) => { b[s.user + 19] ^= 8; })],
  ["aftr-error-other-b4", "own errors go to another B4", ["RFC6333-6.6-1.error"], sends(both(own, softwire), (b) => { b[39] ^= 1; })],
  ["aftr-error-dscp", "own errors have a DSCP of their own", ["RFC5508-7.7-1"], sends(own, (b, s) => { b[s.user + 1] = 0x28; })],
  ["aftr-relayed-error-inner", "a relayed error quotes the inner form", ["RFC2473-8-1"], sends(both(because("aftr-tunnel-error-relayed"), (s) => s.quoted > 0), (b, s) => put32(b, s.quoted + 16, 0x0a000002))],
  ["aftr-martian-source-out", "packets from 127/8 are forwarded", ["RFC1812-5.3.7-1", "RFC6333-11-3", "RFC6333-11-2"], bare("aftr-inner-source-unauthorized")],
  ["nat-refusal-port-unreachable", "no port left is told with port unreachable", ["RFC5508-6-1", "RFC6888-3-15"], sends(both(because("aftr-no-binding-possible", "aftr-port-limit"), (s) => s.error), (b, s) => { b[s.upper + 1] = 3; })],
  ["nat-limit-ignored", "more ports than the limit are given", ["RFC6888-3-4", "RFC7785-4-3", "RFC6888-3-14"], (t) => {
    const made = bare("aftr-port-limit")({ ...t, events: t.events.filter((e) => !(e.direction === 1 && e.reason === "aftr-port-limit")) });
    return made;
  }],
  ["nat-full-forwarded", "packets without a port are forwarded with the inner source", ["RFC6888-3-14"], (t) => {
    const events = t.events.filter((e) => !(e.direction === 1 && e.reason === "aftr-no-binding-possible"));
    return adds(0, because("aftr-no-binding-possible"), (s, e) => { const bytes = e.bytes.slice(s.inner); bytes[8]--; seal(bytes); return { side: 1, bytes }; })({ ...t, events });
  }],
  ["nat-source-route-forwarded", "ICMP with a source route is forwarded", ["RFC5508-7.3-1"], bare("aftr-icmp-source-route")],
  ["nat-query-checksum", "translated queries have a wrong checksum", ["RFC5508-3.1-2", "RFC3022-4.1-1"], sendsRaw(both(because("aftr-translated-out", "aftr-translated-in"), (s) => s.protocol === 1 && s.upper > 0 && !s.error), (b, s) => put16(b, checksumAt(s), u16(b, checksumAt(s)) ^ 0x0101))],
  ["nat-extension-changed", "the extension of an inbound error is changed", ["RFC5508-4.1-5"], sends(both(because("aftr-icmp-error-in"), (s) => s.error && s.b[s.upper + 5] >= 32), (b) => { b[b.length - 1] ^= 1; })],
  ["nat-unmapped-error-forwarded", "errors without a mapping are delivered or let out", ["RFC5508-4.2.1-1", "RFC5508-4.2.2-2"], bare("aftr-icmp-error-no-mapping")],
  ["nat-syn-answered-at-3s", "an unsolicited SYN is answered after 3 s", ["RFC5382-4.3-3", "RFC5382-4.3-6"], answered(3)],
  ["nat-syn-answered-at-once", "an unsolicited SYN is answered at once by the device", ["RFC5382-4.3-3"], answered(0)],
  ["nat-filters-by-port", "filtering depends on the remote port", ["RFC4787-5-1", "RFC5382-4.3-1", "RFC4787-5-2", "RFC5382-4.3-2", "RFC6888-3-9"], filtersByPort],
  ["nat-synack-lost", "inbound SYN+ACKs are dropped", ["RFC5382-4.2-1", "RFC5382-5-2"], loses(both(into, (s) => s.protocol === 6 && s.upper > 0 && (s.b[s.upper + 13] & 0x12) === 0x12))],
  ["nat-big-without-df-lost", "packets without DF too big for the core are dropped", ["RFC4787-10-2", "RFC5508-7.1.1-2"], loses(both(out, (s, e, t) => (u16(s.b, 6) & 0x3fff) !== 0 && s.version === 4 && t.events.some((i) => i.direction === 0 && i.ordinal === e.ordinal && look(i.bytes).inner > 0 && (u16(i.bytes, look(i.bytes).user + 6) & 0x3fff) === 0)))],
  ["nat-privileged-ports", "external ports below 1024 are given", ["RFC6908-2.11-1"], sends(both(because("aftr-translated-out"), (s) => s.upper > 0 && (s.protocol === 6 || s.protocol === 17)), (b, s) => put16(b, s.upper, u16(b, s.upper) & 0x03ff))],
  ["aftr-error-about-error", "an ICMP error is answered with an ICMP error", ["RFC1812-4.3.2.7-1", "RFC5508-7-5"], adds(0, both(because("aftr-ttl-exceeded-silent"), (s) => s.error && s.userVersion === 4), (s, e, t) => {
    const d = aftr(t);
    if (d === undefined || s.inner === 0) return undefined;
    const from = new Uint8Array(4);
    put32(from, 0, d.wellKnownV4);
    return { side: 0, bytes: softwireTo(e.bytes, icmpError(e.bytes.slice(s.inner), 11, 0, from, 576)) };
  })],
];

export const MORE_DS_LITE_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply: (t) => (aftr(t) === undefined ? undefined : apply(t)), mechanisms: ["ds-lite"] }));
