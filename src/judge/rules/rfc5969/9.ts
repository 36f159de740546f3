/** RFC 5969 section 9: encapsulation, marking, ICMPv4, link-local addresses. */
import { A_NOT_LOCAL, A_SHAPE, B_DSCP } from "../../aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { checksum } from "../../../wire/checksum.js";
import { embeddedIpv4 } from "../../../wire/embedding.js";
import { sameAddress, trafficClass } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, OBSERVED, observes, PASS, passes, type Rule, VIOLATED } from "../../rule.js";
import { INTO_TUNNEL, SIX_RD, TUNNEL_OUT, forwardedOrNot, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

const dscpOut = (x: Exchange): number => x.b[outer(x, x.output) + 1] >>> 2;
const dscpIn = (x: Exchange): number => trafficClass(x.b, inner(x, x.output)) >>> 2;
/** DSCP that a declared override asks for. */
const declared = (x: Exchange): number => (x.domain.tunnel.dscp.mode === "fixed" ? x.domain.tunnel.dscp.dscp : 0);
const linkLocal = (b: Uint8Array, at: number): boolean => u32(b, at) >>> 22 === 0x3fa;

export const section9: readonly Rule[] = [
  {
    id: "RFC5969-9-5", clause: "RFC5969-9-5", title: "a CE tunnels from the IPv4 address that its prefix embeds", mechanisms: SIX_RD, cap: "info", on: "input",
    facts: F.F_SRC_MISMATCH | F.F_SELF | F.F_HAIRPIN | F.F_TO_ANYCAST,
    check: (x) => (x.r.kind[x.input] !== F.K_TUNNEL || hasFacts(x, x.input, F.F_SRC_FOREIGN | F.F_INNER_BAD | F.F_OUTER_BAD) ? NA : hasFacts(x, x.input, F.F_SRC_MISMATCH) ? VIOLATED : PASS),
    deviation: () => "other-address",
    explain: (x) => told(x, "a packet with a source in the 6rd prefix came from another IPv4 address than it embeds", "RFC 5969 section 9. This is about the sender, not about the concentrator",
      [field(x, x.input, "IPv4 outer", "source", formatIpv4(embeddedIpv4(x.b, inner(x, x.input) + 8, x.domain.tunnel.v6rdPrefix, x.domain.tunnel.ipv4Prefix)), formatIpv4(u32(x.b, outer(x, x.input) + 12)), outer(x, x.input) + 12, 4)]),
  },
  {
    id: "RFC5969-9-1", clause: "RFC5969-9-1", title: "encapsulation as in RFC 4213 section 3.5", mechanisms: SIX_RD, on: "output", when: TUNNEL_OUT,
    check(x) {
      const o = outer(x, x.output);
      if (hasFacts(x, x.output, F.F_JOINED)) return NA;
      const whole = x.r.kind[x.output] === F.K_FRAGMENT || x.r.inner[x.output] === 0 || u16(x.b, o + 2) === u16(x.b, inner(x, x.output) + 4) + 60;
      return x.b[o] === 0x45 && whole && (!hasFacts(x, x.output, F.F_OUTER_BAD) || u16(x.b, o + 10) === 0 || checksum(x.b, o, 20) === 0) ? PASS : VIOLATED;
    },
    sure: () => passes(A_SHAPE),
    deviation: () => "outer-header",
    explain: (x) => told(x, "the outer header is not that of RFC 4213 section 3.5", "version 4, header length 5, total length = payload length + 60, right checksum; the RFC4213-3.5 rules say which",
      [field(x, x.output, "IPv4 outer", "header", "as in RFC 4213 section 3.5", "see RFC4213-3.5-*", outer(x, x.output), 20)]),
  },
  {
    id: "RFC5969-9-2", clause: "RFC5969-9-2", title: "errors from inside the tunnel go to the inner source", mechanisms: SIX_RD, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      if (x.r.kind[x.input] !== F.K_ICMP4) return NA;
      return sameAddress(x.b, inner(x, x.output) + 24, inner(x, x.input) + 8) ? PASS : VIOLATED;
    },
    deviation: () => "destination",
    explain: (x) => told(x, "the ICMPv6 error made from an ICMPv4 error went to another node than the inner source", "RFC 5969 section 9 and RFC 4213 section 3.4",
      [field(x, x.output, "IPv6", "destination", textIpv6At(x.b, inner(x, x.input) + 8), textIpv6At(x.b, inner(x, x.output) + 24), inner(x, x.output) + 24, 16)]),
  },
  {
    id: "RFC5969-9-3", clause: "RFC5969-9-3", title: "the traffic class is copied to the outer ToS (DSCP part; ECN by RFC 6040)", mechanisms: SIX_RD, on: "pair", when: INTO_TUNNEL, needs: (t) => t.dscp.mode === "copy",
    check(x) {
      if (x.domain.tunnel.dscp.mode !== "copy" || hasFacts(x, x.output, F.F_JOINED)) return NA;
      if (dscpOut(x) === dscpIn(x)) return PASS;
      x.code = dscpOut(x) === 0 ? 0 : 1;
      return VIOLATED;
    },
    sure: () => passes(B_DSCP),
    deviation: (code) => (code === 0 ? "outer-dscp-0" : "other-dscp"),
    explain: (x) => told(x, `DSCP ${dscpIn(x)} was sent with outer DSCP ${dscpOut(x)}`, "RFC 5969 section 9: by default the Traffic Class octet is copied; no override is declared",
      [field(x, x.output, "IPv4 outer", "DSCP", dscpIn(x), dscpOut(x), outer(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC5969-9-4.seen", clause: "RFC5969-9-4", title: "a declared override of the ToS is honoured", mechanisms: SIX_RD, on: "pair", when: INTO_TUNNEL, needs: (t) => t.dscp.mode !== "copy",
    check(x) {
      if (x.domain.tunnel.dscp.mode === "copy" || hasFacts(x, x.output, F.F_JOINED)) return NA;
      return dscpOut(x) === declared(x) ? OBSERVED : NA;
    },
    sure: () => observes(B_DSCP),
    explain: (x) => told(x, `outer DSCP ${dscpOut(x)}, as the configuration declares`, "RFC 5969 section 9 allows the override"),
  },
  {
    id: "RFC5969-9-4.declared", clause: "RFC5969-9-4", title: "a declared override of the ToS is what the device does", mechanisms: SIX_RD, declared: true, on: "pair", when: INTO_TUNNEL, needs: (t) => t.dscp.mode !== "copy",
    check(x) {
      if (x.domain.tunnel.dscp.mode === "copy" || hasFacts(x, x.output, F.F_JOINED)) return NA;
      // From one domain of the device into another the packet leaves with the other one's.
      return dscpOut(x) === declared(x) ? PASS : x.r.domain[x.output] !== x.domain.index ? NA : VIOLATED;
    },
    sure: () => passes(B_DSCP),
    deviation: () => "not-as-declared",
    explain: (x) => told(x, `outer DSCP ${dscpOut(x)} where the configuration declares ${declared(x)}`, "RFC 5969 section 9 allows the override; the device does not do what is declared",
      [field(x, x.output, "IPv4 outer", "DSCP", declared(x), dscpOut(x), outer(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC5969-9-6", clause: "RFC5969-9-6", title: "no link-local addresses on the 6rd link", mechanisms: SIX_RD, on: "output", when: 1 << F.K_TUNNEL,
    check: (x) => (x.r.inner[x.output] === 0 ? NA : linkLocal(x.b, inner(x, x.output) + 8) || linkLocal(x.b, inner(x, x.output) + 24) ? VIOLATED : PASS),
    sure: () => passes(A_NOT_LOCAL),
    deviation: () => "link-local",
    explain: (x) => told(x, "a packet with a link-local address was tunnelled", "RFC 5969 section 9: there is no link-local communication between 6rd nodes",
      [field(x, x.output, "IPv6 inner", "addresses", "none in fe80::/10", `${textIpv6At(x.b, inner(x, x.output) + 8)} > ${textIpv6At(x.b, inner(x, x.output) + 24)}`, inner(x, x.output) + 8, 32)]),
  },
  {
    // RFC 4291 section 2.5.6 says of every router that it forwards no such packet to another link; this clause says it of the 6rd link.
    id: "RFC5969-9-6.taken", clause: "RFC5969-9-6", title: "nothing to a link-local address leaves the 6rd link", mechanisms: SIX_RD, cap: "warn", on: "input", facts: F.F_DST_LOCAL,
    check: (x) => (x.r.kind[x.input] !== F.K_TUNNEL || !linkLocal(x.b, inner(x, x.input) + 24) || hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD | F.F_ND) ? NA : mustNotForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet to a link-local address was taken from the tunnel and forwarded", "RFC 5969 section 9: there is no link-local communication between 6rd nodes; RFC 4291 section 2.5.6: routers do not forward it to other links",
      [field(x, x.input, "IPv6 inner", "destination", "not in fe80::/10", textIpv6At(x.b, inner(x, x.input) + 24), inner(x, x.input) + 24, 16)]),
  },
];
