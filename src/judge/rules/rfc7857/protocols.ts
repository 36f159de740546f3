/** RFC 7857 sections 3, 5 and 6: one external end for several internal ends, or for several protocols. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { B_CREATED } from "../../ds-lite/bindings.js";
import * as F from "../../ds-lite/facts.js";
import { N_OTHER_PROTOCOL } from "../../ds-lite/notes.js";
import type { DsRule } from "../../ds-lite/rule.js";
import { nearPort } from "../../ds-lite/tuple.js";
import { NA, OBSERVED, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, external, field, has, inner, told } from "../dslite/helpers.js";
import { translated } from "../rfc4787/behaviour.js";

/** Inner ends with bindings of both TCP and UDP that share the external end, before that is no chance any more. */
const TOGETHER = 4;

export const protocolRules: readonly DsRule[] = [
  {
    id: "RFC7857-3-1", clause: "RFC7857-3-1", title: "external ports overlap", mechanisms: DS_LITE, on: "pair", when: F.FROM_SOFTWIRE,
    sure: surely(na(A.P_KNOWN), pass(A.P_PLAIN | A.P_EXTERNAL | A.P_NEW | A.P_CLEAN)),
    check(x) {
      if (!translated(x) || x.learned.binding >= 0) return NA;
      const i = x.learned.shared;
      // Towards the same remote end it is overloading, which RFC 4787 and RFC 5382 forbid.
      return i >= 0 && x.learned.sharedLive && !x.nat.knows(i, x.v.dst[x.input], x.v.dport[x.input]) ? OBSERVED : PASS;
    },
    explain: (x) => told(x, "overlapping ports", "RFC 7857 section 3"),
  },
  {
    id: "RFC7857-5-1", clause: "RFC7857-5-1", title: "TCP and UDP have mappings of their own", mechanisms: DS_LITE, on: "pair", when: F.FROM_SOFTWIRE,
    sure: surely(na(A.P_QUIET)),
    check(x) {
      if (!translated(x) || x.state.sibling === 0) return NA;
      return x.state.sibling === 2 ? PASS : x.state.apart === 0 && x.state.together >= TOGETHER ? VIOLATED : NA;
    },
    deviation: () => "shared",
    explain: (x) => told(x, `${x.state.together} inner ends have the same external end for TCP and for UDP, and none has two`, "RFC 7857 section 5: mappings depend on the protocol",
      [field(x, x.output, "transport", "source port", "one of its own", nearPort(x.v, x.output, true), x.v.l4[x.output], 2)]),
  },
  {
    id: "RFC7857-6-1", clause: "RFC7857-6-1", title: "a mapping of one protocol lets no other in", mechanisms: DS_LITE, on: "input", when: ON_CORE, notes: N_OTHER_PROTOCOL,
    check(x) {
      if ((x.v.notes[x.input] & N_OTHER_PROTOCOL) === 0 || has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4) || x.aftr.isStatic(x.v.dst[x.input], x.v.proto[x.input], x.v.dport[x.input])) return NA;
      if (x.output < 0) return x.absence ? PASS : NA;
      const i = x.v.noted[x.input];
      // A mapping of its own protocol had just been made, and was learned later.
      const j = x.nat.byExternal(x.v.dst[x.input], x.v.proto[x.input], x.v.dport[x.input]);
      if (j >= 0 && (x.nat.flags[j] & B_CREATED) !== 0 && x.nat.born[j] <= x.r.time[x.input]) return NA;
      // To the very end that the other protocol's mapping has: no older mapping explains it.
      return x.r.side[x.output] === 0 && x.nat.isInternal(i, x.b, x.r.off[x.output] + 24, x.v.dst[x.output], x.v.dport[x.output]) && x.nat.extPort[i] !== x.nat.innerPort[i] ? VIOLATED : NA;
    },
    deviation: () => "let-in",
    explain: (x) => told(x, `a packet of another protocol was let in through ${external(x, x.v.noted[x.input])}`, "RFC 7857 section 6: filtering depends on the protocol",
      [field(x, x.input, "IPv4", "protocol", x.nat.proto[x.v.noted[x.input]], x.v.proto[x.input], inner(x, x.input) + 9, 1)]),
  },
];
