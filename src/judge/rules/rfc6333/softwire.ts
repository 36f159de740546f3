/** RFC 6333 sections 6 and 7: the softwire of an AFTR. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { formatIpv4, formatIpv6, textIpv6At } from "../../../wire/address.js";
import { sameAddress, trafficClass } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import { L_OVERSIZE, L_OVERSIZE_DF } from "../../ds-lite/causes.js";
import { L_ORDERED, L_SHUFFLED } from "../../ds-lite/history.js";
import { SOURCE_CLASSES } from "../../ds-lite/observe.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { isUntouched } from "../../ds-lite/tuple.js";
import { type Outcome, NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, SOFT_OUT, bytes, describe, df, dscp, external, field, has, icmp, inner, mustForward, forwardedOrNot, outer, told } from "../dslite/helpers.js";

/** Bytes of an outer packet that RFC 6333 needs reassembled for 1500-byte IPv4 packets (decisions D3). */
const REASSEMBLED = 1540;

/** An ordinary datagram that has a binding, or that can get one as others do: nothing but its fragments can keep it from coming out. */
export function servedOutward(x: DsExchange): boolean {
  if (has(x, x.input, F.MAY_DROP | F.F_ERROR | F.F_TO_POOL) || x.v.l4[x.input] === 0) return false;
  if (x.aftr.nat === undefined || x.output >= 0) return true;
  // Too big for the core link: then that is why (RFC 4787 REQ-13), and no reassembly failed.
  if (bytes(x, x.input) > x.coreMtu || (df(x, x.input) && x.aftr.undeclared("core.mtu"))) return false;
  if (x.nat.byInternal(x.b, outer(x, x.input) + 8, x.v.src[x.input], x.v.proto[x.input], x.v.sport[x.input]) >= 0) return true;
  let passed = 0;
  let vanished = 0;
  for (let i = 0; i < SOURCE_CLASSES; i++) {
    passed += x.history.passed[i];
    vanished += x.history.vanished[i];
  }
  return passed > 0 && vanished === 0;
}

function reassembled(x: DsExchange): Outcome {
  if (!has(x, x.input, F.F_JOINED6) || !servedOutward(x) || has(x, x.input, F.F_JOINED4) || x.r.len[x.input] > REASSEMBLED) return NA;
  return mustForward(x, x.v.shuffled[x.input] === 1 ? L_SHUFFLED : L_ORDERED);
}

/** Deviation of a packet too big for the softwire of which nothing came; with DF and without it, since a device may lose the ones and not the others. */
const LOST = 3;
function silently(x: DsExchange): Outcome {
  // What came in fragments may be lost because it did (RFC4787-11-1).
  if (x.output < 0 && has(x, x.input, F.F_JOINED4)) return NA;
  const o = mustForward(x, df(x, x.input) ? L_OVERSIZE_DF : L_OVERSIZE);
  x.code = LOST;
  return o;
}

export const softwireRules: readonly DsRule[] = [
  {
    id: "RFC6333-6.2-1", clause: "RFC6333-6.2-1", title: "softwire packets come from the AFTR's tunnel address", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: surely(pass(A.O_PLAIN)),
    check: (x) => (has(x, x.output, F.F_NOT_OURS) ? VIOLATED : PASS),
    deviation: () => "outer-source",
    explain: (x) => told(x, "a softwire packet was sent from another address than the AFTR's", "RFC 6333 section 6.2 and RFC 2473 section 3.1: B4s accept packets from the tunnel's far end only",
      [field(x, x.output, "IPv6 outer", "source", formatIpv6(x.aftr.cfg.address), textIpv6At(x.b, outer(x, x.output) + 8), outer(x, x.output) + 8, 16)]),
  },
  {
    id: "RFC6333-6.3-1", clause: "RFC6333-6.3-1", title: "outer fragments are reassembled before decapsulation", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_JOINED6,
    check: reassembled, deviation: forwardedOrNot,
    explain: (x) => told(x, `a softwire packet in ${x.v.pieces[x.input]} outer fragments was lost although all of them arrived`, "RFC 6333 section 6.3: the AFTR must reassemble; RFC 2473 section 7: before it looks for the packet inside"),
  },
  {
    // That all bytes leave before the last of them has come is a matter of two taps. What shows is a packet with the length of the whole and the bytes of one fragment.
    id: "RFC6333-6.3-1.before", clause: "RFC6333-5.3-4", title: "decapsulation waits for the last fragment", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT, facts: F.F_JOINED6,
    check(x) {
      if (!has(x, x.input, F.F_JOINED6) || has(x, x.output, F.F_JOINED4)) return NA;
      const sent = x.r.len[x.output];
      if (sent >= bytes(x, x.output)) return PASS;
      // The tap may have cut it; not where the frame was no longer, and not by chance to the bytes of the largest fragment behind its two headers.
      return x.r.wireLen[x.output] === sent && x.v.largest[x.input] === sent + 48 ? VIOLATED : NA;
    },
    deviation: () => "before-last-fragment",
    explain: (x) => told(x, `an IPv4 packet of ${bytes(x, x.output)} bytes left with the ${x.r.len[x.output]} bytes of one outer fragment`, "RFC 6333 section 5.3: reassembly takes place before decapsulation",
      [field(x, x.output, "IPv4", "bytes in the frame", bytes(x, x.output), x.r.len[x.output], inner(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC6333-6.3-1.inner", clause: "RFC6333-6.3-1", title: "a packet too big for the softwire is fragmented outside, not inside", mechanisms: DS_LITE, on: "pair", when: F.FLOW_IN,
    sure: surely(na(A.P_PLAIN)),
    check(x) {
      if (x.aftr.cfg.oversize === "pre-fragment" || has(x, x.input, F.F_ERROR)) return NA;
      // Judged only when the datagram arrived whole (decisions D2).
      if (has(x, x.input, F.F_JOINED4)) return NA;
      if (has(x, x.output, F.F_JOINED4)) return VIOLATED;
      return has(x, x.output, F.F_JOINED6) ? PASS : NA;
    },
    deviation: () => "inner-fragments",
    explain: (x) => told(x, `a whole packet of ${bytes(x, x.input)} bytes was sent to the B4 in ${x.v.pieces[x.output]} IPv4 fragments`, "RFC 6333 section 6.3: fragmentation happens after the encapsulation, on the IPv6 packet (decisions D2)"),
  },
  {
    id: "RFC6333-6.3-1.refused", clause: "RFC6333-6.3-1", title: "a packet too big for the softwire gets through in outer fragments", mechanisms: DS_LITE, cap: "warn", on: "input", when: ON_CORE,
    sure: surely(na(A.I_ONE_PIECE)),
    check(x) {
      // Whatever is declared: such a packet got through (RFC4787-11-1 asks).
      if (x.output >= 0 && has(x, x.input, F.F_BIG) && !has(x, x.input, F.F_JOINED4) && !df(x, x.input)) x.history.got[L_OVERSIZE]++;
      if (x.aftr.cfg.oversize !== "fragment-outer" || !has(x, x.input, F.F_BIG) || has(x, x.input, F.MAY_DROP | F.F_ERROR) || !has(x, x.input, F.F_BOUND)) return NA;
      // Of an unknown remote end a filter may be the reason; of a known one only that it is too big.
      if (x.output >= 0 || x.answer < 0) return has(x, x.input, F.F_KNOWN) ? silently(x) : x.output >= 0 ? PASS : NA;
      if (x.v.l4[x.answer] === 0) return NA;
      x.code = df(x, x.input) ? 1 : 2;
      const at = icmp(x, x.answer);
      if (x.b[at] !== 3 || x.b[at + 1] !== 4) return NA;
      // What it says nothing about any more, a rate limit keeps it from refusing.
      if (x.code === 1) x.history.got[L_OVERSIZE_DF]++;
      return VIOLATED;
    },
    deviation: (code) => (code === 1 ? "df-honoured" : code === LOST ? "lost" : "df-clear"),
    explain: (x) => told(x, `a packet of ${bytes(x, x.input)} bytes was ${x.code === LOST ? "lost" : "refused with fragmentation needed"}`, "RFC 6333 section 6.3 with erratum 6584: encapsulate and fragment whatever DF says; RFC 4787 REQ-13 wants DF honoured: declare `oversize: honour-df` (decisions D2)"),
  },
  {
    id: "RFC6333-6.5-1", clause: "RFC6333-6.5-1", title: "errors towards the B4 come from 192.0.0.1", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4,
    check(x) {
      if (x.v.src[x.output] === x.aftr.cfg.wellKnownV4) return PASS;
      // From outside, of which the taps show the input too late or not at all: an error of the device's own has its initial TTL, or an address that is known to be its own.
      return isUntouched(x.b, inner(x, x.output)) || x.own4.includes(x.v.src[x.output]) || has(x, x.output, F.F_FROM_POOL) ? VIOLATED : NA;
    },
    deviation: () => "source",
    explain: (x) => told(x, "an ICMP error of the AFTR came from another address", "RFC 6333 section 6.5: the AFTR uses 192.0.0.1 on the softwire, so that traceroute shows it (decisions D29)",
      [field(x, x.output, "IPv4 inner", "source", formatIpv4(x.aftr.cfg.wellKnownV4), formatIpv4(x.v.src[x.output]), inner(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC6333-7.1-2", clause: "RFC6333-7.1-2", title: "the DSCP is carried to the outer header", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: (aftr) => [aftr.cfg.copyDscpOut ? pass(A.O_PLAIN | A.O_DSCP) : na(0)],
    check(x) {
      if (!x.aftr.cfg.copyDscpOut || x.r.inner[x.output] === 0 || has(x, x.output, F.F_JOINED4)) return NA;
      const seen = x.r.tos[x.output] >>> 2;
      x.code = seen === 0 ? 1 : 2;
      return seen === dscp(x, x.output) ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "outer-zero" : "outer-other"),
    explain: (x) => told(x, "the outer DSCP is not that of the packet inside", "RFC 6333 section 7.1: the traffic class is carried over (decisions D5; ECN goes by RFC 6040)",
      [field(x, x.output, "IPv6 outer", "DSCP", dscp(x, x.output), trafficClass(x.b, outer(x, x.output)) >>> 2, outer(x, x.output), 2)]),
  },
  {
    id: "RFC6333-7.1-2.in", clause: "RFC6333-7.1-2", title: "the outer DSCP is carried to the packet", mechanisms: DS_LITE, on: "pair", when: F.FLOW_OUT,
    sure: (aftr) => [aftr.cfg.copyDscpIn ? pass(A.P_PLAIN | A.P_UNIFORM) : na(0)],
    check(x) {
      if (!x.aftr.cfg.copyDscpIn || has(x, x.input, F.F_JOINED4 | F.F_DOUBT)) return NA;
      const want = x.r.tos[x.input] >>> 2;
      const seen = dscp(x, x.output);
      x.code = seen === dscp(x, x.input) ? 1 : 2;
      return seen === want ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "outer-ignored" : "other"),
    explain: (x) => told(x, "the DSCP of the outer header was not carried to the packet", "RFC 6333 section 7.1: and vice versa, the uniform model of RFC 2983 (decisions D5)",
      [field(x, x.output, "IPv4", "DSCP", x.r.tos[x.input] >>> 2, dscp(x, x.output), inner(x, x.output) + 1, 1)]),
  },
  {
    id: "RFC6333-6.6-1.error", clause: "RFC6333-6.6-1", title: "an error goes into the softwire of the packet that it quotes", mechanisms: DS_LITE, on: "answer", when: F.ANSWER_B4,
    check: (x) => (x.aftr.nat === undefined ? NA : sameAddress(x.b, outer(x, x.input) + 8, outer(x, x.output) + 24) ? PASS : VIOLATED),
    deviation: () => "other-subscriber",
    explain: (x) => told(x, `an ICMP error of the AFTR about this packet went to another B4: ${describe(x, x.output)}`, "RFC 6333 section 6.6: the B4's IPv6 address keeps customers with the same IPv4 addresses apart",
      [field(x, x.output, "IPv6 outer", "destination", textIpv6At(x.b, outer(x, x.input) + 8), textIpv6At(x.b, outer(x, x.output) + 24), outer(x, x.output) + 24, 16)]),
  },
  {
    id: "RFC6333-6.6-2", clause: "RFC6333-6.6-2", title: "return packets go to the B4 of the binding", mechanisms: DS_LITE, on: "pair", when: F.INTO_SOFTWIRE,
    sure: surely(pass(A.P_PLAIN | A.P_DELIVERED)),
    check: (x) => (has(x, x.input, F.F_ERROR) || !has(x, x.input, F.F_TO_POOL) ? NA : x.learned.misdelivered >= 0 ? VIOLATED : has(x, x.input, F.F_BOUND) ? PASS : NA),
    deviation: () => "other-subscriber",
    explain(x) {
      const i = x.learned.misdelivered;
      const b4 = formatIpv6([x.nat.b4(i, 0), x.nat.b4(i, 1), x.nat.b4(i, 2), x.nat.b4(i, 3)]);
      return told(x, `a packet to ${external(x, i)} went to ${describe(x, x.output)}; the binding is of ${b4}, ${formatIpv4(x.nat.inner[i])}:${x.nat.innerPort[i]}`, "RFC 6333 section 6.6: the binding names the softwire of the return packets",
        [field(x, x.output, "IPv6 outer", "destination", b4, `${textIpv6At(x.b, outer(x, x.output) + 24)} ${formatIpv4(x.v.dst[x.output])}:${x.v.dport[x.output]}`, outer(x, x.output) + 24, 16)]);
    },
  },
];
