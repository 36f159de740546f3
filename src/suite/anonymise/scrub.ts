/** A piece of memory whose addresses are being replaced. */
import { put32, u32 } from "../../wire/bits.js";
import type { Mapper } from "./addresses.js";

export interface Scrub {
  readonly map: Mapper;
  /** Changed in place. */
  readonly now: Uint8Array;
  /** As it was. Of the same length, or longer. */
  readonly old: Uint8Array;
  /** ALG texts whose new address does not fit into the old one's length: they hold zeros. */
  blanked: number;
  /** Outer fragments of tunnelled packets, by datagram: a first one may be too short for the inner header. */
  readonly pieces: Map<string, Piece[]>;
}

/** A fragment's payload: its place in the datagram and in memory. */
export interface Piece { readonly offset: number; readonly at: number; readonly end: number }

export const createScrub = (map: Mapper, now: Uint8Array): Scrub => ({ map, now, old: new Uint8Array(now), blanked: 0, pieces: new Map() });

/** Inner header and ports. */
const ENOUGH = 64;

/** Notes a fragment of protocol 4 or 41. True when its payload is left to `joinPieces`: it is not the first, or too short. */
export function isPiece(s: Scrub, key: string, offset: number, at: number, end: number): boolean {
  const list = s.pieces.get(key) ?? [];
  s.pieces.set(key, list);
  list.push({ offset, at, end });
  return offset > 0 || end - at < ENOUGH;
}

/** Rewrites the datagrams whose first fragment was too short, across their fragments. `rewrite`: of an inner packet. */
export function joinPieces(s: Scrub, rewrite: (s: Scrub, o: number, end: number) => void): void {
  for (const pieces of s.pieces.values()) {
    const first = pieces.find((p) => p.offset === 0);
    if (first === undefined || first.end - first.at >= ENOUGH) continue;
    const whole = new Uint8Array(Math.max(...pieces.map((p) => p.offset + p.end - p.at)));
    let reach = 0;
    for (const p of [...pieces].sort((a, b) => a.offset - b.offset)) {
      if (p.offset > reach) break;
      // Where fragments overlap, the earlier bytes stand.
      whole.set(s.old.subarray(p.at + Math.max(0, reach - p.offset), p.end), Math.max(reach, p.offset));
      reach = Math.max(reach, p.offset + p.end - p.at);
    }
    const inner = createScrub(s.map, whole);
    rewrite(inner, 0, reach);
    s.blanked += inner.blanked;
    for (const p of pieces) for (let i = p.at; i < p.end; i++) if (s.old[i] === inner.old[p.offset + i - p.at]) s.now[i] = inner.now[p.offset + i - p.at];
  }
}

export function address4(s: Scrub, o: number, end: number): void {
  if (o + 4 <= end) put32(s.now, o, s.map.v4(u32(s.now, o)));
}
export function address6(s: Scrub, o: number, end: number): void {
  if (o + 16 > end) return;
  const mapped = s.map.v6([u32(s.now, o), u32(s.now, o + 4), u32(s.now, o + 8), u32(s.now, o + 12)]);
  for (let i = 0; i < 4; i++) put32(s.now, o + 4 * i, mapped[i]);
}
