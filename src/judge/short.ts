/**
 * The short way for what nearly every exchange of a replay is: a whole TCP or UDP packet, and at once its copy out of the other side. The output is read where its
 * writer has it, beside its input: it needs no place in the ring, no parse and no table. It is only counted, and only when every rule's outcome follows from
 * aspects (aspects.ts). Whatever is unusual in any way gives false: then nothing has happened, and the ordinary functions (parse.ts, pairing/, engine.ts) take both
 * packets. They are the definition; this only repeats what they do with an exchange that they count.
 */
import { ACCESS, CORE, type Side } from "../config/types.js";
import type { Ipv6 } from "../wire/address.js";
import type { Memory } from "../wire/memory.js";
import { copyPacket, viewOf, wordsOf } from "../wire/words.js";
import * as A from "./aspects.js";
import { type Domain, isOwnAddress } from "./domain.js";
import type { Engine } from "./engine.js";
import * as F from "./facts.js";
import * as C from "./forwarded.js";
import { canGlance } from "./glance.js";
import { digest } from "./observe.js";
import type { Pairing } from "./pairing/pairing.js";
import { type ShortInput, createShortInput } from "./short-input.js";
import { createTranslation } from "./short-translation.js";
import { ANYCAST_RELAY, type Figure3, isSixToFourWord } from "./six-to-four/domain.js";
import type { State } from "./state.js";
import type { Ring } from "./transcript.js";

const IPV4_BYTES = 20;
/** Longer packets are rare. */
const LONGEST = 2048;

export interface Short {
  /** Is an input held, whose copy may come next and settle both? Its packet lies at `at`, `len` bytes; `time` (s) is that of the judge's clock. */
  held: boolean;
  readonly at: number;
  readonly len: number;
  readonly side: Side;
  readonly wireLen: number;
  readonly sec: number;
  readonly nsec: number;
  readonly time: number;
  readonly file: number;
  readonly frame: number;
  readonly ordinal: number;
  /** May this input go the short way? Then it is held; it was copied. */
  holds(side: Side, off: number, len: number, wireLen: number, sec: number, nsec: number, time: number, file: number, frame: number, ordinal: number): boolean;
  /**
   * Is the packet at `off`, for which the reference names `cause`, the copy of the input that is held, and does that settle both? Then they were counted. A stamp
   * that the clock does not believe yet is not for this way.
   */
  completes(side: Side, off: number, len: number, wireLen: number, sec: number, nsec: number, cause: number): boolean;
}

/** For a whole transcript. Undefined where it is not worth it: with several tunnels, a 6to4 router, a mapping other than figure 3 of RFC 6732. */
export function createShort(memory: Memory, ownIpv6: readonly Ipv6[], ring: Ring, state: State, domains: readonly Domain[], engine: Engine, pairing: Pairing): Short | undefined {
  const b = memory.u8;
  const w = wordsOf(b);
  const d = domains[0];
  if (domains.length !== 1 || !canGlance(w)) return undefined;
  const s = d.sixToFour;
  if (s !== undefined && (s.router || (s.provider !== undefined && (s.figure3 === undefined || !isPlain(s.figure3))))) return undefined;
  const v = viewOf(b);
  const i = createShortInput(b, d, ownIpv6);
  if (i === undefined) return undefined;
  const at = (memory.alloc(LONGEST + 16) + 7) & ~7;
  const translation = s?.figure3 === undefined ? undefined : createTranslation(b, s.figure3);
  const { dscp } = d.tunnel;

  /** Are the first two words at `j` those at `i`, but for a hop limit one less, which leaves it above 1? */
  const isNextHop = (i: number, j: number): boolean => v.getInt32(i) === v.getInt32(j) && v.getInt32(i + 4) - 1 === v.getInt32(j + 4) && b[j + 7] > 1;
  /** And the rest of the `n` bytes? `i` is a multiple of 4. */
  function isSame(i: number, j: number, n: number): boolean {
    let k = 8;
    for (; k + 4 <= n; k += 4) if (w[(i + k) >> 2] !== v.getInt32(j + k, true)) return false;
    for (; k < n; k++) if (b[i + k] !== b[j + k]) return false;
    return true;
  }

  /** What holds of both packets of a pair. */
  const pairAspects = (first: number): number =>
    A.B_WHOLE | A.B_UNALTERED | A.B_HOP | A.B_CLASS | A.B_NOT_ICMP | A.B_TTL | ((first & 0x00300000) === 0 ? A.B_NOT_ECT : A.B_ECT) | (state.claims === 0 ? A.B_NO_CLAIMS : 0);

  function decapsulated(x: ShortInput, off: number): boolean {
    const { inner, bytes, source } = x;
    if (!isNextHop(inner, off)) return false;
    let pair = pairAspects(v.getInt32(inner));
    if (translation === undefined) {
      if (!isSame(inner, off, bytes)) return false;
    } else {
      if (!translation.outwards(inner, off, bytes)) return false;
      pair |= A.B_TRANSLATED | A.B_SUM;
    }
    if ((x.tos & 3) === 0) pair |= A.B_OUTER_NOT_ECT;
    let facts = 0;
    let input = 0;
    if (s !== undefined) {
      const to = x.target;
      const shared = source >>> 22 === 0x64400000 >>> 22;
      const anycast = A.isAnycastBlock(to);
      pair |= (shared ? A.B_SHARED : A.B_NOT_SHARED) | (anycast ? A.B_TO_ANYCAST : A.B_TO_UNICAST);
      if (!state.knowsCe(source)) facts = F.F_NEW_CE & engine.inputTriggers;
      input = C.C_ORDINARY | C.C_TUNNELLED | C.C_ONE_PIECE | C.C_TTL | (isSixToFourWord(w[(inner + 24) >> 2]) ? C.C_TO_SITE : C.C_TO_OTHER) | (shared ? C.C_SHARED : C.C_NOT_SHARED);
      if (to === ANYCAST_RELAY) input |= C.C_TO_RELAY;
      else if (!anycast) input |= C.C_TO_UNICAST;
    }
    if (!pairing.isAlone(inner, bytes, x.tunnelled) || !engine.counts(F.K_NATIVE, A.A_NO_ROUTING, F.FLOW_DECAP, pair, facts, input)) return false;
    state.sawCe(source);
    return true;
  }

  function encapsulated(x: ShortInput, off: number, len: number): boolean {
    const { inner, bytes } = x;
    const w0 = v.getInt32(off);
    const w1 = v.getInt32(off + 4);
    const w2 = v.getInt32(off + 8);
    const from = v.getUint32(off + 12);
    const to = v.getUint32(off + 16);
    const copy = off + IPV4_BYTES;
    const first = v.getInt32(inner);
    if (w0 >>> 24 !== 0x45 || (w0 & 0xffff) !== len || (w1 & 0xbfff) !== 0 || w2 >>> 24 === 0 || ((w2 >>> 16) & 0xff) !== 41 || (w2 & 0xffff) === 0) return false;
    const sum = fold(w0) + fold(w1) + fold(w2) + fold(from) + fold(to);
    if (fold(sum) !== 0xffff || to === 0 || to !== x.nextHop || !isOwnAddress(d, from) || !isNextHop(inner, copy)) return false;
    let pair = pairAspects(first) | A.B_FROM_OWN | A.B_TO_EMBEDDED;
    if (translation === undefined) {
      if (!isSame(inner, copy, bytes)) return false;
    } else {
      if (!translation.inwards(inner, copy, bytes)) return false;
      pair |= A.B_TRANSLATED | A.B_SUM;
    }
    const tos = (w0 >>> 16) & 0xff;
    if (tos >>> 2 === (dscp.mode === "copy" ? (first >>> 22) & 63 : dscp.mode === "fixed" ? dscp.dscp : 0)) pair |= A.B_DSCP;
    if ((tos & 3) === 0 || (tos & 3) === ((first >>> 20) & 3)) pair |= A.B_ECN;
    if (bytes < 1280) pair |= A.B_BELOW_1280;
    else if (bytes <= 1480) pair |= A.B_1280_TO_1480;
    const { ttl } = state;
    const df = (w1 >>> 14) & 1;
    const hop = b[copy + 7];
    const last = d.index * 4;
    if (w2 >>> 24 === d.tunnel.ttl) pair |= A.B_TTL_CONFIGURED;
    if (ttl[last] === w2 >>> 24) pair |= ttl[last + 1] === hop ? A.B_TTL_KEPT : A.B_TTL_STEADY;
    let output = A.A_SHAPE | A.A_NO_DISCOVERY | A.A_NOT_LOCAL | (df === 1 ? A.A_DF : A.A_NO_DF);
    if (ttl[last + 2] === df) output |= A.A_DF_KEPT;
    if (state.paths === 0) {
      output |= A.A_NO_PATHS;
      pair |= A.B_NO_PATHS;
    }
    if (s !== undefined) {
      if (isSixToFourWord(w[(inner + 8) >> 2])) return false;
      output |= A.A_FROM_NATIVE | A.A_TO_EMBEDDED;
      if (!A.isPrivate(from) && !A.isPrivate(to)) output |= A.A_PUBLIC;
      if (to >>> 28 !== 14 && to !== 0xffffffff && !isOwnAddress(d, to)) output |= A.A_TO_HOST;
      if (from === ANYCAST_RELAY) pair |= A.B_FROM_ANYCAST;
      else if (!A.isAnycastBlock(from)) pair |= A.B_FROM_UNICAST;
    }
    const id = w1 >>> 16;
    const mark = df === 1 ? 0 : digest(b, off, len);
    const { time } = short;
    if (df === 1 || time - state.identified(from, to, id, mark) > A.LIFETIME_SECONDS) output |= A.A_FRESH;
    const facts = (F.F_TO_CE | (state.knowsCe(to) ? 0 : F.F_NEW_CE)) & engine.inputTriggers;
    const input = C.C_ORDINARY | C.C_NATIVE | C.C_ONE_PIECE | (translation === undefined ? 0 : C.C_TO_PROVIDER) | (isSixToFourWord(w[(inner + 24) >> 2]) ? C.C_TO_SITE : C.C_TO_OTHER) | C.announcedAspect(state, d);
    if (!pairing.isAlone(inner, bytes, x.tunnelled) || !engine.counts(F.K_TUNNEL, output, F.FLOW_ENCAP, pair, facts, input)) return false;
    ttl[last + 1] = hop;
    if (df !== 1) state.identification(from, to, id, mark, time);
    return true;
  }

  const short = {
    held: false, at, len: 0, side: ACCESS as Side, wireLen: 0, sec: 0, nsec: 0, time: 0, file: 0, frame: 0, ordinal: 0,
    holds(side: Side, off: number, len: number, wireLen: number, sec: number, nsec: number, time: number, file: number, frame: number, ordinal: number): boolean {
      if (len > LONGEST || wireLen > len) return false;
      copyPacket(b, at, off, len);
      if (!i.looks(at, len, side)) return false;
      short.held = true;
      short.len = len;
      short.side = side;
      short.wireLen = wireLen;
      short.sec = sec;
      short.nsec = nsec;
      short.time = time;
      short.file = file;
      short.frame = frame;
      short.ordinal = ordinal;
      return true;
    },
    completes(side: Side, off: number, len: number, wireLen: number, sec: number, nsec: number, cause: number): boolean {
      if (short.sec !== sec || short.nsec !== nsec || short.ordinal !== cause || wireLen !== len || side !== (i.tunnelled ? CORE : ACCESS)) return false;
      if (len !== i.bytes + (i.tunnelled ? 0 : IPV4_BYTES) || !ring.fits(short.len, len) || !(i.tunnelled ? decapsulated(i, off) : encapsulated(i, off, len))) return false;
      short.held = false;
      // Two records have come, and left (`retire.leave`).
      ring.pushed += 2;
      return true;
    },
  };
  return short;
}

const fold = (w: number): number => (w >>> 16) + (w & 0xffff);
/** A prefix of global unicast addresses outside of 2002::/16: what is translated is then as ordinary as any other packet. */
const isPlain = (f: Figure3): boolean => (f.prefix & 0xe0) === 0x20 && !isSixToFourWord(f.prefix);
