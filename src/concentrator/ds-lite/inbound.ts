/** From the Internet, or from another softwire (hairpin), into a softwire. */
import { u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { isHeld, refresh } from "../nat/bindings.js";
import { findExternal } from "../nat/external.js";
import { FREE, findFlow, flowRoom, isPermitted, openFlow, touchFlow } from "../nat/flows.js";
import { FTP_CONTROL } from "../nat/ftp.js";
import { findForRemote } from "../nat/overlap.js";
import { B_B4, B_EXTERNAL, B_INNER, B_PORT, B_REMOTE, B_REMOTE_PORT, B_STATE, B_STRIDE, ICMP, STATE_STATIC, TCP } from "../nat/layout.js";
import { PPTP_CONTROL, rewritePptp, setCallId } from "../nat/pptp.js";
import { clampMss, rewriteEndpoint } from "../nat/rewrite.js";
import { shiftIn } from "../nat/sequence.js";
import { RST, SYN } from "../nat/tcp.js";
import type { Aftr } from "./aftr.js";
import { errorIn } from "./errors.js";
import { FRAGMENTATION_NEEDED, TIME_EXCEEDED, UNREACHABLE, errorToCore, writeEchoReply4 } from "./icmp4.js";
import { PASSES, guardIn } from "./guard.js";
import { answersEcho, echoToCore, isEcho } from "./pool-echo.js";
import * as R from "./reasons.js";
import { OVERHEAD, b4Room, softwireMtu, toB4 } from "./softwire.js";
import { rememberIn } from "./short.js";
import { ERROR, NO_KIND, QUERY, readTransport } from "./transport.js";
import { holdSyn } from "./unsolicited.js";

const ACK = 16;

/** The whole IPv4 packet at `o` (`n` bytes, header checked), to an external address of ours. `hairpin`: from another softwire, TTL already counted. */
export function inbound(a: Aftr, o: number, n: number, hairpin: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  const { nat } = a;
  if (!readTransport(a, o, n)) return R.TRANSPORT_SHORT;
  if (a.icmp === NO_KIND && nat.cfg !== undefined) return R.ICMP_TYPE;
  if (a.icmp === ERROR) return errorIn(a, o, n, hairpin, sec, nsec);
  const remote = u32(b, o + ipv4.SRC) | 0;
  const remotePort = a.protocol === ICMP ? 0 : a.srcPort;
  // An inner host asks its own external address: the identifier is that of its own query's mapping, so it would meet itself.
  if (hairpin && a.icmp === QUERY && nat.cfg?.echo === true && remote === (u32(b, o + ipv4.DST) | 0)) return unsolicited(a, o, n, hairpin, R.NO_MAPPING, sec, nsec);
  const end = nat.cfg === undefined ? 0 : (a.protocol << 16) | a.dstPort;
  const binding = nat.overlaps ? findForRemote(nat.external, nat.bindings, u32(b, o + ipv4.DST) | 0, end, remote, remotePort) : findExternal(nat.external, nat.bindings, u32(b, o + ipv4.DST) | 0, end);
  if (binding === 0 || isHeld(nat, binding)) return unsolicited(a, o, n, hairpin, R.NO_MAPPING, sec, nsec);
  let flow = findFlow(nat, binding, remote, remotePort);
  if (flow === 0) {
    const refused = refuses(a, binding, remote, remotePort);
    if (refused !== 0) return refused === R.FILTERED ? unsolicited(a, o, n, hairpin, refused, sec, nsec) : refused;
  }
  if (!hairpin && b[o + ipv4.TTL] <= 1) return errorToCore(a, TIME_EXCEEDED, 0, 0, o, n, sec, nsec, R.TTL_CORE, R.TTL_SILENT);
  const mtu = softwireMtu(a, nat.bindings.data[binding * B_STRIDE + B_B4]);
  if (tooBig(a, o, n, mtu)) return errorToCore(a, UNREACHABLE, FRAGMENTATION_NEEDED, mtu - OVERHEAD, o, n, sec, nsec, R.TOO_BIG_CORE, R.TOO_BIG_SILENT);
  const at2 = binding * B_STRIDE;
  const b4 = nat.bindings.data[at2 + B_B4];
  if (a.chain?.firewall !== undefined) {
    const refused = guardIn(a, binding, o, n, hairpin, sec, nsec);
    if (refused !== PASSES) return refused;
  }
  if (flow === 0) {
    const room = flowRoom(nat, b4);
    if (room !== FREE) return R.limitReason(room);
    flow = openFlow(nat, binding, remote, remotePort, true);
  } else if (!hairpin) rememberIn(a, o, binding, flow);
  touchFlow(nat, flow, a.tcpFlags, false);
  if (nat.cfg?.inboundRefresh === true || a.call >= 0) refresh(nat, binding);
  const at = b4Room(a, n);
  b.copyWithin(at, o, o + n);
  if (nat.cfg !== undefined) {
    const { data } = nat.bindings;
    const hl = ipv4.headerLength(b, at);
    rewriteEndpoint(b, at, ipv4.DST, data[at2 + B_PORT] & 0xffff, a.protocol === ICMP ? 4 : 2, data[at2 + B_INNER], n - hl);
    if (nat.cfg.mssClamp !== 0 && a.protocol === TCP) clampMss(b, at + hl, n - hl, nat.cfg.mssClamp);
    if (a.call >= 0) setCallId(b, at + hl, data[at2 + B_PORT] & 0xffff);
    if (a.pptp && a.protocol === TCP && remotePort === PPTP_CONTROL) rewritePptp(nat, b, at + hl, n - hl, false, b4, 0, data[at2 + B_EXTERNAL], remote);
    if (a.ftp && a.protocol === TCP && remotePort === FTP_CONTROL) shiftIn(nat.shifts, flow, b, at + hl, n - hl);
  }
  if (!hairpin) b[at + ipv4.TTL]--;
  ipv4.seal(b, at);
  if (hairpin) a.hairpinnedPackets++;
  return toB4(a, at, n, b4, sec, nsec, hairpin ? R.HAIRPIN : R.TRANSLATED_IN);
}

/** A fragment to a known inner address, where neither NAT nor firewall asks for ports (RFC 1812 section 5.2.6). `hairpin`: from another softwire. */
export function fragmentIn(a: Aftr, o: number, n: number, hairpin: boolean, sec: number, nsec: number): number {
  const b = a.u8;
  const { nat } = a;
  const binding = findExternal(nat.external, nat.bindings, u32(b, o + ipv4.DST) | 0, 0);
  if (binding === 0 || isHeld(nat, binding)) return R.NO_MAPPING;
  const isFirst = ipv4.fragmentOffset(b, o) === 0;
  if (!hairpin) {
    if (isFirst) a.serverFirstFragments++;
    else if (ipv4.mf(b, o)) a.serverMoreFragments++;
    else a.serverLastFragments++;
    if (b[o + ipv4.TTL] <= 1) return isFirst ? errorToCore(a, TIME_EXCEEDED, 0, 0, o, n, sec, nsec, R.TTL_CORE, R.TTL_SILENT) : R.TTL_SILENT;
  }
  const b4 = nat.bindings.data[binding * B_STRIDE + B_B4];
  // Fragments of fragments are not modelled.
  if (a.cfg.oversize === "pre-fragment" && n + OVERHEAD > softwireMtu(a, b4)) return R.TOO_BIG_SILENT;
  const at = b4Room(a, n);
  b.copyWithin(at, o, o + n);
  if (hairpin) a.hairpinnedPackets++;
  else b[at + ipv4.TTL]--;
  ipv4.seal(b, at);
  return toB4(a, at, n, b4, sec, nsec, hairpin ? R.HAIRPIN : R.TRANSLATED_IN);
}

/** A SYN from the Internet that belongs to nothing waits (RFC 5382 REQ-4), an echo request may be answered; whatever else is dropped for `reason`. */
function unsolicited(a: Aftr, o: number, n: number, hairpin: boolean, reason: number, sec: number, nsec: number): number {
  if (a.icmp === QUERY && a.nat.cfg !== undefined && isEcho(a, o)) {
    if (!answersEcho(a, o, n, hairpin)) return reason === R.NO_MAPPING ? R.ECHO_POOL_SILENT : reason;
    if (!hairpin) return echoToCore(a, o, n, sec, nsec);
    // The reply goes back through the mapping by which the request left.
    const sent = inbound(a, a.hairpin, writeEchoReply4(a, a.hairpin, o, n), true, sec, nsec);
    return sent === R.HAIRPIN ? R.ECHO_POOL : sent;
  }
  if (!a.answersSyn || hairpin || a.protocol !== TCP || (a.tcpFlags & (SYN | ACK | RST)) !== SYN) return reason;
  const b = a.u8;
  return holdSyn(a.unsolicited, b, o, n, u32(b, o + ipv4.DST) | 0, a.dstPort, u32(b, o + ipv4.SRC) | 0, a.srcPort, sec, nsec) ? R.SYN_HELD : reason;
}

/** decisions.md D2: a whole packet with DF that does not fit, unless the outer packet may be fragmented. */
const tooBig = (a: Aftr, o: number, n: number, mtu: number): boolean =>
  a.cfg.oversize !== "fragment-outer" && n + OVERHEAD > mtu && a.piece === 0 && ipv4.df(a.u8, o);

/** Why a packet of no known flow may not enter through the binding: 0 or a reason (RFC 4787 section 5, RFC 5382 section 4). */
function refuses(a: Aftr, binding: number, remote: number, remotePort: number): number {
  const { nat } = a;
  const { cfg } = nat;
  const { data } = nat.bindings;
  const o = binding * B_STRIDE;
  const fixed = (data[o + B_STATE] & STATE_STATIC) !== 0;
  // An outside host has no business querying a mapping that an inner query made (RFC 5508 REQ-1 covers queries from inside).
  if (a.icmp === QUERY && !fixed && cfg !== undefined) return R.FILTERED;
  if (data[o + B_REMOTE] !== 0 && (data[o + B_REMOTE] !== remote || (data[o + B_REMOTE_PORT] !== 0 && data[o + B_REMOTE_PORT] !== remotePort))) return R.FILTERED;
  if (cfg !== undefined && !fixed) {
    if (cfg.filtering === "address-and-port-dependent" && !(a.tftp && isPermitted(nat, binding, remote))) return R.FILTERED;
    if (cfg.filtering === "address-dependent" && !isPermitted(nat, binding, remote)) return R.FILTERED;
  }
  // Only a SYN opens a connection from outside; anything else belongs to none that is known.
  return a.protocol === TCP && cfg !== undefined && (a.tcpFlags & (SYN | ACK)) !== SYN ? R.NO_CONNECTION : 0;
}
