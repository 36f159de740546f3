/** Defects of IPv6-in-IPv4 tunnels (RFC 4213 section 3, RFC 6040, RFC 8200, RFC 4443, RFC 1812): 6rd and 6to4 alike. */
import type { Mechanism } from "../../src/config/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { flowLabel } from "../../src/wire/ipv6.js";
import { look, seal } from "./seen.js";
import { adds, because, both, carry, forwards, icmpError, loses, type Mutant, type Pick, sends, sendsRaw, TIPPED } from "./mutant.js";

export const SIX_IN_FOUR: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay", "6to4-pmt"];
const encap: Pick = (s, e) => s.version === 4 && s.inner > 0 && (TIPPED.includes(e.reason) || s.error || e.reason.endsWith("answered"));
const forwarded: Pick = because(...TIPPED);
const whole: Pick = (s) => s.version !== 4 || (u16(s.b, 6) & 0x3fff) === 0;
const decap: Pick = because("decapsulated");
const error6: Pick = (s) => s.error && s.userVersion === 6;
const fragment: Pick = (s) => s.version === 4 && (u16(s.b, 6) & 0x3fff) !== 0;
const innerEcn = (n: number): Pick => (s) => (s.b[s.user + 1] >>> 4 & 3) === n;
const EVIL = Uint8Array.from([0x3f, 0xff, 0, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xee]);
const multicast = Uint8Array.from([0xff, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];

const rows: readonly Row[] = [
  ["encap-payload-flipped", "one bit of the payload is lost in the tunnel", ["RFC4213-3-1"], sendsRaw(both(forwarded, whole, (s) => s.b.length > s.user + 61), (b) => void (b[b.length - 1] ^= 1))],
  ["encap-header-flipped", "one bit of the transport header is lost in the tunnel", ["RFC4213-3-1"], sendsRaw(both(forwarded, whole, (s) => s.upper > 0 && s.protocol === 17), (b, s) => void (b[s.upper + 1] ^= 1))],
  ["decap-header-flipped", "one bit of the transport header is lost on decapsulation", ["RFC4213-3.6-8"], sendsRaw(both(decap, (s) => s.upper > 0 && s.protocol === 17), (b, s) => void (b[s.upper + 3] ^= 4))],
  ["encap-checksum-spoilt", "the transport checksum is spoilt in the tunnel", ["RFC4213-3-1"], sendsRaw(both(forwarded, whole, (s) => s.upper > 0 && s.protocol === 17), (b, s) => void (b[s.upper + 6] ^= 0x21))],
  ["decap-checksum-spoilt", "the transport checksum is spoilt on decapsulation", ["RFC4213-3.6-8"], sendsRaw(both(decap, (s) => s.upper > 0 && s.protocol === 17), (b, s) => void (b[s.upper + 6] ^= 0x21))],
  ["encap-flow-label-cleared", "the inner flow label is cleared", ["RFC4213-3-1"], sends(both(forwarded, whole, (s) => flowLabel(s.b, s.user) !== 0), (b, s) => { b[s.user + 1] &= 0xf0; put16(b, s.user + 2, 0); })],
  ["encap-cut", "the last four bytes are cut off on encapsulation", ["RFC4213-3.5-3", "RFC4213-3-1"], sends(both(forwarded, whole), (b) => {
    put16(b, 2, b.length - 4);
    return b.slice(0, b.length - 4);
  })],
  ["decap-payload-flipped", "one bit of the payload is lost on decapsulation", ["RFC4213-3.6-8"], sendsRaw(both(decap, (s) => s.b.length > s.user + 61), (b) => void (b[b.length - 1] ^= 1))],
  ["decap-next-header", "the next header is rewritten on decapsulation", ["RFC4213-3.6-8"], sendsRaw(both(decap, (s) => s.protocol === 17), (b) => { b[6] = 6; })],
  ["decap-dscp-zeroed", "the inner DSCP is cleared on decapsulation", ["RFC4213-3.6-8"], sends(both(decap, (s) => (u16(s.b, 0) & 0x0fc0) !== 0), (b) => { b[0] = 0x60; b[1] &= 0x3f; })],
  ["decap-hop-kept", "the hop limit is not lowered on decapsulation", ["RFC4213-3.3-1"], sends(decap, (b) => void b[7]++)],
  ["decap-hop-twice", "the hop limit is lowered by two on decapsulation", ["RFC4213-3.3-1"], sends(both(decap, (s) => s.b[7] > 1), (b) => void b[7]--)],
  ["encap-hop-kept", "the hop limit is not lowered on encapsulation", ["RFC4213-3.3-1"], sends(both(forwarded, whole), (b, s) => void b[s.user + 7]++)],
  ["encap-hop-zero", "packets leave with hop limit 0", ["RFC4213-3.3-1", "RFC8200-3-1"], sends(both(forwarded, whole), (b, s) => { b[s.user + 7] = 0; })],
  ["hop-limit-one-forwarded", "packets with an exceeded hop limit are forwarded", ["RFC8200-3-1"], forwards("hop-limit-exceeded")],
  ["outer-ttl-copied", "the outer TTL is the inner hop limit", ["RFC4213-3.3-2"], sends(encap, (b, s) => { b[8] = b[s.user + 7]; })],
  ["outer-ttl-zero", "the outer TTL is 0", ["RFC1812-4.2.2.9-1"], sends(encap, (b) => { b[8] = 0; })],
  ["outer-ttl-one-dropped", "tunnel packets that arrive with an outer TTL of 1 are dropped", ["RFC1812-4.2.2.9-2"], loses((_, e, t) => t.events.some((i) => i.direction === 0 && i.ordinal === e.ordinal && i.bytes[0] >>> 4 === 4 && i.bytes[8] <= 1 && i.bytes[9] === 41))],
  ["outer-options", "the outer header has four bytes of padding options", ["RFC4213-3.5-1"], sends(both(forwarded, whole), (b) => {
    const w = new Uint8Array(b.length + 4);
    w.set(b.subarray(0, 20));
    w.fill(1, 20, 24);
    w.set(b.subarray(20), 24);
    w[0] = 0x46;
    put16(w, 2, w.length);
    return w;
  })],
  ["outer-total-length", "the outer total length is the inner payload length", ["RFC4213-3.5-3"], sends(both(forwarded, whole), (b, s) => put16(b, 2, u16(b, s.user + 4)))],
  ["outer-checksum-wrong", "the outer header checksum is wrong", ["RFC4213-3.5-6"], sendsRaw(encap, (b) => put16(b, 10, u16(b, 10) ^ 0x0101))],
  ["outer-protocol-4", "the outer protocol is 4 instead of 41", ["RFC4213-3.5-6"], sends(both(forwarded, whole), (b) => { b[9] = 4; })],
  ["outer-source-foreign", "the outer source is not an address of the device", ["RFC4213-3.5-7"], sends(encap, (b) => put32(b, 12, 0xc6336407))],
  ["outer-id-constant", "the identification of all tunnel packets is the same", ["RFC4213-3.5-4", "RFC6864-4.3-1", "RFC5969-9.1-6"], sends(both(encap, (s) => (u16(s.b, 6) & 0x4000) === 0), (b) => put16(b, 4, 7))],
  ["fragments-with-df", "outer fragments have DF set", ["RFC4213-3.5-5"], sends(both(forwarded, fragment), (b) => put16(b, 6, u16(b, 6) | 0x4000))],
  ["static-mtu-df", "DF is set with a static tunnel MTU", ["RFC4213-3.2.1-5", "RFC3056-4-1"], (t) => t.config.serviceSets[0].concentrators.every((c) => "tunnelMtuMode" in c && c.tunnelMtuMode === "static") ? sends(both(forwarded, whole), (b) => put16(b, 6, 0x4000))(t) : undefined],
  ["decap-ecn-lost", "a CE mark of the outer header is lost on decapsulation", ["RFC6040-4.2-1"], (t) => sends(both(decap, innerEcn(3), (_, e) => t.events.some((i) => i.direction === 0 && i.ordinal === e.ordinal && (i.bytes[1] & 3) === 3 && ((i.bytes[21] >>> 4) & 3) !== 3)), (b) => { b[1] = (b[1] & 0xcf) | 0x20; })(t)],
  ["decap-ecn-outer", "the outer ECN field replaces the inner one", ["RFC6040-4.2-3", "RFC6040-4.2-1"], sends(both(decap, innerEcn(0)), (b) => { b[1] |= 0x20; })],
  ["encap-ecn-ect1", "the outer ECN field is always ECT(1)", ["RFC6040-4.1-1"], sends(forwarded, (b) => { b[1] = (b[1] & 0xfc) | 1; })],
  ["encap-ce-to-ect0", "CE becomes ECT(0) outside (RFC 3168 full functionality)", ["RFC6040-4.1-1"], sends(both(forwarded, innerEcn(3)), (b) => { b[1] = (b[1] & 0xfc) | 2; })],
  ["encap-inner-ecn", "the inner ECN field is cleared on encapsulation", ["RFC6040-4.1-2", "RFC4213-3-1"], sends(both(forwarded, whole, (s) => (s.b[s.user + 1] & 0x30) !== 0), (b, s) => { b[s.user + 1] &= 0xcf; })],
  ["illegal-ecn-forwarded", "outer CE on an inner Not-ECT packet is forwarded", ["RFC6040-4.2-2"], forwards("ecn-illegal-combination")],
  ["inner-source-invalid-forwarded", "invalid inner sources are forwarded", ["RFC4213-3.6-10", "RFC3964-5.2-2", "RFC3964-5.3.2-1"], forwards("inner-source-invalid", "ipv6-sanity")],
  ["inner-header-invalid-forwarded", "packets with a wrong payload length are forwarded", ["RFC4213-3.6-9"], forwards("inner-header-invalid")],
  ["outer-bad-header-forwarded", "packets with a wrong outer checksum or header are decapsulated", ["RFC1812-5.2.2-1"], adds(0, because("ip-header-invalid"), (s, e, t) => (s.inner > 0 ? carry(s, e, t.config) : undefined))],
  ["others-packets-taken", "tunnel packets addressed to somebody else are decapsulated", ["RFC4213-3.6-12", "RFC3964-5.2-5"], forwards("not-softwire")],
  ["too-big-not-told", "packets that are too big for the tunnel are dropped without a word", ["RFC4443-3.2-1", "RFC8200-5-1"], loses(because("packet-too-big"))],
  ["too-big-forwarded-cut", "packets that are too big for the tunnel are tunnelled whole", ["RFC4213-3.2-1", "RFC4213-3.2.2-2", "RFC4213-3.2.2-1", "RFC5969-9.1-4", "RFC4443-3.2-1"], forwards("packet-too-big")],
  ["too-big-mtu-1200", "Packet Too Big tells an MTU of 1200", ["RFC8200-5-1", "RFC4443-3.2-1"], sends(both(error6, (s) => s.b[s.upper] === 2), (b, s) => put32(b, s.upper + 4, 1200))],
  ["too-big-mtu-zero", "Packet Too Big tells an MTU of 0", ["RFC4443-3.2-1", "RFC8200-5-1"], sends(both(error6, (s) => s.b[s.upper] === 2), (b, s) => put32(b, s.upper + 4, 0))],
  ["time-exceeded-not-sent", "an exceeded hop limit is not answered", ["RFC4443-3.3-1"], loses(because("hop-limit-exceeded"))],
  ["time-exceeded-code-1", "Time Exceeded has code 1 (reassembly)", ["RFC4443-3.3-1"], sends(both(error6, (s) => s.b[s.upper] === 3), (b, s) => { b[s.upper + 1] = 1; })],
  ["error-from-multicast", "ICMPv6 errors come from a multicast address", ["RFC4443-2.2-1"], sends(error6, (b, s) => b.set(multicast, s.user + 8))],
  ["error-quote-short", "ICMPv6 errors quote 8 bytes beyond the header only", ["RFC4443-2.4-1"], sends(both(error6, (s) => s.b.length > s.quoted + 56), (b, s) => {
    const w = b.slice(0, s.quoted + 48);
    put16(w, s.user + 4, w.length - s.user - 40);
    if (s.inner > 0) put16(w, 2, w.length);
    return w;
  })],
  ["error-quote-long", "ICMPv6 errors are longer than 1280 bytes", ["RFC4443-2.4-1"], (t) => sends(both(error6, (s) => s.b.length - s.user === 1280), (b, s, e) => {
    const cause = t.events.find((i) => i.direction === 0 && i.ordinal === e.ordinal)?.bytes;
    const from = cause === undefined ? 0 : look(cause).user + (b.length - s.quoted);
    const more = cause?.slice(from, from + 60) ?? new Uint8Array(0);
    const w = new Uint8Array(b.length + more.length);
    w.set(b);
    w.set(more, b.length);
    put16(w, s.user + 4, w.length - s.user - 40);
    if (s.inner > 0) put16(w, 2, w.length);
    return w;
  })(t)],
  ["error-checksum-wrong", "ICMPv6 errors have a wrong checksum", ["RFC4443-2.3-1"], sendsRaw(error6, (b, s) => void (b[s.upper + 2] ^= 0x55))],
  ["relayed-error-to-elsewhere", "ICMPv6 errors made of ICMPv4 ones go to another than the inner source", ["RFC5969-9-2", "RFC3056-7-1"], sends(both(error6, (_, e) => e.reason.endsWith("tunnel-error-relayed")), (b, s) => { b[s.user + 39] ^= 1; })],
  ["icmp4-made-to-elsewhere", "a packet with a wrong source is answered with ICMPv4 to somebody else", ["RFC792-destination-unreachable-1"], adds(0, both(because("spoofed-source", "6to4-source-mismatch"), (s) => s.version === 4), (_, e) => {
    const bytes = icmpError(e.bytes, 3, 13, e.bytes.slice(16, 20), 576);
    bytes[19] ^= 1;
    seal(bytes);
    return { side: 0, bytes };
  })],
  ["echo-from-anycast", "echo replies come from the anycast address that was asked", ["RFC4443-4.2-2"], (t) => sends(because("echo-answered"), (b, s, e) => {
    const asked = t.events.find((i) => i.direction === 0 && i.ordinal === e.ordinal);
    if (asked !== undefined) b.set(asked.bytes.slice(look(asked.bytes).user + 24, look(asked.bytes).user + 40), s.user + 8);
  })(t)],
  ["too-big-in-fragments", "packets that are too big for the tunnel are tunnelled in outer fragments", ["RFC4213-3.2-1", "RFC4213-3.2.1-2"], (t) => {
    const whole = forwards("packet-too-big")(t);
    return whole?.flatMap((e) => (e.reason !== "mutant" || e.bytes.length <= 620 ? [e] : cutInTwo(e.bytes).map((bytes) => ({ ...e, bytes, wireLen: bytes.length }))));
  }],
  ["inner-fragmented", "the inner packet is fragmented instead of the outer one", ["RFC3056-4-3", "RFC4213-3-1"], (t) => {
    const big = new Set(t.events.filter((e) => e.direction === 1 && fragment(look(e.bytes), e, t) && e.bytes[9] === 41).map((e) => e.ordinal));
    const sent = t.events.filter((e) => !(e.direction === 1 && big.has(e.ordinal)));
    return adds(0, (s, e) => big.has(e.ordinal) && s.version === 6, (s, e) => {
      const part = new Uint8Array(48 + 600);
      part.set(s.b.subarray(0, 40));
      part.set([s.b[6], 0, 0, 1, 0, 0, 0, 9], 40);
      part.set(s.b.subarray(40, 640), 48);
      part[6] = 44;
      put16(part, 4, 608);
      return carry(look(part), { ...e, bytes: part }, t.config);
    })({ ...t, events: sent });
  }],
  ["error-to-elsewhere", "ICMPv6 errors go to another host than the sender", ["RFC4443-3-1"], sends(both(error6, (_, e) => e.reason !== "decapsulated" && !TIPPED.includes(e.reason)), (b, s) => { b[s.user + 39] ^= 1; })],
  ["echo-checksum-wrong", "echo replies have a wrong checksum", ["RFC4443-2.3-1"], sendsRaw(because("echo-answered"), (b, s) => void (b[s.upper + 2] ^= 0x55))],
  ["error-about-error", "an ICMPv6 error is answered with an ICMPv6 error", ["RFC4443-2.4-2"], adds(0, (s, e) => s.error && s.userVersion === 6 && e.reason === "hop-limit-exceeded-silent", (s, e) => ({ side: s.inner > 0 ? 0 : 1, bytes: back(s.b, e.bytes, icmpError(e.bytes.slice(s.user), 3, 0, EVIL)) }))],
  ["errors-without-limit", "the rate of ICMPv6 errors is not limited", ["RFC4443-2.4-3"], adds(0, because("icmp-rate-limited"), (s, e) => ({ side: s.inner > 0 ? 0 : 1, bytes: back(s.b, e.bytes, icmpError(e.bytes.slice(s.user), 3, 0, EVIL)) }))],
  ["echo-other-data", "echo replies do not have the data of the request", ["RFC4443-4.2-1"], sends(both(because("echo-answered"), (s) => s.b.length > s.upper + 8), (b) => void (b[b.length - 1] ^= 1))],
  ["echo-other-id", "echo replies have another identifier", ["RFC4443-4.2-1"], sends(because("echo-answered"), (b, s) => put16(b, s.upper + 4, u16(b, s.upper + 4) ^ 0x1111))],
  ["echo-from-elsewhere", "echo replies come from an address that was not asked", ["RFC4443-4.2-1", "RFC4443-4.2-2"], sends(because("echo-answered"), (b, s) => b.set(EVIL, s.user + 8))],
  ["echo4-other-data", "ICMPv4 echo replies do not have the data of the request", ["RFC1812-4.3.3.6-1"], sends(both(because("echo4-answered"), (s) => s.b.length > 28), (b) => void (b[b.length - 1] ^= 1))],
  ["icmp4-quote-short", "an ICMPv4 error quotes the IPv4 header and eight bytes only", ["RFC1812-4.3.2.3-1"], sends(both(because("outer-reassembly-timeout-answered"), (s) => s.version === 4 && s.b[9] === 1 && s.b.length > 56), (b) => {
    put16(b, 2, 56);
    return b.slice(0, 56);
  })],
  ["icmp4-about-multicast", "a packet to a multicast address is answered with ICMPv4", ["RFC1812-4.3.2.7-1"], adds(0, both(because("ip-header-invalid"), (s) => s.version === 4), (_, e) => {
    const quoted = e.bytes.slice(0, 28);
    const device = quoted.slice(16, 20);
    quoted[9] = 17;
    quoted.set([224, 0, 0, 5], 16);
    return { side: 0, bytes: icmpError(quoted, 3, 3, device, 576) };
  })],
  ["icmp4-about-bad-header", "a packet with a bad outer header is answered with ICMPv4", ["RFC1812-4.3.2.7-1"], adds(0, both(because("ip-header-invalid"), (s) => s.version === 4), (_, e) => ({ side: 0, bytes: icmpError(e.bytes.slice(0, 28), 12, 0, e.bytes.slice(16, 20), 576) }))],
  ["dynamic-df-never", "dynamic mode is declared, and DF is never set", ["RFC4213-3.2.2-2"], (t) => (t.config.serviceSets[0].concentrators.every((c) => "tunnelMtuMode" in c && c.tunnelMtuMode === "dynamic") ? sends(both(encap, whole), (b) => { b[6] &= 0xbf; })(t) : undefined)],
  ["path-mtu-ignored", "ICMPv4 fragmentation needed is ignored: the tunnel stays as wide", ["RFC4213-3.4-1", "RFC4213-3.2.2-1", "RFC4213-3.2.2-2"], (t) => {
    const learnt = t.events.findIndex((e) => e.reason === "path-mtu-learnt");
    return learnt < 0 ? undefined : forwards("packet-too-big")({ ...t, events: t.events.map((e, i) => (i > learnt ? e : { ...e, reason: "" })) });
  }],
  ["reassembly-first-only", "of outer fragments only the first comes out of the tunnel", ["RFC4213-3.6-5", "RFC4213-3.6-4", "RFC4213-3.6-7", "RFC4213-3.6-4.joined"], (t) => {
    const events = t.events.flatMap((e) => {
      if (e.direction === 1 && e.reason === "decapsulated" && t.events.some((i) => i.ordinal === e.ordinal && i.direction === 0 && (u16(i.bytes, 6) & 0x3fff) !== 0)) return [];
      return [e];
    });
    return events.length < t.events.length ? events : undefined;
  }],
  ["decap-source-changed", "the inner source is changed on decapsulation", ["RFC4213-3.6-8"], sends(both(decap, (s) => s.upper > 0), (b) => { b[23] ^= 1; })],
  ["encap-destination-changed", "the inner destination is changed on encapsulation", ["RFC4213-3.6-8", "RFC4213-3-1"], sends(both(forwarded, whole, (s) => s.upper > 0), (b, s) => { b[s.user + 39] ^= 2; })],
  ["encap-port-changed", "the destination port is changed on encapsulation, with a right checksum", ["RFC4213-3-1"], sends(both(forwarded, whole, (s) => s.upper > 0 && (s.protocol === 6 || s.protocol === 17)), (b, s) => { b[s.upper + 3] ^= 4; })],
  ["decap-port-changed", "the destination port is changed on decapsulation, with a right checksum", ["RFC4213-3.6-8"], sends(both(decap, (s) => s.upper > 0 && (s.protocol === 6 || s.protocol === 17)), (b, s) => { b[s.upper + 3] ^= 4; })],
];

/** Two outer fragments of a tunnel packet. */
function cutInTwo(b: Uint8Array): Uint8Array[] {
  const first = b.slice(0, 620);
  const second = new Uint8Array(b.length - 600);
  second.set(b.subarray(0, 20));
  second.set(b.subarray(620), 20);
  put16(first, 6, 0x2000);
  put16(second, 6, 75);
  for (const f of [first, second]) { put16(f, 2, f.length); seal(f); }
  return [first, second];
}

/** Back to whoever sent `packet`: in a tunnel packet when it came in one. */
function back(_: Uint8Array, packet: Uint8Array, error: Uint8Array): Uint8Array {
  if (packet[0] >>> 4 === 6) return error;
  const w = new Uint8Array(20 + error.length);
  w.set(packet.subarray(0, 20));
  w.set(error, 20);
  put16(w, 2, w.length);
  put16(w, 6, 0);
  w[8] = 64;
  const from = u32(packet, 12);
  put32(w, 12, u32(packet, 16));
  put32(w, 16, from);
  put16(w, 10, 0);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += u16(w, i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  put16(w, 10, ~sum & 0xffff);
  return w;
}

export const TUNNEL_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply, mechanisms: SIX_IN_FOUR }));
