/**
 * What conforming devices and honest taps do differently from the reference and its transcript. None of it may break a MUST.
 * Freedoms act on what the device sends; artefacts act on the capture.
 */
import type { Mechanism } from "../../src/config/types.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import { OUT_OF } from "../../src/judge/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { seal as sealIpv4 } from "../../src/wire/ipv4.js";
import { flowLabel } from "../../src/wire/ipv6.js";
import { randomOf } from "../properties/random.js";
import { DS_LITE_FREEDOMS } from "./freedoms-ds-lite.js";
import { retimed } from "./retimed.js";
import { SIX_IN_FOUR } from "./tunnel.js";
import { adds, because, TIPPED, type Mutant, type Pick, sends } from "./mutant.js";
import { aftr } from "./nat-common.js";
import { look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

export interface Freedom { readonly id: string; readonly title: string; readonly mechanisms: readonly Mechanism[]; apply(t: Transcript): readonly Event[] | undefined }

const ALL: readonly Mechanism[] = [...SIX_IN_FOUR, "ds-lite"];
const tunnelled: Pick = (s) => s.version === 4 && s.inner > 0;
const softwire: Pick = (s) => s.version === 6 && s.inner > 0;

/** Is the IPv4 header's checksum right? */
function sealedRight(b: Uint8Array): boolean {
  const c = b.slice();
  sealIpv4(c, 0);
  return u16(c, 10) === u16(b, 10);
}

/** Each external end gets another port, the same for the whole transcript, both ways. */
function otherPorts(t: Transcript): readonly Event[] | undefined {
  const nat = aftr(t)?.nat;
  if (nat === undefined || nat.allocation === "deterministic" || nat.staticMappings.length > 0 || nat.alg.length > 0) return undefined;
  const turn = (p: number): number => (p >= nat.pool.portFrom && p <= nat.pool.portTo && nat.pool.portTo - nat.pool.portFrom > 30_000 && p >= 1024 && p < 61_440 ? 1024 + ((p - 1024 + 20_000 * 2) % (61_440 - 1024)) : p);
  const inPool = (v: number): boolean => nat.pool.ranges.some((x) => v >= x.from && v <= x.to);
  const end = (b: Uint8Array, at: number, address: number, source: boolean): void => {
    const proto = b[at + 9];
    const l4 = at + (b[at] & 15) * 4;
    if ((u16(b, at + 6) & 0x1fff) !== 0 || !inPool(u32(b, at + address)) || l4 + 8 > b.length) return;
    if (proto === 6 || proto === 17) put16(b, l4 + (source ? 0 : 2), turn(u16(b, l4 + (source ? 0 : 2))));
    if (proto === 1 && (b[l4] === 8 || b[l4] === 0)) put16(b, l4 + 4, turn(u16(b, l4 + 4)));
  };
  // ICMP errors, fragments and hairpins quote or carry the port elsewhere: a transcript with them is left alone.
  if (t.events.some((e) => { const s = look(e.bytes); return s.error || (s.userVersion === 4 && (u16(e.bytes, s.user + 6) & 0x3fff) !== 0) || e.reason === "aftr-hairpinned" || e.bytes[6] === 44; })) return undefined;
  return t.events.map((e) => {
    const s = look(e.bytes);
    if (e.side !== 1 || s.version !== 4 || e.bytes.length < 28) return e;
    const bytes = e.bytes.slice();
    const before = bytes.slice();
    seal(before);
    if (before.some((v, i) => v !== e.bytes[i])) return e; // a wrong checksum stays as wrong as it is
    end(bytes, 0, e.direction === OUT_OF ? 12 : 16, e.direction === OUT_OF);
    seal(bytes);
    return { ...e, bytes };
  });
}

const shifted = (e: Event, seconds: number): Event => { const ns = e.nsec + Math.round(seconds * 1e9); const carry = Math.floor(ns / 1e9); return { ...e, sec: e.sec + carry, nsec: ns - carry * 1e9 }; };
const inTime = (events: readonly Event[]): readonly Event[] => events.map((e, i) => ({ e, i })).sort((a, b) => a.e.sec - b.e.sec || a.e.nsec - b.e.nsec || a.i - b.i).map((x) => x.e);

/** Each ordinary forwarded packet once more with one hop less, as after a change of routes: inputs and outputs alike. */
function fewerHops(t: Transcript): readonly Event[] | undefined {
  const went = new Set(t.events.filter((e) => e.direction === OUT_OF && (TIPPED.includes(e.reason) || e.reason === "decapsulated")).map((e) => e.ordinal));
  for (const e of t.events) if (e.direction !== OUT_OF && e.bytes[0] >>> 4 === 4 && (u16(e.bytes, 6) & 0x3fff) !== 0) went.delete(e.ordinal);
  const events = t.events.flatMap((e) => {
    const s = look(e.bytes);
    if (!went.has(e.ordinal) || s.userVersion !== 6 || s.b.length < s.user + 40 || s.b[s.user + 7] < 3 || (s.version === 4 && (u16(s.b, 6) & 0x3fff) !== 0) || s.b[s.user + 6] === 44) return [e];
    const bytes = e.bytes.slice();
    bytes[s.user + 7]--;
    if (e.direction === OUT_OF && s.version === 4 && u16(bytes, 6) !== 0x4000) put16(bytes, 4, u16(bytes, 4) ^ 0x8000);
    if (s.version === 4) sealIpv4(bytes, 0);
    return [e, shifted({ ...e, bytes }, 0.001)];
  });
  return inTime(events);
}

/** A host merges the segments of a stream before its capture sees them (GRO): of two received segments one sent frame, larger than any MTU allows. */
function merged(t: Transcript): readonly Event[] | undefined {
  const more: Event[] = [];
  for (const o of t.events) {
    const s = look(o.bytes);
    const i = t.events.find((e) => e.direction === 0 && e.ordinal === o.ordinal);
    if (o.direction !== OUT_OF || i === undefined || !(TIPPED.includes(o.reason) || o.reason === "decapsulated") || s.userVersion !== 6 || s.protocol !== 6 || s.upper !== s.user + 40 || o.bytes.length !== s.user + 40 + u16(o.bytes, s.user + 4)) continue;
    const head = s.upper + (o.bytes[s.upper + 12] >>> 4) * 4;
    const data = o.bytes.subarray(head);
    if (data.length === 0) continue;
    const first = i.bytes.slice();
    const from = look(first);
    if (from.upper === 0 || (from.version === 4 && (u16(first, 6) & 0x3fff) !== 0)) continue;
    put32(first, from.upper + 4, u32(first, from.upper + 4) ^ 0x5a5a5a5a);
    const second = first.slice();
    put32(second, from.upper + 4, (u32(first, from.upper + 4) + data.length) >>> 0);
    const bytes = new Uint8Array(o.bytes.length + data.length);
    bytes.set(o.bytes);
    bytes.set(data, o.bytes.length);
    put32(bytes, s.upper + 4, u32(first, from.upper + 4));
    put16(bytes, s.user + 4, u16(bytes, s.user + 4) + data.length);
    if (s.version === 4) { put16(bytes, 2, bytes.length); put16(bytes, 4, u16(bytes, 4) ^ 0x8000); }
    for (const b of [first, second, bytes]) seal(b);
    more.push(shifted({ ...i, bytes: first }, 0.001), shifted({ ...i, bytes: second }, 0.0011), shifted({ ...o, bytes, wireLen: bytes.length }, 0.0012));
  }
  return more.length === 0 ? undefined : inTime([...t.events, ...more]);
}

/** The same packets in a tunnel of two other routers, and their native side, on the same links. */
const secondTunnel = (t: Transcript): readonly Event[] => t.events.flatMap((e) => {
  const s = look(e.bytes);
  const bytes = e.bytes.slice();
  if (s.version === 4 && bytes.length >= 20) { put32(bytes, 12, 0xc6336480 | (u32(bytes, 12) & 15)); put32(bytes, 16, 0xc63364c0 | (u32(bytes, 16) & 15)); }
  if (s.userVersion === 6 && bytes.length >= s.user + 40) for (const at of [8, 24]) if (bytes[s.user + at] !== 0xff) put32(bytes, s.user + at, 0x3fff0077);
  if (s.userVersion === 6 && s.error && bytes.length >= s.quoted + 40) for (const at of [8, 24]) put32(bytes, s.quoted + at, 0x3fff0077);
  seal(bytes);
  return [e, { ...e, bytes }];
});
const spans = (t: Transcript): number => (t.events.length === 0 ? 0 : t.events[t.events.length - 1].sec - t.events[0].sec);

const neighbours: Mutant["apply"] = (t) => t.events.flatMap((e) => { if (e.direction === OUT_OF) return [e]; const bytes = e.bytes.slice(); if (bytes[0] >>> 4 === 4 && bytes.length >= 20) put32(bytes, 16, 0xc6336499); else if (bytes.length >= 40) bytes.set([0x3f, 0xff, 0x77], 24); seal(bytes); return [e, { ...e, bytes }]; });

type Row = readonly [id: string, title: string, mechanisms: readonly Mechanism[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["ttl-255", "the outer TTL is 255", SIX_IN_FOUR, sends(tunnelled, (b) => { b[8] = 255; })],
  ["hop-limit-255", "the outer hop limit is 255", ["ds-lite"], sends(softwire, (b) => { b[7] = 255; })],
  ["ids-counted", "identifications count from 40000 in steps of 3", SIX_IN_FOUR, (t) => { let id = 40_000; const seen = new Map<number, number>(); return sends(tunnelled, (b, _s, e) => { const key = e.ordinal * 70_000 + u16(b, 4); if (!seen.has(key)) seen.set(key, (id += 3) & 0xffff); put16(b, 4, seen.get(key)!); })(t); }],
  ["ecn-compatibility", "ECN compatibility mode: the outer field is Not-ECT (RFC 6040 section 4.1)", SIX_IN_FOUR, sends(tunnelled, (b) => { b[1] &= 0xfc; })],
  ["errors-hop-255", "own ICMPv6 errors have hop limit 255", SIX_IN_FOUR, sends((s, e) => s.error && s.userVersion === 6 && REASONS.some((r) => r.id === e.reason && r.kind === "answer"), (b, s) => { b[s.user + 7] = 255; })],
  ["inner-flow-label", "a flow label that was zero is set (RFC 6437 section 3)", SIX_IN_FOUR, sends((s, e) => (e.reason === "decapsulated" || TIPPED.includes(e.reason)) && s.userVersion === 6 && (s.version === 6 || (u16(s.b, 6) & 0x3fff) === 0) && flowLabel(s.b, s.user) === 0, (b, s) => { b[s.user + 2] |= 0x12; })],
  ["outer-flow-label", "the outer flow label is set", ["ds-lite"], sends(softwire, (b) => { b[2] |= 0x12; b[3] |= 0x34; })],
  ["atomic-ids", "atomic packets have other identifications (RFC 6864 section 4.1)", ["ds-lite"], sends((s) => s.version === 4 && (u16(s.b, 6) & 0x7fff) === 0x4000, (b) => put16(b, 4, 0xbeef))],
  ["other-ports", "other external ports, the same for each end", ["ds-lite"], otherPorts],
  ["jitter-3ms", "up to 3 ms jitter between the taps", ALL, (t) => retimed(t, (_e, r) => r.below(3000) / 1e6)],
  ["core-clock-30ms-late", "the clock of the core tap is 30 ms behind", ALL, (t) => retimed(t, (e) => (e.side === 1 ? -0.03 : 0))],
  ["core-clock-30ms-early", "the clock of the core tap is 30 ms ahead", ALL, (t) => retimed(t, (e) => (e.side === 1 ? 0.03 : 0))],
  ["slow-device", "the device needs 80 ms", ALL, (t) => retimed(t, (e) => (e.direction === OUT_OF ? 0.08 : 0))],
  ["mirrored-twice", "the mirror port copies every packet twice", ALL, (t) => t.events.flatMap((e) => [e, e])],
  ["tap-loses-1-of-20", "the taps lose one packet in twenty", ALL, (t) => { const r = randomOf(20); return t.events.filter(() => !r.chance(0.05)); }],
  ["tap-loses-outputs", "the taps lose one of four sent packets", ALL, (t) => { const r = randomOf(4); return t.events.filter((e) => e.direction !== OUT_OF || !r.chance(0.25)); }],
  ["snaplen-128", "packets are cut to 128 bytes", ALL, (t) => t.events.map((e) => ({ ...e, bytes: e.bytes.slice(0, 128) }))],
  ["snaplen-82-core", "the core tap cuts packets to 82 bytes", ALL, (t) => t.events.map((e) => (e.side === 1 ? { ...e, bytes: e.bytes.slice(0, 82) } : e))],
  ["snaplen-82-access", "the access tap cuts packets to 82 bytes", ALL, (t) => t.events.map((e) => (e.side === 0 ? { ...e, bytes: e.bytes.slice(0, 82) } : e))],
  ["snaplen-68", "packets are cut to 68 bytes", ALL, (t) => t.events.map((e) => ({ ...e, bytes: e.bytes.slice(0, 68) }))],
  ["begins-in-the-middle", "the capture begins in the middle", ALL, (t) => t.events.slice(Math.floor(t.events.length / 2))],
  ["ends-early", "the capture ends one packet after an input", ALL, (t) => t.events.slice(0, Math.max(2, Math.floor(t.events.length * 0.6)))],
  ["silent-about-errors", "the device never answers with ICMP where it may be silent (rate limits, filters)", ALL, (t) => t.events.filter((e) => !(e.direction === OUT_OF && e.reason.endsWith("tunnel-error-relayed")))],
  ["checksum-offload", "outgoing headers are captured before the card fills the IPv4 checksum", SIX_IN_FOUR, (t) => t.events.map((e) => { if (e.direction !== OUT_OF || e.bytes[0] >>> 4 !== 4) return e; const bytes = e.bytes.slice(); put16(bytes, 10, 0); return { ...e, bytes }; })],
  ["padded-frames", "short frames carry Ethernet padding", ALL, (t) => t.events.map((e) => (e.bytes.length >= 46 ? e : { ...e, bytes: Uint8Array.from([...e.bytes, ...new Uint8Array(46 - e.bytes.length)]), wireLen: 46 }))],
  ["other-neighbour-traffic", "packets between others are in the capture too", SIX_IN_FOUR, neighbours],
  ["other-neighbour-traffic-ds-lite", "the same beside an AFTR", ["ds-lite"], neighbours],
  ["clocks-step", "NTP sets both clocks forward by a second in the middle", ALL, (t) => { const half = t.events.length >> 1; return t.events.map((e, i) => (i < half ? e : shifted(e, 1))); }],
  ["core-clock-steps", "NTP sets the clock of the core tap forward by 40 ms in the middle", ALL, (t) => { const half = t.events[t.events.length >> 1]; return inTime(t.events.map((e) => (e.side === 1 && (e.sec > half.sec || (e.sec === half.sec && e.nsec >= half.nsec)) ? shifted(e, 0.04) : e))); }],
  ["core-clock-drifts", "the clock of the core tap runs 100 ppm fast", ALL, (t) => (spans(t) > 400 ? undefined : inTime(t.events.map((e) => (e.side === 1 ? shifted(e, (e.sec - t.events[0].sec + (e.nsec - t.events[0].nsec) / 1e9) * 1e-4) : e))))],
  ["inputs-twice-other-ttl", "inputs are mirrored at two places, the second a hop further", SIX_IN_FOUR, (t) => t.events.flatMap((e) => { if (e.direction === OUT_OF || e.bytes[0] !== 0x45 || e.bytes[8] < 2) return [e]; const bytes = e.bytes.slice(); bytes[8]--; const right = sealedRight(e.bytes); if (right) sealIpv4(bytes, 0); return [e, { ...e, bytes }]; })],
  ["atomic-ids-6in4", "atomic tunnel packets have one and the same identification (RFC 6864 section 4.1)", SIX_IN_FOUR, sends((s) => s.version === 4 && s.inner > 0 && (u16(s.b, 6) & 0x7fff) === 0x4000, (b) => put16(b, 4, 0xbeef))],
  ["reordered-5ms", "sent packets come up to 5 ms later, in another order", ALL, (t) => retimed(t, (e, r) => (e.direction === OUT_OF ? r.below(5000) / 1e6 : 0))],
  ["fewer-hops", "packets come again with one hop less", SIX_IN_FOUR, fewerHops],
  ["fewer-hops-jitter", "the same with 3 ms jitter", SIX_IN_FOUR, (t) => { const events = fewerHops(t); return events === undefined ? undefined : retimed({ ...t, events }, (_e, r) => r.below(3000) / 1e6); }],
  ["merged-segments", "received segments are merged to one frame before the capture (GRO)", SIX_IN_FOUR, merged],
  ["second-tunnel", "a tunnel of other routers runs over the same links", SIX_IN_FOUR, secondTunnel],
  ["second-tunnel-jitter", "the same with 3 ms jitter", SIX_IN_FOUR, (t) => retimed({ ...t, events: secondTunnel(t) }, (_e, r) => r.below(3000) / 1e6)],
  ["tap-loses-inputs", "the taps lose one of four received packets", ALL, (t) => { const r = randomOf(5); return t.events.filter((e) => e.direction === OUT_OF || !r.chance(0.25)); }],
  ["retransmitted", "everything is sent again after 200 ms, with other identifications", SIX_IN_FOUR, (t) => inTime(t.events.flatMap((e) => { const s = look(e.bytes); if ((s.version === 4 && ((u16(s.b, 6) & 0x3fff) !== 0 || s.inner === 0)) || s.error || s.protocol === 58 || e.bytes.length < 40) return [e]; const bytes = e.bytes.slice(); if (s.version === 4) { put16(bytes, 4, u16(bytes, 4) ^ 0x8000); if (sealedRight(e.bytes)) sealIpv4(bytes, 0); } return [e, shifted({ ...e, bytes }, 0.2)]; }))],
  ["overlap-joined", "overlapping outer fragments are put together, of bytes that came twice the more recent (RFC 791 section 3.2, an example reassembly procedure)", SIX_IN_FOUR, adds(0, because("outer-fragment-overlap"), (_, e, t) => {
    const parts = t.events.filter((i) => i.direction === 0 && i.bytes[9] === 41 && u16(i.bytes, 4) === u16(e.bytes, 4) && (u16(i.bytes, 6) & 0x3fff) !== 0);
    const bytes = new Uint8Array(Math.max(...parts.map((p) => ((u16(p.bytes, 6) & 0x1fff) << 3) + p.bytes.length - 20)));
    for (const p of parts) bytes.set(p.bytes.subarray(20), (u16(p.bytes, 6) & 0x1fff) << 3);
    bytes[7]--;
    return { side: 1, bytes: bytes.slice(0, 40 + u16(bytes, 4)) };
  })],
];

export const FREEDOMS: readonly Freedom[] = [...rows, ...DS_LITE_FREEDOMS].map(([id, title, mechanisms, apply]) => ({ id, title, mechanisms, apply }));
