/** A piece of memory whose addresses are being replaced. */
import { u32 } from "../../wire/bits.js";
import type { Mapper } from "./addresses.js";
import type { Train } from "./train.js";

export interface Scrub {
  readonly map: Mapper;
  /** Changed in place. */
  readonly now: Uint8Array;
  /** As it was, at the same offsets. */
  readonly old: Uint8Array;
  /** Nothing from here on has changed so far. */
  changedTo: number;
  /** ALG texts whose new address does not fit into the old one's length: they hold zeros. */
  blanked: number;
  /** What was looked for goes on behind the visible bytes: had there been more, more (or another checksum) would have been written. */
  wanting: boolean;
  /** Within how many ICMP errors: what these quote is only a part of a packet. */
  quoted: number;
  /** Where fragments find their datagrams; undefined: each is taken by itself. */
  readonly fragments: Fragments | undefined;
  /** The datagrams whose fragments were met here, and whether one of them is not whole yet. */
  readonly trains: Map<string, Train>;
  waiting: boolean;
}

/** A fragment: where it lies, which part of its datagram it is. */
export interface Part {
  readonly key: string;
  readonly version: 4 | 6;
  /** Protocol, or next header of the Fragment header. */
  readonly protocol: number;
  /** Bytes of the datagram before it, captured bytes of it, and how many there are by its header. */
  readonly offset: number;
  readonly at: number;
  readonly end: number;
  readonly stated: number;
  readonly last: boolean;
  /** Sums of the two addresses, before and after. */
  readonly before: number;
  readonly after: number;
}

export interface Fragments { meet(s: Scrub, part: Part): void }

export function createScrub(map: Mapper, now: Uint8Array, old: Uint8Array = new Uint8Array(now), fragments?: Fragments, trains: Map<string, Train> = new Map()): Scrub {
  return { map, now, old, changedTo: 0, blanked: 0, wanting: false, quoted: 0, fragments, trains, waiting: false };
}

/** Everything in [at, end) as it was. */
export function restore(s: Scrub, at: number, end: number): void {
  s.now.set(s.old.subarray(at, end), at);
}

export function changed(s: Scrub, to: number): void {
  if (to > s.changedTo) s.changedTo = to;
}

export function set16(s: Scrub, at: number, value: number): void {
  s.now[at] = value >>> 8;
  s.now[at + 1] = value & 255;
  changed(s, at + 2);
}

const cut4 = new Uint8Array(4);
const cut6 = new Uint8Array(16);

/** An address at `o`. Of one that `end` cuts, the bytes that are there become what they are in the whole one: prefixes stay prefixes. */
export function address4(s: Scrub, o: number, end: number): void {
  const there = Math.min(4, end - o);
  if (there < 4) s.wanting = true;
  if (there <= 0) return;
  cut4.fill(0);
  for (let i = 0; i < there; i++) cut4[i] = s.now[o + i];
  const mapped = s.map.v4(u32(cut4, 0));
  for (let i = 0; i < there; i++) s.now[o + i] = mapped >>> (24 - 8 * i);
  changed(s, o + there);
}

/** The same; an identifier that is cut is replaced, but by another than that of the whole address. */
export function address6(s: Scrub, o: number, end: number): void {
  const there = Math.min(16, end - o);
  if (there === 16) s.map.v6At(s.now, o);
  else {
    s.wanting = true;
    if (there <= 0) return;
    cut6.fill(0);
    for (let i = 0; i < there; i++) cut6[i] = s.now[o + i];
    s.map.v6At(cut6, 0);
    for (let i = 0; i < there; i++) s.now[o + i] = cut6[i];
  }
  changed(s, o + there);
}
