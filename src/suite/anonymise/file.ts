/**
 * A whole capture file with the addresses in its packets replaced, everything else as it was: format, times, lengths, link layers, interfaces.
 * Of pcapng only the blocks that softproof reads are kept (names of hosts, secrets and custom blocks would tell who it was), and of their options no text (options.ts).
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decompress } from "fzstd";
import { createLinkPlace, ETHERNET, LINUX_SLL, locate } from "../../capture/link.js";
import { u16 } from "../../wire/bits.js";
import type { Mapper } from "./addresses.js";
import { withKeptOptions } from "./options.js";
import { rewriteIp } from "./packet.js";
import { address4, address6, createScrub, joinPieces, type Scrub } from "./scrub.js";

export interface Anonymised { readonly bytes: Uint8Array; readonly frames: number; readonly blanked: number; /** What was left out or is damaged; for people. */ readonly notes: readonly string[]; /** The file ends within a frame or block, or is broken there. */ readonly damaged: boolean; /** Frames that were not understood and so stand as they were, addresses and all. */ readonly untouched: number }

const ARP = 0x0806;
const SECTION = 0x0a0d0d0a;

function contents(path: string): Buffer {
  const raw = readFileSync(path);
  if (raw.length >= 2 && raw[0] === 0x1f && raw[1] === 0x8b) return gunzipSync(raw);
  if (raw.length >= 4 && raw.readUInt32LE(0) === 0xfd2fb528) return Buffer.from(decompress(raw));
  return raw;
}

/** Throws an Error for people when the file cannot be read or is no capture. */
export function anonymiseFile(path: string, map: Mapper): Anonymised {
  const bytes = contents(path);
  const s = createScrub(map, bytes);
  const magic = bytes.length < 24 ? 0 : bytes.readUInt32LE(0);
  if (magic === SECTION) return pcapng(s, bytes);
  if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) return pcap(s, bytes, true);
  if (magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1) return pcap(s, bytes, false);
  throw new Error(`${path}: it is no capture: expected pcap or pcapng, plain, gzip or zstd`);
}

const link = createLinkPlace();

/** False when the frame is neither IP nor ARP to us: its addresses, if it has any, were not found. */
function frame(s: Scrub, off: number, length: number, linkType: number): boolean {
  if (locate(s.now, off, length, linkType, link)) {
    rewriteIp(s, link.l3, link.l3 + link.l3Len);
    return true;
  }
  // ARP for IPv4 (RFC 826): sender and target
  let at = linkType === ETHERNET ? off + 12 : linkType === LINUX_SLL ? off + 14 : 0;
  const end = off + length;
  while (at > 0 && at + 6 <= end && [0x8100, 0x88a8, 0x9100].includes(u16(s.now, at))) at += 4;
  if (at === 0 || at + 30 > end || u16(s.now, at) !== ARP || u16(s.now, at + 6) !== 0x0604) return false;
  address4(s, at + 16, end);
  address4(s, at + 26, end);
  return true;
}

function pcap(s: Scrub, bytes: Buffer, little: boolean): Anonymised {
  const u32 = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const linkType = u32(20) & 0xffff;
  let frames = 0;
  let untouched = 0;
  let at = 24;
  while (at + 16 <= bytes.length && at + 16 + u32(at + 8) <= bytes.length) {
    const captured = u32(at + 8);
    if (!frame(s, at + 16, captured, linkType)) untouched++;
    frames++;
    at += 16 + captured;
  }
  joinPieces(s, rewriteIp);
  const notes = at < bytes.length ? [`${bytes.length - at} bytes at the end are no whole frame and were left out`] : [];
  return { bytes: bytes.subarray(0, at), frames, blanked: s.blanked, notes, damaged: at < bytes.length, untouched };
}

const KEPT_BLOCKS: ReadonlySet<number> = new Set([SECTION, 1, 2, 3, 5, 6]);

function pcapng(s: Scrub, bytes: Buffer): Anonymised {
  const kept: { readonly at: number; readonly length: number; readonly type: number; readonly captured: number; readonly little: boolean }[] = [];
  const dropped = new Map<number, number>();
  let little = true;
  let links: { readonly type: number; readonly snaplen: number }[] = [];
  let frames = 0;
  let untouched = 0;
  let at = 0;
  const u32 = (o: number): number => (little ? bytes.readUInt32LE(o) : bytes.readUInt32BE(o));
  const half = (o: number): number => (little ? bytes.readUInt16LE(o) : bytes.readUInt16BE(o));
  while (at + 12 <= bytes.length) {
    const type = u32(at);
    if (type === SECTION) {
      little = bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
      links = [];
      // Blocks and options may go: the length of the section is not known (-1).
      if (at + 24 <= bytes.length) bytes.fill(0xff, at + 16, at + 24);
    }
    const length = u32(at + 4);
    if (length < 12 || at + length > bytes.length) break;
    if (type === 1) {
      links.push({ type: half(at + 8), snaplen: u32(at + 12) });
      for (let o = at + 16; o + 4 <= at + length - 4 && half(o) !== 0; o += 4 + ((half(o + 2) + 3) & ~3)) {
        if (half(o) === 4) address4(s, o + 4, at + length); // if_IPv4addr
        if (half(o) === 5) address6(s, o + 4, at + length); // if_IPv6addr
      }
    }
    let packet = 0;
    const off = type === 3 ? at + 12 : at + 28;
    const iface = links[type === 6 ? u32(at + 8) : type === 2 ? half(at + 8) : 0];
    if ((type === 6 || type === 2 || type === 3) && iface !== undefined) {
      const room = at + length - 4 - off;
      const captured = type === 3 ? Math.min(u32(at + 8), room, iface.snaplen === 0 ? room : iface.snaplen) : u32(at + 20);
      if (captured > room) break;
      packet = captured;
      if (!frame(s, off, captured, iface.type)) untouched++;
      frames++;
    }
    if (KEPT_BLOCKS.has(type)) kept.push({ at, length, type, captured: packet, little });
    else dropped.set(type, (dropped.get(type) ?? 0) + 1);
    at += length;
  }
  joinPieces(s, rewriteIp);
  const notes = [...dropped].map(([type, n]) => `${n} pcapng blocks of type ${type} were left out (names, secrets or unknown)`);
  if (at < bytes.length) notes.push(`${bytes.length - at} bytes at the end are no whole block and were left out`);
  // Only now: fragments that were joined have written into blocks before them.
  const blocks = kept.map((k) => withKeptOptions(bytes.subarray(k.at, k.at + k.length), k.type, k.captured, k.little));
  return { bytes: Buffer.concat(blocks), frames, blanked: s.blanked, notes, damaged: at < bytes.length, untouched };
}
