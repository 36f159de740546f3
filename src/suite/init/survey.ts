/** One pass over the captures for `init`: tunnels, crossings, addresses of the link, provisioning. Not the packet path: it may allocate. */
import { setImmediate as pause } from "node:timers/promises";
import { createLinkPlace, ETHERNET, type LinkPlace, locate } from "../../capture/link.js";
import { mergeSources } from "../../capture/merge.js";
import { openCapture } from "../../capture/open.js";
import type { CaptureSource } from "../../capture/source.js";
import { type Ipv6, formatIpv6, readIpv6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { createUpper, walk } from "../../wire/ipv6.js";
import { createMemory } from "../../wire/memory.js";
import { createCrossings } from "./crossings.js";
import { aftrName, type SixRdOption, sixRdOption } from "./dhcp.js";
import { type Crossing, createTally, type Pair4, type Pair6, type Tally, type Where } from "./seen.js";

/** `hasMacs`: false when no frame names both MAC addresses (raw IP, cooked). */
/** A capture, and the side that a person names for it. */
export interface Named { readonly path: string; readonly side?: "access" | "core" | "both" }
export interface FileShare extends Named { frames: number; tunnelled: number; plain: number; largest: number; hasMacs: boolean }

export interface Survey {
  readonly files: readonly FileShare[];
  /** Protocol 41: both ends of each tunnel packet, as a pair of the end's outer and inner address. */
  readonly pairs4: Tally<Pair4>;
  /** IPv4 in IPv6: outer addresses, and inner sources. */
  readonly pairs6: Tally<Pair6>;
  /** The ends of softwires that are not the customer's, by the addresses inside: one packet, one count. */
  readonly aftrEnds: Tally<Ipv6>;
  readonly crossings: Tally<Crossing>;
  /** Addresses of interfaces by MAC address, from ARP and Neighbor Advertisements. */
  readonly neighbours: Tally<{ readonly mac: string; readonly address: number | Ipv6 }>;
  /** Packet Too Big and fragmentation needed, by who sent it: MAC address, family, MTU in bytes. */
  readonly tooBig: Tally<{ readonly mac: string; readonly family: 4 | 6; readonly mtu: number }>;
  /** DSCP of tunnelled packets by their outer source, inner and outer, where either is not 0. */
  readonly marks: Tally<{ readonly from: number; readonly inner: number; readonly outer: number }>;
  readonly sixRdOptions: Tally<SixRdOption>;
  readonly aftrNames: Tally<string>;
  readonly frames: number;
  readonly faults: readonly string[];
}

const PAUSE_EVERY = 1 << 14;

const macText = (hi: number, lo: number): string => [hi >>> 8, hi & 255, lo >>> 24, (lo >>> 16) & 255, (lo >>> 8) & 255, lo & 255].map((x) => x.toString(16).padStart(2, "0")).join(":");
const macsOf = (l: LinkPlace): [string, string] => (l.hasMac && l.cookedType < 0 ? [macText(l.srcMacHi, l.srcMacLo), macText(l.dstMacHi, l.dstMacLo)] : ["", ""]);
const text = (a: number | Ipv6): string => (typeof a === "number" ? String(a) : a.join(","));

/** An address that hosts have behind a B4: RFC 1918, and 192.0.0.0/29 without the AFTR's 192.0.0.1 (RFC 6333 section 5.7). */
const isCustomers = (a: number): boolean => a >>> 24 === 10 || a >>> 20 === 0xac1 || a >>> 16 === 0xc0a8 || (a >>> 3 === 0xc0000000 >>> 3 && a !== 0xc0000001);

/** `captures` are regular files or pipes; damage ends a file and is told in `faults`. */
export async function survey(captures: readonly Named[], onProgress?: (p: { packets: number; bytes: number; size: number }) => void): Promise<Survey> {
  const memory = createMemory(96 << 20);
  const b = memory.u8;
  const link = createLinkPlace();
  const upper = createUpper();
  const files: FileShare[] = captures.map((c) => ({ ...c, frames: 0, tunnelled: 0, plain: 0, largest: 0, hasMacs: false }));
  const s = {
    pairs4: createTally<Pair4>(), pairs6: createTally<Pair6>(), aftrEnds: createTally<Ipv6>(), crossings: createTally<Crossing>(), neighbours: createTally<{ mac: string; address: number | Ipv6 }>(4096),
    tooBig: createTally<{ mac: string; family: 4 | 6; mtu: number }>(4096), marks: createTally<{ from: number; inner: number; outer: number }>(), sixRdOptions: createTally<SixRdOption>(256), aftrNames: createTally<string>(256),
  };
  const crossings = createCrossings();
  const sources: CaptureSource[] = [];
  for (let i = 0; i < captures.length; i++) sources.push(await openCapture(captures[i].path, { memory, fileIndex: i }));
  const merged = mergeSources(sources, { memory });
  let frames = 0;

  const cross = (o: number, len: number, macs: [string, string], outer: [number | Ipv6, number | Ipv6] | undefined, where: Where): void => {
    for (const c of crossings.see(b, o, len, macs, outer, merged.sec, merged.nsec)) s.crossings.add([c.kind, c.toCore, text(c.own), text(c.initiator), text(c.inner), text(c.outside), c.accessMac, c.coreMac, c.hairpin].join("|"), () => c, where);
  };

  function four(o: number, len: number, macs: [string, string], file: FileShare, where: Where): void {
    if (len < 20 || b[o] >>> 4 !== 4) return;
    const at = o + ((b[o] & 15) << 2);
    const end = o + Math.min(len, u16(b, o + 2));
    file.largest = Math.max(file.largest, u16(b, o + 2));
    const from = u32(b, o + 12);
    const to = u32(b, o + 16);
    if (b[o + 9] === 41) {
      file.tunnelled++;
      if ((u16(b, o + 6) & 0x1fff) !== 0 || end - at < 40 || b[at] >>> 4 !== 6) return;
      const inner = [readIpv6(b, at + 8), readIpv6(b, at + 24)] as const;
      s.pairs4.add(`${from}|${to}|${text(inner[0])}`, () => ({ v4: from, v6: inner[0], other: to }), where);
      s.pairs4.add(`${to}|${from}|${text(inner[1])}`, () => ({ v4: to, v6: inner[1], other: from }), where);
      const marked = { from, inner: (u16(b, at) >>> 6) & 63, outer: b[o + 1] >>> 2 };
      if (marked.inner !== 0 || marked.outer !== 0) s.marks.add(`${from}|${marked.inner}|${marked.outer}`, () => marked, where);
      cross(at, end - at, macs, [from, to], where);
      return;
    }
    file.plain++;
    if (b[o + 9] === 17 && end - at > 8 && (u16(b, at + 2) === 68 || u16(b, at) === 67)) {
      const option = sixRdOption(b, at + 8, end - at - 8);
      if (option !== undefined) s.sixRdOptions.add(JSON.stringify(option), () => option, where);
    }
    if (b[o + 9] === 1 && end - at >= 8 && b[at] === 3 && b[at + 1] === 4) s.tooBig.add(`${macs[0]}4${u16(b, at + 6)}`, () => ({ mac: macs[0], family: 4, mtu: u16(b, at + 6) }), where);
    cross(o, end - o, macs, undefined, where);
  }

  function six(o: number, len: number, macs: [string, string], file: FileShare, where: Where): void {
    if (len < 40 || b[o] >>> 4 !== 6) return;
    file.largest = Math.max(file.largest, 40 + u16(b, o + 4));
    walk(b, o, len, upper);
    const { protocol, off: at, len: rest, fragment } = upper;
    if (protocol === 4) {
      file.tunnelled++;
      const outer: [Ipv6, Ipv6] = [readIpv6(b, o + 8), readIpv6(b, o + 24)];
      s.pairs6.add(`${text(outer[0])}|${text(outer[1])}`, () => ({ from: outer[0], to: outer[1] }), where);
      // A later fragment of the tunnel holds no header of what is in it.
      if ((fragment !== 0 && (u16(b, fragment + 2) & 0xfff8) !== 0) || rest < 20 || b[at] >>> 4 !== 4) return;
      const outward = isCustomers(u32(b, at + 12));
      if (outward !== isCustomers(u32(b, at + 16))) s.aftrEnds.add(text(outer[outward ? 1 : 0]), () => outer[outward ? 1 : 0], where);
      cross(at, rest, macs, outer, where);
      return;
    }
    if (protocol === 58 && rest >= 24 && b[at] === 136) {
      const target = readIpv6(b, at + 8);
      if (target[0] >>> 22 !== 0x3fa) s.neighbours.add(`${macs[0]}|${text(target)}`, () => ({ mac: macs[0], address: target }), where);
      return;
    }
    if (protocol === 58 && rest >= 1 && b[at] >= 130 && b[at] <= 143) return;
    file.plain++;
    if (protocol === 17 && rest > 8 && fragment === 0 && [546, 547].includes(u16(b, at + 2))) {
      const name = aftrName(b, at + 8, rest - 8);
      if (name !== undefined) s.aftrNames.add(name, () => name, where);
    }
    if (protocol === 58 && rest >= 8 && b[at] === 2) s.tooBig.add(`${macs[0]}6${u32(b, at + 4)}`, () => ({ mac: macs[0], family: 6, mtu: u32(b, at + 4) }), where);
    cross(o, len, macs, undefined, where);
  }

  try {
    for (;;) {
      const got = merged.next();
      if (!(typeof got === "boolean" ? got : await got)) break;
      frames++;
      if ((frames & (PAUSE_EVERY - 1)) === 0) {
        onProgress?.({ packets: frames, bytes: merged.position, size: merged.size });
        await pause();
      }
      const file = files[merged.file];
      file.frames++;
      const where = { file: file.path, frame: merged.frame };
      if (locate(b, merged.off, merged.capLen, merged.linkType, link)) {
        file.hasMacs ||= link.hasMac && link.cookedType < 0;
        if (b[link.l3] >>> 4 === 4) four(link.l3, link.l3Len, macsOf(link), file, where);
        else six(link.l3, link.l3Len, macsOf(link), file, where);
      } else if (merged.linkType === ETHERNET && link.etherType === 0x0806 && merged.capLen >= 42 && u16(b, merged.off + 12) === 0x0806) {
        // ARP, RFC 826: sender hardware and protocol address
        const sender = u32(b, merged.off + 28);
        const mac = macText(u16(b, merged.off + 22), u32(b, merged.off + 24));
        if (sender !== 0) s.neighbours.add(`${mac}|${sender}`, () => ({ mac, address: sender }), where);
      }
    }
    return { ...s, files, frames, faults: merged.faults.map((f) => `${f.file}: after frame ${f.frame}, byte ${f.offset}: ${f.message}`) };
  } finally {
    merged.close();
  }
}

export const addressText = (a: number | Ipv6): string => (typeof a === "number" ? [a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255].join(".") : formatIpv6(a));
