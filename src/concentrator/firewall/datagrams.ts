/**
 * Fragmented IPv6 datagrams whose first fragment the firewall has accepted: their later fragments, which have no ports, pass until the datagram is whole or its
 * time is over (RFC 8200 section 4.5: 60 s). Nothing is held back, so a later fragment that comes before its first is dropped; what passed for one datagram
 * never stands for the next with the same identification. Bounded: a new datagram may take the place of an old one, whose fragments are then dropped.
 */
import type { View } from "./view.js";

const ENTRIES = 1024;
/** Source, destination (four words each), identification. */
const KEY_WORDS = 9;
const PASSING = 1;
const WHOLE = 2;
export const DATAGRAM_SECONDS = 60;

export interface Datagrams {
  readonly seed: number;
  readonly keys: Int32Array;
  /** 0 free; PASSING; WHOLE: nothing more of it passes, but errors about it do until its time is over. */
  readonly state: Uint8Array;
  /** When the first fragment came, seconds. */
  readonly since: Float64Array;
  /** Payload bytes that have passed; all of the datagram, -1 until its last fragment has passed. */
  readonly passed: Int32Array;
  readonly total: Int32Array;
}

export const createDatagrams = (seed: number): Datagrams => ({
  seed, keys: new Int32Array(ENTRIES * KEY_WORDS), state: new Uint8Array(ENTRIES), since: new Float64Array(ENTRIES), passed: new Int32Array(ENTRIES), total: new Int32Array(ENTRIES),
});

function entryOf(d: Datagrams, v: View, identification: number): number {
  let h = d.seed ^ identification;
  for (let i = 0; i < 4; i++) h = Math.imul(Math.imul(h ^ v.source[i], 0x9e3779b1) ^ v.destination[i], 0x85ebca6b) ^ (h >>> 15);
  return (h ^ (h >>> 13)) & (ENTRIES - 1);
}

function isOf(d: Datagrams, e: number, v: View, identification: number): boolean {
  const k = e * KEY_WORDS;
  for (let i = 0; i < 4; i++) if (d.keys[k + i] !== v.source[i] || d.keys[k + 4 + i] !== v.destination[i]) return false;
  return d.keys[k + 8] === identification;
}

/** The first fragment of the datagram in `v` was accepted (`bytes` of payload, more follow), or refused. */
export function firstOf(d: Datagrams, v: View, identification: number, accepted: boolean, bytes: number, sec: number): void {
  const e = entryOf(d, v, identification);
  if (!accepted) {
    if (isOf(d, e, v, identification)) d.state[e] = 0;
    return;
  }
  const k = e * KEY_WORDS;
  for (let i = 0; i < 4; i++) {
    d.keys[k + i] = v.source[i];
    d.keys[k + 4 + i] = v.destination[i];
  }
  d.keys[k + 8] = identification;
  d.state[e] = PASSING;
  d.since[e] = sec;
  d.passed[e] = bytes;
  d.total[e] = -1;
}

/** May the later fragment of the datagram in `v` pass? It has `bytes` from `offset` on; `last`: no more follow. */
export function passLater(d: Datagrams, v: View, identification: number, offset: number, bytes: number, last: boolean, sec: number): boolean {
  const e = entryOf(d, v, identification);
  if (d.state[e] !== PASSING || !isOf(d, e, v, identification) || sec - d.since[e] > DATAGRAM_SECONDS) return false;
  d.passed[e] += bytes;
  if (last) d.total[e] = offset + bytes;
  if (d.total[e] >= 0 && d.passed[e] >= d.total[e]) d.state[e] = WHOLE;
  return true;
}

/** Was the datagram in `v` accepted within DATAGRAM_SECONDS? An ICMPv6 error may quote one of its later fragments. */
export function isAccepted(d: Datagrams, v: View, identification: number, sec: number): boolean {
  const e = entryOf(d, v, identification);
  return d.state[e] !== 0 && isOf(d, e, v, identification) && sec - d.since[e] <= DATAGRAM_SECONDS;
}
