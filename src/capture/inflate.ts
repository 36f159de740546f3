/** Transparent decompression: a feed of gzip (RFC 1952) or Zstandard (RFC 8878) bytes becomes a feed of what is inside. */
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import type { Feed } from "./feed.js";

/** Compressed bytes taken at a time. Small, because damage loses what the decompressor made of the same piece. */
const PIECE = 16 * 1024;

const say = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** What both decompressors share: pieces of output wait in a queue until the reader has room. */
function queued(raw: Feed, name: string, advance: (emit: (piece: Uint8Array) => void) => Promise<boolean>): Feed & { fail(e: unknown): void } {
  const queue: Uint8Array[] = [];
  let first = 0;
  let taken = 0;
  let ended = false;
  const emit = (piece: Uint8Array): void => {
    if (piece.length > 0) queue.push(piece);
  };
  const feed = {
    get position(): number {
      return raw.position;
    },
    get size(): number {
      return raw.size;
    },
    error: undefined as string | undefined,
    fail(e: unknown): void {
      ended = true;
      feed.error ??= raw.error ?? `the ${name} data is damaged or cut short (${say(e)}); copy the file again or test it with \`${name} -t\``;
    },
    fill(u8: Uint8Array, at: number, max: number): number | Promise<number> {
      let n = 0;
      while (n < max && first < queue.length) {
        const piece = queue[first];
        const part = Math.min(max - n, piece.length - taken);
        u8.set(piece.subarray(taken, taken + part), at + n);
        n += part;
        taken += part;
        if (taken < piece.length) break;
        taken = 0;
        first++;
      }
      if (first === queue.length) {
        queue.length = 0;
        first = 0;
      }
      return n > 0 || ended ? n : more(u8, at, max);
    },
    close(): void {
      ended = true;
      raw.close();
    },
  };
  async function more(u8: Uint8Array, at: number, max: number): Promise<number> {
    while (queue.length === 0 && !ended) {
      if (!(await advance(emit))) {
        ended = true;
        if (raw.error !== undefined) feed.error ??= raw.error;
      }
    }
    return feed.fill(u8, at, max);
  }
  return feed;
}

/** gzip, several members included. `head`: the bytes already taken from `raw`. */
export function gunzipFeed(raw: Feed, head: Uint8Array): Feed {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const piece = new Uint8Array(PIECE);
  let wake: () => void = () => undefined;
  let sink: (piece: Uint8Array) => void = () => undefined;
  let started = false;
  let over = false;
  const take = (): void => {
    for (let c: unknown = gunzip.read(); c !== null; c = gunzip.read()) sink(c as Uint8Array);
  };
  gunzip.on("readable", take);
  gunzip.on("end", () => {
    over = true;
    wake();
  });
  gunzip.on("error", (e) => {
    over = true;
    feed.fail(e);
    wake();
  });
  // One piece at a time, and its output taken before the next is given: so an error cannot discard output of earlier pieces.
  const feed = queued(raw, "gzip", async (emit) => {
    sink = emit;
    let bytes = head;
    if (started) {
      const n = await raw.fill(piece, 0, PIECE);
      bytes = piece.subarray(0, n);
    }
    started = true;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (over) resolve();
      else if (bytes.length === 0) gunzip.end();
      else gunzip.write(bytes, () => resolve());
    });
    take();
    return !over;
  });
  const closeRaw = feed.close;
  feed.close = () => {
    gunzip.destroy();
    closeRaw();
  };
  return feed;
}

/** Zstandard, several frames and skippable frames included; a content checksum is passed over unchecked (fzstd does not verify it). */
export function unzstdFeed(raw: Feed, head: Uint8Array): Feed {
  let started = false;
  let sink: (piece: Uint8Array) => void = () => undefined;
  const zstd = new Decompress((data) => sink(data)); // each block comes as an array of its own
  const feed = queued(raw, "zstd", async (emit) => {
    sink = emit;
    let piece: Uint8Array = head;
    if (started) {
      piece = new Uint8Array(PIECE); // fzstd keeps what it cannot use yet, so each piece is its own
      piece = piece.subarray(0, await raw.fill(piece, 0, PIECE));
    }
    started = true;
    try {
      zstd.push(piece, piece.length === 0);
    } catch (e) {
      feed.fail(e);
      return false;
    }
    return piece.length > 0;
  });
  return feed;
}
