/** IPv4 fragmentation of a compiled packet (RFC 791 section 3.2), for traces. */
import { u16 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";

/**
 * Cuts the IPv4 packet at offset `ip` of `packet` into fragments of at most `mtu` bytes each (header included); what stands before it (Ethernet) is
 * repeated. The DF bit is kept: the trace says what it says. A packet that fits is returned as it is.
 */
export function fragments(packet: Uint8Array, ip: number, mtu: number): Uint8Array[] {
  const head = ipv4.headerLength(packet, ip);
  const total = ipv4.totalLength(packet, ip);
  const step = (mtu - head) & ~7;
  if (total <= mtu || step <= 0) return [packet];
  const flags = u16(packet, ip + ipv4.FRAGMENT);
  const out: Uint8Array[] = [];
  for (let at = 0; at < total - head; at += step) {
    const n = Math.min(step, total - head - at);
    const f = new Uint8Array(ip + head + n);
    f.set(packet.subarray(0, ip + head));
    f.set(packet.subarray(ip + head + at, ip + head + at + n), ip + head);
    const last = at + n >= total - head;
    const word = (flags & 0xc000) | (last ? flags & ipv4.MF : ipv4.MF) | ((flags & 0x1fff) + (at >>> 3));
    f[ip + ipv4.TOTAL_LENGTH] = (head + n) >>> 8;
    f[ip + ipv4.TOTAL_LENGTH + 1] = head + n;
    f[ip + ipv4.FRAGMENT] = word >>> 8;
    f[ip + ipv4.FRAGMENT + 1] = word;
    ipv4.seal(f, ip);
    out.push(f);
  }
  return out;
}
