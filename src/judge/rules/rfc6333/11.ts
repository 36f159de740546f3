/** RFC 6333 section 11: who is served. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import * as F from "../../ds-lite/facts.js";
import { SOURCE_CLASSES, sourceClass } from "../../ds-lite/observe.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, field, forwardedOrNot, has, inner, mayBeLimited, mustNotForward, outer, told } from "../dslite/helpers.js";

/** Packets of other sources that must have got through before a silent block is held against the filter. */
const OTHERS = 3;

const DNS = 53;

const source = (x: DsExchange, expected: string) => [field(x, x.input, "IPv4 inner", "source", expected, formatIpv4(x.v.src[x.input]), inner(x, x.input) + 12, 4)];
const dropped: DsRule["check"] = (x) => (!has(x, x.input, F.F_SRC_FOREIGN) || x.v.l4[x.input] === 0 || has(x, x.input, F.F_BAD4) ? NA : mustNotForward(x));

/** Does the packet make a mapping by itself in any NAT? A reply, or a TCP segment of a connection that the NAT has not seen begin, need not. */
function opens(x: DsExchange): boolean {
  const l4 = x.v.l4[x.input];
  const proto = x.v.proto[x.input];
  return proto === F.P_UDP || (proto === F.P_TCP ? (x.b[l4 + 13] & 0x12) === 2 : proto === F.P_ICMP && x.b[l4] === 8);
}

/** Inside `b4-prefixes`, which holds every address where nothing is written. */
const isDeclared = (x: DsExchange): boolean => x.aftr.isB4(x.b, outer(x, x.input) + 8);
/** Of the far end only its own address and port: the near end is translated. */
function farEnd(clause: string, way: "outbound" | "inbound", when: number): DsRule {
  const outward = way === "outbound";
  const end = outward ? "destination" : "source";
  const address = (x: DsExchange, slot: number): number => (outward ? x.v.dst[slot] : x.v.src[slot]);
  const port = (x: DsExchange, slot: number): number => (x.v.proto[slot] === F.P_ICMP ? 0 : outward ? x.v.dport[slot] : x.v.sport[slot]);
  return {
    id: `${clause}.far-end`, clause, title: `${way} packets keep their ${end}`, mechanisms: DS_LITE, on: "pair", when, kept: true,
    sure: (aftr) => [aftr.nat === undefined ? na(0) : pass(A.P_PLAIN)],
    check(x) {
      if (x.aftr.nat === undefined || has(x, x.input, F.F_ERROR | F.F_PROTOCOL) || x.v.l4[x.input] === 0 || x.v.l4[x.output] === 0) return NA;
      x.code = address(x, x.input) !== address(x, x.output) ? 1 : 2;
      // Operators send queries to a resolver of their own, whomever they were for: a service beside the NAT, of which the configuration says nothing.
      if (x.code === 1 && port(x, x.input) === DNS) return NA;
      return x.code === 1 || port(x, x.input) !== port(x, x.output) ? VIOLATED : PASS;
    },
    deviation: (code) => (code === 1 ? "address" : "port"),
    explain: (x) => told(x, `an ${way} packet left with another ${end}${x.code === 1 ? "" : " port"}`, `RFC 6333 section B.1.1, figure ${outward ? "2" : "3"}: only the subscriber's end is translated`,
      [x.code === 1 ? field(x, x.output, "IPv4", end, formatIpv4(address(x, x.input)), formatIpv4(address(x, x.output)), inner(x, x.output) + (outward ? 16 : 12), 4)
        : field(x, x.output, "transport", `${end} port`, port(x, x.input), port(x, x.output), x.v.l4[x.output] + (outward ? 2 : 0), 2)]),
  };
}

export const section11: readonly DsRule[] = [
  {
    id: "RFC6333-11-2", clause: "RFC6333-11-2", title: "inner sources of RFC 1918, of 192.0.0.0/29 and authorised ones are served, no others", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(pass(A.I_FORWARDED)),
    check(x) {
      if (has(x, x.input, F.F_SRC_FOREIGN)) return dropped(x);
      if (x.output >= 0) return PASS;
      if (!x.absence || x.answer >= 0 || has(x, x.input, F.MAY_DROP | F.F_JOINED4 | F.F_JOINED6 | F.F_ERROR | F.F_TO_POOL | F.F_EXTENSION | F.F_RST) || x.v.l4[x.input] === 0) return NA;
      if (!opens(x)) return NA;
      const mine = sourceClass(x.v.src[x.input]);
      if (mine === SOURCE_CLASSES - 1) return NA;
      // One lost packet may have met a full pool or a limit. A block of which nothing ever gets through, while others are served, is refused.
      let others = 0;
      let vanished = 0;
      for (let i = 0; i < SOURCE_CLASSES - 1; i++) {
        if (i === mine) continue;
        others += x.history.passed[i];
        vanished += x.history.vanished[i];
      }
      if (x.history.passed[mine] > 0 || x.history.vanished[mine] === 0 || others < OTHERS || vanished > 0 || mayBeLimited(x)) return NA;
      x.code = 2;
      x.inferred = true;
      return VIOLATED;
    },
    deviation: forwardedOrNot,
    explain: (x) => told(x, x.code === 2 ? "packets of a block of inner sources that RFC 6333 admits are never served" : "a packet of an unauthorised inner source was served", "RFC 6333 section 11 (decisions D14): RFC 1918, 192.0.0.0/29 and what the configuration authorises",
      source(x, x.code === 2 ? "served" : "an authorised source")),
  },
  {
    id: "RFC6333-11-3", clause: "RFC6333-11-3", title: "all other decapsulated packets are dropped", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_SRC_FOREIGN, check: dropped, deviation: forwardedOrNot,
    explain: (x) => told(x, "a packet of an unauthorised inner source was forwarded", "RFC 6333 section 11", source(x, "an authorised source")),
  },
  {
    id: "RFC6333-11-6", clause: "RFC6333-11-6", title: "only configured B4s are served", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_B4_FOREIGN,
    check: (x) => (has(x, x.input, F.F_B4_FOREIGN) && !has(x, x.input, F.F_NOT_OURS) ? mustNotForward(x) : NA), deviation: forwardedOrNot,
    explain: (x) => told(x, isDeclared(x) ? "a softwire packet from an address that no customer can have was decapsulated" : "a softwire packet from outside the B4 prefixes was decapsulated",
      isDeclared(x) ? "RFC 6333 section 11: service can be restricted to customers; none has the unspecified, the loopback or a multicast address (RFC 4291 section 2), or the AFTR's own" : "RFC 6333 section 11: service can be restricted to registered customers; the configuration names them",
      [field(x, x.input, "IPv6 outer", "source", isDeclared(x) ? "a unicast address of a customer" : "inside b4-prefixes", textIpv6At(x.b, outer(x, x.input) + 8), outer(x, x.input) + 8, 16)]),
  },
  {
    id: "RFC6333-B.1.1-1", clause: "RFC6333-B.1.1-1", title: "outbound packets leave with an external source, the rest unchanged", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(pass(A.P_PLAIN | A.P_EXTERNAL | A.P_ORDINARY_ENDS)),
    check(x) {
      if (x.aftr.nat === undefined || x.aftr.exempt(x.v.dst[x.input]) || has(x, x.input, F.F_SRC_FOREIGN | F.F_B4_FOREIGN)) return NA;
      return has(x, x.output, F.F_FROM_POOL) || (has(x, x.input, F.F_ERROR) && x.own4.includes(x.v.src[x.output])) ? PASS : x.aftr.isInner(x.v.src[x.output], x.v.src[x.input]) ? VIOLATED : NA;
    },
    deviation: () => "not-translated",
    explain: (x) => told(x, "a packet left the AFTR with its inner source", "RFC 6333 section B.1.1: source address and port are replaced by an external pair",
      [field(x, x.output, "IPv4", "source", "an address of the pool", formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  farEnd("RFC6333-B.1.1-1", "outbound", F.FLOW_OUT), farEnd("RFC6333-B.1.1-2", "inbound", F.FLOW_IN),
];
