/**
 * The way of nearly all outputs of a replay: the output of the input before it, by a binding that is known, with every bit as the binding says. It is compared where
 * it lies, and when no rule has anything to ask, the pair is counted and learned from at once, and neither packet stays in the window. Whatever is unusual
 * about it takes the ordinary way, as if it had not been looked at.
 */
import { ACCESS } from "../../config/types.js";
import { type Ring, S_ALT } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import type { Bindings } from "./bindings.js";
import type { Engine } from "./engine.js";
import * as F from "./facts.js";
import type { Learner } from "./learn.js";
import type { NatState } from "./nat-state.js";
import type { Observer } from "./observe.js";
import type { Pairing } from "./pairing.js";
import type { Restart } from "./restart.js";
import { createSameButNat } from "./same-but-nat.js";
import type { View } from "./view.js";

export interface FastPath {
  /** Takes the output of `len` bytes at `off`, sent at `t` (s), of which `cause` is known (as in TranscriptSink). True: all is done for it and its input, whose record is given up. False: it has to go the ordinary way. */
  output(off: number, len: number, t: number, cause: number): boolean;
}

export interface Parts {
  readonly b: Uint8Array; readonly ring: Ring; readonly v: View; readonly aftrs: readonly Aftr[]; readonly nat: Bindings; readonly pairing: Pairing; readonly learner: Learner;
  readonly state: NatState; readonly observer: Observer; readonly restart: Restart; readonly engine: Engine;
  link(input: number, output: number): void; readonly skewSeconds: number; readonly windowSeconds: number;
}

/** Only for a whole transcript. UDP alone: what a TCP segment meant for its connection shows later (RFC 5382 section 4.2), so it has to stay. */
export function createFastPath(parts: Parts): FastPath {
  const { b, ring, v, aftrs, nat, pairing, learner, state, observer, restart, engine, link, skewSeconds, windowSeconds } = parts;
  const r = ring.records;
  const same = createSameButNat(b);

  /** The latest input if it is a datagram of UDP from a softwire, nothing at all is odd about it, and nothing else waits. */
  function plainInput(t: number): number {
    const i = pairing.sole();
    if (i < 0 || r.kind[i] !== F.D_SOFT || r.side[i] !== ACCESS || r.facts[i] !== F.F_SUM_GOOD || r.state[i] !== S_ALT || v.notes[i] !== 0 || v.binding[i] >= 0) return -1;
    if (r.sequence[i] !== ring.head - 1 || ring.open > r.sequence[i] || r.answer[i] >= 0 || r.time[i] > t + skewSeconds || r.time[i] < t - windowSeconds) return -1;
    return v.proto[i] === F.P_UDP ? i : -1;
  }
  /** The AFTR whose external address this is, as parse.ts finds it, is the one of the input. */
  function isOfPool(address: number, domain: number): boolean {
    for (let k = 0; k < domain; k++) if (aftrs[k].inPool(address)) return false;
    return aftrs[domain].inPool(address);
  }
  /** What is asked of the output to tell that its rules are sure (aspects-of.ts) and its identification new: its record is the next one, but stands for the packet where it lies. */
  function describe(slot: number, i: number, off: number, len: number, t: number): void {
    r.inner[slot] = off;
    r.kind[slot] = F.D_CORE;
    r.domain[slot] = r.domain[i];
    r.facts[slot] = F.F_SUM_GOOD | F.F_FROM_POOL;
    r.time[slot] = t;
    v.proto[slot] = v.proto[i];
    v.src[slot] = same.source;
    v.dst[slot] = v.dst[i];
    v.sport[slot] = same.sourcePort;
    v.l4[slot] = off + 20;
    v.l4Visible[slot] = len - 20;
  }
  return {
    output(off, len, t, cause) {
      const i = plainInput(t);
      if (i < 0 || v.l4Len[i] + 20 !== len || !ring.fits(len, 0) || !same.outward(off, r.inner[i], len)) return false;
      const aftr = aftrs[r.domain[i]];
      if (aftr.nat === undefined || aftr.nat.overlapping !== undefined || nat.overlapped || !isOfPool(same.source, r.domain[i])) return false;
      const own = state.senderOf(i);
      if (own < 0 || nat.ext[own] !== same.source || nat.extPort[own] !== same.sourcePort || !nat.isLatestOutside(own) || !nat.knows(own, v.dst[i], v.dport[i])) return false;
      const slot = ring.head & r.mask;
      describe(slot, i, off, len, t);
      learner.confirms(own);
      state.leaves();
      if (!engine.whole(i, slot, F.FLOW_OUT, state.hasLeft)) return false;
      r.ordinal[slot] = cause;
      link(i, slot);
      restart.kept(nat.lastOut(own), t);
      learner.confirmed(own, i, aftr, t);
      observer.forwarded(i, slot, F.FLOW_OUT);
      pairing.took();
      ring.push();
      ring.takeBack(r.sequence[i]);
      return true;
    },
  };
}
