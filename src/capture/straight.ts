/**
 * The way past the look-ahead: most files are in order as a whole. While the reader can list frames in order, with a window of more such frames behind
 * them, those go straight from the list and wait nowhere. What is listed lies at hand, so nothing moves meanwhile.
 */
import { AT_CAP_LEN, AT_NSEC, AT_OFF, AT_SEC, AT_WIRE_LEN, type CaptureSource, LISTED } from "./source.js";
import type { FrameSource } from "./types.js";

/** Frames that are listed in one go. */
const LIST_FRAMES = 512;

type Fields = { -readonly [K in "off" | "capLen" | "wireLen" | "sec" | "nsec" | "frame"]: FrameSource[K] };

export interface Straight {
  readonly list: Uint32Array;
  readonly window: number;
  /** Words of the list that were handed out, and that may be. */
  given: number;
  end: number;
  /** Number of the next listed frame in its file. */
  frame: number;
  /** Frames came to hand that were not looked at. */
  news: boolean;
}

export const createStraight = (window: number): Straight => ({ list: new Uint32Array((LIST_FRAMES + window) * LISTED), window, given: 0, end: 0, frame: 0, news: true });

/**
 * Lists anew, if the next frames allow it. `others` frames wait in the look-ahead: the bytes at hand must then not move. A promise when it must wait
 * for bytes; then it is to be called again.
 */
export function relist(s: Straight, source: CaptureSource, others: number): true | Promise<void> {
  for (;;) {
    s.news = false;
    s.given = s.end = 0;
    const frames = source.listInOrder?.(s.list) ?? 0;
    if (frames > s.window) {
      s.frame = source.frame + 1;
      s.end = (frames - s.window) * LISTED;
      source.passListed(s.list, frames - s.window);
      s.news = true;
      return true;
    }
    if (others > 0 || !source.listedAll) return true;
    const got = source.more();
    if (got === true) continue;
    // At the end of the file the last ones wait as usual.
    if (got === false) s.news = false;
    return got === false ? true : got.then((ok) => {
      s.news = ok;
    });
  }
}

/** Time of the next listed frame. */
export function peekListed(s: Straight, head: Float64Array): void {
  head[0] = s.list[s.given + AT_SEC];
  head[1] = s.list[s.given + AT_NSEC];
}

export function takeListed(s: Straight, out: Fields): void {
  const { list, given } = s;
  out.sec = list[given + AT_SEC];
  out.nsec = list[given + AT_NSEC];
  out.off = list[given + AT_OFF];
  out.capLen = list[given + AT_CAP_LEN];
  out.wireLen = list[given + AT_WIRE_LEN];
  out.frame = s.frame++;
  s.given = given + LISTED;
}
