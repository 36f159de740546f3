/** The fragments of one datagram, as far as they were seen. Plain data: what is done with them stands in trains.ts. */
import type { Part } from "./scrub.js";

/**
 * open: fragments are missing. plain: the first one showed that no other holds anything to be replaced. joined: whole, but a fragment within it waits.
 * done: `now` is what becomes of it. late: given up before it was whole; `now` is what becomes of its first bytes.
 */
type State = "open" | "plain" | "joined" | "done" | "late";

/** Whoever cannot go on before a datagram is settled: a frame, or the datagram around it. */
export interface Waiting { again(): void }

export interface Train {
  readonly key: string;
  readonly version: 4 | 6;
  /** Of the first fragment, once it is there. */
  protocol: number;
  readonly before: number;
  readonly after: number;
  state: State;
  old: Uint8Array;
  /** Per byte: ABSENT, STATED (the fragment had it, the capture does not) or SEEN. */
  mark: Uint8Array;
  now: Uint8Array;
  /** Bytes at its beginning that are SEEN without a gap; kept up by `reachOf`. */
  reach: number;
  /** Bytes that are not ABSENT, and the length of the whole (Infinity until the last fragment is there). */
  covered: number;
  total: number;
  /** Offset and frame number of the fragments that are not the first: which are not understood when it is given up. */
  readonly later: { readonly offset: number; readonly frame: number }[];
  /** Capture time of the last fragment, seconds. */
  seconds: number;
  readonly waiting: Set<Waiting>;
}

const ABSENT = 0;
const STATED = 1;
const SEEN = 2;
const NOTHING = new Uint8Array(0);

export const createTrain = (p: Part, seconds: number): Train => ({
  key: p.key, version: p.version, protocol: p.protocol, before: p.before, after: p.after, state: "open", old: NOTHING, mark: NOTHING, now: NOTHING, reach: 0, covered: 0, total: Number.POSITIVE_INFINITY, later: [], seconds, waiting: new Set(),
});

/** What a plain one need not keep. */
export function forgetBytes(t: Train): void {
  t.old = NOTHING;
  t.mark = NOTHING;
  t.later.length = 0;
}

/** Memory that a train takes, in bytes. */
export const sizeOf = (t: Train): number => t.old.length + t.mark.length + t.now.length + 512 + 16 * t.later.length;

export const isWhole = (t: Train): boolean => t.covered >= t.total;
export const isSettled = (t: Train): boolean => t.state === "plain" || t.state === "done" || t.state === "late";

/** Does the fragment belong to another datagram with the same identification? */
export function contradicts(t: Train, old: Uint8Array, p: Part): boolean {
  if (p.offset + p.stated > t.total) return true;
  const stop = Math.min(p.end, p.at + t.mark.length - p.offset);
  for (let i = p.at; i < stop; i++) {
    const k = p.offset + i - p.at;
    if (t.mark[k] === SEEN && t.old[k] !== old[i]) return true;
  }
  return false;
}

/** `frame`: number of the frame that holds the fragment, or the quote of it. */
export function addPart(t: Train, old: Uint8Array, p: Part, frame: number): void {
  const stop = p.offset + p.stated;
  if (stop > t.mark.length) {
    const size = Math.max(stop, Math.min(2 * t.mark.length, 1 << 16));
    const [was, marks] = [t.old, t.mark];
    t.old = new Uint8Array(size);
    t.mark = new Uint8Array(size);
    t.old.set(was);
    t.mark.set(marks);
  }
  const seen = p.offset + Math.min(p.stated, p.end - p.at);
  for (let k = p.offset; k < stop; k++) {
    if (t.mark[k] === ABSENT) t.covered++;
    if (t.mark[k] === SEEN || k >= seen) t.mark[k] ||= STATED;
    else {
      t.mark[k] = SEEN;
      t.old[k] = old[p.at + k - p.offset];
    }
  }
  if (p.offset === 0) t.protocol = p.protocol;
  else t.later.push({ offset: p.offset, frame });
  if (p.last) t.total = stop;
}

export function reachOf(t: Train): number {
  while (t.reach < t.mark.length && t.mark[t.reach] === SEEN) t.reach++;
  return t.reach;
}

/** Gives the fragment what its bytes become. */
export function takeFrom(t: Train, old: Uint8Array, now: Uint8Array, p: Part): void {
  const stop = Math.min(p.end, p.at + t.now.length - p.offset);
  for (let i = p.at; i < stop; i++) {
    const k = p.offset + i - p.at;
    if (t.old[k] === old[i]) now[i] = t.now[k];
  }
}
