/** RFC 5508 sections 4.1, 4.2 and 7.1.1: which ICMP errors pass, and packets too big for the core link. */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { u16 } from "../../../wire/bits.js";
import { finish, pseudo4, sum } from "../../../wire/checksum.js";
import { L_DF_MTU, L_EXTENDED, L_FRAGMENT_MTU, L_QUOTED_OPTIONS, L_QUOTED_SUM } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { nearQuoted } from "../../ds-lite/tuple.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { tooLong } from "../rfc4787/inbound.js";
import { DS_LITE, ON_CORE, ON_SOFT, bytes, df, external, field, has, icmp, inner, mayBeUsedUp, mustForward, told } from "../dslite/helpers.js";

/** An inbound error about a packet that a live binding sent to a remote end it knows: nothing but the error's form can keep it out. */
function welcome(x: DsExchange): boolean {
  const { v, input } = x;
  if (!has(x, input, F.F_ERROR) || !has(x, input, F.F_BOUND) || has(x, input, F.MAY_DROP) || v.qSrc[input] !== v.dst[input]) return false;
  const type = x.b[icmp(x, input)];
  return (type === 3 || type === 11 || type === 12) && x.nat.knows(v.binding[input], v.qDst[input], v.qProto[input] === F.P_ICMP ? 0 : v.qDport[input]);
}
const about = (x: DsExchange): string => `about a packet of ${external(x, x.v.binding[x.input])}`;

/** The quoted transport segment is whole, and its checksum is wrong. */
function quotedSumWrong(x: DsExchange): boolean {
  const q = x.v.quote[x.input];
  const hl = (x.b[q] & 15) << 2;
  const len = u16(x.b, q + 2) - hl;
  const proto = x.v.qProto[x.input];
  const at = q + hl;
  if ((proto !== F.P_UDP && proto !== F.P_TCP) || len < (proto === F.P_TCP ? 20 : 8) || at + len > icmp(x, x.input) + x.v.l4Visible[x.input]) return false;
  if (proto === F.P_UDP && u16(x.b, at + 6) === 0) return false;
  return finish(sum(x.b, at, len, pseudo4(x.b, q + 12, len, proto))) !== 0;
}

/** RFC 4884: offset of the extension structure of the error in `slot`, 0 = none. */
function extension(x: DsExchange, slot: number): number {
  const at = icmp(x, slot);
  const words = x.b[at + 5];
  const o = at + 8 + 4 * words;
  return words < 32 || o + 4 > at + x.v.l4Visible[slot] || x.b[o] >>> 4 !== 2 ? 0 : o;
}
/** Also where it was removed as a whole: NATs are encouraged to support extensions, no more (RFC 5508 section 4.2.1). */
function extensionKept(x: DsExchange): boolean {
  const from = extension(x, x.input);
  const to = extension(x, x.output);
  if (to === 0 && x.v.l4Len[x.output] < x.v.l4Len[x.input]) return true;
  const n = icmp(x, x.input) + x.v.l4Visible[x.input] - from;
  if (to === 0 || n !== icmp(x, x.output) + x.v.l4Visible[x.output] - to) return false;
  for (let i = 0; i < n; i++) if (x.b[from + i] !== x.b[to + i]) return false;
  return true;
}

export const errorForms: readonly DsRule[] = [
  {
    id: "RFC5508-4.1-3", clause: "RFC5508-4.1-3", title: "options in the quoted header are skipped", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check: (x) => (welcome(x) && (x.b[x.v.quote[x.input]] & 15) > 5 ? mustForward(x, L_QUOTED_OPTIONS) : NA), deviation: () => "lost",
    explain: (x) => told(x, `ICMP errors ${about(x)} with IPv4 options are lost`, "RFC 5508 REQ-3: options of the quoted header are skipped"),
  },
  {
    id: "RFC5508-4.1-4", clause: "RFC5508-4.1-4", title: "the quoted transport checksum is not checked", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check: (x) => (welcome(x) && quotedSumWrong(x) ? mustForward(x, L_QUOTED_SUM) : NA), deviation: () => "lost",
    explain: (x) => told(x, `ICMP errors ${about(x)} with a wrong transport checksum are lost`, "RFC 5508 REQ-3: the quoted transport checksum is not validated"),
  },
  {
    id: "RFC5508-4.1-5", clause: "RFC5508-4.1-5", title: "errors with ICMP extensions pass, and what passes of the extensions is unchanged", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check(x) {
      if (!welcome(x) || extension(x, x.input) === 0) return NA;
      if (x.output >= 0 && !has(x, x.output, F.F_CUT) && x.v.l4[x.output] > 0 && !extensionKept(x)) {
        x.code = 1;
        return VIOLATED;
      }
      return mustForward(x, L_EXTENDED);
    },
    deviation: (code) => (code === 1 ? "changed" : "lost"),
    explain: (x) => told(x, `an ICMP error ${about(x)} with extensions was ${x.code === 1 ? "changed" : "lost"}`, "RFC 5508 REQ-3: padding and extensions (RFC 4884) are no part of the quoted packet"),
  },
  {
    id: "RFC5508-4.2.1-1", clause: "RFC5508-4.2.1-1", title: "an inbound error that no mapping explains is dropped", mechanisms: DS_LITE, on: "input", when: ON_CORE, facts: F.F_ERROR,
    check(x) {
      if (!has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_TO_POOL) || has(x, x.input, F.MAY_DROP) || x.v.binding[x.input] >= 0) return NA;
      // A mapping older than the capture may explain it; not one when the quoted packet stays in external form.
      if (x.output >= 0) return x.v.l4[x.output] > 0 && x.aftr.inPool(x.v.qSrc[x.output]) ? VIOLATED : NA;
      return x.absence ? PASS : NA;
    },
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP error was delivered although no mapping explains the packet that it quotes", "RFC 5508 REQ-4", [field(x, x.input, "IPv4 quoted", "source port", "of a mapping", x.v.qSport[x.input], x.v.quote[x.input] + 12, 4)]),
  },
  {
    id: "RFC5508-4.2.2-2", clause: "RFC5508-4.2.2-2", title: "an outbound error that no mapping explains is dropped", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_ERROR,
    check(x) {
      const { v, input } = x;
      if (!has(x, input, F.F_ERROR) || has(x, input, F.MAY_DROP | F.F_TO_POOL) || x.aftr.nat === undefined || x.aftr.exempt(v.dst[input])) return NA;
      if (x.nat.byInternal(x.b, x.r.off[input] + 8, v.qDst[input], v.qProto[input], nearQuoted(v, input, false)) >= 0) return NA;
      if (x.output >= 0) return v.l4[x.output] > 0 && v.qDst[x.output] === v.qDst[input] && x.aftr.isInner(v.qDst[x.output], v.qDst[input]) ? VIOLATED : NA;
      return x.absence ? PASS : NA;
    },
    deviation: () => "forwarded",
    explain: (x) => told(x, "an ICMP error left for the Internet with an inner address in the packet that it quotes; no mapping explains it", "RFC 5508 REQ-5", [field(x, x.input, "IPv4 quoted", "destination", "of a mapping", u16(x.b, x.v.quote[x.input] + 18), x.v.quote[x.input] + 16, 4)]),
  },
  {
    id: "RFC5508-7.1.1-1", clause: "RFC5508-7.1.1-1", title: "fragmentation needed names the MTU of the core link", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_FITS)),
    check(x) {
      if (!tooLong(x) || !df(x, x.input)) return NA;
      if (x.output >= 0) return NA;
      if (x.answer < 0) return mayBeUsedUp(x) ? NA : mustForward(x, L_DF_MTU);
      if (x.r.kind[x.answer] !== F.D_SOFT || x.v.l4[x.answer] === 0) return NA;
      const at = icmp(x, x.answer);
      if (x.b[at] !== 3 || x.b[at + 1] !== 4) return NA;
      x.history.got[L_DF_MTU]++;
      x.code = 3;
      return u16(x.b, at + 6) === x.coreMtu ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 3 ? "mtu" : "silent"),
    explain: (x) => told(x, x.code === 3 ? "fragmentation needed names another MTU than that of the core link" : `a packet of ${bytes(x, x.input)} bytes with DF vanished`, "RFC 5508 section 7.1.1: DF is honoured, the error names the MTU of the next hop",
      x.code === 3 ? [field(x, x.answer, "ICMP", "next-hop MTU", x.coreMtu, u16(x.b, icmp(x, x.answer) + 6), icmp(x, x.answer) + 6, 2)] : [field(x, x.input, "IPv4", "total length", `at most ${x.coreMtu}, or an answer`, bytes(x, x.input), inner(x, x.input) + 2, 2)]),
  },
  {
    id: "RFC5508-7.1.1-2", clause: "RFC5508-7.1.1-2", title: "without DF a packet too big for the core is fragmented", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_FITS)),
    check: (x) => (tooLong(x) && !df(x, x.input) ? mustForward(x, L_FRAGMENT_MTU) : NA), deviation: () => "lost",
    explain: (x) => told(x, `a packet of ${bytes(x, x.input)} bytes without DF was lost; the core link takes ${x.coreMtu}`, "RFC 5508 section 7.1.1", [field(x, x.input, "IPv4", "total length", `at most ${x.coreMtu}, or fragments`, bytes(x, x.input), inner(x, x.input) + 2, 2)]),
  },
];
