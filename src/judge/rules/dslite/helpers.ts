/** What the rules on DS-Lite share. */
import type { Mechanism } from "../../../config/types.js";
import { formatIpv4, textIpv4At, textIpv6At } from "../../../wire/address.js";
import { u16 } from "../../../wire/bits.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange } from "../../ds-lite/rule.js";
import { isUntouched } from "../../ds-lite/tuple.js";
import { type Explanation, NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import type { FieldDiff } from "../../types.js";

export const DS_LITE: readonly Mechanism[] = ["ds-lite"];
export const SOFT_OUT = (1 << F.D_SOFT) | (1 << F.D_PIECE6);
export const ON_SOFT = 1 << F.D_SOFT;
export const ON_CORE = 1 << F.D_CORE;
export const ON_ICMP6 = 1 << F.D_ICMP6;
export const ANY_FLOW = F.FLOW_OUT | F.FLOW_IN | F.FLOW_HAIR;

export const has = (x: DsExchange, slot: number, mask: number): boolean => (x.r.facts[slot] & mask) !== 0;
/** Offset of the outer header, and of the IPv4 packet. */
export const outer = (x: DsExchange, slot: number): number => x.r.off[slot];
export const inner = (x: DsExchange, slot: number): number => x.r.inner[slot];
export const bytes = (x: DsExchange, slot: number): number => u16(x.b, x.r.inner[slot] + 2);
export const ttl = (x: DsExchange, slot: number): number => x.b[x.r.inner[slot] + 8];
export const dscp = (x: DsExchange, slot: number): number => x.b[x.r.inner[slot] + 1] >>> 2;
export const ecn = (x: DsExchange, slot: number): number => x.b[x.r.inner[slot] + 1] & 3;
export const df = (x: DsExchange, slot: number): boolean => (x.b[x.r.inner[slot] + 6] & 0x40) !== 0;

const indexOf = (x: DsExchange, slot: number): number => (slot === x.input || x.input < 0 ? 0 : slot === x.answer && x.output >= 0 ? 2 : 1);
/** A field of the packet in `slot`; `at` is its offset in memory. */
export const field = (x: DsExchange, slot: number, layer: string, name: string, expected: string | number, seen: string | number, at: number, length: number): FieldDiff => ({
  packet: indexOf(x, slot), layer, field: name, expected: String(expected), seen: String(seen), offset: at - x.r.off[slot], length,
});

const PROTOCOL: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };
const port = (p: number): string => (p > 0 ? `:${p}` : "");
/** The judge keeps the identifier of an ICMP query where ports stand. */
const isQuery = (x: DsExchange, slot: number): boolean => x.v.proto[slot] === 1 && x.v.sport[slot] + x.v.dport[slot] > 0;
/** "TCP 192.0.2.1:1 > 198.51.100.1:80", "ICMP 192.0.2.1 > 198.51.100.1 id 7". */
function flow(x: DsExchange, slot: number): string {
  const { proto, sport, dport } = x.v;
  const [from, to] = [textIpv4At(x.b, x.r.inner[slot] + 12), textIpv4At(x.b, x.r.inner[slot] + 16)];
  const name = Object.hasOwn(PROTOCOL, proto[slot]) ? `${PROTOCOL[proto[slot]]} ` : "";
  return isQuery(x, slot) ? `${name}${from} > ${to} id ${sport[slot] + dport[slot]}` : `${name}${from}${port(sport[slot])} > ${to}${port(dport[slot])}`;
}
export function describe(x: DsExchange, slot: number): string {
  const o = x.r.off[slot];
  const kind = x.r.kind[slot];
  const soft = kind === F.D_SOFT || kind === F.D_PIECE6 || kind === F.D_ICMP6 ? `${textIpv6At(x.b, o + 8)} > ${textIpv6At(x.b, o + 24)}` : "";
  if (x.r.inner[slot] === 0) return soft;
  return soft === "" ? flow(x, slot) : `${soft} carrying ${flow(x, slot)}`;
}
/** Ports or identifier as a display filter; fragments beyond the first have none. */
function filterPorts(x: DsExchange, slot: number): string {
  const kind = x.r.kind[slot];
  const { proto, sport, dport } = x.v;
  if ((kind !== F.D_SOFT && kind !== F.D_CORE) || has(x, slot, F.F_PIECE4 | F.F_JOINED4)) return "";
  if (isQuery(x, slot)) return ` && icmp.ident == ${sport[slot] + dport[slot]}`;
  const name = proto[slot] === 6 ? "tcp" : "udp";
  return (proto[slot] === 6 || proto[slot] === 17) && sport[slot] > 0 && dport[slot] > 0 ? ` && ${name}.srcport == ${sport[slot]} && ${name}.dstport == ${dport[slot]}` : "";
}
/** The ends of the softwire are left out: the filter then also shows an ICMP error that quotes the packet, whoever it was sent to. */
export function filterFor(x: DsExchange, slot: number): string {
  const o = x.r.off[slot];
  if (x.r.inner[slot] > 0) return `ip.src == ${textIpv4At(x.b, x.r.inner[slot] + 12)} && ip.dst == ${textIpv4At(x.b, x.r.inner[slot] + 16)}${filterPorts(x, slot)}`;
  return `ipv6.src == ${textIpv6At(x.b, o + 8)} && ipv6.dst == ${textIpv6At(x.b, o + 24)}`;
}
export function told(x: DsExchange, message: string, why: string, fields: readonly FieldDiff[] = []): Explanation {
  const slot = x.input >= 0 ? x.input : x.output;
  return { message: `${message} (${describe(x, slot)})`, fields, why, filter: filterFor(x, slot) };
}

/**
 * `input` event: must leave again; silence is an inference, an answer another matter. A router may lose a packet to congestion, so one loss proves
 * nothing: it is held against the device when a packet was lost for the same cause before and none has got through.
 */
export function mustForward(x: DsExchange, cause: number): Outcome {
  if (x.output >= 0) {
    x.history.got[cause]++;
    return PASS;
  }
  if (!x.absence || x.answer >= 0) return NA;
  if (x.history.lost[cause]++ === 0 || x.history.got[cause] > 0) return NA;
  x.code = 2;
  x.inferred = true;
  return VIOLATED;
}
export function mustNotForward(x: DsExchange): Outcome {
  if (x.output >= 0) {
    x.code = 1;
    return VIOLATED;
  }
  return x.absence || x.answer >= 0 ? PASS : NA;
}
export const forwardedOrNot = (code: number): string => (code === 1 ? "forwarded" : code === 2 ? "no-output" : "answered");

/** "UDP 203.0.113.1:1024" of a learned binding. */
export const external = (x: DsExchange, i: number): string => `${PROTOCOL[x.nat.proto[i]]} ${formatIpv4(x.nat.ext[i])}:${x.nat.extPort[i]}`;
export const internal = (x: DsExchange, i: number): string => `${formatIpv4(x.nat.inner[i])}:${x.nat.innerPort[i]}`;
/** Paired pooling is the default of RFC 6888 REQ-2; the administrator may declare another (RFC 7857 section 4). */
export const isPaired = (x: DsExchange): boolean => x.aftr.nat?.pooling === undefined || x.aftr.nat.pooling === "paired";
/** Is it declared that several internal ends share external ports towards different remote ends (RFC 7857 section 3; `port-overlapping`)? Mappings then depend on the remote end. */
export const overlaps = (x: DsExchange): boolean => x.aftr.nat?.overlapping !== undefined;
/**
 * The other internal end was not seen in contact with the remote end: then RFC 7857 section 3 lets a NAT give both the same port, declared or not (decisions D23).
 * It speaks of ports; for identifiers of ICMP queries it has to be declared.
 */
export const isDisjoint = (x: DsExchange): boolean => (overlaps(x) || x.v.proto[x.input] !== F.P_ICMP) && !x.nat.knows(x.learned.shared, x.v.dst[x.input], x.v.dport[x.input]);
/**
 * Does the binding's idle time, that since its last packet to any remote end, say how old the session of this known remote end is? A filter or a session towards
 * one of several may have ended by itself. Of TCP the connection that began last counts; of UDP an endpoint-independent filter asks for nothing but the mapping.
 */
export function isOfSession(x: DsExchange): boolean {
  const i = x.v.binding[x.input];
  if (x.nat.hasOneRemote(i)) return true;
  if (x.v.proto[x.input] === F.P_TCP) return x.nat.isLatestRemote(i, x.v.src[x.input], x.v.sport[x.input]);
  return x.v.proto[x.input] === F.P_UDP && x.aftr.nat?.filtering === "endpoint-independent" && !x.aftr.undeclared("filtering");
}
export const seconds = (s: number): string => `${s.toFixed(s < 10 ? 3 : 0)} s`;

/** ICMPv4 header of an error in `slot`. */
export const icmp = (x: DsExchange, slot: number): number => x.v.l4[slot];

/**
 * Did the device itself send what is in `slot` to the core, about a packet to the external address `asked`? From an address of its own it did. From the external
 * address it may be the inner host's, let in and answered through a binding that is older than the capture, unless no router has touched its TTL.
 */
export const isOwnWord = (x: DsExchange, slot: number, asked: number): boolean =>
  x.own4.includes(x.v.src[slot]) || (x.v.src[slot] === asked && has(x, slot, F.F_FROM_POOL) && isUntouched(x.b, inner(x, slot)));
/** The second case rests on the TTL, and on no binding that was seen: as sure as an inference. */
export const isLikelyOwn = (x: DsExchange, slot: number): boolean => !x.own4.includes(x.v.src[slot]);

/** A device that may send one error in so many seconds sends one in a second without. */
const LIMITED_SECONDS = 1;
/** May errors of its own have used up the device's rate limit towards the B4s (RFC 1812 section 4.3.2.8) when the input came? */
export const mayBeUsedUp = (x: DsExchange): boolean => x.history.softError > x.r.time[x.input] - LIMITED_SECONDS;

/** Seconds between a SYN and the last time that it was sent before: 1, 2, 4, 8 (RFC 6298 section 5.5). */
const RETRANSMITTED = 16;
/** May a SYN that came at `t` be one that was sent before the capture began? Then nobody knows for how long it has waited. */
export const mayBeOlder = (x: DsExchange, t: number): boolean => t - x.history.known < RETRANSMITTED;

/** May a declared limit of flows, sessions, softwires, mappings or ports have kept the packet out? As many packets as the smallest allows must have passed before it can. */
export function mayBeLimited(x: DsExchange): boolean {
  let passed = 0;
  for (let i = 0; i < x.history.passed.length; i++) passed += x.history.passed[i];
  const { flowLimit, sessionLimitPerPrefix } = x.aftr.cfg;
  const ports = x.aftr.nat?.portsPerSubscriber ?? 0;
  if (x.aftr.cfg.softwiresPerSubscriber !== undefined || (x.aftr.nat?.mappingRate ?? Number.POSITIVE_INFINITY) <= passed) return passed > 0;
  return (flowLimit > 0 && passed >= flowLimit) || (sessionLimitPerPrefix > 0 && passed >= sessionLimitPerPrefix) || (ports > 0 && passed >= ports);
}
