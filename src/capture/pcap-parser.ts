/**
 * softproof/pcap-parser: reads captures frame by frame, whatever their size: classic pcap and pcapng, both byte orders, micro- and nanoseconds,
 * plain, gzip or zstd, from a file or ("-") from stdin; the format is told by magic numbers.
 *
 * ```ts
 * import { parseCapture } from "softproof/pcap-parser";
 * for await (const frame of parseCapture("trace.pcapng.gz")) {
 *   console.log(frame.number, frame.sec, frame.nsec, frame.linkType, frame.data.length);
 * }
 * ```
 *
 * Each frame is a copy and yours to keep. For millions of packets a second use `openCapture`, which hands out places in one memory and copies nothing:
 *
 * ```ts
 * const memory = createMemory(8 * 1024 * 1024);
 * const source = await openCapture("trace.pcap", { memory, fileIndex: 0 });
 * for (;;) {
 *   const more = source.next(); // true/false at once for a plain file, a promise where it must wait
 *   if (!(typeof more === "boolean" ? more : await more)) break;
 *   look(memory.u8, source.off, source.capLen); // valid until the next next()
 * }
 * for (const fault of source.faults) console.error(fault.offset, fault.message);
 * source.close();
 * ```
 */
import type { Readable } from "node:stream";
import { createMemory } from "../wire/memory.js";
import { openCapture } from "./open.js";
import type { CaptureFault } from "./types.js";
import { DEFAULT_CHUNK_BYTES } from "./window.js";

export interface CapturedFrame {
  /** Number in the file, from 1. */
  readonly number: number;
  /** Seconds since the epoch and nanoseconds. A pcapng Simple Packet Block has no time: it takes that of the frame before it. */
  readonly sec: number;
  readonly nsec: number;
  /** LINKTYPE_ number: 1 = Ethernet. */
  readonly linkType: number;
  /** The captured bytes, and how many there were on the wire. */
  readonly data: Uint8Array;
  readonly wireLength: number;
  /** pcapng interface name, "" where the file has none. */
  readonly interfaceName: string;
  /** As the capturing host saw it, where the capture tells. */
  readonly direction: "inbound" | "outbound" | "unknown";
}

export interface ParseOptions {
  /** Called for each problem of the file. Without it, damage that ends the reading is thrown as CaptureError after the last readable frame. */
  readonly onFault?: (fault: CaptureFault) => void;
  /** Longest frame in bytes that can be read; 2 MiB unless told. */
  readonly chunkBytes?: number;
  /** Stands in for process.stdin when the path is "-". */
  readonly stdin?: Readable;
}

/** The file is unreadable, damaged or cut short; `fault` has the byte offset and the frame. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  readonly fault: CaptureFault;
  constructor(fault: CaptureFault) {
    super(`${fault.file}: offset ${fault.offset}, frame ${fault.frame}: ${fault.message}`);
    this.fault = fault;
  }
}

const DIRECTIONS = ["unknown", "inbound", "outbound"] as const;

/** The frames of a capture in the order of the file. Leaving the loop early closes the file. */
export async function* parseCapture(path: string, options: ParseOptions = {}): AsyncGenerator<CapturedFrame, void, undefined> {
  const chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
  const memory = createMemory(chunkBytes + 128);
  const stdin = options.stdin === undefined ? {} : { stdin: options.stdin };
  const source = await openCapture(path, { memory, fileIndex: 0, chunkBytes, ...stdin });
  try {
    for (;;) {
      const more = source.next();
      if (!(typeof more === "boolean" ? more : await more)) break;
      yield {
        number: source.frame,
        sec: source.sec,
        nsec: source.nsec,
        linkType: source.linkType,
        data: memory.u8.slice(source.off, source.off + source.capLen),
        wireLength: source.wireLen,
        interfaceName: source.interfaceName,
        direction: DIRECTIONS[source.hint],
      };
    }
    for (const fault of source.faults) {
      if (options.onFault !== undefined) options.onFault(fault);
      else if (!fault.recovered) throw new CaptureError(fault);
    }
  } finally {
    source.close();
  }
}

export { createMemory, type Memory } from "../wire/memory.js";
export { type OpenOptions, openCapture } from "./open.js";
export type { CaptureSource } from "./source.js";
export type { CaptureFault, FrameSource } from "./types.js";
