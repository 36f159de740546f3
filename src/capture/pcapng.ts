/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks of type, total length, body, total length again; a Section Header Block begins a section, tells its
 * byte order, and forgets the interfaces before it. Packets come in Enhanced (6), Simple (3) and obsolete Packet (2) Blocks; all others are passed over.
 */
import { findOption, readInterface, type Interface } from "./pcapng-interface.js";
import { createSource, hasInnerHint, innerHint, type CaptureSource } from "./source.js";
import { toTime } from "./timestamp.js";
import type { RawSink } from "./types.js";
import type { Window } from "./window.js";

export const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 2;
const SIMPLE = 3;
const ENHANCED = 6;
/** Option code of epb_flags and of pack_flags: direction in the two low bits, 1 inbound, 2 outbound. */
const FLAGS = 2;

/** A reader of the file whose Section Header Block begins at `w.at`. */
export function readPcapng(w: Window, name: string, file: number, raw?: RawSink): CaptureSource {
  const u8 = w.u8;
  const source = createSource(w, name, file);
  let little = true;
  const u32 = (at: number): number =>
    little
      ? (u8[at] | (u8[at + 1] << 8) | (u8[at + 2] << 16) | (u8[at + 3] << 24)) >>> 0
      : ((u8[at] << 24) | (u8[at + 1] << 16) | (u8[at + 2] << 8) | u8[at + 3]) >>> 0;
  const u16 = (at: number): number => (little ? u8[at] | (u8[at + 1] << 8) : (u8[at] << 8) | u8[at + 1]);
  const order = { u16, u32 };
  let interfaces: Interface[] = [];

  function next(): boolean | Promise<boolean> {
    for (;;) {
      const at = w.at;
      const hand = w.limit - at;
      if (hand < 12) return more(12);
      const type = u32(at);
      if (type === SECTION_HEADER && !byteOrder(at)) return false;
      const stated = u32(at + 4);
      if (stated < 12) return source.stop(`the block has ${stated} as its length, and 12 is the least: the file is damaged here; ${source.frame} frames before it were read`, at + 4);
      const total = stated + (-stated & 3); // old writers left the padding out of the length, yet wrote it
      if (hand < total) {
        if (total <= w.capacity) return more(total);
        return passOver(type, total);
      }
      if (u32(at + total - 4) !== stated) return source.stop(`the block is ${stated} bytes long by its head and ${u32(at + total - 4)} by its end: the file is damaged here; ${source.frame} frames before it were read`, at);
      w.at = at + total;
      const body = at + 8;
      const end = at + total - 4;
      if (type === ENHANCED) {
        if (end - body < 20) return source.stop(tooShort("Enhanced Packet Block", 20, end - body), at);
        if (!packet(u32(body), body + 4, body + 20, end, at)) return false;
        raw?.block(at, total, type, little);
        return true;
      }
      if (type === PACKET) {
        if (end - body < 20) return source.stop(tooShort("Packet Block", 20, end - body), at);
        if (!packet(u16(body), body + 4, body + 20, end, at)) return false;
        raw?.block(at, total, type, little);
        return true;
      }
      if (type === SIMPLE) {
        if (end - body < 4) return source.stop(tooShort("Simple Packet Block", 4, end - body), at);
        if (!simple(body, end, at)) return false;
        raw?.block(at, total, type, little);
        return true;
      }
      if (type === INTERFACE) {
        if (end - body < 8) return source.stop(tooShort("Interface Description Block", 8, end - body), at);
        interfaces.push(readInterface(u8, order, body, end, little));
      } else if (type === SECTION_HEADER && !section(body, end, at)) return false;
      raw?.block(at, total, type, little);
    }
  }

  /** An Enhanced or obsolete Packet Block: time, lengths at `fields`, the frame at `data`, then options. */
  function packet(id: number, fields: number, data: number, end: number, at: number): boolean {
    const from = interfaces[id];
    if (from === undefined) return source.stop(`the packet is from interface ${id}, and the section has described ${interfaces.length}: the file is damaged here`, at + 8);
    const capLen = u32(fields + 8);
    if (capLen > end - data) return source.stop(`frame ${source.frame + 1} claims ${capLen} bytes in a block with room for ${end - data}: the file is damaged here`, fields + 8);
    source.frame++;
    source.off = data;
    source.capLen = capLen;
    source.wireLen = u32(fields + 12);
    source.linkType = from.linkType;
    source.interfaceName = from.name;
    toTime(u32(fields), u32(fields + 4), from.resolution, source);
    source.sec += from.offsetSeconds;
    const options = data + ((capLen + 3) & ~3);
    const flags = options + 8 <= end ? findOption(order, options, end, FLAGS) : 0;
    const direction = flags !== 0 && flags + 4 <= end ? u32(flags) & 3 : 0;
    source.hint = direction === 1 || direction === 2 ? direction : hasInnerHint(from.linkType) ? innerHint(u8, data, capLen, from.linkType) : 0;
    return true;
  }

  /** A Simple Packet Block: no time (that of the frame before it stays), always the first interface, cut at its snaplen. */
  function simple(body: number, end: number, at: number): boolean {
    const from = interfaces[0];
    if (from === undefined) return source.stop("a Simple Packet Block comes before any Interface Description Block: the file is damaged here", at);
    const wireLen = u32(body);
    const room = end - body - 4;
    const capLen = from.snaplen === 0 ? wireLen : Math.min(wireLen, from.snaplen);
    if (capLen > room || room - capLen > 3) return source.stop(`a Simple Packet Block of ${wireLen} bytes on the wire and a snaplen of ${from.snaplen} holds ${capLen}, and the block has ${room}: the file is damaged here`, at);
    source.frame++;
    source.off = body + 4;
    source.capLen = capLen;
    source.wireLen = wireLen;
    source.linkType = from.linkType;
    source.interfaceName = from.name;
    source.hint = hasInnerHint(from.linkType) ? innerHint(u8, body + 4, capLen, from.linkType) : 0;
    return true;
  }

  /** The byte-order magic decides how even the length of its block is read. */
  function byteOrder(at: number): boolean {
    if (u8[at + 8] === 0x1a && u8[at + 9] === 0x2b && u8[at + 10] === 0x3c && u8[at + 11] === 0x4d) little = false;
    else if (u8[at + 8] === 0x4d && u8[at + 9] === 0x3c && u8[at + 10] === 0x2b && u8[at + 11] === 0x1a) little = true;
    else return source.stop("the Section Header Block has no byte-order magic (1a2b3c4d): the file is damaged here", at + 8);
    return true;
  }

  function section(body: number, end: number, at: number): boolean {
    if (end - body < 16) return source.stop(tooShort("Section Header Block", 16, end - body), at);
    const major = u16(body + 4);
    const minor = u16(body + 6);
    // 1.2 is read like 1.0: some writers used it, and the draft asks readers to accept it.
    if (major !== 1 || (minor !== 0 && minor !== 2)) return source.stop(`it is a pcapng section of version ${major}.${minor}, and 1.0 was expected; convert it with \`editcap -F pcapng\``, body + 4);
    interfaces = [];
    return true;
  }

  /** A block longer than the read buffer; only one that holds a packet is worth a word. */
  function passOver(type: number, total: number): boolean | Promise<boolean> {
    const at = w.at;
    const frames = source.frame;
    if (type === ENHANCED || type === PACKET || type === SIMPLE) {
      source.frame++;
      source.recover(`frame ${source.frame}, a block of ${total} bytes, does not fit the ${w.capacity} bytes of the read buffer and is passed over; raise chunkBytes to see it`, at);
    }
    const offset = w.fileOffset(at);
    const go = (ok: boolean): boolean | Promise<boolean> => (ok ? next() : source.stop(`the file ends too early: the block at offset ${offset} needs ${total} bytes; ${frames} frames before it were read`, w.at));
    const skipped = w.skip(total);
    return typeof skipped === "boolean" ? go(skipped) : skipped.then(go);
  }

  function more(bytes: number): boolean | Promise<boolean> {
    const got = w.ensure(bytes);
    if (got === true) return next();
    return got === false ? ended(bytes) : got.then((ok) => (ok ? next() : ended(bytes)));
  }

  function ended(needed: number): false {
    const left = w.limit - w.at;
    if (w.feed.error !== undefined) return source.stop(`${w.feed.error}; ${source.frame} frames before it were read`, w.limit);
    if (left > 0) return source.stop(`the file ends too early: the block needs ${needed} bytes, ${left} are left; ${source.frame} frames before it were read. Copy or capture the file again if the rest matters`, w.at);
    source.next = () => false;
    return false;
  }

  const tooShort = (block: string, needed: number, had: number): string => `the ${block} has a body of ${had} bytes, and ${needed} are needed: the file is damaged here; ${source.frame} frames before it were read`;

  source.next = next;
  return source;
}
