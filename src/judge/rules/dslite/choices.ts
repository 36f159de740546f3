/** What the documents leave to the device: RFC 4787 section 4.2.3, RFC 5382 REQ-5, RFC 5508 REQ-11, RFC 6908 section 2.5, RFC 7857 section 11. Told, and never held against it. */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import * as F from "../../ds-lite/facts.js";
import { floorSeconds } from "../../ds-lite/floor.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { nearPort } from "../../ds-lite/tuple.js";
import { NA, OBSERVED, type Outcome, PASS } from "../../rule.js";
import { translated } from "../rfc4787/behaviour.js";
import { DS_LITE, ON_CORE, ON_SOFT, dscp, has, icmp, told } from "./helpers.js";

const SYN = 2, RST = 4;
/** ICMP types that RFC 5508 REQ-10 names, and echo: its sections 3 and 7 are about those. */
const NAMED: ReadonlySet<number> = new Set([0, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);

/** A port above an even one of the same host: did it get the external port above its neighbour's? */
function contiguous(x: DsExchange): Outcome {
  const port = x.v.sport[x.input];
  if (!translated(x) || x.learned.binding >= 0 || x.learned.moved >= 0 || (port & 1) === 0) return NA;
  const below = x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.src[x.input], F.P_UDP, port - 1);
  if (below < 0 || x.r.time[x.output] - x.nat.lastOut(below) > floorSeconds(x.nat, below)) return NA;
  return x.nat.ext[below] === x.v.src[x.output] && nearPort(x.v, x.output, true) === x.nat.extPort[below] + 1 ? OBSERVED : PASS;
}

/** A TCP segment of no connection that the NAT knows: dropped, or answered with an RST. */
function stray(x: DsExchange): Outcome {
  const { input } = x;
  if (x.v.l4[input] === 0 || x.v.binding[input] >= 0 || (x.r.facts[input] & (F.F_TO_POOL | F.MAY_DROP | F.F_JOINED4 | F.F_BIG)) !== F.F_TO_POOL) return NA;
  if ((x.b[x.v.l4[input] + 13] & (SYN | RST)) !== 0 || x.output >= 0 || !x.absence) return NA;
  return x.state.wasReset(input) ? OBSERVED : PASS;
}

/** The query session had ended (by the floor of its timer): has its mapping ended with it? */
function ended(x: DsExchange): Outcome {
  if (!translated(x) || !has(x, x.input, F.F_QUERY)) return NA;
  const { binding, moved, movedLive } = x.learned;
  if (moved >= 0) return movedLive ? NA : OBSERVED;
  return binding >= 0 && x.r.time[x.output] - x.nat.lastOut(binding) > floorSeconds(x.nat, binding) ? PASS : NA;
}

export const choiceRules: readonly DsRule[] = [
  {
    id: "RFC4787-4.2.3-1", clause: "RFC4787-4.2.3-1", title: "neighbouring ports get neighbouring external ports", mechanisms: DS_LITE, cap: "observe", on: "pair", when: F.FROM_SOFTWIRE, proto: F.P_UDP,
    sure: surely(na(A.P_KNOWN)),
    check: (x) => (x.v.proto[x.input] === F.P_UDP ? contiguous(x) : NA),
    explain: (x) => told(x, "contiguous", "RFC 4787 section 4.2.3: not required"),
  },
  {
    id: "RFC5382-5-4", clause: "RFC5382-5-4", title: "segments of unknown connections are answered with an RST", mechanisms: DS_LITE, on: "input", when: ON_CORE, proto: F.P_TCP,
    check: (x) => (x.v.proto[x.input] === F.P_TCP ? stray(x) : NA),
    explain: (x) => told(x, "answered with an RST", "RFC 5382 section 5"),
  },
  {
    id: "RFC5508-8-1", clause: "RFC5508-8-1", title: "ICMP messages that REQ-10 does not name are forwarded", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, proto: F.P_ICMP,
    check(x) {
      if (x.v.proto[x.input] !== F.P_ICMP || x.v.l4[x.input] === 0 || has(x, x.input, F.MAY_DROP & ~F.F_PROTOCOL) || NAMED.has(x.b[icmp(x, x.input)])) return NA;
      if (x.r.side[x.input] !== 0 && !has(x, x.input, F.F_TO_POOL)) return NA;
      return !x.absence ? NA : x.state.oddLeft[x.b[icmp(x, x.input)]] >= x.r.time[x.input] ? OBSERVED : PASS;
    },
    explain: (x) => told(x, "forwarded", "RFC 5508 REQ-11"),
  },
  {
    id: "RFC6908-2.5.1-1", clause: "RFC6908-2.5.1-1", title: "B4s outside the declared prefixes are filtered", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_B4_FOREIGN,
    check: (x) => (!has(x, x.input, F.F_B4_FOREIGN) || has(x, x.input, (F.MAY_DROP & ~F.F_B4_FOREIGN) | F.F_JOINED6 | F.F_TO_POOL) ? NA : x.output >= 0 ? PASS : x.absence ? OBSERVED : NA),
    explain: (x) => told(x, "filtered", "RFC 6908 section 2.5.1: outgoing policy by B4 prefix"),
  },
  {
    id: "RFC6908-2.5.2-1", clause: "RFC6908-2.5.2-1", title: "packets from the Internet are marked with another DSCP", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN,
    check: (x) => (x.ambiguous || has(x, x.input, F.F_JOINED4) || has(x, x.output, F.F_JOINED6 | F.F_JOINED4) ? NA : x.r.tos[x.output] >>> 2 === dscp(x, x.input) ? PASS : OBSERVED),
    explain: (x) => told(x, "marked", "RFC 6908 section 2.5.2"),
  },
  {
    id: "RFC7857-11-1", clause: "RFC7857-11-1", title: "the mapping of an ICMP query ends with its last session", mechanisms: DS_LITE, on: "pair", when: F.FROM_SOFTWIRE, facts: F.F_QUERY,
    check: ended,
    explain: (x) => told(x, "deleted", "RFC 7857 section 11"),
  },
];
