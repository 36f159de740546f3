/** Clauses of the NAT that the configuration of an AFTR itself keeps, breaks or makes use of. */
import { wasWritten } from "../../config/written.js";
import type { Aftr } from "../ds-lite/aftr.js";
import type { AftrConfigRule } from "./config-ds-lite.js";
import { DS_LITE } from "./dslite/helpers.js";

/** Is the timer written? A default of ours says nothing of a device, and keeps the floors. */
const written = (a: Aftr, key: string): boolean => a.nat !== undefined && wasWritten(a.nat.timers, key);

export const CONFIG_RULES_NAT: readonly AftrConfigRule[] = [
  {
    id: "RFC7857-2.1-2", clause: "RFC7857-2.1-2", title: "partially open connections end before 4 minutes", mechanisms: DS_LITE, why: "RFC 7857 section 2.1",
    judge: (a) => (!written(a, "tcp-transitory") ? undefined : a.nat!.timers.tcpTransitory < 240 ? { observed: `tcp-transitory: ${a.nat!.timers.tcpTransitory}` } : ""),
  },
  {
    id: "RFC7857-8-1", clause: "RFC7857-8-1", title: "port parity is not preserved", mechanisms: DS_LITE, why: "RFC 7857 section 8",
    judge: (a) => (a.nat === undefined || !wasWritten(a.nat, "preserve-parity") ? undefined : a.nat.parity ? "" : { observed: "preserve-parity: false" }),
  },
  {
    id: "RFC4787-4.3-1.config", clause: "RFC4787-4.3-1", title: "the configured UDP timer is not below 2 minutes", mechanisms: DS_LITE, why: "RFC 4787 REQ-5",
    judge: (a) => (!written(a, "udp") ? undefined : a.nat!.timers.udp >= 120 ? "" : `timers.udp is ${a.nat!.timers.udp} s, less than 120 s`),
  },
  {
    id: "RFC5382-5-1.config", clause: "RFC5382-5-1", title: "the configured timer of established connections is not below 2 h 4 min", mechanisms: DS_LITE, why: "RFC 5382 REQ-5",
    judge: (a) => (!written(a, "tcp-established") ? undefined : a.nat!.timers.tcpEstablished >= 7440 ? "" : `timers.tcp-established is ${a.nat!.timers.tcpEstablished} s, less than 7440 s`),
  },
  {
    id: "RFC5508-3.2-1.config", clause: "RFC5508-3.2-1", title: "the configured ICMP query timer is not below 60 s", mechanisms: DS_LITE, why: "RFC 5508 REQ-2",
    judge: (a) => (!written(a, "icmp-query") ? undefined : a.nat!.timers.icmpQuery >= 60 ? "" : `timers.icmp-query is ${a.nat!.timers.icmpQuery} s, less than 60 s`),
  },
  {
    id: "RFC6888-3-10.config", clause: "RFC6888-3-10", title: "the configured hold-down is not below 120 s", mechanisms: DS_LITE, why: "RFC 6888 REQ-8 (ports that belong to one subscriber are exempt)",
    judge: (a) => (a.nat === undefined || !wasWritten(a.nat, "hold-down") || a.nat.allocation === "port-block" || a.nat.allocation === "deterministic" ? undefined : a.nat.holdDownSeconds >= 120 ? "" : `hold-down is ${a.nat.holdDownSeconds} s, less than 120 s`),
  },
];
