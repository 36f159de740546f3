/**
 * NAT bindings learned from the packets: (B4, inner address, protocol, inner port) <-> (external address, port). A binding is a hypothesis with times
 * and provenance. The table is a ring: the oldest binding gives way, and what is not in it is unknown, never wrong.
 */
import { u32 } from "../../wire/bits.js";
import { createChains } from "../pairing/chains.js";
import { P_ICMP, P_TCP } from "./facts.js";

/** Remote ends remembered of one binding. */
export const REMOTES = 4;
/** The first outbound packet was seen, so nothing older explains the binding. */
export const B_CREATED = 1;
/** A remote port below 1024: RFC 4787 REQ-5b allows a shorter timer. */
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
/** Its external end, or its internal one, has been bound once more since: a lookup of that end must not stop here (`byExternal`, `byInternal`). */
const B_REBOUND_OUT = 256, B_REBOUND_IN = 512;

/**
 * Bindings are met at random, and each meeting costs a cache line of 64 bytes, so what an ordinary packet asks for lies in one: RECORD words of 32 bits.
 * The times that few packets ask for, and the other remote ends, lie in an array of their own with the same indices.
 */
export const RECORD = 16;
// Words of the line.
const FLAGS = 0, PROTO = 1, INNER = 2, INNER_PORT = 3, EXT = 4, EXT_PORT = 5, LAST_OUT = 6, B4 = 8, REMOTES_SEEN = 12, REMOTE = 13, SAID = 15;
// Other times (float64).
const RST = 0, LAST_IN = 1, LAST_ERROR = 2, BORN = 3, ERROR_IN = 4, REFUSED = 5, OTHER_REMOTES = 6;
/** Large blocks of the C library begin 16 bytes into a cache line: records begin so many bytes later, at the next one. */
const TO_LINE = 48;

/** A binding is named by the place of its record: a multiple of RECORD, at which its fields lie in each of the arrays. */
export interface Bindings {
  /** Number of records. */
  readonly capacity: number;
  /** The words of the B4 address of binding `i`: b4[i] to b4[i + 3]. */
  readonly b4: Uint32Array;
  readonly inner: Uint32Array; readonly innerPort: Uint32Array; readonly proto: Uint32Array; readonly ext: Uint32Array; readonly extPort: Uint32Array;
  /** Seconds of capture time; -Infinity = never. `lastError`: outbound ICMP error or RST of the inside. */
  readonly born: Float64Array; readonly lastIn: Float64Array; readonly lastError: Float64Array; readonly rst: Float64Array;
  /** Inbound ICMP error about a packet of the binding; inbound packet that was refused. */
  readonly errorIn: Float64Array; readonly refused: Float64Array;
  readonly flags: Int32Array;
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
  isInternal(i: number, b: Uint8Array, b4: number, inner: number, port: number): boolean;
  contact(i: number, address: number, port: number): void;
  knows(i: number, address: number, port: number): boolean;
  knowsAddress(i: number, address: number): boolean;
  /** Was it the first remote end in contact? False when that is forgotten. */
  madeFor(i: number, address: number, port: number): boolean;
  /** Are all remote ends remembered? Otherwise an unknown one may have been in contact. */
  remembersAll(i: number): boolean;
}

const hash = (a: number, c: number, d: number): number => {
  const h = Math.imul(Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  return h ^ (h >>> 15);
};

export function createBindings(capacity: number, seed: number): Bindings {
  const wordRows = new ArrayBuffer(capacity * RECORD * 4 + TO_LINE);
  const timeRows = new ArrayBuffer(capacity * RECORD * 8 + TO_LINE);
  const word = (at: number): Uint32Array => new Uint32Array(wordRows, TO_LINE + at * 4);
  const time = (at: number): Float64Array => new Float64Array(timeRows, TO_LINE + at * 8);
  const flags = new Int32Array(wordRows, TO_LINE + FLAGS * 4), proto = word(PROTO), inner = word(INNER), innerPort = word(INNER_PORT), ext = word(EXT), extPort = word(EXT_PORT), b4 = word(B4);
  const remotes = word(REMOTES_SEEN), firstRemote = word(REMOTE);
  /** Confirmed in the lower half, contested in the upper. */
  const said = word(SAID);
  /** At half the index. */
  const lastOut = new Float64Array(wordRows, TO_LINE + LAST_OUT * 4);
  const rst = time(RST), lastIn = time(LAST_IN), lastError = time(LAST_ERROR), born = time(BORN), errorIn = time(ERROR_IN), refused = time(REFUSED);
  const otherRemotes = new Uint32Array(timeRows, TO_LINE + OTHER_REMOTES * 8);
  const inside = createChains(capacity * 2, capacity, seed);
  const outside = createChains(capacity * 2, capacity, seed ^ 0x5bd1e995);
  const used = new Uint8Array(capacity);
  let next = 0;
  // What was asked for last, by each end; a new binding may take its place. Several steps of a packet's way ask for the same end, and then for the other one.
  let latestIn = -1, latestOut = -1;
  const keyIn = (b: Uint8Array, o: number, address: number, p: number, port: number): number =>
    hash(hash(u32(b, o), u32(b, o + 4), u32(b, o + 8)), hash(u32(b, o + 12), address, seed), (p << 16) | port);
  const keyInOf = (i: number): number => hash(hash(b4[i], b4[i + 1], b4[i + 2]), hash(b4[i + 3], inner[i], seed), (proto[i] << 16) | innerPort[i]);
  const keyOut = (address: number, p: number, port: number): number => hash(address, (p << 16) | port, seed);
  const isInternal = (i: number, b: Uint8Array, o: number, address: number, port: number): boolean =>
    inner[i] === address && innerPort[i] === port && b4[i] === u32(b, o) && b4[i + 1] === u32(b, o + 4) && b4[i + 2] === u32(b, o + 8) && b4[i + 3] === u32(b, o + 12);
  const isExternal = (i: number, address: number, p: number, port: number): boolean => extPort[i] === port && ext[i] === address && proto[i] === p;
  /** Word of `otherRemotes` with the address of remote end k > 0; its port follows. */
  const other = (i: number, k: number): number => 2 * (i + k - 1);
  const t: Bindings = {
    capacity, b4, inner, innerPort, proto, ext, extPort, born, lastIn, lastError, rst, errorIn, refused, flags, twins: new Uint8Array(256), count: 0, overlapped: false, isInternal,
    lastOut: (i) => lastOut[i >> 1],
    setLastOut(i, time) {
      lastOut[i >> 1] = time;
    },
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
      const key = keyIn(b, o, address, p, port);
      let n = inside.last(key);
      while (n >= 0 && !((flags[n * RECORD] & B_GONE) === 0 && proto[n * RECORD] === p && isInternal(n * RECORD, b, o, address, port))) n = inside.prev[n];
      latestIn = n < 0 ? -1 : n * RECORD;
      return latestIn;
    },
    byExternal(address, p, port) {
      if (latestOut >= 0 && (flags[latestOut] & B_GONE) === 0 && isExternal(latestOut, address, p, port)) return latestOut;
      if (latestIn >= 0 && (flags[latestIn] & (B_GONE | B_REBOUND_OUT)) === 0 && isExternal(latestIn, address, p, port)) {
        latestOut = latestIn;
        return latestOut;
      }
      let n = outside.last(keyOut(address, p, port));
      while (n >= 0 && !((flags[n * RECORD] & B_GONE) === 0 && isExternal(n * RECORD, address, p, port))) n = outside.prev[n];
      latestOut = n < 0 ? -1 : n * RECORD;
      return latestOut;
    },
    byRemote(address, p, port, remoteAddress, remotePort) {
      const key = keyOut(address, p, port);
      for (let n = outside.last(key); n >= 0; n = outside.prev[n]) {
        const i = n * RECORD;
        if (isExternal(i, address, p, port) && (flags[i] & B_GONE) === 0 && t.knows(i, remoteAddress, remotePort)) return i;
      }
      return t.byExternal(address, p, port);
    },
    byBoth(address, p, port, b, o, innerAddress, near) {
      const key = keyOut(address, p, port);
      for (let n = outside.last(key); n >= 0; n = outside.prev[n]) {
        const i = n * RECORD;
        if (isExternal(i, address, p, port) && (flags[i] & B_GONE) === 0 && isInternal(i, b, o, innerAddress, near)) return i;
      }
      return -1;
    },
    create(b, o, address, p, port, outer, outerPort, time, bits) {
      const n = next;
      const i = n * RECORD;
      next = (next + 1) % capacity;
      latestIn = latestOut = -1;
      if (used[n] === 1) {
        inside.remove(n, keyInOf(i));
        outside.remove(n, keyOut(ext[i], proto[i], extPort[i]));
      }
      used[n] = 1;
      t.count++;
      for (let k = 0; k < 4; k++) b4[i + k] = u32(b, o + 4 * k);
      inner[i] = address;
      innerPort[i] = port;
      proto[i] = p;
      ext[i] = outer;
      extPort[i] = outerPort;
      born[i] = time;
      lastOut[i >> 1] = lastIn[i] = lastError[i] = rst[i] = errorIn[i] = refused[i] = Number.NEGATIVE_INFINITY;
      flags[i] = bits;
      remotes[i] = 0;
      said[i] = 1;
      const insideKey = keyIn(b, o, address, p, port);
      const outsideKey = keyOut(outer, p, outerPort);
      for (let k = inside.last(insideKey); k >= 0; k = inside.prev[k]) {
        if (proto[k * RECORD] !== p || !isInternal(k * RECORD, b, o, address, port)) continue;
        flags[k * RECORD] |= B_REBOUND_IN;
        break;
      }
      for (let k = outside.last(outsideKey); k >= 0; k = outside.prev[k]) {
        if (!isExternal(k * RECORD, outer, p, outerPort)) continue;
        flags[k * RECORD] |= B_REBOUND_OUT;
        break;
      }
      inside.add(n, insideKey);
      outside.add(n, outsideKey);
      return i;
    },
    contact(i, address, port) {
      if (port < 1024 && proto[i] !== P_ICMP) flags[i] |= B_WELL_KNOWN;
      if (t.knows(i, address, port)) return;
      const k = remotes[i] % REMOTES;
      if (k === 0) {
        firstRemote[i] = address;
        firstRemote[i + 1] = port;
      } else {
        otherRemotes[other(i, k)] = address;
        otherRemotes[other(i, k) + 1] = port;
      }
      remotes[i] = remotes[i] < 250 ? remotes[i] + 1 : 4;
    },
    knows(i, address, port) {
      const n = Math.min(remotes[i], REMOTES);
      if (n > 0 && firstRemote[i] === address && firstRemote[i + 1] === port) return true;
      for (let k = 1; k < n; k++) if (otherRemotes[other(i, k)] === address && otherRemotes[other(i, k) + 1] === port) return true;
      return false;
    },
    knowsAddress(i, address) {
      const n = Math.min(remotes[i], REMOTES);
      if (n > 0 && firstRemote[i] === address) return true;
      for (let k = 1; k < n; k++) if (otherRemotes[other(i, k)] === address) return true;
      return false;
    },
    madeFor: (i, address, port) => remotes[i] > 0 && remotes[i] <= REMOTES && firstRemote[i] === address && firstRemote[i + 1] === port,
    remembersAll: (i) => remotes[i] <= REMOTES,
  };
  return t;
}

/** Seconds without outbound traffic for which every conforming NAT keeps the binding (RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2). */
export function floorSeconds(t: Bindings, i: number): number {
  if (t.proto[i] === P_ICMP) return 60;
  if (t.proto[i] === P_TCP) {
    const f = t.flags[i];
    // RFC 7857 section 2.2 lets RST end it, TIME_WAIT is free (decisions D25).
    if (t.rst[i] >= 0 || (f & (B_FIN_IN | B_FIN_OUT)) !== 0) return 0;
    return (f & B_SYN_OUT) !== 0 && (f & B_SYN_IN) !== 0 ? 7440 : 240;
  }
  return (t.flags[i] & B_WELL_KNOWN) !== 0 ? 0 : 120;
}
