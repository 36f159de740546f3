/**
 * A second chance for what stayed over: an input that became nothing and an output that came of nothing. Pairs are found by what must survive a device, so
 * one that changes what it must keep leaves such leftovers, as does a tap that loses packets. Two of them belong together by content: the same payload, long
 * enough to be told from others and seen nowhere else, within the time that the device takes, and all but one of the fields that must be kept are alike.
 * Only leftovers are looked at, when their window is over; a packet with a partner costs nothing.
 */
import { firstDifferentByte } from "../../wire/words.js";
import { type Ring, S_ALIKE, S_AMBIGUOUS } from "../transcript.js";
import { INTO } from "../types.js";

/** A shorter payload is no mark of a packet. */
const LEAST_BYTES = 12;
const DULL_BYTES = 64;
const FEWEST_VALUES = 4;
/** Records looked at before and after a leftover, and in all: captures in which everything is left over cost no more than this. */
const AROUND = 8192;
const STEPS = 1 << 24;
/** So many times as many leftovers must have a partner as have none, where those are fewer: among inputs or among outputs. */
const EXPLAINED = 2;

/** What a judge knows of its records. Slots are indices into the ring. */
export interface Likeness {
  /** Offset in memory of the payload by which the packet is known and its bytes, 0 when the packet does not show it whole. `bytes` belongs to the last call. */
  payload(slot: number): number;
  bytes: number;
  /** Nothing was found for it, and no fault of its own explains that. */
  isLeft(slot: number): boolean;
  /** Is nothing to be searched from this record on, and it only found? */
  isFollower?(slot: number): boolean;
  /** Can the packets be of one size and protocol? Cheap: it is asked of every record around a leftover. */
  isOfSize(x: number, y: number): boolean;
  /** Is the output what the device may make of the input, were it not for exactly one field that it must keep? */
  isOneOff(input: number, output: number): boolean;
  /** Is the input an echo request that the device itself answers? */
  isAsked(slot: number): boolean;
}

/**
 * What the judge does with a pair: out of the tables of its pairing, written down (`link`), then judged by the rules that may judge one that content made; beyond
 * those it accuses nobody, and nothing is learned from it.
 */
export interface Joiner {
  forget(slot: number): void;
  link(input: number, output: number): void;
  /** The output is the answer to an echo request. */
  answered(input: number, output: number): void;
  forwarded(input: number, output: number): void;
}

export interface Leftovers {
  /** The record in `slot` is about to be closed: is it left over, and does another leftover belong to it? Then they are joined. `reach`: seconds that the device may take. */
  take(slot: number, reach: number): boolean;
  /** Content explains most of the leftovers that show a payload. A tap that loses packets makes inputs and outputs that have none to match, and far more of those. */
  readonly explained: boolean;
}

/** Such as padding, or a counter: many packets carry that. */
function isDull(b: Uint8Array, at: number, bytes: number): boolean {
  const end = Math.min(bytes, DULL_BYTES);
  const step = (b[at + 1] - b[at]) & 255;
  let steady = true;
  let values = 0;
  for (let i = 0; i < end; i++) {
    if (i > 0 && ((b[at + i] - b[at + i - 1]) & 255) !== step) steady = false;
    let isNew = true;
    for (let k = 0; k < i && isNew; k++) if (b[at + k] === b[at + i]) isNew = false;
    if (isNew) values++;
  }
  return steady || values < FEWEST_VALUES;
}

/** `complete`: nothing was lost at a tap, so only what is left over can be confused (what was paired may have left the ring). */
export function createLeftovers(b: Uint8Array, ring: Ring, like: Likeness, skewSeconds: number, complete: boolean, joiner: Joiner): Leftovers {
  const r = ring.records;
  const lost = [0, 0];
  const met = [-1, -1];
  const times = [0, 0];
  let steps = STEPS;
  let found = 0;

  /**
   * Looks around for records of the other direction with this payload; false when another one of this direction and side has it too. `met` and `times` are
   * by side: the answer to a packet may carry its payload as well, the other way.
   */
  function lookAround(slot: number, from: number, bytes: number): boolean {
    const here = r.sequence[slot];
    const start = Math.max(ring.tail, here - AROUND);
    const end = Math.min(ring.head, here + AROUND);
    steps -= end - start;
    times[0] = times[1] = 0;
    for (let q = start; q < end; q++) {
      const s = q & r.mask;
      if (q === here || !like.isOfSize(slot, s) || (complete && !like.isLeft(s))) continue;
      const at = like.payload(s);
      if (at === 0 || like.bytes !== bytes || firstDifferentByte(b, from, at, 0, bytes) >= 0) continue;
      if (r.direction[s] !== r.direction[slot]) {
        met[r.side[s]] = s;
        times[r.side[s]]++;
      } else if (r.side[s] === r.side[slot]) return false;
    }
    return true;
  }

  function isPartner(slot: number, other: number, reach: number): boolean {
    if (r.sequence[other] < r.sequence[slot] || !like.isLeft(other)) return false;
    const [input, output] = r.direction[slot] === INTO ? [slot, other] : [other, slot];
    const took = r.time[output] - r.time[input];
    return took >= -skewSeconds && took <= reach && like.isOneOff(input, output);
  }

  function partner(slot: number, reach: number): number {
    const from = like.payload(slot);
    const { bytes } = like;
    if (from === 0 || bytes < LEAST_BYTES || isDull(b, from, bytes)) return -1;
    if (steps > 0 && lookAround(slot, from, bytes)) {
      const here = times[0] === 1 && isPartner(slot, met[0], reach);
      const there = times[1] === 1 && isPartner(slot, met[1], reach);
      if (here !== there) {
        found++;
        return here ? met[0] : met[1];
      }
    }
    lost[r.direction[slot]]++;
    return -1;
  }

  function join(input: number, output: number): void {
    joiner.forget(input);
    joiner.forget(output);
    joiner.link(input, output);
    r.state[output] |= S_ALIKE;
    if (like.isAsked(input)) {
      r.answer[input] = r.sequence[output];
      joiner.answered(input, output);
      return;
    }
    r.forward[input] = r.sequence[output];
    r.state[input] |= S_AMBIGUOUS;
    joiner.forwarded(input, output);
  }

  return {
    take(slot, reach) {
      if (!like.isLeft(slot) || like.isFollower?.(slot) === true) return false;
      const other = partner(slot, reach);
      if (other < 0) return false;
      if (r.direction[slot] === INTO) join(slot, other);
      else join(other, slot);
      return true;
    },
    get explained() {
      return found > EXPLAINED * Math.min(lost[0], lost[1]);
    },
  };
}
