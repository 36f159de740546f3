/** Defects of the NAPT44 of an AFTR: RFC 4787, 5382, 5508, 6888, 7857, 3022. */
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { because, both, loses, type Mutant, type Pick, sends, sendsRaw } from "./mutant.js";
import { aftr, bare, cause, IN, OUT, seconds } from "./nat-common.js";
import { checksumAt, look, type Seen } from "./seen.js";
import type { Event } from "./transcript.js";

const out: Pick = because("aftr-translated-out");
const into: Pick = because("aftr-translated-in", "aftr-translated-in-outer-fragments");
const protocol = (n: number): Pick => (s) => s.protocol === n && s.upper > 0 && !s.error;

/** Gives another external port to all but the first remote end of an inner end. `far`: what of the remote end counts. */
const dependsOn = (proto: number, far: (s: Seen) => string): Mutant["apply"] => (t) => {
  const first = new Map<string, string>();
  return sends(both(out, protocol(proto)), (b, s, e) => {
    const c = cause(t, e);
    if (c === undefined) return;
    const i = look(c);
    if (i.inner === 0 || i.upper === 0) return;
    const end = `${c.subarray(8, 24).join()} ${u32(c, i.user + 12)} ${u16(c, i.upper + (proto === 1 ? 4 : 0))}`;
    const remote = far(s);
    if (!first.has(end)) first.set(end, remote);
    const at = s.upper + (proto === 1 ? 4 : 0);
    if (first.get(end) !== remote) put16(b, at, (u16(b, at) + 2000) & 0xffff);
  })(t);
};
const farAddress = (s: Seen): string => String(u32(s.b, 16));
const farEnd = (s: Seen): string => `${u32(s.b, 16)} ${u16(s.b, s.upper + 2)}`;

/** Inbound packets are lost when nothing has gone out from their external end for `limit` seconds. */
const diesAfter = (limit: number, which: Pick): Mutant["apply"] => (t) => {
  const last = new Map<string, number>();
  const lost = new Set<Event>();
  for (const e of t.events) {
    const s = look(e.bytes);
    if (e.direction === 1 && e.reason === "aftr-translated-out" && s.upper > 0) last.set(`${s.protocol} ${u32(e.bytes, 12)} ${u16(e.bytes, s.upper + (s.protocol === 1 ? 4 : 0))}`, seconds(e));
    if (e.direction !== 1 || !into(s, e, t) || !which(s, e, t)) continue;
    const c = cause(t, e);
    if (c === undefined) continue;
    const i = look(c);
    const since = last.get(`${i.protocol} ${u32(c, 16)} ${u16(c, i.upper + (i.protocol === 1 ? 4 : 2))}`);
    if (since !== undefined && seconds(e) - since > limit) lost.add(e);
  }
  return lost.size === 0 ? undefined : t.events.filter((e) => !lost.has(e));
};

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["nat-udp-mapping-by-address", "the UDP mapping depends on the remote address", ["RFC4787-4.1-1"], dependsOn(17, farAddress)],
  ["nat-udp-mapping-by-port", "the UDP mapping depends on the remote port too", ["RFC4787-4.1-1"], dependsOn(17, farEnd)],
  ["nat-tcp-mapping-by-end", "the TCP mapping depends on the remote end", ["RFC5382-4.1-1"], dependsOn(6, farEnd)],
  ["nat-icmp-mapping-by-address", "the mapping of ICMP queries depends on the remote address", ["RFC5508-3.1-3", "RFC5508-3.1-1"], dependsOn(1, farAddress)],
  ["nat-udp-overloaded", "all UDP leaves from one external port", ["RFC4787-4.2.1-1", "RFC6888-3-2"], (t) => sends(both(out, protocol(17)), (b, s) => { put32(b, 12, aftr(t)!.nat!.pool.ranges[0].from); put16(b, s.upper, 40000); })(t)],
  ["nat-tcp-overloaded", "all TCP leaves from one external port", ["RFC5382-7.1-1", "RFC6888-3-2"], (t) => sends(both(out, protocol(6)), (b, s) => { put32(b, 12, aftr(t)!.nat!.pool.ranges[0].from); put16(b, s.upper, 40000); })(t)],
  ["nat-address-by-protocol", "UDP leaves from another pool address than TCP", ["RFC6888-3-2", "RFC4787-4.1-2"], (t) => sends(both(out, protocol(17)), (b) => {
    const { from, to } = aftr(t)!.nat!.pool.ranges[0];
    put32(b, 12, u32(b, 12) === to ? from : (u32(b, 12) + 1) >>> 0);
  })(t)],
  ["nat-parity-lost", "even UDP ports become odd ones", ["RFC4787-4.2.2-1"], (t) => (aftr(t)?.nat?.parity === true ? sends(both(out, protocol(17)), (b, s) => put16(b, s.upper, u16(b, s.upper) ^ 1))(t) : undefined)],
  ["nat-transport-checksum-kept", "transport checksums are not adjusted", ["RFC3022-4.1-1"], (t) => sendsRaw(both(out, (s) => s.protocol !== 1 && checksumAt(s) > 0), (b, s, e) => {
    const c = cause(t, e);
    if (c !== undefined && checksumAt(look(c)) > 0) put16(b, checksumAt(s), u16(c, checksumAt(look(c))));
  })(t)],
  ["nat-transport-checksum-off-in", "the transport checksum is off by one towards the B4", ["RFC3022-4.1-1"], sendsRaw(both(into, (s) => s.protocol !== 1 && checksumAt(s) > 0), (b, s) => put16(b, checksumAt(s), u16(b, checksumAt(s)) ^ 0x0100))],
  ["nat-udp-checksum-removed", "UDP checksums become zero", ["RFC3022-4.1-1.zero"], sendsRaw(both(out, (s) => s.protocol === 17 && checksumAt(s) > 0), (b, s) => put16(b, checksumAt(s), 0))],
  ["nat-header-checksum-kept", "the IPv4 header checksum is not adjusted", ["RFC3022-4.1-1"], sendsRaw(out, (b) => put16(b, 10, u16(b, 10) ^ 0x0202))],
  ["nat-payload-changed-out", "a payload byte is changed on the way out", ["RFC6333-B.1.1-1", "RFC3022-4.1-1"], sends(both(out, (s) => s.protocol === 17 && s.b.length > s.upper + 12), (b) => { b[b.length - 1] ^= 1; })],
  ["nat-tcp-sequence-changed", "TCP sequence numbers are changed", ["RFC6333-B.1.1-1"], sends(both(out, protocol(6)), (b, s) => put32(b, s.upper + 4, (u32(b, s.upper + 4) + 1000) >>> 0))],
  ["nat-inbound-wrong-host", "inbound packets go to another inner address", ["RFC6333-6.6-2", "RFC6333-6.6-1", "RFC6333-B.1.1-2"], sends(both(into, (s) => s.version === 6 && s.upper > 0), (b, s) => { b[s.user + 19] ^= 4; })],
  ["nat-inbound-wrong-port", "inbound packets go to another inner port", ["RFC6333-6.6-2", "RFC6333-6.6-1", "RFC6333-B.1.1-2", "RFC4787-4.2.1-1", "RFC5382-7.1-1"], sends(both(into, (s) => s.upper > 0 && (s.protocol === 6 || s.protocol === 17)), (b, s) => put16(b, s.upper + 2, u16(b, s.upper + 2) ^ 8))],
  ["nat-hairpin-lost", "nothing is hairpinned", ["RFC4787-6-1", "RFC5382-7.2-1"], loses(because("aftr-hairpinned"))],
  ["nat-hairpin-inner-source", "hairpinned packets keep their inner source", ["RFC4787-6-2"], (t) => sends(because("aftr-hairpinned"), (b, s, e) => {
    const c = cause(t, e);
    if (c === undefined || s.upper === 0 || look(c).upper === 0) return;
    put32(b, s.user + 12, u32(c, look(c).user + 12));
    put16(b, s.upper, u16(c, look(c).upper));
  })(t)],
  ["nat-udp-dies-at-60s", "UDP bindings end after 60 s", ["RFC4787-4.3-1", "RFC4787-4.3-4"], diesAfter(60, protocol(17))],
  ["nat-udp-dies-at-200s", "UDP bindings end after 200 s", ["RFC4787-4.3-4"], diesAfter(200, protocol(17))],
  ["nat-tcp-dies-at-1h", "TCP connections end after an hour", ["RFC5382-5-1"], diesAfter(3600, protocol(6))],
  ["nat-tcp-dies-at-100s", "TCP connections end after 100 s", ["RFC5382-5-2", "RFC5382-5-1"], diesAfter(100, protocol(6))],
  ["nat-icmp-dies-at-10s", "ICMP query sessions end after 10 s", ["RFC5508-3.2-1"], diesAfter(10, protocol(1))],
  ["nat-rst-lost", "inbound RSTs are not translated", ["RFC7857-2.2-1"], loses(both(into, protocol(6), (s) => (s.b[s.upper + 13] & 4) !== 0))],
  ["nat-error-in-quote-external", "the quoted packet of an inbound error stays in external form", ["RFC5508-4.2.1-2"], (t) => sends(both(because("aftr-icmp-error-in"), (s) => s.quoted > 0), (b, s, e) => {
    const c = cause(t, e);
    if (c === undefined || look(c).quoted === 0) return;
    put32(b, s.quoted + 12, u32(c, look(c).quoted + 12));
    put16(b, s.quoted + 10, u16(c, look(c).quoted + 10));
  })(t)],
  ["nat-error-in-quoted-port", "the quoted source port of an inbound error is not reverted", ["RFC5508-4.2.1-2"], (t) => sends(both(because("aftr-icmp-error-in"), (s) => s.quoted > 0 && s.b[s.quoted + 9] !== 1), (b, s, e) => {
    const c = cause(t, e);
    if (c !== undefined && look(c).quoted > 0) put16(b, s.quoted + 20, u16(c, look(c).quoted + 20));
  })(t)],
  ["nat-error-in-code", "the code of inbound errors is changed", ["RFC5508-4.2.1-3"], sends(both(because("aftr-icmp-error-in"), (s) => s.error), (b, s) => { b[s.upper + 1] ^= 1; })],
  ["nat-error-in-mtu-zero", "the next-hop MTU of fragmentation needed is cleared", ["RFC5508-4.2.1-3"], sends(both(because("aftr-icmp-error-in"), (s) => s.error && s.b[s.upper] === 3 && s.b[s.upper + 1] === 4), (b, s) => put16(b, s.upper + 6, 0))],
  ["nat-error-in-source", "inbound errors come from the AFTR", ["RFC5508-4.2.1-4"], sends(both(because("aftr-icmp-error-in"), (s) => s.error), (b, s) => put32(b, s.user + 12, 0xc0000001))],
  ["nat-error-out-quote-inner", "the quoted packet of an outbound error stays in inner form", ["RFC5508-4.2.2-1"], (t) => sends(both(because("aftr-icmp-error-out"), (s) => s.quoted > 0), (b, s, e) => {
    const c = cause(t, e);
    if (c === undefined || look(c).quoted === 0) return;
    put32(b, s.quoted + 16, u32(c, look(c).quoted + 16));
    put16(b, s.quoted + 10, u16(c, look(c).quoted + 10));
  })(t)],
  ["nat-error-out-source-inner", "outbound errors have an inner source", ["RFC5508-4.2.2-1", "RFC5508-4.2.2-2", "RFC6333-B.1.1-1"], sends(because("aftr-icmp-error-out"), (b) => put32(b, 12, 0xc0a80102))],
  ["nat-quoted-checksum", "the header checksum in the quoted packet is not adjusted", ["RFC3022-4.3-1"], sends(both(because("aftr-icmp-error-in", "aftr-icmp-error-out"), (s) => s.quoted > 0), (b, s) => put16(b, s.quoted + 10, u16(b, s.quoted + 10) ^ 0x0404))],
  ["nat-icmp-checksum", "the ICMP checksum of translated errors is wrong", ["RFC3022-4.1-1", "RFC3022-4.3-1", "RFC5508-4.2.1-1"], sendsRaw(both(because("aftr-icmp-error-in", "aftr-icmp-error-out"), (s) => s.error), (b, s) => put16(b, s.upper + 2, u16(b, s.upper + 2) ^ 0x0a0a))],
  ["nat-unreachable-lost", "inbound destination unreachable is dropped", ["RFC4787-9-3", "RFC5382-7.3-1", "RFC5508-4.2.1-1"], loses(both(because("aftr-icmp-error-in"), (s) => s.b[s.upper] === 3 && s.b[s.upper + 1] !== 4))],
  ["nat-fragmentation-needed-lost", "inbound fragmentation needed is dropped", ["RFC5508-7.1.2-1", "RFC4787-9-3", "RFC5382-7.3-1"], loses(both(because("aftr-icmp-error-in"), (s) => s.b[s.upper] === 3 && s.b[s.upper + 1] === 4))],
  ["nat-hairpinned-error-lost", "errors about hairpinned packets are dropped", ["RFC5508-5-1"], loses(both(because("aftr-hairpinned", "aftr-icmp-error-in", "aftr-icmp-error-out"), (s, e, t) => { const c = cause(t, e); return s.error && s.inner > 0 && c !== undefined && look(c).inner > 0; }))],
  ["nat-hairpinned-error-quote", "errors about hairpinned packets keep their quotation", ["RFC5508-5-1"], (t) => sends(both(because("aftr-hairpinned", "aftr-icmp-error-in", "aftr-icmp-error-out"), (s) => s.error && s.inner > 0 && s.quoted > 0), (b, s, e) => {
    const c = cause(t, e);
    if (c === undefined || look(c).inner === 0 || look(c).quoted === 0) return;
    for (const at of [10, 12, 16, 20]) put32(b, s.quoted + at, u32(c, look(c).quoted + at));
  })(t)],
  ["nat-invalid-error-forwarded", "errors with wrong checksums are forwarded", ["RFC5508-4.1-1", "RFC5508-4.1-2"], (t) => {
    const events = t.events.flatMap((e): Event[] => {
      const s = look(e.bytes);
      if (e.direction !== 0 || e.reason !== "aftr-icmp-error-invalid" || s.inner > 0) return [e];
      const d = bare("aftr-icmp-error-invalid")({ ...t, events: [...t.events.filter((x) => x !== e && x.direction === 1), e] });
      const made = d?.at(-1);
      return made === undefined || made === e ? [e] : [e, made];
    });
    return events.length > t.events.length ? events : undefined;
  }],
  ["nat-source-quench", "source quench is forwarded", ["RFC5508-7-3"], bare("aftr-icmp-type")],
  ["nat-fragments-lost", "fragments are not translated", ["RFC4787-11-1", "RFC4787-11-2"], loses((s, e, t) => { const c = cause(t, e); return [...OUT, ...IN].includes(e.reason) && c !== undefined && s.upper >= 0 && (u16(c, look(c).user + 6) & 0x3fff) !== 0 && look(c).userVersion === 4; })],
  ["nat-exempt-translated", "exempted destinations are translated", ["RFC6888-3-8"], (t) => sends(because("aftr-not-translated"), (b) => put32(b, 12, aftr(t)!.nat!.pool.ranges[0].from))(t)],
  ["nat-too-big-silent", "packets with DF too big for the core are dropped without a word", ["RFC4787-10-1"], loses(because("aftr-fragmentation-needed-b4"))],
  ["nat-exhaustion-silent", "a subscriber without free ports gets no answer", ["RFC6888-3-15", "RFC5508-6-1"], loses(because("aftr-no-binding-possible", "aftr-port-limit"))],
];

export const NAT_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply: (t) => (aftr(t)?.nat === undefined ? undefined : apply(t)), mechanisms: ["ds-lite"] }));
