/** Answers that were stamped a little before what they answer: they wait under the key of their cause. */
import { u32 } from "../../wire/bits.js";
import { headerLength } from "../../wire/ipv4.js";
import { payloadLength } from "../../wire/ipv6.js";
import { wordsOf } from "../../wire/words.js";
import * as F from "../facts.js";
import { type Records, S_EARLY_ANSWER } from "../transcript.js";
import { createChains } from "./chains.js";
import { echo4At, isReplyTo } from "./echo4.js";
import { icmp6Offset, sameInner } from "./key.js";

export interface EarlyAnswers {
  add(slot: number, key: number): void;
  remove(slot: number): void;
  /** The answer to the input in `slot`, or -1; sets `kind` (ANSWER_*). */
  find(slot: number, key: number): number;
  kind: number;
}

export function createEarlyAnswers(b: Uint8Array, r: Records, seed: number, skewSeconds: number): EarlyAnswers {
  const w = wordsOf(b);
  const chains = createChains(1024, r.capacity, seed);

  /** The ANSWER_* kind of output `s` if it answers the input in `slot`, else 0. */
  function answers(s: number, slot: number): number {
    const o = r.inner[s];
    const i = r.inner[slot];
    if (r.kind[s] === F.K_ICMP4) {
      if (echo4At(b, r, s) > 0) return isReplyTo(b, r, slot, s) ? F.ANSWER_ECHO4 : 0;
      const q = r.off[s] + headerLength(b, r.off[s]) + 8;
      return u32(b, r.off[slot] + 12) === u32(b, q + 12) && u32(b, r.off[slot] + 16) === u32(b, q + 16) && u32(b, r.off[slot] + 4) >>> 16 === u32(b, q + 4) >>> 16 ? F.ANSWER_ERROR4 : 0;
    }
    if (o === 0 || i === 0) return 0;
    const icmp = icmp6Offset(b, o, r.innerLen[s]);
    if (icmp === 0) return 0;
    if (b[icmp] === 129) return (r.facts[slot] & F.F_ECHO_REQUEST) !== 0 ? F.ANSWER_ECHO : 0;
    return sameInner(b, w, i, r.innerLen[slot], icmp + 8, Math.min(o + r.innerLen[s] - icmp - 8, 40 + payloadLength(b, icmp + 8))) === 1 ? F.ANSWER_ERROR6 : 0;
  }

  const e: EarlyAnswers = {
    kind: 0,
    add(slot, key) {
      r.altKey[slot] = key;
      r.state[slot] |= S_EARLY_ANSWER;
      chains.add(slot, key);
    },
    remove(slot) {
      if ((r.state[slot] & S_EARLY_ANSWER) === 0) return;
      chains.remove(slot, r.altKey[slot]);
      r.state[slot] &= ~S_EARLY_ANSWER;
    },
    find(slot, key) {
      for (let s = chains.first(key); s >= 0; s = chains.next[s]) {
        if (r.altKey[s] !== key || r.time[slot] - r.time[s] > skewSeconds || r.cause[s] >= 0) continue;
        e.kind = answers(s, slot);
        if (e.kind !== 0) return s;
      }
      return -1;
    },
  };
  return e;
}
