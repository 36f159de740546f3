/** RFC 5969 section 9.1: tunnel MTU, DF of an anycast BR. */
import { u16, u32 } from "../../../wire/bits.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, type Outcome, PASS, type Rule, VIOLATED } from "../../rule.js";
import { SIX_RD, TUNNEL_OUT, hasFacts, icmp6At, innerBytes, isCoalesced, outer, outerDf, told } from "../helpers.js";
import { nonAtomicHead } from "../rfc4213/3.5.js";

/** Other reasons for which a packet that is too big is dropped. */
const OTHER = F.MAY_DROP & ~F.F_TOO_BIG;

/** Too big for the tunnel: a Packet Too Big with the tunnel's MTU, and no forwarding. Silence is the business of RFC4443-3.2-1. */
export function boundary(x: Exchange, mtu: number): Outcome {
  if (hasFacts(x, x.input, OTHER)) return NA;
  x.code = 1;
  if (x.output >= 0) return isCoalesced(x, x.input) ? NA : VIOLATED;
  const icmp = x.answer >= 0 ? icmp6At(x, x.answer) : 0;
  if (icmp === 0 || x.b[icmp] !== 2) return NA;
  x.code = 2;
  // In dynamic mode a smaller path MTU may be known, from before the capture too.
  const said = u32(x.b, icmp + 4);
  const mode = x.domain.tunnel.tunnelMtuMode;
  return said === mtu || ((mode === "dynamic" || mode === "undeclared") && said < mtu) ? PASS : VIOLATED;
}

const explainBoundary = (x: Exchange, mtu: number) =>
  told(x, x.code === 1 ? `a packet of ${innerBytes(x, x.input)} bytes was tunnelled` : "Packet Too Big names another MTU", `the tunnel MTU is ${mtu} bytes (RFC 5969 section 9.1)`,
    x.code === 1
      ? [field(x, x.input, "IPv6", "packet length", `at most ${mtu}`, innerBytes(x, x.input), x.r.inner[x.input] + 4, 2)]
      : [field(x, x.answer, "ICMPv6", "MTU", mtu, u32(x.b, icmp6At(x, x.answer) + 4), icmp6At(x, x.answer) + 4, 4)]);
const boundaryName = (code: number): string => (code === 1 ? "forwarded" : "other-mtu");

export const section91: readonly Rule[] = [
  {
    id: "RFC5969-9.1-2", clause: "RFC5969-9.1-2", title: "an anycast BR sets DF and never fragments", mechanisms: SIX_RD, on: "output", when: TUNNEL_OUT, needs: (t) => t.anycast,
    check(x) {
      if (!x.domain.tunnel.anycast || hasFacts(x, x.output, F.F_JOINED)) return NA;
      x.code = (u16(x.b, outer(x, x.output) + 6) & 0x3fff) !== 0 ? 2 : 1;
      return outerDf(x, x.output) && x.code === 1 ? PASS : VIOLATED;
    },
    deviation: (code) => (code === 2 ? "fragment" : "df-clear"),
    explain: (x) => told(x, x.code === 2 ? "an outer fragment left the anycast address" : "DF is clear on a packet from the anycast address", "RFC 5969 section 9.1: several BRs share the address, so their identifications could collide",
      [field(x, x.output, "IPv4 outer", "flags and fragment offset", "DF only", `0x${u16(x.b, outer(x, x.output) + 6).toString(16)}`, outer(x, x.output) + 6, 2)]),
  },
  {
    id: "RFC5969-9.1-3", clause: "RFC5969-9.1-3", title: "tunnel MTU of a managed network: IPv4 MTU minus 20", mechanisms: SIX_RD, on: "input", facts: F.F_TOO_BIG,
    check: (x) => (x.domain.tunnel.tunnelMtu === 1280 ? NA : boundary(x, x.domain.tunnel.tunnelMtu)),
    deviation: boundaryName, explain: (x) => explainBoundary(x, x.domain.tunnel.tunnelMtu),
  },
  {
    id: "RFC5969-9.1-4", clause: "RFC5969-9.1-4", title: "tunnel MTU without better knowledge: 1280", mechanisms: SIX_RD, on: "input", facts: F.F_TOO_BIG,
    check: (x) => (x.domain.tunnel.tunnelMtu === 1280 ? boundary(x, 1280) : NA),
    deviation: boundaryName, explain: (x) => explainBoundary(x, 1280),
  },
  {
    id: "RFC5969-9.1-6", clause: "RFC5969-9.1-6", title: "BRs that share an address do not collide in identification", mechanisms: SIX_RD, on: "output", when: TUNNEL_OUT, needs: (t) => t.anycast,
    check: (x) => (x.domain.tunnel.anycast && nonAtomicHead(x.b, outer(x, x.output)) && !hasFacts(x, x.output, F.F_JOINED) ? (x.state.idAge < 30 ? VIOLATED : PASS) : NA),
    deviation: () => "collision",
    explain: (x) => told(x, "two packets from the anycast address that may be fragmented have one identification", "RFC 5969 section 9.1: this is why DF is asked for",
      [field(x, x.output, "IPv4 outer", "identification", "unique while fragments live", u16(x.b, outer(x, x.output) + 4), outer(x, x.output) + 4, 2)]),
  },
];
