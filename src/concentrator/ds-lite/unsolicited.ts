/**
 * Unsolicited inbound SYNs (RFC 5382 REQ-4): not answered for 6 s; dropped silently when the inner host opens the connection itself
 * in that time (simultaneous open); answered with port unreachable otherwise. A bounded queue: under attack it is full, and what
 * does not fit is dropped silently (REQ-4a).
 */
import type { Memory } from "../../wire/memory.js";

export const WAIT_SECONDS = 6;
const SLOTS = 256;
/** Bytes kept of a SYN, enough for both headers and their options: they are quoted. */
export const KEPT = 128;
/** External address and port, remote address and port. */
const WORDS = 4;

export interface Unsolicited {
  readonly base: number;
  readonly keys: Int32Array;
  readonly lengths: Int32Array;
  /** When the SYN came: seconds and nanoseconds. A queue in the order of time. */
  readonly sec: Float64Array;
  readonly nsec: Int32Array;
  readonly live: Uint8Array;
  head: number;
  count: number;
}

export function createUnsolicited(memory: Memory): Unsolicited {
  return {
    base: memory.alloc(SLOTS * KEPT), keys: new Int32Array(SLOTS * WORDS), lengths: new Int32Array(SLOTS), sec: new Float64Array(SLOTS), nsec: new Int32Array(SLOTS),
    live: new Uint8Array(SLOTS), head: 0, count: 0,
  };
}

export const slotAt = (u: Unsolicited, slot: number): number => u.base + slot * KEPT;

function find(u: Unsolicited, external: number, port: number, remote: number, remotePort: number): number {
  for (let i = 0; i < u.count; i++) {
    const slot = (u.head + i) % SLOTS;
    const k = slot * WORDS;
    if (u.live[slot] === 1 && u.keys[k] === external && u.keys[k + 1] === port && u.keys[k + 2] === remote && u.keys[k + 3] === remotePort) return slot;
  }
  return -1;
}

/** Keeps the SYN at `o` (`n` bytes). False when one of the same connection waits already, or the queue is full. */
export function holdSyn(u: Unsolicited, b: Uint8Array, o: number, n: number, external: number, port: number, remote: number, remotePort: number, sec: number, nsec: number): boolean {
  if (u.count === SLOTS || find(u, external, port, remote, remotePort) >= 0) return false;
  const slot = (u.head + u.count++) % SLOTS;
  const k = slot * WORDS;
  u.keys[k] = external;
  u.keys[k + 1] = port;
  u.keys[k + 2] = remote;
  u.keys[k + 3] = remotePort;
  u.lengths[slot] = n;
  u.sec[slot] = sec;
  u.nsec[slot] = nsec;
  u.live[slot] = 1;
  b.copyWithin(slotAt(u, slot), o, o + Math.min(n, KEPT));
  return true;
}

/** An outbound SYN of the connection was translated: what waits is dropped silently. */
export function forgetSyn(u: Unsolicited, external: number, port: number, remote: number, remotePort: number): void {
  const slot = find(u, external, port, remote, remotePort);
  if (slot >= 0) u.live[slot] = 0;
}

/** The oldest SYN when its 6 s are over at this time, -1 when there is none. Forgotten ones leave the queue on the way. */
export function dueSyn(u: Unsolicited, sec: number, nsec: number): number {
  while (u.count > 0) {
    const slot = u.head;
    const over = sec - u.sec[slot] - WAIT_SECONDS;
    if (over < 0 || (over === 0 && nsec < u.nsec[slot])) return -1;
    if (u.live[slot] === 1) return slot;
    dropOldest(u);
  }
  return -1;
}

/** Takes the oldest SYN off the queue; its bytes stay readable until the next `holdSyn`. */
export function dropOldest(u: Unsolicited): void {
  u.head = (u.head + 1) % SLOTS;
  u.count--;
}
