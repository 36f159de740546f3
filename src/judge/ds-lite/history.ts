/** The judge's own history of the transcript for DS-Lite (`from-state` clauses), bounded. */
import { u32 } from "../../wire/bits.js";
import { slots } from "../columns.js";

const SENT = 1 << 16;
const LARGE = 1 << 12;
const PATHS = 1 << 12;
const HOPS = 1 << 10;

/** Causes for which a packet may vanish. One loss may be congestion, which no document forbids: only a repeated loss without a success is held against a device. */
export const L_SHUFFLED = 0, L_ORDERED = 1, L_EXTENSION = 2, L_TTL = 3, L_RST = 4, L_PIECES = 5, L_HAIR_UDP = 6, L_HAIR_TCP = 7, L_HAIR_ERROR = 8, L_TOO_BIG = 9, L_UDP = 10, L_TCP = 11, L_TCP_OPEN = 12, L_QUERY = 13, L_FILTER = 14, L_UNREACH_UDP = 15, L_UNREACH_TCP = 16, L_DF = 17, L_FRAGMENT = 18;
/** Causes of the rules on tunnels: atomic fragments, datagrams of up to 1500 bytes, reassembly before decapsulation, echo requests to the well-known address. */
export const L_ATOMIC = 40, L_1500 = 41, L_EXIT = 42, L_ECHO = 43;
const CAUSES = 128;

export interface History {
  /** The last softwire packet sent to the B4 at `b4` from the AFTR with this index: outer hop limit << 8 | inner TTL, -1 = none. Records this one. */
  previousHop(b: Uint8Array, b4: number, aftr: number, hop: number, ttl: number): number;
  /** Last time an input asked for an ICMPv4 error: towards the B4s, towards the core. */
  readonly lastEliciting: Float64Array;
  /** Errors of the device to the core: when it sent the last one, when it last had a reason to relay one from inside the softwire, and how many it relayed. */
  coreError: number; relayDue: number; relayed: number;
  /** When the device last sent an ICMP error of its own into a softwire. */
  softError: number;
  /** How often the device told a B4 that it makes no session (unreachable, codes 1, 9, 10 and 13): a limit that nobody declared, or ports that ran out. */
  refusals: number;
  /** Time Exceeded messages that the device itself sent: to the B4s, to the core. */
  readonly timeExceeded: Float64Array;
  /** Ordinary inputs that were forwarded, by class of inner source (observe.ts). */
  readonly passed: Float64Array;
  /** By cause (L_*): packets that were lost for it, packets that got through in spite of it, the longest idle time after which one got through. */
  readonly lost: Float64Array; readonly got: Float64Array; readonly longest: Float64Array;
  /** Ordinary softwire packets lost, by class of inner source: ports, limits or congestion. */
  readonly vanished: Float64Array;
  /** First capture time of the transcript, and time of the latest packet. */
  started: number; now: number;
  /** From when on all packets are known: the start of a capture; -Infinity for a whole transcript. */
  known: number;
  /** The first packet came at `t`; `whole`: nothing was before it. */
  begin(t: number, whole: boolean): void;
  /** Remembers a softwire packet sent, by its key as an error would quote it. `wasSent` is false only when it surely was not (everything since the start is remembered). */
  sent(key: number): void;
  wasSent(key: number): boolean;
  /** True only when it surely was. */
  surelySent(key: number): boolean;
  /** The same for large packets that came from the core: one whose output the tap missed was sent all the same. */
  came(key: number): void;
  hadCome(key: number): boolean;
  /** Smallest MTU that Packet Too Big messages gave for a B4: by validated ones, by forged ones. 0 = none. */
  learnPath(b: Uint8Array, b4: number, mtu: number, forged: boolean): void;
  /** It has been called. */
  told: boolean;
  path(b: Uint8Array, b4: number): number;
  forgedPath(b: Uint8Array, b4: number): number;
}

interface Keys { add(key: number): void; has(key: number): boolean; surely(key: number): boolean }
/** A bounded set of keys; once it has forgotten one, `has` says yes wherever it might have known it, `surely` only where it does. `size`: a power of two. */
function createKeys(size: number): Keys {
  const keys = new Int32Array(size);
  const full = new Uint8Array(size);
  let overwritten = false;
  const place = (key: number): number => {
    const h = Math.imul(key, 0x9e3779b1);
    return (h ^ (h >>> 15)) & (size - 1);
  };
  return {
    add(key) {
      const i = place(key);
      if (full[i] === 1 && keys[i] !== key) overwritten = true;
      full[i] = 1;
      keys[i] = key;
    },
    has(key) {
      const i = place(key);
      return full[i] === 1 && (keys[i] === key || overwritten);
    },
    surely(key) {
      const i = place(key);
      return full[i] === 1 && keys[i] === key;
    },
  };
}

/** `records`: how many the judge keeps. */
export function createHistory(records: number): History {
  const sent = createKeys(slots(SENT, records));
  const large = createKeys(LARGE);
  const pathHash = new Uint32Array(PATHS);
  const valid = new Uint16Array(PATHS);
  const forgedOf = new Uint16Array(PATHS);
  const hopKey = new Int32Array(HOPS);
  const hopOf = new Int32Array(HOPS).fill(-1);
  const spot = (b: Uint8Array, o: number): number => {
    const h = Math.imul(u32(b, o) ^ Math.imul(u32(b, o + 4), 31) ^ Math.imul(u32(b, o + 8), 131), 0x9e3779b1) ^ Math.imul(u32(b, o + 12), 0x85ebca6b);
    return (h ^ (h >>> 15)) >>> 0;
  };
  const t: History = {
    told: false, lastEliciting: new Float64Array(2).fill(Number.NEGATIVE_INFINITY), coreError: Number.NEGATIVE_INFINITY, relayDue: Number.NEGATIVE_INFINITY, relayed: 0, refusals: 0, softError: Number.NEGATIVE_INFINITY,
    timeExceeded: new Float64Array(2), passed: new Float64Array(8), started: -1, now: 0, known: Number.NEGATIVE_INFINITY, lost: new Float64Array(CAUSES), got: new Float64Array(CAUSES), longest: new Float64Array(CAUSES), vanished: new Float64Array(8),
    begin(time, whole) {
      t.started = time;
      if (!whole) t.known = time;
    },
    previousHop(b, o, aftr, hop, ttl) {
      const h = (spot(b, o) + aftr) | 0;
      const i = h & (HOPS - 1);
      const before = hopKey[i] === h ? hopOf[i] : -1;
      hopKey[i] = h;
      hopOf[i] = (hop << 8) | ttl;
      return before;
    },
    sent: sent.add, wasSent: sent.has, surelySent: sent.surely, came: large.add, hadCome: large.has,
    learnPath(b, o, mtu, forged) {
      t.told = true;
      const h = spot(b, o);
      const i = h & (PATHS - 1);
      if (pathHash[i] !== h) {
        pathHash[i] = h;
        valid[i] = forgedOf[i] = 0;
      }
      const table = forged ? forgedOf : valid;
      table[i] = table[i] === 0 ? mtu : Math.min(table[i], mtu);
    },
    path: (b, o) => (pathHash[spot(b, o) & (PATHS - 1)] === spot(b, o) ? valid[spot(b, o) & (PATHS - 1)] : 0),
    forgedPath: (b, o) => (pathHash[spot(b, o) & (PATHS - 1)] === spot(b, o) ? forgedOf[spot(b, o) & (PATHS - 1)] : 0),
  };
  return t;
}
