/**
 * 6to4 Provider Managed Tunnels: the stateless prefix mapping of RFC 6732 section 3.3 (figure 3),
 * 2002:V4ADDR:SUBNET:IID <-> PROVIDER-PREFIX:V4ADDR:IID, with the checksums of section 4.5 adjusted.
 * A provider prefix shorter than /32 leaves zero bits between V4ADDR and the interface identifier.
 */
import type { SixToFour } from "../../config/types.js";
import { inPrefix6At, mask32, type Prefix6 } from "../../wire/address.js";
import { bits, put16, put32, putBits, u16 } from "../../wire/bits.js";
import { fold, sum, update16 } from "../../wire/checksum.js";
import * as ipv6 from "../../wire/ipv6.js";
import { is6to4, v4addr } from "./addresses.js";

const ICMPV6_ERROR_LIMIT = 128;
/** Where the transport checksum lies, by protocol; protocols without pseudo-header are absent. */
function checksumAt(protocol: number): number {
  if (protocol === 6) return 16;
  if (protocol === 17 || protocol === 33 || protocol === 136) return 6;
  return protocol === ipv6.NH_ICMPV6 ? 2 : -1;
}

export interface PmtMapping {
  /** Is the address at `o` in the provider prefix? */
  covers(b: Uint8Array, o: number): boolean;
  /** Could the mapping have produced it? */
  mappable(b: Uint8Array, o: number): boolean;
  /** The IPv4 address (int32) in the provider address at `o`. */
  v4(b: Uint8Array, o: number): number;
  /** Site to Internet: source 6to4 to provider; untouched towards 2002::/16 and for other subnets. */
  out(b: Uint8Array, at: number, n: number): void;
  /** Internet to site: destination provider to 6to4. */
  in(b: Uint8Array, at: number, n: number): void;
}

export function createPmtMapping(cfg: SixToFour): PmtMapping {
  const prefix: Prefix6 = cfg.providerPrefix ?? { address: [0, 0, 0, 0], length: 128 };
  const subnet = cfg.subnetId ?? 0;
  const spare = Math.max(0, 32 - prefix.length);
  const upper = ipv6.createUpper();
  const covers = (b: Uint8Array, o: number): boolean => inPrefix6At(b, o, prefix);
  const v4 = (b: Uint8Array, o: number): number => bits(b, o, prefix.length, 32) | 0;
  const mappable = (b: Uint8Array, o: number): boolean => covers(b, o) && bits(b, o, prefix.length + 32, spare) === 0;
  const translatable = (b: Uint8Array, o: number): boolean => is6to4(b, o) && u16(b, o + 6) === subnet;

  /** Rewrites the high 64 bits of the address at `o`. */
  function toProvider(b: Uint8Array, o: number): void {
    const address = v4addr(b, o);
    put32(b, o, (prefix.address[0] & mask32(prefix.length)) >>> 0);
    put32(b, o + 4, (prefix.address[1] & mask32(prefix.length - 32)) >>> 0);
    putBits(b, o, prefix.length, 32, address);
  }
  function to6to4(b: Uint8Array, o: number): void {
    const address = v4(b, o);
    put16(b, o, 0x2002);
    put32(b, o + 2, address);
    put16(b, o + 6, subnet);
  }

  /** Maps the address at `o` of the packet at `at` and mends its transport checksum. `provider` = the direction. */
  function map(b: Uint8Array, at: number, n: number, o: number, provider: boolean): void {
    const before = fold(sum(b, o, 8));
    if (provider) toProvider(b, o);
    else to6to4(b, o);
    mend(b, at, n, before, fold(sum(b, o, 8)));
  }

  /** Only the first fragment (or a whole packet) carries the transport header. */
  function mend(b: Uint8Array, at: number, n: number, before: number, after: number): void {
    ipv6.walk(b, at, n, upper);
    if (!upper.whole || (upper.fragment !== 0 && (u16(b, upper.fragment + 2) & 0xfff8) !== 0)) return;
    const field = checksumAt(upper.protocol);
    if (field < 0 || upper.len < field + 2) return;
    const c = upper.off + field;
    const old = u16(b, c);
    if (upper.protocol === 17 && old === 0) return;
    const sealed = update16(old, before, after);
    // RFC 8200 section 8.1: a UDP checksum of zero is written as all ones.
    put16(b, c, upper.protocol === 17 && sealed === 0 ? 0xffff : sealed);
  }

  /**
   * An ICMPv6 error quotes the packet as the site saw it; the native host must recognise it, so the quoted addresses are
   * mapped with it (RFC 6732 is silent; RFC 5508 section 4.2 by analogy). `quoted` = offset of SRC or DST in the quotation.
   */
  function mapQuote(b: Uint8Array, at: number, n: number, quoted: number, provider: boolean): void {
    ipv6.walk(b, at, n, upper);
    if (!upper.whole || upper.fragment !== 0 || upper.protocol !== ipv6.NH_ICMPV6 || upper.len < 8 + ipv6.HEADER_BYTES) return;
    const icmp = upper.off;
    if (b[icmp] >= ICMPV6_ERROR_LIMIT) return;
    const q = icmp + 8;
    const qlen = upper.len - 8;
    if (ipv6.version(b, q) !== 6) return;
    if (provider ? !translatable(b, q + quoted) : !mappable(b, q + quoted)) return;
    const before = fold(sum(b, q, qlen));
    map(b, q, qlen, q + quoted, provider);
    put16(b, icmp + 2, update16(u16(b, icmp + 2), before, fold(sum(b, q, qlen))));
  }

  return {
    covers, mappable, v4,
    out(b, at, n) {
      if (!translatable(b, at + ipv6.SRC) || is6to4(b, at + ipv6.DST)) return;
      mapQuote(b, at, n, ipv6.DST, true);
      map(b, at, n, at + ipv6.SRC, true);
    },
    in(b, at, n) {
      if (!mappable(b, at + ipv6.DST)) return;
      mapQuote(b, at, n, ipv6.SRC, false);
      map(b, at, n, at + ipv6.DST, false);
    },
  };
}
