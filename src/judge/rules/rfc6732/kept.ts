/** What a PMT relay leaves alone (RFC 4213 sections 3 and 3.6, RFC 6732 section 4.5), and the customers whom it translates by what is declared. */
import { B_SUM, B_TRANSLATED, B_UNALTERED } from "../../aspects.js";
import { textIpv6At } from "../../../wire/address.js";
import { u16 } from "../../../wire/bits.js";
import { createUpper, flowLabel, walk } from "../../../wire/ipv6.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { checksumOffset, isTranslatable } from "../../pairing/pmt.js";
import { type Exchange, NA, type Outcome, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { S_MODIFIED } from "../../transcript.js";
import { from, holds, six4, sourceField, to6to4 } from "../../six-to-four/checks.js";
import { INTO_TUNNEL, PMT, hasFacts, inner, isCoalesced, told } from "../helpers.js";
import { wasTranslated } from "./3-4.js";

const upper = createUpper();

/** The first byte behind the addresses that is not as it was, the bytes of `but` and the one behind it aside; 0 when there is none. */
function changedAt(x: Exchange, but: number): number {
  const i = inner(x, x.input);
  const o = inner(x, x.output);
  const n = Math.min(x.r.innerLen[x.input], x.r.innerLen[x.output]);
  for (let k = 4; k < n; k++) if ((k < 7 || k >= 40) && k !== but && k !== but + 1 && x.b[i + k] !== x.b[o + k]) return k;
  return 0;
}

/** A flow label that is there stays (RFC 6437 section 3). The payload of what is translated may be an ALG's (RFC 6732 section 4.6), and a quoted packet's addresses are free. */
function kept(x: Exchange): Outcome {
  if ((x.r.state[x.input] & S_MODIFIED) === 0) return PASS;
  if (isCoalesced(x, x.input) || isCoalesced(x, x.output) || hasFacts(x, x.input, F.F_CUT) || hasFacts(x, x.output, F.F_CUT)) return NA;
  x.code = 1;
  const label = flowLabel(x.b, inner(x, x.input));
  if (label !== 0 && label !== flowLabel(x.b, inner(x, x.output))) return VIOLATED;
  if (wasTranslated(x) || hasFacts(x, x.input, F.F_ICMP6_ERROR)) return NA;
  walk(x.b, inner(x, x.input), x.r.innerLen[x.input], upper);
  const sum = checksumOffset(upper.protocol);
  x.code = 2;
  return holds(changedAt(x, sum < 0 ? 0 : upper.off - inner(x, x.input) + sum) === 0);
}
const unaltered = (clause: string, title: string, when: number, way: string, why: string): Rule => ({
  id: `${clause}.pmt`, clause, title, mechanisms: PMT, on: "pair", when, check: kept,
  sure: () => passes(B_UNALTERED),
  deviation: (code) => (code === 1 ? "flow-label" : "altered"),
  explain(x) {
    const i = inner(x, x.input);
    const o = inner(x, x.output);
    const hex = (at: number): string => x.b[at].toString(16).padStart(2, "0");
    const at = x.code === 1 ? 1 : changedAt(x, 0);
    return told(x, x.code === 1 ? `the flow label of the inner packet was changed on ${way}` : `bytes of a packet that is not translated were altered on ${way}`, why,
      [x.code === 1 ? field(x, x.output, "IPv6", "flow label", flowLabel(x.b, i), flowLabel(x.b, o), o + 1, 3) : field(x, x.output, "IPv6", `byte ${at}`, hex(i + at), hex(o + at), o + at, 1)]);
  },
});

/** Offset from the IPv6 header of what would be the checksum in a first fragment, 0 when this is no later one. */
function fieldOfLater(x: Exchange): number {
  const i = inner(x, x.input);
  walk(x.b, i, x.r.innerLen[x.input], upper);
  const at = checksumOffset(upper.protocol);
  return !upper.whole || at < 0 || upper.len < at + 2 || upper.fragment === 0 || (u16(x.b, upper.fragment + 2) & 0xfff8) === 0 ? 0 : upper.off - i + at;
}

export const rfc6732kept: readonly Rule[] = [
  unaltered("RFC4213-3-1", "what is not translated enters the tunnel unaltered", INTO_TUNNEL, "encapsulation", "RFC 4213 section 3: a header is put in front; beyond that a translator changes addresses and checksums"),
  unaltered("RFC4213-3.6-8", "what is not translated leaves the tunnel unaltered", F.FLOW_DECAP, "decapsulation", "RFC 4213 section 3.6: the header is not modified; beyond that a translator changes addresses and checksums"),
  {
    id: "RFC6732-4.5-1.fragments", clause: "RFC6732-4.5-1", title: "only the first fragment has a checksum to correct", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      const at = wasTranslated(x) ? fieldOfLater(x) : 0;
      if (at === 0) return NA;
      const differs = u16(x.b, inner(x, x.input) + at) !== u16(x.b, inner(x, x.output) + at);
      return !differs ? PASS : changedAt(x, at) === 0 ? VIOLATED : NA;
    },
    // Right behind the header there is a checksum.
    sure: () => silent(B_SUM),
    deviation: () => "payload-corrected",
    explain(x) {
      const at = fieldOfLater(x);
      const hex = (slot: number): string => `0x${u16(x.b, inner(x, slot) + at).toString(16).padStart(4, "0")}`;
      return told(x, "the payload of a later fragment was changed where a first one has its checksum", "RFC 6732 section 4.5 corrects the transport checksum, and a later fragment has none (RFC 8200 section 4.5)",
        [field(x, x.output, "fragment", "payload", hex(x.input), hex(x.output), inner(x, x.output) + at, 2)]);
    },
  },
  {
    id: "RFC6732-3.1-2.declared", clause: "RFC6732-3.1-2", title: "who has not opted out is translated", mechanisms: PMT, declared: true, on: "pair", when: F.FLOW_DECAP,
    // Untranslated traffic is a policy (sections 3.2 and 4.1); a list of those who opted out says that all others are translated.
    needs: (t) => "optOut" in t && t.optOut !== undefined,
    // What is bound for no host of the native Internet should not have left at all (RFC 3964 section 5.3.2).
    check: (x) => (to6to4(x, x.input) || hasFacts(x, x.input, F.F_DST_LOCAL) || !isTranslatable(six4(x), x.b, from(x, x.input)) ? NA : holds(wasTranslated(x))),
    sure: () => passes(B_TRANSLATED),
    deviation: () => "untranslated",
    explain: (x) => told(x, "a packet of a customer who has not opted out was not translated", "RFC 6732 section 3.1, and the customer is not on the list of those who opted out that is declared",
      [sourceField(x, x.output, `inside the provider prefix (not ${textIpv6At(x.b, from(x, x.input))})`)]),
  },
];
