/** The service chain of one service set, compiled when the device is made; a set without one has none, and its packets never ask. */
import type { ServiceSet, StatefulFirewall } from "../../config/types.js";
import type { FirewallStatistics } from "../device.js";
import { declareReason } from "../reasons.js";
import { ACCEPT, ACTION, type CompiledRule, compileRule, directionBits, matches } from "./rules.js";
import { type Datagrams, createDatagrams } from "./datagrams.js";
import { type Sessions, advanceSessions, createSessions, openSession, passSession } from "./sessions.js";
import { type View, createView } from "./view.js";

export const SOFTWIRE_RULE = declareReason("softwire-rule-no-match", "drop", "the softwire rule lets no packet from this side create a softwire");
export const FIREWALL_DISCARDED = declareReason("firewall-discarded", "drop", "the stateful firewall discards the flow, as configured");
export const FIREWALL_REJECTED = declareReason("firewall-rejected", "answer", "the stateful firewall rejects the flow, as configured: administratively prohibited", "RFC1812 5.2.7.1");
export const FIREWALL_REJECTED_SILENT = declareReason("firewall-rejected-silent", "drop", "the stateful firewall rejects the flow; no error may be sent about it, or the rate limit is reached", "RFC1812 4.3.2.7");
export const FIREWALL_FRAGMENT = declareReason("firewall-fragment", "drop", "a fragment that the stateful firewall cannot place: a later one whose first it has not accepted (yet), or a first one without its ports");

export interface Firewall {
  readonly rules: readonly CompiledRule[];
  readonly otherwise: number;
  readonly sessions: Sessions;
  readonly datagrams: Datagrams;
  readonly view: View;
  /** Packets that each rule decided about: the first ones of flows; the last entry counts those that no rule matched. */
  readonly hits: Float64Array;
  inSession: number;
}

export interface Chain {
  /** May packets from the access (input) or the core side (output) create a softwire? */
  readonly input: boolean;
  readonly output: boolean;
  readonly firewall: Firewall | undefined;
  /** The firewall stands between softwire and NAT and sees inner addresses; else external ones. */
  readonly beforeNat: boolean;
}

export function compileChain(set: ServiceSet, seed: number): Chain | undefined {
  const { chain } = set;
  if (chain === undefined) return undefined;
  const bits = directionBits(chain.softwireRule);
  const { order } = chain;
  const beforeNat = !order.includes("nat") || order.indexOf("stateful-firewall") < order.indexOf("nat");
  return { input: (bits & 1) !== 0, output: (bits & 2) !== 0, firewall: chain.firewall === undefined ? undefined : createFirewall(chain.firewall, seed), beforeNat };
}

function createFirewall(f: StatefulFirewall, seed: number): Firewall {
  return {
    rules: f.rules.map(compileRule), otherwise: ACTION[f.otherwise], sessions: createSessions(f.timers, seed), datagrams: createDatagrams(seed), view: createView(),
    hits: new Float64Array(f.rules.length + 1), inSession: 0,
  };
}

/** What becomes of the packet in `f.view`, that goes in `direction` (0 = input, 1 = output): ACCEPT, DISCARD or REJECT. Accepting a first packet opens its session. */
export function decide(f: Firewall, direction: number, sec: number): number {
  advanceSessions(f.sessions, sec);
  if (passSession(f.sessions, f.view, true)) {
    f.inSession++;
    return ACCEPT;
  }
  let i = 0;
  while (i < f.rules.length && !matches(f.rules[i], f.view, direction)) i++;
  f.hits[i]++;
  const action = i < f.rules.length ? f.rules[i].action : f.otherwise;
  if (action === ACCEPT) openSession(f.sessions, f.view);
  return action;
}

const NAMES = ["accept", "discard", "reject"] as const;

export function firewallStatistics(serviceSet: string, f: Firewall): FirewallStatistics {
  return {
    serviceSet, sessionsCreated: f.sessions.created, sessionsEnded: f.sessions.ended, sessionsPeak: f.sessions.records.peak, packetsInSession: f.inSession,
    rules: [...f.rules.map((r, i) => ({ name: r.name, action: NAMES[r.action], matched: f.hits[i] })), { name: "default", action: NAMES[f.otherwise], matched: f.hits[f.rules.length] }],
  };
}
