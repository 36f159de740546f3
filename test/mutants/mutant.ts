/**
 * A mutant: the reference's transcript with one defect put into it, as if the device had it. The judge must notice, by the rule of the clause that the defect breaks.
 * Mutants act on what was sent and on what became of inputs, never on the judge; they know nothing of its rules.
 */
import type { Config, Mechanism, SixRdDomain, SixToFour } from "../../src/config/types.js";
import { INTO, OUT_OF } from "../../src/judge/types.js";
import { put16, put32, u32 } from "../../src/wire/bits.js";
import { embedded } from "./embedded.js";
import { look, seal, type Seen } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

export interface Mutant {
  readonly id: string;
  /** What the device does wrong. */
  readonly title: string;
  readonly mechanisms: readonly Mechanism[];
  /** The clauses that it breaks; the first is the best name for it. */
  readonly clauses: readonly string[];
  /** The events of the device with the defect; undefined when the transcript gives it no occasion. */
  apply(t: Transcript): readonly Event[] | undefined;
}

export type Pick = (s: Seen, e: Event, t: Transcript) => boolean;
/** Changes `b` in place, or gives other bytes (anything else that it returns counts for nothing). */
export type Edit = (b: Uint8Array, s: Seen, e: Event, t: Transcript) => unknown;

export const TIPPED = ["encapsulated", "encapsulated-in-fragments", "hairpinned"];
export const because = (...reasons: readonly string[]): Pick => (_, e) => reasons.includes(e.reason);
export const both = (...picks: readonly Pick[]): Pick => (s, e, t) => picks.every((p) => p(s, e, t));

/** Rewrites the events of one direction that `pick` names. */
function rewrite(direction: 0 | 1, pick: Pick, edit: Edit, reseal: boolean): Mutant["apply"] {
  return (t) => {
    let hit = false;
    const events = t.events.map((e) => {
      if (e.direction !== direction) return e;
      const bytes = e.bytes.slice();
      const s = look(bytes);
      if (!pick(s, e, t)) return e;
      const result = edit(bytes, s, e, t);
      const made = result instanceof Uint8Array ? result : bytes;
      if (reseal) seal(made);
      if (made.length === e.bytes.length && made.every((v, i) => v === e.bytes[i])) return e;
      hit = true;
      return { ...e, bytes: made, wireLen: made.length };
    });
    return hit ? events : undefined;
  };
}

/** The device sends something else. Checksums are made right again, so that nothing but the edit is wrong. */
export const sends = (pick: Pick, edit: Edit): Mutant["apply"] => rewrite(OUT_OF, pick, edit, true);
/** The same with the checksums left as they were. */
export const sendsRaw = (pick: Pick, edit: Edit): Mutant["apply"] => rewrite(OUT_OF, pick, edit, false);
/** The initiator sent something else; what the device did with it stays. */
export const initiator = (pick: Pick, edit: Edit): Mutant["apply"] => rewrite(INTO, pick, edit, true);

/** The device does not send it at all. */
export const loses = (pick: Pick): Mutant["apply"] => (t) => {
  const events = t.events.filter((e) => !(e.direction === OUT_OF && pick(look(e.bytes), e, t)));
  return events.length < t.events.length ? events : undefined;
};

/** The device sends `made` besides, right after the event that `pick` names. */
export const adds = (direction: 0 | 1, pick: Pick, made: (s: Seen, e: Event, t: Transcript) => { readonly side: 0 | 1; readonly bytes: Uint8Array } | undefined): Mutant["apply"] => (t) => {
  const events: Event[] = [];
  for (const e of t.events) {
    events.push(e);
    const s = look(e.bytes);
    if (e.direction !== direction || !pick(s, e, t)) continue;
    const out = made(s, e, t);
    if (out !== undefined) events.push({ ...e, ...out, direction: OUT_OF, wireLen: out.bytes.length, reason: "mutant" });
  }
  return events.length > t.events.length ? events : undefined;
};

/** The device forwards what the reference drops (or keeps to itself) for these reasons. */
export const forwards = (...reasons: readonly string[]): Mutant["apply"] => adds(INTO, because(...reasons), (s, e, t) => carry(s, e, t.config));

/** The device answers instead of being silent, or asks for an answer that it gives to everything. */
export const answers = (reasons: readonly string[], made: (s: Seen, e: Event, t: Transcript) => { readonly side: 0 | 1; readonly bytes: Uint8Array } | undefined): Mutant["apply"] => adds(INTO, because(...reasons), made);

const tunnelOf = (config: Config): SixRdDomain | SixToFour => config.serviceSets.flatMap((x) => x.concentrators).find((x): x is SixRdDomain | SixToFour => x.kind !== "ds-lite")!;

/** Plain forwarding without any check: out of the tunnel, or into it. */
export function carry(s: Seen, e: Event, config: Config): { side: 0 | 1; bytes: Uint8Array } | undefined {
  if (s.inner > 0) {
    const bytes = e.bytes.slice(s.inner, s.version === 4 ? Math.min(e.bytes.length, (e.bytes[2] << 8) | e.bytes[3]) : undefined);
    if (bytes[0] >>> 4 === 6) bytes[7] = Math.max(1, bytes[7] - 1);
    return { side: 1, bytes };
  }
  if (s.version !== 6) return undefined;
  const bytes = wrap(e.bytes, tunnelOf(config));
  return bytes === undefined ? undefined : { side: 0, bytes };
}

/** The IPv6 packet in a tunnel packet of the device, hop limit less one. */
export function wrap(packet: Uint8Array, tunnel: SixRdDomain | SixToFour, to = embedded(packet, 24, tunnel)): Uint8Array | undefined {
  if (to === undefined) return undefined;
  const b = new Uint8Array(20 + packet.length);
  b.set(packet, 20);
  b[27] = Math.max(1, b[27] - 1);
  b[0] = 0x45;
  b[1] = tunnel.kind === "6rd" ? (b[20] << 4) | (b[21] >>> 4) : ((b[21] >>> 4) & 3);
  put16(b, 2, b.length);
  put16(b, 4, 0x4d75);
  b[8] = tunnel.ttl;
  b[9] = 41;
  put32(b, 12, tunnel.address);
  put32(b, 16, to);
  seal(b);
  return b;
}

/** An ICMP error about `about` (an IP packet) from `from`, unsealed checksums made right. Version follows the packet. */
export function icmpError(about: Uint8Array, type: number, code: number, from: Uint8Array, room = 1280): Uint8Array {
  const six = about[0] >>> 4 === 6;
  const head = six ? 48 : 28;
  const quote = about.subarray(0, Math.min(about.length, room - head));
  const b = new Uint8Array(head + quote.length);
  b.set(quote, head);
  if (six) {
    b[0] = 0x60;
    put16(b, 4, b.length - 40);
    b[6] = 58;
    b[7] = 64;
    b.set(from, 8);
    b.set(about.subarray(8, 24), 24);
    b[40] = type;
    b[41] = code;
  } else {
    b[0] = 0x45;
    put16(b, 2, b.length);
    b[8] = 64;
    b[9] = 1;
    b.set(from, 12);
    b.set(about.subarray(12, 16), 16);
    b[20] = type;
    b[21] = code;
  }
  seal(b);
  return b;
}

export const words = (b: Uint8Array, o: number): readonly [number, number, number, number] => [u32(b, o), u32(b, o + 4), u32(b, o + 8), u32(b, o + 12)];
