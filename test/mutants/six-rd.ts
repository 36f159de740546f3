/** Defects of a 6rd border relay, RFC 5969, and of its customer edges. */
import { put16, put32, putBits, u16, u32 } from "../../src/wire/bits.js";
import type { SixRdDomain } from "../../src/config/types.js";
import { because, both, forwards, initiator, loses, type Mutant, type Pick, sends, TIPPED, adds, icmpError } from "./mutant.js";

const forwarded: Pick = because(...TIPPED);
const whole: Pick = (s) => s.version !== 4 || (u16(s.b, 6) & 0x3fff) === 0;
const domain = (c: Parameters<Pick>[2]["config"]): SixRdDomain => c.serviceSets.flatMap((x) => x.concentrators).find((x): x is SixRdDomain => x.kind === "6rd")!;

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["6rd-outer-destination-neighbour", "tunnel packets go to the CE next door", ["RFC5969-4-2"], sends(both(forwarded, whole), (b) => put32(b, 16, u32(b, 16) ^ 1))],
  ["6rd-outer-destination-not-shifted", "the embedded bits are read from the wrong place", ["RFC5969-4-2"], sends(both(forwarded, whole), (b) => put32(b, 16, (u32(b, 16) & 0xff000000) | (u32(b, 16) >>> 8 & 0xffffff)))],
  ["6rd-anycast-echo-silent", "the Subnet-Router anycast address is not answered", ["RFC5969-5-1"], loses(because("echo-answered"))],
  ["6rd-anycast-from-unicast", "an anycast BR tunnels from its unicast address", ["RFC5969-7.2-2"], (t) => (domain(t.config).anycast ? sends(forwarded, (b) => put32(b, 12, u32(b, 12) ^ 0xff))(t) : undefined)],
  ["6rd-anycast-without-df", "an anycast BR does not set DF", ["RFC5969-9.1-2"], (t) => (domain(t.config).anycast ? sends(both(forwarded, whole), (b) => put16(b, 6, 0))(t) : undefined)],
  ["6rd-keepalive-lost", "a CE's probe to itself does not come back", ["RFC5969-8-3"], (t) => {
    const probes = new Set(t.events.filter((e) => e.direction === 0 && e.bytes[9] === 41 && e.bytes.length >= 60 && [...e.bytes.subarray(28, 44)].every((v, i) => v === e.bytes[44 + i])).map((e) => e.ordinal));
    const events = t.events.filter((e) => !(e.direction === 1 && probes.has(e.ordinal)));
    return events.length < t.events.length ? events : undefined;
  }],
  ["6rd-hairpin-lost", "packets between CEs are not forwarded", ["RFC5969-8-3", "RFC5969-8-3.ce-to-ce"], loses(because("hairpinned"))],
  ["6rd-hairpin-to-core", "packets between CEs leave on the native side", ["RFC5969-8-3", "RFC5969-12-4", "RFC5969-4-2", "RFC5969-9-1"], (t) => {
    let hit = false;
    const events = t.events.map((e) => {
      if (e.reason !== "hairpinned" || e.direction !== 1) return e;
      hit = true;
      const bytes = e.bytes.slice(20);
      return { ...e, side: 1 as const, bytes, wireLen: bytes.length };
    });
    return hit ? events : undefined;
  }],
  ["6rd-tos-zero", "the outer ToS is 0 although copying is the default", ["RFC5969-9-3"], (t) => (domain(t.config).dscp.mode === "copy" ? sends(both(forwarded, (s) => (s.b[1] & 0xfc) !== 0), (b) => { b[1] &= 3; })(t) : undefined)],
  ["6rd-tos-shifted", "the traffic class is copied one nibble off", ["RFC5969-9-3"], (t) => (domain(t.config).dscp.mode === "copy" ? sends(both(forwarded, whole), (b, s) => { b[1] = ((b[s.user + 1] & 0xf) << 4) | 0x28; })(t) : undefined)],
  ["6rd-spoofed-forwarded", "a source that does not embed the outer source is forwarded", ["RFC5969-9.2-2", "RFC5969-9.2-1"], forwards("spoofed-source")],
  ["6rd-foreign-source-forwarded", "a source outside the 6rd prefix is forwarded", ["RFC5969-9.2-2", "RFC5969-9.2-1"], forwards("native-source-in-tunnel")],
  ["6rd-valid-dropped", "the source check drops everything from odd IPv4 addresses", ["RFC5969-9.2-1", "RFC5969-7.2-3", "RFC4213-3.6-4", "RFC5969-9.2-2"], (t) => {
    const odd = new Set(t.events.filter((e) => e.direction === 0 && e.bytes[0] >>> 4 === 4 && (e.bytes[15] & 1) === 1).map((e) => e.ordinal));
    const events = t.events.filter((e) => !(e.direction === 1 && e.reason === "decapsulated" && odd.has(e.ordinal)));
    return events.length < t.events.length ? events : undefined;
  }],
  ["6rd-spoofed-answered", "a packet with a wrong source is answered with ICMPv4", ["RFC4213-3.6-2", "RFC4213-3.6-2.icmp"], adds(0, because("spoofed-source"), (_, e) => ({ side: 0, bytes: icmpError(e.bytes, 3, 13, e.bytes.slice(16, 20), 576) }))],
  ["6rd-martian-forwarded", "martian outer sources are decapsulated", ["RFC4213-3.6-1", "RFC4213-3.6-2", "RFC5969-9.2-1"], forwards("outer-source-invalid")],
  ["6rd-null-route-looped", "packets to the BR's own delegated prefix loop", ["RFC5969-12-3"], forwards("null-routed")],
  ["6rd-known-relay-taken", "packets from known relays are taken", ["RFC5969-12-2"], forwards("outer-source-known-relay", "embedded-destination-known-relay")],
  ["6rd-link-local-destination-forwarded", "packets to link-local addresses come out of the tunnel", ["RFC5969-9-6"], forwards("inner-destination-invalid")],
  ["6rd-link-local-forwarded", "link-local packets come out of the tunnel", ["RFC5969-9-6", "RFC4213-3.6-10", "RFC4291-2.5.6-1"], forwards("inner-source-link-local")],
  ["6rd-link-local-other", "a link-local address of the tunnel interface is made from another IPv4 address", ["RFC4213-3.7-1"], sends((s, e) => e.reason === "encapsulated" && s.inner > 0, (b, s) => b.set([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 99], s.user + 8))],
  ["6rd-errors-to-outer", "ICMPv6 errors into the tunnel go to another CE", ["RFC5969-9-2", "RFC4443-3-1", "RFC5969-4-2"], sends((s) => s.error && s.inner > 0 && s.userVersion === 6, (b, s) => { b[s.user + 39] ^= 1; })],
  ["6rd-delegated-neighbour", "a CE uses a prefix that is not its own", ["RFC5969-9-5", "RFC5969-9.2-1", "RFC5969-9.2-2"], (t) => {
    const d = domain(t.config);
    return initiator((s, e) => s.inner > 0 && e.reason === "decapsulated", (b, s) => putBits(b, s.user + 8, d.v6rdPrefix.length + 31 - d.ipv4Prefix.length, 1, (b[(s.user + 8) + ((d.v6rdPrefix.length + 31 - d.ipv4Prefix.length) >>> 3)] >>> (7 - ((d.v6rdPrefix.length + 31 - d.ipv4Prefix.length) & 7)) & 1) ^ 1))(t);
  }],
];

export const SIX_RD_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply, mechanisms: ["6rd"] }));
