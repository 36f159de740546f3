/**
 * Inputs that were forwarded, and for which only rules wait that ask whether they were. That is nearly every packet into a tunnel, so these rules are counted by
 * aspects too (aspects.ts, bulk.ts): what holds of the input when it is at hand together with its output, and nothing answers it.
 */
import { u32 } from "../wire/bits.js";
import type { Domain } from "./domain.js";
import * as F from "./facts.js";
import type { Exchange } from "./rule.js";
import { NOT_ORDINARY } from "./six-to-four/checks.js";
import { ANYCAST_RELAY, inProvider, isSixToFour } from "./six-to-four/domain.js";
import type { State } from "./state.js";

/** It has an inner packet, and no fact that could be a reason not to forward it. */
export const C_ORDINARY = 1 << 0;
export const C_TUNNELLED = 1 << 1;
export const C_NATIVE = 1 << 2;
/** The (inner) destination is a 6to4 address, or not. */
export const C_TO_SITE = 1 << 3;
export const C_TO_OTHER = 1 << 4;
/** Tunnelled: to 192.88.99.1, or to an address outside of 192.88.99.0/24. */
export const C_TO_RELAY = 1 << 5;
export const C_TO_UNICAST = 1 << 6;
/** Tunnelled: from an address of 100.64.0.0/10, or not. */
export const C_SHARED = 1 << 7;
export const C_NOT_SHARED = 1 << 8;
/** The output came in one piece. */
export const C_ONE_PIECE = 1 << 9;
/** Native: the device has not announced 2002::/16 so far. */
export const C_UNANNOUNCED = 1 << 10;
/** Native: to an address in the provider's prefix of a PMT relay. */
export const C_TO_PROVIDER = 1 << 11;
/** Tunnelled: with an outer TTL above 1. */
export const C_TTL = 1 << 12;
/** Place in the domain's row of `state.ttl`. */
export const ANNOUNCED = 3;
/** C_UNANNOUNCED, or 0. */
export const announcedAspect = (state: State, d: Domain): number => (state.ttl[d.index * 4 + ANNOUNCED] > 0 ? 0 : C_UNANNOUNCED);

const WAITS = [F.F_NEW_CE, F.F_TO_CE, F.F_LARGE] as const;
/** Facts for which rules wait that ask of an input that was forwarded nothing else. */
export const BY_FORWARDING = F.F_NEW_CE | F.F_TO_CE | F.F_LARGE;

/** Sets of these facts, by number: 0 is the empty one. */
export const SETS: readonly number[] = Array.from({ length: 1 << WAITS.length }, (_, n) => WAITS.reduce((mask, fact, i) => (((n >> i) & 1) === 1 ? mask | fact : mask), 0));
/** The number of a set. */
export const setOf = (facts: number): number => ((facts & F.F_NEW_CE) !== 0 ? 1 : 0) | ((facts & F.F_TO_CE) !== 0 ? 2 : 0) | ((facts & F.F_LARGE) !== 0 ? 4 : 0);

/** C_* of `x.input`, which became `x.output`. */
export function forwardedAspects(x: Exchange): number {
  const { b, r, input, inputInner: i } = x;
  if (i === 0) return 0;
  const kind = r.kind[input];
  let a = isSixToFour(b, i + 24) ? C_TO_SITE : C_TO_OTHER;
  if ((r.facts[input] & NOT_ORDINARY) === 0) a |= C_ORDINARY;
  if ((r.facts[x.output] & F.F_JOINED) === 0) a |= C_ONE_PIECE;
  if (kind === F.K_NATIVE) {
    const { sixToFour } = x.domain;
    return a | C_NATIVE | announcedAspect(x.state, x.domain) | (sixToFour !== undefined && inProvider(sixToFour, b, i + 24) ? C_TO_PROVIDER : 0);
  }
  if (kind !== F.K_TUNNEL) return 0;
  if (b[x.inputAt + 8] > 1) a |= C_TTL;
  const to = u32(b, x.inputAt + 16);
  if (to === ANYCAST_RELAY) a |= C_TO_RELAY;
  else if (to >>> 8 !== ANYCAST_RELAY >>> 8) a |= C_TO_UNICAST;
  return a | C_TUNNELLED | (u32(b, x.inputAt + 12) >>> 22 === 0x64400000 >>> 22 ? C_SHARED : C_NOT_SHARED);
}
