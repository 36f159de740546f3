/** RFC 5508 section 4: ICMP errors through the NAT, and section 7.2: TTL. */
import { formatIpv4 } from "../../../wire/address.js";
import { u16 } from "../../../wire/bits.js";
import * as F from "../../ds-lite/facts.js";
import { L_TOO_BIG, L_TTL } from "../../ds-lite/history.js";
import { nearQuoted } from "../../ds-lite/tuple.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, external, field, has, icmp, inner, mayBeUsedUp, mustForward, told } from "../dslite/helpers.js";

const BOTH = F.FLOW_IN | F.FLOW_OUT;
const error = (x: DsExchange): boolean => x.aftr.nat !== undefined && has(x, x.input, F.F_ERROR) && x.v.l4[x.output] > 0;
const internalEnd = (x: DsExchange): number => x.nat.byInternal(x.b, x.r.off[x.output] + 24, x.v.qSrc[x.output], x.v.qProto[x.output], nearQuoted(x.v, x.output, true));

/** Deviation of a Time Exceeded that is about something else. */
const WRONG_CODE = 1;

/** Unreachable, Source Quench, Redirect, Time Exceeded, Parameter Problem. */
const ERRORS: readonly number[] = [3, 4, 5, 11, 12];

export const section4: readonly DsRule[] = [
  {
    id: "RFC5508-4.1-1", clause: "RFC5508-4.1-1", title: "errors with a wrong ICMP checksum are dropped", mechanisms: DS_LITE, on: "input", when: ON_CORE | ON_SOFT, facts: F.F_ERROR,
    check: (x) => (!has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_SUM_BAD) || has(x, x.input, F.F_CUT) ? NA : x.output >= 0 ? VIOLATED : x.absence ? PASS : NA),
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP error with a wrong checksum was forwarded", "RFC 5508 REQ-3",
      [field(x, x.input, "ICMP", "checksum", "dropped", u16(x.b, icmp(x, x.input) + 2), icmp(x, x.input) + 2, 2)]),
  },
  {
    id: "RFC5508-4.1-2", clause: "RFC5508-4.1-2", title: "errors that quote a header with a wrong checksum are dropped", mechanisms: DS_LITE, on: "input", when: ON_CORE | ON_SOFT, facts: F.F_ERROR,
    check: (x) => (!has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_QUOTE_BAD) || has(x, x.input, F.F_CUT) ? NA : x.output >= 0 ? VIOLATED : x.absence ? PASS : NA),
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP error that quotes a header with a wrong checksum was forwarded", "RFC 5508 REQ-3a",
      [field(x, x.input, "IPv4 quoted", "header checksum", "dropped", u16(x.b, x.v.quote[x.input] + 10), x.v.quote[x.input] + 10, 2)]),
  },
  {
    id: "RFC5508-4.2.1-2", clause: "RFC5508-4.2.1-2", title: "the quoted packet is reverted to its internal form", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN, facts: F.F_ERROR,
    check(x) {
      if (!error(x) || x.ambiguous) return NA;
      x.code = x.aftr.inPool(x.v.qSrc[x.output]) ? 1 : 2;
      if (x.code === 1) return VIOLATED;
      const i = internalEnd(x);
      if (i < 0) {
        // The address was reverted, the port was not: it is still the external one of a binding of this very host that has another inside.
        const { v, nat } = x;
        const j = v.binding[x.input];
        const port = nearQuoted(v, x.output, true);
        if (j < 0 || !has(x, x.input, F.F_BOUND) || port !== nat.extPort[j] || port === nat.innerPort[j] || !nat.isInternal(j, x.b, x.r.off[x.output] + 24, v.qSrc[x.output], nat.innerPort[j])) return NA;
        x.code = 3;
        return VIOLATED;
      }
      return x.nat.ext[i] === x.v.qSrc[x.input] && x.nat.extPort[i] === nearQuoted(x.v, x.input, true) ? PASS : NA;
    },
    deviation: (code) => (code === 1 ? "external-form" : code === 3 ? "external-port" : "other-end"),
    explain: (x) => told(x, x.code === 3 ? "an error was delivered with the external port in the quoted packet" : "an error was delivered with the quoted packet in external form", "RFC 5508 REQ-4: quoted IP and transport headers are reverted",
      [field(x, x.output, "IPv4 quoted", "source", "the internal address", formatIpv4(x.v.qSrc[x.output]), x.v.quote[x.output] + 12, 4)]),
  },
  {
    id: "RFC5508-4.2.1-3", clause: "RFC5508-4.2.1-3", title: "type and code of errors stay, the next-hop MTU is not raised", mechanisms: DS_LITE, on: "pair", when: BOTH, facts: F.F_ERROR,
    check(x) {
      if (!error(x)) return NA;
      const i = icmp(x, x.input);
      const o = icmp(x, x.output);
      x.code = (x.b[i] << 7) | (x.b[i + 1] & 127);
      const mtu = u16(x.b, i + 6), sent = u16(x.b, o + 6);
      if (u16(x.b, i) === u16(x.b, o)) {
        if (u16(x.b, i) !== 0x304 || mtu === sent) return PASS;
        // REQ-4 and REQ-5 keep type and code. A smaller MTU is that of the softwire, or room for its header; a larger one, or none, takes the message's sense (section 7.1.2).
        if (sent > 0 && sent < mtu) return NA;
      }
      // Errors about two packets of one flow: the identification tells them apart, and the pairing may have mixed them up.
      return u16(x.b, x.v.quote[x.input] + 4) === u16(x.b, x.v.quote[x.output] + 4) ? VIOLATED : NA;
    },
    deviation: (code) => `from-${code >> 7}-${code & 127}`,
    explain: (x) => told(x, "type, code or MTU of an ICMP error was changed", "RFC 5508 REQ-4 and REQ-5; of fragmentation needed section 7.1.2: it goes on to its recipient",
      [field(x, x.output, "ICMP", "type, code, MTU", `${x.b[icmp(x, x.input)]}, ${x.b[icmp(x, x.input) + 1]}, ${u16(x.b, icmp(x, x.input) + 6)}`, `${x.b[icmp(x, x.output)]}, ${x.b[icmp(x, x.output) + 1]}, ${u16(x.b, icmp(x, x.output) + 6)}`, icmp(x, x.output), 8)]),
  },
  {
    id: "RFC5508-4.2.1-4", clause: "RFC5508-4.2.1-4", title: "an inbound error keeps its source and goes to the quoted sender", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN, facts: F.F_ERROR,
    check(x) {
      if (!error(x) || x.ambiguous) return NA;
      x.code = x.v.src[x.output] !== x.v.src[x.input] ? 1 : 2;
      // A quotation in external form does not say where the error has to go (RFC5508-4.2.1-2).
      if (x.code === 2 && x.aftr.inPool(x.v.qSrc[x.output])) return NA;
      return x.code === 2 && x.v.dst[x.output] === x.v.qSrc[x.output] ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "source-replaced" : "destination"),
    explain: (x) => told(x, x.code === 1 ? "the source of an inbound error was replaced" : "an inbound error was not sent to the source of the quoted packet", "RFC 5508 REQ-4: the source stays, the destination becomes that of the quoted packet",
      [x.code === 1
        ? field(x, x.output, "IPv4", "source", formatIpv4(x.v.src[x.input]), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)
        : field(x, x.output, "IPv4", "destination", formatIpv4(x.v.qSrc[x.output]), formatIpv4(x.v.dst[x.output]), inner(x, x.output) + 16, 4)]),
  },
  {
    id: "RFC5508-4.2.2-1", clause: "RFC5508-4.2.2-1", title: "an outbound error is in external form throughout", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT, facts: F.F_ERROR,
    check(x) {
      if (!error(x) || x.aftr.exempt(x.v.dst[x.input])) return NA;
      // Without a mapping it should be dropped, no more (RFC5508-4.2.2-2).
      if (x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.qDst[x.input], x.v.qProto[x.input], nearQuoted(x.v, x.input, false)) < 0) return NA;
      const external = has(x, x.output, F.F_FROM_POOL) || x.own4.includes(x.v.src[x.output]);
      x.code = !external ? 1 : !x.aftr.inPool(x.v.qDst[x.output]) ? 2 : 3;
      if (x.code === 3) return PASS;
      return x.code === 1 ? (x.aftr.isInner(x.v.src[x.output], x.v.src[x.input]) ? VIOLATED : NA) : x.aftr.isInner(x.v.qDst[x.output], x.v.qDst[x.input]) ? VIOLATED : NA;
    },
    deviation: (code) => (code === 1 ? "inner-source" : "inner-quote"),
    explain: (x) => told(x, x.code === 1 ? "an outbound error kept its inner source" : "an outbound error quotes an inner address", "RFC 5508 REQ-5",
      [x.code === 1
        ? field(x, x.output, "IPv4", "source", "an external address", formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)
        : field(x, x.output, "IPv4 quoted", "destination", "an external address", formatIpv4(x.v.qDst[x.output]), x.v.quote[x.output] + 16, 4)]),
  },
  {
    id: "RFC5508-7.1.2-1", clause: "RFC5508-7.1.2-1", title: "inbound fragmentation needed reaches the inner host", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check(x) {
      if (!has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_BOUND) || has(x, x.input, F.MAY_DROP) || x.b[icmp(x, x.input)] !== 3 || x.b[icmp(x, x.input) + 1] !== 4) return NA;
      if (x.v.qSrc[x.input] !== x.v.dst[x.input] || !x.nat.knows(x.v.binding[x.input], x.v.qDst[x.input], x.v.qProto[x.input] === F.P_ICMP ? 0 : x.v.qDport[x.input])) return NA;
      return mustForward(x, L_TOO_BIG);
    },
    deviation: () => "lost",
    explain: (x) => told(x, `fragmentation needed about a packet of ${external(x, x.v.binding[x.input])} was lost`, "RFC 5508 section 7.1.2: it must reach the sender, or path MTU discovery fails"),
  },
  {
    id: "RFC5508-7.2-1", clause: "RFC5508-7.2-1", title: "an exceeded TTL is answered with Time Exceeded", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_TTL,
    check(x) {
      if (!has(x, x.input, F.F_TTL) || has(x, x.input, (F.MAY_DROP & ~F.F_TTL) | F.F_ERROR | F.F_JOINED4 | F.F_JOINED6 | F.F_TO_POOL | F.F_EXTENSION) || x.v.l4[x.input] === 0) return NA;
      // Errors are not answered, also those whose quotation cannot be read (RFC 1812 section 4.3.2.7).
      if (x.v.proto[x.input] === F.P_ICMP && ERRORS.includes(x.b[icmp(x, x.input)])) return NA;
      if (x.output >= 0) return NA;
      if (x.answer >= 0) return x.r.kind[x.answer] === F.D_SOFT && x.v.l4[x.answer] > 0 && x.b[icmp(x, x.answer)] === 11 ? PASS : NA;
      // A rate limit, or congestion, explains silence: held against a device only when it never sent one, not even after a second without such packets.
      if (!x.absence || x.history.timeExceeded[0] > 0) return NA;
      // Errors of other kinds may have used the limit up (RFC 1812 section 4.3.2.8).
      if (mayBeUsedUp(x)) return NA;
      const before = x.history.lost[L_TTL];
      if (has(x, x.input, F.F_ISOLATED)) x.history.lost[L_TTL]++;
      if (before === 0) return NA;
      x.inferred = true;
      return VIOLATED;
    },
    deviation: () => "silent",
    explain: (x) => told(x, "a packet whose TTL ran out vanished", "RFC 5508 section 7.2, RFC 1812 section 5.3.1: Time Exceeded to the inner host, from 192.0.0.1"),
  },
  {
    id: "RFC5508-7-3", clause: "RFC5508-7-3", title: "source quench is not forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, facts: F.F_ERROR,
    check(x) {
      if (!has(x, x.input, F.F_ERROR) || has(x, x.input, F.MAY_DROP) || x.b[icmp(x, x.input)] !== 4) return NA;
      return x.output >= 0 ? VIOLATED : x.absence ? PASS : NA;
    },
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP source quench was forwarded", "RFC 5508 REQ-10: no longer supported (RFC 6633)", [field(x, x.input, "ICMP", "type", "dropped", 4, icmp(x, x.input), 1)]),
  },
  {
    id: "RFC1812-5.2.2-1.ds-lite", clause: "RFC1812-5.2.2-1", title: "a packet with an invalid IPv4 header is not forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, facts: F.F_BAD4,
    check: (x) => (!has(x, x.input, F.F_BAD4) || has(x, x.input, F.F_JOINED4) || x.r.wireLen[x.input] > x.r.len[x.input] ? NA : x.output >= 0 ? VIOLATED : x.absence ? PASS : NA),
    deviation: () => "forwarded",
    explain: (x) => told(x, "a packet with a wrong IPv4 header checksum or length was forwarded", "RFC 1812 section 5.2.2",
      [field(x, x.input, "IPv4", "header", "dropped", `total length ${u16(x.b, inner(x, x.input) + 2)}, checksum ${u16(x.b, inner(x, x.input) + 10)}`, inner(x, x.input), 12)]),
  },
  {
    id: "RFC1812-5.3.1-1.ds-lite", clause: "RFC1812-5.3.1-1", title: "a packet with TTL 0 or 1 is not forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, facts: F.F_TTL,
    check(x) {
      if (!has(x, x.input, F.F_TTL) || has(x, x.input, F.F_BAD4 | F.F_JOINED4)) return NA;
      if (x.output >= 0) return VIOLATED;
      // Code 1 is about a reassembly that took too long (RFC 792).
      const at = x.answer >= 0 && x.v.proto[x.answer] === F.P_ICMP ? x.v.l4[x.answer] : 0;
      if (at > 0 && x.b[at] === 11 && x.b[at + 1] !== 0) {
        x.code = WRONG_CODE;
        return VIOLATED;
      }
      return x.absence || x.answer >= 0 ? PASS : NA;
    },
    deviation: (code) => (code === WRONG_CODE ? "code" : "forwarded"),
    explain: (x) => x.code === WRONG_CODE
      ? told(x, `a packet whose TTL had run out was answered with Time Exceeded of code ${x.b[icmp(x, x.answer) + 1]}`, "RFC 1812 section 5.3.1: Time Exceeded, code 0", [field(x, x.answer, "ICMP", "code", 0, x.b[icmp(x, x.answer) + 1], icmp(x, x.answer) + 1, 1)])
      : told(x, "a packet whose TTL had run out was forwarded", "RFC 1812 section 5.3.1", [field(x, x.input, "IPv4", "TTL", "2 or more", x.b[inner(x, x.input) + 8], inner(x, x.input) + 8, 1)]),
  },
  {
    id: "RFC1812-4.3.2.3-1.ds-lite", clause: "RFC1812-4.3.2.3-1", title: "an error quotes the packet as its sender sent it", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4 | F.ANSWER_CORE,
    check(x) {
      if (x.ambiguous) return NA;
      const same = x.v.qSrc[x.output] === x.v.src[x.input] && x.v.qDst[x.output] === x.v.dst[x.input] && x.v.qSport[x.output] === x.v.sport[x.input] && x.v.qDport[x.output] === x.v.dport[x.input];
      return same ? PASS : VIOLATED;
    },
    deviation: () => "translated-quote",
    explain: (x) => told(x, "an error quotes another form of the packet than its sender knows", "RFC 1812 section 4.3.2.3: the quoted header is that of the packet as it was received",
      [field(x, x.output, "IPv4 quoted", "addresses and ports", `${formatIpv4(x.v.src[x.input])}:${x.v.sport[x.input]} > ${formatIpv4(x.v.dst[x.input])}:${x.v.dport[x.input]}`,
        `${formatIpv4(x.v.qSrc[x.output])}:${x.v.qSport[x.output]} > ${formatIpv4(x.v.qDst[x.output])}:${x.v.qDport[x.output]}`, x.v.quote[x.output] + 12, 8)]),
  },
];
