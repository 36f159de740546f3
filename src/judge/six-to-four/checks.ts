/** What the rules of the 6to4 documents share. */
import type { Mechanism } from "../../config/types.js";
import { formatIpv4, textIpv6At } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { isOwnAddress } from "../domain.js";
import { field } from "../evidence.js";
import * as F from "../facts.js";
import { type Exchange, NA, OBSERVED, type Outcome, PASS, type Rule, VIOLATED } from "../rule.js";
import { forwardedOrNot, hasFacts, inner, mustForward, mustNotForward, outer, told } from "../rules/helpers.js";
import type { FieldDiff } from "../types.js";
import { F_BY_POLICY } from "./facts.js";
import { ANYCAST_RELAY, type SixToFourDomain, inProvider, isBadSixToFour, isForbidden6, isRefused, isSixToFour, v4addr } from "./domain.js";

/** Rules of these documents run for 6to4 domains only, so there is one. */
export const six4 = (x: Exchange): SixToFourDomain => x.domain.sixToFour as SixToFourDomain;
export const isTunnelled = (x: Exchange, slot: number): boolean => x.r.kind[slot] === F.K_TUNNEL;
export const hasInner = (x: Exchange, slot: number): boolean => x.r.inner[slot] > 0;
/** Offsets of the inner source and destination. */
export const from = (x: Exchange, slot: number): number => inner(x, slot) + 8;
export const to = (x: Exchange, slot: number): number => inner(x, slot) + 24;
export const outerFrom = (x: Exchange, slot: number): number => u32(x.b, outer(x, slot) + 12);
export const outerTo = (x: Exchange, slot: number): number => u32(x.b, outer(x, slot) + 16);
export const own = (x: Exchange, v4: number): boolean => isOwnAddress(x.domain, v4);
export const from6to4 = (x: Exchange, slot: number): boolean => isSixToFour(x.b, from(x, slot));
export const to6to4 = (x: Exchange, slot: number): boolean => isSixToFour(x.b, to(x, slot));
export const strict = (x: Exchange): boolean => six4(x).config.strict3964;
/** Is 192.88.99.1 one of the device's addresses? */
export const servesAnycast = (x: Exchange): boolean => own(x, ANYCAST_RELAY);
export const isAnycastBlock = (v4: number): boolean => v4 >>> 8 === ANYCAST_RELAY >>> 8;

export const isPrivate = (v: number): boolean => v >>> 24 === 10 || v >>> 20 === 0xac1 || v >>> 16 === 0xc0a8;
/** The kinds of address that RFC 3056 section 9 names: private, broadcast, multicast, loopback. */
export const isNamed = (v: number): boolean => isPrivate(v) || v >>> 24 === 127 || v >>> 28 === 14 || v === 0xffffffff;

/** Reasons not to look at an input at all: it is no whole packet for this device. */
export const UNREADABLE = F.F_OUTER_BAD | F.F_INNER_BAD | F.F_NOT_OURS | F.F_CUT;
/** Reasons for which an ordinary packet is not forwarded. */
export const NOT_ORDINARY = F.MAY_DROP | F.STAYS | F_BY_POLICY | F.F_ND;

export const badSource = (x: Exchange): boolean => isBadSixToFour(six4(x), x.b, from(x, x.input));
export const badDestination = (x: Exchange): boolean => isBadSixToFour(six4(x), x.b, to(x, x.input));
export const refusedOuter = (x: Exchange): boolean => isTunnelled(x, x.input) && isRefused(six4(x), outerFrom(x, x.input));
export const forbiddenSource = (x: Exchange): boolean => isForbidden6(x.b, from(x, x.input));
export const forbiddenDestination = (x: Exchange): boolean => isForbidden6(x.b, to(x, x.input));
export const toProvider = (x: Exchange, slot: number): boolean => inProvider(six4(x), x.b, to(x, slot));
export const fromProvider = (x: Exchange, slot: number): boolean => inProvider(six4(x), x.b, from(x, slot));
export const embeddedFrom = (x: Exchange, slot: number): number => v4addr(x.b, from(x, slot));
export const embeddedTo = (x: Exchange, slot: number): number => v4addr(x.b, to(x, slot));

export const sourceField = (x: Exchange, slot: number, expected: string): FieldDiff => field(x, slot, "IPv6", "source", expected, textIpv6At(x.b, from(x, slot)), from(x, slot), 16);
export const destinationField = (x: Exchange, slot: number, expected: string): FieldDiff => field(x, slot, "IPv6", "destination", expected, textIpv6At(x.b, to(x, slot)), to(x, slot), 16);
export const outerFromField = (x: Exchange, slot: number, expected: string): FieldDiff => field(x, slot, "IPv4 outer", "source", expected, formatIpv4(outerFrom(x, slot)), outer(x, slot) + 12, 4);
export const outerToField = (x: Exchange, slot: number, expected: string): FieldDiff => field(x, slot, "IPv4 outer", "destination", expected, formatIpv4(outerTo(x, slot)), outer(x, slot) + 16, 4);

/** One site alone may be out of reach in IPv4: silence counts from the second one on. */
export function isSecondSite(x: Exchange): boolean {
  if (x.output >= 0 || !x.absence || x.answer >= 0) return true;
  const site = embeddedTo(x, x.input);
  if (x.state.unheard[x.domain.index] === 0) x.state.unheard[x.domain.index] = site;
  return x.state.unheard[x.domain.index] !== site;
}

interface InputRule {
  readonly id: string; readonly clause: string; readonly title: string; readonly mechanisms: readonly Mechanism[];
  /** Facts that call the rule. */
  readonly facts: number;
  applies(x: Exchange): boolean;
  readonly why: string;
  /** By the aspects of what was forwarded (forwarded.ts). */
  readonly sure?: Rule["sure"];
}

/** An input that must not leave the device again. */
export const refuses = (r: InputRule & { readonly message: string; fields?(x: Exchange): readonly FieldDiff[] }): Rule => ({
  id: r.id, clause: r.clause, title: r.title, mechanisms: r.mechanisms, on: "input", facts: r.facts,
  check: (x) => (hasFacts(x, x.input, UNREADABLE) || !hasInner(x, x.input) || !r.applies(x) ? NA : mustNotForward(x)),
  deviation: forwardedOrNot,
  explain: (x) => told(x, r.message, r.why, r.fields?.(x) ?? []),
});

/** An input that must leave the device again. That it did not is an inference, so it warns at most. */
export const serves = (r: InputRule): Rule => ({
  id: r.id, clause: r.clause, title: r.title, mechanisms: r.mechanisms, cap: "warn", on: "input", facts: r.facts, ...(r.sure === undefined ? {} : { sure: r.sure }),
  check: (x) => (hasFacts(x, x.input, NOT_ORDINARY) || !hasInner(x, x.input) || !r.applies(x) ? NA : mustForward(x)),
  deviation: () => "no-output",
  explain: (x) => told(x, "a packet that has to be forwarded was neither forwarded nor answered", `${r.why}. Inferred from silence: other causes are possible`),
});

/** A filter that the document allows: observed when it dropped the packet. */
export const mayDrop = (r: InputRule): Rule => ({
  id: r.id, clause: r.clause, title: r.title, mechanisms: r.mechanisms, on: "input", facts: r.facts,
  check: (x): Outcome => (hasFacts(x, x.input, F.F_OUTER_BAD | F.F_INNER_BAD | F.F_CUT) || !hasInner(x, x.input) || !r.applies(x) ? NA : x.output >= 0 || x.answer >= 0 ? PASS : x.absence ? OBSERVED : NA),
  deviation: () => "dropped",
  explain: (x) => told(x, "a packet was filtered", r.why),
});

/** What holds for every protocol-41 packet that the device sends. */
export const emits = (r: Omit<InputRule, "facts" | "applies"> & {
  readonly message: string; readonly kinds?: number; readonly deviation?: string; check(x: Exchange): Outcome; fields?(x: Exchange): readonly FieldDiff[]; readonly needs?: Rule["needs"];
  readonly sure?: Rule["sure"];
}): Rule => ({
  id: r.id, clause: r.clause, title: r.title, mechanisms: r.mechanisms, on: "output", when: r.kinds ?? 1 << F.K_TUNNEL, ...(r.needs === undefined ? {} : { needs: r.needs }), ...(r.sure === undefined ? {} : { sure: r.sure }),
  check: (x) => (x.r.kind[x.output] === F.K_TUNNEL && !hasInner(x, x.output) ? NA : r.check(x)),
  deviation: () => r.deviation ?? "sent",
  explain: (x) => told(x, r.message, r.why, r.fields?.(x) ?? []),
});

export const holds = (ok: boolean): Outcome => (ok ? PASS : VIOLATED);
/** Subnet-ID of the 6to4 address at `o`. */
export const subnetId = (b: Uint8Array, o: number): number => u16(b, o + 6);
