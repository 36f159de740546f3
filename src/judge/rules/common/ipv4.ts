/** RFC 1812, RFC 6864 and RFC 791 for the outer header. */
import { A_DF, A_FRESH, A_NO_DF, A_SHAPE } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { isGroup, nextHopOf } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { C_NATIVE, C_TTL } from "../../forwarded.js";
import { type Exchange, NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { IN_IPV4, SIX_RD, TUNNEL_OUT, inner, forwardedOrNot, hasFacts, innerBytes, isExpiring, mustNotForward, outer, told } from "../helpers.js";
import { NOT_ORDINARY } from "../../six-to-four/checks.js";
import { nonAtomicHead } from "../rfc4213/3.5.js";

/** Parameter Problem about a packet of which less arrived than its total length says: the one error that RFC 1812 section 5.2.2 asks for. */
const isToldOfCut = (x: Exchange): boolean =>
  x.b[outer(x, x.output) + ((x.b[outer(x, x.output)] & 15) << 2)] === 12 && u16(x.b, outer(x, x.input) + 2) > x.r.wireLen[x.input];

/** No destination of a packet that is forwarded: 0/8, 127/8, class E without 255.255.255.255 (RFC 1812 section 5.3.7). */
const isNowhere = (v: number): boolean => v >>> 24 === 0 || v >>> 24 === 127 || (v >>> 28 === 15 && v >>> 0 !== 0xffffffff);

export const ipv4Rules: readonly Rule[] = [
  {
    id: "RFC1812-4.2.2.9-1", clause: "RFC1812-4.2.2.9-1", title: "no packet leaves with TTL 0", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check: (x) => (x.b[outer(x, x.output) + 8] === 0 ? VIOLATED : PASS),
    sure: () => passes(A_SHAPE),
    deviation: () => "ttl-0",
    explain: (x) => told(x, "an outer packet was sent with TTL 0", "RFC 1812 section 4.2.2.9", [field(x, x.output, "IPv4 outer", "TTL", "above 0", 0, outer(x, x.output) + 8, 1)]),
  },
  {
    id: "RFC1812-4.2.2.9-2", clause: "RFC1812-4.2.2.9-2", title: "tunnel packets that arrive with TTL 0 or 1 are received", mechanisms: IN_IPV4, on: "input", facts: F.F_NEW_CE,
    check(x) {
      if (!isExpiring(x) || hasFacts(x, x.input, NOT_ORDINARY)) return NA;
      if (x.output >= 0) return PASS;
      x.code = 3;
      if (x.answer >= 0) return x.r.kind[x.answer] === F.K_ICMP4 && x.b[x.r.off[x.answer] + ((x.b[x.r.off[x.answer]] & 15) << 2)] === 11 ? VIOLATED : NA;
      x.code = 2;
      x.inferred = true;
      // A larger one may be too big for the way on, and the error about it held back by a rate limit (RFC 4443 section 2.4 f).
      return x.absence && x.domain.tunnel.flowLimit === 0 && innerBytes(x, x.input) <= 1280 ? VIOLATED : NA;
    },
    sure: () => silent(C_NATIVE, C_TTL),
    deviation: forwardedOrNot,
    explain: (x) => told(x, x.code === 3 ? "a tunnel packet to the device was answered with Time Exceeded" : "a tunnel packet that arrived with an outer TTL of 0 or 1 was not decapsulated",
      "RFC 1812 section 4.2.2.9: a packet to the router itself is not discarded for its TTL, and the end of a tunnel is the outer header's destination",
      [field(x, x.input, "IPv4 outer", "TTL", "any: it is not looked at", x.b[outer(x, x.input) + 8], outer(x, x.input) + 8, 1)]),
  },
  {
    id: "RFC1812-5.2.2-1", clause: "RFC1812-5.2.2-1", title: "packets with an invalid outer header are dropped", mechanisms: IN_IPV4, on: "input", facts: F.F_OUTER_BAD, check: mustNotForward, deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet with an invalid outer IPv4 header was decapsulated", "RFC 1812 section 5.2.2: checksum, version, header length and total length are checked",
      [field(x, x.input, "IPv4 outer", "header", "valid", `checksum 0x${u16(x.b, outer(x, x.input) + 10).toString(16)}`, outer(x, x.input), 20)]),
  },
  {
    id: "RFC1812-4.3.2.7-1", clause: "RFC1812-4.3.2.7-1", title: "no ICMPv4 error about bad headers, broadcast, or sources that are no host", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR4,
    check(x) {
      const martian = hasFacts(x, x.input, F.F_MARTIAN);
      x.code = hasFacts(x, x.input, F.F_OUTER_BAD) && !isToldOfCut(x) ? 1 : martian ? 2 : isGroup(u32(x.b, outer(x, x.input) + 16)) ? 3 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "bad-header", "source-is-no-host", "broadcast-or-multicast"][code],
    explain: (x) => told(x, "an ICMPv4 error was sent where none may be", "RFC 1812 section 4.3.2.7", [field(x, x.output, "ICMPv4", "message", "none", "error", outer(x, x.output) + 20, 1)]),
  },
  {
    id: "RFC1812-5.3.7-1.6rd", clause: "RFC1812-5.3.7-1", title: "nothing is tunnelled to addresses that no host has", mechanisms: SIX_RD, on: "input", facts: F.F_BAD_CE,
    check(x) {
      // Where it says so, the packet would go to a group or to the device itself: other documents' matter.
      if (!isNowhere(nextHopOf(x.domain, x.b, inner(x, x.input) + 24)) || hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD)) return NA;
      return x.output >= 0 && (x.r.kind[x.output] !== F.K_TUNNEL || !isNowhere(u32(x.b, outer(x, x.output) + 16))) ? NA : mustNotForward(x);
    },
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet was tunnelled to an IPv4 address that no host has", "RFC 1812 section 5.3.7: nothing is forwarded to 0/8, 127/8 and class E",
      x.output < 0 ? [] : [field(x, x.output, "IPv4 outer", "destination", "an address of a host", formatIpv4(u32(x.b, outer(x, x.output) + 16)), outer(x, x.output) + 16, 4)]),
  },
  {
    id: "RFC6864-4.3-1", clause: "RFC6864-4.3-1", title: "identifications of non-atomic packets do not repeat within two minutes", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check: (x) => (nonAtomicHead(x.b, outer(x, x.output)) && !hasFacts(x, x.output, F.F_JOINED) ? (x.state.idAge <= 120 ? VIOLATED : PASS) : NA),
    sure: () => [...silent(A_DF), ...passes(A_NO_DF | A_FRESH)],
    deviation: () => "repeated",
    explain: (x) => told(x, "a non-atomic packet repeats an identification", "RFC 6864 section 4.3",
      [field(x, x.output, "IPv4 outer", "identification", "not used for 120 s", u16(x.b, outer(x, x.output) + 4), outer(x, x.output) + 4, 2)]),
  },
];
