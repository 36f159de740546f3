/** What subscribers use at a time: softwires side by side (RFC 7785 section 4), new mappings a second (RFC 6888 REQ-4). Bounded; what is forgotten is not counted. */
import { slots } from "../columns.js";
import { mix, spot } from "./quota.js";
import { subscriberHash } from "./subscriber.js";

const SUBSCRIBERS = 1 << 12;
/** Softwires remembered of one subscriber. */
const SOFTWIRES = 16;
/** A softwire whose B4 sends again within this time (s) was active in between: no device ends one so soon. */
const ACTIVE_SECONDS = 2;

export interface Usage {
  /**
   * A packet of the B4 whose address lies at `b4` was forwarded at `t` (s); `bits` of the address name the subscriber. How many softwires of it were surely
   * active at once: its own, and those that were served between two of its packets. 0 when that is not known.
   */
  served(b: Uint8Array, b4: number, bits: number, t: number): number;
  /** Other softwires of the subscriber that were served shortly before `t`. */
  others(b: Uint8Array, b4: number, bits: number, t: number): number;
  /** A new mapping at `t`; false when the subscriber has had more than `rate` a second, with bursts of up to `most`. */
  mapped(b: Uint8Array, b4: number, bits: number, t: number, rate: number, most: number): boolean;
}

/** `records`: how many the judge keeps. */
export function createUsage(seed: number, records: number): Usage {
  const subscribers = slots(SUBSCRIBERS, records >> 3);
  const owner = new Int32Array(subscribers), softwire = new Int32Array(subscribers * SOFTWIRES), last = new Float64Array(subscribers * SOFTWIRES).fill(Number.NEGATIVE_INFINITY);
  const mapper = new Int32Array(subscribers), tokens = new Float64Array(subscribers), counted = new Float64Array(subscribers).fill(Number.NEGATIVE_INFINITY);
  const hash = (b: Uint8Array, b4: number, bits: number): number => mix(subscriberHash(b, b4, bits), seed);

  /** First of the places of a subscriber. */
  function places(who: number): number {
    const at = spot(who, subscribers);
    if (owner[at] !== who) {
      owner[at] = who;
      last.fill(Number.NEGATIVE_INFINITY, at * SOFTWIRES, (at + 1) * SOFTWIRES);
    }
    return at * SOFTWIRES;
  }
  /** Places of other softwires that were served after `since`. */
  function between(from: number, own: number, since: number): number {
    let n = 0;
    for (let i = from; i < from + SOFTWIRES; i++) if (softwire[i] !== own && last[i] > since) n++;
    return n;
  }
  return {
    served(b, b4, bits, t) {
      const from = places(hash(b, b4, bits));
      const own = hash(b, b4, 128);
      let at = from;
      for (let i = from; i < from + SOFTWIRES; i++) {
        if (softwire[i] === own && last[i] > Number.NEGATIVE_INFINITY) {
          at = i;
          break;
        }
        if (last[i] < last[at]) at = i;
      }
      const before = softwire[at] === own ? last[at] : Number.NEGATIVE_INFINITY;
      softwire[at] = own;
      last[at] = t;
      return t - before > ACTIVE_SECONDS ? 0 : 1 + between(from, own, before);
    },
    others: (b, b4, bits, t) => between(places(hash(b, b4, bits)), hash(b, b4, 128), t - ACTIVE_SECONDS),
    mapped(b, b4, bits, t, rate, most) {
      const who = hash(b, b4, bits);
      const at = spot(who, subscribers);
      if (mapper[at] !== who || counted[at] === Number.NEGATIVE_INFINITY) {
        mapper[at] = who;
        tokens[at] = most;
      } else tokens[at] = Math.min(most, tokens[at] + Math.max(0, t - counted[at]) * rate);
      counted[at] = t;
      if (tokens[at] < 1) return false;
      tokens[at]--;
      return true;
    },
  };
}
