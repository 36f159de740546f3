/**
 * MSS clamping: many tunnel ends lower the MSS of a SYN to what the tunnel carries. The documents neither ask for it nor forbid it (RFC 4459 section 3.2,
 * RFC 6333 section 6.3), and a SYN with another MSS is still the same packet.
 */
import { u16, u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum } from "../../wire/checksum.js";
import { payloadLength } from "../../wire/ipv6.js";

const SYN = 2;
const MSS = 2;
const TCP = 6;

/** Are the TCP segments right behind the IPv6 headers at `x` and `y` (`xLen`, `yLen` bytes visible) one SYN with two values of the MSS, each with a right checksum where all of it is visible? */
export function isMssRewritten(b: Uint8Array, x: number, xLen: number, y: number, yLen: number): boolean {
  const end = 40 + payloadLength(b, x);
  const n = Math.min(xLen, yLen, end);
  if (n < 64 || (b[x + 53] & SYN) === 0 || payloadLength(b, y) !== end - 40 || b[y + 6] !== TCP) return false;
  if (((u32(b, x) ^ u32(b, y)) & 0xfffff) !== 0) return false;
  for (let i = 8; i < 40; i += 4) if (u32(b, x + i) !== u32(b, y + i)) return false;
  const at = mssAt(b, x, Math.min(n, 40 + ((b[x + 52] >>> 4) << 2)));
  if (at === 0) return false;
  for (let i = 40; i < n; i++) if (b[x + i] !== b[y + i] && i !== 56 && i !== 57 && i !== at && i !== at + 1) return false;
  if (u16(b, x + at) === u16(b, y + at)) return false;
  return xLen < end || yLen < end || (isRight(b, x, end - 40) && isRight(b, y, end - 40));
}

const isRight = (b: Uint8Array, o: number, bytes: number): boolean => finish(sum(b, o + 40, bytes, pseudo6(b, o + 8, bytes, TCP))) === 0;

/** Offset of the value of the MSS option (RFC 9293 section 3.2) from the IPv6 header at `o`, 0 = there is none before `end`. */
function mssAt(b: Uint8Array, o: number, end: number): number {
  for (let i = 60; i + 4 <= end; ) {
    const kind = b[o + i];
    if (kind === 0) return 0;
    if (kind === 1) {
      i++;
      continue;
    }
    const size = b[o + i + 1];
    if (kind === MSS) return size === 4 ? i + 2 : 0;
    if (size < 2) return 0;
    i += size;
  }
  return 0;
}
