/** What an IPv6 packet through a tunnel of IPv4 must keep, for leftovers.ts: all of it but hop limit and traffic class (RFC 4213 section 3); what an echo reply must return (RFC 4443 section 4.2). */
import { u16, u32 } from "../../wire/bits.js";
import { finish, pseudo6, sum } from "../../wire/checksum.js";
import { NH_ICMPV6 } from "../../wire/ipv6.js";
import { isAnycastBlock } from "../aspects.js";
import type { Domain } from "../domain.js";
import * as F from "../facts.js";
import { isSixToFour } from "../six-to-four/domain.js";
import type { Records } from "../transcript.js";
import { INTO } from "../types.js";
import { echo4At, echo4Bytes } from "./echo4.js";
import { isPartial } from "./key.js";
import type { Likeness } from "./leftovers.js";
import { isSameAddress } from "./pmt.js";

const OWN = F.F_TO_ANYCAST | F.F_TO_OWN_PREFIX | F.F_DST_LOCAL;
const REFUSABLE = (F.MAY_DROP & ~OWN) | F.F_ICMP6_ERROR | F.F_JOINED | F.F_ND;
const UNCLEAR_OUTPUT = F.F_CUT | F.F_INNER_BAD | F.F_OUTER_BAD | F.F_NOT_OURS | F.F_ICMP6_ERROR | F.F_JOINED | F.F_ND;
const REQUEST = 128;
const REPLY = 129;

export function createTunnelLikeness(b: Uint8Array, r: Records, domains: readonly Domain[]): Likeness {
  const isPacket = (s: number): boolean => (r.kind[s] === F.K_TUNNEL || r.kind[s] === F.K_NATIVE) && r.inner[s] > 0;
  /** An ICMPv4 echo request that the device gets, or a reply that it sends: it may come from an address that is nowhere declared. */
  const isEcho4 = (s: number): boolean => {
    const at = r.kind[s] === F.K_ICMP4 && (r.facts[s] & (F.F_CUT | F.F_OUTER_BAD | F.F_V4_ERROR)) === 0 ? echo4At(b, r, s) : 0;
    return at > 0 && b[at] === (r.direction[s] === INTO ? 8 : 0);
  };
  const isAsked = (s: number): boolean => isEcho4(s) || (r.facts[s] & F.F_ECHO_REQUEST) !== 0 && (r.facts[s] & OWN) !== 0 && b[r.inner[s] + 6] === NH_ICMPV6;
  const differs = (x: number, y: number): number => (x === y ? 0 : 1);
  const differ = (x: number, y: number): number => (isSameAddress(b, x, y) ? 0 : 1);

  function isSumRight(o: number): boolean {
    const next = b[o + 6];
    const bytes = u16(b, o + 4);
    return finish(sum(b, o + 40, bytes, pseudo6(b, o + 8, bytes, next))) === 0 || isPartial(b, o, next === 17 ? 46 : next === 6 ? 56 : 42);
  }

  /** An echo reply: who asked, identifier and sequence number, and the address that was asked, unless a unicast address stands for an anycast one. */
  function repliesButFor(i: number, o: number, anycast: boolean): number {
    if (b[i + 40] !== REQUEST || b[o + 40] !== REPLY) return 0;
    return differ(i + 8, o + 24) + differs(u16(b, i + 44), u16(b, o + 44)) + differs(u16(b, i + 46), u16(b, o + 46)) + (anycast ? 0 : differ(i + 24, o + 8));
  }

  /** The same by ICMPv4 (RFC 1812 section 4.3.3.6). An anycast address need not answer as itself. */
  function repliesButFor4(input: number, output: number): number {
    const i = r.off[input];
    const o = r.off[output];
    const asked = echo4At(b, r, input);
    const reply = echo4At(b, r, output);
    if (finish(sum(b, asked, echo4Bytes(b, i), 0)) !== 0) return 0;
    return differs(u32(b, i + 12), u32(b, o + 16)) + differs(u16(b, asked + 4), u16(b, reply + 4)) + differs(u16(b, asked + 6), u16(b, reply + 6)) + differs(u32(b, i + 16), u32(b, o + 12)) * (isAnycast4(input) ? 2 : 1);
  }
  const isAnycast4 = (s: number): boolean => domains[r.domain[s]].tunnel.anycast || isAnycastBlock(u32(b, r.off[s] + 16));

  /** A packet that is forwarded: in how many fields do the two differ? */
  function keepsButFor(i: number, o: number): number {
    const ports = b[i + 6] === 6 || b[i + 6] === 17;
    let n = differ(i + 8, o + 8) + differ(i + 24, o + 24) + differs(u32(b, i) & 0xfffff, u32(b, o) & 0xfffff) + differs(u16(b, i + 40), u16(b, o + 40));
    if (ports) n += differs(u16(b, i + 42), u16(b, o + 42));
    else n += differs(u16(b, i + 44), u16(b, o + 44)) + differs(u16(b, i + 46), u16(b, o + 46));
    if (b[i + 6] === 6) n += differs(u32(b, i + 44), u32(b, o + 44)) + differs(u32(b, i + 48), u32(b, o + 48)) + differs(u16(b, i + 52), u16(b, o + 52));
    return n;
  }

  const like: Likeness = {
    bytes: 0, isAsked,
    payload(s) {
      const o = r.inner[s];
      if (r.kind[s] === F.K_ICMP4) {
        const at = (r.facts[s] & F.F_CUT) === 0 ? echo4At(b, r, s) : 0;
        like.bytes = at === 0 ? 0 : echo4Bytes(b, r.off[s]) - 8;
        return like.bytes > 0 ? at + 8 : 0;
      }
      if (!isPacket(s)) return 0;
      const end = 40 + u16(b, o + 4);
      const next = b[o + 6];
      // Of ICMPv6 only echo.
      const from = next === 17 || next === NH_ICMPV6 ? 48 : next === 6 ? 40 + ((b[o + 52] >>> 4) << 2) : end;
      if (r.innerLen[s] < end || from >= end || (next === NH_ICMPV6 && b[o + 40] !== REQUEST && b[o + 40] !== REPLY) || (next === 6 && from < 60)) return 0;
      like.bytes = end - from;
      return o + from;
    },
    isLeft(s) {
      const f = r.facts[s];
      if (r.kind[s] === F.K_ICMP4) return isEcho4(s) && (r.direction[s] === INTO ? r.answer[s] : r.cause[s]) < 0;
      if (r.direction[s] !== INTO) return r.cause[s] < 0 && (f & UNCLEAR_OUTPUT) === 0 && isPacket(s);
      return r.forward[s] < 0 && r.answer[s] < 0 && isPacket(s) && r.domain[s] < domains.length && (f & REFUSABLE) === 0 && ((f & OWN) === 0 || isAsked(s));
    },
    // Echo between others may pass in any number through a device that routes IPv4 besides.
    isFollower: (s) => r.kind[s] === F.K_ICMP4 && r.domain[s] >= domains.length,
    isOfSize: (x, y) => (r.kind[x] === F.K_ICMP4 || r.kind[y] === F.K_ICMP4) ? r.kind[x] === r.kind[y] && u16(b, r.off[x] + 2) === u16(b, r.off[y] + 2) : r.inner[y] > 0 && u16(b, r.inner[x] + 4) === u16(b, r.inner[y] + 4) && b[r.inner[x] + 6] === b[r.inner[y] + 6],
    isOneOff(input, output) {
      if (r.kind[input] === F.K_ICMP4 || r.kind[output] === F.K_ICMP4) return r.kind[input] === r.kind[output] && r.side[input] === r.side[output] && r.domain[input] < domains.length && repliesButFor4(input, output) === 1;
      const i = r.inner[input];
      const o = r.inner[output];
      // A packet that was damaged before tells nothing of what became of it.
      if (!isSumRight(i)) return false;
      if (isAsked(input)) return r.side[input] === r.side[output] && repliesButFor(i, o, (r.facts[input] & F.F_TO_ANYCAST) !== 0 || b[i + 24] === 0xff) === 1;
      // Not from native to native: that is no tunnel's business.
      if ((r.kind[input] !== F.K_TUNNEL && r.kind[output] !== F.K_TUNNEL) || keepsButFor(i, o) !== 1) return false;
      // What a relay that translates leaves alone is the traffic between sites; its sources are what it could have translated.
      return domains[r.domain[input]].sixToFour?.provider === undefined || (r.kind[input] === F.K_TUNNEL && isSixToFour(b, i + 24) && !isSameAddress(b, i + 8, o + 8));
    },
  };
  return like;
}
