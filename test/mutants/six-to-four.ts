/** Defects of 6to4 routers and relays (RFC 3056, 3068, 3964, 6343) and of PMT relays (RFC 6732). */
import type { SixToFour } from "../../src/config/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { adds, because, both, carry, forwards, initiator, loses, type Mutant, type Pick, sends, sendsRaw, TIPPED } from "./mutant.js";
import { checksumAt, look } from "./seen.js";

const forwarded: Pick = because(...TIPPED);
const whole: Pick = (s) => s.version !== 4 || (u16(s.b, 6) & 0x3fff) === 0;
const decap: Pick = because("decapsulated");
const tunnel = (t: Parameters<Pick>[2]): SixToFour => t.config.serviceSets.flatMap((x) => x.concentrators).find((x): x is SixToFour => x.kind !== "6rd" && x.kind !== "ds-lite")!;
const kind = (...kinds: readonly string[]): Pick => (_, _e, t) => kinds.includes(tunnel(t).kind);
const is6to4 = (b: Uint8Array, o: number): boolean => u16(b, o) === 0x2002;

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const family: readonly Row[] = [
  ["6to4-destination-neighbour", "tunnel packets go to the IPv4 address next to the embedded one", ["RFC3056-5.3-1", "RFC3056-3-3"], sends(both(forwarded, whole, (s) => is6to4(s.b, s.user + 24)), (b) => put32(b, 16, u32(b, 16) ^ 1))],
  ["6to4-destination-bytes-swapped", "the embedded address is read in the wrong byte order", ["RFC3056-5.3-1", "RFC3056-3-3"], sends(both(forwarded, whole, (s) => is6to4(s.b, s.user + 24)), (b) => b.set([b[19], b[18], b[17], b[16]], 16))],
  ["6to4-trailer", "four bytes follow the IPv6 packet in the tunnel packet", ["RFC3056-3-2", "RFC4213-3.5-3"], sends(both(forwarded, whole), (b) => {
    const w = new Uint8Array(b.length + 4);
    w.set(b);
    put16(w, 2, w.length);
    return w;
  })],
  ["6to4-outer-tos", "the traffic class is copied to the outer ToS although 0 is the default", ["RFC4213-3.5-2"], sends(both(forwarded, (s) => (u16(s.b, s.user) & 0x0fc0) !== 0), (b, s) => { b[1] = ((u16(b, s.user) >>> 4) & 0xfc) | (b[1] & 3); })],
  ["6to4-df-set", "DF is set on tunnel packets", ["RFC3056-4-1", "RFC4213-3.2.1-5"], (t) => (tunnel(t).tunnelMtuMode === "static" ? sends(both(forwarded, whole), (b) => put16(b, 6, 0x4000))(t) : undefined)],
  ["6to4-private-v4addr", "destinations that embed a private address are tunnelled", ["RFC3056-9-1", "RFC3056-9-2", "RFC3964-5.3.1-1", "RFC3964-5.3.2-2"], forwards("v4addr-not-global", "embedded-destination-invalid")],
  ["6to4-source-mismatch-forwarded", "a 6to4 source that does not embed the outer source is forwarded", ["RFC3964-5.2-4", "RFC3964-3.1-2", "RFC3964-3.2-2", "RFC3964-4.2-1"], forwards("6to4-source-mismatch")],
  ["6to4-insane-addresses-forwarded", "IPv6 addresses of the sanity list are forwarded", ["RFC3964-5.3.2-1", "RFC3964-5.2-2", "RFC3964-5.1-1", "RFC4213-3.6-10"], forwards("ipv6-sanity")],
  ["6to4-decap-lost", "the packets of one source are not decapsulated", ["RFC3056-9-3", "RFC3056-5.3-2", "RFC3068-4.2-2", "RFC6343-4.4-6", "RFC6343-4.4-1", "RFC6732-3.1-2", "RFC6732-3.1-2.lost", "RFC6732-4.2-1.lost"], loses(decap)],
];
const more: readonly Row[] = [
  ["6to4-link-local-other", "a link-local address of the tunnel interface is not fe80:: and V4ADDR", ["RFC3056-3.1-1"], sends(both(forwarded, whole), (b, s) => b.set([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1], s.user + 8))],
  ["6to4-to-itself", "packets are tunnelled to the device's own address", ["RFC3964-5.1-3", "RFC3056-5.3-1"], sends(both(forwarded, whole), (b) => put32(b, 16, u32(b, 12)))],
];
const relay: readonly Row[] = [
  ["relay-anycast-other-host", "an anycast relay sends from 192.88.99.2", ["RFC3068-2.4-1", "RFC4213-3.5-7"], (t) => (tunnel(t).anycast ? sends(forwarded, (b) => put32(b, 12, 0xc0586302))(t) : undefined)],
  ["relay-serves-strangers", "a relay serves others than its clients", ["RFC3056-5.2.2.1-1"], forwards("not-a-client")],
  ["relay-not-anycast-only", "a relay that is declared to serve the anycast address only serves its unicast address too", ["RFC3964-4.2.5-1"], forwards("not-softwire", "not-a-client", "destination-mismatch")],
  ["relay-native-source-taken", "a relay takes native sources out of tunnels", ["RFC3964-4.2.2-1", "RFC3964-5.2-6", "RFC3964-5.2-4"], forwards("native-source-at-relay")],
  ["relay-between-6to4-sites", "a relay forwards between two 6to4 sites", ["RFC3964-4.2-2", "RFC3964-3.2-1"], forwards("6to4-to-6to4-at-relay")],
  ["relay-6to4-from-native-side", "a relay tunnels 6to4 sources that come from the native side", ["RFC3964-4.1.2-1", "RFC3964-5.1-2", "RFC3964-5.1-4"], forwards("6to4-source-at-relay")],
  ["relay-native-to-native", "a relay decapsulates a packet between two native addresses", ["RFC3964-5.2-6", "RFC3964-5.1-4", "RFC3964-4.2.2-1"], adds(0, both(because("native-source-at-relay", "native-to-native"), (s) => s.inner > 0 && !is6to4(s.b, s.user + 24)), (s, e, t) => carry(s, e, t.config))],
  ["relay-encap-lost", "native packets for 2002::/16 are not tunnelled", ["RFC3056-5.2.2-2", "RFC6343-4.4-1", "RFC6343-4.4-6"], loses(both(forwarded, kind("6to4-relay")))],
  ["relay-stateful", "native packets are tunnelled to sites only that were heard before", ["RFC6343-4.4-6", "RFC6343-4.4-1", "RFC3056-5.2.2-2"], (t) => {
    if (tunnel(t).kind !== "6to4-relay") return undefined;
    const heard = new Set<number>();
    const refused = new Set<number>();
    for (const e of t.events) {
      if (e.direction !== 0) continue;
      if (e.bytes[0] >>> 4 === 4) heard.add(u32(e.bytes, 12));
      else if (e.bytes[0] >>> 4 === 6 && is6to4(e.bytes, 24) && !heard.has(u32(e.bytes, 26))) refused.add(e.ordinal);
    }
    return loses(both(forwarded, (_, e) => refused.has(e.ordinal)))(t);
  }],
  ["relay-anycast-silent", "packets to 192.88.99.1 are not relayed", ["RFC3068-4.2-2", "RFC6343-4.4-6", "RFC3056-5.3-2", "RFC3056-9-3"], (t) => {
    const asked = new Set(t.events.filter((e) => e.direction === 0 && e.bytes[0] >>> 4 === 4 && u32(e.bytes, 16) === 0xc0586301).map((e) => e.ordinal));
    return loses(both(decap, (_, e) => asked.has(e.ordinal)))(t);
  }],
  ["relay-unicast-silent", "packets to the equivalent unicast address are not relayed", ["RFC3068-4.2-3", "RFC3068-2.6-1", "RFC3056-9-3", "RFC3056-5.3-2"], (t) => {
    if (!tunnel(t).anycast) return undefined;
    const asked = new Set(t.events.filter((e) => e.direction === 0 && e.bytes[0] >>> 4 === 4 && u32(e.bytes, 16) !== 0xc0586301).map((e) => e.ordinal));
    return loses(both(decap, (_, e) => asked.has(e.ordinal)))(t);
  }],
  ["relay-from-foreign-address", "an anycast relay sends from an address that is not its own", ["RFC6343-4.4-2", "RFC4213-3.5-7"], (t) => (tunnel(t).anycast ? sends(forwarded, (b) => put32(b, 12, 0xc6336409))(t) : undefined)],
  ["relay-anycast-echo-silent", "echo requests to 2002:c058:6301:: are not answered", ["RFC6343-4.4-3"], (t) => (tunnel(t).anycast ? loses(because("echo-answered"))(t) : undefined)],
];
const router: readonly Row[] = [
  ["router-other-relay", "native destinations go to another relay than 192.88.99.1", ["RFC3068-4.1-1", "RFC3056-5.3-1"], sends(both(forwarded, whole, (s) => u32(s.b, 16) === 0xc0586301), (b) => put32(b, 16, 0xc6336407))],
  ["router-foreign-v4addr", "the router sends from an address that its prefix does not embed", ["RFC3056-3-1", "RFC3056-2-2", "RFC4213-3.5-7"], sends(forwarded, (b) => put32(b, 12, u32(b, 12) ^ 3))],
  ["router-through-relay", "packets to other 6to4 sites go through the relay", ["RFC3056-5.3-3", "RFC3056-5.3-1"], (t) => {
    const via = tunnel(t).defaultRelay;
    return via === undefined ? undefined : sends(both(forwarded, whole, (s) => is6to4(s.b, s.user + 24)), (b) => put32(b, 16, via))(t);
  }],
  ["router-native-source-refused", "native sources are not accepted from a relay", ["RFC3056-9-4", "RFC7526-6-1", "RFC7526-6-4", "RFC3056-9-3"], loses(both(decap, (s) => !is6to4(s.b, 8)))],
  ["router-others-prefix-taken", "packets to other prefixes than its own are taken", ["RFC3964-3.1-6", "RFC3964-5.2-3"], forwards("destination-mismatch")],
  ["router-site-source-changed", "a host of the site uses another site's prefix", ["RFC3964-5.1-2", "RFC3056-2-2", "RFC3056-3-1", "RFC3056-3-3"], (t) => {
    const inputs = initiator((s, e) => s.version === 6 && e.reason === "encapsulated" && is6to4(s.b, 8), (b) => { b[5 + 8] ^= 1; })(t);
    return inputs === undefined ? undefined : sends(forwarded, (b, s) => { b[s.user + 8 + 5] ^= 1; })({ ...t, events: inputs });
  }],
];
const pmt: readonly Row[] = [
  ["pmt-subnets-merged", "two Subnet-IDs of a site get the same provider addresses", ["RFC6732-3.3-2", "RFC6732-3.3-1"], (t) => {
    const mapped = new Set(t.events.filter((e) => e.direction === 1 && e.reason === "decapsulated" && !is6to4(e.bytes, 8)).map((e) => e.ordinal));
    return initiator((s, e) => s.inner > 0 && mapped.has(e.ordinal), (b, s) => { b[s.user + 8 + 7] ^= 1; })(t);
  }],
  ["pmt-opt-out-translated", "customers who opted out are translated", ["RFC6732-4.1-1"], (t) => {
    const p = tunnel(t).providerPrefix;
    return p?.length !== 32 || tunnel(t).optOut === undefined ? undefined : sends(both(decap, (s) => is6to4(s.b, 8) && !is6to4(s.b, 24)), (b) => {
      const v4 = u32(b, 10);
      put32(b, 8, p.address[0]);
      put32(b, 12, v4);
    })(t);
  }],
  ["pmt-flow-label-cleared", "the flow label is cleared on decapsulation", ["RFC4213-3.6-8"], initiator((s) => s.inner > 0, (b, s) => { b[s.user + 3] = 7; })],
  ["pmt-shared-untranslated", "customers with shared addresses leave with their 6to4 sources", ["RFC6732-4.2-1"], (t) => {
    const from = new Map(t.events.filter((e) => e.direction === 0 && e.bytes[0] === 0x45 && e.bytes[12] === 100 && (e.bytes[13] & 0xc0) === 64).map((e) => [e.ordinal, e.bytes.slice(28, 44)]));
    return sends(both(decap, (s, e) => !is6to4(s.b, 8) && from.has(e.ordinal)), (b, _s, e) => b.set(from.get(e.ordinal)!, 8))(t);
  }],
  ["pmt-neutral-inbound-sum", "checksum-neutral: the inverse adjustment is not made", ["RFC6296-3.3-1"], (t) => (tunnel(t).pmtChecksum === "neutral" ? sends(both(forwarded, whole), (b, s) => { b[s.user + 24 + 15] ^= 1; })(t) : undefined)],
  ["pmt-neutral-other-word", "checksum-neutral: another word than the first is adjusted", ["RFC6296-3.5-1"], (t) => {
    const cause = new Map(t.events.filter((e) => e.direction === 0 && e.bytes[9] === 41).map((e) => [e.ordinal, e.bytes]));
    return tunnel(t).pmtChecksum !== "neutral" ? undefined : sends(both(decap, (s) => !is6to4(s.b, 8)), (b, _s, e) => {
      const c = cause.get(e.ordinal);
      if (c === undefined || u16(c, 36) === 0xffff) return;
      const moved = u16(b, 22) + u16(b, 16) + 0xffff - u16(c, 36);
      put16(b, 16, u16(c, 36));
      put16(b, 22, (moved & 0xffff) + (moved >>> 16));
    })(t);
  }],
  ["pmt-wrong-v4addr", "the provider address embeds the neighbour's IPv4 address", ["RFC6732-3.3-1", "RFC6732-3.1-2"], (t) => {
    const n = tunnel(t).providerPrefix?.length;
    return n === undefined ? undefined : sends(both(decap, (s) => !is6to4(s.b, 8)), (b) => { b[8 + ((n + 31) >>> 3)] ^= 0x80 >>> ((n + 31) & 7); })(t);
  }],
  ["pmt-identifier-changed", "the interface identifier is not carried over", ["RFC6732-3.3-1", "RFC6732-3.1-2"], sends(both(decap, (s) => !is6to4(s.b, 8)), (b) => { b[23] ^= 1; })],
  ["pmt-checksum-kept", "transport checksums are not adjusted", ["RFC6732-4.5-1", "RFC8200-8.1-1"], (t) => {
    const cause = new Map(t.events.filter((e) => e.direction === 0).map((e) => [e.ordinal, e.bytes]));
    return sendsRaw(both(decap, (s) => checksumAt(s) > 0), (b, s, e) => {
      const c = cause.get(e.ordinal);
      if (c !== undefined && checksumAt(look(c)) > 0) put16(b, checksumAt(s), u16(c, checksumAt(look(c))));
    })(t);
  }],
  ["pmt-udp-checksum-zero", "UDP checksums are cleared", ["RFC6732-4.5-1", "RFC8200-8.1-1"], sendsRaw(both(decap, (s) => s.protocol === 17 && s.upper > 0), (b, s) => put16(b, s.upper + 6, 0))],
  ["pmt-sites-translated", "traffic between 6to4 sites is translated", ["RFC6732-3.2-1"], (t) => {
    const p = tunnel(t).providerPrefix;
    return p === undefined ? undefined : sends((s, e) => e.reason === "hairpinned" && is6to4(s.b, s.user + 24), (b, s) => { put32(b, s.user + 8, p.address[0]); })(t);
  }],
  ["pmt-return-lost", "packets to provider addresses are not tunnelled", ["RFC6732-3.1-2", "RFC6732-3.1-2.lost", "RFC6732-3.4-1", "RFC3056-5.2.2-2"], loses(forwarded)],
];

const of = (rows: readonly Row[], ...mechanisms: Mutant["mechanisms"][number][]): Mutant[] => rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, mechanisms, apply }));
export const SIX_TO_FOUR_MUTANTS: readonly Mutant[] = [...of(family, "6to4-router", "6to4-relay", "6to4-pmt"), ...of(more, "6to4-router", "6to4-relay", "6to4-pmt"), ...of(relay, "6to4-relay"), ...of(router, "6to4-router"), ...of(pmt, "6to4-pmt")];
