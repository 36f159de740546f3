/** Timers as the configuration declares them, and what refreshes a binding: RFC 4787 section 4.3, RFC 5382 section 5, RFC 5508 section 3.2, RFC 7857 sections 2 and 7 (decisions D25, D26). */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { B_FIN_IN, B_FIN_OUT, B_SYN_IN, B_SYN_OUT, B_WELL_KNOWN } from "../../ds-lite/bindings.js";
import { L_DECLARED_QUERY, L_DECLARED_TCP, L_DECLARED_TRANSITORY, L_DECLARED_UDP, L_OUTLIVED, L_REFRESHED } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, OBSERVED, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, external, field, has, inner, isOfSession, seconds, told } from "../dslite/helpers.js";

/** Idle seconds that clock skew and a late look at a timer do not explain. */
const SLACK = 1;
/** A NAT may look at its timers now and then: it is late by this share and these seconds before it departs. */
const LATE = 1.1, LATE_SECONDS = 5;
const REPEATS = 2;

/** An ordinary packet from a known remote end into a binding that was learned from the inside. */
const expected = (x: DsExchange): boolean =>
  x.v.binding[x.input] >= 0 && has(x, x.input, F.F_KNOWN) && !has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_BIG | F.F_RST | F.F_AFTER_RST) && x.aftr.nat !== undefined &&
  !x.aftr.isStatic(x.v.dst[x.input], x.v.proto[x.input], x.nat.extPort[x.v.binding[x.input]]);
/** Lost for sure: nothing came out, and the binding did not work later either. */
function isLost(x: DsExchange, i: number): boolean {
  const t = x.r.time[x.input];
  return x.output < 0 && x.answer < 0 && x.absence && x.nat.lastIn[i] <= t && x.nat.lastOut(i) <= t;
}
const end = (x: DsExchange, want: string) => [field(x, x.input, "IPv4", "destination", want, `${external(x, x.v.binding[x.input])} after ${seconds(x.v.idle[x.input])}`, inner(x, x.input) + 16, 4)];

type Timer = "udp" | "tcpEstablished" | "tcpTransitory" | "icmpQuery";
const KEY: Record<Timer, string> = { udp: "timers.udp", tcpEstablished: "timers.tcp-established", tcpTransitory: "timers.tcp-transitory", icmpQuery: "timers.icmp-query" };
/** The declared timer that the binding of the input is under, or undefined. */
function timerOf(x: DsExchange, i: number): Timer | undefined {
  if (x.nat.proto[i] === F.P_UDP) return (x.nat.flags[i] & B_WELL_KNOWN) !== 0 ? undefined : "udp";
  if (x.nat.proto[i] === F.P_ICMP) return "icmpQuery";
  // TIME_WAIT is free (RFC 5382 section 5): after a FIN nothing is declared.
  if ((x.nat.flags[i] & (B_FIN_IN | B_FIN_OUT)) !== 0) return undefined;
  if (has(x, x.input, F.F_ESTABLISHED)) return "tcpEstablished";
  // With a SYN from both ends and no ACK: partially open by RFC 5382 section 5, established by figure 1 of RFC 7857.
  return (x.nat.flags[i] & B_SYN_OUT) !== 0 && (x.nat.flags[i] & B_SYN_IN) !== 0 ? undefined : "tcpTransitory";
}

/** Against the declared timer: gone before it, or still there long after it. */
function declaredTimer(x: DsExchange, timers: readonly Timer[], cause: number): Outcome {
  if (!expected(x)) return NA;
  const i = x.v.binding[x.input];
  const timer = timerOf(x, i);
  if (timer === undefined || !timers.includes(timer) || x.aftr.undeclared(KEY[timer])) return NA;
  const declared = x.aftr.nat!.timers[timer];
  const idle = x.v.idle[x.input];
  if (idle < SLACK || idle === Number.POSITIVE_INFINITY) return NA;
  if (idle < declared - SLACK) {
    if (x.output >= 0) return PASS;
    // One loss may be congestion.
    if (!isOfSession(x) || !isLost(x, i) || x.history.lost[cause]++ === 0) return NA;
    x.code = 1;
    x.inferred = true;
    return VIOLATED;
  }
  // Inbound packets may have kept it; and one packet may be missing in the capture.
  if (Math.min(idle, x.v.sinceIn[x.input]) < declared * LATE + LATE_SECONDS) return NA;
  if (x.output < 0) return x.absence ? PASS : NA;
  if (x.history.got[cause]++ < REPEATS - 1) return NA;
  x.code = 2;
  return VIOLATED;
}
const declaredRule = (id: string, clause: string, timers: readonly Timer[], cause: number, name: string): DsRule => ({
  id, clause, title: `${name} bindings last as long as declared`, mechanisms: DS_LITE, declared: true, on: "input", when: ON_CORE,
  sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
  check: (x) => declaredTimer(x, timers, cause), deviation: (code) => (code === 1 ? "shorter" : "longer"),
  explain(x) {
    const timer = timerOf(x, x.v.binding[x.input]) ?? timers[0];
    const declared = `${KEY[timer]}: ${x.aftr.nat!.timers[timer]}`;
    return told(x, `${external(x, x.v.binding[x.input])} ${x.code === 1 ? "is gone" : "still works"} ${seconds(x.v.idle[x.input])} after its last outbound packet; declared is ${declared}`, "the configuration declares the timer",
      end(x, x.code === 1 ? "translated and forwarded" : "an expired binding"));
  },
});

export const timerRules: readonly DsRule[] = [
  {
    id: "RFC4787-4.3-2", clause: "RFC4787-4.3-2", title: "well-known ports have a shorter timer", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x)) return NA;
      const i = x.v.binding[x.input];
      const idle = x.v.idle[x.input];
      if (x.nat.proto[i] !== F.P_UDP || (x.nat.flags[i] & B_WELL_KNOWN) === 0 || idle < SLACK || idle >= 120) return NA;
      return x.output >= 0 ? PASS : isLost(x, i) ? OBSERVED : NA;
    },
    explain: (x) => told(x, "a shorter timer", "RFC 4787 REQ-5a"),
  },
  {
    id: "RFC4787-4.3-5", clause: "RFC4787-4.3-5", title: "outbound packets refresh the binding", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x)) return NA;
      const i = x.v.binding[x.input];
      const idle = x.v.idle[x.input];
      // Older than the shortest timer that is allowed, so that without a refresh it might be gone; idle for less, so that with one it must be there.
      if (x.nat.proto[i] !== F.P_UDP || (x.nat.flags[i] & B_WELL_KNOWN) !== 0 || idle < SLACK || idle >= 120 - SLACK) return NA;
      if (x.r.time[x.input] - x.nat.born[i] < 120 || x.nat.lastOut(i) <= x.nat.born[i]) return NA;
      const h = x.history;
      if (x.output >= 0) {
        h.longest[L_REFRESHED] = Math.max(h.longest[L_REFRESHED], idle);
        return PASS;
      }
      if (!isOfSession(x) || !isLost(x, i) || h.lost[L_REFRESHED]++ === 0 || h.longest[L_REFRESHED] >= idle) return NA;
      x.inferred = true;
      return VIOLATED;
    },
    deviation: () => "not-refreshed",
    explain: (x) => told(x, `${external(x, x.v.binding[x.input])} is gone although an outbound packet had used it ${seconds(x.v.idle[x.input])} before`, "RFC 4787 REQ-6: outbound refresh", end(x, "translated and forwarded")),
  },
  {
    id: "RFC4787-4.3-6", clause: "RFC4787-4.3-6", title: "inbound packets refresh the binding", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x) || x.aftr.undeclared("timers.udp")) return NA;
      const i = x.v.binding[x.input];
      const timer = x.aftr.nat!.timers.udp;
      if (x.nat.proto[i] !== F.P_UDP || (x.nat.flags[i] & B_WELL_KNOWN) !== 0 || x.v.idle[x.input] < timer * LATE + LATE_SECONDS || x.v.idle[x.input] === Number.POSITIVE_INFINITY || x.v.sinceIn[x.input] >= timer - SLACK) return NA;
      return x.output >= 0 ? OBSERVED : isLost(x, i) ? PASS : NA;
    },
    explain: (x) => told(x, "inbound refresh", "RFC 4787 REQ-6b"),
  },
  declaredRule("RFC4787-4.3-3.declared", "RFC4787-4.3-3", ["udp"], L_DECLARED_UDP, "UDP"),
  declaredRule("RFC5382-5-3.declared", "RFC5382-5-3", ["tcpEstablished", "tcpTransitory"], L_DECLARED_TCP, "TCP"),
  declaredRule("RFC5508-3.2-2.declared", "RFC5508-3.2-2", ["icmpQuery"], L_DECLARED_QUERY, "ICMP query"),
  {
    id: "RFC7857-2-1", clause: "RFC7857-2-1", title: "a connection that never opened ends with the transitory timer", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x) || x.aftr.undeclared("timers.tcp-transitory")) return NA;
      const i = x.v.binding[x.input];
      if (x.nat.proto[i] !== F.P_TCP || has(x, x.input, F.F_ESTABLISHED) || (x.nat.flags[i] & (B_FIN_IN | B_FIN_OUT)) !== 0) return NA;
      // Only the inner host's SYN was seen; the segment is no SYN, which an endpoint-independent filter might let in anew.
      if (x.v.sinceIn[x.input] !== Number.POSITIVE_INFINITY) return NA;
      if ((x.b[x.v.l4[x.input] + 13] & 2) !== 0 && (x.b[x.v.l4[x.input] + 13] & 16) === 0) return NA;
      const idle = x.v.idle[x.input];
      if (idle < x.aftr.nat!.timers.tcpTransitory * LATE + LATE_SECONDS || idle === Number.POSITIVE_INFINITY) return NA;
      if (x.output < 0) return x.absence ? PASS : NA;
      return x.history.got[L_DECLARED_TRANSITORY]++ < REPEATS - 1 ? NA : VIOLATED;
    },
    deviation: () => "not-tracked",
    explain: (x) => told(x, `${external(x, x.v.binding[x.input])} still works ${seconds(x.v.idle[x.input])} after a SYN that nothing had answered`, "RFC 7857 section 2: such a session is partially open, and ends with the transitory timer that is declared", end(x, "an expired binding")),
  },
  {
    id: "RFC7857-7-1", clause: "RFC7857-7-1", title: "refused inbound packets do not refresh the binding", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_RECENT)),
    check(x) {
      if (!expected(x) || x.aftr.undeclared("timers.udp")) return NA;
      const i = x.v.binding[x.input];
      const timer = x.aftr.nat!.timers.udp;
      const quiet = Math.min(x.v.idle[x.input], x.v.sinceIn[x.input]);
      // Nothing that may refresh it for longer than the timer, but a refused packet within it.
      if (x.nat.proto[i] !== F.P_UDP || (x.nat.flags[i] & B_WELL_KNOWN) !== 0 || quiet < timer * LATE + LATE_SECONDS || quiet === Number.POSITIVE_INFINITY) return NA;
      if (!(x.r.time[x.input] - x.nat.refused[i] < timer - SLACK)) return NA;
      if (x.output < 0) return x.absence ? PASS : NA;
      return x.history.got[L_OUTLIVED]++ < REPEATS - 1 ? NA : VIOLATED;
    },
    deviation: () => "kept-alive",
    explain: (x) => told(x, `${external(x, x.v.binding[x.input])} still works ${seconds(x.v.idle[x.input])} after its last outbound packet; only packets that were refused came in between`, "RFC 7857 section 7: what policy refuses does not refresh a mapping", end(x, "an expired binding")),
  },
];
