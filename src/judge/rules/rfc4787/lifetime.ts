/** How long bindings last: RFC 4787 section 4.3, RFC 5382 section 5, RFC 5508 section 3.2, RFC 7857 sections 2.2 and 7.1 (decisions D25, D26). */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import * as F from "../../ds-lite/facts.js";
import { B_FIN_IN, B_FIN_OUT, B_WELL_KNOWN } from "../../ds-lite/bindings.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { type Outcome, NA, PASS, type Sure, VIOLATED } from "../../rule.js";
import { L_OVERSIZE, L_PIECES_SHUFFLED } from "../../ds-lite/causes.js";
import { L_PIECES, L_QUERY, L_RST, L_TCP, L_TCP_OPEN, L_UDP } from "../../ds-lite/history.js";
import { DS_LITE, ON_CORE, df, external, field, has, inner, internal, isOfSession, mustForward, seconds, told } from "../dslite/helpers.js";
import { formatIpv4 } from "../../../wire/address.js";
import { nearPort } from "../../ds-lite/tuple.js";

/** Idle seconds that clock skew and delayed expiry do not explain. */
const SLACK = 1;
const UDP_DEFAULT = 300;
/** Instead of a cause: a SHOULD, for which one loss is enough. */
const NO_REPEAT = -1;

/** Echo Reply, Timestamp Reply (RFC 792), Information Reply, Address Mask Reply. */
const REPLIES: readonly number[] = [0, 14, 16, 18];

/** A packet from a remote end that the binding has talked to, with nothing about it that lets a NAT drop it. */
const expected = (x: DsExchange): boolean => isWelcome(x) && isOfSession(x);
const isWelcome = (x: DsExchange): boolean =>
  x.v.binding[x.input] >= 0 && has(x, x.input, F.F_KNOWN) && !has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_BIG) && x.aftr.nat !== undefined &&
  // A query from outside is no answer to the binding's own: a NAT may keep it out.
  (x.v.proto[x.input] !== F.P_ICMP || REPLIES.includes(x.b[x.v.l4[x.input]]));

/**
 * `input` event: the packet must come out; silence is inferred, an answer is another matter. A binding that works later was not lost, and where the
 * document says MUST one loss may still be congestion: it takes a second one, and no success after as long an idle time.
 */
function delivered(x: DsExchange, cause: number, should = false): Outcome {
  const h = x.history;
  const idle = x.v.idle[x.input];
  if (x.output >= 0) {
    h.longest[cause] = Math.max(h.longest[cause], idle);
    return PASS;
  }
  const i = x.v.binding[x.input];
  const t = x.r.time[x.input];
  if (!x.absence || x.answer >= 0 || x.nat.lastIn[i] > t || x.nat.lastOut(i) > t) return NA;
  if (!should && (h.lost[cause]++ === 0 || h.longest[cause] >= idle)) return NA;
  x.inferred = true;
  x.code = 2;
  return VIOLATED;
}
const gone = (x: DsExchange) => [field(x, x.input, "IPv4", "destination", "translated and forwarded", `${external(x, x.v.binding[x.input])} after ${seconds(x.v.idle[x.input])}`, inner(x, x.input) + 16, 4)];

/** A binding lost within `from` to `to` idle seconds: seen by an inbound packet that vanished. */
function inboundRule(id: string, cause: number, title: string, why: string, applies: (x: DsExchange, i: number, idle: number) => boolean): DsRule {
  return {
    id, clause: id, title, mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x) || has(x, x.input, F.F_RST | F.F_AFTER_RST)) return NA;
      // A binding is not lost within a second: such a loss has another reason.
      if (x.v.idle[x.input] < SLACK) return NA;
      return applies(x, x.v.binding[x.input], x.v.idle[x.input]) ? delivered(x, cause, cause < 0) : NA;
    },
    deviation: () => "inbound-lost",
    explain: (x) => told(x, `a packet from a known remote end to ${external(x, x.v.binding[x.input])} was lost ${seconds(x.v.idle[x.input])} after the last outbound packet`, why, gone(x)),
  };
}
/** F_BOUND: neither FIN nor RST had been seen on arrival; those that were seen since let the binding go too. */
const tcp = (x: DsExchange, i: number): boolean => x.nat.proto[i] === F.P_TCP && has(x, x.input, F.F_BOUND) && (x.output >= 0 || ((x.nat.flags[i] & (B_FIN_IN | B_FIN_OUT)) === 0 && !(x.nat.rst[i] >= 0)));
const established = (x: DsExchange): boolean => has(x, x.input, F.F_ESTABLISHED);
const udp = (x: DsExchange, i: number): boolean => x.nat.proto[i] === F.P_UDP;
/** The five minutes are the default; a configuration that says less is obeyed. */
const isDefault = (x: DsExchange): boolean => (x.aftr.nat?.timers.udp ?? 0) >= UDP_DEFAULT && !x.aftr.undeclared("timers.udp");
const wellKnown = (x: DsExchange, i: number): boolean => (x.nat.flags[i] & B_WELL_KNOWN) !== 0;

/** A new binding of an internal end towards a remote end that its old one had: the old one expired after `movedIdle`. */
function movedRule(id: string, clause: string, title: string, why: string, applies: (x: DsExchange, i: number, idle: number) => boolean, whileYoung: Sure["outcome"]): DsRule {
  return {
    id, clause, title, mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT | F.FLOW_HAIR,
    sure: surely({ aspects: A.P_KNOWN | A.P_CLEAN | A.P_YOUNG, outcome: whileYoung }, na(A.P_KNOWN | A.P_CLEAN | A.P_NO_FLOOR), na(A.P_NEW | A.P_CLEAN)),
    check(x) {
      const i = x.learned.moved;
      if (i >= 0) return applies(x, i, x.learned.movedIdle) ? VIOLATED : NA;
      const j = x.learned.binding;
      return j >= 0 && applies(x, j, x.r.time[x.output] - x.nat.lastOut(j)) ? PASS : NA;
    },
    deviation: () => "new-external-end",
    explain: (x) => told(x, `${internal(x, x.learned.moved)} lost ${external(x, x.learned.moved)} after ${seconds(x.learned.movedIdle)}`, why,
      [field(x, x.output, "IPv4", "source", external(x, x.learned.moved), `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`, inner(x, x.output) + 12, 4)]),
  };
}
const udpFloor = (x: DsExchange, i: number, idle: number): boolean => udp(x, i) && !wellKnown(x, i) && idle < 120 - SLACK;
const udpDefault = (x: DsExchange, i: number, idle: number): boolean => udp(x, i) && !wellKnown(x, i) && isDefault(x) && idle >= 120 && idle < UDP_DEFAULT - SLACK;

export const lifetimeRules: readonly DsRule[] = [
  inboundRule("RFC4787-4.3-1", L_UDP, "a UDP binding lives 2 minutes at least", "RFC 4787 REQ-5: 120 s, but for well-known destination ports", udpFloor),
  movedRule("RFC4787-4.3-1.outbound", "RFC4787-4.3-1", "a UDP binding lives 2 minutes at least (outbound)", "RFC 4787 REQ-5: 120 s, but for well-known destination ports",
    (x, i, idle) => udpFloor(x, i, idle) && (x.learned.moved < 0 || x.learned.movedKnows), PASS),
  inboundRule("RFC4787-4.3-4", NO_REPEAT, "the UDP timer is 5 minutes by default", "RFC 4787 REQ-5c: 300 s by default (a lower `timers.udp` is obeyed)", udpDefault),
  movedRule("RFC4787-4.3-4.outbound", "RFC4787-4.3-4", "the UDP timer is 5 minutes by default (outbound)", "RFC 4787 REQ-5c: 300 s by default (a lower `timers.udp` is obeyed)", udpDefault, NA),
  inboundRule("RFC5382-5-1", L_TCP, "an established TCP connection lives 2 h 4 min", "RFC 5382 REQ-5: 7440 s", (x, i, idle) => tcp(x, i) && established(x) && idle < 7440 - SLACK),
  inboundRule("RFC5382-5-2", L_TCP_OPEN, "a partially open TCP connection lives 4 minutes", "RFC 5382 REQ-5: 240 s (RFC 7857 section 2.1 allows less by configuration)",
    (x, i, idle) => tcp(x, i) && !established(x) && !x.aftr.undeclared("timers.tcp-transitory") && idle < Math.min(240, x.aftr.nat?.timers.tcpTransitory ?? 240) - SLACK),
  inboundRule("RFC5508-3.2-1", L_QUERY, "an ICMP query session lives 60 s", "RFC 5508 REQ-2", (x, i, idle) => x.nat.proto[i] === F.P_ICMP && idle < 60 - SLACK),
  {
    id: "RFC7857-2.2-1", clause: "RFC7857-2.2-1", title: "an inbound RST is translated", mechanisms: DS_LITE, cap: "warn", on: "input", when: ON_CORE, facts: F.F_RST,
    // A NAT has to verify that an RST belongs to the connection (section 2.2, notes), and the judge does not follow windows: no more than a warning.
    // A second RST of the same connection may meet a binding that the first one ended.
    check: (x) => (isWelcome(x) && has(x, x.input, F.F_RST) && has(x, x.input, F.F_BOUND) && !has(x, x.input, F.F_AFTER_RST) ? mustForward(x, L_RST) : NA),
    deviation: () => "swallowed",
    explain: (x) => told(x, `an RST to ${external(x, x.v.binding[x.input])} was lost`, "RFC 7857 section 2.2: an RST that matches a mapping must be translated, unless its sequence number shows that it is none of the connection", gone(x)),
  },
  {
    id: "RFC7857-2.2-2", clause: "RFC7857-2.2-2", title: "after an RST the session is kept for 4 minutes", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_AFTER_RST,
    check: (x) => (expected(x) && has(x, x.input, F.F_AFTER_RST) && !has(x, x.input, F.F_RST) && x.v.idle[x.input] < 240 - SLACK ? delivered(x, NO_REPEAT, true) : NA),
    deviation: () => "removed-at-once",
    explain: (x) => told(x, `a packet to ${external(x, x.v.binding[x.input])} was lost shortly after an RST`, "RFC 7857 section 2.2: kept for 4 minutes when no packet follows, so that a forged RST does no harm", gone(x)),
  },
  {
    id: "RFC7857-7.1-1", clause: "RFC7857-7.1-1", title: "outbound errors and RSTs do not refresh the binding", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      const i = x.v.binding[x.input];
      const t = x.aftr.nat?.timers.udp ?? 0;
      if (x.aftr.undeclared("timers.udp") || x.aftr.undeclared("inbound-refresh")) return NA;
      if (i < 0 || x.nat.proto[i] !== F.P_UDP || x.aftr.nat?.inboundRefresh === true || has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4)) return NA;
      // Only an error kept it: no outbound packet for longer than the declared timer, an error within it. Inbound packets refresh only where declared.
      const error = x.v.sinceError[x.input];
      if (x.v.idle[x.input] < t + SLACK || x.v.idle[x.input] === Number.POSITIVE_INFINITY || !(error < t - SLACK)) return NA;
      return x.output >= 0 ? VIOLATED : x.absence ? PASS : NA;
    },
    deviation: () => "refreshed-by-error",
    explain: (x) => told(x, `${external(x, x.v.binding[x.input])} still works ${seconds(x.v.idle[x.input])} after its last outbound packet`, "RFC 7857 section 7.1: ICMP errors and RSTs of the inside do not refresh; the declared UDP timer had run out (inbound packets may refresh: declare `inbound-refresh`)",
      [field(x, x.input, "IPv4", "destination", "an expired binding", external(x, x.v.binding[x.input]), inner(x, x.input) + 16, 4)]),
  },
  {
    id: "RFC4787-11-1", clause: "RFC4787-11-1", title: "fragments are translated, in and out of order", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_JOINED4,
    check(x) {
      if (!has(x, x.input, F.F_JOINED4) || has(x, x.input, F.MAY_DROP | F.F_ERROR) || x.v.binding[x.input] < 0 || !has(x, x.input, F.F_KNOWN) || !has(x, x.input, F.F_BOUND)) return NA;
      // Of fragments too big for the softwire their size may be the reason, which is another rule's matter, until a whole packet of that kind has got through.
      const big = has(x, x.input, F.F_BIG) && (df(x, x.input) || x.v.largest[x.input] > x.aftr.tunnelMtu);
      if (x.output < 0 && big && (df(x, x.input) || x.history.got[L_OVERSIZE] === 0)) return NA;
      return mustForward(x, x.v.shuffled[x.input] === 1 ? L_PIECES_SHUFFLED : L_PIECES);
    },
    deviation: () => "lost",
    explain: (x) => told(x, `a datagram in ${x.v.pieces[x.input]} fragments${x.v.shuffled[x.input] === 1 ? " out of order" : ""} to ${external(x, x.v.binding[x.input])} did not come out whole`, "RFC 4787 REQ-14: fragments are handled whether they come in or out of order"),
  },
];
