/** RFC 5382 section 4: sequences of segments, simultaneous open, filtering, unsolicited SYNs (decisions D24, D27). */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { B_FIN_IN, B_FIN_OUT } from "../../ds-lite/bindings.js";
import { L_CROSSING, L_FIN_IN, L_FIN_OUT, L_HALF_CLOSED, L_OPEN, L_SEGMENT_IN, L_SEGMENT_OUT, L_STRANGER_TCP, L_STRANGER_UDP, L_SYN_ACK, L_SYN_ACK_OUT, L_TCP_FILTER } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { N_CROSSING, N_HALF_CLOSED } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, external, field, forwardedOrNot, has, icmp, isLikelyOwn, isOfSession, isOwnWord, mayBeOlder, mustForward, seconds, told } from "../dslite/helpers.js";

const FIN = 1, SYN = 2, RST = 4, ACK = 16;
/** RFC 5382 REQ-4, less what two taps may differ. */
const WAIT = 6, SKEW = 0.1;
/** Within it no timer of any state ends. */
const YOUNG = 60;

const flags = (x: DsExchange, slot: number): number => x.b[x.v.l4[slot] + 13];
const isTcp = (x: DsExchange): boolean => x.v.proto[x.input] === F.P_TCP && x.v.l4[x.input] > 0 && x.aftr.nat !== undefined && !has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_BIG);

/** A legal segment of a connection that the inside opened, either way. */
function segment(x: DsExchange): Outcome {
  if (!isTcp(x)) return NA;
  const f = flags(x, x.input);
  if ((f & RST) !== 0) return NA;
  if (x.r.side[x.input] === 0) {
    const i = x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.src[x.input], F.P_TCP, x.v.sport[x.input]);
    if (has(x, x.input, F.F_TO_POOL) || (f & (SYN | ACK)) === SYN || i < 0 || x.nat.rst[i] >= 0 || !(x.nat.knows(i, x.v.dst[x.input], x.v.dport[x.input]) || ((f & SYN) !== 0 && x.state.wasLetIn(x.input)))) return NA;
    const fin = x.nat.flags[i] & (B_FIN_IN | B_FIN_OUT);
    // FINs that are known by now may have come later; what they end cannot have begun after them. Of a connection that has timed out a NAT may drop them (RFC 5382 section 5).
    return (fin === (B_FIN_IN | B_FIN_OUT) && (f & SYN) === 0) || x.r.time[x.input] - x.nat.lastOut(i) >= YOUNG ? NA : mustForward(x, (f & SYN) !== 0 ? L_SYN_ACK_OUT : (f & FIN) !== 0 ? L_FIN_OUT : L_SEGMENT_OUT);
  }
  if (x.v.binding[x.input] < 0 || !has(x, x.input, F.F_KNOWN) || has(x, x.input, F.F_AFTER_RST) || x.v.idle[x.input] >= YOUNG) return NA;
  // What may be of an earlier connection from the same port is no segment of a permitted one; a SYN-ACK answers the SYN that has just left.
  if ((f & SYN) === 0 && !isOfSession(x)) return NA;
  if ((x.v.notes[x.input] & N_HALF_CLOSED) !== 0) return (f & SYN) !== 0 ? NA : mustForward(x, L_HALF_CLOSED);
  if (!has(x, x.input, F.F_BOUND)) return NA;
  if ((f & SYN) !== 0) return (f & ACK) !== 0 ? mustForward(x, L_SYN_ACK) : NA;
  return has(x, x.input, F.F_ESTABLISHED) ? mustForward(x, (f & FIN) !== 0 ? L_FIN_IN : L_SEGMENT_IN) : NA;
}

/** The segments of which `segment` speaks. */
function kind(x: DsExchange): string {
  const f = flags(x, x.input);
  const half = (x.v.notes[x.input] & N_HALF_CLOSED) !== 0 && x.r.side[x.input] !== 0 ? " of a half-closed connection" : "";
  return `${(f & SYN) !== 0 ? "a SYN-ACK" : (f & FIN) !== 0 ? "a FIN" : "a segment"}${half} ${x.r.side[x.input] === 0 ? "from" : "to"} the inner host`;
}

/** From elsewhere into a live binding: another port of a known address (`port`), or an unknown address. -1 neither. */
function probe(x: DsExchange, proto: number): 0 | 1 | -1 {
  const i = x.v.binding[x.input];
  if (i < 0 || x.aftr.nat === undefined || x.nat.proto[i] !== proto || x.v.proto[x.input] !== proto || !has(x, x.input, F.F_BOUND)) return -1;
  if (has(x, x.input, F.F_KNOWN | F.MAY_DROP | F.F_ERROR | F.F_JOINED4 | F.F_BIG) || !x.nat.remembersAll(i)) return -1;
  if (proto === F.P_TCP && (flags(x, x.input) & (SYN | ACK | RST | FIN)) !== SYN) return -1;
  // A remote end may have become known after the packet came.
  if (x.nat.knows(i, x.v.src[x.input], x.v.sport[x.input])) return -1;
  return x.nat.knowsAddress(i, x.v.src[x.input]) ? 1 : 0;
}

const REFUSED = 1, LET_IN = 2;
/** Against the declared filtering. A refusal counts when it is the rule, a packet that comes in at once. */
function declaredFilter(x: DsExchange, proto: number, cause: number): Outcome {
  const kind = probe(x, proto);
  if (kind < 0 || x.aftr.undeclared("filtering")) return NA;
  const declared = x.aftr.nat!.filtering;
  const open = declared === "endpoint-independent" || (declared === "address-dependent" && kind === 1);
  if (open) {
    const o = mustForward(x, cause);
    if (o === VIOLATED) x.code = REFUSED;
    return o;
  }
  x.code = LET_IN;
  return x.output >= 0 ? VIOLATED : x.absence ? PASS : NA;
}
const filterRule = (id: string, clause: string, proto: number, cause: number, name: string): DsRule => ({
  id, clause, title: `${name} filtering is as declared`, mechanisms: DS_LITE, declared: true, on: "input", when: ON_CORE,
  sure: surely(na(A.I_UNBOUND), na(A.I_KNOWN)),
  check: (x) => declaredFilter(x, proto, cause), deviation: (code) => (code === REFUSED ? "stricter" : "looser"),
  explain: (x) => told(x, `a packet to ${external(x, x.v.binding[x.input])} from a remote end that it had no contact with was ${x.code === REFUSED ? "refused" : "let in"}`, `the configuration declares filtering: ${x.aftr.nat?.filtering}`),
});

/** An error of the device itself quotes an unsolicited SYN, and not one to the device: REQ-4 is about those to hosts behind the NAT. */
const isAnswer = (x: DsExchange): boolean =>
  x.state.synAge >= 0 && has(x, x.output, F.F_ERROR) && x.v.qProto[x.output] === F.P_TCP && isOwnWord(x, x.output, x.v.qDst[x.output]) && !x.own4.includes(x.v.qDst[x.output]) && x.b[icmp(x, x.output)] === 3 && x.b[icmp(x, x.output) + 1] !== 4;
function likely(x: DsExchange): Outcome {
  x.inferred = isLikelyOwn(x, x.output);
  return VIOLATED;
}
const answer = (x: DsExchange, want: string) => [field(x, x.output, "ICMP", "type and code", want, `${x.b[icmp(x, x.output)]} and ${x.b[icmp(x, x.output) + 1]}`, icmp(x, x.output), 2)];

export const section4: readonly DsRule[] = [
  {
    id: "RFC5382-4.2-1", clause: "RFC5382-4.2-1", title: "every legal segment of a permitted connection passes", mechanisms: DS_LITE, on: "input", when: ON_CORE | ON_SOFT, proto: F.P_TCP,
    check: segment, deviation: forwardedOrNot,
    explain: (x) => told(x, `${kind(x)} was lost, and none gets through, though the connection is permitted`, "RFC 5382 REQ-2: all valid sequences of segments, with simultaneous open and half-close"),
  },
  {
    id: "RFC5382-4.2-2", clause: "RFC5382-4.2-2", title: "connections may be opened from both ends at once", mechanisms: DS_LITE, on: "input", when: ON_CORE, proto: F.P_TCP,
    sure: surely(na(A.I_NO_CROSSING)),
    check: (x) => (isTcp(x) && (x.v.notes[x.input] & N_CROSSING) !== 0 && has(x, x.input, F.F_KNOWN) && has(x, x.input, F.F_BOUND) && x.v.idle[x.input] < YOUNG ? mustForward(x, L_CROSSING) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, `a SYN to ${external(x, x.v.binding[x.input])} that crossed the inner host's SYN was lost`, "RFC 5382 REQ-2a: simultaneous open"),
  },
  {
    id: "RFC5382-4.3-1", clause: "RFC5382-4.3-1", title: "TCP filtering does not depend on the remote port", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_KNOWN)),
    check: (x) => (x.aftr.nat?.filtering !== "address-and-port-dependent" && probe(x, F.P_TCP) === 1 ? mustForward(x, L_TCP_FILTER) : NA), deviation: () => "address-and-port-dependent",
    explain: (x) => told(x, `SYNs to ${external(x, x.v.binding[x.input])} from another port of a known remote address are refused`, "RFC 5382 REQ-3: endpoint-independent, or address-dependent where stricter filtering is wanted"),
  },
  filterRule("RFC5382-4.3-2.declared", "RFC5382-4.3-2", F.P_TCP, L_STRANGER_TCP, "TCP"),
  filterRule("RFC4787-5-2.declared", "RFC4787-5-2", F.P_UDP, L_STRANGER_UDP, "UDP"),
  {
    // A step of the tap's clock between the two shortens the wait, and nothing else may show it: a warning.
    id: "RFC5382-4.3-3.late", clause: "RFC5382-4.3-3", title: "an unsolicited SYN is not answered before 6 s", mechanisms: DS_LITE, cap: "warn", on: "output", when: ON_CORE,
    sure: surely(na(A.O_PLAIN)),
    // Before 2 s the answer is paired with its SYN, and RFC5382-4.3-3 judges it.
    check: (x) => (!isAnswer(x) || x.state.synAge <= 2 ? NA : x.state.synAge >= WAIT - SKEW ? PASS : mayBeOlder(x, x.r.time[x.output] - x.state.synAge) ? NA : VIOLATED),
    deviation: () => "answered-early",
    explain: (x) => told(x, `an unsolicited SYN was answered ${seconds(x.state.synAge)} after it came`, "RFC 5382 REQ-4: the peer's own SYN may still come", answer(x, "no answer for 6 s")),
  },
  {
    id: "RFC5382-4.3-4", clause: "RFC5382-4.3-4", title: "no error about a SYN that an outbound SYN met", mechanisms: DS_LITE, on: "output", when: ON_CORE,
    sure: surely(na(A.O_PLAIN | A.O_NO_SYN)),
    check(x) {
      if (x.state.meetsSyn) return PASS;
      if (!isAnswer(x) || !x.state.synMet) return NA;
      // Of other codes one may be on behalf of a B4 that has gone, when the tap lost that the SYN was let in.
      x.inferred = x.b[icmp(x, x.output) + 1] !== 3 || isLikelyOwn(x, x.output);
      return VIOLATED;
    },
    deviation: () => "answered",
    explain: (x) => told(x, "an unreachable was sent about an inbound SYN although the inside had sent a SYN for the same connection within 6 s", "RFC 5382 REQ-4: silently dropped", answer(x, "silence")),
  },
  {
    id: "RFC5382-4.3-6", clause: "RFC5382-4.3-6", title: "where policy forbids an answer to unsolicited SYNs there is none", mechanisms: DS_LITE, on: "output", when: ON_CORE | ON_SOFT,
    sure: (aftr) => [aftr.nat?.unsolicitedSyn !== "silent" || aftr.undeclared("unsolicited-syn") ? na(0) : na(A.O_PLAIN | A.O_NO_SYN)],
    check: (x) => (x.aftr.nat?.unsolicitedSyn !== "silent" || x.aftr.undeclared("unsolicited-syn") ? NA : isAnswer(x) ? likely(x) : x.state.synPassed ? PASS : NA),
    deviation: () => "answered",
    explain: (x) => told(x, "an unsolicited SYN was answered although the configuration forbids it", "RFC 5382 REQ-4a: dropped silently (`unsolicited-syn: silent`)", answer(x, "silence")),
  },
  {
    id: "RFC5382-4.3-5", clause: "RFC5382-4.3-5", title: "an unsolicited SYN is answered with port unreachable", mechanisms: DS_LITE, on: "output", when: ON_CORE,
    sure: surely(na(A.O_PLAIN)),
    // Silence is the common and safe conduct, and policy may ask for it (REQ-4a, decisions D27): only an answer is judged.
    check: (x) => (!isAnswer(x) || x.state.synAge < WAIT - SKEW ? NA : x.b[icmp(x, x.output) + 1] === 3 ? PASS : VIOLATED),
    deviation: () => "other-code",
    explain: (x) => told(x, "an unsolicited SYN was answered with another code", "RFC 5382 REQ-4: type 3, code 3", answer(x, "3 and 3")),
  },
  {
    id: "RFC6888-3-9", clause: "RFC6888-3-9", title: "filtering is endpoint-independent", mechanisms: DS_LITE, cap: "info", on: "input", when: ON_CORE,
    sure: surely(na(A.I_UNBOUND), na(A.I_KNOWN)),
    check: (x) => (x.aftr.nat?.filtering === "endpoint-independent" && probe(x, F.P_UDP) === 0 ? mustForward(x, L_OPEN) : NA), deviation: () => "stricter",
    explain: (x) => told(x, `packets to ${external(x, x.v.binding[x.input])} from unknown remote addresses are refused`, "RFC 6888 REQ-7: endpoint-independent filtering is recommended; address-dependent may be used where it harms no application (decisions D24)"),
  },
];

