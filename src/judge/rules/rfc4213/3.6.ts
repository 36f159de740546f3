/** RFC 4213 sections 3 and 3.6: decapsulation. */
import { B_CLASS, B_UNALTERED, B_WHOLE } from "../../aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { finish, pseudo6, sum } from "../../../wire/checksum.js";
import { sameAddress, trafficClass } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { isPartial } from "../../pairing/key.js";
import { type Exchange, NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { S_MODIFIED } from "../../transcript.js";
import type { FieldDiff } from "../../types.js";
import { FROM_TUNNEL, INTO_TUNNEL, IN_IPV4, SIX_RD, UNTRANSLATED, forwardedOrNot, hasFacts, inner, innerBytes, isCoalesced, isOnlyResummed, mustForward, mustNotForward, outer, told, untouched } from "../helpers.js";

const wrongSource = (x: Exchange): readonly FieldDiff[] => [field(x, x.input, "IPv4 outer", "source", "a CE of the domain", formatIpv4(u32(x.b, outer(x, x.input) + 12)), outer(x, x.input) + 12, 4)];
const sameEnds = (x: Exchange): boolean => sameAddress(x.b, inner(x, x.input) + 8, inner(x, x.output) + 8) && sameAddress(x.b, inner(x, x.input) + 24, inner(x, x.output) + 24);
const modified = (x: Exchange) => (sameEnds(x) ? untouched(x) : PASS);

/** Offset of the transport checksum in an IPv6 packet with this next header, -1 for none. */
const checksumAt = (next: number): number => (next === 17 ? 46 : next === 6 ? 56 : next === 58 ? 42 : -1);
/** The bytes of the forwarded packet that are not those of the input (hop limit and traffic class aside), as one field. */
function alteration(x: Exchange): readonly FieldDiff[] {
  const i = inner(x, x.input);
  const o = inner(x, x.output);
  const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]);
  const sumAt = checksumAt(x.b[i + 6]);
  const isAltered = (k: number): boolean => k < n && ((x.b[i + k] ^ x.b[o + k]) & (k === 0 || k === 7 ? 0 : k === 1 ? 15 : 255)) !== 0;
  const isSum = (k: number): boolean => k === sumAt || k === sumAt + 1;
  // A checksum that was made right again is no news, unless nothing else differs.
  let onlySum = true;
  for (let k = 0; k < n && onlySum; k++) onlySum = !isAltered(k) || isSum(k);
  for (let k = 0; k < n; k++) {
    if (!isAltered(k) || (isSum(k) && !onlySum)) continue;
    let end = k + 1;
    while (end < n && end < k + 16 && x.b[i + end] !== x.b[o + end]) end++;
    const hex = (at: number): string => [...x.b.subarray(at + k, at + end)].map((v) => v.toString(16).padStart(2, "0")).join(" ");
    return [field(x, x.output, "IPv6", `bytes from ${k}`, hex(i), hex(o), o + k, end - k)];
  }
  return [];
}
/** Multicast or loopback. */
const isNeverSource = (b: Uint8Array, o: number): boolean => b[o] === 0xff || (u32(b, o) === 0 && u32(b, o + 4) === 0 && u32(b, o + 8) === 0 && u32(b, o + 12) === 1);
const invalidSource = (more: Partial<Pick<Rule, "id" | "cap">>, applies: (x: Exchange) => boolean, which: string, why: string): Rule => ({
  id: "RFC4213-3.6-10", clause: "RFC4213-3.6-10", title: `${which} inner sources are discarded silently`, mechanisms: IN_IPV4, on: "input", facts: F.F_SRC_INVALID, ...more,
  check(x) {
    if (x.r.kind[x.input] !== F.K_TUNNEL || !applies(x)) return NA;
    x.code = 1;
    if (x.output >= 0) return VIOLATED;
    x.code = 3;
    return x.answer >= 0 ? VIOLATED : x.absence ? PASS : NA;
  },
  deviation: forwardedOrNot,
  explain: (x) => told(x, `a packet with the inner source ${textIpv6At(x.b, inner(x, x.input) + 8)} was ${x.code === 1 ? "forwarded" : "answered"}`, why,
    [field(x, x.input, "IPv6 inner", "source", "a valid unicast address", textIpv6At(x.b, inner(x, x.input) + 8), inner(x, x.input) + 8, 16)]),
});
const isSumRight = (x: Exchange, slot: number): boolean => {
  const o = inner(x, slot);
  const bytes = innerBytes(x, slot) - 40;
  return finish(sum(x.b, o + 40, bytes, pseudo6(x.b, o + 8, bytes, x.b[o + 6]))) === 0;
};
/** The transport checksum was right and is wrong, and nothing else differs. A card may have left what a tap saw, so it warns; 0 and the sum of the pseudo-header are what cards leave. */
const spoiltSum = (clause: string, title: string, when: number, way: string, why: string): Rule => ({
  id: `${clause}.sum`, clause, title, mechanisms: UNTRANSLATED, cap: "warn", on: "pair", when,
  check(x) {
    if ((x.r.state[x.input] & S_MODIFIED) === 0) return PASS;
    if (!isOnlyResummed(x) || isCoalesced(x, x.input) || isCoalesced(x, x.output) || !isSumRight(x, x.input)) return NA;
    const o = inner(x, x.output);
    const at = checksumAt(x.b[o + 6]);
    return u16(x.b, o + at) === 0 || isPartial(x.b, o, at) || isSumRight(x, x.output) ? NA : VIOLATED;
  },
  sure: () => passes(B_UNALTERED),
  deviation: () => "checksum",
  explain: (x) => told(x, `the transport checksum was right and was spoilt on ${way}`, why, alteration(x)),
});
const decapsulable = F.MAY_DROP | F.STAYS;

export const section3: readonly Rule[] = [
  {
    id: "RFC4213-3-1", clause: "RFC4213-3-1", title: "the inner packet enters the tunnel unaltered", mechanisms: UNTRANSLATED, on: "pair", when: INTO_TUNNEL, kept: true, check: modified,
    sure: () => passes(B_UNALTERED),
    deviation: () => "altered",
    explain: (x) => told(x, "bytes of the inner packet were altered on encapsulation", "RFC 4213 section 3: a header is put in front; nothing but hop limit and marking changes", alteration(x)),
  },
  {
    id: "RFC4213-3.6-8", clause: "RFC4213-3.6-8", title: "the inner packet leaves the tunnel unaltered", mechanisms: UNTRANSLATED, on: "pair", when: F.FLOW_DECAP, kept: true, check: modified,
    sure: () => passes(B_UNALTERED),
    deviation: () => "altered",
    explain: (x) => told(x, "bytes of the inner packet were altered on decapsulation", "RFC 4213 section 3.6: the IPv6 header is not modified but for the hop limit", alteration(x)),
  },
  spoiltSum("RFC4213-3-1", "the transport checksum enters the tunnel unaltered", INTO_TUNNEL, "encapsulation", "RFC 4213 section 3: a header is put in front; nothing but hop limit and marking changes"),
  spoiltSum("RFC4213-3.6-8", "the transport checksum leaves the tunnel unaltered", F.FLOW_DECAP, "decapsulation", "RFC 4213 section 3.6: the packet is not modified but for the hop limit"),
  {
    // A device may translate addresses besides (RFC 6296), which nobody can declare to us: it only warns.
    id: "RFC4213-3.6-8.addresses", clause: "RFC4213-3.6-8", title: "the addresses of the inner packet stay", mechanisms: UNTRANSLATED, cap: "warn", on: "pair", when: INTO_TUNNEL | F.FLOW_DECAP, kept: true,
    check: (x) => (sameEnds(x) ? PASS : VIOLATED),
    sure: () => passes(B_WHOLE),
    deviation: () => "addresses",
    explain: (x) => told(x, "an address of the inner packet was changed", "RFC 4213 section 3.6: the IPv6 header is not modified but for the hop limit", alteration(x)),
  },
  {
    // The header "is not modified"; that the text goes on to RFC 2983, which knows the uniform model too, makes it a warning.
    id: "RFC4213-3.6-8.dscp", clause: "RFC4213-3.6-8", title: "the inner DSCP leaves the tunnel unaltered", mechanisms: IN_IPV4, cap: "warn", on: "pair", when: F.FLOW_DECAP,
    check: (x) => (trafficClass(x.b, inner(x, x.input)) >>> 2 === trafficClass(x.b, inner(x, x.output)) >>> 2 ? PASS : VIOLATED),
    sure: () => passes(B_CLASS),
    deviation: () => "dscp",
    explain: (x) => told(x, "the DSCP of the inner packet was changed on decapsulation", "RFC 4213 section 3.6 with RFC 2983: the pipe model of 6in4 ignores the outer DSCP (decisions D5)",
      [field(x, x.output, "IPv6", "DSCP", trafficClass(x.b, inner(x, x.input)) >>> 2, trafficClass(x.b, inner(x, x.output)) >>> 2, inner(x, x.output), 2)]),
  },
];

export const section36: readonly Rule[] = [
  {
    id: "RFC4213-3.6-1", clause: "RFC4213-3.6-1", title: "the outer source is verified", mechanisms: SIX_RD, on: "input", facts: F.F_OUTER_SRC, check: mustNotForward, deviation: forwardedOrNot,
    explain: (x) => told(x, "a tunnelled packet from outside the domain was decapsulated", "RFC 4213 section 3.6: the outer source must be that of a configured encapsulator", wrongSource(x)),
  },
  {
    id: "RFC4213-3.6-2", clause: "RFC4213-3.6-2", title: "packets from a wrong outer source are discarded", mechanisms: SIX_RD, on: "input", facts: F.F_OUTER_SRC | F.F_SRC_MISMATCH,
    check: mustNotForward, deviation: forwardedOrNot,
    explain: (x) => told(x, "a tunnelled packet from a wrong outer source was not discarded", "RFC 4213 section 3.6", wrongSource(x)),
  },
  {
    id: "RFC4213-3.6-2.icmp", clause: "RFC4213-3.6-2", title: "packets from a wrong outer source cause no ICMP", mechanisms: SIX_RD, cap: "warn", on: "input", facts: F.F_OUTER_SRC | F.F_SRC_MISMATCH,
    check(x) {
      if (x.answer < 0) return x.output < 0 && x.absence ? PASS : NA;
      // Protocol unreachable is allowed to nodes that send it for every unknown protocol.
      const icmp = x.r.off[x.answer] + ((x.b[x.r.off[x.answer]] & 15) << 2);
      return x.r.kind[x.answer] === F.K_ICMP4 && x.b[icmp] === 3 && x.b[icmp + 1] === 2 ? NA : VIOLATED;
    },
    deviation: () => "icmp",
    explain: (x) => told(x, "a tunnelled packet from a wrong outer source was answered", "RFC 4213 section 3.6: an ICMP message should not be generated", wrongSource(x)),
  },
  {
    id: "RFC4213-3.6-4", clause: "RFC4213-3.6-4", title: "IPv6 packets of 1500 bytes come out of the tunnel", mechanisms: IN_IPV4, on: "input", facts: F.F_LARGE,
    check: (x) => (hasFacts(x, x.input, decapsulable | F.F_JOINED) || innerBytes(x, x.input) > 1500 ? NA : mustForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, `a tunnelled packet of ${innerBytes(x, x.input)} bytes was lost`, "RFC 4213 section 3.6: an MRU of at least 1500 bytes"),
  },
  {
    id: "RFC4213-3.6-4.joined", clause: "RFC4213-3.6-4", title: "IPv6 packets of 1500 bytes in outer fragments come out of the tunnel", mechanisms: IN_IPV4, cap: "warn", on: "input", facts: F.F_LARGE,
    check: (x) => (!hasFacts(x, x.input, F.F_JOINED) || hasFacts(x, x.input, decapsulable) || innerBytes(x, x.input) > 1500 ? NA : mustForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, `a tunnelled packet of ${innerBytes(x, x.input)} bytes in outer fragments was lost`, "RFC 4213 section 3.6 asks for reassembly of 1500 bytes only, this needs more (decisions D3)"),
  },
  {
    id: "RFC4213-3.6-5", clause: "RFC4213-3.6-5", title: "outer fragments are reassembled up to 1500 bytes", mechanisms: IN_IPV4, on: "input", facts: F.F_JOINED,
    check: (x) => (hasFacts(x, x.input, decapsulable) || x.r.len[x.input] > 1500 ? NA : mustForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a tunnelled packet in outer fragments was lost although all of them arrived", "RFC 4213 section 3.6: reassembly of at least 1500 bytes"),
  },
  {
    id: "RFC4213-3.6-7", clause: "RFC4213-3.6-7", title: "decapsulation waits for the last fragment", mechanisms: IN_IPV4, on: "pair", when: FROM_TUNNEL,
    check: (x) => (!hasFacts(x, x.input, F.F_JOINED) ? NA : x.r.time[x.output] + 0.05 < x.r.time[x.input] ? VIOLATED : PASS),
    sure: () => silent(B_WHOLE),
    deviation: () => "before-last-fragment",
    explain: (x) => told(x, "a packet left before its last outer fragment had arrived", "RFC 4213 section 3.6: reassembly comes before decapsulation"),
  },
  {
    id: "RFC4213-3.6-9", clause: "RFC4213-3.6-9", title: "the length of the inner packet follows from its payload length", mechanisms: IN_IPV4, on: "pair", when: F.FLOW_DECAP,
    check(x) {
      if (hasFacts(x, x.input, F.F_CUT) || hasFacts(x, x.output, F.F_CUT)) return NA;
      x.code = 2;
      if (hasFacts(x, x.input, F.F_INNER_BAD) && hasFacts(x, x.output, F.F_INNER_BAD)) return VIOLATED;
      if (!hasFacts(x, x.input, F.F_TRAILING)) return NA;
      x.code = 1;
      const size = innerBytes(x, x.input);
      const hl = (x.b[outer(x, x.input)] & 15) << 2;
      const trailing = u16(x.b, outer(x, x.input) + 2) - hl - size;
      // Link padding may follow a short packet: only the very bytes of the input prove that they were forwarded.
      if (x.r.len[x.output] - size < trailing) return PASS;
      let zero = true;
      for (let i = 0; i < trailing; i++) {
        const v = x.b[inner(x, x.input) + size + i];
        if (v !== x.b[inner(x, x.output) + size + i]) return PASS;
        if (v !== 0) zero = false;
      }
      return zero ? NA : VIOLATED;
    },
    sure: () => silent(B_WHOLE),
    deviation: (code) => (code === 2 ? "payload-missing" : "trailing-bytes"),
    explain(x) {
      const size = innerBytes(x, x.input);
      const seen = x.r.len[x.output];
      return told(x, x.code === 2 ? "an inner packet shorter than its payload length says was forwarded" : "bytes behind the inner packet were forwarded",
        "RFC 4213 section 3.6: the length follows from the IPv6 payload length, and the packet is checked for validity",
        [field(x, x.output, "IPv6", "packet length", size, seen, x.code === 2 ? inner(x, x.output) + 4 : inner(x, x.output) + size, x.code === 2 ? 2 : seen - size)]);
    },
  },
  invalidSource({}, (x) => isNeverSource(x.b, inner(x, x.input) + 8), "multicast and loopback", "RFC 4213 section 3.6: packets with an invalid source are discarded; multicast and loopback addresses are no sources (RFC 4291 sections 2.5.3 and 2.7)"),
  // The discarding is a MUST; that the list of what is invalid includes these is a SHOULD of the same paragraph.
  invalidSource({ id: "RFC4213-3.6-10.ipv4", cap: "warn" }, (x) => !isNeverSource(x.b, inner(x, x.input) + 8), "IPv4-compatible and IPv4-mapped", "RFC 4213 section 3.6: the list of invalid sources should include IPv4-compatible and IPv4-mapped addresses"),
  {
    id: "RFC4213-3.6-11", clause: "RFC4213-3.6-11", title: "only sources of the edge network come out of the tunnel", mechanisms: SIX_RD, on: "input", facts: F.F_SRC_FOREIGN,
    check: (x) => (hasFacts(x, x.input, F.F_SRC_INVALID | F.F_SRC_LOCAL | F.F_INNER_BAD) ? NA : mustNotForward(x)),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet with a source foreign to the edge network was forwarded", "RFC 4213 section 3.6: ingress filtering towards an edge network",
      [field(x, x.input, "IPv6 inner", "source", "inside the 6rd prefix", textIpv6At(x.b, inner(x, x.input) + 8), inner(x, x.input) + 8, 16)]),
  },
  {
    id: "RFC4213-3.6-12", clause: "RFC4213-3.6-12", title: "packets not addressed to the node are discarded silently", mechanisms: IN_IPV4, on: "input", facts: F.F_NOT_OURS,
    check(x) {
      x.code = 3;
      return x.answer >= 0 ? VIOLATED : mustNotForward(x);
    },
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a tunnelled packet to a multicast or broadcast address was taken", "RFC 4213 section 3.6",
      [field(x, x.input, "IPv4 outer", "destination", formatIpv4(x.domain.tunnel.address), formatIpv4(u32(x.b, outer(x, x.input) + 16)), outer(x, x.input) + 16, 4)]),
  },
];
