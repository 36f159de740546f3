/** Inbound packets that meet a live binding: filtering, ICMP unreachables, unsolicited SYNs; and packets too big for the core link. */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { isKept } from "../../ds-lite/floor.js";
import { L_REFUSAL } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { L_DF, L_FILTER, L_FRAGMENT, L_UNREACH_TCP, L_UNREACH_UDP } from "../../ds-lite/history.js";
import { N_SYN_AGAIN } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { type Outcome, NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, bytes, df, external, field, forwardedOrNot, has, icmp, inner, isLikelyOwn, isOwnWord, mayBeOlder, mayBeUsedUp, mustForward, told } from "../dslite/helpers.js";

/** Seconds. */
const AT_ONCE = 0.1;
/** Deviation of a SYN that an RST answered. */
const RESET = 1;

/** Destination Unreachable (not fragmentation needed) about a packet that the binding sent to a remote end it knows. */
function unreachable(x: DsExchange, proto: number, cause: number): Outcome {
  const { v, nat, input } = x;
  if (!has(x, input, F.F_ERROR) || !has(x, input, F.F_BOUND) || has(x, input, F.MAY_DROP) || v.qProto[input] !== proto || v.qSrc[input] !== v.dst[input]) return NA;
  if (x.b[icmp(x, input)] !== 3 || x.b[icmp(x, input) + 1] === 4 || !nat.knows(v.binding[input], v.qDst[input], v.qDport[input])) return NA;
  return mustForward(x, cause);
}
const unreachableRule = (id: string, proto: number, cause: number, name: string, why: string): DsRule => ({
  id, clause: id, title: `destination unreachable about ${name} is translated and forwarded`, mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
  check: (x) => unreachable(x, proto, cause), deviation: forwardedOrNot,
  explain: (x) => told(x, `destination unreachable about a packet of ${external(x, x.v.binding[x.input])} was lost`, why),
});

/** A whole ordinary packet of a live internal end, larger than the core link takes. */
export const tooLong = (x: DsExchange): boolean =>
  !has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_TO_POOL | F.F_JOINED4) && x.v.l4[x.input] > 0 && bytes(x, x.input) > x.coreMtu &&
  x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.src[x.input], x.v.proto[x.input], x.v.sport[x.input]) >= 0;

/** An inner host's Destination Unreachable about a UDP packet that came through a binding, to the remote end. */
function refusal(x: DsExchange): Outcome {
  const { v, nat, input } = x;
  if (!has(x, input, F.F_ERROR) || has(x, input, F.MAY_DROP | F.F_TO_POOL) || x.aftr.nat === undefined || v.qProto[input] !== F.P_UDP || v.qSrc[input] !== v.dst[input] || x.b[icmp(x, input)] !== 3) return NA;
  const i = nat.byInternal(x.b, x.r.off[input] + 8, v.qDst[input], F.P_UDP, v.qDport[input]);
  if (i < 0 || !nat.knows(i, v.qSrc[input], v.qSport[input]) || !isKept(nat, i, x.r.time[input])) return NA;
  return mustForward(x, L_REFUSAL);
}

export const inboundRules: readonly DsRule[] = [
  {
    id: "RFC4787-9-3.outbound", clause: "RFC4787-9-3", title: "an inner host's destination unreachable is translated and forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_ERROR,
    check: refusal, deviation: forwardedOrNot,
    explain: (x) => told(x, "an inner host's destination unreachable about a packet that came through its binding was lost", "RFC 4787 REQ-12, RFC 5508 REQ-5"),
  },
  {
    id: "RFC4787-5-1", clause: "RFC4787-5-1", title: "filtering does not depend on the remote port", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_KNOWN)),
    check(x) {
      const i = x.v.binding[x.input];
      if (i < 0 || x.aftr.nat?.filtering === "address-and-port-dependent" || x.nat.proto[i] !== F.P_UDP) return NA;
      if (!has(x, x.input, F.F_BOUND) || has(x, x.input, F.F_KNOWN | F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_BIG)) return NA;
      // From an address that the inside has talked to, from another port of it: only address-and-port-dependent filtering refuses that.
      return x.nat.knowsAddress(i, x.v.src[x.input]) && !x.nat.knows(i, x.v.src[x.input], x.v.sport[x.input]) ? mustForward(x, L_FILTER) : NA;
    },
    deviation: () => "address-and-port-dependent",
    explain: (x) => told(x, `packets to ${external(x, x.v.binding[x.input])} from another port of a known remote address are refused`, "RFC 4787 REQ-8: endpoint-independent, or address-dependent where stricter filtering is wanted (decisions D24)"),
  },
  unreachableRule("RFC4787-9-3", F.P_UDP, L_UNREACH_UDP, "UDP", "RFC 4787 REQ-12"),
  unreachableRule("RFC5382-7.3-1", F.P_TCP, L_UNREACH_TCP, "TCP", "RFC 5382 REQ-9"),
  {
    id: "RFC5382-4.3-3", clause: "RFC5382-4.3-3", title: "an unsolicited SYN is not answered at once", mechanisms: DS_LITE, on: "input", when: ON_CORE, measures: 6,
    sure: surely(na(A.I_BOUND), na(A.I_NOT_TCP)),
    check(x) {
      if (x.v.proto[x.input] !== F.P_TCP || !has(x, x.input, F.F_TO_POOL) || has(x, x.input, F.MAY_DROP | F.F_BOUND) || x.v.l4[x.input] === 0 || x.output >= 0) return NA;
      if ((x.b[x.v.l4[x.input] + 13] & 18) !== 2 || (x.v.notes[x.input] & N_SYN_AGAIN) !== 0) return NA;
      // REQ-4 is about SYNs to hosts behind the NAT, not about those to the NAT itself (RFC 5382 section 4.3).
      if (x.own4.includes(x.v.dst[x.input])) return NA;
      if (x.answer < 0) return x.absence ? PASS : NA;
      const at = x.v.l4[x.answer];
      const reset = x.v.proto[x.answer] === F.P_TCP;
      if (x.r.kind[x.answer] !== F.D_CORE || !isOwnWord(x, x.answer, x.v.dst[x.input]) || (!reset && (x.b[at] !== 3 || x.b[at + 1] === 4))) return NA;
      if (x.r.time[x.answer] - x.r.time[x.input] >= 6) return PASS;
      // No wait of 6 s or more ends by chance just as a SYN is sent again.
      if (x.r.time[x.answer] - x.r.time[x.input] > AT_ONCE && mayBeOlder(x, x.r.time[x.input])) return NA;
      x.code = reset ? RESET : 0;
      x.inferred = isLikelyOwn(x, x.answer);
      return VIOLATED;
    },
    deviation: (code) => (code === RESET ? "reset" : "answered-early"),
    explain: (x) => told(x, `an unsolicited SYN was answered ${x.code === RESET ? "with an RST " : ""}before 6 s had passed`, `RFC 5382 REQ-4: the peer's own SYN may still come (simultaneous open; decisions D27)${x.inferred ? "; an address that is the device's own as a host, too, is listed in core.ipv4" : ""}`,
      x.code === RESET ? [field(x, x.answer, "TCP", "flags", "no answer for 6 s", "RST and ACK", x.v.l4[x.answer] + 13, 1)]
        : [field(x, x.answer, "ICMP", "type and code", "no answer for 6 s", `${x.b[icmp(x, x.answer)]} and ${x.b[icmp(x, x.answer) + 1]}`, icmp(x, x.answer), 2)]),
  },
  {
    id: "RFC4787-10-1", clause: "RFC4787-10-1", title: "a packet with DF too big for the core is answered with fragmentation needed", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_FITS)),
    check(x) {
      if (!tooLong(x) || !df(x, x.input) || x.output >= 0) return NA;
      if (x.answer < 0) return mayBeUsedUp(x) ? NA : mustForward(x, L_DF);
      if (x.r.kind[x.answer] !== F.D_SOFT || x.v.l4[x.answer] === 0) return NA;
      const at = icmp(x, x.answer);
      if (x.b[at] !== 3 || x.b[at + 1] !== 4) return NA;
      x.history.got[L_DF]++;
      return PASS;
    },
    deviation: () => "silent",
    explain: (x) => told(x, `a packet of ${bytes(x, x.input)} bytes with DF vanished; the core link takes ${x.coreMtu}`, "RFC 4787 REQ-13, RFC 5508 section 7.1.1: ICMP fragmentation needed to the inner host",
      [field(x, x.input, "IPv4", "total length", `at most ${x.coreMtu}, or an answer`, bytes(x, x.input), inner(x, x.input) + 2, 2)]),
  },
  {
    id: "RFC4787-10-2", clause: "RFC4787-10-2", title: "a packet without DF too big for the core is fragmented", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_FITS)),
    check: (x) => (tooLong(x) && !df(x, x.input) ? mustForward(x, L_FRAGMENT) : NA), deviation: forwardedOrNot,
    explain: (x) => told(x, `a packet of ${bytes(x, x.input)} bytes without DF was lost; the core link takes ${x.coreMtu}`, "RFC 4787 REQ-13a",
      [field(x, x.input, "IPv4", "total length", `at most ${x.coreMtu}, or fragments`, bytes(x, x.input), inner(x, x.input) + 2, 2)]),
  },
];
