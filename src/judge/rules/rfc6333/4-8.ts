/** RFC 6333 sections 4 to 8, 10, 11 and B: the well-known addresses, DNS, what translation may and must change. RFC 7335, RFC 7785. */
import * as A from "../../ds-lite/aspects.js";
import { na, observed, pass, surely } from "../../ds-lite/aspects.js";
import { B_FOLLOWED } from "../../ds-lite/bindings.js";
import { formatIpv4, textIpv4At, textIpv6At } from "../../../wire/address.js";
import { u16 } from "../../../wire/bits.js";
import * as F from "../../ds-lite/facts.js";
import { firstDifference } from "../../ds-lite/keys.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { nearPort } from "../../ds-lite/tuple.js";
import { NA, type Outcome, OBSERVED, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_CORE, ON_SOFT, bytes, describe, external, field, has, inner, internal, isDisjoint, outer, seconds, told } from "../dslite/helpers.js";

/** 192.0.0.0/29 (RFC 6333 section 5.7, RFC 7335). */
export const isWellKnown = (a: number): boolean => a >>> 3 === 0xc0000000 >>> 3;
const isB4Own = (a: number): boolean => isWellKnown(a) && (a & 7) >= 2 && (a & 7) <= 6;
const isDns = (x: DsExchange, slot: number): boolean => (x.v.proto[slot] === F.P_UDP || x.v.proto[slot] === F.P_TCP) && x.v.l4[slot] > 0 && x.v.dport[slot] === 53;
const source = (x: DsExchange, slot: number, expected: string) => field(x, slot, "IPv4 inner", "source", expected, formatIpv4(x.v.src[slot]), inner(x, slot) + 12, 4);
const isTranslated = (x: DsExchange): boolean => x.aftr.nat !== undefined && !x.ambiguous && !has(x, x.input, F.F_ERROR);

/** How long a changed B4 address should stay (RFC 7785 section 4). */
const MOVES_SECONDS = 1800;

/** MSS of a SYN in `slot`, -1 when there is none. */
function mss(x: DsExchange, slot: number): number {
  const l4 = x.v.l4[slot];
  if (x.v.proto[slot] !== F.P_TCP || (x.b[l4 + 13] & 2) === 0) return -1;
  const end = l4 + Math.min((x.b[l4 + 12] >>> 4) << 2, x.v.l4Visible[slot]);
  for (let i = l4 + 20; i + 1 < end && x.b[i] !== 0; i += x.b[i] === 1 ? 1 : Math.max(2, x.b[i + 1])) if (x.b[i] === 2 && x.b[i + 1] === 4 && i + 4 <= end) return u16(x.b, i + 2);
  return -1;
}
const mssRule = (clause: string, why: string): DsRule => ({
  id: clause, clause, title: "TCP MSS rewriting is observed, neither asked for nor forbidden", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW, proto: F.P_TCP,
  sure: surely(na(A.P_NO_SYN)),
  check(x) {
    const came = mss(x, x.input);
    const left = mss(x, x.output);
    return came < 0 || left < 0 ? NA : came === left ? PASS : OBSERVED;
  },
  explain: (x) => told(x, "the MSS of a SYN was rewritten", why),
});

/** Protocols whose payload an ALG may rewrite: FTP, TFTP, PPTP, RTSP, SIP. */
const hasAlg = (port: number): boolean => port === 21 || port === 69 || port === 1723 || port === 554 || port === 5060;

/** Two internal ends on one live external end. */
function shared(x: DsExchange): Outcome {
  const proto = x.v.proto[x.input];
  if (!isTranslated(x) || !has(x, x.output, F.F_FROM_POOL) || (proto !== F.P_UDP && proto !== F.P_TCP && proto !== F.P_ICMP)) return NA;
  const l = x.learned;
  if (l.shared < 0) return l.binding >= 0 || l.moved < 0 ? PASS : NA;
  return l.sharedLive && !isDisjoint(x) ? VIOLATED : NA;
}
const newSource = (x: DsExchange) => [field(x, x.output, "IPv4", "source", "an external pair of its own", `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`, inner(x, x.output) + 12, 4)];

export const addressRules: readonly DsRule[] = [
  {
    // What a customer's host does is told, not held against the device.
    id: "RFC6333-4.3-1", clause: "RFC6333-4.3-1", title: "a host with a B4 of its own asks a resolver through the softwire", mechanisms: DS_LITE, cap: "info", on: "input", when: ON_SOFT,
    sure: surely(na(A.I_NO_B4_OWN)),
    check: (x) => (!isB4Own(x.v.src[x.input]) || x.v.l4[x.input] === 0 || has(x, x.input, F.F_NOT_OURS) ? NA : isDns(x, x.input) ? OBSERVED : PASS),
    explain: (x) => told(x, "a B4 asks a resolver through its softwire", "RFC 6333 sections 4.2, 4.3 and 5.5: DNS over IPv6, so that it takes no NAT state"),
  },
  {
    id: "RFC6333-5.3-3", clause: "RFC6333-5.3-3", title: "fragmentation comes after encapsulation", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN,
    sure: surely(na(A.P_PLAIN)),
    check(x) {
      // Only a datagram that arrived whole shows it, and not where the reverse is declared (decisions D2).
      if (x.aftr.cfg.oversize === "pre-fragment" || has(x, x.input, F.F_ERROR | F.F_JOINED4)) return NA;
      return has(x, x.output, F.F_JOINED4) ? VIOLATED : has(x, x.output, F.F_JOINED6) ? PASS : NA;
    },
    deviation: () => "inner-fragments",
    explain: (x) => told(x, `a whole packet of ${bytes(x, x.input)} bytes was cut into ${x.v.pieces[x.output]} IPv4 fragments before encapsulation`, "RFC 6333 section 5.3: the outer IPv6 packet is fragmented (decisions D2)"),
  },
  {
    id: "RFC6333-5.7-1", clause: "RFC6333-5.7-1", title: "of 192.0.0.0/29 the AFTR uses 192.0.0.1", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(na(A.O_NO_ICMP)),
    check(x) {
      if (x.r.inner[x.output] === 0 || x.v.proto[x.output] !== F.P_ICMP || !has(x, x.output, F.F_ERROR | F.F_QUERY) || !isWellKnown(x.v.src[x.output])) return NA;
      return x.v.src[x.output] === x.aftr.cfg.wellKnownV4 ? PASS : VIOLATED;
    },
    deviation: () => "other-address",
    explain: (x) => told(x, "the AFTR answers from another address of 192.0.0.0/29", "RFC 6333 section 5.7: .0 is reserved, .1 the AFTR's, .2 the B4's", [source(x, x.output, formatIpv4(x.aftr.cfg.wellKnownV4))]),
  },
  {
    id: "RFC6333-5.7-2", clause: "RFC6333-5.7-2", title: "a B4 uses another address of the range than 192.0.0.2", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_NO_B4_OWN)),
    check: (x) => (!isB4Own(x.v.src[x.input]) || has(x, x.input, F.F_NOT_OURS) ? NA : (x.v.src[x.input] & 7) === 2 ? PASS : OBSERVED),
    explain: (x) => told(x, `the B4 uses ${formatIpv4(x.v.src[x.input])}`, "RFC 6333 section 5.7"),
  },
  {
    id: "RFC6333-10-1", clause: "RFC6333-10-1", title: "hosts with a B4 of their own see 192.0.0.1 as their router", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4,
    check: (x) => (!isB4Own(x.v.src[x.input]) ? NA : x.v.src[x.output] === x.aftr.cfg.wellKnownV4 ? PASS : VIOLATED),
    deviation: () => "source",
    explain: (x) => told(x, "an error for a host with a B4 of its own came from another address", "RFC 6333 section 10: 192.0.0.1 is its default router", [source(x, x.output, formatIpv4(x.aftr.cfg.wellKnownV4))]),
  },
  {
    id: "RFC7335-4-1", clause: "RFC7335-4-1", title: "192.0.0.0/29 never leaves the softwire", mechanisms: DS_LITE, on: "output", when: ON_CORE,
    sure: (aftr) => [aftr.nat === undefined ? na(0) : pass(A.O_PLAIN | A.O_PUBLIC)],
    check(x) {
      if (x.r.inner[x.output] === 0 || x.aftr.nat === undefined) return NA;
      x.code = isWellKnown(x.v.src[x.output]) ? 1 : isWellKnown(x.v.dst[x.output]) ? 2 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "source", "destination"][code],
    explain: (x) => told(x, "an address of 192.0.0.0/29 stands in a packet towards the Internet", "RFC 7335 section 4: such addresses are never on the wire outside of the softwire",
      [field(x, x.output, "IPv4", x.code === 1 ? "source" : "destination", "outside of 192.0.0.0/29", textIpv4At(x.b, inner(x, x.output) + (x.code === 1 ? 12 : 16)), inner(x, x.output) + (x.code === 1 ? 12 : 16), 4)]),
  },
];

export const translationRules: readonly DsRule[] = [
  mssRule("RFC6333-6.3-3", "RFC 6333 section 6.3: out of its scope"),
  mssRule("RFC4459-3.2-2", "RFC 4459 section 3.2: works for TCP only"),
  {
    id: "RFC6333-6.4-1", clause: "RFC6333-6.4-1", title: "DNS through the AFTR is observed", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(pass(A.P_NO_DNS), observed(A.P_DNS)),
    check: (x) => (isDns(x, x.input) ? OBSERVED : PASS),
    explain: (x) => told(x, "a DNS query went through the AFTR", "RFC 6333 section 6.4: expected over IPv6, to the B4's proxy"),
  },
  {
    id: "RFC6333-8.3-1", clause: "RFC6333-8.3-1", title: "payload rewriting by an ALG is observed", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW,
    sure: surely(na(A.P_NO_ALG)),
    check(x) {
      if (x.v.proto[x.input] === F.P_ICMP || has(x, x.input, F.F_ERROR | F.F_JOINED4) || !(hasAlg(x.v.sport[x.input]) || hasAlg(x.v.dport[x.input]))) return NA;
      const at = firstDifference(x.b, x.v, x.input, x.output);
      const header = x.v.proto[x.input] === F.P_TCP ? (x.b[x.v.l4[x.input] + 12] >>> 4) << 2 : 8;
      return x.v.l4Len[x.input] !== x.v.l4Len[x.output] || at >= header ? OBSERVED : PASS;
    },
    explain: (x) => told(x, "an ALG rewrote a payload", "RFC 6333 section 8.3: which ALGs there are is the AFTR's choice"),
  },
  {
    id: "RFC6333-11-4", clause: "RFC6333-11-4", title: "traffic that policy exempts is forwarded untranslated", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(na(A.P_ORDINARY_ENDS)),
    check(x) {
      if (x.aftr.nat === undefined || has(x, x.input, F.F_ERROR) || !x.aftr.exempt(x.v.dst[x.input])) return NA;
      return x.v.src[x.input] === x.v.src[x.output] && x.v.sport[x.input] === x.v.sport[x.output] ? PASS : VIOLATED;
    },
    deviation: () => "translated",
    explain: (x) => told(x, "a packet of exempt traffic was translated", "RFC 6333 section 11: it is forwarded as it is, and no-translate names its destination",
      [field(x, x.output, "IPv4", "source", formatIpv4(x.v.src[x.input]), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC6333-B.1.1-2", clause: "RFC6333-B.1.1-2", title: "inbound packets get the inner destination of their binding", mechanisms: DS_LITE, on: "pair", when: F.INTO_SOFTWIRE,
    sure: surely(pass(A.P_PLAIN | A.P_DELIVERED)),
    check(x) {
      if (!isTranslated(x) || !has(x, x.input, F.F_TO_POOL)) return NA;
      x.code = x.v.dst[x.output] === x.v.dst[x.input] || has(x, x.output, F.F_TO_POOL) ? 1 : x.learned.misdelivered >= 0 ? 2 : 0;
      return x.code > 0 ? VIOLATED : has(x, x.input, F.F_BOUND) ? PASS : NA;
    },
    deviation: (code) => ["", "not-translated", "other-binding"][code],
    explain(x) {
      const i = x.learned.misdelivered;
      return told(x, `an inbound packet left as ${describe(x, x.output)}`, "RFC 6333 section B.1.1: destination address and port become those of the binding",
        [field(x, x.output, "softwire", "destination", i >= 0 ? `${internal(x, i)} behind its own B4` : "an inner address", describe(x, x.output), inner(x, x.output) + 16, 4)]);
    },
  },
  {
    id: "RFC6333-B.1.2-1", clause: "RFC6333-B.1.2-1", title: "inner and outer ends of bindings correspond one to one", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT | F.FLOW_HAIR,
    sure: surely(pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_CLEAN), pass(A.P_PLAIN | A.P_EXTERNAL | A.P_NEW | A.P_CLEAN)),
    check: shared, deviation: () => "not-one-to-one",
    explain: (x) => told(x, `${external(x, x.learned.shared)} serves ${internal(x, x.learned.shared)} already`, "RFC 6333 section B.1.2: softwire, inner address, protocol and port on one side, external address, protocol and port on the other", newSource(x)),
  },
  {
    id: "RFC6333-B.2-1", clause: "RFC6333-B.2-1", title: "B4s with the same inner address 192.0.0.2 are kept apart", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT | F.FLOW_HAIR,
    sure: surely(na(A.P_ORDINARY_ENDS)),
    check(x) {
      if (!isB4Own(x.v.src[x.input])) return NA;
      const o = shared(x);
      return o === VIOLATED && x.nat.inner[x.learned.shared] !== x.v.src[x.input] ? NA : o;
    },
    deviation: () => "mixed",
    explain: (x) => told(x, `two B4s that use ${formatIpv4(x.v.src[x.input])} share ${external(x, x.learned.shared)}`, "RFC 6333 section B.2: host-based B4s all have the same inner address; their IPv6 address tells them apart", newSource(x)),
  },
  {
    // That a B4 changed its address, and is not a second one of the same subscriber, shows only in the mapping that it keeps.
    id: "RFC7785-4-4", clause: "RFC7785-4-4", title: "bindings follow a B4 whose address changes", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(na(A.P_CLEAN)),
    check: (x) => (isTranslated(x) && x.learned.followed >= 0 ? OBSERVED : NA),
    explain: (x) => told(x, `${external(x, x.learned.followed)} followed the subscriber to another B4 address`, "RFC 7785 section 4"),
  },
  {
    // Other values may be set for a deployment, so that no device is blamed for one.
    id: "RFC7785-4-5", clause: "RFC7785-4-5", title: "a binding does not move again within half an hour", mechanisms: DS_LITE, cap: "info", on: "pair", when: F.FLOW_OUT,
    sure: surely(na(A.P_CLEAN)),
    check(x) {
      const i = x.learned.followed;
      if (!isTranslated(x) || i < 0 || x.aftr.isStatic(x.nat.ext[i], x.nat.proto[i], x.nat.extPort[i])) return NA;
      return (x.nat.flags[i] & B_FOLLOWED) !== 0 && x.r.time[x.output] - x.nat.born[i] < MOVES_SECONDS ? VIOLATED : PASS;
    },
    deviation: () => "moved-again",
    explain: (x) => told(x, `${external(x, x.learned.followed)} followed the subscriber to another B4 address twice within ${seconds(x.r.time[x.output] - x.nat.born[x.learned.followed])}`, "RFC 7785 section 4: a changed address may be an attack, so changes are rate-limited, 30 minutes recommended",
      [field(x, x.input, "IPv6 outer", "source", "the B4 address that it had moved to", textIpv6At(x.b, outer(x, x.input) + 8), outer(x, x.input) + 8, 16)]),
  },
];
