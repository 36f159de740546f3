/** Fragments that the device makes: RFC 8200 section 4.5, RFC 1812 section 4.2.2.7, RFC 8201 section 4, RFC 6864. */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { u16 } from "../../../wire/bits.js";
import { headerLength } from "../../../wire/ipv4.js";
import { payloadLength } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, ON_SOFT, bytes, field, has, inner, outer, told } from "./helpers.js";

/** Offset of the Fragment header of an outer fragment; 0 when it stands behind other headers than options. */
function fragmentHeader(x: DsExchange, slot: number): number {
  const o = outer(x, slot);
  let next = x.b[o + 6];
  let at = o + 40;
  while (next === 0 || next === 60 || next === 43) {
    next = x.b[at];
    at += (x.b[at + 1] + 1) << 3;
    if (at + 8 > o + x.r.len[slot]) return 0;
  }
  return next === 44 ? at : 0;
}

/**
 * Pieces that a datagram needs when each carries as much as `mtu` allows. Of what came in fragments a NAT may cut each for itself (decisions D15), into as many as
 * the largest needs at most.
 */
function needed(x: DsExchange, mtu: number): number {
  const hl = headerLength(x.b, inner(x, x.output));
  const room = (mtu - hl) & ~7;
  const size = bytes(x, x.output) - hl;
  if (!has(x, x.input, F.F_JOINED4)) return Math.ceil(size / room);
  const came = x.v.pieces[x.input];
  return Math.min(came + Math.floor(size / room), came * Math.ceil((x.v.largest[x.input] - hl) / room));
}

/** Largest IPv4 packet on the side of the output: towards a B4 also by what its path has told (RFC 2473 section 7.1). */
function innerMtu(x: DsExchange): number {
  if (x.r.side[x.output] !== 0) return x.coreMtu;
  const path = x.history.path(x.b, outer(x, x.output) + 24);
  return path === 0 ? x.aftr.tunnelMtu : Math.min(x.aftr.tunnelMtu, Math.max(1280, path) - 40);
}

export const fragmentRules: readonly DsRule[] = [
  {
    id: "RFC8200-4.5-1.ds-lite", clause: "RFC8200-4.5-1", title: "outer fragments but the last are multiples of 8 bytes", mechanisms: DS_LITE, on: "output", when: 1 << F.D_PIECE6,
    check(x) {
      const at = fragmentHeader(x, x.output);
      if (at === 0) return NA;
      const size = outer(x, x.output) + 40 + payloadLength(x.b, outer(x, x.output)) - at - 8;
      x.code = size;
      return (x.b[at + 3] & 1) === 1 && (size & 7) !== 0 ? VIOLATED : PASS;
    },
    deviation: () => "length",
    explain: (x) => told(x, "an outer fragment that is not the last has a length that is no multiple of 8", "RFC 8200 section 4.5",
      [field(x, x.output, "IPv6 outer", "fragment bytes", "a multiple of 8", x.code, outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC8200-4.5-3.ds-lite", clause: "RFC8200-4.5-3", title: "the first outer fragment holds the IPv4 header", mechanisms: DS_LITE, on: "output", when: 1 << F.D_PIECE6,
    check(x) {
      const at = fragmentHeader(x, x.output);
      if (at === 0 || (u16(x.b, at + 2) & 0xfff8) !== 0) return NA;
      const size = outer(x, x.output) + 40 + payloadLength(x.b, outer(x, x.output)) - at - 8;
      x.code = size;
      return size < 20 ? VIOLATED : PASS;
    },
    deviation: () => "header-split",
    explain: (x) => told(x, "the first outer fragment does not hold the whole IPv4 header", "RFC 8200 section 4.5", [field(x, x.output, "IPv6 outer", "fragment bytes", "20 or more", x.code, outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC8200-5-1.mtu", clause: "RFC2473-7.2-2", title: "softwire packets fit the MTU", mechanisms: DS_LITE, on: "output", when: (1 << F.D_SOFT) | (1 << F.D_PIECE6),
    sure: surely(na(A.O_SMALL), pass(A.O_PLAIN | A.O_LARGE)),
    check(x) {
      if (has(x, x.output, F.F_JOINED6 | F.F_JOINED4)) return NA;
      const size = 40 + payloadLength(x.b, outer(x, x.output));
      x.code = size & 0x7fff;
      // Segmentation offload: TCP frames larger than the MTU are cut behind the tap.
      if (x.r.kind[x.output] === F.D_SOFT && x.v.proto[x.output] === F.P_TCP && size > x.aftr.cfg.mtuV6) return NA;
      return size > x.aftr.cfg.mtuV6 ? VIOLATED : size > 1280 ? PASS : NA;
    },
    deviation: () => "too-long",
    explain: (x) => told(x, "a softwire packet is longer than mtu-v6", "RFC 2473 section 7.2: the tunnel packet is fragmented to fit the path",
      [field(x, x.output, "IPv6 outer", "packet length", `at most ${x.aftr.cfg.mtuV6}`, x.code, outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC1812-4.2.2.7-1.ds-lite", clause: "RFC1812-4.2.2.7-1", title: "no more IPv4 fragments than needed", mechanisms: DS_LITE, on: "pair", when: ANY_FLOW, outputFacts: F.F_JOINED4,
    check(x) {
      if (!has(x, x.output, F.F_JOINED4)) return NA;
      const made = x.v.pieces[x.output];
      const came = has(x, x.input, F.F_JOINED4) ? x.v.pieces[x.input] : 1;
      // Fragment by fragment through the NAT is as good (decisions D15).
      if (made <= came) return PASS;
      if (x.aftr.undeclared(x.r.side[x.output] === 0 ? "mtu-v6" : "core.mtu")) return NA;
      // A path that was called forged (RFC 8201 section 4) is another rule's matter.
      if (x.r.side[x.output] === 0 && x.history.forgedPath(x.b, outer(x, x.output) + 24) !== 0) return NA;
      x.code = made;
      return made > needed(x, innerMtu(x)) ? VIOLATED : PASS;
    },
    deviation: () => "too-many",
    explain: (x) => told(x, `a datagram was sent in ${x.code} fragments`, "RFC 1812 section 4.2.2.7: as few fragments as the MTU asks for",
      [field(x, x.output, "IPv4", "fragments", needed(x, innerMtu(x)), x.code, inner(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC8201-4-3", clause: "RFC8201-4-3", title: "Packet Too Big that quotes a packet never sent changes nothing", mechanisms: DS_LITE, on: "output", when: ON_SOFT,
    sure: surely(na(A.O_UNTOLD)),
    check(x) {
      const forged = x.history.forgedPath(x.b, outer(x, x.output) + 24);
      if (forged === 0 || x.aftr.undeclared("mtu-v6") || x.history.path(x.b, outer(x, x.output) + 24) !== 0) return NA;
      const size = 40 + payloadLength(x.b, outer(x, x.output));
      if (!has(x, x.output, F.F_JOINED6)) return size > forged ? PASS : NA;
      // It would have fitted the link in one piece (less the Fragment header that the judge removed), and was cut to the forged size.
      return size <= x.aftr.cfg.mtuV6 && x.v.largest[x.output] <= forged ? VIOLATED : NA;
    },
    deviation: () => "forged-honoured",
    explain: (x) => told(x, `a packet that fits was cut to ${x.v.largest[x.output]} bytes after a Packet Too Big about a packet that was never sent`, "RFC 8201 section 4: the quoted packet should be one that was sent",
      [field(x, x.output, "IPv6 outer", "largest fragment", `up to ${x.aftr.cfg.mtuV6}`, x.v.largest[x.output], outer(x, x.output) + 4, 2)]),
  },
];
