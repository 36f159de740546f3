/** What the judge remembers of the softwires themselves: fragment identifications, flow labels, Packet Too Big from inside the tunnel, echo. Bounded. */
import { u32 } from "../../wire/bits.js";
import { slots } from "../columns.js";

const IDS = 1 << 14;
const LABELS = 1 << 13;
const PATHS = 1 << 12;
const ECHOES = 1 << 10;

export interface TunnelHistory {
  /** Seconds since the fragment identification at `id` (4 bytes) was used towards the same destination for another datagram; Infinity when it was not. Records it. */
  identification(b: Uint8Array, destination: number, id: number, digest: number, time: number): number;
  /** The flow label that the flow with this key had before, -1 when it is new. Records it. */
  flowLabel(key: number, check: number, label: number): number;
  /** A Packet Too Big about a packet to the B4 at `o` that was really sent. */
  tooBig(b: Uint8Array, o: number, mtu: number, time: number): void;
  /** A Packet Too Big has been remembered. */
  told: boolean;
  /** Slot of the B4 at `o` in the arrays below, -1 when no Packet Too Big named it. */
  path(b: Uint8Array, o: number): number;
  /** Smallest MTU of 1280 or more that was reported (0 = none), when first and when last, and how often. */
  readonly mtu: Uint16Array; readonly first: Float64Array; readonly last: Float64Array; readonly reports: Uint16Array;
  /** When an MTU below 1280 was reported last; -Infinity = never. */
  readonly tiny: Float64Array;
  /** 1 when a fragment was cut to the reported MTU. */
  readonly honoured: Uint8Array;
  /** Largest fragment with more to follow that the device sent, bytes. */
  largest: number;
  /** Most bytes of extension headers in a whole softwire packet that the device sent: they count as tunnel headers (RFC 2473 section 6.7). */
  headers: number;
  /** When an ICMP error was last sent whose quotation the capture cut: it may be the answer that seems to be missing. -Infinity = never. */
  blindAt: number;
  /** Echo replies sent from the well-known address, by sequence number and B4; `replied` may say yes for others too. */
  replying(key: number): void;
  replied(key: number): boolean;
  /** Per AFTR: outer DSCP that is neither 0 nor the packet's own, as first seen; -1 = none yet. */
  readonly fixedDscp: Int8Array;
  /** Per AFTR, towards B4s and core: tokens of the declared ICMP rate, and when they were counted. */
  readonly tokens: Float64Array; readonly counted: Float64Array;
  /** The same: what tells the last ICMP error sent from a copy of itself. */
  readonly lastError: Int32Array;
}

const hash6 = (b: Uint8Array, o: number): number => {
  const h = Math.imul(u32(b, o) ^ Math.imul(u32(b, o + 4), 31) ^ Math.imul(u32(b, o + 8), 131), 0x9e3779b1) ^ Math.imul(u32(b, o + 12), 0x85ebca6b);
  return (h ^ (h >>> 15)) >>> 0;
};

/** `records`: how many the judge keeps. */
export function createTunnelHistory(aftrs: number, records: number): TunnelHistory {
  const ids = slots(IDS, records);
  const labels = slots(LABELS, records);
  const idKey = new Uint32Array(ids);
  const idValue = new Uint32Array(ids);
  const idDigest = new Int32Array(ids);
  const idTime = new Float64Array(ids).fill(Number.NEGATIVE_INFINITY);
  const labelCheck = new Int32Array(labels);
  const labelOf = new Int32Array(labels).fill(-1);
  const pathKey = new Uint32Array(PATHS);
  const used = new Uint8Array(PATHS);
  const echoes = new Int32Array(ECHOES);
  const t: TunnelHistory = {
    identification(b, destination, id, digest, time) {
      const key = hash6(b, destination);
      const value = u32(b, id);
      const i = (Math.imul(key ^ value, 0x9e3779b1) >>> 16) & (ids - 1);
      const age = idKey[i] === key && idValue[i] === value && idDigest[i] !== digest ? time - idTime[i] : Number.POSITIVE_INFINITY;
      idKey[i] = key;
      idValue[i] = value;
      idDigest[i] = digest;
      idTime[i] = time;
      return age;
    },
    flowLabel(key, check, label) {
      const i = (key ^ (key >>> 13)) & (labels - 1);
      const before = labelCheck[i] === check ? labelOf[i] : -1;
      labelCheck[i] = check;
      labelOf[i] = label;
      return before;
    },
    tooBig(b, o, mtu, time) {
      t.told = true;
      const h = hash6(b, o);
      const i = h & (PATHS - 1);
      if (used[i] === 0 || pathKey[i] !== h) {
        used[i] = 1;
        pathKey[i] = h;
        t.mtu[i] = t.reports[i] = t.honoured[i] = 0;
        t.tiny[i] = Number.NEGATIVE_INFINITY;
      }
      if (mtu < 1280) {
        t.tiny[i] = time;
        return;
      }
      // What would make it larger says nothing (RFC 8201 section 4), and does not confirm what was said before.
      if (mtu > 0xffff || (t.mtu[i] > 0 && mtu > t.mtu[i])) return;
      if (t.mtu[i] !== mtu) {
        t.mtu[i] = mtu;
        t.first[i] = time;
        t.reports[i] = t.honoured[i] = 0;
      }
      t.last[i] = time;
      if (t.reports[i] < 1000) t.reports[i]++;
    },
    path(b, o) {
      const h = hash6(b, o);
      const i = h & (PATHS - 1);
      return used[i] === 1 && pathKey[i] === h ? i : -1;
    },
    told: false, mtu: new Uint16Array(PATHS), first: new Float64Array(PATHS), last: new Float64Array(PATHS), reports: new Uint16Array(PATHS), tiny: new Float64Array(PATHS).fill(Number.NEGATIVE_INFINITY),
    honoured: new Uint8Array(PATHS), largest: 0, headers: 0, blindAt: Number.NEGATIVE_INFINITY,
    replying(key) {
      echoes[(key ^ (key >>> 11)) & (ECHOES - 1)] = key | 1;
    },
    replied: (key) => echoes[(key ^ (key >>> 11)) & (ECHOES - 1)] === (key | 1),
    fixedDscp: new Int8Array(aftrs).fill(-1), tokens: new Float64Array(aftrs * 2).fill(-1), counted: new Float64Array(aftrs * 2), lastError: new Int32Array(aftrs * 2),
  };
  return t;
}
