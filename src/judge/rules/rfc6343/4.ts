/** RFC 6343 section 4: advice to operators of relays (Informational). */
import { B_FROM_ANYCAST } from "../../aspects.js";
import * as F from "../../facts.js";
import { C_NATIVE, C_ORDINARY, C_TO_OTHER, C_TO_SITE, C_TUNNELLED } from "../../forwarded.js";
import { NA, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { NOT_ORDINARY, embeddedTo, hasInner, holds, isSecondSite, isTunnelled, outerFrom, outerFromField, serves, servesAnycast, strict, to6to4 } from "../../six-to-four/checks.js";
import { ANYCAST_RELAY } from "../../six-to-four/domain.js";
import { INTO_TUNNEL, RELAY, SIX_TO_FOUR, hasFacts, icmp6At, mustForward, told } from "../helpers.js";
import { boundary } from "../rfc5969/9.1.js";

export const rfc6343: readonly Rule[] = [
  {
    id: "RFC6343-4.1-2", clause: "RFC6343-4.1-2", title: "a relay handles the tunnel MTU by RFC 4213 section 3.2", mechanisms: RELAY, on: "input", facts: F.F_TOO_BIG, check: (x) => boundary(x, x.domain.tunnel.tunnelMtu),
    deviation: (code) => (code === 1 ? "forwarded" : "other-mtu"),
    explain: (x) => told(x, x.code === 1 ? "a packet larger than the tunnel MTU was tunnelled" : "Packet Too Big names another MTU", `RFC 6343 section 4.1; the tunnel MTU is ${x.domain.tunnel.tunnelMtu}`),
  },
  {
    id: "RFC6343-4.4-1", clause: "RFC6343-4.4-1", title: "a relay takes all traffic to 2002::/16", mechanisms: RELAY, cap: "warn", on: "input", facts: F.F_NEW_CE | F.F_SRC_6RD,
    sure: () => [...passes(C_ORDINARY | C_NATIVE | C_TO_SITE), ...silent(C_TUNNELLED, C_TO_OTHER)],
    check(x) {
      if (isTunnelled(x, x.input) || !hasInner(x, x.input) || !to6to4(x, x.input)) return NA;
      // RFC 3964 refuses 6to4 sources: asked for only where that policy is off (decisions D9).
      return hasFacts(x, x.input, NOT_ORDINARY & ~(strict(x) ? 0 : F.F_SRC_6RD)) || !isSecondSite(x) ? NA : mustForward(x);
    },
    deviation: () => "no-output",
    explain: (x) => told(x, "a native packet to a 6to4 destination was neither tunnelled nor answered", "RFC 6343 section 4.4. Inferred from silence: other causes are possible"),
  },
  {
    // As configured (decisions D18): a relay whose configured source is unicast is asked nothing.
    id: "RFC6343-4.4-2", clause: "RFC6343-4.4-2", title: "return traffic comes from 192.88.99.1", mechanisms: RELAY, on: "pair", when: INTO_TUNNEL, needs: (t) => t.address === ANYCAST_RELAY,
    check: (x) => (x.domain.tunnel.address !== ANYCAST_RELAY ? NA : holds(outerFrom(x, x.output) === ANYCAST_RELAY)),
    sure: () => passes(B_FROM_ANYCAST),
    deviation: () => "other-source",
    explain: (x) => told(x, "an anycast relay tunnelled from another address", "RFC 6343 section 4.4: 192.88.99.1 is the best outer source, and it is configured", [outerFromField(x, x.output, "192.88.99.1")]),
  },
  {
    id: "RFC6343-4.4-3", clause: "RFC6343-4.4-3", title: "echo requests to 2002:c058:6301:: are answered", mechanisms: RELAY, on: "input", facts: F.F_TO_ANYCAST,
    check(x) {
      if (!isTunnelled(x, x.input) || !hasFacts(x, x.input, F.F_ECHO_REQUEST) || hasFacts(x, x.input, F.MAY_DROP & ~(F.F_TO_ANYCAST | F.F_HOP)) || embeddedTo(x, x.input) !== ANYCAST_RELAY) return NA;
      x.code = 1;
      if (x.output >= 0) return VIOLATED;
      if (x.answer >= 0) return holds(icmp6At(x, x.answer) > 0 && x.b[icmp6At(x, x.answer)] === 129);
      x.code = 2;
      x.inferred = true;
      return x.absence && servesAnycast(x) ? VIOLATED : NA;
    },
    deviation: (code) => (code === 1 ? "not-answered-by-the-relay" : "no-answer"),
    explain: (x) => told(x, "an echo request to 2002:c058:6301:: was not answered", "RFC 6343 section 4.4: so that users can test the relay, with hop limit 1 too"),
  },
  serves({
    id: "RFC6343-4.4-4", clause: "RFC6343-4.4-4", title: "protocol 41 comes through", mechanisms: SIX_TO_FOUR, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input), sure: () => [...passes(C_ORDINARY | C_TUNNELLED), ...silent(C_NATIVE)],
    why: "RFC 6343 section 4.4: protocol 41 is not filtered; here by the node at the end of the tunnel",
  }),
  serves({
    id: "RFC6343-4.4-6", clause: "RFC6343-4.4-6", title: "relaying needs no earlier packet", mechanisms: RELAY, facts: F.F_NEW_CE, applies: (x) => !isTunnelled(x, x.input) && to6to4(x, x.input), why: "RFC 6343 section 4.4: relaying is stateless",
    sure: () => [...passes(C_ORDINARY | C_NATIVE | C_TO_SITE), ...silent(C_TUNNELLED, C_TO_OTHER)],
  }),
];
