/**
 * Frames that no wire carried: where a capture is made on the box, or the card of the capture host does it, several TCP segments of one flow stand in the file as
 * one (LRO, GRO, GSO), and the other tap shows them one by one. The first of them has the same header as the large one.
 */
import { u16 } from "../../wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../wire/checksum.js";
import { payloadLength } from "../../wire/ipv6.js";

const TCP = 6;
const SUM_AT = 56;

/**
 * May one of the IPv6 packets at `x` and `y`, which are equal in the TCP header but differ in length, be the first of the segments that the other holds? `xLen` and
 * `yLen`: visible bytes. What a device cut off or added shows in the checksum of the shorter, or in that of a longer that is not even two segments long.
 */
export function mayBeSegment(b: Uint8Array, x: number, xLen: number, y: number, yLen: number): boolean {
  if (b[x + 6] !== TCP || b[y + 6] !== TCP) return false;
  const isShorter = payloadLength(b, x) < payloadLength(b, y);
  const [short, shortLen] = isShorter ? [x, xLen] : [y, yLen];
  const [long, longLen] = isShorter ? [y, yLen] : [x, xLen];
  const header = (b[short + 52] >>> 4) << 2;
  const data = payloadLength(b, short) - header;
  if (shortLen < SUM_AT + 2 || data <= 0 || !mayBeRight(b, short, shortLen)) return false;
  return payloadLength(b, long) - header >= 2 * data || mayBeRight(b, long, longLen);
}

/** Is the TCP checksum right, left to the card to finish, or not to be verified? */
function mayBeRight(b: Uint8Array, o: number, len: number): boolean {
  const bytes = payloadLength(b, o);
  const pseudo = pseudo6(b, o + 8, bytes, TCP);
  return len < 40 + bytes || u16(b, o + SUM_AT) === fold(pseudo) || finish(sum(b, o + 40, bytes, pseudo)) === 0;
}
