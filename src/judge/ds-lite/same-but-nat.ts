/** Is a datagram of UDP another one with nothing changed but what a NAT changes? By words, wherever the two lie. */
import { LITTLE_ENDIAN, swap32, wordsOf } from "../../wire/words.js";

export interface SameButNat {
  /**
   * Are the `len` bytes at `to` the IPv4 packet at `from` (a multiple of 4), sent from another address and port? That one is of so many bytes, with a header of 20 bytes
   * and UDP behind it, and its checksums are right. Then the TTL is one less but not below 2, the identification is any, the header checksum and
   * that of UDP are right, and all other bits are the same; `source` and `sourcePort` are what it is sent from.
   */
  outward(to: number, from: number, len: number): boolean;
  source: number;
  sourcePort: number;
}

/** The halves of a word, added; ones' complement sums do not mind the order of bytes (RFC 1071 section 2 B). */
const halves = (w: number): number => (w & 0xffff) + (w >>> 16);

export function createSameButNat(b: Uint8Array): SameButNat {
  const w = wordsOf(b);
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const usable = LITTLE_ENDIAN && w.length > 0;

  /** Are the bytes from `k` to `len` the same? */
  function rest(to: number, from: number, k: number, len: number): boolean {
    let i = k;
    for (let p = (from + k) >> 2; i + 4 <= len; i += 4, p++) if (view.getInt32(to + i, true) !== w[p]) return false;
    for (; i < len; i++) if (b[to + i] !== b[from + i]) return false;
    return true;
  }

  const s: SameButNat = {
    source: 0, sourcePort: 0,
    outward(to, from, len) {
      if (!usable || (from & 3) !== 0 || len < 28) return false;
      const p = from >> 2;
      const first = view.getInt32(to, true);
      const second = view.getInt32(to + 4, true);
      const third = view.getInt32(to + 8, true);
      const source = view.getInt32(to + 12, true);
      const destination = view.getInt32(to + 16, true);
      if (first !== w[p] || destination !== w[p + 4] || (second ^ w[p + 1]) >>> 16 !== 0) return false;
      const ttl = third & 0xff;
      if (ttl < 2 || ttl + 1 !== (w[p + 2] & 0xff) || ((third ^ w[p + 2]) & 0xff00) !== 0) return false;
      const header = halves(first) + halves(second) + halves(third) + halves(source) + halves(destination);
      if ((header & 0xffff) + (header >>> 16) !== 0xffff) return false;
      const ports = view.getInt32(to + 20, true);
      if ((ports ^ w[p + 5]) >>> 16 !== 0) return false;
      const last = view.getInt32(to + 24, true);
      const check = last >>> 16;
      if (check === 0 || ((last ^ w[p + 6]) & 0xffff) !== 0) return false;
      // Addresses and ports are in the sum that the checksum completes, so what is added to one has been taken from the other (RFC 1624).
      if ((halves(source) + (ports & 0xffff) + check - halves(w[p + 3]) - (w[p + 5] & 0xffff) - (w[p + 6] >>> 16)) % 0xffff !== 0) return false;
      s.source = swap32(source) >>> 0;
      s.sourcePort = ((ports & 0xff) << 8) | ((ports >>> 8) & 0xff);
      return rest(to, from, 28, len);
    },
  };
  return s;
}
