/** What the firewall looks at, filled from a packet; one object, written again for each. Words are int32. */
import { u16 } from "../../wire/bits.js";
import * as ipv6 from "../../wire/ipv6.js";

export interface View {
  /** Four words each; an IPv4 address stands in the last, behind ::ffff:0:0/96. */
  readonly source: Int32Array;
  readonly destination: Int32Array;
  /** Keeps apart what may have the same addresses: the B4 (inner IPv4). Zero otherwise. */
  readonly realm: Int32Array;
  v4: boolean;
  protocol: number;
  sourcePort: number;
  destinationPort: number;
  tcpFlags: number;
}

const MAPPED = 0xffff;
const TCP = 6;
const UDP = 17;
const ICMP6_ECHO_REQUEST = 128;
const ICMP6_ECHO_REPLY = 129;

export const createView = (): View => ({
  source: new Int32Array(4), destination: new Int32Array(4), realm: new Int32Array(4), v4: true, protocol: 0, sourcePort: 0, destinationPort: 0, tcpFlags: 0,
});

const word = (b: Uint8Array, o: number): number => (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];

/** Addresses int32. */
export function view4(v: View, source: number, destination: number, protocol: number, sourcePort: number, destinationPort: number, tcpFlags: number): void {
  v.v4 = true;
  v.source[0] = v.source[1] = v.destination[0] = v.destination[1] = 0;
  v.source[2] = v.destination[2] = MAPPED;
  v.source[3] = source;
  v.destination[3] = destination;
  v.realm.fill(0);
  v.protocol = protocol;
  v.sourcePort = sourcePort;
  v.destinationPort = destinationPort;
  v.tcpFlags = tcpFlags;
}

/** The realm of a B4, whose address lies at word `at` of `words`. */
export function inRealm(v: View, words: Int32Array, at: number): void {
  for (let i = 0; i < 4; i++) v.realm[i] = words[at + i];
}

/** The IPv6 packet at `o`, of which `n` bytes are at hand. Leaves its chain of headers in `upper`. */
export function view6(v: View, b: Uint8Array, o: number, n: number, upper: ipv6.Upper): void {
  v.v4 = false;
  for (let i = 0; i < 4; i++) {
    v.source[i] = word(b, o + ipv6.SRC + 4 * i);
    v.destination[i] = word(b, o + ipv6.DST + 4 * i);
  }
  v.realm.fill(0);
  ipv6.walk(b, o, n, upper);
  v.protocol = upper.protocol;
  v.sourcePort = v.destinationPort = v.tcpFlags = 0;
  const at = upper.off;
  if (isLaterFragment(b, upper) || upper.len < 4) return;
  if (v.protocol === TCP || v.protocol === UDP || v.protocol === 33 || v.protocol === 132 || v.protocol === 136) {
    v.sourcePort = u16(b, at);
    v.destinationPort = u16(b, at + 2);
    if (v.protocol === TCP && upper.len >= 14) v.tcpFlags = b[at + 13];
  } else if (v.protocol === ipv6.NH_ICMPV6 && upper.len >= 6 && (b[at] === ICMP6_ECHO_REQUEST || b[at] === ICMP6_ECHO_REPLY)) {
    v.sourcePort = v.destinationPort = u16(b, at + 4);
  }
}

export const isLaterFragment = (b: Uint8Array, upper: ipv6.Upper): boolean => upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0;
