/** RFC 3022 section 4: what translation changes, and checksums. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { u16, u32 } from "../../../wire/bits.js";
import { headerLength } from "../../../wire/ipv4.js";
import { finish, pseudo4, sum } from "../../../wire/checksum.js";
import * as F from "../../ds-lite/facts.js";
import { firstDifference } from "../../ds-lite/keys.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import type { FieldDiff } from "../../types.js";
import { ANY_FLOW, DS_LITE, df, field, has, inner, told } from "../dslite/helpers.js";

const sumField = (x: DsExchange, slot: number): number => x.v.l4[slot] + (x.v.proto[slot] === F.P_TCP ? 16 : x.v.proto[slot] === F.P_UDP ? 6 : 2);
/** The right checksum of the segment in `slot`. */
function right(x: DsExchange, slot: number): number {
  const at = sumField(x, slot);
  const len = x.v.proto[slot] === F.P_UDP ? u16(x.b, x.v.l4[slot] + 4) : x.v.l4Len[slot];
  const seed = x.v.proto[slot] === F.P_ICMP ? 0 : pseudo4(x.b, inner(x, slot) + 12, len, x.v.proto[slot]);
  return finish(sum(x.b, x.v.l4[slot], len, seed) + (~u16(x.b, at) & 0xffff));
}
const hex = (v: number): string => `0x${v.toString(16).padStart(4, "0")}`;

/** Cut packets, and checksums that a network card fills in behind the tap, say nothing; nor do fragments of two datagrams of which the tap lost some: nobody sent what they make. */
const isComparable = (x: DsExchange): boolean =>
  !has(x, x.input, F.F_CUT | F.F_SUM_PARTIAL | F.F_SUM_BAD) && !has(x, x.output, F.F_CUT | F.F_SUM_PARTIAL) &&
  !((has(x, x.input, F.F_JOINED4) || has(x, x.output, F.F_JOINED4)) && firstDifference(x.b, x.v, x.input, x.output) >= 0);
const sums = (x: DsExchange): readonly FieldDiff[] =>
  [field(x, x.output, "transport", "checksum", hex(has(x, x.input, F.F_SUM_ZERO) ? 0 : right(x, x.output)), hex(u16(x.b, sumField(x, x.output))), sumField(x, x.output), 2)];

export const section41: readonly DsRule[] = [
  {
    id: "RFC3022-4.1-1", clause: "RFC3022-4.1-1", title: "transport checksums are right after translation", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW,
    sure: surely(pass(A.P_PLAIN | A.P_SUMS)),
    check(x) {
      if (!isComparable(x)) return NA;
      const none = has(x, x.input, F.F_SUM_ZERO);
      if (!none && !has(x, x.input, F.F_SUM_GOOD)) return NA;
      x.code = none ? 1 : 3;
      if (has(x, x.output, F.F_SUM_ZERO)) return none ? PASS : NA;
      return has(x, x.output, F.F_SUM_BAD) ? VIOLATED : none ? NA : PASS;
    },
    deviation: (code) => (code === 1 ? "zero-became-wrong" : "wrong"),
    explain: (x) => told(x, x.code === 1 ? "a UDP packet without checksum got a wrong one" : "the checksum is wrong after translation", "RFC 3022 section 4.1", sums(x)),
  },
  {
    // The receiver takes the packet in both cases: no more than a warning.
    id: "RFC3022-4.1-1.zero", clause: "RFC3022-4.1-1", title: "a UDP checksum is neither removed nor invented", mechanisms: DS_LITE, cap: "warn", on: "pair", when: ANY_FLOW, proto: F.P_UDP,
    sure: surely(pass(A.P_PLAIN | A.P_SUMS)),
    check(x) {
      if (x.v.proto[x.input] !== F.P_UDP || !isComparable(x)) return NA;
      const none = has(x, x.input, F.F_SUM_ZERO);
      const noneSent = has(x, x.output, F.F_SUM_ZERO);
      if ((!none && !has(x, x.input, F.F_SUM_GOOD)) || (!noneSent && !has(x, x.output, F.F_SUM_GOOD))) return NA;
      x.code = none ? 4 : 2;
      return none === noneSent ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 2 ? "became-zero" : "zero-became-something"),
    explain: (x) => told(x, x.code === 2 ? "the UDP checksum was removed" : "a UDP packet without checksum got one", "RFC 3022 section 4.1: checksums are updated, and none stays none", sums(x)),
  },
  {
    id: "RFC3022-4.1-1.header", clause: "RFC3022-4.1-1", title: "the IPv4 header checksum is right after translation", mechanisms: DS_LITE, on: "output", when: (1 << F.D_SOFT) | (1 << F.D_CORE),
    sure: surely(pass(A.O_PLAIN)),
    check: (x) => {
      const at = inner(x, x.output);
      if (at === 0 || has(x, x.output, F.F_JOINED4)) return NA;
      // The parser has summed it up.
      if (!has(x, x.output, F.F_BAD4)) return PASS;
      // A zero field may be filled in behind the tap.
      return finish(sum(x.b, at, headerLength(x.b, at))) === 0 || u16(x.b, at + 10) === 0 ? NA : VIOLATED;
    },
    deviation: () => "header",
    explain(x) {
      const at = inner(x, x.output);
      return told(x, "an IPv4 header was sent with a wrong checksum", "RFC 3022 section 4.1",
        [field(x, x.output, "IPv4", "header checksum", hex(finish(sum(x.b, at, headerLength(x.b, at)) + (~u16(x.b, at + 10) & 0xffff))), hex(u16(x.b, at + 10)), at + 10, 2)]);
    },
  },
  {
    id: "RFC3022-4.3-1", clause: "RFC3022-4.3-1", title: "the IPv4 header quoted in a translated error has a right checksum", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW, facts: F.F_ERROR,
    check(x) {
      if (!has(x, x.input, F.F_ERROR) || has(x, x.input, F.F_QUOTE_BAD) || has(x, x.output, F.F_CUT)) return NA;
      // The quoted header must have been touched: its addresses differ.
      if (x.v.qSrc[x.input] === x.v.qSrc[x.output] && x.v.qDst[x.input] === x.v.qDst[x.output]) return NA;
      return has(x, x.output, F.F_QUOTE_BAD) ? VIOLATED : PASS;
    },
    deviation: () => "quoted-header",
    explain(x) {
      const q = x.v.quote[x.output];
      return told(x, "the quoted IPv4 header has a wrong checksum after translation", "RFC 3022 section 4.3",
        [field(x, x.output, "IPv4 quoted", "header checksum", hex(finish(sum(x.b, q, headerLength(x.b, q)) + (~u16(x.b, q + 10) & 0xffff))), hex(u16(x.b, q + 10)), q + 10, 2)]);
    },
  },
  {
    id: "RFC6333-B.1.1-1.payload", clause: "RFC6333-B.1.1-1", title: "translation leaves sequence numbers and payload alone", mechanisms: DS_LITE, cap: "warn", on: "pair", when: ANY_FLOW, kept: true,
    sure: (aftr) => [(aftr.nat?.alg.length ?? 0) > 0 ? na(0) : pass(A.P_PLAIN | A.P_SAME)],
    check(x) {
      // ALGs and MSS clamping are declared policies.
      if (has(x, x.input, F.F_ERROR | F.F_JOINED4) || (x.aftr.nat?.alg.length ?? 0) > 0) return NA;
      const at = firstDifference(x.b, x.v, x.input, x.output);
      if (at < 0) return PASS;
      const header = x.v.proto[x.input] === F.P_TCP ? (x.b[x.v.l4[x.input] + 12] >>> 4) << 2 : 8;
      x.code = 2;
      if (x.v.proto[x.input] === F.P_TCP && at < 12) return VIOLATED;
      // TCP options may be rewritten: RFC 6333 section 6.3 leaves MSS rewriting open.
      if (at < header) return NA;
      x.code = 1;
      return VIOLATED;
    },
    deviation: (code) => (code === 2 ? "sequence" : "payload"),
    explain(x) {
      const at = firstDifference(x.b, x.v, x.input, x.output);
      if (x.code === 2) {
        const number = at < 8 ? 4 : 8;
        const value = (slot: number): number => u32(x.b, x.v.l4[slot] + number);
        return told(x, `a TCP ${number === 4 ? "sequence" : "acknowledgement"} number was changed`, "RFC 6333 section B.1.1: addresses and ports are replaced, nothing else",
          [field(x, x.output, "TCP", number === 4 ? "sequence number" : "acknowledgement number", value(x.input), value(x.output), x.v.l4[x.output] + number, 4)]);
      }
      return told(x, "payload bytes were changed", "RFC 6333 section B.1.1: addresses and ports are replaced, nothing else",
        [field(x, x.output, "payload", `byte ${at}`, x.b[x.v.l4[x.input] + at], x.b[x.v.l4[x.output] + at], x.v.l4[x.output] + at, 1)]);
    },
  },
  {
    id: "RFC6864-4.3-2.ds-lite", clause: "RFC6864-4.3-2", title: "DF is not cleared in transit", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW,
    sure: surely(na(A.P_DF_CLEAR), pass(A.P_PLAIN | A.P_DF_KEPT)),
    check: (x) => (!df(x, x.input) || has(x, x.input, F.F_JOINED4) ? NA : df(x, x.output) && !has(x, x.output, F.F_JOINED4) ? PASS : VIOLATED),
    deviation: () => "cleared-or-fragmented",
    explain: (x) => told(x, "a packet with DF lost it, or was fragmented", "RFC 6864 section 4.3",
      [field(x, x.output, "IPv4", "DF", "1", df(x, x.output) ? "1, in fragments" : "0", inner(x, x.output) + 6, 1)]),
  },
];
