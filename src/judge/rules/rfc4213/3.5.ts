/** RFC 4213 section 3.5: the outer header. */
import { A_DF, A_FRESH, A_NO_DF, A_SHAPE, B_FROM_OWN } from "../../aspects.js";
import { formatIpv4 } from "../../../wire/address.js";
import { u16, u32 } from "../../../wire/bits.js";
import { checksum } from "../../../wire/checksum.js";
import { isOwnAddress } from "../../domain.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { C_ONE_PIECE } from "../../forwarded.js";
import { fragmentKey } from "../../observe.js";
import { NO_DOMAIN } from "../../parse.js";
import { type Exchange, NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { INTO_TUNNEL, IN_IPV4, TUNNEL_OUT, UNTRANSLATED, hasFacts, innerBytes, isOfAnother, outer, told } from "../helpers.js";

/** RFC 6864 section 4.3: two minutes, the maximum datagram lifetime. */
const LIFETIME_SECONDS = 120;

/** The checksum field is 0 and should not be: filled in by the card after the capture. */
const offloaded = (x: Exchange): boolean => {
  const o = outer(x, x.output);
  return u16(x.b, o + 10) === 0 && checksum(x.b, o, (x.b[o] & 15) << 2) !== 0;
};

export const section35: readonly Rule[] = [
  {
    id: "RFC4213-3.5-1", clause: "RFC4213-3.5-1", title: "outer header: version 4, no options", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check: (x) => (x.b[outer(x, x.output)] === 0x45 ? PASS : VIOLATED),
    sure: () => passes(A_SHAPE),
    deviation: () => "options",
    explain: (x) => told(x, "the outer IPv4 header has options or a wrong version", "RFC 4213 section 3.5 fixes version 4 and header length 5",
      [field(x, x.output, "IPv4 outer", "version and header length", "0x45", `0x${x.b[outer(x, x.output)].toString(16)}`, outer(x, x.output), 1)]),
  },
  {
    id: "RFC4213-3.5-3", clause: "RFC4213-3.5-3", title: "outer total length is payload length plus 60", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_TUNNEL,
    check: (x) => (x.r.inner[x.output] === 0 ? NA : u16(x.b, outer(x, x.output) + 2) === innerBytes(x, x.output) + 20 ? PASS : VIOLATED),
    sure: () => passes(A_SHAPE),
    deviation: () => "length",
    explain: (x) => told(x, "the outer total length does not fit the inner packet", "RFC 4213 section 3.5: payload length of the IPv6 header plus 60",
      [field(x, x.output, "IPv4 outer", "total length", innerBytes(x, x.output) + 20, u16(x.b, outer(x, x.output) + 2), outer(x, x.output) + 2, 2)]),
  },
  {
    id: "RFC4213-3.5-4", clause: "RFC4213-3.5-4", title: "identification is unique", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check: (x) => (nonAtomicHead(x.b, outer(x, x.output)) && !hasFacts(x, x.output, F.F_JOINED) ? (x.state.idAge <= LIFETIME_SECONDS ? VIOLATED : PASS) : NA),
    sure: () => [...silent(A_DF), ...passes(A_NO_DF | A_FRESH)],
    deviation: () => "repeated",
    explain: (x) => told(x, "a non-atomic outer packet repeats the identification of another to the same CE", `the last one was ${x.state.idAge.toFixed(3)} s before; RFC 6864 section 4.3 asks for ${LIFETIME_SECONDS} s`,
      [field(x, x.output, "IPv4 outer", "identification", "not used for 120 s", u16(x.b, outer(x, x.output) + 4), outer(x, x.output) + 4, 2)]),
  },
  {
    id: "RFC4213-3.5-5", clause: "RFC4213-3.5-5", title: "fragments do not have DF", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_FRAGMENT,
    check: (x) => ((x.b[outer(x, x.output) + 6] & 0x40) === 0 ? PASS : VIOLATED),
    deviation: () => "df-and-fragment",
    explain: (x) => told(x, "an outer fragment has DF set", "RFC 4213 section 3.5: DF as in section 3.2, fragments as necessary; both together contradict RFC 791",
      [field(x, x.output, "IPv4 outer", "DF", 0, 1, outer(x, x.output) + 6, 1)]),
  },
  {
    id: "RFC4213-3.5-5.whole", clause: "RFC4213-3.5-5", title: "fragments make up the datagram", mechanisms: UNTRANSLATED, on: "input", facts: F.F_TO_CE, sure: () => silent(C_ONE_PIECE),
    check(x) {
      if (x.r.inner[x.input] === 0 || x.r.innerLen[x.input] < 48) return NA;
      if (x.output >= 0) return hasFacts(x, x.output, F.F_JOINED) ? PASS : NA;
      if (x.answer >= 0 || !x.absence) return NA;
      const key = fragmentKey(x.b, x.inputInner, x.b[x.inputInner + 6], x.inputInner + 40);
      x.inferred = true;
      return x.state.outerFirsts[key & (x.state.outerFirsts.length - 1)] === key ? VIOLATED : NA;
    },
    deviation: () => "incomplete",
    explain: (x) => told(x, "a packet was tunnelled in outer fragments that do not make up a datagram", "RFC 4213 section 3.5: MF, fragment offset and identification as fragmentation asks for (RFC 791 section 3.2); its first fragment was sent, and no others that belong to it",
      [field(x, x.input, "IPv6", "packet", "in fragments of one identification, the last of them without MF", "in fragments that cannot be put together", x.inputInner, 40)]),
  },
  {
    id: "RFC4213-3.5-6", clause: "RFC4213-3.5-6", title: "protocol 41 and a right header checksum", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT,
    check(x) {
      x.code = 0;
      if (x.b[outer(x, x.output) + 9] !== 41) return VIOLATED;
      x.code = 1;
      return hasFacts(x, x.output, F.F_JOINED) || offloaded(x) ? NA : !hasFacts(x, x.output, F.F_OUTER_BAD) || checksum(x.b, outer(x, x.output), (x.b[outer(x, x.output)] & 15) << 2) === 0 ? PASS : VIOLATED;
    },
    sure: () => passes(A_SHAPE),
    deviation: (code) => (code === 0 ? "protocol" : "checksum"),
    explain: (x) => told(x, x.code === 0 ? "an IPv6 packet was tunnelled under another protocol number than 41" : "the outer header checksum is wrong", "RFC 4213 section 3.5 and RFC 791 section 3.1",
      [x.code === 0 ? field(x, x.output, "IPv4 outer", "protocol", 41, x.b[outer(x, x.output) + 9], outer(x, x.output) + 9, 1) : field(x, x.output, "IPv4 outer", "header checksum", "the sum over the header", u16(x.b, outer(x, x.output) + 10), outer(x, x.output) + 10, 2)]),
  },
  {
    id: "RFC4213-3.5-7", clause: "RFC4213-3.5-7", title: "outer source is the encapsulator", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL,
    check(x) {
      const source = u32(x.b, outer(x, x.output) + 12);
      if (isOwnAddress(x.domain, source)) return PASS;
      x.code = x.state.ownIpv4.includes(source) ? 1 : 0;
      // "Or an address of the outgoing interface": 6to4 takes packets from any relay (RFC 3056 section 9); the CEs of 6rd do not (RFC 5969 section 9.2).
      if (x.code === 1 && x.domain.sixToFour !== undefined) return PASS;
      // From one domain of the device into another: the packet leaves from the other one's address, which its parse has recognised.
      const to = x.r.domain[x.output];
      return x.flow === F.FLOW_HAIRPIN && to !== NO_DOMAIN && to !== x.domain.index ? PASS : isOfAnother(x) ? NA : VIOLATED;
    },
    sure: () => passes(B_FROM_OWN),
    deviation: (code) => (code === 1 ? "other-own-address" : "foreign-source"),
    explain: (x) => told(x, x.code === 1 ? "the outer source is an address of the device that is not the tunnel's" : "the outer source is no address of the concentrator",
      x.code === 1 ? "RFC 4213 section 3.5: the source must be acceptable to the decapsulator, and a CE knows the configured address of the BR only (RFC 5969 section 9.2)" : "RFC 4213 section 3.5: an address of the encapsulator",
      [field(x, x.output, "IPv4 outer", "source", formatIpv4(x.domain.tunnel.address), formatIpv4(u32(x.b, outer(x, x.output) + 12)), outer(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC4213-3.5-7.own", clause: "RFC4213-3.5-7", title: "what the device itself says leaves from the encapsulator too", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6 | F.ANSWER_ECHO,
    check(x) {
      if (x.r.kind[x.output] !== F.K_TUNNEL || x.r.inner[x.output] === 0) return NA;
      const source = u32(x.b, outer(x, x.output) + 12);
      if (isOwnAddress(x.domain, source)) return PASS;
      x.code = x.state.ownIpv4.includes(source) ? 1 : 0;
      if (x.code === 1 && x.domain.sixToFour !== undefined) return PASS;
      // An error into another domain of the device leaves from that one's address.
      return x.r.domain[x.output] === NO_DOMAIN ? VIOLATED : PASS;
    },
    deviation: (code) => (code === 1 ? "other-own-address" : "foreign-source"),
    explain: (x) => told(x, `an answer of the device was tunnelled from ${x.code === 1 ? "an address of the device that is not the tunnel's" : "an address that is none of the concentrator"}`,
      "RFC 4213 section 3.5: an address of the encapsulator that the decapsulator accepts",
      [field(x, x.output, "IPv4 outer", "source", formatIpv4(x.domain.tunnel.address), formatIpv4(u32(x.b, outer(x, x.output) + 12)), outer(x, x.output) + 12, 4)]),
  },
];

/** A packet that is or may become a fragment and is the first of its datagram (RFC 6864 section 2). */
export const nonAtomicHead = (b: Uint8Array, o: number): boolean => {
  const word = u16(b, o + 6);
  return (word & 0x1fff) === 0 && (word & 0x6000) !== 0x4000;
};
