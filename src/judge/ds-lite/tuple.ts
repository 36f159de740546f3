/** Which end of a packet is the subscriber's, and what the learned bindings say about two packets being one. */
import { u16, u32 } from "../../wire/bits.js";
import { sameAddress } from "../../wire/ipv6.js";
import { firstDifferentByte } from "../../wire/words.js";
import { fitsIpv4 } from "../loose.js";
import type { Records } from "../transcript.js";
import type { Bindings } from "./bindings.js";
import { P_ICMP, P_TCP } from "./facts.js";
import type { View } from "./view.js";

/** 192.0.0.1: the AFTR on its softwires (RFC 6333 section 5.7). No host of the Internet has it, so an error from there is the AFTR's own. */
const WELL_KNOWN = 0xc0000001;

/** Port (or query identifier) of the near end: the source of an outward packet, the destination of an inward one. */
export const nearPort = (v: View, slot: number, outward: boolean): number => (v.proto[slot] === P_ICMP ? v.sport[slot] | v.dport[slot] : outward ? v.sport[slot] : v.dport[slot]);
export const farPort = (v: View, slot: number, outward: boolean): number => (v.proto[slot] === P_ICMP ? 0 : outward ? v.dport[slot] : v.sport[slot]);
/** The same of the packet that an error quotes. `outward`: the quoted packet went outward. */
export const nearQuoted = (v: View, slot: number, outward: boolean): number => (v.qProto[slot] === P_ICMP ? v.qSport[slot] | v.qDport[slot] : outward ? v.qSport[slot] : v.qDport[slot]);

/** Initial TTLs of what nodes send: what a router forwards has lost one at least. */
const INITIAL_TTLS: readonly number[] = [64, 128, 255];
/** Has no router lowered the TTL of the IPv4 packet at `o`? */
export const isUntouched = (b: Uint8Array, o: number): boolean => INITIAL_TTLS.includes(b[o + 8]);

export interface Tuples {
  /** How well the bindings agree that `input` left as `output`: 2 they say so, 1 they say nothing, 0 they say otherwise. */
  outward(input: number, output: number): number;
  inward(input: number, output: number): number;
  hairpin(input: number, output: number): number;
  errorOutward(input: number, output: number): number;
  errorInward(input: number, output: number): number;
  /** Same B4: `output` is sent to the B4 that sent `input`, and inside to the sender; an error of the AFTR's own address is its answer wherever it goes inside. */
  backToB4(input: number, output: number): boolean;
  /** Another B4: `output` quotes `input` to the bit, but goes to an equally numbered host behind another B4, which sent no such packet. */
  elsewhere(input: number, output: number): boolean;
  /** Do TTL, DSCP and ECN say that `input` left as `output`? Those of equal packets (retransmissions, loops) may differ. */
  fits(input: number, output: number): boolean;
  /** Of two inputs that may have left as `output`, of which `found` came first, is `other` the likelier? */
  likelier(other: number, found: number, output: number): boolean;
}
/** An effect comes within this time when it can. */
const PROMPT_SECONDS = 0.1;
/** Transport bytes that every error quotes (RFC 792): of TCP with the sequence number, of the others with the checksum. */
const QUOTED = 8;

export function createTuples(b: Uint8Array, r: Records, v: View, nat: Bindings): Tuples {
  /** Agreement of an internal end with an external one. */
  function agree(b4: number, inner: number, proto: number, innerPort: number, ext: number, extPort: number): number {
    const i = nat.byInternal(b, b4, inner, proto, innerPort);
    if (i >= 0) return (nat.ext[i] === ext && nat.extPort[i] === extPort) || (nat.overlapped && nat.byBoth(ext, proto, extPort, b, b4, inner, innerPort) >= 0) ? 2 : 0;
    const e = nat.byExternal(ext, proto, extPort);
    return e >= 0 ? 0 : 1;
  }
  const fits = (i: number, o: number): boolean => r.inner[i] > 0 && r.inner[o] > 0 && fitsIpv4(b, r.inner[i], r.inner[o]);
  return {
    fits,
    likelier: (other, found, o) => (fits(other, o) === fits(found, o) ? r.time[o] - r.time[found] > PROMPT_SECONDS : fits(other, o)),
    outward: (i, o) => agree(r.off[i] + 8, v.src[i], v.proto[i], nearPort(v, i, true), v.src[o], nearPort(v, o, true)),
    inward: (i, o) => agree(r.off[o] + 24, v.dst[o], v.proto[o], nearPort(v, o, false), v.dst[i], nearPort(v, i, false)),
    hairpin: (i, o) =>
      Math.min(
        agree(r.off[i] + 8, v.src[i], v.proto[i], nearPort(v, i, true), v.src[o], nearPort(v, o, true)),
        agree(r.off[o] + 24, v.dst[o], v.proto[o], nearPort(v, o, false), v.dst[i], nearPort(v, i, false)),
      ),
    errorOutward: (i, o) => agree(r.off[i] + 8, v.qDst[i], v.qProto[i], nearQuoted(v, i, false), v.qDst[o], nearQuoted(v, o, false)),
    errorInward: (i, o) => agree(r.off[o] + 24, v.qSrc[o], v.qProto[o], nearQuoted(v, o, true), v.qSrc[i], nearQuoted(v, i, true)),
    backToB4: (i, o) => sameAddress(b, r.off[i] + 8, r.off[o] + 24) && (v.src[i] === u32(b, r.inner[o] + 16) || (v.src[o] === WELL_KNOWN && v.src[i] === v.qSrc[o])),
    elsewhere(i, o) {
      const head = (b[v.quote[o]] & 15) << 2;
      const id = u16(b, v.quote[o] + 4);
      return !sameAddress(b, r.off[i] + 8, r.off[o] + 24) && v.dst[o] === v.src[i] && v.qSrc[o] === v.src[i] && v.quoteLen[o] >= head + QUOTED && v.l4Visible[i] >= QUOTED &&
        id === u16(b, r.inner[i] + 4) && (id !== 0 || v.proto[i] === P_TCP) && firstDifferentByte(b, v.l4[i], v.quote[o] + head, 0, QUOTED) < 0;
    },
  };
}
