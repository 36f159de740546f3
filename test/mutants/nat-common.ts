/** What the mutants of DS-Lite share. */
import type { DsLite } from "../../src/config/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { adds, because, type Mutant } from "./mutant.js";
import { look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

export const OUT = ["aftr-translated-out", "aftr-not-translated", "aftr-icmp-error-out"];
export const IN = ["aftr-translated-in", "aftr-hairpinned", "aftr-translated-in-outer-fragments", "aftr-icmp-error-in"];

export const cause = (t: Transcript, e: Event): Uint8Array | undefined => t.events.find((i) => i.direction === 0 && i.ordinal === e.ordinal)?.bytes;
export const seconds = (e: Event): number => e.sec + e.nsec * 1e-9;
/** Puts events that were moved in time in their order again. */
export const inOrder = (events: readonly Event[]): Event[] => [...events].sort((x, y) => x.sec - y.sec || x.nsec - y.nsec);

export const aftr = (t: Transcript): DsLite | undefined => t.config.serviceSets.flatMap((s) => s.concentrators).find((c): c is DsLite => c.kind === "ds-lite");

/** Forwards what the reference drops for these reasons: out of the softwire with an external source, or into the softwire of the first B4 that was seen. */
export const bare = (...reasons: readonly string[]): Mutant["apply"] => adds(0, because(...reasons), (s, e, t) => {
  const d = aftr(t);
  if (s.inner > 0) {
    const bytes = e.bytes.slice(s.inner, s.inner + Math.max(20, Math.min(e.bytes.length - s.inner, u16(e.bytes, s.inner + 2))));
    if (bytes[0] >>> 4 !== 4) return undefined;
    if (bytes[8] > 1) bytes[8]--;
    const mapped = d?.nat === undefined ? undefined : mappingOf(t, e.bytes, s.inner) ?? d.nat.pool.ranges[0].from;
    if (mapped !== undefined) put32(bytes, 12, mapped);
    if (look(bytes).upper > 0) seal(bytes);
    return { side: 1, bytes };
  }
  if (s.version !== 4 || d === undefined) return undefined;
  const model = t.events.find((x) => x.direction === 1 && x.side === 0 && IN.includes(x.reason) && look(x.bytes).inner === 40);
  if (model === undefined) return undefined;
  const bytes = new Uint8Array(40 + e.bytes.length);
  bytes.set(model.bytes.subarray(0, 40));
  bytes.set(e.bytes, 40);
  put16(bytes, 4, e.bytes.length);
  put32(bytes, 56, u32(model.bytes, 56));
  if (bytes[48] > 1) bytes[48]--;
  const inner = look(bytes);
  const other = look(model.bytes);
  if (inner.upper > 0 && other.upper > 0 && (inner.protocol === 6 || inner.protocol === 17)) put16(bytes, inner.upper + 2, u16(model.bytes, other.upper + 2));
  seal(bytes);
  return { side: 0, bytes };
});

/** The external address that the B4 of this packet has elsewhere in the transcript. */
function mappingOf(t: Transcript, packet: Uint8Array, inner: number): number | undefined {
  const b4 = packet.subarray(8, 24);
  for (const e of t.events) {
    if (e.direction !== 0 || e.reason !== "aftr-translated-out" || e.bytes[0] >>> 4 !== 6) continue;
    if (!b4.every((v, i) => v === e.bytes[8 + i]) || u32(e.bytes, look(e.bytes).user + 12) !== u32(packet, inner + 12)) continue;
    const out = t.events.find((x) => x.direction === 1 && x.ordinal === e.ordinal);
    if (out !== undefined) return u32(out.bytes, 12);
  }
  return undefined;
}

/** The IPv4 packet that came out in outer fragments because of one input. */
export function joinedOutput(t: Transcript, ordinal: number): Uint8Array {
  const parts = t.events.filter((x) => x.direction === 1 && x.ordinal === ordinal && x.bytes[6] === 44);
  return joined(parts.map((p) => p.bytes));
}
/** What outer fragments hold between them: the fragmentable part. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(Math.max(...parts.map((p) => (u16(p, 42) & 0xfff8) + p.length - 48)));
  for (const p of parts) whole.set(p.subarray(48), u16(p, 42) & 0xfff8);
  return whole;
}
/** Sends an IPv4 packet under the outer header of `model` in outer fragments of at most `mtu` bytes, or whole where it fits. */
export function softwirePackets(model: Uint8Array, packet: Uint8Array, mtu: number, id: number): Uint8Array[] {
  const most = 40 + packet.length <= mtu ? packet.length : (mtu - 48) & ~7;
  const made: Uint8Array[] = [];
  for (let from = 0; from < packet.length; from += most) {
    const data = packet.subarray(from, from + most);
    const head = most === packet.length ? 40 : 48;
    const b = new Uint8Array(head + data.length);
    b.set(model.subarray(0, 40));
    b.set(data, head);
    b[6] = head === 40 ? 4 : 44;
    put16(b, 4, b.length - 40);
    if (head === 48) {
      b[40] = 4;
      put16(b, 42, from | (from + most < packet.length ? 1 : 0));
      put32(b, 44, id);
    }
    made.push(b);
  }
  return made;
}
