/** The inputs that an output may come from: those of its key that agree with it. */
import { u32 } from "../../wire/bits.js";
import { wordsOf } from "../../wire/words.js";
import { headerLength } from "../../wire/ipv4.js";
import * as F from "../facts.js";
import { fitsIpv6 } from "../loose.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import { type Records, S_AMBIGUOUS, S_MODIFIED } from "../transcript.js";
import type { Chains } from "./chains.js";
import { sameInner } from "./key.js";
import { INBOUND, OUTBOUND, type PmtFlow, type PmtKeys, isClose, isSameAddress } from "./pmt.js";

/** Facts about what came before a packet, not about the packet. */
const HISTORY = F.F_ISOLATED | F.F_NEW_CE;
/** Candidates kept of one ambiguous output. */
export const MOST_CANDIDATES = 8;
/** Equal inputs that are passed over for one that fits the output better. */
const MOST_PASSED = 64;

/** `quoted`: offset of the outer header that an ICMPv4 error quotes, 0 for none: its addresses and identification must be those of the candidate. */
export interface Found { readonly candidates: Int32Array; count: number; quoted: number }

export interface Finder {
  differs(x: number, y: number): boolean;
  /** Do hop limit and traffic class of input `s` agree with those of the forwarded packet at `o`, whose hop limit is `hop` (negative: any)? ECN may have been marked on the way. */
  fits(s: number, o: number, hop: number): boolean;
  find(key: number, o: number, len: number, before: number, hop: number, exactOnly: boolean, pmt?: SixToFourDomain, flow?: PmtFlow): number;
  findTranslated(q: number, visible: number, latest: number): number;
}

/** Fills `p`; `main` holds the inputs that wait. */
export function createFinder(b: Uint8Array, r: Records, main: Chains, p: Found, pmtKeys: PmtKeys, anyPmt: SixToFourDomain | undefined): Finder {
  const w = wordsOf(b);

  /** Do two inputs of one key differ in anything that their output depends on? */
  function differs(x: number, y: number): boolean {
    const i = r.inner[x];
    const j = r.inner[y];
    if (r.kind[x] !== r.kind[y]) return true;
    // Errors that quote the same packet: their type and code decide.
    if (r.kind[x] === F.K_ICMP4) return u32(b, r.off[x] + headerLength(b, r.off[x])) >>> 16 !== u32(b, r.off[y] + headerLength(b, r.off[y])) >>> 16;
    return r.side[x] !== r.side[y] || r.tos[x] !== r.tos[y] || ((r.facts[x] ^ r.facts[y]) & ~HISTORY) !== 0 || b[i + 7] !== b[j + 7] ||
      // Through a stateful PMT relay the packets of two sites may share a key.
      (anyPmt !== undefined && !(isSameAddress(b, i + 8, j + 8) && isSameAddress(b, i + 24, j + 24))) || u32(b, i) !== u32(b, j) || r.wireLen[x] !== r.wireLen[y] || (r.kind[x] === F.K_TUNNEL && u32(b, r.off[x] + 12) !== u32(b, r.off[y] + 12));
  }

  const fits = (s: number, o: number, hop: number): boolean => hop < 0 || fitsIpv6(b, r.inner[s], o, hop);

  /** Is the tunnel packet in `s` the one of which an ICMPv4 error quotes the outer header? Another copy of its inner packet may have gone to somebody else. */
  function isQuoted(s: number): boolean {
    const o = r.off[s];
    const q = p.quoted;
    return r.kind[s] === F.K_TUNNEL && u32(b, o + 12) === u32(b, q + 12) && u32(b, o + 16) === u32(b, q + 16) && u32(b, o + 4) >>> 16 === u32(b, q + 4) >>> 16;
  }

  /** Inputs with this key that agree with the packet at `o`; fills candidates, the best first. `exactOnly` leaves altered packets out. */
  function find(key: number, o: number, len: number, before: number, hop: number, exactOnly: boolean, pmt?: SixToFourDomain, flow: PmtFlow = OUTBOUND): number {
    let best = -1;
    let altered = -1;
    let alterations = 0;
    let passed = 0;
    p.count = 0;
    for (let s = main.first(key); s >= 0; s = main.next[s]) {
      if (r.key[s] !== key || r.time[s] > before || (p.quoted > 0 && !isQuoted(s))) continue;
      const same = pmt === undefined ? sameInner(b, w, r.inner[s], r.innerLen[s], o, len) : pmtKeys.same(pmt, r.inner[s], r.innerLen[s], o, len, flow, exactOnly);
      if (same === 0) continue;
      if (same === 2) {
        altered = s;
        alterations++;
        continue;
      }
      if (best < 0) {
        best = s;
        p.candidates[p.count++] = s;
      } else {
        if (!differs(best, s)) {
          // First in, first out, of those that fit.
          if (++passed > MOST_PASSED || fits(best, o, hop)) break;
          continue;
        }
        if (p.count < MOST_CANDIDATES) p.candidates[p.count++] = s;
        else break;
      }
    }
    if (best < 0) {
      if (!exactOnly && alterations > 1 && pmt !== undefined) return findClose(pmt, key, o, len, before, flow);
      if (exactOnly || alterations !== 1) return -1;
      r.state[altered] |= S_MODIFIED;
      p.candidates[0] = altered;
      p.count = 1;
      return altered;
    }
    if (p.count > 1) {
      // The likeliest cause comes first: its hop limit is one more than the output's, its traffic class the same. All of them lose the power to accuse.
      for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= S_AMBIGUOUS;
      for (let i = 0; i < p.count; i++) {
        if (hop < 0 || !fits(p.candidates[i], o, hop)) continue;
        const t = p.candidates[0];
        p.candidates[0] = p.candidates[i];
        p.candidates[i] = t;
        break;
      }
    }
    return p.candidates[0];
  }

  /** Inputs that a PMT relay which does not heed the Subnet-ID makes equal: several may be the cause. */
  function findClose(pmt: SixToFourDomain, key: number, o: number, len: number, before: number, flow: PmtFlow): number {
    p.count = 0;
    for (let s = main.first(key); s >= 0 && p.count < MOST_CANDIDATES; s = main.next[s]) {
      if (r.key[s] !== key || r.time[s] > before || pmtKeys.same(pmt, r.inner[s], r.innerLen[s], o, len, flow, false) !== 2 || !isClose(pmt, b, r.inner[s], o, flow)) continue;
      p.candidates[p.count++] = s;
    }
    for (let i = 0; i < p.count; i++) r.state[p.candidates[i]] |= p.count > 1 ? S_MODIFIED | S_AMBIGUOUS : S_MODIFIED;
    return p.count === 0 ? -1 : p.candidates[0];
  }

  /** The input of a PMT relay that is quoted at `q`, as it was received or as it was translated. */
  function findTranslated(q: number, visible: number, latest: number): number {
    const at = find(pmtKeys.key(q, visible, INBOUND), q, visible, latest, -1, true, anyPmt, INBOUND);
    return at >= 0 ? at : find(pmtKeys.key(q, visible, OUTBOUND), q, visible, latest, -1, true, anyPmt, OUTBOUND);
  }

  return { differs, fits, find, findTranslated };
}
