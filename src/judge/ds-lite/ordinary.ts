/** Which packets an AFTR surely forwards, and which outputs an input surely explains: the ones by which losses at the taps are told. */
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import * as F from "./facts.js";
import { N_FRESH } from "./notes.js";
import type { View } from "./view.js";

export interface Ordinary {
  /** A packet of a subscriber or to one, whole, that a NAT can translate. */
  isPacket(slot: number): boolean;
  /** An input that any NAT forwards: nothing odd about it, and its binding was known and live. */
  isPlain(slot: number): boolean;
  /** An output that some input has to explain. */
  isPlainOutput(slot: number): boolean;
}

/** `own4`: IPv4 addresses of the device beside its well-known one. */
export function createOrdinary(r: Records, v: View, aftrs: readonly Aftr[], own4: readonly number[]): Ordinary {
  const isPacket = (slot: number): boolean => (r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE) && (r.facts[slot] & (F.F_PIECE4 | F.F_PROTOCOL)) === 0;
  const isPlain = (slot: number): boolean =>
    isPacket(slot) && v.l4[slot] > 0 && (r.facts[slot] & (F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_JOINED6 | F.F_BIG | F.F_AFTER_RST)) === 0 &&
    (r.kind[slot] === F.D_CORE ? (r.facts[slot] & (F.F_KNOWN | F.F_BOUND)) === (F.F_KNOWN | F.F_BOUND) : (r.facts[slot] & F.F_TO_POOL) === 0 && (v.notes[slot] & N_FRESH) === 0);

  /** Sent by the device itself, as its echo replies are: no input has to explain it. */
  const isOwn = (slot: number): boolean => (r.facts[slot] & F.F_FROM_POOL) === 0 && (own4.includes(v.src[slot]) || v.src[slot] === aftrs[r.domain[slot]]?.cfg.wellKnownV4);
  const isPlainOutput = (slot: number): boolean => isPacket(slot) && v.l4[slot] > 0 && (r.facts[slot] & (F.F_ERROR | F.F_CUT)) === 0 && !isOwn(slot);
  return { isPacket, isPlain, isPlainOutput };
}
