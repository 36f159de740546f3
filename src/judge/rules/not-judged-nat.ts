/** Clauses on the NAT44 of DS-Lite (RFC 4787, 5382, 5508, 6864, 6888, 7857) without a rule, and why. */
import type { NotJudged } from "./not-judged.js";

const KNOB = "asks that something can be configured, or what it stands at when nobody did; a capture shows one configuration and says nothing of the choices";
const NO_KEY = (what: string): string => `the configuration does not know ${what}, so nothing can depart from it`;

export const NOT_JUDGED_NAT: readonly NotJudged[] = [
  { clause: "RFC4787-4.4-1", reason: "concerns a NAT that gets its external address from a network and may find it in use inside; the pool of an AFTR is configured" },
  { clause: "RFC4787-7-2", reason: KNOB },
  { clause: "RFC4787-11-2", reason: "needs a flood of incomplete fragments with ordinary packets that are lost beside it, and the knowledge that the links were not simply full; no capture holds that knowledge" },
  { clause: "RFC5508-7-1", reason: NO_KEY("interfaces towards which ICMP is suppressed") },
  { clause: "RFC6864-5.3.1-2", reason: "concerns tunnels in IPv4, which put an identification into the outer header; the inner packet of these tunnels is IPv6 and has none that could be taken over (RFC6864-4.3-1 judges the outer one)" },
  { clause: "RFC6888-3-3", reason: KNOB },
  { clause: "RFC6888-3-5", reason: KNOB },
  { clause: "RFC6888-3-11", reason: KNOB },
  { clause: "RFC6888-3-17", reason: NO_KEY("exceptions to paired pooling") },
  { clause: "RFC6888-3-18", reason: NO_KEY("limits for each transport protocol") },
  { clause: "RFC6888-5-2", reason: "gives no figure for good use; it competes with RFC6888-5-1 and RFC6888-5-3" },
  { clause: "RFC7857-2.1-1", reason: KNOB },
  { clause: "RFC7857-5-2", reason: KNOB },
  { clause: "RFC7857-6-2", reason: KNOB },
];
