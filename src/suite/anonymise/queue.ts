/** The way of records to the file, in their order: at once, or behind a frame that waits for other fragments of its datagram. Bounded in bytes and capture time. */
import { rewriteIp } from "./packet.js";
import { createScrub, type Scrub } from "./scrub.js";
import { isSettled, type Train, type Waiting } from "./train.js";
import { REASSEMBLY_SECONDS, type Trains } from "./trains.js";

export interface Sink { write(u8: Uint8Array, off: number, length: number): void }

interface Held extends Waiting { readonly record: Uint8Array; readonly bytes: number; readonly seconds: number; readonly trains: ReadonlyMap<string, Train>; waiting: boolean }

export interface Queue {
  /** Writes the `length` bytes at `off`, or keeps a copy until what is before it is written. */
  put(u8: Uint8Array, off: number, length: number): void;
  /** The same for a record whose frame waits: its packet lies at `l3` of `s`, `length` bytes of `record` begin at `off` of `s`. */
  wait(s: Scrub, record: Uint8Array, off: number, l3: number, l3Length: number, version: 4 | 6): void;
  /** Writes what no longer waits; gives up on what waits too long, or (`all`) on everything. */
  drain(all: boolean): void;
  /** ALG texts that became zeros in frames that waited. */
  readonly blanked: number;
  /** Bytes and records held, and the most that ever were. */
  readonly bytes: number;
  readonly mostBytes: number;
  readonly mostRecords: number;
}

const BUFFER = 256 * 1024;
/** What a held record takes besides its bytes. */
const OVERHEAD = 256;
const NO_TRAINS: ReadonlyMap<string, Train> = new Map();

export function createQueue(sink: Sink, trains: Trains, limit: number): Queue {
  const buffer = new Uint8Array(BUFFER);
  let filled = 0;
  let held: Held[] = [];
  let first = 0;
  const self = { blanked: 0, bytes: 0, mostBytes: 0, mostRecords: 0, put, wait, drain };

  function flush(): void {
    if (filled > 0) sink.write(buffer, 0, filled);
    filled = 0;
  }
  function emit(u8: Uint8Array, off: number, length: number): void {
    if (filled + length > BUFFER) flush();
    if (length > BUFFER) sink.write(u8, off, length);
    else {
      buffer.set(u8.subarray(off, off + length), filled);
      filled += length;
    }
  }
  function hold(h: Held): void {
    held.push(h);
    self.bytes += h.bytes;
    self.mostBytes = Math.max(self.mostBytes, self.bytes);
    self.mostRecords = Math.max(self.mostRecords, held.length - first);
  }

  function put(u8: Uint8Array, off: number, length: number): void {
    if (first === held.length) emit(u8, off, length);
    else hold({ record: new Uint8Array(u8.subarray(off, off + length)), bytes: OVERHEAD + length, seconds: trains.seconds, trains: NO_TRAINS, waiting: false, again: () => undefined });
  }

  function wait(s: Scrub, record: Uint8Array, off: number, l3: number, l3Length: number, version: 4 | 6): void {
    const now = new Uint8Array(record);
    const old = new Uint8Array(now.length);
    old.set(s.old.subarray(l3, l3 + l3Length), l3 - off);
    const mine = new Map(s.trains);
    const h: Held = {
      record: now, bytes: OVERHEAD + 2 * now.length, seconds: trains.seconds, trains: mine, waiting: true,
      again() {
        const x = createScrub(s.map, now, old, trains, mine);
        now.set(old.subarray(l3 - off, l3 - off + l3Length), l3 - off);
        rewriteIp(x, l3 - off, l3 - off + l3Length, version);
        h.waiting = x.waiting;
        if (!x.waiting) self.blanked += x.blanked;
      },
    };
    for (const t of mine.values()) if (!isSettled(t)) t.waiting.add(h);
    hold(h);
  }

  function drain(all: boolean): void {
    for (;;) {
      for (; first < held.length && !held[first].waiting; first++) {
        const h = held[first];
        emit(h.record, 0, h.record.length);
        self.bytes -= h.bytes;
      }
      if (first === held.length) {
        held = [];
        first = 0;
        break;
      }
      if (first > 1024) {
        held = held.slice(first);
        first = 0;
      }
      const h = held[first];
      if (!all && self.bytes <= limit && Math.abs(trains.seconds - h.seconds) <= REASSEMBLY_SECONDS) return;
      for (const t of h.trains.values()) trains.giveUp(t);
      h.waiting = false; // whatever it waited for
    }
    if (all) flush();
  }

  return self;
}
