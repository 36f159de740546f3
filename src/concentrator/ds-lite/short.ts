/**
 * The short way for what nearly every packet is: a whole TCP or UDP packet without options, of a flow for which a shortcut is remembered. All questions
 * about addresses and ports were asked when the flow's first packet went the long way (outbound.ts, inbound.ts), and their answers hold for this 5-tuple;
 * what is left to ask is asked of words. What is unusual in any way gets LONG_WAY: then nothing has happened yet. The ordinary functions are the
 * definition; this only repeats what they do with a packet that they translate.
 */
import { ACCESS, CORE } from "../../config/types.js";
import { put16, u16 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { approach } from "../lines.js";
import { touchFlow } from "../nat/flows.js";
import { FTP_CONTROL } from "../nat/ftp.js";
import { B_B4, B_STRIDE, S_STRIDE, TCP, UDP } from "../nat/layout.js";
import { PPTP_CONTROL } from "../nat/pptp.js";
import { INWARDS, K_B4, K_OWN, K_PORTS, K_PROTOCOL, K_REMOTE, type Shortcuts, T_ADDRESS, T_DIFFERENCE, T_FLOW, T_PORT, addShortcut, findShortcut, hashIn, hashOut, isFresh, renew } from "../nat/shortcuts.js";
import { SYN } from "../nat/tcp.js";
import { type Aftr, takeId } from "./aftr.js";
import * as R from "./reasons.js";
import { OVERHEAD } from "./softwire.js";
import { TFTP } from "./transport.js";

export const LONG_WAY = -1;

const NEXT_IPV4 = 4;
/** Version 4, five words of header. */
const PLAIN_IPV4 = 0x45;
const UDP_BYTES = 8;
const TCP_BYTES = 20;
const HEADERS = ipv6.HEADER_BYTES + ipv4.HEADER_BYTES;

/** One in the TTL's place in its word. */
const ONE_HOP = 0x1000000;

const fold = (w: number): number => (w >>> 16) + (w & 0xffff);

/** Is it the header of a whole IPv4 packet without options that may be forwarded, and its checksum right? By its words, addresses last. */
const isPlain = (w0: number, w1: number, w2: number, from: number, to: number): boolean =>
  w0 >>> 24 === PLAIN_IPV4 && (w1 & 0x3fff) === 0 && w2 >>> 24 > 1 && fold(fold(w0) + fold(w1) + fold(w2) + fold(from) + fold(to)) === 0xffff;

/** TCP flags of the plain IPv4 packet at `o` (`n` bytes), 0 for UDP; LONG_WAY for SYN, for other protocols, and when the transport header is cut. */
function flagsOf(b: Uint8Array, o: number, n: number, protocol: number): number {
  if (protocol === UDP) return n >= ipv4.HEADER_BYTES + UDP_BYTES ? 0 : LONG_WAY;
  if (protocol !== TCP || n < ipv4.HEADER_BYTES + TCP_BYTES) return LONG_WAY;
  const flags = b[o + ipv4.HEADER_BYTES + 13];
  return (flags & SYN) === 0 ? flags : LONG_WAY;
}

/** IPv6 packet from the access side, `len` bytes at hand, its header not yet checked. LONG_WAY or the reason. */
export function shortOut(a: Aftr, t: Shortcuts, off: number, len: number, sec: number, nsec: number): number {
  const { view: v, nat } = a;
  if (len < HEADERS + UDP_BYTES || !nat.started || sec - nat.base > nat.now) return LONG_WAY;
  const i0 = v.getInt32(off);
  const i1 = v.getInt32(off + 4);
  const payload = i1 >>> 16;
  // Outer ECN 0 leaves the inner codepoint as it is (RFC 6040 figure 4).
  if (i0 >>> 28 !== 6 || ((i0 >>> 20) & 3) !== 0 || ((i1 >>> 8) & 0xff) !== NEXT_IPV4 || ipv6.HEADER_BYTES + payload > len) return LONG_WAY;
  const own = a.cfg.address;
  if (v.getUint32(off + 36) !== own[3] || v.getUint32(off + 32) !== own[2] || v.getUint32(off + 28) !== own[1] || v.getUint32(off + 24) !== own[0]) return LONG_WAY;
  const o = off + ipv6.HEADER_BYTES;
  const w0 = v.getInt32(o);
  const w1 = v.getInt32(o + 4);
  const w2 = v.getInt32(o + 8);
  const n = w0 & 0xffff;
  const from = v.getInt32(o + 12);
  const to = v.getInt32(o + 16);
  if (n > payload || n > a.coreMtu || !isPlain(w0, w1, w2, from, to)) return LONG_WAY;
  const protocol = (w2 >>> 16) & 0xff;
  const flags = flagsOf(a.u8, o, n, protocol);
  if (flags < 0) return LONG_WAY;
  const { key, rows } = t;
  key[0] = v.getInt32(off + 8);
  key[1] = v.getInt32(off + 12);
  key[2] = v.getInt32(off + 16);
  key[3] = v.getInt32(off + 20);
  key[4] = from;
  key[5] = to;
  key[6] = v.getInt32(o + 20);
  key[7] = protocol;
  const h = hashOut(t, key);
  t.approached = approach(t.rows, t.mask, h);
  const at = a.sink.reserve(CORE, n);
  a.u8.copyWithin(at, o, o + n);
  const row = findShortcut(t, key, h);
  if (row < 0 || !touch(a, t, row, protocol, flags, true)) return LONG_WAY;
  const address = rows[row + T_ADDRESS];
  const tos = (a.cfg.copyDscpIn ? (i0 >>> 20) & 0xfc : (w0 >>> 16) & 0xfc) | ((w0 >>> 16) & 3);
  // RFC 6864 section 5.3.1, see core-side.ts.
  const id = (w1 & ipv4.DF) !== 0 ? w1 : (takeId(a, address, to, protocol) << 16) | (w1 & 0xffff);
  header(v, at, (PLAIN_IPV4 << 24) | (tos << 16) | n, id, (w2 - ONE_HOP) | 0, address, to);
  translate(a.u8, at + ipv4.HEADER_BYTES, rows, row, protocol, 0);
  a.sink.commit(CORE, at, n, sec, nsec, R.TRANSLATED_OUT);
  a.decapsulatedPackets++;
  a.decapsulatedBytes += n;
  return R.TRANSLATED_OUT;
}

/** IPv4 packet from the core side, `len` bytes at hand, its header not yet checked. LONG_WAY or the reason. */
export function shortIn(a: Aftr, t: Shortcuts, o: number, len: number, sec: number, nsec: number): number {
  const { view: v, nat } = a;
  if (len < ipv4.HEADER_BYTES + UDP_BYTES || !nat.started || sec - nat.base > nat.now || a.lowered) return LONG_WAY;
  const w0 = v.getInt32(o);
  const w1 = v.getInt32(o + 4);
  const w2 = v.getInt32(o + 8);
  const n = w0 & 0xffff;
  const from = v.getInt32(o + 12);
  const to = v.getInt32(o + 16);
  if (n > len || n + OVERHEAD > a.cfg.mtuV6 || !isPlain(w0, w1, w2, from, to)) return LONG_WAY;
  const protocol = (w2 >>> 16) & 0xff;
  const flags = flagsOf(a.u8, o, n, protocol);
  if (flags < 0) return LONG_WAY;
  const ports = v.getInt32(o + 20);
  const { key, rows } = t;
  key[4] = to;
  key[5] = from;
  key[6] = (ports << 16) | (ports >>> 16);
  key[7] = protocol | INWARDS;
  const h = hashIn(t, key);
  t.approached = approach(t.rows, t.mask, h);
  const start = a.sink.reserve(ACCESS, n + OVERHEAD);
  const at = start + OVERHEAD;
  a.u8.copyWithin(at, o, o + n);
  const row = findShortcut(t, key, h);
  if (row < 0 || !touch(a, t, row, protocol, flags, false)) return LONG_WAY;
  header(v, at, w0, w1, (w2 - ONE_HOP) | 0, from, rows[row + T_ADDRESS]);
  translate(a.u8, at + ipv4.HEADER_BYTES, rows, row, protocol, 2);
  const tos = (w0 >>> 16) & 0xff;
  v.setInt32(start, 0x60000000 | ((a.cfg.copyDscpOut ? tos : tos & 3) << 20));
  v.setInt32(start + 4, (n << 16) | (NEXT_IPV4 << 8) | a.cfg.hopLimit);
  for (let i = 0; i < 4; i++) {
    v.setInt32(start + ipv6.SRC + 4 * i, a.cfg.address[i]);
    v.setInt32(start + ipv6.DST + 4 * i, rows[row + K_B4 + i]);
  }
  a.sink.commit(ACCESS, start, n + OVERHEAD, sec, nsec, R.TRANSLATED_IN);
  a.encapsulatedPackets++;
  a.encapsulatedBytes += n;
  return R.TRANSLATED_IN;
}

/** The flow's state and times, as `bindingFor` and `inbound` keep them. False when the shortcut no longer holds. */
function touch(a: Aftr, t: Shortcuts, row: number, protocol: number, flags: number, out: boolean): boolean {
  if (!isFresh(a.nat, t, row)) return renew(a.nat, t, row, flags, out || a.nat.cfg?.inboundRefresh === true);
  if (protocol === TCP) touchFlow(a.nat, t.rows[row + T_FLOW], flags, out);
  return true;
}

/** Writes an IPv4 header without options; the checksum in `w2` does not count. */
function header(v: DataView, at: number, w0: number, w1: number, w2: number, from: number, to: number): void {
  const sum = fold(fold(w0) + fold(w1) + (w2 >>> 16) + fold(from) + fold(to));
  v.setInt32(at, w0);
  v.setInt32(at + 4, w1);
  v.setInt32(at + 8, (w2 & ~0xffff) | (~fold(sum) & 0xffff));
  v.setInt32(at + 12, from);
  v.setInt32(at + 16, to);
}

/** The port at `portOff` of the transport header at `l4`, and the checksum, as `rewriteEndpoint` (nat/rewrite.ts) has them. */
function translate(b: Uint8Array, l4: number, rows: Int32Array, row: number, protocol: number, portOff: number): void {
  put16(b, l4 + portOff, rows[row + T_PORT]);
  const at = l4 + (protocol === TCP ? 16 : 6);
  const was = u16(b, at);
  if (protocol === UDP && was === 0) return;
  const sum = ~fold((~was & 0xffff) + rows[row + T_DIFFERENCE]) & 0xffff;
  put16(b, at, sum === 0 && protocol === UDP ? 0xffff : sum);
}

/** Does an ALG read packets of this remote port? Those always go the long way. */
const isRead = (a: Aftr, remotePort: number): boolean =>
  a.protocol === TCP ? (a.ftp && remotePort === FTP_CONTROL) || (a.pptp && remotePort === PPTP_CONTROL) : a.tftp && remotePort === TFTP;

/** After the long way out of the packet at `o`, its transport fields in the AFTR's registers: the next one of its 5-tuple may take the short way. */
export function rememberOut(a: Aftr, b4At: number, o: number, binding: number): void {
  const t = a.shortcuts;
  if (t === undefined || a.flow === 0 || (a.protocol !== UDP && a.protocol !== TCP) || isRead(a, a.dstPort)) return;
  const { key } = t;
  for (let i = 0; i < 4; i++) key[K_B4 + i] = a.view.getInt32(b4At + 4 * i);
  key[K_OWN] = a.view.getInt32(o + ipv4.SRC);
  key[K_REMOTE] = a.view.getInt32(o + ipv4.DST);
  key[K_PORTS] = (a.srcPort << 16) | a.dstPort;
  key[K_PROTOCOL] = a.protocol;
  addShortcut(a.nat, t, hashOut(t, key), binding, a.flow);
}

/** After the long way in. */
export function rememberIn(a: Aftr, o: number, binding: number, flow: number): void {
  const t = a.shortcuts;
  if (t === undefined || (a.protocol !== UDP && a.protocol !== TCP) || isRead(a, a.srcPort)) return;
  const { key } = t;
  const { data } = a.nat.b4s;
  const s = a.nat.bindings.data[binding * B_STRIDE + B_B4] * S_STRIDE;
  for (let i = 0; i < 4; i++) key[K_B4 + i] = data[s + i];
  key[K_OWN] = a.view.getInt32(o + ipv4.DST);
  key[K_REMOTE] = a.view.getInt32(o + ipv4.SRC);
  key[K_PORTS] = (a.dstPort << 16) | a.srcPort;
  key[K_PROTOCOL] = a.protocol | INWARDS;
  addShortcut(a.nat, t, hashIn(t, key), binding, flow);
}
