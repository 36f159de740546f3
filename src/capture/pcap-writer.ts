/**
 * softproof/pcap-writer: writes classic pcap files in one canonical form, so that equal packets give equal bytes.
 *
 * ```ts
 * import { createPcapWriter } from "softproof/pcap-writer";
 * const out = createPcapWriter({ path: "out.pcap", nanoseconds: true });
 * out.write({ data: frameBytes, sec: 1700000000, nsec: 5 });
 * out.close(); // "out.pcap" appears now, whole; out.abort() leaves no file
 * ```
 *
 * The form: little-endian, version 2.4, no time zone, snaplen 262144, microseconds (cut off, not rounded) or nanoseconds, frames in the order given.
 */
import { createMemory, type Memory } from "../wire/memory.js";
import { openOutput } from "./output-file.js";
import type { PacketWriter } from "./types.js";

export interface PcapWriterOptions {
  /** The file, made as `path`.part-PID and renamed by `close`; "-" is stdout. */
  readonly path: string;
  /** Nanosecond instead of microsecond file; false unless told. */
  readonly nanoseconds?: boolean;
  /** LINKTYPE_ number, Ethernet (1) unless told. `reserve` and `commit` are for Ethernet and for raw IP (101, 228, 229). */
  readonly linkType?: number;
  /** Ethernet addresses, 6 bytes each, for `commit`; zeros unless told. */
  readonly destination?: Uint8Array;
  readonly source?: Uint8Array;
  /** Label stack of `commit`'s Ethernet frames; its content may change between packets, not between `reserve` and `commit`. None unless told. */
  readonly labels?: LabelStack;
  /** Where the write buffer is taken from; its own unless told. Packets built at the offset from `reserve` are never copied. */
  readonly memory?: Memory;
}

/** MPLS label stack entries as on the wire (RFC 3032 section 2.1): the first `length` bytes. */
export interface LabelStack { readonly bytes: Uint8Array; length: number }

export interface FrameToWrite {
  /** The frame from its link layer on, at most 262144 bytes. */
  readonly data: Uint8Array;
  /** Seconds since the epoch (uint32) and nanoseconds. */
  readonly sec: number;
  readonly nsec: number;
  /** Bytes that the frame had on the wire, `data.length` unless told. */
  readonly wireLen?: number;
}

export interface PcapWriter extends PacketWriter {
  /** Adds a frame; its bytes are copied. Throws RangeError when it is too long, an Error when the disk is full. */
  write(frame: FrameToWrite): void;
}

const SNAPLEN = 262144;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
/** Bytes are written to the file when so many wait. */
const PIECE = 1 << 20;
const ETHERNET = 1;

/** Opens a pcap file for writing. Throws an Error for people when it cannot be made. */
export function createPcapWriter(options: PcapWriterOptions): PcapWriter {
  const { path, nanoseconds = false, linkType = ETHERNET } = options;
  const capacity = PIECE + RECORD_HEADER + ETHERNET_HEADER + (options.labels?.bytes.length ?? 0) + SNAPLEN;
  const memory = options.memory ?? createMemory(capacity + 128);
  const u8 = memory.u8;
  const view = new DataView(u8.buffer, u8.byteOffset, u8.length);
  const base = memory.alloc(capacity);
  const out = openOutput(path);
  const linkBytes = linkType === ETHERNET ? ETHERNET_HEADER : 0;
  const headerBytes = RECORD_HEADER + linkBytes;
  const labels = linkBytes === 0 ? undefined : options.labels;
  const macs = new Uint8Array(12);
  if (options.destination !== undefined) macs.set(options.destination.subarray(0, 6), 0);
  if (options.source !== undefined) macs.set(options.source.subarray(0, 6), 6);
  let used = base; // end of the records that wait
  let packets = 0;
  let open = true;

  const [mac0, mac1, mac2] = [0, 4, 8].map((i) => new DataView(macs.buffer).getInt32(i));
  const put = (at: number, v: number): void => view.setUint32(at, v, true);
  const header = [nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 2 | (4 << 16), 0, 0, SNAPLEN, linkType];
  for (const [i, word] of header.entries()) put(base + 4 * i, word);
  used += 24;

  function flush(): void {
    out.write(u8, base, used - base);
    used = base;
  }
  function record(at: number, capLen: number, wireLen: number, sec: number, nsec: number): void {
    put(at, Math.min(sec, 0xffffffff));
    put(at + 4, nanoseconds ? nsec : (nsec / 1000) | 0);
    put(at + 8, capLen);
    put(at + 12, wireLen);
    used = at + RECORD_HEADER + capLen;
    packets++;
  }
  function room(len: number): void {
    if (len > SNAPLEN) throw new RangeError(`${path}: a packet of ${len} bytes is longer than the ${SNAPLEN} that a pcap file holds`);
    if (used - base >= PIECE) flush();
  }

  /** RFC 3032 section 2.4.3: the TTL of a label that is pushed onto an IP packet is that of the IP packet. */
  function commitLabelled(stack: LabelStack, off: number, len: number, sec: number, nsec: number): void {
    const at = off - headerBytes - stack.length;
    const link = at + RECORD_HEADER;
    for (let i = 0; i < 12; i++) u8[link + i] = macs[i];
    u8[link + 12] = 0x88;
    u8[link + 13] = 0x47;
    const ttl = u8[off + (u8[off] >>> 4 === 6 ? 7 : 8)];
    for (let i = 0; i < stack.length; i++) u8[link + 14 + i] = (i & 3) === 3 ? ttl : stack.bytes[i];
    record(at, linkBytes + stack.length + len, linkBytes + stack.length + len, sec, nsec);
  }

  return {
    get packets(): number {
      return packets;
    },
    reserve(len) {
      if (labels !== undefined) {
        room(len + linkBytes + labels.length);
        return used + headerBytes + labels.length;
      }
      room(len + linkBytes);
      return used + headerBytes;
    },
    commit(off, len, sec, nsec) {
      if (labels !== undefined && labels.length > 0) {
        commitLabelled(labels, off, len, sec, nsec);
        return;
      }
      const at = off - headerBytes;
      if (linkBytes > 0) {
        const link = at + RECORD_HEADER;
        view.setInt32(link, mac0);
        view.setInt32(link + 4, mac1);
        view.setInt32(link + 8, mac2);
        view.setUint16(link + 12, u8[off] >>> 4 === 6 ? 0x86dd : 0x0800);
      }
      record(at, linkBytes + len, linkBytes + len, sec, nsec);
    },
    write(frame) {
      room(frame.data.length);
      u8.set(frame.data, used + RECORD_HEADER);
      record(used, frame.data.length, frame.wireLen ?? frame.data.length, frame.sec, frame.nsec);
    },
    close() {
      if (!open) return;
      flush();
      out.finish();
      open = false;
    },
    abort() {
      open = false;
      out.abort();
    },
  };
}
