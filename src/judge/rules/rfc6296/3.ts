/** RFC 6296 section 3 where a PMT relay translates checksum-neutrally (RFC 6732 section 4.5). Provider prefix and V4ADDR make a /64, so section 3.5 says which word is adjusted. */
import { B_TRANSLATED } from "../../aspects.js";
import { u16 } from "../../../wire/bits.js";
import { sum } from "../../../wire/checksum.js";
import * as F from "../../facts.js";
import { type Exchange, NA, type Outcome, type Rule, silent } from "../../rule.js";
import { adjustedWord, haveOneSum } from "../../pairing/pmt.js";
import { destinationField, fromProvider, holds, six4, sourceField, toProvider } from "../../six-to-four/checks.js";
import { PMT, told } from "../helpers.js";
import { customerAt, isNeutral, transportChecksum, wasTranslated } from "../rfc6732/3-4.js";

/** First of the words at bits 64, 80, 96, 112 that differs; -1 when the identifier is the same. */
function adjusted(x: Exchange): number {
  for (let i = 8; i < 16; i += 2) if (u16(x.b, customerAt(x, x.input) + i) !== u16(x.b, customerAt(x, x.output) + i)) return i;
  return -1;
}
/** The identifier was adjusted and the checksum left alone: the relay means to be neutral. */
function meansNeutral(x: Exchange): boolean {
  if (adjusted(x) < 0 || !wasTranslated(x)) return false;
  const a = transportChecksum(x, x.input, false);
  const b = transportChecksum(x, x.output, false);
  return a > 0 && b > 0 && u16(x.b, a) === u16(x.b, b);
}
/** The relay is declared to be neutral, or means to be. */
const isNeutralRelay = (x: Exchange): boolean => (six4(x).neutral ? wasTranslated(x) : meansNeutral(x));
const sumsAgree = (x: Exchange): Outcome => holds(haveOneSum(x.b, customerAt(x, x.input), customerAt(x, x.output)));
/** What a word of the identifier changed by must be, in ones' complement: the sum of the high 64 bits before minus that after (section 3.1). */
const adjustment = (x: Exchange): number => sum(x.b, customerAt(x, x.input), 8) - sum(x.b, customerAt(x, x.output), 8);

export const rfc6296: readonly Rule[] = [
  {
    // Declared only: otherwise a changed identifier is RFC6732-3.3-1's business.
    id: "RFC6296-3.1-1", clause: "RFC6296-3.1-1", title: "the adjustment is the difference of the two prefixes", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      const customer = x.flow === F.FLOW_DECAP ? fromProvider(x, x.output) : toProvider(x, x.input);
      if (!customer || !six4(x).neutral || !wasTranslated(x)) return NA;
      const at = adjustedWord(x.b, customerAt(x, x.input));
      if (at > 14) return NA;
      return holds((u16(x.b, customerAt(x, x.output) + at) - u16(x.b, customerAt(x, x.input) + at) - adjustment(x)) % 0xffff === 0);
    },
    sure: () => silent(B_TRANSLATED),
    deviation: () => "adjustment",
    explain: (x) => told(x, "the identifier was adjusted by something else than the difference of the prefixes", "RFC 6296 section 3.1, and the mapping is declared checksum-neutral",
      [x.flow === F.FLOW_DECAP ? sourceField(x, x.output, "an identifier adjusted by the difference") : destinationField(x, x.output, "an identifier adjusted by the difference")]),
  },
  {
    id: "RFC6296-3.2-2", clause: "RFC6296-3.2-2", title: "outbound: the adjustment keeps the sum of the address", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (fromProvider(x, x.output) && isNeutralRelay(x) ? sumsAgree(x) : NA), sure: () => silent(B_TRANSLATED), deviation: () => "sum",
    explain: (x) => told(x, "the address was translated to one with another sum", "RFC 6296 section 3.2", [sourceField(x, x.output, "an address with the same ones' complement sum")]),
  },
  {
    id: "RFC6296-3.3-1", clause: "RFC6296-3.3-1", title: "inbound: the inverse adjustment", mechanisms: PMT, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (toProvider(x, x.input) && isNeutralRelay(x) ? sumsAgree(x) : NA), sure: () => silent(B_TRANSLATED), deviation: () => "sum",
    explain: (x) => told(x, "the address was translated to one with another sum", "RFC 6296 section 3.3", [destinationField(x, x.output, "an address with the same ones' complement sum")]),
  },
  {
    id: "RFC6296-3.5-1", clause: "RFC6296-3.5-1", title: "the first word of the identifier that is not 0xffff is adjusted", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP | F.FLOW_ENCAP,
    check(x) {
      const customer = x.flow === F.FLOW_DECAP ? fromProvider(x, x.output) : toProvider(x, x.input);
      if (!customer || !isNeutralRelay(x) || !isNeutral(x)) return NA;
      const at = adjusted(x);
      for (let i = 8; i < at; i += 2) if (u16(x.b, customerAt(x, x.input) + i) !== 0xffff) return holds(false);
      for (let i = at + 2; i < 16; i += 2) if (u16(x.b, customerAt(x, x.input) + i) !== u16(x.b, customerAt(x, x.output) + i)) return holds(false);
      return holds(true);
    },
    sure: () => silent(B_TRANSLATED),
    deviation: () => "other-word",
    explain: (x) => told(x, "another word of the identifier was adjusted", "RFC 6296 section 3.5",
      [x.flow === F.FLOW_DECAP ? sourceField(x, x.output, "an address adjusted in the first word that is not 0xffff") : destinationField(x, x.output, "an address adjusted in the first word that is not 0xffff")]),
  },
];
