/** Sources of frames and places for them to go. All frames lie in the run's one memory (see wire/memory). */
import type { Memory } from "../wire/memory.js";

/** A problem of an input file, for people: what, where, what was expected, what to do. */
export interface CaptureFault {
  readonly file: string;
  /** Byte offset in the (decompressed) file. */
  readonly offset: number;
  /** Number of the frame at or before which it happened, from 1; 0 = before the first frame. */
  readonly frame: number;
  readonly message: string;
  /** False for damage that ends the reading of this file, true where reading could go on. */
  readonly recovered: boolean;
}

/** A pull reader. The fields describe the current frame and its bytes stay valid until the next `next()`. */
export interface FrameSource {
  readonly name: string;
  /** Goes to the next frame: true/false at once while the chunk in memory lasts, a promise when it must read. */
  next(): boolean | Promise<boolean>;
  off: number;
  capLen: number;
  wireLen: number;
  /** Seconds since the epoch and nanoseconds. */
  sec: number;
  nsec: number;
  linkType: number;
  interfaceName: string;
  /** From pcapng epb_flags or Linux cooked packet type: 0 unknown, 1 inbound, 2 outbound (as the capturing host saw it). */
  hint: 0 | 1 | 2;
  /** Frame number in its file, from 1. */
  frame: number;
  /** Index of the file among the run's files. */
  file: number;
  readonly faults: readonly CaptureFault[];
  /** Bytes of file consumed so far and its size when known, for progress. */
  readonly position: number;
  readonly size: number;
  close(): void;
}

/** What of a file is no frame, for who writes it again. Offsets are in memory, and hold until the call returns (of a frame's block: until the next `next()`). */
export interface RawSink {
  /** The header of a pcap file, and how many bytes precede each frame in it. */
  fileHeader(at: number, length: number, frameHeader: number): void;
  /** A block of pcapng: before the frame in it is given, or passed over. `length`: of the whole block, as it lies. */
  block(at: number, length: number, type: number, little: boolean): void;
}

export interface WriterOptions {
  readonly path: string;
  readonly nanoseconds: boolean;
  /** Ethernet addresses, 6 bytes each, for the frames. */
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly memory: Memory;
}

/** Canonical classic pcap writer: little-endian, Ethernet, snaplen 262144, written beside and renamed on close. */
export interface PacketWriter {
  /** Room for an IP packet of at most `len` bytes; returns its offset in memory. */
  reserve(len: number): number;
  /** The IP packet at `off` (from the last `reserve`) is complete; the Ethernet type follows its version nibble. */
  commit(off: number, len: number, sec: number, nsec: number): void;
  readonly packets: number;
  /** Flushes, closes and renames into place. */
  close(): void;
  /** Closes and leaves no file. */
  abort(): void;
}
