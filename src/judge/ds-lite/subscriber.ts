/** Who is one subscriber: B4s whose addresses share the first `subscriber-prefix-length` bits (decisions D28, RFC 7785). */
import { u32 } from "../../wire/bits.js";
import type { Bindings } from "./bindings.js";

/** The bits of word `k` of an address that name the subscriber. */
function maskOf(k: number, bits: number): number {
  const n = Math.max(0, Math.min(32, bits - 32 * k));
  return n === 0 ? 0 : n === 32 ? 0xffffffff : ~(0xffffffff >>> n);
}

/** Hash of the subscriber whose B4 address lies at `b4`. */
export function subscriberHash(b: Uint8Array, b4: number, bits: number): number {
  let h = 0x811c9dc5;
  for (let k = 0; k < 4; k++) {
    h = Math.imul(h ^ (u32(b, b4 + 4 * k) & maskOf(k, bits)), 0x01000193);
    h ^= h >>> 15;
  }
  return h;
}

/** Is binding `i` of the subscriber whose B4 address lies at `b4`? */
export function isOfSubscriber(nat: Bindings, i: number, b: Uint8Array, b4: number, bits: number): boolean {
  for (let k = 0; k < 4; k++) if (((nat.b4(i, k) ^ u32(b, b4 + 4 * k)) & maskOf(k, bits)) !== 0) return false;
  return true;
}
