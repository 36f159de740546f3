/** Which packets an AFTR surely forwards, and which outputs an input surely explains: the ones by which losses at the taps are told. */
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import type { Bindings } from "./bindings.js";
import * as F from "./facts.js";
import { N_FRESH } from "./notes.js";
import { nearPort } from "./tuple.js";
import type { View } from "./view.js";

export interface Ordinary {
  /** A packet of a subscriber or to one, whole, that a NAT can translate. */
  isPacket(slot: number): boolean;
  /** An input that any NAT forwards: nothing odd about it, no RST (which a NAT has to verify, RFC 7857 section 2.2), and its binding was known and live. */
  isPlain(slot: number): boolean;
  /** Had its flow worked shortly before such an input, of which nothing came? Otherwise its binding may be gone, and a tap that loses packets is no likelier for it. */
  wasActive(slot: number): boolean;
  /** An output that some input has to explain; an RST may be the NAT's own (RFC 5382 section 5). */
  isPlainOutput(slot: number): boolean;
}

/** No timer of a NAT that is worth judging is shorter. */
const ACTIVE_SECONDS = 20;

/** `own4`: IPv4 addresses of the device beside its well-known one. */
export function createOrdinary(b: Uint8Array, r: Records, v: View, nat: Bindings, aftrs: readonly Aftr[], own4: readonly number[]): Ordinary {
  const isPacket = (slot: number): boolean => (r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE) && (r.facts[slot] & (F.F_PIECE4 | F.F_PROTOCOL)) === 0;
  const isPlain = (slot: number): boolean =>
    isPacket(slot) && v.l4[slot] > 0 && (r.facts[slot] & (F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_JOINED6 | F.F_BIG | F.F_AFTER_RST | F.F_RST)) === 0 &&
    (r.kind[slot] === F.D_CORE ? (r.facts[slot] & (F.F_KNOWN | F.F_BOUND)) === (F.F_KNOWN | F.F_BOUND) : (r.facts[slot] & F.F_TO_POOL) === 0 && (v.notes[slot] & N_FRESH) === 0);

  function wasActive(slot: number): boolean {
    const i = r.kind[slot] === F.D_CORE ? v.binding[slot] : nat.byInternal(b, r.off[slot] + 8, v.src[slot], v.proto[slot], nearPort(v, slot, true));
    return i < 0 || r.time[slot] - Math.max(nat.lastIn[i], nat.lastOut(i)) < ACTIVE_SECONDS;
  }

  /** Sent by the device itself, as its echo replies are: no input has to explain it. */
  const isOwn = (slot: number): boolean => (r.facts[slot] & F.F_FROM_POOL) === 0 && (own4.includes(v.src[slot]) || v.src[slot] === aftrs[r.domain[slot]]?.cfg.wellKnownV4);
  const isPlainOutput = (slot: number): boolean => isPacket(slot) && v.l4[slot] > 0 && (r.facts[slot] & (F.F_ERROR | F.F_CUT | F.F_RST)) === 0 && !isOwn(slot);
  return { isPacket, isPlain, wasActive, isPlainOutput };
}
