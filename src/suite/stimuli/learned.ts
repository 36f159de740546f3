/** What a capture of phase 1 shows of the NAT: which external address and port each marked stimulus got. The payload or the TCP sequence number tells them apart. */
import { createLinkPlace, locate } from "../../capture/link.js";
import { openCapture } from "../../capture/open.js";
import { formatIpv4 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { createMemory } from "../../wire/memory.js";

export interface External { readonly address: string; readonly port: number }
/** By the number of the mark. */
export type Learned = ReadonlyMap<number, External>;

export const markText = (n: number): string => `softproof mark ${n};`;
/** TCP segments without payload carry the mark in their sequence number. */
export const markSequence = (n: number): number => 0x50f00000 + n;

/** Reads captures of the core side (other packets in them do no harm). */
export async function learnExternals(paths: readonly string[]): Promise<Learned> {
  const memory = createMemory(32 << 20);
  const b = memory.u8;
  const link = createLinkPlace();
  const found = new Map<number, External>();
  for (const path of paths) {
    const source = await openCapture(path, { memory, fileIndex: 0, chunkBytes: 1 << 20 });
    while (await source.next()) {
      if (!locate(b, source.off, source.capLen, source.linkType, link)) continue;
      const o = link.l3;
      if (b[o] >>> 4 !== 4 || link.l3Len < 28 || ipv4.fragmentOffset(b, o) !== 0) continue;
      const at = o + ipv4.headerLength(b, o);
      const end = o + Math.min(link.l3Len, ipv4.totalLength(b, o));
      const protocol = ipv4.protocol(b, o);
      const put = (n: number | undefined, port: number): void => {
        // The last one counts: a binding that ended meanwhile has been opened again.
        if (n !== undefined) found.set(n, { address: formatIpv4(ipv4.src(b, o)), port });
      };
      if (protocol === 17 && end - at >= 8) put(markIn(b, at + 8, end), u16(b, at));
      else if (protocol === 1 && end - at >= 8 && b[at] === 8) put(markIn(b, at + 8, end), u16(b, at + 4));
      else if (protocol === 6 && end - at >= 20 && b[at + 13] === 2 && u32(b, at + 4) >>> 16 === 0x50f0) put(u32(b, at + 4) & 0xffff, u16(b, at));
    }
    source.close();
  }
  return found;
}

const PREFIX = [..."softproof mark "].map((c) => c.charCodeAt(0));

function markIn(b: Uint8Array, at: number, end: number): number | undefined {
  if (at + PREFIX.length >= end || PREFIX.some((c, i) => b[at + i] !== c)) return undefined;
  let n = 0;
  for (let i = at + PREFIX.length; i < end; i++) {
    if (b[i] === 0x3b) return n;
    if (b[i] < 48 || b[i] > 57) return undefined;
    n = n * 10 + b[i] - 48;
  }
  return undefined;
}
