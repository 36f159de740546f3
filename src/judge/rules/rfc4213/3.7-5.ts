/**
 * RFC 4213 sections 3.7, 3.8 and 5: link-local addresses, neighbour discovery in the tunnel, and not revealing it. RFC 5969 section 8 refers to 3.8, but a
 * 6rd link has no link-local communication and wants no probes to the BR: what a missing answer means there is information only.
 */
import { A_NOT_LOCAL, A_NO_DISCOVERY, B_NO_CLAIMS } from "../../aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { isMartian4, isOwnAddress } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, type Rule, silent, VIOLATED } from "../../rule.js";
import { IN_IPV4, SIX_RD, hasFacts, icmp6At, inner, innerBytes, outer, told } from "../helpers.js";

/** Offset of the first link-layer address option (type 1 or 2) of the neighbour discovery message, 0 when there is none. */
function linkLayerOption(x: Exchange, slot: number): number {
  const icmp = icmp6At(x, slot);
  if (icmp === 0) return 0;
  const type = x.b[icmp];
  const end = inner(x, slot) + Math.min(x.r.innerLen[slot], innerBytes(x, slot));
  for (let at = icmp + (type === 133 ? 8 : type === 134 ? 16 : type === 137 ? 40 : 24); at + 8 <= end && x.b[at + 1] > 0; at += x.b[at + 1] << 3) {
    if (x.b[at] === 1 || x.b[at] === 2) return at;
  }
  return 0;
}

/** A tunnelled solicitation for the BR itself. */
function solicits(x: Exchange): boolean {
  const icmp = icmp6At(x, x.input);
  return x.r.kind[x.input] === F.K_TUNNEL && icmp > 0 && x.b[icmp] === 135 && hasFacts(x, x.input, F.F_TO_ANYCAST | F.F_TO_OWN_PREFIX | F.F_DST_LOCAL) &&
    !hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD | F.F_OUTER_SRC | F.F_MARTIAN | F.F_RELAY | F.F_SRC_INVALID | F.F_SRC_FOREIGN | F.F_SRC_MISMATCH | F.F_NOT_OURS | F.F_CUT);
}
function answered(x: Exchange): 0 | 1 | 2 {
  if (x.answer >= 0) return PASS;
  x.inferred = true;
  return x.absence ? VIOLATED : NA;
}
const isNeighbourMessage = (x: Exchange): boolean => {
  const icmp = icmp6At(x, x.output);
  return icmp > 0 && x.b[icmp] >= 133 && x.b[icmp] <= 137;
};

export const section37: readonly Rule[] = [
  {
    id: "RFC4213-3.7-1", clause: "RFC4213-3.7-1", title: "a link-local address made from IPv4 is fe80::V4ADDR", mechanisms: SIX_RD, on: "output", when: 1 << F.K_TUNNEL,
    check(x) {
      if (x.r.inner[x.output] === 0 || u32(x.b, inner(x, x.output) + 8) !== 0xfe800000) return NA;
      const at = inner(x, x.output) + 8;
      // Upper half of the interface identifier zero: it is meant to hold an IPv4 address.
      if (u32(x.b, at + 4) !== 0 || u32(x.b, at + 8) !== 0) return NA;
      const v4 = u32(x.b, at + 12);
      if (isOwnAddress(x.domain, v4) || x.state.ownIpv4.includes(v4)) return PASS;
      // "Or formed using some other means": fe80::1 holds no address that a node can have.
      return isMartian4(v4) ? NA : VIOLATED;
    },
    sure: () => silent(A_NOT_LOCAL),
    deviation: () => "identifier",
    explain: (x) => told(x, "the link-local address of the tunnel holds another IPv4 address", "RFC 4213 section 3.7: the identifier is the IPv4 address of the underlying interface",
      [field(x, x.output, "IPv6 inner", "interface identifier", formatIpv4(x.domain.tunnel.address), formatIpv4(u32(x.b, inner(x, x.output) + 20)), inner(x, x.output) + 20, 4)]),
  },
  {
    id: "RFC4213-3.8-1", clause: "RFC4213-3.8-1", title: "reachability probes in the tunnel are answered", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_ND,
    check: (x) => (solicits(x) ? answered(x) : NA),
    deviation: () => "no-answer",
    explain: (x) => told(x, "a neighbour solicitation through the tunnel was not answered", "RFC 4213 section 3.8; on a 6rd link RFC 5969 section 8 wants no such probes, so this is information"),
  },
  {
    id: "RFC4213-3.8-2", clause: "RFC4213-3.8-2", title: "neighbour discovery in the tunnel has no link-layer address options", mechanisms: SIX_RD, on: "output", when: 1 << F.K_TUNNEL,
    // With another hop limit than 255 it was forwarded, and is no neighbour discovery at all (RFC 4861 section 7.1.1).
    check: (x) => (!hasFacts(x, x.output, F.F_ND) || !isNeighbourMessage(x) ? NA : linkLayerOption(x, x.output) === 0 ? PASS : x.b[inner(x, x.output) + 7] === 255 ? VIOLATED : NA),
    sure: () => silent(A_NO_DISCOVERY),
    deviation: () => "option",
    explain: (x) => told(x, "a neighbour discovery message with a link-layer address option was tunnelled", "RFC 4213 section 3.8: a tunnel has no link-layer address",
      [field(x, x.output, "ICMPv6", "option type", "neither 1 nor 2", x.b[linkLayerOption(x, x.output)], linkLayerOption(x, x.output), 8)]),
  },
  {
    id: "RFC4213-3.8-3", clause: "RFC4213-3.8-3", title: "link-layer address options from the tunnel are ignored", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_ND,
    check: (x) => (solicits(x) && linkLayerOption(x, x.input) > 0 ? answered(x) : NA),
    deviation: () => "no-answer",
    explain: (x) => told(x, "a neighbour solicitation with a link-layer address option was not answered", "RFC 4213 section 3.8: the option is ignored, the message is not"),
  },
];

export const section5: readonly Rule[] = [
  {
    id: "RFC4213-5-1", clause: "RFC4213-5-1", title: "neighbour discovery from a tunnel does not move addresses of other links", mechanisms: IN_IPV4, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP | F.FLOW_HAIRPIN,
    check(x) {
      if (x.state.claims === 0 || x.r.inner[x.input] === 0) return NA;
      const claimant = x.state.claimant(x.b, inner(x, x.input) + 24);
      if (claimant === 0) return NA;
      if (x.flow === F.FLOW_DECAP) return PASS;
      return u32(x.b, outer(x, x.output) + 16) === claimant ? VIOLATED : NA;
    },
    sure: () => silent(B_NO_CLAIMS),
    deviation: () => "moved-into-the-tunnel",
    explain: (x) => told(x, `a packet to ${textIpv6At(x.b, inner(x, x.input) + 24)} was tunnelled to ${formatIpv4(u32(x.b, outer(x, x.output) + 16))}, which had spoken of that address by neighbour discovery`,
      "RFC 4213 section 5: interfaces to different links are kept apart, so that neighbour discovery of one does not affect another",
      [field(x, x.output, "IPv4 outer", "destination", "none: the address is no tunnel's", formatIpv4(u32(x.b, outer(x, x.output) + 16)), outer(x, x.output) + 16, 4)]),
  },
  {
    id: "RFC4213-5-2", clause: "RFC4213-5-2", title: "refused tunnel packets are answered like an unused protocol", mechanisms: SIX_RD, on: "input", facts: F.F_OUTER_SRC | F.F_SRC_MISMATCH,
    check(x) {
      // Decisions D16: judged only when the capture shows how the device treats another unused protocol, some time before.
      const d = x.domain.index;
      if (x.output >= 0 || x.r.time[x.input] < x.state.unusedProbed[d] + 1) return NA;
      if (x.answer < 0 && !x.absence) return NA;
      const icmp = x.answer < 0 ? 0 : x.r.off[x.answer] + ((x.b[x.r.off[x.answer]] & 15) << 2);
      const unreachable = icmp > 0 && x.r.kind[x.answer] === F.K_ICMP4 && x.b[icmp] === 3 && x.b[icmp + 1] === 2;
      x.code = unreachable ? 1 : x.answer >= 0 ? 2 : 3;
      if (x.answer < 0) x.inferred = true;
      return unreachable === (x.state.unusedAnswered[d] === 1) && (unreachable || x.answer < 0) ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "unreachable-only-for-41" : code === 2 ? "other-answer" : "silent-only-for-41"),
    explain: (x) => told(x, "the device treats refused tunnel packets otherwise than an unused protocol", "RFC 4213 section 5: the difference reveals the tunnel",
      [field(x, x.input, "IPv4 outer", "answer", x.state.unusedAnswered[x.domain.index] === 1 ? "protocol unreachable" : "none", x.answer >= 0 ? "ICMP" : "no answer", outer(x, x.input) + 9, 1)]),
  },
];
