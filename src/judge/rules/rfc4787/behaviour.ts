/** Mapping and pooling as sets of still possible behaviours; what translation leaves alone: RFC 4787 sections 4.1, 4.2.1, 7 and 8, RFC 5382 section 6. */
import * as A from "../../ds-lite/aspects.js";
import { na, never, pass, surely } from "../../ds-lite/aspects.js";
import { hasStatics } from "../../ds-lite/aftr.js";
import { formatIpv4 } from "../../../wire/address.js";
import { L_ROUTER_ERROR } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { firstDifference } from "../../ds-lite/keys.js";
import { protocolIndex } from "../../ds-lite/nat-state.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { nearPort } from "../../ds-lite/tuple.js";
import { NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_CORE, isPaired, external, field, has, icmp, inner, internal, mustForward, told } from "../dslite/helpers.js";

const OUTBOUND = F.FROM_SOFTWIRE;
export const translated = (x: DsExchange): boolean => !x.ambiguous && x.aftr.nat !== undefined && !has(x, x.input, F.F_ERROR | F.F_PROTOCOL) && has(x, x.output, F.F_FROM_POOL);
export const isStaticEnd = (x: DsExchange): boolean => x.aftr.isStatic(x.v.src[x.output], x.v.proto[x.output], nearPort(x.v, x.output, true));

/** Contradictions needed before a mapping counts as one that changes: one alone may be a restart of the device. */
const CONTRADICTIONS = 2;

/** Ports whose ALG the configuration names: FTP control, TFTP, PPTP control. */
const ALG_PORT = { ftp: 21, tftp: 69, pptp: 1723 } as const;
function isAlgPort(x: DsExchange, port: number): boolean {
  const free = x.aftr.undeclared("alg");
  for (const name of ["ftp", "tftp", "pptp"] as const) if (port === ALG_PORT[name] && (free || x.aftr.nat?.alg.includes(name) === true)) return true;
  return false;
}
function payloadKept(x: DsExchange, proto: number): Outcome {
  const { v } = x;
  if (v.proto[x.input] !== proto || x.ambiguous || x.aftr.nat === undefined || has(x, x.input, F.F_ERROR | F.F_JOINED4)) return NA;
  if (isAlgPort(x, v.sport[x.input]) || isAlgPort(x, v.dport[x.input])) return NA;
  const header = proto === F.P_TCP ? (x.b[v.l4[x.input] + 12] >>> 4) << 2 : 8;
  if (Math.min(v.l4Visible[x.input], v.l4Visible[x.output]) <= header) return NA;
  const at = firstDifference(x.b, v, x.input, x.output);
  return at < header ? PASS : VIOLATED;
}
const payloadRule = (id: string, proto: number, name: string, why: string): DsRule => ({
  id, clause: id, title: `${name} payload passes unchanged`, mechanisms: DS_LITE, on: "pair", when: ANY_FLOW, proto,
  sure: (aftr) => [aftr.nat === undefined ? na(0) : pass(A.P_PLAIN | A.P_SAME | A.P_PAYLOAD | A.P_NO_ALG), na(A.P_NO_PAYLOAD)],
  check: (x) => payloadKept(x, proto), deviation: () => "payload",
  explain(x) {
    const at = firstDifference(x.b, x.v, x.input, x.output);
    return told(x, `${name} payload was rewritten`, why, [field(x, x.output, "payload", `byte ${at}`, x.b[x.v.l4[x.input] + at], x.b[x.v.l4[x.output] + at], x.v.l4[x.output] + at, 1)]);
  },
});

/** Towards the same remote end a live binding was replaced after an ICMP error about it. */
function survivesError(x: DsExchange, proto: number): Outcome {
  if (!translated(x) || x.v.proto[x.input] !== proto) return NA;
  const { learned, nat } = x;
  // Towards another remote end it is a mapping that depends on the end, and nothing was lost.
  if (learned.moved >= 0) return learned.movedLive && learned.movedKnows && nat.errorIn[learned.moved] > nat.lastOut(learned.moved) ? VIOLATED : NA;
  return learned.binding >= 0 && nat.errorIn[learned.binding] > nat.lastOut(learned.binding) ? PASS : NA;
}
const errorRule = (id: string, proto: number, name: string, why: string): DsRule => ({
  id, clause: id, title: `an ICMP error does not end a ${name} binding`, mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto,
  sure: surely(na(A.P_KNOWN | A.P_CLEAN | A.P_NO_ERROR), na(A.P_NEW | A.P_CLEAN)),
  check: (x) => survivesError(x, proto), deviation: () => "ended",
  explain: (x) => told(x, `${internal(x, x.learned.moved)} lost ${external(x, x.learned.moved)} after an ICMP error about it`, why,
    [field(x, x.output, "IPv4", "source", external(x, x.learned.moved), `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`, inner(x, x.output) + 12, 4)]),
});

export const behaviourRules: readonly DsRule[] = [
  {
    id: "RFC4787-4.1-2", clause: "RFC4787-4.1-2", title: "the sessions of an inner address share one external address", mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto: F.P_UDP,
    sure: (aftr) => [aftr.nat?.pooling !== undefined && aftr.nat.pooling !== "paired" ? na(0) : hasStatics(aftr) ? never : pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_CLEAN), na(A.P_NEW | A.P_CLEAN)],
    check(x) {
      if (!translated(x) || x.v.proto[x.input] !== F.P_UDP || isStaticEnd(x) || !isPaired(x)) return NA;
      const i = x.learned.pooled;
      if (i < 0) return x.learned.binding >= 0 ? PASS : NA;
      return x.nat.inner[i] === x.v.src[x.input] && !x.aftr.isStatic(x.nat.ext[i], x.nat.proto[i], x.nat.extPort[i]) ? VIOLATED : NA;
    },
    deviation: () => "arbitrary-pooling",
    explain: (x) => told(x, `${formatIpv4(x.v.src[x.input])} holds ${external(x, x.learned.pooled)} and got another external address`, "RFC 4787 REQ-2: paired pooling",
      [field(x, x.output, "IPv4", "source", formatIpv4(x.nat.ext[x.learned.pooled]), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC4787-4.2.1-2", clause: "RFC4787-4.2.1-2", title: "ports from 1024 up stay there", mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto: F.P_UDP,
    sure: surely(na(A.P_KNOWN)),
    check(x) {
      // Inner ports below 1024 may be moved up: RFC 6908 section 2.11 keeps 0-1023 from ordinary customers (decisions D22).
      if (!translated(x) || x.v.proto[x.input] !== F.P_UDP || x.v.sport[x.input] < 1024 || isStaticEnd(x) || x.learned.binding >= 0) return NA;
      return x.v.sport[x.output] >= 1024 ? PASS : VIOLATED;
    },
    deviation: () => "moved-below-1024",
    explain: (x) => told(x, "a port above 1023 was mapped to a well-known one", "RFC 4787 REQ-3a", [field(x, x.output, "UDP", "source port", "1024 or more", x.v.sport[x.output], x.v.l4[x.output], 2)]),
  },
  {
    id: "RFC4787-8-1", clause: "RFC4787-8-1", title: "the kind of mapping does not change", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: (aftr) => (aftr.nat?.overlapping === undefined ? [pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_REMOTE_NEW), na(A.P_KNOWN | A.P_REMOTE_OLD), na(A.P_NEW | A.P_CLEAN)] : [na(0)]),
    check(x) {
      if (!translated(x) || x.aftr.nat?.overlapping !== undefined) return NA;
      const p = protocolIndex(x.v.proto[x.input]);
      const { independent, dependent } = x.state;
      if (x.learned.binding >= 0) return x.state.newRemote ? PASS : NA;
      // Of query identifiers RFC 5508 section 3.1 asks no more than a SHOULD (RFC5508-3.1-3).
      if (x.v.proto[x.input] === F.P_ICMP) return NA;
      // Endpoint-independent mapping was seen, and mapping that depends on the endpoint: no kind of mapping is left that explains both.
      return x.learned.moved >= 0 && x.learned.movedLive && !x.learned.movedKnows && independent[p] > 0 && dependent[p] >= CONTRADICTIONS ? VIOLATED : NA;
    },
    deviation: () => "kind-changed",
    explain: (x) => told(x, `${internal(x, x.learned.moved)} had ${external(x, x.learned.moved)} and got another external end towards another remote end, where others kept theirs`, "RFC 4787 REQ-11: behaviour is deterministic, it does not change with time or when ports conflict",
      [field(x, x.output, "IPv4", "source", external(x, x.learned.moved), `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`, inner(x, x.output) + 12, 4)]),
  },
  payloadRule("RFC4787-7-1", F.P_UDP, "UDP", "RFC 4787 REQ-10: ALGs for UDP are turned off"),
  payloadRule("RFC5382-6-1", F.P_TCP, "TCP", "RFC 5382 REQ-6: ALGs but that for FTP are off unless turned on"),
  errorRule("RFC4787-9-1", F.P_UDP, "UDP", "RFC 4787 REQ-12"),
  errorRule("RFC5382-7.3-2", F.P_TCP, "TCP", "RFC 5382 REQ-10"),
  errorRule("RFC5508-4.3-1", F.P_ICMP, "ICMP query", "RFC 5508 REQ-6 (that the error does not refresh it shows only where the timer is known for sure, and is not judged)"),
  {
    id: "RFC4787-9-2", clause: "RFC4787-9-2", title: "ICMP errors from routers on the way are let in", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check(x) {
      const { v, input } = x;
      if (!has(x, input, F.F_ERROR) || !has(x, input, F.F_BOUND) || has(x, input, F.MAY_DROP) || v.qSrc[input] !== v.dst[input] || v.src[input] === v.qDst[input]) return NA;
      const type = x.b[icmp(x, input)];
      if ((type !== 3 && type !== 11) || !x.nat.knows(v.binding[input], v.qDst[input], v.qProto[input] === F.P_ICMP ? 0 : v.qDport[input])) return NA;
      return mustForward(x, L_ROUTER_ERROR);
    },
    deviation: () => "filtered",
    explain: (x) => told(x, `an ICMP error about a packet of ${external(x, x.v.binding[x.input])} was lost; its source is not the remote end`, "RFC 4787 REQ-12a: the default is not to filter ICMP by its source"),
  },
];
