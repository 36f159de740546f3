/**
 * A capture with the addresses in its packets replaced, everything else as it was: format, times, lengths, link layers, interfaces, order. It is read
 * once and written as it is read, whatever its size. Of pcapng only the blocks that softproof reads are kept (names of hosts, secrets and custom blocks would tell who
 * it was), and of their options no text (options.ts).
 */
import { setImmediate } from "node:timers/promises";
import type { Readable } from "node:stream";
import { createLinkPlace, ETHERNET, LINUX_SLL, type LinkPlace, locate, TYPE_IPV4 } from "../../capture/link.js";
import { openCapture } from "../../capture/open.js";
import { SECTION_HEADER } from "../../capture/pcapng.js";
import type { CaptureFault } from "../../capture/types.js";
import { u16 } from "../../wire/bits.js";
import { thousands } from "../../report/text.js";
import { createMemory } from "../../wire/memory.js";
import type { Mapper } from "./addresses.js";
import { withKeptOptions } from "./options.js";
import { rewriteIp } from "./packet.js";
import { createQueue, type Sink } from "./queue.js";
import { address4, address6, createScrub, type Scrub } from "./scrub.js";
import { createTrains } from "./trains.js";

export interface Anonymised {
  readonly frames: number;
  /** ALG texts that became zeros. */
  readonly blanked: number;
  /** Frames that were not understood and so stand as they were, addresses and all. */
  readonly untouched: number;
  /** Number of the first of them, 0 without any. */
  readonly firstUntouched: number;
  /** What was left out or could not be done; for people. */
  readonly notes: readonly string[];
  /** What is wrong with the file. Where the reading ended early, what is before it was written. */
  readonly faults: readonly CaptureFault[];
  /** False: it is no capture, nothing was written. */
  readonly recognised: boolean;
  readonly interrupted: boolean;
  /** The most that was held at a time besides the read and write buffers. */
  readonly held: { readonly records: number; readonly bytes: number; readonly fragmentBytes: number };
}

export interface AnonymiseOptions {
  /** Size of the read buffer in bytes, and so of the longest frame. */
  readonly chunkBytes?: number;
  /** Most bytes of frames that wait for fragments, and of fragments. */
  readonly heldBytes?: number;
  /** Stands in for process.stdin when the path is "-". */
  readonly stdin?: Readable;
  readonly signal?: AbortSignal;
  readonly onProgress?: (p: { readonly packets: number; readonly bytes: number; readonly size: number }) => void;
}

const CHUNK = 4 * 1024 * 1024;
const MIB = 1 << 20;
const HELD = 16 * MIB;
/** Frames between two looks at the signal. */
const BREATH = 4096;
const ARP = 0x0806;
const PACKETS: ReadonlySet<number> = new Set([2, 3, 6]);
const KEPT_BLOCKS: ReadonlySet<number> = new Set([SECTION_HEADER, 1, 5, ...PACKETS]);

const link = createLinkPlace();

/** Where to look: "frame 7", or "the first in frame 7". */
export const firstFrame = (count: number, first: number): string => `${count === 1 ? "" : "the first "}in frame ${first}`;
const versionOf = (l: LinkPlace): 4 | 6 => (l.etherType === TYPE_IPV4 ? 4 : 6);

/** False when the frame is neither IP nor ARP to us: its addresses, if it has any, were not found. */
function frame(s: Scrub, old: Uint8Array, off: number, length: number, linkType: number): boolean {
  s.changedTo = 0;
  s.waiting = false;
  if (s.trains.size > 0) s.trains.clear();
  if (locate(s.now, off, length, linkType, link)) {
    old.set(s.now.subarray(link.l3, link.l3 + link.l3Len), link.l3);
    rewriteIp(s, link.l3, link.l3 + link.l3Len, versionOf(link));
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

/** A block that holds no packet, in place: the addresses of an interface, the length of a section. */
function rewriteBlock(s: Scrub, block: Buffer, at: number, type: number, little: boolean): void {
  // Blocks and options may go: the length of the section is not known (-1).
  if (type === SECTION_HEADER) block.fill(0xff, 16, 24);
  if (type !== 1) return;
  const half = (o: number): number => (little ? block.readUInt16LE(o) : block.readUInt16BE(o));
  const end = block.length - 4;
  for (let o = 16; o + 4 <= end && half(o) !== 0; o += 4 + ((half(o + 2) + 3) & ~3)) {
    if (half(o) === 4) address4(s, at + o + 4, at + end); // if_IPv4addr
    if (half(o) === 5) address6(s, at + o + 4, at + end); // if_IPv6addr
  }
}

/** Reads `path` ("-" is stdin) and writes to `sink`, whose errors it passes on. Never throws for what the file is or holds. */
export async function anonymiseFile(path: string, map: Mapper, sink: Sink, options: AnonymiseOptions = {}): Promise<Anonymised> {
  const { chunkBytes = CHUNK, heldBytes = HELD, signal } = options;
  const memory = createMemory(chunkBytes + 128);
  const { u8 } = memory;
  const old = new Uint8Array(u8.length);
  const trains = createTrains(map, heldBytes);
  const queue = createQueue(sink, trains, heldBytes);
  const s = createScrub(map, u8, old, trains);
  const dropped = new Map<number, number>();
  let recognised = false;
  let frameHeader = 0;
  let record = { at: 0, length: 0, type: 0, little: true };
  const source = await openCapture(path, {
    memory, fileIndex: 0, chunkBytes, ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    raw: {
      fileHeader(at, length, perFrame) {
        recognised = true;
        frameHeader = perFrame;
        queue.put(u8, at, length);
      },
      block(at, length, type, little) {
        recognised = true;
        if (PACKETS.has(type)) record = { at, length, type, little };
        else if (!KEPT_BLOCKS.has(type)) dropped.set(type, (dropped.get(type) ?? 0) + 1);
        else {
          const block = Buffer.from(u8.buffer, at, length);
          rewriteBlock(s, block, at, type, little);
          const kept = withKeptOptions(block, type, 0, little);
          queue.put(kept, 0, kept.length);
        }
      },
    },
  });
  let frames = 0;
  let untouched = 0;
  let firstUntouched = 0;
  // Also ends the wait for a pipe.
  signal?.addEventListener("abort", () => source.close(), { once: true });
  for (;;) {
    const more = source.next();
    if (!(typeof more === "boolean" ? more : await more)) break;
    trains.seconds = source.sec;
    trains.frame = ++frames;
    const { blanked } = s;
    if (!frame(s, old, source.off, source.capLen, source.linkType)) {
      untouched++;
      firstUntouched ||= frames;
    }
    const at = frameHeader > 0 ? source.off - frameHeader : record.at;
    const length = frameHeader > 0 ? frameHeader + source.capLen : record.length;
    const bytes = frameHeader > 0 ? undefined : withKeptOptions(Buffer.from(u8.buffer, at, length), record.type, source.capLen, record.little);
    if (s.waiting) {
      s.blanked = blanked; // counted when it goes
      queue.wait(s, bytes ?? u8.subarray(at, at + length), at, link.l3, link.l3Len, versionOf(link));
    } else if (bytes === undefined) queue.put(u8, at, length);
    else queue.put(bytes, 0, bytes.length);
    queue.drain(false);
    if (frames % BREATH === 0) {
      options.onProgress?.({ packets: frames, bytes: source.position, size: source.size });
      await setImmediate();
    }
    if (signal?.aborted === true) break;
  }
  source.close();
  queue.drain(true);
  const notes = [...dropped].map(([type, n]) => `${n} pcapng blocks of type ${type} were left out (names, secrets or unknown)`);
  const within = `within a minute and ${heldBytes % MIB === 0 ? `${heldBytes / MIB} MiB` : `${heldBytes} bytes`}`;
  if (trains.lonely > 0) notes.push(`fragments whose datagram's beginning was not seen ${within}: ${thousands(trains.lonely)}, ${firstFrame(trains.lonely, trains.firstLonely)}; they stand as they were, and addresses may be in them if they belong to tunnelled packets, ICMP errors, DHCP or ALG text`);
  if (trains.late > 0) notes.push(`fragments that did not come ${within} of others of their datagram: ${thousands(trains.late)}, ${firstFrame(trains.late, trains.firstLate)}; their addresses are replaced, but the checksum that covers them does not count that`);
  return {
    frames, blanked: s.blanked + trains.blanked + queue.blanked, untouched, firstUntouched, notes, faults: source.faults, recognised, interrupted: signal?.aborted === true,
    held: { records: queue.mostRecords, bytes: queue.mostBytes, fragmentBytes: trains.mostBytes },
  };
}
