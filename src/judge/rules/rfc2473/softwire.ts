/** RFC 2473 for the IPv4-in-IPv6 softwire: header fields, order, errors from inside the tunnel. */
import * as A from "../../ds-lite/aspects.js";
import { pass, surely } from "../../ds-lite/aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import * as F from "../../ds-lite/facts.js";
import { L_LIMIT_OPTION, L_RELAY } from "../../ds-lite/causes.js";
import { L_EXTENSION } from "../../ds-lite/history.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_ICMP6, ON_SOFT, bytes, field, has, icmp, inner, mustForward, forwardedOrNot, outer, told, ttl } from "../dslite/helpers.js";
import { limitOption } from "./header.js";

export const softwireHeader: readonly DsRule[] = [
  {
    id: "RFC2473-3.1-1", clause: "RFC2473-3.1-1", title: "one forwarding decrement of the IPv4 TTL", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW,
    sure: surely(pass(A.P_PLAIN | A.P_TTL)),
    check(x) {
      // TTL 0 and 1 must not be forwarded at all: RFC1812-5.3.1-1.
      if (has(x, x.input, F.F_TTL | F.F_JOINED4) || has(x, x.output, F.F_JOINED4)) return NA;
      const lost = ttl(x, x.input) - ttl(x, x.output);
      x.code = lost + 256;
      // A hairpinned packet leaves one softwire and enters another: one hop, or one each way (decisions D30 speaks of transit).
      // Out of a softwire the packet is forwarded as any router does, and that may take more (RFC2473-3.1-1.out).
      return lost === 1 || (lost === 2 && x.flow === F.FLOW_HAIR) ? PASS : lost > 1 && x.flow !== F.FLOW_IN ? NA : VIOLATED;
    },
    deviation: (code) => (code === 256 ? "not-decremented" : code > 257 ? "decremented-by-more" : "raised"),
    explain: (x) => told(x, "the TTL is not one less than it was", "RFC 2473 section 3.1: encapsulation is forwarding; the IPv6 hops do not count (decisions D30)",
      [field(x, x.output, "IPv4", "TTL", ttl(x, x.input) - 1, ttl(x, x.output), inner(x, x.output) + 8, 1)]),
  },
  {
    // RFC 1812 section 5.3.1 asks a router for one at least. More is no breach, but shows hops that nobody expects, and makes two of a traceroute.
    id: "RFC2473-3.1-1.out", clause: "RFC2473-3.1-1", title: "out of a softwire the TTL falls by one only", mechanisms: DS_LITE, cap: "warn", on: "pair", when: F.FROM_SOFTWIRE,
    sure: surely(pass(A.P_PLAIN | A.P_TTL)),
    check(x) {
      if (has(x, x.input, F.F_TTL | F.F_JOINED4) || has(x, x.output, F.F_JOINED4)) return NA;
      x.code = ttl(x, x.input) - ttl(x, x.output);
      return x.code > (x.flow === F.FLOW_HAIR ? 2 : 1) ? VIOLATED : PASS;
    },
    deviation: () => "decremented-by-more",
    explain: (x) => told(x, `the TTL fell by ${x.code}`, "RFC 1812 section 5.3.1: a router takes one at least; a single hop takes one (decisions D30)",
      [field(x, x.output, "IPv4", "TTL", ttl(x, x.input) - 1, ttl(x, x.output), inner(x, x.output) + 8, 1)]),
  },
  {
    id: "RFC2473-5-1", clause: "RFC2473-5-1", title: "the outer payload length fits the packet", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(pass(A.O_PLAIN | A.O_LENGTH)),
    check(x) {
      if (x.r.inner[x.output] === 0 || has(x, x.output, F.F_JOINED6 | F.F_JOINED4 | F.F_BAD4)) return NA;
      return u16(x.b, outer(x, x.output) + 4) === bytes(x, x.output) + inner(x, x.output) - outer(x, x.output) - 40 ? PASS : VIOLATED;
    },
    deviation: () => "length",
    explain: (x) => told(x, "the outer payload length is not that of the packet and its extension headers", "RFC 2473 section 5",
      [field(x, x.output, "IPv6 outer", "payload length", bytes(x, x.output) + inner(x, x.output) - outer(x, x.output) - 40, u16(x.b, outer(x, x.output) + 4), outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC2473-6.3-1", clause: "RFC2473-6.3-1", title: "the outer hop limit does not follow the inner TTL", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    check(x) {
      if (x.r.inner[x.output] === 0) return NA;
      const hop = x.b[outer(x, x.output) + 7];
      const t = ttl(x, x.output);
      // A hop limit may be configured for each tunnel, so only packets of one softwire are compared.
      const before = x.history.previousHop(x.b, outer(x, x.output) + 24, x.aftr.index, hop, t);
      if (before < 0 || (before & 255) === t) return NA;
      const oldHop = before >>> 8;
      return hop === oldHop ? PASS : hop - oldHop === t - (before & 255) ? VIOLATED : NA;
    },
    deviation: () => "follows-ttl",
    explain: (x) => told(x, "the outer hop limit changes with the inner TTL", "RFC 2473 section 6.3: the tunnel is one hop, its hop limit has nothing to do with the original's (decisions D7)",
      [field(x, x.output, "IPv6 outer", "hop limit", `constant (configured ${x.aftr.cfg.hopLimit})`, x.b[outer(x, x.output) + 7], outer(x, x.output) + 7, 1)]),
  },
  {
    id: "RFC2473-3.3-1", clause: "RFC2473-3.3-1", title: "extension headers in front of the packet are processed and removed", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_EXTENSION,
    check: (x) => (isExtended(x) ? mustForward(x, L_EXTENSION) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a softwire packet with extension headers was lost", "RFC 2473 section 3.3: the exit processes the tunnel headers, removes them and passes the packet on"),
  },
  {
    // What leaves as IPv4 has no place for the option: it stays only where the device takes it for part of the packet, and then it is no packet any more.
    id: "RFC2473-4.1.1-5", clause: "RFC2473-4.1.1-5", title: "the encapsulation limit goes with the tunnel headers", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_EXTENSION,
    check: (x) => (isExtended(x) && limitOption(x, x.input) > 0 ? mustForward(x, L_LIMIT_OPTION) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "softwire packets with a Tunnel Encapsulation Limit are lost", "RFC 2473 section 4.1.1: the option that the entry-point added is removed with the tunnel headers at the exit"),
  },
];

function isExtended(x: DsExchange): boolean {
  if (!has(x, x.input, F.F_EXTENSION) || has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_TO_POOL | F.F_JOINED6 | F.F_JOINED4) || x.v.l4[x.input] === 0) return false;
  // Only destination options and hop-by-hop options that every node may skip (RFC 8200 section 4.2).
  if (!skippable(x.b, outer(x, x.input), inner(x, x.input))) return false;
  // A new mapping may be refused for lack of ports: only an internal end with a live binding proves anything.
  return x.output >= 0 || x.nat.byInternal(x.b, outer(x, x.input) + 8, x.v.src[x.input], x.v.proto[x.input], x.v.sport[x.input]) >= 0;
}

/** All options between the outer header and `end` have an action of 00 (skip), and no other header occurs. */
function skippable(b: Uint8Array, o: number, end: number): boolean {
  let next = b[o + 6];
  let at = o + 40;
  while (at < end) {
    if (next !== 0 && next !== 60) return false;
    const stop = at + ((b[at + 1] + 1) << 3);
    for (let i = at + 2; i < stop; i += b[i] === 0 ? 1 : 2 + b[i + 1]) if (b[i] >>> 6 !== 0) return false;
    next = b[at];
    at = stop;
  }
  return true;
}

/** ICMPv6 message that the device turned into an ICMPv4 one. */
const six = (x: { v: { quote6: Int32Array } }, slot: number): number => x.v.quote6[slot] - 8;

export const relayedErrors: readonly DsRule[] = [
  {
    id: "RFC2473-8.3-1", clause: "RFC2473-8.3-1", title: "unreachable, time exceeded and parameter problem of the softwire become host unreachable", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_RELAY,
    check(x) {
      const type = x.b[six(x, x.input)];
      if (type !== 1 && type !== 3 && type !== 4) return NA;
      const at = icmp(x, x.output);
      x.code = (x.b[at] << 7) | (x.b[at + 1] & 127);
      return x.b[at] === 3 && x.b[at + 1] === 1 ? PASS : VIOLATED;
    },
    deviation: (code) => `type-${code >> 7}-code-${code & 127}`,
    explain: (x) => told(x, "an ICMPv6 error from inside the softwire was relayed with a wrong type or code", "RFC 2473 section 8.3: destination unreachable, host unreachable (type 3, code 1)",
      [field(x, x.output, "ICMP", "type and code", "3 and 1", `${x.b[icmp(x, x.output)]} and ${x.b[icmp(x, x.output) + 1]}`, icmp(x, x.output), 2)]),
  },
  {
    id: "RFC2473-8.3-2", clause: "RFC2473-8.3-2", title: "Packet Too Big of the softwire becomes fragmentation needed with the tunnel's MTU", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_RELAY,
    check(x) {
      const s = six(x, x.input);
      if (x.b[s] !== 2) return NA;
      const at = icmp(x, x.output);
      const mtu = u32(x.b, s + 4) - 40;
      const seen = u16(x.b, at + 6);
      x.code = x.b[at] !== 3 || x.b[at + 1] !== 4 ? 1 : (x.b[x.v.quote[x.input] + 6] & 0x40) === 0 ? 2 : 3;
      if (x.code !== 3) return VIOLATED;
      // Extension headers of the tunnel cost more; a limit below what IPv4 asks for (68) is raised.
      return seen <= Math.max(68, mtu) && seen + 24 >= mtu ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "type", "df-clear", "mtu"][code],
    explain: (x) => told(x, "Packet Too Big from inside the softwire was relayed wrongly", "RFC 2473 section 8.3: type 3, code 4, MTU less the tunnel headers, and only when DF is set",
      [field(x, x.output, "ICMP", "type, code, MTU", x.code === 2 ? "no such message: DF is clear" : `3, 4, ${u32(x.b, six(x, x.input) + 4) - 40}`, `${x.b[icmp(x, x.output)]}, ${x.b[icmp(x, x.output) + 1]}, ${u16(x.b, icmp(x, x.output) + 6)}`, icmp(x, x.output), 8)]),
  },
  {
    id: "RFC2473-8.3-3", clause: "RFC2473-8.3-3", title: "a relayed error comes from an IPv4 address of the device", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_RELAY,
    check: (x) => (x.own4.includes(x.v.src[x.output]) || x.aftr.inPool(x.v.src[x.output]) || x.v.src[x.output] === x.aftr.cfg.wellKnownV4 ? PASS : x.own4.length === 0 || !x.aftr.isInner(x.v.src[x.output]) ? NA : VIOLATED),
    deviation: () => "source",
    explain: (x) => told(x, "a relayed error has a source that is no address of the device", "RFC 2473 section 8.3",
      [field(x, x.output, "IPv4", "source", "an address of the device", formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC2473-8-1", clause: "RFC2473-8-1", title: "a relayed error quotes the packet in the form that its sender knows", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_RELAY,
    check(x) {
      if (x.aftr.nat === undefined) return NA;
      return x.aftr.inPool(x.v.qDst[x.output]) ? PASS : x.aftr.isInner(x.v.qDst[x.output]) ? VIOLATED : NA;
    },
    deviation: () => "internal-form",
    explain: (x) => told(x, "a relayed error quotes an inner address", "RFC 2473 section 8 with RFC 5508 section 4.2.2 (decisions D31): the sender on the Internet knows the external address only",
      [field(x, x.output, "IPv4 quoted", "destination", "an external address", formatIpv4(x.v.qDst[x.output]), x.v.quote[x.output] + 16, 4)]),
  },
  {
    id: "RFC2473-8-1.silent", clause: "RFC2473-8-1", title: "an error from inside the softwire is relayed", mechanisms: DS_LITE, on: "input", when: ON_ICMP6, facts: F.F_BOUND,
    check(x) {
      if (!has(x, x.input, F.F_BOUND) || !isForSource(x)) return NA;
      if (x.answer >= 0) return PASS;
      // Rate limits (RFC 1812 section 4.3.2.8) and losses explain silence: it takes three, each after a second without other errors, and none relayed so far.
      if (!x.absence || !has(x, x.input, F.F_ISOLATED) || x.history.lost[L_RELAY]++ < 2 || x.history.relayed > 0) return NA;
      x.code = x.b[six(x, x.input)];
      x.inferred = true;
      return VIOLATED;
    },
    deviation: () => "silent",
    explain: (x) => told(x, `errors from inside the softwire (ICMPv6 type ${x.code}) about packets from ${formatIpv4(x.v.qSrc[x.input])} and others are never relayed`, "RFC 2473 section 8: the entry-point must relay them to the source of the original packet (decisions D31); inferred from absence"),
  },
];

/** Must the source of the quoted packet be told (RFC 2473 section 8.1)? Unreachable node, hop limit exceeded; Packet Too Big where DF is honoured (decisions D2), and set. */
function isForSource(x: DsExchange): boolean {
  const s = six(x, x.input);
  const q = x.v.quote[x.input];
  const first = x.b[q + 12];
  // Nobody who may be told (RFC 1812 section 4.3.2.7).
  if (first === 0 || first === 127 || first >= 224) return false;
  const code = x.b[s + 1];
  if (x.b[s] === 1) return code === 0 || code === 3;
  if (x.b[s] === 3) return code === 0;
  return x.b[s] === 2 && x.aftr.cfg.oversize === "honour-df" && (x.b[q + 6] & 0x40) !== 0 && u32(x.b, s + 4) >= 1280 && u32(x.b, s + 4) < x.aftr.cfg.mtuV6;
}
