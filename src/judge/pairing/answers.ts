/** Which input an answer of the device belongs to: errors by the packet they quote, echo replies and neighbour advertisements by what was asked. */
import { u32 } from "../../wire/bits.js";
import { headerLength } from "../../wire/ipv4.js";
import { NH_ICMPV6, payloadLength, quotedLength } from "../../wire/ipv6.js";
import { wordsOf } from "../../wire/words.js";
import * as F from "../facts.js";
import { NO_DOMAIN } from "../parse.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import type { Records } from "../transcript.js";
import type { Asked } from "./asked.js";
import { echo4At, echo4Key, isReplyTo } from "./echo4.js";
import type { Finder, Found } from "./find.js";
import { echoKey, icmp6Offset, innerKey, neighbourKey, outerKey, sameInner } from "./key.js";
import { INBOUND, type PmtKeys } from "./pmt.js";

/** The key of an ICMPv4 error's question is that of the packet it quotes, set apart from the packet's own. */
export const quoteKey = (key: number): number => key ^ 0x71756f74;

const OWN = F.F_TO_ANYCAST | F.F_TO_OWN_PREFIX | F.F_DST_LOCAL;

export interface Answers {
  /** The key of what an input asks the device itself, an echo or who its neighbour is; undefined when it asks neither. */
  question(slot: number): number | undefined;
  /** The key of an ICMPv4 echo request to the device; undefined when it is none. */
  echo4(slot: number): number | undefined;
  /** The input to which an ICMPv4 error or echo reply answers, or -1; sets `kind`. */
  icmp4(slot: number): number;
  /** The input to which an ICMPv6 message answers, or -1; sets `kind` (ANSWER_*). */
  icmp6(slot: number, latest: number): number;
  kind: number;
  /** Had the device no reason of its own to answer this input? Then the error may be one that came by ICMPv4, stamped a little later. */
  mayBeRelayed(cause: number): boolean;
  /** Key of the packet that the last ICMPv6 error quotes, as it is quoted. */
  quoted: number;
}

/** `park` keeps an answer without a cause under that key, for a cause that is stamped a little later. */
export interface AnswerTools {
  readonly finder: Finder;
  readonly asked: Asked;
  readonly pmtKeys: PmtKeys;
  readonly pmt: SixToFourDomain | undefined;
  readonly park: (slot: number, key: number) => void;
  readonly seed: number;
  readonly skewSeconds: number;
}

export function createAnswers(b: Uint8Array, r: Records, p: Found, tools: AnswerTools): Answers {
  const { finder, asked, pmtKeys, pmt, park, seed, skewSeconds } = tools;
  const w = wordsOf(b);

  function question(slot: number): number | undefined {
    const inner = r.inner[slot];
    const f = r.facts[slot];
    if ((f & F.F_ECHO_REQUEST) !== 0 && (f & OWN) !== 0) {
      const icmp = icmp6Offset(b, inner, r.innerLen[slot]);
      return icmp === 0 ? undefined : echoKey(b, icmp, inner + 8, seed);
    }
    return r.kind[slot] === F.K_TUNNEL && (f & F.F_ND) !== 0 && b[inner + 6] === NH_ICMPV6 && b[inner + 40] === 135 && r.innerLen[slot] >= 64 ? neighbourKey(b, inner + 48, seed) : undefined;
  }

  function echo4(slot: number): number | undefined {
    const at = r.domain[slot] === NO_DOMAIN ? 0 : echo4At(b, r, slot);
    return at === 0 || b[at] !== 8 ? undefined : echo4Key(b, at, r.off[slot] + 12, r.off[slot] + 16, seed);
  }

  /** The request that has the reply's data, else the only one that has its addresses, identifier and sequence number. */
  function reply4(slot: number, at: number): number {
    const key = echo4Key(b, at, r.off[slot] + 16, r.off[slot] + 12, seed);
    const own = (s: number): boolean => r.kind[s] === F.K_ICMP4 && (r.facts[s] & F.F_V4_ERROR) === 0;
    let cause = asked.find(key, r.time[slot], (s) => own(s) && isReplyTo(b, r, s, slot));
    if (cause < 0 && asked.holds(key) === 1) cause = asked.find(key, r.time[slot], own);
    if (cause < 0) park(slot, key);
    return cause;
  }

  function icmp4(slot: number): number {
    const o = r.off[slot];
    const echo = echo4At(b, r, slot);
    answers.kind = F.ANSWER_ECHO4;
    if (echo > 0) return b[echo] === 0 ? reply4(slot, echo) : -1;
    answers.kind = F.ANSWER_ERROR4;
    const q = o + headerLength(b, o) + 8;
    if (q + 28 > o + r.len[slot]) return -1;
    // That fragments were missing (Time Exceeded, code 1) is no answer to the datagram that others may have made whole later.
    if (b[q - 8] === 11 && b[q - 7] === 1) return -1;
    let at = -1;
    const inner = r.inner[slot];
    if (inner > 0 && r.innerLen[slot] >= 60) {
      p.quoted = q;
      at = finder.find(innerKey(b, w, inner, r.innerLen[slot], seed), inner, r.innerLen[slot], r.time[slot] + skewSeconds, -1, true);
      if (at < 0 && pmt !== undefined) at = finder.findTranslated(inner, r.innerLen[slot], r.time[slot] + skewSeconds);
      p.quoted = 0;
    }
    if (at < 0) at = asked.find(outerKey(b, q, seed), r.time[slot], (s) => u32(b, r.off[s] + 12) === u32(b, q + 12) && u32(b, r.off[s] + 16) === u32(b, q + 16));
    if (at < 0) park(slot, outerKey(b, q, seed));
    return at;
  }

  /** An error that quotes from `q`. */
  function error6(slot: number, icmp: number, latest: number): number {
    const q = icmp + 8;
    // Behind a quotation whose length is told an extension structure follows (RFC 4884).
    const visible = Math.min(r.inner[slot] + r.innerLen[slot] - q, quotedLength(b, icmp) || Infinity, 40 + payloadLength(b, q));
    const quoted = innerKey(b, w, q, visible, seed);
    answers.quoted = quoted;
    const told = (s: number): boolean => sameInner(b, w, r.inner[s], r.innerLen[s], q, visible) === 1;
    // An ICMPv4 error about the same packet is the likelier cause of what is unreachable: it came later.
    const relayed = (): number => asked.find(quoteKey(quoted), r.time[slot], told);
    const first = b[icmp] === 1;
    let cause = first ? relayed() : -1;
    if (cause < 0) cause = finder.find(quoted, q, visible, latest, -1, true);
    if (cause < 0 && pmt !== undefined) cause = finder.findTranslated(q, visible, latest);
    // A quote that ends within the keyed bytes has another key: look through the recent inputs (RFC 4443 section 2.4 c wants longer quotes).
    if (cause < 0 && visible < 60) cause = asked.recent(q, visible, latest, visible >= 40 ? -1 : b[icmp] === 3 ? F.F_HOP : b[icmp] === 2 ? F.F_TOO_BIG : F.MAY_DROP);
    if (cause < 0 && !first) cause = relayed();
    if (cause < 0 && pmt !== undefined) cause = asked.find(quoteKey(pmtKeys.key(q, visible, INBOUND)), r.time[slot], (s) => pmtKeys.same(pmt, q, visible, r.inner[s], r.innerLen[s], INBOUND, true) === 1);
    if (cause < 0 && visible >= 60) park(slot, quoted);
    return cause;
  }

  function icmp6(slot: number, latest: number): number {
    const inner = r.inner[slot];
    const isError = (r.facts[slot] & F.F_ICMP6_ERROR) !== 0;
    const icmp = isError || b[inner + 6] === NH_ICMPV6 ? icmp6Offset(b, inner, r.innerLen[slot]) : 0;
    const end = inner + r.innerLen[slot];
    if (icmp === 0) return -1;
    if (isError && icmp + 32 <= end) {
      answers.kind = F.ANSWER_ERROR6;
      return error6(slot, icmp, latest);
    }
    if (b[icmp] === 129) {
      answers.kind = F.ANSWER_ECHO;
      const question = echoKey(b, icmp, inner + 24, seed);
      const cause = asked.find(question, r.time[slot], () => true);
      if (cause < 0) park(slot, question);
      return cause;
    }
    if (b[icmp] !== 136 || r.kind[slot] !== F.K_TUNNEL || icmp + 24 > end) return -1;
    answers.kind = F.ANSWER_NEIGHBOUR;
    return asked.find(neighbourKey(b, icmp + 8, seed), r.time[slot], () => true);
  }

  const answers: Answers = { question, echo4, icmp4, icmp6, kind: 0, quoted: 0, mayBeRelayed: (cause) => answers.kind === F.ANSWER_ERROR6 && r.kind[cause] !== F.K_ICMP4 && (r.facts[cause] & F.MAY_DROP) === 0 };
  return answers;
}
