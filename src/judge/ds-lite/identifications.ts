/** Identifications of what left to the core (RFC 6864 section 5.3.1): whether another internal end's packet had the same one. Bounded; what was overwritten is unknown. */
import { u16 } from "../../wire/bits.js";
import { slots } from "../columns.js";
import type { Records } from "../transcript.js";
import { mix, spot } from "./quota.js";
import { nearPort } from "./tuple.js";
import type { View } from "./view.js";

const IDS = 1 << 16;
/** RFC 6864 section 4: the lifetime that RFC 791 and RFC 1122 assume of a datagram, seconds. */
const MDL = 120;

export interface Identifications {
  /** Was that of the output in `slot` used for another external port between the same ends within the lifetime of a datagram? Remembers this use; `anyway` false: unless it was. */
  use(slot: number, t: number, anyway: boolean): boolean;
}

export function createIdentifications(b: Uint8Array, r: Records, v: View, seed: number): Identifications {
  const size = slots(IDS, r.capacity);
  // Ports and times are hardly ever asked for, so they lie apart from the keys.
  const keys = new Int32Array(size), ports = new Uint16Array(size), times = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  return {
    use(slot, t, anyway) {
      const key = mix(mix(mix(seed, v.src[slot]), v.dst[slot]), (u16(b, r.inner[slot] + 4) << 8) | v.proto[slot]);
      const i = spot(key, size);
      const port = nearPort(v, slot, true);
      const reused = keys[i] === key && ports[i] !== port && t - times[i] < MDL;
      if (reused && !anyway) return true;
      keys[i] = key;
      ports[i] = port;
      times[i] = t;
      return reused;
    },
  };
}
