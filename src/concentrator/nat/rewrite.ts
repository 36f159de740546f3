/**
 * Header translation with incremental checksums (RFC 1624; RFC 3022 section 4.2). A transport checksum that was wrong stays
 * wrong: translation neither checks nor repairs it. Offsets are of the IPv4 header of a packet at hand in memory.
 */
import { put16, put32, u16, u32 } from "../../wire/bits.js";
import { update16, update32 } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import { ICMP, TCP, UDP } from "./layout.js";

const DCCP = 33;
const UDP_LITE = 136;
const MSS_OPTION = 2;

/** Offset of the checksum inside the transport header, or -1 when there is none that covers addresses or ports. */
function checksumAt(protocol: number): number {
  if (protocol === TCP) return 16;
  if (protocol === UDP || protocol === UDP_LITE || protocol === DCCP) return 6;
  return protocol === ICMP ? 2 : -1;
}

/**
 * Writes `address` and `port` over one endpoint (`addressOff`: SRC or DST; `portOff`: its place in the transport header) and
 * keeps the transport checksum right; `have` bytes of the transport header are at hand (quoted packets are cut). ICMP: the
 * identifier is the port and no pseudo-header is covered. A UDP checksum of zero stays (RFC 3022 section 4.1), and none becomes zero.
 * The IPv4 header checksum is left to the caller.
 */
export function rewriteEndpoint(b: Uint8Array, o: number, addressOff: number, port: number, portOff: number, address: number, have: number): void {
  const protocol = b[o + ipv4.PROTOCOL];
  const l4 = o + ((b[o] & 15) << 2);
  const from = u32(b, o + addressOff) | 0;
  put32(b, o + addressOff, address);
  const at = checksumAt(protocol);
  const ported = (protocol === TCP || protocol === UDP || protocol === ICMP) && have >= portOff + 2;
  const was = ported ? u16(b, l4 + portOff) : 0;
  if (ported) put16(b, l4 + portOff, port);
  if (at < 0 || have < at + 2) return;
  let sum = u16(b, l4 + at);
  if (protocol === UDP && sum === 0) return;
  if (protocol !== ICMP) sum = update32(sum, from, address);
  if (ported) sum = update16(sum, was, port);
  if (sum === 0 && (protocol === UDP || protocol === UDP_LITE || (protocol === ICMP && isZero(b, l4, at, have)))) sum = 0xffff;
  put16(b, l4 + at, sum);
}

/**
 * Are all visible bytes of the message zero but for the checksum at `at`? The update of RFC 1624 knows zero in one form only, and a message of zeros, an echo reply
 * with identifier 0, needs the other. With the address sums of other protocols this cannot be; where there is more than zeros both forms are right.
 */
function isZero(b: Uint8Array, l4: number, at: number, have: number): boolean {
  for (let i = 0; i < have; i++) if (b[l4 + i] !== 0 && i !== at && i !== at + 1) return false;
  return true;
}

/** Lowers the MSS option of a SYN to `most` bytes (RFC 4459 section 3.2's remedy; off unless configured). */
export function clampMss(b: Uint8Array, l4: number, have: number, most: number): void {
  if (have < 20 || (b[l4 + 13] & 2) === 0) return;
  const end = l4 + Math.min(have, (b[l4 + 12] >>> 4) << 2);
  for (let at = l4 + 20; at + 1 < end; ) {
    if (b[at] === 0) return;
    if (b[at] === 1) {
      at++;
      continue;
    }
    const size = b[at + 1];
    if (size < 2 || at + size > end) return;
    if (b[at] === MSS_OPTION && size === 4) {
      const was = u16(b, at + 2);
      if (was > most) {
        // The option may stand at an odd offset: byte-wise differences on their word positions.
        let sum = u16(b, l4 + 16);
        const odd = ((at + 2 - l4) & 1) !== 0;
        sum = odd ? update16(update16(sum, was >>> 8, most >>> 8), (was & 255) << 8, (most & 255) << 8) : update16(sum, was, most);
        put16(b, at + 2, most);
        put16(b, l4 + 16, sum);
      }
      return;
    }
    at += size;
  }
}
