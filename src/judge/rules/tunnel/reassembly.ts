/** Outer fragments that come in and go out: RFC 8200 sections 4.5 and 5, RFC 2473 section 7. */
import * as A from "../../ds-lite/aspects.js";
import { na, surely } from "../../ds-lite/aspects.js";
import { u16, u32 } from "../../../wire/bits.js";
import { payloadLength } from "../../../wire/ipv6.js";
import * as F from "../../ds-lite/facts.js";
import { L_1500, L_ATOMIC, L_EXIT } from "../../ds-lite/history.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, bytes, field, forwardedOrNot, has, mustForward, mustNotForward, outer, seconds, told } from "../dslite/helpers.js";
import { fragmentAt } from "../rfc2473/header.js";
import { servedOutward } from "../rfc6333/softwire.js";

/** Reassembly is given up after 60 s; taps and timers of devices are not finer than this. */
const GIVEN_UP_SECONDS = 60 + 2;
/** What an identification must rest before it is used again towards the same destination: the life of a fragment in reassembly. */
const REST_SECONDS = 60;

/** Bytes of what stands in the fragment, the inner header among them: two datagrams differ in them, a duplicate of a frame does not. */
function digest(x: DsExchange, at: number): number {
  const end = Math.min(at + 8 + 64, outer(x, x.output) + x.r.len[x.output]);
  let h = 0;
  for (let i = at + 8; i + 4 <= end; i += 4) h = (Math.imul(h ^ u32(x.b, i), 0x9e3779b1) + 0x27d4eb2f) | 0;
  return h;
}

const joined = (x: DsExchange): boolean => has(x, x.input, F.F_JOINED6) && !has(x, x.input, F.F_JOINED4) && servedOutward(x);

export const reassemblyRules: readonly DsRule[] = [
  {
    id: "RFC8200-4.5-2", clause: "RFC8200-4.5-2", title: "fragment identifications rest before they are used again", mechanisms: DS_LITE, on: "output", when: 1 << F.D_PIECE6,
    check(x) {
      const at = fragmentAt(x, x.output);
      // A first fragment begins a datagram; it is complete enough here to be told from a copy of itself.
      if (at === 0 || (u16(x.b, at + 2) & 0xfff8) !== 0 || has(x, x.output, F.F_CUT)) return NA;
      const age = x.tunnel.identification(x.b, outer(x, x.output) + 24, at + 4, digest(x, at), x.r.time[x.output]);
      return age < REST_SECONDS ? VIOLATED : PASS;
    },
    deviation: () => "repeated",
    explain: (x) => told(x, "two datagrams to one B4 have the same fragment identification within 60 s", "RFC 8200 section 4.5: different from that of any other packet fragmented recently with the same addresses",
      [field(x, x.output, "IPv6 outer", "identification", "not used for 60 s", `0x${u32(x.b, fragmentAt(x, x.output) + 4).toString(16)}`, fragmentAt(x, x.output) + 4, 4)]),
  },
  {
    id: "RFC8200-4.5-4", clause: "RFC8200-4.5-4", title: "reassembly is given up after 60 s", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_JOINED6,
    check: (x) => (has(x, x.input, F.F_JOINED6) && x.v.span[x.input] > GIVEN_UP_SECONDS && x.v.overlap[x.input] === 0 ? mustNotForward(x) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, `fragments that came over ${seconds(x.v.span[x.input])} were put together`, "RFC 8200 section 4.5: reassembly is abandoned 60 s after the first fragment",
      [field(x, x.input, "IPv6 outer", "fragments", "given up after 60 s", seconds(x.v.span[x.input]), outer(x, x.input), 8)]),
  },
  {
    id: "RFC8200-4.5-5", clause: "RFC8200-4.5-5", title: "overlapping fragments are dropped", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_JOINED6,
    check: (x) => (x.v.overlap[x.input] === 1 && has(x, x.input, F.F_JOINED6) ? mustNotForward(x) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a datagram whose fragments overlap was reassembled and forwarded", "RFC 8200 section 4.5 and RFC 5722: the whole datagram is dropped without an error",
      [field(x, x.input, "IPv6 outer", "fragments", "dropped", `${x.v.pieces[x.input]} that overlap`, outer(x, x.input), 8)]),
  },
  {
    id: "RFC8200-4.5-6", clause: "RFC8200-4.5-6", title: "an atomic fragment is a whole packet", mechanisms: DS_LITE, on: "input", when: ON_SOFT,
    sure: surely(na(A.I_BARE)),
    check(x) {
      if (has(x, x.input, F.F_JOINED6 | F.F_JOINED4) || x.r.inner[x.input] === 0 || fragmentAt(x, x.input) === 0 || !servedOutward(x)) return NA;
      return mustForward(x, L_ATOMIC);
    },
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a softwire packet with an atomic Fragment header was lost", "RFC 8200 section 4.5 and RFC 6946: it is processed on its own, as a whole packet"),
  },
  {
    id: "RFC8200-5-2", clause: "RFC8200-5-2", title: "what reassembles to 1500 bytes is accepted", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_JOINED6,
    check: (x) => (joined(x) && 40 + payloadLength(x.b, outer(x, x.input)) <= 1500 ? mustForward(x, L_1500) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, `fragments of a softwire packet that carries ${bytes(x, x.input)} bytes were lost although all arrived`, "RFC 8200 section 5: a node accepts fragments that reassemble to 1500 bytes"),
  },
  {
    id: "RFC2473-7-3", clause: "RFC2473-7-3", title: "the exit-point reassembles before it looks for the packet", mechanisms: DS_LITE, on: "input", when: ON_SOFT, facts: F.F_JOINED6,
    // More than 1500 bytes after reassembly is no promise of RFC 8200: 1540 is derived from RFC 6333 (decisions D3, RFC6333-6.3-1).
    check: (x) => (joined(x) && 40 + payloadLength(x.b, outer(x, x.input)) <= 1540 ? mustForward(x, L_EXIT) : NA),
    deviation: forwardedOrNot,
    explain: (x) => told(x, "a softwire packet in fragments was lost although all arrived", "RFC 2473 section 7: the exit-point reassembles the tunnel packet and then decapsulates"),
  },
];
