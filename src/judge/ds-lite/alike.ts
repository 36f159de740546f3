/**
 * What an AFTR must keep of a packet, for ../pairing/leftovers.ts: the far end's address and port, TCP sequence numbers and flags (RFC 6333 section B.1.1, RFC 3022
 * section 4.1). The near end is the NAT's to choose. Of an echo request to the AFTR itself: all that the reply turns round or returns (RFC 792).
 */
import { ACCESS } from "../../config/types.js";
import { u16, u32 } from "../../wire/bits.js";
import { sameAddress } from "../../wire/ipv6.js";
import type { Likeness } from "../pairing/leftovers.js";
import type { Records } from "../transcript.js";
import { INTO } from "../types.js";
import type { Aftr } from "./aftr.js";
import { isAlg } from "./aspects-of.js";
import type { Bindings } from "./bindings.js";
import * as F from "./facts.js";
import { createTuples } from "./tuple.js";
import type { View } from "./view.js";

const REFUSABLE = (F.MAY_DROP & ~(F.F_SUM_PARTIAL | F.F_TO_OWN)) | F.F_ERROR | F.F_JOINED4 | F.F_JOINED6;
const UNCLEAR_OUTPUT = F.F_ERROR | F.F_CUT | F.F_BAD4 | F.F_NOT_OURS | F.F_PIECE4 | F.F_PROTOCOL | F.F_JOINED4 | F.F_JOINED6;

/** `own4`: IPv4 addresses of the device beside its well-known one. `replied`: was the echo request in this slot answered by the one that it asked? */
export function createAftrLikeness(b: Uint8Array, r: Records, v: View, nat: Bindings, aftrs: readonly Aftr[], own4: readonly number[], replied: (slot: number) => boolean): Likeness {
  const tuples = createTuples(b, r, v, nat);
  const isPacket = (s: number): boolean => (r.kind[s] === F.D_SOFT || r.kind[s] === F.D_CORE) && v.l4[s] > 0;
  const isOwn = (s: number): boolean => v.dst[s] === aftrs[r.domain[s]].cfg.wellKnownV4 || own4.includes(v.dst[s]);
  const isAsked = (s: number): boolean => r.kind[s] === F.D_SOFT && (r.facts[s] & F.F_TO_OWN) !== 0 && v.proto[s] === F.P_ICMP && b[v.l4[s]] === 8 && isOwn(s);
  const differs = (x: number, y: number): number => (x === y ? 0 : 1);

  function keepsButFor(i: number, o: number, outward: boolean): number {
    const x = v.l4[i];
    const y = v.l4[o];
    const n = outward ? differs(v.dst[i], v.dst[o]) : differs(v.src[i], v.src[o]);
    if (v.proto[i] === F.P_ICMP) return n + differs(u16(b, x), u16(b, y)) + differs(u16(b, x + 6), u16(b, y + 6));
    const ends = n + (outward ? differs(v.dport[i], v.dport[o]) : differs(v.sport[i], v.sport[o]));
    if (v.proto[i] !== F.P_TCP) return ends;
    const numbers = differs(u32(b, x + 4), u32(b, y + 4)) + differs(u32(b, x + 8), u32(b, y + 8));
    // An ALG that made a message longer moves the sequence numbers of what follows.
    if (numbers > 0 && (isAlg(v.sport[i]) || isAlg(v.dport[i]))) return 0;
    return ends + numbers + differs(u16(b, x + 12), u16(b, y + 12));
  }

  function repliesButFor(i: number, o: number): number {
    if (r.kind[o] !== F.D_SOFT || b[v.l4[o]] !== 0 || !sameAddress(b, r.off[i] + 8, r.off[o] + 24)) return 0;
    return differs(v.dst[i], v.src[o]) + differs(v.src[i], v.dst[o]) + differs(v.sport[i], v.dport[o]) + differs(u16(b, v.l4[i] + 6), u16(b, v.l4[o] + 6));
  }

  const like: Likeness = {
    bytes: 0, isAsked,
    payload(s) {
      if (!isPacket(s) || v.l4Visible[s] < v.l4Len[s]) return 0;
      const at = v.l4[s];
      const from = v.proto[s] === F.P_TCP ? (b[at + 12] >>> 4) << 2 : v.proto[s] === F.P_UDP || (r.facts[s] & F.F_QUERY) !== 0 ? 8 : v.l4Len[s];
      if (from >= v.l4Len[s] || (v.proto[s] === F.P_TCP && from < 20)) return 0;
      like.bytes = v.l4Len[s] - from;
      return at + from;
    },
    isLeft(s) {
      const f = r.facts[s];
      if (r.direction[s] !== INTO) return r.cause[s] < 0 && isPacket(s) && (f & UNCLEAR_OUTPUT) === 0 && (r.kind[s] === F.D_SOFT || (f & F.F_FROM_POOL) !== 0);
      if (r.forward[s] >= 0 || r.answer[s] >= 0 || !isPacket(s) || r.domain[s] >= aftrs.length || (f & REFUSABLE) !== 0) return false;
      if ((f & F.F_TO_OWN) !== 0) return isAsked(s) && !replied(s);
      return r.kind[s] === F.D_CORE ? (f & F.F_TO_POOL) !== 0 : (f & F.F_TO_POOL) === 0 && !aftrs[r.domain[s]].exempt(v.dst[s]);
    },
    isOfSize: (x, y) => v.proto[x] === v.proto[y] && v.l4Len[x] === v.l4Len[y],
    isOneOff(i, o) {
      if (aftrs[r.domain[i]].nat === undefined) return false;
      if (isAsked(i)) return r.side[o] === ACCESS && repliesButFor(i, o) === 1;
      if (r.kind[i] === r.kind[o]) return false;
      const outward = r.kind[i] === F.D_SOFT;
      return keepsButFor(i, o, outward) === 1 && (outward ? tuples.outward(i, o) : tuples.inward(i, o)) > 0;
    },
  };
  return like;
}
