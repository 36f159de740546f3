/**
 * NAT bindings learned from the packets: (B4, inner address, protocol, inner port) <-> (external address, port). A binding is a hypothesis with times
 * and provenance. The table is a ring: the oldest binding gives way, and what is not in it is unknown, never wrong.
 */
import { u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import type { Upcoming } from "../../wire/upcoming.js";
import { littleWord, swap32 } from "../../wire/words.js";
import { createBindingIndex } from "./binding-index.js";
import { type RemoteEnds, createRemoteEnds } from "./remote-ends.js";

/** The first outbound packet was seen, so nothing older explains the binding. */
export const B_CREATED = 1;
/** A remote port below 1024: RFC 4787 REQ-5a allows a shorter timer. */
export const B_WELL_KNOWN = 2;
/** TCP: SYN seen from inside, SYN from outside, FIN from inside, FIN from outside. */
export const B_SYN_OUT = 4;
export const B_SYN_IN = 8;
export const B_FIN_OUT = 16;
export const B_FIN_IN = 32;
/** Given up: its internal end got another external one, or the other way round. */
export const B_GONE = 64;
/** `errorIn` has been set. */
export const B_ERROR_IN = 128;

/** It came into being when the binding of another B4 of the subscriber moved (RFC 7785 section 4). */
export const B_FOLLOWED = 1024;
/** It was there before what was seen of it first: static, or older than the capture (openers.ts). */
export const B_OLDER = 2048;
/** TCP: an ACK was seen from inside, from outside, since the last SYN of the inside. */
export const B_ACK_OUT = 4096;
export const B_ACK_IN = 8192;
/** All of them: until then a connection is partially open (RFC 5382 section 5). */
export const B_ESTABLISHED = B_SYN_OUT | B_SYN_IN | B_ACK_OUT | B_ACK_IN;
/** Its external end, or its internal one, has been bound once more since: a lookup of that end must not stop here (`byExternal`, `byInternal`). */
const B_REBOUND_OUT = 256, B_REBOUND_IN = 512;

/**
 * Bindings are met at random, and each meeting costs a cache line of 64 bytes, so what an ordinary packet asks for lies in one: RECORD words of 32 bits.
 * The times that few packets ask for, and the other remote ends, lie in an array of their own with the same indices.
 */
export const RECORD = 16;
// Words of the line.
const FLAGS = 0, PROTO = 1, INNER = 2, INNER_PORT = 3, EXT = 4, EXT_PORT = 5, LAST_OUT = 6, B4 = 8, REMOTES_SEEN = 12, REMOTE = 13, PLACE = 14, SAID = 15;
// Other times (float64).
const RST = 0, LAST_IN = 1, LAST_ERROR = 2, BORN = 3, ERROR_IN = 4, REFUSED = 5, OTHER_REMOTES = 6;
/** Large blocks of the C library begin 16 bytes into a cache line: records begin so many bytes later, at the next one. */
const TO_LINE = 48;

/** A binding is named by the place of its record: a multiple of RECORD, at which its fields lie in each of the arrays. */
export interface Bindings extends RemoteEnds {
  /** Number of records. */
  readonly capacity: number;
  /** Seconds for which a partially open TCP connection is surely kept (`transitorySeconds`). */
  readonly transitory: number;
  /** Word `k` (0 to 3) of the B4 address of binding `i`. */
  b4(i: number, k: number): number;
  readonly inner: Uint32Array; readonly innerPort: Uint32Array; readonly proto: Uint32Array; readonly ext: Uint32Array; readonly extPort: Uint32Array;
  /** Seconds of capture time; -Infinity = never. `lastError`: outbound ICMP error or RST of the inside. */
  readonly born: Float64Array; readonly lastIn: Float64Array; readonly lastError: Float64Array; readonly rst: Float64Array;
  /** Inbound ICMP error about a packet of the binding; inbound packet that was refused. */
  readonly errorIn: Float64Array; readonly refused: Float64Array;
  readonly flags: Int32Array;
  /** 0, or where pooled.ts keeps what it knows of the subscriber. */
  readonly place: Uint32Array;
  /** How often pairs have said so, and how often otherwise (twins.ts). */
  confirmed(i: number): number;
  contested(i: number): number;
  confirm(i: number): void;
  setContested(i: number, times: number): void;
  /** 1: equal packets of several near ends have been seen of this protocol (twins.ts). */
  readonly twins: Uint8Array;
  /** Seconds of capture time: the latest outbound packet. */
  lastOut(i: number): number;
  setLastOut(i: number, time: number): void;
  count: number;
  /** Latest binding of an internal end: the B4 address lies at `b4`. -1: none known. */
  byInternal(b: Uint8Array, b4: number, inner: number, proto: number, port: number): number;
  byExternal(ext: number, proto: number, port: number): number;
  /** Of several internal ends behind one external end: the latest that has been in contact with this remote end, else the latest. */
  byRemote(ext: number, proto: number, port: number, address: number, remotePort: number): number;
  /** The binding of this internal end to this external end, -1 when there is none. */
  byBoth(ext: number, proto: number, port: number, b: Uint8Array, b4: number, inner: number, innerPort: number): number;
  /** Two live internal ends were seen behind one external end: lookups by the external end alone do not tell them apart. */
  overlapped: boolean;
  create(b: Uint8Array, b4: number, inner: number, proto: number, port: number, ext: number, extPort: number, time: number, flags: number): number;
  /** Has its external end had no other binding since? */
  isLatestOutside(i: number): boolean;
  isInternal(i: number, b: Uint8Array, b4: number, inner: number, port: number): boolean;
  /** Reads what `byInternal` will look at for these packets of B4s, the outer headers of which lie in `b` (wire/upcoming.ts). */
  ahead(b: Uint8Array, next: Upcoming): void;
  approached: number;
}

const hash = (a: number, c: number, d: number): number => {
  const h = Math.imul(Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  return h ^ (h >>> 15);
};

/** `transitory`: seconds, at most 240 (RFC 5382 REQ-5). */
export function createBindings(capacity: number, seed: number, transitory = 240): Bindings {
  const wordRows = new ArrayBuffer(capacity * RECORD * 4 + TO_LINE);
  const timeRows = new ArrayBuffer(capacity * RECORD * 8 + TO_LINE);
  const row = (at: number): Uint32Array => new Uint32Array(wordRows, TO_LINE + at * 4);
  const time = (at: number): Float64Array => new Float64Array(timeRows, TO_LINE + at * 8);
  const flags = new Int32Array(wordRows, TO_LINE + FLAGS * 4), proto = row(PROTO), inner = row(INNER), innerPort = row(INNER_PORT), ext = row(EXT), extPort = row(EXT_PORT), place = row(PLACE);
  /** In the order of `littleWord`. */
  const b4 = new Int32Array(wordRows, TO_LINE + B4 * 4);
  const remotes = row(REMOTES_SEEN);
  /** Confirmed in the lower half, contested in the upper. */
  const said = row(SAID);
  /** At half the index. */
  const lastOut = new Float64Array(wordRows, TO_LINE + LAST_OUT * 4);
  const rst = time(RST), lastIn = time(LAST_IN), lastError = time(LAST_ERROR), born = time(BORN), errorIn = time(ERROR_IN), refused = time(REFUSED);
  const ends = createRemoteEnds(remotes, row(REMOTE), new Uint32Array(timeRows, TO_LINE + OTHER_REMOTES * 8), proto, flags, B_WELL_KNOWN);
  let next = 0;
  let used = 0;
  // What was asked for last, by each end; a new binding may take its place. Several steps of a packet's way ask for the same end, and then for the other one.
  let latestIn = -1, latestOut = -1;
  const keyIn = (b: Uint8Array, o: number, address: number, p: number, port: number): number =>
    hash(hash(littleWord(b, o), littleWord(b, o + 4), littleWord(b, o + 8)), hash(littleWord(b, o + 12), address, seed), (p << 16) | port);
  const keyInOf = (n: number): number => {
    const i = n * RECORD;
    return hash(hash(b4[i], b4[i + 1], b4[i + 2]), hash(b4[i + 3], inner[i], seed), (proto[i] << 16) | innerPort[i]);
  };
  const keyOut = (address: number, p: number, port: number): number => hash(address, (p << 16) | port, seed);
  const keyOutOf = (n: number): number => keyOut(ext[n * RECORD], proto[n * RECORD], extPort[n * RECORD]);
  const inside = createBindingIndex(capacity, keyInOf);
  const outside = createBindingIndex(capacity, keyOutOf);
  function isInternal(i: number, b: Uint8Array, o: number, address: number, port: number): boolean {
    if (inner[i] !== address || innerPort[i] !== port) return false;
    return b4[i + 3] === littleWord(b, o + 12) && b4[i + 2] === littleWord(b, o + 8) && b4[i + 1] === littleWord(b, o + 4) && b4[i] === littleWord(b, o);
  }
  const isExternal = (i: number, address: number, p: number, port: number): boolean => extPort[i] === port && ext[i] === address && proto[i] === p;
  /** The latest binding of an internal end, or of an external one, that has none of the flags `without`. */
  function latestInside(b: Uint8Array, o: number, address: number, p: number, port: number, without: number): number {
    for (let n = inside.first(keyIn(b, o, address, p, port)); n >= 0; n = inside.next(n)) {
      const i = n * RECORD;
      if ((flags[i] & without) === 0 && proto[i] === p && isInternal(i, b, o, address, port)) return i;
    }
    return -1;
  }
  function latestOutside(address: number, p: number, port: number, without: number): number {
    for (let n = outside.first(keyOut(address, p, port)); n >= 0; n = outside.next(n)) {
      const i = n * RECORD;
      if ((flags[i] & without) === 0 && isExternal(i, address, p, port)) return i;
    }
    return -1;
  }
  const t: Bindings = {
    ...ends, capacity, transitory, b4: (i, k) => swap32(b4[i + k]) >>> 0, inner, innerPort, proto, ext, extPort, born, lastIn, lastError, rst, errorIn, refused, flags, place, twins: new Uint8Array(256), count: 0, overlapped: false, isInternal, approached: 0,
    lastOut: (i) => lastOut[i >> 1],
    setLastOut(i, time) {
      lastOut[i >> 1] = time;
    },
    isLatestOutside: (i) => (flags[i] & (B_GONE | B_REBOUND_OUT)) === 0,
    confirmed: (i) => said[i] & 0xffff,
    contested: (i) => said[i] >>> 16,
    confirm(i) {
      if ((said[i] & 0xffff) < 0xffff) said[i]++;
    },
    setContested(i, times) {
      said[i] = (said[i] & 0xffff) | (Math.min(times, 0xffff) << 16);
    },
    byInternal(b, o, address, p, port) {
      if (latestIn >= 0 && (flags[latestIn] & B_GONE) === 0 && proto[latestIn] === p && isInternal(latestIn, b, o, address, port)) return latestIn;
      if (latestOut >= 0 && (flags[latestOut] & (B_GONE | B_REBOUND_IN)) === 0 && proto[latestOut] === p && isInternal(latestOut, b, o, address, port)) {
        latestIn = latestOut;
        return latestIn;
      }
      latestIn = latestInside(b, o, address, p, port, B_GONE);
      return latestIn;
    },
    ahead(b, { off, hash: keys, n }) {
      for (let k = 0; k < n; k++) {
        const o = off[k] + ipv6.HEADER_BYTES;
        keys[k] = keyIn(b, off[k] + ipv6.SRC, u32(b, o + ipv4.SRC), b[o + ipv4.PROTOCOL], u16(b, o + ipv4.HEADER_BYTES));
      }
      inside.approach(keys, n);
      let read = 0;
      for (let k = 0; k < n; k++) read ^= flags[keys[k] * RECORD];
      t.approached = read;
    },
    byExternal(address, p, port) {
      if (latestOut >= 0 && (flags[latestOut] & B_GONE) === 0 && isExternal(latestOut, address, p, port)) return latestOut;
      if (latestIn >= 0 && (flags[latestIn] & (B_GONE | B_REBOUND_OUT)) === 0 && isExternal(latestIn, address, p, port)) {
        latestOut = latestIn;
        return latestOut;
      }
      latestOut = latestOutside(address, p, port, B_GONE);
      return latestOut;
    },
    byRemote(address, p, port, remoteAddress, remotePort) {
      for (let n = outside.first(keyOut(address, p, port)); n >= 0; n = outside.next(n)) {
        const i = n * RECORD;
        if (isExternal(i, address, p, port) && (flags[i] & B_GONE) === 0 && t.knows(i, remoteAddress, remotePort)) return i;
      }
      return t.byExternal(address, p, port);
    },
    byBoth(address, p, port, b, o, innerAddress, near) {
      for (let n = outside.first(keyOut(address, p, port)); n >= 0; n = outside.next(n)) {
        const i = n * RECORD;
        if (isExternal(i, address, p, port) && (flags[i] & B_GONE) === 0 && isInternal(i, b, o, innerAddress, near)) return i;
      }
      return -1;
    },
    create(b, o, address, p, port, outer, outerPort, time, bits) {
      const n = next;
      const i = n * RECORD;
      latestIn = latestOut = -1;
      if (used === capacity) {
        inside.remove(n, keyInOf(n));
        outside.remove(n, keyOutOf(n));
        used--;
      }
      t.count++;
      // What had this place may still be found here, and is overwritten next.
      const before = latestInside(b, o, address, p, port, 0);
      if (before >= 0) flags[before] |= B_REBOUND_IN;
      const there = latestOutside(outer, p, outerPort, 0);
      if (there >= 0) flags[there] |= B_REBOUND_OUT;
      for (let k = 0; k < 4; k++) b4[i + k] = littleWord(b, o + 4 * k);
      inner[i] = address;
      innerPort[i] = port;
      proto[i] = p;
      ext[i] = outer;
      extPort[i] = outerPort;
      born[i] = time;
      lastOut[i >> 1] = lastIn[i] = lastError[i] = rst[i] = errorIn[i] = refused[i] = Number.NEGATIVE_INFINITY;
      flags[i] = bits;
      remotes[i] = place[i] = 0;
      said[i] = 1;
      inside.add(n, keyInOf(n));
      outside.add(n, keyOutOf(n));
      next = (next + 1) % capacity;
      used++;
      return i;
    },
  };
  return t;
}
