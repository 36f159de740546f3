/** The 5-tuple of an IPv6 packet, the same for both directions. */
import * as ipv6 from "../../wire/ipv6.js";

const TCP = 6;
const UDP = 17;
const DCCP = 33;
const SCTP = 132;
const UDP_LITE = 136;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;

const word = (b: Uint8Array, o: number): number => (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];

/**
 * Writes the key of the IPv6 packet at `o` (`n` bytes) into `key`: the lower of the two endpoints first, so that both
 * directions give the same key. ICMPv6 echo uses its identifier as both ports, other ICMPv6 and unknown protocols have
 * none. All fragments of a pair of addresses share one flow without ports (protocol 44): later fragments carry no ports,
 * and a datagram's fragments belong together.
 */
export function flowKey6(b: Uint8Array, o: number, n: number, upper: ipv6.Upper, key: Int32Array): void {
  let protocol = b[o + ipv6.NEXT_HEADER];
  let at = o + ipv6.HEADER_BYTES;
  let left = n - ipv6.HEADER_BYTES;
  if (protocol !== UDP && protocol !== TCP && protocol !== ipv6.NH_ICMPV6) {
    ipv6.walk(b, o, n, upper);
    protocol = upper.fragment !== 0 ? ipv6.NH_FRAGMENT : upper.protocol;
    at = upper.off;
    left = upper.len;
  }
  let from = 0;
  let to = 0;
  if (left >= 8) {
    if (protocol === UDP || protocol === TCP || protocol === SCTP || protocol === DCCP || protocol === UDP_LITE) {
      from = (b[at] << 8) | b[at + 1];
      to = (b[at + 2] << 8) | b[at + 3];
    } else if (protocol === ipv6.NH_ICMPV6 && (b[at] === ECHO_REQUEST || b[at] === ECHO_REPLY)) {
      from = to = (b[at + 4] << 8) | b[at + 5];
    }
  }
  let order = 0;
  for (let i = 0; i < 16 && order === 0; i += 4) {
    const x = word(b, o + ipv6.SRC + i);
    const y = word(b, o + ipv6.DST + i);
    if (x !== y) order = x < y ? -1 : 1;
  }
  if (order === 0) order = from <= to ? -1 : 1;
  const low = o + (order < 0 ? ipv6.SRC : ipv6.DST);
  const high = o + (order < 0 ? ipv6.DST : ipv6.SRC);
  for (let i = 0; i < 4; i++) {
    key[i] = word(b, low + 4 * i);
    key[4 + i] = word(b, high + 4 * i);
  }
  key[8] = order < 0 ? (from << 16) | to : (to << 16) | from;
  key[9] = protocol;
}
