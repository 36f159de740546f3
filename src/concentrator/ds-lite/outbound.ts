/** From a softwire to the Internet: inner packets of a B4 (RFC 6333 sections 6.2, 8, 11; RFC 2473 section 3.3). */
import { put32, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { SOFTWIRE_RULE } from "../firewall/chain.js";
import { REFUSED_LIMIT, REFUSED_RATE, bind, findBinding, isHeld, refresh, revive } from "../nat/bindings.js";
import { findExternal } from "../nat/external.js";
import { FREE, findFlow, flowRoom, openFlow, permitAddress, touchFlow } from "../nat/flows.js";
import { FTP_CONTROL, GROWTH, rewriteFtp } from "../nat/ftp.js";
import { B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_INNER, B_STRIDE, ICMP, TCP, UDP } from "../nat/layout.js";
import { bindOverlapped, findForOutbound } from "../nat/overlap.js";
import { PPTP_CONTROL, pairedAddress, rewritePptp } from "../nat/pptp.js";
import { clampMss, rewriteEndpoint } from "../nat/rewrite.js";
import { shiftOut } from "../nat/sequence.js";
import { closeB4, findB4, openB4 } from "../nat/subscribers.js";
import { RST, SYN } from "../nat/tcp.js";
import { ECN_DROP, ecnOut } from "../six-in-four/ecn.js";
import { type Aftr, inPairs, isIn } from "./aftr.js";
import { coreRoom, finishHeader, toCore } from "./core-side.js";
import { STAGED, errorOut, isTransit } from "./errors.js";
import { FRAGMENTATION_NEEDED, HOST_UNREACHABLE, TIME_EXCEEDED, UNREACHABLE, deliverFromB4, errorToB4 } from "./icmp4.js";
import { fragmentIn, inbound } from "./inbound.js";
import { PASSES, guardOut, guardUntranslated } from "./guard.js";
import { joinInner, joined } from "./inner-fragments.js";
import { isExternal, isNowhere } from "./outside.js";
import * as R from "./reasons.js";
import { hasSourceRoute } from "./source-route.js";
import { rememberOut } from "./short.js";
import { ERROR, NOT_ICMP, NO_KIND, QUERY, TFTP, readTransport } from "./transport.js";
import { forgetSyn } from "./unsolicited.js";

/** The inner packet at `o` with `avail` bytes at hand, from the B4 whose address lies at `b4At`, outer traffic class `tc`. Returns the reason. */
export function fromB4(a: Aftr, b4At: number, o: number, avail: number, tc: number, sec: number, nsec: number): number {
  const b = a.u8;
  if (ipv4.ipv4Fault(b, o, avail) !== ipv4.FAULT_NONE) return R.INNER_INVALID;
  const n = ipv4.totalLength(b, o);
  const src = u32(b, o + ipv4.SRC) | 0;
  const dst = u32(b, o + ipv4.DST) | 0;
  if (!inPairs(a.innerSources, src)) return R.INNER_SOURCE;
  const ecn = ecnOut(b[o + ipv4.TOS] & 3, tc & 3);
  if (ecn === ECN_DROP) return R.ECN_ILLEGAL;
  if (isIn(a.own, dst) && !isExternal(a, dst)) return deliverFromB4(a, b4At, o, n, sec, nsec);
  if (isNowhere(dst)) return R.INNER_DESTINATION;
  // One decrement for the whole device (decisions.md D30); a hairpinned packet is not decremented again.
  if (b[o + ipv4.TTL] <= 1) return errorToB4(a, b4At, TIME_EXCEEDED, 0, 0, o, n, sec, nsec, R.TTL_B4, R.TTL_SILENT);
  const tos = (a.cfg.copyDscpIn ? tc & 0xfc : b[o + ipv4.TOS] & 0xfc) | ecn;
  a.piece = 0;
  const bypasses = inPairs(a.noTranslate, dst);
  // Fragments that bypass the NAT need no joining, unless a firewall asks for their ports.
  if (bypasses && (a.chain?.firewall === undefined || !ipv4.isFragment(b, o))) return untranslated(a, b4At, o, n, tos, sec, nsec);
  if (!ipv4.isFragment(b, o)) return outbound(a, b4At, o, n, tos, sec, nsec);
  if (isTransit(a)) return fragmentOut(a, b4At, o, n, tos, sec, nsec);
  const held = joinInner(a, b4At, o, n, sec, nsec);
  if (held !== 0) return held;
  const at = joined(a);
  return (bypasses ? untranslated : outbound)(a, b4At, at, ipv4.totalLength(b, at), tos, sec, nsec);
}

/** A fragment where nothing asks for ports: no router joins what it forwards (RFC 1812 section 5.2.6). The first one makes its B4 known. */
function fragmentOut(a: Aftr, b4At: number, o: number, n: number, tos: number, sec: number, nsec: number): number {
  const b = a.u8;
  const dst = u32(b, o + ipv4.DST) | 0;
  a.clientFragments++;
  if (ipv4.fragmentOffset(b, o) === 0 && readTransport(a, o, n) && a.icmp !== ERROR) {
    const binding = bindingFor(a, b4At, o, dst);
    if (binding < 0 && binding > NO_PORT) return -binding;
  }
  if (findExternal(a.nat.external, a.nat.bindings, dst, 0) === 0) return untranslated(a, b4At, o, n, tos, sec, nsec);
  b.copyWithin(a.hairpin, o, o + n);
  finishHeader(a, a.hairpin, tos);
  decapsulated(a, n);
  return fragmentIn(a, a.hairpin, n, true, sec, nsec);
}

function untranslated(a: Aftr, b4At: number, o: number, n: number, tos: number, sec: number, nsec: number): number {
  if (n > a.coreMtu && a.piece === 0 && ipv4.df(a.u8, o)) return tooBig(a, b4At, o, n, sec, nsec);
  const fragment = ipv4.isFragment(a.u8, o);
  // A fragment that is too big would have to be cut into fragments of a fragment; no such link is modelled.
  if (n > a.coreMtu && fragment) return R.TOO_BIG_SILENT;
  if (a.chain?.firewall !== undefined) {
    const refused = guardUntranslated(a, b4At, o, n, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  const at = coreRoom(a, n);
  a.u8.copyWithin(at, o, o + n);
  a.u8[at + ipv4.TTL]--;
  a.u8[at + ipv4.TOS] = tos;
  ipv4.seal(a.u8, at);
  decapsulated(a, n);
  return toCore(a, at, n, sec, nsec, R.UNTRANSLATED_OUT);
}

function decapsulated(a: Aftr, n: number): void {
  a.decapsulatedPackets++;
  a.decapsulatedBytes += n;
}

const tooBig = (a: Aftr, b4At: number, o: number, n: number, sec: number, nsec: number): number =>
  errorToB4(a, b4At, UNREACHABLE, FRAGMENTATION_NEEDED, a.coreMtu, o, n, sec, nsec, R.TOO_BIG_B4, R.TOO_BIG_SILENT);

/** A whole packet: finds or makes binding and flow, translates its source, sends it out or into another softwire. */
function outbound(a: Aftr, b4At: number, o: number, n: number, tos: number, sec: number, nsec: number): number {
  const b = a.u8;
  const { nat } = a;
  if (!readTransport(a, o, n)) return R.TRANSPORT_SHORT;
  if (a.icmp === NO_KIND && nat.cfg !== undefined) return R.ICMP_TYPE;
  if (nat.cfg !== undefined && a.icmp !== NOT_ICMP && hasSourceRoute(a.u8, o, n, a.icmp === ERROR)) return R.ICMP_SOURCE_ROUTE;
  const dst = u32(b, o + ipv4.DST) | 0;
  const hairpin = nat.cfg === undefined ? findExternal(nat.external, nat.bindings, dst, 0) !== 0 : isExternal(a, dst);
  if (hairpin && nat.cfg?.hairpinning === false) return R.HAIRPIN_OFF;
  const guarded = a.chain?.firewall !== undefined && a.icmp !== ERROR;
  if (guarded && a.chain?.beforeNat === true) {
    const refused = guardOut(a, b4At, o, n, u32(b, o + ipv4.SRC) | 0, a.srcPort, true, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  if (!hairpin && n > a.coreMtu && a.piece === 0 && ipv4.df(b, o)) return tooBig(a, b4At, o, n, sec, nsec);
  if (a.icmp === ERROR) {
    const sent = errorOut(a, b4At, o, n, tos, hairpin, sec, nsec);
    return sent === STAGED ? inbound(a, a.hairpin, n, true, sec, nsec) : sent;
  }
  if (a.call >= 0 && !hairpin) {
    const sent = callOut(a, b4At, o, n, tos, sec, nsec);
    if (sent >= 0) return sent;
  }
  const flows = nat.flowsCreated;
  const binding = bindingFor(a, b4At, o, dst);
  if (binding < 0) {
    if (binding === LIMIT) return errorToB4(a, b4At, UNREACHABLE, HOST_UNREACHABLE, 0, o, n, sec, nsec, R.PORT_LIMIT_B4, R.PORT_LIMIT_SILENT);
    if (binding === RATE) return errorToB4(a, b4At, UNREACHABLE, HOST_UNREACHABLE, 0, o, n, sec, nsec, R.MAPPING_RATE_B4, R.MAPPING_RATE_SILENT);
    if (binding !== NO_PORT) return -binding;
    return errorToB4(a, b4At, UNREACHABLE, HOST_UNREACHABLE, 0, o, n, sec, nsec, R.UNREACHABLE_B4, R.NO_BINDING_SILENT);
  }
  if (guarded && a.chain?.beforeNat === false) {
    const refused = guardOut(a, b4At, o, n, nat.bindings.data[binding * B_STRIDE + B_EXTERNAL], nat.bindings.data[binding * B_STRIDE + B_EXTERNAL_PORT] & 0xffff, false, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  // Many flows are one packet: a shortcut is for those that are more.
  if (!hairpin && nat.flowsCreated === flows) rememberOut(a, b4At, o, binding);
  const control = a.ftp && a.protocol === TCP && a.dstPort === FTP_CONTROL && a.flow !== 0 && !hairpin && n + GROWTH <= a.coreMtu;
  const at = hairpin ? a.hairpin : coreRoom(a, control ? n + GROWTH : n);
  b.copyWithin(at, o, o + n);
  const { data } = nat.bindings;
  const at2 = binding * B_STRIDE;
  let len = n;
  if (nat.cfg !== undefined) {
    const hl = ipv4.headerLength(b, at);
    rewriteEndpoint(b, at, ipv4.SRC, data[at2 + B_EXTERNAL_PORT] & 0xffff, a.protocol === ICMP ? 4 : 0, data[at2 + B_EXTERNAL], n - hl);
    if (nat.cfg.mssClamp !== 0 && a.protocol === TCP) clampMss(b, at + hl, n - hl, nat.cfg.mssClamp);
    if (a.pptp && a.protocol === TCP && a.dstPort === PPTP_CONTROL && a.flow !== 0 && !hairpin) {
      rewritePptp(nat, b, at + hl, n - hl, true, data[at2 + B_B4], data[at2 + B_INNER], data[at2 + B_EXTERNAL], dst);
    }
    if (control) {
      const seq = u32(b, o + hl + 4) | 0;
      shiftOut(nat.shifts, a.flow, b, at + hl);
      len = rewriteFtp(nat, b, at, n, a.flow, data[at2 + B_B4], data[at2 + B_INNER], dst, seq);
    }
  }
  finishHeader(a, at, tos);
  decapsulated(a, n);
  if (!hairpin) return toCore(a, at, len, sec, nsec, nat.cfg === undefined ? R.UNTRANSLATED_OUT : R.TRANSLATED_OUT);
  return inbound(a, at, n, true, sec, nsec);
}

/** PPTP data towards the server: only the source changes. -1 when the B4's subscriber has no external address, so no call either. */
function callOut(a: Aftr, b4At: number, o: number, n: number, tos: number, sec: number, nsec: number): number {
  const b4 = findB4(a.nat, a.u8, b4At);
  const address = b4 === 0 ? 0 : pairedAddress(a.nat, b4);
  if (address === 0) return -1;
  const at = coreRoom(a, n);
  a.u8.copyWithin(at, o, o + n);
  put32(a.u8, at + ipv4.SRC, address);
  finishHeader(a, at, tos);
  decapsulated(a, n);
  return toCore(a, at, n, sec, nsec, R.TRANSLATED_OUT);
}

/** `bindingFor`: no port for a new mapping (decisions.md D21: code 1), or none allowed, or none in this second; other negative results are reasons. */
const NO_PORT = -0x10000;
const LIMIT = -0x10001;
const RATE = -0x10002;

/** The binding through which the packet leaves, refreshed, with its flow. Negative: NO_PORT, LIMIT, RATE or minus a reason. */
function bindingFor(a: Aftr, b4At: number, o: number, dst: number): number {
  const { nat, u8 } = a;
  const src = u32(u8, o + ipv4.SRC) | 0;
  const remotePort = a.protocol === TCP || a.protocol === UDP ? a.dstPort : 0;
  const port = nat.cfg === undefined ? 0 : (a.protocol << 16) | a.srcPort;
  const known = findB4(nat, u8, b4At);
  const find = nat.overlaps && (a.protocol === TCP || a.protocol === UDP) ? findForOutbound : findBinding;
  let binding = known === 0 ? 0 : find(nat, known, src, port, dst, remotePort);
  const held = binding !== 0 && isHeld(nat, binding);
  a.flow = 0;
  let flow = binding === 0 || held ? 0 : findFlow(nat, binding, dst, remotePort);
  if (flow === 0) {
    const stray = (a.tcpFlags & RST) !== 0 || (a.icmp !== QUERY && a.protocol === ICMP);
    // RFC 7857 section 2.2: a reset is translated by the mapping alone; neither resets nor replies make state.
    if (stray && nat.cfg === undefined) return held ? 0 : binding; // a router forwards it all the same
    if (stray) return binding === 0 || held ? -(a.protocol === TCP ? R.NO_CONNECTION : R.ICMP_NO_MAPPING) : binding;
    // Without a mapping the packet would create the softwire's state: the rule's direction must allow that.
    if (a.chain !== undefined && !a.chain.input && (binding === 0 || held)) return -SOFTWIRE_RULE;
    const b4 = known !== 0 ? known : openB4(nat, u8, b4At);
    const room = flowRoom(nat, b4);
    if (room !== FREE) {
      closeB4(nat, b4);
      return -R.limitReason(room);
    }
    if (known === 0) find(nat, b4, src, port, dst, remotePort);
    const made = held ? revive(nat, binding) : binding === 0 ? (nat.overlaps ? bindOverlapped(nat, dst, remotePort) : bind(nat)) : binding;
    if (made < 0) {
      closeB4(nat, b4);
      return made === REFUSED_LIMIT ? LIMIT : made === REFUSED_RATE ? RATE : NO_PORT;
    }
    binding = made;
    flow = openFlow(nat, binding, dst, remotePort, false);
    if (a.unsolicited.count > 0 && (a.tcpFlags & SYN) !== 0) {
      const { data } = nat.bindings;
      forgetSyn(a.unsolicited, data[binding * B_STRIDE + B_EXTERNAL], data[binding * B_STRIDE + B_EXTERNAL_PORT] & 0xffff, dst, remotePort);
    }
  }
  a.flow = flow;
  refresh(nat, binding);
  touchFlow(nat, flow, a.tcpFlags, true);
  if (a.tftp && a.protocol === UDP && a.dstPort === TFTP) permitAddress(nat, flow);
  return binding;
}
