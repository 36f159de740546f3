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
/** Words of an entry. */
const KEY = 0, PORT = 1, TIME = 2;

export interface Identifications {
  /** Was that of the output in `slot` used for another external port between the same ends within the lifetime of a datagram? Remembers this use; `anyway` false: unless it was. */
  use(slot: number, t: number, anyway: boolean): boolean;
}

export function createIdentifications(b: Uint8Array, r: Records, v: View, seed: number): Identifications {
  const size = slots(IDS, r.capacity);
  // Every packet comes to another place: key, port and time (float64) of an entry lie side by side.
  const words = new Int32Array(size * 4), times = new Float64Array(words.buffer).fill(Number.NEGATIVE_INFINITY);
  return {
    use(slot, t, anyway) {
      const key = mix(mix(mix(seed, v.src[slot]), v.dst[slot]), (u16(b, r.inner[slot] + 4) << 8) | v.proto[slot]);
      const i = spot(key, size) * 4;
      const port = nearPort(v, slot, true);
      const reused = words[i + KEY] === key && words[i + PORT] !== port && t - times[(i + TIME) >> 1] < MDL;
      if (reused && !anyway) return true;
      words[i + KEY] = key;
      words[i + PORT] = port;
      times[(i + TIME) >> 1] = t;
      return reused;
    },
  };
}
