/** RFC 1812 on what the device itself says by ICMPv4 among the tunnels: echo replies, and errors about whatever was sent to it. */
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { headerLength } from "../../../wire/ipv4.js";
import { isGroup, isMartian4, isOwnAddress } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { echo4At, echo4Bytes, firstDifference4 } from "../../pairing/echo4.js";
import { type Exchange, NA, PASS, type Rule, VIOLATED } from "../../rule.js";
import { IN_IPV4, outer, told } from "../helpers.js";

const PARAMETER_PROBLEM = 12, IPV6 = 41, ICMP = 1;
/** RFC 1812 section 4.3.2.3. */
const MOST_BYTES = 576;
/** RFC 1122 section 3.2.2: unreachable, source quench, redirect, time exceeded, parameter problem. */
const isErrorType = (type: number): boolean => type === 3 || type === 4 || type === 5 || type === 11 || type === 12;

/** Offset of the IPv4 header that an ICMPv4 error quotes, 0 when the packet is none of the device's own or does not show it: errors of others may pass through a device that routes IPv4 besides. */
function quotedHeader(x: Exchange): number {
  const o = outer(x, x.output);
  const icmp = o + headerLength(x.b, o);
  const type = x.b[icmp];
  const source = u32(x.b, o + 12);
  const shows = icmp + 28 <= o + x.r.len[x.output] && (type === 3 || type === 4 || type === 11 || type === 12) && x.b[icmp + 8] >>> 4 === 4;
  return shows && (isOwnAddress(x.domain, source) || x.state.ownIpv4.includes(source)) ? icmp + 8 : 0;
}
/** The quoted packet is an ICMPv4 error itself. */
function quotesError(x: Exchange, q: number): boolean {
  const icmp = q + headerLength(x.b, q);
  return x.b[q + 9] === ICMP && (u16(x.b, q + 6) & 0x1fff) === 0 && icmp < outer(x, x.output) + Math.min(x.r.len[x.output], u16(x.b, outer(x, x.output) + 2)) && isErrorType(x.b[icmp]);
}
const total = (x: Exchange): number => u16(x.b, outer(x, x.output) + 2);
/** Bytes of an error that quotes all it can of the packet at `q`. */
const fullBytes = (x: Exchange, q: number): number => Math.min(MOST_BYTES, q - outer(x, x.output) + u16(x.b, q + 2));

export const icmp4Rules: readonly Rule[] = [
  {
    id: "RFC1812-4.3.2.3-1.6in4", clause: "RFC1812-4.3.2.3-1", title: "ICMPv4 errors quote as much as fits in 576 bytes", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_ICMP4,
    check(x) {
      const q = quotedHeader(x);
      // The bytes that a Parameter Problem may miss have not arrived; with an extension structure behind it (RFC 4884) a quotation has another length.
      if (q === 0 || x.b[q - 8] === PARAMETER_PROBLEM || x.b[q - 3] !== 0 || u16(x.b, q + 2) < 20) return NA;
      x.code = total(x) > MOST_BYTES ? 1 : 2;
      return x.code === 2 && total(x) >= fullBytes(x, q) ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 1 ? "larger-than-576" : "shorter-than-possible"),
    explain: (x) => told(x, "an ICMPv4 error quotes too much or too little", "RFC 1812 section 4.3.2.3: as much as possible without exceeding 576 bytes",
      [field(x, x.output, "IPv4", "total length", fullBytes(x, quotedHeader(x)), total(x), outer(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC1812-4.3.2.7-1.fragment", clause: "RFC1812-4.3.2.7-1", title: "no ICMPv4 error about a fragment that is not the first", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_ICMP4,
    check(x) {
      const q = quotedHeader(x);
      return q === 0 ? NA : (u16(x.b, q + 6) & 0x1fff) === 0 ? PASS : VIOLATED;
    },
    deviation: () => "later-fragment",
    explain: (x) => told(x, "an ICMPv4 error was sent about a fragment that is not the first", "RFC 1812 section 4.3.2.7",
      [field(x, x.output, "quoted IPv4", "fragment offset", 0, (u16(x.b, quotedHeader(x) + 6) & 0x1fff) << 3, quotedHeader(x) + 6, 2)]),
  },
  {
    // What comes in tunnel headers is judged together with the packet (RFC1812-4.3.2.7-1).
    id: "RFC1812-4.3.2.7-1.quoted", clause: "RFC1812-4.3.2.7-1", title: "no ICMPv4 error about errors, multicast, or sources that are no host", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_ICMP4,
    check(x) {
      const q = quotedHeader(x);
      if (q === 0 || x.b[q + 9] === IPV6) return NA;
      x.code = quotesError(x, q) ? 1 : isGroup(u32(x.b, q + 16)) ? 2 : isMartian4(u32(x.b, q + 12)) ? 3 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "about-an-error", "broadcast-or-multicast", "source-is-no-host"][code],
    explain(x) {
      const q = quotedHeader(x);
      return told(x, ["", "an ICMPv4 error was sent about an ICMPv4 error", "an ICMPv4 error was sent about a packet to a multicast or broadcast address", "an ICMPv4 error was sent about a packet from an address that no host has"][x.code], "RFC 1812 section 4.3.2.7",
        [x.code === 1 ? field(x, x.output, "quoted ICMPv4", "type", "no error", x.b[q + headerLength(x.b, q)], q + headerLength(x.b, q), 1)
          : field(x, x.output, "quoted IPv4", x.code === 2 ? "destination" : "source", "one host", formatIpv4(u32(x.b, q + (x.code === 2 ? 16 : 12))), q + (x.code === 2 ? 16 : 12), 4)]);
    },
  },
  {
    id: "RFC1812-4.3.3.6-1.6in4", clause: "RFC1812-4.3.3.6-1", title: "an ICMPv4 echo reply comes from the address that was asked, with the data that was sent", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ECHO4, kept: true,
    check(x) {
      const i = outer(x, x.input);
      const o = outer(x, x.output);
      const at = firstDifference4(x.b, x.r, x.input, x.output);
      x.code = u32(x.b, i + 16) !== u32(x.b, o + 12) ? 1 : u32(x.b, i + 12) !== u32(x.b, o + 16) ? 2 : at >= 0 && at < 8 ? 3 : at >= 0 || echo4Bytes(x.b, o) < echo4Bytes(x.b, i) ? 4 : 0;
      return x.code === 0 ? PASS : VIOLATED;
    },
    deviation: (code) => ["", "other-source", "other-destination", "other-identifier", "other-data"][code],
    explain(x) {
      const i = outer(x, x.input);
      const o = outer(x, x.output);
      const address = (was: number, is: number, name: string) => field(x, x.output, "IPv4", name, formatIpv4(u32(x.b, i + was)), formatIpv4(u32(x.b, o + is)), o + is, 4);
      const at = echo4At(x.b, x.r, x.output);
      const words = (slot: number): string => `${u16(x.b, echo4At(x.b, x.r, slot) + 4)}, ${u16(x.b, echo4At(x.b, x.r, slot) + 6)}`;
      return told(x, ["", "an ICMPv4 echo reply came from another address", "an ICMPv4 echo reply went to another than the one who asked", "an ICMPv4 echo reply has another identifier or sequence number", "an ICMPv4 echo reply returned other data"][x.code], "RFC 1812 section 4.3.3.6, RFC 792",
        [x.code === 1 ? address(16, 12, "source") : x.code === 2 ? address(12, 16, "destination")
          : x.code === 3 ? field(x, x.output, "ICMPv4", "identifier and sequence number", words(x.input), words(x.output), at + 4, 4)
            : field(x, x.output, "ICMPv4", "data", `the ${echo4Bytes(x.b, i) - 8} bytes of the request`, `${echo4Bytes(x.b, o) - 8} bytes, not the same`, at + 8, Math.max(0, echo4Bytes(x.b, o) - 8))]);
    },
  },
];
