/**
 * Classic pcap (draft-ietf-opsawg-pcap): a 24-byte file header, then per frame 16 bytes and the frame; either byte order, microseconds or
 * nanoseconds. Also the "modified" format of Alexey Kuznetzov (magic a1b2cd34), whose frame headers have 8 bytes more.
 *
 * file:  magic | major, minor (16 bit) | reserved | reserved | snaplen | FCS bits and link type
 * frame: seconds | micro- or nanoseconds | captured bytes | bytes on the wire
 */
import { AT_CAP_LEN, AT_NSEC, AT_OFF, AT_SEC, AT_WIRE_LEN, type CaptureSource, createSource, hasInnerHint, innerHint, LISTED, packetTypeHint } from "./source.js";
import type { RawSink } from "./types.js";
import type { Window } from "./window.js";

export const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MODIFIED_HEADER = 24;
/** Longest frame that a sane file holds whatever its snaplen says (libpcap's MAXIMUM_SNAPLEN). */
export const MAX_SNAPLEN = 262144;

interface Variant { readonly little: boolean; readonly nanoseconds: boolean; readonly modified: boolean }

/** Which variant of classic pcap begins with these four bytes, if any. */
export function pcapVariant(u8: Uint8Array, at: number): Variant | undefined {
  const big = ((u8[at] << 24) | (u8[at + 1] << 16) | (u8[at + 2] << 8) | u8[at + 3]) >>> 0;
  const swapped = ((u8[at + 3] << 24) | (u8[at + 2] << 16) | (u8[at + 1] << 8) | u8[at]) >>> 0;
  for (const little of [false, true]) {
    const magic = little ? swapped : big;
    if (magic === 0xa1b2c3d4) return { little, nanoseconds: false, modified: false };
    if (magic === 0xa1b23c4d) return { little, nanoseconds: true, modified: false };
    if (magic === 0xa1b2cd34) return { little, nanoseconds: false, modified: true };
  }
  return undefined;
}

/** A reader of the file whose magic number lies at `w.at`. Needs the whole file header at hand (`w.ensure(FILE_HEADER)`). */
export function readPcap(w: Window, name: string, file: number, variant: Variant, raw?: RawSink): CaptureSource {
  const u8 = w.u8;
  const { little } = variant;
  const u32 = (at: number): number =>
    little
      ? (u8[at] | (u8[at + 1] << 8) | (u8[at + 2] << 16) | (u8[at + 3] << 24)) >>> 0
      : ((u8[at] << 24) | (u8[at + 1] << 16) | (u8[at + 2] << 8) | u8[at + 3]) >>> 0;
  const u16 = (at: number): number => (little ? u8[at] | (u8[at + 1] << 8) : (u8[at] << 8) | u8[at + 1]);
  const source = createSource(w, name, file);
  const header = w.at;
  const major = u16(header + 4);
  const minor = u16(header + 6);
  const snaplen = u32(header + 16);
  const link = u32(header + 20);
  if (major !== 2) {
    source.stop(`it is a pcap file of version ${major}.${minor}, and only 2.x is known; convert it with \`editcap -F pcap\``, header + 4);
    return source;
  }
  if ((link & 0x03ff0000) !== 0) {
    source.stop(`the reserved bits of the link type field are not zero (0x${link.toString(16)}): the file header is damaged`, header + 20);
    return source;
  }
  w.at += FILE_HEADER;
  source.linkType = link & 0xffff;
  const headerBytes = variant.modified ? MODIFIED_HEADER : RECORD_HEADER;
  raw?.fileHeader(header, FILE_HEADER, headerBytes);
  const scale = variant.nanoseconds ? 1 : 1000;
  const units = variant.nanoseconds ? 1_000_000_000 : 1_000_000;
  const longest = Math.max(snaplen, MAX_SNAPLEN);
  const inner = hasInnerHint(source.linkType);
  let oddFractions = false;
  // Everything that only some files have, so that the loop over ordinary frames tests one flag. Before version 2.3 the two lengths were swapped, in 2.3 sometimes.
  const special = variant.modified || inner || minor < 4;

  function next(): boolean | Promise<boolean> {
    const at = w.at;
    const hand = w.limit - at;
    if (hand < headerBytes) return more(headerBytes);
    let capLen = u32(at + 8);
    let wireLen = u32(at + 12);
    if (special && (minor < 3 || (minor === 3 && capLen > wireLen))) {
      const swap = capLen;
      capLen = wireLen;
      wireLen = swap;
    }
    if (capLen > longest || hand < headerBytes + capLen) return oversize(capLen) ?? more(headerBytes + capLen);
    const off = at + headerBytes;
    w.at = off + capLen;
    source.frame++;
    source.off = off;
    source.capLen = capLen;
    source.wireLen = wireLen;
    source.sec = u32(at);
    const fraction = u32(at + 4);
    if (fraction < units) source.nsec = fraction * scale;
    else carry(fraction, at);
    if (special) source.hint = variant.modified ? packetTypeHint(u8[at + 22]) : innerHint(u8, off, capLen, source.linkType);
    return true;
  }

  function more(bytes: number): boolean | Promise<boolean> {
    const got = w.ensure(bytes);
    if (got === true) return next();
    return got === false ? ended() : got.then((ok) => (ok ? next() : ended()));
  }

  function ended(): false {
    const left = w.limit - w.at;
    if (left === 0 && w.feed.error === undefined) {
      source.next = () => false;
      return false;
    }
    const expected = left < headerBytes ? `the header of frame ${source.frame + 1} needs ${headerBytes} bytes` : `frame ${source.frame + 1} needs ${u32(w.at + 8)} bytes`;
    const had = left < headerBytes ? left : left - headerBytes;
    if (w.feed.error !== undefined) return source.stop(`${w.feed.error}; ${source.frame} frames before it were read`, w.limit);
    return source.stop(`the file ends too early: ${expected}, ${had} are left; ${source.frame} frames before it were read. Copy or capture the file again if the rest matters`, w.at);
  }

  /** A frame that cannot be in memory whole: damage beyond any sane length, else passed over. */
  function oversize(capLen: number): boolean | Promise<boolean> | undefined {
    if (capLen > longest) {
      return source.stop(`frame ${source.frame + 1} claims ${capLen} bytes, more than the longest frame of this file (${longest}): the file is damaged here; ${source.frame} frames before it were read`, w.at);
    }
    if (headerBytes + capLen <= w.capacity) return undefined;
    source.frame++;
    source.recover(`frame ${source.frame} of ${capLen} bytes does not fit the ${w.capacity} bytes of the read buffer and is passed over; raise chunkBytes to see it`, w.at);
    const at = w.at;
    const skipped = w.skip(headerBytes + capLen);
    const go = (ok: boolean): boolean | Promise<boolean> => (ok ? next() : source.stop(`the file ends too early: frame ${source.frame} needs ${capLen} bytes`, at));
    return typeof skipped === "boolean" ? go(skipped) : skipped.then(go);
  }

  function carry(fraction: number, at: number): void {
    source.sec += Math.floor(fraction / units);
    source.nsec = (fraction % units) * scale;
    if (oddFractions) return;
    oddFractions = true;
    source.recover(`frame ${source.frame} has ${fraction} as its fraction of a second, and ${units - 1} is the most: whole seconds in it were carried over (further such frames are not listed)`, at + 4);
  }

  function listInOrder(list: Uint32Array): number {
    let sec = source.sec;
    let nsec = source.nsec;
    let at = w.at;
    let row = 0;
    const { limit } = w;
    source.listedAll = false;
    for (; row < list.length; row += LISTED) {
      const capLen = limit - at < headerBytes ? 0 : u32(at + 8);
      if (limit - at < headerBytes + capLen) {
        source.listedAll = true;
        break;
      }
      const s = u32(at);
      const fraction = u32(at + 4);
      const n = fraction * scale;
      if (capLen > longest || fraction >= units || s < sec || (s === sec && n < nsec)) break;
      sec = s;
      nsec = n;
      list[row + AT_OFF] = at + headerBytes;
      list[row + AT_CAP_LEN] = capLen;
      list[row + AT_WIRE_LEN] = u32(at + 12);
      list[row + AT_SEC] = s;
      list[row + AT_NSEC] = n;
      at += headerBytes + capLen;
    }
    return row / LISTED;
  }

  source.next = next;
  if (!special) source.listInOrder = listInOrder;
  source.uniform = !special;
  return source;
}
