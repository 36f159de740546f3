/** What taps, mirror ports and capture hosts do to packets: none of it is the device's doing, so none of it may break a MUST. */
import { type Direction, INTO, OUT_OF } from "../../src/judge/types.js";
import { put16, u16 } from "../../src/wire/bits.js";
import { checksum } from "../../src/wire/checksum.js";
import { look } from "../mutants/seen.js";
import type { Event } from "../mutants/transcript.js";
import type { Random } from "./random.js";

/** `at`: the tap's stamp, nanoseconds since the transcript's first second. */
export interface Frame { readonly e: Event; readonly at: number }

export type Disturbance = (frames: readonly Frame[], r: Random) => readonly Frame[];

const MS = 1e6;
const moved = (f: Frame, by: number): Frame => ({ ...f, at: Math.max(0, f.at + Math.round(by)) });
const end = (frames: readonly Frame[]): number => frames.reduce((most, f) => Math.max(most, f.at), 0);

/** Mirrors copy what passes in one direction, or all of it, now and then or always, at once or a microsecond later. */
const copies: Disturbance = (frames, r) => {
  const side = r.pick([0, 1, 2]);
  const direction = r.pick<Direction | 2>([INTO, OUT_OF, 2]);
  const share = r.pick([1, 0.3, 0.02]);
  const later = r.pick([0, 1000, 3 * MS]);
  return frames.flatMap((f) => ((side === 2 || f.e.side === side) && (direction === 2 || f.e.direction === direction) && r.chance(share) ? [f, moved(f, later)] : [f]));
};
const jitter: Disturbance = (frames, r) => {
  const most = r.pick([0.02, 0.5, 3, 10]) * MS;
  return frames.map((f) => moved(f, r.below(most)));
};
/** As jitter, but of what is sent alone: queues behind the device, another card. */
const queues: Disturbance = (frames, r) => frames.map((f) => (f.e.direction === OUT_OF ? moved(f, r.below(r.pick([1, 5, 20]) * MS)) : f));
const skew: Disturbance = (frames, r) => {
  const by = r.pick([-45, -20, -1, -0.01, 0.01, 1, 20, 45]) * MS;
  return frames.map((f) => (f.e.side === 1 ? moved(f, by + 45 * MS) : moved(f, 45 * MS)));
};
const drift: Disturbance = (frames, r) => {
  const span = Math.max(1, end(frames));
  const by = Math.min(r.pick([-1e-4, -2e-5, 2e-5, 1e-4]), (45 * MS) / span);
  return frames.map((f) => (f.e.side === 1 ? moved(f, Math.max(-45 * MS, f.at * by)) : f));
};
const loss: Disturbance = (frames, r) => {
  const share = r.pick([0.001, 0.01, 0.05]);
  const side = r.pick([0, 1, 2]);
  return frames.filter((f) => (side !== 2 && f.e.side !== side) || !r.chance(share));
};
/** A ring of the capture host overflows: a side, or one direction of both, is missing for a while. */
const burst: Disturbance = (frames, r) => {
  const from = r.below(end(frames) + 1);
  const to = from + r.pick([2, 50, 500, 5000]) * MS;
  const side = r.pick([0, 1]);
  const direction = r.pick<Direction | 2>([INTO, OUT_OF, 2]);
  return frames.filter((f) => f.at < from || f.at > to || f.e.side !== side || (direction !== 2 && f.e.direction !== direction));
};
/** Captures begin and end at other moments, of each side. */
const ends: Disturbance = (frames, r) => {
  const span = end(frames) + 1;
  const from = [r.below(span / 2), r.below(span / 2)];
  const to = [span - r.below(span / 3), span - r.below(span / 3)];
  if (r.chance(0.4)) from[r.below(2)] = 0;
  if (r.chance(0.4)) to[r.below(2)] = span;
  return frames.filter((f) => f.at >= from[f.e.side] && f.at <= to[f.e.side]);
};
const snap: Disturbance = (frames, r) => {
  const length = r.pick([68, 96, 128]) - 14;
  const sides = r.pick([[0], [1], [0, 1]]);
  return frames.map((f) => (sides.includes(f.e.side) ? { ...f, e: { ...f.e, bytes: f.e.bytes.slice(0, length) } } : f));
};
/** Stamps of a coarse clock: of two sides the order is lost. */
const coarse: Disturbance = (frames, r) => {
  const unit = r.pick([1, 4, 10, 1000]) * MS;
  return frames.map((f) => ({ ...f, at: Math.floor(f.at / unit) * unit }));
};
const stopped: Disturbance = (frames) => frames.map((f) => ({ ...f, at: 0 }));
/** A mirror whose transmit side is faster: what is sent comes before what it came from. */
const early: Disturbance = (frames, r) => {
  const share = r.pick([0.1, 0.5, 1]);
  const by = r.pick([0.15, 1, 10]) * MS;
  return frames.map((f) => moved(f, f.e.direction === OUT_OF && r.chance(share) ? 10 * MS - by : 10 * MS));
};
/** Both clocks, or one, are set back or forward. */
const steps: Disturbance = (frames, r) => {
  const half = r.below(end(frames) + 1);
  const by = r.pick([0.03, 0.04]) * (r.chance(0.5) ? -1 : 1) * 1e9;
  const side = r.pick([0, 1, 2]);
  return frames.map((f) => (f.at >= half && (side === 2 || f.e.side === side) ? moved(f, by) : f));
};
/** Captured before the card fills checksums: those of transport hold the pseudo-header's sum or nothing, or that of the header is zero. */
const offload: Disturbance = (frames, r) => {
  const side = r.pick([0, 1, 2]);
  const inIpv4 = r.chance(0.3);
  return frames.map((f) => {
    if (f.e.direction !== OUT_OF || (side !== 2 && f.e.side !== side)) return f;
    const bytes = f.e.bytes.slice();
    const s = look(bytes);
    if (inIpv4 && s.version === 4) put16(bytes, 10, 0);
    const at = s.upper === 0 ? 0 : s.upper + (s.protocol === 6 ? 16 : 6);
    const fragment = (o: number): boolean => bytes[o] >>> 4 === 4 && (u16(bytes, o + 6) & 0x3fff) !== 0;
    if ((s.protocol === 6 || s.protocol === 17) && s.upper > 0 && at + 2 <= bytes.length && !fragment(0) && !fragment(s.user) && u16(bytes, at) !== 0) {
      const from = s.user + (s.userVersion === 4 ? 12 : 8);
      const length = s.userVersion === 4 ? u16(bytes, s.user + 2) - (bytes[s.user] & 15) * 4 : u16(bytes, s.user + 4) - (s.upper - s.user - 40);
      const pseudo = Uint8Array.from([...bytes.subarray(from, from + (s.userVersion === 4 ? 8 : 32)), 0, s.protocol, length >>> 8, length & 255]);
      put16(bytes, at, ~checksum(pseudo, 0, pseudo.length) & 0xffff);
    }
    return { ...f, e: { ...f.e, bytes } };
  });
};

export const DISTURBANCES: Readonly<Record<string, Disturbance>> = { copies, jitter, queues, skew, drift, loss, burst, ends, snap, coarse, stopped, early, steps, offload };

/** Frames as a reader gives them: each side's file by time, both merged, the access side first where stamps are equal; `oneFile`: as they lie. */
export function captured(frames: readonly Frame[], oneFile: boolean, sec: number): Event[] {
  const order = frames.map((f, i) => ({ f, i }));
  order.sort((x, y) => x.f.at - y.f.at || (oneFile ? 0 : x.f.e.side - y.f.e.side) || x.i - y.i);
  return order.map(({ f }) => ({ ...f.e, sec: sec + Math.floor(f.at / 1e9), nsec: Math.round(f.at % 1e9) }));
}

/** True times: a device needs some microseconds for what it sends. */
export function framesOf(events: readonly Event[], sec: number, r: Random): Frame[] {
  const base = 20_000 + r.below(80_000);
  return events.map((e) => ({ e, at: (e.sec - sec) * 1e9 + e.nsec + (e.direction === OUT_OF ? base + r.below(20_000) : 0) }));
}
