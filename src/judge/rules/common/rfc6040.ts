/** RFC 6040 section 4: ECN through a tunnel (decisions D6: always by this document). */
import { B_CLASS, B_ECN, B_ECT, B_NOT_ECT, B_OUTER_NOT_ECT } from "../../aspects.js";
import { ecnText, field, innerEcn } from "../../evidence.js";
import * as F from "../../facts.js";
import { NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { FROM_TUNNEL, INTO_TUNNEL, IN_IPV4, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

/** Figure 4 of RFC 6040: outgoing ECN for inner (row) and outer (column); -1 = drop. Order Not-ECT, ECT(1), ECT(0), CE. */
const EGRESS = [0, 0, 0, -1, 1, 1, 1, 3, 2, 1, 2, 3, 3, 3, 3, 3] as const;
const SHORT = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"] as const;
/** A router marks ECN-capable packets CE when it is congested (RFC 3168 section 5), in whichever header it sees. */
const isMarked = (ecn: number, sent: number): boolean => sent === 3 && (ecn === 1 || ecn === 2);

export const rfc6040: readonly Rule[] = [
  {
    id: "RFC6040-4.1-1", clause: "RFC6040-4.1-1", title: "encapsulation copies ECN, or clears it in compatibility mode", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL,
    check(x) {
      const from = innerEcn(x, x.output);
      const to = x.r.tos[x.output] & 3;
      x.code = from * 4 + to;
      return to === from || to === 0 ? PASS : isMarked(from, to) ? NA : VIOLATED;
    },
    sure: () => passes(B_ECN),
    deviation: (code) => `inner-${SHORT[code >> 2]}-outer-${SHORT[code & 3]}`,
    explain: (x) => told(x, `inner ${SHORT[x.code >> 2]} was sent with outer ${SHORT[x.code & 3]}`, "RFC 6040 section 4.1: the ECN field is copied (normal mode) or cleared (compatibility mode); RFC 3168's reset of CE to ECT(0) is gone",
      [field(x, x.output, "IPv4 outer", "ECN", ecnText(x.code >> 2), ecnText(x.code & 3), outer(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC6040-4.1-2", clause: "RFC6040-4.1-2", title: "encapsulation leaves the inner ECN field alone", mechanisms: IN_IPV4, on: "pair", when: F.FLOW_ENCAP,
    check(x) {
      x.code = innerEcn(x, x.input) * 4 + innerEcn(x, x.output);
      return x.code >> 2 === (x.code & 3) ? PASS : isMarked(x.code >> 2, x.code & 3) ? NA : VIOLATED;
    },
    sure: () => passes(B_CLASS),
    deviation: (code) => `${SHORT[code >> 2]}-to-${SHORT[code & 3]}`,
    explain: (x) => told(x, "the inner ECN field was changed on encapsulation", "RFC 6040 section 4.1: only the outer header is written",
      [field(x, x.output, "IPv6 inner", "ECN", ecnText(x.code >> 2), ecnText(x.code & 3), inner(x, x.output), 2)]),
  },
  {
    id: "RFC6040-4.2-1", clause: "RFC6040-4.2-1", title: "decapsulation combines inner and outer ECN", mechanisms: IN_IPV4, on: "pair", when: FROM_TUNNEL,
    check(x) {
      if (hasFacts(x, x.input, F.F_ECN_MIXED | F.F_ECN_DROP)) return NA;
      const i = innerEcn(x, x.input);
      const o = x.r.tos[x.input] & 3;
      const seen = innerEcn(x, x.output);
      x.code = (i * 4 + o) * 4 + seen;
      return EGRESS[i * 4 + o] === seen ? PASS : isMarked(EGRESS[i * 4 + o], seen) ? NA : VIOLATED;
    },
    sure: () => passes(B_CLASS | B_OUTER_NOT_ECT),
    deviation: (code) => `inner-${SHORT[code >> 4]}-outer-${SHORT[(code >> 2) & 3]}-gave-${SHORT[code & 3]}`,
    explain: (x) => told(x, `inner ${SHORT[x.code >> 4]} with outer ${SHORT[(x.code >> 2) & 3]} was forwarded as ${SHORT[x.code & 3]}`, "RFC 6040 section 4.2, figure 4",
      [field(x, x.output, "IPv6", "ECN", ecnText(EGRESS[x.code >> 2]), ecnText(x.code & 3), inner(x, x.output), 2)]),
  },
  {
    id: "RFC6040-4.2-2", clause: "RFC6040-4.2-2", title: "outer CE on inner Not-ECT is dropped", mechanisms: IN_IPV4, on: "input", facts: F.F_ECN_DROP,
    check: mustNotForward,
    deviation: () => "forwarded",
    explain: (x) => told(x, "a Not-ECT packet with outer CE was forwarded", "RFC 6040 section 4.2: congestion cannot be signalled to a flow that is Not-ECT, so the packet is dropped",
      [field(x, x.input, "IPv4 outer", "ECN", "dropped", ecnText(x.r.tos[x.input]), outer(x, x.input) + 1, 1)]),
  },
  {
    id: "RFC6040-4.2-3", clause: "RFC6040-4.2-3", title: "inner Not-ECT stays Not-ECT", mechanisms: IN_IPV4, on: "pair", when: FROM_TUNNEL,
    check(x) {
      if (innerEcn(x, x.input) !== 0 || (x.r.tos[x.input] & 3) === 3) return NA;
      x.code = innerEcn(x, x.output);
      return x.code === 0 ? PASS : VIOLATED;
    },
    sure: () => [...silent(B_ECT), ...passes(B_NOT_ECT | B_CLASS | B_OUTER_NOT_ECT)],
    deviation: (code) => `became-${SHORT[code & 3]}`,
    explain: (x) => told(x, "a Not-ECT packet left as ECN-capable", "RFC 6040 section 4.2: inner Not-ECT with outer Not-ECT, ECT(0) or ECT(1) is forwarded as Not-ECT",
      [field(x, x.output, "IPv6", "ECN", ecnText(0), ecnText(x.code), inner(x, x.output), 2)]),
  },
];
