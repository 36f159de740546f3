/** RFC 2473 sections 3 to 6: addresses, extension headers, the encapsulation limit, fields of the outer header; RFC 8504 section 5.1. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { formatIpv6, textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { flowLabel, payloadLength } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, type Outcome, OBSERVED, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, SOFT_OUT, dscp, field, has, inner, outer, told } from "../dslite/helpers.js";

/** Rank of an extension header in the order that RFC 8200 section 4.1 recommends; destination options may also stand last. */
const rank = (next: number): number => (next === 0 ? 1 : next === 60 ? 2 : next === 43 ? 3 : next === 44 ? 4 : 0);

/** PASS, VIOLATED, or NA without extension headers. */
function order(x: DsExchange): Outcome {
  const o = outer(x, x.output);
  const end = o + Math.min(x.r.len[x.output], 40 + payloadLength(x.b, o));
  let next = x.b[o + 6];
  let at = o + 40;
  let before = 0;
  let any = false;
  for (let r = rank(next); r > 0 && at + 8 <= end; r = rank(next)) {
    if (r <= before && !(r === 2 && before >= 3)) return VIOLATED;
    before = r === 2 && before >= 3 ? 5 : r;
    any = true;
    const size = next === 44 ? 8 : (x.b[at + 1] + 1) << 3;
    // Behind the Fragment header of a later fragment nothing can be read.
    if (next === 44 && (u16(x.b, at + 2) & 0xfff8) !== 0) break;
    next = x.b[at];
    at += size;
  }
  return any ? PASS : NA;
}

const LIMIT = 4;
/** Offset of the Tunnel Encapsulation Limit option of the softwire packet in `slot`, 0 when it has none that can be read. */
export function limitOption(x: DsExchange, slot: number): number {
  const o = outer(x, slot);
  const end = x.r.inner[slot] > 0 ? inner(x, slot) : o + x.r.len[slot];
  let next = x.b[o + 6];
  let at = o + 40;
  while ((next === 0 || next === 60 || next === 43 || next === 44) && at + 8 <= end) {
    const stop = next === 44 ? at + 8 : at + ((x.b[at + 1] + 1) << 3);
    if (next === 60) for (let i = at + 2; i < stop && i + 1 < end; i += x.b[i] === 0 ? 1 : 2 + x.b[i + 1]) if (x.b[i] === LIMIT) return i;
    next = x.b[at];
    at = stop;
  }
  return 0;
}
const limitFormat = (x: DsExchange, slot: number): Outcome => {
  const at = has(x, slot, F.F_EXTENSION) ? limitOption(x, slot) : 0;
  if (at === 0) return NA;
  x.code = x.b[at + 1];
  return x.code === 1 ? PASS : VIOLATED;
};
const limitField = (x: DsExchange, slot: number) => [field(x, slot, "IPv6 outer", "encapsulation limit option length", 1, x.code, limitOption(x, slot) + 1, 1)];

/** Offset of the Fragment header, 0 when there is none in front of the packet. */
export function fragmentAt(x: DsExchange, slot: number): number {
  const o = outer(x, slot);
  const end = o + x.r.len[slot];
  let next = x.b[o + 6];
  let at = o + 40;
  while ((next === 0 || next === 60 || next === 43) && at + 8 <= end) {
    next = x.b[at];
    at += (x.b[at + 1] + 1) << 3;
  }
  return next === 44 && at + 8 <= end ? at : 0;
}

const isIpv4Next: DsRule["check"] = (x) => {
  if (has(x, x.output, F.F_JOINED6 | F.F_JOINED4 | F.F_CUT)) return NA;
  const at = x.r.inner[x.output];
  // The parser finds no IPv4 packet where the version is wrong, and takes protocol 41 around IPv4 for a softwire packet.
  x.code = at === 0 ? 1 : 0;
  if (at === 0 && !wrongNext(x)) return NA;
  return at === 0 ? VIOLATED : PASS;
};
/** What stands behind the headers is not IPv4, or not announced as such. */
function wrongNext(x: DsExchange): boolean {
  const o = outer(x, x.output);
  let next = x.b[o + 6];
  let at = o + 40;
  while (rank(next) > 0 && at + 8 <= o + x.r.len[x.output]) {
    const size = next === 44 ? 8 : (x.b[at + 1] + 1) << 3;
    next = x.b[at];
    at += size;
  }
  return at < o + x.r.len[x.output] && ((next === 4 && x.b[at] >>> 4 !== 4) || (next === 41 && x.b[at] >>> 4 === 4));
}
const nextRule = (clause: string, title: string, why: string): DsRule => ({
  id: clause, clause, title, mechanisms: DS_LITE, on: "output", when: ON_SOFT, sure: surely(pass(A.O_PLAIN)), check: isIpv4Next, deviation: () => "next-header",
  explain: (x) => told(x, "what the softwire packet carries is not what its next header says", why,
    [field(x, x.output, "IPv6 outer", "next header", "4, and IPv4 behind it", x.b[outer(x, x.output) + 6], outer(x, x.output) + 6, 1)]),
});

const isFlow = (x: DsExchange): boolean => x.r.inner[x.output] > 0 && x.v.l4[x.output] > 0 && !has(x, x.output, F.F_PIECE4 | F.F_JOINED4 | F.F_PROTOCOL | F.F_ERROR);

export const headerRules: readonly DsRule[] = [
  {
    id: "RFC2473-3.1-2", clause: "RFC2473-3.1-2", title: "outer addresses are the tunnel's ends", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: surely(pass(A.O_PLAIN | A.O_TO_B4)),
    check(x) {
      const to = outer(x, x.output) + 24;
      x.code = has(x, x.output, F.F_NOT_OURS) ? 1 : x.aftr.declares("b4-prefixes") && !x.aftr.isB4(x.b, to) ? 2 : x.b[to] === 0xff ? 3 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "source", "destination-is-no-b4", "destination-is-multicast"][code],
    explain: (x) => told(x, "a softwire packet does not go from the AFTR to a B4", "RFC 2473 section 3.1: source is the entry-point, destination the exit-point",
      [x.code === 1
        ? field(x, x.output, "IPv6 outer", "source", formatIpv6(x.aftr.cfg.address), textIpv6At(x.b, outer(x, x.output) + 8), outer(x, x.output) + 8, 16)
        : field(x, x.output, "IPv6 outer", "destination", "a B4 of b4-prefixes", textIpv6At(x.b, outer(x, x.output) + 24), outer(x, x.output) + 24, 16)]),
  },
  {
    id: "RFC2473-3.1-3", clause: "RFC2473-3.1-3", title: "tunnel extension headers stand in the recommended order", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: surely(na(A.O_BARE)),
    check: (x) => (has(x, x.output, F.F_JOINED6 | F.F_JOINED4) ? NA : order(x)),
    deviation: () => "order",
    explain: (x) => told(x, "tunnel extension headers are out of order", "RFC 2473 section 3.1 with RFC 8200 section 4.1: hop-by-hop options, destination options, routing, fragment",
      [field(x, x.output, "IPv6 outer", "extension headers", "hop-by-hop, destination options, routing, fragment", `${x.b[outer(x, x.output) + 6]}, then ${x.b[outer(x, x.output) + 40]}`, outer(x, x.output) + 6, 1)]),
  },
  {
    id: "RFC2473-4.1.1-1", clause: "RFC2473-4.1.1-1", title: "the encapsulation limit option has length 1", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(na(A.O_BARE)),
    check: (x) => limitFormat(x, x.output), deviation: () => "option-length",
    explain: (x) => told(x, "a Tunnel Encapsulation Limit option has a wrong length", "RFC 2473 section 4.1.1: type 4, length 1, one octet of value", limitField(x, x.output)),
  },
  {
    // The initiator's packet: it informs about the B4 and says nothing of the device under test.
    id: "RFC2473-4.1.1-1.b4", clause: "RFC2473-4.1.1-1", title: "the B4's encapsulation limit option has length 1", mechanisms: DS_LITE, cap: "info", on: "input", when: ON_SOFT,
    sure: surely(na(A.I_BARE)),
    check: (x) => limitFormat(x, x.input), deviation: () => "option-length",
    explain: (x) => told(x, "a B4 sent a Tunnel Encapsulation Limit option of a wrong length", "RFC 2473 section 4.1.1: type 4, length 1, one octet of value", limitField(x, x.input)),
  },
  {
    // The configuration has no limit for nested encapsulation: whether a device adds one is its own choice, and is told.
    id: "RFC2473-4.1.1-4", clause: "RFC2473-4.1.1-4", title: "an encapsulation limit is added where one is configured", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(pass(A.O_PLAIN | A.O_BARE)),
    check: (x) => (x.r.inner[x.output] === 0 || has(x, x.output, F.F_JOINED4) ? NA : has(x, x.output, F.F_EXTENSION) && limitOption(x, x.output) > 0 ? OBSERVED : PASS),
    deviation: () => "limit",
    explain: (x) => told(x, "a Tunnel Encapsulation Limit is sent", "RFC 2473 section 4.1.1"),
  },
  nextRule("RFC2473-5-2", "the next header names what follows", "RFC 2473 section 5: 4 for IPv4, or the extension header that stands in front of it"),
  nextRule("RFC6333-5.2-1", "the softwire is IPv4 in IPv6", "RFC 6333 section 5.2: IPv4-in-IPv6 encapsulation"),
  {
    id: "RFC2473-6.3-2", clause: "RFC2473-6.3-2", title: "the outer hop limit is the configured one", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: (aftr) => [aftr.declares("hop-limit") ? pass(A.O_PLAIN | A.O_HOP) : na(0)],
    check(x) {
      if (!x.aftr.declares("hop-limit") || has(x, x.output, F.F_JOINED6 | F.F_JOINED4)) return NA;
      x.code = x.b[outer(x, x.output) + 7];
      return x.code === x.aftr.cfg.hopLimit ? PASS : VIOLATED;
    },
    deviation: () => "other-hop-limit",
    explain: (x) => told(x, "the outer hop limit is not the configured one", "RFC 2473 section 6.3: a configured value, 64 by default on routers (decisions D7)",
      [field(x, x.output, "IPv6 outer", "hop limit", x.aftr.cfg.hopLimit, x.code, outer(x, x.output) + 7, 1)]),
  },
  {
    // RFC 6333 section 7.1 asks DS-Lite for the copy (RFC6333-7.1-2); RFC 2473 leaves three ways, and none of them changes from packet to packet.
    id: "RFC2473-6.4-1", clause: "RFC2473-6.4-1", title: "the outer traffic class is 0, the packet's own, or one value", mechanisms: DS_LITE, cap: "info", on: "pair", when: F.INTO_SOFTWIRE,
    check(x) {
      if (x.ambiguous || has(x, x.output, F.F_JOINED6 | F.F_JOINED4)) return NA;
      const sent = x.r.tos[x.output] >>> 2;
      if (sent === 0 || sent === dscp(x, x.output) || sent === dscp(x, x.input)) return PASS;
      const { fixedDscp } = x.tunnel;
      if (fixedDscp[x.aftr.index] < 0) fixedDscp[x.aftr.index] = sent;
      x.code = fixedDscp[x.aftr.index];
      return x.code === sent ? PASS : VIOLATED;
    },
    deviation: () => "no-model",
    explain: (x) => told(x, "outer packets have several DSCPs that are neither 0 nor the packet's own", "RFC 2473 section 6.4: zero, copied, or one configured value (decisions D5)",
      [field(x, x.output, "IPv6 outer", "DSCP", `0, ${dscp(x, x.output)} or ${x.code}`, x.r.tos[x.output] >>> 2, outer(x, x.output), 2)]),
  },
  {
    id: "RFC2473-6.5-1", clause: "RFC2473-6.5-1", title: "one flow keeps one flow label", mechanisms: DS_LITE, cap: "info", on: "output", when: ON_SOFT,
    check(x) {
      if (!isFlow(x)) return NA;
      const o = outer(x, x.output);
      const label = flowLabel(x.b, o);
      const s = x.output;
      const check = Math.imul(u32(x.b, o + 36) ^ x.v.src[s], 0x9e3779b1) ^ Math.imul(x.v.dst[s] ^ (x.v.proto[s] << 24), 0x85ebca6b) ^ ((x.v.sport[s] << 16) | x.v.dport[s]);
      const before = x.tunnel.flowLabel(Math.imul(check ^ u32(x.b, o + 28), 0x2c1b3c6d), check, label);
      x.code = before;
      // A SYN begins a flow of its own on the same ports.
      if (x.v.proto[s] === F.P_TCP && (x.b[x.v.l4[s] + 13] & 2) !== 0) return PASS;
      return before < 0 || before === label ? PASS : VIOLATED;
    },
    deviation: () => "changes",
    explain: (x) => told(x, "the flow label changes within a flow", "RFC 2473 section 6.5: zero or configured; a label made from the flow (RFC 6438) is as good, but it is the same for all its packets (decisions D13)",
      [field(x, x.output, "IPv6 outer", "flow label", `0x${x.code.toString(16)}`, `0x${flowLabel(x.b, outer(x, x.output)).toString(16)}`, outer(x, x.output) + 1, 3)]),
  },
  {
    id: "RFC2473-7-1", clause: "RFC2473-7-1", title: "fragments of a tunnel packet come from the entry-point", mechanisms: DS_LITE, on: "output", when: 1 << F.D_PIECE6,
    check: (x) => (has(x, x.output, F.F_NOT_OURS) ? VIOLATED : PASS), deviation: () => "other-source",
    explain: (x) => told(x, "a fragment of a tunnel packet has another source than the tunnel", "RFC 2473 section 7: the entry-point is the source of the tunnel packet and fragments it",
      [field(x, x.output, "IPv6 outer", "source", formatIpv6(x.aftr.cfg.address), textIpv6At(x.b, outer(x, x.output) + 8), outer(x, x.output) + 8, 16)]),
  },
  {
    id: "RFC8504-5.1-1", clause: "RFC8504-5.1-1", title: "no atomic fragments are sent", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: surely(na(A.O_BARE)),
    check(x) {
      if (has(x, x.output, F.F_JOINED6 | F.F_JOINED4 | F.F_CUT)) return NA;
      const at = fragmentAt(x, x.output);
      return at === 0 ? NA : (u16(x.b, at + 2) & 0xfff9) === 0 ? VIOLATED : PASS;
    },
    deviation: () => "atomic",
    explain: (x) => told(x, "a whole packet was sent with a Fragment header", "RFC 8504 section 5.1 with RFC 8021: no atomic fragments",
      [field(x, x.output, "IPv6 outer", "fragment header", "none, or a real fragment", "offset 0 and no more fragments", fragmentAt(x, x.output), 8)]),
  },
];
