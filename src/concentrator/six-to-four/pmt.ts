/**
 * 6to4 Provider Managed Tunnels: packets with the prefix translated (RFC 6732 section 3.3). Checksums by section 4.5: the transport's is mended
 * (RFC 3022 section 4.2), or the identifier takes the difference so that none changes (RFC 6296 sections 3.2, 3.3 and 3.5: prefixes longer than /48).
 */
import type { SixToFour } from "../../config/types.js";
import { put16, u16 } from "../../wire/bits.js";
import { fold, sum, update16 } from "../../wire/checksum.js";
import * as ipv6 from "../../wire/ipv6.js";
import { word } from "../six-in-four/addresses.js";
import type { Translation } from "../six-in-four/tunnel.js";
import { is6to4 } from "./addresses.js";
import { type AddressMapping, statefulMapping, statelessMapping } from "./pmt-mapping.js";

const ICMPV6_ERROR_LIMIT = 128;
const IID = 8;
/** Where the transport checksum lies, by protocol; protocols without pseudo-header are absent. */
function checksumAt(protocol: number): number {
  if (protocol === 6) return 16;
  if (protocol === 17 || protocol === 33 || protocol === 136) return 6;
  return protocol === ipv6.NH_ICMPV6 ? 2 : -1;
}

/** RFC 6296 section 3.5: the first word of the identifier that is not 0xffff takes the adjustment; -1 when there is none. */
function adjustableWord(b: Uint8Array, o: number): number {
  for (let i = IID; i < 16; i += 2) if (u16(b, o + i) !== 0xffff) return i;
  return -1;
}

export interface Pmt extends Translation {
  covers(b: Uint8Array, o: number): boolean;
  /** Does the provider address at `o` stand for a 6to4 address? */
  mappable(b: Uint8Array, o: number): boolean;
  /** The IPv4 address (int32) behind a mappable address. */
  v4(b: Uint8Array, o: number): number;
}

export function createPmt(cfg: SixToFour, seed: number): Pmt {
  const map: AddressMapping = cfg.pmtMapping === "stateful" ? statefulMapping(cfg, seed) : statelessMapping(cfg);
  const neutral = cfg.pmtChecksum === "neutral";
  const upper = ipv6.createUpper();
  /** The two addresses of a flow key. */
  const pair = new Uint8Array(32);
  const mappable = (b: Uint8Array, o: number): boolean => map.known(b, o) && (!neutral || adjustableWord(b, o) >= 0);

  /** Maps the address at `o`; false when it stays as it is. The sums of its high 64 bits go to `before` and `after`. */
  let before = 0;
  let after = 0;
  function rewrite(b: Uint8Array, o: number, provider: boolean): boolean {
    const at = neutral ? adjustableWord(b, o) : 0;
    if (at < 0) return false;
    before = fold(sum(b, o, 8));
    if (!(provider ? map.toProvider(b, o) : map.to6to4(b, o))) return false;
    after = fold(sum(b, o, 8));
    if (!neutral) return true;
    const adjusted = fold(u16(b, o + at) + before + (~after & 0xffff));
    put16(b, o + at, adjusted === 0xffff ? 0 : adjusted);
    return true;
  }

  /** Maps the address at `o` of the packet at `at` and mends its transport checksum, which only a whole packet or a first fragment has. */
  function translate(b: Uint8Array, at: number, n: number, o: number, provider: boolean): void {
    if (!rewrite(b, o, provider) || neutral) return;
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
   * An ICMPv6 error quotes the packet as its sender saw it; the other side must recognise it, so the quoted address is mapped with it (RFC 6732
   * is silent; RFC 5508 section 4.2 by analogy). `quoted` = offset of SRC or DST in the quotation.
   */
  function translateQuote(b: Uint8Array, at: number, n: number, quoted: number, provider: boolean): void {
    ipv6.walk(b, at, n, upper);
    if (!upper.whole || upper.fragment !== 0 || upper.protocol !== ipv6.NH_ICMPV6 || upper.len < 8 + ipv6.HEADER_BYTES) return;
    const icmp = upper.off;
    if (b[icmp] >= ICMPV6_ERROR_LIMIT) return;
    const q = icmp + 8;
    const qlen = upper.len - 8;
    if (ipv6.version(b, q) !== 6) return;
    const was = fold(sum(b, q, qlen));
    translate(b, q, qlen, q + quoted, provider);
    put16(b, icmp + 2, update16(u16(b, icmp + 2), was, fold(sum(b, q, qlen))));
  }

  const goesOut = (b: Uint8Array, at: number): boolean => map.translatable(b, at + ipv6.SRC) && !is6to4(b, at + ipv6.DST);

  return {
    covers: map.covers, mappable, v4: map.v4, at: map.at,
    admit: (b, at) => !goesOut(b, at) || ((!neutral || adjustableWord(b, at + ipv6.SRC) >= 0) && map.ensure(b, at + ipv6.SRC)),
    out(b, at, n) {
      if (is6to4(b, at + ipv6.DST)) return;
      // A router of the site may speak from a Subnet-ID that is not translated about a packet that was.
      translateQuote(b, at, n, ipv6.DST, true);
      if (map.translatable(b, at + ipv6.SRC)) translate(b, at, n, at + ipv6.SRC, true);
    },
    in(b, at, n) {
      if (!mappable(b, at + ipv6.DST)) return;
      translateQuote(b, at, n, ipv6.SRC, false);
      translate(b, at, n, at + ipv6.DST, false);
    },
    // RFC 6732 section 4.2: the translation hides the 6to4 address, so what was sent to a translated one was sent to its provider address.
    undo(b, at, n) {
      translate(b, at, n, at + ipv6.DST, true);
      if (map.covers(b, at + ipv6.SRC)) translate(b, at, n, at + ipv6.SRC, false);
    },
    flowKey(key) {
      let changed = false;
      for (let i = 0; i < 8; i++) {
        put16(pair, 4 * i, key[i] >>> 16);
        put16(pair, 4 * i + 2, key[i] & 0xffff);
      }
      for (let o = 0; o < 32; o += 16) if (map.covers(pair, o) && mappable(pair, o)) changed = rewrite(pair, o, false) || changed;
      if (!changed) return;
      let order = 0;
      for (let i = 0; i < 16 && order === 0; i += 4) order = word(pair, i) - word(pair, 16 + i);
      const swap = order > 0;
      for (let i = 0; i < 4; i++) {
        key[i] = word(pair, (swap ? 16 : 0) + 4 * i);
        key[4 + i] = word(pair, (swap ? 0 : 16) + 4 * i);
      }
      if (swap) key[8] = (key[8] << 16) | (key[8] >>> 16);
    },
  };
}
