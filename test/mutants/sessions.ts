/** Defects of the NAT's sessions over time: mappings that move or stay too long, connections that are opened, errors that end them, declared limits that are not kept. */
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { adds, because, both, loses, type Mutant, type Pick, sends } from "./mutant.js";
import { aftr, bare, cause, inOrder, seconds, softwirePackets } from "./nat-common.js";
import { answered } from "./ds-lite-more.js";
import { look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

const out: Pick = because("aftr-translated-out");
const near = (protocol: number): number => (protocol === 1 ? 4 : 0);
/** The inner end of the input behind an outbound packet: B4, address, protocol, port or identifier. */
function innerEnd(t: Transcript, e: Event): string | undefined {
  const c = cause(t, e);
  const s = c === undefined ? undefined : look(c);
  return s === undefined || s.inner === 0 || s.upper === 0 ? undefined : `${s.b.subarray(8, 24).join()} ${u32(s.b, s.user + 12)} ${s.protocol} ${u16(s.b, s.upper + near(s.protocol))}`;
}

/** Another external port or identifier for an inner end whenever `isGone` says that it has lost the old one. */
const moved = (protocol: number, isGone: (end: string, e: Event, t: Transcript) => boolean): Mutant["apply"] => (t) => {
  const moves = new Map<string, number>();
  const { portFrom, portTo } = aftr(t)!.nat!.pool;
  return sends(both(out, (s) => s.protocol === protocol && s.upper > 0 && !s.error), (b, s, e) => {
    const end = innerEnd(t, e);
    if (end === undefined) return;
    const n = (moves.get(end) ?? 0) + (isGone(end, e, t) ? 1 : 0);
    moves.set(end, n);
    const at = s.upper + near(protocol);
    if (n > 0) put16(b, at, protocol === 1 ? u16(b, at) ^ n : portFrom + ((u16(b, at) - portFrom + n) % (portTo - portFrom + 1)));
  })(t);
};
/** A mapping is gone when its inner end has sent nothing for `limit` seconds. */
const movesAfter = (protocol: number, limit: number): Mutant["apply"] => (t) => {
  const last = new Map<string, number>();
  return moved(protocol, (end, e) => {
    const idle = seconds(e) - (last.get(end) ?? Number.POSITIVE_INFINITY);
    last.set(end, seconds(e));
    return idle > limit;
  })(t);
};
/** An ICMP error about it ends a mapping. */
const movesAfterError = (protocol: number): Mutant["apply"] => (t) => {
  // What the errors that were let in quote by then: external ends.
  const quoted = t.events.filter((i) => i.direction === 0 && i.reason === "aftr-icmp-error-in" && look(i.bytes).inner === 0).map((i) => ({ i, s: look(i.bytes) }));
  return moved(protocol, (_, e) => {
    const s = look(e.bytes);
    return quoted.some(({ i, s: q }) => i.ordinal < e.ordinal && q.b[q.quoted + 9] === protocol && u32(q.b, q.quoted + 12) === u32(s.b, 12) && u16(q.b, q.quoted + 20 + near(protocol)) === u16(s.b, s.upper + near(protocol)));
  })(t);
};
/** Packets to bindings that have expired are still delivered: to whoever had the external end last. */
const outlives = (pick: Pick): Mutant["apply"] => adds(0, both(because("aftr-no-mapping"), pick, (s) => s.version === 4 && s.upper > 0), (s, e, t) => {
  const at = s.protocol === 1 ? 4 : 2;
  const owner = t.events.findLast((x) => {
    if (x.direction !== 1 || x.reason !== "aftr-translated-out" || x.ordinal > e.ordinal) return false;
    const o = look(x.bytes);
    return o.protocol === s.protocol && o.upper > 0 && u32(x.bytes, 12) === u32(e.bytes, 16) && u16(x.bytes, o.upper + near(s.protocol)) === u16(e.bytes, s.upper + at);
  });
  const asked = owner === undefined ? undefined : cause(t, owner);
  if (asked === undefined || look(asked).inner === 0) return undefined;
  const host = look(asked);
  const packet = e.bytes.slice();
  packet[8]--;
  put32(packet, 16, u32(asked, host.user + 12));
  put16(packet, s.upper + at, u16(asked, host.upper + near(s.protocol)));
  seal(packet);
  const header = asked.slice(0, 40);
  header.set(asked.subarray(24, 40), 8);
  header.set(asked.subarray(8, 24), 24);
  return { side: 0, bytes: softwirePackets(header, packet, 0xffff, 0)[0] };
});
const flags = (f: number, mask: number): Pick => (s) => s.protocol === 6 && s.upper > 0 && (s.b[s.upper + 13] & mask) === f;

/** Has the inner host sent something to this remote end, port and all? */
const fromKnown: Pick = (s, e, t) => t.events.some((i) => {
  const o = look(i.bytes);
  return i.direction === 0 && i.ordinal < e.ordinal && o.inner > 0 && o.upper > 0 && s.upper > 0 && u32(i.bytes, o.user + 16) === u32(s.b, s.user + 12) && u16(i.bytes, o.upper + 2) === u16(s.b, s.upper);
});

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows: readonly Row[] = [
  ["nat-udp-moves-after-200s", "a UDP mapping is another one after 200 s of silence", ["RFC4787-4.3-4"], movesAfter(17, 200)],
  ["nat-tcp-error-ends", "an ICMP error ends a TCP mapping", ["RFC5382-7.3-2"], movesAfterError(6)],
  ["nat-query-error-ends", "an ICMP error ends a query session", ["RFC5508-4.3-1"], movesAfterError(1)],
  ["nat-query-outlives", "query sessions live longer than declared", ["RFC5508-3.2-2"], outlives((s) => s.protocol === 1)],
  ["nat-udp-outlives", "UDP mappings live longer than declared", ["RFC7857-7.1-1", "RFC7857-7-1", "RFC4787-4.3-3"], outlives((s) => s.protocol === 17)],
  ["nat-crossing-syn-lost", "an inbound SYN that crosses the inner host's own is dropped", ["RFC5382-4.2-2"], loses(both(because("aftr-translated-in"), flags(2, 0x12), (s, e, t) => fromKnown(s, e, t)))],
  ["nat-quoted-options-refused", "errors whose quoted header has options are dropped", ["RFC5508-4.1-3"], loses(both(because("aftr-icmp-error-in"), (s) => s.quoted > 0 && (s.b[s.quoted] & 15) > 5))],
  ["nat-syn-outlives", "a connection that nobody answered is kept longer than the transitory timer", ["RFC7857-2-1"], outlives(flags(0x12, 0x17))],
  ["nat-port-command-rewritten", "the port in PORT commands is rewritten although no ALG is on", ["RFC5382-6-1"], sends(both(out, (s) => s.protocol === 6 && s.upper > 0 && s.b.length > s.upper + 30 && s.b[s.upper + 20] === 0x50), (b) => { b[b.length - 1] ^= 3; })],
  ["nat-met-syn-answered", "an unsolicited SYN is answered after 6 s although the inside has sent its own", ["RFC5382-4.3-4"], (t) => inOrder(answered(6)({ ...t, events: t.events.filter((e) => e.reason !== "aftr-unsolicited-syn-answered") }) ?? t.events)],
  ["nat-mapping-rate-ignored", "more new mappings a second than declared", ["RFC6888-3-6"], (t) => bare("aftr-mapping-rate")({ ...t, events: t.events.filter((e) => !(e.direction === 1 && e.reason === "aftr-mapping-rate")) })],
  ["nat-session-limit-ignored", "more connections of a subscriber than declared", ["RFC6888-3-7"], bare("aftr-session-limit")],
  ["aftr-softwire-limit-ignored", "more softwires of a subscriber than declared", ["RFC7785-4-1"], bare("aftr-softwire-limit")],
  ["nat-binding-follows-at-once", "a mapping moves to whichever B4 of the subscriber sends last", ["RFC7785-4-5"], (t) => {
    const ports = new Map<string, number>();
    return aftr(t)!.subscriberPrefixLength === 128 ? undefined : sends(both(out, (s) => s.protocol === 17 && s.upper > 0), (b, s, e) => {
      const c = cause(t, e);
      if (c === undefined || look(c).inner === 0) return;
      const end = `${c.subarray(8, 15).join()} ${u32(c, look(c).user + 12)} ${u16(c, look(c).upper)}`;
      if (!ports.has(end)) ports.set(end, u16(b, s.upper));
      put16(b, s.upper, ports.get(end)!);
    })(t);
  }],
  ["aftr-shared-source-in", "sources in 100.64.0.0/10 of another provider are let in", ["RFC6598-4-2"], bare("aftr-shared-source")],
  ["nat-syn-answer-code", "an unsolicited SYN is answered with communication prohibited", ["RFC5382-4.3-5"], sends(because("aftr-unsolicited-syn-answered"), (b, s) => { b[s.upper + 1] = 13; })],
];

export const SESSION_MUTANTS: readonly Mutant[] = rows.map(([id, title, clauses, apply]) => ({ id, title, clauses, apply: (t) => (aftr(t)?.nat === undefined ? undefined : apply(t)), mechanisms: ["ds-lite"] }));
