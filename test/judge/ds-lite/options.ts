/** IPv4 options for the tests of the DS-Lite judge. */
import { put16, u16 } from "../../../src/wire/bits.js";
import * as ip4 from "../../../src/wire/ipv4.js";

/** The IPv4 packet with four bytes of options: no operation by default, or an empty option of `type`. */
export function ip4Options(p: Uint8Array, type = 1): Uint8Array {
  const o = new Uint8Array(p.length + 4);
  o.set(p.subarray(0, 20));
  o.set(type === 1 ? [1, 1, 1, 1] : [type, 3, 4, 0], 20);
  o.set(p.subarray(20), 24);
  o[0] = 0x46;
  put16(o, 2, u16(p, 2) + 4);
  ip4.seal(o, 0);
  return o;
}
