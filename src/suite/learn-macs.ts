/**
 * Which MAC addresses are the device's, when the configuration does not say. Two-way captures hold what the device received and what it sent, and its
 * addresses do not tell the two apart for every packet (a forwarded packet with a spoofed source, say); its MAC address does.
 *
 * The first frames of each file vote: a frame from one of the device's addresses, or from customer space on the core side, was sent by it (its source MAC
 * is the device's); a frame to them was received (its destination MAC is). A MAC address with nearly all votes of a side is taken; anything less decides nothing.
 */
import { statSync } from "node:fs";
import { createLinkPlace, type LinkPlace, locate, TYPE_IPV4 } from "../capture/link.js";
import { openCapture } from "../capture/open.js";
import { ACCESS, type Config, type Side, SIDE_NAME } from "../config/types.js";
import { inPrefix4, inPrefix6At, isIpv6At, type Ipv6, type Prefix4, type Prefix6 } from "../wire/address.js";
import { u32 } from "../wire/bits.js";
import { createMemory } from "../wire/memory.js";
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

/** Address space that tells the direction on one side. */
interface Space {
  readonly own4: readonly number[];
  readonly own6: readonly Ipv6[];
  /** Packets from here were sent by the device, packets to here were received by it. */
  readonly behind4: readonly Prefix4[];
  readonly behind6: readonly Prefix6[];
  /** The other way round: a 6to4 router's own site. */
  readonly beyond6: readonly Prefix6[];
}

const SIX_TO_FOUR: Prefix6 = { address: [0x20020000, 0, 0, 0], length: 16 };

function spaceOf(config: Config, side: Side): Space {
  const all = config.serviceSets.flatMap((s) => s.concentrators);
  const own4 = [...(side === ACCESS ? config.access : config.core).ipv4];
  const own6 = [...(side === ACCESS ? config.access : config.core).ipv6];
  const behind4: Prefix4[] = [];
  const behind6: Prefix6[] = [];
  const beyond6: Prefix6[] = [];
  for (const c of all) {
    if (side === ACCESS) {
      if (c.kind === "ds-lite") own6.push(c.address);
      else own4.push(c.address, ...c.alsoAccepts);
    } else if (c.kind === "ds-lite") for (const r of c.nat?.pool.ranges ?? []) for (let a = r.from; a <= r.to && a - r.from < 4096; a++) behind4.push({ address: a, length: 32 });
    else if (c.kind === "6rd") behind6.push(c.v6rdPrefix);
    else if (c.kind === "6to4-router") {
      if (c.sitePrefix !== undefined) beyond6.push(c.sitePrefix);
    } else behind6.push(SIX_TO_FOUR, ...(c.providerPrefix === undefined ? [] : [c.providerPrefix]));
  }
  return { own4, own6, behind4, behind6, beyond6 };
}

/** Is the address at `at` the device's or behind it (1), beyond it (2), or unknown (0)? */
function place(b: Uint8Array, at: number, four: boolean, s: Space): 0 | 1 | 2 {
  if (four) {
    const v = u32(b, at);
    return s.own4.includes(v) || s.behind4.some((p) => inPrefix4(v, p)) ? 1 : 0;
  }
  if (s.own6.some((a) => isIpv6At(b, at, a)) || s.behind6.some((p) => inPrefix6At(b, at, p))) return 1;
  return s.beyond6.some((p) => inPrefix6At(b, at, p)) ? 2 : 0;
}

const WORD = 2 ** 32;
const macText = (mac: number): string => {
  const hi = Math.floor(mac / WORD);
  const lo = mac % WORD;
  return [hi >>> 8, hi & 255, lo >>> 24, (lo >>> 16) & 255, (lo >>> 8) & 255, lo & 255].map((x) => x.toString(16).padStart(2, "0")).join(":");
};

function vote(b: Uint8Array, link: LinkPlace, space: Space, votes: Map<number, number>): void {
  const four = link.etherType === TYPE_IPV4;
  if (!link.hasMac || link.cookedType >= 0 || link.l3Len < (four ? 20 : 40)) return;
  const from = place(b, link.l3 + (four ? 12 : 8), four, space);
  const to = place(b, link.l3 + (four ? 16 : 24), four, space);
  if (from === to) return; // both or neither: it tells nothing
  const sent = from === 1 || to === 2;
  const received = to === 1 || from === 2;
  if (sent === received || (received && (link.dstMacHi & 0x0100) !== 0)) return;
  const mac = sent ? link.srcMacHi * WORD + link.srcMacLo : link.dstMacHi * WORD + link.dstMacLo;
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
  for (const side of [0, 1] as const) {
    const configured = side === ACCESS ? config.access : config.core;
    if (configured.macs.length > 0 || configured.interfaces.length > 0) continue;
    const space = spaceOf(config, side);
    const votes = new Map<number, number>();
    for (const file of files) {
      if (file.side !== side || !isRegular(file.path)) continue;
      const source = await openCapture(file.path, { memory, fileIndex: 0, chunkBytes: CHUNK, region });
      for (let n = 0; n < FRAMES && (await source.next()); n++) {
        if (locate(memory.u8, source.off, source.capLen, source.linkType, link)) vote(memory.u8, link, space, votes);
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
