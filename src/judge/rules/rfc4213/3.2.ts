/** RFC 4213 sections 3.2, 3.2.1 and 3.2.2: tunnel MTU and DF (decisions D1: judged in the declared mode only). */
import { A_DF_KEPT, A_NO_DF, B_1280_TO_1480, B_BELOW_1280, B_NO_PATHS } from "../../aspects.js";
import { u32 } from "../../../wire/bits.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, NA, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { INTO_TUNNEL, IN_IPV4, TUNNEL_OUT, hasFacts, icmp6At, innerBytes, isCoalesced, outer, outerDf, told } from "../helpers.js";
import { boundary } from "../rfc5969/9.1.js";

/** An ICMPv4 error works on packets that are handled after it; and a path MTU is not forgotten for some minutes (RFC 1191 section 3). */
const SETTLED_SECONDS = 0.2;
const REMEMBERED_SECONDS = 300;

/** Path MTU to the CE in bytes, as ICMPv4 reported it a while ago; 0 when unknown or doubtful. */
function path(x: Exchange, slot: number, ce: number): number {
  if (x.state.paths === 0) return 0;
  const age = x.r.time[slot] - x.state.pathTime(ce);
  return age > SETTLED_SECONDS && age < REMEMBERED_SECONDS ? x.state.pathMtu(ce) : 0;
}
/** Section 3.2.1: a fixed tunnel MTU, unless the decapsulators are known to take more. */
const LARGEST_FIXED = 1480;
const ceOf = (x: Exchange): number => u32(x.b, outer(x, x.output) + 16);
/** Largest inner packet for a path MTU (section 3.2.2). */
const room = (m: number): number => Math.max(1280, m - 20);
const dfField = (x: Exchange, expected: number) => [field(x, x.output, "IPv4 outer", "DF", expected, 1 - expected, outer(x, x.output) + 6, 1)];
const lengthField = (x: Exchange, most: number) => [field(x, x.output, "IPv6 inner", "packet length", `at most ${most}`, innerBytes(x, x.output), x.r.inner[x.output] + 4, 2)];

export const section32: readonly Rule[] = [
  {
    id: "RFC4213-3.2-1", clause: "RFC4213-3.2-1", title: "the tunnel is no link of 64 KB", mechanisms: IN_IPV4, on: "input", facts: F.F_TOO_BIG,
    check(x) {
      if (hasFacts(x, x.input, F.MAY_DROP & ~F.F_TOO_BIG)) return NA;
      // In fragments but no longer than a fixed MTU may be: another MTU than the declared one, which is not this clause's matter.
      if (x.output >= 0) return hasFacts(x, x.output, F.F_JOINED) && innerBytes(x, x.input) > LARGEST_FIXED ? VIOLATED : NA;
      return x.answer >= 0 ? PASS : NA;
    },
    deviation: () => "outer-fragments",
    explain: (x) => told(x, `a packet of ${innerBytes(x, x.input)} bytes was tunnelled in outer fragments`, `RFC 4213 section 3.2: Packet Too Big instead; the tunnel MTU is ${x.domain.tunnel.tunnelMtu}`, lengthField(x, x.domain.tunnel.tunnelMtu)),
  },
  {
    id: "RFC4213-3.2-2", clause: "RFC4213-3.2-2", title: "one way to handle the tunnel MTU, not a mixture", mechanisms: IN_IPV4, on: "output", when: 1 << F.K_TUNNEL, needs: (t) => t.tunnelMtuMode === "static" || t.tunnelMtuMode === "anycast-df",
    check(x) {
      if (hasFacts(x, x.output, F.F_JOINED)) return NA;
      const at = x.domain.index * 4 + 2;
      const df = outerDf(x, x.output) ? 1 : 0;
      x.code = df;
      if (x.state.ttl[at] === df) return PASS;
      const first = x.state.ttl[at] < 0;
      if (!first && df !== (x.domain.tunnel.tunnelMtuMode === "static" ? 0 : 1)) return VIOLATED;
      // What is as declared is no deviation from what was not: RFC4213-3.2.1-5 and RFC5969-9.1-2 have told of that.
      x.state.ttl[at] = df;
      return first ? PASS : NA;
    },
    sure: () => passes(A_DF_KEPT),
    deviation: (code) => (code === 1 ? "df-set-after-clear" : "df-clear-after-set"),
    explain: (x) => told(x, "DF is set on some outer packets and clear on others", "RFC 4213 section 3.2: a fixed tunnel MTU or a dynamic one; no dynamic one is declared", dfField(x, 1 - x.code)),
  },
  {
    // 1480 bounds the default, and nobody knows whether the device has it: another MTU than the declared one warns. What is declared beyond is RFC4213-3.2.1-4's matter.
    id: "RFC4213-3.2.1-1", clause: "RFC4213-3.2.1-1", title: "a static tunnel MTU is 1280 to 1480 bytes", mechanisms: IN_IPV4, cap: "warn", on: "pair", when: INTO_TUNNEL, needs: (t) => t.tunnelMtuMode === "static",
    check: (x) => (x.domain.tunnel.tunnelMtuMode !== "static" || innerBytes(x, x.output) < 1280 ? NA : innerBytes(x, x.output) <= Math.max(1480, x.domain.tunnel.tunnelMtu) ? PASS : isCoalesced(x, x.input) ? NA : VIOLATED),
    sure: () => [...silent(B_BELOW_1280), ...passes(B_1280_TO_1480)],
    deviation: () => "larger",
    explain: (x) => told(x, `a packet of ${innerBytes(x, x.output)} bytes was tunnelled`, "RFC 4213 section 3.2.1: 1480 bytes at most with a static tunnel MTU", lengthField(x, 1480)),
  },
  {
    id: "RFC4213-3.2.1-2", clause: "RFC4213-3.2.1-2", title: "the static tunnel MTU is 1280 by default", mechanisms: IN_IPV4, on: "input", facts: F.F_TOO_BIG,
    check: (x) => (x.domain.tunnel.tunnelMtuMode === "static" && x.domain.tunnel.tunnelMtu === 1280 ? boundary(x, 1280) : NA),
    deviation: (code) => (code === 1 ? "forwarded" : "other-mtu"),
    explain: (x) => told(x, x.code === 1 ? `a packet of ${innerBytes(x, x.input)} bytes was tunnelled` : "Packet Too Big names another MTU than 1280", "RFC 4213 section 3.2.1, and 1280 is declared",
      [field(x, x.input, "IPv6", "packet length", "at most 1280", innerBytes(x, x.input), x.r.inner[x.input] + 4, 2)]),
  },
  {
    id: "RFC4213-3.2.1-5", clause: "RFC4213-3.2.1-5", title: "no DF with a static tunnel MTU", mechanisms: IN_IPV4, on: "output", when: TUNNEL_OUT, needs: (t) => t.tunnelMtuMode === "static",
    check: (x) => (x.domain.tunnel.tunnelMtuMode !== "static" || hasFacts(x, x.output, F.F_JOINED) ? NA : outerDf(x, x.output) ? VIOLATED : PASS),
    sure: () => passes(A_NO_DF),
    deviation: () => "df-set",
    explain: (x) => told(x, "DF is set although a static tunnel MTU is declared", "RFC 4213 section 3.2.1", dfField(x, 0)),
  },
  {
    id: "RFC4213-3.2.2-1", clause: "RFC4213-3.2.2-1", title: "path MTU below 1300: DF clear, and nothing above 1280", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL, needs: (t) => t.tunnelMtuMode === "dynamic",
    check(x) {
      const m = x.domain.tunnel.tunnelMtuMode === "dynamic" ? path(x, x.input, ceOf(x)) : 0;
      if (m === 0 || m >= 1300) return NA;
      x.code = innerBytes(x, x.output) > 1280 ? 2 : 1;
      return x.code === 2 || (outerDf(x, x.output) && !hasFacts(x, x.output, F.F_JOINED)) ? VIOLATED : PASS;
    },
    sure: () => silent(B_NO_PATHS),
    deviation: (code) => (code === 2 ? "too-big-forwarded" : "df-set"),
    explain: (x) => told(x, x.code === 2 ? "a packet above 1280 bytes was tunnelled" : "DF is set", `RFC 4213 section 3.2.2: ICMPv4 reported a path MTU of ${x.state.pathMtu(ceOf(x))} to this CE`, x.code === 2 ? lengthField(x, 1280) : dfField(x, 0)),
  },
  {
    id: "RFC4213-3.2.2-2", clause: "RFC4213-3.2.2-2", title: "path MTU of 1300 or more: DF set, and nothing above it minus 20", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL, needs: (t) => t.tunnelMtuMode === "dynamic",
    check(x) {
      const m = x.domain.tunnel.tunnelMtuMode === "dynamic" ? path(x, x.input, ceOf(x)) : 0;
      if (m < 1300) return NA;
      x.code = innerBytes(x, x.output) > m - 20 ? 2 : 1;
      return x.code === 2 || !outerDf(x, x.output) ? VIOLATED : PASS;
    },
    sure: () => silent(B_NO_PATHS),
    deviation: (code) => (code === 2 ? "too-big-forwarded" : "df-clear"),
    explain: (x) => told(x, x.code === 2 ? "a packet larger than the path takes was tunnelled" : "DF is clear", `RFC 4213 section 3.2.2: ICMPv4 reported a path MTU of ${x.state.pathMtu(ceOf(x))} to this CE`, x.code === 2 ? lengthField(x, room(x.state.pathMtu(ceOf(x)))) : dfField(x, 1)),
  },
  {
    id: "RFC4213-3.4-1", clause: "RFC4213-3.4-1", title: "ICMPv4 packet too big lowers the tunnel's path MTU", mechanisms: IN_IPV4, on: "pair", when: INTO_TUNNEL, needs: (t) => t.tunnelMtuMode === "dynamic",
    check(x) {
      const m = x.domain.tunnel.tunnelMtuMode === "dynamic" ? path(x, x.input, ceOf(x)) : 0;
      if (m === 0) return NA;
      return innerBytes(x, x.output) > room(m) ? VIOLATED : PASS;
    },
    sure: () => silent(B_NO_PATHS),
    deviation: () => "no-effect",
    explain: (x) => told(x, "ICMPv4 packet too big had no effect", `RFC 4213 section 3.4: the path MTU to this CE is ${x.state.pathMtu(ceOf(x))}`, lengthField(x, room(x.state.pathMtu(ceOf(x))))),
  },
];

export const section34: readonly Rule[] = [
  {
    id: "RFC4213-3.4-2", clause: "RFC4213-3.4-2", title: "ICMPv4 errors become ICMPv6 errors to the inner source", mechanisms: IN_IPV4, on: "input", facts: F.F_V4_ERROR,
    check: (x) => (x.r.innerLen[x.input] < 40 ? NA : x.answer >= 0 ? 3 : x.absence ? PASS : NA),
    explain: (x) => told(x, "an ICMPv4 error was relayed", "RFC 4213 section 3.4 allows it"),
  },
  {
    id: "RFC4213-3.4-3", clause: "RFC4213-3.4-3", title: "other ICMPv4 errors become address unreachable", mechanisms: IN_IPV4, on: "answer", when: F.ANSWER_ERROR6,
    check(x) {
      if (x.r.kind[x.input] !== F.K_ICMP4) return NA;
      const icmp = icmp6At(x, x.output);
      const from = x.r.off[x.input] + ((x.b[x.r.off[x.input]] & 15) << 2);
      if (icmp === 0 || (x.b[from] === 3 && x.b[from + 1] === 4)) return NA;
      return x.b[icmp] === 1 && x.b[icmp + 1] === 3 ? 3 : VIOLATED;
    },
    deviation: () => "other-type",
    explain: (x) => told(x, "an ICMPv4 error was relayed with another type than destination unreachable, address unreachable", "RFC 4213 section 3.4",
      [field(x, x.output, "ICMPv6", "type and code", "1/3", `${x.b[icmp6At(x, x.output)]}/${x.b[icmp6At(x, x.output) + 1]}`, icmp6At(x, x.output), 2)]),
  },
];
