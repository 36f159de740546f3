/**
 * A bounded look-ahead over one capture, so that small disorder in a file (several queues, several cards) comes out in order of time.
 *
 * Up to `frames` frames are read ahead into a small sorted table of places. Their bytes stay in the read buffer; only when that is about to move are
 * those of the waiting frames copied aside. The time that comes out never runs backwards, and one wild time never throws it forwards:
 * - a frame older than what was already delivered (disorder beyond the window) stays where it lies in the file and takes the time of the frame before it;
 * - a frame that twice `frames` later ones have overtaken (its time is in the future of them all) is delivered then, with the time of the frame before it.
 * Both are counted in `clamped`, and the first of each is a fault that says so.
 */
import { lateFrame, wildFrame } from "./clamped.js";
import { createKinds, giveKind, readKind } from "./kinds.js";
import type { CaptureSource } from "./source.js";
import type { FrameFields, LookAhead, ReorderOptions } from "./look-ahead.js";
import { createStraight, peekListed, relist, type Straight, takeListed } from "./straight.js";

const LAST_SEC = 0;
const LAST_NSEC = 1;
const BEFORE_SEC = 2;
const BEFORE_NSEC = 3;
/** Shift from a slot to its row in `fields`, and the fields. */
const ROW = 3;
const OFF = 0;
const CAP_LEN = 1;
const WIRE_LEN = 2;
const NSEC = 3;
const FRAME = 4;
const KIND = 5;

/** `source` in order of time; equal times keep the order of the file. */
export function lookAhead(source: CaptureSource, options: ReorderOptions): LookAhead {
  const { memory, frames: window = 64, spareBytes = 1 << 18 } = options;
  const u8 = memory.u8;
  const spare = memory.alloc(2 * spareBytes); // two halves in turn: waiting frames may lie in the one while they move to the other
  let half = 0;
  // A frame's slot is its count modulo the table, and those that wait were all read among the last 2 * window + 1.
  const slots = 2 ** Math.ceil(Math.log2(4 * window));
  const mask = slots - 1;
  const sec = new Float64Array(slots);
  const fields = new Uint32Array(slots << ROW); // one row a slot: one array costs less than seven
  const kinds = createKinds();
  let read = 0; // frames read so far, and the count of the one that waits longest
  let oldest = 0;
  let waiting = 0;
  let waitingBytes = 0;
  let ready = 0; // slot of the frame that `prepare` chose
  let ended = false;
  // Most files are in order, and then the frames that wait are a plain queue. Only from the first inversion on there is a sorted cyclic list of their
  // slots, `order` from `first`, and a mark on those that overtook an older one; when it has been in the order of arrival for long, the queue is back.
  let sorted = false;
  const order = new Uint16Array(window);
  const gone = new Uint8Array(slots);
  let first = 0;
  let calm = 0;
  // Time chosen last, and time given to the frame read last. In an array, since a number that changes in a closure may be allocated anew each time.
  const clocks = new Float64Array(4);
  clocks[LAST_SEC] = clocks[BEFORE_SEC] = Number.NEGATIVE_INFINITY;
  let saidLate = false;
  let saidWild = false;
  const head = new Float64Array(2);
  const straight = createStraight(window); // frames that need not wait; those that do already go out before them
  let fromList = false; // the frame that is ready is a listed one
  const self = { prepare, head, take, listed: undefined as Straight | undefined, reordered: 0, clamped: 0 };

  source.onMove(() => {
    straight.news = true;
    half ^= 1;
    let to = spare + half * spareBytes;
    for (let count = oldest; count < read; count++) {
      const s = count & mask;
      if (gone[s] !== 0) continue;
      const row = s << ROW;
      const length = fields[row + CAP_LEN];
      u8.copyWithin(to, fields[row + OFF], fields[row + OFF] + length); // fits: nothing is read while more than `spareBytes` wait
      fields[row + OFF] = to;
      to += length;
    }
  });

  function prepare(): boolean | Promise<boolean> {
    if (straight.given === straight.end) {
      const got = refill();
      if (got !== true) return got.then(prepare);
    }
    fromList = waiting === 0 && straight.given < straight.end;
    if (fromList) {
      peekListed(straight, head);
      return true;
    }
    if (waiting === 0) return false;
    const s = (ready = sorted ? foremost() : oldest & mask);
    clocks[LAST_SEC] = head[0] = sec[s];
    clocks[LAST_NSEC] = head[1] = fields[(s << ROW) + NSEC];
    return true;
  }

  /** The list is used up: lists more frames, or lets them wait. A promise when that takes time, and then it is to be called again. */
  function refill(): true | Promise<void> {
    if (straight.given > 0) {
      clocks[LAST_SEC] = clocks[BEFORE_SEC];
      clocks[LAST_NSEC] = clocks[BEFORE_NSEC];
      straight.given = straight.end = 0;
    }
    // A frame that was late took another time: those after it are measured by that, and the reader does not know it.
    const isKnown = source.frame === 0 || (source.sec === clocks[BEFORE_SEC] && source.nsec === clocks[BEFORE_NSEC]);
    if (straight.news && !sorted && source.uniform && isKnown) {
      const got = relist(straight, source, waiting);
      if (got !== true) return got;
      if (straight.end > 0) {
        clocks[BEFORE_SEC] = source.sec;
        clocks[BEFORE_NSEC] = source.nsec;
      }
    }
    while (straight.end === 0 && !ended && waiting < window && waitingBytes <= spareBytes) {
      const more = source.next();
      if (more === true) insert();
      else if (more === false) ended = true;
      else {
        return more.then((ok) => {
          if (ok) insert();
          else ended = true;
        });
      }
    }
    return true;
  }

  function insert(): void {
    const s = read & mask;
    let t = source.sec;
    let n = source.nsec;
    if (t < clocks[BEFORE_SEC] || (t === clocks[BEFORE_SEC] && n < clocks[BEFORE_NSEC])) {
      if (t < clocks[LAST_SEC] || (t === clocks[LAST_SEC] && n < clocks[LAST_NSEC])) {
        late();
        t = clocks[BEFORE_SEC];
        n = clocks[BEFORE_NSEC];
      } else if (!sorted && waiting > 0) sortedFromHere();
    }
    clocks[BEFORE_SEC] = t;
    clocks[BEFORE_NSEC] = n;
    const row = s << ROW;
    fields[row + OFF] = source.off;
    fields[row + CAP_LEN] = source.capLen;
    fields[row + WIRE_LEN] = source.wireLen;
    fields[row + NSEC] = n;
    fields[row + FRAME] = source.frame;
    sec[s] = t;
    fields[row + KIND] = source.uniform && kinds.read >= 0 ? kinds.read : readKind(kinds, source);
    waitingBytes += source.capLen;
    read++;
    if (sorted) sortIn(s, t, n);
    waiting++;
  }

  function take(out: FrameFields, fresh: boolean): void {
    self.listed = fromList ? straight : undefined;
    if (fromList) {
      takeListed(straight, out);
      if (fresh || kinds.given < 0) giveKind(kinds, out, readKind(kinds, source));
      return;
    }
    const s = ready;
    waiting--;
    waitingBytes -= fields[(s << ROW) + CAP_LEN];
    if (sorted) leave(s);
    else oldest++;
    const row = s << ROW;
    out.sec = sec[s];
    out.nsec = fields[row + NSEC];
    out.off = fields[row + OFF];
    out.capLen = fields[row + CAP_LEN];
    out.wireLen = fields[row + WIRE_LEN];
    out.frame = fields[row + FRAME];
    const kind = fields[row + KIND];
    if (kind !== kinds.given || fresh) giveKind(kinds, out, kind);
  }

  function sortedFromHere(): void {
    sorted = true;
    first = 0;
    calm = 0;
    for (let i = 0; i < waiting; i++) order[i] = (oldest + i) & mask;
  }

  function sortIn(s: number, t: number, n: number): void {
    let k = (first + waiting) % window;
    calm++;
    while (k !== first) {
      const before = k === 0 ? window - 1 : k - 1;
      const b = order[before];
      if (sec[b] < t || (sec[b] === t && fields[(b << ROW) + NSEC] <= n)) break;
      order[k] = b;
      k = before;
      if (calm > 0) self.reordered++;
      calm = 0;
    }
    order[k] = s;
  }

  /** The slot to go next: the earliest, unless one waits that twice the window has overtaken. */
  function foremost(): number {
    while (gone[oldest & mask] !== 0) gone[oldest++ & mask] = 0;
    if (read - oldest > 2 * window) wild(oldest & mask);
    return order[first];
  }

  function leave(s: number): void {
    gone[s] = 1;
    first = (first + 1) % window;
    if (calm < 2 * window) return;
    calm = 0;
    while (oldest < read && gone[oldest & mask] !== 0) gone[oldest++ & mask] = 0;
    if (read - oldest !== waiting) return;
    for (let i = 0; i < waiting; i++) if (order[(first + i) % window] !== ((oldest + i) & mask)) return;
    sorted = false;
    straight.news = true;
  }

  function late(): void {
    self.clamped++;
    if (saidLate) return;
    saidLate = true;
    say(source.frame, lateFrame(source.frame, source.sec, source.nsec, window, clocks[LAST_SEC], clocks[LAST_NSEC]));
  }

  /** Puts the slot that waits longest at the front of the order, and gives it the time chosen last. */
  function wild(s: number): void {
    const row = s << ROW;
    self.clamped++;
    if (!saidWild) {
      saidWild = true;
      const number = fields[row + FRAME];
      say(number, wildFrame(number, sec[s], fields[row + NSEC], 2 * window, clocks[LAST_SEC], clocks[LAST_NSEC]));
    }
    sec[s] = clocks[LAST_SEC];
    fields[row + NSEC] = clocks[LAST_NSEC];
    let k = first;
    while (order[k] !== s) k = k + 1 === window ? 0 : k + 1;
    while (k !== first) {
      const before = k === 0 ? window - 1 : k - 1;
      order[k] = order[before];
      k = before;
    }
    order[first] = s;
  }

  function say(number: number, message: string): void {
    source.fault({ file: source.name, offset: source.fileOffset, frame: number, message, recovered: true });
  }
  return self;
}
