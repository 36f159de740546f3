/**
 * The transcript's window: packets are copied into a ring of bytes, what is known of them lies in typed arrays.
 * A record is named by its slot (sequence number modulo capacity). Records are closed in order of time when their window is over, and
 * evicted (oldest first) when room is needed.
 */
import type { Side } from "../config/types.js";
import type { Memory } from "../wire/memory.js";
import { columns } from "./columns.js";
import type { Direction } from "./types.js";

export interface Records {
  readonly capacity: number;
  readonly mask: number;
  /** Bytes: offset of the IP packet in memory, bytes kept, bytes on the wire. */
  readonly off: Int32Array; readonly len: Int32Array; readonly wireLen: Int32Array;
  /** Offset of the (inner) IPv6 packet, 0 when there is none, and its visible length in bytes. */
  readonly inner: Int32Array; readonly innerLen: Int32Array;
  readonly side: Uint8Array; readonly direction: Uint8Array; readonly kind: Uint8Array; readonly domain: Uint8Array;
  /** Outer ToS after joining fragments. */
  readonly tos: Uint8Array;
  readonly facts: Int32Array;
  readonly sec: Uint32Array; readonly nsec: Uint32Array; readonly time: Float64Array;
  readonly file: Uint16Array; readonly frame: Uint32Array;
  /** Number of the input in feeding order; for outputs the reference's cause or -1. */
  readonly ordinal: Int32Array;
  readonly key: Int32Array; readonly altKey: Int32Array;
  /** Sequence numbers: input's forwarded output, input's answer, output's input; -1 none. */
  readonly forward: Float64Array; readonly answer: Float64Array; readonly cause: Float64Array;
  /** Next fragment of the same datagram (sequence number), -1 none. */
  readonly fragment: Float64Array;
  readonly sequence: Float64Array;
  /** Records pushed before it, those that were taken back among them: no two records have the same. */
  readonly number: Float64Array;
  /** S_* flags. */
  readonly state: Uint8Array;
}

export const S_KEYED = 1;
export const S_ALT = 2;
export const S_EARLY = 4;
/** Paired while inputs that differ in what the output depends on had the same key: it may count, it never accuses. */
export const S_AMBIGUOUS = 8;
export const S_MODIFIED = 16;
/** An output that waits for its exact input before it may count as an altered copy of another. */
export const S_WAITS = 32;
/** An answer that waits under the key of its cause. */
export const S_EARLY_ANSWER = 64;
/** An input whose rules have run before its window was over. */
export const S_SETTLED = 128;
/** An output that was paired by its content alone (pairing/leftovers.ts). */
export const S_ALIKE = 128;

/** In a table of the pairing. */
export const S_LISTED = S_KEYED | S_ALT | S_EARLY | S_WAITS | S_EARLY_ANSWER;

export function createRecords(capacity: number): Records {
  const { i32, u8, f64, u32 } = columns(capacity);
  return {
    capacity, mask: capacity - 1, off: i32(), len: i32(), wireLen: i32(), inner: i32(), innerLen: i32(), side: u8(), direction: u8(), kind: u8(),
    domain: u8(), tos: u8(), facts: i32(), sec: u32(), nsec: u32(), time: f64(), file: new Uint16Array(capacity), frame: u32(), ordinal: i32(),
    key: i32(), altKey: i32(), forward: f64(), answer: f64(), cause: f64(), fragment: f64(), sequence: f64(), number: f64(), state: u8(),
  };
}

/** Writes down what came with a packet: side, direction, bytes on the wire, its stamp, its time on the judge's clock, its place. Nothing is known of it yet. */
export function enter(r: Records, slot: number, side: Side, direction: Direction, wireLen: number, sec: number, nsec: number, time: number, file: number, frame: number): void {
  r.wireLen[slot] = wireLen;
  r.side[slot] = side;
  r.direction[slot] = direction;
  r.sec[slot] = sec;
  r.nsec[slot] = nsec;
  r.time[slot] = time;
  r.file[slot] = file;
  r.frame[slot] = frame;
  r.facts[slot] = 0;
  unlink(r, slot);
}

/** The record has no partner, no further fragment and no flags. */
export function unlink(r: Records, slot: number): void {
  r.forward[slot] = -1;
  r.answer[slot] = -1;
  r.cause[slot] = -1;
  r.fragment[slot] = -1;
  r.state[slot] = 0;
}

export interface Ring {
  readonly records: Records;
  /** Sequence numbers: oldest kept, oldest not closed, next. */
  tail: number; open: number; head: number;
  /** Makes room for a record of `len` bytes and returns its slot; `off` is set, `len` too. The caller copies the bytes and then calls `push`. */
  room(len: number): number;
  push(): void;
  /** Could two records of so many bytes come without another losing its place? */
  fits(first: number, second: number): boolean;
  /** Records pushed so far. */
  pushed: number;
  /** Gives up the records from `sequence` on, as if they had never come: nothing refers to them, and what comes next takes their place. */
  takeBack(sequence: number): void;
  alive(sequence: number): boolean;
}

/** `beforeEvict(slot)` is called for a record that loses its place while it is still open; it must close it. */
export function createRing(memory: Memory, bytes: number, capacity: number, beforeEvict: (slot: number) => void): Ring {
  const r = createRecords(capacity);
  const base = memory.alloc(bytes);
  const end = base + bytes;
  let write = base;
  const ring: Ring = {
    records: r, tail: 0, open: 0, head: 0, pushed: 0,
    room(len: number): number {
      const need = (len + 7) & ~7 || 8;
      if (need > bytes) throw new RangeError(`a packet of ${len} bytes does not fit the judge's window of ${bytes} bytes: raise ringBytes`);
      if (ring.head - ring.tail >= capacity) evict();
      if (ring.head === ring.tail) write = base;
      if (write + need > end) {
        while (ring.head > ring.tail && r.off[ring.tail & r.mask] >= write) evict();
        write = base;
      }
      while (ring.head > ring.tail && r.off[ring.tail & r.mask] >= write && r.off[ring.tail & r.mask] < write + need) evict();
      const slot = ring.head & r.mask;
      r.off[slot] = write;
      r.len[slot] = len;
      r.sequence[slot] = ring.head;
      r.number[slot] = ring.pushed;
      write += need;
      return slot;
    },
    fits(first: number, second: number): boolean {
      const need = ((first + 7) & ~7) + ((second + 7) & ~7);
      if (ring.head === ring.tail) return need <= bytes && capacity > 1;
      const oldest = r.off[ring.tail & r.mask];
      return ring.head - ring.tail + 1 < capacity && write + need <= (oldest < write ? end : oldest);
    },
    push(): void {
      ring.head++;
      ring.pushed++;
    },
    takeBack(sequence: number): void {
      ring.head = sequence;
      write = r.off[sequence & r.mask];
    },
    alive: (sequence: number): boolean => sequence >= ring.tail && sequence < ring.head,
  };
  function evict(): void {
    if (ring.tail === ring.open) {
      beforeEvict(ring.tail & r.mask);
      ring.open++;
    }
    ring.tail++;
  }
  return ring;
}
