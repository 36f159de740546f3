/** Hairpinning between subscribers: RFC 4787 section 6, RFC 5382 section 7.2, RFC 5508 section 5 (decisions D32). */
import { formatIpv4 } from "../../../wire/address.js";
import { L_HAIR_MAPPING } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { L_HAIR_ERROR, L_HAIR_TCP, L_HAIR_UDP } from "../../ds-lite/history.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { type Outcome, NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, external, field, has, inner, mustForward, told } from "../dslite/helpers.js";

/** To the external end of a live binding of another internal end. */
function hairpins(x: DsExchange, proto: number): boolean {
  if (x.v.proto[x.input] !== proto || !has(x, x.input, F.F_TO_POOL) || !has(x, x.input, F.F_BOUND) || has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_JOINED4)) return false;
  const nat = x.aftr.nat;
  if (nat === undefined || !nat.hairpinning) return false;
  const i = x.v.binding[x.input];
  return !x.nat.isInternal(i, x.b, x.r.off[x.input] + 8, x.v.src[x.input], x.v.sport[x.input]);
}
/** Deviation of a hairpinned packet whose address alone was translated. */
const INNER_PORT = 1;
const toCore = (x: DsExchange): boolean => x.output >= 0 && x.r.side[x.output] !== 0;

function hairpinned(x: DsExchange, proto: number): Outcome {
  if (!hairpins(x, proto)) return NA;
  if (toCore(x)) {
    x.code = 1;
    return VIOLATED;
  }
  const cause = proto === F.P_TCP ? L_HAIR_TCP : L_HAIR_UDP;
  if (x.output >= 0) return mustForward(x, cause);
  // A filter may refuse what no filter but the endpoint-independent one lets through, and which it is somebody has to have said; the sender may also lack a port.
  const sender = x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.src[x.input], proto, x.v.sport[x.input]);
  const open = (x.aftr.nat?.filtering === "endpoint-independent" && !x.aftr.undeclared("filtering")) || has(x, x.input, F.F_KNOWN);
  return open && sender >= 0 ? mustForward(x, cause) : NA;
}
const rule = (id: string, proto: number, name: string): DsRule => ({
  id, clause: id, title: `${name} is hairpinned between subscribers`, mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_TO_POOL, proto,
  check: (x) => hairpinned(x, proto),
  deviation: (code) => (code === 1 ? "sent-to-the-core" : "no-output"),
  explain: (x) => told(x, `a packet to ${external(x, x.v.binding[x.input])} ${x.code === 1 ? "left on the Internet side" : "did not reach the other subscriber"}`, "RFC 4787 REQ-9, RFC 5382 REQ-8: it must leave in the other softwire, and there only"),
});

const errorRule = (id: string, title: string, cause: number, why: string): DsRule => ({
  id, clause: id, title, mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_ERROR,
  check(x) {
    // The error goes to the external end from which the quoted packet seemed to come.
    if (!has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_TO_POOL) || !has(x, x.input, F.F_BOUND) || has(x, x.input, F.MAY_DROP) || x.aftr.nat?.hairpinning !== true) return NA;
    if (x.v.qSrc[x.input] !== x.v.dst[x.input]) return NA;
    const quoted = x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.qDst[x.input], x.v.qProto[x.input], x.v.qDport[x.input]);
    if (quoted < 0) return NA;
    if (toCore(x)) {
      x.code = 1;
      return VIOLATED;
    }
    return mustForward(x, cause);
  },
  deviation: (code) => (code === 1 ? "sent-to-the-core" : "no-output"),
  explain: (x) => told(x, `an ICMP error about a packet of ${external(x, x.v.binding[x.input])} did not reach that subscriber`, why),
});

/** Deviation of an error that went on with the quoted packet as the other subscriber sees it. */
const quotedRule: DsRule = {
  id: "RFC5508-5-1.quote", clause: "RFC5508-5-1", title: "a hairpinned ICMP error quotes the packet as its sender sent it", mechanisms: DS_LITE, on: "pair", when: F.FLOW_HAIR, facts: F.F_ERROR,
  check(x) {
    if (!has(x, x.input, F.F_ERROR) || x.v.l4[x.output] === 0 || x.ambiguous || x.aftr.nat === undefined) return NA;
    return x.aftr.inPool(x.v.qSrc[x.output]) || x.aftr.isInner(x.v.qDst[x.output], x.v.qDst[x.input]) ? VIOLATED : PASS;
  },
  deviation: () => "quote",
  explain: (x) => told(x, "a hairpinned ICMP error quotes the packet in another form than its sender sent it", "RFC 5508 REQ-7 and REQ-4: the embedded hairpinned packet is translated, too",
    [field(x, x.output, "IPv4 quoted", "addresses", "internal source, external destination", `${formatIpv4(x.v.qSrc[x.output])} > ${formatIpv4(x.v.qDst[x.output])}`, x.v.quote[x.output] + 12, 8)]),
};

export const hairpinRules: readonly DsRule[] = [
  quotedRule,
  rule("RFC4787-6-1", F.P_UDP, "UDP"),
  rule("RFC5382-7.2-1", F.P_TCP, "TCP"),
  {
    id: "RFC4787-6-2", clause: "RFC4787-6-2", title: "a hairpinned packet has the sender's external source", mechanisms: DS_LITE, on: "pair", when: F.FLOW_HAIR,
    check(x) {
      if (has(x, x.input, F.F_ERROR) || x.aftr.nat === undefined) return NA;
      if (!has(x, x.output, F.F_FROM_POOL)) return x.aftr.isInner(x.v.src[x.output], x.v.src[x.input]) ? VIOLATED : NA;
      // The sender is known by another external port of this address, and the inner one was left.
      const i = x.learned.moved;
      if (i < 0 || !x.learned.movedLive || x.nat.ext[i] !== x.v.src[x.output] || x.v.sport[x.output] !== x.nat.innerPort[i] || x.nat.extPort[i] === x.nat.innerPort[i]) return PASS;
      x.code = INNER_PORT;
      return VIOLATED;
    },
    deviation: (code) => (code === INNER_PORT ? "internal-port" : "internal-source"),
    explain: (x) => told(x, `a hairpinned packet kept its inner source${x.code === INNER_PORT ? " port" : ""}`, "RFC 4787 REQ-9a: external source address and port",
      [x.code === INNER_PORT ? field(x, x.output, "transport", "source port", x.nat.extPort[x.learned.moved], x.v.sport[x.output], x.v.l4[x.output], 2)
        : field(x, x.output, "IPv4", "source", "an external address", formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  errorRule("RFC5508-5-1", "ICMP errors about hairpinned packets are hairpinned", L_HAIR_ERROR, "RFC 5508 REQ-7: hairpinned errors are supported by every NAT"),
  errorRule("RFC7857-12-1", "an external address leads ICMP errors to its internal end", L_HAIR_MAPPING, "RFC 7857 section 12: mappings lead from the external to the internal address for hairpinned ICMP errors too"),
];
