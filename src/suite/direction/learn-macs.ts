/**
 * Which MAC addresses are the device's, when the configuration does not say. Two-way captures hold what the device received and what it sent, and its
 * addresses do not tell the two apart for every packet (a forwarded packet with a spoofed source, say); its MAC address does.
 *
 * The first frames of each file vote: a frame from one of the device's addresses, or from customer space on the core side, was sent by it (its source MAC
 * is the device's); a frame to them was received (its destination MAC is). A MAC address with nearly all votes of a side is taken; anything less decides nothing.
 */
import { statSync } from "node:fs";
import { createLinkPlace, type LinkPlace, locate } from "../../capture/link.js";
import { openCapture } from "../../capture/open.js";
import { ACCESS, type Config, SIDE_NAME } from "../../config/types.js";
import { createMemory } from "../../wire/memory.js";
import { createByAddress, UNTOLD, type Way } from "./by-address.js";
import { sideByContent } from "./content.js";
import type { InputSide } from "./door.js";

const FRAMES = 5_000;
const FEWEST_VOTES = 2;
const SHARE = 0.9;
const CHUNK = 1 << 20;

export interface LearnedMacs {
  readonly macs: readonly [readonly string[], readonly string[]];
  /** For people: what was guessed, and from how much. */
  readonly notes: readonly string[];
}

const WORD = 2 ** 32;
const macText = (mac: number): string => {
  const hi = Math.floor(mac / WORD);
  const lo = mac % WORD;
  return [hi >>> 8, hi & 255, lo >>> 24, (lo >>> 16) & 255, (lo >>> 8) & 255, lo & 255].map((x) => x.toString(16).padStart(2, "0")).join(":");
};

function vote(link: LinkPlace, way: Way, votes: Map<number, number>): void {
  if (!link.hasMac || link.cookedType >= 0 || way === UNTOLD || (way === 0 && (link.dstMacHi & 0x0100) !== 0)) return;
  const mac = way === 1 ? link.srcMacHi * WORD + link.srcMacLo : link.dstMacHi * WORD + link.dstMacLo;
  votes.set(mac, (votes.get(mac) ?? 0) + 1);
}

/** A named pipe (`<(zcat trace.gz)`), like standard input, can be read once only. */
const isRegular = (path: string): boolean => path !== "-" && statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Looks at the beginning of each file of a side without configured MAC addresses. Standard input is left alone: it can be read once only. */
export async function learnMacs(config: Config, files: readonly { readonly path: string; readonly side: InputSide }[]): Promise<LearnedMacs> {
  const macs: [string[], string[]] = [[], []];
  const notes: string[] = [];
  const memory = createMemory(CHUNK + 4096);
  const region = memory.alloc(CHUNK);
  const link = createLinkPlace();
  const content = sideByContent(config);
  for (const side of [0, 1] as const) {
    const configured = side === ACCESS ? config.access : config.core;
    if (configured.macs.length > 0 || configured.interfaces.length > 0) continue;
    const byAddress = createByAddress(config, side, memory.u8);
    const votes = new Map<number, number>();
    for (const file of files) {
      if ((file.side !== side && file.side !== "both") || !isRegular(file.path)) continue;
      const source = await openCapture(file.path, { memory, fileIndex: 0, chunkBytes: CHUNK, region });
      for (let n = 0; n < FRAMES && (await source.next()); n++) {
        if (!locate(memory.u8, source.off, source.capLen, source.linkType, link) || (file.side === "both" && content(memory.u8, link) !== side)) continue;
        vote(link, byAddress.way(link), votes);
      }
      source.close();
    }
    const total = [...votes.values()].reduce((a, b) => a + b, 0);
    const best = [...votes].sort((a, b) => b[1] - a[1])[0];
    if (best === undefined || best[1] < FEWEST_VOTES || best[1] < SHARE * total) continue;
    const mac = macText(best[0]);
    macs[side].push(mac);
    notes.push(`the device's MAC address on the ${SIDE_NAME[side]} side is taken to be ${mac} (${best[1]} of ${total} telling frames); write it as ${SIDE_NAME[side]}.macs to be sure`);
  }
  return { macs, notes };
}
