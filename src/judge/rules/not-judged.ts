import { NOT_JUDGED_6TO4 } from "./not-judged-6to4.js";
import { NOT_JUDGED_TUNNEL } from "./not-judged-tunnel.js";
import { NOT_JUDGED_NAT } from "./not-judged-nat.js";

/** Clauses of RFC 5969 and RFC 4213 without a rule, and why. */
export interface NotJudged { readonly clause: string; readonly reason: string }

const LAN = "happens on the LAN of the CE, which no capture of the concentrator shows";
const CE = "what a CE accepts shows only on its LAN, not at the concentrator";
const KNOB = "asks that something can be configured; a capture shows one configuration, and this one says nothing of the choices";

export const NOT_JUDGED: readonly NotJudged[] = [
  { clause: "RFC5969-4-4", reason: LAN },
  { clause: "RFC5969-4-5", reason: LAN },
  { clause: "RFC5969-6-1", reason: "address selection is inside the hosts" },
  { clause: "RFC5969-7.1-2", reason: "a MAY of the CE: which domains it joins shows only where all their BRs are captured" },
  { clause: "RFC5969-7.1.1-6", reason: KNOB },
  { clause: "RFC5969-7.1.1-7", reason: KNOB },
  { clause: "RFC5969-7.2-1", reason: "the CEs' elements are not in the concentrator's configuration; RFC5969-7-1 compares the domains of the configuration, RFC5969-9.2-1 the packets" },
  { clause: "RFC5969-9.2-3", reason: CE },
  { clause: "RFC5969-9.2-4", reason: CE },
  { clause: "RFC5969-12-1", reason: CE },
  { clause: "RFC4213-3.2-3", reason: KNOB },
  { clause: "RFC4213-3.2.1-3", reason: KNOB },
  { clause: "RFC4213-3.3-3", reason: KNOB },
  { clause: "RFC4213-3.5-8", reason: KNOB },
  { clause: "RFC4213-3.6-3", reason: KNOB },
  { clause: "RFC4213-3.6-13", reason: KNOB },
  { clause: "RFC4213-3.8-4", reason: "probes sent by configured tunnels; on a 6rd link RFC 5969 section 8 advises against them" },
  ...NOT_JUDGED_6TO4,
  ...NOT_JUDGED_TUNNEL,
  ...NOT_JUDGED_NAT,
];
