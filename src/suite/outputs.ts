/** Where the reference's packets go: one pcap a side, and the transcript. */
import { join } from "node:path";
import type { PacketWriter } from "../capture/types.js";
import { createPcapWriter, type LabelStack } from "../capture/pcap-writer.js";
import type { Sink } from "../concentrator/device.js";
import { type Config, type Side, SIDE_NAME } from "../config/types.js";
import { OUT_OF, type TranscriptSink } from "../judge/types.js";
import { u32 } from "../wire/bits.js";
import type { Memory } from "../wire/memory.js";
import { makeFolder } from "../report/files.js";

export interface Outputs extends Sink {
  /** The input that is being dealt with: its ordinal and time. An output at another time is a timer's and has no cause. */
  cause(ordinal: number, sec: number, nsec: number): void;
  /** A labelled frame was received on `side`: its stack has `count` entries at `at`. */
  labelled(side: Side, at: number, count: number): void;
  /** Closes the files and renames them into place; returns their names. */
  close(): string[];
  /** Leaves no file. */
  abort(): void;
  readonly packets: readonly [number, number];
  readonly bytes: readonly [number, number];
}

/** Names of the output files, in the order of the sides. They stand in findings and in the record, so they hold no folder. */
export const OUTPUT_NAMES = SIDE_NAME.map((s) => `${s}-out.pcap`) as readonly string[];

const LARGEST_PACKET = 65575; // 40 + 65535

function macBytes(text: string | undefined, fallback: number): Uint8Array {
  if (text !== undefined) {
    const parts = text.split(":").map((p) => Number.parseInt(p, 16));
    if (parts.length === 6 && parts.every((p) => p >= 0 && p <= 255)) return Uint8Array.from(parts);
  }
  return Uint8Array.from([0x02, 0, 0, 0, 0, fallback]); // locally administered
}

/** A place for packets that nobody keeps: they are still judged. */
function scratchWriter(memory: Memory): PacketWriter {
  const at = memory.alloc(LARGEST_PACKET);
  let packets = 0;
  return {
    reserve: () => at,
    commit: () => {
      packets++;
    },
    get packets() {
      return packets;
    },
    close: () => undefined,
    abort: () => undefined,
  };
}

/** Deeper stacks are not preserved. */
const MOST_LABELS = 8;
/** Never sent (RFC 3032 section 2.1); a stack that holds it is not preserved. */
const IMPLICIT_NULL = 3;

/** Label stack entries (RFC 3032 section 2.1): label, no traffic class, bottom of stack on the last; the writer sets the TTL. */
function stackOf(mpls: "preserve" | { readonly push: readonly number[] }): LabelStack {
  const bytes = new Uint8Array(4 * MOST_LABELS);
  const labels = mpls === "preserve" ? [] : mpls.push;
  labels.forEach((label, i) => {
    bytes[4 * i] = label >>> 12;
    bytes[4 * i + 1] = label >>> 4;
    bytes[4 * i + 2] = ((label << 4) & 0xf0) | (i === labels.length - 1 ? 1 : 0);
  });
  return { bytes, length: 4 * labels.length };
}

/** Output files that cannot be made or written are the user's to mend (permissions, full disk): the command line ends with code 2 for `exitCode`. */
export const unwritable = (e: unknown): Error => Object.assign(e instanceof Error ? e : new Error(String(e)), { exitCode: 2 });

/** Told of every packet that is sent: its side, and its reason (index into REASONS). */
export type OnSent = (side: Side, reason: number) => void;

/** Opens `access-out.pcap` and `core-out.pcap` in `dir` (none without it). `fileBase`: index of the first output among the run's files. Throws when a file cannot be made. */
export function createOutputs(memory: Memory, config: Config, dir: string | undefined, transcript: TranscriptSink | undefined, fileBase: number, onSent?: OnSent): Outputs {
  const sides = [config.access, config.core];
  const writers: PacketWriter[] = [];
  const stacks: (LabelStack | undefined)[] = [];
  const kept: (LabelStack | undefined)[] = [undefined, undefined];
  try {
    if (dir !== undefined) makeFolder(dir);
    for (let side = 0; side < 2; side++) {
      const mpls = sides[side].mpls;
      const stack = mpls === undefined ? undefined : stackOf(mpls);
      stacks.push(dir === undefined ? undefined : stack);
      if (mpls === "preserve") kept[side] = stack;
      writers.push(dir === undefined ? scratchWriter(memory) : createPcapWriter({
        path: join(dir, OUTPUT_NAMES[side]), nanoseconds: true, memory,
        source: macBytes(sides[side].macs[0], 0x01 + side), destination: macBytes(sides[side].peerMac, 0x11 + side),
        ...(stack === undefined ? {} : { labels: stack }),
      }));
    }
  } catch (e) {
    for (const w of writers) w.abort();
    throw unwritable(e);
  }
  const [access, core] = writers;
  const packets: [number, number] = [0, 0];
  const bytes: [number, number] = [0, 0];
  let ordinal = -1;
  let atSec = 0;
  let atNsec = 0;
  return {
    packets,
    bytes,
    labelled(side, at, count) {
      const stack = kept[side];
      if (stack === undefined || count > MOST_LABELS) return;
      for (let i = 0; i < count; i++) if (u32(memory.u8, at + 4 * i) >>> 12 === IMPLICIT_NULL) return;
      stack.length = 4 * count;
      for (let i = 0; i < stack.length; i++) stack.bytes[i] = memory.u8[at + i];
    },
    cause(o, sec, nsec) {
      ordinal = o;
      atSec = sec;
      atNsec = nsec;
    },
    reserve(side: Side, len: number): number {
      try {
        return side === 0 ? access.reserve(len) : core.reserve(len);
      } catch (e) {
        throw unwritable(e);
      }
    },
    commit(side, off, len, sec, nsec, reason) {
      const frame = ++packets[side];
      bytes[side] += len;
      onSent?.(side, reason);
      // The judge copies what it keeps; it must see the packet before the writer may flush the region.
      transcript?.packet(side, OUT_OF, off, len, len, sec, nsec, fileBase + side, frame, sec === atSec && nsec === atNsec ? ordinal : -1);
      if (side === 0) access.commit(off, len, sec, nsec);
      else core.commit(off, len, sec, nsec);
      // The writer has put the labels in front of the packet; what it has flushed stays in memory until the next packet.
      const stack = stacks[side]?.length ?? 0;
      if (stack > 0) transcript?.labels?.(side, OUT_OF, off - stack, stack + len, stack + len, sec, nsec, fileBase + side, frame);
    },
    close() {
      try {
        for (const w of writers) w.close();
      } catch (e) {
        throw unwritable(e);
      }
      return dir === undefined ? [] : [...OUTPUT_NAMES];
    },
    abort() {
      for (const w of writers) w.abort();
    },
  };
}
