/** Where the bytes of a capture come from: a plain file (read at once) or a stream (read when it has something). */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";

/** A pull source of bytes. It never throws: a failure ends the bytes, and `error` says what went wrong. */
export interface Feed {
  /** Puts at most `max` bytes at `at`; gives their number, 0 at the end. A promise only where it must wait. */
  fill(u8: Uint8Array, at: number, max: number): number | Promise<number>;
  /** Bytes of the file consumed so far, as they lie on disk (compressed, if they are). */
  readonly position: number;
  /** Bytes of the file on disk; 0 = not known (pipe, stdin). */
  readonly size: number;
  /** Why the bytes ended early, for people; undefined after a regular end. */
  readonly error: string | undefined;
  close(): void;
}

const say = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** A feed without bytes, for a file that cannot be opened: the reader reports `error` like damage at offset 0. */
export const brokenFeed = (error: string): Feed => ({ fill: () => 0, position: 0, size: 0, error, close: () => undefined });

/** Opens `path` for reading; a named pipe works too (its size is then not known). */
export function fileFeed(path: string): Feed {
  let fd: number;
  let size: number;
  try {
    fd = openSync(path, "r");
    const stat = fstatSync(fd);
    if (stat.isDirectory()) {
      closeSync(fd);
      return brokenFeed("it is a folder; name a capture file in it");
    }
    size = stat.isFile() ? stat.size : 0;
  } catch (e) {
    return brokenFeed(`it cannot be opened (${say(e)}); check the path and the permissions`);
  }
  let open = true;
  const feed = {
    position: 0,
    size,
    error: undefined as string | undefined,
    fill(u8: Uint8Array, at: number, max: number): number {
      if (!open) return 0;
      try {
        const n = readSync(fd, u8, at, max, null);
        feed.position += n;
        return n;
      } catch (e) {
        feed.error = `reading failed (${say(e)})`;
        return 0;
      }
    },
    close(): void {
      if (open) closeSync(fd);
      open = false;
    },
  };
  return feed;
}

/** Bytes of a stream, stdin above all. */
export function streamFeed(stream: Readable): Feed {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let held: Uint8Array | undefined;
  let taken = 0;
  let ended = false;
  const feed = {
    position: 0,
    size: 0,
    error: undefined as string | undefined,
    fill(u8: Uint8Array, at: number, max: number): number | Promise<number> {
      if (held === undefined) return ended ? 0 : pull(u8, at, max);
      const n = Math.min(max, held.length - taken);
      u8.set(held.subarray(taken, taken + n), at);
      taken += n;
      feed.position += n;
      if (taken === held.length) held = undefined;
      return n;
    },
    close(): void {
      ended = true;
      held = undefined;
      stream.destroy();
    },
  };
  async function pull(u8: Uint8Array, at: number, max: number): Promise<number> {
    try {
      const got = await chunks.next();
      if (got.done === true) {
        ended = true;
        return 0;
      }
      if (got.value.length === 0) return pull(u8, at, max);
      held = got.value;
      taken = 0;
      return feed.fill(u8, at, max);
    } catch (e) {
      ended = true;
      feed.error = `reading failed (${say(e)})`;
      return 0;
    }
  }
  return feed;
}
