/**
 * RFC 6732 sections 3 and 4: provider-managed tunnels (Historic: at most warnings, but for the mapping and the checksums, without which nobody can answer).
 * The judge works the mapping of figure 3 out by itself (pairing/pmt.ts).
 */
import { B_NOT_ICMP, B_NOT_SHARED, B_SHARED, B_SUM, B_TRANSLATED, B_UNALTERED } from "../../aspects.js";
import { textIpv6At } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../../wire/checksum.js";
import { NH_ICMPV6, createUpper, walk } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { C_NATIVE, C_NOT_SHARED, C_ORDINARY, C_SHARED, C_TO_PROVIDER, C_TUNNELLED } from "../../forwarded.js";
import { INBOUND, OUTBOUND, type PmtFlow, checksumOffset, haveOneSum, isExpected, isProviderForm, isSameAddress, isTranslatable } from "../../pairing/pmt.js";
import { type Exchange, NA, OBSERVED, type Outcome, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { S_AMBIGUOUS, S_MODIFIED } from "../../transcript.js";
import {
  NOT_ORDINARY, badSource, destinationField, from, from6to4, fromProvider, hasInner, holds, isTunnelled, outerFrom, refusedOuter, refuses, serves, six4, sourceField, to, to6to4, toProvider,
} from "../../six-to-four/checks.js";
import { AGREES, UNKNOWN } from "../../six-to-four/bindings.js";
import { isMapped, isSixToFour, optedOut, providerV4, v4addr } from "../../six-to-four/domain.js";
import { PMT, hasFacts, icmp6At, inner, innerBytes, isCoalesced, mustForward, told } from "../helpers.js";

const upper = createUpper();
export const flowOf = (x: Exchange): PmtFlow => (x.flow === F.FLOW_ENCAP ? INBOUND : OUTBOUND);
/** Offset of the customer's address in a packet. */
export const customerAt = (x: Exchange, slot: number): number => (flowOf(x) === OUTBOUND ? from(x, slot) : to(x, slot));
/** Did the customer's address change on the way? */
export const wasTranslated = (x: Exchange): boolean => !isSameAddress(x.b, customerAt(x, x.input), customerAt(x, x.output));
/** Is the input one that figure 3 translates? */
const concerns = (x: Exchange): boolean =>
  x.flow === F.FLOW_DECAP ? isTranslatable(six4(x), x.b, from(x, x.input)) && !to6to4(x, x.input) : x.flow === F.FLOW_ENCAP && isMapped(six4(x), x.b, to(x, x.input));

/**
 * Stateful: a packet to a provider prefix goes to the site that was given it. A mapping that was silent for half of its life may have ended and been
 * given away in packets that the tap lost.
 */
function sameSite(x: Exchange): Outcome {
  const time = x.r.time[x.input];
  if (flowOf(x) === OUTBOUND) {
    // Of several customers who sent the same packet, nobody knows whose mapping this is.
    if ((x.r.state[x.input] & S_AMBIGUOUS) === 0) x.state.sites.learn(x.b, from(x, x.output), from(x, x.input), time);
    return PASS;
  }
  const known = x.state.sites.compare(x.b, to(x, x.input), to(x, x.output), time, (six4(x).config.pmtMappingSeconds ?? 0) / 2);
  x.code = 2;
  return known === UNKNOWN ? NA : holds(known === AGREES);
}

/** Offset of the transport checksum of the packet in `slot`, 0 when there is none or it cannot be verified. `whole` asks for the whole packet. */
export function transportChecksum(x: Exchange, slot: number, whole: boolean): number {
  const o = inner(x, slot);
  if (whole && (hasFacts(x, slot, F.F_CUT) || x.r.innerLen[slot] < innerBytes(x, slot))) return 0;
  walk(x.b, o, x.r.innerLen[slot], upper);
  const at = checksumOffset(upper.protocol);
  // Of a fragment only the first has a checksum, and it covers more than this packet.
  if (!upper.whole || at < 0 || upper.len < at + 2 || (upper.fragment !== 0 && (whole || (u16(x.b, upper.fragment + 2) & 0xfff8) !== 0))) return 0;
  return upper.off + at;
}
/** UDP-Lite and DCCP may cover less than the packet: only what covers all of it is verified. */
const covered = (): boolean => upper.protocol === 6 || upper.protocol === 17 || upper.protocol === NH_ICMPV6;
export const isChecksumRight = (x: Exchange, slot: number): boolean => finish(sum(x.b, upper.off, upper.len, pseudo6(x.b, inner(x, slot) + 8, upper.len, upper.protocol))) === 0;

/** NA unless the input's checksum was right: only then does a wrong one come from the translation. */
function verifyChecksum(x: Exchange): Outcome {
  if (transportChecksum(x, x.input, true) === 0 || !covered() || !isChecksumRight(x, x.input)) return NA;
  const at = transportChecksum(x, x.output, true);
  if (at === 0) return NA;
  if (isChecksumRight(x, x.output)) return PASS;
  if (isCoalesced(x, x.input) || isCoalesced(x, x.output)) return NA;
  // The sum of the pseudo-header alone is for a network card behind the tap to finish: what was on the wire is not known.
  return u16(x.b, at) === fold(pseudo6(x.b, inner(x, x.output) + 8, upper.len, upper.protocol)) ? NA : VIOLATED;
}
/** Two rules ask about one exchange: the sums are made once. Keyed by the records, which also name the judge's run. */
let verified: Outcome = NA;
let verifiedOf: Exchange | undefined;
let verifiedInput = -1;
let verifiedOutput = -1;
function checksumKept(x: Exchange): Outcome {
  const input = x.r.number[x.input];
  const output = x.r.number[x.output];
  if (verifiedOf !== x || verifiedInput !== input || verifiedOutput !== output) {
    verified = verifyChecksum(x);
    verifiedOf = x;
    verifiedInput = input;
    verifiedOutput = output;
  }
  return verified;
}
const explainChecksum = (why: string) => (x: Exchange) => {
  const at = transportChecksum(x, x.output, true);
  const right = u16(x.b, at);
  return told(x, "the transport checksum is wrong after the translation", why,
    [field(x, x.output, "transport", "checksum", "right for the translated addresses", `0x${right.toString(16).padStart(4, "0")}`, at, 2)]);
};
const expectedText = (x: Exchange): string => (flowOf(x) === OUTBOUND ? "provider prefix, V4ADDR and the same interface identifier" : "2002:V4ADDR, the Subnet-ID and the same interface identifier");
const customerField = (x: Exchange, slot: number, expected: string) => (flowOf(x) === OUTBOUND ? sourceField(x, slot, expected) : destinationField(x, slot, expected));

export const rfc6732: readonly Rule[] = [
  refuses({
    id: "RFC6732-3.1-1", clause: "RFC6732-3.1-1", title: "towards the customer a PMT relay is a 6to4 relay", mechanisms: PMT, facts: F.F_SRC_MISMATCH | F.F_OUTER_SRC, applies: (x) => isTunnelled(x, x.input),
    message: "a PMT relay took a packet that a 6to4 relay refuses", why: "RFC 6732 section 3.1 with RFC 3056 section 9 and RFC 3964 section 5.2",
    fields: (x) => [sourceField(x, x.input, badSource(x) || refusedOuter(x) ? "a global V4ADDR" : "a V4ADDR that is the outer source")],
  }),
  {
    id: "RFC6732-3.1-2", clause: "RFC6732-3.1-2", title: "the 6to4 prefix becomes the provider's, and back", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      if (!concerns(x)) return NA;
      // Untranslated traffic is a policy that sections 3.2 and 4.1 allow; on the way back there is no choice.
      x.code = 1;
      if (!wasTranslated(x)) return flowOf(x) === OUTBOUND ? NA : VIOLATED;
      if (flowOf(x) === OUTBOUND ? !fromProvider(x, x.output) : !to6to4(x, x.output)) return VIOLATED;
      return six4(x).stateful ? sameSite(x) : PASS;
    },
    sure: () => passes(B_TRANSLATED),
    deviation: (code) => (code === 2 ? "other-site" : "other-prefix"),
    explain: (x) => told(x, "the customer's prefix was not translated as configured", "RFC 6732 section 3.1", [customerField(x, x.output, expectedText(x))]),
  },
  serves({
    id: "RFC6732-3.1-2.lost", clause: "RFC6732-3.1-2", title: "packets to provider addresses are translated and tunnelled", mechanisms: PMT, facts: F.F_TO_CE, applies: (x) => toProvider(x, x.input), sure: () => passes(C_ORDINARY | C_NATIVE | C_TO_PROVIDER), why: "RFC 6732 section 3.1",
  }),
  {
    id: "RFC6732-3.2-1", clause: "RFC6732-3.2-1", title: "traffic between 6to4 sites is not translated", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_HAIRPIN, kept: true,
    check: (x) => (!to6to4(x, x.input) ? NA : holds(isSameAddress(x.b, from(x, x.input), from(x, x.output)))),
    sure: () => silent(B_TRANSLATED),
    deviation: () => "translated",
    explain: (x) => told(x, "a packet to a 6to4 destination was translated", "RFC 6732 section 3.2", [sourceField(x, x.output, textIpv6At(x.b, from(x, x.input)))]),
  },
  {
    id: "RFC6732-3.2-2", clause: "RFC6732-3.2-2", title: "some 6to4 flows are not translated", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (!concerns(x) ? NA : wasTranslated(x) ? PASS : OBSERVED),
    sure: () => passes(B_TRANSLATED),
    explain: (x) => told(x, "a customer's packet left with its 6to4 source", "RFC 6732 sections 3.2 and 4.1 allow it by policy"),
  },
  {
    // "The provider can use any prefix mapping strategy": figure 3 is held against what the configuration says, so it warns.
    id: "RFC6732-3.3-1", clause: "RFC6732-3.3-1", title: "figure 3: prefix, V4ADDR, interface identifier", mechanisms: PMT, cap: "warn", on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      // Another mapping than figure 3 is declared, or was chosen (RFC 6732 section 4.5): those have rules of their own.
      const d = six4(x);
      if (!concerns(x) || !wasTranslated(x) || d.stateful || d.neutral || isNeutral(x)) return NA;
      const six = flowOf(x) === OUTBOUND ? customerAt(x, x.input) : customerAt(x, x.output);
      const provider = flowOf(x) === OUTBOUND ? customerAt(x, x.output) : customerAt(x, x.input);
      x.code = !isSameIdentifier(x.b, six, provider) ? 1 : !isMapped(d, x.b, provider) || providerV4(d, x.b, provider) !== v4addr(x.b, six) ? 2 : 3;
      return holds(isExpected(d, x.b, inner(x, x.input), inner(x, x.output), flowOf(x)));
    },
    sure: () => passes(B_TRANSLATED),
    deviation: (code) => (code === 1 ? "interface-identifier" : code === 2 ? "v4addr" : "subnet"),
    explain: (x) => told(x, x.code === 1 ? "the interface identifier was altered by the translation" : x.code === 2 ? "V4ADDR does not lie where the mapping has it" : "the Subnet-ID of the translated address is another one", "RFC 6732 section 3.3, figure 3",
      [customerField(x, x.output, expectedText(x))]),
  },
  {
    id: "RFC6732-3.3-2", clause: "RFC6732-3.3-2", title: "only one Subnet-ID is translated", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (!from6to4(x, x.input) || to6to4(x, x.input) || isTranslatable(six4(x), x.b, from(x, x.input)) || optedOut(six4(x), v4addr(x.b, from(x, x.input))) ? NA : holds(!fromProvider(x, x.output) || !isProviderForm(six4(x), x.b, from(x, x.input), from(x, x.output)))),
    sure: () => silent(B_TRANSLATED),
    deviation: () => "merged",
    explain: (x) => told(x, "a source of another Subnet-ID was mapped onto the same provider addresses", "RFC 6732 section 3.3: two hosts of the site then share one address", [sourceField(x, x.output, textIpv6At(x.b, from(x, x.input)))]),
  },
  serves({
    id: "RFC6732-3.4-1", clause: "RFC6732-3.4-1", title: "translation needs no earlier packet", mechanisms: PMT, facts: F.F_NEW_CE, applies: (x) => !isTunnelled(x, x.input) && toProvider(x, x.input), sure: () => [...silent(C_TUNNELLED), ...passes(C_ORDINARY | C_NATIVE | C_TO_PROVIDER)], why: "RFC 6732 section 3.4: deterministic and stateless",
  }),
  {
    id: "RFC6732-4.1-1", clause: "RFC6732-4.1-1", title: "customers who opted out keep their 6to4 addresses", mechanisms: PMT, declared: true, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (!from6to4(x, x.input) || to6to4(x, x.input) || !optedOut(six4(x), v4addr(x.b, from(x, x.input))) ? NA : holds(!wasTranslated(x))),
    sure: () => silent(B_TRANSLATED),
    deviation: () => "translated",
    explain: (x) => told(x, "a packet of a customer who opted out was translated", "RFC 6732 section 4.1, and the customer is on the list that is declared", [sourceField(x, x.output, textIpv6At(x.b, from(x, x.input)))]),
  },
  {
    id: "RFC6732-4.2-1", clause: "RFC6732-4.2-1", title: "shared address space is served and does not leak", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (!isShared(outerFrom(x, x.input)) || !concerns(x) ? NA : holds(!from6to4(x, x.output))),
    sure: () => [...silent(B_NOT_SHARED), ...passes(B_SHARED | B_TRANSLATED)],
    deviation: () => "leaked",
    explain: (x) => told(x, "a 6to4 source made of 100.64.0.0/10 left the relay untranslated", "RFC 6732 section 4.2: nobody can answer it", [sourceField(x, x.output, "inside the provider prefix")]),
  },
  {
    id: "RFC6732-4.2-1.lost", clause: "RFC6732-4.2-1", title: "customers behind shared address space are served", mechanisms: PMT, cap: "warn", on: "input", facts: F.F_NEW_CE,
    sure: () => [...passes(C_ORDINARY | C_TUNNELLED | C_SHARED), ...silent(C_NATIVE, C_NOT_SHARED)],
    check: (x) => (hasFacts(x, x.input, NOT_ORDINARY) || !hasInner(x, x.input) || !isTunnelled(x, x.input) || !isShared(outerFrom(x, x.input)) ? NA : mustForward(x)),
    deviation: () => "no-output",
    explain: (x) => told(x, "a packet of a customer with a shared address vanished", "RFC 6732 section 4.2. Inferred from silence: other causes are possible"),
  },
  {
    id: "RFC6732-4.4-1", clause: "RFC6732-4.4-1", title: "Packet Too Big has the 6to4 MTU and the translated address", mechanisms: PMT, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      const icmp = icmp6At(x, x.output);
      if (icmp === 0 || x.b[icmp] !== 2 || isTunnelled(x, x.input) || !hasInner(x, x.input) || !toProvider(x, x.input) || x.r.innerLen[x.output] < 88) return NA;
      x.code = isSixToFour(x.b, icmp + 8 + 24) ? 1 : 2;
      const mtu = u32(x.b, icmp + 4);
      // 65515 and more: nobody declared the tunnel MTU (suite/declared)
      return holds(x.code === 2 && (mtu === x.domain.tunnel.tunnelMtu || x.domain.tunnel.tunnelMtu >= 65515 || (x.domain.tunnel.tunnelMtuMode === "dynamic" && mtu < x.domain.tunnel.tunnelMtu)));
    },
    deviation: (code) => (code === 1 ? "quotes-6to4-address" : "other-mtu"),
    explain(x) {
      const icmp = icmp6At(x, x.output);
      return told(x, x.code === 1 ? "Packet Too Big quotes an address that the sender never used" : "Packet Too Big names another MTU", "RFC 6732 section 4.4",
        [x.code === 1 ? field(x, x.output, "quoted IPv6", "destination", textIpv6At(x.b, to(x, x.input)), textIpv6At(x.b, icmp + 32), icmp + 32, 16) : field(x, x.output, "ICMPv6", "MTU", x.domain.tunnel.tunnelMtu, u32(x.b, icmp + 4), icmp + 4, 4)]);
    },
  },
  {
    id: "RFC6732-4.5-1", clause: "RFC6732-4.5-1", title: "transport checksums are right after the translation", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check: (x) => (wasTranslated(x) ? checksumKept(x) : NA), sure: () => passes(B_SUM), deviation: () => "checksum", explain: explainChecksum("RFC 6732 section 4.5: corrected as in RFC 3022 section 4.2"),
  },
  {
    id: "RFC8200-8.1-1", clause: "RFC8200-8.1-1", title: "the pseudo-header has the addresses that are sent", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check: checksumKept, sure: () => passes(B_SUM), deviation: () => "checksum", explain: explainChecksum("RFC 8200 section 8.1"),
  },
  {
    id: "RFC6732-4.5-2", clause: "RFC6732-4.5-2", title: "the translation is checksum-neutral", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check: (x) => (!concerns(x) || !wasTranslated(x) ? NA : isNeutral(x) && transportChecksum(x, x.input, false) > 0 ? OBSERVED : PASS),
    sure: () => passes(B_TRANSLATED),
    explain: (x) => told(x, "the address was translated without a change of the transport checksum", "RFC 6732 section 4.5 allows the mapping of RFC 6296"),
  },
  {
    id: "RFC6732-4.6-1", clause: "RFC6732-4.6-1", title: "payload is altered (an ALG)", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      // The pairing has compared all bytes; an ICMPv6 error may quote the packet translated or not.
      if ((x.r.state[x.input] & S_MODIFIED) === 0) return x.b[inner(x, x.input) + 6] === NH_ICMPV6 ? NA : PASS;
      const at = transportChecksum(x, x.input, false);
      if (at === 0 || upper.protocol === NH_ICMPV6 || innerBytes(x, x.input) !== innerBytes(x, x.output)) return NA;
      const i = inner(x, x.input);
      const o = inner(x, x.output);
      const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]);
      for (let k = 40; k < n; k++) if (i + k !== at && i + k !== at + 1 && x.b[i + k] !== x.b[o + k]) return OBSERVED;
      return PASS;
    },
    sure: () => passes(B_UNALTERED | B_NOT_ICMP),
    explain: (x) => told(x, "the payload was changed", "RFC 6732 section 4.6: ALGs are optional"),
  },
];

const isShared = (v4: number): boolean => v4 >>> 22 === 0x64400000 >>> 22;
const isSameIdentifier = (b: Uint8Array, p: number, q: number): boolean => u32(b, p + 8) === u32(b, q + 8) && u32(b, p + 12) === u32(b, q + 12);
/** Another address with the same sum in ones' complement (RFC 6296 section 3): the transport checksum need not change. */
export function isNeutral(x: Exchange): boolean {
  // V4ADDR leaves no word outside of the identifier for the adjustment.
  if (isSameIdentifier(x.b, customerAt(x, x.input), customerAt(x, x.output))) return false;
  return haveOneSum(x.b, customerAt(x, x.input), customerAt(x, x.output)) && wasTranslated(x);
}
