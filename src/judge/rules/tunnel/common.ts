/** What any router and any NAT owes, for the AFTR: RFC 791, 792, 1191, 1812, 2983, 4443, 4459, 6598, 6908. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { hasStatics } from "../../ds-lite/aftr.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { payloadLength } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import { L_ECHO } from "../../ds-lite/history.js";
import { echoKey } from "../../ds-lite/observe.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_CORE, ON_SOFT, df, dscp, field, forwardedOrNot, has, icmp, inner, mustNotForward, outer, told, ttl } from "../dslite/helpers.js";

const OWN_ERRORS = F.ANSWER_B4 | F.ANSWER_CORE | F.ANSWER_RELAY;
/** A declared rate may be exceeded by as much before it counts: taps differ by 50 ms, timers are coarse. */
const RATE_SLACK = 0.1;
/** Copies of a frame that a port mirror makes come this close together. */
const COPY_SECONDS = 0.005;
/** 0/8, 127/8, 240/4 with 255.255.255.255: no destination of a unicast or multicast packet; 224/4 beside them for sources (RFC 1812 section 5.3.7). */
const isMartianDestination = (a: number): boolean => a >>> 24 === 0 || a >>> 24 === 127 || a >>> 28 === 15;
const isMartianSource = (a: number): boolean => isMartianDestination(a) || a >>> 28 === 14;
const inShared = (a: number): boolean => a >>> 22 === 0x64400000 >>> 22;

const emitted = (x: DsExchange, expected: number) => [field(x, x.output, "IPv4", "DSCP", expected, dscp(x, x.output), inner(x, x.output) + 1, 1)];
/** Decapsulation takes the outer DSCP. */
function fromOuter(x: DsExchange): Outcome {
  if (has(x, x.input, F.F_JOINED4 | F.F_DOUBT)) return NA;
  return dscp(x, x.output) === x.r.tos[x.input] >>> 2 ? PASS : VIOLATED;
}
const ICMPV6 = 58, UNREACHABLE = 1, TIME_EXCEEDED = 3, PARAMETER_PROBLEM = 4;
/** Bytes of an ICMPv6 error that quotes its packet as RFC 4443 section 2.4 c asks for. */
const whole6 = (x: DsExchange): number => Math.min(1280, 88 + payloadLength(x.b, outer(x, x.output) + 48));
const isUniform = (x: DsExchange): boolean => x.aftr.cfg.copyDscpIn && x.aftr.cfg.copyDscpOut;

const martian: DsRule["check"] = (x) => {
  if (x.r.inner[x.input] === 0 || x.v.l4[x.input] === 0 || has(x, x.input, F.F_BAD4 | F.F_NOT_OURS)) return NA;
  return isMartianSource(x.v.src[x.input]) || (x.r.kind[x.input] === F.D_SOFT && isMartianDestination(x.v.dst[x.input])) ? mustNotForward(x) : NA;
};

export const routerRules: readonly DsRule[] = [
  {
    id: "RFC791-3.1-1", clause: "RFC791-3.1-1", title: "each IP module lowers the TTL", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW,
    sure: surely(pass(A.P_PLAIN | A.P_TTL)),
    check: (x) => (has(x, x.input, F.F_TTL | F.F_JOINED4) || has(x, x.output, F.F_JOINED4) ? NA : ttl(x, x.output) < ttl(x, x.input) ? PASS : VIOLATED),
    deviation: () => "not-lowered",
    explain: (x) => told(x, "the TTL was not lowered", "RFC 791 section 3.1: by one at least wherever a datagram is processed",
      [field(x, x.output, "IPv4", "TTL", `below ${ttl(x, x.input)}`, ttl(x, x.output), inner(x, x.output) + 8, 1)]),
  },
  {
    id: "RFC792-destination-unreachable-1", clause: "RFC792-destination-unreachable-1", title: "Destination Unreachable goes to the sender of what it quotes, with a right checksum", mechanisms: DS_LITE, on: "answer", when: OWN_ERRORS,
    check(x) {
      if (x.b[icmp(x, x.output)] !== 3) return NA;
      x.code = x.v.dst[x.output] !== x.v.qSrc[x.output] ? 1 : has(x, x.output, F.F_SUM_BAD) && !has(x, x.output, F.F_CUT) ? 2 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "destination", "checksum"][code],
    explain: (x) => told(x, x.code === 1 ? "an ICMP error goes to another than the sender of the quoted packet" : "an ICMP error has a wrong checksum", "RFC 792, destination unreachable",
      [x.code === 1
        ? field(x, x.output, "IPv4", "destination", formatIpv4(x.v.qSrc[x.output]), formatIpv4(x.v.dst[x.output]), inner(x, x.output) + 16, 4)
        : field(x, x.output, "ICMP", "checksum", "right", `0x${u16(x.b, icmp(x, x.output) + 2).toString(16)}`, icmp(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC1191-4-1", clause: "RFC1191-4-1", title: "fragmentation needed names the next hop's MTU", mechanisms: DS_LITE, on: "answer", when: OWN_ERRORS,
    check(x) {
      const at = icmp(x, x.output);
      if (x.b[at] !== 3 || x.b[at + 1] !== 4) return NA;
      x.code = u16(x.b, at + 4) !== 0 ? 1 : u16(x.b, at + 6) < 68 ? 2 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "unused-not-zero", "no-mtu"][code],
    explain: (x) => told(x, "fragmentation needed without a next-hop MTU", "RFC 1191 section 4: the low 16 bits of the second word hold the MTU, the others are zero",
      [field(x, x.output, "ICMP", "second word", "0 and an MTU of 68 or more", `${u16(x.b, icmp(x, x.output) + 4)} and ${u16(x.b, icmp(x, x.output) + 6)}`, icmp(x, x.output) + 4, 4)]),
  },
  {
    id: "RFC1812-4.3.2.7-1.ds-lite", clause: "RFC1812-4.3.2.7-1", title: "no ICMP error about errors, bad headers, or what is not from one host to one host", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4 | F.ANSWER_CORE,
    check(x) {
      const i = x.input;
      x.code = has(x, i, F.F_ERROR) ? 1 : has(x, i, F.F_BAD4) ? 2 : isMartianSource(x.v.src[i]) ? 3 : isMartianDestination(x.v.dst[i]) || x.v.dst[i] >>> 28 === 14 ? 4 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "about-an-error", "bad-header", "source-is-no-host", "broadcast-or-multicast"][code],
    explain: (x) => told(x, "an ICMP error was sent where none may be", "RFC 1812 section 4.3.2.7", [field(x, x.output, "ICMP", "message", "none", `type ${x.b[icmp(x, x.output)]}`, icmp(x, x.output), 1)]),
  },
  {
    id: "RFC1812-4.3.2.8-1", clause: "RFC1812-4.3.2.8-1", title: "ICMP errors keep to the declared rate", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4 | F.ANSWER_CORE,
    check(x) {
      const { icmpRate: rate, icmpBurst: burst } = x.aftr.cfg;
      if (rate === 0 || !x.aftr.declares("icmp-rate")) return NA;
      // One bucket for both sides would be stricter: a device may have one for each.
      const i = x.aftr.index * 2 + (x.flow === F.ANSWER_B4 ? 0 : 1);
      // A copy of the frame (port mirror) is no second error.
      const now = x.r.time[x.output];
      const mark = Math.imul(u16(x.b, inner(x, x.output) + 4), 65537) ^ Math.imul(u16(x.b, icmp(x, x.output) + 2), 0x9e3779b1) ^ Math.imul(u16(x.b, x.v.quote[x.output] + 4), 0x2c1b3c6d);
      const isCopy = x.tunnel.lastError[i] === mark && now - x.tunnel.counted[i] < COPY_SECONDS;
      x.tunnel.lastError[i] = mark;
      if (isCopy) return NA;
      const most = (x.aftr.declares("icmp-burst") ? Math.max(1, burst) : rate) * (1 + RATE_SLACK) + rate * RATE_SLACK + 1;
      x.tunnel.tokens[i] = x.tunnel.tokens[i] < 0 && x.tunnel.counted[i] === 0 ? most : Math.min(most, x.tunnel.tokens[i] + Math.max(0, now - x.tunnel.counted[i]) * rate * (1 + RATE_SLACK));
      x.tunnel.counted[i] = Math.max(x.tunnel.counted[i], now);
      if (x.tunnel.tokens[i] < 1) return VIOLATED;
      x.tunnel.tokens[i]--;
      return PASS;
    },
    deviation: () => "above-the-rate",
    explain: (x) => told(x, `more ICMP errors than ${x.aftr.cfg.icmpRate} a second`, "RFC 1812 section 4.3.2.8, and icmp-rate is declared",
      [field(x, x.output, "ICMP", "message", `at most ${x.aftr.cfg.icmpRate} a second`, "one more", icmp(x, x.output), 1)]),
  },
  {
    id: "RFC1812-5.3.7-1", clause: "RFC1812-5.3.7-1", title: "martian addresses are not forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, sure: surely(na(A.I_HOSTS)), check: martian, deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet with an address that no host has was forwarded", "RFC 1812 section 5.3.7: 0/8, 127/8, class E, and sources that are not unicast",
      [field(x, x.input, "IPv4", "addresses", "not forwarded", `${formatIpv4(x.v.src[x.input])} > ${formatIpv4(x.v.dst[x.input])}`, inner(x, x.input) + 12, 8)]),
  },
  {
    // From the message alone: what it quotes says how long it was, so that also errors about outer fragments are judged.
    id: "RFC4443-2.4-1.ds-lite", clause: "RFC4443-2.4-1", title: "ICMPv6 errors quote as much as fits in 1280 bytes", mechanisms: DS_LITE, on: "output", when: 1 << F.D_ICMP6,
    check(x) {
      const o = outer(x, x.output);
      const type = x.b[o + 40];
      if (x.b[o + 6] !== ICMPV6 || x.r.len[x.output] < 88 || type === 0 || type > PARAMETER_PROBLEM || x.b[o + 48] >>> 4 !== 6) return NA;
      // RFC 4884: with an extension structure behind it the quotation has another length.
      if ((type === UNREACHABLE || type === TIME_EXCEEDED) && x.b[o + 44] !== 0) return NA;
      const seen = 40 + payloadLength(x.b, outer(x, x.output));
      x.code = seen > 1280 ? 1 : 2;
      return seen === whole6(x) ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "larger-than-1280" : "shorter-than-possible"),
    explain: (x) => told(x, "an ICMPv6 error quotes too much or too little", "RFC 4443 section 2.4 c",
      [field(x, x.output, "IPv6", "packet length", whole6(x), 40 + payloadLength(x.b, outer(x, x.output)), outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC6598-4-2", clause: "RFC6598-4-2", title: "shared address space is filtered where it enters from another provider", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: (aftr) => [na(aftr.boundary ? A.NEVER : 0)],
    check: (x) => (x.aftr.boundary && x.r.inner[x.input] > 0 && inShared(x.v.src[x.input]) && !has(x, x.input, F.F_BAD4) ? mustNotForward(x) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet with a source in 100.64.0.0/10 came from another provider and was forwarded", "RFC 6598 section 4: providers must filter such packets on ingress, and core.provider-boundary is declared",
      [field(x, x.input, "IPv4", "source", "not forwarded", formatIpv4(x.v.src[x.input]), inner(x, x.input) + 12, 4)]),
  },
  {
    id: "RFC6598-4-1", clause: "RFC6598-4-1", title: "shared address space does not leave towards the Internet", mechanisms: DS_LITE, cap: "warn", on: "output", when: ON_CORE,
    sure: surely(pass(A.O_PLAIN | A.O_EXTERNAL | A.O_PUBLIC)),
    check(x) {
      // Where the provider ends is not in the configuration: a pool of shared space (NAT behind NAT) and destinations are the operator's affair.
      if (x.r.inner[x.output] === 0 || x.aftr.nat === undefined || has(x, x.output, F.F_ERROR)) return NA;
      if (has(x, x.output, F.F_FROM_POOL)) return inShared(x.v.src[x.output]) ? NA : PASS;
      return inShared(x.v.src[x.output]) && !x.own4.includes(x.v.src[x.output]) ? VIOLATED : NA;
    },
    deviation: () => "source",
    explain: (x) => told(x, "a packet left with a source of 100.64.0.0/10", "RFC 6598 section 4: shared address space stays inside the provider", [field(x, x.output, "IPv4", "source", "an address of the pool", formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
];

export const modelRules: readonly DsRule[] = [
  {
    id: "RFC2983-3.1-1", clause: "RFC2983-3.1-1", title: "uniform model: the outer DSCP becomes the packet's", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: (aftr) => [aftr.cfg.copyDscpIn && aftr.cfg.copyDscpOut ? pass(A.P_PLAIN | A.P_UNIFORM) : na(0)],
    check: (x) => (isUniform(x) ? fromOuter(x) : NA), deviation: () => "outer-ignored",
    explain: (x) => told(x, "a DSCP set inside the softwire was lost", "RFC 2983 section 3.1: the uniform model copies in at the entry and out at the exit (decisions D5)", emitted(x, x.r.tos[x.input] >>> 2)),
  },
  {
    id: "RFC2983-3.1-2", clause: "RFC2983-3.1-2", title: "pipe model: the packet keeps its DSCP", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: (aftr) => [aftr.cfg.copyDscpIn ? na(0) : pass(A.P_PLAIN | A.P_DSCP)],
    check: (x) => (x.aftr.cfg.copyDscpIn || has(x, x.input, F.F_JOINED4) ? NA : dscp(x, x.output) === dscp(x, x.input) ? PASS : VIOLATED), deviation: () => "changed",
    explain: (x) => told(x, "the DSCP changed on its way through the AFTR", "RFC 2983 section 3.1: the pipe model ignores the outer DSCP at the exit, and copy-dscp declares it", emitted(x, dscp(x, x.input))),
  },
  {
    id: "RFC6908-2.10-1", clause: "RFC6908-2.10-1", title: "DS-Lite follows the uniform DSCP model", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT | F.FLOW_IN,
    sure: (aftr) => [aftr.cfg.copyDscpIn && aftr.cfg.copyDscpOut ? pass(A.P_PLAIN | A.P_UNIFORM) : na(0)],
    check(x) {
      if (!isUniform(x)) return NA;
      if (x.flow === F.FLOW_OUT) return fromOuter(x);
      return has(x, x.output, F.F_JOINED4) || has(x, x.input, F.F_JOINED4) ? NA : x.r.tos[x.output] >>> 2 === dscp(x, x.output) ? PASS : VIOLATED;
    },
    deviation: () => "not-uniform",
    explain: (x) => told(x, "the DSCP is not the same inside and outside of the softwire", "RFC 6908 section 2.10: the uniform model in both directions (decisions D5)",
      x.flow === F.FLOW_OUT ? emitted(x, x.r.tos[x.input] >>> 2) : [field(x, x.output, "IPv6 outer", "DSCP", dscp(x, x.output), x.r.tos[x.output] >>> 2, outer(x, x.output), 2)]),
  },
  {
    id: "RFC6908-2.11-1", clause: "RFC6908-2.11-1", title: "ports below 1024 are not given to ordinary B4s", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT | F.FLOW_HAIR,
    sure: (aftr) => [aftr.nat === undefined || aftr.nat.pool.portFrom < 1024 || hasStatics(aftr) ? na(0) : pass(A.P_PLAIN | A.P_EXTERNAL | A.P_HIGH)],
    check(x) {
      const nat = x.aftr.nat;
      if (nat === undefined || nat.pool.portFrom < 1024 || nat.staticMappings.length > 0 || x.v.proto[x.input] === F.P_ICMP || has(x, x.input, F.F_ERROR) || !has(x, x.output, F.F_FROM_POOL)) return NA;
      x.code = x.v.sport[x.output];
      return x.code < 1024 ? VIOLATED : PASS;
    },
    deviation: () => "below-1024",
    explain: (x) => told(x, `external port ${x.code} was given to a B4`, "RFC 6908 section 2.11 (RFC 4787 REQ-3 speaks otherwise: decisions D22)", [field(x, x.output, "transport", "source port", "1024 or more", x.code, x.v.l4[x.output], 2)]),
  },
  {
    id: "RFC6908-3.2.2-1", clause: "RFC6908-3.2.2-1", title: "the AFTR answers ping to 192.0.0.1", mechanisms: DS_LITE, on: "input", when: ON_SOFT, proto: F.P_ICMP,
    check(x) {
      const i = x.input;
      if (x.v.dst[i] !== x.aftr.cfg.wellKnownV4 || x.v.l4[i] === 0 || x.v.proto[i] !== F.P_ICMP || x.b[x.v.l4[i]] !== 8) return NA;
      if (has(x, i, (F.MAY_DROP & ~F.F_TO_OWN) | F.F_JOINED4)) return NA;
      if (x.tunnel.replied(echoKey(x.b, outer(x, i) + 8, x.v.src[i], x.v.dst[i], x.v.l4[i]))) {
        x.history.got[L_ECHO]++;
        return PASS;
      }
      // A rate limit or a loss is no refusal: it takes several, and no answer ever.
      if (!x.absence || x.answer >= 0 || x.history.lost[L_ECHO]++ < 2 || x.history.got[L_ECHO] > 0) return NA;
      x.inferred = true;
      return VIOLATED;
    },
    deviation: () => "silent",
    explain: (x) => told(x, "echo requests to the well-known address of the AFTR are never answered", "RFC 6908 section 3.2.2 with erratum 8121: ping and traceroute from the B4 side should work"),
  },
  {
    id: "RFC1812-4.3.3.6-1", clause: "RFC1812-4.3.3.6-1", title: "an echo reply of the AFTR comes from the address that was asked, to the one who asked", mechanisms: DS_LITE, on: "input", when: ON_SOFT, proto: F.P_ICMP, facts: F.F_TO_OWN,
    check(x) {
      const { input, answer, v, b } = x;
      if (v.l4[input] === 0 || b[v.l4[input]] !== 8 || (v.dst[input] !== x.aftr.cfg.wellKnownV4 && !x.own4.includes(v.dst[input])) || has(x, input, F.MAY_DROP & ~F.F_TO_OWN)) return NA;
      if (x.tunnel.replied(echoKey(b, outer(x, input) + 8, v.src[input], v.dst[input], v.l4[input]))) return PASS;
      if (answer < 0 || b[v.l4[answer]] !== 0) return NA;
      // It answers this request by its content only (pairing/leftovers.ts), or others have taken its place in what is remembered.
      x.code = v.src[answer] !== v.dst[input] ? 1 : v.dst[answer] !== v.src[input] ? 2 : u32(b, v.l4[answer] + 4) !== u32(b, v.l4[input] + 4) ? 3 : 0;
      if (x.code === 0) return PASS;
      return VIOLATED;
    },
    deviation: (code) => ["", "other-source", "other-destination", "other-identifier"][code],
    explain(x) {
      const { input, answer, v } = x;
      const at = inner(x, answer);
      const words = (slot: number): string => `${u16(x.b, v.l4[slot] + 4)}, ${u16(x.b, v.l4[slot] + 6)}`;
      return told(x, ["", "an echo reply came from another address", "an echo reply went to another than the one who asked", "an echo reply has another identifier or sequence number"][x.code], "RFC 1812 section 4.3.3.6, RFC 792",
        [x.code === 1 ? field(x, answer, "IPv4", "source", formatIpv4(v.dst[input]), formatIpv4(v.src[answer]), at + 12, 4)
          : x.code === 2 ? field(x, answer, "IPv4", "destination", formatIpv4(v.src[input]), formatIpv4(v.dst[answer]), at + 16, 4)
            : field(x, answer, "ICMP", "identifier and sequence number", words(input), words(answer), v.l4[answer] + 4, 4)]);
    },
  },
  {
    id: "RFC4459-3.4-1", clause: "RFC4459-3.4-1", title: "DF is neither cleared nor ignored by fragmenting the packet inside", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN,
    sure: surely(na(A.P_DF_CLEAR), pass(A.P_PLAIN | A.P_DF_KEPT)),
    check: (x) => (!df(x, x.input) || has(x, x.input, F.F_JOINED4 | F.F_ERROR) ? NA : df(x, x.output) && !has(x, x.output, F.F_JOINED4) ? PASS : VIOLATED),
    deviation: () => "cleared-or-fragmented",
    explain: (x) => told(x, "a packet with DF lost it or was fragmented before encapsulation", "RFC 4459 section 3.4: only packets without DF may be fragmented inside",
      [field(x, x.output, "IPv4 inner", "DF", "1", df(x, x.output) ? "1, in fragments" : "0", inner(x, x.output) + 6, 1)]),
  },
];
