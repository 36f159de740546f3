/** What a capture holds: link types, time, and the softwires in it, counted in one pass. For `softproof info`. */
import { setImmediate as pause } from "node:timers/promises";
import { createLinkPlace, locate, TYPE_IPV4 } from "../capture/link.js";
import { openCapture } from "../capture/open.js";
import type { CaptureFault } from "../capture/types.js";
import * as ipv4 from "../wire/ipv4.js";
import * as ipv6 from "../wire/ipv6.js";
import { createMemory } from "../wire/memory.js";

export interface Inventory {
  readonly file: string;
  readonly frames: number;
  readonly capturedBytes: number;
  readonly wireBytes: number;
  /** Seconds since the epoch and nanoseconds; smallest and largest seen. */
  readonly first: readonly [number, number] | undefined;
  readonly last: readonly [number, number] | undefined;
  readonly cut: number;
  readonly vlanTagged: number;
  readonly mplsLabelled: number;
  readonly linkTypes: Readonly<Record<string, number>>;
  /** "ipv4 udp", "ipv6 icmpv6", "ipv4 41 > ipv6 tcp", "ipv6 4 > ipv4 udp", ... */
  readonly protocols: Readonly<Record<string, number>>;
  readonly tunnelled: number;
  readonly outerFragments: number;
  readonly faults: readonly CaptureFault[];
}

const PROTOCOL: Readonly<Record<number, string>> = { 0: "hop-by-hop", 1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 41: "41", 44: "fragment", 47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 59: "none", 89: "ospf", 132: "sctp" };
const LINK: Readonly<Record<number, string>> = { 0: "null", 1: "ethernet", 12: "raw", 14: "raw", 101: "raw", 108: "loop", 113: "linux-sll", 178: "juniper-ethernet", 228: "ipv4", 229: "ipv6", 276: "linux-sll2" };
const name = (table: Readonly<Record<number, string>>, n: number): string => table[n] ?? String(n);

/** Key of what a frame carries in the counting table: outer version and protocol, then the inner ones of a tunnel. */
const NOT_IP = 0;
const key = (outer: number, protocol: number, inner: number, innerProtocol: number): number => (((outer << 8) | protocol) << 12) | (inner << 8) | innerProtocol;

function label(k: number): string {
  if (k === NOT_IP) return "not IP";
  const inner = (k >>> 8) & 15;
  const outer = `ipv${k >>> 20} ${name(PROTOCOL, (k >>> 12) & 255)}`;
  if (inner === 0) return outer;
  return `${outer} > ipv${inner} ${name(PROTOCOL, k & 255)}`;
}

const sorted = (m: ReadonlyMap<number, number>, text: (k: number) => string): Record<string, number> =>
  Object.fromEntries([...m].map(([k, n]) => [text(k), n] as const).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));

/** Reads the whole capture. Never throws for what it holds: damage is in `faults`. */
export async function takeInventory(path: string, onProgress?: (p: { packets: number; bytes: number; size: number }) => void): Promise<Inventory> {
  const memory = createMemory(16 << 20);
  const source = await openCapture(path, { memory, fileIndex: 0 });
  const u8 = memory.u8;
  const link = createLinkPlace();
  const upper = ipv6.createUpper();
  const linkTypes = new Map<number, number>();
  const protocols = new Map<number, number>();
  const bump = (m: Map<number, number>, k: number): void => {
    m.set(k, (m.get(k) ?? 0) + 1);
  };
  let frames = 0, capturedBytes = 0, wireBytes = 0, cut = 0, vlanTagged = 0, mplsLabelled = 0, tunnelled = 0, outerFragments = 0;
  let firstSec = Number.POSITIVE_INFINITY, firstNsec = 0, lastSec = -1, lastNsec = 0;

  /** Upper protocol of the IPv6 packet at `o`; -1 when it is not one. */
  const upper6 = (o: number, len: number): number => (ipv6.ipv6Fault(u8, o, len) === ipv6.FAULT_SHORT || u8[o] >>> 4 !== 6 ? -1 : ipv6.walk(u8, o, len, upper).protocol);

  function kind(o: number, len: number, type: number): number {
    if (type === TYPE_IPV4) {
      if (len < ipv4.HEADER_BYTES) return NOT_IP;
      const protocol = ipv4.protocol(u8, o);
      if (ipv4.isFragment(u8, o)) outerFragments++;
      if (protocol !== 41) return key(4, protocol, 0, 0);
      tunnelled++;
      const header = ipv4.headerLength(u8, o);
      const next = ipv4.fragmentOffset(u8, o) > 0 || header < 20 ? -1 : upper6(o + header, len - header);
      return next < 0 ? key(4, protocol, 0, 0) : key(4, protocol, 6, next);
    }
    const next = upper6(o, len);
    if (next < 0) return NOT_IP;
    if (upper.fragment !== 0) outerFragments++;
    if (next !== 4) return key(6, next, 0, 0);
    tunnelled++;
    return upper.len >= ipv4.HEADER_BYTES && u8[upper.off] >>> 4 === 4 ? key(6, next, 4, ipv4.protocol(u8, upper.off)) : key(6, next, 0, 0);
  }

  for (;;) {
    const got = source.next();
    if (!(typeof got === "boolean" ? got : await got)) break;
    frames++;
    if ((frames & 0xffff) === 0) {
      onProgress?.({ packets: frames, bytes: source.position, size: source.size });
      await pause();
    }
    capturedBytes += source.capLen;
    wireBytes += source.wireLen;
    if (source.wireLen > source.capLen) cut++;
    const { sec, nsec } = source;
    if (sec < firstSec || (sec === firstSec && nsec < firstNsec)) {
      firstSec = sec;
      firstNsec = nsec;
    }
    if (sec > lastSec || (sec === lastSec && nsec > lastNsec)) {
      lastSec = sec;
      lastNsec = nsec;
    }
    bump(linkTypes, source.linkType);
    const found = locate(u8, source.off, source.capLen, source.linkType, link);
    if (link.vlan >= 0) vlanTagged++;
    if (link.labels > 0) mplsLabelled++;
    bump(protocols, found ? kind(link.l3, link.l3Len, link.etherType) : NOT_IP);
  }
  source.close();
  return {
    file: source.name, frames, capturedBytes, wireBytes, cut, vlanTagged, mplsLabelled, tunnelled, outerFragments,
    first: frames > 0 ? [firstSec, firstNsec] : undefined, last: frames > 0 ? [lastSec, lastNsec] : undefined,
    linkTypes: sorted(linkTypes, (k) => name(LINK, k)), protocols: sorted(protocols, label), faults: [...source.faults],
  };
}
