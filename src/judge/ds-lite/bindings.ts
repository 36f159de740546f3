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

/** Float64 places of a record. Bindings are met at random, so each field that an ordinary packet asks for lies in one of two cache lines of 64 bytes. */
export const RECORD = 24;
const KEY = 0, FLAGS = 1, PROTO = 2, INNER = 3, INNER_PORT = 4, EXT = 5, EXT_PORT = 6, LAST_OUT = 7;
const B4 = 8, REMOTES_SEEN = 10, REMOTE = 11, RST = 15;
const LAST_IN = 16, LAST_ERROR = 17, BORN = 18, ERROR_IN = 19, REFUSED = 20, OUTSIDE_KEY = 21;

/** A binding is named by the place of its record: a multiple of RECORD, at which its fields lie in each of the arrays. */
export interface Bindings {
  /** Number of records. */
  readonly capacity: number;
  /** The words of the B4 address of binding `i`: b4[2 * i] to b4[2 * i + 3]. */
  readonly b4: Uint32Array;
  readonly inner: Float64Array; readonly innerPort: Float64Array; readonly proto: Float64Array; readonly ext: Float64Array; readonly extPort: Float64Array;
  /** Seconds of capture time; -Infinity = never. `lastError`: outbound ICMP error or RST of the inside. */
  readonly born: Float64Array; readonly lastOut: Float64Array; readonly lastIn: Float64Array; readonly lastError: Float64Array; readonly rst: Float64Array;
  /** Inbound ICMP error about a packet of the binding; inbound packet that was refused. */
  readonly errorIn: Float64Array; readonly refused: Float64Array;
  readonly flags: Float64Array;
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
  const rows = new ArrayBuffer(capacity * RECORD * 8);
  const column = (at: number): Float64Array => new Float64Array(rows, at * 8);
  const words = (at: number): Uint32Array => new Uint32Array(rows, at * 8);
  const insideKey = column(KEY), flags = column(FLAGS), proto = column(PROTO), inner = column(INNER), innerPort = column(INNER_PORT), ext = column(EXT), extPort = column(EXT_PORT), lastOut = column(LAST_OUT);
  const b4 = words(B4), remotes = column(REMOTES_SEEN), rst = column(RST);
  /** Address and port of remote end k of binding i: words 2 * (i + k) and the next. */
  const remote = words(REMOTE);
  const lastIn = column(LAST_IN), lastError = column(LAST_ERROR), born = column(BORN), errorIn = column(ERROR_IN), refused = column(REFUSED), outsideKey = column(OUTSIDE_KEY);
  const inside = createChains(capacity * 2, capacity, seed);
  const outside = createChains(capacity * 2, capacity, seed ^ 0x5bd1e995);
  const used = new Uint8Array(capacity);
  let next = 0;
  // What was asked for last, by each end; a new binding may take its place.
  let latestIn = -1, latestInKey = 0, latestOut = -1, latestOutKey = 0;
  const keyIn = (b: Uint8Array, o: number, address: number, p: number, port: number): number =>
    hash(hash(u32(b, o), u32(b, o + 4), u32(b, o + 8)), hash(u32(b, o + 12), address, seed), (p << 16) | port);
  const keyOut = (address: number, p: number, port: number): number => hash(address, (p << 16) | port, seed);
  const t: Bindings = {
    capacity, b4, inner, innerPort, proto, ext, extPort, born, lastOut, lastIn, lastError, rst, errorIn, refused, flags, count: 0, overlapped: false,
    isInternal: (i, b, o, address, port) =>
      inner[i] === address && innerPort[i] === port && b4[i * 2] === u32(b, o) && b4[i * 2 + 1] === u32(b, o + 4) && b4[i * 2 + 2] === u32(b, o + 8) && b4[i * 2 + 3] === u32(b, o + 12),
    byInternal(b, o, address, p, port) {
      const key = keyIn(b, o, address, p, port);
      // Several steps of a packet's way ask for the same end.
      if (latestIn >= 0 && key === latestInKey && proto[latestIn] === p && (flags[latestIn] & B_GONE) === 0 && t.isInternal(latestIn, b, o, address, port)) return latestIn;
      let i = inside.last(key) * RECORD;
      while (i >= 0 && !(insideKey[i] === key && proto[i] === p && (flags[i] & B_GONE) === 0 && t.isInternal(i, b, o, address, port))) i = inside.prev[i / RECORD] * RECORD;
      latestIn = i < 0 ? -1 : i;
      latestInKey = key;
      return latestIn;
    },
    byExternal(address, p, port) {
      const key = keyOut(address, p, port);
      if (latestOut >= 0 && key === latestOutKey && proto[latestOut] === p && (flags[latestOut] & B_GONE) === 0 && ext[latestOut] === address && extPort[latestOut] === port) return latestOut;
      let i = outside.last(key) * RECORD;
      while (i >= 0 && !(extPort[i] === port && ext[i] === address && proto[i] === p && (flags[i] & B_GONE) === 0)) i = outside.prev[i / RECORD] * RECORD;
      latestOut = i < 0 ? -1 : i;
      latestOutKey = key;
      return latestOut;
    },
    byRemote(address, p, port, remoteAddress, remotePort) {
      const key = keyOut(address, p, port);
      for (let i = outside.last(key) * RECORD; i >= 0; i = outside.prev[i / RECORD] * RECORD) {
        if (extPort[i] === port && ext[i] === address && proto[i] === p && (flags[i] & B_GONE) === 0 && t.knows(i, remoteAddress, remotePort)) return i;
      }
      return t.byExternal(address, p, port);
    },
    byBoth(address, p, port, b, o, innerAddress, near) {
      const key = keyOut(address, p, port);
      for (let i = outside.last(key) * RECORD; i >= 0; i = outside.prev[i / RECORD] * RECORD) {
        if (extPort[i] === port && ext[i] === address && proto[i] === p && (flags[i] & B_GONE) === 0 && t.isInternal(i, b, o, innerAddress, near)) return i;
      }
      return -1;
    },
    create(b, o, address, p, port, outer, outerPort, time, bits) {
      const n = next;
      const i = n * RECORD;
      next = (next + 1) % capacity;
      latestIn = latestOut = -1;
      if (used[n] === 1) {
        inside.remove(n, insideKey[i]);
        outside.remove(n, outsideKey[i]);
      }
      used[n] = 1;
      t.count++;
      for (let k = 0; k < 4; k++) b4[i * 2 + k] = u32(b, o + 4 * k);
      inner[i] = address;
      innerPort[i] = port;
      proto[i] = p;
      ext[i] = outer;
      extPort[i] = outerPort;
      born[i] = time;
      lastOut[i] = lastIn[i] = lastError[i] = rst[i] = errorIn[i] = refused[i] = Number.NEGATIVE_INFINITY;
      flags[i] = bits;
      remotes[i] = 0;
      insideKey[i] = keyIn(b, o, address, p, port);
      outsideKey[i] = keyOut(outer, p, outerPort);
      inside.add(n, insideKey[i]);
      outside.add(n, outsideKey[i]);
      return i;
    },
    contact(i, address, port) {
      if (port < 1024 && proto[i] !== P_ICMP) flags[i] |= B_WELL_KNOWN;
      if (t.knows(i, address, port)) return;
      const k = 2 * (i + (remotes[i] % REMOTES));
      remote[k] = address;
      remote[k + 1] = port;
      remotes[i] = remotes[i] < 250 ? remotes[i] + 1 : 4;
    },
    knows(i, address, port) {
      for (let k = 0; k < Math.min(remotes[i], REMOTES); k++) if (remote[2 * (i + k)] === address && remote[2 * (i + k) + 1] === port) return true;
      return false;
    },
    knowsAddress(i, address) {
      for (let k = 0; k < Math.min(remotes[i], REMOTES); k++) if (remote[2 * (i + k)] === address) return true;
      return false;
    },
    madeFor: (i, address, port) => remotes[i] > 0 && remotes[i] <= REMOTES && remote[2 * i] === address && remote[2 * i + 1] === port,
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
