/**
 * The piece of a file that is in memory: a fixed region that bytes are read into, and the part of it not yet used.
 * Nothing is allocated per record; what is left over at the end of the region is moved to its front before more is read.
 */
import type { Feed } from "./feed.js";

export const DEFAULT_CHUNK_BYTES = 2 * 1024 * 1024;
/** Most bytes read in one go: what was read is still in the processor's cache when it is looked at. */
const READ_BYTES = 256 * 1024;

export interface Window {
  readonly u8: Uint8Array;
  readonly feed: Feed;
  /** Size of the region in bytes: the longest record that fits. */
  readonly capacity: number;
  /** Offset in memory of the next unused byte, and of the end of the bytes at hand. */
  at: number;
  limit: number;
  /** Called before bytes in the region move, by whoever still looks at earlier ones. */
  beforeMove: (() => void) | undefined;
  /** Makes `n` (at most `capacity`) bytes available at `at`; false when the file ends before that. */
  ensure(n: number): boolean | Promise<boolean>;
  /** Reads more, whatever is at hand; false when the file has ended or the region is full. */
  more(): boolean | Promise<boolean>;
  /** Passes over `n` bytes, which may be more than the region holds; false when the file ends before that. */
  skip(n: number): boolean | Promise<boolean>;
  /** Offset in the (decompressed) file of a place in the region. */
  fileOffset(at: number): number;
  close(): void;
}

export function createWindow(feed: Feed, u8: Uint8Array, base: number, capacity: number): Window {
  let baseOffset = 0; // of the file, at `base`
  const w: Window = {
    u8,
    feed,
    capacity,
    at: base,
    limit: base,
    beforeMove: undefined,
    ensure(n) {
      if (w.limit - w.at >= n) return true;
      toFront();
      return refill(n);
    },
    more() {
      toFront();
      return w.limit - base < capacity && refill(w.limit - w.at + 1);
    },
    skip(n) {
      for (let left = n; ; ) {
        const here = Math.min(left, w.limit - w.at);
        w.at += here;
        left -= here;
        if (left === 0) return true;
        const got = w.ensure(1);
        if (got === false) return false;
        if (got !== true) return got.then((ok) => ok && w.skip(left));
      }
    },
    fileOffset: (at) => baseOffset + at - base,
    close: () => feed.close(),
  };
  function toFront(): void {
    if (w.at === base) return;
    w.beforeMove?.();
    u8.copyWithin(base, w.at, w.limit);
    baseOffset += w.at - base;
    w.limit -= w.at - base;
    w.at = base;
  }
  function refill(n: number): boolean | Promise<boolean> {
    while (w.limit - w.at < n) {
      const got = feed.fill(u8, w.limit, Math.min(READ_BYTES, base + capacity - w.limit));
      if (typeof got !== "number") return got.then((k) => took(k) && refill(n));
      if (!took(got)) return false;
    }
    return true;
  }
  function took(k: number): boolean {
    w.limit += k;
    return k > 0;
  }
  return w;
}
