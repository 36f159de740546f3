/** RFC 6040 section 4 for the softwire: ECN always by this document (decisions D6). */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import * as F from "../../ds-lite/facts.js";
import type { DsRule } from "../../ds-lite/rule.js";
import { ecnText } from "../../evidence.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, ecn, field, has, inner, mustNotForward, outer, told } from "./helpers.js";

/** Figure 4 of RFC 6040: outgoing ECN for inner (row) and outer (column), order Not-ECT, ECT(1), ECT(0), CE; -1 = drop. */
const EGRESS = [0, 0, 0, -1, 1, 1, 1, 3, 2, 1, 2, 3, 3, 3, 3, 3] as const;
const SHORT = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"] as const;
/** A router marks ECN-capable packets CE when it is congested (RFC 3168 section 5), in whichever header it sees. */
const isMarked = (ecn: number, sent: number): boolean => sent === 3 && (ecn === 1 || ecn === 2);

export const ecnRules: readonly DsRule[] = [
  {
    id: "RFC6040-4.1-1.ds-lite", clause: "RFC6040-4.1-1", title: "encapsulation copies ECN, or clears it in compatibility mode", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(pass(A.O_PLAIN | A.O_ECN)),
    check(x) {
      if (x.r.inner[x.output] === 0 || has(x, x.output, F.F_JOINED4 | F.F_PIECE4)) return NA;
      const from = ecn(x, x.output);
      const to = x.r.tos[x.output] & 3;
      x.code = from * 4 + to;
      return to === from || to === 0 ? PASS : isMarked(from, to) ? NA : VIOLATED;
    },
    deviation: (code) => `inner-${SHORT[code >> 2]}-outer-${SHORT[code & 3]}`,
    explain: (x) => told(x, `inner ${SHORT[x.code >> 2]} was sent with outer ${SHORT[x.code & 3]}`, "RFC 6040 section 4.1: the ECN field is copied (normal mode) or cleared (compatibility mode)",
      [field(x, x.output, "IPv6 outer", "ECN", ecnText(x.code >> 2), ecnText(x.code & 3), outer(x, x.output), 2)]),
  },
  {
    id: "RFC6040-4.1-2.ds-lite", clause: "RFC6040-4.1-2", title: "encapsulation leaves the inner ECN field alone", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN,
    sure: surely(pass(A.P_PLAIN | A.P_ECN)),
    check(x) {
      x.code = ecn(x, x.input) * 4 + ecn(x, x.output);
      return has(x, x.input, F.F_JOINED4) || isMarked(x.code >> 2, x.code & 3) ? NA : x.code >> 2 === (x.code & 3) ? PASS : VIOLATED;
    },
    deviation: (code) => `${SHORT[code >> 2]}-to-${SHORT[code & 3]}`,
    explain: (x) => told(x, "the inner ECN field was changed on encapsulation", "RFC 6040 section 4.1: only the outer header is written",
      [field(x, x.output, "IPv4 inner", "ECN", ecnText(x.code >> 2), ecnText(x.code & 3), inner(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC6040-4.2-1.ds-lite", clause: "RFC6040-4.2-1", title: "decapsulation combines inner and outer ECN", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(pass(A.P_PLAIN | A.P_ECN)),
    check(x) {
      if (has(x, x.input, F.F_DOUBT | F.F_ECN_DROP | F.F_JOINED4)) return NA;
      const i = ecn(x, x.input);
      const o = x.r.tos[x.input] & 3;
      const seen = ecn(x, x.output);
      x.code = (i * 4 + o) * 4 + seen;
      return EGRESS[i * 4 + o] === seen ? PASS : isMarked(EGRESS[i * 4 + o], seen) ? NA : VIOLATED;
    },
    deviation: (code) => `inner-${SHORT[code >> 4]}-outer-${SHORT[(code >> 2) & 3]}-gave-${SHORT[code & 3]}`,
    explain: (x) => told(x, `inner ${SHORT[x.code >> 4]} with outer ${SHORT[(x.code >> 2) & 3]} was forwarded as ${SHORT[x.code & 3]}`, "RFC 6040 section 4.2, figure 4",
      [field(x, x.output, "IPv4", "ECN", ecnText(EGRESS[x.code >> 2]), ecnText(x.code & 3), inner(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC6040-4.2-2.ds-lite", clause: "RFC6040-4.2-2", title: "outer CE on inner Not-ECT is dropped", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_ECN_DROP,
    check: (x) => (has(x, x.input, F.F_ECN_DROP) && !has(x, x.input, F.F_DOUBT | F.F_JOINED6 | F.F_JOINED4) ? mustNotForward(x) : NA),
    deviation: () => "forwarded",
    explain: (x) => told(x, "a Not-ECT packet with outer CE was forwarded", "RFC 6040 section 4.2: congestion cannot be signalled to a flow that is Not-ECT, so the packet is dropped",
      [field(x, x.input, "IPv6 outer", "ECN", "dropped", ecnText(x.r.tos[x.input]), outer(x, x.input), 2)]),
  },
  {
    id: "RFC6040-4.2-3.ds-lite", clause: "RFC6040-4.2-3", title: "inner Not-ECT stays Not-ECT", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(pass(A.P_PLAIN | A.P_ECN | A.P_NOT_ECT), na(A.P_ECT)),
    check(x) {
      if (ecn(x, x.input) !== 0 || (x.r.tos[x.input] & 3) === 3 || has(x, x.input, F.F_JOINED4)) return NA;
      x.code = ecn(x, x.output);
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => `became-${SHORT[code & 3]}`,
    explain: (x) => told(x, "a Not-ECT packet left as ECN-capable", "RFC 6040 section 4.2: inner Not-ECT with outer Not-ECT, ECT(0) or ECT(1) is forwarded as Not-ECT",
      [field(x, x.output, "IPv4", "ECN", ecnText(0), ecnText(x.code), inner(x, x.output) + 1, 1)]),
  },
];
