/** Opening a capture whatever it is: the format and the compression are told by magic numbers, never by the name. */
import type { Readable } from "node:stream";
import type { Memory } from "../wire/memory.js";
import { fileFeed, streamFeed, type Feed } from "./feed.js";
import { FILE_HEADER, pcapVariant, readPcap } from "./pcap.js";
import { readPcapng } from "./pcapng.js";
import { createSource, type CaptureSource } from "./source.js";
import type { RawSink } from "./types.js";
import { createWindow, DEFAULT_CHUNK_BYTES, type Window } from "./window.js";

export interface OpenOptions {
  readonly memory: Memory;
  /** Index of the file among the run's files; becomes `FrameSource.file`. */
  readonly fileIndex: number;
  /** Size in bytes of the read buffer, and so of the longest frame; 2 MiB unless told. */
  readonly chunkBytes?: number;
  /** A place in `memory` of at least `chunkBytes` to be used instead of a new one: memory is never given back, so a long run lends its regions. */
  readonly region?: number;
  /** Stands in for process.stdin when the path is "-". */
  readonly stdin?: Readable;
  /** Is shown the file's own structure, to copy it. */
  readonly raw?: RawSink;
}

const HEAD = 8;

/**
 * Opens a capture: classic pcap or pcapng, plain, gzip or zstd; "-" reads stdin. It never rejects for what the file is or holds: a file that cannot be
 * read gives no frames and a fault, so that a run can go on with its other files. Throws RangeError when `memory` has no room for the buffer.
 */
export async function openCapture(path: string, options: OpenOptions): Promise<CaptureSource> {
  const { memory, chunkBytes = DEFAULT_CHUNK_BYTES } = options;
  const base = options.region ?? memory.alloc(chunkBytes);
  const name = path === "-" ? "stdin" : path;
  const raw = path === "-" ? streamFeed(options.stdin ?? process.stdin) : fileFeed(path);
  const feed = await unpacked(raw);
  const w = createWindow(feed, memory.u8, base, chunkBytes);
  await w.ensure(4);
  return identify(w, name, options.fileIndex, options.raw);
}

/** `raw`, or what is inside when it begins like gzip or zstd. */
async function unpacked(raw: Feed): Promise<Feed> {
  const head = new Uint8Array(HEAD);
  let n = 0;
  while (n < HEAD) {
    const got = await raw.fill(head, n, HEAD - n);
    if (got === 0) break;
    n += got;
  }
  const taken = head.subarray(0, n);
  if (n >= 2 && head[0] === 0x1f && head[1] === 0x8b) return (await import("./inflate.js")).gunzipFeed(raw, taken);
  const isFrame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  const isSkippable = head[0] >= 0x50 && head[0] <= 0x5f && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  if (n >= 4 && (isFrame || isSkippable)) return (await import("./inflate.js")).unzstdFeed(raw, taken);
  return headed(raw, taken);
}

/** `raw` again from its beginning: the bytes taken to look at come first. */
function headed(raw: Feed, head: Uint8Array): Feed {
  let given = false;
  return {
    fill(u8, at, max) {
      if (given || head.length === 0) return raw.fill(u8, at, max);
      given = true;
      u8.set(head, at);
      // The rest of the buffer is filled in the same go where that needs no waiting.
      const got = raw.size > 0 && max > head.length ? raw.fill(u8, at + head.length, max - head.length) : 0;
      return typeof got === "number" ? head.length + got : got.then((k) => head.length + k);
    },
    get position(): number {
      return raw.position;
    },
    get size(): number {
      return raw.size;
    },
    get error(): string | undefined {
      return raw.error;
    },
    close: () => raw.close(),
  };
}

async function identify(w: Window, name: string, file: number, raw: RawSink | undefined): Promise<CaptureSource> {
  const had = w.limit - w.at;
  const refuse = (message: string): CaptureSource => {
    const source = createSource(w, name, file);
    source.stop(w.feed.error ?? message, w.at);
    return source;
  };
  if (had === 0) return refuse("the file is empty, and a pcap or pcapng capture was expected");
  if (had >= 4) {
    const u8 = w.u8;
    if (u8[w.at] === 0x0a && u8[w.at + 1] === 0x0d && u8[w.at + 2] === 0x0d && u8[w.at + 3] === 0x0a) return readPcapng(w, name, file, raw);
    const variant = pcapVariant(u8, w.at);
    if (variant !== undefined) {
      if (await w.ensure(FILE_HEADER)) return readPcap(w, name, file, variant, raw);
      return refuse(`the file ends too early: a pcap file header has ${FILE_HEADER} bytes, ${w.limit - w.at} are there`);
    }
  }
  const seen = Array.from(w.u8.subarray(w.at, w.at + Math.min(4, had)), (b) => b.toString(16).padStart(2, "0")).join(" ");
  return refuse(`it is no capture: it begins with ${seen}, and the magic number of pcap (d4 c3 b2 a1 or its kin) or pcapng (0a 0d 0d 0a), plain or in gzip or zstd, was expected`);
}

