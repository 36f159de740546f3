/** What the judge notes beside bindings: errors asked for, path MTUs, which inner sources get through, softwire packets sent. */
import { ACCESS } from "../../config/types.js";
import { u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum } from "../../wire/checksum.js";
import { payloadLength, sameAddress } from "../../wire/ipv6.js";
import { parsePrefix4 } from "../../wire/address.js";
import type { Records } from "../transcript.js";
import type { Aftr } from "./aftr.js";
import type { Bindings } from "./bindings.js";
import { isKept } from "./floor.js";
import { createBlocks } from "./blocks.js";
import * as F from "./facts.js";
import type { History } from "./history.js";
import { asQuoted, ofQuote } from "./keys.js";
import { farPort, isUntouched, nearPort, nearQuoted } from "./tuple.js";
import type { TunnelHistory } from "./tunnel-history.js";
import type { View } from "./view.js";

/** Blocks that RFC 6333 section 11 admits without further configuration (decisions D14); the class of any other source is the number of blocks. */
const BLOCKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.0.0/29"].map((p) => parsePrefix4(p)!);
const blockOf = createBlocks(BLOCKS);
export const SOURCE_CLASSES = BLOCKS.length + 1;
export function sourceClass(address: number): number {
  const i = blockOf(address);
  return i < 0 ? BLOCKS.length : i;
}
/** Softwire packets sent before the capture began may be quoted at its start. */
const EDGE_SECONDS = 3;
/** Host unreachable, and administratively prohibited (RFC 6888 REQ-11, RFC 5508 REQ-8, RFC 1812 section 5.2.7.1). */
const NO_SESSION: readonly number[] = [1, 9, 10, 13];
/** Smaller segments than this (bytes) fit every IPv6 path through a softwire: no honest Packet Too Big quotes them. */
const LARGE = 1280 - 40 - 60;

/** What an echo request and its reply have in common: the B4 at `b4`, who asked, the address that was asked, identifier and sequence number. */
export const echoKey = (b: Uint8Array, b4: number, asking: number, asked: number, icmp: number): number =>
  Math.imul(asking ^ u32(b, b4) ^ Math.imul(u32(b, b4 + 4), 31) ^ Math.imul(u32(b, b4 + 8), 131) ^ u32(b, b4 + 12), 0x9e3779b1) ^ Math.imul(asked ^ Math.imul(u32(b, icmp + 4), 0x85ebca6b), 0x2c1b3c6d);

export interface Observer {
  arrived(slot: number): void;
  left(slot: number): void;
  forwarded(input: number, output: number, flow: number): void;
  answered(input: number, output: number, kind: number): void;
  closed(input: number, absence: boolean): void;
}

export function createObserver(b: Uint8Array, r: Records, v: View, aftrs: readonly Aftr[], nat: Bindings, history: History, tunnel: TunnelHistory, seed: number): Observer {
  /** A softwire input that nothing but its source could keep from being forwarded. */
  const ordinary = (slot: number): boolean => r.kind[slot] === F.D_SOFT && (r.facts[slot] & (F.MAY_DROP | F.F_JOINED4 | F.F_ERROR | F.F_TO_POOL)) === 0 && v.l4[slot] > 0;
  /** What a subscriber sends to another one, and is lost, opens its own filter for the answer all the same. */
  const isAttempt = (slot: number): boolean =>
    r.kind[slot] === F.D_SOFT && r.forward[slot] < 0 && v.l4[slot] > 0 && (r.facts[slot] & (F.F_TO_POOL | F.MAY_DROP | F.F_JOINED4 | F.F_ERROR)) === F.F_TO_POOL;
  /**
   * Notes on a sound ICMPv6 error what a relayed one would need (RFC 2473 section 8): F_BOUND, the quoted packet was surely sent, came from the Internet, and
   * its binding is live; F_ISOLATED, nothing else has asked the device for an error towards the core within the second before.
   */
  function noteRelay(slot: number, key: number): void {
    const aftr = aftrs[r.domain[slot]];
    const t = r.time[slot];
    if (!history.surelySent(key) || aftr.inPool(v.qSrc[slot]) || v.qSrc[slot] === aftr.cfg.wellKnownV4) return;
    const i = aftr.nat === undefined ? -1 : nat.byInternal(b, v.quote6[slot] + 24, v.qDst[slot], v.qProto[slot], nearQuoted(v, slot, false));
    if (aftr.nat !== undefined && (i < 0 || !isKept(nat, i, t))) return;
    r.facts[slot] |= F.F_BOUND;
    if (t - Math.max(history.relayDue, history.coreError, history.lastEliciting[1]) > 1) r.facts[slot] |= F.F_ISOLATED;
    history.relayDue = t;
  }
  return {
    arrived(slot) {
      const f = r.facts[slot];
      if ((f & F.F_TTL) !== 0 && (r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE)) {
        const towards = r.side[slot] === ACCESS ? 0 : 1;
        if (r.time[slot] - history.lastEliciting[towards] > 1) r.facts[slot] |= F.F_ISOLATED;
        history.lastEliciting[towards] = r.time[slot];
      }
      if (r.kind[slot] === F.D_CORE && v.l4[slot] > 0 && v.l4Len[slot] >= LARGE && (f & (F.F_ERROR | F.F_PROTOCOL)) === 0) history.came(asQuoted(b, v, slot, false, seed));
      if (r.kind[slot] !== F.D_ICMP6 || (f & F.F_ERROR) === 0) return;
      const q = v.quote6[slot];
      const icmp = q - 8;
      // Errors that the device sent are not remembered, so a quoted one proves nothing.
      if ((f & F.F_QUOTE_BAD) !== 0 || (v.qProto[slot] === F.P_ICMP && (v.qSport[slot] | v.qDport[slot]) === 0)) return;
      // A damaged message, or one about a packet of another device, says nothing.
      const length = payloadLength(b, r.off[slot]) - (icmp - r.off[slot] - 40);
      if ((f & F.F_CUT) !== 0 || length < 56 || finish(sum(b, icmp, length, pseudo6(b, r.off[slot] + 8, length, 58))) !== 0 || !sameAddress(b, q + 8, r.off[slot] + 24)) return;
      const key = ofQuote(b, v, slot, false, seed);
      noteRelay(slot, key);
      if (b[icmp] !== 2) return;
      const mtu = u32(b, icmp + 4);
      const sent = history.wasSent(key);
      if (mtu >= 1280 && mtu < aftrs[r.domain[slot]].cfg.mtuV6) {
        // The tap may have missed the packet on its way out. What a hairpinned packet looked like when it came, the quotation does not tell.
        const surelyNot = !sent && !history.hadCome(key) && !aftrs[r.domain[slot]].inPool(v.qSrc[slot]) && r.time[slot] - history.started > EDGE_SECONDS;
        history.learnPath(b, q + 24, mtu, surelyNot);
      }
      if (sent) tunnel.tooBig(b, q + 24, mtu, r.time[slot]);
    },
    left(slot) {
      const isIcmp = r.kind[slot] === F.D_ICMP6 || ((r.kind[slot] === F.D_SOFT || r.kind[slot] === F.D_CORE) && v.proto[slot] === F.P_ICMP);
      const isPiece = r.kind[slot] === F.D_PIECE6 || (r.facts[slot] & F.F_PIECE4) !== 0;
      // What it is, or is a part of, was cut off: it may be what came of an input that seems to be lost.
      if ((r.facts[slot] & F.F_CUT) !== 0 && (isPiece || (isIcmp && (r.facts[slot] & (F.F_ERROR | F.F_QUERY | F.F_PROTOCOL)) === 0))) tunnel.blindAt = r.time[slot];
      if ((r.facts[slot] & (F.F_EXTENSION | F.F_JOINED6)) === F.F_EXTENSION && r.kind[slot] === F.D_SOFT && r.inner[slot] > 0) tunnel.headers = Math.max(tunnel.headers, r.inner[slot] - r.off[slot] - 40);
      if (r.kind[slot] === F.D_SOFT && (r.facts[slot] & F.F_ERROR) !== 0 && isUntouched(b, r.inner[slot])) history.softError = r.time[slot];
      if (r.kind[slot] === F.D_CORE && (r.facts[slot] & F.F_ERROR) !== 0) history.coreError = r.time[slot];
      // Echo replies of the AFTR itself (RFC 6908 section 3.2.2).
      if (r.kind[slot] === F.D_SOFT && (r.facts[slot] & F.F_QUERY) !== 0 && v.l4[slot] > 0 && b[v.l4[slot]] === 0) tunnel.replying(echoKey(b, r.off[slot] + 24, v.dst[slot], v.src[slot], v.l4[slot]));
      if (r.kind[slot] === F.D_SOFT && v.l4[slot] > 0 && (r.facts[slot] & (F.F_ERROR | F.F_PROTOCOL)) === 0) history.sent(asQuoted(b, v, slot, false, seed));
    },
    forwarded(input, output, flow) {
      if ((flow & F.FROM_SOFTWIRE) !== 0 && ordinary(input)) history.passed[sourceClass(v.src[input])]++;
      void output;
    },
    answered(_input, output, kind) {
      if (kind === F.ANSWER_B4 && b[v.l4[output]] === 11) history.timeExceeded[0]++;
      if (kind === F.ANSWER_B4 && b[v.l4[output]] === 3 && NO_SESSION.includes(b[v.l4[output] + 1])) history.refusals++;
      if (kind === F.ANSWER_RELAY) history.relayed++;
      if (kind === F.ANSWER_CORE && b[v.l4[output]] === 11) history.timeExceeded[1]++;
    },
    closed(input, absence) {
      if (absence && isAttempt(input)) {
        const i = nat.byInternal(b, r.off[input] + 8, v.src[input], v.proto[input], nearPort(v, input, true));
        if (i >= 0) nat.contact(i, v.dst[input], farPort(v, input, true));
      }
      if (!absence || !ordinary(input)) return;
      if (r.forward[input] < 0 && r.answer[input] < 0 && (r.facts[input] & (F.F_JOINED6 | F.F_EXTENSION | F.F_RST)) === 0) history.vanished[sourceClass(v.src[input])]++;
    },
  };
}
