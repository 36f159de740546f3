/** Defects of an AFTR's softwire side: RFC 6333, 2473, 6040, 8200, 1812. */
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import * as V4 from "../../src/wire/ipv4.js";
import { adds, because, both, loses, type Mutant, type Pick, sends, sendsRaw } from "./mutant.js";
import { look } from "./seen.js";
import { aftr, bare, IN, joined, OUT } from "./nat-common.js";

const into: Pick = because(...IN);
const out: Pick = because(...OUT);
const softwire: Pick = (s) => s.version === 6 && s.inner > 0;
const ecn = (n: number): Pick => (s) => (s.b[s.user + 1] & 3) === n;
const outerTos = (b: Uint8Array): number => (u16(b, 0) >>> 4) & 0xff;
const setTos = (b: Uint8Array, tos: number): void => put16(b, 0, (u16(b, 0) & 0xf00f) | (tos << 4));
/** Inputs by their ordinal. */
const causes = (t: Parameters<Mutant["apply"]>[0]): Map<number, Uint8Array> => new Map(t.events.filter((e) => e.direction === 0).map((e) => [e.ordinal, e.bytes]));

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["aftr-foreign-tunnel-source", "softwire packets come from another address than the AFTR's", ["RFC6333-6.2-1", "RFC2473-5-1"], sends(softwire, (b) => { b[23] ^= 0x40; })],
  ["aftr-wrong-b4", "return packets go to another B4", ["RFC6333-6.6-2"], sends(both(into, softwire), (b) => { b[39] ^= 1; })],
  ["aftr-outer-length", "the outer payload length is one too large", ["RFC2473-5-1"], sendsRaw(both(into, softwire), (b) => put16(b, 4, u16(b, 4) + 1))],
  ["aftr-outer-hop-is-ttl", "the outer hop limit is the inner TTL", ["RFC2473-6.3-1"], sends(both(into, softwire), (b, s) => { b[7] = b[s.user + 8]; })],
  ["aftr-ttl-kept-out", "the TTL is not lowered on decapsulation", ["RFC2473-3.1-1"], sends(out, (b, s) => void b[s.user + 8]++)],
  ["aftr-ttl-twice-out", "the TTL is lowered by two on decapsulation", ["RFC2473-3.1-1"], sends(both(out, (s) => s.b[s.user + 8] > 1), (b, s) => void b[s.user + 8]--)],
  ["aftr-ttl-kept-in", "the TTL is not lowered on encapsulation", ["RFC2473-3.1-1"], sends(both(into, softwire), (b, s) => void b[s.user + 8]++)],
  ["aftr-dscp-not-copied-out", "the DSCP is not carried to the outer header", ["RFC6333-7.1-2"], (t) => (aftr(t)?.copyDscpOut === true ? sends(both(into, softwire, (s) => s.b[s.user + 1] >>> 2 !== 0), (b) => setTos(b, outerTos(b) & 3))(t) : undefined)],
  ["aftr-ecn-ect1-in", "the outer ECN field is always ECT(1)", ["RFC6040-4.1-1"], sends(both(into, softwire), (b) => setTos(b, (outerTos(b) & 0xfc) | 1))],
  ["aftr-inner-ecn-cleared", "the inner ECN field is cleared on encapsulation", ["RFC6040-4.1-2"], sends(both(into, softwire, (s) => (s.b[s.user + 1] & 3) !== 0), (b, s) => { b[s.user + 1] &= 0xfc; })],
  ["aftr-ce-lost-out", "a CE mark of the outer header is lost on decapsulation", ["RFC6040-4.2-1"], (t) => {
    const c = causes(t);
    return sends(both(out, ecn(3), (_, e) => { const i = c.get(e.ordinal); return i !== undefined && look(i).inner > 0 && (i[look(i).user + 1] & 3) !== 3; }), (b, s, e) => { const i = c.get(e.ordinal)!; b[s.user + 1] = (b[s.user + 1] & 0xfc) | (i[look(i).user + 1] & 3); })(t);
  }],
  ["aftr-outer-ecn-wins", "the outer ECN field replaces an inner Not-ECT", ["RFC6040-4.2-3", "RFC6040-4.2-1"], sends(both(out, ecn(0)), (b, s) => { b[s.user + 1] |= 2; })],
  ["aftr-illegal-ecn-forwarded", "outer CE on inner Not-ECT is forwarded", ["RFC6040-4.2-2"], bare("aftr-ecn-illegal")],
  ["aftr-foreign-inner-source", "inner sources that are not authorised are forwarded", ["RFC6333-11-2", "RFC6333-11-3"], bare("aftr-inner-source-unauthorized")],
  ["aftr-valid-inner-dropped", "packets of 192.168/16 are not served", ["RFC6333-11-2"], (t) => {
    const c = causes(t);
    return loses(both(out, (_, e) => { const i = c.get(e.ordinal); return i !== undefined && look(i).inner > 0 && u16(i, look(i).user + 12) === 0xc0a8; }))(t);
  }],
  ["aftr-foreign-b4-served", "B4s outside the configured prefixes are served", ["RFC6333-11-6"], bare("aftr-b4-not-served")],
  ["aftr-untranslated-out", "packets leave with the inner source", ["RFC6333-B.1.1-1"], (t) => {
    const c = causes(t);
    return sends(both(because("aftr-translated-out"), (s) => s.version === 4), (b, s, e) => {
      const i = c.get(e.ordinal);
      if (i === undefined || look(i).inner === 0) return;
      put32(b, 12, u32(i, look(i).user + 12));
      if (s.upper > 0 && look(i).upper > 0) put16(b, s.upper, u16(i, look(i).upper));
    })(t);
  }],
  ["aftr-destination-changed", "the destination is changed on the way out", ["RFC6333-B.1.1-1"], sends(both(because("aftr-translated-out"), (s) => s.upper > 0), (b) => { b[19] ^= 1; })],
  ["aftr-destination-port-changed", "the destination port is changed on the way out", ["RFC6333-B.1.1-1"], sends(both(because("aftr-translated-out"), (s) => s.upper > 0 && (s.protocol === 6 || s.protocol === 17)), (b, s) => { b[s.upper + 3] ^= 8; })],
  ["aftr-source-changed-in", "the source is changed on the way in", ["RFC6333-B.1.1-2"], sends(both(because("aftr-translated-in"), (s) => s.version === 6 && s.upper > 0), (b, s) => { b[s.user + 15] ^= 1; })],
  ["aftr-outer-fragments-decapsulated-early", "outer fragments are decapsulated one by one", ["RFC6333-6.3-1"], (t) => {
    const held = new Set(t.events.filter((e) => e.direction === 0 && e.reason === "aftr-outer-fragment-held").map((e) => e.ordinal));
    if (held.size === 0) return undefined;
    return loses((_, e, x) => OUT.includes(e.reason) && x.events.some((i) => i.direction === 0 && i.ordinal === e.ordinal && i.bytes[6] === 44))(t);
  }],
  ["aftr-too-big-dropped", "packets too big for the softwire are dropped", ["RFC6333-6.3-1"], loses(because("aftr-translated-in-outer-fragments"))],
  ["aftr-ttl-one-forwarded", "packets with TTL 1 are forwarded", ["RFC1812-5.3.1-1"], bare("aftr-ttl-exceeded-b4", "aftr-ttl-exceeded-core")],
  ["aftr-ttl-silent", "an exceeded TTL is not answered", ["RFC5508-7.2-1", "RFC1812-5.3.1-2"], loses(because("aftr-ttl-exceeded-b4", "aftr-ttl-exceeded-core"))],
  ["aftr-error-from-pool", "errors towards the B4 come from a pool address", ["RFC6333-6.5-1"], (t) => sends(both(because("aftr-ttl-exceeded-b4"), softwire), (b, s) => put32(b, s.user + 12, aftr(t)?.nat?.pool.ranges[0].from ?? 0))(t)],
  ["aftr-bad-inner-header-forwarded", "packets with an invalid IPv4 header are forwarded", ["RFC1812-5.2.2-1"], bare("aftr-inner-header-invalid", "ip-header-invalid")],
  ["aftr-bad-martian-forwarded", "packets to multicast and loopback are forwarded", ["RFC1812-5.3.7-1", "RFC6333-11-3", "RFC1812-5.3.7-2"], bare("aftr-inner-destination-invalid")],
  ["aftr-relayed-error-silent", "errors about the softwire are not relayed", ["RFC2473-8-1"], loses(because("aftr-tunnel-error-relayed", "aftr-fragmentation-needed-core"))],
  ["aftr-relayed-error-type", "a relayed error is port unreachable", ["RFC2473-8.3-1"], sends(because("aftr-tunnel-error-relayed"), (b, s) => { b[s.upper + 1] = 3; })],
  ["aftr-relayed-error-source", "a relayed error comes from an address that is not the device's", ["RFC2473-8.3-3"], sends(because("aftr-tunnel-error-relayed"), (b, s) => put32(b, s.user + 12, 0xc00002c8))],
  ["aftr-df-cleared", "DF is cleared in transit", ["RFC6864-4.3-2", "RFC6333-B.1.1-1"], sends(both(out, (s) => (s.b[s.user + 6] & 0x40) !== 0), (b, s) => { b[s.user + 6] &= 0xbf; })],
  ["aftr-extension-headers-refused", "packets with destination options are dropped", ["RFC2473-3.3-1"], (t) => {
    const c = causes(t);
    return loses(both(out, (_, e) => { const i = c.get(e.ordinal); return i !== undefined && i[0] >>> 4 === 6 && (i[6] === 60 || i[6] === 0); }))(t);
  }],
  ["aftr-overlap-joined", "overlapping outer fragments are put together", ["RFC8200-4.5-5", "RFC6333-6.3-1"], adds(0, because("aftr-outer-fragment-overlap"), (_, e, t) => {
    const nat = aftr(t)?.nat;
    if (nat === undefined) return undefined;
    const bytes = joined(t.events.filter((i) => i.direction === 0 && i.bytes[6] === 44 && u32(i.bytes, 44) === u32(e.bytes, 44)).map((i) => i.bytes));
    bytes[8]--;
    put32(bytes, 12, nat.pool.ranges[0].from);
    V4.seal(bytes, 0);
    return { side: 1, bytes };
  })],
  ["aftr-echo-from-elsewhere", "echo replies of the AFTR come from another address", ["RFC1812-4.3.3.6-1"], sends(because("aftr-echo6-answered", "aftr-echo4-answered"), (b, s) => { b[s.user + (s.userVersion === 6 ? 23 : 15)] ^= 8; })],
  ["aftr-error-quotes-translated", "an error to the Internet quotes the inner form", ["RFC1812-4.3.2.3-1"], sends(both(because("aftr-ttl-exceeded-core", "aftr-fragmentation-needed-core"), (s) => s.quoted > 0), (b, s) => put32(b, s.quoted + 16, 0x0a000001))],
];

export const DS_LITE_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply, mechanisms: ["ds-lite"] }));
