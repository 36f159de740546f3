/**
 * A bounded look-ahead over one capture, so that small disorder in a file (several queues, several cards) comes out in order of time.
 *
 * Up to `frames` frames are read ahead into a small sorted table of places. Their bytes stay in the read buffer; only when that is about to move are
 * those of the waiting frames copied aside. The time that comes out never runs backwards, and one wild time never throws it forwards:
 * - a frame older than what was already delivered (disorder beyond the window) stays where it lies in the file and takes the time of the frame before it;
 * - a frame that twice `frames` later ones have overtaken (its time is in the future of them all) is delivered then, with the time of the frame before it.
 * Both are counted in `clamped`, and the first of each is a fault that says so.
 */
import type { Memory } from "../wire/memory.js";
import type { CaptureSource } from "./source.js";
import type { FrameSource } from "./types.js";

export interface ReorderOptions {
  readonly memory: Memory;
  /** Most frames that wait, 1 to 4096; 64 unless told. */
  readonly frames?: number;
  /** Room for the bytes of waiting frames while the read buffer moves (taken twice); 256 KiB unless told. Fewer frames wait where it is not enough. */
  readonly spareBytes?: number;
}

/** What a frame is given to: the fields of a FrameSource that describe the current frame. */
export type FrameFields = { -readonly [K in "off" | "capLen" | "wireLen" | "sec" | "nsec" | "linkType" | "interfaceName" | "hint" | "frame"]: FrameSource[K] };

export interface LookAhead {
  /** Makes the next frame in order of time ready: its time is then in `head` (seconds, nanoseconds). False at the end. */
  prepare(): boolean | Promise<boolean>;
  readonly head: Float64Array;
  /** Hands the frame that is ready to `out`. `fresh`: the frame that `out` held was another source's. */
  take(out: FrameFields, fresh: boolean): void;
  /** Frames that the look-ahead brought into order. */
  readonly reordered: number;
  /** Frames whose time had to be set to that of the frame before them. */
  readonly clamped: number;
}

const LAST_SEC = 0;
const LAST_NSEC = 1;
const BEFORE_SEC = 2;
const BEFORE_NSEC = 3;

/** `source` in order of time; equal times keep the order of the file. */
export function lookAhead(source: CaptureSource, options: ReorderOptions): LookAhead {
  const { memory, frames: window = 64, spareBytes = 1 << 18 } = options;
  const u8 = memory.u8;
  const spare = memory.alloc(2 * spareBytes); // two halves in turn: waiting frames may lie in the one while they move to the other
  let half = 0;
  const off = new Uint32Array(window);
  const capLen = new Uint32Array(window);
  const wireLen = new Uint32Array(window);
  const sec = new Float64Array(window);
  const nsec = new Uint32Array(window);
  const frame = new Float64Array(window);
  /** What seldom changes from frame to frame is kept once per kind, and compared instead of copied. */
  const kind = new Uint32Array(window);
  const kinds: { readonly linkType: number; readonly interfaceName: string; readonly hint: 0 | 1 | 2 }[] = [];
  let kindRead = -1;
  let kindGiven = -1;
  /** When a slot was filled (count of frames read), -1 = free. `arrived` gives the slot of a count, to find the one that waits longest. */
  const since = new Float64Array(window).fill(-1);
  const cycle = 2 ** Math.ceil(Math.log2(4 * window)); // a power of two, for the mask
  const arrived = new Uint16Array(cycle);
  /** Slots in order of time: a cyclic list of `waiting` from `first`; `free` is a stack of the others. */
  const order = new Uint16Array(window);
  const free = new Uint16Array(window);
  let first = 0;
  let waiting = 0;
  let waitingBytes = 0;
  let freeCount = window;
  for (let i = 0; i < window; i++) free[i] = window - 1 - i;
  let read = 0;
  let oldest = 0;
  let ended = false;
  // Time delivered last, and time given to the frame read last. In an array, since a number that changes in a closure is allocated anew each time.
  const clocks = new Float64Array(4);
  clocks[LAST_SEC] = clocks[BEFORE_SEC] = Number.NEGATIVE_INFINITY;
  let saidLate = false;
  let saidWild = false;

  const head = new Float64Array(2);
  const self = { prepare, head, take, reordered: 0, clamped: 0 };

  source.onMove(() => {
    half ^= 1;
    let to = spare + half * spareBytes;
    for (let i = 0, k = first; i < waiting; i++, k = k + 1 === window ? 0 : k + 1) {
      const s = order[k];
      u8.copyWithin(to, off[s], off[s] + capLen[s]); // fits: nothing is read while more than `spareBytes` wait
      off[s] = to;
      to += capLen[s];
    }
  });

  function prepare(): boolean | Promise<boolean> {
    while (!ended && waiting < window && waitingBytes <= spareBytes) {
      const got = source.next();
      if (got === true) insert();
      else if (got === false) ended = true;
      else {
        return got.then((ok) => {
          if (ok) insert();
          else ended = true;
          return prepare();
        });
      }
    }
    if (waiting === 0) return false;
    while (since[arrived[oldest & (cycle - 1)]] !== oldest) oldest++;
    if (read - oldest > 2 * window) wild(arrived[oldest & (cycle - 1)]);
    const s = order[first];
    clocks[LAST_SEC] = head[0] = sec[s];
    clocks[LAST_NSEC] = head[1] = nsec[s];
    return true;
  }

  function insert(): void {
    const s = free[--freeCount];
    let t = source.sec;
    let n = source.nsec;
    if (t < clocks[LAST_SEC] || (t === clocks[LAST_SEC] && n < clocks[LAST_NSEC])) {
      late();
      t = clocks[BEFORE_SEC];
      n = clocks[BEFORE_NSEC];
    }
    clocks[BEFORE_SEC] = t;
    clocks[BEFORE_NSEC] = n;
    off[s] = source.off;
    capLen[s] = source.capLen;
    wireLen[s] = source.wireLen;
    sec[s] = t;
    nsec[s] = n;
    frame[s] = source.frame;
    if (kindRead < 0 || kinds[kindRead].hint !== source.hint || kinds[kindRead].linkType !== source.linkType || kinds[kindRead].interfaceName !== source.interfaceName) kindRead = kindOf();
    kind[s] = kindRead;
    since[s] = read;
    arrived[read & (cycle - 1)] = s;
    read++;
    waitingBytes += source.capLen;
    let k = first + waiting;
    if (k >= window) k -= window;
    waiting++;
    let moved = false;
    while (k !== first) {
      const before = k === 0 ? window - 1 : k - 1;
      const b = order[before];
      if (sec[b] < t || (sec[b] === t && nsec[b] <= n)) break;
      order[k] = b;
      k = before;
      moved = true;
    }
    order[k] = s;
    if (moved) self.reordered++;
  }

  function take(out: FrameFields, fresh: boolean): void {
    const s = order[first];
    if (++first === window) first = 0;
    waiting--;
    waitingBytes -= capLen[s];
    since[s] = -1;
    free[freeCount++] = s;
    out.sec = sec[s];
    out.nsec = nsec[s];
    out.off = off[s];
    out.capLen = capLen[s];
    out.wireLen = wireLen[s];
    out.frame = frame[s];
    if (kind[s] === kindGiven && !fresh) return;
    kindGiven = kind[s];
    out.linkType = kinds[kindGiven].linkType;
    out.interfaceName = kinds[kindGiven].interfaceName;
    out.hint = kinds[kindGiven].hint;
  }

  function kindOf(): number {
    const known = kinds.findIndex((k) => k.linkType === source.linkType && k.hint === source.hint && k.interfaceName === source.interfaceName);
    return known >= 0 ? known : kinds.push({ linkType: source.linkType, interfaceName: source.interfaceName, hint: source.hint }) - 1;
  }

  function late(): void {
    self.clamped++;
    if (saidLate) return;
    saidLate = true;
    say(source.frame, `frame ${source.frame} is of ${source.sec}.${String(source.nsec).padStart(9, "0")}, before what ${window} frames of look-ahead can put in order (${clock(clocks[LAST_SEC], clocks[LAST_NSEC])} was reached); it keeps its place in the file and takes the time before it, and so do further ones. Sort the file with \`reordercap\` if that matters`);
  }

  /** Puts the slot that waits longest at the front of the order, and gives it the time delivered last. */
  function wild(s: number): void {
    self.clamped++;
    if (!saidWild) {
      saidWild = true;
      say(frame[s], `frame ${frame[s]} is of ${clock(sec[s], nsec[s])}, later than all of the ${2 * window} frames after it (${clock(clocks[LAST_SEC], clocks[LAST_NSEC])} was reached): its time is taken to be wrong and replaced by that; further ones are not listed`);
    }
    sec[s] = clocks[LAST_SEC];
    nsec[s] = clocks[LAST_NSEC];
    let k = first;
    while (order[k] !== s) k = k + 1 === window ? 0 : k + 1;
    while (k !== first) {
      const before = k === 0 ? window - 1 : k - 1;
      order[k] = order[before];
      k = before;
    }
    order[first] = s;
  }

  const clock = (s: number, n: number): string => `${s}.${String(n).padStart(9, "0")}`;
  function say(number: number, message: string): void {
    source.fault({ file: source.name, offset: source.fileOffset, frame: number, message, recovered: true });
  }
  return self;
}
