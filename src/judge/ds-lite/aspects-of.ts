/** Computes the aspects (aspects.ts) of the event at hand. */
import { u16 } from "../../wire/bits.js";
import { isAtomic } from "./atomic.js";
import * as A from "./aspects.js";
import { B_ERROR_IN, B_WELL_KNOWN } from "./bindings.js";
import * as F from "./facts.js";
import { firstDifference } from "./keys.js";
import { N_CROSSING } from "./notes.js";
import type { DsExchange } from "./rule.js";

const NOT_PLAIN = F.F_ERROR | F.F_JOINED4 | F.F_JOINED6 | F.F_DOUBT | F.F_ECN_DROP | F.F_TTL | F.F_PROTOCOL | F.F_PIECE4 | F.F_SRC_FOREIGN | F.F_B4_FOREIGN;
const NOT_PLAIN_OUTPUT = F.F_ERROR | F.F_JOINED4 | F.F_JOINED6 | F.F_PIECE4 | F.F_PROTOCOL | F.F_CUT | F.F_BAD4 | F.F_NOT_OURS;

/** Ports that an ALG works on: FTP, TFTP, RTSP, PPTP, SIP. */
const LAST_ALG = 5060;
const alg = new Uint8Array(LAST_ALG + 1);
for (const port of [21, 69, 554, 1723, LAST_ALG]) alg[port] = 1;
export const isAlg = (port: number): boolean => port <= LAST_ALG && alg[port] === 1;

/** 192.0.0.0/29. */
const isWellKnown = (address: number): boolean => address >>> 3 === 0xc0000000 >>> 3;
const isShared = (address: number): boolean => address >>> 22 === 0x64400000 >>> 22;

/** Seconds without outbound traffic that every rule on lifetimes forgives a UDP binding. */
const YOUNG_SECONDS = 119;
/** Seconds for which the rules watch what follows a lack of ports. */
const AFTERMATH = 60;

/** What the learned binding and nat-state.ts say of a translated packet. */
function translation(x: DsExchange): number {
  const { learned: l, nat, state } = x;
  let a = 0;
  if (l.moved < 0 && l.shared < 0 && l.followed < 0 && l.pooled < 0) a |= A.P_CLEAN;
  if (state.run === 0 && state.sibling === 0 && x.r.time[x.output] - state.exhausted > AFTERMATH) a |= A.P_QUIET;
  a |= state.newRemote ? A.P_REMOTE_NEW : A.P_REMOTE_OLD;
  const i = l.binding;
  if (i < 0) return a | A.P_NEW;
  a |= A.P_KNOWN;
  const flags = nat.flags[i];
  if ((flags & B_ERROR_IN) === 0) a |= A.P_NO_ERROR;
  if (nat.proto[i] !== F.P_UDP || (flags & B_WELL_KNOWN) !== 0) a |= A.P_NO_FLOOR;
  else if (x.r.time[x.output] - nat.lastOut(i) < YOUNG_SECONDS) a |= A.P_YOUNG;
  return a;
}

export function ofPair(x: DsExchange): number {
  const { b, r, v, input, output } = x;
  const from = r.inner[input];
  const to = r.inner[output];
  const l4 = v.l4[input];
  const proto = v.proto[input];
  if (from === 0 || to === 0 || l4 === 0 || v.l4[output] === 0 || proto !== v.proto[output]) return 0;
  const f = r.facts[input];
  const g = r.facts[output];
  if (((f | g) & NOT_PLAIN) !== 0) return 0;
  let a = A.P_PLAIN;
  if (b[from + 8] - b[to + 8] === 1) a |= A.P_TTL;
  if ((f & g & F.F_SUM_GOOD) !== 0 && ((f | g) & (F.F_CUT | F.F_SUM_ZERO | F.F_SUM_PARTIAL | F.F_SUM_BAD)) === 0) a |= A.P_SUMS;
  if (x.exact || firstDifference(b, v, input, output) < 0) a |= A.P_SAME;
  if (proto !== F.P_ICMP) {
    const header = proto === F.P_TCP ? (b[l4 + 12] >>> 4) << 2 : 8;
    a |= Math.min(v.l4Visible[input], v.l4Visible[output]) > header ? A.P_PAYLOAD : A.P_NO_PAYLOAD;
    if (!isAlg(v.sport[input]) && !isAlg(v.dport[input])) a |= A.P_NO_ALG;
    if (proto === F.P_TCP && (b[l4 + 13] & 2) === 0) a |= A.P_NO_SYN;
    if (v.sport[output] >= 1024) a |= A.P_HIGH;
  }
  if (v.dport[input] !== 53) a |= A.P_NO_DNS;
  else if (proto !== F.P_ICMP) a |= A.P_DNS;
  const was = b[from + 1];
  const is = b[to + 1];
  if (was >>> 2 === is >>> 2) a |= A.P_DSCP;
  a |= (was & 3) === 0 ? A.P_NOT_ECT : A.P_ECT;
  if (x.flow === F.FLOW_OUT) {
    const outer = r.tos[input];
    if (outer >>> 2 === is >>> 2) a |= A.P_UNIFORM;
    if ((was & 3) === (is & 3) && ((outer & 3) === (was & 3) || (outer & 3) === 0)) a |= A.P_ECN;
  } else if (x.flow === F.FLOW_IN) {
    if (r.tos[output] >>> 2 === is >>> 2) a |= A.P_UNIFORM;
    if ((was & 3) === (is & 3)) a |= A.P_ECN;
  }
  if ((b[from + 6] & 0x40) === 0) a |= A.P_DF_CLEAR;
  else if ((b[to + 6] & 0x40) !== 0) a |= A.P_DF_KEPT;
  const hasNat = x.aftr.nat !== undefined;
  if ((x.flow & F.FROM_SOFTWIRE) !== 0) {
    if (!isWellKnown(v.src[input]) && !x.aftr.exempt(v.dst[input])) a |= A.P_ORDINARY_ENDS;
    if (hasNat && (g & F.F_FROM_POOL) !== 0) a |= A.P_EXTERNAL;
    a |= translation(x);
  }
  if ((x.flow & F.INTO_SOFTWIRE) !== 0 && hasNat && (f & (F.F_TO_POOL | F.F_BOUND)) === (F.F_TO_POOL | F.F_BOUND) && (g & F.F_TO_POOL) === 0 && x.learned.misdelivered < 0 && v.dst[input] !== v.dst[output]) a |= A.P_DELIVERED;
  return a;
}

export function ofOutput(x: DsExchange): number {
  const { b, r, v, output } = x;
  const at = r.inner[output];
  const f = r.facts[output];
  if (at === 0 || v.l4[output] === 0 || (f & NOT_PLAIN_OUTPUT) !== 0) return 0;
  let a = A.O_PLAIN;
  if (!x.state.meetsSyn && !x.state.synPassed) a |= A.O_NO_SYN;
  if (v.proto[output] !== F.P_ICMP) a |= A.O_NO_ICMP;
  if (r.kind[output] === F.D_CORE) {
    const src = v.src[output];
    if (x.aftr.nat !== undefined && (f & F.F_FROM_POOL) !== 0) a |= A.O_EXTERNAL;
    if (!isWellKnown(src) && !isWellKnown(v.dst[output]) && !isShared(src)) a |= A.O_PUBLIC;
    if (isAtomic(b, at)) a |= A.O_ATOMIC;
    else if (!x.state.idReused) a |= A.O_ID_FRESH;
    return a;
  }
  const o = r.off[output];
  if (at === o + 40 && b[o + 6] === 4) a |= A.O_BARE;
  const payload = u16(b, o + 4);
  const size = payload + 40;
  if (at === o + 40 && payload === u16(b, at + 2)) a |= A.O_LENGTH;
  const tos = b[at + 1];
  const outer = r.tos[output];
  if (outer >>> 2 === tos >>> 2) a |= A.O_DSCP;
  if ((outer & 3) === (tos & 3) || (outer & 3) === 0) a |= A.O_ECN;
  if (size <= x.aftr.cfg.mtuV6) a |= size > 1280 ? A.O_LARGE : A.O_SMALL;
  if (size <= 1500) a |= A.O_LINK;
  if (!x.tunnel.told && !x.history.told) a |= A.O_UNTOLD;
  if (b[o + 24] !== 0xff && x.aftr.isB4(b, o + 24)) a |= A.O_TO_B4;
  if (b[o + 7] === x.aftr.cfg.hopLimit) a |= A.O_HOP;
  return a;
}

/** First octets of no unicast source, and of no destination that a router forwards to (RFC 1812 section 5.3.7). */
const isHost = (first: number): boolean => first !== 0 && first !== 127 && first < 224;

export function ofInput(x: DsExchange): number {
  const { r, v, input } = x;
  const at = r.inner[input];
  const l4 = v.l4[input];
  if (at === 0 || l4 === 0) return 0;
  const f = r.facts[input];
  let a = x.output >= 0 && (f & F.F_SRC_FOREIGN) === 0 ? A.I_FORWARDED : 0;
  if (!isWellKnown(v.src[input])) a |= A.I_NO_B4_OWN;
  if (l4 - at + v.l4Len[input] <= x.coreMtu) a |= A.I_FITS;
  if (r.kind[input] === F.D_SOFT) {
    if (at === r.off[input] + 40 && (f & (F.F_EXTENSION | F.F_JOINED6 | F.F_JOINED4)) === 0) a |= A.I_BARE;
    const to = v.dst[input] >>> 24;
    if (isHost(v.src[input] >>> 24) && to !== 0 && to !== 127 && to < 240) a |= A.I_HOSTS;
    return a;
  }
  if (isHost(v.src[input] >>> 24)) a |= A.I_HOSTS;
  if (v.binding[input] < 0) a |= A.I_UNBOUND;
  else if (v.idle[input] < 1) a |= A.I_RECENT;
  if ((f & F.F_KNOWN) !== 0) a |= A.I_KNOWN;
  if ((f & F.F_BOUND) !== 0) a |= A.I_BOUND;
  if ((f & F.F_BIG) === 0) a |= A.I_ONE_PIECE;
  if (v.proto[input] !== F.P_TCP) a |= A.I_NOT_TCP;
  if ((v.notes[input] & N_CROSSING) === 0) a |= A.I_NO_CROSSING;
  return a;
}
