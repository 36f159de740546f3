/** Mapping: RFC 4787 section 4, RFC 5382 sections 4.1 and 7.1, RFC 5508 section 3.1, RFC 6333 section 6.6, RFC 6888 section 3. */
import * as A from "../../ds-lite/aspects.js";
import { na, never, pass, surely } from "../../ds-lite/aspects.js";
import { hasStatics } from "../../ds-lite/aftr.js";
import { formatIpv4 } from "../../../wire/address.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { type Outcome, NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, isDisjoint, isPaired, external, field, has, inner, internal, overlaps, seconds, told } from "../dslite/helpers.js";
import { floorSeconds } from "../../ds-lite/floor.js";
import { N_ADDRESS_FULL } from "../../ds-lite/notes.js";
import { isOfSubscriber } from "../../ds-lite/subscriber.js";
import { protocolIndex } from "../../ds-lite/nat-state.js";
import { nearPort } from "../../ds-lite/tuple.js";

const OUTBOUND = F.FLOW_OUT | F.FLOW_HAIR;
const translated = (x: DsExchange, proto: number): boolean =>
  !x.ambiguous && x.aftr.nat !== undefined && x.v.proto[x.input] === proto && !has(x, x.input, F.F_ERROR) && has(x, x.output, F.F_FROM_POOL);
const seen = (x: DsExchange): string => `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`;
const newSource = (x: DsExchange, expected: string) => [field(x, x.output, "IPv4", "source", expected, seen(x), inner(x, x.output) + 12, 4)];

/** The same internal end got another external end towards another remote end while its binding was live. */
function independent(x: DsExchange, proto: number): Outcome {
  if (!translated(x, proto)) return NA;
  const l = x.learned;
  if (l.moved < 0) return l.binding >= 0 ? PASS : NA;
  // Towards the same remote end it is a lost mapping (timers), not a dependent one. One TCP connection may have been closed by a segment that the tap lost.
  if (overlaps(x) || !l.movedLive || l.movedKnows || !x.nat.remembersAll(l.moved)) return NA;
  return proto !== F.P_TCP || x.state.dependent[protocolIndex(proto)] > 1 ? VIOLATED : NA;
}
const independentRule = (id: string, proto: number, name: string, why: string): DsRule => ({
  id, clause: id, title: `${name} mapping does not depend on the remote end`, mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto,
  sure: surely(pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_CLEAN), na(A.P_NEW | A.P_CLEAN)),
  check: (x) => independent(x, proto),
  deviation: () => "depends-on-endpoint",
  explain: (x) => told(x, `${internal(x, x.learned.moved)} had ${external(x, x.learned.moved)} ${seconds(x.learned.movedIdle)} before and got ${seen(x)} towards another remote end`, why, newSource(x, external(x, x.learned.moved))),
});

/** Two internal ends on one live external end. `b4`: those that differ in the B4 only. */
function overloaded(x: DsExchange, proto: number, b4: boolean): Outcome {
  if (!translated(x, proto)) return NA;
  const l = x.learned;
  if (l.shared < 0) return l.binding >= 0 || l.moved < 0 ? PASS : NA;
  if (!l.sharedLive || isDisjoint(x)) return NA;
  const sameInner = x.nat.inner[l.shared] === x.v.src[x.input] && x.nat.innerPort[l.shared] === nearPort(x.v, x.input, true);
  return !b4 || sameInner ? VIOLATED : NA;
}
const unshared = surely(pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_CLEAN), pass(A.P_PLAIN | A.P_EXTERNAL | A.P_NEW | A.P_CLEAN));
const overloadRule = (id: string, proto: number, name: string, why: string): DsRule => ({
  id, clause: id, title: `no external ${name} port serves two internal ends`, mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto,
  sure: unshared,
  check: (x) => overloaded(x, proto, false),
  deviation: () => "overloaded",
  explain: (x) => told(x, `${external(x, x.learned.shared)} belongs to ${internal(x, x.learned.shared)} of another binding, used ${seconds(x.learned.sharedIdle)} before`, why, newSource(x, "a free external pair")),
});

/** Beside overloadRule: towards another remote end, which is for the administrator to say. */
const apartRule = (clause: string, proto: number, name: string, requirement: string): DsRule => ({
  id: `${clause}.apart`, clause, title: `no external ${name} port serves two internal ends towards different remote ends, unless that is declared`, mechanisms: DS_LITE, cap: "warn", on: "pair", when: OUTBOUND, proto,
  sure: (aftr) => (aftr.nat?.overlapping === undefined ? unshared(aftr) : [na(0)]),
  check(x) {
    if (!translated(x, proto) || overlaps(x)) return NA;
    if (x.learned.shared < 0) return x.learned.binding >= 0 || x.learned.moved < 0 ? PASS : NA;
    return x.learned.sharedLive && isDisjoint(x) ? VIOLATED : NA;
  },
  deviation: () => "overlapping",
  explain: (x) => told(x, `${external(x, x.learned.shared)} belongs to ${internal(x, x.learned.shared)} of another binding, used ${seconds(x.learned.sharedIdle)} before towards other remote ends`,
    `${requirement}: no port overloading; RFC 7857 section 3 allows it towards different remote ends: declare \`port-overlapping\` where it is meant (decisions D23)`, newSource(x, "a free external pair")),
});

export const mappingRules: readonly DsRule[] = [
  independentRule("RFC4787-4.1-1", F.P_UDP, "UDP", "RFC 4787 REQ-1"),
  independentRule("RFC5382-4.1-1", F.P_TCP, "TCP", "RFC 5382 REQ-1"),
  independentRule("RFC5508-3.1-3", F.P_ICMP, "ICMP query", "RFC 5508 REQ-1"),
  overloadRule("RFC4787-4.2.1-1", F.P_UDP, "UDP", "RFC 4787 REQ-3: no port overloading; the other end speaks with the same remote end, which RFC 7857 section 3 does not allow either"),
  overloadRule("RFC5382-7.1-1", F.P_TCP, "TCP", "RFC 5382 REQ-7: no port overloading; the other end speaks with the same remote end, which RFC 7857 section 3 does not allow either"),
  apartRule("RFC4787-4.2.1-1", F.P_UDP, "UDP", "RFC 4787 REQ-3"),
  apartRule("RFC5382-7.1-1", F.P_TCP, "TCP", "RFC 5382 REQ-7"),
  {
    id: "RFC6333-6.6-1", clause: "RFC6333-6.6-1", title: "the binding includes the B4", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: unshared,
    check(x) {
      const proto = x.v.proto[x.input];
      return proto === F.P_UDP || proto === F.P_TCP || proto === F.P_ICMP ? overloaded(x, proto, true) : NA;
    },
    deviation: () => "b4-not-in-key",
    explain: (x) => told(x, `two B4s with the same inner end share ${external(x, x.learned.shared)}`, "RFC 6333 section 6.6: the B4's IPv6 address keeps customers with the same IPv4 addresses apart", newSource(x, "an external pair of its own")),
  },
  {
    id: "RFC6888-3-2", clause: "RFC6888-3-2", title: "a subscriber has one external address", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: (aftr) => [(aftr.nat?.pooling ?? "paired") !== "paired" ? na(0) : hasStatics(aftr) ? never : pass(A.P_PLAIN | A.P_EXTERNAL | A.P_KNOWN | A.P_CLEAN), na(A.P_NEW | A.P_CLEAN)],
    check(x) {
      const proto = x.v.proto[x.input];
      // RFC 6888 REQ-2: an administrator may change the behaviour; what is declared is no deviation.
      if ((x.aftr.nat?.pooling ?? "paired") !== "paired") return NA;
      if (!translated(x, proto) || !isPaired(x) || x.aftr.isStatic(x.v.src[x.output], proto, nearPort(x.v, x.output, true))) return NA;
      const i = x.learned.pooled;
      // What happens when the subscriber's address is full, RFC 7857 section 4 says, with a SHOULD (RFC7857-4-1).
      if (i >= 0 && (x.v.notes[x.input] & N_ADDRESS_FULL) !== 0) return NA;
      if (i >= 0) return x.aftr.isStatic(x.nat.ext[i], x.nat.proto[i], x.nat.extPort[i]) ? NA : VIOLATED;
      return x.learned.binding >= 0 ? PASS : NA;
    },
    deviation: () => "several-addresses",
    explain: (x) => told(x, `the subscriber holds ${external(x, x.learned.pooled)} and got another external address`, "RFC 6888 REQ-2 and RFC 4787 REQ-2: paired pooling, per subscriber and across protocols (decisions D28)",
      [field(x, x.output, "IPv4", "source", formatIpv4(x.nat.ext[x.learned.pooled]), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC6888-3-10", clause: "RFC6888-3-10", title: "a freed external port rests for 120 s", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: surely(na(A.P_PLAIN | A.P_KNOWN | A.P_CLEAN)),
    check(x) {
      const nat = x.aftr.nat;
      const proto = x.v.proto[x.input];
      // Tracked TCP and ports that belong to one subscriber are exempt (RFC6888-3-19).
      if (nat === undefined || (proto !== F.P_UDP && proto !== F.P_ICMP) || !translated(x, proto) || nat.allocation === "port-block" || nat.allocation === "deterministic") return NA;
      const i = x.learned.shared;
      if (i < 0) return x.learned.binding < 0 ? PASS : NA;
      if (x.aftr.undeclared("allocation") && isOfSubscriber(x.nat, i, x.b, x.r.off[x.input] + 8, x.aftr.cfg.subscriberPrefixLength)) return NA;
      if (overlaps(x) && isDisjoint(x)) return NA;
      // The old binding lived as long as its floor after its last packet, whatever the timer.
      if (x.learned.sharedLive) return NA;
      return x.learned.sharedIdle < floorSeconds(x.nat, i) + Math.min(120, nat.holdDownSeconds) - 1 ? VIOLATED : PASS;
    },
    deviation: () => "reused-early",
    explain: (x) => told(x, `${external(x, x.learned.shared)} was given to another internal end ${seconds(x.learned.sharedIdle)} after its last packet`, "RFC 6888 REQ-8: 120 s after it was freed, and it cannot have been freed before its timer's floor", newSource(x, "another external pair")),
  },
  {
    id: "RFC4787-4.2.2-1", clause: "RFC4787-4.2.2-1", title: "the parity of UDP ports is kept", mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto: F.P_UDP,
    sure: surely(na(A.P_KNOWN)),
    check(x) {
      if (!translated(x, F.P_UDP) || x.aftr.nat?.parity !== true || x.aftr.undeclared("preserve-parity") || x.learned.binding >= 0) return NA;
      return ((x.v.sport[x.input] ^ x.v.sport[x.output]) & 1) === 0 ? PASS : VIOLATED;
    },
    deviation: () => "parity",
    explain: (x) => told(x, "an even port became an odd one, or the reverse", "RFC 4787 REQ-4 (RFC 7857 section 8 allows to turn it off: `preserve-parity: false`)",
      [field(x, x.output, "UDP", "source port", x.v.sport[x.input] & 1 ? "odd" : "even", x.v.sport[x.output], x.v.l4[x.output], 2)]),
  },
  {
    id: "RFC6888-3-8", clause: "RFC6888-3-8", title: "exempted destinations are not translated", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: surely(na(A.P_ORDINARY_ENDS)),
    check(x) {
      if (!x.aftr.exempt(x.v.dst[x.input]) || has(x, x.input, F.F_ERROR)) return NA;
      return x.v.src[x.output] === x.v.src[x.input] && x.v.sport[x.output] === x.v.sport[x.input] ? PASS : VIOLATED;
    },
    deviation: () => "translated",
    explain: (x) => told(x, "a packet to an exempted destination was translated", "RFC 6888 REQ-6, RFC 6333 section 11: translation can be switched off for a destination (decisions D33)",
      [field(x, x.output, "IPv4", "source", formatIpv4(x.v.src[x.input]), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
];
