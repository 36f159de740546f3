/**
 * What conforming devices and honest taps do differently from the reference and its transcript. None of it may break a MUST.
 * Freedoms act on what the device sends; artefacts act on the capture.
 */
import type { Mechanism } from "../../src/config/types.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import { OUT_OF } from "../../src/judge/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { type Random, randomOf } from "../properties/random.js";
import { SIX_IN_FOUR } from "./tunnel.js";
import { type Mutant, type Pick, sends } from "./mutant.js";
import { aftr } from "./nat-common.js";
import { look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

export interface Freedom { readonly id: string; readonly title: string; readonly mechanisms: readonly Mechanism[]; apply(t: Transcript): readonly Event[] | undefined }

const ALL: readonly Mechanism[] = [...SIX_IN_FOUR, "ds-lite"];
const tunnelled: Pick = (s) => s.version === 4 && s.inner > 0;
const softwire: Pick = (s) => s.version === 6 && s.inner > 0;

/** Moves events in time, and puts them in order again. */
function retimed(t: Transcript, by: (e: Event, r: Random) => number): readonly Event[] {
  const r = randomOf(7);
  const moved = t.events.map((e, i) => {
    const ns = e.nsec + Math.round(by(e, r) * 1e6) * 1000;
    const carry = Math.floor(ns / 1e9);
    return { i, e: { ...e, sec: e.sec + carry, nsec: ns - carry * 1e9 } };
  });
  return moved.sort((a, b) => a.e.sec - b.e.sec || a.e.nsec - b.e.nsec || a.i - b.i).map((m) => m.e);
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

type Row = readonly [id: string, title: string, mechanisms: readonly Mechanism[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["ttl-255", "the outer TTL is 255", SIX_IN_FOUR, sends(tunnelled, (b) => { b[8] = 255; })],
  ["hop-limit-255", "the outer hop limit is 255", ["ds-lite"], sends(softwire, (b) => { b[7] = 255; })],
  ["ids-counted", "identifications count from 40000 in steps of 3", SIX_IN_FOUR, (t) => { let id = 40_000; const seen = new Map<number, number>(); return sends(tunnelled, (b, _s, e) => { const key = e.ordinal * 70_000 + u16(b, 4); if (!seen.has(key)) seen.set(key, (id += 3) & 0xffff); put16(b, 4, seen.get(key)!); })(t); }],
  ["ecn-compatibility", "ECN compatibility mode: the outer field is Not-ECT (RFC 6040 section 4.1)", SIX_IN_FOUR, sends(tunnelled, (b) => { b[1] &= 0xfc; })],
  ["errors-hop-255", "own ICMPv6 errors have hop limit 255", SIX_IN_FOUR, sends((s, e) => s.error && s.userVersion === 6 && REASONS.some((r) => r.id === e.reason && r.kind === "answer"), (b, s) => { b[s.user + 7] = 255; })],
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
  ["snaplen-68", "packets are cut to 68 bytes", ALL, (t) => t.events.map((e) => ({ ...e, bytes: e.bytes.slice(0, 68) }))],
  ["begins-in-the-middle", "the capture begins in the middle", ALL, (t) => t.events.slice(Math.floor(t.events.length / 2))],
  ["ends-early", "the capture ends one packet after an input", ALL, (t) => t.events.slice(0, Math.max(2, Math.floor(t.events.length * 0.6)))],
  ["silent-about-errors", "the device never answers with ICMP where it may be silent (rate limits, filters)", ALL, (t) => t.events.filter((e) => !(e.direction === OUT_OF && e.reason.endsWith("tunnel-error-relayed")))],
  ["checksum-offload", "outgoing headers are captured before the card fills the IPv4 checksum", SIX_IN_FOUR, (t) => t.events.map((e) => { if (e.direction !== OUT_OF || e.bytes[0] >>> 4 !== 4) return e; const bytes = e.bytes.slice(); put16(bytes, 10, 0); return { ...e, bytes }; })],
  ["padded-frames", "short frames carry Ethernet padding", ALL, (t) => t.events.map((e) => (e.bytes.length >= 46 ? e : { ...e, bytes: Uint8Array.from([...e.bytes, ...new Uint8Array(46 - e.bytes.length)]), wireLen: 46 }))],
  ["other-neighbour-traffic", "packets between others are in the capture too", ALL, (t) => t.events.flatMap((e) => { if (e.direction === OUT_OF) return [e]; const bytes = e.bytes.slice(); if (bytes[0] >>> 4 === 4 && bytes.length >= 20) put32(bytes, 16, 0xc6336499); else if (bytes.length >= 40) bytes.set([0x3f, 0xff, 0x77], 24); seal(bytes); return [e, { ...e, bytes }]; })],
];

export const FREEDOMS: readonly Freedom[] = rows.map(([id, title, mechanisms, apply]) => ({ id, title, mechanisms, apply }));
