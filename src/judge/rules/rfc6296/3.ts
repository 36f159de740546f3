/** RFC 6296 section 3 where a PMT relay translates checksum-neutrally (RFC 6732 section 4.5). Provider prefix and V4ADDR make a /64, so section 3.5 says which word is adjusted. */
import { u16 } from "../../../wire/bits.js";
import { sum } from "../../../wire/checksum.js";
import * as F from "../../facts.js";
import { type Exchange, NA, type Outcome, type Rule } from "../../rule.js";
import { destinationField, fromProvider, holds, sourceField, toProvider } from "../../six-to-four/checks.js";
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
const sumsAgree = (x: Exchange): Outcome => holds((sum(x.b, customerAt(x, x.input), 16) - sum(x.b, customerAt(x, x.output), 16)) % 0xffff === 0);

export const rfc6296: readonly Rule[] = [
  {
    id: "RFC6296-3.2-2", clause: "RFC6296-3.2-2", title: "outbound: the adjustment keeps the sum of the address", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check: (x) => (fromProvider(x, x.output) && meansNeutral(x) ? sumsAgree(x) : NA), deviation: () => "sum",
    explain: (x) => told(x, "the checksum was left alone, but the address has another sum", "RFC 6296 section 3.2", [sourceField(x, x.output, "an address with the same ones' complement sum")]),
  },
  {
    id: "RFC6296-3.3-1", clause: "RFC6296-3.3-1", title: "inbound: the inverse adjustment", mechanisms: PMT, on: "pair", when: F.FLOW_ENCAP,
    check: (x) => (toProvider(x, x.input) && meansNeutral(x) ? sumsAgree(x) : NA), deviation: () => "sum",
    explain: (x) => told(x, "the checksum was left alone, but the address has another sum", "RFC 6296 section 3.3", [destinationField(x, x.output, "an address with the same ones' complement sum")]),
  },
  {
    id: "RFC6296-3.5-1", clause: "RFC6296-3.5-1", title: "the first word of the identifier that is not 0xffff is adjusted", mechanisms: PMT, on: "pair", when: F.FLOW_DECAP,
    check(x) {
      if (!fromProvider(x, x.output) || !meansNeutral(x) || !isNeutral(x)) return NA;
      const at = adjusted(x);
      for (let i = 8; i < at; i += 2) if (u16(x.b, customerAt(x, x.input) + i) !== 0xffff) return holds(false);
      for (let i = at + 2; i < 16; i += 2) if (u16(x.b, customerAt(x, x.input) + i) !== u16(x.b, customerAt(x, x.output) + i)) return holds(false);
      return holds(true);
    },
    deviation: () => "other-word",
    explain: (x) => told(x, "another word of the identifier was adjusted", "RFC 6296 section 3.5", [sourceField(x, x.output, "an address adjusted in the first word that is not 0xffff")]),
  },
];
