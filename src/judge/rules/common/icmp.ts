/** RFC 4443 and RFC 8200 for what the device answers: errors, echo replies, hop limit. */
import { textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../../wire/checksum.js";
import { NH_ICMPV6, quotedLength, sameAddress } from "../../../wire/ipv6.js";
import { firstDifferentByte } from "../../../wire/words.js";
import { isOwnAnycast } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, type Rule, VIOLATED } from "../../rule.js";
import { OVERLOAD_SECONDS } from "../../state.js";
import { IN_IPV4, forwardedOrNot, hasFacts, icmp6At, inner, innerBytes, mustNotForward, told } from "../helpers.js";

const isAnycast = (x: Exchange, at: number): boolean => isOwnAnycast(x.domain, x.b, at);
/** So many questions in one interval, and fewer answers: there is a limit. */
const ASKED = 200;
/** So many, all answered: there is none. A limit of 1000 a second with a burst of 100 answers four fifths of them at most. */
const OVERLOAD = 350;
/** Why an error may be missing or another than the one at hand: RFC 4443 section 2.4 e, local delivery, earlier checks. */
const NO_ERROR = F.MAY_DROP | F.F_ICMP6_ERROR | F.F_ND;

/**
 * Does the error come from the destination of the packet that it is about, though only a router on the way there can say such a thing? A packet that was
 * forwarded may have met that router behind the device, and one that is delivered to the device is answered from where it was sent (RFC 4443 section 2.2 a).
 */
function isDestinationsOwn(x: Exchange, source: number): boolean {
  const icmp = icmp6At(x, x.output);
  if (icmp === 0 || x.r.kind[x.input] === F.K_ICMP4 || x.r.forward[x.input] >= 0 || hasFacts(x, x.input, F.F_DST_LOCAL | F.F_TO_ANYCAST | F.F_TO_OWN_PREFIX)) return false;
  const isRouters = x.b[icmp] === 2 || (x.b[icmp] === 3 && x.b[icmp + 1] === 0);
  return isRouters && sameAddress(x.b, source, inner(x, x.input) + 24);
}

/**
 * Was the error made of an ICMPv4 error (RFC 4213 section 3.4), though the capture shows none that it quotes? Then it is about a packet that had left for the
 * tunnel, and quotes it as it was there, as far as that ICMPv4 error did.
 */
function isFromTunnel(x: Exchange): boolean {
  const icmp = icmp6At(x, x.output);
  if (icmp === 0 || x.b[icmp] !== 1) return false;
  return x.r.forward[x.input] >= 0 || (x.b[icmp + 1] === 3 && x.b[icmp + 8 + 7] === x.b[inner(x, x.input) + 7] - 1);
}

export const icmpRules: readonly Rule[] = [
  {
    id: "RFC4443-2.2-1", clause: "RFC4443-2.2-1", title: "ICMPv6 errors come from a unicast address of the device", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      const source = inner(x, x.output) + 8;
      x.code = x.b[source] === 0xff || isAnycast(x, source) ? 1 : isDestinationsOwn(x, source) ? 2 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "not-unicast" : "destination-of-the-packet"),
    explain: (x) => told(x, x.code === 1 ? "an ICMPv6 error has an anycast or multicast source" : "an ICMPv6 error has as its source the destination of the packet that it is about", x.code === 1 ? "RFC 4443 section 2.2" : "RFC 4443 section 2.2 b: a packet that was on its way to another node is reported from an address of the node that reports it",
      [field(x, x.output, "IPv6", "source", "a unicast address of the device", textIpv6At(x.b, inner(x, x.output) + 8), inner(x, x.output) + 8, 16)]),
  },
  {
    id: "RFC4443-2.3-1", clause: "RFC4443-2.3-1", title: "ICMPv6 errors and echo replies have a right checksum", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6 | F.ANSWER_ECHO,
    check(x) {
      const icmp = icmp6At(x, x.output);
      const bytes = innerBytes(x, x.output) - 40;
      if (icmp === 0 || hasFacts(x, x.output, F.F_CUT | F.F_INNER_BAD) || x.r.innerLen[x.output] < bytes + 40) return NA;
      const pseudo = pseudo6(x.b, inner(x, x.output) + 8, bytes, NH_ICMPV6);
      // The sum of the pseudo-header alone is for a network card behind the tap to finish.
      return finish(sum(x.b, icmp, bytes, pseudo)) === 0 ? PASS : u16(x.b, icmp + 2) === fold(pseudo) ? NA : VIOLATED;
    },
    deviation: () => "checksum",
    explain: (x) => told(x, "an ICMPv6 message of the device has a wrong checksum", "RFC 4443 section 2.3: the sum over the message and the pseudo-header with next header 58",
      [field(x, x.output, "ICMPv6", "checksum", "the sum over the message", `0x${u16(x.b, icmp6At(x, x.output) + 2).toString(16)}`, icmp6At(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC4443-3-1", clause: "RFC4443-3-1", title: "an ICMPv6 error goes to the source of the packet that caused it", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check: (x) => (x.r.kind[x.input] === F.K_ICMP4 ? NA : sameAddress(x.b, inner(x, x.output) + 24, inner(x, x.input) + 8) ? PASS : VIOLATED),
    deviation: () => "destination",
    explain: (x) => told(x, "an ICMPv6 error went to another than the sender of the packet that it is about", "RFC 4443 sections 3.1 to 3.4: the destination is copied from the source of the invoking packet",
      [field(x, x.output, "IPv6", "destination", textIpv6At(x.b, inner(x, x.input) + 8), textIpv6At(x.b, inner(x, x.output) + 24), inner(x, x.output) + 24, 16)]),
  },
  {
    id: "RFC4443-2.4-1", clause: "RFC4443-2.4-1", title: "ICMPv6 errors quote as much as fits in 1280 bytes", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      if (x.r.kind[x.input] === F.K_ICMP4 || isFromTunnel(x)) return NA;
      const seen = innerBytes(x, x.output);
      x.code = seen > 1280 ? 1 : 2;
      const whole = Math.min(1280, 48 + innerBytes(x, x.input));
      // Behind the packet may stand what padded it, and an extension structure (RFC 4884) in its place or behind it.
      if (seen <= 1280 && (seen > whole || quotedLength(x.b, icmp6At(x, x.output)) > 0)) return NA;
      return seen === whole ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "larger-than-1280" : "shorter-than-possible"),
    explain: (x) => told(x, "an ICMPv6 error quotes too much or too little", "RFC 4443 section 2.4 c",
      [field(x, x.output, "IPv6", "packet length", Math.min(1280, 48 + innerBytes(x, x.input)), innerBytes(x, x.output), inner(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC4443-2.4-2", clause: "RFC4443-2.4-2", title: "no ICMPv6 error about errors, multicast, or sources that are no node", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      if (x.r.kind[x.input] === F.K_ICMP4) return NA;
      const icmp = icmp6At(x, x.output);
      if (icmp === 0) return NA;
      const i = inner(x, x.input);
      const unspecified = u32(x.b, i + 8) === 0 && u32(x.b, i + 12) === 0 && u32(x.b, i + 16) === 0 && u32(x.b, i + 20) === 0;
      // Packet Too Big and an unrecognised option may be reported for multicast (section 2.4 e.3).
      const exempt = x.b[icmp] === 2 || (x.b[icmp] === 4 && x.b[icmp + 1] === 2);
      x.code = hasFacts(x, x.input, F.F_ICMP6_ERROR) ? 1 : x.b[i + 8] === 0xff || unspecified ? 2 : x.b[i + 24] === 0xff && !exempt ? 3 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "about-an-error", "source-is-no-node", "about-multicast"][code],
    explain: (x) => told(x, "an ICMPv6 error was sent where none may be", "RFC 4443 section 2.4 e",
      [field(x, x.output, "ICMPv6", "type", "no message", x.b[icmp6At(x, x.output)], icmp6At(x, x.output), 1)]),
  },
  {
    // How high a limit may be is the device's choice (decisions D36): an overload that is answered in full warns.
    id: "RFC4443-2.4-3", clause: "RFC4443-2.4-3", title: "ICMPv6 errors are limited in rate", mechanisms: IN_IPV4, cap: "warn", on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      if (!hasFacts(x, x.input, F.F_HOP | F.F_TOO_BIG) || x.r.kind[x.input] === F.K_ICMP4) return NA;
      const d = x.domain.index;
      x.state.errors[d]++;
      if (x.state.asked[d] < ASKED) return NA;
      return x.state.errors[d] <= x.state.asked[d] * 0.9 ? PASS : x.state.asked[d] < OVERLOAD ? NA : VIOLATED;
    },
    deviation: () => "unlimited",
    explain: (x) => told(x, `${x.state.errors[x.domain.index]} of ${x.state.asked[x.domain.index]} packets within ${OVERLOAD_SECONDS} s were answered with an ICMPv6 error`,
      `RFC 4443 section 2.4 f: a node limits the rate; more than ${OVERLOAD / OVERLOAD_SECONDS} a second were answered in full`),
  },
  {
    id: "RFC4443-3.2-1", clause: "RFC4443-3.2-1", title: "a packet too big for the tunnel is answered with Packet Too Big", mechanisms: IN_IPV4, on: "input", facts: F.F_TOO_BIG,
    check(x) {
      if (hasFacts(x, x.input, NO_ERROR & ~F.F_TOO_BIG) || x.output >= 0) return NA;
      const icmp = x.answer >= 0 ? icmp6At(x, x.answer) : 0;
      x.code = 2;
      if (icmp === 0) {
        x.inferred = true;
        return x.answer < 0 && x.absence && hasFacts(x, x.input, F.F_ISOLATED) ? VIOLATED : NA;
      }
      if (x.b[icmp] !== 2) return NA;
      const t = x.domain.tunnel;
      const mtu = u32(x.b, icmp + 4);
      x.code = 3;
      return x.b[icmp + 1] === 0 && (mtu === t.tunnelMtu || (t.tunnelMtuMode !== "static" && mtu < t.tunnelMtu)) ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 2 ? "silent" : "wrong-mtu-or-code"),
    explain: (x) => told(x, x.code === 2 ? "a packet too big for the tunnel vanished" : "Packet Too Big has a wrong MTU or code", `RFC 4443 section 3.2; the tunnel MTU is ${x.domain.tunnel.tunnelMtu}`,
      x.answer < 0 ? [] : [
        x.b[icmp6At(x, x.answer) + 1] !== 0
          ? field(x, x.answer, "ICMPv6", "code", 0, x.b[icmp6At(x, x.answer) + 1], icmp6At(x, x.answer) + 1, 1)
          : field(x, x.answer, "ICMPv6", "MTU", x.domain.tunnel.tunnelMtu, u32(x.b, icmp6At(x, x.answer) + 4), icmp6At(x, x.answer) + 4, 4),
      ]),
  },
  {
    id: "RFC4443-3.3-1", clause: "RFC4443-3.3-1", title: "an exceeded hop limit is answered with Time Exceeded", mechanisms: IN_IPV4, on: "input", facts: F.F_HOP,
    check(x) {
      if (hasFacts(x, x.input, NO_ERROR & ~F.F_HOP) || x.output >= 0 || (x.r.kind[x.input] === F.K_NATIVE && !hasFacts(x, x.input, F.F_TO_CE))) return NA;
      const icmp = x.answer >= 0 ? icmp6At(x, x.answer) : 0;
      if (icmp > 0) return x.b[icmp] !== 3 ? NA : x.b[icmp + 1] === 0 ? PASS : VIOLATED;
      // A BR that does not forward between CEs (no MUST) has dropped the packet before its hop limit matters.
      if (hasFacts(x, x.input, F.F_HAIRPIN | F.F_SELF)) return NA;
      x.inferred = true;
      x.code = 2;
      return x.answer < 0 && x.absence && hasFacts(x, x.input, F.F_ISOLATED) ? VIOLATED : NA;
    },
    deviation: (code) => (code === 2 ? "silent" : "wrong-code"),
    explain: (x) => told(x, x.code === 2 ? "a packet whose hop limit ran out vanished" : "Time Exceeded has a wrong code", "RFC 4443 section 3.3"),
  },
  {
    id: "RFC4443-4.2-1", clause: "RFC4443-4.2-1", title: "an echo reply comes from the address that was asked, with the data that was sent", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ECHO, kept: true,
    check(x) {
      const q = icmp6At(x, x.input);
      const a = icmp6At(x, x.output);
      if (q === 0 || a === 0) return NA;
      const asked = inner(x, x.input) + 24;
      x.code = 1;
      if (x.b[asked] !== 0xff && !isAnycast(x, asked) && !sameAddress(x.b, asked, inner(x, x.output) + 8)) return VIOLATED;
      x.code = 4;
      if (!sameAddress(x.b, inner(x, x.input) + 8, inner(x, x.output) + 24)) return VIOLATED;
      const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]) - 40;
      const at = firstDifferentByte(x.b, q, a, 4, n);
      x.code = at >= 0 && at < 8 ? 3 : 2;
      return at < 0 && innerBytes(x, x.input) === innerBytes(x, x.output) ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "other-source", "other-data", "other-identifier", "other-destination"][code],
    explain(x) {
      const q = icmp6At(x, x.input);
      const a = icmp6At(x, x.output);
      const words = (at: number): string => `${u16(x.b, at + 4)}, ${u16(x.b, at + 6)}`;
      const address = (was: number, is: number, name: string) => field(x, x.output, "IPv6", name, textIpv6At(x.b, inner(x, x.input) + was), textIpv6At(x.b, inner(x, x.output) + is), inner(x, x.output) + is, 16);
      return told(x, ["", "an echo reply came from another address", "an echo reply returned other data", "an echo reply has another identifier or sequence number", "an echo reply went to another than the one who asked"][x.code], "RFC 4443 section 4.2",
        [x.code === 1 ? address(24, 8, "source") : x.code === 4 ? address(8, 24, "destination")
          : x.code === 3 ? field(x, x.output, "ICMPv6", "identifier and sequence number", words(q), words(a), a + 4, 4)
            : field(x, x.output, "ICMPv6", "data", "as in the request", "differs", a + 4, innerBytes(x, x.output) - 44)]);
    },
  },
  {
    id: "RFC4443-4.2-2", clause: "RFC4443-4.2-2", title: "an echo reply for an anycast or multicast address comes from a unicast address", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ECHO,
    check(x) {
      if (x.b[inner(x, x.input) + 24] !== 0xff && !isAnycast(x, inner(x, x.input) + 24)) return NA;
      if (!isAnycast(x, inner(x, x.output) + 8)) return PASS;
      // Decisions D20: tolerated where the device has no other IPv6 address.
      return x.state.ownIpv6 > 0 ? VIOLATED : NA;
    },
    deviation: () => "anycast-source",
    explain: (x) => told(x, "an echo reply has an anycast source", "RFC 4443 section 4.2: a unicast address of the device, and it has one",
      [field(x, x.output, "IPv6", "source", "a unicast address of the device", textIpv6At(x.b, inner(x, x.output) + 8), inner(x, x.output) + 8, 16)]),
  },
  {
    id: "RFC8200-3-1", clause: "RFC8200-3-1", title: "packets with an exceeded hop limit are not forwarded", mechanisms: IN_IPV4, on: "input", facts: F.F_HOP, check: mustNotForward, deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet that arrived with hop limit 0 or 1 was forwarded", "RFC 8200 section 3",
      [field(x, x.input, "IPv6", "hop limit", "not forwarded", x.b[inner(x, x.input) + 7], inner(x, x.input) + 7, 1)]),
  },
  {
    id: "RFC8200-5-1", clause: "RFC8200-5-1", title: "no Packet Too Big below 1280", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      const icmp = icmp6At(x, x.output);
      if (icmp === 0 || x.b[icmp] !== 2) return NA;
      return u32(x.b, icmp + 4) >= 1280 && (x.r.kind[x.input] === F.K_ICMP4 || innerBytes(x, x.input) > 1280) ? PASS : VIOLATED;
    },
    deviation: () => "below-1280",
    explain: (x) => told(x, "Packet Too Big below 1280, or for a packet of 1280 bytes or less", "RFC 8200 section 5: every link carries 1280 bytes",
      [field(x, x.output, "ICMPv6", "MTU", "at least 1280", u32(x.b, icmp6At(x, x.output) + 4), icmp6At(x, x.output) + 4, 4)]),
  },
];
