/** IPv4 addresses embedded in IPv6 prefixes: 6rd delegated prefixes (RFC 5969 section 4) and 2002:V4ADDR::/48 (RFC 3056 section 2). */
import { type Prefix4, type Prefix6, mask32 } from "./address.js";
import { bits, put32, putBits } from "./bits.js";

/** Delegated prefix length in bits: 6rdPrefixLen + 32 - IPv4MaskLen (RFC 5969 section 4). */
export const delegatedLength = (v6rd: Prefix6, ipv4: Prefix4): number => v6rd.length + 32 - ipv4.length;

/** The CE's IPv4 address behind the IPv6 address at `o`: the common high bits of the domain, then the embedded bits. */
export function embeddedIpv4(b: Uint8Array, o: number, v6rd: Prefix6, ipv4: Prefix4): number {
  return ((ipv4.address & mask32(ipv4.length)) | bits(b, o, v6rd.length, 32 - ipv4.length)) >>> 0;
}

/** Writes the delegated prefix of CE address `ce` at `o` (16 bytes, all host bits zero: its Subnet-Router anycast address). */
export function writeDelegated(b: Uint8Array, o: number, v6rd: Prefix6, ipv4: Prefix4, ce: number): void {
  for (let i = 0; i < 4; i++) put32(b, o + 4 * i, (v6rd.address[i] & mask32(v6rd.length - 32 * i)) >>> 0);
  putBits(b, o, v6rd.length, 32 - ipv4.length, ce);
}
