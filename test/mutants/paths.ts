/** Defects of an AFTR on paths and in fragments: Packet Too Big from the softwire, outer fragments in and out, extension headers, its own errors. */
import { put16, u16, u32 } from "../../src/wire/bits.js";
import { adds, because, both, icmpError, loses, type Mutant, type Pick, sends } from "./mutant.js";
import { aftr, bare, cause, IN, inOrder, joined, joinedOutput, seconds, softwirePackets } from "./nat-common.js";
import { look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

const softwire: Pick = (s) => s.version === 6 && s.inner > 0;
const sameEnd = (a: Uint8Array, i: number, b: Uint8Array, k: number): boolean => a.subarray(i, i + 16).every((v, n) => v === b[k + n]);
const isOuterFragment = (e: Event): boolean => e.bytes[0] >>> 4 === 6 && e.bytes[6] === 44;

/** What goes to B4s is cut to `mtu` of each datagram instead; 0 = as the reference sends it. */
function recut(t: Transcript, mtu: (e: Event) => number): readonly Event[] | undefined {
  const done = new Set<number>();
  let id = 0x5000;
  let hit = false;
  const events = t.events.flatMap((e): Event[] => {
    if (e.direction !== 1 || e.side !== 0 || !IN.includes(e.reason)) return [e];
    const most = mtu(e);
    if (most === 0) return [e];
    if (done.has(e.ordinal)) return [];
    done.add(e.ordinal);
    const made = softwirePackets(e.bytes, isOuterFragment(e) ? joinedOutput(t, e.ordinal) : e.bytes.slice(look(e.bytes).inner), most, ++id);
    hit ||= made.length > 1 || isOuterFragment(e);
    return made.map((bytes) => ({ ...e, bytes, wireLen: bytes.length }));
  });
  return hit ? events : undefined;
}
/** Packet Too Big messages that the device has received about softwires to the B4 of `e`, the last one first. */
const told = (t: Transcript, e: Event, ...became: readonly string[]): Event[] =>
  t.events.filter((i) => i.direction === 0 && i.ordinal < e.ordinal && became.includes(i.reason) && i.bytes[0] >>> 4 === 6 && i.bytes[6] === 58 && i.bytes[40] === 2 && sameEnd(i.bytes, 48 + 24, e.bytes, 24)).reverse();

const fragmentId = (e: Event): string => `${e.bytes.subarray(8, 40).join()} ${u32(e.bytes, 44)}`;
/** Outer fragments are kept until the last one has come, however long that takes. */
const neverGivenUp: Mutant["apply"] = adds(0, both(because("aftr-outer-fragment-held"), (_, e) => (u16(e.bytes, 42) & 1) === 0), (_, e, t) => {
  const all = t.events.filter((i) => i.direction === 0 && isOuterFragment(i) && fragmentId(i) === fragmentId(e) && i.ordinal <= e.ordinal);
  if (seconds(e) - Math.min(...all.map(seconds)) < 60) return undefined;
  const whole = softwirePackets(e.bytes, joined(all.map((i) => i.bytes)), 0xffff, 0)[0];
  const d = bare("mutant")({ ...t, events: [...t.events.filter((x) => x !== e), { ...e, bytes: whole, reason: "mutant" }] })?.at(-1);
  return d === undefined ? undefined : { side: 1, bytes: d.bytes };
});
/** The first outer fragment is taken for the whole packet. */
const firstFragmentOnly: Mutant["apply"] = (t) => {
  let hit = false;
  const events = t.events.map((e): Event => {
    if (e.direction !== 1 || e.reason !== "aftr-translated-out") return e;
    const last = t.events.find((i) => i.direction === 0 && i.ordinal === e.ordinal);
    if (last === undefined || !isOuterFragment(last)) return e;
    const first = t.events.find((i) => i.direction === 0 && isOuterFragment(i) && fragmentId(i) === fragmentId(last) && (u16(i.bytes, 42) & 0xfff8) === 0);
    if (first === undefined || first.bytes.length - 48 >= e.bytes.length) return e;
    hit = true;
    const bytes = e.bytes.slice(0, first.bytes.length - 48);
    return { ...e, bytes, wireLen: bytes.length, sec: first.sec, nsec: first.nsec };
  });
  return hit ? inOrder(events) : undefined;
};
/** Fragments that the device cuts for the core are half as long as they could be. */
function smallCoreFragments(t: Transcript): readonly Event[] | undefined {
  let hit = false;
  const events = t.events.flatMap((e): Event[] => {
    const c = cause(t, e);
    if (e.direction !== 1 || e.side !== 1 || (u16(e.bytes, 6) & 0x3fff) === 0 || c === undefined || look(c).inner === 0 || (u16(c, look(c).user + 6) & 0x3fff) !== 0 || e.bytes.length < 100) return [e];
    hit = true;
    const half = ((e.bytes.length - 20) >> 1) & ~7;
    return [e.bytes.slice(20, 20 + half), e.bytes.slice(20 + half)].map((data, n) => {
      const bytes = new Uint8Array(20 + data.length);
      bytes.set(e.bytes.subarray(0, 20));
      bytes.set(data, 20);
      put16(bytes, 2, bytes.length);
      put16(bytes, 6, (u16(e.bytes, 6) + (n === 0 ? 0 : half >> 3)) | (n === 0 ? 0x2000 : 0));
      seal(bytes);
      return { ...e, bytes, wireLen: bytes.length };
    });
  });
  return hit ? events : undefined;
}

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["aftr-path-mtu-ignored", "Packet Too Big from inside the softwire is ignored", ["RFC2473-6.7-1", "RFC2473-8.1-1"], (t) => recut(t, (e) => (told(t, e, "aftr-path-mtu-learnt").length > 0 ? aftr(t)!.mtuV6 : 0))],
  ["aftr-path-mtu-forgotten-at-100s", "a larger packet is tried 100 s after Packet Too Big", ["RFC8201-4-2"], (t) => recut(t, (e) => {
    const last = told(t, e, "aftr-path-mtu-learnt")[0];
    return last !== undefined && seconds(e) - seconds(last) > 100 ? aftr(t)!.mtuV6 : 0;
  })],
  ["aftr-path-mtu-1000", "Packet Too Big with 1000 is obeyed", ["RFC8201-4-1"], (t) => recut(t, (e) => (told(t, e, "aftr-tunnel-error-noted").some((i) => u32(i.bytes, 44) < 1280) ? 1000 : 0))],
  ["aftr-path-mtu-forged", "Packet Too Big about a packet that was never sent is obeyed", ["RFC8201-4-3"], (t) => recut(t, (e) => {
    const forged = told(t, e, "aftr-tunnel-error-noted").find((i) => u32(i.bytes, 44) >= 1280 && u32(i.bytes, 44) < aftr(t)!.mtuV6);
    return forged === undefined ? 0 : u32(forged.bytes, 44);
  })],
  ["aftr-fragments-never-given-up", "outer fragments are put together after more than 60 s", ["RFC8200-4.5-4"], neverGivenUp],
  ["aftr-atomic-fragment-dropped", "atomic fragments wait for others that never come", ["RFC8200-4.5-6"], loses((_, e, t) => {
    const c = cause(t, e);
    return c !== undefined && c[0] >>> 4 === 6 && c[6] === 44 && (u16(c, 42) & 0xfff9) === 0;
  })],
  ["aftr-echo-silent", "echo requests to the AFTR's own addresses are not answered", ["RFC6908-3.2.2-1"], loses(because("aftr-echo4-answered", "aftr-echo6-answered"))],
  ["aftr-first-fragment-only", "the first outer fragment is decapsulated by itself", ["RFC6333-5.3-4", "RFC6333-6.3-1"], firstFragmentOnly],
  ["aftr-core-fragments-small", "IPv4 fragments towards the core are half as long as the link allows", ["RFC1812-4.2.2.7-1"], smallCoreFragments],
  ["aftr-extension-order", "destination options stand before hop-by-hop options", ["RFC2473-3.1-3"], sends(both(because(...IN), softwire, (s) => s.b[6] === 4), (b) => {
    const w = new Uint8Array(b.length + 16);
    w.set(b.subarray(0, 40));
    w.set([0, 0, 1, 4, 0, 0, 0, 0, 4, 0, 1, 4, 0, 0, 0, 0], 40);
    w.set(b.subarray(40), 56);
    w[6] = 60;
    put16(w, 4, w.length - 40);
    return w;
  })],
  ["aftr-error6-quote-short", "ICMPv6 errors to the B4 quote the headers only", ["RFC4443-2.4-1"], sends((s, e) => e.side === 0 && s.version === 6 && s.error && s.userVersion === 6 && s.b.length > s.quoted + 60, (b, s) => {
    const w = b.slice(0, s.quoted + 60);
    put16(w, 4, w.length - 40);
    return w;
  })],
  ["aftr-error-about-multicast", "a packet to a group is answered with an ICMP error", ["RFC1812-4.3.2.7-1"], adds(0, both(because("aftr-inner-destination-invalid"), (s) => s.inner > 0 && s.b[s.user + 16] >= 224), (s, e, t) => {
    const made = icmpError(e.bytes.slice(s.user), 11, 0, Uint8Array.from([192, 0, 0, 1]), 576);
    const header = e.bytes.slice(0, 40);
    header.set(e.bytes.subarray(24, 40), 8);
    header.set(e.bytes.subarray(8, 24), 24);
    return aftr(t) === undefined ? undefined : { side: 0, bytes: softwirePackets(header, made, 0xffff, 0)[0] };
  })],
  ["aftr-same-id-dropped", "an atomic packet with an identification that was seen before is dropped", ["RFC6864-4.1-1"], (t) => {
    const seen = new Set<string>();
    const again = new Set<number>();
    for (const i of t.events) {
      const s = look(i.bytes);
      if (i.direction !== 0 || s.userVersion !== 4 || (u16(i.bytes, s.user + 6) & 0x7fff) !== 0x4000) continue;
      const id = `${i.bytes.subarray(s.user + 4, s.user + 6).join()} ${i.bytes.subarray(s.user + 12, s.user + 20).join()}`;
      if (seen.has(id)) again.add(i.ordinal);
      seen.add(id);
    }
    return loses((_, e) => again.has(e.ordinal))(t);
  }],
];

export const PATH_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply: (t) => (aftr(t) === undefined ? undefined : apply(t)), mechanisms: ["ds-lite"] }));
