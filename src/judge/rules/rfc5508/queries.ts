/** RFC 5508 section 3: ICMP queries; sections 7 and 8: messages that a NAT may or should not handle. */
import { u16 } from "../../../wire/bits.js";
import { isIcmpError } from "../../../wire/ipv4.js";
import { L_ECHO, L_REPLY } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { firstDifference } from "../../ds-lite/keys.js";
import { N_FRESH, N_NO_PORT } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, OBSERVED, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_CORE, ON_SOFT, dscp, field, forwardedOrNot, has, icmp, inner, mayBeLimited, mustForward, told } from "../dslite/helpers.js";

const ECHO_REPLY = 0, ECHO = 8, TIMESTAMP = 13, INFORMATION = 15, INFORMATION_REPLY = 16, MASK = 17;
/** Within it no query session ends (RFC 5508 REQ-2). */
const YOUNG = 60;
const isQuery = (x: DsExchange): boolean => x.v.proto[x.input] === F.P_ICMP && has(x, x.input, F.F_QUERY) && x.v.l4[x.input] > 0 && x.aftr.nat !== undefined;

function echo(x: DsExchange): Outcome {
  if (!isQuery(x) || has(x, x.input, F.MAY_DROP | F.F_JOINED4 | F.F_BIG)) return NA;
  const type = x.b[icmp(x, x.input)];
  if (x.r.side[x.input] === 0) {
    if (type !== ECHO || has(x, x.input, F.F_TO_POOL | F.F_JOINED6 | F.F_EXTENSION) || (x.v.notes[x.input] & N_NO_PORT) !== 0 || (x.output < 0 && mayBeLimited(x))) return NA;
    // A device that has said that it makes no session may say so no more, for a rate limit (RFC 1812 section 4.3.2.8).
    if (x.output < 0 && x.history.refusals > 0 && (x.v.notes[x.input] & N_FRESH) !== 0) return NA;
    return mustForward(x, L_ECHO);
  }
  return type === ECHO_REPLY && has(x, x.input, F.F_KNOWN) && has(x, x.input, F.F_BOUND) && x.v.idle[x.input] < YOUNG ? mustForward(x, L_REPLY) : NA;
}

/** Offset of a source route option (RFC 791: 131 loose, 137 strict) in the header at `at`, 0 = none. */
function sourceRoute(b: Uint8Array, at: number): number {
  const end = at + ((b[at] & 15) << 2);
  for (let o = at + 20; o < end; ) {
    if (b[o] === 0) return 0;
    if (b[o] === 1) {
      o++;
      continue;
    }
    if (b[o] === 131 || b[o] === 137) return o;
    if (o + 1 >= end || b[o + 1] < 2) return 0;
    o += b[o + 1];
  }
  return 0;
}
const routed = (x: DsExchange, slot: number): number => sourceRoute(x.b, inner(x, slot)) || (x.v.quote[slot] > 0 ? sourceRoute(x.b, x.v.quote[slot]) : 0);

/** An ICMPv4 error of the device itself: it stands on an address of its own. */
const isOwn = (x: DsExchange): boolean => x.own4.includes(x.v.src[x.output]) || x.v.src[x.output] === x.aftr.cfg.wellKnownV4;
const UNFIT = ["", "an ICMP error", "a fragment that is not the first", "a packet whose source is no single host", "a packet to a group of hosts"];
/** RFC 1812 section 4.3.2.7: what may not be answered with an error. 0 = the quoted packet may. */
function unfit(x: DsExchange): number {
  const q = icmp(x, x.output) + 8;
  const { b } = x;
  if ((u16(b, q + 6) & 0x1fff) !== 0) return 2;
  const l4 = q + ((b[q] & 15) << 2);
  if (b[q + 9] === F.P_ICMP && isIcmpError(b[l4])) return 1;
  const first = b[q + 12];
  if (first === 0 || first === 127 || first >= 224) return 3;
  return b[q + 16] >= 224 ? 4 : 0;
}

export const section3: readonly DsRule[] = [
  {
    id: "RFC5508-3.1-1", clause: "RFC5508-3.1-1", title: "echo requests from inside go out, their replies come back", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, facts: F.F_QUERY,
    check: echo, deviation: forwardedOrNot,
    explain: (x) => told(x, x.r.side[x.input] === 0 ? "no echo request of the inside gets out" : "no echo reply gets back to the inside", "RFC 5508 REQ-1: ICMP queries are permitted unless policy says otherwise"),
  },
  {
    id: "RFC5508-3.1-2", clause: "RFC5508-3.1-2", title: "translation of a query changes the identifier and the checksum, nothing else", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW, facts: F.F_QUERY,
    check(x) {
      if (!isQuery(x) || x.ambiguous || has(x, x.input, F.F_CUT | F.F_SUM_BAD | F.F_SUM_PARTIAL | F.F_JOINED4) || has(x, x.output, F.F_CUT | F.F_SUM_PARTIAL | F.F_JOINED4)) return NA;
      x.code = has(x, x.output, F.F_SUM_GOOD) ? 2 : 1;
      return x.code === 2 && firstDifference(x.b, x.v, x.input, x.output) < 0 && x.b[icmp(x, x.input) + 1] === x.b[icmp(x, x.output) + 1] ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "checksum" : "data"),
    explain: (x) => told(x, x.code === 1 ? "a translated query has a wrong checksum" : "data of a query were changed", "RFC 5508 section 3.1: identifier and checksum are translated", [field(x, x.output, "ICMP", x.code === 1 ? "checksum" : "code and data", x.code === 1 ? "right" : "as received", u16(x.b, icmp(x, x.output) + (x.code === 1 ? 2 : 6)), icmp(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC5508-7-3.information", clause: "RFC5508-7-3", title: "information requests and replies are not forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, facts: F.F_QUERY,
    check(x) {
      if (!isQuery(x) || has(x, x.input, F.MAY_DROP)) return NA;
      const type = x.b[icmp(x, x.input)];
      if (type !== INFORMATION && type !== INFORMATION_REPLY) return NA;
      return x.output >= 0 ? VIOLATED : x.absence ? PASS : NA;
    },
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP information request or reply was forwarded", "RFC 5508 REQ-10c", [field(x, x.input, "ICMP", "type", "dropped", x.b[icmp(x, x.input)], icmp(x, x.input), 1)]),
  },
  {
    id: "RFC5508-7-4", clause: "RFC5508-7-4", title: "timestamp and address mask requests are forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_QUERY,
    check(x) {
      if (!isQuery(x) || has(x, x.input, F.MAY_DROP | F.F_TO_POOL)) return NA;
      const type = x.b[icmp(x, x.input)];
      return type !== TIMESTAMP && type !== MASK ? NA : x.output >= 0 ? OBSERVED : x.absence ? PASS : NA;
    },
    explain: (x) => told(x, "forwarded", "RFC 5508 REQ-10b"),
  },
  {
    id: "RFC5508-7.3-1", clause: "RFC5508-7.3-1", title: "outbound ICMP messages with a source route do not leave as they are", mechanisms: DS_LITE, on: "input", when: ON_SOFT, proto: F.P_ICMP,
    check(x) {
      if (x.v.proto[x.input] !== F.P_ICMP || x.v.l4[x.input] === 0 || has(x, x.input, F.MAY_DROP & ~F.F_OPTIONS) || routed(x, x.input) === 0) return NA;
      if (x.output < 0) return x.absence ? PASS : NA;
      return x.r.side[x.output] === 0 ? NA : routed(x, x.output) > 0 ? VIOLATED : PASS;
    },
    deviation: () => "forwarded",
    explain(x) {
      const at = routed(x, x.output);
      return told(x, "an ICMP message with a source route left for the Internet", "RFC 5508 section 7.3: the route may hold private addresses", [field(x, x.output, "IPv4", "source route option", "none", x.b[at], at, 3)]);
    },
  },
  {
    id: "RFC5508-7.7-1", clause: "RFC5508-7.7-1", title: "an error has the DSCP of the packet that it is about", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4 | F.ANSWER_CORE,
    check(x) {
      x.code = dscp(x, x.output);
      if (x.ambiguous || has(x, x.input, F.F_JOINED4 | F.F_JOINED6)) return NA;
      // RFC 1812 section 4.3.2.5 asks for precedence 6 or 7 on ICMP errors: either SHOULD may be followed.
      return x.code >= 48 || x.code === dscp(x, x.input) || (x.r.side[x.input] === 0 && x.code === x.r.tos[x.input] >>> 2) ? PASS : VIOLATED;
    },
    deviation: (code) => `dscp-${code}`,
    explain: (x) => told(x, "an ICMP error has another DSCP than the packet that it is about", "RFC 5508 section 7.7", [field(x, x.output, "IPv4", "DSCP", dscp(x, x.input), dscp(x, x.output), inner(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC5508-7-5", clause: "RFC5508-7-5", title: "no error about what must not be answered", mechanisms: DS_LITE, on: "output", when: ON_SOFT | ON_CORE, proto: F.P_ICMP,
    check(x) {
      if (x.v.proto[x.output] !== F.P_ICMP || x.v.l4[x.output] === 0 || !isIcmpError(x.b[icmp(x, x.output)]) || x.v.l4Visible[x.output] < 36 || !isOwn(x)) return NA;
      x.code = unfit(x);
      return x.code > 0 ? VIOLATED : PASS;
    },
    deviation: (code) => ["", "about-an-error", "about-a-fragment", "about-a-source", "about-a-group"][code],
    explain: (x) => told(x, `an ICMP error is about ${UNFIT[x.code]}`, "RFC 5508 REQ-10e and RFC 1812 section 4.3.2.7", [field(x, x.output, "IPv4 quoted", "packet", "none that may not be answered", UNFIT[x.code], icmp(x, x.output) + 8, 20)]),
  },
  {
    id: "RFC5508-6-1", clause: "RFC5508-6-1", title: "a session that cannot be made is answered with an ICMP error", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_NO_PORT,
    check(x) {
      if ((x.v.notes[x.input] & N_FRESH) === 0 || (x.v.notes[x.input] & N_NO_PORT) === 0 || x.output >= 0) return NA;
      if (x.answer < 0 || x.r.kind[x.answer] !== F.D_SOFT || x.v.l4[x.answer] === 0) return NA;
      const at = icmp(x, x.answer);
      x.code = (x.b[at] << 7) | (x.b[at + 1] & 127);
      // RFC 6888 REQ-11 prefers code 1 (decisions D21).
      return x.b[at] === 3 && (x.b[at + 1] === 13 || x.b[at + 1] === 1) ? PASS : VIOLATED;
    },
    deviation: (code) => `type-${code >> 7}-code-${code & 127}`,
    explain: (x) => told(x, "a session that could not be made was answered with another ICMP message", "RFC 5508 REQ-8: communication administratively prohibited (RFC 6888 REQ-11: host unreachable)", [field(x, x.answer, "ICMP", "type and code", "3 and 13, or 3 and 1", `${x.b[icmp(x, x.answer)]} and ${x.b[icmp(x, x.answer) + 1]}`, icmp(x, x.answer), 2)]),
  },
];
