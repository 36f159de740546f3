/** What RFC 792, 1191, 2983 and 4459 say of the tunnels that carry IPv6 in IPv4. */
import { A_DF, A_FRESH, A_NO_DF, A_NO_PATHS, B_CLASS } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { trafficClass } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, OBSERVED, observes, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { IN_IPV4, TUNNEL_OUT, hasFacts, inner, outer, outerDf, told } from "../helpers.js";
import { nonAtomicHead } from "../rfc4213/3.5.js";

/** Fragments wait so long for each other at a tunnel's end (RFC 4459 section 3.1 speaks of the reassembly timeout; 30 s are usual). */
const REASSEMBLY_SECONDS = 30;
/** As in rfc4213/3.2.ts: an ICMPv4 error works on what is handled after it, for five minutes (RFC 1191 section 6.3). */
const SETTLED_SECONDS = 0.2;
const REMEMBERED_SECONDS = 300;

const innerDscp = (x: Exchange, slot: number): number => trafficClass(x.b, inner(x, slot)) >>> 2;
/** ICMPv4 header of an error, which has no IPv4 options when a tunnel end makes it; 0 otherwise. */
const icmp4At = (x: Exchange): number => (x.b[outer(x, x.output)] === 0x45 && x.r.len[x.output] >= 48 ? outer(x, x.output) + 20 : 0);

export const inIpv4Rules: readonly Rule[] = [
  {
    id: "RFC792-destination-unreachable-1.6in4", clause: "RFC792-destination-unreachable-1", title: "Destination Unreachable goes to the sender of what it quotes", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR4,
    check(x) {
      const at = icmp4At(x);
      return at === 0 || x.b[at] !== 3 ? NA : u32(x.b, outer(x, x.output) + 16) === u32(x.b, at + 20) ? PASS : VIOLATED;
    },
    deviation: () => "destination",
    explain: (x) => told(x, "an ICMPv4 error goes to another than the sender of the quoted packet", "RFC 792, destination unreachable",
      [field(x, x.output, "IPv4", "destination", formatIpv4(u32(x.b, icmp4At(x) + 20)), formatIpv4(u32(x.b, outer(x, x.output) + 16)), outer(x, x.output) + 16, 4)]),
  },
  {
    id: "RFC1191-3-1", clause: "RFC1191-3-1", title: "no larger packet with DF within five minutes of fragmentation needed", mechanisms: IN_IPV4, cap: "warn", on: "output", when: 1 << F.K_TUNNEL,
    needs: (t) => t.tunnelMtuMode === "dynamic",
    check(x) {
      const ce = u32(x.b, outer(x, x.output) + 16);
      if (x.state.paths === 0 || hasFacts(x, x.output, F.F_JOINED) || !outerDf(x, x.output)) return NA;
      const age = x.r.time[x.output] - x.state.pathTime(ce);
      const m = x.state.pathMtu(ce);
      if (age < SETTLED_SECONDS || age > REMEMBERED_SECONDS || m < 68) return NA;
      x.code = m;
      return u16(x.b, outer(x, x.output) + 2) > m ? VIOLATED : PASS;
    },
    sure: () => silent(A_NO_PATHS, A_NO_DF),
    deviation: () => "larger",
    explain: (x) => told(x, `a packet of ${u16(x.b, outer(x, x.output) + 2)} bytes with DF was sent after fragmentation needed with ${x.code}`, "RFC 1191 section 3: the estimate is not raised within five minutes, and dynamic mode is declared",
      [field(x, x.output, "IPv4 outer", "total length", `at most ${x.code}`, u16(x.b, outer(x, x.output) + 2), outer(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC2983-3.1-2.6in4", clause: "RFC2983-3.1-2", title: "decapsulation leaves the packet its DSCP", mechanisms: IN_IPV4, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (innerDscp(x, x.input) === innerDscp(x, x.output) ? PASS : VIOLATED),
    sure: () => passes(B_CLASS),
    deviation: () => "changed",
    explain: (x) => told(x, "the DSCP changed on decapsulation", "RFC 2983 section 3.1, pipe model: RFC 4213 section 3.6 leaves the inner header as it is (decisions D5)",
      [field(x, x.output, "IPv6", "DSCP", innerDscp(x, x.input), innerDscp(x, x.output), inner(x, x.output), 2)]),
  },
  {
    id: "RFC4459-3.1-1", clause: "RFC4459-3.1-1", title: "identifications do not wrap within the reassembly time", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check: (x) => (nonAtomicHead(x.b, outer(x, x.output)) && !hasFacts(x, x.output, F.F_JOINED) ? (x.state.idAge <= REASSEMBLY_SECONDS ? VIOLATED : PASS) : NA),
    sure: () => [...silent(A_DF), ...passes(A_NO_DF | A_FRESH)],
    deviation: () => "wrapped",
    explain: (x) => told(x, `an identification came again after ${x.state.idAge.toFixed(3)} s`, "RFC 4459 section 3.1: fragments of two datagrams can be put together as one",
      [field(x, x.output, "IPv4 outer", "identification", "not used while fragments wait", u16(x.b, outer(x, x.output) + 4), outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC4459-3.2-1", clause: "RFC4459-3.2-1", title: "DF is set in the outer header against fragmentation", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_TUNNEL,
    check: (x) => (hasFacts(x, x.output, F.F_JOINED) ? NA : outerDf(x, x.output) ? OBSERVED : PASS),
    sure: () => [...observes(A_DF), ...passes(A_NO_DF)],
    explain: (x) => told(x, "the outer header has DF", "RFC 4459 section 3.2"),
  },
];
