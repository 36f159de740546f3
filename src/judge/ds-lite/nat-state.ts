/** What the judge remembers for the clauses of the NAT besides bindings: quotas, unsolicited SYNs, identifications, how ports are given out. Bounded; what was overwritten is unknown. */
import { u32 } from "../../wire/bits.js";
import { headerLength } from "../../wire/ipv4.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import { createSameId, isAtomic } from "./atomic.js";
import { B_CREATED, B_FIN_IN, B_FIN_OUT, B_SYN_IN, B_SYN_OUT, type Bindings } from "./bindings.js";
import * as F from "./facts.js";
import { createIdentifications } from "./identifications.js";
import type { Learned } from "./learned.js";
import { createLetIn } from "./let-in.js";
import { N_ADDRESS_FULL, N_CROSSING, N_FRESH, N_HALF_CLOSED, N_NO_PORT, N_OTHER_PROTOCOL, N_POOL_FULL, N_SAME_ID, N_SQUEEZED, N_SYN_AGAIN } from "./notes.js";
import { createQuota, mix, spot } from "./quota.js";
import { subscriberHash } from "./subscriber.js";
import { farPort, nearPort } from "./tuple.js";
import { type Usage, createUsage } from "./usage.js";
import type { View } from "./view.js";

const SYNS = 1 << 10, RESETS = 1 << 8, RUNS = 1 << 8;
/** Largest step between ports that counts as going one by one. */
const SMALL_STEP = 16;

export interface NatState {
  /** Softwires and new mappings of subscribers, for rules on declared limits. */
  readonly usage: Usage;
  /** Of the output at hand (`left`): seconds since the unsolicited SYN that it quotes came in (-1: none), and whether the inside has sent a SYN for that connection since. */
  synAge: number; synMet: boolean;
  /** Of the output at hand: its identification was used for another internal end within the lifetime of a datagram. */
  idReused: boolean;
  /** Of the outbound pair at hand (`considered`): new ports so far that came at one constant small step; 1 = the same external end as the other protocol's binding of the same inner end, 2 = another, 0 = no such binding; a remote end new to its binding. */
  run: number; sibling: number; newRemote: boolean;
  /** Of the output at hand: a SYN for a connection of which an unsolicited SYN has come within 6 s. */
  meetsSyn: boolean;
  /** The output at hand is the first more than 7 s after an unsolicited SYN that nothing met. */
  synPassed: boolean;
  /** Counted by protocol index (0 UDP, 1 TCP, 2 ICMP): other external end towards another remote end, the same one; siblings that share their external end, siblings that do not. */
  readonly dependent: Float64Array; readonly independent: Float64Array; together: number; apart: number;
  /** Last time a packet found no port. */
  exhausted: number;
  /** By ICMP type, of those that are neither error nor query: when one last left, to the core or into a softwire. */
  readonly oddLeft: Float64Array;
  /** Did an RST for the connection of this segment from the Internet leave after it came? */
  wasReset(input: number): boolean;
  /** Was the SYN that this SYN-ACK of an inner host answers let in within the last minute? */
  wasLetIn(input: number): boolean;
  /** The latest binding of the internal end that sent an input, as it was when that came; -1: there was none, or that was not asked, or another one may be later. */
  senderOf(input: number): number;
  arrived(slot: number, aftr: Aftr): void;
  left(slot: number): void;
  /** As `left` and `considered`, for an output to the core of UDP by a binding that has its remote end: first what rules read, then, when `left` would leave it so, what is remembered. */
  leaves(): void;
  hasLeft(slot: number): boolean;
  considered(input: number, output: number, aftr: Aftr): void;
  committed(input: number, output: number, aftr: Aftr): void;
  closed(slot: number, absence: boolean): void;
}

export const protocolIndex = (proto: number): number => (proto === F.P_UDP ? 0 : proto === F.P_TCP ? 1 : 2);

export function createNatState(b: Uint8Array, r: Records, v: View, nat: Bindings, learned: Learned, seed: number): NatState {
  const f64 = (n: number): Float64Array => new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  const quota = createQuota(b, r, v, nat, seed), { lives, room } = quota;
  const synKey = new Int32Array(SYNS), synNumber = new Uint32Array(SYNS), synTime = f64(SYNS), synMet = new Uint8Array(SYNS);
  const resetKey = new Int32Array(RESETS), resetTime = f64(RESETS);
  const ids = createIdentifications(b, r, v, seed), letIn = createLetIn(seed), sameId = createSameId(b, r, v, seed);
  const runKey = new Int32Array(RUNS), runPort = new Int32Array(RUNS), runStep = new Int32Array(RUNS), runLength = new Int32Array(RUNS);
  const connection = (far: number, farP: number, near: number, nearP: number): number => mix(mix(mix(seed, far), near), (farP << 16) | nearP);
  const quotedNumber = (slot: number): number => u32(b, v.quote[slot] + headerLength(b, v.quote[slot]) + 4);
  const isSyn = (slot: number): boolean => v.proto[slot] === F.P_TCP && v.l4[slot] > 0 && (b[v.l4[slot] + 13] & 0x16) === 2;

  function fromB4(slot: number, aftr: Aftr, t: number): number {
    const near = nearPort(v, slot, true);
    const b4 = r.off[slot] + 8;
    sender = nat.byInternal(b, b4, v.src[slot], v.proto[slot], near);
    senderOf = r.number[slot];
    senderAt = nat.count;
    if (sender >= 0) return 0;
    // A port that is in use is no bar where overlapping is declared.
    const notes = N_FRESH | (room(slot, aftr, t) & (aftr.nat?.overlapping === undefined ? -1 : ~(N_POOL_FULL | N_ADDRESS_FULL)));
    if ((notes & N_NO_PORT) !== 0) s.exhausted = t;
    return notes;
  }

  function fromCore(slot: number, t: number): number {
    let notes = 0;
    const i = v.binding[slot];
    const proto = v.proto[slot];
    if (i >= 0) {
      const fin = nat.flags[i] & (B_FIN_IN | B_FIN_OUT);
      if (proto === F.P_TCP && (fin === B_FIN_IN || fin === B_FIN_OUT) && !(nat.rst[i] >= 0)) notes |= N_HALF_CLOSED;
      if (isSyn(slot) && (nat.flags[i] & (B_SYN_OUT | B_SYN_IN)) === B_SYN_OUT) notes |= N_CROSSING;
    } else if (proto === F.P_TCP || proto === F.P_UDP) {
      const j = nat.byExternal(v.dst[slot], proto === F.P_TCP ? F.P_UDP : F.P_TCP, nearPort(v, slot, false));
      if (j >= 0 && lives(j, t) && (nat.flags[j] & B_CREATED) !== 0) {
        notes |= N_OTHER_PROTOCOL;
        v.noted[slot] = j;
      }
    }
    if (isSyn(slot) && (r.facts[slot] & (F.F_TO_POOL | F.F_BOUND | F.MAY_DROP)) === F.F_TO_POOL) {
      const key = connection(v.src[slot], v.sport[slot], v.dst[slot], v.dport[slot]);
      const at = spot(key, SYNS);
      // A SYN sent again does not begin the wait anew: the answer may be to the first.
      if (synKey[at] !== key || t - synTime[at] > 60) {
        synKey[at] = key;
        synNumber[at] = u32(b, v.l4[slot] + 4);
        synTime[at] = t;
        synMet[at] = 0;
        waiting = t;
      } else notes |= N_SYN_AGAIN;
    }
    return notes;
  }

  /** Binding of the internal end that sent the latest input to be translated, `number` of that input, and how many bindings there had been then. */
  let sender = -1, senderOf = -1, senderAt = 0;
  /** When the latest unsolicited SYN came; -1: none, or something came of it. */
  let waiting = -1;
  const s: NatState = {
    usage: createUsage(seed, r.capacity), synAge: -1, synMet: false, idReused: false, run: 0, sibling: 0, newRemote: false, meetsSyn: false, synPassed: false, dependent: new Float64Array(3), independent: new Float64Array(3), together: 0, apart: 0,
    exhausted: Number.NEGATIVE_INFINITY, oddLeft: f64(256),
    arrived(slot, aftr) {
      v.notes[slot] = 0;
      v.noted[slot] = -1;
      const kind = r.kind[slot];
      // An error from within a softwire: what it quotes was let in, and is answered on the B4's behalf (RFC 2473 section 8.2).
      if (kind === F.D_ICMP6 && (r.facts[slot] & F.F_ERROR) !== 0 && v.qProto[slot] === F.P_TCP) letIn.add(v.qSrc[slot], v.qSport[slot], quotedNumber(slot), r.time[slot]);
      if ((kind !== F.D_SOFT && kind !== F.D_CORE) || v.l4[slot] === 0 || aftr.nat === undefined) return;
      const t = r.time[slot];
      const f = r.facts[slot];
      if (kind === F.D_CORE) v.notes[slot] = (f & F.F_TO_POOL) !== 0 ? fromCore(slot, t) : 0;
      else if ((f & (F.MAY_DROP | F.F_ERROR)) === 0 && !aftr.exempt(v.dst[slot]) && (v.proto[slot] !== F.P_ICMP || v.sport[slot] > 0)) v.notes[slot] = fromB4(slot, aftr, t);
      if ((f & (F.MAY_DROP | F.F_ERROR | F.F_JOINED4)) === 0 && isAtomic(b, r.inner[slot]) && sameId(slot, t)) v.notes[slot] |= N_SAME_ID;
    },
    wasReset(input) {
      const key = connection(v.src[input], v.sport[input], v.dst[input], v.dport[input]);
      const at = spot(key, RESETS);
      return resetKey[at] === key && resetTime[at] >= r.time[input];
    },
    wasLetIn: (input) => letIn.since(v.dst[input], v.dport[input], u32(b, v.l4[input] + 8) - 1, r.time[input] - 60),
    senderOf: (input) => (senderOf === r.number[input] && senderAt === nat.count ? sender : -1),
    leaves() {
      s.synAge = -1;
      s.idReused = s.meetsSyn = s.synPassed = s.newRemote = false;
      s.run = s.sibling = 0;
    },
    hasLeft: (slot) => waiting < 0 && (isAtomic(b, r.inner[slot]) || !ids.use(slot, r.time[slot], false)),
    left(slot) {
      s.synAge = -1;
      s.idReused = s.meetsSyn = false;
      s.synPassed = waiting >= 0 && r.time[slot] - waiting > 7;
      if (s.synPassed) waiting = -1;
      if ((r.facts[slot] & F.F_PROTOCOL) !== 0 && v.proto[slot] === F.P_ICMP && v.l4[slot] > 0) s.oddLeft[b[v.l4[slot]]] = r.time[slot];
      if (v.l4[slot] === 0) return;
      if (r.kind[slot] === F.D_SOFT && isSyn(slot)) letIn.add(v.src[slot], v.sport[slot], u32(b, v.l4[slot] + 4), r.time[slot]);
      if (r.kind[slot] !== F.D_CORE) return;
      const t = r.time[slot];
      if ((r.facts[slot] & F.F_ERROR) !== 0) {
        if (v.qProto[slot] !== F.P_TCP) return;
        const key = connection(v.qSrc[slot], v.qSport[slot], v.qDst[slot], v.qDport[slot]);
        const at = spot(key, SYNS);
        // Errors about later segments of the connection are another matter: the SYN is known by its sequence number, which any quote holds (RFC 792).
        if (synKey[at] !== key || synNumber[at] !== quotedNumber(slot) || letIn.since(v.qSrc[slot], v.qSport[slot], quotedNumber(slot), synTime[at])) return;
        s.synAge = t - synTime[at];
        s.synMet = synMet[at] === 1;
        return;
      }
      if ((r.facts[slot] & F.F_RST) !== 0) {
        const key = connection(v.dst[slot], v.dport[slot], v.src[slot], v.sport[slot]);
        resetKey[spot(key, RESETS)] = key;
        resetTime[spot(key, RESETS)] = t;
      }
      if (isSyn(slot)) {
        const key = connection(v.dst[slot], v.dport[slot], v.src[slot], v.sport[slot]);
        const at = spot(key, SYNS);
        if (synKey[at] === key && t - synTime[at] < 6) {
          s.meetsSyn = true;
          if (synTime[at] === waiting) waiting = -1;
          synMet[at] = 1;
        }
      }
      if (!isAtomic(b, r.inner[slot]) && (r.facts[slot] & (F.F_JOINED4 | F.F_FROM_POOL)) === F.F_FROM_POOL) s.idReused = ids.use(slot, t, true);
    },
    considered(input, output, aftr) {
      s.run = s.sibling = 0;
      s.newRemote = false;
      const t = r.time[output];
      const proto = v.proto[input];
      const port = nearPort(v, output, true);
      const k = learned.binding;
      const p = protocolIndex(proto);
      if (k >= 0) {
        s.newRemote = nat.remembersAll(k) && !nat.knows(k, v.dst[input], farPort(v, input, true));
        if (s.newRemote) s.independent[p]++;
        return;
      }
      if (learned.shared >= 0 && learned.sharedLive && aftr.nat?.overlapping === undefined) v.notes[input] |= N_SQUEEZED;
      if (learned.moved >= 0 && learned.movedLive && !learned.movedKnows && nat.remembersAll(learned.moved)) s.dependent[p]++;
      if (aftr.isStatic(v.src[output], proto, port)) return;
      if (proto !== F.P_ICMP) {
        const j = nat.byInternal(b, r.off[input] + 8, v.src[input], proto === F.P_TCP ? F.P_UDP : F.P_TCP, nearPort(v, input, true));
        if (j >= 0 && lives(j, t) && nat.extPort[j] !== nat.innerPort[j]) {
          s.sibling = nat.ext[j] === v.src[output] && nat.extPort[j] === port ? 1 : 2;
          if (s.sibling === 1) s.together++;
          else s.apart++;
        }
      }
      const key = mix(mix(seed, v.src[output]), proto);
      const at = spot(key, RUNS);
      const step = port - runPort[at];
      const kept = port === nearPort(v, input, true);
      if (runKey[at] !== key || kept) {
        runKey[at] = key;
        runLength[at] = runStep[at] = 0;
      } else {
        runLength[at] = step === runStep[at] && step !== 0 && Math.abs(step) <= SMALL_STEP ? runLength[at] + 1 : 1;
        runStep[at] = step;
        s.run = runLength[at];
      }
      runPort[at] = port;
    },
    committed(input, output, aftr) {
      if (learned.binding >= 0) return;
      const i = nat.byExternal(v.src[output], v.proto[output], nearPort(v, output, true));
      if (i < 0) return;
      quota.add(i, subscriberHash(b, r.off[input] + 8, aftr.cfg.subscriberPrefixLength));
    },
    closed(slot, absence) {
      const i = v.binding[slot];
      if (i >= 0 && absence && r.forward[slot] < 0 && (r.facts[slot] & (F.F_KNOWN | F.MAY_DROP | F.F_ERROR)) === 0) nat.refused[i] = Math.max(nat.refused[i], r.time[slot]);
    },
  };
  return s;
}
