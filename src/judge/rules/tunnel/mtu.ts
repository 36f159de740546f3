/** The tunnel MTU of a softwire: RFC 2473 sections 6.7, 7.2 and 8.1, RFC 8201 section 4, RFC 6908 section 2.2. */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { u16 } from "../../../wire/bits.js";
import { payloadLength } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, SOFT_OUT, bytes, df, field, has, icmp, outer, told } from "../dslite/helpers.js";
import { fragmentAt } from "../rfc2473/header.js";

/** A Packet Too Big works on what is sent this long after it, and no larger packet is tried for five minutes (RFC 8201 section 4). */
const SETTLED_SECONDS = 1;
const REMEMBERED_SECONDS = 300;
const MINIMUM_LINK_MTU = 1280;
/** Fragment lengths are multiples of eight: what was cut to a size ends less than this below it. */
const GRAIN = 16;

const size = (x: DsExchange): number => 40 + payloadLength(x.b, outer(x, x.output));
const hasMore = (x: DsExchange): boolean => {
  const at = x.r.kind[x.output] === F.D_PIECE6 ? fragmentAt(x, x.output) : 0;
  return at > 0 && (x.b[at + 3] & 1) === 1;
};
/** Segmentation offload: TCP frames larger than the link are cut behind the tap. */
const offloaded = (x: DsExchange): boolean => x.r.kind[x.output] === F.D_SOFT && x.v.proto[x.output] === F.P_TCP && size(x) > Math.min(x.aftr.cfg.mtuV6, 1540);

/** The B4's slot in the path table when a report of 1280 or more is in force; -1 otherwise. */
function reported(x: DsExchange): number {
  const i = x.tunnel.path(x.b, outer(x, x.output) + 24);
  if (i < 0 || x.tunnel.mtu[i] === 0) return -1;
  const t = x.r.time[x.output];
  return t - x.tunnel.first[i] > SETTLED_SECONDS && t - x.tunnel.last[i] < REMEMBERED_SECONDS ? i : -1;
}

/** What fits through the softwire behind the extension headers that this device is known to add. */
const tunnelMtu = (x: DsExchange): number => x.aftr.tunnelMtu - x.tunnel.headers;

/** Packets stay within the reported MTU; one message may have been lost on its way, so it takes two before a larger packet is held against the device. */
function within(x: DsExchange): Outcome {
  if (has(x, x.output, F.F_JOINED6 | F.F_JOINED4) || offloaded(x)) return NA;
  const i = reported(x);
  if (i < 0) return NA;
  const m = x.tunnel.mtu[i];
  x.code = m;
  if (size(x) > m) return x.tunnel.reports[i] > 1 ? VIOLATED : NA;
  return x.r.kind[x.output] === F.D_PIECE6 ? PASS : NA;
}
const lengthField = (x: DsExchange) => [field(x, x.output, "IPv6 outer", "packet length", `at most ${x.code}`, size(x), outer(x, x.output) + 4, 2)];
const withinRule = (clause: string, title: string, why: string): DsRule => ({
  id: clause, clause, title, mechanisms: DS_LITE, on: "output", when: SOFT_OUT, sure: surely(na(A.O_UNTOLD)), check: within, deviation: () => "ignored",
  explain: (x) => told(x, `a packet of ${size(x)} bytes was sent after Packet Too Big with ${x.code}`, why, lengthField(x)),
});

export const mtuRules: readonly DsRule[] = [
  withinRule("RFC2473-6.7-1", "the tunnel MTU follows the path MTU", "RFC 2473 section 6.7: path MTU discovery sets the tunnel MTU"),
  withinRule("RFC2473-8.1-1", "Packet Too Big from inside the tunnel adjusts its MTU", "RFC 2473 section 8.1: the reported MTU is used for the tunnel"),
  {
    id: "RFC8201-4-1", clause: "RFC8201-4-1", title: "Packet Too Big below 1280 changes nothing", mechanisms: DS_LITE, on: "output", when: 1 << F.D_PIECE6,
    check(x) {
      if (!hasMore(x)) return NA;
      const was = x.tunnel.largest;
      if (size(x) > was) x.tunnel.largest = size(x);
      const i = x.tunnel.path(x.b, outer(x, x.output) + 24);
      if (i < 0 || x.tunnel.mtu[i] > 0) return NA;
      const age = x.r.time[x.output] - x.tunnel.tiny[i];
      if (age < SETTLED_SECONDS || age > REMEMBERED_SECONDS) return NA;
      if (size(x) > MINIMUM_LINK_MTU - GRAIN) return PASS;
      // A device that cuts into equal parts has always sent small fragments.
      return was > MINIMUM_LINK_MTU - GRAIN ? VIOLATED : NA;
    },
    deviation: () => "below-1280",
    explain: (x) => told(x, `a fragment was cut to ${size(x)} bytes after Packet Too Big below 1280`, "RFC 8201 section 4: such a message is discarded, the estimate stays at 1280 or more",
      [field(x, x.output, "IPv6 outer", "fragment length", `about ${x.tunnel.largest}, as before`, size(x), outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC8201-4-2", clause: "RFC8201-4-2", title: "no larger packet within five minutes of Packet Too Big", mechanisms: DS_LITE, on: "output", when: SOFT_OUT,
    sure: surely(na(A.O_UNTOLD)),
    check(x) {
      if (has(x, x.output, F.F_JOINED6 | F.F_JOINED4) || offloaded(x)) return NA;
      const i = reported(x);
      if (i < 0) return NA;
      const m = x.tunnel.mtu[i];
      x.code = m;
      // It counts from the first fragment that was cut to the reported size: then the message had arrived.
      if (hasMore(x) && size(x) <= m && size(x) > m - GRAIN) x.tunnel.honoured[i] = 1;
      if (x.tunnel.honoured[i] === 0) return NA;
      return size(x) > m ? VIOLATED : PASS;
    },
    deviation: () => "too-early",
    explain: (x) => told(x, `a packet of ${size(x)} bytes was sent within five minutes of Packet Too Big with ${x.code}, which had been obeyed`, "RFC 8201 section 4: five minutes at least, ten recommended", lengthField(x)),
  },
  {
    id: "RFC2473-7.2-1", clause: "RFC2473-7.2-1", title: "a packet with DF that is too big for the tunnel is refused with its MTU", mechanisms: DS_LITE, on: "input", when: ON_CORE,
    sure: surely(na(A.I_ONE_PIECE)),
    check(x) {
      // Erratum 6584 to RFC 6333 says otherwise: only where this behaviour is declared (decisions D2).
      if (x.aftr.cfg.oversize !== "honour-df" || !has(x, x.input, F.F_BIG) || !df(x, x.input) || has(x, x.input, F.MAY_DROP | F.F_ERROR) || !has(x, x.input, F.F_BOUND)) return NA;
      x.code = 1;
      if (x.output >= 0) return VIOLATED;
      if (x.answer < 0 || x.v.l4[x.answer] === 0) return NA;
      const at = icmp(x, x.answer);
      if (x.b[at] !== 3) return NA;
      x.code = x.b[at + 1] !== 4 ? 2 : 3;
      const mtu = u16(x.b, at + 6);
      return x.code === 3 && ((mtu >= tunnelMtu(x) && mtu <= x.aftr.tunnelMtu) || (mtu < tunnelMtu(x) && mtu >= MINIMUM_LINK_MTU - 40 - x.tunnel.headers && x.tunnel.reports.some((n) => n > 0))) ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "forwarded", "code", "mtu"][code],
    explain: (x) => told(x, `a packet of ${bytes(x, x.input)} bytes with DF ${x.code === 1 ? "was sent through the softwire" : "was refused with a wrong code or MTU"}`, "RFC 2473 section 7.2 a, and `oversize: honour-df` is declared",
      x.answer < 0 ? [] : [field(x, x.answer, "ICMP", "code and MTU", `4 and ${tunnelMtu(x)}`, `${x.b[icmp(x, x.answer) + 1]} and ${u16(x.b, icmp(x, x.answer) + 6)}`, icmp(x, x.answer), 8)]),
  },
  {
    id: "RFC6908-2.2-1", clause: "RFC6908-2.2-1", title: "what fits the access MTU is not fragmented, and 40 bytes more fit where the MTU allows", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: (aftr) => [aftr.declares("mtu-v6") ? na(A.O_PLAIN | A.O_LINK) : na(0)],
    check(x) {
      if (!x.aftr.declares("mtu-v6") || x.r.inner[x.output] === 0 || has(x, x.output, F.F_JOINED4) || offloaded(x)) return NA;
      const whole = 40 + payloadLength(x.b, outer(x, x.output));
      x.code = whole & 0x7fff;
      if (!has(x, x.output, F.F_JOINED6)) return whole > 1500 ? PASS : NA;
      if (whole > x.aftr.cfg.mtuV6) return PASS;
      return x.tunnel.path(x.b, outer(x, x.output) + 24) >= 0 || x.history.forgedPath(x.b, outer(x, x.output) + 24) > 0 ? NA : VIOLATED;
    },
    deviation: () => "needless-fragments",
    explain: (x) => told(x, `a packet of ${x.code} bytes was sent in fragments although it fits`, "RFC 6908 section 2.2: with an access MTU that allows for 40 bytes more nothing needs to be fragmented",
      [field(x, x.output, "IPv6 outer", "fragments", `one packet of up to ${x.aftr.cfg.mtuV6} bytes`, `${x.v.pieces[x.output]} fragments`, outer(x, x.output) + 4, 2)]),
  },
];
