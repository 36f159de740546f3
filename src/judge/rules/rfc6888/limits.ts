/** RFC 6888 sections 3 and 5, RFC 7857 sections 4 and 9, RFC 7785 section 4: limits, exhaustion and how ports are given out (decisions D21, D22, D28). */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { L_TOLD } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { N_ADDRESS_FULL, N_AT_LIMIT, N_BY_OTHER_B4, N_FRESH, N_NO_PORT, N_SQUEEZED } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { isOfSubscriber } from "../../ds-lite/subscriber.js";
import { nearPort } from "../../ds-lite/tuple.js";
import { NA, OBSERVED, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, isPaired, external, field, has, icmp, inner, internal, seconds, told } from "../dslite/helpers.js";
import { translated } from "../rfc4787/behaviour.js";

const OUTBOUND = F.FROM_SOFTWIRE;
/** New mappings whose ports went up or down by one constant small step before that counts as a rule. */
const ONE_BY_ONE = 16;
/** Time for which mappings are watched after a packet found no port, seconds. */
const AFTERMATH = 60;
/** RFC 6888 REQ-8, seconds; and so many internal ends must have lost their external ends before that counts as a loss of state. */
const REST = 120, REBOUNDS = 2;

const note = (x: DsExchange, bits: number): boolean => (x.v.notes[x.input] & bits) !== 0;
export const source = (x: DsExchange, want: string) => [field(x, x.output, "IPv4", "source", want, `${formatIpv4(x.v.src[x.output])}:${nearPort(x.v, x.output, true)}`, inner(x, x.output) + 12, 4)];
/** A packet for which there was surely no port came out all the same (1), did not (2), or neither is sure (0). */
export function refused(x: DsExchange, bits: number): Outcome {
  if (!note(x, N_FRESH) || !note(x, bits)) return NA;
  if (x.output < 0) return x.absence || x.answer >= 0 ? PASS : NA;
  return has(x, x.output, F.F_FROM_POOL) && !x.aftr.isStatic(x.v.src[x.output], x.v.proto[x.output], nearPort(x.v, x.output, true)) ? VIOLATED : NA;
}

/** A new mapping within 120 s of a loss of state. That state was lost shows by internal ends that came back with other external ends, at one moment. */
function afterLoss(x: DsExchange): Outcome {
  const { restart, learned } = x;
  if (!translated(x) || learned.binding >= 0 || x.aftr.nat === undefined || restart.rebounds < REBOUNDS || !restart.explains || x.aftr.nat.overlapping !== undefined || x.r.time[x.output] - restart.after >= REST) return NA;
  const { allocation, filtering } = x.aftr.nat;
  // Its exceptions: ports that belong to one subscriber for good, and filtering that keeps strangers out.
  if (allocation === "port-block" || allocation === "deterministic" || filtering !== "endpoint-independent" || x.aftr.undeclared("filtering") || x.aftr.undeclared("allocation")) return NA;
  const i = learned.shared;
  if (i < 0) return PASS;
  if (!learned.sharedLive || x.nat.lastOut(i) > restart.after || isOfSubscriber(x.nat, i, x.b, x.r.off[x.input] + 8, x.aftr.cfg.subscriberPrefixLength)) return NA;
  return VIOLATED;
}

function guessable(x: DsExchange): Outcome {
  if (!translated(x) || x.state.run === 0) return NA;
  return x.state.run >= ONE_BY_ONE ? VIOLATED : x.state.run === 1 ? PASS : NA;
}
const guessRule = (id: string, why: string): DsRule => ({
  id, clause: id, title: "new external ports are hard to guess", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
  sure: surely(na(A.P_QUIET)),
  check: guessable, deviation: () => "sequential",
  explain: (x) => told(x, `the last ${x.state.run} new mappings of ${formatIpv4(x.v.src[x.output])} got ports at one constant step`, why, source(x, "a port that cannot be told from those before")),
});

export const limitRules: readonly DsRule[] = [
  {
    id: "RFC6888-3-4", clause: "RFC6888-3-4", title: "a subscriber gets no more external ports than the limit", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_AT_LIMIT,
    check: (x) => refused(x, N_AT_LIMIT), deviation: () => "limit-exceeded",
    explain: (x) => told(x, `a subscriber with ${x.aftr.nat?.portsPerSubscriber} live external ports of this protocol got another`, "RFC 6888 REQ-4: the number of external ports of a subscriber is limited, and the configuration declares the limit", source(x, "none")),
  },
  {
    id: "RFC6333-11-5", clause: "RFC6333-11-5", title: "the mechanism that limits a subscriber's ports works", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_AT_LIMIT,
    check: (x) => refused(x, N_AT_LIMIT), deviation: () => "limit-exceeded",
    explain: (x) => told(x, `a subscriber with ${x.aftr.nat?.portsPerSubscriber} live external ports of this protocol got another`, "RFC 6333 section 11: the AFTR has a mechanism to limit the ports of a subscriber, and the configuration declares its limit", source(x, "none")),
  },
  {
    id: "RFC6888-3-12", clause: "RFC6888-3-12", title: "ports of the time before a loss of state rest for 120 s", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: surely(na(A.P_KNOWN)),
    check: afterLoss, deviation: () => "given-out-early",
    explain: (x) => told(x, `${external(x, x.learned.shared)} belonged to ${internal(x, x.learned.shared)} until ${seconds(x.learned.sharedIdle)} before; ${x.restart.rebounds} internal ends came back with other external ends, so the NAT had lost its state`,
      "RFC 6888 REQ-8: ports in use when state is lost are not given to others for 120 s", source(x, "a port that nobody had")),
  },
  {
    id: "RFC7785-4-3", clause: "RFC7785-4-3", title: "the limit is that of the prefix, not of each B4 address", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_BY_OTHER_B4,
    check: (x) => (x.aftr.undeclared("subscriber-prefix-length") ? NA : refused(x, N_BY_OTHER_B4)), deviation: () => "per-b4",
    explain: (x) => told(x, `B4s of one /${x.aftr.cfg.subscriberPrefixLength} hold ${x.aftr.nat?.portsPerSubscriber} external ports between them, and one got another`, "RFC 7785 section 4: quotas are tied to the delegated prefix", source(x, "none")),
  },
  {
    id: "RFC6888-3-14", clause: "RFC6888-3-14", title: "a packet for which there is no port is dropped", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_NO_PORT,
    check(x) {
      if (!note(x, N_FRESH) || !note(x, N_NO_PORT)) return NA;
      if (x.output < 0) return x.absence || x.answer >= 0 ? PASS : NA;
      return note(x, N_SQUEEZED) || (x.r.side[x.output] !== 0 && !has(x, x.output, F.F_FROM_POOL)) ? VIOLATED : NA;
    },
    deviation: () => "forwarded",
    explain: (x) => told(x, "a packet for which no external port was left was forwarded all the same", "RFC 6888 REQ-11: dropped when no mapping can be made", source(x, "none")),
  },
  {
    id: "RFC6888-3-15", clause: "RFC6888-3-15", title: "no port left is told with host unreachable", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_NO_PORT,
    check(x) {
      if (!note(x, N_FRESH) || !note(x, N_NO_PORT) || x.output >= 0) return NA;
      if (x.answer < 0) {
        // A rate limit explains one silence.
        if (!x.absence || x.history.got[L_TOLD] > 0 || x.history.lost[L_TOLD]++ === 0) return NA;
        x.code = 1;
        x.inferred = true;
        return VIOLATED;
      }
      if (x.r.kind[x.answer] !== F.D_SOFT || x.v.l4[x.answer] === 0) return NA;
      x.history.got[L_TOLD]++;
      const at = icmp(x, x.answer);
      // RFC 5508 REQ-8 has code 13 (decisions D21).
      if (x.b[at] === 3 && (x.b[at + 1] === 1 || x.b[at + 1] === 13)) return PASS;
      x.code = 2;
      return VIOLATED;
    },
    deviation: (code) => (code === 1 ? "silent" : "other-message"),
    explain: (x) => told(x, x.code === 1 ? "packets for which no external port is left vanish without a word" : "another ICMP message than host unreachable", "RFC 6888 REQ-11: ICMP type 3 code 1 to the sender",
      x.code === 1 ? [] : [field(x, x.answer, "ICMP", "type and code", "3 and 1", `${x.b[icmp(x, x.answer)]} and ${x.b[icmp(x, x.answer) + 1]}`, icmp(x, x.answer), 2)]),
  },
  {
    id: "RFC6888-3-16", clause: "RFC6888-3-16", title: "mappings are not deleted to make room", mechanisms: DS_LITE, on: "pair", when: OUTBOUND,
    sure: surely(na(A.P_QUIET)),
    check(x) {
      if (!translated(x) || x.r.time[x.output] - x.state.exhausted > AFTERMATH) return NA;
      const { moved, movedLive, binding } = x.learned;
      if (moved >= 0) return movedLive && x.nat.born[moved] < x.state.exhausted && x.nat.lastOut(moved) < x.state.exhausted ? VIOLATED : NA;
      return binding >= 0 && x.nat.born[binding] < x.state.exhausted && x.nat.lastOut(binding) < x.state.exhausted ? PASS : NA;
    },
    deviation: () => "stolen",
    explain: (x) => told(x, `${internal(x, x.learned.moved)} lost ${external(x, x.learned.moved)} when ports ran out`, "RFC 6888 REQ-11: no mapping is deleted to make room for another", source(x, external(x, x.learned.moved))),
  },
  {
    id: "RFC6888-3-19", clause: "RFC6888-3-19", title: "ports of tracked TCP connections are used again at once", mechanisms: DS_LITE, on: "pair", when: OUTBOUND, proto: F.P_TCP,
    sure: surely(na(A.P_CLEAN)),
    check(x) {
      if (!translated(x) || x.v.proto[x.input] !== F.P_TCP || x.learned.shared < 0 || x.learned.sharedLive) return NA;
      return x.learned.sharedIdle < 120 ? OBSERVED : PASS;
    },
    explain: (x) => told(x, "used again", "RFC 6888 REQ-8"),
  },
  guessRule("RFC6888-5-1", "RFC 6888 REQ-15"),
  guessRule("RFC7857-9-1", "RFC 7857 section 9: port selection is obfuscated"),
  {
    id: "RFC7857-4-1", clause: "RFC7857-4-1", title: "no second external address when the first has no port left", mechanisms: DS_LITE, on: "input", when: ON_SOFT, notes: N_ADDRESS_FULL,
    check(x) {
      if (!note(x, N_FRESH) || !note(x, N_ADDRESS_FULL) || !isPaired(x)) return NA;
      if (x.output < 0) return x.absence || x.answer >= 0 ? PASS : NA;
      // With the port of another it may well be on the same address (RFC6888-3-14).
      if (note(x, N_SQUEEZED)) return NA;
      const i = x.nat.byExternal(x.v.src[x.output], x.v.proto[x.output], nearPort(x.v, x.output, true));
      return has(x, x.output, F.F_FROM_POOL) && i >= 0 ? VIOLATED : NA;
    },
    deviation: () => "second-address",
    explain: (x) => told(x, "all ports of the subscriber's external address are taken, and a new session got another address", "RFC 7857 section 4: with paired pooling new sessions are dropped then", source(x, "none")),
  },
];
