/** What rules share. */
import type { Mechanism } from "../../config/types.js";
import { u16 } from "../../wire/bits.js";
import { flowLabel } from "../../wire/ipv6.js";
import { describe, filterFor } from "../evidence.js";
import * as F from "../facts.js";
import { type Exchange, type Explanation, NA, type Outcome, PASS, VIOLATED } from "../rule.js";
import { S_MODIFIED } from "../transcript.js";
import type { FieldDiff } from "../types.js";

export const SIX_RD: readonly Mechanism[] = ["6rd"];
export const ROUTER: readonly Mechanism[] = ["6to4-router"];
/** Unicast, anycast and provider-managed relays: towards the customer they are one thing (RFC 6732 section 3.1). */
export const RELAY: readonly Mechanism[] = ["6to4-relay", "6to4-pmt"];
export const PMT: readonly Mechanism[] = ["6to4-pmt"];
export const SIX_TO_FOUR: readonly Mechanism[] = ["6to4-router", "6to4-relay", "6to4-pmt"];
/** All that carry IPv6 in IPv4 (RFC 4213 section 3), and those of them that leave the addresses alone. */
export const IN_IPV4: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay", "6to4-pmt"];
export const UNTRANSLATED: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay"];
export const TUNNEL_OUT = (1 << F.K_TUNNEL) | (1 << F.K_FRAGMENT);
export const INTO_TUNNEL = F.FLOW_ENCAP | F.FLOW_HAIRPIN;
export const FROM_TUNNEL = F.FLOW_DECAP | F.FLOW_HAIRPIN;

export const hasFacts = (x: Exchange, slot: number, mask: number): boolean => (x.r.facts[slot] & mask) !== 0;
export const inner = (x: Exchange, slot: number): number => (slot === x.output ? x.outputInner : slot === x.input ? x.inputInner : x.r.inner[slot]);
export const outer = (x: Exchange, slot: number): number => (slot === x.output ? x.outputAt : slot === x.input ? x.inputAt : x.r.off[slot]);
/** Bytes of the IPv6 packet by its own header. */
export const innerBytes = (x: Exchange, slot: number): number => 40 + u16(x.b, inner(x, slot) + 4);
export const outerDf = (x: Exchange, slot: number): boolean => (x.b[outer(x, slot) + 6] & 0x40) !== 0;

/**
 * Is the tunnel packet another router's on the same link? Its outer source is no address of the device, and its inner source is native: a 6to4 router
 * sends for its own prefix, but the judge lets it send native sources too, so such a packet proves nothing.
 */
export const isOfAnother = (x: Exchange): boolean => x.domain.sixToFour?.router === true && hasFacts(x, x.output, F.F_NOT_OURS) && u16(x.b, inner(x, x.output) + 8) !== 0x2002;

/**
 * Is the packet longer than the link takes that it was seen on? Then no wire carried it: it stands for several of TCP or UDP, or the link takes more than is declared
 * (pairing/segments.ts). Cards finish what such packets leave open, lengths and checksums.
 */
export function isCoalesced(x: Exchange, slot: number): boolean {
  const protocol = x.b[inner(x, slot) + 6];
  return (protocol === 6 || protocol === 17) && innerBytes(x, slot) + (x.r.kind[slot] === F.K_TUNNEL ? 20 : 0) > x.domain.linkMtu[x.r.side[slot]];
}

/** Nothing but a flow label was given to a packet without one: RFC 6437 section 3 lets any forwarding node do that (and forbids to change one that is there). */
function isOnlyLabelled(x: Exchange): boolean {
  const i = inner(x, x.input);
  const o = inner(x, x.output);
  if (flowLabel(x.b, i) !== 0 || flowLabel(x.b, o) === 0) return false;
  const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]);
  for (let k = 4; k < n; k++) if (k !== 7 && x.b[i + k] !== x.b[o + k]) return false;
  return true;
}
/** Nothing but the checksum of TCP or UDP differs. What a card leaves in that field for a tap to see is anybody's guess, so it is no alteration for sure. */
export function isOnlyResummed(x: Exchange): boolean {
  const i = inner(x, x.input);
  const o = inner(x, x.output);
  const at = x.b[i + 6] === 17 ? 46 : x.b[i + 6] === 6 ? 56 : 0;
  if (at === 0 || flowLabel(x.b, i) !== flowLabel(x.b, o)) return false;
  const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]);
  for (let k = 4; k < n; k++) if (k !== 7 && k !== at && k !== at + 1 && x.b[i + k] !== x.b[o + k]) return false;
  return true;
}
/** Are the bytes of the inner packet that have to stay as they were? Datagrams that a capture shows as one frame may stand in it in another order. */
export const untouched = (x: Exchange): Outcome => ((x.r.state[x.input] & S_MODIFIED) === 0 || isOnlyLabelled(x) || isOnlyResummed(x) ? PASS : isCoalesced(x, x.input) ? NA : VIOLATED);

/** `input` event: the packet must not leave the device again. */
export function mustNotForward(x: Exchange): Outcome {
  if (x.output >= 0) {
    x.code = 1;
    return VIOLATED;
  }
  return x.absence || x.answer >= 0 ? PASS : NA;
}

/** A tunnelled packet that arrived with outer TTL 0 or 1. That of a joined datagram is one of several. */
export const isExpiring = (x: Exchange): boolean => x.r.kind[x.input] === F.K_TUNNEL && x.b[x.inputAt + 8] <= 1 && !hasFacts(x, x.input, F.F_JOINED);

/** `input` event: the packet must leave the device again; silence is an inference. */
export function mustForward(x: Exchange): Outcome {
  if (x.output >= 0) return PASS;
  // A declared limit of flows lets the device drop what would be one more. What the TTL may explain is RFC1812-4.2.2.9-2's matter.
  if (!x.absence || x.answer >= 0 || x.domain.tunnel.flowLimit > 0 || isExpiring(x)) return NA;
  x.code = 2;
  x.inferred = true;
  return VIOLATED;
}

export const forwardedOrNot = (code: number): string => (code === 1 ? "forwarded" : code === 2 ? "no-output" : "answered");

/** An explanation whose filter shows the judged packet. */
export function told(x: Exchange, message: string, why: string, fields: readonly FieldDiff[] = []): Explanation {
  const slot = x.input >= 0 ? x.input : x.output;
  return { message: `${message} (${describe(x, slot)})`, fields, why, filter: filterFor(x, slot) };
}

/** Offset of the ICMPv6 header of an answer: the errors and replies that a device makes have no extension headers; 0 otherwise. */
export const icmp6At = (x: Exchange, slot: number): number => (x.b[x.r.inner[slot] + 6] === 58 && x.r.innerLen[slot] >= 48 ? x.r.inner[slot] + 40 : 0);
