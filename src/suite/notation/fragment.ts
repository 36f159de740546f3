/** Fragmentation of a compiled packet, for traces: IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5). */
import { put16, put32, u16 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";

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

const FRAGMENT_HEADER = 8;

/** The same for the IPv6 packet at offset `ip`, which has no extension headers before what is cut; `id` is the identification. */
export function fragments6(packet: Uint8Array, ip: number, mtu: number, id: number): Uint8Array[] {
  const total = ipv6.payloadLength(packet, ip);
  const step = (mtu - ipv6.HEADER_BYTES - FRAGMENT_HEADER) & ~7;
  if (ipv6.HEADER_BYTES + total <= mtu || step <= 0) return [packet];
  const head = ip + ipv6.HEADER_BYTES;
  const out: Uint8Array[] = [];
  for (let at = 0; at < total; at += step) {
    const n = Math.min(step, total - at);
    const f = new Uint8Array(head + FRAGMENT_HEADER + n);
    f.set(packet.subarray(0, head));
    put16(f, ip + ipv6.PAYLOAD_LENGTH, FRAGMENT_HEADER + n);
    f[ip + ipv6.NEXT_HEADER] = ipv6.NH_FRAGMENT;
    f[head] = packet[ip + ipv6.NEXT_HEADER];
    put16(f, head + 2, at | (at + n < total ? 1 : 0));
    put32(f, head + 4, id);
    f.set(packet.subarray(head + at, head + at + n), head + FRAGMENT_HEADER);
    out.push(f);
  }
  return out;
}
