/** Learning bindings from pairs, and what a pair says about bindings that were known before. */
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import { B_ACK_IN, B_ACK_OUT, B_CREATED, B_ERROR_IN, B_ESTABLISHED, B_FIN_IN, B_FIN_OUT, B_FOLLOWED, B_GONE, B_OLDER, B_SYN_IN, B_SYN_OUT, type Bindings } from "./bindings.js";
import { floorSeconds, isKept } from "./floor.js";
import { N_CROSSING } from "./notes.js";
import { createOpeners } from "./openers.js";
import { createDoubt } from "./doubt.js";
import * as F from "./facts.js";
import { createLearned, type Learned } from "./learned.js";
import { createPooled } from "./pooled.js";
import { isOfSubscriber } from "./subscriber.js";
import { farPort, nearPort, nearQuoted } from "./tuple.js";
import type { View } from "./view.js";

export interface Learner {
  readonly learned: Learned;
  /** Notes on arrival which binding an input meets. */
  arrival(slot: number, aftr: Aftr): void;
  /**
   * Corrects what `arrival` noted, before an input is judged: forgets a binding whose place the table has given to another since, and finds the one that an
   * outbound packet had just made when the input came, but which was learned only after `settled` seconds, when no other cause could come any more.
   */
  recheck(slot: number): void;
  /** Fills `learned`. */
  consider(input: number, output: number, flow: number, ambiguous: boolean, aftr: Aftr): void;
  /** As `consider` and `commit`, for an outward pair of UDP that confirms binding `i` and says nothing else; no other input could have been the cause. `t`: time of the output, the latest packet so far. */
  confirms(i: number): void;
  confirmed(i: number, input: number, aftr: Aftr, t: number): void;
  /** `alone`: no other input could have been the cause. */
  commit(input: number, output: number, flow: number, ambiguous: boolean, alone: boolean, aftr: Aftr): void;
}

const TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16;
/** RFC 7857 section 2.2. */
const AFTER_RST_SECONDS = 240;

export function createLearner(b: Uint8Array, r: Records, v: View, nat: Bindings, settled: number, seed: number, single: boolean): Learner {
  const learned = createLearned();
  const doubt = createDoubt(nat), openers = createOpeners(b, r, v, seed), pooled = createPooled(b, r, nat, single);
  /** Does it tell how the device gives out external ends? */
  const isTelling = (i: number): boolean => (nat.flags[i] & (B_CREATED | B_OLDER)) === B_CREATED;
  const learnable = (slot: number): boolean => (r.facts[slot] & (F.F_ERROR | F.F_PROTOCOL)) === 0 && v.l4[slot] > 0 && (v.proto[slot] !== F.P_ICMP || (r.facts[slot] & F.F_QUERY) !== 0);
  const sender = (slot: number): number => nat.byInternal(b, r.off[slot] + 8, v.src[slot], v.proto[slot], nearPort(v, slot, true));

  /** Where the device overlaps ports, or is declared to, an external end alone does not tell the binding. */
  const behind = (ext: number, proto: number, port: number, remote: number, remotePort: number): number =>
    nat.overlapped ? nat.byRemote(ext, proto, port, remote, remotePort) : nat.byExternal(ext, proto, port);

  const sameSubscriber = (i: number, slot: number, aftr: Aftr): boolean => isOfSubscriber(nat, i, b, r.off[slot] + 8, aftr.cfg.subscriberPrefixLength);

  function arrival(slot: number, aftr: Aftr): void {
    const f = r.facts[slot];
    const t = r.time[slot];
    const core = r.side[slot] !== 0;
    let i = -1;
    // Declared, and so to be expected from the first binding on, also of those whose end is not told (remote ports below 1024, RFC 4787 REQ-5a).
    if (aftr.nat?.overlapping !== undefined) nat.overlapped = true;
    if ((f & F.F_ERROR) !== 0) {
      // The packet that the error quotes: sent by us to the outside (core), or by the other subscriber (hairpin).
      if (core || (f & F.F_TO_POOL) !== 0) i = behind(v.qSrc[slot], v.qProto[slot], nearQuoted(v, slot, true), v.qDst[slot], v.qProto[slot] === F.P_ICMP ? 0 : v.qDport[slot]);
    } else if ((f & F.F_TO_POOL) !== 0 && v.l4[slot] > 0) {
      i = behind(v.dst[slot], v.proto[slot], nearPort(v, slot, false), v.src[slot], farPort(v, slot, false));
      if (core && i < 0) openers.knocked(slot);
      // A hairpinned packet shows itself to the receiver with the sender's external end.
      const s = core ? -1 : sender(slot);
      if (i >= 0 && (core ? nat.knows(i, v.src[slot], farPort(v, slot, false)) : s >= 0 && nat.knows(i, nat.ext[s], nat.extPort[s]))) r.facts[slot] |= F.F_KNOWN;
    }
    // With declared overlapping a binding may be good for the remote ends that it was seen with, and no others.
    if (i < 0 || (aftr.nat?.overlapping !== undefined && (r.facts[slot] & (F.F_KNOWN | F.F_ERROR)) === 0)) return;
    v.binding[slot] = i;
    v.idle[slot] = t - nat.lastOut(i);
    v.sinceIn[slot] = t - nat.lastIn[i];
    v.sinceError[slot] = t - nat.lastError[i];
    if (isKept(nat, i, t)) r.facts[slot] |= F.F_BOUND;
    if (core && (f & F.F_ERROR) !== 0 && (f & F.MAY_DROP) === 0) {
      nat.errorIn[i] = t;
      nat.flags[i] |= B_ERROR_IN;
    }
    if ((nat.flags[i] & B_ESTABLISHED) === B_ESTABLISHED) r.facts[slot] |= F.F_ESTABLISHED;
    if (nat.rst[i] >= 0 && t - nat.rst[i] < AFTER_RST_SECONDS && t > nat.rst[i]) r.facts[slot] |= F.F_AFTER_RST;
    if (core && (f & F.F_RST) !== 0 && (f & F.MAY_DROP) === 0) nat.rst[i] = t;
  }

  function recheck(slot: number): void {
    const i = v.binding[slot];
    if (i < 0) {
      justMade(slot);
      return;
    }
    const quoted = (r.facts[slot] & F.F_ERROR) !== 0;
    const ext = quoted ? v.qSrc[slot] : v.dst[slot];
    const port = quoted ? nearQuoted(v, slot, true) : nearPort(v, slot, false);
    if (nat.ext[i] === ext && nat.extPort[i] === port && nat.born[i] <= r.time[slot]) return;
    v.binding[slot] = -1;
    r.facts[slot] &= ~(F.F_BOUND | F.F_KNOWN | F.F_AFTER_RST | F.F_ESTABLISHED);
  }

  /** Answers and errors come within milliseconds. Both packets were stamped by the tap of the core side, so their order is sure. */
  function justMade(slot: number): void {
    const quoted = (r.facts[slot] & F.F_ERROR) !== 0;
    if (r.side[slot] === 0 || v.l4[slot] === 0 || (r.facts[slot] & (F.F_TO_POOL | F.F_PROTOCOL)) !== F.F_TO_POOL) return;
    const proto = quoted ? v.qProto[slot] : v.proto[slot];
    const remote = quoted ? v.qDst[slot] : v.src[slot];
    const remotePort = !quoted ? farPort(v, slot, false) : proto === F.P_ICMP ? 0 : v.qDport[slot];
    const i = behind(quoted ? v.qSrc[slot] : v.dst[slot], proto, quoted ? nearQuoted(v, slot, true) : nearPort(v, slot, false), remote, remotePort);
    const t = r.time[slot];
    if (i < 0 || (nat.flags[i] & B_CREATED) === 0 || nat.born[i] > t || t - nat.born[i] > settled || !nat.madeFor(i, remote, remotePort)) return;
    v.binding[slot] = i;
    v.idle[slot] = t - nat.born[i];
    r.facts[slot] |= (quoted ? 0 : F.F_KNOWN) | (floorSeconds(nat, i) > 0 ? F.F_BOUND : 0);
    // The SYNs of a simultaneous open cross within a round trip.
    if (v.proto[slot] === F.P_TCP && (b[v.l4[slot] + 13] & (TCP_SYN | TCP_ACK | TCP_RST)) === TCP_SYN && (nat.flags[i] & B_SYN_OUT) !== 0) v.notes[slot] |= N_CROSSING;
  }

  function reset(binding = -1): void {
    learned.binding = binding;
    learned.moved = learned.shared = learned.followed = learned.pooled = learned.misdelivered = -1;
    learned.movedKnows = learned.movedLive = learned.sharedLive = learned.doubtful = false;
  }

  function consider(input: number, output: number, flow: number, ambiguous: boolean, aftr: Aftr): void {
    reset();
    if (ambiguous || !learnable(input)) return;
    const t = r.time[output];
    if ((flow & (F.FLOW_OUT | F.FLOW_HAIR)) !== 0 && (r.facts[output] & F.F_FROM_POOL) !== 0) {
      const ext = v.src[output];
      const port = nearPort(v, output, true);
      const both = nat.overlapped || aftr.nat?.overlapping !== undefined ? nat.byBoth(ext, v.proto[output], port, b, r.off[input] + 8, v.src[input], nearPort(v, input, true)) : -1;
      const own = both >= 0 ? both : sender(input);
      if (own >= 0 && nat.ext[own] === ext && nat.extPort[own] === port) learned.binding = own;
      else if (own >= 0) {
        learned.moved = own;
        learned.movedIdle = t - nat.lastOut(own);
        learned.movedKnows = nat.knows(own, v.dst[input], farPort(v, input, true));
        learned.movedLive = isKept(nat, own, t);
      }
      const held = behind(ext, v.proto[output], port, v.dst[input], farPort(v, input, true));
      if (held >= 0 && held !== own && !nat.isInternal(held, b, r.off[input] + 8, v.src[input], nearPort(v, input, true))) {
        const sameEnd = nat.inner[held] === v.src[input] && nat.innerPort[held] === nearPort(v, input, true);
        if (own < 0 && sameEnd && aftr.cfg.subscriberPrefixLength < 128 && sameSubscriber(held, input, aftr)) learned.followed = held;
        else {
          learned.shared = held;
          learned.sharedIdle = t - nat.lastOut(held);
          learned.sharedLive = isKept(nat, held, t);
        }
      }
      if (own < 0 && openers.opens(input, output)) {
        const j = pooled.of(input, aftr, t);
        if (j >= 0 && nat.ext[j] !== ext) learned.pooled = j;
      }
    }
    if ((flow & (F.FLOW_IN | F.FLOW_HAIR)) !== 0 && (r.facts[input] & F.F_TO_POOL) !== 0) {
      const held = behind(v.dst[input], v.proto[input], nearPort(v, input, false), v.src[input], farPort(v, input, false));
      // Of several internal ends behind one external end it is the one that spoke with this remote end; where none is known to have, nobody can tell.
      const told = held >= 0 && (!nat.overlapped || nat.knows(held, v.src[input], farPort(v, input, false)));
      if (told && isKept(nat, held, t) && !nat.isInternal(held, b, r.off[output] + 24, v.dst[output], nearPort(v, output, false))) learned.misdelivered = held;
    }
    if (nat.twins[v.proto[input]] === 1 && doubt.weigh(learned)) {
      reset();
      learned.doubtful = true;
    }
  }

  function outbound(input: number, output: number, ambiguous: boolean, alone: boolean, aftr: Aftr): void {
    const t = r.time[output];
    const port = nearPort(v, output, true);
    let i = nat.overlapped ? nat.byBoth(v.src[output], v.proto[output], port, b, r.off[input] + 8, v.src[input], nearPort(v, input, true)) : nat.byExternal(v.src[output], v.proto[output], port);
    if (ambiguous) {
      if (i >= 0) nat.setLastOut(i, t);
      return;
    }
    const other = i < 0 || !nat.isInternal(i, b, r.off[input] + 8, v.src[input], nearPort(v, input, true));
    // What was known stays for now: of the external end, or of the internal one.
    if (learned.doubtful && other && (i >= 0 || sender(input) >= 0)) return;
    if (other) {
      const declared = aftr.nat?.overlapping !== undefined;
      if (learned.moved >= 0 && !learned.movedLive && !declared) nat.flags[learned.moved] |= B_GONE;
      if (learned.followed >= 0) nat.flags[learned.followed] |= B_GONE;
      if (learned.shared >= 0 && !learned.sharedLive && !declared) nat.flags[learned.shared] |= B_GONE;
      nat.overlapped ||= learned.shared >= 0 && learned.sharedLive;
      i = nat.create(b, r.off[input] + 8, v.src[input], v.proto[input], nearPort(v, input, true), v.src[output], port, t, B_CREATED | (openers.opens(input, output) ? 0 : B_OLDER) | (learned.followed >= 0 ? B_FOLLOWED : 0));
      if (learned.doubtful) nat.setContested(i, doubt.carried);
    } else if (alone) nat.confirm(i);
    nat.contact(i, v.dst[input], farPort(v, input, true));
    if (isTelling(i)) pooled.used(i, input, aftr, t);
    if (v.proto[input] === F.P_TCP) {
      const flags = b[v.l4[input] + 13];
      if ((flags & TCP_RST) !== 0) {
        nat.rst[i] = nat.lastError[i] = t;
        return;
      }
      // A SYN that waited for a surer cause (the device changed its MSS) is older than what has been learned of its connection since.
      if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN && t < nat.lastOut(i)) nat.flags[i] |= B_SYN_OUT;
      else if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN) {
        nat.flags[i] = (nat.flags[i] & ~(B_FIN_IN | B_FIN_OUT | B_SYN_IN | B_ACK_OUT | B_ACK_IN)) | B_SYN_OUT;
        nat.rst[i] = Number.NEGATIVE_INFINITY;
      }
      if ((flags & TCP_FIN) !== 0) nat.flags[i] |= B_FIN_OUT;
      if ((flags & TCP_ACK) !== 0) nat.flags[i] |= B_ACK_OUT;
    }
    nat.setLastOut(i, Math.max(t, nat.lastOut(i)));
  }

  function inbound(input: number, output: number, ambiguous: boolean): void {
    const t = r.time[output];
    let i = behind(v.dst[input], v.proto[input], nearPort(v, input, false), v.src[input], farPort(v, input, false));
    if (ambiguous) {
      if (i >= 0) nat.lastIn[i] = t;
      return;
    }
    if (learned.doubtful && i >= 0) return;
    if (i < 0) {
      // Older than the capture, static, or PCP: nothing is known of its age.
      if ((r.facts[input] & F.F_QUERY) !== 0 && v.dport[input] === 0) return;
      i = nat.create(b, r.off[output] + 24, v.dst[output], v.proto[output], nearPort(v, output, false), v.dst[input], nearPort(v, input, false), t, 0);
      if (learned.doubtful) nat.setContested(i, doubt.carried);
    }
    nat.lastIn[i] = t;
    if (v.proto[input] !== F.P_TCP) return;
    const flags = b[v.l4[input] + 13];
    if ((flags & TCP_SYN) !== 0) nat.flags[i] |= B_SYN_IN;
    if ((flags & TCP_FIN) !== 0) nat.flags[i] |= B_FIN_IN;
    if ((flags & TCP_ACK) !== 0) nat.flags[i] |= B_ACK_IN;
    if ((flags & TCP_RST) !== 0) nat.rst[i] = t;
  }

  return {
    learned, arrival, recheck, consider, confirms: reset,
    confirmed(i, input, aftr, t) {
      nat.confirm(i);
      nat.contact(i, v.dst[input], farPort(v, input, true));
      if (isTelling(i)) pooled.usedLast(i, input, aftr, t);
      nat.setLastOut(i, t);
    },
    commit(input, output, flow, ambiguous, alone, aftr) {
      if ((r.facts[input] & F.F_ERROR) !== 0) {
        // An outbound error: the inside refuses what came through this binding (RFC 7857 section 7.1).
        if ((flow & F.FLOW_OUT) !== 0 && !ambiguous) {
          const i = nat.byInternal(b, r.off[input] + 8, v.qDst[input], v.qProto[input], nearQuoted(v, input, false));
          if (i >= 0) nat.lastError[i] = r.time[output];
        }
        return;
      }
      if (!learnable(input)) return;
      if ((flow & (F.FLOW_OUT | F.FLOW_HAIR)) !== 0 && (r.facts[output] & F.F_FROM_POOL) !== 0) outbound(input, output, ambiguous, alone, aftr);
      if ((flow & (F.FLOW_IN | F.FLOW_HAIR)) !== 0 && (r.facts[input] & F.F_TO_POOL) !== 0) inbound(input, output, ambiguous);
    },
  };
}
