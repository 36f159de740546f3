/** Pairs that rest on what packets carry, while what the device makes of their headers does not fit: they may be halves of two pairs that a tap tore apart. */
import { u32 } from "../wire/bits.js";
import { type Records, S_MODIFIED } from "./transcript.js";

/** Do hop limit and traffic class of the IPv6 packet at `i` agree with those of the forwarded one at `o`, whose hop limit is `hop`? ECN may have been marked on the way. */
export function fitsIpv6(b: Uint8Array, i: number, o: number, hop: number): boolean {
  const change = u32(b, i) ^ u32(b, o);
  return b[i + 7] === hop + 1 && (change & 0x0fc00000) === 0 && ((change & 0x00300000) === 0 || (b[o + 1] & 0x30) === 0x30);
}

/** The same of IPv4. */
export const fitsIpv4 = (b: Uint8Array, i: number, o: number): boolean => b[i + 8] === b[o + 8] + 1 && (b[i + 1] === b[o + 1] || ((b[i + 1] ^ b[o + 1]) < 4 && (b[o + 1] & 3) === 3));

/** Was the input found for its output though bytes of what they carry differ? */
export const isAltered = (r: Records, input: number): boolean => (r.state[input] & S_MODIFIED) !== 0;

/** Packets that have no partner, by the side on which the output was seen or should have been. */
export interface Halves {
  input(output: number): void;
  output(side: number): void;
  /** So many pairs at most can have been torn apart. */
  readonly count: number;
}

export function createHalves(): Halves {
  const inputs = [0, 0];
  const outputs = [0, 0];
  return {
    input: (side) => void inputs[side]++,
    output: (side) => void outputs[side]++,
    get count() {
      return Math.max(Math.min(inputs[0], outputs[0]), Math.min(inputs[1], outputs[1]));
    },
  };
}

/** Is the output what became of the input? Answers are another matter. -1: there is none. */
export const isForwarded = (r: Records, input: number, output: number): boolean => input >= 0 && output >= 0 && r.forward[input] === r.sequence[output] && r.inner[input] > 0 && r.inner[output] > 0;
